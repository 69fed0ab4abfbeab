//! Bringing the tables up to date: one transaction with the last change of each key.

use std::sync::Arc;

use super::meta::{self, META};
use super::operation::Now;
use super::recent::Changes;
use super::snapshot::Readable;
use super::tables::Tables;

/// Expired things that are cleared away with it besides two for each record and log entry, so that sweeping gains on writing.
const SWEEP: usize = 64;

/// What the tables lack at one moment.
pub(super) struct CatchUp {
    pub(super) file: Arc<Readable>,
    pub(super) changes: Arc<Changes>,
    /// The number with which the journal goes on from that moment; `None`: there is no journal any more.
    pub(super) journal: Option<u64>,
    /// That moment. What changes later is not expired by then, and so not swept.
    pub(super) now: Now,
}

impl CatchUp {
    /// Returns when it is on disk. Readers are not told: [`Readable::committed`].
    pub(super) fn commit(self) -> Result<(), redb::Error> {
        let transaction = self.file.database().begin_write()?;
        {
            let mut tables = Tables::open(&transaction)?;
            // In the order of the tables.
            let mut sorted: Vec<_> = self.changes.iter().collect();
            sorted.sort_unstable_by_key(|(key, _)| *key);
            let mut applied = 0;
            for (key, latest) in sorted {
                applied += 1 + latest.tail.as_ref().map_or(0, |tail| tail.entries.len());
                tables.apply(key.name().as_bytes(), latest, self.now)?;
            }
            tables.sweep(self.now, SWEEP + 2 * applied)?;
            let mut meta = transaction.open_table(META)?;
            match self.journal {
                Some(next) => meta::set_journal(&mut meta, next)?,
                None => meta::set_closed(&mut meta)?,
            }
        }
        Ok(transaction.commit()?)
    }
}
