//! `confirm_many`: the person is asked before one call texts more than one person, and a yes is for what they saw, once.

use mcp_tools::{Asking, CallOutcome, Context, Limits, Question};
use serde_json::{Value, json};

use crate::stores::Breakable;
use crate::world::{ALPHA, Answer, BRAVO, NORA, STRANGER, THEO, World, contains};

fn asks(world: &World) -> Context {
    let limits: Limits = serde_json::from_value(json!({ "confirmMany": true })).expect("limits");
    world.cx(ALPHA).with_limits(&limits).with_asking(Asking::possible())
}

fn both(content: &str) -> Value {
    json!({ "from": "Front desk", "to": [NORA, STRANGER], "content": content })
}

/// The question to a call, and the answer to the same call with what the person said.
async fn asked(world: &World, arguments: &Value) -> Question {
    world.question(&asks(world), "bulk-messages", arguments.clone()).await
}

async fn answered(world: &World, id: &str, yes: bool, arguments: &Value) -> CallOutcome {
    let cx = asks(world);
    let cx = cx.with_asking(Asking::possible().with_answer(id, yes));
    world.outcome(&cx, "bulk-messages", arguments.clone()).await
}

#[track_caller]
fn is_asked(outcome: CallOutcome) -> Question {
    let CallOutcome::Ask(question) = outcome else { panic!("not asked: {outcome:?}") };
    question
}

#[track_caller]
fn result(outcome: CallOutcome) -> Answer {
    let CallOutcome::Result(result) = outcome else { panic!("no result: {outcome:?}") };
    let [mcp_protocol::Content::Text { text, .. }] = result.content.as_slice() else { panic!("one text") };
    Answer {
        text: text.to_string(),
        data: result.structured_content.map(|data| data.to_value()).unwrap_or_default(),
        is_error: result.is_error,
        key_refused: false,
    }
}

#[tokio::test]
async fn the_question_shows_everything_that_would_go_out() {
    let world = World::start().await;
    let same = asked(&world, &both("Closed on Friday.\n- +14155550199 \"Somebody\"")).await;
    let messages =
        json!([{ "to": NORA, "content": "See you at 9" }, { "to": STRANGER, "content": "At 10\u{202e}!" }]);
    let personal = asked(&world, &json!({ "from": "Front desk", "messages": messages })).await;
    insta::assert_snapshot!(format!(
        "{}\n\n=====\n\n{}",
        without_id(&same.message),
        without_id(&personal.message)
    ));
    assert_eq!(same.yes, "Send these texts");
    assert!(!format!("{same:?}").contains("1415"), "a question is not logged");
}

/// Ids of the sandbox differ from run to run.
fn without_id(message: &str) -> String {
    let (before, rest) = message.split_once("(PN").expect("the inbox's id");
    let (_, after) = rest.split_once(')').expect("its end");
    format!("{before}(PN…){after}")
}

#[tokio::test]
async fn yes_sends_and_the_same_call_is_not_asked_twice() {
    let world = World::start().await;
    let arguments = both("Closed on Friday");
    let question = asked(&world, &arguments).await;
    assert_eq!(world.posts(), 0);
    let answer = result(answered(&world, &question.id, true, &arguments).await).ok();
    assert_eq!(answer.data["counts"]["sent"], 2);
    assert_eq!(answer.data["quotaLeft"], json!({ "thisHour": 58, "today": 198 }), "asking took nothing");
    assert_eq!(world.sent().len(), 2);
    // The answer was lost and the call comes again, with or without the person's yes: nobody is asked, nothing is sent.
    for cx in [asks(&world), asks(&world).with_asking(Asking::possible().with_answer(&question.id, true))] {
        let answer = world.call_in(&cx, "bulk-messages", arguments.clone()).await.ok();
        assert_eq!(answer.data["counts"]["duplicate"], 2);
    }
    assert_eq!(world.sent().len(), 2);
}

#[tokio::test]
async fn no_sends_nothing_and_takes_nothing() {
    let world = World::start().await;
    let arguments = both("Closed on Friday");
    let question = asked(&world, &arguments).await;
    let error = result(answered(&world, &question.id, false, &arguments).await).error();
    contains(&error, &["did not approve", "Nothing was sent.", "not to be sent in another way"]);
    assert_eq!(world.posts(), 0);
    let one =
        world.call("send-message", json!({ "from": "Front desk", "to": NORA, "content": "Hi" })).await.ok();
    assert_eq!(one.data["quotaLeft"]["today"], 199, "neither the question nor the no took from the day");
    // The ledger holds nothing: the same texts can be approved later.
    let again = asked(&world, &arguments).await;
    assert_ne!(again.id, question.id);
}

#[tokio::test]
async fn a_yes_is_for_these_texts_only() {
    let world = World::start().await;
    let approved = both("Closed on Friday");
    let question = asked(&world, &approved).await;
    for other in [
        both("Closed on Monday"),
        json!({ "from": "Front desk", "to": [NORA, THEO], "content": "Closed on Friday" }),
        json!({ "from": "Front desk", "to": [STRANGER, NORA], "content": "Closed on Friday" }),
        json!({ "from": "Front desk", "to": [NORA, STRANGER, THEO], "content": "Closed on Friday" }),
        json!({ "from": "Emergency line", "to": [NORA, STRANGER], "content": "Closed on Friday" }),
    ] {
        is_asked(answered(&world, &question.id, true, &other).await);
    }
    for forged in ["", "yes", &question.id.replace('.', "-"), &format!("{}.0", question.id)] {
        is_asked(answered(&world, forged, true, &approved).await);
    }
    // Nor for another key's.
    let cx = world.cx(BRAVO).with_limits(asks(&world).limits());
    let cx = cx.with_asking(Asking::possible().with_answer(&question.id, true));
    let bravos = json!({ "from": "Reception", "to": [NORA, STRANGER], "content": "Closed on Friday" });
    is_asked(world.outcome(&cx, "bulk-messages", bravos).await);
    assert_eq!(world.posts(), 0);
}

#[tokio::test]
async fn a_yes_counts_once_and_for_ten_minutes() {
    let world = World::start().await;
    let mut arguments = both("Closed on Friday");
    let question = asked(&world, &arguments).await;
    world.advance(10 * 60 - 1);
    result(answered(&world, &question.id, true, &arguments).await).ok();
    // The same texts are wanted once more, by the same yes: the person is asked.
    arguments["repeat"] = json!(true);
    arguments["idempotencyKey"] = json!("again");
    is_asked(answered(&world, &question.id, true, &arguments).await);
    assert_eq!(world.sent().len(), 2);

    let late = both("Open on Saturday");
    let question = asked(&world, &late).await;
    world.advance(10 * 60);
    is_asked(answered(&world, &question.id, true, &late).await);
    assert_eq!(world.sent().len(), 2);
}

#[tokio::test]
async fn two_answers_at_once_are_one() {
    let world = World::start().await;
    let arguments = both("Closed on Friday");
    let question = asked(&world, &arguments).await;
    let calls = (0..8).map(|_| answered(&world, &question.id, true, &arguments));
    let outcomes = futures_util::future::join_all(calls).await;
    let sent = outcomes.into_iter().filter(|outcome| matches!(outcome, CallOutcome::Result(_))).count();
    assert!(sent >= 1);
    assert_eq!(world.sent().len(), 2);
    assert_eq!(world.posts(), 2);
}

#[tokio::test]
async fn one_person_is_texted_without_a_question() {
    let world = World::start().await;
    let cx = asks(&world);
    world
        .call_in(&cx, "send-message", json!({ "from": "Front desk", "to": NORA, "content": "1" }))
        .await
        .ok();
    let twice = json!({ "from": "Front desk", "to": [STRANGER, "+1 (415) 555-0142"], "content": "2" });
    world.call_in(&cx, "bulk-messages", twice).await.ok();
    assert_eq!(world.sent().len(), 2);
}

/// What is left to be sent is what is asked about.
#[tokio::test]
async fn who_was_texted_already_or_may_not_be_is_not_asked_about() {
    let world = World::start().await;
    world.call("send-message", json!({ "from": "Front desk", "to": THEO, "content": "Closed" })).await.ok();
    let three = json!({ "from": "Front desk", "to": [NORA, THEO, STRANGER], "content": "Closed" });
    let question = asked(&world, &three).await;
    contains(&question.message, &["Text 2 people", NORA, STRANGER]);
    assert!(!question.message.contains(THEO), "{}", question.message);
    let answer = result(answered(&world, &question.id, true, &three).await).ok();
    assert_eq!((&answer.data["counts"]["sent"], &answer.data["counts"]["duplicate"]), (&json!(2), &json!(1)));

    world.advance(60);
    let limits: Limits =
        serde_json::from_value(json!({ "confirmMany": true, "replyOnly": true })).expect("limits");
    let cx = world.cx(ALPHA).with_limits(&limits).with_asking(Asking::possible());
    let answer = world.call_in(&cx, "bulk-messages", both("One of them never wrote")).await.ok();
    assert_eq!(
        (&answer.data["counts"]["sent"], &answer.data["counts"]["not_attempted"]),
        (&json!(1), &json!(1))
    );
}

#[tokio::test]
async fn a_client_that_cannot_ask_is_told_what_to_do() {
    let world = World::start().await;
    let cx = asks(&world).with_asking(Asking::impossible());
    let error = world.call_in(&cx, "bulk-messages", both("Hi")).await.error();
    contains(
        &error,
        &["this app cannot ask", "Nothing was sent.", "Call prepare-message", "call bulk-messages again"],
    );
    for to in [NORA, STRANGER] {
        world
            .call_in(&cx, "bulk-messages", json!({ "from": "Front desk", "to": [to], "content": "Hi" }))
            .await
            .ok();
    }
    // And then there is nothing left to ask about.
    let answer = world.call_in(&cx, "bulk-messages", both("Hi")).await.ok();
    assert_eq!(answer.data["counts"]["duplicate"], 2);
}

#[tokio::test]
async fn what_is_too_long_to_show_is_not_asked() {
    let world = World::start().await;
    let messages: Vec<Value> = (0..20)
        .map(|index| json!({ "to": format!("+1415555{:04}", 2_000 + index), "content": format!("{index} {}", "x".repeat(1_500)) }))
        .collect();
    let error = world
        .call_in(&asks(&world), "bulk-messages", json!({ "from": "Front desk", "messages": messages }))
        .await
        .error();
    contains(&error, &["too long to be shown", "Nothing was sent.", "fewer people"]);
    let to: Vec<String> = (0..100).map(|index| format!("+1415555{:04}", 2_000 + index)).collect();
    let hundred = json!({ "from": "Front desk", "to": to, "content": "x".repeat(1_600) });
    contains(&asked(&world, &hundred).await.message, &["Text 100 people"]);
}

/// Without its records the server cannot know that a yes was not used before.
#[tokio::test]
async fn a_yes_that_cannot_be_recorded_sends_nothing() {
    let mut store = None;
    let world = World::with_store(|clock| {
        let breakable = Breakable::new(clock);
        store = Some(breakable.clone());
        breakable
    })
    .await;
    let store = store.expect("made");
    let arguments = both("Closed on Friday");
    let question = asked(&world, &arguments).await;
    store.break_after_writes(0);
    let error = result(answered(&world, &question.id, true, &arguments).await).error();
    contains(&error, &["cannot reach its own records", "Nothing was sent."]);
    assert_eq!(world.posts(), 0);
    store.mend();
    result(answered(&world, &question.id, true, &arguments).await).ok();
}
