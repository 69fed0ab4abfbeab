//! `prepare-message`: what it shows, what its confirmation is good for, and what a limit that asks for one refuses.

use mcp_tools::{Asking, Context, Limits};
use openphone_sandbox::{Fault, On, Operation};
use serde_json::{Value, json};

use crate::stores::Breakable;
use crate::world::{ALPHA, BRAVO, NORA, STRANGER, THEO, World, contains};

pub(crate) fn limits(json: Value) -> Limits {
    serde_json::from_value(json).expect("limits")
}

pub(crate) fn with(arguments: &Value, name: &str, value: impl Into<Value>) -> Value {
    let mut arguments = arguments.clone();
    arguments[name] = value.into();
    arguments
}

/// The confirmation of a preview of these arguments.
pub(crate) async fn handle(world: &World, cx: &Context, arguments: &Value) -> String {
    let preview = world.call_in(cx, "prepare-message", arguments.clone()).await.ok();
    preview.data["confirmation"]["handle"].as_str().expect("a handle").to_owned()
}

fn one(content: &str) -> Value {
    json!({ "from": "Front desk", "to": [NORA], "content": content })
}

/// The same for `send-message`.
pub(crate) fn single(content: &str) -> Value {
    json!({ "from": "Front desk", "to": NORA, "content": content })
}

pub(crate) fn two(content: &str) -> Value {
    json!({ "from": "Front desk", "to": [NORA, THEO], "content": content })
}

#[tokio::test]
async fn the_preview_shows_exactly_what_would_go_out() {
    let world = World::start().await;
    world
        .call("send-message", json!({ "from": "Front desk", "to": THEO, "content": "It’s done" }))
        .await
        .ok();
    let personal = json!({ "from": "Front desk", "messages": [
        { "to": "+1 (415) 555-0101", "content": "It’s done" },
        { "to": THEO, "content": "It’s done" },
        { "to": "+44 20 7946 0958", "content": "a".repeat(320) },
        { "to": THEO, "content": "It’s done" },
        { "to": STRANGER, "content": "Total: 5 €" },
    ] });
    let cx = world.cx(ALPHA).with_limits(&limits(json!({ "replyOnly": true, "sendsPerHour": 2 })));
    let preview = world.call_in(&cx, "prepare-message", personal).await.ok();
    let handle = preview.data["confirmation"]["handle"].as_str().expect("a handle");
    insta::assert_snapshot!(preview.text.replace(handle, "[handle]"));
    assert_eq!(preview.data["texts"][0]["content"], "It’s done", "word for word");
    assert_eq!(preview.data["totalSegments"], 1 + 1, "of those who may be texted");
    assert_eq!((world.posts(), world.sent().len()), (1, 1));
}

#[tokio::test]
async fn a_group_preview_says_that_everyone_sees_everyone() {
    let world = World::start().await;
    let preview = world.call("prepare-message", with(&two("Hello both"), "group", true)).await.ok();
    contains(
        &preview.text,
        &["one group thread", "Everyone in the group sees everyone's number", "send-group-message"],
    );
    let alone = json!({ "from": "Front desk", "to": [NORA, NORA], "content": "Hi", "group": true });
    contains(
        &world.call("prepare-message", alone).await.error(),
        &["to names 1 people; a group thread has 2 to 10"],
    );
    let personal = json!({ "from": "Front desk", "to": [NORA, THEO], "group": true, "messages": [{ "to": NORA, "content": "Hi" }] });
    contains(
        &world.call("prepare-message", personal).await.error(),
        &["messages stands beside group=true", "content is blank"],
    );
}

#[tokio::test]
async fn punctuation_is_folded_on_request_and_sent_so() {
    let world = World::start().await;
    let fancy = json!({ "from": "Front desk", "to": [NORA], "content": "“It’s—fine…”" });
    let preview = world.call("prepare-message", fancy.clone()).await.ok();
    assert_eq!(preview.data["texts"][0]["encoding"], "UCS-2");
    contains(
        &preview.text,
        &["make(s) it UCS-2", "With plainPunctuation=true it is GSM-7 and takes 1 segment"],
    );
    let plain = with(&fancy, "plainPunctuation", true);
    let preview = world.call("prepare-message", plain.clone()).await.ok();
    assert_eq!(preview.data["texts"][0]["content"], "\"It's-fine...\"");
    assert_eq!(preview.data["texts"][0]["encoding"], "GSM-7");
    let send =
        with(&with(&plain, "to", NORA), "confirmation", preview.data["confirmation"]["handle"].clone());
    world.call("send-message", send).await.ok();
    assert_eq!(world.sent(), [(NORA.to_owned(), "\"It's-fine...\"".to_owned())]);

    let longer =
        json!({ "from": "Front desk", "to": THEO, "content": "…".repeat(600), "plainPunctuation": true });
    let error = world.call("send-message", longer).await.error();
    contains(
        &error,
        &["content has 1800 characters with plain punctuation", "at most 1600", "Nothing was sent."],
    );
}

#[tokio::test]
async fn a_preview_sends_nothing_and_takes_nothing() {
    let world = World::start().await;
    for _ in 0..3 {
        let preview = world.call("prepare-message", two("Hi")).await.ok();
        assert_eq!(preview.data["quotaLeft"], json!({ "thisHour": 60, "today": 200 }));
        assert_eq!(preview.data["confirmation"]["needed"], "no");
    }
    assert_eq!(world.posts(), 0);
    let sent = world.call("bulk-messages", two("Hi")).await.ok();
    assert_eq!(sent.data["quotaLeft"], json!({ "thisHour": 58, "today": 198 }));
}

#[tokio::test]
async fn nobody_to_text_is_no_confirmation() {
    let world = World::start().await;
    let cx = world.cx(ALPHA).with_limits(&limits(json!({ "replyOnly": true })));
    let stranger = json!({ "from": "Front desk", "to": [STRANGER], "content": "Hi" });
    let preview = world.call_in(&cx, "prepare-message", stranger).await.ok();
    assert!(preview.data["confirmation"].is_null());
    contains(
        &preview.text,
        &["Not texted: +14155550142: This connection may only answer people", "nothing can be sent"],
    );
    let group = json!({ "from": "Front desk", "to": [STRANGER, NORA], "content": "Hi", "group": true });
    let preview = world.call_in(&cx, "prepare-message", group).await.ok();
    assert!(preview.data["confirmation"].is_null());
    contains(&preview.text, &["to all of its members or to none"]);
}

#[tokio::test]
async fn a_hundred_recipients_fit_and_what_is_too_long_to_read_is_refused() {
    let world = World::start().await;
    let to: Vec<String> = (0..100).map(|index| format!("+1415555{:04}", 2_000 + index)).collect();
    let hundred = json!({ "from": "Front desk", "to": to, "content": "x".repeat(1_600) });
    let preview = world.call("prepare-message", hundred).await.ok();
    assert_eq!(preview.data["totalSegments"], 1_100);
    let bytes = preview.text.len() + preview.data.to_string().len();
    assert!(bytes <= mcp_tools::reading::RESULT_BYTES, "{bytes}");
    let messages: Vec<Value> = (0..30)
        .map(|index| json!({ "to": to[index], "content": format!("{index} {}", "x".repeat(1_500)) }))
        .collect();
    let error =
        world.call("prepare-message", json!({ "from": "Front desk", "messages": messages })).await.error();
    contains(&error, &["too long for one preview", "fewer people"]);
}

#[tokio::test]
async fn a_confirmation_is_for_exactly_these_texts() {
    let world = World::start().await;
    let prepared = two("Closed on Friday");
    let handle = handle(&world, &world.cx(ALPHA), &prepared).await;
    for (tool, other) in [
        ("bulk-messages", two("Closed on Monday")),
        ("bulk-messages", with(&prepared, "to", json!([NORA, STRANGER]))),
        ("bulk-messages", with(&prepared, "to", json!([THEO, NORA]))),
        ("bulk-messages", with(&prepared, "to", json!([NORA, THEO, STRANGER]))),
        ("bulk-messages", with(&prepared, "to", json!([NORA]))),
        ("bulk-messages", with(&prepared, "from", "Emergency line")),
        ("bulk-messages", with(&prepared, "setInboxStatus", "done")),
        ("send-group-message", prepared.clone()),
        ("send-message", single("Closed on Friday")),
    ] {
        let error = world.call(tool, with(&other, "confirmation", handle.clone())).await.error();
        contains(&error, &["The confirmation is for something else", "Nothing was sent.", "prepare-message"]);
    }
    let middle = handle.len() / 2;
    let changed = |byte: char| format!("{}{byte}{}", &handle[..middle], &handle[middle + 1..]);
    let flipped = if handle.as_bytes()[middle] == b'A' { changed('B') } else { changed('A') };
    for forged in ["yes", &flipped, &format!("{handle}A"), &handle[1..], &handle.to_uppercase()] {
        let error = world.call("bulk-messages", with(&prepared, "confirmation", forged)).await.error();
        contains(&error, &["none that this connection was given", "Nothing was sent."]);
    }
    assert_eq!(world.posts(), 0);
    let sent =
        world.call("bulk-messages", with(&prepared, "confirmation", format!(" {handle}\n"))).await.ok();
    assert_eq!(sent.data["counts"]["sent"], 2);
}

/// Written another way, they are the same texts.
#[tokio::test]
async fn a_confirmation_does_not_mind_how_a_number_is_written() {
    let world = World::start().await;
    let handle = handle(&world, &world.cx(ALPHA), &two("Hi")).await;
    let same = json!({
        "from": "+1 415 555 0150", "messages": [
            { "to": "+1 (415) 555-0101", "content": "Hi" }, { "to": "tel:+14155550102", "content": "Hi" }
        ], "confirmation": handle
    });
    assert_eq!(world.call("bulk-messages", same).await.ok().data["counts"]["sent"], 2);
}

#[tokio::test]
async fn a_confirmation_is_for_one_connection_and_one_key() {
    let world = World::start().await;
    let mine = world.cx(ALPHA).with_connection("mine");
    let handle = handle(&world, &mine, &one("Hi")).await;
    let send = with(&single("Hi"), "confirmation", handle);
    for (other, send) in [
        (world.cx(ALPHA).with_connection("other"), send.clone()),
        (world.cx(ALPHA), send.clone()),
        (world.cx(BRAVO).with_connection("mine"), with(&send, "from", "Reception")),
    ] {
        let error = world.call_in(&other, "send-message", send).await.error();
        contains(&error, &["none that this connection was given"]);
    }
    assert_eq!(world.posts(), 0);
    world.call_in(&mine, "send-message", send).await.ok();
}

#[tokio::test]
async fn a_confirmation_is_good_for_ten_minutes() {
    let world = World::start().await;
    let early = handle(&world, &world.cx(ALPHA), &one("One")).await;
    world.advance(10 * 60 - 1);
    let late = with(&single("One"), "confirmation", early.clone());
    world.call("send-message", late.clone()).await.ok();
    // Whoever repeats the call learns what became of it, however late.
    world.advance(60);
    assert_eq!(world.call("send-message", late).await.ok().data["duplicate"], true);

    let handle = handle(&world, &world.cx(ALPHA), &one("Two")).await;
    world.advance(10 * 60);
    let error = world.call("send-message", with(&single("Two"), "confirmation", handle)).await.error();
    contains(&error, &["more than ten minutes old", "Nothing was sent."]);
    assert_eq!(world.sent().len(), 1);
}

/// One sending: the very same call may come again, to learn the outcome or to go on; nothing else may.
#[tokio::test]
async fn a_confirmation_is_good_for_one_sending() {
    let world = World::start().await;
    let prepared = two("Hi");
    let handle = handle(&world, &world.cx(ALPHA), &prepared).await;
    let send = with(&prepared, "confirmation", handle.clone());
    world.sandbox.faults().next(1, On::sends(), Fault::server_error());
    let first = world.call("bulk-messages", send.clone()).await.ok();
    assert_eq!(
        (first.data["counts"]["sent"].as_u64(), first.data["counts"]["unknown"].as_u64()),
        (Some(1), Some(1))
    );
    world.advance(61);
    let second = world.call("bulk-messages", send.clone()).await.ok();
    assert_eq!(
        (second.data["counts"]["sent"].as_u64(), second.data["counts"]["duplicate"].as_u64()),
        (Some(1), Some(1))
    );
    world.advance(11);
    let third = world.call("bulk-messages", send.clone()).await.ok();
    assert_eq!(third.data["counts"]["duplicate"], 2);
    for other in [
        with(&with(&send, "repeat", true), "idempotencyKey", "again"),
        with(&with(&send, "repeat", true), "idempotencyKey", "and again"),
    ] {
        let error = world.call("bulk-messages", other).await.error();
        contains(&error, &["used already", "Nothing was sent."]);
    }
    assert_eq!(world.sent().len(), 2);
}

#[tokio::test]
async fn of_two_calls_at_once_with_one_confirmation_each_recipient_gets_one_text() {
    let world = World::start().await;
    let prepared = two("Hi");
    let handle = handle(&world, &world.cx(ALPHA), &prepared).await;
    let calls = (0..6).map(|index| {
        let send = with(&with(&prepared, "confirmation", handle.clone()), "repeat", true);
        world.call("bulk-messages", with(&send, "idempotencyKey", format!("k{index}")))
    });
    let answers = futures_util::future::join_all(calls).await;
    let sent: u64 = answers.iter().filter_map(|answer| answer.data["counts"]["sent"].as_u64()).sum();
    assert_eq!((sent, world.sent().len()), (2, 2));
    let refused =
        answers.iter().filter(|answer| answer.is_error && answer.text.contains("used already")).count();
    assert_eq!(refused, 5);
}

/// Without its records the server cannot know that a confirmation was not used before.
#[tokio::test]
async fn a_use_that_cannot_be_recorded_sends_nothing() {
    let mut store = None;
    let world = World::with_store(|clock| store.insert(Breakable::new(clock)).clone()).await;
    let store = store.expect("made above");
    let handle = handle(&world, &world.cx(ALPHA), &one("Hi")).await;
    let send = with(&single("Hi"), "confirmation", handle);
    store.break_after_writes(0);
    contains(&world.call("send-message", send.clone()).await.error(), &["cannot reach its own records"]);
    assert_eq!(world.posts(), 0);
    store.mend();
    world.call("send-message", send).await.ok();
    assert_eq!(world.sent().len(), 1);
}

/// Every send tool, its arguments, and those of its preview.
fn ways() -> [(&'static str, Value, Value); 3] {
    [
        ("send-message", single("Hi"), one("Hi")),
        ("bulk-messages", two("Hi"), two("Hi")),
        ("send-group-message", two("Hi"), with(&two("Hi"), "group", true)),
    ]
}

#[tokio::test]
async fn where_every_text_needs_a_yes_none_goes_without() {
    for (tool, send, preview) in ways() {
        let world = World::start().await;
        let cx = world.cx(ALPHA).with_limits(&limits(json!({ "confirmAlways": true })));
        let error = world.call_in(&cx, tool, send.clone()).await.error();
        contains(
            &error,
            &[
                "needs a confirmation before it texts anyone",
                "Nothing was sent.",
                "Call prepare-message with the same from and texts",
                &format!("call {tool} again with the same arguments and `confirmation`"),
            ],
        );
        assert_eq!(error.contains("group=true"), tool == "send-group-message", "{error}");
        let shown = world.call_in(&cx, "prepare-message", preview).await.ok();
        assert_eq!(shown.data["confirmation"]["needed"], "this");
        contains(&shown.text, &["needs the person's yes to this preview", tool]);
        assert_eq!(world.posts(), 0);
        let send = with(&send, "confirmation", shown.data["confirmation"]["handle"].clone());
        world.call_in(&cx, tool, send.clone()).await.ok();
        // The answer was lost; nobody needs a new confirmation to learn it.
        world.call_in(&cx, tool, send).await.ok();
        assert_eq!(world.sent().len(), if tool == "bulk-messages" { 2 } else { 1 }, "{tool}");
    }
}

/// A model holds the confirmation; the person's answer is worth more, wherever there can be one.
#[tokio::test]
async fn a_confirmation_is_no_answer_of_the_person() {
    for (tool, send, preview) in ways() {
        for limit in [json!({ "confirmMany": true }), json!({ "confirmAlways": true })] {
            if tool == "send-message" && limit["confirmAlways"].is_null() {
                continue;
            }
            let world = World::start().await;
            let cx = world.cx(ALPHA).with_limits(&limits(limit)).with_asking(Asking::possible());
            let shown = world.call_in(&cx, "prepare-message", preview.clone()).await.ok();
            assert_eq!(shown.data["confirmation"]["needed"], "asked");
            let send = with(&send, "confirmation", shown.data["confirmation"]["handle"].clone());
            let question = world.question(&cx, tool, send.clone()).await;
            contains(&question.message, &[NORA, "> Hi"]);
            assert_eq!(world.posts(), 0);
            let no = cx.clone().with_asking(Asking::possible().with_answer(&question.id, false));
            contains(&world.call_in(&no, tool, send.clone()).await.error(), &["did not approve"]);
            let question = world.question(&cx, tool, send.clone()).await;
            let yes = cx.clone().with_asking(Asking::possible().with_answer(&question.id, true));
            world.call_in(&yes, tool, send).await.ok();
            assert!(!world.sent().is_empty());
        }
    }
}

#[tokio::test]
async fn the_question_shows_one_text_or_one_group() {
    let world = World::start().await;
    let cx = world
        .cx(ALPHA)
        .with_limits(&limits(json!({ "confirmAlways": true })))
        .with_asking(Asking::possible());
    let mut questions = String::new();
    for (tool, send, _) in ways() {
        let question = world.question(&cx, tool, send).await;
        questions.push_str(&format!("{tool} [{}]\n{}\n\n", question.yes, question.message));
    }
    insta::assert_snapshot!(questions);
}

/// Whoever brings a confirmation means it, also where none is needed.
#[tokio::test]
async fn a_confirmation_that_is_none_stops_the_text() {
    let world = World::start().await;
    let error =
        world.call("send-message", with(&single("Ho"), "confirmation", "opqch_k1_made-up")).await.error();
    contains(&error, &["none that this connection was given"]);
    assert_eq!(world.posts(), 0);
}

/// However many recipients: comparing is one read, and whoever brings no confirmation pays for none.
#[tokio::test]
async fn comparing_costs_the_same_for_one_and_for_many() {
    let world = World::start().await;
    let to =
        |from: u32| -> Vec<String> { (0..8).map(|index| format!("+1415555{:04}", from + index)).collect() };
    let bulk = |from: u32| json!({ "from": "Front desk", "to": to(from), "content": "Hi" });
    let reads = || world.sandbox.requests(Operation::ListMessages);
    world.call("bulk-messages", bulk(2_000)).await.ok();
    let without = reads();
    let handle = handle(&world, &world.cx(ALPHA), &bulk(3_000)).await;
    let prepared = reads() - without;
    let sent = world.call("bulk-messages", with(&bulk(3_000), "confirmation", handle)).await.ok();
    assert_eq!(sent.data["counts"]["sent"], 8);
    assert_eq!((prepared, reads() - without - prepared), (without + 1, without + 1));
}

/// A preview made by one instance is good at another, and used once between them.
#[tokio::test]
async fn instances_share_confirmations_and_their_use() {
    let world = World::start().await;
    let send = with(&single("Hi"), "confirmation", handle(&world, &world.cx(ALPHA), &one("Hi")).await);
    let other = world.instance();
    world.call_in(&other.cx(ALPHA), "send-message", send.clone()).await.ok();
    world.advance(11);
    let again = with(&with(&send, "repeat", true), "idempotencyKey", "again");
    contains(&world.call("send-message", again).await.error(), &["used already"]);
    assert_eq!(world.sent().len(), 1);
}
