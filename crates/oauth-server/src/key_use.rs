//! Which keys of the ring live connections still need: what the operator asks before a key is retired.
//!
//! A connection needs the key that sealed its refresh token and, for a client that registered itself, the key that
//! sealed its `client_id`, which may be older by months: it is presented at each refresh. Whenever tokens are issued, the
//! store is told for how long these two keys may be needed from there on, in whole days, so that it is told once a day
//! and key and instance. What the store says was lost, or never told, must not pass for an answer: it also says since
//! when it has been told.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sealing::Kid;
use state_store::store::MAX_TTL;
use state_store::{Exchange, Key, StoreError};

use crate::client_auth::Authenticated;
use crate::error::EndpointError;
use crate::server::Server;

const SPACE: &str = "oauth-key-use";
/// No key id has a hyphen.
const BEGAN: &str = "began-at";
const DAY: u64 = 24 * 60 * 60;
/// Waiting codes and open consent pages live for minutes, and instances' clocks differ by less.
const MARGIN: u64 = 60 * 60;
/// Rounds against other instances before giving up. Each round that is lost has moved the time on.
const ROUNDS: usize = 16;

/// For how long a key may be needed, as far as that is known. Clients that are registered but have no live connection are
/// not in it: nobody keeps a list of them, and when their key is gone they must register again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyNeed {
    /// No connection that can still be refreshed needs the key.
    Nobody,
    /// A connection may need the key until then, in seconds since the Unix epoch; later still, when it goes on being used.
    Until(u64),
    /// Records do not reach back far enough: the store is new or was lost, or kept none before an upgrade.
    Unknown {
        /// When they will, in seconds since the Unix epoch. `None`: nothing has been recorded at all yet.
        known_from: Option<u64>,
    },
}

/// What this instance has told the store.
#[derive(Default)]
pub(crate) struct KeyUse {
    told: Mutex<HashMap<Kid, u64>>,
}

impl KeyUse {
    /// Notes that a client's connection may need its keys until `until`, in seconds since the Unix epoch. Called before
    /// anything is used up, so that a store that is down costs no login.
    pub(crate) async fn note(
        &self,
        server: &Server,
        client: &Authenticated,
        until: u64,
    ) -> Result<(), EndpointError> {
        let active = server.sealer.active();
        for kid in std::iter::once(&active).chain(&client.sealed_under) {
            self.tell(server, kid, until.div_ceil(DAY) * DAY).await?;
        }
        Ok(())
    }

    async fn tell(&self, server: &Server, kid: &Kid, until: u64) -> Result<(), EndpointError> {
        if self.told().get(kid).is_some_and(|told| *told >= until) {
            return Ok(());
        }
        let now = server.clock.unix_seconds();
        server.store.insert_if_absent(&key(BEGAN), &now.to_be_bytes(), MAX_TTL).await?;
        let key = key(kid.as_str());
        let ttl = Duration::from_secs(until.saturating_sub(now) + MARGIN);
        let mut found = server.store.get(&key).await?;
        for _ in 0..ROUNDS {
            if let Some(later) = found.as_deref().and_then(read_time).filter(|later| *later >= until) {
                self.told().insert(kid.clone(), later);
                return Ok(());
            }
            match server.store.compare_exchange(&key, found.as_deref(), &until.to_be_bytes(), ttl).await? {
                Exchange::Swapped => found = Some(until.to_be_bytes().to_vec().into()),
                Exchange::Differs(other) => found = other,
            }
        }
        Err(EndpointError::Contended)
    }

    /// A panic while the lock was held leaves the map whole.
    fn told(&self) -> MutexGuard<'_, HashMap<Kid, u64>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// For how long a key may be needed, by the store itself.
pub(crate) async fn need(server: &Server, kid: &Kid) -> Result<KeyNeed, StoreError> {
    let now = server.clock.unix_seconds();
    let began = server.store.get(&key(BEGAN)).await?.as_deref().and_then(read_time);
    let noted = server.store.get(&key(kid.as_str())).await?.as_deref().and_then(read_time);
    // What was issued before the records began has expired by then. A day more: an instance that goes on while the store
    // is lost tells it again only when its own times move on to the next day.
    let sliding = server.lifetimes.refresh_sliding.as_secs();
    let known_from = began.map(|began| began + sliding + DAY + MARGIN);
    let blind = known_from.filter(|known_from| now < *known_from);
    match noted.map(|until| until + MARGIN) {
        Some(until) if now < until => Ok(KeyNeed::Until(until.max(blind.unwrap_or(0)))),
        _ if known_from.is_none() || blind.is_some() => Ok(KeyNeed::Unknown { known_from }),
        _ => Ok(KeyNeed::Nobody),
    }
}

fn key(id: &str) -> Key {
    Key::new(SPACE, id)
}

fn read_time(bytes: &[u8]) -> Option<u64> {
    bytes.try_into().ok().map(u64::from_be_bytes)
}
