//! Answers that differ from the documents, as the API's own growth and old answers do: they are read.

use openphone_client::calls::{Call, CallExtras, CallStatus};
use openphone_client::contacts::{CustomFieldKind, CustomFieldValue, ListContacts};
use openphone_client::messages::{Message, MessageStatus};
use openphone_client::phone_numbers::ListPhoneNumbers;
use openphone_client::users::ListUsers;
use openphone_client::{Direction, Page, Redacted};

use crate::server::{Server, Step};

async fn message(data: &str) -> Message {
    let server = Server::start([Step::json(200, &format!(r#"{{"data":{data}}}"#))]).await;
    server.workspace().messages().get(&"AC1".parse().expect("an id")).await.expect("a message")
}

#[tokio::test]
async fn a_message_with_the_least_and_the_strangest() {
    let old = message(
        r#"{"id":"AC1","to":["+14155550101"],"from":"Anonymous","text":null,"direction":"incoming",
            "status":"received","userId":null,"createdAt":"2025-01-02T03:04:05Z"}"#,
    )
    .await;
    assert_eq!((old.text.as_str(), &old.conversation_id, &old.user_id), ("", &None, &None));
    assert_eq!(old.from.e164(), None);
    assert!(old.media.is_empty());

    let new = message(
        r#"{"id":"AC1","to":["21610","+14155550101"],"from":"+14155550199","text":"x","direction":"sideways",
            "status":"teleported","userId":"SYU1","phoneNumberId":null,"conversationId":"CN1","future":{"a":[1]},
            "media":[{"url":"https://example.com/a","type":null,"size":3}],
            "createdAt":"2025-11-26T03:23:12.819Z","updatedAt":"2025-11-26T03:23:12.819123Z"}"#,
    )
    .await;
    assert_eq!(new.direction, Direction::Other("sideways".to_owned()));
    assert_eq!(new.status, MessageStatus::Other("teleported".to_owned()));
    assert_eq!(new.status.to_string(), "teleported");
    assert_eq!(serde_json::to_string(&new.status).expect("JSON"), "\"teleported\"");
    assert_eq!(new.created_at.to_string(), "2025-11-26T03:23:12.819Z");
    assert_eq!(new.user_id.and_then(|actor| actor.user()), None);
    assert_eq!(new.media[0].media_type, None);
}

/// A call with these members in place of the usual ones.
async fn call(members: &str) -> Call {
    let body = format!(
        r#"{{"data":{{"id":"AC2","direction":"incoming","createdAt":"2026-01-01T00:00:00Z",{members}}}}}"#
    );
    let server = Server::start([Step::json(200, &body)]).await;
    server.workspace().calls().get(&"AC2".parse().expect("an id"), CallExtras::ALL).await.expect("a call")
}

#[tokio::test]
async fn a_call_is_missed_when_nobody_and_nothing_took_it() {
    let table = [
        (r#""status":"missed""#, true),
        (r#""status":"no-answer""#, true),
        (r#""status":"abandoned""#, true),
        (r#""status":"completed","answeredAt":null"#, true),
        (r#""status":"completed","answeredAt":"2026-01-01T00:00:09Z""#, false),
        (r#""status":"completed","aiHandled":"ai-agent""#, false),
        (r#""status":"forwarded""#, false),
        (r#""status":"completed","forwardedTo":"+14155550101""#, false),
        (r#""status":"ringing""#, false),
        (r#""status":"in-progress""#, false),
    ];
    for (members, missed) in table {
        assert_eq!(call(members).await.is_missed(), missed, "{members}");
    }
}

#[tokio::test]
async fn a_call_with_nulls() {
    let call = call(
        r#""status":"beamed","participants":null,"duration":null,"phoneNumberId":null,"actorId":null,
           "summary":{"status":"in-progress","type":null,"summary":null,"nextSteps":null,"jobs":null,"title":null},
           "voicemail":{"id":"VM1","status":"in-progress","duration":null,"recordingUrl":null,"transcript":null}"#,
    )
    .await;
    assert_eq!(call.status, CallStatus::Other("beamed".to_owned()));
    assert!(call.participants.is_empty());
    assert!(call.summary.expect("a summary").summary.is_empty());
    assert!(call.voicemail.expect("a voicemail").transcript.is_none());
}

async fn users(body: &str) -> Page<openphone_client::users::User> {
    let server = Server::start([Step::json(200, body)]).await;
    server.workspace().users().list(&ListUsers::new()).await.expect("a page")
}

#[tokio::test]
async fn the_end_of_a_list_in_every_spelling() {
    for end in
        [r#","nextCursor":null"#, "", r#","nextCursor":"""#, r#","nextPageToken":null,"totalItems":-1"#]
    {
        assert_eq!(users(&format!(r#"{{"data":[]{end}}}"#)).await.next, None, "{end:?}");
    }
    let page = users(r#"{"data":[],"nextCursor":"x"}"#).await;
    assert_eq!(page.next.expect("a cursor").as_str(), "x");
}

#[tokio::test]
async fn custom_fields_of_every_type() {
    let field = |kind: &str, value: &str| format!(r#"{{"name":"n","type":"{kind}","value":{value}}}"#);
    let fields = [
        field("string", "\"a\""),
        field("boolean", "true"),
        field("number", "1.5"),
        field("multi-select", r#"["a","b"]"#),
        field("location", r#"{"lat":1}"#),
        field("url", "null"),
    ];
    let body = format!(
        r#"{{"data":[{{"id":"c1","defaultFields":{{"firstName":"A","emails":null}},"customFields":[{}],
            "createdAt":"2026-01-01T00:00:00Z"}}]}}"#,
        fields.join(",")
    );
    let server = Server::start([Step::json(200, &body)]).await;
    let contacts = server.workspace().contacts().list(&ListContacts::new()).await.expect("a page").data;
    let values: Vec<_> =
        contacts[0].custom_fields.iter().map(|field| field.value.clone().map(Redacted::into_inner)).collect();
    assert_eq!(
        values,
        [
            Some(CustomFieldValue::Text("a".to_owned())),
            Some(CustomFieldValue::Flag(true)),
            Some(CustomFieldValue::Number(serde_json::Number::from_f64(1.5).expect("finite"))),
            Some(CustomFieldValue::Choices(vec!["a".to_owned(), "b".to_owned()])),
            Some(CustomFieldValue::Other(serde_json::json!({"lat": 1}))),
            None,
        ]
    );
    assert_eq!(contacts[0].custom_fields[4].kind, CustomFieldKind::Other("location".to_owned()));
}

/// v1 calls it `number`, the dated surface `phoneNumber`.
#[tokio::test]
async fn the_number_of_an_inbox_in_both_spellings() {
    for name in ["number", "phoneNumber"] {
        let body = format!(r#"{{"data":[{{"id":"PN1","name":"Main","{name}":"+14155550199"}}]}}"#);
        let server = Server::start([Step::json(200, &body)]).await;
        let page = server.workspace().phone_numbers().list(&ListPhoneNumbers::new()).await.expect("a page");
        assert_eq!(page.data[0].phone_number.as_str(), "+14155550199");
    }
}

/// One odd member of one item must not cost the page, and an accepted text must not be called unknown for it.
#[tokio::test]
async fn what_an_item_is_no_less_for_lacking_may_be_odd() {
    let whole = serde_json::json!({
        "id": "AC1", "to": ["+14155550101"], "from": "+14155550150", "text": "x", "direction": "outgoing",
        "status": "queued", "createdAt": "2026-01-01T00:00:00Z",
    });
    let table = [
        ("conversationId", serde_json::json!("")),
        ("conversationId", serde_json::json!("cn_1")),
        ("conversationId", serde_json::json!(17)),
        ("phoneNumberId", serde_json::json!("GR1")),
        ("userId", serde_json::json!("")),
        ("userId", serde_json::json!({ "id": "US1" })),
        ("updatedAt", serde_json::json!("")),
        ("updatedAt", serde_json::json!(["2026-01-01T00:00:00Z"])),
        ("text", serde_json::json!(null)),
        ("id", serde_json::json!("msg_1/2,3")),
    ];
    for (name, odd) in table {
        let mut item = whole.clone();
        item[name] = odd.clone();
        assert_eq!(message(&item.to_string()).await.from.as_str(), "+14155550150", "{name}: {odd}");
        let server = Server::start([Step::json(202, &serde_json::json!({ "data": item }).to_string())]).await;
        let sent = server.workspace().messages().send(&crate::faults::text()).await;
        sent.unwrap_or_else(|error| panic!("{name}: {odd}: {error}"));
    }
}

#[tokio::test]
async fn a_task_is_read_whatever_its_revision_and_its_maker_are() {
    for (revision, read) in
        [("7", Some(7)), ("\"7\"", Some(7)), ("\"r-7\"", None), ("7.5", None), ("null", None)]
    {
        let change = format!(r#"{{"data":{{"taskId":"TK1","revision":{revision}}}}}"#);
        let server = Server::start([Step::json(201, &change)]).await;
        let inbox: openphone_client::PhoneNumberId = "PN1".parse().expect("an id");
        let new = openphone_client::tasks::NewTask::new(inbox, "x", "y");
        let made = server.workspace().tasks().create(&new).await.expect("made, whatever its revision");
        assert_eq!(made.revision, read, "{revision}");
    }
    for maker in ["\"Sona AI\"", "\"automation/42\"", "\"\"", "null", "7"] {
        let task = format!(
            r#"{{"data":{{"taskId":"TK1","createdAt":"2026-01-01T00:00:00Z","status":"open","revision":1,"createdBy":{maker}}}}}"#
        );
        let server = Server::start([Step::json(200, &task)]).await;
        server.workspace().tasks().get(&"TK1".parse().expect("an id")).await.expect("a task");
    }
}

#[tokio::test]
async fn a_phone_number_without_a_label_is_one() {
    let body = r#"{"data":[{"id":"c1","defaultFields":{"firstName":"A","phoneNumbers":[{"name":null,"value":"+14155550101"},
        {"value":"+14155550102"}]},"createdAt":"2026-01-01T00:00:00Z"}]}"#;
    let server = Server::start([Step::json(200, body)]).await;
    let contacts = server.workspace().contacts().list(&ListContacts::new()).await.expect("a page").data;
    assert!(contacts[0].default_fields.phone_numbers.iter().all(|item| item.name.is_empty()));
}
