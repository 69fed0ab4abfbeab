//! Checking the credential that was typed into a page, without becoming an oracle for guessing: every try is counted per
//! page and per client address before the service is asked, and every failure altogether.

use std::time::Duration;

use http::StatusCode;
use http::request::Parts;
use sealing::SecretString;
use state_store::{Added, Key, Quota, QuotaDecision, StoreError};

use crate::credential::{Account, CredentialError};
use crate::events::Event;
use crate::grant::Id;
use crate::request::ClientAddress;
use crate::server::Server;
use crate::text::Wait;

/// Longest credential, in bytes: it travels in every token.
const MAX_CREDENTIAL: usize = 512;
/// How many addresses the block around one counts for: whoever has many has them in blocks.
pub(crate) const BLOCK: u32 = 4;
/// In which the tries of an address and the failures altogether are counted.
pub(crate) const WINDOW: Duration = Duration::from_secs(60);

/// Why a credential was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CheckTrouble {
    /// The service's answer, or the lack of one.
    Service(CredentialError),
    /// It cannot be a credential: too long, or with characters that no header can carry.
    Unusable,
    /// Too many tries; come back after this.
    TooManyTries {
        /// The time until then.
        retry_after: Duration,
    },
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

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooManyTries { retry_after } => Some(*retry_after),
            Self::Service(CredentialError::RateLimited { retry_after }) => *retry_after,
            _ => None,
        }
    }

    /// When to come back, in whole seconds, if anybody said it.
    #[must_use]
    pub fn retry_after_seconds(&self) -> Option<u64> {
        self.retry_after().map(|wait| wait.as_secs().max(1))
    }

    /// When to come back, for people.
    pub(crate) fn wait(&self) -> Option<Wait> {
        self.retry_after_seconds().map(Wait::new)
    }

    /// Whether what was typed in is to blame, and not somebody who could not say.
    #[must_use]
    pub const fn is_about_credential(&self) -> bool {
        matches!(self, Self::Unusable | Self::Service(CredentialError::Wrong | CredentialError::Forbidden))
    }

    /// Whether the service says that it does not know it.
    pub(crate) const fn is_unknown(&self) -> bool {
        matches!(self, Self::Service(CredentialError::Wrong))
    }

    pub(crate) const fn name(&self) -> &'static str {
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

/// What is said at the field for the credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FieldTrouble {
    /// Nothing was typed in.
    Missing,
    /// Nothing is connected with it, so that nothing could be ended.
    NothingConnected,
    /// It was not accepted.
    Check(CheckTrouble),
}

impl FieldTrouble {
    /// Whether the field is to be marked as wrong.
    pub(crate) const fn is_invalid(&self) -> bool {
        match self {
            Self::Missing | Self::NothingConnected => true,
            Self::Check(trouble) => trouble.is_about_credential(),
        }
    }
}

/// Asks the service about a credential that was typed into a page.
pub(crate) async fn check(
    server: &Server,
    parts: &Parts,
    page: Id,
    credential: &SecretString,
) -> Result<Account, CheckTrouble> {
    let checked = async {
        count(server, parts, page, credential).await?;
        let account = server.verifier.verify(credential).await.map_err(CheckTrouble::Service)?;
        worked(server).await;
        Ok(account)
    }
    .await;
    let outcome = checked.as_ref().map_or_else(CheckTrouble::name, |_| "works");
    if outcome != "works" {
        tracing::info!(reason = outcome, path = parts.uri.path(), "credential not accepted");
    }
    server.record(Event::CredentialChecked { outcome });
    checked
}

/// Counts a try against every limit, as one that failed: see [`worked`].
pub(crate) async fn count(
    server: &Server,
    parts: &Parts,
    page: Id,
    credential: &SecretString,
) -> Result<(), CheckTrouble> {
    usable(credential)?;
    let limits = &server.credential_checks;
    if let Some(address) = parts.extensions.get::<ClientAddress>() {
        let tiers =
            [("oauth-check-address", address.network(), 1), ("oauth-check-block", address.block(), BLOCK)];
        for (space, network, times) in tiers {
            let network = server.fingerprints.fingerprint("oauth-address", &network);
            let key = Key::new(space, network.to_string());
            take(server, &key, quota(limits.per_address.saturating_mul(times), WINDOW)).await?;
        }
    }
    reserve_failure(server).await?;
    // Last, so that a refusal for what others do costs the page nothing and leaves no record of it.
    let page = Key::new("oauth-check-page", page.to_string());
    if let Err(trouble) =
        take(server, &page, quota(limits.per_transaction, server.lifetimes.transaction)).await
    {
        worked(server).await;
        return Err(trouble);
    }
    Ok(())
}

/// Whether it can be a credential at all.
pub(crate) fn usable(credential: &SecretString) -> Result<(), CheckTrouble> {
    let text = credential.expose();
    let usable = text.len() <= MAX_CREDENTIAL && text.bytes().all(|byte| byte.is_ascii_graphic());
    if usable { Ok(()) } else { Err(CheckTrouble::Unusable) }
}

async fn take(server: &Server, key: &Key, quota: Quota) -> Result<(), CheckTrouble> {
    match server.store.take_quota(key, quota, 1).await.map_err(|error| uncounted(&error))? {
        QuotaDecision::Allowed { .. } => Ok(()),
        QuotaDecision::Denied { retry_after } => {
            Err(CheckTrouble::TooManyTries { retry_after: retry_after.unwrap_or(WINDOW) })
        }
    }
}

/// Counts a failure in advance, so that tries at the same moment cannot all slip in under the limit.
pub(crate) async fn reserve_failure(server: &Server) -> Result<(), CheckTrouble> {
    let limit = u64::from(server.credential_checks.overall.max(1));
    match server.store.add_up_to(&failures(), 1, limit, WINDOW).await.map_err(|error| uncounted(&error))? {
        Added::Within { .. } => Ok(()),
        Added::Full { resets_in, .. } => Err(CheckTrouble::TooManyTries { retry_after: resets_in }),
    }
}

/// It was no failure: working keys do not use up what is there for everybody.
pub(crate) async fn worked(server: &Server) {
    if let Err(error) = server.store.refund(&failures(), 1).await {
        // The count is one too high until the minute is over.
        tracing::warn!(%error, "a credential check cannot be uncounted");
    }
}

fn failures() -> Key {
    Key::new("oauth-check-failures", "all")
}

pub(crate) fn uncounted(error: &StoreError) -> CheckTrouble {
    tracing::warn!(%error, "credential checks cannot be counted");
    CheckTrouble::StoreDown
}

/// `burst` tries at once, growing back evenly over `window`.
fn quota(burst: u32, window: Duration) -> Quota {
    let burst = burst.max(1);
    Quota { period: window / burst, burst }
}
