//! `send-group-message` as a whole: one POST, one thread, everyone or nobody.

use futures_util::future::join_all;
use mcp_tools::Limits;
use openphone_sandbox::{Fault, On};
use serde_json::{Value, json};

use crate::world::{ALPHA, NORA, STRANGER, THEO, World, contains};

fn group(to: &[&str], content: &str) -> Value {
    json!({ "from": "Front desk", "to": to, "content": content })
}

#[tokio::test]
async fn one_text_goes_to_one_thread() {
    let world = World::start().await;
    let answer =
        world.call("send-group-message", group(&[THEO, "+1 (415) 555-0101", THEO], "Hello both")).await.ok();
    assert_eq!(world.sent(), [(format!("{NORA},{THEO}"), "Hello both".to_owned())]);
    assert_eq!(world.posts(), 1);
    assert_eq!(answer.data["members"], json!([NORA, THEO]));
    assert_eq!(answer.data["duplicatesRemoved"], json!([THEO]));
    assert_eq!(answer.data["quotaLeft"], json!({ "thisHour": 58, "today": 198 }), "it reaches two");
    contains(&answer.text, &["the group of +14155550101, +14155550102", "sees the others' numbers"]);
}

#[tokio::test]
async fn the_same_group_in_any_order_gets_the_same_text_once() {
    let world = World::start().await;
    let first = world.call("send-group-message", group(&[NORA, THEO], "Hello")).await.ok();
    let calls = [group(&[THEO, NORA], "Hello"), group(&[NORA, THEO], "Hello")];
    for answer in join_all(calls.into_iter().map(|call| world.call("send-group-message", call))).await {
        assert_eq!(answer.data["duplicate"], true);
        assert_eq!(answer.data["messageId"], first.data["messageId"]);
    }
    world.advance(11);
    // Privately, or with one more in it, it is another send.
    world.call("send-message", json!({ "from": "Front desk", "to": NORA, "content": "Hello" })).await.ok();
    world.advance(11);
    world.call("send-group-message", group(&[NORA, THEO, STRANGER], "Hello")).await.ok();
    assert_eq!(world.sent().len(), 3);

    world.advance(11);
    let mut again = group(&[NORA, THEO], "Hello");
    again["repeat"] = true.into();
    contains(&world.call("send-group-message", again.clone()).await.error(), &["idempotencyKey is missing"]);
    again["idempotencyKey"] = "once more".into();
    assert_eq!(world.call("send-group-message", again).await.ok().data["duplicate"], false);
}

#[tokio::test]
async fn a_group_has_two_to_ten_members() {
    let world = World::start().await;
    let many: Vec<String> = (0..11).map(|index| format!("+1415555{:04}", 2_000 + index)).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for (to, said) in [(&[NORA][..], "to"), (&many[..], "to"), (&[NORA, NORA][..], "to names 1 people")] {
        let error = world.call("send-group-message", group(to, "Hi")).await.error();
        contains(&error, &[said, "Nothing was sent."]);
    }
    let wrong = world.call("send-group-message", group(&[NORA, "555-0102"], " ")).await.error();
    contains(&wrong, &["to[1] `555-0102`", "content is blank"]);
    assert_eq!(world.posts(), 0);
    world.call("send-group-message", group(&many[..10], "Hi")).await.ok();
    let limits: Limits = serde_json::from_value(json!({ "recipientsPerCall": 2 })).expect("limits");
    let error = world.call_limited(&limits, "send-group-message", group(&many[..3], "Hi")).await.error();
    contains(&error, &["3 recipients; this connection allows 2"]);
}

/// What stands against one member stands against the text, and nothing is taken from the others.
#[tokio::test]
async fn it_goes_to_everyone_or_to_nobody() {
    let world = World::start().await;
    world.call("send-message", json!({ "from": "Front desk", "to": THEO, "content": "Hi" })).await.ok();
    let error = world.call("send-group-message", group(&[NORA, THEO], "Hello")).await.error();
    contains(
        &error,
        &[
            "Of the group, +14155550102: This recipient was texted less than 10 seconds ago",
            "Nothing was sent.",
        ],
    );
    // Nora's own time was not taken.
    world.call("send-message", json!({ "from": "Front desk", "to": NORA, "content": "Hi" })).await.ok();

    let reply_only: Limits = serde_json::from_value(json!({ "replyOnly": true })).expect("limits");
    let error = world
        .call_limited(&reply_only, "send-group-message", group(&[NORA, STRANGER], "Hello"))
        .await
        .error();
    contains(&error, &["Of the group, +14155550142: This connection may only answer people"]);

    world.advance(11);
    let hour: Limits = serde_json::from_value(json!({ "sendsPerHour": 3 })).expect("limits");
    let error = world.call_limited(&hour, "send-group-message", group(&[NORA, THEO], "Hello")).await.error();
    contains(&error, &["limit of 3 texts an hour", "leaves 1, and this call needs 2"]);
    assert_eq!(world.posts(), 2);
    let left = world.call("send-group-message", group(&[NORA, THEO], "Hello")).await.ok();
    assert_eq!(left.data["quotaLeft"]["thisHour"], 56, "what was refused took nothing");
}

#[tokio::test]
async fn what_the_api_refuses_is_explained_and_given_back() {
    let world = World::start().await;
    let error = world.call("send-group-message", group(&[NORA, "+14155550119"], "Hello")).await.error();
    contains(&error, &["opted out", "Nothing was sent."]);
    let sent = world.call("send-group-message", group(&[NORA, THEO], "Hello")).await.ok();
    assert_eq!(sent.data["quotaLeft"]["thisHour"], 58);
}

/// An unknown outcome holds up every member, is found upstream, and is not sent again.
#[tokio::test]
async fn an_unknown_outcome_is_looked_up() {
    for (fault, arrived) in [(Fault::close().after_processing(), true), (Fault::close(), false)] {
        let world = World::start().await;
        world.sandbox.faults().next(1, On::sends(), fault);
        contains(
            &world.call("send-group-message", group(&[THEO, NORA], "Perhaps")).await.error(),
            &["may have been sent"],
        );
        world.advance(11);
        if arrived {
            let found = world.call("send-group-message", group(&[NORA, THEO], "Perhaps")).await.ok();
            assert_eq!(found.data["duplicate"], true);
            assert_eq!(found.data["messageId"], world.sandbox.sent(ALPHA)[0].message_id.as_str());
        } else {
            let private = json!({ "from": "Front desk", "to": THEO, "content": "Hi" });
            contains(
                &world.call("send-message", private).await.error(),
                &["An earlier text to this recipient"],
            );
            world.advance(61);
            let sent = world.call("send-group-message", group(&[NORA, THEO], "Perhaps")).await.ok();
            assert_eq!(sent.data["duplicate"], false);
            assert_eq!(
                sent.data["quotaLeft"],
                json!({ "thisHour": 58, "today": 198 }),
                "the first was given back"
            );
        }
        assert_eq!(world.sent().len(), 1);
    }
}
