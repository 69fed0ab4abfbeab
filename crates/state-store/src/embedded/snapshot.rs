//! The last committed state, open for reading.
//!
//! Opening a transaction and its tables costs more than a read of a value does: it is done once for each commit, by the thread
//! that writes, and not by each reader.

use std::sync::{Arc, PoisonError, RwLock};

use redb::{Database, ReadOnlyTable, ReadableDatabase as _};

use super::tables::{LOG_ENTRIES, RECORDS};

/// The tables as of one moment.
pub(super) struct Snapshot {
    pub(super) records: ReadOnlyTable<&'static [u8], &'static [u8]>,
    pub(super) log_entries: ReadOnlyTable<(&'static [u8], u64), &'static [u8]>,
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

    /// Has readers see a commit, before anybody is told of it.
    pub(super) fn committed(&self) {
        let latest = open(&self.database)
            .inspect_err(|error| {
                // Each reader tries by itself, and is told.
                tracing::warn!(
                    error = error as &dyn std::error::Error,
                    "the state store cannot read what it wrote"
                );
            })
            .ok();
        let before =
            std::mem::replace(&mut *self.latest.write().unwrap_or_else(PoisonError::into_inner), latest);
        // Its end is not under the lock.
        drop(before);
    }
}

fn open(database: &Database) -> Result<Arc<Snapshot>, redb::Error> {
    let transaction = database.begin_read()?;
    let (records, log_entries) = (transaction.open_table(RECORDS)?, transaction.open_table(LOG_ENTRIES)?);
    Ok(Arc::new(Snapshot { records, log_entries }))
}
