//! Webhooks as data: what the operations that manage them answer. `events.rs` has what they are told, and
//! `receiver.rs` how it gets there.

use openphone_sandbox::{Limits, Sandbox};
use serde_json::{Value, json};

use crate::support::{ALPHA, BRAVO, answer, fill, ids, json, options, sandbox, show, webhooks};

async fn check(name: &str, lines: &[&str]) {
    let sandbox = sandbox();
    let mut ids = ids(&sandbox, ALPHA).await;
    ids.extend(webhooks(&sandbox).await);
    let mut shown = String::new();
    for line in lines {
        shown.push_str(&show(line, &answer(&sandbox, ALPHA, &fill(line, &ids)).await));
    }
    insta::assert_snapshot!(name, shown);
}

#[tokio::test]
async fn legacy_webhooks() {
    let lines = [
        r#"POST /v1/webhooks/messages {"url":"https://crm.example.com/texts","events":["message.received"],"resourceIds":["{inbox}"],"label":"CRM","userId":"{office}"}"#,
        r#"POST /v1/webhooks/calls {"url":"https://crm.example.com/calls","events":["call.ringing","call.completed","call.recording.completed"],"resourceIds":["*"],"status":"disabled"}"#,
        r#"POST /v1/webhooks/call-summaries {"url":"https://crm.example.com/calls","events":["call.summary.completed"],"resourceIds":[]}"#,
        r#"POST /v1/webhooks/call-transcripts {"url":"https://crm.example.com/calls","events":["call.transcript.completed"]}"#,
        "GET /v1/webhooks?userId={office}",
        "GET /v1/webhooks/{webhook1}",
        "DELETE /v1/webhooks/{webhook1}",
        "GET /v1/webhooks/{webhook1}",
        "DELETE /v1/webhooks/{webhook1}",
        // Of the other kind.
        "GET /v1/webhooks/{webhook}",
        // What is wrong.
        "GET /v1/webhooks/XX",
        "GET /v1/webhooks?userId=US0",
        r#"POST /v1/webhooks/messages {"url":"nowhere","events":["call.completed"],"resourceIds":["AC1"],"status":"on"}"#,
        r#"POST /v1/webhooks/call-summaries {"url":"https://example.com/","events":[]}"#,
        r#"POST /v1/webhooks/calls {"url":"https://example.com/","events":[],"resourceIds":["PN0"]}"#,
    ];
    check("legacy_webhooks", &lines).await;
}

#[tokio::test]
async fn dated_webhooks() {
    let lines = [
        r#"POST /webhooks {"url":"https://crm.example.com/quo","events":["message.received","call.missed","task.created"],"resourceIds":["{inbox}","{inbox2}"],"label":"CRM"}"#,
        "GET /webhooks",
        r#"PATCH /webhooks/{webhook} {"events":["contact.deleted"],"resourceIds":["{inbox2}"],"status":"disabled","label":"Later"}"#,
        r#"PATCH /webhooks/{webhook} {"url":"https://crm.example.com/2","resourceIds":null,"label":null}"#,
        "GET /webhooks/{webhook}",
        "POST /webhooks/{webhook}/rotate",
        "DELETE /webhooks/{webhook}",
        "GET /webhooks/{webhook}",
        "POST /webhooks/{webhook}/rotate",
        // What is wrong.
        "GET /webhooks/{webhook1}",
        r#"PATCH /webhooks/12 {}"#,
        r#"PATCH /webhooks/12 {"events":[]}"#,
        "GET /webhooks/{webhook}/events?resourceId=",
        r#"POST /webhooks {"events":[],"resourceIds":[],"label":7,"secret":"mine"}"#,
        r#"POST /webhooks {"url":"ftp://example.com/","events":["call.dropped"],"resourceIds":["{inbox}","*"]}"#,
        r#"POST /webhooks {"url":"https://example.com/","events":["call.missed"],"resourceIds":["PN0"]}"#,
    ];
    check("dated_webhooks", &lines).await;
}

#[tokio::test]
async fn the_dated_key_is_shown_once_and_the_legacy_one_on_every_read() {
    let sandbox = sandbox();
    let ids = webhooks(&sandbox).await;
    let legacy = json(&sandbox, ALPHA, &fill("GET /v1/webhooks/{webhook1}", &ids), 200).await;
    assert!(legacy["data"]["key"].is_string());
    let first = json(&sandbox, ALPHA, &fill("POST /webhooks/{webhook}/rotate", &ids), 200).await;
    let second = json(&sandbox, ALPHA, &fill("POST /webhooks/{webhook}/rotate", &ids), 200).await;
    assert_ne!(first, second);
    let dated = json(&sandbox, ALPHA, &fill("GET /webhooks/{webhook}", &ids), 200).await;
    assert_eq!(dated["data"]["key"], Value::Null);
}

#[tokio::test]
async fn a_webhook_of_another_workspace_is_not_there() {
    let sandbox = sandbox();
    let ids = webhooks(&sandbox).await;
    for line in ["GET /v1/webhooks/{webhook1}", "DELETE /v1/webhooks/{webhook1}", "GET /webhooks/{webhook}"] {
        json(&sandbox, BRAVO, &fill(line, &ids), 404).await;
    }
    assert_eq!(json(&sandbox, BRAVO, "GET /webhooks", 200).await, json!({ "data": [] }));
    assert_eq!(json(&sandbox, BRAVO, "GET /v1/webhooks", 200).await, json!({ "data": [] }));
}

#[tokio::test]
async fn there_is_room_for_so_many_webhooks_of_each_kind() {
    let sandbox = Sandbox::new(options().limits(Limits { webhooks: 1, ..Limits::default() }));
    webhooks(&sandbox).await;
    let dated = r#"POST /webhooks {"url":"https://example.com/","events":["call.missed"]}"#;
    json(&sandbox, ALPHA, dated, 403).await;
    let legacy = r#"POST /v1/webhooks/calls {"url":"https://example.com/","events":["call.completed"]}"#;
    json(&sandbox, ALPHA, legacy, 403).await;
}
