//! A token opens as what it was sealed as, and as nothing else (oauth.md N4, K7).

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use sealing::{KeyRing, Kid, OpenError, OsEntropy, Purpose, Sealer};

use crate::key_text;

const ACCESS_TOKEN: Purpose = Purpose::new("opqat", "access token");
const SAME_PREFIX: Purpose = Purpose::new("opqat", "something else");
const SAME_LABEL: Purpose = Purpose::new("opqrt", "access token");
const ISSUER: &str = "https://mcp.example.com";

fn ring() -> KeyRing {
    KeyRing::parse(&format!("k2:{},k1:{}", key_text(2), key_text(1))).expect("a ring")
}

fn sealer() -> Sealer {
    Sealer::new(ring(), ISSUER, Arc::new(OsEntropy))
}

#[track_caller]
fn refused(sealer: &Sealer, purpose: Purpose, token: &str) -> OpenError {
    match sealer.open(purpose, token) {
        Ok(_) => panic!("{purpose:?} opened {token}"),
        Err(error) => error,
    }
}

#[test]
fn nothing_can_be_sealed_too() {
    let token = sealer().seal(ACCESS_TOKEN, b"");
    assert!(sealer().open(ACCESS_TOKEN, &token).expect("the shortest token").is_empty());
}

proptest! {
    #[test]
    fn round_trip(plaintext in prop::collection::vec(any::<u8>(), 0..3000), issuer in ".{0,64}") {
        let sealer = Sealer::new(ring(), &issuer, Arc::new(OsEntropy));
        let token = sealer.seal(ACCESS_TOKEN, &plaintext);
        prop_assert!(token.starts_with("opqat_k2_"));
        prop_assert!(token.len() <= ACCESS_TOKEN.max_token());
        prop_assert_eq!(&*sealer.open(ACCESS_TOKEN, &token).unwrap(), &plaintext);
    }

    #[test]
    fn bound_round_trip(plaintext in prop::collection::vec(any::<u8>(), 0..3000),
                        binding in prop::collection::vec(any::<u8>(), 0..200)) {
        let sealer = sealer();
        let token = sealer.seal_bound(ACCESS_TOKEN, &binding, &plaintext);
        prop_assert_eq!(&*sealer.open_bound(ACCESS_TOKEN, &binding, &token).unwrap(), &plaintext);
    }

    /// Nothing that was not sealed opens, whatever it looks like.
    #[test]
    fn forged(body in "[A-Za-z0-9_-]{0,400}", kid in "k[12]|k3|[a-z0-9]{1,16}") {
        refused(&sealer(), ACCESS_TOKEN, &format!("opqat_{kid}_{body}"));
        refused(&sealer(), ACCESS_TOKEN, &body);
    }

    #[test]
    fn arbitrary_text(text in any::<String>()) {
        refused(&sealer(), ACCESS_TOKEN, &text);
    }

    /// Any two bindings, also those which HMAC's own padding and hashing of keys would confuse.
    #[test]
    fn other_binding(binding in prop::collection::vec(any::<u8>(), 0..80), zeros in 1_usize..4) {
        let sealer = sealer();
        let token = sealer.seal_bound(ACCESS_TOKEN, &binding, b"plaintext");
        let mut longer = binding.clone();
        longer.extend(std::iter::repeat_n(0, zeros));
        let result = sealer.open_bound(ACCESS_TOKEN, &longer, &token);
        prop_assert_eq!(result.unwrap_err(), OpenError::Rejected);
        if let Some((_, shorter)) = binding.split_last() {
            let result = sealer.open_bound(ACCESS_TOKEN, shorter, &token);
            prop_assert_eq!(result.unwrap_err(), OpenError::Rejected);
        }
    }
}

#[test]
fn every_flipped_bit_is_refused() {
    let sealer = sealer();
    let token = sealer.seal(ACCESS_TOKEN, b"sixteen bytes!!!");
    let body_start = token.rfind("k2_").expect("a kid") + 3;
    let sealed = URL_SAFE_NO_PAD.decode(&token[body_start..]).expect("base64url");
    for index in 0..sealed.len() * 8 {
        let mut changed = sealed.clone();
        changed[index / 8] ^= 1 << (index % 8);
        let changed = format!("{}{}", &token[..body_start], URL_SAFE_NO_PAD.encode(changed));
        assert_eq!(refused(&sealer, ACCESS_TOKEN, &changed), OpenError::Rejected, "bit {index}");
    }
}

/// Also the bits of the text which carry no data: a token has one spelling.
#[test]
fn every_changed_character_is_refused() {
    let sealer = sealer();
    for length in 0..3 {
        let token = sealer.seal(ACCESS_TOKEN, &b"ab"[..length]);
        for index in 0..token.len() {
            for bit in 0..8 {
                let mut changed = token.clone().into_bytes();
                changed[index] ^= 1 << bit;
                if let Ok(changed) = String::from_utf8(changed) {
                    refused(&sealer, ACCESS_TOKEN, &changed);
                }
            }
        }
    }
}

#[test]
fn truncated_and_extended() {
    let sealer = sealer();
    let token = sealer.seal(ACCESS_TOKEN, b"plaintext");
    for length in 0..token.len() {
        refused(&sealer, ACCESS_TOKEN, &token[..length]);
    }
    for suffix in ["A", "AA", "AAAA", "=", "==", "_", ".", " ", "\n", "\0"] {
        refused(&sealer, ACCESS_TOKEN, &format!("{token}{suffix}"));
        refused(&sealer, ACCESS_TOKEN, &format!("{suffix}{token}"));
    }
}

#[test]
fn other_purpose() {
    let sealer = sealer();
    let token = sealer.seal(ACCESS_TOKEN, b"plaintext");
    assert_eq!(refused(&sealer, SAME_PREFIX, &token), OpenError::Rejected);
    assert_eq!(refused(&sealer, SAME_LABEL, &token), OpenError::Malformed);
    let renamed = token.replacen("opqat", "opqrt", 1);
    assert_eq!(refused(&sealer, SAME_LABEL, &renamed), OpenError::Rejected);
}

#[test]
fn other_key() {
    let sealer = sealer();
    let token = sealer.seal(ACCESS_TOKEN, b"plaintext");
    let swapped = token.replacen("_k2_", "_k1_", 1);
    assert_eq!(refused(&sealer, ACCESS_TOKEN, &swapped), OpenError::Rejected);

    let unknown = token.replacen("_k2_", "_k3_", 1);
    let kid = Kid::parse("k3").expect("a kid");
    assert_eq!(refused(&sealer, ACCESS_TOKEN, &unknown), OpenError::UnknownKey { kid });
    let malformed = token.replacen("_k2_", "_K2_", 1);
    assert_eq!(refused(&sealer, ACCESS_TOKEN, &malformed), OpenError::Malformed);
}

/// The kid is authenticated itself, not only through the key that it selects.
#[test]
fn same_key_under_another_kid() {
    let named = |kid: &str| {
        let ring = KeyRing::parse(&format!("{kid}:{}", key_text(1))).expect("a ring");
        Sealer::new(ring, ISSUER, Arc::new(OsEntropy))
    };
    let token = named("k1").seal(ACCESS_TOKEN, b"plaintext").replacen("_k1_", "_k2_", 1);
    assert_eq!(refused(&named("k2"), ACCESS_TOKEN, &token), OpenError::Rejected);
}

/// Two deployments with one key ring (oauth.md K4).
#[test]
fn other_issuer() {
    let token = sealer().seal(ACCESS_TOKEN, b"plaintext");
    for issuer in ["https://mcp.example.org", "https://mcp.example.com/", ""] {
        let other = Sealer::new(ring(), issuer, Arc::new(OsEntropy));
        assert_eq!(refused(&other, ACCESS_TOKEN, &token), OpenError::Rejected);
    }
}

#[test]
fn bound_and_unbound_are_different_things() {
    let sealer = sealer();
    let unbound = sealer.seal(ACCESS_TOKEN, b"plaintext");
    for binding in [&b""[..], b"openphone-mcp/v1"] {
        let result = sealer.open_bound(ACCESS_TOKEN, binding, &unbound);
        assert_eq!(result.expect_err("not bound"), OpenError::Rejected);
    }
    let bound = sealer.seal_bound(ACCESS_TOKEN, b"", b"plaintext");
    assert_eq!(refused(&sealer, ACCESS_TOKEN, &bound), OpenError::Rejected);
}

/// HMAC takes a key over 64 bytes for its hash; a binding is not taken for its hash.
#[test]
fn long_binding_is_not_its_hash() {
    use sha2::Digest as _;
    let sealer = sealer();
    let binding = [7; 100];
    let token = sealer.seal_bound(ACCESS_TOKEN, &binding, b"plaintext");
    let result = sealer.open_bound(ACCESS_TOKEN, &sha2::Sha256::digest(binding), &token);
    assert_eq!(result.expect_err("another binding"), OpenError::Rejected);
}

#[test]
fn rotation_logs_nobody_out_until_the_key_is_retired() {
    let old = sealer().seal(ACCESS_TOKEN, b"plaintext");
    let rotated = ring().rotated(&OsEntropy, 1).expect("room");
    let sealer = Sealer::new(rotated.clone(), ISSUER, Arc::new(OsEntropy));
    assert_eq!(sealer.open(ACCESS_TOKEN, &old).expect("still in the ring").as_slice(), b"plaintext");
    assert!(sealer.seal(ACCESS_TOKEN, b"").starts_with("opqat_k3_"));

    let kid = Kid::parse("k2").expect("a kid");
    let retired = rotated.without(&kid).expect("not active");
    let sealer = Sealer::new(retired, ISSUER, Arc::new(OsEntropy));
    assert_eq!(refused(&sealer, ACCESS_TOKEN, &old), OpenError::UnknownKey { kid });
}

#[test]
fn a_running_sealer_takes_another_ring() {
    let sealer = sealer();
    let clone = sealer.clone();
    let old = sealer.seal(ACCESS_TOKEN, b"plaintext");
    let rotated = ring().rotated(&OsEntropy, 1).expect("room");
    sealer.replace_ring(rotated.clone());
    let kids = clone.kids();
    assert_eq!(kids.iter().map(Kid::as_str).collect::<Vec<_>>(), ["k3", "k2", "k1"]);
    assert_eq!(clone.active(), kids[0]);
    assert!(clone.seal(ACCESS_TOKEN, b"").starts_with("opqat_k3_"));
    assert!(clone.seal_bound(ACCESS_TOKEN, b"binding", b"").starts_with("opqat_k3_"));
    assert_eq!(clone.open(ACCESS_TOKEN, &old).expect("still in the ring").as_slice(), b"plaintext");

    let kid = Kid::parse("k2").expect("a kid");
    clone.replace_ring(rotated.without(&kid).expect("not active"));
    assert_eq!(refused(&sealer, ACCESS_TOKEN, &old), OpenError::UnknownKey { kid });
}

#[test]
fn a_token_names_its_key() {
    let token = sealer().seal(ACCESS_TOKEN, b"plaintext");
    let kid = |token: &str| Sealer::kid_of(ACCESS_TOKEN, token);
    assert_eq!(kid(&token), Some(Kid::parse("k2").expect("a kid")));
    assert_eq!(kid("opqat_k7_anything"), Some(Kid::parse("k7").expect("a kid")));
    let long = format!("{token}{}", "A".repeat(ACCESS_TOKEN.max_token()));
    for other in ["", "opqat_k2", "opqat__x", "opqat_K2_x", "opqrt_k2_x", "https://example.com/c", &long] {
        assert_eq!(kid(other), None, "{other}");
    }
}

#[test]
fn oversize_is_refused_first() {
    let sealer = sealer();
    let token = sealer.seal(ACCESS_TOKEN, &[0; 3200]);
    assert!(token.len() > ACCESS_TOKEN.max_token());
    assert_eq!(refused(&sealer, ACCESS_TOKEN, &token), OpenError::TooLong);
    // The length counts before the form: this is no token at all.
    assert_eq!(refused(&sealer, ACCESS_TOKEN, &" ".repeat(4097)), OpenError::TooLong);
    assert_eq!(refused(&sealer, ACCESS_TOKEN, &" ".repeat(4096)), OpenError::Malformed);

    let roomy = ACCESS_TOKEN.with_max_token(16 * 1024);
    assert_eq!(sealer.open(roomy, &token).expect("the limit is no part of the key").len(), 3200);
}

#[test]
fn nonces_are_fresh() {
    let sealer = sealer();
    assert_ne!(sealer.seal(ACCESS_TOKEN, b"same"), sealer.seal(ACCESS_TOKEN, b"same"));
}
