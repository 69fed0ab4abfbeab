//! `fetch-missed-calls` as a whole: the rule, the voicemail, and who got back to the caller.

use std::collections::HashSet;

use mcp_tools::Limits;
use mcp_tools::reading::RESULT_BYTES;
use openphone_sandbox::{Fault, Operation};
use serde_json::{Value, json};

use crate::world::{ALPHA, Answer, NORA, THEO, World, contains};

/// Called the front desk an hour and a half ago, and left a voicemail.
const INGRID: &str = "+14155550107";

fn calls(answer: &Answer) -> &[Value] {
    answer.data["calls"].as_array().expect("calls")
}

fn ids(calls: &[Value]) -> Vec<&str> {
    calls.iter().map(|call| call["id"].as_str().expect("an id")).collect()
}

async fn everything(world: &World, tool: &str, mut arguments: Value) -> Vec<Value> {
    let mut all = Vec::new();
    for _ in 0..100 {
        let answer = world.call(tool, arguments.clone()).await.ok();
        all.extend_from_slice(calls(&answer));
        if answer.data["coverage"]["complete"] == true {
            return all;
        }
        arguments["cursor"] = answer.data["coverage"]["cursor"].clone();
        assert!(arguments["cursor"].is_string(), "{}", answer.text);
    }
    panic!("the list has no end")
}

async fn of(world: &World, number: &str) -> Value {
    let arguments = json!({ "inbox": "Front desk", "participantPhoneNumber": number });
    let answer = world.call("fetch-missed-calls", arguments).await.ok();
    assert_eq!(calls(&answer).len(), 1, "{}", answer.text);
    calls(&answer)[0]["followUp"].clone()
}

/// A call as the API answers it: `(id, minute, number, change)`.
fn call(id: &str, minute: u32, number: &str, change: &Value) -> Value {
    let at = |second: u32| format!("2026-11-22T10:{minute:02}:{second:02}Z");
    let mut call = json!({
        "id": id, "phoneNumberId": "PN1", "actorId": "US1", "direction": "incoming", "status": "missed",
        "participants": [{ "phoneNumber": number, "actorId": null }], "answeredAt": null, "answeredBy": null,
        "initiatedBy": null, "completedAt": at(30), "createdAt": at(0), "updatedAt": null, "callRoute": null,
        "duration": 20, "forwardedFrom": null, "forwardedTo": null, "aiHandled": null
    });
    for (field, value) in change.as_object().expect("fields") {
        call[field] = value.clone();
    }
    call
}

/// A text from us: `(id, minute, to, by)`.
fn text(id: &str, minute: u32, to: &str, by: &Value) -> Value {
    let at = format!("2026-11-22T10:{minute:02}:00Z");
    json!({
        "id": id, "from": "+14155550150", "to": [to], "text": "Hello", "phoneNumberId": null, "conversationId": "CN1",
        "direction": "outgoing", "userId": by, "status": "delivered", "media": [], "createdAt": at, "updatedAt": at
    })
}

fn page(items: &Value, next: Option<&str>) -> Fault {
    Fault::answer(200, "application/json", json!({ "data": items, "nextCursor": next }).to_string())
}

#[tokio::test]
async fn missed_calls_with_voicemail_and_follow_up() {
    let world = World::start().await;
    let arguments = json!({ "inbox": "Front desk", "timeZone": "America/Los_Angeles" });
    let answer = world.call("fetch-missed-calls", arguments).await.ok();
    insta::assert_snapshot!(answer.text);
    assert_eq!(answer.data["coverage"]["complete"], true);
    // One list of missed calls, and two lists for all callers together; the rest are inboxes and names.
    let log = world.sandbox.request_log();
    let lists: u64 =
        [Operation::ListCalls, Operation::ListMessages].iter().filter_map(|list| log.get(list)).sum();
    assert!(lists <= 5, "{log:?}");
}

/// Incoming, not answered, not taken by the AI agent, not forwarded: what the other tool calls missed, and nothing else.
#[tokio::test]
async fn the_rule_is_the_same_everywhere() {
    let world = World::start().await;
    for inbox in ["Front desk", "Emergency line"] {
        let missed =
            everything(&world, "fetch-missed-calls", json!({ "inbox": inbox, "maxResults": 2 })).await;
        let listed = everything(
            &world,
            "list-calls",
            json!({ "inbox": inbox, "outcome": "missed", "maxResults": 100 }),
        )
        .await;
        assert!(missed.len() >= 3, "{inbox}");
        assert_eq!(ids(&missed), ids(&listed), "{inbox}");
        let statuses: HashSet<&str> = missed.iter().filter_map(|call| call["status"].as_str()).collect();
        assert!(inbox != "Front desk" || statuses.len() == 3, "{statuses:?}");
    }
    let others = json!([
        call("AC001", 1, NORA, &json!({ "answeredAt": "2026-11-22T10:01:05Z" })),
        call("AC002", 2, NORA, &json!({ "aiHandled": "ai-agent" })),
        call("AC003", 3, NORA, &json!({ "forwardedTo": "US2" })),
        call("AC004", 4, NORA, &json!({ "status": "forwarded" })),
        call("AC005", 5, NORA, &json!({ "direction": "outgoing", "status": "no-answer" })),
        call("AC006", 6, NORA, &json!({ "status": "ringing" })),
        call("AC007", 7, NORA, &json!({ "status": "something-new" })),
        call("AC008", 8, NORA, &json!({ "status": "abandoned", "participants": [] })),
    ]);
    world.sandbox.faults().next(1, Operation::ListCalls, page(&others, None));
    let answer = world.call("fetch-missed-calls", json!({ "inbox": "Front desk" })).await.ok();
    assert_eq!(ids(calls(&answer)), ["AC007", "AC008"]);
    assert_eq!(calls(&answer)[1]["followUp"]["state"], "impossible");
    contains(&answer.text, &["from an unknown number (abandoned)"]);
}

#[tokio::test]
async fn a_text_back_counts_with_who_wrote_it() {
    let world = World::start().await;
    assert_eq!(of(&world, INGRID).await["state"], "none");
    world.advance(60);
    let text = json!({ "from": "Front desk", "to": INGRID, "content": "Here is the invoice" });
    world.call("send-message", text).await.ok();
    let follow_up = of(&world, INGRID).await;
    assert_eq!(follow_up["state"], "texted_back");
    assert_eq!(follow_up["at"], "2026-11-22T18:31:00Z");
    assert_eq!(follow_up["text"], "Here is the invoice");
    assert!(follow_up["by"].is_string() && follow_up["inbox"].is_null(), "{follow_up}");
    // A later one changes nothing: the first counts.
    world.advance(60);
    let text = json!({ "from": "Front desk", "to": INGRID, "content": "Did you get it?" });
    world.call("send-message", text).await.ok();
    assert_eq!(of(&world, INGRID).await, follow_up);
}

/// A colleague may have answered from another number; a connection that does not reach it is not told.
#[tokio::test]
async fn another_inbox_counts_within_reach_only() {
    let world = World::start().await;
    world.advance(60);
    let text = json!({ "from": "Emergency line", "to": INGRID, "content": "We are on it" });
    world.call("send-message", text).await.ok();
    let follow_up = of(&world, INGRID).await;
    assert_eq!((&follow_up["state"], &follow_up["inbox"]), (&json!("texted_back"), &json!("Emergency line")));
    let desk =
        world.call("list-calls", json!({ "inbox": "Front desk" })).await.ok().data["inbox"]["id"].clone();
    let limits: Limits = serde_json::from_value(json!({ "inboxes": [desk] })).expect("limits");
    let answer = world
        .call_limited(&limits, "fetch-missed-calls", json!({ "participantPhoneNumber": INGRID }))
        .await
        .ok();
    assert_eq!(calls(&answer)[0]["followUp"]["state"], "none");
    assert!(!answer.text.contains("Emergency") && !answer.text.contains("We are on it"), "{}", answer.text);
    let other =
        world.call_limited(&limits, "fetch-missed-calls", json!({ "inbox": "Emergency line" })).await.error();
    contains(&other, &["no inbox within reach"]);
}

/// What counts as getting back to somebody: a person's call or text, or a call of theirs that a person answered.
#[tokio::test]
async fn what_counts_as_getting_back() {
    let placed = json!({ "direction": "outgoing", "status": "no-answer", "initiatedBy": "US7" });
    let talked = json!({ "direction": "outgoing", "status": "completed", "initiatedBy": "US7", "answeredAt": "2026-11-22T10:20:05Z" });
    let again = json!({ "status": "completed", "answeredBy": "US7", "answeredAt": "2026-11-22T10:20:05Z" });
    let machine = json!({ "status": "completed", "aiHandled": "ai-agent", "answeredBy": "SYU1", "answeredAt": "2026-11-22T10:20:05Z" });
    let (none, us, bot) = (json!([]), json!("US7"), json!("SYU1"));
    for (later_calls, texts, state, answered, minute) in [
        (json!([call("AC9", 20, NORA, &placed)]), none.clone(), "called_back", json!(false), "20"),
        (json!([call("AC9", 20, NORA, &talked)]), none.clone(), "called_back", json!(true), "20"),
        (json!([call("AC9", 20, NORA, &again)]), none.clone(), "called_again", Value::Null, "20"),
        (json!([call("AC9", 20, NORA, &machine)]), none.clone(), "none", Value::Null, ""),
        (json!([call("AC9", 20, NORA, &json!({}))]), none.clone(), "none", Value::Null, ""),
        (json!([call("AC9", 20, THEO, &talked)]), none.clone(), "none", Value::Null, ""),
        (none.clone(), json!([text("AC8", 5, NORA, &us)]), "none", Value::Null, ""),
        (none.clone(), json!([text("AC8", 25, NORA, &bot)]), "none", Value::Null, ""),
        (none.clone(), json!([text("AC8", 25, NORA, &us)]), "texted_back", Value::Null, "25"),
        (none.clone(), json!([text("AC8", 25, THEO, &us)]), "none", Value::Null, ""),
        // The first of several counts.
        (
            json!([call("AC9", 20, NORA, &placed)]),
            json!([text("AC8", 25, NORA, &us)]),
            "called_back",
            json!(false),
            "20",
        ),
        (
            json!([call("AC9", 30, NORA, &talked)]),
            json!([text("AC8", 25, NORA, &us)]),
            "texted_back",
            Value::Null,
            "25",
        ),
    ] {
        let world = World::start().await;
        let missed = json!([call("AC1", 10, NORA, &json!({}))]);
        world.sandbox.faults().next(1, Operation::ListCalls, page(&missed, None));
        let case = format!("{later_calls} {texts}");
        let mut calls_since = later_calls.as_array().expect("calls").clone();
        calls_since.extend(missed.as_array().expect("calls").clone());
        // The scripted calls and texts are of this inbox.
        let inbox =
            world.call("fetch-messages", json!({ "inbox": "Front desk", "maxResults": 1 })).await.ok();
        let ours = |items: Vec<Value>| -> Value {
            items
                .into_iter()
                .map(|mut item| {
                    item["phoneNumberId"] = inbox.data["inbox"]["id"].clone();
                    item
                })
                .collect()
        };
        world.sandbox.faults().always(Operation::ListCalls, page(&ours(calls_since), None));
        let texts = ours(texts.as_array().expect("texts").clone());
        world.sandbox.faults().always(Operation::ListMessages, page(&texts, None));
        let answer = world.call("fetch-missed-calls", json!({ "inbox": "Front desk" })).await.ok();
        let follow_up = &calls(&answer)[0]["followUp"];
        assert_eq!((&follow_up["state"], &follow_up["answered"]), (&json!(state), &answered), "{case}");
        let at = follow_up["at"].as_str().unwrap_or_default();
        assert!(at.is_empty() == minute.is_empty() && at.contains(minute), "{case}: {at}");
        // Nobody knows the name of this id, so the id stands for it.
        assert_eq!(follow_up["by"].as_str(), (!minute.is_empty()).then_some("US7"), "{case}");
    }
}

/// A busy inbox: what happened lately fills the lists, so each caller of before is asked for.
#[tokio::test]
async fn a_busy_inbox_is_asked_for_each_caller() {
    let world = World::start().await;
    world.advance(3600);
    world.call("send-message", json!({ "from": "Front desk", "to": INGRID, "content": "On it" })).await.ok();
    let busy: Vec<Value> = (0..50)
        .map(|index| {
            let mut message = text(&format!("AC{index:03}"), 0, THEO, &json!("US7"));
            message["createdAt"] = format!("2026-11-22T19:{:02}:00Z", 59 - index).into();
            message
        })
        .collect();
    let lately = page(&json!(busy), Some("more"));
    world.sandbox.faults().next(1, Operation::ListMessages, lately.clone());
    let follow_up = of(&world, INGRID).await;
    assert_eq!((&follow_up["state"], &follow_up["text"]), (&json!("texted_back"), &json!("On it")));
    // And if that list is cut as well, it is unknown, and the answer not complete.
    world.sandbox.faults().always(Operation::ListMessages, lately);
    let arguments = json!({ "inbox": "Front desk", "participantPhoneNumber": INGRID });
    let answer = world.call("fetch-missed-calls", arguments).await.ok();
    assert_eq!(calls(&answer)[0]["followUp"]["state"], "unknown");
    assert_eq!(answer.data["coverage"]["complete"], false);
}

/// An outage is not "nobody called back" (C8).
#[tokio::test]
async fn what_cannot_be_read_is_unknown() {
    for operation in [Operation::ListMessages, Operation::ListCalls] {
        let world = World::start().await;
        if operation == Operation::ListCalls {
            let missed = json!([call("AC1", 10, NORA, &json!({}))]);
            world.sandbox.faults().next(1, Operation::ListCalls, page(&missed, None));
        }
        world.sandbox.faults().always(operation, Fault::server_error());
        let answer = world.call("fetch-missed-calls", json!({ "inbox": "Front desk" })).await.ok();
        let states: HashSet<&str> =
            calls(&answer).iter().filter_map(|call| call["followUp"]["state"].as_str()).collect();
        assert!(states.contains("unknown") && !states.contains("none"), "{states:?}");
        assert_eq!(answer.data["coverage"]["complete"], false);
        contains(&answer.text, &["is unknown: OpenPhone is failing", "Follow-up: unknown"]);
        // Nor is a list complete from which it is not known whom the filter should have left out.
        if operation == Operation::ListMessages {
            let done = json!({ "inbox": "Front desk", "followedUp": true });
            let answer = world.call("fetch-missed-calls", done).await.ok();
            assert_eq!(answer.data["coverage"]["complete"], false, "{}", answer.text);
            continue;
        }
        // One look is enough to see an outage: no caller is asked for by themselves.
        assert!(world.sandbox.requests(operation) <= 4, "{:?}", world.sandbox.request_log());
    }
    let world = World::start().await;
    world.sandbox.faults().always(Operation::ListCalls, Fault::server_error());
    let text = world.call("fetch-missed-calls", json!({ "inbox": "Front desk" })).await.error();
    contains(&text, &["OpenPhone is failing"]);
}

#[tokio::test]
async fn the_filter_tells_who_still_waits() {
    let world = World::start().await;
    let tool = "fetch-missed-calls";
    let all = everything(&world, tool, json!({ "inbox": "Front desk", "maxResults": 100 })).await;
    let state = |call: &&Value| {
        ["called_back", "texted_back", "called_again"].iter().any(|state| call["followUp"]["state"] == *state)
    };
    let (done, open): (Vec<&Value>, Vec<&Value>) = all.iter().partition(state);
    assert!(!done.is_empty() && open.len() >= 2, "{} {}", done.len(), open.len());
    for (wanted, expected) in [(true, done), (false, open)] {
        let arguments = json!({ "inbox": "Front desk", "followedUp": wanted, "maxResults": 1 });
        let found = everything(&world, tool, arguments).await;
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{wanted}");
    }
    let few = everything(&world, tool, json!({ "inbox": "Front desk", "maxResults": 2 })).await;
    assert_eq!(few, all);
}

#[tokio::test]
async fn voicemails_are_told_apart_and_fit() {
    let voicemail = |status: &str, said: &Value| json!({ "voicemail": { "id": "VM1", "status": status, "duration": 9.4, "recordingUrl": null, "transcript": said } });
    let world = World::start().await;
    // All at one moment: a scripted list does not know of dates.
    let missed: Vec<Value> = (0..12)
        .map(|index| match index {
            0 => call("AC000", 27, NORA, &voicemail("completed", &"👍".repeat(9_000).into())),
            1 => call("AC001", 27, NORA, &voicemail("in-progress", &Value::Null)),
            2 => call("AC002", 27, NORA, &voicemail("failed", &Value::Null)),
            3 => call("AC003", 27, NORA, &voicemail("completed", &Value::Null)),
            other => {
                call(&format!("AC{other:03}"), 27, NORA, &voicemail("completed", &"ä".repeat(3_900).into()))
            }
        })
        .collect();
    world.sandbox.faults().always(Operation::ListCalls, page(&json!(missed), None));
    let mut arguments = json!({ "inbox": "Front desk" });
    let (mut seen, mut texts) = (Vec::new(), String::new());
    for _ in 0..20 {
        let answer = world.call("fetch-missed-calls", arguments.clone()).await.ok();
        let bytes = answer.text.len() + answer.data.to_string().len();
        assert!(bytes <= RESULT_BYTES, "{bytes}");
        seen.extend(ids(calls(&answer)).into_iter().map(str::to_owned));
        texts.push_str(&answer.text);
        if answer.data["coverage"]["complete"] == true {
            break;
        }
        arguments["cursor"] = answer.data["coverage"]["cursor"].clone();
    }
    assert_eq!(seen, (0..12).map(|index| format!("AC{index:03}")).collect::<Vec<_>>());
    contains(
        &texts,
        &[
            "the end of the voicemail is left out",
            "Voicemail, 10 s (not_ready: still being processed",
            "Voicemail, 10 s (failed",
            "Voicemail, 10 s (nothing to read)",
        ],
    );
    // A call that has just ended may still get one.
    world.sandbox.faults().clear();
    let fresh = call("AC1", 10, NORA, &json!({ "completedAt": "2026-11-22T18:25:00Z" }));
    world.sandbox.faults().next(1, Operation::ListCalls, page(&json!([fresh]), None));
    let answer = world.call("fetch-missed-calls", json!({ "inbox": "Front desk" })).await.ok();
    contains(&answer.text, &["a voicemail may still come", "no voicemail"]);
}

#[tokio::test]
async fn nothing_missed_is_a_complete_answer() {
    let world = World::start().await;
    let arguments = json!({ "inbox": "Front desk", "createdAfter": "10 minutes ago" });
    let answer = world.call_in(&world.cx(ALPHA), "fetch-missed-calls", arguments).await.ok();
    assert_eq!(answer.data["calls"], json!([]));
    assert_eq!(answer.data["coverage"]["complete"], true);
    contains(&answer.text, &["0 missed call(s) of Front desk"]);
}
