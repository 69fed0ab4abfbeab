//! One file: written by one thread ([`Writer`]), read on the caller's thread.
//!
//! Readers see the last committed state ([`Snapshot`]) and wait for nobody (MVCC). A read takes microseconds from the page cache,
//! less than handing it to another thread would, so that it stays where it is.

use std::fs::OpenOptions;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use redb::backends::FileBackend;
use redb::{Database, ReadableDatabase as _, ReadableTable as _, StorageError, TableDefinition};

use super::backup::{self, BackupError};
use super::counts::{Counted, Counts};
use super::open_error::OpenError;
use super::operation::{self, Now, Step};
use super::record::Record;
use super::snapshot::Readable;
use super::tables::{Tables, read_entries, read_record};
use super::writer::Writer;
use crate::clock::Clock;
use crate::store::{Exchange, Key, LogBound, LogEntry, StoreError, Swap};

/// Memory for pages of the file, in bytes. The system has its own copy of them, which a miss costs a call to reach.
const CACHE: usize = 4 * 1024 * 1024;
/// The form of what is in the tables. A file of a later form is refused.
const FORMAT: u64 = 2;
/// The form before it, which is as good: its index has every record where it expires. A release that knows only this form
/// would take records that the index has earlier for expired.
const FORMAT_BEFORE: u64 = 1;
/// Expired things that opening clears away at most: enough for a night, and no long wait.
const SWEEP_AT_OPEN: usize = 10_000;
pub(super) const META: TableDefinition<'static, &'static str, u64> = TableDefinition::new("meta");

pub(super) struct FileEngine {
    writer: Writer,
    counts: Arc<Counts>,
    file: Arc<Readable>,
}

impl FileEngine {
    pub(super) fn open(path: &Path, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
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
        let format = prepare(&database, Now::new(clock.since_epoch()))
            .map_err(|error| OpenError::of_contents(path, error))?;
        if format != FORMAT {
            return Err(OpenError::OtherFormat { path: path.to_owned(), format });
        }

        let file = Readable::new(database).map_err(|error| OpenError::of_contents(path, error))?;
        let (file, counts) = (Arc::new(file), Arc::<Counts>::default());
        let writer = Writer::start(Arc::clone(&file), Arc::clone(&counts), clock)
            .map_err(|source| OpenError::unusable(path, source))?;
        Ok(Self { writer, counts, file })
    }

    pub(super) fn back_up(&self, path: &Path, now: Now) -> Result<(), BackupError> {
        backup::copy(self.file.database(), &self.counts, now, path)
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
        let (counts, key) = (Arc::clone(&self.counts), key.clone());
        self.writer.run(move |tables, now| update(tables, &counts, &key, now, step)).await
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

    /// One transaction for all.
    pub(super) async fn swap_in_order(&self, swaps: Vec<Swap>) -> Result<usize, StoreError> {
        let counts = Arc::clone(&self.counts);
        self.writer
            .run(move |tables, now| {
                let mut done = 0;
                for swap in &swaps {
                    let step = |live: Option<&Record>, now| operation::swap(live, swap, now);
                    match update(tables, &counts, &swap.key, now, step)? {
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
        let (counts, key) = (Arc::clone(&self.counts), key.clone());
        self.writer
            .run(move |tables, now| {
                let name = key.to_string();
                match make_way(tables, &counts, &key, &name, now)? {
                    Ok(()) => tables.append(name.as_bytes(), &value, bound, now),
                    Err(error) => Ok(Err(error)),
                }
            })
            .await
    }

    /// Whether the writing thread answers and the file can be read.
    pub(super) async fn check(&self) -> Result<(), StoreError> {
        self.file.database().begin_read().map_err(redb::Error::from).map_err(unavailable)?;
        self.writer.run(|_, _| Ok(Ok(()))).await
    }

    fn try_read(&self, key: &Key) -> Result<Option<Record>, redb::Error> {
        Ok(read_record(&self.file.latest()?.records, key.to_string().as_bytes())?)
    }

    fn try_read_since(
        &self,
        key: &Key,
        after: u64,
        limit: usize,
        now: Now,
    ) -> Result<Result<Vec<LogEntry>, StoreError>, redb::Error> {
        let key = key.to_string();
        let latest = self.file.latest()?;
        let record = read_record(&latest.records, key.as_bytes())?;
        let live = record.as_ref().filter(|record| record.is_live(now.millis));
        let span = match operation::log_of(live) {
            Ok(Some(span)) => span,
            Ok(None) => return Ok(Ok(Vec::new())),
            Err(error) => return Ok(Err(error)),
        };
        Ok(Ok(read_entries(latest.log_entries()?, key.as_bytes(), span, after, limit)?))
    }
}

/// One operation on what is no count.
fn update<T>(
    tables: &mut Tables<'_>,
    counts: &Counts,
    key: &Key,
    now: Now,
    step: impl FnOnce(Option<&Record>, Now) -> Step<T>,
) -> Result<Result<T, StoreError>, StorageError> {
    let name = key.to_string();
    match make_way(tables, counts, key, &name, now)? {
        Ok(()) => tables.update(name.as_bytes(), now, step),
        Err(error) => Ok(Err(error)),
    }
}

/// Lets something other than a count have the key.
fn make_way(
    tables: &mut Tables<'_>,
    counts: &Counts,
    key: &Key,
    name: &str,
    now: Now,
) -> Result<Result<(), StoreError>, StorageError> {
    match counts.make_way(key, now) {
        Ok(None) => Ok(Ok(())),
        Ok(Some(over)) => tables.put_count(name.as_bytes(), &over, now).map(Ok),
        Err(error) => Ok(Err(error)),
    }
}

/// Creates what a new file lacks, clears away what expired meanwhile, and returns the file's format. A file of
/// another format is left as it is.
fn prepare(database: &Database, now: Now) -> Result<u64, redb::Error> {
    let transaction = database.begin_write()?;
    {
        let mut meta = transaction.open_table(META)?;
        let format = meta.get("format")?.map(|format| format.value());
        match format {
            Some(FORMAT) => {}
            Some(FORMAT_BEFORE) | None => {
                meta.insert("format", FORMAT)?;
            }
            Some(other) => return Ok(other),
        }
        Tables::open(&transaction)?.sweep(now, SWEEP_AT_OPEN)?;
    }
    transaction.commit()?;
    Ok(FORMAT)
}

fn unavailable(error: redb::Error) -> StoreError {
    StoreError::Unavailable(error.into())
}
