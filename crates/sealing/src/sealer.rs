//! Plaintext to token and back.
//!
//! ```text
//! token      = prefix "_" kid "_" base64url( nonce[24] || ciphertext || tag[16] )
//! key        = HKDF-SHA256( root key of kid, salt, info = purpose )
//! associated = "v1" || issuer || kid || purpose             each with its length in front
//! ```
//! The salt is fixed, or for a bound token the hash of its binding. A hash, because HMAC pads short keys with
//! zeros and hashes long ones (RFC 2104 section 2): two bindings used as they are could make the same salt.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::entropy::{Entropy, random};
use crate::key_material::KeyMaterial;
use crate::key_ring::{Entry, KeyRing, Kid};
use crate::primitives::{self, Extracted, NONCE, TAG};
use crate::purpose::Purpose;

/// Purposes whose sub-keys are kept. More are derived each time.
const KEPT: usize = 32;
const SALT: &[u8] = b"openphone-mcp/v1";
const BOUND_SALT: &[u8] = b"openphone-mcp/v1/bound";
/// The nonce in base64url: 24 bytes are exactly 32 characters, so that it decodes on its own.
const NONCE_CHARS: usize = NONCE / 3 * 4;
/// A nonce and a tag in base64url, with an empty ciphertext between them.
const MIN_BODY_CHARS: usize = NONCE_CHARS + (TAG * 4).div_ceil(3);

/// Seals and opens tokens with the keys of a ring, for one issuer. Cheap to clone; clones share the ring.
#[derive(Clone)]
pub struct Sealer(Arc<Inner>);

struct Inner {
    issuer: String,
    /// Held for a moment: who seals or opens takes the keys as they are, and goes on with them.
    keys: RwLock<Arc<RingKeys>>,
    entropy: Arc<dyn Entropy>,
    rings: AtomicU64,
}

/// In the order of the ring: the first seals. Never empty.
struct RingKeys(Vec<RingKey>);

struct RingKey {
    kid: Kid,
    root: KeyMaterial,
    /// Extracted once; every unbound token only expands.
    extracted: Extracted,
    /// Those that were expanded: purposes are constants, and few. Held for a moment.
    expanded: RwLock<Vec<(Purpose, SubKey)>>,
}

/// What one purpose's tokens are sealed with.
type SubKey = Zeroizing<[u8; 32]>;

/// Why a token did not open. Logs may tell the reasons apart; peers must not be told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Longer than any token of this purpose. Nothing else was looked at.
    #[error("the token is too long")]
    TooLong,
    /// Not a token of this purpose: another prefix, or not of the form of a token.
    #[error("not a token of this kind")]
    Malformed,
    /// Sealed with a key that is not in the ring (any more).
    #[error("the token names the key {kid}, which is not in the ring")]
    UnknownKey {
        /// The key that the token names.
        kid: Kid,
    },
    /// Authentication failed: changed, made for another purpose, issuer or binding, or forged.
    #[error("the token is not authentic")]
    Rejected,
}

impl Sealer {
    /// A sealer for the deployment that is known as `issuer`: tokens of another issuer do not open, even under
    /// the same keys.
    #[must_use]
    pub fn new(ring: KeyRing, issuer: &str, entropy: Arc<dyn Entropy>) -> Self {
        let keys = RwLock::new(Arc::new(RingKeys::new(ring)));
        Self(Arc::new(Inner { issuer: issuer.to_owned(), keys, entropy, rings: AtomicU64::new(0) }))
    }

    /// Goes on with another ring, here and in every clone. What is being sealed or opened at this moment still is
    /// with the ring before.
    pub fn replace_ring(&self, ring: KeyRing) {
        let keys = Arc::new(RingKeys::new(ring));
        *self.0.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        self.0.rings.fetch_add(1, Ordering::Release);
    }

    /// Which ring it is: another number after each [`Sealer::replace_ring`]. For those who remember what they have opened:
    /// what was opened under another number may not open any more. Ask before you open.
    #[must_use]
    pub fn ring_number(&self) -> u64 {
        self.0.rings.load(Ordering::Acquire)
    }

    /// The id of the key that seals.
    #[must_use]
    pub fn active(&self) -> Kid {
        self.keys().active().kid.clone()
    }

    /// The ids of the keys, the one that seals first.
    #[must_use]
    pub fn kids(&self) -> Vec<Kid> {
        self.keys().0.iter().map(|key| key.kid.clone()).collect()
    }

    /// The key that a token of this purpose names, whether or not it is in the ring and the token authentic. `None` for
    /// what has not the form of such a token.
    #[must_use]
    pub fn kid_of(purpose: Purpose, token: &str) -> Option<Kid> {
        let (kid, _) = parts(purpose, token).ok()?;
        Kid::parse(kid).ok()
    }

    /// Seals with the active key.
    ///
    /// A plaintext so long that the token passes [`Purpose::max_token`] (3,000 bytes are safe by default) gives a
    /// token that does not open: bound what you seal.
    #[must_use]
    pub fn seal(&self, purpose: Purpose, plaintext: &[u8]) -> String {
        let keys = self.keys();
        let ring_key = keys.active();
        self.seal_with(&ring_key.kid, purpose, &ring_key.sub_key(purpose), plaintext)
    }

    /// Opens what [`Sealer::seal`] made for the same purpose and issuer.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(&self, purpose: Purpose, token: &str) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        self.open_with(purpose, token, |ring_key| ring_key.sub_key(purpose))
    }

    /// Seals so that opening needs the ring and `binding`, a secret that is kept apart from the token, such as an
    /// authorization code.
    #[must_use]
    pub fn seal_bound(&self, purpose: Purpose, binding: &[u8], plaintext: &[u8]) -> String {
        let keys = self.keys();
        let ring_key = keys.active();
        self.seal_with(&ring_key.kid, purpose, &ring_key.bound_sub_key(purpose, binding), plaintext)
    }

    /// Opens what [`Sealer::seal_bound`] made for the same purpose, binding and issuer.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open_bound(
        &self,
        purpose: Purpose,
        binding: &[u8],
        token: &str,
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        self.open_with(purpose, token, |ring_key| ring_key.bound_sub_key(purpose, binding))
    }

    fn seal_with(&self, kid: &Kid, purpose: Purpose, key: &[u8; 32], plaintext: &[u8]) -> String {
        let nonce: [u8; NONCE] = random(self.0.entropy.as_ref());
        // Room for the tag from the start: growing would leave a copy of the plaintext in freed memory.
        let mut body = Zeroizing::new(Vec::with_capacity(plaintext.len() + TAG));
        body.extend_from_slice(plaintext);
        primitives::encrypt(key, &nonce, &self.associated(purpose, kid), &mut body);

        let (prefix, kid) = (purpose.prefix(), kid.as_str());
        let encoded = NONCE_CHARS + (body.len() * 4).div_ceil(3);
        let mut token = String::with_capacity(prefix.len() + kid.len() + 2 + encoded);
        token.push_str(prefix);
        token.push('_');
        token.push_str(kid);
        token.push('_');
        URL_SAFE_NO_PAD.encode_string(nonce, &mut token);
        URL_SAFE_NO_PAD.encode_string(body.as_slice(), &mut token);
        token
    }

    fn open_with(
        &self,
        purpose: Purpose,
        token: &str,
        sub_key: impl FnOnce(&RingKey) -> SubKey,
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let (kid, encoded) = parts(purpose, token)?;
        // No trial decryption: the kid selects one key or none.
        let keys = self.keys();
        let Some(ring_key) = keys.0.iter().find(|key| key.kid.as_str() == kid) else {
            let kid = Kid::parse(kid).map_err(|_| OpenError::Malformed)?;
            return Err(OpenError::UnknownKey { kid });
        };
        if encoded.len() < MIN_BODY_CHARS {
            return Err(OpenError::Malformed);
        }
        let (nonce_chars, body_chars) = encoded.as_bytes().split_at(NONCE_CHARS);
        let mut nonce = [0; NONCE];
        URL_SAFE_NO_PAD.decode_slice(nonce_chars, &mut nonce).map_err(|_| OpenError::Malformed)?;
        let mut body =
            URL_SAFE_NO_PAD.decode(body_chars).map(Zeroizing::new).map_err(|_| OpenError::Malformed)?;
        let associated = self.associated(purpose, &ring_key.kid);
        primitives::decrypt(&sub_key(ring_key), &nonce, &associated, &mut body)
            .map_err(|_| OpenError::Rejected)?;
        Ok(body)
    }

    /// A panic cannot happen while the lock is held.
    fn keys(&self) -> Arc<RingKeys> {
        Arc::clone(&self.0.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn associated(&self, purpose: Purpose, kid: &Kid) -> Vec<u8> {
        let parts = [&self.0.issuer, kid.as_str(), purpose.prefix(), purpose.label()];
        let length = parts.iter().map(|part| 8 + part.len()).sum::<usize>();
        let mut associated = Vec::with_capacity(2 + length);
        associated.extend_from_slice(b"v1");
        for part in parts {
            associated.extend_from_slice(&(part.len() as u64).to_be_bytes());
            associated.extend_from_slice(part.as_bytes());
        }
        associated
    }
}

impl RingKeys {
    fn new(ring: KeyRing) -> Self {
        let keys = ring.into_entries().into_iter().map(|Entry { kid, key, .. }| RingKey {
            kid,
            extracted: Extracted::new(SALT, key.bytes()),
            root: key,
            expanded: RwLock::default(),
        });
        Self(keys.collect())
    }

    fn active(&self) -> &RingKey {
        &self.0[0]
    }
}

impl RingKey {
    fn sub_key(&self, purpose: Purpose) -> SubKey {
        let kept = self.expanded.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, key)) = kept.iter().find(|(of, _)| *of == purpose) {
            return key.clone();
        }
        drop(kept);
        let key = expand(&self.extracted, purpose);
        let mut kept = self.expanded.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < KEPT && kept.iter().all(|(of, _)| *of != purpose) {
            if kept.is_empty() {
                // Growing would leave copies in freed memory.
                kept.reserve_exact(KEPT);
            }
            kept.push((purpose, key.clone()));
        }
        key
    }

    fn bound_sub_key(&self, purpose: Purpose, binding: &[u8]) -> SubKey {
        let salt = Sha256::new().chain_update(BOUND_SALT).chain_update(binding).finalize();
        expand(&Extracted::new(&salt, self.root.bytes()), purpose)
    }
}

/// A token's key id and its body. Its length is checked first.
fn parts(purpose: Purpose, token: &str) -> Result<(&str, &str), OpenError> {
    if token.len() > purpose.max_token() {
        return Err(OpenError::TooLong);
    }
    token
        .strip_prefix(purpose.prefix())
        .and_then(|rest| rest.strip_prefix('_'))
        .and_then(|rest| rest.split_once('_'))
        .ok_or(OpenError::Malformed)
}

/// A prefix has no underscore, so that it and the label are told apart.
fn expand(extracted: &Extracted, purpose: Purpose) -> SubKey {
    extracted.expand(&[purpose.prefix().as_bytes(), b"_", purpose.label().as_bytes()])
}

/// Shows issuer and key ids.
impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = self.keys();
        let kids: Vec<_> = keys.0.iter().map(|key| key.kid.as_str()).collect();
        f.debug_struct("Sealer").field("issuer", &self.0.issuer).field("kids", &kids).finish_non_exhaustive()
    }
}
