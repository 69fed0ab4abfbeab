//! What the thread that writes does with a batch: works out what it changes, puts that into the journal, and shows it to
//! readers. Now and then it brings the tables up to date.
//!
//! Counters and quotas are changed in memory ([`Counts`]) and written with whatever is next, or by themselves when nothing is
//! for a second.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::batch::Batch;
use super::change;
use super::counts::{Counts, MOST, Written};
use super::journal::Journal;
use super::meta::{self, META};
use super::operation::Now;
use super::recent::Recent;
use super::snapshot::Readable;
use super::tables::Tables;
use super::writer::Job;
use crate::clock::Clock;

/// Counts that are written with a batch.
const COUNTS: usize = 4096;
/// How long the tables may lack what is in the journal.
const BROUGHT_AFTER: Duration = Duration::from_secs(5);
/// Keys that they may lack, which are in memory, and bytes of the journal.
const KEYS: usize = 4096;
const BYTES: u64 = 4 * 1024 * 1024;
/// How much more they may lack while they cannot be written; beyond it nothing is taken.
const FAILING: u32 = 4;
/// Expired things that are cleared away with it besides two for each record and log entry, so that sweeping gains on writing.
const SWEEP: usize = 64;

/// What the thread works with.
pub(super) struct Writing {
    pub(super) file: Arc<Readable>,
    pub(super) counts: Arc<Counts>,
    pub(super) recent: Arc<Recent>,
    pub(super) journal: Journal,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) behind: Behind,
}

/// What the tables lack.
#[derive(Default)]
pub(super) struct Behind {
    /// When they are to be written, if they lack anything.
    at: Option<Instant>,
    /// The last time they could not be.
    failed: bool,
}

/// Why nothing was written.
#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum WriteError {
    #[error(transparent)]
    Tables(Arc<redb::Error>),
    #[error("cannot write the journal")]
    Journal(#[source] Arc<std::io::Error>),
}

impl From<redb::Error> for WriteError {
    fn from(error: redb::Error) -> Self {
        Self::Tables(Arc::new(error))
    }
}

impl Writing {
    /// Writes a batch and counts with it. Says whether there are more counts.
    pub(super) fn write(&mut self, batch: &mut [Box<dyn Job>]) -> (Result<(), WriteError>, bool) {
        let taken = self.counts.take_due(COUNTS);
        let written = self.write_both(batch, &taken);
        let more = match &written {
            Ok(()) => self.counts.written(taken),
            Err(error) => {
                tracing::error!(error = error as &dyn std::error::Error, "the state store cannot write");
                self.counts.not_written(taken);
                true
            }
        };
        (written, more)
    }

    /// Returns when it is on disk.
    fn write_both(&mut self, batch: &mut [Box<dyn Job>], counts: &[Written]) -> Result<(), WriteError> {
        if batch.is_empty() && counts.is_empty() {
            return Ok(());
        }
        if self.is_behind(FAILING) {
            self.bring_up_to_date()?;
        }
        let tables = self.file.latest()?;
        let mut working = Batch::new(&self.counts, &self.recent, &tables);
        for Written { key, record, .. } in counts {
            working.put_count(key, record.clone(), self.now())?;
        }
        for job in batch.iter_mut() {
            job.run(&mut working, self.now())?;
        }
        let changes = working.into_changes();
        if !changes.is_empty() {
            self.journal
                .append(|frame| change::encode_all(&changes, frame))
                .map_err(|error| WriteError::Journal(Arc::new(error)))?;
            self.recent.follow(changes);
            self.behind.at.get_or_insert_with(|| Instant::now() + BROUGHT_AFTER);
        }
        Ok(())
    }

    /// When the tables are to be brought up to date, if that is so.
    pub(super) fn tables_at(&self) -> Option<Instant> {
        self.behind.at
    }

    /// Brings the tables up to date where it is time for it. Where they cannot be written, the journal has everything
    /// meanwhile.
    pub(super) fn bring_up_to_date_if_due(&mut self) {
        let is_time = self.behind.at.is_some_and(|at| at <= Instant::now());
        if (is_time || (!self.behind.failed && self.is_behind(1))) && self.bring_up_to_date().is_err() {
            self.behind = Behind { at: Some(Instant::now() + BROUGHT_AFTER), failed: true };
        }
    }

    /// Has the tables have everything that was answered, counts as well.
    pub(super) fn bring_everything(&mut self) -> Result<(), WriteError> {
        self.write_all_counts()?;
        self.bring_up_to_date()
    }

    /// The same, and says that there is no journal, and takes it away.
    pub(super) fn close(mut self) {
        // What fails is in the log already, and in the journal for the next who opens the store.
        if self.write_all_counts().is_ok() && self.write_tables(true).is_ok() {
            let removed = self.journal.remove();
            if let Err(error) = removed {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(
                    error,
                    "the journal of the state store, which is done with, cannot be removed"
                );
            }
        }
    }

    fn write_all_counts(&mut self) -> Result<(), WriteError> {
        self.counts.queue_all();
        // Others may come meanwhile, for ever.
        for _ in 0..=MOST.div_ceil(COUNTS) {
            let (written, more) = self.write(&mut []);
            written?;
            if !more {
                break;
            }
        }
        Ok(())
    }

    fn bring_up_to_date(&mut self) -> Result<(), WriteError> {
        if self.behind.at.is_some() {
            self.write_tables(false)?;
            self.behind = Behind::default();
            self.recent.clear();
            self.journal.restart();
        }
        Ok(())
    }

    /// Whether the tables lack more than `times` what they may.
    fn is_behind(&self, times: u32) -> bool {
        self.recent.len() >= KEYS * times as usize || self.journal.len() >= BYTES * u64::from(times)
    }

    /// Returns when it is on disk, and readers have it.
    fn write_tables(&self, closing: bool) -> Result<(), WriteError> {
        let written = self.commit_tables(closing);
        written.map_err(|error| {
            let logged = &error as &dyn std::error::Error;
            tracing::error!(error = logged, "the state store cannot bring its tables up to date");
            error.into()
        })
    }

    fn commit_tables(&self, closing: bool) -> Result<(), redb::Error> {
        let now = self.now();
        let transaction = self.file.database().begin_write()?;
        {
            let mut tables = Tables::open(&transaction)?;
            let mut applied = 0;
            self.recent.try_each(|key, latest| {
                applied += 1 + latest.tail.as_ref().map_or(0, |tail| tail.entries.len());
                tables.apply(key.name().as_bytes(), latest, now)
            })?;
            tables.sweep(now, SWEEP + 2 * applied)?;
            let mut meta = transaction.open_table(META)?;
            if closing {
                meta::set_closed(&mut meta)?;
            } else {
                meta::set_journal(&mut meta, self.journal.next())?;
            }
        }
        let committed = transaction.commit();
        self.file.committed();
        Ok(committed?)
    }

    fn now(&self) -> Now {
        Now::new(self.clock.since_epoch())
    }
}

#[cfg(test)]
mod tests;
