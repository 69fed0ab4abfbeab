//! Where the real API is known to depart from its descriptions, or is likely to. Each is a value in a place of the
//! usual answer; `None` is absence.

use serde_json::{Value, json};

use super::generate::Variant;
use crate::endpoint::{self, Operation};

/// The usual answer with each deviation of its operation in turn.
pub(super) fn of(operation: &Operation, usual: &Value) -> Vec<Variant> {
    let of_operation = table().into_iter().filter(|(names, ..)| names.contains(&operation.name));
    of_operation
        .map(|(_, at, value)| {
            let mut answer = usual.clone();
            let (holder, name) = at.rsplit_once('/').expect("a place in something");
            let holder = answer.pointer_mut(holder).unwrap_or_else(|| panic!("{}: no {at}", operation.name));
            let members = holder.as_object_mut().expect("an object");
            match value {
                Some(value) => members.insert(name.to_owned(), value),
                None => members.remove(name),
            };
            Variant { at: at.to_owned(), value: answer }
        })
        .collect()
}

type Deviation = (&'static [&'static str], &'static str, Option<Value>);

/// Operations, place, value.
fn table() -> Vec<Deviation> {
    let mut table = Vec::new();
    let mut deviate = |operations: &'static [&'static str], at, values: &[Option<Value>]| {
        for name in operations {
            assert!(
                endpoint::ALL.iter().any(|operation| operation.name == *name),
                "no such operation: {name}"
            );
        }
        table.extend(values.iter().map(|value| (operations, at, value.clone())));
    };
    let one_message: &[_] = &["send_message", "get_message"];
    // v1 says that a user is always there, its prose and the later documents that a received message has none.
    deviate(one_message, "/data/userId", &[Some(Value::Null), Some(json!("SYU1a2b3c")), None]);
    deviate(one_message, "/data/phoneNumberId", &[Some(Value::Null), None]);
    // New on 2026-06-18 and on 2026-08-21.
    deviate(one_message, "/data/conversationId", &[Some(Value::Null), None]);
    let media = json!([{ "url": "https://example.com/a.jpg", "type": null }]);
    deviate(one_message, "/data/media", &[Some(media), Some(json!([])), Some(Value::Null), None]);
    // v1 does not name it, the dated surface does.
    deviate(one_message, "/data/status", &[Some(json!("failed"))]);
    // A message that holds only media.
    deviate(one_message, "/data/text", &[Some(json!("")), Some(Value::Null)]);
    // "A variety of formats": short codes, sender names, withheld numbers.
    let parties = ["12345", "Anonymous", "Blocked", "Restricted", "BANK"].map(|party| Some(json!(party)));
    deviate(one_message, "/data/from", &parties);
    deviate(one_message, "/data/to", &[Some(json!(["12345", "+14155550101"]))]);

    // A forwarded call may go to an inbox; a machine may answer; nobody may be known.
    deviate(&["get_call"], "/data/forwardedTo", &[Some(json!("PN1a2b3c")), Some(json!("USa1")), None]);
    deviate(&["get_call"], "/data/answeredBy", &[Some(json!("SY_1")), Some(json!("SYU1")), None]);
    deviate(&["get_call"], "/data/participants", &[Some(json!([]))]);
    // Only there when asked for, and a voicemail only when one was left.
    deviate(&["get_call"], "/data/summary", &[None, Some(Value::Null)]);
    deviate(&["get_call"], "/data/voicemail", &[None, Some(Value::Null)]);
    deviate(&["list_call_recordings"], "/data/0/status", &[Some(Value::Null), None]);
    deviate(&["list_call_recordings"], "/data/0/startTime", &[Some(Value::Null), None]);
    deviate(&["list_call_transcripts"], "/data/0/dialogue", &[Some(Value::Null), None]);

    let one_contact: &[_] = &["create_contact", "get_contact", "update_contact"];
    deviate(one_contact, "/data/createdByUserId", &[Some(Value::Null), Some(json!("SYU1")), None]);
    // Nothing was ever typed there.
    for list in ["/data/defaultFields/emails", "/data/defaultFields/phoneNumbers", "/data/customFields"] {
        deviate(one_contact, list, &[Some(Value::Null), None]);
    }
    // A property may be a list of lists or an object.
    let shapes = [json!([["a", "b"]]), json!({ "street": "1 Main St" }), Value::Null].map(Some);
    deviate(&["get_contact_property"], "/data/value", &shapes);

    // Whoever called in may withhold the number.
    let others = json!(["12345", "Anonymous", "Blocked", "Restricted", "BANK"]);
    deviate(&["list_conversations", "list_recent_conversations"], "/data/0/participants", &[Some(others)]);
    deviate(&["list_conversations"], "/data/0/assignedTo", &[Some(json!("SYU1")), Some(Value::Null)]);
    // The last page of v1 once had a token all the same; some lists leave it away.
    deviate(&["list_recent_conversations", "list_contacts"], "/nextPageToken", &[None, Some(json!(""))]);
    let dated_lists: &[_] =
        &["list_messages", "list_calls", "list_tasks", "list_conversations", "list_users"];
    deviate(dated_lists, "/nextCursor", &[None, Some(json!(""))]);

    // Only there when asked for; midnight; no hours were ever stored.
    deviate(&["get_phone_number"], "/data/restrictions", &[None]);
    let none_stored = json!({ "enabled": false, "timezone": "America/Los_Angeles", "schedule": null });
    deviate(&["get_phone_number"], "/data/businessHours", &[Some(none_stored), None]);

    // A text on v1, a number on the dated surface, and nobody says for how long.
    let revisions = [json!("2"), json!(2), json!("0"), json!(4_294_967_296_u64)].map(Some);
    deviate(&["create_task", "update_task", "remove_task_due_date"], "/data/revision", &revisions);
    deviate(&["get_task"], "/data/revision", &revisions);

    // What clears the filter may come back as it was sent.
    let all = [Some(Value::Null), Some(json!([])), Some(json!(["*"]))];
    deviate(&["get_webhook", "update_webhook", "create_webhook"], "/data/resourceIds", &all);
    let unlisted = Some(json!(["task.assigned", "message.received"]));
    deviate(&["get_webhook", "get_legacy_webhook"], "/data/events", &[unlisted]);
    // No answer from the receiver; the API does not say how a body looks.
    let bodies = [json!({ "id": "EV1" }), json!("{\"id\":\"EV1\"}"), Value::Null].map(Some);
    deviate(&["get_webhook_delivery"], "/data/requestBody", &bodies);
    deviate(&["get_webhook_delivery"], "/data/attempts/0/responseBody", &bodies);
    deviate(
        &["get_webhook_delivery"],
        "/data/attempts/0/responseStatusCode",
        &[Some(json!(0)), Some(Value::Null)],
    );
    // What happened in a call or a task has less of a context, and what it is about has no id of its own.
    let less = [
        json!({ "resource": { "callId": "AC1a2b3c" }, "context": { "orgId": "OR1", "phoneNumberId": null } }),
        json!({ "resource": {}, "context": null, "links": null }),
        json!({ "object": { "id": "AC1a2b3c", "to": "+14155550101" }, "deepLink": "https://my.quo.com/a" }),
    ];
    deviate(&["test_webhook"], "/data", &less.map(Some));
    table
}
