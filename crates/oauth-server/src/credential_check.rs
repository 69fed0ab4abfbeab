//! Checking what was typed into the consent page, without becoming an oracle for guessing: every try is counted per
//! page, per client address and altogether before the service is asked.

use std::time::Duration;

use http::StatusCode;
use http::request::Parts;
use sealing::SecretString;
use state_store::{Key, Quota, QuotaDecision};

use crate::credential::{Account, CredentialError};
use crate::grant::Id;
use crate::request::ClientAddress;
use crate::server::Server;

/// Longest credential, in bytes: it travels in every token.
const MAX_CREDENTIAL: usize = 512;

/// Why a credential was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CheckTrouble {
    /// The service's answer, or the lack of one.
    Service(CredentialError),
    /// It cannot be a credential: too long, or with characters that no header can carry.
    Unusable,
    /// Too many tries; come back after this.
    TooManyTries { retry_after: Duration },
    /// Tries cannot be counted, so none is made.
    StoreDown,
}

impl CheckTrouble {
    pub(crate) const fn status(&self) -> StatusCode {
        match self {
            Self::Unusable | Self::Service(CredentialError::Wrong | CredentialError::Forbidden) => {
                StatusCode::BAD_REQUEST
            }
            Self::TooManyTries { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Service(_) | Self::StoreDown => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooManyTries { retry_after } => Some(*retry_after),
            Self::Service(CredentialError::RateLimited { retry_after }) => *retry_after,
            _ => None,
        }
    }

    const fn name(&self) -> &'static str {
        match self {
            Self::Service(CredentialError::Wrong) => "wrong",
            Self::Service(CredentialError::Forbidden) => "forbidden",
            Self::Service(CredentialError::RateLimited { .. }) => "rate_limited",
            Self::Service(CredentialError::Unavailable) => "unavailable",
            Self::Service(CredentialError::TimedOut) => "timed_out",
            Self::Unusable => "unusable",
            Self::TooManyTries { .. } => "too_many_tries",
            Self::StoreDown => "store_down",
        }
    }
}

/// Asks the service about a credential.
pub(crate) async fn check(
    server: &Server,
    parts: &Parts,
    transaction: Id,
    credential: &SecretString,
) -> Result<Account, CheckTrouble> {
    let checked = try_check(server, parts, transaction, credential).await;
    if let Err(trouble) = &checked {
        tracing::info!(reason = trouble.name(), "credential not accepted at consent");
    }
    checked
}

async fn try_check(
    server: &Server,
    parts: &Parts,
    transaction: Id,
    credential: &SecretString,
) -> Result<Account, CheckTrouble> {
    let text = credential.expose();
    if text.len() > MAX_CREDENTIAL || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(CheckTrouble::Unusable);
    }
    let limits = &server.credential_checks;
    let minute = Duration::from_secs(60);
    let mut buckets = vec![(
        Key::new("oauth-check-page", transaction.to_string()),
        quota(limits.per_transaction, server.lifetimes.transaction),
    )];
    if let Some(address) = parts.extensions.get::<ClientAddress>() {
        let network = server.fingerprints.fingerprint("oauth-address", &address.network());
        let key = Key::new("oauth-check-address", network.to_string());
        buckets.push((key, quota(limits.per_address, minute)));
    }
    buckets.push((Key::new("oauth-check-all", "all"), quota(limits.overall, minute)));
    for (key, quota) in buckets {
        match server.store.take_quota(&key, quota, 1).await {
            Ok(QuotaDecision::Allowed { .. }) => {}
            Ok(QuotaDecision::Denied { retry_after }) => {
                return Err(CheckTrouble::TooManyTries { retry_after: retry_after.unwrap_or(minute) });
            }
            Err(error) => {
                tracing::warn!(%error, "credential checks cannot be counted");
                return Err(CheckTrouble::StoreDown);
            }
        }
    }
    server.verifier.verify(credential).await.map_err(CheckTrouble::Service)
}

/// `burst` tries at once, growing back evenly over `window`.
fn quota(burst: u32, window: Duration) -> Quota {
    let burst = burst.max(1);
    Quota { period: window / burst, burst }
}
