//! Authenticated encryption for tokens that carry secrets.
//!
//! A [`Sealer`] turns a small plaintext into an opaque text token and back (XChaCha20-Poly1305, a fresh random
//! nonce, one HKDF-SHA256 sub-key per [`Purpose`], `kid` in clear so that exactly one key is tried). The
//! associated data binds purpose, `kid` and issuer: a token of one kind, key or deployment never opens as
//! another. [`KeyRing`] rotates without logging anybody out; [`FingerprintKey`] names secrets without
//! revealing them and does not rotate.
//!
//! ```
//! use std::sync::Arc;
//! use sealing::{Keys, OsEntropy, Purpose, Sealer};
//!
//! const ACCESS_TOKEN: Purpose = Purpose::new("opqat", "access token");
//!
//! let keys = Keys::generate(&OsEntropy);
//! let sealer = Sealer::new(keys.ring, "https://mcp.example.com", Arc::new(OsEntropy));
//! let token = sealer.seal(ACCESS_TOKEN, b"who may do what");
//! assert!(token.starts_with("opqat_k1_"));
//! assert_eq!(sealer.open(ACCESS_TOKEN, &token)?.as_slice(), b"who may do what");
//! # Ok::<(), sealing::OpenError>(())
//! ```
//!
//! To add a kind of sealed thing: declare one more [`Purpose`] beside the code that seals it, with a prefix that
//! no other purpose has.

pub mod entropy;
mod fingerprint;
mod key_error;
mod key_file;
mod key_material;
mod key_ring;
mod keys;
mod primitives;
mod purpose;
mod sealer;
pub mod secret;

pub use entropy::{Entropy, OsEntropy};
pub use fingerprint::{Fingerprint, FingerprintKey};
pub use key_error::KeyError;
pub use key_file::{FileKeySource, KeySource};
pub use key_ring::{KeyRing, Kid};
pub use keys::Keys;
pub use purpose::Purpose;
pub use sealer::{OpenError, Sealer};
pub use secret::SecretString;
pub use zeroize::Zeroizing;
