//! `private_key_jwt`: any assertion against any set of keys.
//!
//! The input's first line says who signs (`rsa`, `ec`, or `raw`: the second line is the assertion as it is), the second
//! and third are the header and the claims, the rest is the client's set of keys. `$rsa` and `$ec` are public keys, the
//! two that sign; `$good` is a genuine assertion.

use std::sync::LazyLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use serde_json::{Value, json};

use super::judge::judge;
use super::wire::{form, lines};
use super::world::{CLAUDE, ISSUER, NOW, Policy, World, play};

const APP: &str = "https://app.example.com/oauth/client.json";
const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Made anew for every process: a key in the repository would be one that somebody uses.
struct Signers {
    rsa: RsaKeyPair,
    ec: EcdsaKeyPair,
    rsa_key: String,
    ec_key: String,
    good: String,
}

static SIGNERS: LazyLock<Signers> = LazyLock::new(|| {
    let rsa = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let ec = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    // An RSAPublicKey of RFC 8017 appendix A.1.1 in DER: with 2048 bits, and 65537, everything has its place.
    let der = rsa.public_key().as_ref();
    let (modulus, exponent) = (encode(&der[9..9 + 256]), encode(&der[der.len() - 3..]));
    let rsa_key =
        json!({ "kty": "RSA", "kid": "r1", "alg": "RS256", "n": modulus, "e": exponent }).to_string();
    let point = ec.public_key().as_ref();
    let (x, y) = (encode(&point[1..33]), encode(&point[33..]));
    let ec_key =
        json!({ "kty": "EC", "crv": "P-256", "kid": "e1", "use": "sig", "x": x, "y": y }).to_string();
    let mut signers = Signers { rsa, ec, rsa_key, ec_key, good: String::new() };
    let claims = json!({ "iss": APP, "sub": APP, "aud": ISSUER, "exp": NOW + 60, "jti": "good" });
    signers.good = signers.sign("ec", br#"{"alg":"ES256","kid":"e1"}"#, claims.to_string().as_bytes());
    signers
});

impl Signers {
    fn sign(&self, who: &str, header: &[u8], claims: &[u8]) -> String {
        let signed = format!("{}.{}", encode(header), encode(claims));
        let signature = if who == "rsa" {
            let mut signature = vec![0; self.rsa.public_modulus_len()];
            self.rsa
                .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
                .unwrap();
            signature
        } else {
            self.ec.sign(&SystemRandom::new(), signed.as_bytes()).unwrap().as_ref().to_vec()
        };
        format!("{signed}.{}", encode(&signature))
    }
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Presents it, twice. Only what the client's own key signed for here and now is taken, once.
pub fn client_assertion(input: &[u8]) -> String {
    let signers = &*SIGNERS;
    play(async |genuine| {
        let world = World::new(Policy::Strict);
        let names = [
            ("$rsa", signers.rsa_key.clone()),
            ("$ec", signers.ec_key.clone()),
            ("$good", signers.good.clone()),
            ("$app", APP.to_owned()),
            ("$issuer", ISSUER.to_owned()),
        ];
        let ([who, header, claims], keys) = lines::<3>(input);
        let [header, claims, keys] = [header, claims, keys].map(|text| genuine.fill(text, &names));
        let who = std::str::from_utf8(who).unwrap_or_default();
        let assertion = match who {
            "rsa" | "ec" => signers.sign(who, &header, &claims),
            _ => String::from_utf8_lossy(&header).into_owned(),
        };
        let keys =
            if who == "raw" { [b"{\"keys\":[", signers.ec_key.as_bytes(), b"]}"].concat() } else { keys };
        world.hosts.serve(document(&keys));

        let response = present(&world, &assertion).await;
        let outcome = judge(genuine, &response, input);
        if response.status() != StatusCode::BAD_REQUEST || !outcome.ends_with("invalid_grant") {
            // Refused before the code was looked at.
            assert!(outcome.ends_with("invalid_client") || outcome.ends_with("invalid_request"), "{outcome}");
            return outcome;
        }
        match who {
            "rsa" | "ec" => check(who, &header, &claims, &keys),
            _ => assert_eq!(assertion, signers.good, "signed by nobody"),
        }
        let again = present(&world, &assertion).await;
        assert!(judge(genuine, &again, input).ends_with("invalid_client"), "an assertion was good twice");
        "authenticated".to_owned()
    })
}

/// A document with this set of keys, as far as it is JSON.
fn document(keys: &[u8]) -> Vec<u8> {
    let start = format!(
        r#"{{"client_id":"{APP}","redirect_uris":["{CLAUDE}"],"token_endpoint_auth_method":"private_key_jwt","jwks":"#
    );
    [start.as_bytes(), keys, b"}"].concat()
}

/// With a code that nobody has: who gets as far as that is authenticated.
async fn present(world: &World, assertion: &str) -> http::Response<bytes::Bytes> {
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", APP),
        ("code", "none"),
        ("client_assertion_type", TYPE),
        ("client_assertion", assertion),
    ];
    world.post("/token", &[], form(&fields)).await
}

/// What was taken is meant for here and now, and is one that the client's keys can check.
fn check(who: &str, header: &[u8], claims: &[u8], keys: &[u8]) {
    let texts = [header, claims, keys].map(|text| std::str::from_utf8(text).expect("text"));
    // Half a surrogate pair in what is passed over is JSON and no text.
    let [Ok(header), Ok(claims), Ok(keys)] = texts.map(serde_json::from_str::<Value>) else { return };
    assert_eq!(header["alg"], if who == "rsa" { "RS256" } else { "ES256" });
    assert!(header["crit"].is_null(), "{header}");
    assert!(claims["iss"] == APP && claims["sub"] == APP, "{claims}");
    let endpoint = format!("{ISSUER}/token");
    let is_here = |audience: &Value| *audience == *ISSUER || *audience == *endpoint;
    let audience = &claims["aud"];
    assert!(is_here(audience) || audience.as_array().is_some_and(|all| all.iter().any(is_here)), "{claims}");
    let (now, skew) = (NOW as f64, 60.0);
    let expires = claims["exp"].as_f64().unwrap();
    assert!(expires > now - skew && expires <= now + 300.0 + skew, "{claims}");
    for begins in [&claims["nbf"], &claims["iat"]] {
        assert!(begins.is_null() || begins.as_f64().unwrap() <= now + skew, "{claims}");
    }
    assert!((1..=256).contains(&claims["jti"].as_str().unwrap().len()), "{claims}");

    let own = if who == "rsa" { &SIGNERS.rsa_key } else { &SIGNERS.ec_key };
    let own: Value = serde_json::from_str(own).unwrap();
    let material = if who == "rsa" { "n" } else { "x" };
    let all = keys["keys"].as_array().unwrap();
    let is_own = |key: &&Value| {
        key[material].as_str().is_some_and(|text| {
            text.trim_start_matches('A') == own[material].as_str().unwrap().trim_start_matches('A')
        })
    };
    assert!(all.iter().any(|key| is_own(&key)), "{keys}");
    assert!(all.iter().all(|key| key["d"].is_null() && key["k"].is_null()), "a private key: {keys}");
}
