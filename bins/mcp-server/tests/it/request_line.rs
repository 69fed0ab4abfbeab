//! The line of a request in the log: who, what, how it ended and how long OpenPhone took for it; what is left out of a sample.

use serde_json::{Value, json};

use crate::path::first_inbox;
use crate::support::login::{ALPHA, client};
use crate::support::mcp::LEGACY;
use crate::support::{Login, Mcp, TestServer};

/// The lines up to that of the request which was answered last.
async fn lines(server: &TestServer, last: &reqwest::Response) -> Vec<Value> {
    server.logs(last.headers()["x-request-id"].to_str().unwrap()).await;
    let log = server.log();
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.filter(|line| line["message"] == "request" && line["route"].is_string()).collect()
}

#[tokio::test]
async fn a_line_says_what_a_request_was() {
    let server = TestServer::start();
    let login = Login::with_key(&server, ALPHA).await;
    let mcp = Mcp::new(&server, &login.access_token).user_agent("python-httpx/0.28");
    let inbox = first_inbox(&mcp).await;
    mcp.call("list-inboxes", json!({})).await;
    mcp.call("send-message", json!({ "from": inbox })).await;
    let legacy = Mcp::new(&server, &login.access_token).version(LEGACY);
    legacy.request("tools/list", json!({})).await;
    let answer = client().get(format!("{}/healthz", server.url)).send().await.unwrap();
    let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();

    let lines = lines(&server, &answer).await;
    let rpc = |method: &str, tool: &Value| {
        let found = lines.iter().rfind(|line| line["rpc"] == method && line["tool"] == *tool);
        found.cloned().unwrap_or_else(|| panic!("{method} {tool}: {lines:#?}"))
    };
    let list = rpc("tools/call", &json!("list-inboxes"));
    assert_eq!(
        (&list["client"], &list["era"], &list["outcome"], &list["status"]),
        (&json!("python"), &json!("modern"), &json!("ok"), &json!(200))
    );
    assert!(list["upstream_ms"].as_u64() <= list["ms"].as_u64(), "{list}");
    assert_eq!(rpc("tools/call", &json!("send-message"))["outcome"], "invalid_arguments");
    let listed = rpc("tools/list", &Value::Null);
    assert_eq!((&listed["era"], &listed["client"]), (&json!("legacy"), &json!("other")));
    let health = lines.iter().find(|line| line["request_id"] == *id).unwrap();
    assert_eq!((&health["route"], &health["rpc"]), (&json!("/healthz"), &Value::Null));
}

#[tokio::test]
async fn a_sample_leaves_out_successes_alone() {
    let server = TestServer::start_with(&["--log-sample", "1000000"]);
    let http = client();
    let mut last = None;
    for _ in 0..3 {
        http.get(format!("{}/healthz", server.url)).send().await.unwrap();
        last = Some(http.get(format!("{}/nothing", server.url)).send().await.unwrap());
    }
    let lines = lines(&server, &last.unwrap()).await;
    let statuses: Vec<Value> = lines.iter().map(|line| line["status"].clone()).collect();
    // The first of a million is written.
    assert_eq!(json!(statuses), json!([200, 404, 404, 404]));
}

#[tokio::test]
async fn people_can_have_it_in_their_form() {
    let server = TestServer::start_with(&["--log-format", "json"]);
    let answer = client().get(format!("{}/healthz", server.url)).send().await.unwrap();
    assert_eq!(lines(&server, &answer).await.len(), 1);
    let (code, _, said) = crate::support::server::run(&["serve", "--sandbox", "--log-format", "verse"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("auto, json, pretty"), "{said}");
}
