//! Clients: who a `client_id` stands for. The one place that resolves one.
//!
//! A registered client is stored nowhere: its `client_id` is what it registered, sealed. Registration is open, so
//! that proves only that we have seen this metadata; trust comes from the redirect URI and the consent page.
//! Another way of knowing a client is one more variant of [`Client`] and one more arm of [`Client::resolve`].

use sealing::{Fingerprint, FingerprintKey, Purpose, SecretString};
use serde::{Deserialize, Serialize};

use crate::redirect_uri::RedirectUri;
use crate::sealed::{self, NotEncodable};
use crate::server::Server;

const CLIENT: Purpose = Purpose::new("opqcl", "client").with_max_token(2048);

/// How a client proves at the token endpoint that it is itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum AuthMethod {
    /// Not at all: a public client, held by PKCE.
    None,
    /// A secret in the `Authorization` header.
    SecretBasic,
    /// A secret in the form.
    SecretPost,
    /// A secret, either way: it named no method when it registered.
    SecretEither,
}

/// What a client registered, as its `client_id` carries it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Registration {
    /// Cleaned.
    pub(crate) name: String,
    /// [`RedirectUri::identity`] of each URI: the request carries the URI itself.
    pub(crate) redirects: Vec<[u8; 16]>,
    pub(crate) auth: AuthMethod,
    /// Whether it takes refresh tokens.
    pub(crate) refresh: bool,
    /// Seconds since the Unix epoch.
    pub(crate) registered_at: u64,
}

/// A client that we know.
#[derive(Clone, Debug)]
pub(crate) enum Client {
    /// One that registered itself (RFC 7591).
    Registered {
        /// Names its `client_id`.
        fingerprint: Fingerprint,
        /// What it registered.
        registration: Registration,
    },
}

/// The `client_id` stands for nobody we know (any more).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UnknownClient;

impl Client {
    /// Finds out who a `client_id` stands for.
    pub(crate) fn resolve(server: &Server, client_id: &str) -> Result<Self, UnknownClient> {
        let registration = sealed::open(&server.sealer, CLIENT, client_id).ok_or(UnknownClient)?;
        Ok(Self::Registered { fingerprint: fingerprint(&server.fingerprints, client_id), registration })
    }

    pub(crate) fn fingerprint(&self) -> Fingerprint {
        let Self::Registered { fingerprint, .. } = self;
        *fingerprint
    }

    /// What it calls itself, cleaned. May be empty.
    pub(crate) fn name(&self) -> &str {
        let Self::Registered { registration, .. } = self;
        &registration.name
    }

    pub(crate) fn auth_method(&self) -> AuthMethod {
        let Self::Registered { registration, .. } = self;
        registration.auth
    }

    /// Whether it takes refresh tokens.
    pub(crate) fn takes_refresh(&self) -> bool {
        let Self::Registered { registration, .. } = self;
        registration.refresh
    }

    /// Whether its codes may be sent there.
    pub(crate) fn has_redirect(&self, uri: &RedirectUri) -> bool {
        let Self::Registered { registration, .. } = self;
        registration.redirects.contains(&uri.identity())
    }
}

impl Registration {
    /// The `client_id` of a client with this registration.
    pub(crate) fn client_id(&self, server: &Server) -> Result<String, NotEncodable> {
        sealed::seal(&server.sealer, CLIENT, self)
    }
}

/// The secret of a client: derived from its `client_id`, so that none is stored. Hexadecimal, because clients
/// disagree on whether Basic credentials are form-encoded first.
pub(crate) fn secret(key: &FingerprintKey, client_id: &str) -> SecretString {
    SecretString::new(key.fingerprint("oauth-client-secret", client_id.as_bytes()).to_string())
}

fn fingerprint(key: &FingerprintKey, client_id: &str) -> Fingerprint {
    key.fingerprint("oauth-client", client_id.as_bytes())
}
