//! `list-calls` as a whole.

use std::collections::HashSet;

use mcp_tools::Limits;
use mcp_tools::reading::RESULT_BYTES;
use openphone_sandbox::{Fault, Operation};
use serde_json::{Value, json};

use crate::world::{Answer, DESK, NORA, World, contains};

const OUTCOMES: [&str; 5] = ["answered", "ai_agent", "forwarded", "missed", "unanswered"];
/// The contacts of the group call: who was called, and who joined.
const CALLED: &str = "+14155550111";
const JOINED: &str = "+14155550114";

fn calls(answer: &Answer) -> &[Value] {
    answer.data["calls"].as_array().expect("calls")
}

fn ids(calls: &[Value]) -> Vec<&str> {
    calls.iter().map(|call| call["id"].as_str().expect("an id")).collect()
}

async fn everything(world: &World, mut arguments: Value) -> Vec<Value> {
    let mut all = Vec::new();
    for _ in 0..100 {
        let answer = world.call("list-calls", arguments.clone()).await.ok();
        all.extend_from_slice(calls(&answer));
        if answer.data["coverage"]["complete"] == true {
            return all;
        }
        arguments["cursor"] = answer.data["coverage"]["cursor"].clone();
        assert!(arguments["cursor"].is_string(), "{}", answer.text);
    }
    panic!("the list has no end")
}

/// An incoming call that somebody took, as the API would answer it.
fn call(id: &str, summary: &Value) -> Value {
    json!({
        "id": id, "phoneNumberId": "PN1", "actorId": "US1", "direction": "incoming", "status": "completed",
        "participants": [{ "phoneNumber": NORA, "actorId": null }], "answeredAt": "2026-11-22T10:00:05Z",
        "answeredBy": null, "initiatedBy": null, "completedAt": "2026-11-22T10:01:00Z",
        "createdAt": "2026-11-22T10:00:00Z", "updatedAt": null, "callRoute": null, "duration": 55,
        "forwardedFrom": null, "forwardedTo": null, "aiHandled": null, "summary": summary
    })
}

fn page(calls: &Value) -> Fault {
    Fault::answer(200, "application/json", json!({ "data": calls, "nextCursor": null }).to_string())
}

#[tokio::test]
async fn calls_with_summaries_and_voicemails() {
    let world = World::start().await;
    let arguments = json!({
        "inbox": "Front desk", "include": ["summary", "voicemail"], "createdAfter": "last 25 days",
        "timeZone": "America/Los_Angeles"
    });
    let answer = world.call("list-calls", arguments).await.ok();
    insta::assert_snapshot!(answer.text);
    assert_eq!(answer.data["coverage"]["complete"], true);
    // Calls, summaries and voicemails came in one request; the others are the inboxes and the names.
    assert_eq!(world.sandbox.requests(Operation::ListCalls), 1);
    assert!(world.sandbox.request_log().values().sum::<u64>() <= 5, "{:?}", world.sandbox.request_log());
}

#[tokio::test]
async fn nothing_is_brought_along_unless_asked_for() {
    let world = World::start().await;
    for call in everything(&world, json!({ "inbox": "Front desk", "maxResults": 100 })).await {
        assert!(call["summary"].is_null() && call["summaryState"].is_null() && call["voicemail"].is_null());
    }
}

#[tokio::test]
async fn cursors_lead_through_everything_once() {
    let world = World::start().await;
    for inbox in ["Front desk", "Emergency line"] {
        let few = everything(&world, json!({ "inbox": inbox, "maxResults": 2 })).await;
        let many = everything(&world, json!({ "inbox": inbox, "maxResults": 100 })).await;
        assert!(many.len() >= 5, "{}", many.len());
        assert_eq!(few, many);
        assert_eq!(ids(&many).into_iter().collect::<HashSet<_>>().len(), many.len());
        let times: Vec<&str> = many.iter().map(|call| call["at"].as_str().expect("a time")).collect();
        assert!(times.is_sorted_by(|newer, older| newer >= older), "{times:?}");
    }
}

/// Each call has one outcome, and the filter finds it; nobody is said to have taken what nobody took.
#[tokio::test]
async fn every_call_has_one_outcome() {
    let world = World::start().await;
    let all = everything(&world, json!({ "inbox": "Front desk", "maxResults": 100 })).await;
    let mut found = 0;
    for outcome in OUTCOMES {
        let arguments = json!({ "inbox": "Front desk", "outcome": outcome, "maxResults": 1 });
        let of = everything(&world, arguments).await;
        let expected: Vec<&Value> = all.iter().filter(|call| call["outcome"] == outcome).collect();
        assert!(!of.is_empty(), "{outcome}");
        assert_eq!(of.iter().collect::<Vec<_>>(), expected, "{outcome}");
        found += of.len();
    }
    assert_eq!(found, all.len());
    let by = |outcome: &str, field: &str| -> Vec<&Value> {
        all.iter().filter(|call| call["outcome"] == outcome).map(|call| &call[field]).collect()
    };
    assert!(by("ai_agent", "answeredBy").iter().all(|name| **name == "AI agent"));
    assert_eq!(by("forwarded", "forwardedTo"), ["Dana Whitfield"]);
    for outcome in ["missed", "forwarded", "unanswered"] {
        assert!(by(outcome, "answeredBy").iter().all(|name| name.is_null()), "{outcome}");
    }
    assert!(by("unanswered", "placedBy").iter().all(|name| name.is_string()));
    for (direction, outcome) in [("outgoing", "missed"), ("incoming", "unanswered")] {
        let arguments = json!({ "inbox": "Front desk", "direction": direction, "outcome": outcome });
        contains(&world.call("list-calls", arguments).await.error(), &["direction", outcome]);
    }
}

#[tokio::test]
async fn participants_of_group_calls_are_found() {
    let world = World::start().await;
    let all = everything(&world, json!({ "inbox": "Front desk", "maxResults": 100 })).await;
    let group: Vec<&str> = all
        .iter()
        .filter(|call| call["with"].as_array().expect("people").len() == 2)
        .filter_map(|call| call["id"].as_str())
        .collect();
    assert_eq!(group.len(), 1);
    for several in [json!([CALLED, JOINED]), json!([JOINED])] {
        let arguments = json!({ "inbox": "Front desk", "participantPhoneNumbers": several });
        assert!(ids(&everything(&world, arguments).await).contains(&group[0]));
    }
    let one = everything(&world, json!({ "inbox": "Front desk", "participantPhoneNumber": CALLED })).await;
    let expected: Vec<&str> = ids(&all)
        .into_iter()
        .zip(&all)
        .filter(|(_, call)| call["with"].to_string().contains(CALLED))
        .map(|(id, _)| id)
        .collect();
    assert!(expected.len() >= 2);
    assert_eq!(ids(&one), expected);
}

#[tokio::test]
async fn calls_of_one_teammate_by_id_or_name() {
    let world = World::start().await;
    let all = everything(&world, json!({ "inbox": "Front desk", "maxResults": 100 })).await;
    let mine =
        |call: &&Value| ["answeredBy", "placedBy"].iter().any(|field| call[*field] == "Marcus Oyelaran");
    let expected: Vec<&Value> = all.iter().filter(mine).collect();
    assert!(expected.len() >= 3);
    for name in ["Marcus Oyelaran", "marcus"] {
        let found = everything(&world, json!({ "inbox": "Front desk", "userId": name })).await;
        assert_eq!(found.iter().filter(mine).collect::<Vec<_>>(), expected, "{name}");
        assert!(found.len() < all.len());
    }
    let error = world.call("list-calls", json!({ "inbox": "Front desk", "userId": "Nobody" })).await.error();
    contains(&error, &["userId", "Nobody", "\"Dana Whitfield\" (US", "\"Priya Raman\" (US"]);
}

/// Absent, not ready, failed, not in the plan: each is said of the call.
#[tokio::test]
async fn why_there_is_no_summary() {
    let summary = |status: &str| json!({ "status": status, "type": "human", "summary": null, "nextSteps": null, "jobs": null, "title": null });
    for (given, now, state, reason) in [
        (summary("in-progress"), 0, "not_ready", "being made"),
        (summary("failed"), 0, "failed", "could not make it"),
        (summary("absent"), 0, "absent", "off for the call, or the plan has none"),
        (Value::Null, 0, "absent", "off for the call, or the plan has none"),
    ] {
        let world = World::start().await;
        world.advance(now);
        world.sandbox.faults().always(Operation::ListCalls, page(&json!([call("AC001", &given)])));
        let arguments = json!({ "inbox": "Front desk", "include": ["summary"] });
        let answer = world.call("list-calls", arguments).await.ok();
        assert_eq!(calls(&answer)[0]["summaryState"], state);
        contains(&answer.text, &[&format!("Summary: {state} ("), reason]);
    }
    let world = World::start().await;
    let mut fresh = call("AC001", &summary("absent"));
    fresh["completedAt"] = "2026-11-22T18:20:00Z".into();
    world.sandbox.faults().always(Operation::ListCalls, page(&json!([fresh])));
    let answer =
        world.call("list-calls", json!({ "inbox": "Front desk", "include": ["summary"] })).await.ok();
    contains(&answer.text, &["Summary: not_ready (the call ended a few minutes ago)"]);
}

/// A plan without summaries costs the summaries, not the calls.
#[tokio::test]
async fn calls_are_listed_when_the_plan_has_no_summaries() {
    for tool in ["list-calls", "fetch-call-transcripts"] {
        let world = World::start().await;
        world.sandbox.faults().next(1, Operation::ListCalls, Fault::plan_without_transcripts());
        world.sandbox.faults().always(Operation::GetCallTranscripts, Fault::plan_without_transcripts());
        let mut arguments = json!({ "inbox": "Front desk" });
        if tool == "list-calls" {
            arguments["include"] = json!(["summary", "voicemail"]);
            arguments["outcome"] = "answered".into();
        }
        let answer = world.call(tool, arguments).await.ok();
        assert!(calls(&answer).len() >= 5);
        let state = if tool == "list-calls" { "summaryState" } else { "transcript" };
        assert!(calls(&answer).iter().all(|call| call[state] == "not_in_plan"), "{}", answer.text);
        contains(&answer.text, &["Business and Scale do"]);
    }
    // A refusal of the calls themselves stays one.
    let world = World::start().await;
    world.sandbox.faults().always(Operation::ListCalls, Fault::plan_without_transcripts());
    let arguments = json!({ "inbox": "Front desk", "include": ["summary"] });
    contains(&world.call("list-calls", arguments).await.error(), &["does not allow"]);
}

/// The API says the same of a call that was not transcribed and of a plan without transcripts; where other calls have
/// summaries, it is not the plan.
#[tokio::test]
async fn a_missing_transcript_is_not_blamed_on_a_plan_that_has_them() {
    let none = json!([{
        "recordingId": "CR1", "status": "absent", "startTime": "2026-11-22T10:00:05Z",
        "createdAt": "2026-11-22T10:02:00Z", "duration": 55, "dialogue": []
    }]);
    let made = json!({ "status": "completed", "type": "human", "summary": ["x"], "nextSteps": null, "jobs": null, "title": null });
    for (summary, both) in [(made, false), (Value::Null, true)] {
        let world = World::start().await;
        world.sandbox.faults().always(Operation::ListCalls, page(&json!([call("AC001", &summary)])));
        world.sandbox.faults().always(Operation::GetCallTranscripts, page(&none));
        let answer = world.call("fetch-call-transcripts", json!({ "inbox": "Front desk" })).await.ok();
        assert_eq!(calls(&answer)[0]["transcript"], "not_enabled");
        assert_eq!(answer.text.contains("plan has no transcripts"), both, "{}", answer.text);
    }
}

#[tokio::test]
async fn a_result_fits_its_budget_and_the_cursor_goes_on() {
    let world = World::start().await;
    let points = vec!["👍".repeat(400); 12];
    let summary = json!({
        "status": "completed", "type": "human", "summary": points, "nextSteps": points, "jobs": null, "title": null
    });
    let mut calls_of_page = vec![call("AC000", &summary)];
    for index in 1..40 {
        let mut short = call(
            &format!("AC{index:03}"),
            &json!({
                "status": "completed", "type": "human", "summary": ["ä".repeat(399)], "nextSteps": null, "jobs": null, "title": null
            }),
        );
        short["voicemail"] = json!({
            "id": "VM1", "status": "completed", "duration": 9.4, "recordingUrl": format!("https://example.com/{index}"), "transcript": "Hi"
        });
        calls_of_page.push(short);
    }
    world.sandbox.faults().always(Operation::ListCalls, page(&Value::from(calls_of_page)));
    let mut arguments =
        json!({ "inbox": "Front desk", "include": ["summary", "voicemail"], "maxResults": 100 });
    let mut seen = Vec::new();
    for _ in 0..20 {
        let answer = world.call("list-calls", arguments.clone()).await.ok();
        let bytes = answer.text.len() + answer.data.to_string().len();
        assert!(bytes <= RESULT_BYTES, "{bytes}");
        seen.extend(ids(calls(&answer)).into_iter().map(str::to_owned));
        if answer.data["coverage"]["complete"] == true {
            break;
        }
        arguments["cursor"] = answer.data["coverage"]["cursor"].clone();
    }
    let expected: Vec<String> = (0..40).map(|index| format!("AC{index:03}")).collect();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn faults_are_named_and_no_data_is_no_fault() {
    for (fault, said) in [
        (Fault::too_many_requests(None), "10 requests a second"),
        (Fault::server_error(), "failing or out of reach"),
        (Fault::close(), "failing or out of reach"),
        (Fault::malformed_json(), "cannot be read"),
    ] {
        let world = World::start().await;
        world.sandbox.faults().always(Operation::ListCalls, fault);
        contains(&world.call("list-calls", json!({ "inbox": "Front desk" })).await.error(), &[said]);
    }
    let world = World::start().await;
    let arguments = json!({ "inbox": "Front desk", "participantPhoneNumber": "+14155559999" });
    let answer = world.call("list-calls", arguments).await.ok();
    assert_eq!(answer.data["calls"], json!([]));
    assert_eq!(answer.data["coverage"]["complete"], true);
}

#[tokio::test]
async fn an_inbox_out_of_reach_is_not_read() {
    let world = World::start().await;
    let inboxes = world.call("list-calls", json!({ "inbox": DESK })).await.ok().data["inbox"]["id"].clone();
    let limits: Limits = serde_json::from_value(json!({ "inboxes": [inboxes] })).expect("limits");
    let before = world.sandbox.requests(Operation::ListCalls);
    for tool in ["list-calls", "fetch-call-transcripts", "fetch-messages"] {
        let text = world.call_limited(&limits, tool, json!({ "inbox": "Emergency line" })).await.error();
        contains(&text, &["no inbox within reach"]);
        assert!(!text.contains("Emergency line +"), "{text}");
        world.call_limited(&limits, tool, json!({})).await.ok();
    }
    assert_eq!(world.sandbox.requests(Operation::ListCalls), before + 2);
}
