//! What was revoked: written to the store, announced in a bounded log, and known here without asking.
//!
//! A token check must not cost a round trip. Each instance keeps the revocations that access tokens in
//! circulation could still run into, and catches up from the log at most once a second, in the course of a check. Its
//! own it knows at once. While the store is down checks go on with what is known, for a minute.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use bytes::Bytes;
use sealing::Fingerprint;
use serde::{Deserialize, Serialize};
use state_store::{Exchange, Key, LogBound, LogEntry, Quota, QuotaDecision, StoreError};
use tokio::sync::Mutex;

use crate::error::{EndpointError, GrantRefusal};
use crate::events::Event;
use crate::family::{self, Ended, Head};
use crate::grant::{Grant, Id};
use crate::server::Server;
use crate::settings::MAX_ACCESS_TOKEN;

/// How long a check relies on what is known before it catches up.
const FRESH: Duration = Duration::from_secs(1);
/// How long checks go on without being able to catch up.
const STALE: Duration = Duration::from_secs(60);
/// Entries of the log: no more than that many revocations within the life of an access token are expected.
const MAX_ENTRIES: u32 = 65_536;
const BATCH: usize = 1024;
/// Access tokens of one connection that are revoked one by one: 20 an hour.
const TOKENS_OF_A_FAMILY: Quota = Quota { period: Duration::from_secs(3 * 60), burst: 20 };
const CREDENTIAL_SPACE: &str = "oauth-credential-not-before";
/// Marks like those, of credentials whose owner or operator asked for it.
const REQUESTED_SPACE: &str = "oauth-credential-not-before-requested";

/// One revocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Revoked {
    /// One access token.
    Token(Id),
    /// All tokens of a connection.
    Family(Id),
    /// All tokens that were approved with a credential before this time, in milliseconds since the Unix epoch.
    Credential { fingerprint: [u8; 16], before_ms: u64 },
}

/// A revocation as the log carries it. `until`: no token that it matters to lives longer, in seconds.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Announcement {
    revoked: Revoked,
    until: u64,
}

/// The revocations that this instance knows.
#[derive(Default)]
pub(crate) struct Revocations {
    known: RwLock<Known>,
    /// Held by the one check that catches up.
    catching_up: Mutex<()>,
}

/// A revoked token or family.
struct KnownId {
    until: u64,
    /// Whether the log has it. Announcing it again would let one client push others out of the log.
    announced: bool,
}

#[derive(Default)]
struct Known {
    ids: HashMap<Id, KnownId>,
    /// Fingerprint to not-before (milliseconds) and until.
    credentials: HashMap<[u8; 16], (u64, u64)>,
    /// The newest entry that was read, to go on from and to notice that the log was lost.
    newest: Option<LogEntry>,
    /// When the log was last read to its end, and when that was last tried.
    read_at: Option<Duration>,
    tried_at: Option<Duration>,
    pruned_at: u64,
}

/// Revocations have not been readable for too long.
#[derive(Debug)]
pub(crate) struct TooStale;

impl Revocations {
    /// Whether an access token was revoked, or its family, or its credential.
    pub(crate) async fn is_revoked(&self, server: &Server, grant: &Grant) -> Result<bool, TooStale> {
        self.keep_up(server).await?;
        let known = self.read();
        Ok(known.ids.contains_key(&grant.token_id)
            || known.ids.contains_key(&grant.family)
            || known
                .credentials
                .get(grant.credential_fingerprint.as_bytes())
                .is_some_and(|(before_ms, _)| grant.approved_at_ms < *before_ms))
    }

    /// Whether all that was approved with a credential until then, in milliseconds since the Unix epoch, is over.
    pub(crate) async fn is_credential_ended(
        &self,
        server: &Server,
        credential: Fingerprint,
        at_ms: u64,
    ) -> Result<bool, TooStale> {
        self.keep_up(server).await?;
        let known = self.read();
        Ok(known.credentials.get(credential.as_bytes()).is_some_and(|(before_ms, _)| at_ms < *before_ms))
    }

    /// Revokes one access token. Like the others: in effect here at once, whatever the store does.
    ///
    /// A connection that has more of its tokens revoked than any client has reason to is closed: one entry of the log
    /// covers whatever else it issued, and it cannot push other connections' entries out.
    pub(crate) async fn revoke_token(
        &self,
        server: &Server,
        token: Id,
        family: Id,
    ) -> Result<(), EndpointError> {
        if self.read().is_announced(token) || self.read().is_announced(family) {
            return Ok(());
        }
        let announcement = self.know(server, Revoked::Token(token));
        let key = Key::new("oauth-family-revocations", family.to_string());
        match server.store.take_quota(&key, TOKENS_OF_A_FAMILY, 1).await? {
            QuotaDecision::Allowed { .. } => self.announce(server, announcement).await.map(drop),
            QuotaDecision::Denied { .. } => {
                tracing::warn!(%family, "too many access tokens of a connection were revoked: it is closed");
                self.revoke_family(server, family).await.map(drop)
            }
        }
    }

    /// Revokes all tokens of a connection, on request. `false`: they were revoked before.
    pub(crate) async fn revoke_family(&self, server: &Server, family: Id) -> Result<bool, EndpointError> {
        self.close_family(server, family, Head::Revoked).await
    }

    /// Revokes all tokens of a connection for a reason of ours. `false`: they were revoked before.
    pub(crate) async fn end_family(
        &self,
        server: &Server,
        family: Id,
        why: Ended,
    ) -> Result<bool, EndpointError> {
        self.close_family(server, family, Head::Ended(why)).await
    }

    async fn close_family(&self, server: &Server, family: Id, end: Head) -> Result<bool, EndpointError> {
        let announcement = self.know(server, Revoked::Family(family));
        family::end(server, family, end).await?;
        self.announce(server, announcement).await
    }

    /// Revokes every grant that was approved with this credential before this, on request: the credential itself is
    /// well, and a refresh says so.
    pub(crate) async fn end_credential(
        &self,
        server: &Server,
        credential: Fingerprint,
        before_ms: u64,
    ) -> Result<(), EndpointError> {
        self.close_credential(server, credential, before_ms, true).await
    }

    /// Revokes every grant that was approved with this credential until now: the service does not know it any more.
    pub(crate) async fn revoke_credential(
        &self,
        server: &Server,
        credential: Fingerprint,
    ) -> Result<(), EndpointError> {
        self.close_credential(server, credential, server.now_ms(), false).await
    }

    async fn close_credential(
        &self,
        server: &Server,
        credential: Fingerprint,
        before_ms: u64,
        requested: bool,
    ) -> Result<(), EndpointError> {
        let revoked = Revoked::Credential { fingerprint: *credential.as_bytes(), before_ms };
        let announcement = self.know(server, revoked);
        if requested {
            // First, so that nobody is told in between that the credential does not work.
            mark(server, REQUESTED_SPACE, credential, before_ms).await?;
        }
        mark(server, CREDENTIAL_SPACE, credential, before_ms).await?;
        self.announce(server, announcement).await.map(drop)
    }

    /// Why a grant approved then with this credential is revoked, if it is, by the store itself: for refreshes.
    pub(crate) async fn credential_refusal(
        server: &Server,
        credential: Fingerprint,
        approved_at_ms: u64,
    ) -> Result<Option<GrantRefusal>, StoreError> {
        if read_mark(server, CREDENTIAL_SPACE, credential).await? <= approved_at_ms {
            return Ok(None);
        }
        let requested = read_mark(server, REQUESTED_SPACE, credential).await? > approved_at_ms;
        Ok(Some(if requested { GrantRefusal::Revoked } else { GrantRefusal::CredentialRejected }))
    }

    /// Grants of this credential that were approved before this are revoked, by the store itself.
    pub(crate) async fn credential_ended_before(
        server: &Server,
        credential: Fingerprint,
    ) -> Result<u64, StoreError> {
        read_mark(server, CREDENTIAL_SPACE, credential).await
    }

    fn know(&self, server: &Server, revoked: Revoked) -> Announcement {
        let until = server.clock.unix_seconds() + MAX_ACCESS_TOKEN.as_secs();
        let announcement = Announcement { revoked, until };
        self.write().add(&announcement, false);
        announcement
    }

    /// Tells the other instances, and this one after a restart. `false`: they know already.
    async fn announce(&self, server: &Server, announcement: Announcement) -> Result<bool, EndpointError> {
        // Credentials are different: each mark is later than the one before and says more.
        if let Revoked::Token(id) | Revoked::Family(id) = announcement.revoked
            && self.read().is_announced(id)
        {
            return Ok(false);
        }
        let entry = postcard::to_stdvec(&announcement).map_err(|_| EndpointError::Internal)?;
        let bound = LogBound { max_entries: MAX_ENTRIES, ttl: 2 * MAX_ACCESS_TOKEN };
        server.store.append(&log(), &entry, bound).await?;
        self.write().add(&announcement, true);
        server.record(Event::Revoked {
            what: match announcement.revoked {
                Revoked::Token(_) => "access_token",
                Revoked::Family(_) => "connection",
                Revoked::Credential { .. } => "credential",
            },
        });
        Ok(true)
    }

    /// Catches up if it is time to. Of many checks at once one does it; the others go on, unless nothing was
    /// ever read or it was too long ago.
    async fn keep_up(&self, server: &Server) -> Result<(), TooStale> {
        let now = server.clock.since_epoch();
        // A clock that was set back counts as time passed, not as no time.
        let age = |at: Option<Duration>| at.map_or(Duration::MAX, |at| now.abs_diff(at));
        let usable = {
            let known = self.read();
            if age(known.tried_at) < FRESH {
                return if age(known.read_at) <= STALE { Ok(()) } else { Err(TooStale) };
            }
            age(known.read_at) <= STALE
        };
        let turn = match self.catching_up.try_lock() {
            Ok(turn) => turn,
            Err(_) if usable => return Ok(()),
            Err(_) => self.catching_up.lock().await,
        };
        // Somebody else may have done it while we waited.
        if age(self.read().tried_at) >= FRESH {
            let read = self.catch_up(server).await;
            self.write().tried_at = Some(now);
            match read {
                Ok(()) => self.write().read_at = Some(now),
                Err(error) => tracing::warn!(%error, "revocations cannot be read"),
            }
        }
        drop(turn);
        if age(self.read().read_at) <= STALE { Ok(()) } else { Err(TooStale) }
    }

    async fn catch_up(&self, server: &Server) -> Result<(), StoreError> {
        let log = log();
        let newest = self.read().newest.clone();
        let mut after = 0;
        if let Some(newest) = newest {
            // Read the newest known entry once more: if it is not there, the log was lost and begins anew.
            let first = server.store.read_since(&log, newest.sequence - 1, 1).await?;
            if first.first() == Some(&newest) {
                after = newest.sequence;
            }
        }
        loop {
            let entries = server.store.read_since(&log, after, BATCH).await?;
            let Some(last) = entries.last() else { break };
            after = last.sequence;
            let mut known = self.write();
            for entry in &entries {
                known.read(&entry.value);
            }
            known.newest = Some(last.clone());
            if entries.len() < BATCH {
                break;
            }
        }
        self.write().prune(server.clock.unix_seconds());
        Ok(())
    }

    /// A panic while the lock was held cannot leave the maps half-changed in a way that matters.
    fn read(&self) -> RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Known> {
        self.known.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn read(&mut self, entry: &Bytes) {
        // An entry of a newer release is not for us.
        if let Ok(announcement) = postcard::from_bytes(entry) {
            self.add(&announcement, true);
        }
    }

    fn add(&mut self, announcement: &Announcement, announced: bool) {
        let Announcement { revoked, until } = *announcement;
        match revoked {
            Revoked::Token(id) | Revoked::Family(id) => {
                let known = self.ids.entry(id).or_insert(KnownId { until, announced });
                known.until = known.until.max(until);
                known.announced |= announced;
            }
            Revoked::Credential { fingerprint, before_ms } => {
                let known = self.credentials.entry(fingerprint).or_default();
                *known = (known.0.max(before_ms), known.1.max(until));
            }
        }
    }

    /// Whether the log has this token or family.
    fn is_announced(&self, id: Id) -> bool {
        self.ids.get(&id).is_some_and(|known| known.announced)
    }

    fn prune(&mut self, now: u64) {
        if now.saturating_sub(self.pruned_at) >= 60 {
            self.pruned_at = now;
            self.ids.retain(|_, known| known.until > now);
            self.credentials.retain(|_, (_, until)| *until > now);
        }
    }
}

fn log() -> Key {
    Key::new("oauth-revocations", "log")
}

/// Sets the time before which a credential's grants are over. The later of two marks includes the earlier.
async fn mark(
    server: &Server,
    space: &'static str,
    credential: Fingerprint,
    before_ms: u64,
) -> Result<(), StoreError> {
    let key = Key::new(space, credential.to_string());
    let mut found = server.store.get(&key).await?;
    while found.as_deref().and_then(mark_of).is_none_or(|mark| mark < before_ms) {
        let ttl = server.lifetimes.refresh_absolute;
        match server.store.compare_exchange(&key, found.as_deref(), &before_ms.to_be_bytes(), ttl).await? {
            Exchange::Swapped => break,
            Exchange::Differs(other) => found = other,
        }
    }
    Ok(())
}

/// Zero where there is none: nothing was approved before that.
async fn read_mark(server: &Server, space: &'static str, credential: Fingerprint) -> Result<u64, StoreError> {
    let found = server.store.get(&Key::new(space, credential.to_string())).await?;
    Ok(found.as_deref().and_then(mark_of).unwrap_or_default())
}

fn mark_of(bytes: &[u8]) -> Option<u64> {
    bytes.try_into().ok().map(u64::from_be_bytes)
}
