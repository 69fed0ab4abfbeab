//! What must not reach a log does not print: keys, numbers, names, texts.

use std::error::Error as _;
use std::time::Duration;

use openphone_client::contacts::{CustomFieldValue, NewContact};
use openphone_client::messages::{ListMessages, SendGroupMessage, SendMessage};
use openphone_client::{ApiKey, Cursor, E164, PhoneNumberId};
use sealing::SecretString;
use tokio::net::TcpListener;

use crate::faults::ACCEPTED;
use crate::server::{KEY, Server, Step, key, quick};

const CONTACT: &str = r#"{"data":{"id":"c1","externalId":"private-9","source":"crm","sourceUrl":"https://private.example.com/9",
    "defaultFields":{"firstName":"Private","lastName":"Private","company":"Private","role":"Private",
      "emails":[{"name":"work","value":"private@example.com","id":"e1"}],
      "phoneNumbers":[{"name":"mobile","value":"+14155550101","id":"p1"}]},
    "customFields":[{"name":"Birthday","key":"k","id":"f1","type":"date","value":"private"},
                    {"name":"Tags","key":"t","type":"multi-select","value":["private"]},
                    {"name":"New","type":"new-type","value":{"a":"private"}},
                    {"name":"Empty","type":"string","value":null}],
    "createdAt":"2026-11-20T18:30:00Z","updatedAt":"2026-11-20T18:30:00Z","createdByUserId":"US1"}}"#;
const CALL: &str = r#"{"data":{"id":"AC2","phoneNumberId":"PN1","actorId":"SYU1","direction":"incoming","status":"completed",
    "participants":[{"phoneNumber":"+14155550101","actorId":null}],"answeredAt":null,"answeredBy":null,"initiatedBy":null,
    "completedAt":null,"createdAt":"2026-11-20T18:30:00.5Z","updatedAt":null,"callRoute":"phone-menu","duration":12,
    "forwardedFrom":"+14155550101","forwardedTo":"+14155550101","aiHandled":null,
    "summary":{"status":"completed","type":"agent","summary":["private"],"nextSteps":["private"],"title":"private",
      "jobs":[{"icon":"i","name":"private","result":{"data":[{"name":"private","value":"private"},{"name":"n","value":3}]}}]},
    "voicemail":{"id":"VM1","status":"completed","duration":3,"recordingUrl":"https://private.example.com/v","transcript":"private"}}}"#;

fn assert_private(printed: &str) {
    for secret in ["555", "rivate", "Hi there", KEY, "0123456789"] {
        assert!(!printed.contains(secret), "{secret:?} is in {printed}");
    }
}

#[tokio::test]
async fn answers_do_not_print_what_they_hold() {
    let server = Server::start([
        Step::json(202, &ACCEPTED.replace("\"Hi\"", "\"Hi there\"")),
        Step::json(200, CONTACT),
        Step::json(200, CALL),
    ])
    .await;
    let workspace = server.workspace();
    let message = workspace.messages().send(&crate::faults::text()).await.expect("accepted");
    assert_eq!(*message.text, "Hi there");
    assert_private(&format!("{message:?}"));
    let contact = workspace.contacts().get(&"c1".parse().expect("an id")).await.expect("a contact");
    assert_eq!(contact.custom_fields.len(), 4);
    assert_private(&format!("{contact:?}"));
    let call =
        workspace.calls().get(&"AC2".parse().expect("an id"), openphone_client::calls::CallExtras::ALL).await;
    let call = call.expect("a call");
    assert_eq!(call.summary.as_ref().map(|summary| summary.jobs[0].fields.len()), Some(2));
    assert_private(&format!("{call:?}"));
}

#[test]
fn requests_do_not_print_what_they_hold() {
    let number = || E164::parse("+14155550101").expect("a number");
    let inbox = PhoneNumberId::parse("PN1").expect("an id");
    assert_private(&format!("{:?}", SendMessage::new(inbox.clone(), number(), "Hi there")));
    assert_private(&format!("{:?}", SendMessage::new(number(), number(), "Hi there")));
    assert_private(&format!("{:?}", SendGroupMessage::new(inbox, vec![number()], "Hi there")));
    assert_private(&format!("{:?}", ListMessages::new().to(number()).after(Cursor::new("Private"))));
    let contact = NewContact::new("Private".to_owned())
        .last_name("Private".to_owned())
        .company("Private".to_owned())
        .role("Private".to_owned())
        .email("work", "private@example.com")
        .phone_number("mobile", &number())
        .external_id("private".to_owned())
        .source_url("https://private.example.com".to_owned())
        .custom_field("k", CustomFieldValue::Text("private".to_owned()));
    assert_private(&format!("{contact:?}"));
}

#[tokio::test]
async fn clients_and_keys_do_not_print_the_key() {
    let server = Server::start([Step::Never]).await;
    let client = quick(&server.url).build().expect("a loopback URL");
    assert_private(&format!("{client:?} {:?} {:?}", client.with_key(key()), key()));
    assert_private(&format!("{:?}", ApiKey::new(&SecretString::new(format!("Bearer {KEY}")))));
}

/// The HTTP library puts the address into its errors, and the numbers are in its query.
#[tokio::test]
async fn errors_do_not_hold_what_was_asked_for() {
    let closed = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let refused = format!("http://{}", closed.local_addr().expect("an address")).parse().expect("a URL");
    drop(closed);
    let hangs = Server::start([Step::Never]).await;
    let broken = Server::start([Step::half(200, "{")]).await;
    let unreadable = Server::start([Step::json(200, r#"{"data":[{"id":"+14155550101"}]}"#)]).await;
    for url in [&refused, &hangs.url, &broken.url, &unreadable.url] {
        let client = quick(url).timeout(Duration::from_millis(100)).build().expect("a loopback URL");
        let number = E164::parse("+14155550101").expect("a number");
        let error = client.with_key(key()).messages().list(&ListMessages::new().to(number)).await;
        let error = error.expect_err("it cannot work");
        let mut printed = format!("{error} {error:?}");
        let mut cause = error.source();
        while let Some(error) = cause {
            printed.push_str(&format!(" {error} {error:?}"));
            cause = error.source();
        }
        assert_private(&printed);
    }
}
