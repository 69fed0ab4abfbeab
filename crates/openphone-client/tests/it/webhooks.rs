//! Webhook signatures, both schemes, against the vectors of their documents; payloads of both envelopes; secrets.

use std::time::Duration;

use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};
use openphone_client::webhooks::{
    EventKind, InvalidSecret, NewWebhook, Rejection, Resources, Scheme, Verifier, WebhookEvent, WebhookSecret,
};
use proptest::prelude::*;
use sealing::SecretString;

use crate::server::{Server, Step};

/// From the documents of the scheme.
const STANDARD_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const STANDARD_BODY: &[u8] = br#"{"test": 2432232314}"#;
const STANDARD: &[(&str, &str)] = &[
    ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
    ("webhook-timestamp", "1614265330"),
    ("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
];
/// Computed from the rule.
const LEGACY_SECRET: &str = "R2ZLM2o0bFhBNVpyUnU2NG9mYXQ1MHNyR3pvSUhIVVg=";
const LEGACY_BODY: &[u8] = br#"{"id":"EV1","object":"event"}"#;
const LEGACY: &[(&str, &str)] =
    &[("openphone-signature", "hmac;1;1639710054089;trqEFapFYwKJsI9dLDbwZgec8FxAenFJhDyfYKprBSM=")];

fn secret(text: &str) -> WebhookSecret {
    WebhookSecret::new(SecretString::new(text.to_owned()))
}

fn verifier(text: &str) -> Verifier {
    Verifier::new(&secret(text)).expect("a secret")
}

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        let name: http::HeaderName = name.parse().expect("a name");
        headers.append(name, value.parse().expect("a value"));
    }
    headers
}

fn standard_now() -> Timestamp {
    Timestamp::from_second(1_614_265_330).expect("a moment")
}

fn legacy_now() -> Timestamp {
    Timestamp::from_millisecond(1_639_710_054_089).expect("a moment")
}

#[test]
fn the_documents_vectors_are_accepted() {
    let verified = verifier(STANDARD_SECRET).verify(&headers(STANDARD), STANDARD_BODY, standard_now());
    let verified = verified.expect("the vector");
    assert_eq!((verified.scheme, verified.sent_at), (Scheme::Standard, standard_now()));
    assert_eq!(verified.delivery_id, Some("msg_p5jXN8AQM9LWM0D4loKWxJek".parse().expect("an id")));

    let verified = verifier(LEGACY_SECRET).verify(&headers(LEGACY), LEGACY_BODY, legacy_now());
    let verified = verified.expect("the vector");
    assert_eq!(
        (verified.scheme, verified.sent_at, verified.delivery_id),
        (Scheme::Legacy, legacy_now(), None)
    );
}

/// The headers of the vector with one of them replaced.
fn with(name: &str, value: &str) -> HeaderMap {
    let mut changed = headers(if name.starts_with("webhook-") { STANDARD } else { LEGACY });
    changed.insert(name.parse::<http::HeaderName>().expect("a name"), value.parse().expect("a value"));
    changed
}

#[test]
fn anything_else_is_rejected() {
    use Rejection::{Malformed, Unsigned, WrongSignature};
    let standard = [
        (with("webhook-id", "msg_other"), WrongSignature),
        (with("webhook-timestamp", "1614265331"), WrongSignature),
        (with("webhook-timestamp", "1614265330.0"), Malformed),
        (with("webhook-timestamp", "99999999999999999999"), Malformed),
        (with("webhook-timestamp", ""), Malformed),
        (with("webhook-signature", "v1,AAAA"), WrongSignature),
        (with("webhook-signature", "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="), WrongSignature),
        (with("webhook-signature", "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="), WrongSignature),
        (with("webhook-signature", ""), WrongSignature),
        (headers(&STANDARD[..2]), Unsigned),
        (headers(&STANDARD[1..]), Malformed),
        (headers(&[STANDARD[0], STANDARD[2]]), Malformed),
        (headers(&[STANDARD[0], STANDARD[0], STANDARD[1], STANDARD[2]]), Malformed),
        (headers(LEGACY), Unsigned),
        (HeaderMap::new(), Unsigned),
    ];
    for (headers, expected) in standard {
        let found = verifier(STANDARD_SECRET).verify(&headers, STANDARD_BODY, standard_now());
        assert_eq!(found, Err(expected), "{headers:?}");
    }
    let legacy = [
        (
            with("openphone-signature", "hmac;1;1639710054090;trqEFapFYwKJsI9dLDbwZgec8FxAenFJhDyfYKprBSM="),
            WrongSignature,
        ),
        (with("openphone-signature", "hmac;1;1639710054089;AAAA"), WrongSignature),
        (
            with("openphone-signature", "hmac;2;1639710054089;trqEFapFYwKJsI9dLDbwZgec8FxAenFJhDyfYKprBSM="),
            Malformed,
        ),
        (with("openphone-signature", "hmac;1;1639710054089"), Malformed),
        (with("openphone-signature", "hmac;1;soon;AAAA"), Malformed),
        (with("openphone-signature", ";;;,;;"), Malformed),
        (headers(STANDARD), Unsigned),
    ];
    for (headers, expected) in legacy {
        let found = verifier(LEGACY_SECRET).verify(&headers, LEGACY_BODY, legacy_now());
        assert_eq!(found, Err(expected), "{headers:?}");
    }
    // Neither scheme's key opens the other's door, whatever the bytes of the secret.
    let same_bytes = verifier(STANDARD_SECRET.trim_start_matches("whsec_"));
    assert_eq!(same_bytes.verify(&headers(STANDARD), STANDARD_BODY, standard_now()), Err(Unsigned));
    let changed =
        verifier(STANDARD_SECRET).verify(&headers(STANDARD), br#"{"test":2432232314}"#, standard_now());
    assert_eq!(changed, Err(WrongSignature), "white space counts");
}

#[test]
fn the_time_may_be_five_minutes_off() {
    let at = |seconds| {
        let now = standard_now() + SignedDuration::from_secs(seconds);
        verifier(STANDARD_SECRET).verify(&headers(STANDARD), STANDARD_BODY, now).map(drop)
    };
    for (seconds, expected) in [
        (300, Ok(())),
        (301, Err(Rejection::TooOld)),
        (-300, Ok(())),
        (-301, Err(Rejection::TooNew)),
        (i64::from(u32::MAX), Err(Rejection::TooOld)),
    ] {
        assert_eq!(at(seconds), expected, "{seconds} s");
    }
    let strict = verifier(STANDARD_SECRET).tolerance(Duration::ZERO);
    let late = standard_now() + SignedDuration::from_millis(1);
    assert_eq!(strict.verify(&headers(STANDARD), STANDARD_BODY, late), Err(Rejection::TooOld));
}

#[test]
fn while_a_secret_is_rotated_both_are_accepted() {
    let old = verifier("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    assert_eq!(old.verify(&headers(STANDARD), STANDARD_BODY, standard_now()), Err(Rejection::WrongSignature));
    let both =
        old.or(&secret(STANDARD_SECRET)).expect("a secret").or(&secret(LEGACY_SECRET)).expect("a secret");
    assert!(both.verify(&headers(STANDARD), STANDARD_BODY, standard_now()).is_ok());
    assert!(both.verify(&headers(LEGACY), LEGACY_BODY, legacy_now()).is_ok());
    let several =
        with("webhook-signature", "v1a,x v1,AAAA v1,!!! v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    assert!(both.verify(&several, STANDARD_BODY, standard_now()).is_ok());
    let several = with(
        "openphone-signature",
        "hmac;1;1639710054000;AAAA, hmac;1;1639710054089;trqEFapFYwKJsI9dLDbwZgec8FxAenFJhDyfYKprBSM=",
    );
    assert!(both.verify(&several, LEGACY_BODY, legacy_now()).is_ok());
}

#[test]
fn a_secret_is_checked_and_never_shown() {
    for (text, expected) in [
        ("", InvalidSecret::TooShort),
        ("whsec_", InvalidSecret::TooShort),
        ("whsec_AAAA", InvalidSecret::TooShort),
        ("whsec_not base64 at all, is it", InvalidSecret::NotBase64),
        ("wh_sec", InvalidSecret::NotBase64),
    ] {
        assert_eq!(Verifier::new(&secret(text)).map(drop), Err(expected), "{text:?}");
    }
    assert!(Verifier::new(&secret(&format!("  {STANDARD_SECRET}\n"))).is_ok(), "as it was pasted");
    let printed = format!("{:?} {:?}", secret(STANDARD_SECRET), verifier(STANDARD_SECRET));
    assert!(!printed.contains("MfKQ") && !printed.contains("49, 242"), "{printed}");
}

#[tokio::test]
async fn a_new_webhook_brings_its_secret_and_prints_neither_it_nor_its_address() {
    let made = format!(
        r#"{{"data":{{"id":"7","orgId":"OR1","label":null,"status":"enabled","url":"https://example.com/private",
            "createdAt":"2026-11-20T18:30:00Z","updatedAt":"2026-11-20T18:30:00Z","events":["message.received","x.y"],
            "resourceIds":["*"],"apiVersion":"2026-03-30","key":"{STANDARD_SECRET}"}}}}"#
    );
    let rotated = format!(r#"{{"data":{{"key":"{STANDARD_SECRET}"}}}}"#);
    let server = Server::start([Step::json(201, &made), Step::json(200, &rotated)]).await;
    let workspace = server.workspace();
    let new = NewWebhook::new("https://example.com/private", [EventKind::MessageReceived]);
    let made = workspace.webhooks().create(&new).await.expect("made");
    assert_eq!(made.key.expose(), STANDARD_SECRET);
    assert_eq!(made.webhook.resource_ids, Resources::All);
    assert_eq!(made.webhook.events[1], EventKind::Other("x.y".to_owned()));
    let rotated = workspace.webhooks().rotate_secret(&made.webhook.id).await.expect("rotated");
    assert_eq!(rotated.expose(), STANDARD_SECRET);
    let printed = format!("{made:?} {rotated:?} {new:?}");
    assert!(!printed.contains("MfKQ") && !printed.contains("private"), "{printed}");
}

#[test]
fn both_envelopes_are_read() {
    let dated = br#"{"id":"EV1","apiVersion":"2026-03-30","createdAt":"2026-04-13T12:00:00.000Z","type":"message.received",
        "data":{"resource":{"id":"AC1","text":"private"},"context":{"orgId":"OR1","phoneNumberId":"PN1","conversationId":null,
        "userId":"SYU1","contacts":{"ids":[]}},"links":{"quo":"https://my.quo.com/private"}}}"#;
    let old = br#"{"id":"EV2","object":"event","apiVersion":"v4","createdAt":"2026-04-13T12:00:00Z","type":"call.completed",
        "data":{"object":{"id":"AC2","object":"call","phoneNumberId":"PN2","conversationId":"CN2","userId":"US2","to":"private"},
        "deepLink":"https://my.quo.com/private"}}"#;
    let (dated, old) = (WebhookEvent::parse(dated).expect("read"), WebhookEvent::parse(old).expect("read"));
    insta::assert_debug_snapshot!((&dated, &old));
    assert_eq!((&dated.resource()["text"], &old.resource()["object"]), (&"private".into(), &"call".into()));
    #[derive(serde::Deserialize)]
    struct Id {
        id: String,
    }
    assert_eq!(old.resource_as::<Id>().expect("an id").id, "AC2");
    for broken in
        [&b"{}"[..], b"", b"[]", br#"{"id":"EV1","type":"x","apiVersion":"v4","createdAt":"now","data":{}}"#]
    {
        assert!(WebhookEvent::parse(broken).is_err());
    }
}

proptest! {
    /// Whatever arrives is rejected and nothing panics: nobody guesses a signature.
    #[test]
    fn nothing_forged_is_accepted(
        id in "[ -~]{0,20}", stamp in "[0-9.-]{0,15}", signature in "(v1,)?[A-Za-z0-9+/=; ,]{0,60}", body: Vec<u8>,
    ) {
        let both = verifier(STANDARD_SECRET).or(&secret(LEGACY_SECRET)).expect("a secret");
        let standard = [("webhook-id", &*id), ("webhook-timestamp", &*stamp), ("webhook-signature", &*signature)];
        prop_assert!(both.verify(&headers(&standard), &body, standard_now()).is_err());
        let old = format!("hmac;1;{stamp};{signature}");
        prop_assert!(both.verify(&headers(&[("openphone-signature", &old)]), &body, legacy_now()).is_err());
        let _ = WebhookEvent::parse(&body);
    }
}
