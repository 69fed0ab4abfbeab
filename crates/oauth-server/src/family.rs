//! Refresh-token families: rotation, the grace of a repeated answer, and reuse (OAuth 2.1 section 4.3.1).
//!
//! The store holds only which token of a family is the newest and which came before it. [`Head::step`] decides and
//! touches nothing; [`advance`] makes the decision stick with compare-and-exchange.
//!
//! | presented | then |
//! |---|---|
//! | family unknown (the store was lost) | adopted: rotate |
//! | the newest | rotate |
//! | the one before, within the grace | the newest again: parallel refreshes, a repeated request |
//! | the one before, later | rotate from it: the answer with the newest was lost |
//! | any other | an old token is about: the family is revoked |
//!
//! A thief and the owner never both stay: each rotation from the one before cuts off the other branch.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use state_store::{Exchange, Key};

use crate::error::{EndpointError, GrantRefusal};
use crate::grant::Id;
use crate::server::Server;

const SPACE: &str = "oauth-family";
/// Heads outlive their tokens by this much, so that the two never expire in the wrong order.
const MARGIN: Duration = Duration::from_secs(60 * 60);
/// Rounds against other refreshes of one family before giving up. Each round that is lost is somebody's success.
const ROUNDS: usize = 16;

/// The state of a family. New states are added at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Head {
    Live { newest: Id, before: Id, rotated_at_ms: u64 },
    Revoked,
}

/// What presenting a refresh token comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Issue a new token; the family gets a new head.
    Rotate,
    /// Issue the newest again.
    Repeat(Id),
    /// An old token: the family must go.
    Reused,
    /// The family is gone.
    Revoked,
}

impl Head {
    pub(crate) fn step(head: Option<Self>, presented: Id, now_ms: u64, grace: Duration) -> Step {
        match head {
            None => Step::Rotate,
            Some(Self::Revoked) => Step::Revoked,
            Some(Self::Live { newest, .. }) if presented == newest => Step::Rotate,
            Some(Self::Live { newest, before, rotated_at_ms }) if presented == before => {
                let since = Duration::from_millis(now_ms.saturating_sub(rotated_at_ms));
                if since <= grace { Step::Repeat(newest) } else { Step::Rotate }
            }
            Some(Self::Live { .. }) => Step::Reused,
        }
    }
}

/// What presenting this token would come to now. Changes nothing.
pub(crate) async fn peek(server: &Server, family: Id, presented: Id) -> Result<Step, EndpointError> {
    let found = server.store.get(&key(family)).await?;
    Ok(step(server, found.as_deref(), presented))
}

/// Presents a refresh token: the id of the one to issue now.
pub(crate) async fn advance(server: &Server, family: Id, presented: Id) -> Result<Id, EndpointError> {
    let key = key(family);
    let fresh = Id::generate(server.entropy.as_ref());
    let ttl = server.lifetimes.refresh_sliding + MARGIN;
    let mut found = server.store.get(&key).await?;
    for _ in 0..ROUNDS {
        match step(server, found.as_deref(), presented) {
            Step::Repeat(newest) => return Ok(newest),
            Step::Revoked => return Err(EndpointError::InvalidGrant(GrantRefusal::Revoked)),
            Step::Reused => {
                server.revocations.revoke_family(server, family).await?;
                tracing::warn!(%family, "an old refresh token was used again: the family is revoked");
                return Err(EndpointError::InvalidGrant(GrantRefusal::RefreshReused));
            }
            Step::Rotate => {
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

/// Marks a family as revoked, whatever goes on beside.
pub(crate) async fn revoke(server: &Server, family: Id) -> Result<(), EndpointError> {
    let key = key(family);
    let revoked = encode(Head::Revoked)?;
    // Every refresh token of the family that is out there has expired by then.
    let ttl = server.lifetimes.refresh_sliding + MARGIN;
    let mut found = server.store.get(&key).await?;
    for _ in 0..ROUNDS {
        match server.store.compare_exchange(&key, found.as_deref(), &revoked, ttl).await? {
            Exchange::Swapped => return Ok(()),
            Exchange::Differs(other) => found = other,
        }
    }
    Err(EndpointError::Contended)
}

fn step(server: &Server, found: Option<&[u8]>, presented: Id) -> Step {
    // What cannot be read is treated as gone for good: better a new login than a revived family.
    let head = match found.map(postcard::from_bytes) {
        None => None,
        Some(Ok(head)) => Some(head),
        Some(Err(_)) => Some(Head::Revoked),
    };
    Head::step(head, presented, server.now_ms(), server.lifetimes.rotation_grace)
}

fn key(family: Id) -> Key {
    Key::new(SPACE, family.to_string())
}

fn encode(head: Head) -> Result<Vec<u8>, EndpointError> {
    postcard::to_stdvec(&head).map_err(|_| EndpointError::Internal)
}

#[cfg(test)]
mod tests;
