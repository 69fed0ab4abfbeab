//! Fingerprints are stable names without a trace of what they name.

use proptest::prelude::*;
use sealing::{Fingerprint, FingerprintKey, OsEntropy};

use crate::key_text;

fn key() -> FingerprintKey {
    FingerprintKey::parse(&key_text(1)).expect("a key")
}

#[test]
fn domains_and_keys_separate() {
    let name = key().fingerprint("api-key", b"secret");
    assert_eq!(name, key().fingerprint("api-key", b"secret"));
    assert_ne!(name, key().fingerprint("client", b"secret"));
    assert_ne!(name, key().fingerprint("api-keys", b"ecret"));
    assert_ne!(name, FingerprintKey::parse(&key_text(2)).expect("a key").fingerprint("api-key", b"secret"));
}

#[test]
fn generated_key_reads_back() {
    let text = FingerprintKey::generate(&OsEntropy).to_secret_text();
    let again = FingerprintKey::parse(text.expose()).expect("reads back");
    assert_eq!(again.to_secret_text(), text);
}

#[test]
fn shown_in_hexadecimal() {
    let bytes = std::array::from_fn(|i| i as u8);
    let name = Fingerprint::from_bytes(bytes);
    assert_eq!(name.to_string(), "000102030405060708090a0b0c0d0e0f");
    assert_eq!(format!("{name:?}"), "Fingerprint(000102030405060708090a0b0c0d0e0f)");
    assert_eq!(name.as_bytes(), &bytes);
}

proptest! {
    /// No other split of domain and data has the same name.
    #[test]
    fn unambiguous(domain in "[a-z]{1,8}", data in "[a-z]{1,8}") {
        let key = key();
        let whole = format!("{domain}{data}");
        for cut in (0..=whole.len()).filter(|cut| *cut != domain.len()) {
            let (other_domain, other_data) = whole.split_at(cut);
            prop_assert_ne!(
                key.fingerprint(&domain, data.as_bytes()),
                key.fingerprint(other_domain, other_data.as_bytes())
            );
        }
    }
}
