//! Secret types cannot be printed or serialized by accident (oauth.md N2).

use std::fmt::Display;
use std::sync::Arc;

use sealing::{FingerprintKey, KeyRing, Keys, OsEntropy, Sealer, SecretString};
use serde::Serialize;

/// Fails to compile when a type has one of the traits: then two impls of `Probe` apply and `_` is ambiguous.
macro_rules! assert_lacks {
    ($($type:ty)+: $($trait:path)+) => {
        assert_lacks!(@each [$($type)+] [$($trait)+]);
    };
    (@each [$($type:ty)+] $traits:tt) => { $( assert_lacks!(@one $type, $traits); )+ };
    (@one $type:ty, [$($trait:path)+]) => { $(
        const _: fn() = || {
            trait Probe<A> { fn probe() {} }
            impl<T: ?Sized> Probe<()> for T {}
            struct Has;
            impl<T: ?Sized + $trait> Probe<Has> for T {}
            let _ = <$type as Probe<_>>::probe;
        };
    )+ };
}

assert_lacks!(SecretString KeyRing FingerprintKey Keys Sealer: Display Serialize PartialOrd std::hash::Hash);
assert_lacks!(SecretString KeyRing FingerprintKey Keys Sealer: AsRef<str> std::ops::Deref ToString);

#[test]
fn n2_debug_shows_no_secret() {
    let keys = Keys::generate(&OsEntropy);
    let sealer = Sealer::new(keys.ring.clone(), "https://mcp.example.com", Arc::new(OsEntropy));
    let secret = SecretString::new("hunter2".to_owned());
    assert_eq!(format!("{secret:?}"), "SecretString([redacted])");
    assert_eq!(format!("{keys:?}"), r#"Keys { ring: ["k1"], fingerprint: FingerprintKey([redacted]) }"#);
    assert_eq!(format!("{sealer:?}"), r#"Sealer { issuer: "https://mcp.example.com", kids: ["k1"], .. }"#);
}

#[test]
fn n6_secrets_compare_by_content() {
    let secret = |text: &str| SecretString::new(text.to_owned());
    assert_eq!(secret("hunter2"), secret("hunter2"));
    assert_ne!(secret("hunter2"), secret("hunter3"));
    assert_ne!(secret("hunter2"), secret("hunter22"));
}
