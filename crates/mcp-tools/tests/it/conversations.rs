//! `list-conversations` and `set-conversation-state` as a whole.

use std::collections::{BTreeMap, HashSet};

use mcp_tools::Limits;
use mcp_tools::reading::RESULT_BYTES;
use openphone_sandbox::{Fault, Operation};
use serde_json::{Value, json};

use crate::world::{Answer, BRAVO, DESK, NORA, THEO, World, contains};

const MARKS: [(&str, Operation); 3] = [
    ("done", Operation::MarkConversationDone),
    ("open", Operation::MarkConversationOpen),
    ("read", Operation::MarkConversationRead),
];

fn conversations(answer: &Answer) -> &[Value] {
    answer.data["conversations"].as_array().expect("conversations")
}

fn id(item: &Value) -> String {
    item["id"].as_str().expect("an id").to_owned()
}

async fn everything(world: &World, tool: &str, items: &str, mut arguments: Value) -> Vec<Value> {
    let mut all = Vec::new();
    for _ in 0..100 {
        let answer = world.call(tool, arguments.clone()).await.ok();
        all.extend_from_slice(answer.data[items].as_array().expect("items"));
        if answer.data["coverage"]["complete"] == true {
            return all;
        }
        arguments["cursor"] = answer.data["coverage"]["cursor"].clone();
        assert!(arguments["cursor"].is_string(), "{}", answer.text);
    }
    panic!("the list has no end")
}

async fn listed(world: &World, arguments: Value) -> Vec<Value> {
    everything(world, "list-conversations", "conversations", arguments).await
}

fn numbers(people: &[&Value]) -> String {
    let mut numbers: Vec<&str> = people.iter().filter_map(|person| person["number"].as_str()).collect();
    numbers.retain(|number| {
        !number.starts_with("+141555501") || !["+14155550150", "+14155550151"].contains(number)
    });
    numbers.sort_unstable();
    numbers.join(",")
}

/// What the other tools say: for each set of participants the last event, whether they are waiting, and since when.
async fn oracle(world: &World, inbox: &str) -> BTreeMap<String, (String, bool, String)> {
    let ask = || json!({ "inbox": inbox, "maxResults": 100 });
    let mut threads: BTreeMap<String, Vec<(String, String, bool)>> = BTreeMap::new();
    for message in everything(world, "fetch-messages", "messages", ask()).await {
        let to = message["to"].as_array().expect("people");
        let people: Vec<&Value> = std::iter::once(&message["from"]).chain(to).collect();
        let waits = message["direction"] == "incoming" && message["text"] != "STOP";
        let at = message["at"].as_str().expect("a time").to_owned();
        threads.entry(numbers(&people)).or_default().push((at, id(&message), waits));
    }
    for call in everything(world, "list-calls", "calls", ask()).await {
        let people: Vec<&Value> = call["with"].as_array().expect("people").iter().collect();
        let at = call["at"].as_str().expect("a time").to_owned();
        threads.entry(numbers(&people)).or_default().push((at, id(&call), call["outcome"] == "missed"));
    }
    threads
        .into_iter()
        .map(|(people, mut events)| {
            events.sort();
            events.reverse();
            // Nobody can answer a short code or a withheld number.
            if !people.contains('+') {
                events.iter_mut().for_each(|event| event.2 = false);
            }
            let since = events
                .iter()
                .take_while(|event| event.2)
                .last()
                .map_or_else(String::new, |event| event.0.clone());
            let (_, last, waits) = events.swap_remove(0);
            (people, (last, waits, since))
        })
        .collect()
}

#[tokio::test]
async fn who_is_waiting_and_since_when() {
    let world = World::start().await;
    let arguments = json!({ "inbox": "Front desk", "waitingOnly": true, "timeZone": "America/Los_Angeles" });
    let answer = world.call("list-conversations", arguments).await.ok();
    insta::assert_snapshot!(answer.text);
    assert_eq!(answer.data["coverage"]["complete"], true);
}

/// Every conversation, its last event, who waits and since when: as the lists of messages and calls have it.
#[tokio::test]
async fn it_agrees_with_messages_and_calls() {
    let world = World::start().await;
    for inbox in ["Front desk", "Emergency line"] {
        let expected = oracle(&world, inbox).await;
        let all = listed(&world, json!({ "inbox": inbox, "maxResults": 100 })).await;
        assert_eq!(all.len(), expected.len(), "{inbox}");
        for conversation in &all {
            let people: Vec<&Value> = conversation["with"].as_array().expect("people").iter().collect();
            let (last, waits, since) = &expected[&numbers(&people)];
            assert_eq!(conversation["last"]["id"], *last, "{conversation}");
            assert_eq!(conversation["waiting"], *waits, "{conversation}");
            assert_eq!(conversation["waitingSince"].as_str().unwrap_or_default(), since, "{conversation}");
            let waited = conversation["waitingFor"].as_str().unwrap_or_default();
            assert!(waited.is_empty() != *waits && !waited.contains("at least"), "{conversation}");
        }
        let times: Vec<&str> = all.iter().filter_map(|item| item["lastActivityAt"].as_str()).collect();
        assert!(times.len() == all.len() && times.is_sorted_by(|newer, older| newer >= older), "{times:?}");
        // Few at a time, and waiting ones alone: the same ones.
        assert_eq!(listed(&world, json!({ "inbox": inbox, "maxResults": 3 })).await, all);
        let waiting: Vec<&Value> = all.iter().filter(|item| item["waiting"] == true).collect();
        let found = listed(&world, json!({ "inbox": inbox, "waitingOnly": true, "maxResults": 2 })).await;
        assert_eq!(found.iter().collect::<Vec<_>>(), waiting);
        assert!(!waiting.is_empty() && waiting.len() < all.len(), "{inbox}");
        let kinds: HashSet<&str> = waiting.iter().filter_map(|item| item["last"]["kind"].as_str()).collect();
        assert_eq!(kinds.len(), if inbox == "Front desk" { 2 } else { 1 }, "{inbox}: {kinds:?}");
    }
}

#[tokio::test]
async fn an_answer_ends_the_wait_and_a_text_begins_it() {
    let world = World::start().await;
    let ask = |number: &str| json!({ "inbox": "Front desk", "participantPhoneNumber": number });
    let waiting = listed(&world, json!({ "inbox": "Front desk", "waitingOnly": true })).await;
    let number = waiting[0]["with"][0]["number"].as_str().expect("a number").to_owned();
    world.advance(60);
    world
        .call("send-message", json!({ "from": "Front desk", "to": number, "content": "Here I am" }))
        .await
        .ok();
    let now = listed(&world, ask(&number)).await;
    let now = now.iter().find(|item| item["id"] == waiting[0]["id"]).expect("the conversation");
    assert_eq!((&now["waiting"], &now["last"]["text"]), (&json!(false), &json!("Here I am")));
    assert!(now["last"]["by"].is_string());
    // Two texts of theirs: they wait since the first.
    world.advance(60);
    world.sandbox.incoming_text(crate::world::ALPHA, &number, DESK, "Hello?").expect("a text");
    world.advance(3 * 86_400);
    world.sandbox.incoming_text(crate::world::ALPHA, &number, DESK, "Anybody?").expect("a text");
    let answer = world.call("list-conversations", ask(&number)).await.ok();
    let item =
        conversations(&answer).iter().find(|item| item["id"] == waiting[0]["id"]).expect("the conversation");
    assert_eq!(item["waiting"], true);
    assert_eq!(item["waitingSince"], "2026-11-22T18:32:00Z");
    assert_eq!((&item["waitingFor"], &item["unanswered"]), (&json!("3 days"), &json!(2)));
    contains(
        &answer.text,
        &["WAITING for us with 2 unanswered for 3 days, since 2026-11-22T18:32:00Z", "> Anybody?"],
    );
}

#[tokio::test]
async fn participants_and_dates_narrow_the_list() {
    let world = World::start().await;
    let all = listed(&world, json!({ "inbox": "Front desk", "maxResults": 100 })).await;
    for number in [NORA, THEO, "10155"] {
        let found = listed(&world, json!({ "inbox": "Front desk", "participantPhoneNumber": number })).await;
        let expected: Vec<&Value> =
            all.iter().filter(|item| item["with"].to_string().contains(&format!("\"{number}\""))).collect();
        assert!(!expected.is_empty(), "{number}");
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{number}");
    }
    let group = all.iter().find(|item| item["with"].as_array().expect("people").len() > 1).expect("a group");
    let members: Vec<&Value> =
        group["with"].as_array().expect("people").iter().map(|person| &person["number"]).collect();
    let found = listed(&world, json!({ "inbox": "Front desk", "participantPhoneNumbers": members })).await;
    assert!(found.iter().any(|item| item["id"] == group["id"]));

    let arguments = json!({ "inbox": "Front desk", "activeAfter": "last 14 days", "activeBefore": "2 days ago", "maxResults": 2 });
    let found = listed(&world, arguments.clone()).await;
    let inside = |item: &&Value| {
        let at = item["lastActivityAt"].as_str().expect("a time");
        ("2026-11-08T00:00:00Z".."2026-11-21T00:00:00Z").contains(&at)
    };
    let expected: Vec<&Value> = all.iter().filter(inside).collect();
    assert!(!expected.is_empty() && expected.len() < all.len());
    assert_eq!(found.iter().collect::<Vec<_>>(), expected);
    // Names that a model may take for the same.
    let mut other = arguments;
    for (old, new) in [("activeAfter", "updatedAfter"), ("activeBefore", "createdBefore")] {
        other[new] = other.as_object_mut().expect("arguments").remove(old).expect("a date");
    }
    assert_eq!(listed(&world, other).await, found);
}

#[tokio::test]
async fn who_opted_out_or_has_no_number_is_not_waiting() {
    let world = World::start().await;
    for (number, text, said) in
        [("+14155550119", "> STOP", "opted out of texts"), ("10155", "> Gull & Oar Parcels", "not waiting")]
    {
        let arguments = json!({ "inbox": "Front desk", "participantPhoneNumber": number });
        let answer = world.call("list-conversations", arguments).await.ok();
        assert_eq!(conversations(&answer)[0]["waiting"], false);
        contains(&answer.text, &[text, said]);
    }
}

/// One request per fifty messages and calls, none per conversation.
#[tokio::test]
async fn a_list_takes_few_requests() {
    let world = World::start().await;
    let answer =
        world.call("list-conversations", json!({ "inbox": "Front desk", "maxResults": 100 })).await.ok();
    assert!(conversations(&answer).len() > 15);
    let requests: u64 = world.sandbox.request_log().values().sum();
    assert!(requests <= 14, "{:?}", world.sandbox.request_log());
    let bytes = answer.text.len() + answer.data.to_string().len();
    assert!(bytes <= RESULT_BYTES, "{bytes}");
}

/// What the lists do not reach is asked for by its id; what cannot be read at all is not called answered (C8).
#[tokio::test]
async fn what_cannot_be_read_is_not_known() {
    let world = World::start().await;
    let ask = || json!({ "inbox": "Front desk" });
    let whole = world.call("list-conversations", ask()).await.ok();
    world.sandbox.faults().always(Operation::ListMessages, Fault::server_error());
    let answer = world.call("list-conversations", ask()).await.ok();
    for (found, expected) in conversations(&answer).iter().zip(conversations(&whole)) {
        assert_eq!((&found["last"], &found["waiting"]), (&expected["last"], &expected["waiting"]), "{found}");
    }
    assert!(world.sandbox.requests(Operation::GetMessage) > 0);
    // Since when they wait is a lower bound then.
    contains(&answer.text, &["for at least"]);

    for operation in [Operation::ListCalls, Operation::GetMessage, Operation::GetCall] {
        world.sandbox.faults().always(operation, Fault::server_error());
    }
    for arguments in [ask(), json!({ "inbox": "Front desk", "waitingOnly": true })] {
        let answer = world.call("list-conversations", arguments).await.ok();
        assert_eq!(conversations(&answer).len(), 20);
        assert!(conversations(&answer).iter().all(|item| item["waiting"].is_null()));
        assert_eq!(answer.data["coverage"]["complete"], false);
        contains(&answer.text, &["not known whether waiting", "could not be read: OpenPhone is failing"]);
    }
    let world = World::start().await;
    world.sandbox.faults().always(Operation::ListConversationsV1, Fault::server_error());
    contains(&world.call("list-conversations", ask()).await.error(), &["OpenPhone is failing"]);
}

fn conversation(id: &str, change: &Value) -> Value {
    let mut conversation = json!({
        "id": id, "phoneNumberId": "PN1", "participants": [NORA], "name": null, "assignedTo": null,
        "lastActivityAt": "2026-11-22T10:00:00Z", "lastActivityId": "AC1", "mutedUntil": null, "snoozedUntil": null,
        "createdAt": "2026-10-01T10:00:00Z", "updatedAt": null, "deletedAt": null
    });
    for (field, value) in change.as_object().expect("fields") {
        conversation[field] = value.clone();
    }
    conversation
}

/// Odd conversations: deleted, never active, without participants, snoozed, assigned to the machine.
#[tokio::test]
async fn odd_conversations_break_nothing() {
    let world = World::start().await;
    let list = json!({ "data": [
        conversation("CN1", &json!({ "deletedAt": "2026-11-22T11:00:00Z" })),
        conversation("CN2", &json!({ "snoozedUntil": "2026-12-01T10:00:00Z", "assignedTo": "SYU1", "name": "The \"crew\"" })),
        conversation("CN3", &json!({ "snoozedUntil": "2026-11-01T10:00:00Z", "participants": [], "lastActivityId": "AC404" })),
        conversation("CN4", &json!({ "lastActivityAt": null, "lastActivityId": null, "participants": [THEO] })),
    ], "totalItems": 4, "nextPageToken": null });
    world
        .sandbox
        .faults()
        .always(Operation::ListConversationsV1, Fault::answer(200, "application/json", list.to_string()));
    let text = json!({ "data": [{
        "id": "AC1", "from": NORA, "to": [DESK], "text": null, "phoneNumberId": "PN1", "conversationId": "CN2",
        "direction": "incoming", "userId": null, "status": "received", "createdAt": "2026-11-22T10:00:00Z",
        "media": [{ "url": "https://example.com/a.jpg", "type": "image/jpeg" }]
    }], "nextCursor": null });
    world
        .sandbox
        .faults()
        .always(Operation::ListMessages, Fault::answer(200, "application/json", text.to_string()));
    let answer = world.call("list-conversations", json!({ "inbox": "Front desk" })).await.ok();
    let ids: Vec<String> = conversations(&answer).iter().map(id).collect();
    assert_eq!(ids, ["CN2", "CN3", "CN4"]);
    let [crew, lost, silent] = conversations(&answer) else { panic!("three") };
    assert_eq!(
        (&crew["assignedTo"], &crew["name"], &crew["waiting"]),
        (&json!("AI agent"), &json!("The 'crew'"), &json!(true))
    );
    assert!(lost["snoozedUntil"].is_null() && lost["waiting"].is_null() && silent["waiting"].is_null());
    contains(&answer.text, &["snoozed until 2026-12-01", "> (1 file(s))", "[CN3] unknown"]);
}

#[tokio::test]
async fn a_conversation_is_marked_and_nothing_else() {
    let world = World::start().await;
    let nora = listed(&world, json!({ "inbox": "Front desk", "participantPhoneNumber": NORA })).await;
    let conversation = id(nora.last().expect("a conversation"));
    for (state, operation) in MARKS {
        let arguments = json!({ "conversationId": conversation, "state": state });
        let before = world.sandbox.request_log();
        let answer = world.call("set-conversation-state", arguments.clone()).await.ok();
        assert_eq!((&answer.data["id"], &answer.data["state"]), (&json!(conversation), &json!(state)));
        assert_eq!(answer.data["inbox"]["name"], "Front desk");
        contains(&answer.text, &[&format!("Marked as {state}: [{conversation}]"), NORA]);
        assert_eq!(world.sandbox.requests(operation), 1);
        let after: u64 = world.sandbox.request_log().values().sum();
        assert_eq!(after, before.values().sum::<u64>() + 1, "one request");
        // Twice is as once.
        assert_eq!(world.call("set-conversation-state", arguments).await.ok().data, answer.data);
    }
    assert_eq!(world.posts(), 0);
    for (wrong, said) in [
        (json!({ "conversationId": "AC1", "state": "done" }), "starts with CN"),
        (json!({ "conversationId": "CN1/../../users", "state": "done" }), "no conversation id"),
        (json!({ "conversationId": conversation, "state": "closed" }), "state"),
        (json!({ "conversationId": "CN404", "state": "done" }), "no such thing"),
        (json!({ "state": "done" }), "conversationId"),
    ] {
        let text = world.call("set-conversation-state", wrong).await.error();
        contains(&text, &[said, "Nothing was created or changed."]);
    }
    // Another workspace's conversation is not there.
    let arguments = json!({ "conversationId": conversation, "state": "done" });
    let text = world.call_in(&world.cx(BRAVO), "set-conversation-state", arguments).await.error();
    contains(&text, &["no such thing", "Nothing was created or changed."]);
}

/// A connection that reaches one inbox marks what is in it, and nothing beyond.
#[tokio::test]
async fn a_bound_connection_marks_only_what_it_reaches() {
    let world = World::start().await;
    let first = |inbox: &str| {
        let arguments = json!({ "inbox": inbox, "maxResults": 1 });
        let world = &world;
        async move { world.call("list-conversations", arguments).await.ok() }
    };
    let (ours, theirs) = (first("Front desk").await, first("Emergency line").await);
    let limits: Limits =
        serde_json::from_value(json!({ "inboxes": [ours.data["inbox"]["id"]] })).expect("limits");
    let mark = |answer: &Answer| json!({ "conversationId": conversations(answer)[0]["id"], "state": "done" });
    world.call_limited(&limits, "set-conversation-state", mark(&ours)).await.ok();
    let text = world.call_limited(&limits, "set-conversation-state", mark(&theirs)).await.error();
    contains(&text, &["no conversation with this id among the latest", "Nothing was created or changed."]);
    assert_eq!(world.sandbox.requests(Operation::MarkConversationDone), 1);
    let text =
        world.call_limited(&limits, "list-conversations", json!({ "inbox": "Emergency line" })).await.error();
    contains(&text, &["no inbox within reach"]);
    let reading: Limits = serde_json::from_value(json!({ "readOnly": true })).expect("limits");
    let text = world.call_limited(&reading, "set-conversation-state", mark(&ours)).await.error();
    contains(&text, &["set-conversation-state is not available", "Nothing was done."]);
}

/// When it cannot be made sure that a conversation is within reach, nothing is marked.
#[tokio::test]
async fn nothing_is_marked_on_a_guess() {
    let world = World::start().await;
    let list = world.call("list-conversations", json!({ "inbox": "Front desk", "maxResults": 1 })).await.ok();
    let limits: Limits =
        serde_json::from_value(json!({ "inboxes": [list.data["inbox"]["id"]] })).expect("limits");
    world.sandbox.faults().always(Operation::ListConversations, Fault::server_error());
    let arguments = json!({ "conversationId": conversations(&list)[0]["id"], "state": "done" });
    let text = world.call_limited(&limits, "set-conversation-state", arguments).await.error();
    contains(&text, &["OpenPhone is failing", "Nothing was created or changed."]);
    assert_eq!(world.sandbox.requests(Operation::MarkConversationDone), 0);
}

#[tokio::test]
async fn a_mark_whose_answer_is_lost_is_told_as_such() {
    for fault in [Fault::close().after_processing(), Fault::truncate()] {
        let world = World::start().await;
        let list =
            world.call("list-conversations", json!({ "inbox": "Front desk", "maxResults": 1 })).await.ok();
        world.sandbox.faults().always(Operation::MarkConversationDone, fault);
        let arguments = json!({ "conversationId": conversations(&list)[0]["id"], "state": "done" });
        let text = world.call("set-conversation-state", arguments).await.error();
        contains(&text, &["not known whether it was made", "made a second time, it changes nothing more"]);
    }
}
