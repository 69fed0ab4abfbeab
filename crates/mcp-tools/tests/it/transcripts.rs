//! `fetch-call-transcripts` as a whole.

use std::collections::HashSet;

use mcp_tools::reading::RESULT_BYTES;
use openphone_sandbox::{Fault, Operation};
use serde_json::{Value, json};

use crate::world::{Answer, DESK, NORA, World, contains};

fn calls(answer: &Answer) -> &[Value] {
    answer.data["calls"].as_array().expect("calls")
}

async fn everything(world: &World, mut arguments: Value) -> Vec<Value> {
    let mut all = Vec::new();
    for _ in 0..200 {
        let answer = world.call("fetch-call-transcripts", arguments.clone()).await.ok();
        all.extend_from_slice(calls(&answer));
        if answer.data["coverage"]["complete"] == true {
            return all;
        }
        arguments["cursor"] = answer.data["coverage"]["cursor"].clone();
        assert!(arguments["cursor"].is_string(), "{}", answer.text);
    }
    panic!("the list has no end")
}

#[tokio::test]
async fn what_was_said_by_whom() {
    let world = World::start().await;
    let arguments =
        json!({ "inbox": "Front desk", "participantPhoneNumber": NORA, "timeZone": "America/Los_Angeles" });
    let answer = world.call("fetch-call-transcripts", arguments).await.ok();
    insta::assert_snapshot!(answer.text);
    let speakers: HashSet<&str> = calls(&answer)
        .iter()
        .flat_map(|call| call["lines"].as_array().into_iter().flatten())
        .filter_map(|line| line["speaker"].as_str())
        .collect();
    assert!(speakers.contains("Nora Castillo"), "{speakers:?}");
    assert!(
        speakers.iter().all(|speaker| !speaker.starts_with("US") && !speaker.starts_with('+')),
        "{speakers:?}"
    );
}

#[tokio::test]
async fn all_users_both_directions_groups_and_machines() {
    let world = World::start().await;
    let mut all = everything(&world, json!({ "inbox": "Front desk", "maxResults": 3 })).await;
    all.extend(everything(&world, json!({ "inbox": "Emergency line", "maxResults": 3 })).await);
    let of = |field: &str| -> HashSet<&str> { all.iter().filter_map(|call| call[field].as_str()).collect() };
    assert_eq!(of("direction").len(), 2);
    assert!(of("handledBy").len() >= 3, "{:?}", of("handledBy"));
    assert!(of("handledBy").contains("AI agent"), "{:?}", of("handledBy"));
    assert!(all.iter().any(|call| call["with"].as_array().expect("people").len() > 1), "a group call");
    assert!(all.iter().any(|call| call["summary"]["points"].is_array()));
    assert!(
        all.iter().all(|call| call["with"]
            .as_array()
            .expect("people")
            .iter()
            .all(|person| person["number"] != DESK))
    );
}

#[tokio::test]
async fn cursors_lead_through_everything_once() {
    let world = World::start().await;
    let few = everything(&world, json!({ "inbox": "Front desk", "maxResults": 2 })).await;
    let many = everything(&world, json!({ "inbox": "Front desk", "maxResults": 100 })).await;
    assert!(many.len() > 5, "{}", many.len());
    assert_eq!(few, many);
}

/// Not ready, not enabled, not in the plan, not readable: each is told apart.
#[tokio::test]
async fn why_there_is_no_transcript() {
    let segment = |status: &str| {
        json!({ "data": [{
            "recordingId": "CR1", "status": status, "startTime": "2026-11-22T10:00:00Z",
            "createdAt": "2026-11-22T10:00:00Z", "duration": 10, "dialogue": []
        }], "nextCursor": null })
        .to_string()
    };
    let ok = |body: String| Fault::answer(200, "application/json", body);
    for (fault, state, reason) in [
        (ok(segment("in-progress")), "not_ready", "being made"),
        (ok(segment("failed")), "failed", "could not make it"),
        (ok(segment("absent")), "not_enabled", "transcription was off"),
        (ok(r#"{"data":[],"nextCursor":null}"#.to_owned()), "not_enabled", "transcription was off"),
        (ok(segment("completed")), "ready", "nothing was said"),
        (Fault::plan_without_transcripts(), "not_in_plan", "Business and Scale"),
        (
            Fault::answer(
                404,
                "application/json",
                r#"{"message":"Not found","title":"Not Found","docs":""}"#,
            ),
            "not_enabled",
            "no transcript",
        ),
    ] {
        let world = World::start().await;
        world.sandbox.faults().always(Operation::GetCallTranscripts, fault);
        let arguments = json!({ "inbox": "Front desk", "createdBefore": "2026-11-20", "maxResults": 1 });
        let answer = world.call("fetch-call-transcripts", arguments).await.ok();
        assert_eq!(calls(&answer)[0]["transcript"], state);
        contains(&answer.text, &[&format!("Transcript: {state} ("), reason]);
    }
}

/// C8: an outage is not "no data".
#[tokio::test]
async fn a_transcript_that_cannot_be_read_makes_the_answer_incomplete() {
    let world = World::start().await;
    world.sandbox.faults().always(Operation::GetCallTranscripts, Fault::server_error());
    let arguments = json!({ "inbox": "Front desk", "participantPhoneNumber": NORA });
    let answer = world.call("fetch-call-transcripts", arguments).await.ok();
    assert!(calls(&answer).iter().all(|call| call["transcript"] == "unavailable"));
    assert_eq!(answer.data["coverage"]["complete"], false);
    contains(&answer.text, &["could not be read; call again", "OpenPhone is failing", "The key may be fine"]);
}

#[tokio::test]
async fn calls_that_cannot_be_listed_are_an_error() {
    let world = World::start().await;
    world.sandbox.faults().always(Operation::ListCalls, Fault::too_many_requests(None));
    let text = world.call("fetch-call-transcripts", json!({ "inbox": "Front desk" })).await.error();
    contains(&text, &["10 requests a second", "The key is fine"]);
}

/// A transcript longer than a result is cut between lines, and the cursor goes on in its middle.
#[tokio::test]
async fn a_long_transcript_is_read_in_parts() {
    let world = World::start().await;
    let lines: Vec<Value> = (0..400)
        .map(|index| json!({
            "content": format!("Line number {index} of a long conversation about pipes and their prices."),
            "start": f64::from(index) * 2.0, "end": f64::from(index) * 2.0 + 1.5, "identifier": NORA, "actorId": null
        }))
        .collect();
    let body = json!({ "data": [{
        "recordingId": "CR1", "status": "completed", "startTime": "2026-09-25T16:40:00Z",
        "createdAt": "2026-09-25T16:50:00Z", "duration": 800, "dialogue": lines
    }], "nextCursor": null });
    world
        .sandbox
        .faults()
        .always(Operation::GetCallTranscripts, Fault::answer(200, "application/json", body.to_string()));
    let mut arguments = json!({ "inbox": "Front desk", "maxResults": 2, "createdBefore": "2026-11-20" });
    let mut seen: Vec<(String, String)> = Vec::new();
    for _ in 0..40 {
        let answer = world.call("fetch-call-transcripts", arguments.clone()).await.ok();
        let bytes = answer.text.len() + answer.data.to_string().len();
        assert!(bytes <= RESULT_BYTES, "{bytes}");
        for call in calls(&answer) {
            let id = call["id"].as_str().expect("an id");
            let lines = call["lines"].as_array().expect("lines");
            seen.extend(
                lines.iter().map(|line| (id.to_owned(), line["text"].as_str().expect("text").to_owned())),
            );
        }
        arguments["cursor"] = answer.data["coverage"]["cursor"].clone();
        if seen.len() >= 800 {
            break;
        }
    }
    assert_eq!(seen.len(), 800, "two calls of 400 lines");
    let distinct: HashSet<&(String, String)> = seen.iter().collect();
    assert_eq!(distinct.len(), 800, "no line twice");
    assert!(seen[..400].iter().all(|(id, _)| *id == seen[0].0), "one call after the other");
}

/// A summary larger than a result, with and without a transcript: it is cut, and the cursor leads behind the call.
#[tokio::test]
async fn a_summary_larger_than_a_result_does_not_hold_up_the_list() {
    let line = json!({ "content": "Hello", "start": 0, "end": 1, "identifier": NORA, "actorId": null });
    for lines in [0, 1, 3] {
        let world = World::start().await;
        let point = "👍".repeat(400);
        let call = |id: &str, second: usize, points: usize| {
            json!({
                "id": id, "phoneNumberId": "PN1", "actorId": "US1", "direction": "incoming", "status": "completed",
                "participants": [{ "phoneNumber": NORA, "actorId": null }], "answeredAt": "2026-11-22T10:00:05Z",
                "answeredBy": null, "initiatedBy": null, "completedAt": "2026-11-22T10:01:00Z",
                "createdAt": format!("2026-11-22T10:00:0{second}Z"), "updatedAt": null, "callRoute": null,
                "duration": 55, "forwardedFrom": null, "forwardedTo": null, "aiHandled": null,
                "summary": {
                    "status": "completed", "type": "human", "summary": vec![point.as_str(); points],
                    "nextSteps": vec![point.as_str(); points], "jobs": null, "title": null
                }
            })
        };
        let page = json!({ "data": [call("AC001", 2, 12), call("AC002", 1, 1)], "nextCursor": null });
        let transcript = json!({ "data": [{
            "recordingId": "CR1", "status": "completed", "startTime": "2026-11-22T10:00:05Z",
            "createdAt": "2026-11-22T10:02:00Z", "duration": 55, "dialogue": vec![line.clone(); lines]
        }], "nextCursor": null });
        for (operation, body) in [(Operation::ListCalls, page), (Operation::GetCallTranscripts, transcript)] {
            world
                .sandbox
                .faults()
                .always(operation, Fault::answer(200, "application/json", body.to_string()));
        }
        let arguments = json!({ "inbox": "Front desk" });
        let answer = world.call("fetch-call-transcripts", arguments.clone()).await.ok();
        let bytes = answer.text.len() + answer.data.to_string().len();
        assert!(bytes <= RESULT_BYTES, "{lines}: {bytes}");
        contains(&answer.text, &["the end of the summary is left out"]);
        let all = everything(&world, arguments).await;
        let read: Vec<(&str, usize)> = all
            .iter()
            .map(|call| (call["id"].as_str().expect("an id"), call["lines"].as_array().map_or(0, Vec::len)))
            .collect();
        assert_eq!(read, [("AC001", lines), ("AC002", lines)]);
    }
}
