//! The predecessor's faults, each by its number in the list of its defects, so that none comes back. Those with
//! a home of their own are only named: C3, C4 (`bulk`), C8 (`transcripts`), C12 (`send`), S23 (`hostile`), P16
//! (`views`).

use openphone_sandbox::{Fault, On, Operation};
use serde_json::{Value, json};

use crate::world::{ALPHA, DESK, NORA, STRANGER, World, contains};

fn text(to: &str) -> Value {
    json!({ "from": DESK, "to": to, "content": "Hello" })
}

/// An extra request before every call, and a rate limit reported as a bad key.
#[tokio::test]
async fn c1_no_request_before_every_call_and_no_rate_limit_as_bad_key() {
    let world = World::start().await;
    for to in [NORA, STRANGER, "+14155550143"] {
        world.call("send-message", text(to)).await.ok();
    }
    assert_eq!(world.sandbox.requests(Operation::ListPhoneNumbers), 1, "asked once, then remembered");
    // Of who has written, their messages are read for an opt-out; of who has not, also whether we have.
    assert_eq!(world.sandbox.requests(Operation::ListMessages), 5);
    world.advance(60);
    world.call("send-message", json!({ "from": DESK, "to": NORA, "content": "Again" })).await.ok();
    assert_eq!(world.sandbox.requests(Operation::ListMessages), 5, "remembered, too");
    assert_eq!(world.sandbox.request_log().values().sum::<u64>(), 10, "{:?}", world.sandbox.request_log());

    let world = World::start().await;
    for fault in [Fault::too_many_requests(None), Fault::server_error(), Fault::close()] {
        world.sandbox.faults().always(On::any(), fault);
        let answer = world.call("fetch-messages", json!({ "inbox": DESK })).await.error();
        assert!(answer.contains("key is fine") || answer.contains("key may be fine"), "{answer}");
        world.sandbox.faults().clear();
    }
}

/// Ids were promised and rejected; a row of dashes was accepted.
#[tokio::test]
async fn c2_senders_by_id_and_only_real_numbers() {
    let world = World::start().await;
    let id = world.call("send-message", text(NORA)).await.ok().data["from"]["id"].clone();
    world.call("send-message", json!({ "from": id, "to": STRANGER, "content": "Hello" })).await.ok();
    for wrong in ["----------", "(555) 010-0123", "72727"] {
        world.call("send-message", text(wrong)).await.error();
    }
    assert_eq!(world.posts(), 2);
}

/// Invalid recipients were dropped in silence and the rest was sent.
#[tokio::test]
async fn c3_no_recipient_is_dropped_in_silence() {
    let world = World::start().await;
    let arguments = json!({ "from": DESK, "to": [NORA, "nobody"], "content": "Hello" });
    contains(
        &world.call("bulk-messages", arguments).await.error(),
        &["to[1]", "nobody", "Nothing was sent."],
    );
    assert_eq!(world.posts(), 0);
}

/// A time-out counted as a failure, so that the retry texted everyone again.
#[tokio::test]
async fn c4_a_timeout_is_unknown_and_the_retry_texts_nobody_twice() {
    let world = World::start().await;
    // The client gives up after two seconds; the simulator has sent the text by then.
    world.sandbox.faults().next(1, On::sends(), Fault::hang().after_processing());
    let arguments = json!({ "from": DESK, "to": [NORA, STRANGER], "content": "Hello" });
    let first = world.call("bulk-messages", arguments.clone()).await.ok();
    assert_eq!(first.data["counts"]["unknown"], 1);
    world.call("bulk-messages", arguments).await.ok();
    assert_eq!(world.sent().len(), 2);
}

/// The newest messages were those of the first conversations; only 50 conversations were looked at, groups
/// never.
#[tokio::test]
async fn c5_c6_the_newest_messages_of_all_conversations() {
    let world = World::start().await;
    let answer = world.call("fetch-messages", json!({ "inbox": DESK, "maxResults": 3 })).await.ok();
    world.advance(60);
    let sent = world.call("send-message", text("+14155550118")).await.ok();
    let newer = world.call("fetch-messages", json!({ "inbox": DESK, "maxResults": 3 })).await.ok();
    assert_eq!(newer.data["messages"][0]["id"], sent.data["messageId"]);
    assert_eq!(newer.data["messages"][1], answer.data["messages"][0]);
    assert_eq!(world.sandbox.requests(Operation::ListConversationsV1), 0);
    assert_eq!(world.sandbox.requests(Operation::ListMessagesV1), 0);
}

/// Calls of teammates were left out.
#[tokio::test]
async fn c7_calls_of_all_users() {
    let world = World::start().await;
    let answer = world.call("fetch-call-transcripts", json!({ "inbox": DESK, "maxResults": 100 })).await.ok();
    let calls = answer.data["calls"].as_array().expect("calls");
    let mut by: Vec<&str> = calls.iter().filter_map(|call| call["handledBy"].as_str()).collect();
    by.sort_unstable();
    by.dedup();
    assert!(by.len() >= 2, "{by:?}");
}

/// Hundreds of requests one after the other.
#[tokio::test]
async fn c9_a_read_takes_few_requests() {
    let world = World::start().await;
    world.call("fetch-messages", json!({ "inbox": DESK, "maxResults": 100 })).await.ok();
    let requests: u64 = world.sandbox.request_log().values().sum();
    assert!(requests <= 10, "{:?}", world.sandbox.request_log());
}

/// Counts and dates were not checked.
#[tokio::test]
async fn c10_counts_and_dates_are_checked() {
    let world = World::start().await;
    for (name, value) in [
        ("maxResults", json!(0)),
        ("maxResults", json!(-1)),
        ("maxResults", json!(1e6)),
        ("maxResults", json!(1.5)),
        ("createdAfter", json!("yesterday-ish")),
        ("createdBefore", json!(1732000000)),
    ] {
        let mut arguments = json!({ "inbox": DESK });
        arguments[name] = value.clone();
        contains(&world.call("fetch-messages", arguments).await.error(), &[name]);
    }
}

/// Company, role and email were required; ids were thrown away.
#[tokio::test]
async fn c11_contacts_need_a_first_name_and_give_ids() {
    let world = World::start().await;
    let answer = world.call("create-contact", json!({ "contacts": [{ "firstName": "Ada" }] })).await.ok();
    assert!(answer.data["contacts"][0]["id"].is_string());
    // And the predecessor's full form still works.
    let full = json!({ "contacts": [{
        "firstName": "Ben", "lastName": "", "company": "", "role": "",
        "emails": [{ "name": "work", "value": "ben@example.com" }],
        "phoneNumbers": [{ "name": "mobile", "value": STRANGER }]
    }] });
    assert_eq!(world.call("create-contact", full).await.ok().data["created"], 1);
}

/// What the upstream said was thrown away.
#[tokio::test]
async fn c12_the_upstreams_words_are_kept() {
    let world = World::start().await;
    for (to, words) in [
        ("+14155550194", ["A2P 10DLC", "not approved"]),
        ("+14155550195", ["daily limit", "Daily Message Cap Reached"]),
        ("+14155550196", ["subscription has expired", "renew"]),
        ("+14155550119", ["opted out", "STOP"]),
    ] {
        contains(&world.call("send-message", text(to)).await.error(), &words);
    }
    world.sandbox.faults().always(On::sends(), Fault::too_many_requests(Some(9)));
    contains(&world.call("send-message", text(NORA)).await.error(), &["Wait 9 seconds"]);
}

/// An empty result was an error in one place and a success in the other, without structure or bound.
#[tokio::test]
async fn c14_nothing_found_is_the_same_answer_everywhere() {
    let world = World::start().await;
    for (tool, items) in [("fetch-messages", "messages"), ("fetch-call-transcripts", "calls")] {
        let arguments = json!({ "inbox": DESK, "participantPhoneNumber": "+14155559999" });
        let answer = world.call(tool, arguments).await.ok();
        assert_eq!(answer.data[items], json!([]));
        assert_eq!(answer.data["coverage"]["complete"], true);
    }
}

/// Speakers were user ids, times had no zone.
#[tokio::test]
async fn c15_speakers_are_people_and_times_are_local() {
    let world = World::start().await;
    let arguments = json!({ "inbox": DESK, "maxResults": 100, "timeZone": "America/New_York" });
    let answer = world.call("fetch-call-transcripts", arguments).await.ok();
    assert!(!answer.text.contains("User US"));
    contains(&answer.text, &["times in America/New_York", "-05:00"]);
}

/// A message without a list of recipients broke the whole result.
#[tokio::test]
async fn c16_odd_messages_break_nothing() {
    let world = World::start().await;
    let odd = json!({ "data": [
        { "id": "AC1", "from": "72727", "to": [], "text": null, "direction": "incoming", "status": "received",
          "createdAt": "2026-11-22T10:00:00Z", "conversationId": "CN1" },
        { "id": "AC2", "from": "Anonymous", "to": [DESK], "text": "", "direction": "sideways", "status": "teleported",
          "createdAt": "2026-11-22T09:00:00.123Z", "media": [{ "url": "https://example.com/a.jpg", "type": "image/jpeg" }] }
    ], "nextCursor": null });
    world
        .sandbox
        .faults()
        .always(Operation::ListMessages, Fault::answer(200, "application/json", odd.to_string()));
    let answer = world.call("fetch-messages", json!({ "inbox": DESK })).await.ok();
    assert_eq!(answer.data["messages"].as_array().map(Vec::len), Some(2));
    contains(&answer.text, &["72727", "Anonymous", "image/jpeg: https://example.com/a.jpg"]);
}

/// Numbers and hashes went to an analytics service, and into logs.
#[tokio::test]
async fn s21_no_number_and_no_text_reaches_a_log() {
    let world = World::start().await;
    let secret = json!({ "from": DESK, "to": STRANGER, "content": "The gate code is 47110815", "idempotencyKey": "gate" });
    world.call("send-message", secret).await.ok();
    world.call("send-message", json!({ "from": DESK, "to": "415-555-0142", "content": "x" })).await.error();
    world.sandbox.faults().next(1, On::sends(), Fault::a2p_not_approved());
    world.call("send-message", text(NORA)).await.error();
    world.sandbox.faults().next(1, On::sends(), Fault::close());
    world.call("send-message", text(NORA)).await.error();
    world.call("fetch-messages", json!({ "inbox": DESK, "participantPhoneNumber": NORA })).await.ok();
    // Those of every test that has run so far, this one's among them.
    let lines = crate::log::lines();
    assert!(lines.iter().any(|line| line.contains("tool failed")), "failures are logged: {lines:?}");
    for line in lines.iter().filter(|line| !line.contains("openphone_sandbox")) {
        for canary in ["4155550142", "4155550101", "555-0142", "47110815", "gate code", ALPHA] {
            assert!(!line.contains(canary), "{canary} in {line}");
        }
    }
}

/// A path segment was not encoded.
#[tokio::test]
async fn s26_an_id_cannot_leave_its_place_in_the_path() {
    let world = World::start().await;
    for id in ["PN1/../../users", "PN1?x=1", "PN%2f..", "US/../x"] {
        let inbox = world.call("fetch-messages", json!({ "inbox": id })).await.error();
        contains(&inbox, &["no inbox within reach"]);
        world.call("fetch-messages", json!({ "inbox": DESK, "userId": id })).await.error();
    }
    assert_eq!(world.sandbox.requests(Operation::ListMessages), 0);
}
