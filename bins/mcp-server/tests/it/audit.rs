//! Audit records of the real process: JSON lines of its log, each with the id of its request.

use serde_json::{Value, json};

use crate::path::{CONTACT, first_inbox};
use crate::support::login::ALPHA;
use crate::support::{Login, Mcp, TestServer};

fn lines(server: &TestServer) -> Vec<Value> {
    server.log().lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

#[tokio::test]
async fn each_write_is_a_line_with_the_id_of_its_request() {
    let server = TestServer::start();
    let login = Login::with_key(&server, ALPHA).await;
    let mcp = Mcp::new(&server, &login.access_token);
    let inbox = first_inbox(&mcp).await;
    server.keep_secret("canary-audit-9d2c");
    let sent = mcp
        .output("send-message", json!({ "from": inbox, "to": CONTACT, "content": "canary-audit-9d2c" }))
        .await;
    server.logs("\"target\":\"audit\"").await;
    let lines = lines(&server);
    let records: Vec<&Value> = lines.iter().filter(|line| line["target"] == "audit").collect();
    let [record] = records.as_slice() else { panic!("one record: {records:#?}") };
    assert_eq!(record["tool"], "send-message");
    assert_eq!(record["outcome"], "done");
    assert_eq!(record["ids"], sent["messageId"]);
    assert!(
        record["connection"].is_string() && record["client"].as_str().unwrap().contains("(localhost)"),
        "{record}"
    );
    let requests = lines.iter().filter(|line| line["message"] == "request" && line["route"] == "/mcp");
    let ids: Vec<&Value> = requests.map(|line| &line["request_id"]).collect();
    assert!(ids.contains(&&record["request_id"]), "{} is not one of {ids:?}", record["request_id"]);

    // The user reads it back, without the number.
    let activity = mcp.output("list-recent-activity", json!({})).await;
    assert_eq!(activity["actions"][0]["ids"], json!([sent["messageId"]]));
    assert!(!activity.to_string().contains(CONTACT), "{activity}");
}
