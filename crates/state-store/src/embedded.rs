//! The store in this process: a file (redb), or memory. For one machine; the `redis` backend is for many.
//!
//! What an operation does is written once (`operation`) and carried out by two engines. The file's engine answers a
//! change when it is on disk and syncs once for all changes that wait (group commit); a crash loses nothing that was
//! answered, but the counts of counters and quotas of the last second: these are in memory, and on disk with the next change
//! of anything else, or by themselves a second later. Messages go to subscribers in this process.
//!
//! On disk is at first the journal, a file beside the store's that is only appended to; the tables, from which everything is
//! read that is not in memory, are brought up to date every few seconds, by a thread of their own, when the store is closed, and
//! when it is opened after a crash. A change so costs the sync of a few hundred bytes, and not that of every page which it touches.

mod backup;
mod batch;
mod catch_up;
mod change;
mod counts;
mod file;
mod journal;
mod memory;
mod meta;
mod open_error;
mod operation;
mod recent;
mod record;
mod recovery;
mod snapshot;
mod tables;
mod writer;
mod writing;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

pub use self::backup::BackupError;
use self::file::FileEngine;
use self::memory::MemoryEngine;
pub use self::open_error::OpenError;
use self::operation::{Now, Step};
use self::record::Record;
use self::snapshot::Readable;
use self::writing::Pace;
use crate::channels::Channels;
use crate::clock::Clock;
use crate::store::{
    Added, Exchange, Inserted, Key, LogBound, LogEntry, Quota, QuotaDecision, Store, StoreError,
    Subscription, Swap, checked_value,
};

/// The store in this process. Dropping it finishes what is queued and closes the file.
pub struct EmbeddedStore {
    engine: Engine,
    clock: Arc<dyn Clock>,
    channels: Arc<Channels>,
}

/// Keeps others from opening the file of a store that was closed ([`EmbeddedStore::close_locked`]).
pub struct FileLock {
    _file: Arc<Readable>,
}

enum Engine {
    File(FileEngine),
    Memory(MemoryEngine),
}

impl EmbeddedStore {
    /// Entries that [`EmbeddedStore::in_memory`] holds at most. Values, counters, quotas, logs and each entry of a
    /// log count as one.
    pub const MAX_ENTRIES: usize = 500_000;

    /// A store in the file at `path`, which is created (mode 0600) if it is not there; its folder must exist. The
    /// file is locked: one process has it open at a time. While it is open there is a journal beside it
    /// ([`EmbeddedStore::journal_path`]). Reads and writes the disk before it returns.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(path: impl AsRef<Path>, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let engine = FileEngine::open(path.as_ref(), Arc::clone(&clock), Pace::default())?;
        Ok(Self::new(Engine::File(engine), clock))
    }

    /// Where the store in the file at `path` has its journal while it is open. It is gone when the store is closed; after a
    /// crash it has what the file lacks, and whoever moves one of them moves both.
    #[must_use]
    pub fn journal_path(path: impl AsRef<Path>) -> PathBuf {
        journal::path_of(path.as_ref())
    }

    /// Finishes what is queued and closes the store, as dropping it does, where others may hold it still: what changes
    /// something is [`StoreError::Unavailable`] from then on. The file is locked until all have dropped it. Blocks.
    pub fn close(&self) {
        if let Engine::File(file) = &self.engine {
            file.finish();
        }
    }

    /// Finishes what is queued and closes the store, as dropping it does, but keeps the file locked: until what is returned is
    /// dropped, nobody opens it, and whoever wants may move it. `None`: it is in memory.
    #[must_use]
    pub fn close_locked(self) -> Option<FileLock> {
        match self.engine {
            Engine::File(file) => Some(FileLock { _file: file.close() }),
            Engine::Memory(_) => None,
        }
    }

    /// Copies the store, as it is at one moment, into a new file that [`EmbeddedStore::open`] opens. Operations go on
    /// meanwhile. Blocks until the copy is on disk.
    ///
    /// # Errors
    /// See [`BackupError`].
    pub fn back_up(&self, path: impl AsRef<Path>) -> Result<(), BackupError> {
        match &self.engine {
            Engine::File(file) => file.back_up(path.as_ref()),
            Engine::Memory(_) => Err(BackupError::InMemory),
        }
    }

    /// A store in memory, gone with the process, of at most [`EmbeddedStore::MAX_ENTRIES`] entries.
    #[must_use]
    pub fn in_memory(clock: Arc<dyn Clock>) -> Self {
        Self::in_memory_bounded(clock, Self::MAX_ENTRIES)
    }

    /// A store in memory of at most `max_entries` entries; what would be one more is [`StoreError::Full`].
    #[must_use]
    pub fn in_memory_bounded(clock: Arc<dyn Clock>, max_entries: usize) -> Self {
        Self::new(Engine::Memory(MemoryEngine::new(max_entries)), clock)
    }

    fn new(engine: Engine, clock: Arc<dyn Clock>) -> Self {
        Self { engine, clock, channels: Channels::new() }
    }

    fn now(&self) -> Now {
        Now::new(self.clock.since_epoch())
    }

    /// [`EmbeddedStore::update`] for counters and quotas.
    async fn count<T: Send + 'static>(
        &self,
        key: &Key,
        step: impl Fn(Option<&Record>, Now) -> Step<T> + Send + Sync,
    ) -> Result<T, StoreError> {
        match &self.engine {
            Engine::File(file) => file.count(key.checked()?, || self.now(), step).await,
            Engine::Memory(memory) => memory.update(key.checked()?, self.now(), step),
        }
    }

    async fn update<T: Send + 'static>(
        &self,
        key: &Key,
        step: impl FnOnce(Option<&Record>, Now) -> Step<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        match &self.engine {
            Engine::File(file) => file.update(key.checked()?, step).await,
            Engine::Memory(memory) => memory.update(key.checked()?, self.now(), step),
        }
    }
}

#[async_trait]
impl Store for EmbeddedStore {
    /// The file is locked. In memory it lives no longer than its process.
    fn is_exclusive(&self) -> bool {
        matches!(self.engine, Engine::File(_))
    }

    async fn insert_if_absent(&self, key: &Key, value: &[u8], ttl: Duration) -> Result<Inserted, StoreError> {
        let value = Bytes::copy_from_slice(checked_value(value)?);
        self.update(key, move |live, now| operation::insert_if_absent(live, value, ttl, now)).await
    }

    async fn get(&self, key: &Key) -> Result<Option<Bytes>, StoreError> {
        let record = match &self.engine {
            Engine::File(file) => file.read(key.checked()?, self.now())?,
            Engine::Memory(memory) => memory.read(key.checked()?, self.now()),
        };
        Ok(operation::value_of(record.as_ref())?.cloned())
    }

    async fn compare_exchange(
        &self,
        key: &Key,
        expected: Option<&[u8]>,
        new: &[u8],
        ttl: Duration,
    ) -> Result<Exchange, StoreError> {
        let expected = expected.map(checked_value).transpose()?.map(Bytes::copy_from_slice);
        let new = Bytes::copy_from_slice(checked_value(new)?);
        self.update(key, move |live, now| {
            operation::compare_exchange(live, expected.as_deref(), new, ttl, now)
        })
        .await
    }

    async fn swap_in_order(&self, swaps: Vec<Swap>) -> Result<usize, StoreError> {
        for Swap { key, expected, new, .. } in &swaps {
            key.checked()?;
            checked_value(new)?;
            expected.as_deref().map(checked_value).transpose()?;
        }
        match &self.engine {
            Engine::File(file) => file.swap_in_order(swaps).await,
            Engine::Memory(memory) => memory.swap_in_order(&swaps, self.now()),
        }
    }

    async fn remove(&self, key: &Key) -> Result<Option<Bytes>, StoreError> {
        self.update(key, |live, _| operation::remove(live)).await
    }

    async fn add_up_to(
        &self,
        key: &Key,
        amount: u64,
        limit: u64,
        ttl: Duration,
    ) -> Result<Added, StoreError> {
        self.count(key, move |live, now| operation::add_up_to(live, amount, limit, ttl, now)).await
    }

    async fn refund(&self, key: &Key, amount: u64) -> Result<(), StoreError> {
        self.count(key, move |live, _| operation::refund(live, amount)).await
    }

    async fn take_quota(&self, key: &Key, quota: Quota, units: u32) -> Result<QuotaDecision, StoreError> {
        self.count(key, move |live, now| operation::take_quota(live, quota, units, now)).await
    }

    async fn append(&self, log: &Key, value: &[u8], bound: LogBound) -> Result<u64, StoreError> {
        let value = Bytes::copy_from_slice(checked_value(value)?);
        match &self.engine {
            Engine::File(file) => file.append(log.checked()?, value, bound).await,
            Engine::Memory(memory) => memory.append(log.checked()?, value, bound, self.now()),
        }
    }

    async fn read_since(&self, log: &Key, after: u64, limit: usize) -> Result<Vec<LogEntry>, StoreError> {
        match &self.engine {
            Engine::File(file) => file.read_since(log.checked()?, after, limit, self.now()),
            Engine::Memory(memory) => memory.read_since(log.checked()?, after, limit, self.now()),
        }
    }

    async fn publish(&self, channel: &Key, message: &[u8]) -> Result<(), StoreError> {
        let message = Bytes::copy_from_slice(checked_value(message)?);
        self.channels.publish(&channel.checked()?.name(), message);
        Ok(())
    }

    async fn subscribe(&self, channel: &Key) -> Result<Subscription, StoreError> {
        let (subscription, _) = self.channels.subscribe(channel.checked()?.name());
        Ok(subscription)
    }

    async fn check(&self) -> Result<(), StoreError> {
        match &self.engine {
            Engine::File(file) => file.check().await,
            Engine::Memory(_) => Ok(()),
        }
    }
}

impl fmt::Debug for EmbeddedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let engine = match &self.engine {
            Engine::File(_) => "file",
            Engine::Memory(_) => "memory",
        };
        f.debug_struct("EmbeddedStore").field("engine", &engine).finish_non_exhaustive()
    }
}

impl fmt::Debug for FileLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileLock").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
