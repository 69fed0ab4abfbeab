//! What goes on the wire, and the enums, against the API's own description where that lies beside the
//! checkout. It is not part of this repository: without it these tests say so and check nothing.

use std::collections::BTreeSet;
use std::path::Path;

use openphone_client::Direction;
use openphone_client::calls::{CallStatus, RecordingStatus, WorkStatus};
use openphone_client::contacts::CustomFieldKind;
use openphone_client::messages::MessageStatus;
use openphone_client::organization::SubscriptionStatus;
use openphone_client::tasks::TaskStatus;
use openphone_client::users::UserRole;
use openphone_client::webhooks::{DeliveryStatus, EventKind, WebhookStatus};
use serde_json::Value;

use crate::server::Arrived;
use crate::wire::every_operation;

/// One of the two descriptions; `None` when it is not there.
fn description(file: &str) -> Option<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/openapi").join(file);
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("skipped: there is no ../shared/openapi/{file} beside the checkout");
        return None;
    };
    Some(serde_json::from_str(&text).expect("JSON"))
}

fn both() -> Option<(Value, Value)> {
    Some((description("openphone-v1.json")?, description("quo-2026-03-30.json")?))
}

/// The schema itself, or what its `$ref` points to.
fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(pointer) => document.pointer(pointer.trim_start_matches('#')).expect("a schema"),
        None => schema,
    }
}

/// The schema and all its alternatives and parts.
fn alternatives<'a>(document: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    let schema = resolve(document, schema);
    let mut all = vec![schema];
    for combination in ["anyOf", "oneOf", "allOf"] {
        for part in schema[combination].as_array().into_iter().flatten() {
            all.extend(alternatives(document, part));
        }
    }
    all
}

/// The description of the operation that a request asks for.
fn operation<'a>(document: &'a Value, arrived: &Arrived) -> &'a Value {
    let (method, target) = arrived.line().split_once(' ').expect("a request line");
    let path = target.split('?').next().unwrap_or_default();
    let fits = |template: &str| {
        template.split('/').count() == path.split('/').count()
            && template.split('/').zip(path.split('/')).all(|(t, p)| t == p || t.starts_with('{'))
    };
    let paths = document["paths"].as_object().expect("paths");
    let exact =
        paths.get(path).or_else(|| paths.iter().find(|(template, _)| fits(template)).map(|(_, item)| item));
    let operation = &exact.unwrap_or_else(|| panic!("no such path: {path}"))[method.to_lowercase()];
    assert!(operation.is_object(), "no such method: {method} {path}");
    operation
}

fn check_query(document: &Value, arrived: &Arrived) {
    let url =
        url::Url::parse(&format!("http://localhost{}", arrived.line().split_once(' ').expect("a line").1));
    let declared = operation(document, arrived)["parameters"].as_array().cloned().unwrap_or_default();
    for (name, value) in url.expect("a URL").query_pairs() {
        let (field, operator) = match name.split_once('[') {
            Some((field, operator)) => (field, Some(operator.trim_end_matches(']'))),
            None => (&*name, None),
        };
        let parameter = declared.iter().find(|p| p["in"] == "query" && p["name"] == field);
        let parameter = parameter.unwrap_or_else(|| panic!("{name} is not declared: {}", arrived.line()));
        let schemas = alternatives(document, &parameter["schema"]);
        if let Some(operator) = operator {
            assert!(
                schemas.iter().any(|s| s["properties"][operator].is_object()),
                "{name}: {}",
                arrived.line()
            );
        }
        if let Some(max) = schemas.iter().find_map(|schema| schema["maximum"].as_u64()) {
            assert!(
                (1..=max).contains(&value.parse().expect("a number")),
                "{name}={value}: {}",
                arrived.line()
            );
        }
        let allowed: Vec<_> =
            schemas.iter().filter_map(|schema| schema["enum"].as_array()).flatten().collect();
        if operator.is_none() && !allowed.is_empty() {
            assert!(allowed.iter().any(|v| **v == *value), "{name}={value}: {}", arrived.line());
        }
    }
    let sent: BTreeSet<_> =
        arrived.line().split(['?', '&']).skip(1).filter_map(|p| p.split('=').next()).collect();
    for parameter in declared.iter().filter(|p| p["in"] == "query" && p["required"] == true) {
        let name = parameter["name"].as_str().expect("a name");
        assert!(sent.contains(name), "{name} is required: {}", arrived.line());
    }
}

/// Every member is declared and every required one is there, at every depth.
fn check_members(document: &Value, schemas: &[&Value], value: &Value, at: &str) {
    match value {
        // An object of which the description says no more.
        Value::Object(_) if schemas.iter().all(|schema| schema["properties"].is_null()) => {}
        Value::Object(members) => {
            for (name, value) in members {
                let found: Vec<_> = schemas
                    .iter()
                    .filter_map(|schema| schema["properties"].get(name))
                    .flat_map(|schema| alternatives(document, schema))
                    .collect();
                assert!(!found.is_empty(), "{at}/{name} is not declared");
                check_members(document, &found, value, &format!("{at}/{name}"));
            }
            // A closed alternative that does not know a member is not the one that is meant.
            let meant = |schema: &&&Value| {
                schema["additionalProperties"] != false
                    || members.keys().all(|name| schema["properties"].get(name).is_some())
            };
            let meant: Vec<_> = schemas.iter().filter(meant).collect();
            assert!(!meant.is_empty(), "{at}: no alternative fits");
            for name in meant.iter().filter_map(|schema| schema["required"].as_array()).flatten() {
                assert!(members.contains_key(name.as_str().expect("a name")), "{at}/{name} is required");
            }
        }
        Value::Array(items) => {
            let of_items: Vec<_> = schemas
                .iter()
                .filter_map(|schema| schema.get("items"))
                .flat_map(|schema| alternatives(document, schema))
                .collect();
            for item in items {
                check_members(document, &of_items, item, &format!("{at}/*"));
            }
        }
        _ => {}
    }
}

#[tokio::test]
async fn every_request_is_declared() {
    let Some((v1, dated)) = both() else { return };
    let arrived = every_operation().await;
    assert!(arrived.len() >= 80, "{} requests", arrived.len());
    for arrived in &arrived {
        let on_v1 = arrived.line().contains(" /v1/");
        assert_eq!(arrived.header("quo-api-version"), (!on_v1).then_some("2026-03-30"), "{}", arrived.line());
        let document = if on_v1 { &v1 } else { &dated };
        check_query(document, arrived);
        let schema = &operation(document, arrived)["requestBody"]["content"]["application/json"]["schema"];
        match serde_json::from_str(&arrived.body) {
            Ok(body) => check_members(document, &alternatives(document, schema), &body, arrived.line()),
            Err(_) => assert!(arrived.body.is_empty() && schema.is_null(), "{}", arrived.line()),
        }
    }
}

/// Operations that the client does without, because another one answers the same and more.
const INSTEAD: &[(&str, &str)] = &[
    ("GET /v1/messages", "the dated list is workspace-wide"),
    ("GET /v1/messages/{id}", "the dated one has more statuses"),
    ("POST /messages", "no document has its body yet"),
    ("GET /v1/calls", "the dated list is workspace-wide"),
    ("GET /v1/calls/{callId}", "the dated one has all participants"),
    ("GET /v1/call-recordings/{callId}", "the dated list has the same"),
    ("GET /v1/call-summaries/{callId}", "a dated call brings its summary along"),
    ("GET /v1/call-transcripts/{id}", "the dated list has every segment"),
    ("GET /v1/call-voicemails/{callId}", "a dated call brings its voicemail along"),
    ("GET /contacts", "v1's have phones and emails inline"),
    ("POST /contacts", "v1's takes phones and emails"),
    ("GET /contacts/{contactId}", "v1's has phones and emails inline"),
    ("PATCH /contacts/{contactId}", "v1's takes phones and emails"),
    ("DELETE /contacts/{contactId}", "v1's does the same"),
    ("POST /v1/conversations/{conversationId}/mark-as-read", "the dated one does the same"),
    ("POST /v1/conversations/{conversationId}/mark-as-done", "the dated one does the same"),
    ("POST /v1/conversations/{conversationId}/mark-as-open", "the dated one does the same"),
    ("GET /v1/phone-numbers", "the dated list has the same, members apart"),
    ("GET /v1/phone-numbers/{phoneNumberId}", "the dated one has business hours"),
    ("GET /v1/users", "the dated list has the same"),
    ("GET /v1/users/{userId}", "the dated one has the same"),
    ("POST /tasks", "v1's takes inboxes and calls, too"),
    ("GET /v1/tasks", "the dated list has the same"),
    ("GET /v1/tasks/{taskId}", "the dated one has the same"),
    ("PUT /v1/tasks/{taskId}", "the dated one does the same"),
    ("DELETE /v1/tasks/{taskId}", "the dated one does the same"),
    ("POST /v1/tasks/{taskId}/complete", "the dated status does the same"),
    ("POST /v1/tasks/{taskId}/reopen", "the dated status does the same"),
    ("POST /v1/tasks/{taskId}/assign", "the dated one does the same"),
    ("POST /v1/tasks/{taskId}/unassign", "the dated one does the same"),
    ("POST /v1/tasks/{taskId}/change-due-date", "the dated one does the same"),
    ("POST /v1/tasks/{taskId}/remove-due-date", "the dated one does the same"),
    ("POST /v1/tasks/{taskId}/link-conversation", "the dated one does the same"),
    ("POST /v1/tasks/{taskId}/unlink-conversation", "the dated one does the same"),
];

#[tokio::test]
async fn every_declared_operation_is_offered() {
    let Some((v1, dated)) = both() else { return };
    let arrived = every_operation().await;
    let used: Vec<&Value> = arrived
        .iter()
        .map(|arrived| operation(if arrived.line().contains(" /v1/") { &v1 } else { &dated }, arrived))
        .collect();
    let mut open: BTreeSet<String> = BTreeSet::new();
    let mut declared = 0;
    for (path, methods) in
        [&v1, &dated].iter().flat_map(|document| document["paths"].as_object().expect("paths"))
    {
        for (method, described) in methods.as_object().expect("methods") {
            declared += 1;
            if !used.iter().any(|used| std::ptr::eq(*used, described)) {
                open.insert(format!("{} {path}", method.to_uppercase()));
            }
        }
    }
    assert_eq!(declared, 43 + 62);
    assert_eq!(open, INSTEAD.iter().map(|(operation, _)| (*operation).to_owned()).collect());
}

/// Whether a value is one of the variants that this crate names.
fn is_known(kind: &str, value: &str) -> bool {
    match kind {
        "direction" => !matches!(Direction::from(value), Direction::Other(_)),
        "message" => !matches!(MessageStatus::from(value), MessageStatus::Other(_)),
        "call" => !matches!(CallStatus::from(value), CallStatus::Other(_)),
        "recording" => !matches!(RecordingStatus::from(value), RecordingStatus::Other(_)),
        "work" => !matches!(WorkStatus::from(value), WorkStatus::Other(_)),
        "role" => !matches!(UserRole::from(value), UserRole::Other(_)),
        "subscription" => !matches!(SubscriptionStatus::from(value), SubscriptionStatus::Other(_)),
        "event" => !matches!(EventKind::from(value), EventKind::Other(_)),
        "delivery" => !matches!(DeliveryStatus::from(value), DeliveryStatus::Other(_)),
        "webhook" => !matches!(WebhookStatus::from(value), WebhookStatus::Other(_)),
        "task" => !matches!(TaskStatus::from(value), TaskStatus::Other(_)),
        "custom field" => !matches!(CustomFieldKind::from(value), CustomFieldKind::Other(_)),
        other => panic!("no such kind: {other}"),
    }
}

#[test]
fn every_declared_enum_value_has_a_name() {
    let Some((v1, dated)) = both() else { return };
    let table = [
        ("direction", &dated, "/messages", "direction"),
        ("message", &dated, "/messages", "status"),
        ("call", &dated, "/calls", "status"),
        ("recording", &dated, "/calls/{callId}/recordings", "status"),
        ("work", &dated, "/calls/{callId}/transcripts", "status"),
        ("role", &dated, "/users", "role"),
        ("subscription", &dated, "/organization", "subscriptionStatus"),
        ("event", &dated, "/webhooks", "events"),
        ("webhook", &dated, "/webhooks", "status"),
        ("delivery", &dated, "/webhooks/{webhookId}/events", "status"),
        ("task", &dated, "/tasks", "status"),
        ("custom field", &v1, "/v1/contact-custom-fields", "type"),
    ];
    for (kind, document, path, member) in table {
        let answer =
            &document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"];
        let data = resolve(document, &resolve(document, answer)["properties"]["data"]);
        let item = resolve(document, data.get("items").unwrap_or(data));
        let property = resolve(document, &item["properties"][member]);
        let schemas = alternatives(document, property.get("items").unwrap_or(property));
        let values: Vec<_> =
            schemas.iter().filter_map(|schema| schema["enum"].as_array()).flatten().collect();
        assert!(!values.is_empty(), "{kind} has values");
        for value in values {
            assert!(is_known(kind, value.as_str().expect("a text")), "{kind}: {value}");
        }
    }
}
