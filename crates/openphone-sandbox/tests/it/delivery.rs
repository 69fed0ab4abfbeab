//! What becomes of a text, with tokio's time paused: it moves when everything else waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use openphone_sandbox::{Operation, Sandbox};
use serde_json::Value;

use crate::support::{ALPHA, all, anchor, fill, ids, json, options, sandbox};

/// Sends a text and gives its id.
async fn send(sandbox: &Sandbox, to: &str, content: &str) -> String {
    let ids = ids(sandbox, ALPHA).await;
    let line = format!(r#"POST /v1/messages {{"content":"{content}","from":"{{inbox}}","to":["{to}"]}}"#);
    let sent = json(sandbox, ALPHA, &fill(&line, &ids), 202).await;
    assert_eq!(sent["data"]["status"], "queued");
    sent["data"]["id"].as_str().unwrap().to_owned()
}

async fn status(sandbox: &Sandbox, id: &str) -> (Value, Value) {
    let v1 = json(sandbox, ALPHA, &format!("GET /v1/messages/{id}"), 200).await;
    let dated = json(sandbox, ALPHA, &format!("GET /messages/{id}"), 200).await;
    (v1["data"]["status"].clone(), dated["data"]["status"].clone())
}

/// The statuses of a text 0, 301, 901 and 5000 ms after the send: v1's, and the dated one where it differs.
async fn life(to: &str) -> String {
    let sandbox = sandbox();
    let id = send(&sandbox, to, "Hello").await;
    let mut seen = Vec::new();
    for wait in [0, 301, 600, 4099] {
        tokio::time::sleep(Duration::from_millis(wait)).await;
        let (v1, dated) = status(&sandbox, &id).await;
        let (v1, dated) = (v1.as_str().unwrap(), dated.as_str().unwrap());
        seen.push(if v1 == dated { v1.to_owned() } else { format!("{v1}/{dated}") });
    }
    seen.join(" ")
}

#[tokio::test(start_paused = true)]
async fn a_number_decides_what_becomes_of_a_text() {
    assert_eq!(life("+14155550188").await, "queued sent delivered delivered");
    assert_eq!(life("+442071838750").await, "queued sent delivered delivered");
    assert_eq!(life("+14155550120").await, "queued sent undelivered undelivered");
    assert_eq!(life("+14155550191").await, "queued sent undelivered/failed undelivered/failed");
    assert_eq!(life("+14155550193").await, "queued sent sent sent");
    assert_eq!(life("4155550188").await, "queued sent undelivered undelivered");
}

#[tokio::test(start_paused = true)]
async fn a_failure_without_a_code_can_be_retried_once() {
    let sandbox = sandbox();
    let id = send(&sandbox, "+14155550192", "Hello").await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(status(&sandbox, &id).await.1, "failed");
    let answer = json(&sandbox, ALPHA, &format!("POST /messages/{id}/retry"), 202).await;
    assert_eq!(answer, serde_json::json!({}));
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(status(&sandbox, &id).await.1, "delivered");
    json(&sandbox, ALPHA, &format!("POST /messages/{id}/retry"), 422).await;
    assert_eq!(sandbox.sent(ALPHA).len(), 1, "a retry is no new message");
}

#[tokio::test(start_paused = true)]
async fn some_people_answer_and_stop_when_all_is_said() {
    let sandbox = sandbox();
    let from = "/messages?from=%2B14155550102&createdAt[gt]=2026-11-20T18:29:59Z";
    let mut said = Vec::new();
    for content in ["We are on our way", "Two hours", "Sure", "Bye"] {
        send(&sandbox, "+14155550102", content).await;
        tokio::time::sleep(Duration::from_secs(4)).await;
        let answers = all(&sandbox, ALPHA, from).await;
        said.push(answers.first().map(|answer| answer["text"].as_str().unwrap().to_owned()));
        assert_eq!(answers.len(), said.len().min(3));
    }
    insta::assert_json_snapshot!("answers", said);
    let conversation = &all(&sandbox, ALPHA, "/v1/conversations").await[0];
    assert_eq!(conversation["participants"], serde_json::json!(["+14155550102"]));
    assert!(conversation["lastActivityId"].is_string());
}

#[tokio::test(start_paused = true)]
async fn a_group_text_is_one_thread_and_nobody_answers_it() {
    let sandbox = sandbox();
    let ids = ids(&sandbox, ALPHA).await;
    let line = r#"POST /v1/messages {"content":"All three?","from":"{inbox}","to":["+14155550102","+14155550101","+14155550103"]}"#;
    let sent = json(&sandbox, ALPHA, &fill(line, &ids), 202).await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    let path = fill(
        "/v1/messages?phoneNumberId={inbox}&participants=%2B14155550101&participants=%2B14155550103&participants=%2B14155550102",
        &ids,
    );
    let thread = all(&sandbox, ALPHA, &path).await;
    assert_eq!(thread.len(), 1);
    assert_eq!(thread[0]["id"], sent["data"]["id"]);
    assert_eq!(thread[0]["status"], "delivered");
}

#[tokio::test]
async fn a_fresh_call_gets_its_transcript_and_summary_when_it_is_processed() {
    let now = Arc::new(AtomicI64::new(anchor().as_second()));
    let clock = Arc::clone(&now);
    let sandbox =
        Sandbox::new(options().clock(move || Timestamp::from_second(clock.load(Ordering::SeqCst)).unwrap()));
    let call = &all(&sandbox, ALPHA, "/calls?include=summary").await[0];
    let id = call["id"].as_str().unwrap();
    assert_eq!(call["summary"]["status"], "in-progress");
    assert!(call["summary"]["summary"].is_null());
    for (minutes, status) in [(0, "in-progress"), (10, "completed")] {
        now.fetch_add(minutes * 60, Ordering::SeqCst);
        let transcript = json(&sandbox, ALPHA, &format!("GET /v1/call-transcripts/{id}"), 200).await;
        assert_eq!(transcript["data"]["status"], status);
        let parts = json(&sandbox, ALPHA, &format!("GET /calls/{id}/transcripts"), 200).await;
        assert_eq!(parts["data"][0]["status"], status);
        let summary = json(&sandbox, ALPHA, &format!("GET /v1/call-summaries/{id}"), 200).await;
        assert_eq!(summary["data"]["status"], status);
    }
}

#[tokio::test(start_paused = true)]
async fn every_accepted_send_is_in_the_journal_in_order() {
    let sandbox = sandbox();
    for content in ["one", "two", "three"] {
        send(&sandbox, "+14155550188", content).await;
    }
    let line = r#"POST /v1/messages {"content":"no","from":"+14155550150","to":["+14155550119"]}"#;
    json(&sandbox, ALPHA, line, 400).await;
    let contents: Vec<_> = sandbox.sent(ALPHA).into_iter().map(|sent| sent.content).collect();
    assert_eq!(contents, ["one", "two", "three"]);
    assert!(sandbox.sent("sandbox-key-workspace-bravo").is_empty());
    assert_eq!(sandbox.requests(Operation::SendMessageV1), 4, "refused ones are requests too");
}
