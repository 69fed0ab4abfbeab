//! `bulk-messages` as a whole: all or nothing before the first text, every recipient accounted for after it.

use std::time::Duration;

use futures_util::future::join_all;
use mcp_protocol::Content;
use mcp_tools::{CallOutcome, Limits};
use openphone_sandbox::{Fault, On};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::world::{ALPHA, Answer, NORA, STRANGER, THEO, World, contains};

fn bulk(to: &[String], content: &str) -> Value {
    json!({ "from": "Front desk", "to": to, "content": content })
}

/// Numbers that nobody answers from.
fn numbers(count: u32) -> Vec<String> {
    (0..count).map(|index| format!("+1415555{:04}", 2_000 + index)).collect()
}

/// A world whose operator does not limit new recipients.
async fn roomy() -> World {
    let mut limits = Limits::standard();
    limits.new_recipients_per_hour = None;
    World::with_limits(limits).await
}

fn statuses(answer: &Answer) -> Vec<&str> {
    let recipients = answer.data["recipients"].as_array().expect("recipients");
    recipients.iter().map(|recipient| recipient["status"].as_str().expect("a status")).collect()
}

#[tokio::test]
async fn everyone_gets_a_text_of_their_own() {
    let world = World::start().await;
    let arguments =
        bulk(&[NORA.to_owned(), "+1 415-555-0102".to_owned(), NORA.to_owned()], "Closed on Friday");
    let answer = world.call("bulk-messages", arguments).await.ok();
    assert_eq!(statuses(&answer), ["sent", "sent"]);
    assert_eq!(answer.data["duplicatesRemoved"], json!([NORA]));
    assert_eq!(answer.data["counts"]["sent"], 2);
    let mut sent = world.sent();
    sent.sort();
    assert_eq!(
        sent,
        [(NORA.to_owned(), "Closed on Friday".to_owned()), (THEO.to_owned(), "Closed on Friday".to_owned())]
    );
    contains(&answer.text, &["2 sent", &format!("{NORA} sent AC"), "texted once"]);
    assert_eq!(answer.data["quotaLeft"], json!({ "thisHour": 58, "today": 198 }));
}

#[tokio::test]
async fn personal_texts() {
    let world = World::start().await;
    let messages = json!([{ "to": NORA, "content": "Nine" }, { "to": THEO, "content": "Ten" }]);
    let answer =
        world.call("bulk-messages", json!({ "from": "Front desk", "messages": messages })).await.ok();
    assert_eq!(statuses(&answer), ["sent", "sent"]);
    let mut sent = world.sent();
    sent.sort();
    assert_eq!(sent, [(NORA.to_owned(), "Nine".to_owned()), (THEO.to_owned(), "Ten".to_owned())]);
}

#[tokio::test]
async fn one_invalid_number_and_nothing_is_sent() {
    let world = World::start().await;
    let arguments = bulk(&[NORA.to_owned(), "555-0102".to_owned(), "+1415555".to_owned()], "Hi");
    let text = world.call("bulk-messages", arguments).await.error();
    contains(&text, &["to[1] `555-0102`", "to[2] `+1415555`", "Nothing was sent."]);
    assert_eq!(world.posts(), 0);
}

#[tokio::test]
async fn a_failure_in_the_middle_is_reported_per_recipient() {
    let world = World::start().await;
    // The API refuses it, and nothing in the history tells why beforehand.
    let opted_out = "+12125550119".to_owned();
    let arguments = bulk(&[NORA.to_owned(), opted_out.clone(), THEO.to_owned()], "Hi");
    let answer = world.call("bulk-messages", arguments.clone()).await.ok();
    assert_eq!(statuses(&answer), ["sent", "failed", "sent"]);
    contains(
        &answer.text,
        &[&format!("{opted_out} failed: This recipient has opted out"), "Repeating the very same call"],
    );
    assert_eq!(answer.data["quotaLeft"]["thisHour"], 58, "the failed one is given back");

    let again = world.call("bulk-messages", arguments).await.ok();
    assert_eq!(statuses(&again), ["duplicate", "failed", "duplicate"]);
    assert_eq!(world.sent().len(), 2);
}

#[tokio::test]
async fn a_total_failure_is_a_failure() {
    let world = World::start().await;
    world.sandbox.faults().always(On::sends(), Fault::a2p_not_approved());
    let answer = world.call("bulk-messages", bulk(&[NORA.to_owned(), THEO.to_owned()], "Hi")).await;
    assert!(answer.is_error);
    assert_eq!(statuses(&answer), ["failed", "failed"]);
    contains(&answer.text, &["0 sent", "not approved"]);
}

/// Each upstream reason comes with what to do about it, as with `send-message`, once for all whom it concerns.
#[tokio::test]
async fn reasons_come_with_what_to_do() {
    for (fault, reason, next) in [
        (
            Fault::a2p_not_approved(),
            "registration (A2P 10DLC) is not approved",
            "register or check the state",
        ),
        (Fault::daily_cap_reached(), "daily limit of texts", "Send the rest tomorrow"),
        (Fault::not_enough_credits(), "prepaid messaging credits", "can add credits"),
        (Fault::subscription_expired(), "subscription has expired", "can renew it"),
        (Fault::international_messaging_off(), "does not text to that country", "allow international texts"),
    ] {
        let world = World::start().await;
        world.sandbox.faults().always(On::sends(), fault);
        let answer = world.call("bulk-messages", bulk(&[NORA.to_owned(), THEO.to_owned()], "Hi")).await;
        let problem = &answer.data["problems"][0];
        contains(problem["reason"].as_str().expect("a reason"), &[reason]);
        contains(problem["next"].as_str().expect("what to do"), &[next]);
        contains(&answer.text, &[reason, next]);
        assert_eq!(answer.text.matches(next).count(), 1, "{}", answer.text);
    }
}

/// The next step is the reason's own, and a refused key is told as such, whether some texts went out before or not.
#[tokio::test]
async fn what_all_failed_for_says_what_to_do() {
    let connect = "Next: Connect this server again";
    for (fault, kind, next) in [
        (Fault::revoked_key(), "key_refused", connect),
        (Fault::subscription_expired(), "upstream", "Next: An owner can renew it in OpenPhone"),
        (Fault::daily_cap_reached(), "upstream", "Next: Send the rest tomorrow."),
    ] {
        let world = roomy().await;
        world.sandbox.faults().always(On::sends(), fault);
        let arguments = bulk(&numbers(20), "Hi");
        let (refused, result) = match world.outcome(&world.cx(ALPHA), "bulk-messages", arguments).await {
            CallOutcome::KeyRefused(result) => (true, result),
            CallOutcome::Result(result) => (false, result),
            other => panic!("{other:?}"),
        };
        assert_eq!(refused, kind == "key_refused");
        assert_eq!(result.meta.expect("a kind")[mcp_tools::catalog::ERROR_KIND], kind);
        let [Content::Text { text, .. }] = result.content.as_slice() else { panic!("one text") };
        contains(text, &["0 sent", "not_attempted", next]);
        assert!(!text.contains("very same call"), "{text}");
        let data = result.structured_content.expect("data").to_value();
        assert_eq!(
            data["problems"].as_array().map(Vec::len),
            Some(2),
            "failed, and not tried for that: {data}"
        );
        assert_eq!(data["problems"][0]["reason"], data["problems"][1]["reason"]);
    }
    let world = World::start().await;
    let one = json!({ "from": "Front desk", "to": NORA, "content": "Closed on Friday" });
    world.call("send-message", one).await.ok();
    world.sandbox.faults().always(On::sends(), Fault::revoked_key());
    let partly = bulk(&[NORA.to_owned(), THEO.to_owned()], "Closed on Friday");
    let answer = world.call("bulk-messages", partly).await.ok();
    assert!(answer.key_refused);
    assert_eq!(statuses(&answer), ["duplicate", "failed"]);
    contains(&answer.text, &[connect, "Repeating the very same call", "texts nobody twice"]);
}

#[tokio::test]
async fn what_would_fail_for_all_is_tried_no_further() {
    let world = roomy().await;
    world.sandbox.faults().always(On::sends(), Fault::subscription_expired());
    let answer = world.call("bulk-messages", bulk(&numbers(40), "Hi")).await;
    assert!(answer.is_error);
    assert!(world.posts() <= 8, "{} posts", world.posts());
    assert!(statuses(&answer).contains(&"not_attempted"));
    assert_eq!(answer.data["quotaLeft"], json!({ "thisHour": 60, "today": 200 }));
}

#[tokio::test]
async fn the_whole_quota_is_reserved_before_the_first_text() {
    let world = roomy().await;
    let text = world.call("bulk-messages", bulk(&numbers(61), "Hi")).await.error();
    contains(
        &text,
        &[
            "limit of 60 texts an hour",
            "leaves 60, and this call needs 61",
            "at most 60 now",
            "Nothing was sent.",
        ],
    );
    assert_eq!(world.posts(), 0);
    let answer = world.call("bulk-messages", bulk(&numbers(60), "Hi")).await.ok();
    assert_eq!(answer.data["counts"]["sent"], 60);
    assert_eq!(answer.data["quotaLeft"]["thisHour"], 0);
}

#[tokio::test]
async fn recipients_beyond_their_own_limits_are_left_out_with_the_reason() {
    let world = World::start().await;
    let answer = world.call("bulk-messages", bulk(&numbers(25), "Hi")).await.ok();
    assert_eq!(answer.data["counts"]["sent"], 20);
    assert_eq!(answer.data["counts"]["not_attempted"], 5);
    contains(&answer.text, &["not texted with before", "Retry after 3600 s."]);
    assert_eq!(world.sent().len(), 20);
}

#[tokio::test]
async fn an_unknown_outcome_is_told_and_looked_up_by_the_repeated_call() {
    let world = World::start().await;
    world.sandbox.faults().next(1, On::sends(), Fault::close().after_processing());
    let arguments = bulk(&numbers(5), "Hi");
    let answer = world.call("bulk-messages", arguments.clone()).await.ok();
    assert_eq!(answer.data["counts"]["unknown"], 1);
    assert_eq!(answer.data["counts"]["sent"], 4);
    world.advance(11);
    let again = world.call("bulk-messages", arguments).await.ok();
    assert_eq!(again.data["counts"]["duplicate"], 5);
    assert_eq!((world.posts(), world.sent().len()), (5, 5));
}

/// A repetition of which a part went out is taken up again by the very same call, like any other.
#[tokio::test]
async fn a_repetition_goes_on_with_what_is_unsent() {
    let world = World::start().await;
    let to = [NORA.to_owned(), THEO.to_owned()];
    let mut repeat = bulk(&to, "Closed on Friday");
    repeat["repeat"] = true.into();
    contains(
        &world.call("bulk-messages", repeat.clone()).await.error(),
        &["idempotencyKey is missing", "repeat=true", "Nothing was sent."],
    );
    repeat["idempotencyKey"] = "second notice".into();
    let send = json!({ "from": "Front desk", "to": NORA, "content": "Closed on Friday" });
    world.call("send-message", send).await.ok();
    // Nora was texted a moment ago.
    let partly = world.call("bulk-messages", repeat.clone()).await.ok();
    assert_eq!(statuses(&partly), ["not_attempted", "sent"]);
    contains(&partly.text, &["Repeating the very same call goes on with what is unsent"]);
    world.advance(11);
    let rest = world.call("bulk-messages", repeat.clone()).await.ok();
    assert_eq!(statuses(&rest), ["sent", "duplicate"]);
    world.advance(11);
    assert_eq!(statuses(&world.call("bulk-messages", repeat).await.ok()), ["duplicate", "duplicate"]);
    assert_eq!(world.sent().len(), 3);
}

/// What a quota refuses as a whole changes nothing about what was sent before.
#[tokio::test]
async fn a_refused_repetition_leaves_the_first_texts_known() {
    let world = World::start().await;
    let to = numbers(3);
    world.call("bulk-messages", bulk(&to, "Hi")).await.ok();
    world.advance(11);
    let limits: Limits = serde_json::from_value(json!({ "sendsPerHour": 4 })).expect("limits");
    let mut repeat = bulk(&to, "Hi");
    (repeat["repeat"], repeat["idempotencyKey"]) = (true.into(), "again".into());
    let refused = world.call_limited(&limits, "bulk-messages", repeat).await.error();
    contains(&refused, &["limit of 4 texts an hour", "Nothing was sent."]);
    let again = world.call("bulk-messages", bulk(&to, "Hi")).await.ok();
    assert_eq!(again.data["counts"]["duplicate"], 3);
    assert_eq!(world.posts(), 3);
}

#[tokio::test]
async fn two_calls_at_once_text_nobody_twice() {
    let world = World::start().await;
    let calls = (0..2).map(|_| world.call("bulk-messages", bulk(&numbers(12), "Hi")));
    let answers = join_all(calls).await;
    assert_eq!(world.sent().len(), 12);
    let count = |name: &str| -> u64 {
        answers.iter().map(|answer| answer.data["counts"][name].as_u64().expect("a count")).sum()
    };
    assert_eq!((count("sent"), count("duplicate")), (12, 12));
}

/// The answer comes in time and says what is unsent; the same call goes on from there.
#[tokio::test]
async fn what_is_unsent_in_time_is_sent_by_repeating_the_call() {
    let world = World::start().await;
    world.sandbox.faults().always(On::sends(), Fault::delay(Duration::from_millis(400)));
    let arguments = bulk(&numbers(20), "Hi");
    // No text is begun in the last eight seconds: two or three rounds of four have their turn.
    let soon = tokio::time::Instant::now() + Duration::from_millis(9_000);
    let cx = world.cx(ALPHA).with_deadline(soon);
    let answer = world.call_in(&cx, "bulk-messages", arguments.clone()).await;
    let sent = answer.data["counts"]["sent"].as_u64().expect("a count");
    assert!((1..20).contains(&sent), "{sent}");
    assert_eq!(answer.data["counts"]["not_attempted"], 20 - sent);
    contains(
        &answer.text,
        &["not_attempted: The time for this call was over", "goes on with what is unsent"],
    );
    assert_eq!(answer.data["quotaLeft"]["thisHour"], 60 - sent, "the unsent ones are given back");

    world.sandbox.faults().clear();
    let rest = world.call("bulk-messages", arguments).await.ok();
    assert_eq!(rest.data["counts"]["duplicate"], sent);
    assert_eq!(rest.data["counts"]["sent"], 20 - sent);
    assert_eq!(world.sent().len(), 20);
}

#[tokio::test]
async fn a_cancelled_call_stops_between_texts() {
    let world = World::start().await;
    world.sandbox.faults().always(On::sends(), Fault::delay(Duration::from_millis(150)));
    let token = CancellationToken::new();
    let cx = world.cx(ALPHA).with_cancellation(token.clone());
    let call = world.call_in(&cx, "bulk-messages", bulk(&numbers(16), "Hi"));
    let cancel = async {
        while world.posts() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        token.cancel();
    };
    let (answer, ()) = futures_util::join!(call, cancel);
    let sent = answer.data["counts"]["sent"].as_u64().expect("a count");
    assert!((1..=8).contains(&sent), "{sent}");
    assert_eq!(world.sent().len() as u64, sent);
    contains(&answer.text, &["not_attempted"]);
}

/// The caller is dropped in the middle: what was begun is recorded, the rest is given back.
#[tokio::test]
async fn a_dropped_call_leaves_a_ledger_that_is_true() {
    let world = World::start().await;
    world.sandbox.faults().always(On::sends(), Fault::delay(Duration::from_millis(100)));
    let arguments = bulk(&numbers(16), "Hi");
    let call = world.call("bulk-messages", arguments.clone());
    let until_the_first = async {
        while world.posts() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        _ = call => panic!("the call ended before it was dropped"),
        () = until_the_first => {}
    }
    world.sandbox.faults().clear();
    let answer = world.call("bulk-messages", arguments.clone()).await;
    // What the dropped call had claimed and gave back meanwhile may need one more repetition.
    let again = world.call("bulk-messages", arguments).await.ok();
    assert_eq!(again.data["counts"]["failed"], 0, "{}", answer.text);
    assert_eq!(world.sent().len(), 16);
    let mut recipients: Vec<String> = world.sent().into_iter().map(|(to, _)| to).collect();
    recipients.sort();
    recipients.dedup();
    assert_eq!(recipients.len(), 16, "nobody was texted twice");
}

#[tokio::test]
async fn one_text_of_a_bulk_call_is_known_to_send_message() {
    let world = World::start().await;
    world.call("bulk-messages", bulk(&[STRANGER.to_owned()], "Hi")).await.ok();
    let single = json!({ "from": "Front desk", "to": STRANGER, "content": "Hi" });
    assert_eq!(world.call("send-message", single).await.ok().data["duplicate"], true);
    assert_eq!(world.posts(), 1);
}

#[tokio::test]
async fn the_connection_may_allow_fewer_recipients() {
    let world = World::start().await;
    let limits: Limits = serde_json::from_value(json!({ "recipientsPerCall": 3 })).expect("limits");
    let text = world.call_limited(&limits, "bulk-messages", bulk(&numbers(4), "Hi")).await.error();
    contains(&text, &["4 recipients; this connection allows 3"]);
}

#[tokio::test]
async fn a_hundred_recipients_fit_into_a_result() {
    let mut limits = Limits::standard();
    (limits.new_recipients_per_hour, limits.sends_per_hour) = (None, None);
    let world = World::with_limits(limits).await;
    let sent = world.call("bulk-messages", bulk(&numbers(100), "Hi")).await.ok();
    assert_eq!(sent.data["counts"]["sent"], 100);
    let too_soon = bulk(&numbers(100), "Ho");
    let refused = world.call("bulk-messages", too_soon).await;
    assert_eq!(refused.data["counts"]["not_attempted"], 100);
    for answer in [sent, refused] {
        let bytes = answer.text.len() + answer.data.to_string().len();
        assert!(bytes <= mcp_tools::reading::RESULT_BYTES, "{bytes}");
    }
}
