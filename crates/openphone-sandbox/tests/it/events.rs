//! What webhooks are told, read from the log of one that asked for everything. `receiver.rs` has how it gets there.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use openphone_sandbox::{CallOutcome, IncomingCall, Sandbox};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::schema::documents;
use crate::support::{ALPHA, all, anchor, answer, fill, ids, json, options, sandbox};

/// The vendor's list. [`the_list_is_the_vendors`] compares.
const EVENT_TYPES: &[&str] = &[
    "message.received",
    "message.delivered",
    "message.failed",
    "message.undelivered",
    "call.ringing",
    "call.answered",
    "call.completed",
    "call.missed",
    "call.forwarded",
    "call.menu.selected",
    "call.recording.completed",
    "call.transcript.completed",
    "call.summary.completed",
    "call.voicemail.completed",
    "contact.updated",
    "contact.deleted",
    "task.created",
    "task.updated",
    "task.deleted",
    "task.completed",
    "task.reopened",
    "task.assigned",
    "task.unassigned",
    "task.overdue",
    "task.linked",
    "task.unlinked",
    "task.duedate.updated",
    "task.duedate.removed",
    "integration.created",
    "integration.updated",
    "integration.deleted",
];

/// What nothing brings about, and why.
const NEVER: &[(&str, &str)] = &[
    ("integration.created", "no operation makes an integration, and nobody has described the payload"),
    ("integration.updated", "as above"),
    ("integration.deleted", "as above"),
];

/// Creates a webhook for all events of one inbox; its id.
async fn listen(sandbox: &Sandbox, ids: &[(&'static str, String)], inbox: &str) -> String {
    let body = json!({ "url": "http://example.com/", "events": EVENT_TYPES, "resourceIds": [inbox] });
    let created = json(sandbox, ALPHA, &fill(&format!("POST /webhooks {body}"), ids), 201).await;
    created["data"]["id"].as_str().unwrap().to_owned()
}

/// The payloads in the log of a webhook, oldest first.
async fn told(sandbox: &Sandbox, webhook: &str) -> Vec<Value> {
    let mut payloads = Vec::new();
    for delivery in all(sandbox, ALPHA, &format!("/webhooks/{webhook}/events")).await.iter().rev() {
        let id = delivery["id"].as_str().unwrap();
        let detail = json(sandbox, ALPHA, &format!("GET /webhooks/{webhook}/events/{id}"), 200).await;
        let payload = &detail["data"]["requestBody"];
        assert_eq!(payload["id"], delivery["eventId"]);
        assert_eq!(payload["type"], delivery["eventType"]);
        payloads.push(payload.clone());
    }
    payloads
}

/// Makes a request that succeeds, and gives what the webhook is told because of it.
async fn news(sandbox: &Sandbox, webhook: &str, line: &str) -> Vec<Value> {
    let before = told(sandbox, webhook).await.len();
    let status = answer(sandbox, ALPHA, line).await.status();
    assert!(status.is_success(), "{line}: {status}");
    told(sandbox, webhook).await.split_off(before)
}

/// The event types, to be compared with few words.
fn types(payloads: &[Value]) -> Vec<&str> {
    payloads.iter().map(|payload| payload["type"].as_str().unwrap()).collect()
}

/// Every change of a task, on the one surface or the other, and its event.
const TASK_CHANGES: &[(&str, &str)] = &[
    (r#"PUT /v1/tasks/{new} {"title":"Call back","description":"About the boiler"}"#, "task.updated"),
    (r#"PATCH /tasks/{new} {"title":"Call Mrs Ito","description":"Boiler"}"#, "task.updated"),
    // From one to the other is one change.
    (r#"POST /v1/tasks/{new}/assign {"userId":"{owner}"}"#, "task.assigned"),
    (r#"POST /tasks/{new}/users {"userId":"{office}"}"#, "task.assigned"),
    (r#"POST /v1/tasks/{new}/unassign {"userId":"{office}"}"#, "task.unassigned"),
    (r#"POST /tasks/{new}/users {"userId":"{tech}"}"#, "task.assigned"),
    (r#"DELETE /tasks/{new}/users {"userId":"{tech}"}"#, "task.unassigned"),
    (r#"POST /v1/tasks/{new}/change-due-date {"dueDate":"2026-12-01T00:00:00Z"}"#, "task.duedate.updated"),
    (r#"PATCH /tasks/{new}/due-date {"dueDate":"2026-12-02T00:00:00Z"}"#, "task.duedate.updated"),
    ("POST /v1/tasks/{new}/remove-due-date", "task.duedate.removed"),
    (r#"PATCH /tasks/{new}/due-date {"dueDate":"2026-11-02T00:00:00Z"}"#, "task.duedate.updated"),
    ("DELETE /tasks/{new}/due-date", "task.duedate.removed"),
    (r#"POST /v1/tasks/{new}/unlink-conversation {"conversationId":"{conversation}"}"#, "task.unlinked"),
    (r#"POST /v1/tasks/{new}/link-conversation {"conversationId":"{conversation}"}"#, "task.linked"),
    (r#"DELETE /tasks/{new}/conversations {"conversationId":"{conversation}"}"#, "task.unlinked"),
    (r#"POST /tasks/{new}/conversations {"conversationId":"{conversation}"}"#, "task.linked"),
    ("POST /v1/tasks/{new}/complete", "task.completed"),
    ("POST /v1/tasks/{new}/reopen", "task.reopened"),
    (r#"PATCH /tasks/{new}/status {"status":"completed"}"#, "task.completed"),
    (r#"PATCH /tasks/{new}/status {"status":"open"}"#, "task.reopened"),
    (r#"PATCH /tasks/{new}/status {"status":"deleted"}"#, "task.deleted"),
    (r#"PATCH /tasks/{new}/status {"status":"open"}"#, "task.reopened"),
    ("DELETE /v1/tasks/{new}", "task.deleted"),
];

#[tokio::test]
async fn every_change_of_a_task_is_told_once_and_what_changes_nothing_is_not() {
    let sandbox = sandbox();
    let mut ids = ids(&sandbox, ALPHA).await;
    // The filter is about messages and calls alone.
    let webhook = listen(&sandbox, &ids, "{inbox2}").await;
    let create = r#"POST /v1/tasks {"title":"Call back","description":"","conversationId":"{conversation}","assignedTo":"{tech}","dueDate":"2026-11-24T12:00:00-08:00"}"#;
    let mut payloads = news(&sandbox, &webhook, &fill(create, &ids)).await;
    assert_eq!(types(&payloads), ["task.created"]);
    ids.push(("{new}", payloads[0]["data"]["resource"]["id"].as_str().unwrap().to_owned()));
    for (line, event_type) in TASK_CHANGES {
        let line = fill(line, &ids);
        let heard = news(&sandbox, &webhook, &line).await;
        assert_eq!(types(&heard), [*event_type], "{line}");
        if !types(&payloads).contains(event_type) {
            payloads.extend(heard);
        }
        assert_eq!(news(&sandbox, &webhook, &line).await, [] as [Value; 0], "again: {line}");
    }
    let create = r#"POST /tasks {"title":"x","description":"y","conversationId":"{conversation}"}"#;
    assert_eq!(types(&news(&sandbox, &webhook, &fill(create, &ids)).await), ["task.created"]);
    // About no conversation: its context and link are shorter.
    let create = r#"POST /v1/tasks {"title":"x","description":"y","phoneNumberId":"{inbox}"}"#;
    payloads.extend(news(&sandbox, &webhook, &fill(create, &ids)).await);
    insta::assert_json_snapshot!("payloads_of_tasks", payloads);
}

/// A sandbox whose clock runs with tokio's, which is paused.
fn running() -> Sandbox {
    let start = Instant::now();
    let clock = move || {
        let passed = SignedDuration::try_from(start.elapsed()).unwrap();
        anchor().checked_add(passed).unwrap()
    };
    Sandbox::new(options().clock(clock))
}

/// Makes a task with a due date so many minutes from the anchor; its id.
async fn due_in(sandbox: &Sandbox, ids: &[(&'static str, String)], minutes: i64) -> String {
    let due = anchor().checked_add(SignedDuration::from_mins(minutes)).unwrap();
    let line = format!(
        r#"POST /v1/tasks {{"title":"x","description":"y","activityId":"{{voicemail}}","assignedTo":"{{tech}}","dueDate":"{due}"}}"#
    );
    let created = json(sandbox, ALPHA, &fill(&line, ids), 201).await;
    created["data"]["taskId"].as_str().unwrap().to_owned()
}

/// Only what is told of due dates that passed.
async fn overdue(sandbox: &Sandbox, webhook: &str) -> Vec<Value> {
    let payloads = told(sandbox, webhook).await;
    payloads.into_iter().filter(|payload| payload["type"] == "task.overdue").collect()
}

#[tokio::test(start_paused = true)]
async fn a_task_becomes_overdue_when_its_due_date_comes() {
    let sandbox = running();
    let ids = ids(&sandbox, ALPHA).await;
    let webhook = listen(&sandbox, &ids, "{inbox2}").await;
    let task = due_in(&sandbox, &ids, 60).await;
    tokio::time::sleep(Duration::from_mins(59)).await;
    assert_eq!(overdue(&sandbox, &webhook).await, [] as [Value; 0]);
    tokio::time::sleep(Duration::from_mins(30)).await;
    let heard = overdue(&sandbox, &webhook).await;
    assert_eq!(heard.len(), 1);
    assert_eq!(heard[0]["data"]["resource"]["id"], *task);
    let at: Timestamp = heard[0]["createdAt"].as_str().unwrap().parse().unwrap();
    let due: Timestamp = heard[0]["data"]["resource"]["dueDate"].as_str().unwrap().parse().unwrap();
    let late = at.duration_since(due);
    assert!(!late.is_negative() && late < SignedDuration::from_secs(1), "no request was needed: {late}");
    insta::assert_json_snapshot!("payload_of_an_overdue_task", heard[0]["data"]);
}

#[tokio::test(start_paused = true)]
async fn only_open_tasks_become_overdue_and_only_once_per_due_date() {
    let sandbox = running();
    let mut ids = ids(&sandbox, ALPHA).await;
    let seeded = all(&sandbox, ALPHA, "/tasks").await;
    let webhook = listen(&sandbox, &ids, "{inbox2}").await;
    let mut expected: Vec<(String, String)> = Vec::new();
    for task in seeded {
        if let (Some(due), "open") = (task["dueDate"].as_str(), task["status"].as_str().unwrap())
            && due > "2026-11-20T18:30:00.000Z"
        {
            expected.push((due.to_owned(), task["taskId"].as_str().unwrap().to_owned()));
        }
    }
    assert!(!expected.is_empty(), "some of the workspace's own tasks are due later");
    let changes = [
        ("", true),
        ("POST /v1/tasks/{new}/complete", false),
        ("DELETE /tasks/{new}", false),
        ("DELETE /tasks/{new}/due-date", false),
    ];
    for (line, comes) in changes {
        let task = due_in(&sandbox, &ids, 61).await;
        ids.push(("{new}", task.clone()));
        if !line.is_empty() {
            answer(&sandbox, ALPHA, &fill(line, &ids)).await;
        }
        if comes {
            expected.push(("2026-11-20T19:31:00.000Z".to_owned(), task));
        }
        ids.pop();
    }
    // It was overdue from the start.
    due_in(&sandbox, &ids, -1).await;
    let moved = due_in(&sandbox, &ids, 62).await;
    let line = format!(r#"PATCH /tasks/{moved}/due-date {{"dueDate":"2026-11-20T19:31:00Z"}}"#);
    json(&sandbox, ALPHA, &line, 200).await;
    expected.push(("2026-11-20T19:31:00.000Z".to_owned(), moved.clone()));
    tokio::time::sleep(Duration::from_hours(2)).await;
    let line = format!(r#"PATCH /tasks/{moved}/due-date {{"dueDate":"2026-11-22T00:00:00Z"}}"#);
    json(&sandbox, ALPHA, &line, 200).await;
    expected.push(("2026-11-22T00:00:00.000Z".to_owned(), moved));
    tokio::time::sleep(Duration::from_hours(24 * 7)).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let heard = overdue(&sandbox, &webhook).await;
    let mut heard: Vec<_> = heard
        .iter()
        .map(|payload| &payload["data"]["resource"])
        .map(|task| (text(&task["dueDate"]), text(&task["id"])))
        .collect();
    expected.sort();
    heard.sort();
    assert_eq!(heard, expected);
}

#[tokio::test]
async fn contacts_are_told_of_when_what_they_show_changes() {
    let sandbox = sandbox();
    let mut ids = ids(&sandbox, ALPHA).await;
    let webhook = listen(&sandbox, &ids, "{inbox2}").await;
    let create = r#"POST /contacts {"firstName":"Pia","lastName":"Norberg","externalId":"HL-2000","actorId":"{tech}"}"#;
    let mut payloads = news(&sandbox, &webhook, &fill(create, &ids)).await;
    assert_eq!(types(&payloads), ["contact.updated"]);
    ids.push(("{new}", payloads[0]["data"]["resource"]["id"].as_str().unwrap().to_owned()));
    let shares = all(&sandbox, ALPHA, &fill("/contacts/{new}/shares", &ids)).await;
    let shared_with: Vec<_> = shares.iter().map(|share| share["sharedWith"].clone()).collect();
    assert!(!shared_with.is_empty());
    let property =
        r#"POST /contacts/{new}/properties {"type":"phone-number","value":"+14155550161","name":"mobile"}"#;
    payloads.extend(news(&sandbox, &webhook, &fill(property, &ids)).await);
    let properties = all(&sandbox, ALPHA, &fill("/contacts/{new}/properties", &ids)).await;
    ids.push(("{number}", properties[0]["id"].as_str().unwrap().to_owned()));
    let note = json(&sandbox, ALPHA, &fill(r#"POST /contacts/{new}/notes {"text":"x"}"#, &ids), 200).await;
    ids.push(("{remark}", note["data"]["id"].as_str().unwrap().to_owned()));
    assert_eq!(told(&sandbox, &webhook).await.len(), 2, "a note shows in no event");
    let changes = [
        (r#"PATCH /contacts/{new} {"company":"Norberg Tiles"}"#, "contact.updated"),
        (r#"PATCH /contacts/{new}/properties/{number} {"name":"work"}"#, "contact.updated"),
        ("DELETE /contacts/{new}/properties/{number}", "contact.updated"),
        (
            r#"POST /contacts/{new}/properties {"type":"boolean","value":true,"name":"Care plan"}"#,
            "contact.updated",
        ),
        (r#"PATCH /contacts/{new}/notes/{remark} {"text":"y"}"#, ""),
        ("DELETE /contacts/{new}/notes/{remark}", ""),
        (r#"PATCH /v1/contacts/{new} {"defaultFields":{"role":"Owner"}}"#, "contact.updated"),
        ("GET /contacts/{new}", ""),
        ("DELETE /contacts/{new}", "contact.deleted"),
    ];
    for (line, event_type) in changes {
        let heard = news(&sandbox, &webhook, &fill(line, &ids)).await;
        let expected: Vec<&str> = Some(event_type).filter(|name| !name.is_empty()).into_iter().collect();
        assert_eq!(types(&heard), expected, "{line}");
        payloads.extend(heard);
    }
    for payload in &payloads {
        assert_eq!(payload["data"]["context"]["sharedWithIds"], json!(shared_with), "{payload}");
    }
    insta::assert_json_snapshot!("payloads_of_dated_contacts", payloads);
}

#[tokio::test]
async fn whom_a_contact_is_shared_with_is_told_even_of_a_deleted_one() {
    let sandbox = sandbox();
    let ids = ids(&sandbox, ALPHA).await;
    let webhook = listen(&sandbox, &ids, "{inbox}").await;
    let mut audiences = BTreeSet::new();
    for contact in all(&sandbox, ALPHA, "/contacts").await {
        let id = contact["id"].as_str().unwrap();
        let shares = all(&sandbox, ALPHA, &format!("/contacts/{id}/shares")).await;
        let shares: Vec<_> = shares.iter().map(|share| share["sharedWith"].as_str().unwrap()).collect();
        let heard = news(&sandbox, &webhook, &format!("DELETE /contacts/{id}")).await;
        assert_eq!(types(&heard), ["contact.deleted"]);
        assert_eq!(heard[0]["data"]["context"]["sharedWithIds"], json!(shares));
        audiences.insert(shares.join(" "));
    }
    assert!(audiences.len() > 1, "not everybody sees all of them: {audiences:?}");
}

#[tokio::test]
async fn there_is_a_sample_of_every_event_whose_payload_is_known() {
    let sandbox = sandbox();
    let ids = ids(&sandbox, ALPHA).await;
    let webhook = listen(&sandbox, &ids, "{inbox}").await;
    let mut tasks = Vec::new();
    for event_type in EVENT_TYPES {
        let line = format!(r#"POST /webhooks/{webhook}/events/test {{"eventType":"{event_type}"}}"#);
        if NEVER.iter().any(|(never, _)| never == event_type) {
            let refused = json(&sandbox, ALPHA, &line, 400).await;
            assert_eq!(refused["message"], format!("There is no sample of {event_type}"));
            continue;
        }
        let sample = json(&sandbox, ALPHA, &line, 200).await;
        assert_eq!(sample["type"], *event_type);
        assert_eq!(told(&sandbox, &webhook).await.last(), Some(&sample));
        if event_type.starts_with("task.") {
            tasks.push(json!({ *event_type: sample["data"]["resource"] }));
        }
    }
    insta::assert_json_snapshot!("samples_of_tasks", tasks);
}

#[test]
fn the_list_is_the_vendors() {
    let Some((_, dated)) = documents() else { return };
    let listed = dated.pointer("/components/schemas/WebhookEventType/enum");
    assert_eq!(listed, Some(&json!(EVENT_TYPES)));
}

#[tokio::test(start_paused = true)]
async fn every_event_comes_about() {
    let sandbox = running();
    let mut ids = ids(&sandbox, ALPHA).await;
    let webhook = listen(&sandbox, &ids, "{inbox}").await;
    for ending in ["0101", "0120", "0192"] {
        let line = format!(
            r#"POST /messages {{"content":"On our way","from":"{{inbox}}","to":["+1415555{ending}"]}}"#
        );
        json(&sandbox, ALPHA, &fill(&line, &ids), 202).await;
    }
    for outcome in [
        CallOutcome::Answered,
        CallOutcome::Voicemail,
        CallOutcome::Forwarded,
        CallOutcome::Missed,
        CallOutcome::Abandoned,
    ] {
        let call = IncomingCall::new("+14155550142", "+14155550150", outcome);
        sandbox.incoming_call(ALPHA, call).unwrap();
    }
    json(&sandbox, ALPHA, &fill(r#"PATCH /contacts/{contact} {"role":null}"#, &ids), 200).await;
    answer(&sandbox, ALPHA, &fill("DELETE /contacts/{contact}", &ids)).await;
    ids.push(("{new}", due_in(&sandbox, &ids, 10).await));
    tokio::time::sleep(Duration::from_mins(11)).await;
    let subject = fill(r#"POST /tasks/{new}/conversations {"conversationId":"{conversation}"}"#, &ids);
    answer(&sandbox, ALPHA, &subject).await;
    for (line, _) in TASK_CHANGES {
        answer(&sandbox, ALPHA, &fill(line, &ids)).await;
    }
    let payloads = told(&sandbox, &webhook).await;
    let heard: BTreeSet<&str> = types(&payloads).into_iter().collect();
    let never: BTreeSet<&str> = NEVER.iter().map(|(event_type, _)| *event_type).collect();
    let missing: Vec<_> =
        EVENT_TYPES.iter().filter(|name| !heard.contains(*name) && !never.contains(*name)).collect();
    assert!(missing.is_empty(), "never told: {missing:?}");
    assert!(heard.is_disjoint(&never), "known to come about: {heard:?}");
}
