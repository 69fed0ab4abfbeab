//! Checking that a delivery comes from the API: both schemes are HMAC-SHA256 over a time stamp and the raw body.
//!
//! | | today's webhooks ([Standard Webhooks](https://www.standardwebhooks.com)) | the old ones |
//! |---|---|---|
//! | secret | `whsec_` and base64 | base64 |
//! | headers | `webhook-id`, `webhook-timestamp` (seconds), `webhook-signature` (`v1,<base64>`, several by spaces) | `openphone-signature` (`hmac;1;<milliseconds>;<base64>`, several by commas) |
//! | signed | `{id}.{timestamp}.{body}` | `{timestamp}.{body}` |
//!
//! A secret of one scheme accepts nothing of the other.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use jiff::Timestamp;
use sealing::{SecretString, Zeroizing};
use serde::de::{IntoDeserializer, value};
use serde::{Deserialize, Deserializer};
use sha2::Sha256;

use crate::id::DeliveryId;

/// Standard base64, with or without its padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
/// How far the time stamp may be off, either way.
const TOLERANCE: Duration = Duration::from_secs(5 * 60);
/// What today's secrets begin with.
const STANDARD_PREFIX: &str = "whsec_";
/// Signatures of one delivery that are tried: there is more than one only while a secret is being rotated.
const MAX_SIGNATURES: usize = 8;
/// Bytes that an HMAC-SHA256 key should at least have (RFC 2104 section 3 asks for 32; 24 are seen).
const LEAST_KEY: usize = 16;

/// The secret that a webhook's deliveries are signed with. It prints nothing of itself.
#[derive(Clone)]
pub struct WebhookSecret(Arc<SecretString>);

impl WebhookSecret {
    /// A secret as the API or the product shows it.
    #[must_use]
    pub fn new(secret: SecretString) -> Self {
        Self(Arc::new(secret))
    }

    /// The secret itself, to be stored where secrets are.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret([redacted])")
    }
}

impl<'de> Deserialize<'de> for WebhookSecret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|secret| Self::new(SecretString::new(secret)))
    }
}

/// Why a text cannot be a webhook's secret. Holds no part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidSecret {
    /// It is not base64, after `whsec_` if it begins so.
    #[error("the webhook's secret is not base64: copy it whole, as it is shown")]
    NotBase64,
    /// Too short to keep anybody from forging signatures.
    #[error("the webhook's secret is too short to be one")]
    TooShort,
}

/// Which of the two ways of signing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scheme {
    /// Standard Webhooks, on today's webhooks.
    Standard,
    /// `openphone-signature`, on the old ones and those made in the product.
    Legacy,
}

/// A delivery whose signature is right.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verified {
    /// How it was signed.
    pub scheme: Scheme,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// What tells it apart from others, the same in every attempt. The old scheme has none.
    pub delivery_id: Option<DeliveryId>,
}

/// Why a delivery is not accepted. None of it says anything about the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// No signature of a scheme that a secret was given for.
    #[error("the delivery is not signed")]
    Unsigned,
    /// A header is missing, twice there, or not in its form.
    #[error("the delivery's signature headers are not in their form")]
    Malformed,
    /// The time stamp is too old: an earlier delivery, played again.
    #[error("the delivery is too old")]
    TooOld,
    /// The time stamp is in the future: check this machine's clock.
    #[error("the delivery's time is in the future")]
    TooNew,
    /// No secret gives this signature.
    #[error("the delivery's signature is wrong")]
    WrongSignature,
}

/// Checks deliveries. Cheap to clone.
///
/// ```
/// use http::HeaderMap;
/// use openphone_client::webhooks::{Rejection, Verifier, WebhookEvent, WebhookSecret};
///
/// fn receive(
///     secret: &WebhookSecret,
///     headers: &HeaderMap,
///     raw_body: &[u8],
///     now: jiff::Timestamp,
/// ) -> Result<(), Box<dyn std::error::Error>> {
///     let verified = Verifier::new(secret)?.verify(headers, raw_body, now)?;
///     // … unless `verified.delivery_id` was seen before …
///     let event = WebhookEvent::parse(raw_body)?;
///     println!("{:?}: {}", verified.delivery_id, event.kind);
///     Ok(())
/// }
/// ```
#[derive(Clone)]
pub struct Verifier {
    keys: Vec<(Scheme, Arc<Zeroizing<Vec<u8>>>)>,
    tolerance: Duration,
}

impl Verifier {
    /// Accepts what this secret signs, with a time stamp at most five minutes off.
    pub fn new(secret: &WebhookSecret) -> Result<Self, InvalidSecret> {
        Self { keys: Vec::new(), tolerance: TOLERANCE }.or(secret)
    }

    /// Accepts what this secret signs as well: another webhook's, or the one before a rotation. The secret's
    /// prefix says by which scheme: `whsec_` is today's.
    pub fn or(self, secret: &WebhookSecret) -> Result<Self, InvalidSecret> {
        let is_standard = secret.expose().trim().starts_with(STANDARD_PREFIX);
        self.or_with_scheme(secret, if is_standard { Scheme::Standard } else { Scheme::Legacy })
    }

    /// The same, where the prefix is not to be trusted: no document says what the key of an old webhook looks
    /// like.
    pub fn or_with_scheme(mut self, secret: &WebhookSecret, scheme: Scheme) -> Result<Self, InvalidSecret> {
        let secret = secret.expose().trim();
        let encoded = secret.strip_prefix(STANDARD_PREFIX).unwrap_or(secret);
        let key = Zeroizing::new(BASE64.decode(encoded).map_err(|_| InvalidSecret::NotBase64)?);
        if key.len() < LEAST_KEY {
            return Err(InvalidSecret::TooShort);
        }
        self.keys.push((scheme, Arc::new(key)));
        Ok(self)
    }

    /// Sets how far a time stamp may be off, either way.
    #[must_use]
    pub fn tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Checks a delivery. `raw_body` is the body byte for byte as it arrived: JSON that was read and written
    /// again has another signature. The comparison takes the same time wherever the difference is.
    pub fn verify(
        &self,
        headers: &HeaderMap,
        raw_body: &[u8],
        now: Timestamp,
    ) -> Result<Verified, Rejection> {
        let mut found = Err(Rejection::Unsigned);
        for scheme in [Scheme::Standard, Scheme::Legacy] {
            let mut keys = self.keys.iter().filter(|(of, _)| *of == scheme).map(|(_, key)| key).peekable();
            if keys.peek().is_none() {
                continue;
            }
            match signed(scheme, headers)? {
                None => {}
                Some(signed) => {
                    found = self.check(&signed, keys.map(|key| key.as_slice()), raw_body, now);
                    if found.is_ok() {
                        break;
                    }
                }
            }
        }
        found
    }

    fn check<'k>(
        &self,
        signed: &Signed<'_>,
        keys: impl Iterator<Item = &'k [u8]>,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Verified, Rejection> {
        let mut right = None;
        for key in keys {
            for signature in &signed.signatures {
                // No key length is wrong for HMAC.
                let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { continue };
                mac.update(signed.prefix(signature).as_bytes());
                mac.update(body);
                if mac.verify_slice(&signature.bytes).is_ok() {
                    right = right.or(Some(signature));
                }
            }
        }
        // The time comes second: who cannot sign learns nothing of our clock.
        let signature = right.ok_or(Rejection::WrongSignature)?;
        let age = now.duration_since(signature.sent_at);
        if age.unsigned_abs() > self.tolerance {
            return Err(if age.is_negative() { Rejection::TooNew } else { Rejection::TooOld });
        }
        Ok(Verified { scheme: signed.scheme, sent_at: signature.sent_at, delivery_id: signed.delivery_id() })
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("secrets", &self.keys.len())
            .field("tolerance", &self.tolerance)
            .finish_non_exhaustive()
    }
}

/// What the headers of one scheme say.
struct Signed<'h> {
    scheme: Scheme,
    id: &'h str,
    signatures: Vec<Signature<'h>>,
}

struct Signature<'h> {
    /// As it was sent: it is signed as text.
    stamp: &'h str,
    sent_at: Timestamp,
    bytes: Vec<u8>,
}

impl Signed<'_> {
    /// What is signed before the body.
    fn prefix(&self, signature: &Signature<'_>) -> String {
        match self.scheme {
            Scheme::Standard => format!("{}.{}.", self.id, signature.stamp),
            Scheme::Legacy => format!("{}.", signature.stamp),
        }
    }

    fn delivery_id(&self) -> Option<DeliveryId> {
        // As it was signed, whatever it looks like: it is there to be compared.
        DeliveryId::deserialize(self.id.into_deserializer()).map_err(|_: value::Error| ()).ok()
    }
}

/// The headers of a scheme; `None` when there are none of it.
fn signed(scheme: Scheme, headers: &HeaderMap) -> Result<Option<Signed<'_>>, Rejection> {
    match scheme {
        Scheme::Standard => {
            let Some(list) = single(headers, "webhook-signature")? else { return Ok(None) };
            let id = single(headers, "webhook-id")?.ok_or(Rejection::Malformed)?;
            let stamp = single(headers, "webhook-timestamp")?.ok_or(Rejection::Malformed)?;
            let sent_at = moment(stamp, Timestamp::from_second)?;
            let signatures = list
                .split_ascii_whitespace()
                .filter_map(|entry| entry.strip_prefix("v1,"))
                .take(MAX_SIGNATURES)
                .filter_map(|encoded| BASE64.decode(encoded).ok())
                .map(|bytes| Signature { stamp, sent_at, bytes })
                .collect();
            Ok(Some(Signed { scheme, id, signatures }))
        }
        Scheme::Legacy => {
            let Some(list) = single(headers, "openphone-signature")? else { return Ok(None) };
            let signatures: Vec<_> = list.split(',').take(MAX_SIGNATURES).filter_map(legacy).collect();
            if signatures.is_empty() {
                return Err(Rejection::Malformed);
            }
            Ok(Some(Signed { scheme, id: "", signatures }))
        }
    }
}

/// `hmac;1;<milliseconds>;<base64>`.
fn legacy(entry: &str) -> Option<Signature<'_>> {
    let mut parts = entry.trim().splitn(4, ';');
    let (scheme, version) = (parts.next()?, parts.next()?);
    let (stamp, encoded) = (parts.next()?, parts.next()?);
    let sent_at = moment(stamp, Timestamp::from_millisecond).ok()?;
    let bytes = BASE64.decode(encoded).ok()?;
    (scheme == "hmac" && version == "1").then_some(Signature { stamp, sent_at, bytes })
}

fn moment(stamp: &str, read: fn(i64) -> Result<Timestamp, jiff::Error>) -> Result<Timestamp, Rejection> {
    let number = stamp.parse().map_err(|_| Rejection::Malformed)?;
    read(number).map_err(|_| Rejection::Malformed)
}

/// The one value of a header. Of two, another program in between may have read the other.
fn single<'h>(headers: &'h HeaderMap, name: &str) -> Result<Option<&'h str>, Rejection> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Rejection::Malformed);
    }
    value.to_str().map(|text| Some(text.trim())).map_err(|_| Rejection::Malformed)
}
