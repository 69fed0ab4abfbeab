//! The one thread that writes the file: it gathers what is queued into one transaction and syncs once for all
//! (group commit). Callers are answered only when their change is on disk.
//!
//! Counters and quotas are not queued: they are changed in memory ([`Counts`]) and written with whatever is next, or by
//! themselves when nothing is for a second.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use redb::StorageError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::counts::{Counts, WRITTEN_AFTER, Written};
use super::operation::Now;
use super::snapshot::Readable;
use super::tables::Tables;
use crate::clock::Clock;
use crate::store::StoreError;

/// Operations that may wait for the writer; beyond this callers wait to queue.
const QUEUE: usize = 4096;
/// Operations in one transaction.
const BATCH: usize = 1024;
/// Counts that are written with them.
const COUNTS: usize = 4096;
/// How long a batch that is smaller than the last one waits for more: a fraction of a fast disk's sync, and enough to
/// make batches half as large again when 64 callers compete. A lone caller never waits.
const GATHER: Duration = Duration::from_micros(50);
/// Expired things that a transaction clears away besides two per operation, so that sweeping gains on writing.
const SWEEP: usize = 64;

/// Runs operations in order, durably. Dropping it finishes what is queued.
pub(super) struct Writer {
    queue: Option<mpsc::Sender<Message>>,
    /// In the queue, which has no bound of its own.
    places: Arc<Semaphore>,
    thread: Option<JoinHandle<()>>,
}

enum Message {
    Operation(Box<dyn Job>),
    /// There are counts to be written, where there were none.
    CountsDue,
}

/// An operation in the queue.
trait Job: Send {
    /// Changes the tables and keeps the answer.
    fn run(&mut self, tables: &mut Tables<'_>, now: Now) -> Result<(), StorageError>;
    /// Tells the caller: the answer if the change is on disk, otherwise why it is not.
    fn answer(self: Box<Self>, committed: Result<(), Arc<redb::Error>>);
}

struct Pending<T, F> {
    operation: Option<F>,
    outcome: Option<Result<T, StoreError>>,
    caller: oneshot::Sender<Result<T, StoreError>>,
    _place: OwnedSemaphorePermit,
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
    pub(super) fn start(
        file: Arc<Readable>,
        counts: Arc<Counts>,
        clock: Arc<dyn Clock>,
    ) -> std::io::Result<Self> {
        let (queue, messages) = mpsc::channel();
        let thread = std::thread::Builder::new().name("state-store".to_owned()).spawn(move || {
            let mut writing = Writing { file: &file, counts: &counts, clock: clock.as_ref() };
            writing.until_closed(&mut Batches::of(messages));
        })?;
        Ok(Self { queue: Some(queue), places: Arc::new(Semaphore::new(QUEUE)), thread: Some(thread) })
    }

    /// Runs an operation and returns its answer when its change is on disk. Once queued, it is carried out even if
    /// the caller stops waiting.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&mut Tables<'_>, Now) -> Result<Result<T, StoreError>, StorageError>
        + Send
        + 'static,
    ) -> Result<T, StoreError> {
        let stopped = || StoreError::Unavailable(Stopped.into());
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(|_| stopped())?;
        let (caller, answer) = oneshot::channel();
        let job = Box::new(Pending { operation: Some(operation), outcome: None, caller, _place: place });
        let queue = self.queue.as_ref().ok_or_else(stopped)?;
        queue.send(Message::Operation(job)).map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }

    /// Tells the thread that counts are to be written.
    pub(super) fn counts_due(&self) {
        if let Some(queue) = &self.queue {
            // An error says that the thread is gone, which the next operation is told.
            let _ = queue.send(Message::CountsDue);
        }
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

/// What the thread works with.
struct Writing<'a> {
    file: &'a Readable,
    counts: &'a Counts,
    clock: &'a dyn Clock,
}

impl Writing<'_> {
    fn until_closed(&mut self, batches: &mut Batches) {
        let mut batch = Vec::with_capacity(BATCH);
        // While one transaction is synced, the operations of the next one gather.
        while batches.next(&mut batch, BATCH) {
            let (committed, more) = self.write(&mut batch);
            // Those of a transaction that failed are more, too.
            batches.counts_at = more.then(|| Instant::now() + WRITTEN_AFTER);
            for job in batch.drain(..) {
                job.answer(committed.clone());
            }
        }
        self.counts.queue_all();
        while let (Ok(()), true) = self.write(&mut batch) {}
    }

    /// Writes a batch and counts with it. Says whether there are more counts.
    fn write(&self, batch: &mut [Box<dyn Job>]) -> (Result<(), Arc<redb::Error>>, bool) {
        let taken = self.counts.take_due(COUNTS);
        if batch.is_empty() && taken.is_empty() {
            return (Ok(()), false);
        }
        match self.commit(batch, &taken) {
            Ok(()) => (Ok(()), self.counts.written(taken)),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "the state store cannot write");
                self.counts.not_written(taken);
                (Err(Arc::new(error)), true)
            }
        }
    }

    /// Returns when it is on disk.
    fn commit(&self, batch: &mut [Box<dyn Job>], counts: &[Written]) -> Result<(), redb::Error> {
        let transaction = self.file.database().begin_write()?;
        let mut tables = Tables::open(&transaction)?;
        for Written { key, record, .. } in counts {
            tables.put_count(key.to_string().as_bytes(), record, self.now())?;
        }
        for job in batch.iter_mut() {
            job.run(&mut tables, self.now())?;
        }
        tables.sweep(self.now(), SWEEP + 2 * (batch.len() + counts.len()))?;
        let changed = tables.changed();
        drop(tables);
        if changed {
            self.file.committing();
            let committed = transaction.commit();
            self.file.committed();
            committed?;
        } else {
            transaction.abort()?;
        }
        Ok(())
    }

    fn now(&self) -> Now {
        Now::new(self.clock.since_epoch())
    }
}

/// The queue, taken in pieces.
struct Batches {
    messages: Receiver<Message>,
    last_size: usize,
    /// When counts are written by themselves.
    counts_at: Option<Instant>,
}

impl Batches {
    fn of(messages: Receiver<Message>) -> Self {
        Self { messages, last_size: 0, counts_at: None }
    }

    /// Waits for at least one operation and takes at most `limit`, or none where it is time to write counts; `false` when there
    /// will be no more. A batch that is smaller than the last one waits a moment: the callers of the last one are about to
    /// come back, and it is better to go with them than just ahead of them.
    fn next(&mut self, batch: &mut Vec<Box<dyn Job>>, limit: usize) -> bool {
        while batch.is_empty() {
            let received = match self.counts_at {
                None => self.messages.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(at) => self.messages.recv_timeout(at.saturating_duration_since(Instant::now())),
            };
            match received {
                Ok(message) => self.take(message, batch),
                Err(RecvTimeoutError::Timeout) => return true,
                Err(RecvTimeoutError::Disconnected) => return false,
            }
        }
        self.fill(batch, limit);
        if batch.len() < self.last_size {
            std::thread::sleep(GATHER);
            self.fill(batch, limit);
        }
        self.last_size = batch.len();
        true
    }

    fn fill(&mut self, batch: &mut Vec<Box<dyn Job>>, limit: usize) {
        while batch.len() < limit
            && let Ok(message) = self.messages.try_recv()
        {
            self.take(message, batch);
        }
    }

    fn take(&mut self, message: Message, batch: &mut Vec<Box<dyn Job>>) {
        match message {
            Message::Operation(job) => batch.push(job),
            Message::CountsDue => {
                self.counts_at.get_or_insert_with(|| Instant::now() + WRITTEN_AFTER);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Does nothing but be told from others.
    struct Numbered(usize, Arc<std::sync::Mutex<Vec<usize>>>);

    impl Job for Numbered {
        fn run(&mut self, _: &mut Tables<'_>, _: Now) -> Result<(), StorageError> {
            Ok(())
        }

        fn answer(self: Box<Self>, _: Result<(), Arc<redb::Error>>) {
            self.1.lock().unwrap().push(self.0);
        }
    }

    /// Operations that arrive while a batch gathers are neither lost nor put before others, nor is a batch overfilled.
    #[test]
    fn every_operation_is_in_one_batch() {
        let (queue, messages) = mpsc::channel();
        let seen = Arc::default();
        let sender = std::thread::spawn({
            let seen = Arc::clone(&seen);
            move || {
                for number in 0..20_000 {
                    queue.send(Message::Operation(Box::new(Numbered(number, Arc::clone(&seen))))).unwrap();
                    queue.send(Message::CountsDue).unwrap();
                }
            }
        });
        let mut batches = Batches { last_size: usize::MAX, ..Batches::of(messages) };
        let mut batch = Vec::new();
        while batches.next(&mut batch, 64) {
            assert!(batch.len() <= 64);
            batch.drain(..).for_each(|job| job.answer(Ok(())));
        }
        assert_eq!(*seen.lock().unwrap(), (0..20_000).collect::<Vec<_>>());
        sender.join().expect("all sent");
    }

    /// Where nothing else happens, it is time for them after a while.
    #[test]
    fn counts_have_a_time_of_their_own() {
        let (queue, messages) = mpsc::channel();
        let mut batches = Batches::of(messages);
        queue.send(Message::CountsDue).unwrap();
        let (begun, mut batch) = (Instant::now(), Vec::new());
        assert!(batches.next(&mut batch, 64));
        assert!(batch.is_empty() && begun.elapsed() >= WRITTEN_AFTER);
        drop(queue);
        batches.counts_at = None;
        assert!(!batches.next(&mut batch, 64));
    }
}
