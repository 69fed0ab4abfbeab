//! Calls that happen while the sandbox runs, with tokio's time paused and the sandbox's clock tied to it.

use std::time::Duration;

use jiff::SignedDuration;
use openphone_sandbox::{
    CallOutcome, Calling, IncomingCall, IncomingError, IncomingMessage, Limits, Sandbox, SandboxOptions,
};
use serde_json::Value;
use tokio::time::Instant;

use crate::support::{ALPHA, all, anchor, answer, fill, ids, json, options, show};

const PACE: Calling = Calling {
    rings: Duration::from_secs(10),
    lasts: Duration::from_secs(60),
    recording: Duration::from_secs(5),
    transcript: Duration::from_secs(20),
    summary: Duration::from_secs(10),
    voicemail: Duration::from_secs(15),
};
const INBOX: &str = "+14155550150";
const CALLER: &str = "+14155550142";

fn ticking() -> SandboxOptions {
    let start = Instant::now();
    let clock = move || anchor() + SignedDuration::try_from(start.elapsed()).unwrap();
    options().clock(clock).calling(PACE)
}

/// What reading a call shows: its status on either surface, and how far each thing is that it leaves behind.
async fn state(sandbox: &Sandbox, id: &str) -> String {
    let status = async |line: String| -> String {
        let answer = answer(sandbox, ALPHA, &line).await;
        let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        let data = if body["data"].is_array() { &body["data"][0] } else { &body["data"] };
        match (answer.status().as_u16(), data["status"].as_str()) {
            (200, Some(status)) => status.to_owned(),
            (200, None) => "none".to_owned(),
            (other, _) => other.to_string(),
        }
    };
    let v1 = status(format!("GET /v1/calls/{id}")).await;
    assert_eq!(status(format!("GET /calls/{id}")).await, v1);
    let recording = status(format!("GET /v1/call-recordings/{id}")).await;
    assert_eq!(status(format!("GET /calls/{id}/recordings")).await, recording);
    let transcript = status(format!("GET /v1/call-transcripts/{id}")).await;
    let parts = status(format!("GET /calls/{id}/transcripts")).await;
    assert_eq!(parts.replace("none", "absent"), transcript);
    let summary = status(format!("GET /v1/call-summaries/{id}")).await;
    let voicemail = status(format!("GET /v1/call-voicemails/{id}")).await;
    format!("{v1}: recording {recording}, transcript {transcript}, summary {summary}, voicemail {voicemail}")
}

/// The states of a call, each with the second at which it was first seen.
async fn life(sandbox: &Sandbox, call: IncomingCall) -> Vec<String> {
    let id = sandbox.incoming_call(ALPHA, call).unwrap();
    let mut seen: Vec<String> = Vec::new();
    // Between the steps, which are taken on the full second.
    tokio::time::sleep(Duration::from_millis(500)).await;
    for second in 0..100 {
        let state = state(sandbox, &id).await;
        if seen.last().is_none_or(|last| !last.ends_with(&state)) {
            seen.push(format!("{second} s {state}"));
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    seen
}

#[tokio::test(start_paused = true)]
async fn each_outcome_passes_through_its_states() {
    let outcomes = [
        CallOutcome::Answered,
        CallOutcome::AiHandled,
        CallOutcome::Missed,
        CallOutcome::Voicemail,
        CallOutcome::Forwarded,
        CallOutcome::Abandoned,
    ];
    let mut lives = Vec::new();
    for outcome in outcomes {
        let sandbox = Sandbox::new(ticking());
        lives.push((format!("{outcome:?}"), life(&sandbox, IncomingCall::new(CALLER, INBOX, outcome)).await));
    }
    insta::assert_json_snapshot!("states", lives);
}

#[tokio::test(start_paused = true)]
async fn what_was_said_is_there_afterwards_on_both_surfaces() {
    let sandbox = Sandbox::new(ticking());
    let ids = ids(&sandbox, ALPHA).await;
    let mut shown = String::new();
    for (outcome, paths) in [
        (
            CallOutcome::Answered,
            &[
                "/v1/calls/{id}",
                "/v1/call-recordings/{id}",
                "/v1/call-transcripts/{id}",
                "/v1/call-summaries/{id}",
                "/calls/{id}",
                "/calls/{id}/transcripts",
            ][..],
        ),
        (CallOutcome::AiHandled, &["/v1/calls/{id}", "/calls/{id}?include=summary"][..]),
        (CallOutcome::Voicemail, &["/v1/calls/{id}", "/v1/call-voicemails/{id}"][..]),
        (CallOutcome::Forwarded, &["/calls/{id}"][..]),
        (CallOutcome::Abandoned, &["/calls/{id}"][..]),
    ] {
        let call =
            IncomingCall::new(CALLER, fill("{inbox}", &ids), outcome).saying("The drain is slow again.");
        let id = sandbox.incoming_call(ALPHA, call).unwrap();
        tokio::time::sleep(Duration::from_secs(100)).await;
        for path in paths {
            let line = format!("GET {}", path.replace("{id}", &id));
            let answer = answer(&sandbox, ALPHA, &line).await;
            shown.push_str(&show(&format!("{outcome:?} GET {path}"), &answer));
        }
    }
    insta::assert_snapshot!("afterwards", shown);
    let conversation = &all(&sandbox, ALPHA, "/v1/conversations").await[0];
    assert_eq!(conversation["participants"], serde_json::json!([CALLER]));
}

#[tokio::test(start_paused = true)]
async fn the_summary_can_be_ready_before_the_transcript_or_after_it() {
    for (transcript, summary) in [(1, 9), (9, 1)] {
        let pace = Calling {
            transcript: Duration::from_secs(transcript),
            summary: Duration::from_secs(summary),
            ..PACE
        };
        let sandbox = Sandbox::new(ticking().calling(pace));
        let call = IncomingCall::new(CALLER, INBOX, CallOutcome::Answered);
        let id = sandbox.incoming_call(ALPHA, call).unwrap();
        tokio::time::sleep(PACE.rings + PACE.lasts + Duration::from_secs(6)).await;
        let state = state(&sandbox, &id).await;
        assert_eq!(
            state.contains("transcript completed, summary in-progress"),
            transcript < summary,
            "{state}"
        );
        assert_eq!(
            state.contains("transcript in-progress, summary completed"),
            transcript > summary,
            "{state}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn six_numbers_call_back_one_for_each_outcome() {
    for (ending, last) in [
        ("06", "no-answer: recording none, transcript absent, summary absent, voicemail completed"),
        ("07", "completed: recording completed, transcript completed, summary completed, voicemail 404"),
        ("08", "missed: recording none, transcript absent, summary absent, voicemail 404"),
        ("09", "completed: recording completed, transcript completed, summary completed, voicemail 404"),
        ("10", "forwarded: recording none, transcript absent, summary absent, voicemail 404"),
        ("11", "abandoned: recording none, transcript absent, summary absent, voicemail 404"),
    ] {
        let sandbox = Sandbox::new(ticking());
        let path = format!("/calls?participant=%2B141555501{ending}&createdAt[gte]=2026-11-20T18:30:00Z");
        let line =
            format!(r#"POST /messages {{"content":"Call me","from":"{INBOX}","to":["+141555501{ending}"]}}"#);
        json(&sandbox, ALPHA, &line, 202).await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(all(&sandbox, ALPHA, &path).await.len(), 0, "the text has to arrive first");
        tokio::time::sleep(Duration::from_secs(1)).await;
        let calls = all(&sandbox, ALPHA, &path).await;
        assert_eq!(calls.len(), 1);
        assert_eq!(calls[0]["status"], "ringing");
        tokio::time::sleep(Duration::from_secs(100)).await;
        assert_eq!(state(&sandbox, calls[0]["id"].as_str().unwrap()).await, last);
        let call = &all(&sandbox, ALPHA, &path).await[0];
        assert_eq!(call["aiHandled"] == "ai-agent", ending == "09");
        // A group is not one person who could call.
        let line = format!(
            r#"POST /messages {{"content":"All","from":"{INBOX}","to":["+14155550188","+141555501{ending}"]}}"#
        );
        json(&sandbox, ALPHA, &line, 202).await;
        tokio::time::sleep(Duration::from_secs(10)).await;
        assert_eq!(all(&sandbox, ALPHA, &path).await.len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn texts_come_in_on_demand() {
    let sandbox = Sandbox::new(ticking());
    let id = sandbox.incoming_text(ALPHA, CALLER, INBOX, "Is anybody there?").unwrap();
    let text = json(&sandbox, ALPHA, &format!("GET /v1/messages/{id}"), 200).await;
    assert_eq!(text["data"]["text"], "Is anybody there?");
    assert_eq!(text["data"]["status"], "received");
    assert_eq!(text["data"]["from"], CALLER);
    assert_eq!(text["data"]["media"], serde_json::json!([]));
}

#[tokio::test(start_paused = true)]
async fn pictures_come_with_a_text() {
    let sandbox = Sandbox::new(ticking());
    let message = IncomingMessage::new(CALLER, INBOX, "")
        .with_media("https://media.example.com/leak.jpg", Some("image/jpeg"))
        .with_media("https://media.example.com/leak", None);
    let id = sandbox.incoming_message(ALPHA, message).unwrap();
    for path in ["/v1/messages", "/messages"] {
        let text = json(&sandbox, ALPHA, &format!("GET {path}/{id}"), 200).await;
        let media = serde_json::json!([
            { "url": "https://media.example.com/leak.jpg", "type": "image/jpeg" },
            { "url": "https://media.example.com/leak", "type": null },
        ]);
        assert_eq!(text["data"]["media"], media, "{path}");
        assert_eq!(text["data"]["text"], "", "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_has_no_number_writes_and_calls_too() {
    let sandbox = Sandbox::new(ticking());
    for party in ["10155", "Anonymous", "Restricted"] {
        let text = sandbox.incoming_text(ALPHA, party, INBOX, "Your code is 1234").unwrap();
        let listed = all(&sandbox, ALPHA, &format!("/messages?from={party}")).await;
        assert_eq!(listed[0]["id"], text.as_str());
        let call = IncomingCall::new(party, INBOX, CallOutcome::Voicemail);
        let call = sandbox.incoming_call(ALPHA, call).unwrap();
        let shown = json(&sandbox, ALPHA, &format!("GET /v1/calls/{call}"), 200).await;
        assert_eq!(shown["data"]["participants"], serde_json::json!([party, INBOX]));
        let shown = json(&sandbox, ALPHA, &format!("GET /calls/{call}"), 200).await;
        assert_eq!(shown["data"]["participants"][0]["phoneNumber"], party);
        let thread = &all(&sandbox, ALPHA, "/v1/conversations").await[0];
        assert_eq!(thread["participants"], serde_json::json!([party]));
        assert_eq!(thread["lastActivityId"], call.as_str());
    }
}

#[tokio::test(start_paused = true)]
async fn v1_shows_some_calls_without_participants() {
    let sandbox = Sandbox::new(ticking());
    let call = IncomingCall::new(CALLER, INBOX, CallOutcome::Missed).without_participants();
    let id = sandbox.incoming_call(ALPHA, call).unwrap();
    let inbox = fill("{inbox}", &ids(&sandbox, ALPHA).await);
    let path = format!("/v1/calls?phoneNumberId={inbox}&participants=%2B14155550142");
    let calls = all(&sandbox, ALPHA, &path).await;
    assert_eq!((&calls[0]["id"], &calls[0]["participants"]), (&id.as_str().into(), &serde_json::json!([])));
    let shown = json(&sandbox, ALPHA, &format!("GET /calls/{id}"), 200).await;
    assert_eq!(shown["data"]["participants"][0]["phoneNumber"], CALLER);
}

#[tokio::test]
async fn nothing_comes_from_nowhere_or_to_nobody() {
    let sandbox = Sandbox::new(options());
    let text = |key, from, inbox| sandbox.incoming_text(key, from, inbox, "Hello").unwrap_err();
    assert_eq!(text("a-wrong-key", CALLER, INBOX), IncomingError::UnknownKey);
    assert_eq!(text(ALPHA, "4155550142", INBOX), IncomingError::NotAParty("4155550142".to_owned()));
    assert_eq!(text(ALPHA, CALLER, "PN0"), IncomingError::UnknownInbox("PN0".to_owned()));
    let call = IncomingCall::new(CALLER, "PN0", CallOutcome::Missed);
    let error = sandbox.incoming_call(ALPHA, call).unwrap_err();
    assert_eq!(error, IncomingError::UnknownInbox("PN0".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn the_oldest_call_is_forgotten_past_the_limit() {
    let sandbox = Sandbox::new(ticking().limits(Limits { calls: 30, ..Limits::default() }));
    let seeded = all(&sandbox, ALPHA, "/calls").await;
    for _ in 0..=30 - seeded.len() {
        let call = IncomingCall::new(CALLER, INBOX, CallOutcome::Answered);
        sandbox.incoming_call(ALPHA, call).unwrap();
    }
    let calls = all(&sandbox, ALPHA, "/calls").await;
    assert_eq!(calls.len(), 30);
    let oldest = seeded.last().unwrap()["id"].as_str().unwrap();
    json(&sandbox, ALPHA, &format!("GET /calls/{oldest}"), 404).await;
}
