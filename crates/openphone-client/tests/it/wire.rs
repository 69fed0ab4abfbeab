//! What each operation puts on the wire: route, query, headers, body. One snapshot for all, to be read beside
//! the API's reference.

mod records;
mod work;

use std::fmt::Write as _;
use std::sync::Arc;

use openphone_client::calls::{CallExtras, CallStatus, ListCalls};
use openphone_client::contacts::{ContactUpdate, NewContact, PropertyUpdate};
use openphone_client::messages::{
    ListMessages, MessageStatus, RecipientFilter, SendGroupMessage, SendMessage, SetInboxStatus,
};
use openphone_client::webhooks::{EventKind, NewLegacyWebhook, Resources, WebhookUpdate};
use openphone_client::{BuildError, Cursor, Direction, E164, ErrorKind, OpenPhone, PhoneNumberId, UserId};

use crate::server::{Arrived, KEY, Server, Step, Unlimited, quick};

fn number(last: u16) -> E164 {
    E164::parse(&format!("+1415555{last:04}")).expect("a number")
}

fn inbox() -> PhoneNumberId {
    PhoneNumberId::parse("PN1").expect("an id")
}

fn user() -> UserId {
    UserId::parse("US1").expect("an id")
}

fn at(text: &str) -> jiff::Timestamp {
    text.parse().expect("a moment")
}

/// One with the characters that a query must not carry as they are.
fn cursor() -> Cursor {
    Cursor::new("eyJsYXN0SWQiOiJVUyJ9+/=")
}

/// Calls every operation with every parameter, and returns what arrived.
pub(crate) async fn every_operation() -> Vec<Arrived> {
    // 404 is final for every operation, and what is answered is no matter here.
    let server = Server::start([Step::json(404, "{}")]).await;
    let w = server.workspace_with(|builder| builder.rate_limiter(Arc::new(Unlimited)));
    let (from, to) = (at("2026-11-01T00:00:00Z"), at("2026-11-20T18:30:00.5Z"));
    let call = "AC2".parse().expect("an id");

    let send = SendMessage::new(inbox(), number(101), "Grüße & <3");
    let _ = w.messages().send(&send.user_id(user()).set_inbox_status(SetInboxStatus::Done)).await;
    let _ = w.messages().send(&SendMessage::new(number(199), number(101), " x ")).await;
    let _ =
        w.messages().send_group(&SendGroupMessage::new(inbox(), vec![number(101), number(102)], "x")).await;
    let everything = ListMessages::new()
        .phone_number_id(inbox())
        .from(number(101))
        .to(number(199))
        .direction(Direction::Incoming)
        .status(MessageStatus::Received)
        .user_id(user())
        .created_after(from)
        .created_before(to)
        .limit(20)
        .after(cursor());
    let _ = w.messages().list(&everything).await;
    let set = RecipientFilter::ExactSet(vec![number(101).into(), number(102).into()]);
    let _ = w.messages().list(&ListMessages::new().to(set).limit(1000)).await;
    let _ = w.messages().get(&"AC1".parse().expect("an id")).await;
    let _ = w.messages().retry(&"AC1".parse().expect("an id")).await;

    let everything = ListCalls::new()
        .phone_number_id(inbox())
        .actor_id(openphone_client::ActorId::from(user()))
        .participant(number(101))
        .direction(Direction::Outgoing)
        .status([CallStatus::Completed])
        .created_at_gte(from)
        .created_at_lte(to)
        .include(CallExtras::ALL)
        .limit(0);
    let _ = w.calls().list(&everything).await;
    let _ = w
        .calls()
        .list(
            &ListCalls::new()
                .status([CallStatus::Missed, CallStatus::NoAnswer])
                .participants([number(101).into(), number(102).into()]),
        )
        .await;
    let _ = w.calls().get(&call, CallExtras::VOICEMAIL).await;
    let _ = w.calls().transcripts(&call, Some(&cursor())).await;
    let _ = w.calls().recordings(&call, None).await;

    records::contacts(&w).await;
    records::conversations(&w).await;
    records::phone_numbers_and_users(&w).await;
    work::tasks(&w).await;
    work::webhooks(&w).await;
    work::legacy_webhooks(&w).await;
    work::a2p(&w).await;
    let mut arrived = server.arrived();
    arrived.extend(records::contact_update().await);
    arrived
}

#[tokio::test]
async fn each_operation_asks_for_what_it_should() {
    let mut wire = String::new();
    for arrived in every_operation().await {
        let version = arrived.header("quo-api-version").unwrap_or("none");
        writeln!(wire, "{}\n  version {version}\n  {}", arrived.line(), arrived.body).expect("a string");
    }
    insta::assert_snapshot!(wire);
}

#[tokio::test]
async fn every_request_carries_the_raw_key_and_takes_gzip() {
    let server = Server::start([Step::json(404, "{}")]).await;
    let _ = server.workspace().organization().get().await;
    let arrived = &server.arrived()[0];
    assert_eq!(arrived.header("authorization"), Some(KEY));
    assert_eq!(arrived.header("accept"), Some("application/json"));
    assert_eq!(arrived.header("accept-encoding"), Some("gzip"));
    assert_eq!(arrived.header("user-agent"), Some("test"));
}

#[tokio::test]
async fn a_path_in_the_base_url_goes_before_the_route() {
    let server = Server::start([Step::json(404, "{}")]).await;
    for path in ["/proxy/quo", "/proxy/quo/"] {
        let client = quick(&server.url.join(path).expect("a URL")).build().expect("a loopback URL");
        let _ = client.with_key(crate::server::key()).organization().get().await;
    }
    let lines: Vec<_> = server.arrived().iter().map(|arrived| arrived.line().to_owned()).collect();
    assert_eq!(lines, ["GET /proxy/quo/organization"; 2]);
}

#[tokio::test]
async fn what_the_api_would_refuse_is_not_sent() {
    let server = Server::start([Step::json(404, "{}")]).await;
    let w = server.workspace();
    for content in ["", " \n\t", &"x".repeat(1601)] {
        let error = w.messages().send(&SendMessage::new(inbox(), number(101), content)).await;
        assert_eq!(error.expect_err("not a text").kind(), ErrorKind::InvalidRequest);
    }
    let eleven = (101..112).map(number).collect();
    for to in [vec![], vec![number(101)], vec![number(101), number(101)], eleven] {
        let error = w.messages().send_group(&SendGroupMessage::new(inbox(), to, "x")).await;
        assert_eq!(error.expect_err("not a group").kind(), ErrorKind::InvalidRequest);
    }
    let error = w.contacts().create(&NewContact::new("  ".to_owned())).await;
    assert_eq!(error.expect_err("nobody").kind(), ErrorKind::InvalidRequest);
    let id = "c1".parse().expect("an id");
    let error = w.contacts().update(&id, &ContactUpdate::new()).await;
    assert_eq!(error.expect_err("no change").kind(), ErrorKind::InvalidRequest);
    for text in ["", &"x".repeat(2001)] {
        let error = w.contacts().notes(&id).create(text).await;
        assert_eq!(error.expect_err("not a note").kind(), ErrorKind::InvalidRequest);
    }
    let error =
        w.contacts().properties(&id).update(&"p1".parse().expect("an id"), &PropertyUpdate::new()).await;
    assert_eq!(error.expect_err("no change").kind(), ErrorKind::InvalidRequest);
    let error = w.webhooks().update(&"7".parse().expect("an id"), &WebhookUpdate::new()).await;
    assert_eq!(error.expect_err("no change").kind(), ErrorKind::InvalidRequest);
    for events in
        [vec![], vec![EventKind::MessageReceived, EventKind::CallRinging], vec![EventKind::TaskCreated]]
    {
        let error = w.legacy_webhooks().create(&NewLegacyWebhook::new("https://example.com", events)).await;
        assert_eq!(error.expect_err("no such set").kind(), ErrorKind::InvalidRequest);
    }
    // Ids as the API might give them, that would lead elsewhere.
    for odd in [".", ".."] {
        let odd = serde_json::from_value(odd.into()).expect("taken as it is");
        assert_eq!(w.contacts().get(&odd).await.expect_err("no name").kind(), ErrorKind::InvalidRequest);
    }
    // To the API, none is all.
    let none = ListMessages::new().to(RecipientFilter::ExactSet(Vec::new()));
    assert_eq!(w.messages().list(&none).await.expect_err("nobody").kind(), ErrorKind::InvalidRequest);
    let none = WebhookUpdate::new().resources(Resources::Inboxes(Vec::new()));
    let error = w.webhooks().update(&"7".parse().expect("an id"), &none).await;
    assert_eq!(error.expect_err("no inbox").kind(), ErrorKind::InvalidRequest);
    assert_eq!(server.count(), 0);
    // 1600 characters are not 1600 bytes.
    let _ = w.messages().send(&SendMessage::new(inbox(), number(101), "ä".repeat(1600))).await;
    assert_eq!(server.count(), 1);
}

#[test]
fn the_key_does_not_travel_in_clear() {
    let build = |url: &str| quick(&url.parse().expect("a URL")).build().map(drop);
    for url in [
        "https://api.quo.com",
        "https://example.com/x",
        "http://127.0.0.1:1",
        "http://[::1]:1",
        "http://localhost:1",
    ] {
        assert_eq!(build(url), Ok(()), "{url}");
    }
    for url in ["http://api.quo.com", "http://10.0.0.1", "http://localhost.example.com", "ftp://localhost"] {
        assert_eq!(build(url), Err(BuildError::InsecureBaseUrl), "{url}");
    }
    for url in [
        "https://user@example.com",
        "https://example.com/?a=1",
        "https://example.com/#a",
        "data:text/plain,x",
    ] {
        assert_eq!(build(url), Err(BuildError::UnusableBaseUrl), "{url}");
    }
    let http = openphone_client::recommended_http_client("test").expect("an HTTP client");
    assert!(format!("{:?}", OpenPhone::builder(http).build().expect("the default")).contains("api.quo.com"));
}
