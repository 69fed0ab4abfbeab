//! Every way to be refused, in the shape of the surface.

use bytes::Bytes;
use http::Request;
use openphone_sandbox::Sandbox;
use serde_json::json;

use crate::support::{ALPHA, BRAVO, LARGE, all, answer, fill, ids, json, request, sandbox, show};

async fn check(name: &str, lines: &[&str]) {
    let sandbox = sandbox();
    let ids = ids(&sandbox, ALPHA).await;
    let mut shown = String::new();
    for line in lines {
        let answer = answer(&sandbox, ALPHA, &fill(line, &ids)).await;
        assert!(!answer.status().is_success(), "{line}");
        shown.push_str(&show(line, &answer));
    }
    insta::assert_snapshot!(name, shown);
}

#[tokio::test]
async fn keys_and_versions() {
    let sandbox = sandbox();
    let mut shown = String::new();
    let with = |path: &str, headers: &[(&str, &str)]| {
        let mut request = Request::get(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(Bytes::new()).unwrap()
    };
    let bearer = format!("Bearer {ALPHA}");
    let table: [(&str, &[(&str, &str)]); 9] = [
        ("/v1/users", &[]),
        ("/v1/users", &[("authorization", "a-wrong-key")]),
        ("/v1/users", &[("authorization", &bearer)]),
        ("/users", &[]),
        ("/users", &[("authorization", ALPHA)]),
        ("/users", &[("authorization", ALPHA), ("quo-api-version", "2025-01-01")]),
        ("/users", &[("quo-api-version", "2026-03-30")]),
        ("/users", &[("quo-api-version", "2026-03-30"), ("authorization", "a-wrong-key")]),
        ("/users", &[("quo-api-version", "2026-03-30"), ("authorization", &bearer)]),
    ];
    for (path, headers) in table {
        let answer = sandbox.handle(with(path, headers)).await;
        assert_eq!(answer.headers()["ratelimit"], "\"per-second\"; r=999999; t=1");
        shown.push_str(&show(&format!("GET {path} {headers:?}"), &answer));
    }
    insta::assert_snapshot!("keys_and_versions", shown);
}

#[tokio::test]
async fn unrouted() {
    let lines = [
        "GET /v2/users",
        "GET /v1/organization",
        "DELETE /v1/messages",
        "GET /nothing/%3Cscript%3E",
        "GET /",
    ];
    check("unrouted", &lines).await;
}

#[tokio::test]
async fn wrong_parameters() {
    let lines = [
        "GET /v1/messages",
        "GET /v1/messages?phoneNumberId=X&participants=+14155550101&maxResults=101&createdAfter=yesterday",
        "GET /v1/messages?phoneNumberId={inbox}&participants=%2B14155550101&maxResults=0",
        "GET /v1/messages?phoneNumberId={inbox}&participants=%2B14155550101&pageToken=nonsense",
        "GET /v1/messages/US1",
        "GET /v1/calls?phoneNumberId={inbox}&participants=%2B14155550101&participants=%2B14155550102",
        "GET /v1/calls?phoneNumberId={inbox2}&participants=%2B14155550101&userId={office}",
        "GET /v1/contacts?maxResults=51",
        "GET /v1/conversations?phoneNumbers=X&excludeInactive=maybe",
        "GET /messages?limit=51&foo=1&createdAt[gte]=2026-11-01T00:00:00Z",
        "GET /messages?status=lost&direction=up&limit=x",
        "GET /messages?after=eyJsYXN0SWQiOiJBQzEifQ",
        "GET /calls?include=summary,summary",
        "GET /calls?status=missed&status[in]=busy",
        "GET /calls/CN1?include=everything",
        "GET /conversations?sort=name:asc",
        "GET /phone-numbers?include=businessHours",
        "GET /users/{owner}/phone-numbers?include=businessHours",
        "GET /phone-numbers/available?areaCode=04&tollFree=perhaps&city=Oakland",
        "GET /users?limit=5&limit=five",
        "GET /v1/contacts?externalIds=&sources=x123456789x123456789x123456789x123456789x123456789x123456789x123456789x12345",
        "GET /v1/calls?phoneNumberId={inbox}&participants=",
    ];
    check("wrong_parameters", &lines).await;
}

#[tokio::test]
async fn wrong_bodies() {
    let lines = [
        "POST /v1/messages",
        "POST /v1/messages [1]",
        r#"POST /v1/messages {}"#,
        r#"POST /v1/messages {"content":"  ","from":"me","to":[]}"#,
        r#"POST /v1/messages {"content":7,"from":"{inbox}","to":"+14155550101"}"#,
        r#"POST /v1/messages {"content":"x","from":"{inbox}","to":["more than fifteen"],"setInboxStatus":"open"}"#,
        r#"POST /v1/messages {"content":"x","from":"{inbox}","to":["1","2","3","4","5","6","7","8","9","10","11"]}"#,
        r#"POST /messages {"content":"x","from":"{inbox}","to":["+14155550101"],"phoneNumberId":"{inbox}"}"#,
        r#"POST /v1/contacts {"defaultFields":{"emails":[{"name":"home"}],"phoneNumbers":"+1"},"source":"csv-import","sourceUrl":"no uri","externalId":""}"#,
        r#"POST /v1/contacts {"externalId":null}"#,
        r#"PATCH /v1/contacts/{contact} {"defaultFields":[]}"#,
        r#"POST /v1/contacts {"defaultFields":{"firstName":"x"},"source":null,"sourceUrl":null}"#,
    ];
    check("wrong_bodies", &lines).await;
}

#[tokio::test]
async fn each_wrong_item_is_shown_and_only_so_many() {
    let sandbox = sandbox();
    let body = |to: Vec<u32>| json!({ "content": "x", "from": "+14155550150", "to": to });
    let few = json(&sandbox, ALPHA, &format!("POST /v1/messages {}", body(vec![7, 8])), 400).await;
    let values: Vec<_> = few["errors"].as_array().unwrap().iter().map(|error| &error["value"]).collect();
    assert_eq!(values, [&json!(7), &json!(8)]);
    let many = json(&sandbox, ALPHA, &format!("POST /v1/messages {}", body(vec![1; 100_000])), 400).await;
    assert_eq!(many["errors"].as_array().unwrap().len(), 50);
    let events =
        r#"POST /v1/webhooks/calls {"url":"http://localhost/","events":["call.ringing","call.lost"]}"#;
    assert_eq!(json(&sandbox, ALPHA, events, 400).await["errors"][0]["value"], "call.lost");
}

#[tokio::test]
async fn a_caller_without_a_number_is_asked_for_like_any_other() {
    let sandbox = sandbox();
    for key in [ALPHA, LARGE] {
        let inbox = &all(&sandbox, key, "/phone-numbers").await[0]["id"];
        let path = format!("GET /v1/calls?phoneNumberId={}&participants=Anonymous", inbox.as_str().unwrap());
        json(&sandbox, key, &path, 200).await;
    }
}

#[tokio::test]
async fn a_body_is_json_when_it_says_so() {
    let sandbox = sandbox();
    for (content_type, status) in [
        (Some("application/json"), 202),
        (Some("Application/JSON; charset=utf-8"), 202),
        (Some("text/plain"), 400),
        (Some("application/x-www-form-urlencoded"), 400),
        (Some("application/jsonl"), 400),
        (None, 400),
    ] {
        let line = r#"POST /v1/messages {"content":"x","from":"+14155550150","to":["+14155550188"]}"#;
        let mut request = request(ALPHA, line);
        request.headers_mut().remove("content-type");
        if let Some(content_type) = content_type {
            request.headers_mut().insert("content-type", content_type.parse().unwrap());
        }
        assert_eq!(sandbox.handle(request).await.status(), status, "{content_type:?}");
    }
    assert_eq!(sandbox.sent(ALPHA).len(), 2);
}

#[tokio::test]
async fn refused_sends() {
    let lines = [
        r#"POST /v1/messages {"content":"x","from":"{inbox}","to":["+14155550119"]}"#,
        r#"POST /v1/messages {"content":"x","from":"{inbox}","to":["+14155550194"]}"#,
        r#"POST /v1/messages {"content":"x","from":"{inbox}","to":["+14155550195"]}"#,
        r#"POST /v1/messages {"content":"x","from":"{inbox}","to":["+14155550196"]}"#,
        r#"POST /v1/messages {"content":"x","from":"{inbox}","to":["+14155550197"]}"#,
        r#"POST /v1/messages {"content":"x","from":"{inbox}","to":["+14155550198"]}"#,
        r#"POST /v1/messages {"content":"x","from":"{inbox2}","to":["+442071838750"]}"#,
        r#"POST /messages {"content":"x","from":"{inbox}","to":["+14155550195"]}"#,
        r#"POST /v1/messages {"content":"x","from":"{inbox2}","to":["+14155550101"],"userId":"{office}"}"#,
        r#"POST /v1/messages {"content":"x","from":"{inbox}","to":["+14155550101"],"userId":"US0"}"#,
        "POST /messages/{message}/retry",
    ];
    check("refused_sends", &lines).await;
}

#[tokio::test]
async fn another_workspace_is_not_there() {
    let lines = [
        "GET /v1/messages?phoneNumberId={theirInbox}&participants=%2B14155550101",
        "GET /v1/messages/{theirMessage}",
        "GET /v1/calls?phoneNumberId={theirInbox}&participants=%2B14155550101",
        "GET /v1/calls/{theirCall}",
        "GET /v1/call-recordings/{theirCall}",
        "GET /v1/call-summaries/{theirCall}",
        "GET /v1/call-transcripts/{theirCall}",
        "GET /v1/call-voicemails/{theirCall}",
        "GET /v1/contacts/{theirContact}",
        "GET /v1/phone-numbers/{theirInbox}",
        "GET /v1/users/{theirUser}",
        "POST /v1/conversations/{theirConversation}/mark-as-done",
        r#"POST /v1/messages {"content":"x","from":"{theirInbox}","to":["+14155550101"]}"#,
        r#"POST /v1/messages {"content":"x","from":"+12065550150","to":["+14155550101"]}"#,
        "GET /messages?phoneNumberId={theirInbox}",
        "GET /messages?userId={theirUser}",
        "GET /messages/{theirMessage}",
        "POST /messages/{theirMessage}/retry",
        "GET /calls?phoneNumberId={theirInbox}",
        "GET /calls/{theirCall}",
        "GET /calls/{theirCall}/recordings",
        "GET /calls/{theirCall}/transcripts",
        "GET /phone-numbers/{theirInbox}",
        "GET /users/{theirUser}",
        "GET /phone-numbers/{theirInbox}/users",
        "POST /conversations/{theirConversation}/mark-as-read",
        "GET /contacts/{theirContact}",
        r#"PATCH /contacts/{theirContact} {"role":"mine"}"#,
        "GET /contacts/{theirContact}/shares",
        "GET /contacts/{theirContact}/notes",
        r#"POST /contacts/{theirContact}/notes {"text":"x"}"#,
        "GET /contacts/{theirContact}/notes/{theirNote}",
        "GET /contacts/{theirContact}/properties",
        "GET /contacts/{theirContact}/properties/{theirProperty}",
        "DELETE /contacts/{theirContact}/properties/{theirProperty}",
        "DELETE /contacts/{theirContact}/notes/{theirNote}",
        r#"PATCH /v1/contacts/{theirContact} {"externalId":"mine"}"#,
        "DELETE /v1/contacts/{theirContact}",
        "GET /v1/tasks/{theirTask}",
        "POST /v1/tasks/{theirTask}/complete",
        "GET /tasks/{theirTask}",
        "DELETE /tasks/{theirTask}/due-date",
        r#"POST /tasks {"title":"x","description":"y","conversationId":"{theirConversation}"}"#,
        r#"POST /v1/tasks {"title":"x","description":"y","activityId":"{theirMessage}"}"#,
        "DELETE /v1/tasks/{theirTask}",
    ];
    let sandbox = sandbox();
    let theirs: Vec<(&str, String)> = ids(&sandbox, BRAVO).await;
    for line in lines {
        let line = [
            ("{theirInbox}", "{inbox}"),
            ("{theirMessage}", "{message}"),
            ("{theirCall}", "{voicemail}"),
            ("{theirContact}", "{contact}"),
            ("{theirConversation}", "{conversation}"),
            ("{theirUser}", "{owner}"),
            ("{theirProperty}", "{property}"),
            ("{theirNote}", "{note}"),
            ("{theirTask}", "{task}"),
        ]
        .into_iter()
        .fold(line.to_owned(), |line, (name, own)| line.replace(name, &fill(own, &theirs)));
        assert_eq!(status(&sandbox, ALPHA, &line).await, 404, "{line}");
        // The same request from its owner is not: else a typo in the table would pass.
        let own = line.replace("%2B1415", "%2B1206").replace("+14155550101", "+12065550101");
        assert_ne!(status(&sandbox, BRAVO, &own).await, 404, "{own}");
    }
}

async fn status(sandbox: &Sandbox, key: &str, line: &str) -> u16 {
    answer(sandbox, key, line).await.status().as_u16()
}
