//! The last committed state, open for reading.
//!
//! Opening a transaction and its tables costs more than a read of a value does: it is done once for each commit, by the thread
//! that writes, and not by each reader. They share the one before until it is there. Pages that a commit frees can be used again
//! where nothing older is open, and so by the next commit but one: the file is larger by what one commit writes.

use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use redb::{Database, ReadOnlyTable, ReadTransaction, ReadableDatabase as _};

use super::tables::{LOG_ENTRIES, RECORDS};

/// The tables as of one moment.
pub(super) struct Snapshot {
    pub(super) records: Records,
    /// Opened by the first who reads a log: most read none.
    log_entries: OnceLock<LogEntries>,
    transaction: ReadTransaction,
}

type Records = ReadOnlyTable<&'static [u8], &'static [u8]>;
type LogEntries = ReadOnlyTable<(&'static [u8], u64), &'static [u8]>;

impl Snapshot {
    pub(super) fn log_entries(&self) -> Result<&LogEntries, redb::Error> {
        if let Some(opened) = self.log_entries.get() {
            return Ok(opened);
        }
        let opened = self.transaction.open_table(LOG_ENTRIES)?;
        Ok(self.log_entries.get_or_init(|| opened))
    }
}

/// A database, and the snapshot of it that readers share.
pub(super) struct Readable {
    /// `None` when it could not be opened after a commit. Before the database, so that it goes first.
    latest: RwLock<Option<Arc<Snapshot>>>,
    database: Database,
}

impl Readable {
    pub(super) fn new(database: Database) -> Result<Self, redb::Error> {
        let latest = RwLock::new(Some(open(&database)?));
        Ok(Self { latest, database })
    }

    pub(super) fn database(&self) -> &Database {
        &self.database
    }

    /// What the last commit left. It stays as it is, and keeps its pages in the file, for as long as somebody holds it.
    pub(super) fn latest(&self) -> Result<Arc<Snapshot>, redb::Error> {
        let latest = self.latest.read().unwrap_or_else(PoisonError::into_inner).clone();
        latest.map_or_else(|| open(&self.database), Ok)
    }

    /// Has readers share what a commit left, before anybody is told of it; or what was before, where it failed.
    pub(super) fn committed(&self) {
        let latest = open(&self.database).inspect_err(|error| {
            // Each reader tries by itself, and is told.
            let error = error as &dyn std::error::Error;
            tracing::warn!(error, "the state store cannot read what it wrote");
        });
        let mut shared = self.latest.write().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::replace(&mut *shared, latest.ok());
        // Its end is not under the lock.
        drop(shared);
        drop(before);
    }
}

fn open(database: &Database) -> Result<Arc<Snapshot>, redb::Error> {
    let transaction = database.begin_read()?;
    let records = transaction.open_table(RECORDS)?;
    Ok(Arc::new(Snapshot { records, log_entries: OnceLock::new(), transaction }))
}
