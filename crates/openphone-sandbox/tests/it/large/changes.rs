//! What is changed in a large workspace at run time, over the past that is computed.

use std::collections::BTreeSet;
use std::time::Duration;

use openphone_sandbox::{Limits, Sandbox, WorkspaceSize};
use serde_json::Value;

use super::lists::{Draws, SIZES, check_lists, large};
use super::text;
use crate::support::{LARGE, all, answer, json, options};

#[tokio::test(start_paused = true)]
async fn filters_still_do_when_much_was_changed() {
    for (seed, size) in (11..).zip(SIZES).step_by(2) {
        let sandbox = large(*size);
        change(&sandbox, seed).await;
        check_lists(&sandbox, seed).await;
    }
}

/// Sends, edits, marks and deletes, and checks of each what it did to the lists.
async fn change(sandbox: &Sandbox, seed: u64) {
    let mut draws = Draws(seed);
    let conversations = all(sandbox, LARGE, "/conversations").await;
    let messages = all(sandbox, LARGE, "/messages").await;
    let contacts = all(sandbox, LARGE, "/v1/contacts").await;
    let count = conversations.len();
    for round in 0..20 {
        let thread = draws.of(&conversations);
        let to = serde_json::to_string(&thread["participants"]).unwrap();
        let from = text(thread, "phoneNumberId");
        let line = format!(r#"POST /messages {{"content":"Text {round}","from":"{from}","to":{to}}}"#);
        let sent = json(sandbox, LARGE, &line, 202).await;
        assert_eq!(sent["data"]["conversationId"], thread["id"], "the thread goes on");
        let newest = json(sandbox, LARGE, "GET /v1/conversations?maxResults=1", 200).await;
        assert_eq!(newest["data"][0]["id"], thread["id"]);
        assert_eq!(newest["data"][0]["lastActivityId"], sent["data"]["id"]);
        let id = text(draws.of(&conversations), "id");
        json(sandbox, LARGE, &format!("POST /conversations/{id}/mark-as-done"), 200).await;
    }
    assert_eq!(all(sandbox, LARGE, "/conversations").await.len(), count, "nothing twice");
    // To one who answers, and is no contact.
    let from = text(draws.of(&conversations), "phoneNumberId");
    let line =
        format!(r#"POST /v1/messages {{"content":"Is Friday fine?","from":"{from}","to":["+14155550101"]}}"#);
    json(sandbox, LARGE, &line, 202).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    let newest = json(sandbox, LARGE, "GET /messages?limit=2", 200).await;
    assert_eq!(newest["data"][0]["text"], "Yes, that works for me. See you then!");
    assert_eq!(newest["data"][1]["status"], "delivered");
    assert_eq!(all(sandbox, LARGE, "/conversations").await.len(), count + 1);
    assert_eq!(all(sandbox, LARGE, "/messages").await.len(), messages.len() + 22);
    // One that failed, long ago.
    if let Some(failed) = messages.iter().find(|message| message["status"] == "failed") {
        let id = text(failed, "id");
        json(sandbox, LARGE, &format!("POST /messages/{id}/retry"), 202).await;
        tokio::time::sleep(Duration::from_secs(5)).await;
        let retried = json(sandbox, LARGE, &format!("GET /messages/{id}"), 200).await;
        assert_eq!(retried["data"]["status"], "delivered");
        assert_eq!(retried["data"]["createdAt"], failed["createdAt"]);
    }
    change_contacts(sandbox, &mut draws, &contacts).await;
}

async fn change_contacts(sandbox: &Sandbox, draws: &mut Draws, contacts: &[Value]) {
    let mut gone = BTreeSet::new();
    for round in 0..15 {
        let contact = draws.of(contacts);
        let path = format!("/v1/contacts/{}", text(contact, "id"));
        if gone.contains(&path) {
            continue;
        }
        if round % 3 == 0 {
            let answer = answer(sandbox, LARGE, &format!("DELETE {path}")).await;
            assert_eq!(answer.status(), 204);
            json(sandbox, LARGE, &format!("GET {path}"), 404).await;
            json(sandbox, LARGE, &format!("DELETE {path}"), 404).await;
            json(sandbox, LARGE, &format!(r#"PATCH {path} {{"source":"x"}}"#), 404).await;
            gone.insert(path);
        } else {
            let line = format!(r#"PATCH {path} {{"externalId":"own-{round}","source":"walk-in"}}"#);
            let edited = json(sandbox, LARGE, &line, 200).await;
            assert_eq!(edited["data"]["createdAt"], contact["createdAt"]);
            assert_eq!(json(sandbox, LARGE, &format!("GET {path}"), 200).await, edited);
        }
    }
    let body = r#"{"defaultFields":{"firstName":"Ada"},"externalId":"own-x"}"#;
    json(sandbox, LARGE, &format!("POST /v1/contacts {body}"), 201).await;
    json(sandbox, LARGE, &format!("POST /v1/contacts {body}"), 409).await;
    let now = all(sandbox, LARGE, "/v1/contacts").await;
    assert_eq!(now.len(), contacts.len() - gone.len() + 1);
    assert_eq!(now.last().unwrap()["externalId"], "own-x");
    let Some(taken) = now.iter().find_map(|contact| contact["externalId"].as_str()) else { return };
    let line =
        format!(r#"POST /v1/contacts {{"defaultFields":{{"firstName":"Ada"}},"externalId":"{taken}"}}"#);
    json(sandbox, LARGE, &line, 409).await;
}

/// Reading keeps nothing; what is changed is kept within the limits, and the rest is as it was.
#[tokio::test]
async fn only_changes_take_memory_and_they_are_bounded() {
    let limits = Limits { messages: 10, sends: 3, contacts: 4, ..Limits::default() };
    let sandbox =
        Sandbox::new(options().limits(limits).large_workspace(WorkspaceSize::new(7, 300, 3_000).unwrap()));
    let before = all(&sandbox, LARGE, "/messages").await;
    let conversations = all(&sandbox, LARGE, "/conversations").await;
    let contacts = all(&sandbox, LARGE, "/v1/contacts").await;
    for (round, thread) in conversations.iter().take(30).enumerate() {
        let (from, to) = (text(thread, "phoneNumberId"), &thread["participants"]);
        let line = format!(r#"POST /messages {{"content":"Text {round}","from":"{from}","to":{to}}}"#);
        json(&sandbox, LARGE, &line, 202).await;
    }
    let after = all(&sandbox, LARGE, "/messages").await;
    let new: Vec<_> = after.iter().take(10).map(|message| text(message, "text").to_owned()).collect();
    assert_eq!(new, (20..30).rev().map(|round| format!("Text {round}")).collect::<Vec<_>>());
    assert_eq!(after[10..], before);
    let now = all(&sandbox, LARGE, "/conversations").await;
    let moved = now.iter().filter(|thread| !conversations.contains(thread)).count();
    assert_eq!((now.len(), moved), (conversations.len(), 10), "the others are as they were");
    assert_eq!(sandbox.sent(LARGE).len(), 3);
    for (round, contact) in contacts.iter().take(8).enumerate() {
        let path = format!("/v1/contacts/{}", text(contact, "id"));
        let status = if round < 4 { 200 } else { 403 };
        json(&sandbox, LARGE, &format!(r#"PATCH {path} {{"source":"walk-in"}}"#), status).await;
    }
    // To delete takes no room, and makes some.
    for contact in contacts.iter().take(60) {
        let line = format!("DELETE /v1/contacts/{}", text(contact, "id"));
        assert_eq!(answer(&sandbox, LARGE, &line).await.status(), 204);
    }
    json(&sandbox, LARGE, r#"POST /v1/contacts {"defaultFields":{"firstName":"Ada"}}"#, 201).await;
    assert_eq!(all(&sandbox, LARGE, "/v1/contacts").await.len(), contacts.len() - 60 + 1);
}
