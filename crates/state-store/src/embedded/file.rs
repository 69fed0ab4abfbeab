//! One file: written by one thread ([`Writer`]), read on the caller's thread.
//!
//! Readers see the last committed state and wait for nobody (MVCC). A read takes microseconds from the page cache,
//! less than handing it to another thread would, so that it stays where it is.

use std::fs::OpenOptions;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use redb::backends::FileBackend;
use redb::{Database, ReadableDatabase as _, ReadableTable as _, TableDefinition};

use super::backup::{self, BackupError};
use super::open_error::OpenError;
use super::operation::{self, Now, Step};
use super::record::Record;
use super::tables::{LOG_ENTRIES, RECORDS, Tables, read_entries, read_record};
use super::writer::Writer;
use crate::clock::Clock;
use crate::store::{Exchange, Key, LogBound, LogEntry, StoreError, Swap};

/// Memory for pages of the file, in bytes. The system has its own copy of them, which a miss costs a call to reach.
const CACHE: usize = 4 * 1024 * 1024;
/// The form of what is in the tables. A file of another form is refused.
const FORMAT: u64 = 1;
/// Expired things that opening clears away at most: enough for a night, and no long wait.
const SWEEP_AT_OPEN: usize = 10_000;
pub(super) const META: TableDefinition<'static, &'static str, u64> = TableDefinition::new("meta");

pub(super) struct FileEngine {
    writer: Writer,
    database: Arc<Database>,
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

        let database = Arc::new(database);
        let writer = Writer::start(Arc::clone(&database), clock)
            .map_err(|source| OpenError::unusable(path, source))?;
        Ok(Self { writer, database })
    }

    pub(super) fn back_up(&self, path: &Path) -> Result<(), BackupError> {
        backup::copy(&self.database, path)
    }

    pub(super) fn read(&self, key: &Key, now: Now) -> Result<Option<Record>, StoreError> {
        self.try_read(key, now).map_err(unavailable)
    }

    pub(super) fn read_since(
        &self,
        key: &Key,
        after: u64,
        limit: usize,
        now: Now,
    ) -> Result<Vec<LogEntry>, StoreError> {
        self.try_read_since(key, after, limit, now).map_err(unavailable)?
    }

    pub(super) async fn update<T: Send + 'static>(
        &self,
        key: &Key,
        step: impl FnOnce(Option<&Record>, Now) -> Step<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let key = key.to_string();
        self.writer.run(move |tables, now| tables.update(key.as_bytes(), now, step)).await
    }

    /// The same for counts: a crash may take those since the last change of anything else.
    pub(super) async fn count<T: Send + 'static>(
        &self,
        key: &Key,
        step: impl FnOnce(Option<&Record>, Now) -> Step<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let key = key.to_string();
        self.writer.run_soon(move |tables, now| tables.update(key.as_bytes(), now, step)).await
    }

    /// One transaction for all.
    pub(super) async fn swap_in_order(&self, swaps: Vec<Swap>) -> Result<usize, StoreError> {
        self.writer
            .run(move |tables, now| {
                let mut done = 0;
                for swap in &swaps {
                    let key = swap.key.to_string();
                    let swapped =
                        tables.update(key.as_bytes(), now, |live, now| operation::swap(live, swap, now))?;
                    match swapped {
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
        let key = key.to_string();
        self.writer.run(move |tables, now| tables.append(key.as_bytes(), &value, bound, now)).await
    }

    /// Whether the writing thread answers and the file can be read.
    pub(super) async fn check(&self) -> Result<(), StoreError> {
        self.database.begin_read().map_err(redb::Error::from).map_err(unavailable)?;
        self.writer.run(|_, _| Ok(Ok(()))).await
    }

    fn try_read(&self, key: &Key, now: Now) -> Result<Option<Record>, redb::Error> {
        let records = self.database.begin_read()?.open_table(RECORDS)?;
        let record = read_record(&records, key.to_string().as_bytes())?;
        Ok(record.filter(|record| record.is_live(now.millis)))
    }

    fn try_read_since(
        &self,
        key: &Key,
        after: u64,
        limit: usize,
        now: Now,
    ) -> Result<Result<Vec<LogEntry>, StoreError>, redb::Error> {
        let key = key.to_string();
        // Both tables as of one moment.
        let snapshot = self.database.begin_read()?;
        let record = read_record(&snapshot.open_table(RECORDS)?, key.as_bytes())?;
        let live = record.as_ref().filter(|record| record.is_live(now.millis));
        let span = match operation::log_of(live) {
            Ok(Some(span)) => span,
            Ok(None) => return Ok(Ok(Vec::new())),
            Err(error) => return Ok(Err(error)),
        };
        Ok(Ok(read_entries(&snapshot.open_table(LOG_ENTRIES)?, key.as_bytes(), span, after, limit)?))
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
            Some(other) => return Ok(other),
            None => {
                meta.insert("format", FORMAT)?;
            }
        }
        Tables::open(&transaction)?.sweep(now, SWEEP_AT_OPEN)?;
    }
    transaction.commit()?;
    Ok(FORMAT)
}

fn unavailable(error: redb::Error) -> StoreError {
    StoreError::Unavailable(error.into())
}
