//! Keys with conditions: the same workspace, under another plan.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use openphone_sandbox::Sandbox;

use crate::support::{ALPHA, all, anchor, answer, fill, ids, json, options, sandbox, show};

/// Each line with the condition of its key before it.
async fn check(name: &str, lines: &[(&str, &str)]) {
    let sandbox = sandbox();
    let ids = ids(&sandbox, ALPHA).await;
    let mut shown = String::new();
    for (condition, line) in lines {
        let answer = answer(&sandbox, &format!("{ALPHA}{condition}"), &fill(line, &ids)).await;
        shown.push_str(&show(format!("{condition} {line}").trim_start(), &answer));
    }
    insta::assert_snapshot!(name, shown);
}

#[tokio::test]
async fn conditions() {
    const SEND: &str = r#"POST /v1/messages {"content":"x","from":"{inbox}","to":["+14155550188"]}"#;
    const ABROAD: &str = r#"POST /messages {"content":"x","from":"{inbox}","to":["+442071838750"]}"#;
    let lines = [
        (".no-transcripts", "GET /v1/call-summaries/{answered}"),
        (".no-transcripts", "GET /v1/call-transcripts/{answered}"),
        (".no-transcripts", "GET /calls/{answered}/transcripts"),
        (".no-transcripts", "GET /calls/{answered}?include=summary"),
        (".no-credits", SEND),
        (".no-credits", ABROAD),
        (".expired", SEND),
        (".expired", "GET /v1/messages/{message}"),
        (".expired", "GET /organization"),
        (".a2p-pending", SEND),
        (".a2p-pending", ABROAD),
        (".a2p-rejected", SEND),
        (".a2p-missing", SEND),
        (".a2p-pending.expired.no-credits", SEND),
        (".unheard-of", "GET /v1/users"),
    ];
    check("conditions", &lines).await;
}

#[tokio::test]
async fn registration() {
    let lines = [
        ("", "GET /a2p-registration"),
        ("", "POST /a2p-registration {}"),
        ("", r#"PATCH /a2p-registration {"type":"sole-proprietor"}"#),
        (".a2p-rejected", "GET /a2p-registration"),
        (".a2p-missing", "GET /a2p-registration"),
        (".a2p-missing", r#"PATCH /a2p-registration {"type":"sole-proprietor"}"#),
        (".a2p-missing", r#"POST /a2p-registration {"type":7,"messaging":"all","color":"red"}"#),
        (
            ".a2p-missing",
            r#"POST /a2p-registration {"businessInfo":{"legalName":"Harbor","taxId":"00-0000000"}}"#,
        ),
        (".a2p-missing", "POST /a2p-registration {}"),
        (".a2p-missing", r#"POST /a2p-registration/submit {"forbiddenMessageTopicsAcknowledged":false}"#),
        (
            ".a2p-missing",
            r#"PATCH /a2p-registration {"businessInfo":{"legalName":"Harbor Light","taxId":null},"messaging":{"useCase":"care"}}"#,
        ),
        (
            ".a2p-missing.no-credits",
            r#"POST /a2p-registration/submit {"forbiddenMessageTopicsAcknowledged":true}"#,
        ),
        (".a2p-missing", r#"POST /a2p-registration/submit {"forbiddenMessageTopicsAcknowledged":true}"#),
        (".a2p-missing", r#"POST /a2p-registration/submit {"forbiddenMessageTopicsAcknowledged":true}"#),
        ("", "GET /a2p-registration"),
    ];
    check("registration", &lines).await;
}

#[tokio::test]
async fn a_registration_is_no_larger_when_it_is_new() {
    let sandbox = sandbox();
    let key = format!("{ALPHA}.a2p-missing");
    let content = format!(r#"{{"businessInfo":{{"legalName":"{}"}}}}"#, "x".repeat(64 * 1024));
    json(&sandbox, &key, &format!("POST /a2p-registration {content}"), 403).await;
    json(&sandbox, &key, "POST /a2p-registration {}", 201).await;
    json(&sandbox, &key, &format!("PATCH /a2p-registration {content}"), 403).await;
}

#[tokio::test]
async fn a_submitted_registration_is_approved_in_a_minute_and_then_texts_go_out() {
    let now = Arc::new(AtomicI64::new(anchor().as_second()));
    let clock = Arc::clone(&now);
    let sandbox =
        Sandbox::new(options().clock(move || Timestamp::from_second(clock.load(Ordering::SeqCst)).unwrap()));
    let key = format!("{ALPHA}.a2p-missing");
    let create = r#"POST /a2p-registration {"businessInfo":{"legalName":"x"},"messaging":{"useCase":"y"}}"#;
    json(&sandbox, &key, create, 201).await;
    let submit = r#"POST /a2p-registration/submit {"forbiddenMessageTopicsAcknowledged":true}"#;
    json(&sandbox, &key, submit, 200).await;
    let send = r#"POST /v1/messages {"content":"x","from":"+14155550150","to":["+14155550188"]}"#;
    for (seconds, status, sent) in [(0, "pending", 400), (59, "pending", 400), (1, "approved", 202)] {
        now.fetch_add(seconds, Ordering::SeqCst);
        let seen = json(&sandbox, &key, "GET /a2p-registration", 200).await;
        assert_eq!(seen["data"]["status"], status);
        json(&sandbox, &key, send, sent).await;
    }
}

#[tokio::test]
async fn a_condition_changes_nothing_about_the_workspace() {
    let sandbox = sandbox();
    let poor = format!("{ALPHA}.no-credits.no-transcripts");
    for path in ["/messages", "/v1/contacts", "/v1/tasks", "/phone-numbers"] {
        assert_eq!(all(&sandbox, ALPHA, path).await, all(&sandbox, &poor, path).await);
    }
    let created = json(&sandbox, &poor, r#"POST /contacts {"firstName":"Pia"}"#, 201).await;
    let id = created["data"]["id"].as_str().unwrap();
    json(&sandbox, ALPHA, &format!("GET /v1/contacts/{id}"), 200).await;
}
