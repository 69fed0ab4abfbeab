//! `fetch-messages` as a whole: complete, or says what is missing.

use std::collections::HashSet;

use mcp_tools::reading::RESULT_BYTES;
use openphone_sandbox::{Fault, Operation};
use serde_json::{Value, json};

use crate::world::{Answer, DESK, NORA, THEO, World, contains};

fn messages(answer: &Answer) -> &[Value] {
    answer.data["messages"].as_array().expect("messages")
}

fn ids(answer: &Answer) -> Vec<String> {
    messages(answer).iter().map(|message| message["id"].as_str().expect("an id").to_owned()).collect()
}

/// Reads on with the cursor until the list says that it is complete.
async fn everything(world: &World, mut arguments: Value) -> Vec<Value> {
    let mut all = Vec::new();
    for _ in 0..200 {
        let answer = world.call("fetch-messages", arguments.clone()).await.ok();
        all.extend_from_slice(messages(&answer));
        if answer.data["coverage"]["complete"] == true {
            return all;
        }
        arguments["cursor"] = answer.data["coverage"]["cursor"].clone();
        assert!(arguments["cursor"].is_string(), "{}", answer.text);
    }
    panic!("the list has no end")
}

#[tokio::test]
async fn the_newest_come_first_from_everyone_in_the_inbox() {
    let world = World::start().await;
    let answer = world.call("fetch-messages", json!({ "inbox": "Front desk" })).await.ok();
    assert_eq!(messages(&answer).len(), 20);
    let times: Vec<&str> =
        messages(&answer).iter().map(|message| message["at"].as_str().expect("a time")).collect();
    assert!(times.is_sorted_by(|newer, older| newer >= older), "{times:?}");
    assert_eq!(answer.data["coverage"]["complete"], false);
    contains(
        &answer.text,
        &["20 message(s) of Front desk", "maxResults reached", "More: the same call with cursor"],
    );
}

#[tokio::test]
async fn cursors_lead_through_everything_once() {
    let world = World::start().await;
    let one_by_one = everything(&world, json!({ "inbox": "Front desk", "maxResults": 7 })).await;
    let in_bulk = everything(&world, json!({ "inbox": "Front desk", "maxResults": 100 })).await;
    assert!(in_bulk.len() > 100, "{}", in_bulk.len());
    assert_eq!(one_by_one, in_bulk);
    let distinct: HashSet<&str> =
        in_bulk.iter().map(|message| message["id"].as_str().expect("an id")).collect();
    assert_eq!(distinct.len(), in_bulk.len());
    // Teammates and groups are among them.
    let senders: HashSet<&str> = in_bulk.iter().filter_map(|message| message["sentBy"].as_str()).collect();
    assert!(senders.len() >= 2, "{senders:?}");
    assert!(in_bulk.iter().any(|message| message["to"].as_array().expect("recipients").len() > 1));
}

#[tokio::test]
async fn a_participant_is_found_on_both_sides_and_in_groups() {
    let world = World::start().await;
    let all = everything(&world, json!({ "inbox": "Front desk", "maxResults": 100 })).await;
    let takes_part = |message: &&Value, number: &str| {
        message["from"]["number"] == number
            || message["to"].as_array().expect("recipients").iter().any(|person| person["number"] == number)
    };
    for number in [NORA, THEO] {
        let expected: Vec<&Value> = all.iter().filter(|message| takes_part(message, number)).collect();
        let arguments = json!({ "inbox": "Front desk", "participantPhoneNumber": number, "maxResults": 3 });
        let found = everything(&world, arguments).await;
        assert!(
            found.iter().collect::<Vec<_>>() == expected,
            "{number}: {} of {}",
            found.len(),
            expected.len()
        );
        assert!(found.iter().any(|message| message["direction"] == "incoming"));
        assert!(found.iter().any(|message| message["direction"] == "outgoing"));
    }
    let group = all.iter().find(|message| {
        message["to"].as_array().expect("recipients").len() > 2 || {
            message["direction"] == "outgoing" && message["to"].as_array().expect("recipients").len() > 1
        }
    });
    let group = group.expect("a group thread");
    let members: Vec<&str> = group["to"]
        .as_array()
        .expect("recipients")
        .iter()
        .filter_map(|person| person["number"].as_str())
        .filter(|number| *number != DESK)
        .collect();
    let arguments = json!({ "inbox": "Front desk", "participantPhoneNumbers": members, "maxResults": 100 });
    let found = everything(&world, arguments).await;
    assert!(found.iter().any(|message| message["id"] == group["id"]));
    let expected =
        all.iter().filter(|message| members.iter().all(|number| takes_part(message, number))).count();
    assert_eq!(found.len(), expected);
}

#[tokio::test]
async fn dates_are_read_in_the_stated_zone() {
    let world = World::start().await;
    let all = everything(
        &world,
        json!({ "inbox": "Front desk", "maxResults": 100, "timeZone": "America/Los_Angeles" }),
    )
    .await;
    let day = &all[all.len() / 2]["at"].as_str().expect("a time")[..10];
    let arguments = json!({
        "inbox": "Front desk", "createdAfter": day, "createdBefore": day, "timeZone": "America/Los_Angeles", "maxResults": 100
    });
    let found = everything(&world, arguments).await;
    let expected =
        all.iter().filter(|message| message["at"].as_str().expect("a time").starts_with(day)).count();
    assert!(expected > 0);
    assert_eq!(found.len(), expected);
    assert!(found.iter().all(|message| message["at"].as_str().expect("a time").ends_with("-08:00")
        || message["at"].as_str().expect("a time").ends_with("-07:00")));
}

/// Who wrote it: a teammate by id or name, or somebody else by number, in groups as well.
#[tokio::test]
async fn messages_of_one_sender() {
    let world = World::start().await;
    let all = everything(&world, json!({ "inbox": "Front desk", "maxResults": 100 })).await;
    let of = |chosen: &dyn Fn(&Value) -> bool| -> Vec<Value> {
        all.iter().filter(|message| chosen(message)).cloned().collect()
    };
    let marcus = of(&|message| message["sentBy"] == "Marcus Oyelaran");
    assert!(marcus.len() > 5 && marcus.len() < all.len());
    let users = world.call("list-users", json!({})).await.ok();
    let users = users.data["users"].as_array().expect("users").clone();
    let id = users.iter().find(|user| user["name"] == "Marcus Oyelaran").expect("Marcus")["id"].clone();
    for (name, sender) in [
        ("sender", json!("Marcus Oyelaran")),
        ("sender", json!("marcus")),
        ("sender", id.clone()),
        ("userId", id),
    ] {
        let mut arguments = json!({ "inbox": "Front desk", "maxResults": 9 });
        arguments[name] = sender.clone();
        assert_eq!(everything(&world, arguments).await, marcus, "{name} {sender}");
    }
    for number in [NORA, "+1 (415) 555-0101"] {
        let arguments = json!({ "inbox": "Front desk", "sender": number, "maxResults": 4 });
        assert_eq!(everything(&world, arguments).await, of(&|message| message["from"]["number"] == NORA));
    }
    // In a group thread, of one of its members alone.
    let group = all.iter().find(|message| {
        message["direction"] == "incoming" && message["to"].as_array().expect("recipients").len() > 1
    });
    let group = group.expect("a text in a group");
    let from = group["from"]["number"].clone();
    let other = &group["to"]
        .as_array()
        .expect("recipients")
        .iter()
        .find(|person| person["number"] != DESK)
        .expect("another")["number"];
    let arguments = json!({ "inbox": "Front desk", "sender": from, "participantPhoneNumber": other });
    let found = everything(&world, arguments).await;
    assert!(found.iter().any(|message| message["id"] == group["id"]));
    assert!(found.iter().all(|message| message["from"]["number"] == from));
    for (wrong, said) in [("415-555-0101", "+14155550101"), ("nobody at all", "nobody within reach")] {
        contains(
            &world.call("fetch-messages", json!({ "inbox": "Front desk", "sender": wrong })).await.error(),
            &["sender", said],
        );
    }
    let cursor = world
        .call("fetch-messages", json!({ "inbox": "Front desk", "sender": "marcus", "maxResults": 1 }))
        .await
        .ok();
    let arguments = json!({ "inbox": "Front desk", "cursor": cursor.data["coverage"]["cursor"] });
    contains(&world.call("fetch-messages", arguments).await.error(), &["other arguments"]);
}

/// The bound of an interval belongs to it on one side only, to the millisecond.
#[tokio::test]
async fn the_first_moment_is_included_and_the_last_is_not() {
    let world = World::start().await;
    let newest = world.call("fetch-messages", json!({ "inbox": "Front desk", "maxResults": 1 })).await.ok();
    let at = messages(&newest)[0]["at"].clone();
    let from = json!({ "inbox": "Front desk", "createdAfter": at });
    assert_eq!(ids(&world.call("fetch-messages", from).await.ok())[0], ids(&newest)[0]);
    let until = json!({ "inbox": "Front desk", "createdBefore": at });
    assert!(!ids(&world.call("fetch-messages", until).await.ok()).contains(&ids(&newest)[0]));
}

#[tokio::test]
async fn names_stand_beside_numbers() {
    let world = World::start().await;
    let arguments = json!({ "inbox": "Front desk", "participantPhoneNumber": NORA, "maxResults": 100 });
    let answer = world.call("fetch-messages", arguments).await.ok();
    for message in messages(&answer) {
        let side = if message["direction"] == "incoming" { &message["from"] } else { &message["to"][0] };
        if side["number"] == NORA {
            assert_eq!(side["name"], "Nora Castillo");
        }
        if message["direction"] == "outgoing" {
            assert!(message["sentBy"].is_string(), "{message}");
        }
    }
    contains(&answer.text, &["\"Nora Castillo\" +14155550101", "\"Front desk\" +14155550150"]);
}

#[tokio::test]
async fn a_sent_text_is_there() {
    let world = World::start().await;
    world.advance(5);
    let sent = world
        .call("send-message", json!({ "from": "Front desk", "to": NORA, "content": "On my way" }))
        .await
        .ok();
    let answer = world.call("fetch-messages", json!({ "inbox": "Front desk", "maxResults": 1 })).await.ok();
    assert_eq!(messages(&answer)[0]["id"], sent.data["messageId"]);
    contains(&answer.text, &["> On my way"]);
}

#[tokio::test]
async fn predecessor_names_of_arguments_work() {
    let world = World::start().await;
    let old = json!({ "inboxPhoneNumber": DESK, "participantPhoneNumber": NORA, "maxResults": 10 });
    let new = json!({ "inbox": DESK, "participantPhoneNumber": NORA, "maxResults": 10 });
    let (old, new) =
        (world.call("fetch-messages", old).await.ok(), world.call("fetch-messages", new).await.ok());
    assert_eq!(old.data, new.data);
    let user = world.call("fetch-messages", json!({ "inbox": DESK, "userId": "US1" })).await.error();
    contains(&user, &["OpenPhone"]);
}

#[tokio::test]
async fn nothing_found_is_a_complete_answer_and_no_error() {
    let world = World::start().await;
    let arguments = json!({ "inbox": "Front desk", "participantPhoneNumber": "+14155559999" });
    let answer = world.call("fetch-messages", arguments).await.ok();
    assert_eq!(answer.data["messages"], json!([]));
    assert_eq!(answer.data["coverage"]["complete"], true);
    contains(&answer.text, &["0 message(s)", "Coverage: complete"]);
}

#[tokio::test]
async fn a_cursor_of_another_query_is_refused() {
    let world = World::start().await;
    let answer = world.call("fetch-messages", json!({ "inbox": "Front desk", "maxResults": 1 })).await.ok();
    let cursor = &answer.data["coverage"]["cursor"];
    for other in [
        json!({ "inbox": "Emergency line", "cursor": cursor }),
        json!({ "inbox": "Front desk", "direction": "incoming", "cursor": cursor }),
        json!({ "inbox": "Front desk", "createdAfter": "2026-11-01", "cursor": cursor }),
    ] {
        contains(
            &world.call("fetch-messages", other).await.error(),
            &["belongs to a call with other arguments"],
        );
    }
    let calls = json!({ "inbox": "Front desk", "cursor": cursor });
    contains(&world.call("fetch-call-transcripts", calls).await.error(), &["other arguments"]);
}

/// 100 long messages: cut at a whole item, inside the budget, and nothing is lost.
#[tokio::test]
async fn a_result_fits_its_budget_and_the_cursor_goes_on() {
    let world = World::start().await;
    let long = "ä\n".repeat(790);
    let page: Vec<Value> = (0..50).map(|index| incoming(&format!("AC{index:03}"), &long, 0)).collect();
    let body = json!({ "data": page, "nextCursor": null }).to_string();
    world.sandbox.faults().always(Operation::ListMessages, Fault::answer(200, "application/json", body));
    let answer = world.call("fetch-messages", json!({ "inbox": "Front desk", "maxResults": 50 })).await.ok();
    let bytes = answer.text.len() + answer.data.to_string().len();
    assert!(bytes <= RESULT_BYTES, "{bytes}");
    let first = ids(&answer);
    assert!((2..50).contains(&first.len()), "{}", first.len());
    assert_eq!(answer.data["coverage"]["reason"], "the result is full");

    let mut arguments = json!({ "inbox": "Front desk", "maxResults": 50 });
    arguments["cursor"] = answer.data["coverage"]["cursor"].clone();
    // The scripted answer ignores the filter, as a list does in which many messages share one moment.
    let second = ids(&world.call("fetch-messages", arguments).await.ok());
    assert!(first.iter().all(|id| !second.contains(id)));
    assert_eq!(second[0], format!("AC{:03}", first.len()));
}

/// A message larger than a result is shown all the same, and the cursor leads behind it.
#[tokio::test]
async fn a_message_larger_than_a_result_does_not_hold_up_the_list() {
    let url = |index: usize| format!("https://example.com/{index}?signature={}", "a".repeat(1_900));
    let media = |count: usize| -> Vec<Value> {
        (0..count).map(|index| json!({ "url": url(index), "type": "image/jpeg" })).collect()
    };
    let hidden = "\u{1}".repeat(30);
    for (text, count, others, note) in [
        ("👍".repeat(2_000), 0, 0, None),
        ("👍".repeat(2_000), 1, 200, Some("left out for their length: 1 file(s) and the end of the text")),
        ("Hi".to_owned(), 10, 0, Some("left out for their length: 5 file(s)")),
        ("👍".repeat(2_000), 12, 0, Some("left out for their length: 11 file(s)")),
        ("\\\"".repeat(1_000) + &hidden, 12, 0, Some("left out for their length: 8 file(s)")),
    ] {
        let world = World::start().await;
        let mut large = incoming("AC001", &text, 0);
        large["media"] = media(count).into();
        let to = large["to"].as_array_mut().expect("recipients");
        to.extend((0..others).map(|index| Value::from(format!("+14155552{index:03}"))));
        let body = json!({ "data": [large, incoming("AC002", "Hi", 1)], "nextCursor": null }).to_string();
        world.sandbox.faults().always(Operation::ListMessages, Fault::answer(200, "application/json", body));
        let arguments = json!({ "inbox": "Front desk" });
        let answer = world.call("fetch-messages", arguments.clone()).await.ok();
        let bytes = answer.text.len() + answer.data.to_string().len();
        assert!(bytes <= RESULT_BYTES, "{count}: {bytes}");
        assert_eq!(messages(&answer)[0]["note"].as_str(), note);
        for (index, file) in messages(&answer)[0]["media"].as_array().into_iter().flatten().enumerate() {
            assert_eq!(file["url"], url(index), "an address is whole");
        }
        let all = everything(&world, arguments).await;
        let ids: Vec<&str> = all.iter().filter_map(|message| message["id"].as_str()).collect();
        assert_eq!(ids, ["AC001", "AC002"]);
    }
}

#[tokio::test]
async fn an_address_is_shown_whole_or_not_at_all() {
    let world = World::start().await;
    let signed = format!("https://example.com/a?signature={}", "a".repeat(1_000));
    let mut message = incoming("AC001", "Look", 0);
    message["media"] = json!([
        { "url": signed, "type": "image/jpeg" },
        { "url": format!("https://example.com/b?{}", "b".repeat(3_000)), "type": null },
        { "url": "https://example.com/c\n[ACforged]", "type": null }
    ]);
    let body = json!({ "data": [message], "nextCursor": null }).to_string();
    world.sandbox.faults().always(Operation::ListMessages, Fault::answer(200, "application/json", body));
    let answer = world.call("fetch-messages", json!({ "inbox": "Front desk" })).await.ok();
    assert_eq!(messages(&answer)[0]["media"], json!([{ "url": signed, "type": "image/jpeg" }]));
    contains(&answer.text, &[&signed, "(left out for their length: 2 file(s))"]);
}

#[tokio::test]
async fn default_results_fit_the_budget() {
    let world = World::start().await;
    for tool in ["fetch-messages", "fetch-call-transcripts"] {
        for inbox in ["Front desk", "Emergency line"] {
            let answer = world.call(tool, json!({ "inbox": inbox })).await.ok();
            let bytes = answer.text.len() + answer.data.to_string().len();
            assert!(bytes <= RESULT_BYTES, "{tool} {inbox}: {bytes}");
        }
    }
}

#[tokio::test]
async fn a_failure_midway_keeps_what_was_read() {
    let world = World::start().await;
    world.call("fetch-messages", json!({ "inbox": "Front desk", "maxResults": 1 })).await.ok();
    let page: Vec<Value> = (0..10).map(|index| incoming(&format!("AC{index:03}"), "Hi", index)).collect();
    let body = json!({ "data": page, "nextCursor": "more" }).to_string();
    world.sandbox.faults().next(1, Operation::ListMessages, Fault::answer(200, "application/json", body));
    world.sandbox.faults().always(Operation::ListMessages, Fault::server_error());
    let answer = world.call("fetch-messages", json!({ "inbox": "Front desk" })).await.ok();
    assert_eq!(messages(&answer).len(), 10);
    assert_eq!(answer.data["coverage"]["complete"], false);
    assert!(answer.data["coverage"]["cursor"].is_string());
    contains(&answer.text, &["OpenPhone is failing", "The key may be fine"]);
}

/// What the model sees of each failure of a read.
#[tokio::test]
async fn what_each_fault_says() {
    let mut answers = String::new();
    for (name, fault) in [
        ("429", Fault::too_many_requests(None)),
        ("500", Fault::server_error()),
        ("502", Fault::bad_gateway()),
        ("closed", Fault::close()),
        ("answer no JSON", Fault::malformed_json()),
        (
            "wrong key",
            Fault::answer(
                401,
                "application/json",
                r#"{"title":"Unauthorized","message":"Unauthorized","docs":""}"#,
            ),
        ),
        (
            "forbidden",
            Fault::answer(
                403,
                "application/json",
                r#"{"title":"Forbidden","message":"User is forbidden to perform this action","docs":""}"#,
            ),
        ),
    ] {
        let world = World::start().await;
        world.sandbox.faults().always(Operation::ListMessages, fault);
        let text = world.call("fetch-messages", json!({ "inbox": "Front desk" })).await.error();
        answers.push_str(&format!("{name}\n{text}\n\n"));
    }
    insta::assert_snapshot!(answers);
}

#[tokio::test]
async fn missing_names_are_a_stated_gap_and_no_failure() {
    let world = World::start().await;
    world.sandbox.faults().always(Operation::ListContactsV1, Fault::server_error());
    let answer = world.call("fetch-messages", json!({ "inbox": "Front desk", "maxResults": 2 })).await.ok();
    assert_eq!(messages(&answer).len(), 2);
    contains(&answer.text, &["names are missing"]);
}

fn incoming(id: &str, text: &str, seconds: usize) -> Value {
    let at = format!("2026-11-22T10:{:02}:{:02}Z", 59 - seconds / 60, 59 - seconds % 60);
    json!({
        "id": id, "from": NORA, "to": [DESK], "text": text, "phoneNumberId": "PN1", "conversationId": "CN1",
        "direction": "incoming", "userId": null, "status": "received", "media": [], "createdAt": at, "updatedAt": at
    })
}
