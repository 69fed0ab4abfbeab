//! The one thread that writes the file: it gathers what is queued into one transaction and syncs once for all
//! (group commit). Callers are answered only when their change is on disk.
//!
//! Counters and quotas alone are not waited for: a batch of nothing else is synced with the next that has something else, or
//! when the store is closed. What a crash takes of them is a few counts; a sync for each would be most of what a text costs.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use redb::{Database, Durability, StorageError};
use tokio::sync::{mpsc, oneshot};

use super::operation::Now;
use super::tables::Tables;
use crate::clock::Clock;
use crate::store::StoreError;

/// Operations that may wait for the writer; beyond this callers wait to queue.
const QUEUE: usize = 4096;
/// Operations in one transaction.
const BATCH: usize = 1024;
/// How long a batch that is smaller than the last one waits for more: a fraction of a fast disk's sync, and enough to
/// make batches half as large again when 64 callers compete. A lone caller never waits.
const GATHER: Duration = Duration::from_micros(50);
/// Expired things that a transaction clears away besides two per operation, so that sweeping gains on writing.
const SWEEP: usize = 64;

/// Runs operations in order, durably. Dropping it finishes what is queued.
pub(super) struct Writer {
    queue: Option<mpsc::Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
}

/// An operation in the queue.
trait Job: Send {
    /// Changes the tables and keeps the answer.
    fn run(&mut self, tables: &mut Tables<'_>, now: Now) -> Result<(), StorageError>;
    /// Whether it may be answered before it is on disk.
    fn can_be_lost(&self) -> bool;
    /// Tells the caller: the answer if the change is on disk, otherwise why it is not.
    fn answer(self: Box<Self>, committed: Result<(), Arc<redb::Error>>);
}

struct Pending<T, F> {
    operation: Option<F>,
    outcome: Option<Result<T, StoreError>>,
    can_be_lost: bool,
    caller: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Job for Pending<T, F>
where
    T: Send,
    F: FnOnce(&mut Tables<'_>, Now) -> Result<Result<T, StoreError>, StorageError> + Send,
{
    fn run(&mut self, tables: &mut Tables<'_>, now: Now) -> Result<(), StorageError> {
        if let Some(operation) = self.operation.take() {
            self.outcome = Some(operation(tables, now)?);
        }
        Ok(())
    }

    fn can_be_lost(&self) -> bool {
        self.can_be_lost
    }

    fn answer(self: Box<Self>, committed: Result<(), Arc<redb::Error>>) {
        let answer = match (committed, self.outcome) {
            (Ok(()), Some(outcome)) => outcome,
            (Ok(()), None) => Err(StoreError::Unavailable(Stopped.into())),
            (Err(error), _) => Err(StoreError::Unavailable(error.into())),
        };
        // An error says that the caller has gone; the change stands.
        let _ = self.caller.send(answer);
    }
}

/// The writing thread is gone: it panicked.
#[derive(Debug, thiserror::Error)]
#[error("the thread that writes the store has stopped")]
struct Stopped;

impl Writer {
    pub(super) fn start(database: Arc<Database>, clock: Arc<dyn Clock>) -> std::io::Result<Self> {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("state-store".to_owned())
            .spawn(move || write_until_closed(&database, clock.as_ref(), jobs))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Runs an operation and returns its answer when its change is on disk. Once queued, it is carried out even if
    /// the caller stops waiting.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&mut Tables<'_>, Now) -> Result<Result<T, StoreError>, StorageError>
        + Send
        + 'static,
    ) -> Result<T, StoreError> {
        self.queue(false, operation).await
    }

    /// The same for what a crash may take: the answer comes before the change is on disk.
    pub(super) async fn run_soon<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&mut Tables<'_>, Now) -> Result<Result<T, StoreError>, StorageError>
        + Send
        + 'static,
    ) -> Result<T, StoreError> {
        self.queue(true, operation).await
    }

    async fn queue<T: Send + 'static>(
        &self,
        can_be_lost: bool,
        operation: impl FnOnce(&mut Tables<'_>, Now) -> Result<Result<T, StoreError>, StorageError>
        + Send
        + 'static,
    ) -> Result<T, StoreError> {
        let stopped = || StoreError::Unavailable(Stopped.into());
        let (caller, answer) = oneshot::channel();
        let job = Box::new(Pending { operation: Some(operation), outcome: None, can_be_lost, caller });
        let queue = self.queue.as_ref().ok_or_else(stopped)?;
        queue.send(job).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            // An error says that it panicked: there is nothing left to finish.
            let _ = thread.join();
        }
    }
}

fn write_until_closed(database: &Database, clock: &dyn Clock, mut jobs: mpsc::Receiver<Box<dyn Job>>) {
    let mut batch = Vec::with_capacity(BATCH);
    let mut last_size = 0;
    // Whether something was committed that is not on disk.
    let mut unsynced = false;
    // While one transaction is synced, the operations of the next one gather.
    while next_batch(&mut jobs, &mut batch, last_size, BATCH) {
        let sync = !batch.iter().all(|job| job.can_be_lost());
        let committed = commit(database, clock, &mut batch, sync).map_err(Arc::new);
        if let Ok(true) = committed {
            unsynced = !sync;
        }
        let committed = committed.map(drop);
        if let Err(error) = &committed {
            tracing::error!(error = error.as_ref() as &dyn std::error::Error, "the state store cannot write");
        }
        last_size = batch.len();
        for job in batch.drain(..) {
            job.answer(committed.clone());
        }
    }
    // A commit that is synced takes all before it with it.
    if unsynced
        && let Err(error) =
            database.begin_write().map_err(redb::Error::from).and_then(|last| Ok(last.commit()?))
    {
        tracing::error!(%error, "the last counts of the state store were not written");
    }
}

/// Waits for at least one job and takes at most `limit`; `false` when there will be no more. A batch that is smaller
/// than the last one waits a moment: the callers of the last one are about to come back, and it is better to go with
/// them than just ahead of them.
fn next_batch<T>(jobs: &mut mpsc::Receiver<T>, batch: &mut Vec<T>, last_size: usize, limit: usize) -> bool {
    let taken = jobs.blocking_recv_many(batch, limit);
    if 0 < taken && taken < last_size {
        std::thread::sleep(GATHER);
        while batch.len() < limit
            && let Ok(job) = jobs.try_recv()
        {
            batch.push(job);
        }
    }
    taken > 0
}

/// `sync`: returns when it is on disk. Says whether anything was written.
fn commit(
    database: &Database,
    clock: &dyn Clock,
    batch: &mut [Box<dyn Job>],
    sync: bool,
) -> Result<bool, redb::Error> {
    let mut transaction = database.begin_write()?;
    if !sync {
        transaction.set_durability(Durability::None)?;
    }
    let mut tables = Tables::open(&transaction)?;
    for job in batch.iter_mut() {
        job.run(&mut tables, Now::new(clock.since_epoch()))?;
    }
    tables.sweep(Now::new(clock.since_epoch()), SWEEP + 2 * batch.len())?;
    let changed = tables.changed();
    drop(tables);
    if changed {
        transaction.commit()?;
    } else {
        transaction.abort()?;
    }
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Jobs that arrive while a batch gathers are neither lost nor put before others, nor is a batch overfilled.
    #[test]
    fn every_job_is_in_one_batch() {
        let (queue, mut jobs) = mpsc::channel(100);
        let sender = std::thread::spawn(move || (0..20_000).try_for_each(|job| queue.blocking_send(job)));
        let (mut batch, mut seen) = (Vec::new(), Vec::new());
        while next_batch(&mut jobs, &mut batch, usize::MAX, 64) {
            assert!(batch.len() <= 64);
            seen.append(&mut batch);
        }
        assert_eq!(seen, (0..20_000).collect::<Vec<_>>());
        sender.join().expect("no panic").expect("all sent");
    }
}
