//! What bad input gets, seen from outside: the code and status of each layer, and errors that a model can act on.

use serde_json::{Value, json};

use crate::path::first_inbox;
use crate::support::login::{ALPHA, client};
use crate::support::mcp::MODERN;
use crate::support::{Login, Mcp, TestServer};

#[tokio::test]
async fn every_wrong_argument_is_named() {
    let server = TestServer::start();
    let login = Login::with_key(&server, ALPHA).await;
    let mcp = Mcp::new(&server, &login.access_token);
    let result = mcp.call("send-message", json!({ "to": 5, "contents": "hello", "repeat": "yes" })).await;
    assert_eq!(result["isError"], true);
    let text = result["content"][0]["text"].as_str().unwrap();
    for part in ["to", "contents", "content", "repeat", "Nothing was sent"] {
        assert!(text.contains(part), "'{part}' is missing in: {text}");
    }
}

#[tokio::test]
async fn a_bulk_with_an_invalid_number_sends_nothing() {
    let server = TestServer::start();
    let login = Login::with_key(&server, ALPHA).await;
    let mcp = Mcp::new(&server, &login.access_token);
    let inbox = first_inbox(&mcp).await;
    let text = "A text to nobody at all";
    server.keep_secret(text);
    let result = mcp
        .call("bulk-messages", json!({ "from": inbox, "to": ["+14155550101", "555-0102x"], "content": text }))
        .await;
    assert_eq!(result["isError"], true, "{result}");
    let answer = result["content"][0]["text"].as_str().unwrap();
    assert!(answer.contains("to[1]") || answer.contains("/to/1"), "{answer}");
    let found = mcp.output("fetch-messages", json!({ "inbox": inbox, "maxResults": 100 })).await;
    assert!(!found.to_string().contains(text), "a text was sent");
}

#[tokio::test]
async fn the_same_text_twice_is_sent_once() {
    let server = TestServer::start();
    let login = Login::with_key(&server, ALPHA).await;
    let mcp = Mcp::new(&server, &login.access_token);
    let inbox = first_inbox(&mcp).await;
    let text = "Only once, please";
    server.keep_secret(text);
    let arguments = json!({ "from": inbox, "to": "+14155550101", "content": text });
    let calls = (0..5).map(|_| mcp.output("send-message", arguments.clone()));
    let results: Vec<Value> = futures_util::future::join_all(calls).await;
    let ids: std::collections::BTreeSet<_> =
        results.iter().map(|result| result["messageId"].to_string()).collect();
    assert_eq!(ids.len(), 1, "{results:?}");
    let duplicates = results.iter().filter(|result| result["duplicate"] == true).count();
    assert_eq!(duplicates, 4, "{results:?}");
    let found = mcp
        .output("fetch-messages", json!({ "inbox": inbox, "participantPhoneNumber": "+14155550101" }))
        .await;
    let copies =
        found["messages"].as_array().unwrap().iter().filter(|message| message["text"] == text).count();
    assert_eq!(copies, 1);
}

#[tokio::test]
async fn protocol_errors_have_their_codes() {
    let server = TestServer::start();
    let login = Login::with_key(&server, ALPHA).await;
    let http = client();
    let post = |body: &'static str, version: &'static str, method: Option<&'static str>| {
        let mut request = http
            .post(server.mcp())
            .bearer_auth(&login.access_token)
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
            .header("mcp-protocol-version", version);
        if let Some(method) = method {
            request = request.header("mcp-method", method);
        }
        request.body(body)
    };
    for (body, version, method, status, code) in [
        ("{not json", MODERN, None, 400, -32700),
        ("[]", MODERN, None, 400, -32600),
        (r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#, MODERN, Some("tools/list"), 400, -32602),
        (r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#, "1999-01-01", None, 400, -32602),
        (r#"{"jsonrpc":"2.0","id":1,"method":"no/such"}"#, "2025-11-25", None, 200, -32601),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"no-such","arguments":{}}}"#,
            "2025-11-25",
            None,
            200,
            -32602,
        ),
    ] {
        let response = post(body, version, method).send().await.unwrap();
        assert_eq!(response.status(), status, "{body}");
        let answer: Value = response.json().await.unwrap();
        assert_eq!(answer["error"]["code"], code, "{body}: {answer}");
    }
}
