//! Bounds, on both sides: the longest, oldest and latest that passes, and the first that does not.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use oauth_server::FetchError;
use serde_json::{Value, json};

use crate::documents::{APP, FakeHosts, document};
use crate::rig::{CLAUDE, ISSUER, Rig, authorization, encode, outcome, redemption, settings, text};

const KEYS_AT: &str = "https://app.example.com/oauth/jwks.json";
const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// When the rig's clock begins.
const NOW: u64 = 1_795_000_000;
const DAY: u64 = 24 * 60 * 60;

static KEY_PAIR: LazyLock<EcdsaKeyPair> =
    LazyLock::new(|| EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap());

fn jwk(kid: &str) -> Value {
    let point = KEY_PAIR.public_key().as_ref();
    let [x, y] = [&point[1..33], &point[33..]].map(|part| URL_SAFE_NO_PAD.encode(part));
    json!({ "kty": "EC", "crv": "P-256", "kid": kid, "x": x, "y": y })
}

fn sign(header: &str, claims: &str) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signature = KEY_PAIR.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
}

fn claims(jti: &str, changes: &Value) -> Value {
    let mut claims = json!({ "iss": APP, "sub": APP, "aud": ISSUER, "exp": NOW + 60, "jti": jti });
    claims.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    claims
}

fn assertion(jti: &str, changes: &Value) -> String {
    sign(r#"{"alg":"ES256","kid":"e1"}"#, &claims(jti, changes).to_string())
}

/// A client that must sign, with its keys at an address of their own.
fn signing() -> (Rig, Arc<FakeHosts>) {
    let hosts = FakeHosts::new();
    let mut app = document(APP, &[CLAUDE]);
    app["token_endpoint_auth_method"] = json!("private_key_jwt");
    app["jwks_uri"] = json!(KEYS_AT);
    hosts.serve(APP, &app);
    hosts.serve(KEYS_AT, &json!({ "keys": [jwk("e1")] }));
    (rig(&hosts), hosts)
}

fn rig(hosts: &Arc<FakeHosts>) -> Rig {
    let mut settings = settings(ISSUER);
    settings.client_documents = Some(hosts.clone());
    Rig::with(settings)
}

/// Whether the assertion is believed: then the code is looked at, which is none.
async fn is_believed(rig: &Rig, assertion: &str) -> bool {
    let mut form = redemption(APP, "none");
    form.extend([("client_assertion_type", TYPE), ("client_assertion", assertion)]);
    match outcome(&rig.post("/token", &form).await).as_str() {
        "400 invalid_grant" => true,
        "401 invalid_client" => false,
        other => panic!("{other}"),
    }
}

async fn opens(rig: &Rig, client_id: &str) -> bool {
    let query = encode(&authorization(client_id, CLAUDE));
    rig.get(&format!("/authorize?{query}")).await.status() == StatusCode::OK
}

#[tokio::test]
async fn m3_the_times_of_an_assertion() {
    let (rig, _) = signing();
    for (what, changes, expected) in [
        ("just not expired, by the skew", json!({ "exp": NOW - 59 }), true),
        ("just expired", json!({ "exp": NOW - 60 }), false),
        ("as long as may be, and the skew", json!({ "exp": NOW + 360 }), true),
        ("longer", json!({ "exp": NOW + 361 }), false),
        ("begins within the skew", json!({ "nbf": NOW + 60 }), true),
        ("begins later", json!({ "nbf": NOW + 61 }), false),
        ("made within the skew", json!({ "iat": NOW + 60 }), true),
        ("made later", json!({ "iat": NOW + 61 }), false),
        ("the longest id", json!({ "jti": "j".repeat(256) }), true),
        ("a longer one", json!({ "jti": "j".repeat(257) }), false),
    ] {
        assert_eq!(is_believed(&rig, &assertion(what, &changes)).await, expected, "{what}");
    }
}

/// Used up for as long as it could be used.
#[tokio::test]
async fn m3_an_assertion_stays_used() {
    let (rig, _) = signing();
    let longest = assertion("once", &json!({ "exp": NOW + 360 }));
    assert!(is_believed(&rig, &longest).await);
    for _ in 0..7 {
        assert!(!is_believed(&rig, &longest).await);
        rig.advance(59);
    }
    rig.advance(6);
    // A second before its end, the skew counted: it would be believed, had it not been used.
    assert!(is_believed(&rig, &assertion("another", &json!({ "exp": NOW + 360 }))).await);
    assert!(!is_believed(&rig, &longest).await);
}

#[tokio::test]
async fn m3_the_longest_assertion() {
    let (rig, _) = signing();
    for (length, expected) in [(8 * 1024, true), (8 * 1024 + 1, false)] {
        // The claims and, because base64 makes steps, the header are filled up.
        let fits = (0..4).find_map(|more| {
            let header = format!(r#"{{"alg":"ES256","kid":"e1","x":"{}"}}"#, "x".repeat(more));
            (5_800..6_200).find_map(|filling| {
                let filled = claims("long", &json!({ "filling": "f".repeat(filling) })).to_string();
                let encoded = |text: &str| (text.len() * 4).div_ceil(3);
                (encoded(&header) + 1 + encoded(&filled) + 1 + 86 == length).then(|| sign(&header, &filled))
            })
        });
        let assertion = fits.unwrap();
        assert_eq!(assertion.len(), length);
        assert_eq!(is_believed(&rig, &assertion).await, expected, "{length} bytes");
    }
}

#[tokio::test]
async fn m3_the_largest_set_of_keys() {
    let padded = |length: usize| {
        let keys = json!({ "keys": [jwk("e1")] }).to_string();
        format!("{keys}{}", " ".repeat(length - keys.len()))
    };
    let many = |count: usize| {
        let names = (2..=count).map(|n| jwk(&format!("e{n}")));
        json!({ "keys": names.chain([jwk("e1")]).collect::<Vec<_>>() }).to_string()
    };
    for (what, keys, expected) in [
        ("32 KiB", padded(32 * 1024), true),
        ("a byte more", padded(32 * 1024 + 1), false),
        ("32 keys", many(32), true),
        ("33 keys", many(33), false),
    ] {
        let (rig, hosts) = signing();
        hosts.serve(KEYS_AT, &keys);
        assert_eq!(is_believed(&rig, &assertion("j", &json!({}))).await, expected, "{what}");
    }
}

#[tokio::test]
async fn i10_the_largest_document() {
    for (length, expected) in [(5 * 1024, true), (5 * 1024 + 1, false)] {
        let hosts = FakeHosts::new();
        let body = document(APP, &[CLAUDE]).to_string();
        hosts.serve(APP, &format!("{body}{}", " ".repeat(length - body.len())));
        assert_eq!(opens(&rig(&hosts), APP).await, expected, "{length} bytes");
    }
    for (count, expected) in [(32, true), (33, false)] {
        let hosts = FakeHosts::new();
        hosts.serve(APP, &document(APP, &vec![CLAUDE; count]));
        assert_eq!(opens(&rig(&hosts), APP).await, expected, "{count} redirect URIs");
    }
    for (length, expected) in [(512, true), (513, false)] {
        let id = format!("https://app.example.com/{}", "a".repeat(length - 24));
        let hosts = FakeHosts::new();
        hosts.serve(&id, &document(&id, &[CLAUDE]));
        assert_eq!(opens(&rig(&hosts), &id).await, expected, "an id of {} bytes", id.len());
    }
}

/// For how long a document is good, if its host says nothing, and if it says too much.
#[tokio::test]
async fn i11_how_long_a_document_is_good() {
    let day = Duration::from_secs(DAY);
    for (said, good_for) in [
        (None, 60 * 60),
        (Some(Duration::from_secs(7_200)), 7_200),
        (Some(day), DAY),
        (Some(10 * day), DAY),
        (Some(Duration::from_secs(59)), 60),
    ] {
        let hosts = FakeHosts::new();
        hosts.serve_for(APP, &document(APP, &[CLAUDE]), said);
        let rig = rig(&hosts);
        for (after, fetches) in [(0, 1), (good_for - 1, 1), (1, 2)] {
            rig.advance(after);
            assert!(opens(&rig, APP).await);
            assert_eq!(hosts.fetches(), fetches, "{said:?}, after {after} s more");
        }
    }
}

/// A week longer than it is good, when it cannot be had anew; and then no more.
#[tokio::test]
async fn i11_how_long_a_document_outlives_its_host() {
    let hosts = FakeHosts::new();
    hosts.serve(APP, &document(APP, &[CLAUDE]));
    let rig = rig(&hosts);
    assert!(opens(&rig, APP).await);
    hosts.fail(APP, FetchError::Unreachable);
    rig.advance(60 * 60 + 7 * DAY - 1);
    assert!(opens(&rig, APP).await);
    rig.advance(1);
    assert!(!opens(&rig, APP).await);
}

/// A failure stands for half a minute, also beside something that is still good enough.
#[tokio::test]
async fn i11_how_long_a_failure_stands() {
    let hosts = FakeHosts::new();
    hosts.serve(APP, &document(APP, &[CLAUDE]));
    let rig = rig(&hosts);
    assert!(opens(&rig, APP).await);
    hosts.fail(APP, FetchError::Unreachable);
    for (after, fetches) in [(60 * 60, 2), (29, 2), (1, 3), (29, 3)] {
        rig.advance(after);
        assert!(opens(&rig, APP).await);
        assert_eq!(hosts.fetches(), fetches, "after {after} s more");
    }
    hosts.serve(APP, &document(APP, &[CLAUDE]));
    rig.advance(1);
    assert!(opens(&rig, APP).await);
    assert_eq!(hosts.fetches(), 4);
}

/// A key that is not in the set may be new: the set is fetched again once it is a minute old.
#[tokio::test]
async fn m3_how_old_a_set_is_that_may_lack_a_key() {
    let (rig, hosts) = signing();
    assert!(is_believed(&rig, &assertion("1", &json!({}))).await);
    assert_eq!(hosts.fetches(), 2);
    let unknown = |jti: &str| sign(r#"{"alg":"ES256","kid":"e9"}"#, &claims(jti, &json!({})).to_string());
    for (after, fetches) in [(59, 2), (1, 3), (59, 3)] {
        rig.advance(after);
        assert!(!is_believed(&rig, &unknown("2")).await);
        assert_eq!(hosts.fetches(), fetches, "after {after} s more");
    }
}

/// An escape that is cut short is nobody's, wherever it stands.
#[tokio::test]
async fn h8_escapes_of_basic_credentials() {
    let rig = Rig::new();
    let registered = crate::rig::json(&rig.register(&json!({ "redirect_uris": [CLAUDE] })).await);
    let [id, secret] = ["client_id", "client_secret"].map(|name| registered[name].as_str().unwrap());
    let first = |text: &str| format!("%{:02x}{}", text.as_bytes()[0], &text[1..]);
    let last = |text: &str| format!("{}%{:02X}", &text[..text.len() - 1], text.as_bytes()[text.len() - 1]);
    for (user, password, expected) in [
        (first(id), last(secret), "400 invalid_grant"),
        (last(id), first(secret), "400 invalid_grant"),
        (id.to_owned(), format!("{secret}%"), "401 invalid_client"),
        (id.to_owned(), format!("{secret}%a"), "401 invalid_client"),
        (id.to_owned(), format!("%g0{secret}"), "401 invalid_client"),
        (id.to_owned(), format!("%0g{secret}"), "401 invalid_client"),
        (format!("{id}%"), secret.to_owned(), "401 invalid_client"),
        (id.to_owned(), format!("{secret}%00"), "401 invalid_client"),
    ] {
        let basic = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
        let mut form = redemption(id, "none");
        form.retain(|(name, _)| *name != "client_id");
        let response = rig.post_with("/token", &[("authorization", &format!("Basic {basic}"))], &form).await;
        assert_eq!(outcome(&response), expected, "{user}:{password}: {}", text(&response));
    }
}
