//! OpenPhone in trouble: the consent page says which trouble and that the key may be fine; tools say what happened
//! and whether anything was sent; nothing is sent twice.

use openphone_sandbox::{Fault, Faults, On, Operation, RunningSandbox, Sandbox};
use serde_json::json;

use crate::path::{CONTACT, first_inbox, open_consent};
use crate::support::login::{ALPHA, BRAVO, client};
use crate::support::{Login, Mcp, TestServer, listed};

async fn started() -> (RunningSandbox, TestServer) {
    let sandbox = Sandbox::start().await.unwrap();
    let server = TestServer::over(&sandbox).await;
    (sandbox, server)
}

fn faults(sandbox: &RunningSandbox) -> &Faults {
    sandbox.sandbox().faults()
}

#[tokio::test]
async fn the_consent_page_never_blames_a_key_for_an_outage() {
    for (fault, expected) in [
        (Fault::too_many_requests(Some(7)), "too many"),
        (Fault::server_error(), "may be fine"),
        (Fault::bad_gateway(), "may be fine"),
        (Fault::unavailable(None), "may be fine"),
        (Fault::hang(), "in time"),
        (Fault::close(), "may be fine"),
        (Fault::malformed_json(), "may be fine"),
    ] {
        let (sandbox, server) = started().await;
        let http = client();
        let consent = open_consent(&server, &http).await;
        faults(&sandbox).always(On::any(), fault);
        let answer = consent.submit(&server, &http, &[("api_key", ALPHA), ("decision", "approve")]).await;
        assert!(answer.headers().get("location").is_none());
        let html = answer.text().await.unwrap();
        assert!(html.to_lowercase().contains(expected), "'{expected}' is missing in: {html}");
        assert!(html.contains("may be fine"), "{html}");
        assert!(html.contains("name=\"api_key\""), "the form is gone: {html}");

        // When the trouble is over, the same page leads on.
        faults(&sandbox).clear();
        let answer = consent.submit(&server, &http, &[("api_key", ALPHA), ("decision", "approve")]).await;
        // The client's breaker may still be open for a moment; then the page says "try again", not "wrong".
        assert!(
            answer.status() == 303 || answer.text().await.unwrap().contains("may be fine"),
            "the key was blamed"
        );
    }
}

/// What monitors read is what calls have met, and reading it asks OpenPhone nothing.
#[tokio::test]
async fn the_status_is_what_calls_have_met() {
    let sandbox = Sandbox::start().await.unwrap();
    // Not by `--sandbox`, where the status would say that it is one.
    let server = TestServer::start_before(&sandbox.base_url());
    let status = async || {
        let response = client().get(format!("{}/status.json", server.url)).send().await.unwrap();
        assert_eq!(response.status(), 200);
        let status: serde_json::Value = response.json().await.unwrap();
        (status["status"].clone(), status["upstream"]["status"].clone())
    };
    assert_eq!(status().await, (json!("ok"), json!("unknown")));
    assert_eq!(sandbox.sandbox().request_log().values().sum::<u64>(), 0);
    let login = Login::with_key(&server, ALPHA).await;
    assert_eq!(status().await, (json!("ok"), json!("up")));

    let mcp = Mcp::new(&server, &login.access_token);
    faults(&sandbox).always(On::any(), Fault::server_error());
    for _ in 0..2 {
        mcp.call("list-inboxes", json!({})).await;
    }
    assert_eq!(status().await, (json!("degraded"), json!("down")));
}

#[tokio::test]
async fn a_read_during_an_outage_is_a_clear_tool_error() {
    let (sandbox, server) = started().await;
    let login = Login::with_key(&server, ALPHA).await;
    let mcp = Mcp::new(&server, &login.access_token);
    let inbox = first_inbox(&mcp).await;
    faults(&sandbox).always(On::any(), Fault::server_error());
    let result = mcp.call("fetch-messages", json!({ "inbox": inbox })).await;
    assert_eq!(result["isError"], true, "{result}");
    let text = result["content"][0]["text"].as_str().unwrap().to_lowercase();
    assert!(!text.contains("key is") && !text.contains("invalid key"), "{text}");
    assert!(text.contains("the key may be fine") && text.contains("call again"), "{text}");
}

#[tokio::test]
async fn an_uncertain_send_is_looked_up_and_never_repeated() {
    let (sandbox, server) = started().await;
    let login = Login::with_key(&server, ALPHA).await;
    let mcp = Mcp::new(&server, &login.access_token);
    let inbox = first_inbox(&mcp).await;

    // The API takes the text, and the connection breaks before it answers.
    faults(&sandbox).next(1, On::sends(), Fault::close().after_processing());
    let arguments = json!({ "from": inbox, "to": CONTACT, "content": "Sent, but nobody knows" });
    let first = mcp.call("send-message", arguments.clone()).await;
    assert_eq!(sandbox.sandbox().sent(ALPHA).len(), 1);

    // However often it is repeated, it is the same text.
    for _ in 0..3 {
        let again = mcp.call("send-message", arguments.clone()).await;
        assert_ne!(again["isError"], true, "{first}\n{again}");
        assert_eq!(again["structuredContent"]["duplicate"], true, "{again}");
    }
    assert_eq!(sandbox.sandbox().sent(ALPHA).len(), 1);
}

#[tokio::test]
async fn a_bulk_that_fails_in_the_middle_reports_each_recipient() {
    let (sandbox, server) = started().await;
    let login = Login::with_key(&server, ALPHA).await;
    let mcp = Mcp::new(&server, &login.access_token);
    let inbox = first_inbox(&mcp).await;
    let to = ["+14155550101", "+14155550102", "+14155550103"];
    faults(&sandbox).next(1, On::sends(), Fault::a2p_not_approved());
    let result =
        mcp.call("bulk-messages", json!({ "from": inbox, "to": to, "content": "To all three" })).await;
    let recipients =
        result["structuredContent"]["recipients"].as_array().unwrap_or_else(|| panic!("{result}"));
    assert_eq!(recipients.len(), 3, "{result}");
    let statuses: Vec<_> = recipients.iter().map(|one| one["status"].as_str().unwrap()).collect();
    assert!(statuses.contains(&"failed"), "{result}");
    let sent = sandbox.sandbox().sent(ALPHA).len();
    assert_eq!(statuses.iter().filter(|status| **status == "sent").count(), sent, "{result}");
}

#[tokio::test]
async fn a_deleted_key_ends_the_connection_and_one_wrong_answer_does_not() {
    let (sandbox, server) = started().await;
    let login = Login::with_key(&server, ALPHA).await;
    let other = Login::with_key(&server, BRAVO).await;
    let mcp = Mcp::new(&server, &login.access_token);
    let inbox = first_inbox(&mcp).await;

    let refused = Fault::answer(401, "application/json", r#"{"message":"Unauthorized"}"#);
    faults(&sandbox).next(1, Operation::ListMessages, refused);
    let result = mcp.call("fetch-messages", json!({ "inbox": inbox })).await;
    assert_eq!(result["isError"], true, "{result}");
    mcp.output("fetch-messages", json!({ "inbox": inbox })).await;

    faults(&sandbox).revoke_key(ALPHA);
    let result = mcp.call("fetch-messages", json!({ "inbox": inbox })).await;
    let text = result["content"][0]["text"].as_str().unwrap();
    assert!(text.contains("no longer accepts the API key"), "{text}");
    let ended = mcp.request("tools/list", json!({})).await;
    assert_eq!(ended.status, 401, "{ended:?}");
    assert!(ended.challenge.unwrap().contains("invalid_token"));
    let bravo = Mcp::new(&server, &other.access_token);
    assert_eq!(bravo.tools().await, listed::all(), "another key's connection goes on");
}
