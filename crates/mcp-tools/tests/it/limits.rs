//! Each limit against each way to send, in front of the view and behind it; and what a limit of one connection is to
//! the others of the key.

use mcp_tools::tools::{BulkMessages, CreateContact, SendGroupMessage, SendMessage};
use mcp_tools::{CallOutcome, Context, Limits, Tool, ToolError};
use serde_json::{Value, json};

use crate::world::{ALPHA, NORA, STRANGER, THEO, World, contains};

/// Every name and form by which a text can be asked for, each with one or two recipients of whom one is a stranger.
fn attempts() -> Vec<(&'static str, Value)> {
    let from = "Front desk";
    let personal = json!([{ "to": STRANGER, "content": "Hi" }, { "to": NORA, "content": "Hello" }]);
    vec![
        ("send-message", json!({ "from": from, "to": STRANGER, "content": "Hi" })),
        ("send-message", json!({ "from": from, "to": STRANGER, "content": "Hi", "setInboxStatus": "done" })),
        (
            "send-message",
            json!({ "from": from, "to": STRANGER, "content": "Hi", "idempotencyKey": "k1", "repeat": true }),
        ),
        ("bulk-messages", json!({ "from": from, "to": [STRANGER], "content": "Hi" })),
        ("bulk-messages", json!({ "from": from, "to": [STRANGER, NORA], "content": "Hi" })),
        ("bulk-messages", json!({ "from": from, "messages": personal })),
        (
            "bulk-messages",
            json!({ "from": from, "messages": personal, "idempotencyKey": "k2", "repeat": true }),
        ),
        ("send-bulk-messages", json!({ "from": from, "to": [STRANGER, NORA], "content": "Hi" })),
        ("send-bulk-messages", json!({ "from": from, "messages": personal })),
        ("send-group-message", json!({ "from": from, "to": [STRANGER, NORA], "content": "Hi" })),
        (
            "send-group-message",
            json!({ "from": from, "to": [NORA, STRANGER], "content": "Hi", "idempotencyKey": "k3", "repeat": true }),
        ),
    ]
}

fn limits(json: Value) -> Limits {
    serde_json::from_value(json).expect("limits")
}

/// A call that no catalogue stands before.
async fn behind(cx: &Context, tool: &str, arguments: Value) -> Result<Value, ToolError> {
    async fn call<T: Tool>(tool: T, cx: &Context, arguments: Value) -> Result<Value, ToolError> {
        let input = serde_json::from_value(arguments).expect("arguments");
        let output = tool.call(cx, input).await?;
        Ok(serde_json::to_value(output).expect("JSON"))
    }
    match tool {
        "send-message" => call(SendMessage::default(), cx, arguments).await,
        "send-group-message" => call(SendGroupMessage::default(), cx, arguments).await,
        "create-contact" => call(CreateContact::default(), cx, arguments).await,
        _ => call(BulkMessages::default(), cx, arguments).await,
    }
}

/// The recipients that a result says were texted.
fn texted(result: &Value) -> Vec<String> {
    let all = result["recipients"].as_array().cloned().unwrap_or_default();
    let sent = all.iter().filter(|recipient| recipient["status"] == "sent");
    sent.map(|recipient| recipient["to"].as_str().expect("a number").to_owned()).collect()
}

/// The matrix: no limit can be gone around by another tool, alias, form or argument, and what is still allowed goes on.
#[tokio::test]
async fn no_way_of_sending_goes_around_a_limit() {
    let cases = [
        // (limits, whether the catalogue itself refuses, who may still be texted in a call to two)
        (json!({ "readOnly": true }), true, vec![]),
        (json!({ "noTexting": true }), true, vec![]),
        (json!({ "inboxes": ["PNnone"] }), false, vec![]),
        (json!({ "inboxes": [] }), false, vec![]),
        (json!({ "sendsPerDay": 0 }), false, vec![]),
        (json!({ "replyOnly": true }), false, vec![NORA]),
        (json!({ "allowRecipients": [[NORA, "CA"]] }), false, vec![NORA]),
        (json!({ "allowRecipients": [["US"], ["CA"]] }), false, vec![]),
        (json!({ "allowRecipients": [[]] }), false, vec![]),
        (json!({ "denyRecipients": [STRANGER] }), false, vec![NORA]),
        (json!({ "denyRecipients": ["1"] }), false, vec![]),
        (json!({ "quietHours": [{ "window": "10:00-11:00", "refuse": true }] }), false, vec![]),
    ];
    for (limit, hidden, still) in cases {
        for (tool, arguments) in attempts() {
            let world = World::start().await;
            let cx = world.cx(ALPHA).with_connection("one").with_limits(&limits(limit.clone()));
            let answer = world.call_in(&cx, tool, arguments.clone()).await;
            let two = arguments["to"].as_array().is_some_and(|to| to.len() == 2)
                || arguments["messages"].is_array();
            // A group is texted as a whole or not at all.
            let expected: Vec<&str> =
                if two && tool != "send-group-message" { still.clone() } else { Vec::new() };
            let case = format!("{limit} {tool} {arguments}: {}", answer.text);
            let sent: Vec<String> = world.sent().into_iter().map(|(to, _)| to).collect();
            assert_eq!(sent, expected, "{case}");
            assert_eq!(texted(&answer.data), expected, "{case}");
            assert_eq!(answer.is_error, expected.is_empty(), "{case}");
            assert_eq!(answer.data.is_null() && answer.text.contains("is not available"), hidden, "{case}");

            // Behind the view, the same.
            let world = World::start().await;
            let cx = world.cx(ALPHA).with_connection("one").with_limits(&limits(limit.clone()));
            let result = behind(&cx, tool, arguments).await;
            let sent: Vec<String> = world.sent().into_iter().map(|(to, _)| to).collect();
            assert_eq!(sent, expected, "{case}: {result:?}");
            if hidden {
                let error = result.expect_err("nothing is sent").to_text();
                contains(&error, &["may not send texts", "Nothing was sent.", "connect again"]);
            }
        }
    }
}

/// The same for asking first: whatever has one recipient goes out, whatever has two does not.
#[tokio::test]
async fn two_people_are_never_texted_unasked() {
    for (tool, arguments) in attempts() {
        let world = World::start().await;
        let cx = world.cx(ALPHA).with_limits(&limits(json!({ "confirmMany": true })));
        let answer = world.call_in(&cx, tool, arguments.clone()).await;
        let two =
            arguments["to"].as_array().is_some_and(|to| to.len() == 2) || arguments["messages"].is_array();
        assert_eq!(answer.is_error, two, "{tool} {arguments}: {}", answer.text);
        assert_eq!(world.sent().len(), usize::from(!two), "{tool} {arguments}");
    }
}

#[tokio::test]
async fn what_a_limit_hides_says_why() {
    let world = World::start().await;
    for (limit, tool, why) in [
        (
            json!({ "readOnly": true }),
            "send-message",
            "send-message is not available: this connection may only read.",
        ),
        (json!({ "readOnly": true }), "create-contact", "this connection may only read."),
        (json!({ "noTexting": true }), "send-bulk-messages", "this connection may not text anyone."),
        (json!({ "replyOnly": true }), "create-contact", "and so adds nobody to the contacts."),
    ] {
        let cx = world.cx(ALPHA).with_limits(&limits(limit));
        let outcome = world.outcome(&cx, tool, json!({ "firstName": "Ada" })).await;
        let CallOutcome::NotAllowed { reason } = outcome else { panic!("{tool}: {outcome:?}") };
        contains(&reason, &[why, "Nothing was done.", "connect again"]);
    }
    // No contact is made behind the view either.
    for limit in [json!({ "readOnly": true }), json!({ "replyOnly": true })] {
        let cx = world.cx(ALPHA).with_limits(&limits(limit));
        let error = behind(&cx, "create-contact", json!({ "firstName": "Ada" })).await.expect_err("refused");
        contains(&error.to_text(), &["may not create contacts", "Nothing was created"]);
    }
}

/// The operator's limits are the context's, whatever view comes with it.
#[tokio::test]
async fn an_operator_who_only_lets_read_lets_nobody_write() {
    let mut operator = Limits::standard();
    operator.read_only = true;
    let world = World::with_limits(operator).await;
    for tool in ["send-message", "bulk-messages", "send-group-message", "create-contact"] {
        let outcome = world.outcome(&world.cx(ALPHA), tool, json!({ "firstName": "Ada" })).await;
        assert!(matches!(outcome, CallOutcome::NotAllowed { .. }), "{tool}: {outcome:?}");
    }
}

#[tokio::test]
async fn inboxes_out_of_reach_are_neither_read_nor_named() {
    let world = World::start().await;
    let all = world.call("fetch-messages", json!({ "inbox": "Emergency line" })).await.ok();
    let only = limits(json!({ "inboxes": [all.data["inbox"]["id"]] }));
    for (tool, arguments) in [
        ("fetch-messages", json!({ "inbox": "Front desk" })),
        ("fetch-call-transcripts", json!({ "inbox": "Front desk" })),
        ("send-message", json!({ "from": "Front desk", "to": NORA, "content": "Hi" })),
        ("bulk-messages", json!({ "from": "Front desk", "to": [NORA], "content": "Hi" })),
        ("send-group-message", json!({ "from": "Front desk", "to": [NORA, THEO], "content": "Hi" })),
        ("prepare-message", json!({ "from": "Front desk", "to": [NORA], "content": "Hi" })),
    ] {
        let error = world.call_limited(&only, tool, arguments).await.error();
        contains(&error, &["no inbox within reach", "Emergency line"]);
        assert!(!error.contains("+14155550150"), "{error}");
    }
    // Left out, it is the one within reach.
    world.call_limited(&only, "send-message", json!({ "to": NORA, "content": "Hi" })).await.ok();
    assert_eq!(world.sent().len(), 1);
}

/// The day of a connection is its own; the key's day holds for all together.
#[tokio::test]
async fn a_daily_cap_counts_what_its_own_connection_sent() {
    let mut operator = Limits::standard();
    (operator.sends_per_day, operator.recipient_gap_seconds) = (Some(5), None);
    let world = World::with_limits(operator).await;
    let one = world.cx(ALPHA).with_connection("one").with_limits(&limits(json!({ "sendsPerDay": 2 })));
    let other = world.cx(ALPHA).with_connection("other").with_limits(&limits(json!({ "sendsPerDay": 200 })));
    let send = |content: &str| json!({ "from": "Front desk", "to": NORA, "content": content });

    let answer = world.call_in(&other, "send-message", send("1")).await.ok();
    assert_eq!(answer.data["quotaLeft"]["today"], 4);
    let answer = world.call_in(&one, "send-message", send("2")).await.ok();
    assert_eq!(answer.data["quotaLeft"]["today"], 1, "what the other sent is not counted");
    let two = json!({ "from": "Front desk", "to": [NORA, THEO], "content": "3" });
    let error = world.call_in(&one, "bulk-messages", two).await.error();
    contains(
        &error,
        &["This connection's limit of 2 texts a day leaves 1, and this call needs 2", "Nothing was sent."],
    );
    world.call_in(&one, "send-message", send("4")).await.ok();
    let error = world.call_in(&one, "send-message", send("5")).await.error();
    contains(
        &error,
        &["This connection's limit of 2 texts a day leaves 0", "can connect again with another"],
    );

    let answer = world.call_in(&other, "send-message", send("6")).await.ok();
    assert_eq!(answer.data["quotaLeft"]["today"], 1, "the key's five are for all");
    world.call_in(&other, "send-message", send("7")).await.ok();
    let error = world.call_in(&other, "send-message", send("8")).await.error();
    contains(&error, &["This server's limit of 5 texts a day for this workspace's key leaves 0"]);
    assert_eq!(world.sent().len(), 5);

    world.advance(24 * 60 * 60 + 1);
    world.call_in(&one, "send-message", send("9")).await.ok();
}

/// A text that did not go out costs neither the key nor the connection.
#[tokio::test]
async fn what_was_not_sent_is_given_back_to_the_connection() {
    let world = World::start().await;
    let cx = world.cx(ALPHA).with_connection("one").with_limits(&limits(json!({ "sendsPerDay": 1 })));
    // 555-0119 opted out: the API refuses.
    let refused = json!({ "from": "Front desk", "to": "+14155550119", "content": "Hi" });
    world.call_in(&cx, "send-message", refused).await.error();
    let answer = world
        .call_in(&cx, "send-message", json!({ "from": "Front desk", "to": NORA, "content": "Hi" }))
        .await;
    assert_eq!(answer.ok().data["quotaLeft"]["today"], 0);
}
