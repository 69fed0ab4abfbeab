//! Any headers and body as a delivery: nothing forged is accepted, nothing panics.
//!
//! The input's first five lines are the signature headers and the secret, the rest the body.
#![no_main]

use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use openphone_client::webhooks::{Verifier, WebhookEvent, WebhookSecret};
use sealing::SecretString;

const NAMES: [&str; 4] = ["webhook-id", "webhook-timestamp", "webhook-signature", "openphone-signature"];
const SECRETS: [&str; 2] =
    ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "R2ZLM2o0bFhBNVpyUnU2NG9mYXQ1MHNyR3pvSUhIVVg="];

fn secret(text: &str) -> WebhookSecret {
    WebhookSecret::new(SecretString::new(text.to_owned()))
}

fuzz_target!(|input: &[u8]| {
    let mut lines = input.splitn(6, |byte| *byte == b'\n');
    let mut headers = HeaderMap::new();
    for name in NAMES {
        if let Ok(value) = HeaderValue::from_bytes(lines.next().unwrap_or_default()) {
            headers.append(name, value);
        }
    }
    let pasted = String::from_utf8_lossy(lines.next().unwrap_or_default()).into_owned();
    let body = lines.next().unwrap_or_default();
    let now = Timestamp::from_second(1_614_265_330).expect("a moment");
    let Ok(verifier) = Verifier::new(&secret(SECRETS[0])).and_then(|known| known.or(&secret(SECRETS[1]))) else {
        unreachable!("both are secrets")
    };
    // The vector itself is among the seeds, so that the fuzzer starts from what is nearly right.
    if verifier.verify(&headers, body, now).is_ok() {
        assert_eq!(body, br#"{"test": 2432232314}"#);
    }
    let _ = Verifier::new(&secret(&pasted)).map(|verifier| verifier.verify(&headers, body, now));
    let _ = WebhookEvent::parse(body).map(|event| format!("{event:?}"));
});
