//! Authenticated encryption for tokens that carry secrets.
//!
//! A [`Sealer`] turns a small plaintext into an opaque text token and back (XChaCha20-Poly1305, a fresh random
//! nonce, one HKDF-SHA256 sub-key per [`Purpose`], `kid` in clear so that exactly one key is tried). The
//! associated data binds purpose, `kid` and issuer: a token of one kind, key or deployment never opens as
//! another. [`KeyRing`] rotates without logging anybody out; [`FingerprintKey`] names secrets without
//! revealing them and does not rotate.

pub mod entropy;
pub mod secret;

pub use entropy::{Entropy, OsEntropy};
pub use secret::SecretString;
