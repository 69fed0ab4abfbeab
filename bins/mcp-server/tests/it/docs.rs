//! `docs/observability.md` against the code: its table of series and its list of client families.

use std::path::Path;
use std::time::Duration;

use mcp_server::telemetry::client_family::ClientFamily;
use openphone_sandbox::Sandbox;

use crate::support::TestServer;

#[tokio::test]
async fn every_series_is_described() {
    let sandbox = Sandbox::start().await.unwrap();
    let (_server, app) = TestServer::over_with(&sandbox, Duration::from_secs(60), &[]).await;
    let mut rows: Vec<String> = app
        .admin()
        .metrics
        .heads()
        .iter()
        .map(|head| {
            let labels: Vec<String> = head.labels.iter().map(|label| format!("`{label}`")).collect();
            format!("| `{}` | {} | {} | {} |", head.name, head.kind.name(), labels.join(", "), head.help)
        })
        .collect();
    rows.sort();
    let expected = format!("| Series | Kind | Labels | What |\n|---|---|---|---|\n{}", rows.join("\n"));
    let docs = read("observability.md");
    let table = between(&docs, "checks this table -->\n", "\n<!-- /series -->");
    assert_eq!(table, expected, "docs/observability.md is stale; its table is to be:\n{expected}");
    let families: Vec<String> = ClientFamily::names().iter().map(|name| format!("`{name}`")).collect();
    let families = families.join(", ");
    assert!(docs.contains(&families), "docs/observability.md lacks: {families}");
}

fn read(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name)).unwrap()
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let (_, rest) = text.split_once(start).expect("the table begins");
    rest.split_once(end).expect("the table ends").0
}
