//! Workspaces share nothing: not an id, not a number, not a word.

use std::collections::BTreeSet;

use openphone_sandbox::{Limits, Sandbox};
use serde_json::Value;

use crate::support::{ALPHA, BRAVO, all, json, options, sandbox};

const LISTS: &[&str] = &[
    "/phone-numbers",
    "/users",
    "/v1/contacts",
    "/conversations",
    "/messages",
    "/calls?include=summary,voicemail",
    "/tasks",
    "/contacts",
];

/// Every id and every text that a key can see, apart from words that the API itself uses.
async fn everything(sandbox: &Sandbox, key: &str) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    for path in LISTS {
        for item in all(sandbox, key, path).await {
            collect(&item, &mut seen);
        }
    }
    for contact in all(sandbox, key, "/contacts").await {
        for part in ["notes", "properties", "shares"] {
            let path = format!("/contacts/{}/{part}", contact["id"].as_str().unwrap());
            for item in all(sandbox, key, &path).await {
                collect(&item, &mut seen);
            }
        }
    }
    seen
}

fn collect(value: &Value, seen: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            let is_id = text.len() >= 12 && text.bytes().all(|b| b.is_ascii_alphanumeric());
            if is_id || text.starts_with('+') || text.len() > 24 && text.contains(' ') {
                seen.insert(text.clone());
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, seen)),
        Value::Object(fields) => fields.values().for_each(|item| collect(item, seen)),
        _ => {}
    }
}

#[tokio::test]
async fn two_workspaces_have_nothing_in_common() {
    let sandbox = sandbox();
    let alpha = everything(&sandbox, ALPHA).await;
    let bravo = everything(&sandbox, BRAVO).await;
    assert!(alpha.len() > 600 && bravo.len() > 600, "{} {}", alpha.len(), bravo.len());
    let common: Vec<_> = alpha.intersection(&bravo).collect();
    assert!(common.is_empty(), "{common:?}");
}

#[tokio::test]
async fn numbered_workspaces_differ_in_ids_names_and_company() {
    let sandbox = sandbox();
    let mut organizations = BTreeSet::new();
    let mut ids = BTreeSet::new();
    for number in 1..=20 {
        let key = format!("sandbox-key-workspace-{number}");
        let organization = json(&sandbox, &key, "GET /organization", 200).await;
        organizations.insert(organization["data"]["name"].as_str().unwrap().to_owned());
        for contact in all(&sandbox, &key, "/v1/contacts").await {
            assert!(ids.insert(contact["id"].as_str().unwrap().to_owned()));
        }
    }
    assert_eq!(organizations.len(), 20);
    assert_eq!(ids.len(), 20 * 20);
}

#[tokio::test]
async fn what_one_key_changes_the_other_does_not_see() {
    let sandbox = sandbox();
    let before = everything(&sandbox, BRAVO).await;
    let line = r#"POST /v1/messages {"content":"Only for alpha's eyes, please","from":"+14155550150","to":["+14155550188"]}"#;
    json(&sandbox, ALPHA, line, 202).await;
    json(&sandbox, ALPHA, r#"POST /v1/contacts {"defaultFields":{"firstName":"Nobody"}}"#, 201).await;
    assert_eq!(everything(&sandbox, BRAVO).await, before);
    assert!(everything(&sandbox, ALPHA).await.contains("Only for alpha's eyes, please"));
}

#[tokio::test]
async fn memory_is_bounded_and_a_forgotten_workspace_comes_back_as_it_began() {
    let limits = Limits { messages: 260, sends: 3, contacts: 21, workspaces: 2, ..Limits::default() };
    let sandbox = Sandbox::new(options().limits(limits));
    let first = all(&sandbox, ALPHA, "/messages").await;
    assert_eq!(first.len(), 260, "the oldest are forgotten");
    for number in 0..5 {
        let line = format!(
            r#"POST /v1/messages {{"content":"{number}","from":"+14155550150","to":["+14155550188"]}}"#
        );
        json(&sandbox, ALPHA, &line, 202).await;
    }
    assert_eq!(all(&sandbox, ALPHA, "/messages").await.len(), 260);
    let kept: Vec<_> = sandbox.sent(ALPHA).into_iter().map(|sent| sent.content).collect();
    assert_eq!(kept, ["2", "3", "4"]);
    let create = r#"POST /v1/contacts {"defaultFields":{"firstName":"One more"}}"#;
    json(&sandbox, ALPHA, create, 201).await;
    json(&sandbox, ALPHA, create, 403).await;
    for key in [BRAVO, "sandbox-key-workspace-7"] {
        json(&sandbox, key, "GET /organization", 200).await;
    }
    assert_eq!(all(&sandbox, ALPHA, "/messages").await, first);
}
