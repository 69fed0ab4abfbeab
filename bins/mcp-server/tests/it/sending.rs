//! What a client sees while many texts go out.

use serde_json::{Value, json};

use crate::support::login::{ALPHA, client};
use crate::support::mcp::MODERN;
use crate::support::{Login, TestServer};

/// One more after each text, and the answer at the end.
#[tokio::test]
async fn a_batch_reports_how_far_it_has_got() {
    let server = TestServer::start();
    let login = Login::with_key(&server, ALPHA).await;
    let to: Vec<String> = (0..6).map(|index| format!("+1415555{:04}", 2_000 + index)).collect();
    let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
        "name": "bulk-messages", "arguments": { "from": "Front desk", "to": to, "content": "Closed on Friday" },
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": MODERN, "io.modelcontextprotocol/clientCapabilities": {},
            "progressToken": "texts"
        }
    } });
    let answer = client()
        .post(server.mcp())
        .bearer_auth(&login.access_token)
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", MODERN)
        .header("mcp-method", "tools/call")
        .header("mcp-name", "bulk-messages")
        .json(&call)
        .send()
        .await
        .unwrap();
    let stream = answer.text().await.unwrap();
    let messages: Vec<Value> = stream
        .lines()
        .filter_map(|line| line.strip_prefix("data:"))
        .map(str::trim)
        .filter(|data| !data.is_empty())
        .map(|data| serde_json::from_str(data).expect(data))
        .collect();
    let (last, progress) = messages.split_last().unwrap_or_else(|| panic!("no messages in {stream}"));
    assert_eq!(last["result"]["structuredContent"]["counts"]["sent"], 6, "{last}");
    assert!(progress.iter().all(|message| message["method"] == "notifications/progress"), "{stream}");
    let done: Vec<u64> =
        progress.iter().map(|message| message["params"]["progress"].as_u64().unwrap()).collect();
    assert!(done.windows(2).all(|pair| pair[0] < pair[1]), "it only grows: {done:?}");
    assert_eq!(done.last(), Some(&6), "{done:?}");
    for message in progress {
        assert_eq!(
            (&message["params"]["progressToken"], &message["params"]["total"]),
            (&json!("texts"), &json!(6))
        );
    }
}
