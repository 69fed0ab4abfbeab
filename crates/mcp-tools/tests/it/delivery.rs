//! After a send: `get-message` explains how far a text got, and a send may wait for it. Waiting changes nothing.

use std::time::Duration;

use mcp_tools::Limits;
use openphone_sandbox::{Fault, Operation};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::world::{ALPHA, NORA, THEO, World, contains};

const UNDELIVERED: &str = "+14155550120";
const FAILS: &str = "+14155550191";
const STAYS_SENT: &str = "+14155550193";

fn waiting(to: &str) -> Value {
    json!({ "from": "Front desk", "to": to, "content": "Hi", "waitForDelivery": true })
}

#[tokio::test]
async fn a_send_that_waits_says_how_far_the_text_got() {
    let world = World::start().await;
    for (to, status, said) in [
        (NORA, "delivered", "arrived on the phone"),
        (UNDELIVERED, "undelivered", "Check the number with the person"),
        (FAILS, "failed", "never left OpenPhone"),
    ] {
        let answer = world.call("send-message", waiting(to)).await.ok();
        assert_eq!(answer.data["delivery"]["status"], status, "{}", answer.text);
        assert_eq!(answer.data["status"], "queued", "as it was accepted");
        contains(&answer.text, &[&format!("Delivery: {status}."), said]);
        // Whoever calls again with the same wish gets the state once more.
        let again = world.call("send-message", waiting(to)).await.ok();
        assert_eq!(
            (&again.data["duplicate"], &again.data["delivery"]["status"]),
            (&json!(true), &json!(status))
        );
    }
    let group = json!({ "from": "Front desk", "to": [THEO, "+14155550143"], "content": "Hi", "waitForDelivery": true });
    let answer = world.call("send-group-message", group).await.ok();
    assert_eq!(answer.data["delivery"]["status"], "delivered");
    assert_eq!(world.sent().len(), 4);
}

#[tokio::test]
async fn a_batch_is_waited_for_in_lists() {
    let world = World::start().await;
    let mut to: Vec<String> = (0..10).map(|index| format!("+1415555{:04}", 2_000 + index)).collect();
    to.extend([UNDELIVERED.to_owned(), FAILS.to_owned(), "+14155550119".to_owned()]);
    let bulk = json!({ "from": "Front desk", "to": to, "content": "Hi", "waitForDelivery": true });
    let answer = world.call("bulk-messages", bulk).await.ok();
    assert_eq!(
        (&answer.data["counts"]["sent"], &answer.data["counts"]["not_attempted"]),
        (&json!(12), &json!(1))
    );
    let deliveries = answer.data["deliveries"].as_array().expect("deliveries");
    let of = |status: &str| -> usize {
        let group = deliveries.iter().find(|group| group["status"] == status).expect("the status");
        group["recipients"].as_array().expect("recipients").len()
    };
    assert_eq!((of("delivered"), of("undelivered"), of("failed")), (10, 1, 1));
    contains(
        &answer.text,
        &["Delivery: delivered", "This is so for 10", &format!("This is so for 1: {UNDELIVERED}")],
    );
    assert_eq!(world.sandbox.requests(Operation::GetMessage), 0, "lists cost less than single reads");
}

/// The outcome of the send stands, whatever becomes of the waiting.
#[tokio::test]
async fn waiting_never_changes_the_outcome() {
    let world = World::start().await;
    world.sandbox.faults().always(Operation::GetMessage, Fault::server_error());
    let answer = world.call("send-message", waiting(NORA)).await.ok();
    assert!(answer.data["delivery"].is_null());
    assert_eq!(answer.data["status"], "queued");

    world.sandbox.faults().clear();
    let before = world.sandbox.requests(Operation::GetMessage);
    let token = CancellationToken::new();
    let cx = world.cx(ALPHA).with_cancellation(token.clone());
    let call = world.call_in(&cx, "send-message", waiting(STAYS_SENT));
    let cancel = async {
        while world.sandbox.requests(Operation::GetMessage) == before {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        token.cancel();
    };
    let (answer, ()) = futures_util::join!(call, cancel);
    let answer = answer.ok();
    assert_eq!(answer.data["duplicate"], false);
    assert!(answer.data["messageId"].is_string());
    assert_eq!(world.sent().len(), 2);
}

#[tokio::test]
async fn waiting_ends_before_the_call_does() {
    let world = World::start().await;
    // The inboxes are known, so that the text is begun in time.
    world.call("send-message", json!({ "from": "Front desk", "to": NORA, "content": "First" })).await.ok();
    let deadline = tokio::time::Instant::now() + Duration::from_secs(12);
    let cx = world.cx(ALPHA).with_deadline(deadline);
    let answer = world.call_in(&cx, "send-message", waiting(STAYS_SENT)).await.ok();
    assert!(tokio::time::Instant::now() < deadline, "the answer was due");
    assert_eq!(answer.data["delivery"]["status"], "sent");
    contains(&answer.text, &["Whether it arrived is not known yet"]);
}

#[tokio::test]
async fn get_message_explains_every_state() {
    let world = World::start().await;
    for (to, status, said) in [
        (NORA, "delivered", "arrived on the phone"),
        (UNDELIVERED, "undelivered", "landline, switched off or out of service"),
        (FAILS, "failed", "repeat=true and a new idempotencyKey"),
    ] {
        let sent = world.call("send-message", waiting(to)).await.ok();
        let id = sent.data["messageId"].clone();
        let answer = world
            .call("get-message", json!({ "messageId": id, "timeZone": "America/Los_Angeles" }))
            .await
            .ok();
        assert_eq!(answer.data["delivery"]["status"], status);
        assert_eq!(answer.data["message"]["text"], "Hi");
        assert_eq!(answer.data["message"]["at"], "2026-11-22T10:30:00-08:00");
        assert_eq!(answer.data["inbox"]["name"], "Front desk");
        contains(
            &answer.text,
            &[said, id.as_str().expect("an id"), "> Hi", "Since 2026-11-22T10:30:00-08:00"],
        );
    }
}

#[tokio::test]
async fn get_message_finds_only_what_is_within_reach() {
    let world = World::start().await;
    let sent = world
        .call("send-message", json!({ "from": "Front desk", "to": NORA, "content": "Secret" }))
        .await
        .ok();
    let id = json!({ "messageId": sent.data["messageId"] });
    let other = world.call("fetch-messages", json!({ "inbox": "Emergency line" })).await.ok();
    let only: Limits =
        serde_json::from_value(json!({ "inboxes": [other.data["inbox"]["id"]] })).expect("limits");
    let error = world.call_limited(&only, "get-message", id.clone()).await.error();
    contains(&error, &["no message with that id in the inboxes within reach"]);
    assert!(!error.contains("Secret"));
    let own: Limits =
        serde_json::from_value(json!({ "inboxes": [sent.data["from"]["id"]] })).expect("limits");
    world.call_limited(&own, "get-message", id).await.ok();

    contains(
        &world.call("get-message", json!({ "messageId": "CN123" })).await.error(),
        &["it starts with AC"],
    );
    contains(&world.call("get-message", json!({ "id": "ACnone" })).await.error(), &["has no such thing"]);
    contains(
        &world.call("get-message", json!({ "messageId": "AC1", "timeZone": "Mars" })).await.error(),
        &["timeZone", "IANA zone"],
    );
    world.sandbox.faults().always(Operation::GetMessage, Fault::bad_gateway());
    contains(
        &world.call("get-message", json!({ "messageId": "AC1" })).await.error(),
        &["failing or out of reach"],
    );
}
