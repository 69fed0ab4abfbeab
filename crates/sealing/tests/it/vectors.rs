//! Whole tokens that an independent implementation made (Python: `hashlib`, `hmac` and the ChaCha20-Poly1305 of
//! `cryptography` under an HChaCha20 written from the draft). They pin the format: tokens live for months.

use std::sync::Arc;

use sealing::{FingerprintKey, KeyRing, Purpose, Sealer};

use crate::Counting;

const ACCESS_TOKEN: Purpose = Purpose::new("opqat", "access token");
/// SHA-256 of `golden root`.
const ROOT: &str = "fkO00iomjMuosSlAEwXbHIShbj7WsZhq_YIigYfwqR4";
const PLAINTEXT: &[u8] = b"the plaintext of a golden token";
const TOKEN: &str = "opqat_g7_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXtBg0ZdPY5M_qJlxJVTPCO2lJ_iVD3rB3vsxohcUiIQ_yFVBlGjJOf_W3q81C9F8";
const BOUND_TOKEN: &str = "opqat_g7_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX56lV3ubrNu2RsKu2kt3028-2GQvC7-Hah9U6bzTQMjOgSRYCXXL0uR54YMUDtws";

fn sealer() -> Sealer {
    let ring = KeyRing::parse(&format!("g7:{ROOT}")).expect("a ring");
    Sealer::new(ring, "https://mcp.example.com", Arc::new(Counting))
}

#[test]
fn golden_token() {
    assert_eq!(sealer().seal(ACCESS_TOKEN, PLAINTEXT), TOKEN);
    assert_eq!(sealer().open(ACCESS_TOKEN, TOKEN).expect("authentic").as_slice(), PLAINTEXT);
}

#[test]
fn golden_bound_token() {
    assert_eq!(sealer().seal_bound(ACCESS_TOKEN, b"the binding", PLAINTEXT), BOUND_TOKEN);
    let opened = sealer().open_bound(ACCESS_TOKEN, b"the binding", BOUND_TOKEN).expect("authentic");
    assert_eq!(opened.as_slice(), PLAINTEXT);
}

#[test]
fn golden_fingerprint() {
    let key = FingerprintKey::parse(ROOT).expect("a key");
    assert_eq!(key.fingerprint("api-key", b"some secret").to_string(), "91c82903c763ccc19c5a265df26e0b1c");
}
