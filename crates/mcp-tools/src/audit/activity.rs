//! The activity log: what this server did with an API key, kept in the store for 30 days (design: ids, outcomes and
//! keyed hashes; no bodies, no numbers).

use std::collections::HashSet;
use std::time::Duration;

use sealing::Fingerprint;
use serde::{Deserialize, Serialize};
use state_store::{Key, LogBound, LogEntry, Store, StoreError};

use super::AuditRecord;

/// How long an action is kept.
pub(crate) const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Actions of one key that are kept at most: the newest.
pub(crate) const MAX_ENTRIES: u32 = 1_000;
/// The form of an entry. A later version is passed over by an instance that does not know it.
const VERSION: u8 = 1;

/// One action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Action {
    /// When it ended, in milliseconds since the Unix epoch.
    pub(crate) at: u64,
    pub(crate) connection: Option<[u8; 16]>,
    pub(crate) client: Option<String>,
    pub(crate) tool: String,
    /// The inbox, by id.
    pub(crate) inbox: Option<String>,
    /// The beginnings of the recipients' keyed hashes.
    pub(crate) recipients: Vec<u64>,
    pub(crate) outcome: String,
    pub(crate) reason: Option<String>,
    pub(crate) counts: Vec<(String, u32)>,
    pub(crate) ids: Vec<String>,
}

/// The actions of a key, newest first, and how many the log holds that cannot be read here.
#[derive(Debug)]
pub(crate) struct Actions {
    /// Each with its place in the log.
    pub(crate) actions: Vec<(u64, Action)>,
    pub(crate) unreadable: usize,
    /// Older ones may have had to make room.
    pub(crate) full: bool,
}

/// What stands for a recipient in the log.
pub(crate) fn short(recipient: Fingerprint) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&recipient.as_bytes()[..8]);
    u64::from_be_bytes(bytes)
}

pub(super) async fn append(store: &dyn Store, record: &AuditRecord) -> Result<(), StoreError> {
    let action = Action {
        at: u64::try_from(record.at.as_millisecond()).unwrap_or(0),
        connection: record.connection.map(|connection| *connection.as_bytes()),
        client: record.client.clone(),
        tool: record.tool.to_owned(),
        inbox: record.inbox.clone(),
        recipients: record.recipients.iter().copied().map(short).collect(),
        outcome: record.outcome.name().to_owned(),
        reason: record.reason.map(str::to_owned),
        counts: record.counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect(),
        ids: record.ids.clone(),
    };
    let mut value = vec![VERSION];
    value.extend(postcard::to_stdvec(&action).map_err(|error| StoreError::Unavailable(Box::new(error)))?);
    let bound = LogBound { max_entries: MAX_ENTRIES, ttl: KEPT };
    store.append(&log_of(record.key), &value, bound).await.map(drop)
}

/// Everything that is kept of a key. `now`: milliseconds since the Unix epoch.
pub(crate) async fn read(store: &dyn Store, key: Fingerprint, now: u64) -> Result<Actions, StoreError> {
    let entries = store.read_since(&log_of(key), 0, MAX_ENTRIES as usize).await?;
    let full = entries.len() >= MAX_ENTRIES as usize;
    let oldest = now.saturating_sub(u64::try_from(KEPT.as_millis()).unwrap_or(u64::MAX));
    let mut unreadable = 0;
    let mut actions = Vec::with_capacity(entries.len());
    // An append whose answer was lost is made again: what is there twice to the byte, its millisecond and the ids of what was
    // written included, happened once.
    let mut seen = HashSet::with_capacity(entries.len());
    for entry in entries.iter().rev().filter(|entry| seen.insert(&entry.value)) {
        match decode(entry) {
            // The log lives as long as its newest entry; an older one's own time may be over.
            Some(action) if action.at < oldest => {}
            Some(action) => actions.push((entry.sequence, action)),
            None => unreadable += 1,
        }
    }
    Ok(Actions { actions, unreadable, full })
}

fn decode(entry: &LogEntry) -> Option<Action> {
    let (version, rest) = entry.value.split_first()?;
    (*version == VERSION).then(|| postcard::from_bytes(rest).ok()).flatten()
}

fn log_of(key: Fingerprint) -> Key {
    Key::new("activity", key.to_string())
}
