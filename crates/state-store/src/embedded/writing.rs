//! What the thread that writes does with a batch: works out what it changes, puts that into the journal, and shows it to
//! readers.
//!
//! Now and then the tables are brought up to date, by a thread of their own: it takes as long as hundreds of batches, which go on
//! meanwhile. The journal can begin at its front again when the tables lack nothing; where it is long and they always lack
//! something, the last few changes are put into them while the batches wait.
//!
//! Counters and quotas are changed in memory ([`Counts`]) and written with whatever is next, or by themselves when nothing is
//! for a second.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::batch::Batch;
use super::catch_up::CatchUp;
use super::change;
use super::counts::{Counts, MOST, Written};
use super::journal::Journal;
use super::operation::Now;
use super::recent::Recent;
use super::snapshot::Readable;
use super::writer::Job;
use crate::clock::Clock;

/// Counts that are written with a batch.
const COUNTS: usize = 4096;
/// Where the tables lack so many times what they may, batches wait for them.
const WAITS: u32 = 2;
/// Where they cannot be written and lack so many times what they may, nothing is taken.
const FAILING: u32 = 8;
/// How often the tables are brought up to date without batches waiting, where the journal is long and there are more after each time.
const ROUNDS: u32 = 3;
/// How often it is seen whether the thread of the tables is done, where no batch comes.
const LOOKED_AT: Duration = Duration::from_millis(5);

/// How far the tables may be behind.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// How long they may lack what is in the journal.
    pub(super) after: Duration,
    /// Keys that they may lack, which are in memory, and bytes of the journal.
    pub(super) keys: usize,
    pub(super) bytes: u64,
    /// Keys that are put into them while batches wait, which takes milliseconds.
    pub(super) few: usize,
}

/// What the thread works with.
pub(super) struct Writing {
    pub(super) file: Arc<Readable>,
    pub(super) counts: Arc<Counts>,
    pub(super) recent: Arc<Recent>,
    pub(super) journal: Journal,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) pace: Pace,
    pub(super) behind: Behind,
}

/// What the tables lack.
#[derive(Default)]
pub(super) struct Behind {
    /// When they are to be written, if they lack anything.
    at: Option<Instant>,
    /// The last time they could not be.
    failed: bool,
    /// The thread that writes them, while it does.
    thread: Option<JoinHandle<Result<(), redb::Error>>>,
    /// How often it did since the journal is long.
    rounds: u32,
}

/// Why nothing was written.
#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum WriteError {
    #[error(transparent)]
    Tables(Arc<redb::Error>),
    #[error("cannot write the journal")]
    Journal(#[source] Arc<std::io::Error>),
}

impl Default for Pace {
    fn default() -> Self {
        Self { after: Duration::from_secs(5), keys: 4096, bytes: 2 * 1024 * 1024, few: 256 }
    }
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
        if self.is_behind(WAITS) && !self.behind.failed {
            // It is in the log, and the journal can take more.
            let _ = self.bring_up_to_date();
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
            self.behind.at.get_or_insert_with(|| Instant::now() + self.pace.after);
        }
        Ok(())
    }

    /// When the tables are to be looked at, if they are.
    pub(super) fn tables_at(&self) -> Option<Instant> {
        let Behind { at, thread, .. } = &self.behind;
        if thread.is_some() { Some(Instant::now() + LOOKED_AT) } else { *at }
    }

    /// Has the tables brought up to date where it is time for it. Where they cannot be written, the journal has everything
    /// meanwhile.
    pub(super) fn bring_up_to_date_if_due(&mut self) {
        if self.behind.thread.as_ref().is_some_and(|thread| !thread.is_finished()) {
            return;
        }
        // What was written meanwhile has time again, unless it is much.
        let done = self.await_thread();
        let is_time = self.behind.at.is_some_and(|at| at <= Instant::now());
        if done.is_err() || !(is_time || (!self.behind.failed && self.is_behind(1))) {
            return;
        }
        let is_long = self.journal.len() >= self.pace.bytes;
        if is_long && (self.recent.len() <= self.pace.few || self.behind.rounds >= ROUNDS) {
            // It is in the log, and tried again later.
            let _ = self.bring_up_to_date();
        } else {
            self.behind.rounds += u32::from(is_long);
            self.start_thread();
        }
    }

    /// Has a thread bring the tables up to date, beside the batches.
    fn start_thread(&mut self) {
        let catch_up = self.set_aside(Some(self.journal.next()));
        let thread = std::thread::Builder::new().name("state-tables".to_owned());
        match thread.spawn(move || catch_up.commit()) {
            Ok(thread) => self.behind.thread = Some(thread),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "no thread can be had for the tables of the state store");
                self.recent.not_told();
                let _ = self.bring_up_to_date();
            }
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
        let _ = self.await_thread();
        if self.write_all_counts().is_ok() && self.write_tables(None).is_ok() {
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

    /// Brings the tables up to date while batches wait.
    fn bring_up_to_date(&mut self) -> Result<(), WriteError> {
        self.await_thread()?;
        if self.behind.at.is_some() {
            self.write_tables(Some(self.journal.next()))?;
        }
        Ok(())
    }

    /// Whether the tables lack more than `times` what they may.
    fn is_behind(&self, times: u32) -> bool {
        let Pace { keys, bytes, .. } = self.pace;
        self.recent.len() >= keys * times as usize || self.journal.len() >= bytes * u64::from(times)
    }

    fn write_tables(&mut self, journal: Option<u64>) -> Result<(), WriteError> {
        let written = self.set_aside(journal).commit();
        self.written(written)
    }

    /// Waits for the thread of the tables, if there is one.
    fn await_thread(&mut self) -> Result<(), WriteError> {
        match self.behind.thread.take().map(JoinHandle::join) {
            None => Ok(()),
            Some(Ok(written)) => self.written(written),
            Some(Err(panic)) => std::panic::resume_unwind(panic),
        }
    }

    fn set_aside(&self, journal: Option<u64>) -> CatchUp {
        CatchUp { file: Arc::clone(&self.file), changes: self.recent.set_aside(), journal, now: self.now() }
    }

    /// The tables have what was set aside, on disk, or not: from here on readers have it from there.
    fn written(&mut self, written: Result<(), redb::Error>) -> Result<(), WriteError> {
        self.file.committed();
        let again_at = Some(Instant::now() + self.pace.after);
        if let Err(error) = written {
            let logged = &error as &dyn std::error::Error;
            tracing::error!(error = logged, "the state store cannot bring its tables up to date");
            self.recent.not_told();
            self.behind = Behind { at: again_at, failed: true, ..Behind::default() };
            return Err(error.into());
        }
        self.recent.told();
        if self.recent.len() == 0 {
            // They lack nothing, and say so.
            self.journal.restart();
            self.behind = Behind::default();
        } else {
            self.behind = Behind { at: again_at, rounds: self.behind.rounds, ..Behind::default() };
        }
        Ok(())
    }

    fn now(&self) -> Now {
        Now::new(self.clock.since_epoch())
    }
}

#[cfg(test)]
mod tests;
