//! Clients that sign: `private_key_jwt` (RFC 7523 sections 2.2 and 3, RFC 7515), for those with a metadata document.
//!
//! The signature is checked with the one key that the token names, under the one algorithm of that key; nothing in the token
//! chooses how it is checked. Each assertion is good once.

mod key_set;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sealing::Fingerprint;
use serde::Deserialize;
use state_store::{Inserted, Key};

use crate::error::EndpointError;
use crate::server::Server;
use crate::token::TOKEN;

pub(crate) use key_set::ALGORITHMS;
pub(crate) use key_set::KeySet;

/// The one kind of assertion (RFC 7523 section 2.2).
pub(crate) const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Name of the method in metadata.
pub(crate) const PRIVATE_KEY_JWT: &str = "private_key_jwt";

/// Longest assertion, in bytes.
const MAX_ASSERTION: usize = 8 * 1024;
/// How far ahead an assertion may expire: it is made for the request that carries it.
const LONGEST_LIFE: u64 = 5 * 60;
/// How far the client's clock may be off.
const SKEW: u64 = 60;

/// An assertion whose signature was not looked at yet.
pub(crate) struct Assertion {
    header: Header,
    claims: Claims,
    /// What was signed.
    signed: String,
    signature: Vec<u8>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    /// Extensions that must be understood (RFC 7515 section 4.1.11). There are none here.
    crit: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: f64,
    nbf: Option<f64>,
    iat: Option<f64>,
    jti: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    fn names(&self, wanted: &[&str]) -> bool {
        match self {
            Self::One(name) => wanted.contains(&name.as_str()),
            Self::Several(names) => names.iter().any(|name| wanted.contains(&name.as_str())),
        }
    }
}

impl Assertion {
    /// Takes an assertion apart.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.len() > MAX_ASSERTION {
            return None;
        }
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let header: Header = serde_json::from_str(&decode_text(header)?).ok()?;
        let claims: Claims = serde_json::from_str(&decode_text(claims)?).ok()?;
        Some(Self { header, claims, signed: signed.to_owned(), signature: decode(signature)? })
    }

    /// Who it says signed it.
    pub(crate) fn client_id(&self) -> &str {
        &self.claims.sub
    }

    /// The key it says it was signed with.
    pub(crate) fn key_id(&self) -> Option<&str> {
        self.header.kid.as_deref()
    }

    /// Whether it is one of the client's, made now for this server.
    pub(crate) fn is_signed_by(&self, keys: &KeySet) -> bool {
        self.header.crit.is_none()
            && keys.verify(&self.header.alg, self.key_id(), self.signed.as_bytes(), &self.signature)
    }

    /// Whether it is meant for here and now (RFC 7523 section 3).
    pub(crate) fn is_for(&self, server: &Server, client_id: &str) -> bool {
        let Claims { iss, sub, aud, exp, nbf, iat, jti } = &self.claims;
        let token_endpoint = server.issuer.url(TOKEN);
        let now = server.clock.unix_seconds() as f64;
        let (skew, longest) = (SKEW as f64, LONGEST_LIFE as f64);
        let begun = |at: &Option<f64>| at.is_none_or(|at| at <= now + skew);
        iss == client_id
            && sub == client_id
            && aud.names(&[&server.issuer.id, &token_endpoint])
            && *exp > now - skew
            && *exp <= now + longest + skew
            && begun(nbf)
            && begun(iat)
            && (1..=256).contains(&jti.len())
    }

    /// Uses it up. `false` if it was used before.
    pub(crate) async fn spend(&self, server: &Server, client: Fingerprint) -> Result<bool, EndpointError> {
        let name = [client.as_bytes().as_slice(), self.claims.jti.as_bytes()].concat();
        let key = Key::new(
            "oauth-assertion",
            server.fingerprints.fingerprint("oauth-assertion", &name).to_string(),
        );
        // Past its end it is refused for that.
        let ttl = Duration::from_secs(LONGEST_LIFE + 3 * SKEW);
        Ok(server.store.insert_if_absent(&key, b"", ttl).await? == Inserted::Stored)
    }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Of all of it, what is passed over included (RFC 7515 section 5.2, steps 3 and 4).
fn decode_text(text: &str) -> Option<String> {
    String::from_utf8(decode(text)?).ok()
}
