//! The two signatures: Standard Webhooks on the dated surface, `openphone-signature` on legacy webhooks. Both are
//! HMAC-SHA256 over the exact bytes of the body.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use sha2::Sha256;

use crate::workspace::SigningKey;

/// A header's name and value.
pub(super) type Header = (&'static str, String);

/// `webhook-id`, `webhook-timestamp` (seconds) and `webhook-signature`, over `{id}.{timestamp}.{body}`.
pub(super) fn standard(key: &SigningKey, id: &str, at: Timestamp, body: &str) -> [Header; 3] {
    let timestamp = at.as_second().to_string();
    let signature = format!("v1,{}", sign(&key.0, &[id, &timestamp, body]));
    [("webhook-id", id.to_owned()), ("webhook-timestamp", timestamp), ("webhook-signature", signature)]
}

/// `openphone-signature`, with a timestamp in milliseconds, over `{timestamp}.{body}`.
pub(super) fn legacy(key: &SigningKey, at: Timestamp, body: &str) -> [Header; 1] {
    let timestamp = at.as_millisecond().to_string();
    let signature = sign(&key.0, &[&timestamp, body]);
    [("openphone-signature", format!("hmac;1;{timestamp};{signature}"))]
}

/// Base64 of the MAC over the parts, with a dot between each two.
fn sign(key: &[u8], parts: &[&str]) -> String {
    #[expect(clippy::expect_used, reason = "HMAC pads or hashes a key of any length, so none is refused")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    for (place, part) in parts.iter().enumerate() {
        if place > 0 {
            mac.update(b".");
        }
        mac.update(part.as_bytes());
    }
    STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(key: &str) -> Vec<u8> {
        STANDARD.decode(key).unwrap()
    }

    #[test]
    fn the_standard_webhooks_vector_verifies() {
        let key = SigningKey(decoded("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").try_into().unwrap());
        let at = Timestamp::from_second(1_614_265_330).unwrap();
        let headers = standard(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, r#"{"test": 2432232314}"#);
        let expected = [
            ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
            ("webhook-timestamp", "1614265330"),
            ("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
        ];
        assert_eq!(headers, expected.map(|(name, value)| (name, value.to_owned())));
    }

    #[test]
    fn the_legacy_vector_verifies() {
        let key = decoded("R2ZLM2o0bFhBNVpyUnU2NG9mYXQ1MHNyR3pvSUhIVVg=");
        let signature = sign(&key, &["1639710054089", r#"{"id":"EV1","object":"event"}"#]);
        assert_eq!(signature, "trqEFapFYwKJsI9dLDbwZgec8FxAenFJhDyfYKprBSM=");
        let header =
            legacy(&SigningKey([7; 24]), Timestamp::from_millisecond(1_639_710_054_089).unwrap(), "{}");
        assert!(header[0].1.starts_with("hmac;1;1639710054089;"), "{}", header[0].1);
    }
}
