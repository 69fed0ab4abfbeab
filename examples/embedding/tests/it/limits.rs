//! What the application's operator and its users limit.

use serde_json::{Value, json};

use crate::stage::{ALPHA, DESK, Stage, call, text, tools};

fn send(to: &str) -> Value {
    json!({ "from": DESK, "to": to, "content": "We are on our way." })
}

#[tokio::test]
async fn the_operators_limits() {
    let stage = Stage::start().await;
    let client = stage.connect(&[]).await;
    // London is not in the neighbourhood.
    let refused = call(&client, "send-message", send("+442079460958")).await.unwrap();
    assert_eq!(refused.is_error, Some(true), "{}", text(&refused));
    assert_eq!(refused.meta.as_ref().unwrap().0["openphone-mcp/error"], "not_allowed");
    for to in ["+14155550101", "+14155550102", "+14155550103"] {
        let sent = call(&client, "send-message", send(to)).await.unwrap();
        assert_ne!(sent.is_error, Some(true), "{}", text(&sent));
    }
    let refused = call(&client, "send-message", send("+14155550104")).await.unwrap();
    assert_eq!(refused.is_error, Some(true), "{}", text(&refused));
    assert_eq!(refused.meta.as_ref().unwrap().0["openphone-mcp/error"], "limit_reached");
    assert_eq!(stage.sandbox.sent(ALPHA).len(), 3);

    let journal = stage.journal("send-message refused (limit_reached)").await;
    assert!(journal.contains("send-message refused (not_allowed)"), "{journal}");
    assert_eq!(journal.matches("send-message done").count(), 3, "{journal}");
    client.cancel().await.unwrap();
}

#[tokio::test]
async fn the_persons_choice_at_consent() {
    let stage = Stage::start().await;
    let client = stage.connect(&["choice_readOnly"]).await;
    let listed = tools(&client).await;
    assert!(listed.contains(&"fetch-messages".to_owned()), "{listed:?}");
    for hidden in ["send-message", "book-visit"] {
        assert!(!listed.contains(&hidden.to_owned()), "{hidden}");
    }
    let visit = json!({ "date": "2026-12-01", "work": "Boiler service" });
    let refused = call(&client, "book-visit", visit).await.unwrap_err().to_string();
    assert!(refused.contains("this connection may only read"), "{refused}");
    assert_eq!(stage.json("/visits").await, json!([]));
    stage.journal("book-visit refused (not_allowed)").await;
    client.cancel().await.unwrap();
}

/// The other choice: this client cannot ask its user, and is told how to go about it.
#[tokio::test]
async fn a_yes_before_each_text() {
    let stage = Stage::start().await;
    let client = stage.connect(&["choice_confirmAlways"]).await;
    let refused = call(&client, "send-message", send("+14155550101")).await.unwrap();
    assert_eq!(refused.is_error, Some(true));
    assert!(text(&refused).contains("Call prepare-message"), "{}", text(&refused));
    assert!(stage.sandbox.sent(ALPHA).is_empty());

    let mut arguments = send("+14155550101");
    let mut preview = arguments.clone();
    preview["to"] = json!(["+14155550101"]);
    let preview = call(&client, "prepare-message", preview).await.unwrap();
    arguments["confirmation"] =
        preview.structured_content.as_ref().unwrap()["confirmation"]["handle"].clone();
    let sent = call(&client, "send-message", arguments).await.unwrap();
    assert_ne!(sent.is_error, Some(true), "{}", text(&sent));
    assert_eq!(stage.sandbox.sent(ALPHA).len(), 1);
    client.cancel().await.unwrap();
}
