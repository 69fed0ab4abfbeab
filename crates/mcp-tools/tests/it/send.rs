//! `send-message` as a whole: what it sends, what it does not send again, and what it says.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use mcp_tools::Limits;
use openphone_sandbox::{Fault, On, Operation};
use serde_json::{Map, Value, json};

use crate::stores::{Breakable, Recording};
use crate::world::{ALPHA, BRAVO, DESK, NORA, STRANGER, THEO, World, contains};

pub(crate) fn arguments(to: &str, content: &str) -> Map<String, Value> {
    let Value::Object(arguments) = text(to, content) else { panic!("an object") };
    arguments
}

fn text(to: &str, content: &str) -> Value {
    json!({ "from": "Front desk", "to": to, "content": content })
}

fn with(mut arguments: Value, name: &str, value: impl Into<Value>) -> Value {
    arguments[name] = value.into();
    arguments
}

#[tokio::test]
async fn a_text_goes_out_once_and_the_result_says_so() {
    let world = World::start().await;
    let answer = world.call("send-message", text("+1 (415) 555-0142", "Hi there")).await.ok();
    assert_eq!(world.sent(), [(STRANGER.to_owned(), "Hi there".to_owned())]);
    assert_eq!(answer.data["to"], STRANGER);
    assert_eq!(answer.data["from"]["number"], DESK);
    assert_eq!(answer.data["status"], "queued");
    assert_eq!(answer.data["duplicate"], false);
    assert_eq!(answer.data["quotaLeft"], json!({ "thisHour": 59, "today": 199 }));
    contains(
        &answer.text,
        &[STRANGER, DESK, answer.data["messageId"].as_str().expect("an id"), "59 this hour"],
    );
}

#[tokio::test]
async fn the_sender_is_named_by_id_number_or_name() {
    let world = World::start().await;
    let inbox = world.call("send-message", text(STRANGER, "one")).await.ok().data["from"]["id"].clone();
    let id = inbox.as_str().expect("an id");
    for (sender, to) in
        [(id, NORA), (DESK, THEO), ("front DESK", "+14155550103"), ("(+1) 415-555-0150", "+14155550104")]
    {
        let arguments = json!({ "from": sender, "to": to, "content": "two" });
        assert_eq!(world.call("send-message", arguments).await.ok().data["from"]["id"], inbox, "{sender}");
    }
}

#[tokio::test]
async fn the_sender_may_be_left_out_when_one_inbox_is_within_reach() {
    let world = World::start().await;
    let refused = world.call("send-message", json!({ "to": STRANGER, "content": "Hi" })).await.error();
    contains(
        &refused,
        &["from is missing", "Front desk +14155550150 (PN", "Emergency line", "Nothing was sent."],
    );

    let id = world.call("send-message", text(NORA, "Hi")).await.ok().data["from"]["id"].clone();
    let limits: Limits = serde_json::from_value(json!({ "inboxes": [id] })).expect("limits");
    let sent =
        world.call_limited(&limits, "send-message", json!({ "to": STRANGER, "content": "Hi" })).await.ok();
    assert_eq!(sent.data["from"]["id"], id);
    let other = json!({ "from": "Emergency line", "to": STRANGER, "content": "Ho" });
    let refused = world.call_limited(&limits, "send-message", other).await.error();
    contains(&refused, &["no inbox within reach", "Front desk"]);
    assert!(!refused.contains("+14155550151"), "an inbox out of reach is not revealed: {refused}");
    assert_eq!(world.sent().len(), 2);
}

#[tokio::test]
async fn the_same_text_is_sent_once_within_ten_minutes() {
    let world = World::start().await;
    let first = world.call("send-message", text(STRANGER, "Café at 5")).await.ok();
    world.advance(300);
    // The same text in another Unicode form, and with a key that the model made up for the retry.
    let again = with(text(STRANGER, "Cafe\u{301} at 5"), "idempotencyKey", "fresh");
    let again = world.call("send-message", again).await.ok();
    assert_eq!(again.data["duplicate"], true);
    assert_eq!(again.data["messageId"], first.data["messageId"]);
    contains(&again.text, &["Already sent by an earlier call", "nothing was sent now"]);
    assert_eq!(world.sent().len(), 1);
    assert_eq!(again.data["quotaLeft"], first.data["quotaLeft"], "a duplicate costs nothing");

    world.advance(301);
    // The key of the retry names the first send for a day.
    let by_key = with(text(STRANGER, "Café at 5"), "idempotencyKey", "fresh");
    assert_eq!(world.call("send-message", by_key).await.ok().data["duplicate"], true);
    // Without it, ten minutes are over.
    assert_eq!(world.call("send-message", text(STRANGER, "Café at 5")).await.ok().data["duplicate"], false);
    assert_eq!(world.sent().len(), 2);
}

#[tokio::test]
async fn another_text_recipient_or_inbox_is_another_send() {
    let world = World::start().await;
    world.call("send-message", text(STRANGER, "one")).await.ok();
    world.call("send-message", text(NORA, "one")).await.ok();
    world.advance(11);
    world.call("send-message", text(STRANGER, "two")).await.ok();
    world.advance(11);
    let other = json!({ "from": "Emergency line", "to": STRANGER, "content": "one" });
    assert_eq!(world.call("send-message", other).await.ok().data["duplicate"], false);
    assert_eq!(world.sent().len(), 4);
}

/// A wish for one more text, named by a key of its own.
fn once_more(to: &str, content: &str, key: &str) -> Value {
    with(with(text(to, content), "repeat", true), "idempotencyKey", key)
}

#[tokio::test]
async fn repeat_sends_again_and_only_then() {
    let world = World::start().await;
    let first = world.call("send-message", text(STRANGER, "Ping")).await.ok();
    let repeat = once_more(STRANGER, "Ping", "second ping");
    let too_soon = world.call("send-message", repeat.clone()).await.error();
    contains(&too_soon, &["less than 10 seconds ago", "Nothing was sent.", "Wait 10 seconds"]);
    // What was refused does not make the first text forgotten.
    world.advance(10);
    let third = world.call("send-message", text(STRANGER, "Ping")).await.ok();
    assert_eq!(third.data["duplicate"], true);
    assert_eq!(third.data["messageId"], first.data["messageId"]);
    let second = world.call("send-message", repeat.clone()).await.ok();
    assert_eq!(second.data["duplicate"], false);
    assert_ne!(second.data["messageId"], first.data["messageId"]);
    // The key answers a retry of the repetition.
    world.advance(11);
    let retry = world.call("send-message", repeat).await.ok();
    assert_eq!(retry.data["duplicate"], true);
    assert_eq!(retry.data["messageId"], second.data["messageId"]);
    assert_eq!(world.sent().len(), 2);
}

#[tokio::test]
async fn repeat_needs_a_key() {
    let world = World::start().await;
    world.call("send-message", text(STRANGER, "Ping")).await.ok();
    world.advance(11);
    let refused = world.call("send-message", with(text(STRANGER, "Ping"), "repeat", true)).await.error();
    contains(&refused, &["idempotencyKey is missing", "repeat=true", "a new one for this call"]);
    world.call("send-message", with(text(STRANGER, "Ping"), "repeat", false)).await.ok();
    assert_eq!(world.posts(), 1);
}

/// A repetition that the upstream refuses, or that is cancelled, leaves the first text in the ledger, for as
/// long as its own ten minutes last.
#[tokio::test]
async fn a_repetition_that_fails_leaves_the_first_text_known() {
    let world = World::start().await;
    let first = world.call("send-message", text(STRANGER, "Pay")).await.ok();
    world.advance(300);
    world.sandbox.faults().next(1, On::sends(), Fault::a2p_not_approved());
    world.call("send-message", once_more(STRANGER, "Pay", "k1")).await.error();
    let again = world.call("send-message", text(STRANGER, "Pay")).await.ok();
    assert_eq!(again.data["messageId"], first.data["messageId"]);

    let cx = world.cx(ALPHA);
    cx.cancellation().cancel();
    world.call_in(&cx, "send-message", once_more(STRANGER, "Pay", "k2")).await.error();
    let again = world.call("send-message", text(STRANGER, "Pay")).await.ok();
    assert_eq!(again.data["messageId"], first.data["messageId"]);
    assert_eq!((world.posts(), world.sent().len()), (2, 1));

    world.advance(301);
    assert_eq!(world.call("send-message", text(STRANGER, "Pay")).await.ok().data["duplicate"], false);
}

/// The advice after an unknown outcome is to repeat the very same call.
#[tokio::test]
async fn a_repetition_with_an_unknown_outcome_is_not_sent_once_more() {
    let world = World::start().await;
    world.call("send-message", text(STRANGER, "Pay")).await.ok();
    world.advance(11);
    world.sandbox.faults().next(1, On::sends(), Fault::close().after_processing());
    let repeat = once_more(STRANGER, "Pay", "second reminder");
    contains(
        &world.call("send-message", repeat.clone()).await.error(),
        &["may have been sent", "Repeat the very same call"],
    );
    world.advance(61);
    assert_eq!(world.call("send-message", repeat).await.ok().data["duplicate"], true);
    assert_eq!((world.posts(), world.sent().len()), (2, 2));
}

/// A key whose first call came to nothing names the text that the payload names, from then on and for a day.
#[tokio::test]
async fn a_key_whose_first_call_was_refused_names_the_text_all_the_same() {
    let world = World::start().await;
    world.call("send-message", text(STRANGER, "First")).await.ok();
    let keyed = with(text(STRANGER, "Second"), "idempotencyKey", "k");
    contains(&world.call("send-message", keyed.clone()).await.error(), &["less than 10 seconds ago"]);
    world.advance(10);
    let sent = world.call("send-message", text(STRANGER, "Second")).await.ok();
    world.advance(11);
    for arguments in [keyed.clone(), once_more(STRANGER, "Second", "k")] {
        let again = world.call("send-message", arguments).await.ok();
        assert_eq!(again.data["messageId"], sent.data["messageId"]);
    }
    world.advance(11 * 60);
    assert_eq!(world.call("send-message", keyed).await.ok().data["duplicate"], true);
    assert_eq!(world.sent().len(), 2);
}

#[tokio::test]
async fn an_idempotency_key_names_one_text() {
    let world = World::start().await;
    let keyed = |content: &str| with(text(STRANGER, content), "idempotencyKey", "order-17");
    world.call("send-message", keyed("one")).await.ok();
    world.advance(11);
    let conflict = world.call("send-message", keyed("two")).await.error();
    contains(&conflict, &["idempotencyKey was used", "another text", "Nothing was sent."]);
    assert_eq!(
        world.call("send-message", with(keyed("one"), "repeat", true)).await.ok().data["duplicate"],
        true
    );
    assert_eq!(world.sent().len(), 1);
    world.advance(24 * 60 * 60);
    world.call("send-message", keyed("two")).await.ok();
    assert_eq!(world.sent().len(), 2);
}

#[tokio::test]
async fn five_retries_at_once_are_one_post() {
    let world = World::start().await;
    world.sandbox.faults().always(On::sends(), Fault::delay(Duration::from_millis(150)));
    let calls = (0..5).map(|index| {
        world.call("send-message", with(text(STRANGER, "Once"), "idempotencyKey", format!("retry-{index}")))
    });
    let answers = join_all(calls).await;
    assert_eq!(world.posts(), 1);
    assert_eq!(world.sent().len(), 1);
    let duplicates = answers.iter().filter(|answer| answer.data["duplicate"] == true).count();
    assert_eq!(duplicates, 4);
    let id = &answers[0].data["messageId"];
    assert!(answers.iter().all(|answer| !answer.is_error && answer.data["messageId"] == *id));
    // Each of the keys names the one text from then on, those that came second too.
    world.advance(11 * 60);
    for index in 0..5 {
        let retry = once_more(STRANGER, "Once", &format!("retry-{index}"));
        assert_eq!(world.call("send-message", retry).await.ok().data["messageId"], *id, "retry-{index}");
    }
    assert_eq!(world.posts(), 1);
}

/// What one of them gives back is nobody's attempt for a moment: no other may take it for a text whose outcome is unknown.
#[tokio::test]
async fn retries_at_once_learn_the_outcome_however_they_come_between_each_other() {
    for seed in 0..48 {
        let world = World::with_store(|clock| Breakable::shuffled(clock, seed)).await;
        let answers = join_all((0..5).map(|_| world.call("send-message", text(STRANGER, "Once")))).await;
        for answer in &answers {
            assert!(!answer.is_error, "{seed}: {}", answer.text);
        }
        assert_eq!((world.posts(), world.sent().len()), (1, 1), "{seed}");
    }
}

#[tokio::test]
async fn two_keys_share_nothing() {
    let world = World::start().await;
    world.call("send-message", text(STRANGER, "Hi")).await.ok();
    let bravo = json!({ "from": "+12065550150", "to": STRANGER, "content": "Hi" });
    let answer = world.call_in(&world.cx(BRAVO), "send-message", bravo).await.ok();
    assert_eq!(answer.data["duplicate"], false);
    assert_eq!(answer.data["quotaLeft"]["thisHour"], 59);
    let stolen = json!({ "from": DESK, "to": STRANGER, "content": "Ho" });
    contains(
        &world.call_in(&world.cx(BRAVO), "send-message", stolen).await.error(),
        &["no inbox within reach"],
    );
}

/// The connection breaks after the text was written: unknown, then found, and never sent again.
#[tokio::test]
async fn an_unknown_outcome_is_looked_up_before_anything_else_is_sent() {
    for (fault, arrived) in
        [(Fault::close().after_processing(), true), (Fault::truncate(), true), (Fault::close(), false)]
    {
        let world = World::start().await;
        world.sandbox.faults().next(1, On::sends(), fault.clone());
        let unknown = world.call("send-message", text(STRANGER, "Perhaps")).await.error();
        contains(
            &unknown,
            &["not known whether it was sent", "may have been sent", "Repeat the very same call"],
        );
        assert_eq!(world.sent().len(), usize::from(arrived), "{fault:?}");

        world.advance(11);
        if arrived {
            let found = world.call("send-message", text(STRANGER, "Perhaps")).await.ok();
            assert_eq!(found.data["duplicate"], true);
            assert_eq!(found.data["messageId"], world.sandbox.sent(ALPHA)[0].message_id.as_str());
        } else {
            // Not there yet: neither this text nor another one goes to the recipient; others may be texted.
            let still = world.call("send-message", text(STRANGER, "Perhaps")).await.error();
            contains(&still, &["OpenPhone does not show it so far", "may have been sent"]);
            let other = world.call("send-message", text(STRANGER, "Perhaps not")).await.error();
            contains(&other, &["An earlier text to this recipient", "Nothing was sent."]);
            world.call("send-message", text(NORA, "Someone else")).await.ok();
            world.advance(61);
            let sent = world.call("send-message", text(STRANGER, "Perhaps")).await.ok();
            assert_eq!(sent.data["duplicate"], false, "it certainly did not go out, so it may");
        }
        let copies = world.sent().iter().filter(|(to, _)| to == STRANGER).count();
        assert_eq!(copies, 1, "{fault:?}");
    }
}

/// Of many calls that find out that a text did not go out, one gives back what it took.
#[tokio::test]
async fn what_turns_out_not_to_be_sent_is_given_back_once() {
    let world = World::start().await;
    let limits: Limits =
        serde_json::from_value(json!({ "recipientPerDay": 1, "newRecipientsPerHour": 5 })).expect("limits");
    let send = async |to: &str| world.call_limited(&limits, "send-message", text(to, "Hello")).await;
    world.sandbox.faults().next(1, On::sends(), Fault::close());
    send(STRANGER).await.error();
    world.advance(61);
    // All of them look before one of them knows.
    world.sandbox.faults().always(Operation::ListMessages, Fault::delay(Duration::from_millis(100)));
    let others = ["+14155550143", "+14155550144", "+14155550145", "+14155550146"];
    for answer in join_all(others.map(send)).await {
        answer.ok();
    }
    world.sandbox.faults().clear();
    let last = send(STRANGER).await.ok();
    assert_eq!(last.data["quotaLeft"], json!({ "thisHour": 55, "today": 195 }));
    assert_eq!((world.posts(), world.sent().len()), (6, 5));
}

/// A recipient whose text is found upstream is one this workspace texts with, as after any other text.
#[tokio::test]
async fn a_recipient_whose_text_was_found_is_no_longer_new() {
    let world = World::start().await;
    let limits: Limits = serde_json::from_value(json!({ "newRecipientsPerHour": 1 })).expect("limits");
    let send =
        async |to: &str, content: &str| world.call_limited(&limits, "send-message", text(to, content)).await;
    world.sandbox.faults().next(1, On::sends(), Fault::close().after_processing());
    send(STRANGER, "One").await.error();
    assert_eq!(send(STRANGER, "One").await.ok().data["duplicate"], true);
    world.advance(60 * 60);
    send(STRANGER, "Two").await.ok();
    send("+14155550143", "Hi").await.ok();
    assert_eq!(world.sent().len(), 3);
}

#[tokio::test]
async fn five_retries_after_a_lost_answer_are_no_second_text() {
    let world = World::start().await;
    world.sandbox.faults().next(1, On::sends(), Fault::server_error().after_processing());
    world.call("send-message", text(STRANGER, "Once")).await.error();
    let answers = join_all((0..5).map(|_| world.call("send-message", text(STRANGER, "Once")))).await;
    assert!(answers.iter().all(|answer| !answer.is_error && answer.data["duplicate"] == true));
    assert_eq!((world.posts(), world.sent().len()), (1, 1));
}

#[tokio::test]
async fn when_the_outcome_cannot_be_looked_up_nothing_is_sent() {
    let world = World::start().await;
    world.sandbox.faults().next(1, On::sends(), Fault::close());
    world.call("send-message", text(STRANGER, "Perhaps")).await.error();
    world.sandbox.faults().always(Operation::ListMessages, Fault::server_error());
    for to in [STRANGER, NORA] {
        let refused = world.call("send-message", text(to, "Perhaps")).await.error();
        contains(&refused, &["not known whether an earlier text went out", "Nothing was sent."]);
    }
    assert_eq!(world.posts(), 1);
}

/// An inbox that the key may not read any more holds up the recipients of its unknown texts, and nobody else.
#[tokio::test]
async fn an_inbox_that_cannot_be_read_holds_up_only_its_recipients() {
    for (status, body) in [
        (
            403,
            r#"{"message":"Not allowed","code":"0202403","status":403,"docs":"","title":"Not Phone Number User"}"#,
        ),
        (404, r#"{"message":"Not found","code":"0200404","status":404,"docs":"","title":"Not Found"}"#),
    ] {
        let world = World::start().await;
        world.sandbox.faults().next(1, On::sends(), Fault::close());
        world.call("send-message", text(STRANGER, "Perhaps")).await.error();
        let refusal = Fault::answer(status, "application/json", body);
        world.sandbox.faults().always(Operation::ListMessages, refusal);
        world.advance(600);
        let held_up = world.call("send-message", text(STRANGER, "Perhaps")).await.error();
        contains(&held_up, &["not known yet whether it went out", "may have been sent"]);
        world.call("send-message", text(NORA, "Someone else")).await.ok();
        assert_eq!(world.sent(), [(NORA.to_owned(), "Someone else".to_owned())], "{status}");
    }
}

/// A caller that goes away does not stop a text that was begun; its outcome is recorded.
#[tokio::test]
async fn a_dropped_call_is_finished_and_recorded() {
    let world = World::start().await;
    // The inboxes are known, so that the call comes to the send at once.
    world.call("send-message", text(NORA, "First")).await.ok();
    world.sandbox.faults().next(1, On::sends(), Fault::delay(Duration::from_millis(300)));
    let call = world.call("send-message", text(STRANGER, "Second"));
    assert!(tokio::time::timeout(Duration::from_millis(150), call).await.is_err(), "the caller went away");
    let again = world.call("send-message", text(STRANGER, "Second")).await.ok();
    assert_eq!(again.data["duplicate"], true);
    world.services.drain().await;
    assert_eq!(world.posts(), 2);
}

#[tokio::test]
async fn a_call_that_waits_for_another_ones_text_says_how_to_learn_the_outcome() {
    let world = World::start().await;
    world.call("send-message", text(NORA, "First")).await.ok();
    world.sandbox.faults().next(1, On::sends(), Fault::delay(Duration::from_millis(900)));
    let slow = world.call("send-message", text(STRANGER, "Slow"));
    let impatient = async {
        while world.posts() < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let cx = world.cx(ALPHA).with_deadline(tokio::time::Instant::now() + Duration::from_millis(300));
        world.call_in(&cx, "send-message", text(STRANGER, "Slow")).await.error()
    };
    let (slow, impatient) = futures_util::join!(slow, impatient);
    assert_eq!(slow.ok().data["duplicate"], false);
    contains(&impatient, &["still being handed over", "may have been sent", "does not send the text again"]);
    assert_eq!(world.posts(), 2);
}

#[tokio::test]
async fn no_text_is_begun_that_could_not_be_answered_for() {
    let world = World::start().await;
    let out_of_time = world.cx(ALPHA).with_deadline(tokio::time::Instant::now() + Duration::from_secs(3));
    let refused = world.call_in(&out_of_time, "send-message", text(THEO, "Too late")).await.error();
    contains(
        &refused,
        &["The time for this call was over", "Nothing was sent.", "Repeat the very same call"],
    );
    assert_eq!(world.posts(), 0);
    let sent = world.call("send-message", text(THEO, "Too late")).await.ok();
    assert_eq!(sent.data["quotaLeft"], json!({ "thisHour": 59, "today": 199 }));
}

/// What the model sees of each failure of the upstream: what happened, whether it was sent, what to do.
#[tokio::test]
async fn what_each_fault_says() {
    let faults = [
        ("429", Fault::too_many_requests(Some(7))),
        ("500", Fault::server_error()),
        ("502", Fault::bad_gateway()),
        ("503", Fault::unavailable(None)),
        ("no answer", Fault::hang()),
        ("closed after the request was written", Fault::close()),
        ("answer cut off", Fault::truncate()),
        ("answer no JSON", Fault::malformed_json()),
        ("carrier registration", Fault::a2p_not_approved()),
        ("daily cap", Fault::daily_cap_reached()),
        ("expired plan", Fault::subscription_expired()),
        (
            "wrong key",
            Fault::answer(
                401,
                "application/json",
                r#"{"error":{"message":"Unauthorized","key":"Unauthorized"}}"#,
            ),
        ),
        (
            "not a member",
            Fault::answer(
                403,
                "application/json",
                r#"{"message":"Not allowed","code":"0202403","status":403,"docs":"","title":"Not Phone Number User"}"#,
            ),
        ),
        (
            "something new",
            Fault::answer(
                418,
                "application/json",
                r#"{"message":"Short and stout","code":"0299418","title":"Teapot"}"#,
            ),
        ),
    ];
    let mut answers = String::new();
    for (name, fault) in faults {
        let world = World::start().await;
        // The client may retry what certainly was not processed.
        world.sandbox.faults().always(On::sends(), fault);
        let text = world.call("send-message", text(STRANGER, "Hello")).await.error();
        answers.push_str(&format!("{name}\n{text}\n\n"));
    }
    for (name, to) in [("opted out", "+12125550119"), ("expired", "+14155550196")] {
        let world = World::start().await;
        let text = world.call("send-message", text(to, "Hello")).await.error();
        answers.push_str(&format!("{name}\n{text}\n\n"));
        assert!(world.sent().is_empty());
    }
    for wrong in ["key is wrong", "invalid key", "API key required"] {
        assert!(!answers.contains(wrong), "{wrong}");
    }
    insta::assert_snapshot!(answers);
}

#[tokio::test]
async fn what_was_not_sent_is_given_back() {
    let world = World::start().await;
    world.sandbox.faults().next(1, On::sends(), Fault::a2p_not_approved());
    world.call("send-message", text(STRANGER, "Hello")).await.error();
    // Neither the ledger nor a quota stands against another try.
    let sent = world.call("send-message", text(STRANGER, "Hello")).await.ok();
    assert_eq!(sent.data["duplicate"], false);
    assert_eq!(sent.data["quotaLeft"], json!({ "thisHour": 59, "today": 199 }));
}

#[tokio::test]
async fn quotas_hold_and_say_when_it_goes_on() {
    let world = World::start().await;
    let limits: Limits =
        serde_json::from_value(json!({ "sendsPerHour": 2, "sendsPerDay": 3, "newRecipientsPerHour": 100 }))
            .expect("limits");
    let send = async |to: &str| world.call_limited(&limits, "send-message", text(to, "Hi")).await;
    send(NORA).await.ok();
    send(THEO).await.ok();
    contains(
        &send(STRANGER).await.error(),
        &["limit of 2 texts an hour", "leaves 0", "Nothing was sent.", "Wait 60 minutes"],
    );
    world.advance(60 * 60);
    send(STRANGER).await.ok();
    contains(&send("+14155550143").await.error(), &["limit of 3 texts a day", "Wait 23 hours"]);
    assert_eq!(world.posts(), 3);
}

#[tokio::test]
async fn one_recipient_has_quotas_of_their_own() {
    let world = World::start().await;
    let limits: Limits = serde_json::from_value(json!({ "recipientPerDay": 2 })).expect("limits");
    let send =
        async |content: &str| world.call_limited(&limits, "send-message", text(STRANGER, content)).await;
    send("1").await.ok();
    contains(&send("2").await.error(), &["less than 10 seconds ago", "Wait 10 seconds"]);
    world.advance(10);
    send("2").await.ok();
    world.advance(10);
    contains(&send("3").await.error(), &["texted 2 times within a day", "Nothing was sent."]);
    assert_eq!(world.posts(), 2);
}

/// People whom the workspace texts with are not new, even when this server never texted them.
#[tokio::test]
async fn new_recipients_are_counted_and_known_ones_are_not() {
    let world = World::start().await;
    let limits: Limits = serde_json::from_value(json!({ "newRecipientsPerHour": 1 })).expect("limits");
    let send = async |to: &str| world.call_limited(&limits, "send-message", text(to, "Hi")).await;
    send(STRANGER).await.ok();
    contains(&send("+14155550143").await.error(), &["has not texted with before", "Nothing was sent."]);
    send(NORA).await.ok();
    world.advance(60 * 60);
    send("+14155550143").await.ok();
    assert_eq!(world.sent().len(), 3);
}

#[tokio::test]
async fn with_the_store_down_nothing_is_sent_and_reading_goes_on() {
    let mut store = None;
    let world = World::with_store(|clock| store.insert(Breakable::new(clock)).clone()).await;
    let store = store.expect("made above");
    store.break_now();
    let refused = world.call("send-message", text(STRANGER, "Hi")).await.error();
    contains(&refused, &["cannot reach its own records", "does not send", "Nothing was sent."]);
    assert_eq!(world.posts(), 0);
    world.call("fetch-messages", json!({ "inbox": "Front desk", "maxResults": 1 })).await.ok();
    store.mend();
    world.call("send-message", text(STRANGER, "Hi")).await.ok();
}

/// What decides about a text waits for the replicas; what only counts does not.
#[tokio::test]
async fn without_its_replicas_nothing_is_sent_and_reading_goes_on() {
    let mut replicas = None;
    let world = World::with_store(|clock| {
        let (store, replicated) = Breakable::with_replicas(clock);
        replicas = Some(replicated);
        store
    })
    .await;
    let replicas = replicas.expect("made above");
    world.call("send-message", text(NORA, "Hi")).await.ok();
    replicas.break_now();
    let refused = world.call("send-message", text(STRANGER, "Hi")).await.error();
    contains(&refused, &["cannot reach its own records", "Nothing was sent."]);
    assert_eq!(world.posts(), 1);
    world.call("fetch-messages", json!({ "inbox": "Front desk", "maxResults": 1 })).await.ok();
    replicas.mend();
    let sent = world.call("send-message", text(STRANGER, "Hi")).await.ok();
    assert_eq!(sent.data["quotaLeft"]["thisHour"], 58, "what was refused took nothing");
    // The loss comes between the claim and its outcome: the text went out, and is not sent again.
    for writes in 0..8 {
        world.advance(11);
        replicas.break_after_writes(writes);
        world.call("send-message", text(THEO, &format!("Round {writes}"))).await;
        replicas.mend();
        world.advance(181);
        world.call("send-message", text(THEO, &format!("Round {writes}"))).await;
        let copies = world.sent().iter().filter(|(_, text)| *text == format!("Round {writes}")).count();
        assert_eq!(copies, 1, "cut off after {writes} writes");
    }
}

/// Cut off after any number of writes: before the POST nothing is sent, after it never twice.
#[tokio::test]
async fn a_store_that_fails_midway_never_leads_to_a_second_text() {
    let mut without_quota = 0;
    for writes in 0..16 {
        let mut store = None;
        let world = World::with_store(|clock| store.insert(Breakable::new(clock)).clone()).await;
        let store = store.expect("made above");
        store.break_after_writes(writes);
        let first = world.call("send-message", text(STRANGER, "Hi")).await;
        if first.is_error {
            assert_eq!(world.posts(), 0, "{writes}: {}", first.text);
        } else {
            let left = &first.data["quotaLeft"];
            assert!(left.is_null() || left["thisHour"] == 59, "{writes}: {left}");
            without_quota += u32::from(left.is_null());
        }
        store.mend();
        // Whatever was left behind is settled after three minutes at the latest.
        for _ in 0..2 {
            world.advance(181);
            world.call("send-message", text(STRANGER, "Hi")).await;
        }
        assert_eq!(world.sent().len(), 1, "cut off after {writes} writes");
    }
    assert!(without_quota > 0, "in some of these cases the counters could not be read");
}

/// A write that the replicas do not have in time may have happened. The claim is taken back, so that the text need not
/// wait for minutes; and an outcome that came late is known all the same.
#[tokio::test]
async fn replicas_that_are_late_hold_nothing_up_and_text_nobody_twice() {
    let mut refused = 0;
    for writes in 0..12 {
        let mut replicas = None;
        let world = World::with_store(|clock| {
            let (store, replicated) = Breakable::with_replicas(clock);
            replicas = Some(replicated);
            store
        })
        .await;
        let replicas = replicas.expect("made above");
        replicas.late_after_writes(writes);
        let first = world.call("send-message", text(STRANGER, "Hi")).await;
        assert_eq!(first.is_error, world.posts() == 0, "{writes}: {}", first.text);
        refused += u32::from(first.is_error);
        replicas.mend();
        let second = world.call("send-message", text(STRANGER, "Hi")).await.ok();
        assert_eq!(second.data["duplicate"], !first.is_error, "{writes}: {}", first.text);
        assert_eq!((world.posts(), world.sent().len()), (1, 1), "late after {writes} writes");
    }
    assert!((2..12).contains(&refused), "{refused}");
}

#[tokio::test]
async fn what_is_kept_holds_no_number_and_no_text() {
    let mut store = None;
    let world = World::with_store(|clock| store.insert(Recording::new(clock)).clone() as Arc<_>).await;
    let store = store.expect("made above");
    let secret = with(text(STRANGER, "The gate code is 4711"), "idempotencyKey", "gate-code-for-nora");
    world.call("send-message", secret).await.ok();
    world.sandbox.faults().next(1, On::sends(), Fault::close());
    world.call("send-message", text(NORA, "The gate code is 4712")).await.error();
    let written = store.written();
    assert!(written.len() > 10, "the ledger was written");
    for (key, value) in written {
        let all = format!("{key} {}", String::from_utf8_lossy(&value));
        for canary in ["4155550142", "4155550101", "is 4711", "gate", "nora", ALPHA] {
            assert!(!all.contains(canary), "{canary} in {key}");
        }
    }
}

#[tokio::test]
async fn the_conversation_can_be_marked_as_done() {
    let world = World::start().await;
    world.call("send-message", with(text(NORA, "Done"), "setInboxStatus", "done")).await.ok();
    assert_eq!(world.sent().len(), 1);
}
