//! Wrong arguments: every wrong field is named with its path, what is expected, and the nearest known field.

use serde_json::{Value, json};

use crate::world::World;

fn cases() -> Vec<(&'static str, Value)> {
    let ok = |to: &str| json!({ "from": "Front desk", "to": to, "content": "Hi" });
    vec![
        ("send-message", json!({})),
        ("send-message", json!({ "to": 14155550101u64, "content": "Hi" })),
        ("send-message", json!({ "too": "+14155550101", "message": "Hi", "idempotency_key": "x" })),
        ("send-message", json!({ "to": "+14155550101", "content": "" })),
        ("send-message", json!({ "from": "Front desk", "to": "415 555 0101", "content": " \n " })),
        ("send-message", json!({ "from": "Front desk", "to": "+14155550101", "content": "a".repeat(1601) })),
        (
            "send-message",
            json!({ "from": "Front desk", "to": "+14155550101", "content": "Hi", "setInboxStatus": "open", "repeat": "yes" }),
        ),
        ("send-message", json!({ "to": "+14155550101", "content": "Hi" })),
        ("send-message", json!({ "from": "Reception", "to": "+14155550101", "content": "Hi" })),
        ("send-message", ok("Nora")),
        ("send-message", ok("----------")),
        (
            "send-message",
            json!({ "from": "Front desk", "to": "+14155550101", "content": "\u{200b}\u{200b}" }),
        ),
        ("bulk-messages", json!({ "from": "Front desk" })),
        ("bulk-messages", json!({ "from": "Front desk", "to": [], "content": "Hi" })),
        ("bulk-messages", json!({ "from": "Front desk", "to": ["+14155550101"] })),
        ("bulk-messages", json!({ "from": "Front desk", "to": "+14155550101", "content": "Hi" })),
        (
            "bulk-messages",
            json!({ "from": "Front desk", "to": ["+14155550101", "4155550102", "x"], "content": "Hi" }),
        ),
        ("bulk-messages", json!({ "from": "Front desk", "to": vec!["+14155550101"; 101], "content": "Hi" })),
        (
            "bulk-messages",
            json!({ "from": "Front desk", "content": "Hi", "messages": [{ "to": "+14155550101", "content": "Hi" }] }),
        ),
        (
            "bulk-messages",
            json!({ "from": "Front desk", "messages": [
            { "to": "+14155550101", "content": "Hi" }, { "to": "+14155550101", "content": "Ho" },
            { "to": "+14155550102", "text": "Hi" }
        ] }),
        ),
        (
            "bulk-messages",
            json!({ "from": "Front desk", "messages": [
            { "to": "+14155550101", "content": "Hi" }, { "to": "+1 415-555-0101", "content": "Ho" }
        ] }),
        ),
        ("fetch-messages", json!({ "inbox": "Front desk", "maxResults": 0 })),
        ("fetch-messages", json!({ "inbox": "Front desk", "maxResults": 1e6 })),
        ("fetch-messages", json!({ "inbox": "Front desk", "maxResults": 2.5 })),
        ("fetch-messages", json!({ "inbox": "Front desk", "maxResults": "20" })),
        (
            "fetch-messages",
            json!({ "inbox": "Front desk", "createdAfter": "last tuesday", "createdBefore": "2026-13-01", "timeZone": "Pacific" }),
        ),
        (
            "fetch-messages",
            json!({ "inbox": "Front desk", "createdAfter": "2026-11-20", "createdBefore": "2026-11-19" }),
        ),
        (
            "fetch-messages",
            json!({ "inbox": "Front desk", "participantPhoneNumber": "Nora", "direction": "in" }),
        ),
        (
            "fetch-messages",
            json!({ "inbox": "Front desk", "participantPhoneNumber": "+14155550101", "participantPhoneNumbers": ["+14155550102"] }),
        ),
        ("fetch-messages", json!({ "inbox": "Front desk", "cursor": "next" })),
        ("fetch-messages", json!({})),
        ("fetch-call-transcripts", json!({ "inbox": "Front desk", "participantPhoneNumber": "72727" })),
        (
            "fetch-call-transcripts",
            json!({ "inbox": "Front desk", "participantPhoneNumbers": ["72727", "+14155550101", "x"] }),
        ),
        ("fetch-call-transcripts", json!({ "inbox": "PNdoesnotexist", "maxResults": -1 })),
        ("fetch-call-transcripts", json!({ "inbox": "PNdoesnotexist" })),
        ("create-contact", json!({})),
        ("create-contact", json!({ "firstName": "\u{200b}" })),
        ("create-contact", json!({ "firstName": "Ada", "contacts": [{ "firstName": "Ben" }] })),
        ("create-contact", json!({ "first_name": "Ada", "phone": "+14155550141" })),
        (
            "create-contact",
            json!({ "contacts": [
            { "firstName": " ", "phoneNumbers": [{ "value": "555-0141" }], "emails": [{ "value": "ada@" }] },
            { "lastName": "Park" }
        ] }),
        ),
        (
            "create-contact",
            json!({ "contacts": [
            { "firstName": " ", "phoneNumbers": [{ "value": "555-0141" }], "emails": [{ "value": "ada@" }] }
        ] }),
        ),
    ]
}

#[tokio::test]
async fn every_wrong_field_is_named() {
    let world = World::start().await;
    let mut answers = String::new();
    for (tool, arguments) in cases() {
        let shown = arguments.to_string();
        let shown = if shown.len() > 300 { format!("{}…", &shown[..120]) } else { shown };
        let text = world.call(tool, arguments).await.error();
        answers.push_str(&format!("{tool} {shown}\n{text}\n\n"));
    }
    assert_eq!(world.posts(), 0, "wrong arguments send nothing");
    insta::assert_snapshot!(answers);
}

/// What clients write for an absent value, and how some of them write integers.
#[tokio::test]
async fn other_ways_of_writing_are_read() {
    let world = World::start().await;
    let plain = json!({ "inbox": "Front desk", "maxResults": 1 });
    for tool in ["fetch-messages", "fetch-call-transcripts"] {
        let expected = world.call(tool, plain.clone()).await.ok();
        for written in [
            json!({
                "inbox": "Front desk", "participantPhoneNumber": null, "createdAfter": null, "maxResults": 1,
                "cursor": null
            }),
            json!({ "inbox": null, "inboxPhoneNumber": "Front desk", "maxResults": 1 }),
            json!({ "inbox": "Front desk", "maxResults": 1.0 }),
            json!({ "inbox": "Front desk", "maxResults": 1e0, "cursor": "" }),
            json!({ "inbox": "Front desk", "maxResults": 1, "cursor": " " }),
        ] {
            let answer = world.call(tool, written.clone()).await.ok();
            assert_eq!(answer.data, expected.data, "{tool} {written}");
        }
    }
}
