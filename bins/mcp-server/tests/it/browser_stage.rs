//! A real Chromium in front of a server behind TLS: it comes back from the consent form to the client in every way that a
//! person can, and is a victim's and an attacker's.

use serde_json::{Value, json};
use tokio::process::Command;

use crate::support::TestServer;
use crate::support::login::ALPHA;
use crate::support::stage::{PUBLIC_URL, StageFolder};
use crate::support::tools::{report, required};

/// Known failure behind E10: a policy that stands in the way of the redirects after the form. And whatever a person does at
/// the form ends in a connection that works or in a page that says what is the matter.
#[tokio::test]
async fn e10_chromium_comes_back_to_the_client() {
    let Some((server, seen)) = on_stage("redirects.mjs").await else { return };
    let visited = [
        "POST https://mcp.example.com/authorize",
        "GET https://app.example.com/callback",
        "GET https://bounce.example.net/next",
    ];
    let complaints = json!([]);
    assert_eq!(seen["chain"]["visited"], json!(visited), "{seen}");
    assert_eq!(seen["chain"]["application"], true, "{seen}");
    assert_eq!(seen["pressedTwice"]["submitted"], 2, "{seen}");
    assert_eq!(seen["sentTwice"]["different"], true, "{seen}");
    assert_eq!(seen["backAndAgain"]["isNew"], true, "{seen}");
    let denied = json!({
        "query": ["error", "error_description", "iss", "state"],
        "error": "access_denied",
        "iss": "https://mcp.example.com",
        "complaints": [],
    });
    assert_eq!(seen["denied"], denied);
    for walk in ["chain", "withoutScripts", "pressedTwice", "backAndAgain"] {
        assert_eq!(seen[walk]["complaints"], complaints, "{walk}: {seen}");
    }
    let faults: Vec<_> = server.requests().into_iter().filter(|request| request.contains(" 5")).collect();
    assert!(faults.is_empty(), "{faults:?}");
}

/// Known failure 6: the attacker's transaction is worth nothing in another browser, from another site or in a frame.
#[tokio::test]
async fn e5_e6_e7_an_attacker_gets_nowhere_in_the_victims_browser() {
    let Some((server, seen)) = on_stage("attacks.mjs").await else { return };
    let refused = |status: u16, heading: &str| json!({ "status": status, "heading": heading });
    assert_eq!(seen["foreign"], refused(403, "This page was opened in another browser"));
    assert_eq!(seen["posted"], refused(403, "The form came from another site"));
    assert_eq!(seen["tampered"], refused(400, "This page is not valid any more"));
    assert_eq!(seen["framed"]["formsShown"], 0, "{seen}");
    assert!(seen["framed"]["complaints"][0].as_str().unwrap().contains("frame-ancestors"), "{seen}");
    assert_eq!(seen["honest"]["callbacks"], 1, "{seen}");
    assert_eq!(server.log().matches("consent given").count(), 1, "the honest one");
}

/// Runs a script that has the server at `https://mcp.example.com`, where Chromium finds it behind TLS, and one client that
/// the operator has set up. Returns the server and the script's report.
async fn on_stage(script: &str) -> Option<(TestServer, Value)> {
    let node = required("MCP_TEST_NODE", "Node 22")?;
    let walk = required("MCP_TEST_BROWSER", "the browser script")?;
    required("MCP_TEST_CHROMIUM", "Chromium")?;
    let pictures = required("MCP_TEST_SCREENSHOTS", "a folder for screenshots")?;
    let folder = StageFolder::new();
    let clients = folder.clients();
    let options = ["--public-url", PUBLIC_URL, "--clients", clients.to_str().unwrap()];
    let server = TestServer::start_with(&options);
    let mut command = Command::new(node);
    command.arg(walk.with_file_name(script)).args([&server.url, ALPHA]).arg(folder.path()).arg(pictures);
    let report = report(&mut command, &server).await;
    Some((server, report))
}
