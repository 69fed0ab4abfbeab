//! Clients that sign: `private_key_jwt` for those with a metadata document (M3).

use std::sync::{Arc, LazyLock};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA512,
    RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use oauth_server::FetchError;
use serde_json::{Value, json};

use crate::documents::{APP, FakeHosts, document};
use crate::rig::{CLAUDE, ISSUER, Rig, json, outcome, redemption, settings, text};

const KEYS_AT: &str = "https://app.example.com/oauth/jwks.json";
const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// When the rig's clock begins.
const NOW: u64 = 1_795_000_000;

static RSA: LazyLock<RsaKeyPair> = LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap());
static OTHER_RSA: LazyLock<RsaKeyPair> = LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap());
static P256: LazyLock<EcdsaKeyPair> =
    LazyLock::new(|| EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap());

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn rsa_jwk(pair: &RsaKeyPair, kid: &str) -> Value {
    // An RSAPublicKey of RFC 8017 appendix A.1.1 in DER: with 2048 bits, and 65537, everything has its place.
    let der = pair.public_key().as_ref();
    let (modulus, exponent) = (&der[9..9 + 256], &der[der.len() - 3..]);
    assert_eq!((der.len(), exponent), (270, &[1, 0, 1][..]));
    // Some write numbers with the sign's byte in front.
    json!({ "kty": "RSA", "kid": kid, "alg": "RS256", "n": encode(&[&[0], modulus].concat()), "e": encode(exponent) })
}

fn p256_jwk(kid: &str) -> Value {
    let point = P256.public_key().as_ref();
    json!({ "kty": "EC", "crv": "P-256", "use": "sig", "kid": kid, "x": encode(&point[1..33]), "y": encode(&point[33..]) })
}

fn jwks(keys: &[Value]) -> Value {
    json!({ "keys": keys })
}

fn unsigned(header: &Value, claims: &Value) -> String {
    format!("{}.{}", encode(header.to_string().as_bytes()), encode(claims.to_string().as_bytes()))
}

fn sign_rsa(pair: &RsaKeyPair, header: &Value, claims: &Value) -> String {
    let signed = unsigned(header, claims);
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
    format!("{signed}.{}", encode(&signature))
}

fn sign_p256(header: &Value, claims: &Value) -> String {
    let signed = unsigned(header, claims);
    let signature = P256.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
    format!("{signed}.{}", encode(signature.as_ref()))
}

fn header() -> Value {
    json!({ "alg": "RS256", "typ": "JWT", "kid": "r1" })
}

/// Good claims with some changed; `null` takes one out.
fn claims(jti: &str, changes: &Value) -> Value {
    let mut claims = json!({
        "iss": APP, "sub": APP, "aud": ISSUER, "iat": NOW, "exp": NOW + 60, "jti": jti,
    });
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    claims
}

fn good(jti: &str) -> String {
    sign_rsa(&RSA, &header(), &claims(jti, &json!({})))
}

/// A rig whose client must sign, or may.
fn signing(may_also_not: bool) -> (Rig, Arc<FakeHosts>) {
    let hosts = FakeHosts::new();
    let mut app = document(APP, &[CLAUDE]);
    app["token_endpoint_auth_method"] = json!("private_key_jwt");
    if may_also_not {
        app["token_endpoint_auth_methods_supported"] = json!(["none", "private_key_jwt"]);
    }
    app["jwks_uri"] = json!(KEYS_AT);
    hosts.serve(APP, &app);
    hosts.serve(KEYS_AT, &jwks(&[rsa_jwk(&RSA, "r1"), p256_jwk("e1")]));
    let mut settings = settings(ISSUER);
    settings.client_documents = Some(hosts.clone());
    (Rig::with(settings), hosts)
}

async fn redeem_with(rig: &Rig, code: &str, assertion: &str) -> http::Response<bytes::Bytes> {
    let mut form = redemption(APP, code);
    form.extend([("client_assertion_type", TYPE), ("client_assertion", assertion)]);
    rig.post("/token", &form).await
}

#[tokio::test]
async fn m3_a_client_that_must_sign_gets_nothing_unsigned() {
    let (rig, _) = signing(false);
    let code = rig.code(APP).await;
    let response = rig.redeem(APP, &code).await;
    assert_eq!(outcome(&response), "401 invalid_client");
    assert!(text(&response).contains("private_key_jwt"));
    let response = redeem_with(&rig, &code, &good("j1")).await;
    assert_eq!(response.status(), StatusCode::OK, "{}", text(&response));
    let tokens = json(&response);
    let refresh = tokens["refresh_token"].as_str().unwrap();
    assert_eq!(outcome(&rig.refresh(APP, refresh).await), "401 invalid_client");
    // The other algorithm, the other audience, and an id that stands in the assertion alone.
    let assertion = sign_p256(
        &json!({ "alg": "ES256", "kid": "e1" }),
        &claims("j2", &json!({ "aud": ["https://other.example", format!("{ISSUER}/token")] })),
    );
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh),
        ("client_assertion_type", TYPE),
        ("client_assertion", &assertion),
    ];
    let response = rig.post("/token", &form).await;
    assert_eq!(response.status(), StatusCode::OK, "{}", text(&response));
    // Revocation is no way around it.
    let newest = json(&response);
    let form = [("client_id", APP), ("token", newest["refresh_token"].as_str().unwrap())];
    assert_eq!(rig.post("/revoke", &form).await.status(), StatusCode::OK);
    assert!(rig.works(&newest).await);
    let signed = good("j3");
    let mut form = form.to_vec();
    form.extend([("client_assertion_type", TYPE), ("client_assertion", &signed)]);
    assert_eq!(rig.post("/revoke", &form).await.status(), StatusCode::OK);
    assert!(!rig.works(&newest).await);
}

#[tokio::test]
async fn i7_m3_a_client_that_may_sign_is_believed_either_way_but_never_a_bad_signature() {
    let (rig, hosts) = signing(true);
    let code = rig.code(APP).await;
    let bad = sign_rsa(&OTHER_RSA, &header(), &claims("j1", &json!({})));
    assert_eq!(outcome(&redeem_with(&rig, &code, &bad).await), "401 invalid_client");
    assert_eq!(rig.redeem(APP, &code).await.status(), StatusCode::OK);
    let code = rig.code(APP).await;
    assert_eq!(redeem_with(&rig, &code, &good("j2")).await.status(), StatusCode::OK);
    // One document and one set of keys.
    assert_eq!(hosts.fetches(), 2);
}

#[tokio::test]
async fn m3_an_assertion_is_good_once_and_only_for_here_and_now() {
    let (rig, _) = signing(false);
    let code = rig.code(APP).await;
    let claim = |changes: Value| sign_rsa(&RSA, &header(), &claims("j", &changes));
    let with_header = |header: Value| sign_rsa(&RSA, &header, &claims("j", &json!({})));
    let flipped = {
        let mut text = good("j");
        let at = text.rfind('.').unwrap() + 10;
        let other = if &text[at..=at] == "A" { "B" } else { "A" };
        text.replace_range(at..=at, other);
        text
    };
    let unsigned_token = format!("{}.", unsigned(&json!({ "alg": "none" }), &claims("j", &json!({}))));
    let long_rs512 = {
        let signed = unsigned(&json!({ "alg": "RS512", "kid": "r1" }), &claims("j", &json!({})));
        let mut signature = vec![0; RSA.public_modulus_len()];
        RSA.sign(&RSA_PKCS1_SHA512, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
        format!("{signed}.{}", encode(&signature))
    };
    let cases = [
        ("another issuer", claim(json!({ "iss": "https://evil.example/c" }))),
        ("another subject", claim(json!({ "sub": "https://evil.example/c" }))),
        ("another audience", claim(json!({ "aud": "https://evil.example" }))),
        ("no audience", claim(json!({ "aud": [] }))),
        ("the audience with a slash", claim(json!({ "aud": format!("{ISSUER}/") }))),
        ("expired", claim(json!({ "exp": NOW - 60 }))),
        ("for an hour", claim(json!({ "exp": NOW + 3_600 }))),
        ("for ever", claim(json!({ "exp": 1e300 }))),
        ("without an end", claim(json!({ "exp": null }))),
        ("with a word for an end", claim(json!({ "exp": "tomorrow" }))),
        ("not yet", claim(json!({ "nbf": NOW + 61 }))),
        ("from the future", claim(json!({ "iat": NOW + 61 }))),
        ("without an id", claim(json!({ "jti": null }))),
        ("with an empty id", claim(json!({ "jti": "" }))),
        ("with a long id", claim(json!({ "jti": "j".repeat(257) }))),
        ("another key", sign_rsa(&OTHER_RSA, &header(), &claims("j", &json!({})))),
        ("an unknown key", with_header(json!({ "alg": "RS256", "kid": "r2" }))),
        ("the key of another algorithm", with_header(json!({ "alg": "RS256", "kid": "e1" }))),
        ("another algorithm", with_header(json!({ "alg": "ES256", "kid": "r1" }))),
        ("a longer hash", long_rs512),
        ("an extension", with_header(json!({ "alg": "RS256", "kid": "r1", "crit": ["b64"], "b64": false }))),
        ("no algorithm", with_header(json!({ "kid": "r1" }))),
        ("unsigned", unsigned_token),
        ("a flipped bit", flipped),
        ("half of it", good("j")[..200].to_owned()),
        ("something else", "x.y.z".to_owned()),
        ("too long", format!("{}{}", good("j"), "A".repeat(8 * 1024))),
    ];
    for (what, assertion) in cases {
        assert_eq!(outcome(&redeem_with(&rig, &code, &assertion).await), "401 invalid_client", "{what}");
    }
    // None of this used anything up.
    let once = good("j");
    assert_eq!(redeem_with(&rig, &code, &once).await.status(), StatusCode::OK);
    let code = rig.code(APP).await;
    let again = redeem_with(&rig, &code, &once).await;
    assert!(text(&again).contains("used before"), "{}", text(&again));
    assert_eq!(redeem_with(&rig, &code, &good("another")).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn h8_m3_only_one_way_at_a_time() {
    let (rig, _) = signing(true);
    let code = rig.code(APP).await;
    let assertion = good("j");
    let base = redemption(APP, &code);
    for (extra, expected) in [
        (vec![("client_assertion", assertion.as_str())], "400 invalid_request"),
        (vec![("client_assertion_type", TYPE)], "400 invalid_request"),
        (
            vec![
                ("client_assertion", assertion.as_str()),
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"),
            ],
            "400 invalid_request",
        ),
        (
            vec![
                ("client_assertion", assertion.as_str()),
                ("client_assertion_type", TYPE),
                ("client_secret", "s"),
            ],
            "400 invalid_request",
        ),
    ] {
        let form: Vec<_> = base.iter().copied().chain(extra).collect();
        assert_eq!(outcome(&rig.post("/token", &form).await), expected, "{form:?}");
    }
    // A registered client cannot sign: it has no keys here.
    let registered = rig.client(&[CLAUDE]).await;
    let code = rig.code(&registered).await;
    let mut form = redemption(&registered, &code);
    form.extend([("client_assertion_type", TYPE), ("client_assertion", &assertion)]);
    assert_eq!(outcome(&rig.post("/token", &form).await), "401 invalid_client");
}

#[tokio::test]
async fn m3_a_new_key_is_found_and_a_lost_host_is_no_wrong_key() {
    let (rig, hosts) = signing(false);
    let code = rig.code(APP).await;
    assert_eq!(redeem_with(&rig, &code, &good("j1")).await.status(), StatusCode::OK);
    // The client has a new key, and signs with it at once.
    hosts.serve(KEYS_AT, &jwks(&[rsa_jwk(&OTHER_RSA, "r2")]));
    let new_key = |jti: &str, now: u64| {
        let changes = json!({ "iat": now, "exp": now + 60 });
        sign_rsa(&OTHER_RSA, &json!({ "alg": "RS256", "kid": "r2" }), &claims(jti, &changes))
    };
    let code = rig.code(APP).await;
    // The set is fetched again, but at most once a minute: else any assertion could cause a fetch.
    assert_eq!(outcome(&redeem_with(&rig, &code, &new_key("j2", NOW)).await), "401 invalid_client");
    assert_eq!(hosts.fetches(), 2);
    rig.advance(60);
    let code = rig.code(APP).await;
    let response = redeem_with(&rig, &code, &new_key("j3", NOW + 60)).await;
    assert_eq!(response.status(), StatusCode::OK, "{}", text(&response));
    assert_eq!(hosts.fetches(), 3);
    // What was known of the keys is good enough when their host is down.
    hosts.fail(KEYS_AT, FetchError::Unreachable);
    rig.advance(2 * 60 * 60);
    hosts.serve(APP, &{
        let mut app = document(APP, &[CLAUDE]);
        app["token_endpoint_auth_method"] = json!("private_key_jwt");
        app["jwks_uri"] = json!(KEYS_AT);
        app
    });
    let code = rig.code(APP).await;
    let later = NOW + 60 + 2 * 60 * 60;
    assert_eq!(redeem_with(&rig, &code, &new_key("j4", later)).await.status(), StatusCode::OK);
}
