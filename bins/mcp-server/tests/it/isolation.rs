//! Two workspaces at once: nobody sees the other's data.

use serde_json::{Value, json};

use crate::path::first_inbox;
use crate::support::login::{ALPHA, BRAVO};
use crate::support::{Login, Mcp, TestServer};

#[tokio::test]
async fn k5_two_workspaces_do_not_meet() {
    let server = TestServer::start();
    let (alpha, bravo) = tokio::join!(Login::with_key(&server, ALPHA), Login::with_key(&server, BRAVO));
    let (alpha, bravo) = (Mcp::new(&server, &alpha.access_token), Mcp::new(&server, &bravo.access_token));
    let (inbox_a, inbox_b) = tokio::join!(first_inbox(&alpha), first_inbox(&bravo));
    assert_ne!(inbox_a, inbox_b);

    let text = "For the first workspace alone";
    server.keep_secret(text);
    alpha.output("send-message", json!({ "from": inbox_a, "to": "+14155550101", "content": text })).await;

    // Read both at once, several times over, so that anything shared between calls would show.
    for _ in 0..3 {
        let (a, b) = tokio::join!(messages(&alpha, &inbox_a), messages(&bravo, &inbox_b));
        assert!(a.iter().any(|message| message["text"] == text));
        let texts = |messages: &[Value]| {
            messages
                .iter()
                .map(|message| message["text"].to_string())
                .collect::<std::collections::BTreeSet<_>>()
        };
        let both: Vec<_> = texts(&a).intersection(&texts(&b)).cloned().collect();
        assert!(both.is_empty(), "in both workspaces: {both:?}");
    }

    // The other's inbox does not exist, not even as "forbidden".
    let foreign = bravo.call("fetch-messages", json!({ "inbox": inbox_a })).await;
    assert_eq!(foreign["isError"], true);
    let foreign = bravo
        .call("send-message", json!({ "from": inbox_a, "to": "+14155550102", "content": "not mine to send" }))
        .await;
    assert_eq!(foreign["isError"], true, "{foreign}");
}

async fn messages(mcp: &Mcp, inbox: &str) -> Vec<Value> {
    let output = mcp.output("fetch-messages", json!({ "inbox": inbox, "maxResults": 100 })).await;
    output["messages"].as_array().unwrap().clone()
}
