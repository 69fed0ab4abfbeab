//! One file and its journal: written by one thread ([`Writer`]), read on the caller's thread.
//!
//! Readers see what is on disk: the tables as of the last commit ([`Snapshot`]), with what the journal has beyond them
//! ([`Recent`]), and wait for nobody. A read takes microseconds from the page cache,
//! less than handing it to another thread would, so that it stays where it is.

use std::fs::OpenOptions;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use redb::backends::FileBackend;
use redb::{Database, ReadableDatabase as _};

use super::backup::{self, BackupError};
use super::counts::{Counted, Counts};
use super::journal::{self, Journal};
use super::open_error::OpenError;
use super::operation::{self, Now, Step};
use super::recent::{Latest, Recent};
use super::record::{LogSpan, Record};
use super::recovery;
use super::snapshot::Readable;
use super::tables::{read_entries, read_record};
use super::writer::Writer;
use super::writing::{Behind, Pace, Writing};
use crate::clock::Clock;
use crate::store::{Exchange, Key, LogBound, LogEntry, StoreError, Swap};

/// Memory for pages of the file, in bytes. The system has its own copy of them, which a miss costs a call to reach.
const CACHE: usize = 4 * 1024 * 1024;

pub(super) struct FileEngine {
    writer: Writer,
    /// Newest of all.
    counts: Arc<Counts>,
    /// Newer than the file.
    recent: Arc<Recent>,
    file: Arc<Readable>,
}

impl FileEngine {
    pub(super) fn open(path: &Path, clock: Arc<dyn Clock>, pace: Pace) -> Result<Self, OpenError> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        // What it holds concerns nobody else on the machine.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(|source| OpenError::unusable(path, source))?;
        let database = FileBackend::new(file)
            .and_then(|backend| {
                Database::builder()
                    .set_cache_size(CACHE)
                    // Reads every page, as recovery after a crash does: a damaged file is refused here, instead of
                    // answering wrongly or panicking later.
                    .set_check_integrity_on_open(true)
                    .create_with_backend(backend)
            })
            .map_err(|error| OpenError::of_database(path, error))?;
        let next = recovery::prepare(&database, path, Now::new(clock.since_epoch()))?;
        let unusable = |source| OpenError::unusable(path, source);
        let journal = Journal::create(journal::path_of(path), next).map_err(unusable)?;

        let file = Readable::new(database).map_err(|error| OpenError::of_contents(path, error))?;
        let (file, counts, recent) = (Arc::new(file), Arc::<Counts>::default(), Arc::<Recent>::default());
        let writer = Writer::start(Writing {
            file: Arc::clone(&file),
            counts: Arc::clone(&counts),
            recent: Arc::clone(&recent),
            journal,
            clock,
            pace,
            behind: Behind::default(),
        });
        Ok(Self { writer: writer.map_err(unusable)?, counts, recent, file })
    }

    /// Finishes what is queued; what comes later is refused.
    pub(super) fn finish(&self) {
        self.writer.close();
    }

    /// Finishes what is queued, and returns the file, which is locked as long as somebody has it.
    pub(super) fn close(self) -> Arc<Readable> {
        drop(self.writer);
        self.file
    }

    pub(super) fn back_up(&self, path: &Path) -> Result<(), BackupError> {
        let failed = |source| BackupError::Failed { path: path.to_owned(), source };
        self.writer.bring_up_to_date().map_err(|error| failed(error.into()))?;
        backup::copy(self.file.database(), path)
    }

    pub(super) fn read(&self, key: &Key, now: Now) -> Result<Option<Record>, StoreError> {
        // First, because what is written leaves memory when it is in the file.
        let record = match self.counts.get(key) {
            Some(count) => Some(count),
            None => self.try_read(key).map_err(unavailable)?,
        };
        Ok(record.filter(|record| record.is_live(now.millis)))
    }

    pub(super) fn read_since(
        &self,
        key: &Key,
        after: u64,
        limit: usize,
        now: Now,
    ) -> Result<Vec<LogEntry>, StoreError> {
        match self.counts.get(key) {
            Some(count) if count.is_live(now.millis) => Err(StoreError::WrongKind),
            Some(_) => Ok(Vec::new()),
            None => self.try_read_since(key, after, limit, now).map_err(unavailable)?,
        }
    }

    pub(super) async fn update<T: Send + 'static>(
        &self,
        key: &Key,
        step: impl FnOnce(Option<&Record>, Now) -> Step<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let key = key.clone();
        self.writer.run(move |batch, now| batch.update(&key, now, step)).await
    }

    /// The same for counters and quotas, which are changed in memory: a crash may take those of the last second.
    pub(super) async fn count<T>(
        &self,
        key: &Key,
        now: impl Fn() -> Now,
        step: impl Fn(Option<&Record>, Now) -> Step<T>,
    ) -> Result<T, StoreError> {
        loop {
            let from_file = || self.try_read(key).map_err(unavailable);
            match self.counts.change(key, now(), &step, from_file)? {
                Counted::Made { answer, wake } => {
                    if wake {
                        self.writer.counts_due();
                    }
                    return Ok(answer);
                }
                Counted::Full => {
                    self.counts.queue_all();
                    self.writer.run(|_, _| Ok(Ok(()))).await?;
                }
            }
        }
    }

    /// One batch has all.
    pub(super) async fn swap_in_order(&self, swaps: Vec<Swap>) -> Result<usize, StoreError> {
        self.writer
            .run(move |batch, now| {
                let mut done = 0;
                for swap in &swaps {
                    match batch.update(&swap.key, now, |live, now| operation::swap(live, swap, now))? {
                        Ok(Exchange::Swapped) => done += 1,
                        Ok(Exchange::Differs(_)) => break,
                        Err(error) => return Ok(Err(error)),
                    }
                }
                Ok(Ok(done))
            })
            .await
    }

    pub(super) async fn append(&self, key: &Key, value: Bytes, bound: LogBound) -> Result<u64, StoreError> {
        let key = key.clone();
        self.writer.run(move |batch, now| batch.append(&key, value, bound, now)).await
    }

    /// Whether the writing thread answers and the file can be read.
    pub(super) async fn check(&self) -> Result<(), StoreError> {
        self.file.database().begin_read().map_err(redb::Error::from).map_err(unavailable)?;
        self.writer.run(|_, _| Ok(Ok(()))).await
    }

    fn try_read(&self, key: &Key) -> Result<Option<Record>, redb::Error> {
        // First, because what it has goes when the tables have it.
        match self.recent.record(key) {
            Some(record) => Ok(record),
            None => Ok(read_record(&self.file.latest()?.records, key.name().as_bytes())?),
        }
    }

    fn try_read_since(
        &self,
        key: &Key,
        after: u64,
        limit: usize,
        now: Now,
    ) -> Result<Result<Vec<LogEntry>, StoreError>, redb::Error> {
        let (latest, tables) = self.recent.with_tables(key, &self.file)?;
        let name = key.name();
        let (record, tail) = match latest {
            Some(Latest { record, tail }) => (record, tail),
            None => (read_record(&tables.records, name.as_bytes())?, None),
        };
        let live = record.as_ref().filter(|record| record.is_live(now.millis));
        let span = match operation::log_of(live) {
            Ok(Some(span)) => span,
            Ok(None) => return Ok(Ok(Vec::new())),
            Err(error) => return Ok(Err(error)),
        };
        let older = match &tail {
            None => span,
            Some(tail) if tail.anew => LogSpan { first: span.next, next: span.next },
            Some(tail) => LogSpan { first: span.first, next: tail.first(span) },
        };
        let mut entries = read_entries(tables.log_entries()?, name.as_bytes(), older, after, limit)?;
        let newer =
            tail.iter().flat_map(|tail| tail.numbered(span)).filter(|(sequence, _)| *sequence > after);
        let newer = newer.map(|(sequence, value)| LogEntry { sequence, value: value.clone() });
        let left = limit - entries.len();
        entries.extend(newer.take(left));
        Ok(Ok(entries))
    }
}

fn unavailable(error: redb::Error) -> StoreError {
    StoreError::Unavailable(error.into())
}
