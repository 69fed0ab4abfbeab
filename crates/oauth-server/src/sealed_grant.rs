//! The grant as it travels: inside the waiting code, the access token and the refresh token.

use std::borrow::Cow;

use sealing::{Fingerprint, Purpose, SecretString};
use serde::{Deserialize, Serialize};

use crate::grant::Id;
use crate::sealed;

/// Access tokens. The length limit is checked before anything else is done with a bearer.
pub(crate) const ACCESS_TOKEN: Purpose = Purpose::new("opqat", "access-token");
/// Refresh tokens.
pub(crate) const REFRESH_TOKEN: Purpose = Purpose::new("opqrt", "refresh-token");

/// What a user approved.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SealedGrant {
    pub(crate) family: Id,
    pub(crate) client: SealedClient,
    /// Path of the resource, below the mount.
    pub(crate) resource: String,
    pub(crate) scopes: Vec<String>,
    #[serde(with = "sealed::credential")]
    pub(crate) credential: SecretString,
    /// The outcome of the consent choices.
    pub(crate) choices: Vec<u8>,
    pub(crate) approved_at_ms: u64,
    /// The absolute end, in seconds since the Unix epoch.
    pub(crate) ends_at: u64,
}

/// The client of a grant.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SealedClient {
    pub(crate) fingerprint: [u8; 16],
    pub(crate) name: String,
    pub(crate) redirect_host: String,
    /// Host of its metadata document, for a client with one.
    pub(crate) document_host: Option<String>,
    /// Whether it has to sign at the token endpoint: its document names no other way.
    pub(crate) must_sign: bool,
}

impl SealedClient {
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        Fingerprint::from_bytes(self.fingerprint)
    }
}

/// The body of an access token and of a refresh token. In an access token `grant.scopes` are its own.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SealedToken<'a> {
    pub(crate) id: Id,
    /// Seconds since the Unix epoch.
    pub(crate) expires_at: u64,
    /// Of another token, where it is sealed again; its own, where it was opened.
    pub(crate) grant: Cow<'a, SealedGrant>,
}
