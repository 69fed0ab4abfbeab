//! Authorization codes: opaque handles to a grant that waits in the store for its client, once.
//!
//! Nothing made from the credential is ever in a URL. What waits is sealed under a key that needs the ring and
//! the handle, and the store knows only a keyed hash of the handle. A used code leaves a tombstone for a while, so
//! that a second use is noticed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use sealing::Purpose;
use sealing::entropy::random;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use state_store::{Exchange, Key};

use crate::client_auth::Authenticated;
use crate::error::{EndpointError, GrantRefusal};
use crate::grant::Id;
use crate::pkce;
use crate::sealed;
use crate::sealed_grant::SealedGrant;
use crate::server::Server;

const WAITING_GRANT: Purpose = Purpose::new("opqwg", "waiting-grant").with_max_token(8192);
const SPACE: &str = "oauth-code";
/// First part of each code, for secret scanners.
const PREFIX: &str = "opqac_";

/// What waits, and what it is bound to.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct WaitingGrant {
    pub(crate) grant: SealedGrant,
    pub(crate) binding: Binding,
    /// Milliseconds since the Unix epoch.
    expires_at_ms: u64,
    /// Whether the client takes refresh tokens.
    pub(crate) refresh: bool,
}

/// What a code is bound to: whoever redeems it must show all of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Binding {
    client: [u8; 16],
    redirect: [u8; 32],
    challenge: pkce::Challenge,
    resource: String,
}

impl Binding {
    pub(crate) fn new(grant: &SealedGrant, redirect_uri: &str, challenge: pkce::Challenge) -> Self {
        Self {
            client: *grant.client.fingerprint().as_bytes(),
            redirect: Sha256::digest(redirect_uri).into(),
            challenge,
            resource: grant.resource.clone(),
        }
    }

    /// Compares with what was presented. A `redirect_uri` is optional here (OAuth 2.1 dropped it), but if it is
    /// there it must be the same, port included.
    fn check(&self, presented: &Presented<'_>) -> Result<(), EndpointError> {
        let mismatch = EndpointError::InvalidGrant(GrantRefusal::CodeMismatch);
        if self.client != *presented.client.fingerprint.as_bytes() {
            return Err(mismatch);
        }
        if presented.redirect_uri.is_some_and(|uri| Sha256::digest(uri)[..] != self.redirect) {
            return Err(mismatch);
        }
        if !presented.verifier.is_some_and(|verifier| pkce::verify(verifier, &self.challenge)) {
            return Err(EndpointError::InvalidGrant(GrantRefusal::Verifier));
        }
        if presented.resource.is_some_and(|resource| resource != self.resource) {
            return Err(EndpointError::InvalidTarget);
        }
        Ok(())
    }
}

/// What a client presents with a code.
pub(crate) struct Presented<'a> {
    pub(crate) client: &'a Authenticated,
    pub(crate) redirect_uri: Option<&'a str>,
    pub(crate) verifier: Option<&'a str>,
    /// Path of the resource, if one was named.
    pub(crate) resource: Option<&'a str>,
}

#[derive(Serialize, Deserialize)]
enum Stored {
    Waiting(String),
    Used { family: Id, binding: Binding },
}

/// What presenting a code came to.
pub(crate) enum Redeemed {
    /// The one time: tokens may be issued.
    Once(Box<WaitingGrant>),
    /// A second, fully valid presentation: somebody else has the code too. The family must go.
    Again(Id),
}

/// Puts a grant aside and returns the code for it.
pub(crate) async fn issue(
    server: &Server,
    grant: SealedGrant,
    binding: Binding,
    refresh: bool,
) -> Result<String, EndpointError> {
    let handle = URL_SAFE_NO_PAD.encode(random::<32>(server.entropy.as_ref()));
    let code = format!("{PREFIX}{handle}");
    let life = server.lifetimes.code;
    let expires_at_ms = server.now_ms() + millis(life);
    let waiting = WaitingGrant { grant, binding, expires_at_ms, refresh };
    let sealed = sealed::seal_bound(&server.sealer, WAITING_GRANT, &code, &waiting)?;
    let stored = encode(&Stored::Waiting(sealed))?;
    server.store.insert_if_absent(&key(server, &code), &stored, life).await?;
    Ok(code)
}

/// Redeems a code. Nothing changes unless everything about the presentation is right.
pub(crate) async fn redeem(
    server: &Server,
    code: &str,
    presented: &Presented<'_>,
) -> Result<Redeemed, EndpointError> {
    let unknown = || EndpointError::InvalidGrant(GrantRefusal::CodeUnknown);
    let key = key(server, code);
    let found = server.store.get(&key).await?.ok_or_else(unknown)?;
    let sealed = match decode(&found).ok_or_else(unknown)? {
        Stored::Used { family, binding } => {
            binding.check(presented)?;
            return Ok(Redeemed::Again(family));
        }
        Stored::Waiting(sealed) => sealed,
    };
    let waiting: WaitingGrant =
        sealed::open_bound(&server.sealer, WAITING_GRANT, code, &sealed).ok_or_else(unknown)?;
    // The store's clock may be another machine's.
    if server.now_ms() >= waiting.expires_at_ms {
        return Err(unknown());
    }
    waiting.binding.check(presented)?;
    presented.client.has_proved(&waiting.grant.client)?;

    let family = waiting.grant.family;
    let used = encode(&Stored::Used { family, binding: waiting.binding.clone() })?;
    match server.store.compare_exchange(&key, Some(&found), &used, server.lifetimes.used_code).await? {
        Exchange::Swapped => Ok(Redeemed::Once(Box::new(waiting))),
        // Somebody was faster with the same, fully valid presentation.
        Exchange::Differs(Some(_)) => Ok(Redeemed::Again(family)),
        Exchange::Differs(None) => Err(unknown()),
    }
}

fn key(server: &Server, code: &str) -> Key {
    Key::new(SPACE, server.fingerprints.fingerprint("oauth-code", code.as_bytes()).to_string())
}

fn encode(stored: &Stored) -> Result<Vec<u8>, EndpointError> {
    postcard::to_stdvec(stored).map_err(|_| EndpointError::Internal)
}

fn decode(bytes: &Bytes) -> Option<Stored> {
    postcard::from_bytes(bytes).ok()
}

fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
