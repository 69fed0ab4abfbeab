//! Connections: which apps hold tokens that were made with a credential, so that its owner and the operator can see
//! them and end them.
//!
//! One record per credential, under its fingerprint; never the credential. It lists what was approved; whether
//! a connection still lives, and when it was last used, is known where that is decided anyway: in the head of its
//! refresh-token family and in the credential's not-before mark. So no revocation, by whatever path, can leave a
//! dead connection listed, and a refresh writes nothing here.
//!
//! **No living connection is unlisted for long.** A record that is full makes room: the dead go first, then the
//! connection that was not used for the longest time is ended and dropped. An exchange of a code is not refused
//! because the record cannot be written: the code is used up by then, and refusing would cost a login. The first
//! refresh puts the entry there if it is missing, and waits for that: by then nothing has been used up, and a store
//! that does not answer makes the client try again. The same brings back what a lost store took away.

mod recent;
mod record;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::Duration;

use bytes::Bytes;
use sealing::Fingerprint;
use state_store::{Exchange, Key};

pub(crate) use self::recent::note;
pub(crate) use self::record::MAX_ENTRIES;
use self::record::{Listed, Record};
use crate::error::{EndpointError, GrantRefusal};
use crate::events::Event;
use crate::family::{self, Ended, Standing};
use crate::grant::{ClientIdentity, Id};
use crate::revocations::Revocations;
use crate::sealed_grant::SealedGrant;
use crate::server::Server;

const SPACE: &str = "oauth-connections";
/// Rounds against others who write the same record.
const ROUNDS: usize = 16;

/// An app's lasting access by one credential: what a user approved once, and all tokens that came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Connection {
    /// Its name: [`Grant::family`](crate::Grant::family) of every token that belongs to it.
    pub family: Id,
    /// Whose it is: [`Grant::credential_fingerprint`](crate::Grant::credential_fingerprint).
    pub credential: Fingerprint,
    /// The client that holds it.
    pub client: ClientIdentity,
    /// Path of the endpoint that it was made for.
    pub resource: String,
    /// Names of its scopes, with all that they imply.
    pub scopes: Vec<String>,
    /// What the user chose at consent, as in [`Grant::embedder_data`](crate::Grant::embedder_data).
    pub embedder_data: Bytes,
    /// When the user approved, in milliseconds since the Unix epoch.
    pub approved_at_ms: u64,
    /// When it last got new tokens, in milliseconds since the Unix epoch. An access token may have been used until
    /// it expired, so this is exact to the life of one.
    pub last_used_at_ms: u64,
    /// When it ends however much it is used, in seconds since the Unix epoch.
    pub ends_at: u64,
}

/// The connections could not be read.
#[derive(Debug, thiserror::Error)]
#[error("the connections could not be read")]
pub struct ConnectionsError(#[source] pub(crate) EndpointError);

/// Lists a connection that begins with the redemption of its code. Best effort: see above.
pub(crate) async fn begin(server: &Server, grant: &SealedGrant, refresh: bool) {
    let credential = server.credential_fingerprint(&grant.credential);
    if let Err(error) = keep(server, credential, Listed::new(server, grant, refresh)).await {
        tracing::warn!(family = %grant.family, %error, "a connection is not listed before its first refresh");
    }
}

/// Sees to it that a connection without a family head is listed: it has never been refreshed, or the store was lost.
pub(crate) async fn resume(server: &Server, grant: &SealedGrant) -> Result<(), EndpointError> {
    let credential = server.credential_fingerprint(&grant.credential);
    if keep(server, credential, Listed::new(server, grant, true)).await? {
        tracing::info!(family = %grant.family, "a connection that was not listed is listed again");
        note(server, credential, grant.family).await?;
    }
    Ok(())
}

/// Puts an entry into the record of its credential. Whether it was missing.
async fn keep(server: &Server, credential: Fingerprint, entry: Listed) -> Result<bool, EndpointError> {
    let key = key(credential);
    let mut found = server.store.get(&key).await?;
    for _ in 0..ROUNDS {
        let mut record = found.as_deref().map_or_else(Record::default, |bytes| {
            Record::decode(bytes).unwrap_or_else(|_| {
                // A newer release wrote it. Going on without a list would be worse than a shorter one.
                tracing::error!(%credential, "an unreadable record of connections is replaced");
                Record::default()
            })
        });
        if record.has(entry.family()) {
            return Ok(false);
        }
        record.add(entry.clone(), server.clock.unix_seconds());
        if !record.fits()? {
            make_room(server, credential, &mut record, entry.family()).await?;
        }
        match write(server, &key, found.as_deref(), &record).await? {
            Exchange::Swapped => return Ok(true),
            Exchange::Differs(other) => found = other,
        }
    }
    Err(EndpointError::Contended)
}

/// Takes out the dead, and if that is not enough the living, beginning with the one that was not used for the
/// longest time. Each is ended before it is dropped: if that fails, it stays listed.
async fn make_room(
    server: &Server,
    credential: Fingerprint,
    record: &mut Record,
    newcomer: Id,
) -> Result<(), EndpointError> {
    let mut living = living(server, credential, record).await?;
    record.retain(|family| family == newcomer || living.iter().any(|connection| connection.family == family));
    living.sort_by_key(|connection| connection.last_used_at_ms);
    let mut candidates = living.into_iter().map(|connection| connection.family);
    while !record.fits()? {
        let family = candidates.find(|family| *family != newcomer).ok_or(EndpointError::Internal)?;
        tracing::warn!(%family, %credential, "a credential has too many connections: the least used one is ended");
        server.revocations.end_family(server, family, Ended::Displaced).await?;
        server.record(Event::GrantEnded { reason: GrantRefusal::Displaced.name() });
        record.retain(|other| other != family);
    }
    Ok(())
}

/// The living connections of a credential, the newest first.
pub(crate) async fn list(server: &Server, credential: Fingerprint) -> Result<Vec<Connection>, EndpointError> {
    let Some(found) = server.store.get(&key(credential)).await? else { return Ok(Vec::new()) };
    let record = Record::decode(&found)?;
    let mut connections = living(server, credential, &record).await?;
    // Of the same millisecond, the one that was written last; what was listed again is as old as it was.
    connections.reverse();
    connections.sort_by_key(|connection| std::cmp::Reverse(connection.approved_at_ms));
    Ok(connections)
}

/// The newest connections over all credentials.
pub(crate) async fn newest(server: &Server, most: usize) -> Result<Vec<Connection>, EndpointError> {
    let mut known: HashMap<Fingerprint, Vec<Connection>> = HashMap::new();
    let mut found: Vec<Connection> = Vec::new();
    for (credential, family) in recent::read(server).await? {
        if found.len() >= most {
            break;
        }
        if found.iter().any(|connection| connection.family == family) {
            continue;
        }
        let of_credential = match known.entry(credential) {
            Entry::Occupied(listed) => listed.into_mut(),
            Entry::Vacant(unlisted) => unlisted.insert(list(server, credential).await?),
        };
        found.extend(of_credential.iter().filter(|connection| connection.family == family).cloned());
    }
    Ok(found)
}

/// Ends one connection of a credential. `false` if it has none of that name: nobody ends another's.
pub(crate) async fn end(server: &Server, credential: Fingerprint, family: Id) -> Result<bool, EndpointError> {
    let Some(found) = server.store.get(&key(credential)).await? else { return Ok(false) };
    if !Record::decode(&found)?.has(family) {
        return Ok(false);
    }
    if server.revocations.revoke_family(server, family).await? {
        server.record(Event::GrantEnded { reason: "disconnected" });
    }
    forget(server, credential, |entry| entry.family() != family).await;
    Ok(true)
}

/// Ends all connections of a credential that were approved until now. Does nothing for a credential that has none:
/// what a stranger types in leaves nothing in the store.
pub(crate) async fn end_all(server: &Server, credential: Fingerprint) -> Result<bool, EndpointError> {
    if server.store.get(&key(credential)).await?.is_none() {
        return Ok(false);
    }
    let before_ms = server.now_ms();
    server.revocations.end_credential(server, credential, before_ms).await?;
    forget(server, credential, |entry| entry.approved_at_ms() >= before_ms).await;
    Ok(true)
}

/// Takes ended connections out of the record. They are not shown either way: this is so that nothing is kept
/// for longer than needed, and failing at it is no failure.
async fn forget(server: &Server, credential: Fingerprint, keep: impl Fn(&Listed) -> bool) {
    let forgotten: Result<(), EndpointError> = async {
        let key = key(credential);
        let mut found = server.store.get(&key).await?;
        for _ in 0..ROUNDS {
            let Some(bytes) = &found else { return Ok(()) };
            let mut record = Record::decode(bytes)?;
            record.retain_entries(&keep);
            match write(server, &key, Some(bytes), &record).await? {
                Exchange::Swapped => return Ok(()),
                Exchange::Differs(other) => found = other,
            }
        }
        Err(EndpointError::Contended)
    }
    .await;
    if let Err(error) = forgotten {
        tracing::warn!(%credential, %error, "an ended connection stays in its record until that is written again");
    }
}

/// Which connections of a record live.
async fn living(
    server: &Server,
    credential: Fingerprint,
    record: &Record,
) -> Result<Vec<Connection>, EndpointError> {
    let now = server.clock.unix_seconds();
    let ended_before_ms = Revocations::credential_ended_before(server, credential).await?;
    let mut living = Vec::new();
    for entry in record.entries() {
        if entry.ends_at() <= now || entry.approved_at_ms() < ended_before_ms {
            continue;
        }
        let last_used_at_ms = match family::standing(server, entry.family()).await? {
            Standing::Ended => continue,
            // The head outlives the newest refresh token.
            Standing::Live { rotated_at_ms } => rotated_at_ms.max(entry.approved_at_ms()),
            // Never refreshed: it has the tokens that it began with, for as long as they last.
            Standing::Unknown if entry.first_until() <= now => continue,
            Standing::Unknown => entry.approved_at_ms(),
        };
        living.push(entry.connection(credential, last_used_at_ms));
    }
    Ok(living)
}

async fn write(
    server: &Server,
    key: &Key,
    found: Option<&[u8]>,
    record: &Record,
) -> Result<Exchange, EndpointError> {
    let left = record.ends_at().saturating_sub(server.clock.unix_seconds());
    let ttl = Duration::from_secs(left) + family::MARGIN;
    Ok(server.store.compare_exchange(key, found, &record.encode()?, ttl).await?)
}

fn key(credential: Fingerprint) -> Key {
    Key::new(SPACE, credential.to_string())
}
