//! Refresh-token families: rotation, the grace of a repeated answer, and reuse (OAuth 2.1 section 4.3.1).
//!
//! The store holds only which token of a family is the newest and which came before it. [`Head::step`] decides and
//! touches nothing; [`advance`] makes the decision stick with compare-and-exchange.
//!
//! | presented | then |
//! |---|---|
//! | no head yet (never refreshed, or the store was lost) | adopted: rotate |
//! | the newest | rotate |
//! | the one before, within the grace | the newest again: parallel refreshes, a repeated request |
//! | the one before, later | rotate from it: the answer with the newest was lost |
//! | any other | an old token is about: the family is revoked |
//!
//! A thief and the owner never both stay: each rotation from the one before cuts off the other branch.

use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use state_store::{Exchange, Key};

use crate::error::{EndpointError, GrantRefusal};
use crate::grant::Id;
use crate::server::Server;

const SPACE: &str = "oauth-family";
/// Heads outlive their tokens by this much, so that the two never expire in the wrong order.
pub(crate) const MARGIN: Duration = Duration::from_secs(60 * 60);
/// Rounds against other refreshes of one family before giving up. Each round that is lost is somebody's success.
const ROUNDS: usize = 16;

/// The state of a family. New states are added at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Head {
    Live {
        newest: Id,
        before: Id,
        rotated_at_ms: u64,
    },
    /// Ended on request.
    Revoked,
    /// Ended by us. An older release cannot read it, and takes it for revoked.
    Ended(Ended),
}

/// Why we ended a family by ourselves. New reasons are added at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Ended {
    /// An old refresh token was used again.
    Reused,
    /// Its authorization code was used twice.
    CodeReplayed,
    /// The credential has too many connections.
    Displaced,
}

/// What presenting a refresh token comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The same as [`Step::Rotate`], for a family without a head.
    Adopt,
    /// Issue a new token; the family gets a new head.
    Rotate,
    /// Issue the newest again.
    Repeat(Id),
    /// An old token: the family must go.
    Reused,
    /// The family is gone.
    Gone(GrantRefusal),
}

/// What is known of a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It has no head: never refreshed, or so long ago that its tokens have expired, or the store was lost.
    Unknown,
    Live {
        rotated_at_ms: u64,
    },
    Ended,
}

impl Head {
    pub(crate) fn step(head: Option<Self>, presented: Id, now_ms: u64, grace: Duration) -> Step {
        match head {
            None => Step::Adopt,
            Some(Self::Revoked) => Step::Gone(GrantRefusal::Revoked),
            Some(Self::Ended(why)) => Step::Gone(match why {
                Ended::Reused => GrantRefusal::RefreshReused,
                Ended::CodeReplayed => GrantRefusal::CodeReplayed,
                Ended::Displaced => GrantRefusal::Displaced,
            }),
            Some(Self::Live { newest, .. }) if presented == newest => Step::Rotate,
            Some(Self::Live { newest, before, rotated_at_ms }) if presented == before => {
                let since = Duration::from_millis(now_ms.saturating_sub(rotated_at_ms));
                if since <= grace { Step::Repeat(newest) } else { Step::Rotate }
            }
            Some(Self::Live { .. }) => Step::Reused,
        }
    }
}

/// The head of a family as it was a moment ago.
pub(crate) struct Seen(Option<Bytes>);

/// What presenting this token would come to now. Changes nothing.
pub(crate) async fn peek(server: &Server, family: Id, presented: Id) -> Result<(Step, Seen), EndpointError> {
    let found = server.store.get(&key(family)).await?;
    Ok((step(server, found.as_deref(), presented), Seen(found)))
}

/// Presents a refresh token: the id of the one to issue now. `seen` is what [`peek`] saw.
pub(crate) async fn advance(
    server: &Server,
    family: Id,
    presented: Id,
    seen: Seen,
) -> Result<Id, EndpointError> {
    let key = key(family);
    let fresh = Id::generate(server.entropy.as_ref());
    let ttl = ttl(server);
    // What leads to an exchange is seen to be so still by the exchange itself; anything else is looked at anew.
    let mut found = match step(server, seen.0.as_deref(), presented) {
        Step::Adopt | Step::Rotate => seen.0,
        Step::Repeat(_) | Step::Reused | Step::Gone(_) => server.store.get(&key).await?,
    };
    for _ in 0..ROUNDS {
        match step(server, found.as_deref(), presented) {
            Step::Repeat(newest) => return Ok(newest),
            Step::Gone(refusal) => return Err(EndpointError::InvalidGrant(refusal)),
            Step::Reused => {
                server.revocations.end_family(server, family, Ended::Reused).await?;
                tracing::warn!(%family, "an old refresh token was used again: the family is revoked");
                return Err(EndpointError::InvalidGrant(GrantRefusal::RefreshReused));
            }
            Step::Adopt | Step::Rotate => {
                let head = Head::Live { newest: fresh, before: presented, rotated_at_ms: server.now_ms() };
                match server.store.compare_exchange(&key, found.as_deref(), &encode(head)?, ttl).await? {
                    Exchange::Swapped => return Ok(fresh),
                    Exchange::Differs(other) => found = other,
                }
            }
        }
    }
    Err(EndpointError::Contended)
}

/// Puts `end` in the place of a family's head, whatever goes on beside. A family that has ended keeps its reason.
pub(crate) async fn end(server: &Server, family: Id, end: Head) -> Result<(), EndpointError> {
    let key = key(family);
    let ended = encode(end)?;
    // Every refresh token of the family that is out there has expired by then.
    let ttl = ttl(server);
    let mut found = server.store.get(&key).await?;
    for _ in 0..ROUNDS {
        if matches!(found.as_deref().map(decode), Some(Some(Head::Revoked | Head::Ended(_)))) {
            return Ok(());
        }
        match server.store.compare_exchange(&key, found.as_deref(), &ended, ttl).await? {
            Exchange::Swapped => return Ok(()),
            Exchange::Differs(other) => found = other,
        }
    }
    Err(EndpointError::Contended)
}

/// Whether a family lives, and when it last got tokens.
pub(crate) async fn standing(server: &Server, family: Id) -> Result<Standing, EndpointError> {
    let found = server.store.get(&key(family)).await?;
    Ok(match found.as_deref().map(decode) {
        None => Standing::Unknown,
        Some(Some(Head::Live { rotated_at_ms, .. })) => Standing::Live { rotated_at_ms },
        Some(_) => Standing::Ended,
    })
}

fn step(server: &Server, found: Option<&[u8]>, presented: Id) -> Step {
    // What cannot be read is treated as gone for good: better a new login than a revived family.
    let head = found.map(|bytes| decode(bytes).unwrap_or(Head::Revoked));
    Head::step(head, presented, server.now_ms(), server.lifetimes.rotation_grace)
}

fn key(family: Id) -> Key {
    Key::new(SPACE, family.to_string())
}

/// A head is kept for as long as any token that it decides about can live.
fn ttl(server: &Server) -> Duration {
    server.lifetimes.refresh_sliding.max(server.lifetimes.access_token) + MARGIN
}

fn decode(bytes: &[u8]) -> Option<Head> {
    postcard::from_bytes(bytes).ok()
}

fn encode(head: Head) -> Result<Vec<u8>, EndpointError> {
    postcard::to_stdvec(&head).map_err(|_| EndpointError::Internal)
}

#[cfg(test)]
mod tests;
