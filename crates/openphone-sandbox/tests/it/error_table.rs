//! Every error there is, one line each: request, then status, code, title, message, and what is wrong with which
//! field. `errors.rs` has the bodies as a whole, and requests without a key or version.

use bytes::Bytes;
use http::Response;
use serde_json::Value;

use crate::support::{ALPHA, fill, ids, request, sandbox};

/// A request that must be refused.
struct Row {
    line: &'static str,
    /// After the key.
    condition: &'static str,
    /// In the header `Sandbox-Fault`.
    fault: &'static str,
}

const fn row(line: &'static str) -> Row {
    Row { line, condition: "", fault: "" }
}

const fn under(condition: &'static str, line: &'static str) -> Row {
    Row { condition, ..row(line) }
}

const fn suffering(fault: &'static str, line: &'static str) -> Row {
    Row { fault, ..row(line) }
}

const SEND_V1: &str = r#"POST /v1/messages {"content":"x","from":"{inbox}","to":["+14155550188"]}"#;
const SEND: &str = r#"POST /messages {"content":"x","from":"{inbox}","to":["+14155550188"]}"#;

const ROWS: &[Row] = &[
    // 01 calls
    row("GET /v1/calls/XX1"),
    row("GET /v1/calls?phoneNumberId={inbox}&participants=%2B14155550101&participants=%2B14155550102"),
    row("GET /v1/calls?phoneNumberId={inbox2}&participants=%2B14155550101&userId={office}"),
    row("GET /v1/calls/AC1"),
    suffering("server-error", "GET /v1/calls/AC1"),
    // 02 messages
    row("GET /v1/messages/XX1"),
    under(".a2p-pending", SEND_V1),
    row(r#"POST /v1/messages {"content":"x","from":"{inbox}","to":["+14155550119"]}"#),
    row(r#"POST /v1/messages {"content":"x","from":"{inbox}","to":["+14155550194"]}"#),
    under(".expired", SEND_V1),
    under(".no-credits", SEND_V1),
    row(r#"POST /v1/messages {"content":"x","from":"{inbox2}","to":["+14155550101"],"userId":"{office}"}"#),
    row(r#"POST /v1/messages {"content":"x","from":"{inbox}","to":["+14155550195"]}"#),
    row(r#"POST /v1/messages {"content":"x","from":"{inbox2}","to":["+442071838750"]}"#),
    row("GET /v1/messages/AC1"),
    suffering("server-error", SEND_V1),
    // 03 webhooks
    row("GET /v1/webhooks/XX1"),
    row("GET /v1/webhooks/WH1"),
    row(r#"POST /v1/webhooks/calls {"url":"http://127.0.0.1/","events":["message.received"]}"#),
    suffering("server-error", "GET /v1/webhooks"),
    // 04 phone numbers
    row("GET /v1/phone-numbers/XX1"),
    row("GET /v1/phone-numbers/PN1"),
    suffering("server-error", "GET /v1/phone-numbers"),
    // 05 summaries
    row("GET /v1/call-summaries/XX1"),
    suffering("plan-without-transcripts", "GET /v1/call-summaries/{answered}"),
    row("GET /v1/call-summaries/AC1"),
    suffering("server-error", "GET /v1/call-summaries/{answered}"),
    // 06 transcripts and tasks
    row("GET /v1/call-transcripts/XX1"),
    suffering("plan-without-transcripts", "GET /v1/call-transcripts/{answered}"),
    row("GET /v1/call-transcripts/AC1"),
    suffering("server-error", "GET /v1/call-transcripts/{answered}"),
    row("GET /v1/tasks/XX1"),
    suffering("open-tasks-limit", "GET /v1/tasks"),
    row("GET /v1/tasks/TK1"),
    suffering("server-error", "GET /v1/tasks"),
    // 07 custom fields
    suffering("server-error", "GET /v1/contact-custom-fields"),
    // 08 contacts
    row("GET /v1/contacts?maxResults=51"),
    row(r#"POST /v1/contacts {"defaultFields":{"firstName":"x"},"customFields":[{"key":"no","value":1}]}"#),
    row("GET /v1/contacts/none"),
    row(r#"POST /v1/contacts {"defaultFields":{"firstName":"x"},"externalId":"HL-1001"}"#),
    row(r#"PATCH /v1/contacts/{contact2} {"externalId":"HL-1001"}"#),
    suffering("server-error", "GET /v1/contacts"),
    // 09 recordings
    row("GET /v1/call-recordings/XX1"),
    row("GET /v1/call-recordings/AC1"),
    suffering("server-error", "GET /v1/call-recordings/{answered}"),
    // 10 conversations
    row("GET /v1/conversations?phoneNumbers=XX1"),
    row("POST /v1/conversations/CN1/mark-as-done"),
    suffering("server-error", "GET /v1/conversations"),
    // 11 users
    row("GET /v1/users/XX1"),
    row("GET /v1/users/US1"),
    suffering("server-error", "GET /v1/users"),
    // 12 voicemails
    row("GET /v1/call-voicemails/XX1"),
    row("GET /v1/call-voicemails/{missed}"),
    suffering("server-error", "GET /v1/call-voicemails/{missed}"),
    // What is before the operation, on v1
    under(".", "GET /v1/users"),
    suffering("revoked-key", "GET /v1/users"),
    suffering("too-many-requests", "GET /v1/users"),
    suffering("bad-gateway", "GET /v1/users"),
    suffering("unavailable", "GET /v1/users"),
    suffering("no-such-fault", "GET /v1/users"),
    row("GET /v1/nothing"),
    // The dated surface
    under(".", "GET /users"),
    suffering("revoked-key", "GET /users"),
    suffering("too-many-requests", "GET /users"),
    suffering("server-error", "GET /users"),
    row("GET /nothing"),
    row("GET /users/XX1"),
    row("GET /users?limit=51&page=2"),
    row("GET /users?after=nonsense"),
    row("GET /users?after=eyJsYXN0SWQiOiJVUzEifQ"),
    row("GET /users/US1"),
    row("GET /calls/AC1"),
    row("GET /calls?createdAt[gt]=2026-11-01T00:00:00Z"),
    row("GET /messages/AC1"),
    row("POST /messages/{message}/retry"),
    row("GET /phone-numbers/PN1"),
    row("POST /conversations/CN1/mark-as-read"),
    row("GET /contacts/none"),
    row("GET /contacts/{contact}/notes/none"),
    row("GET /contacts/{contact}/properties/none"),
    row(r#"POST /contacts {"firstName":"x","externalId":"HL-1001"}"#),
    row(r#"PATCH /contacts/{contact2} {"externalId":"HL-1001"}"#),
    row("GET /tasks/TK1"),
    suffering("open-tasks-limit", "GET /tasks"),
    suffering("plan-without-transcripts", "GET /calls/{answered}/transcripts"),
    under(".a2p-missing", SEND),
    under(".expired", SEND),
    under(".no-credits", SEND),
    row(r#"POST /messages {"content":"x","from":"{inbox2}","to":["+14155550101"],"userId":"{office}"}"#),
    row(r#"POST /messages {"content":"x","from":"{inbox}","to":["+14155550195"]}"#),
    row(r#"POST /messages {"content":"x","from":"{inbox2}","to":["+442071838750"]}"#),
    row("GET /webhooks/WH1"),
    row("GET /webhooks/7"),
    row("POST /webhooks {}"),
    row("GET /webhooks/7/events/msg_1"),
    suffering("server-error", "GET /webhooks"),
    under(".a2p-missing", "GET /a2p-registration"),
    row("POST /a2p-registration {}"),
    row("PATCH /a2p-registration {}"),
    row(r#"POST /a2p-registration/submit {"forbiddenMessageTopicsAcknowledged":true}"#),
    row(r#"POST /a2p-registration/submit {"forbiddenMessageTopicsAcknowledged":"yes"}"#),
    row("POST /contacts/{contact}/notes"),
];

#[tokio::test]
async fn every_error_in_one_line() {
    let sandbox = sandbox();
    let ids = ids(&sandbox, ALPHA).await;
    let mut shown = String::new();
    for Row { line, condition, fault } in ROWS {
        let mut request = request(&format!("{ALPHA}{condition}"), &fill(line, &ids));
        if !fault.is_empty() {
            request.headers_mut().insert("sandbox-fault", fault.parse().unwrap());
        }
        let answer = sandbox.handle(request).await;
        assert!(!answer.status().is_success(), "{line}");
        let with = [*condition, *fault].concat();
        let with = if with.is_empty() { with } else { format!("[{with}] ") };
        shown.push_str(&format!("{with}{line}\n    {}\n", summary(&answer)));
    }
    assert!(sandbox.sent(ALPHA).is_empty());
    insta::assert_snapshot!("every_error", shown);
}

/// Status, shape, code, title, message, fields.
fn summary(answer: &Response<Bytes>) -> String {
    let status = answer.status().as_u16();
    let content_type = answer.headers()["content-type"].to_str().unwrap();
    let Ok(body) = serde_json::from_slice::<Value>(answer.body()) else {
        return format!("{status} {content_type}");
    };
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    if let Some(error) = body.get("error") {
        return format!("{status} wrapped, {}: {}", text(&error["key"]), text(&error["message"]));
    }
    let mut line =
        format!("{status} {} {}: {}", text(&body["code"]), text(&body["title"]), text(&body["message"]));
    for field in body["errors"].as_array().into_iter().flatten() {
        line.push_str(&format!("; {} {}", text(&field["path"]), text(&field["message"])));
    }
    line
}
