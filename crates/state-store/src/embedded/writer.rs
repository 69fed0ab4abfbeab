//! The queue of the one thread that writes: it gathers what is queued into one batch, which is synced once for all
//! (group commit). Callers are answered only when their change is on disk.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::batch::Batch;
use super::counts::WRITTEN_AFTER;
use super::operation::Now;
use super::writing::{WriteError, Writing};
use crate::store::StoreError;

/// Operations that may wait for the writer; beyond this callers wait to queue.
const QUEUE: usize = 4096;
/// Operations in one batch.
const BATCH: usize = 1024;
/// How long a batch that is smaller than the last one waits for more: a fraction of a fast disk's sync, and enough to
/// make batches half as large again when 64 callers compete. A lone caller never waits.
const GATHER: Duration = Duration::from_micros(50);

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
    /// The tables are to have everything.
    BringUpToDate(mpsc::Sender<Result<(), WriteError>>),
    /// What comes after this is not carried out.
    Close(mpsc::Sender<()>),
}

/// An operation in the queue.
pub(super) trait Job: Send {
    /// Makes the change and keeps the answer.
    fn run(&mut self, batch: &mut Batch<'_>, now: Now) -> Result<(), redb::Error>;
    /// Tells the caller: the answer if the change is on disk, otherwise why it is not.
    fn answer(self: Box<Self>, written: Result<(), WriteError>);
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
    F: FnOnce(&mut Batch<'_>, Now) -> Result<Result<T, StoreError>, redb::Error> + Send,
{
    fn run(&mut self, batch: &mut Batch<'_>, now: Now) -> Result<(), redb::Error> {
        if let Some(operation) = self.operation.take() {
            self.outcome = Some(operation(batch, now)?);
        }
        Ok(())
    }

    fn answer(self: Box<Self>, written: Result<(), WriteError>) {
        let answer = match (written, self.outcome) {
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
    pub(super) fn start(writing: Writing) -> std::io::Result<Self> {
        let (queue, messages) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("state-store".to_owned())
            .spawn(move || until_closed(writing, &mut Batches::of(messages)))?;
        Ok(Self { queue: Some(queue), places: Arc::new(Semaphore::new(QUEUE)), thread: Some(thread) })
    }

    /// Runs an operation and returns its answer when its change is on disk. Once queued, it is carried out even if
    /// the caller stops waiting.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&mut Batch<'_>, Now) -> Result<Result<T, StoreError>, redb::Error> + Send + 'static,
    ) -> Result<T, StoreError> {
        let stopped = || StoreError::Unavailable(Stopped.into());
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(|_| stopped())?;
        let (caller, answer) = oneshot::channel();
        let job = Box::new(Pending { operation: Some(operation), outcome: None, caller, _place: place });
        let queue = self.queue.as_ref().ok_or_else(stopped)?;
        queue.send(Message::Operation(job)).map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }

    /// Has the tables have everything that was answered, and returns when they have. Blocks.
    pub(super) fn bring_up_to_date(&self) -> Result<(), StoreError> {
        let stopped = || StoreError::Unavailable(Stopped.into());
        let (told, answer) = mpsc::channel();
        let queue = self.queue.as_ref().ok_or_else(stopped)?;
        queue.send(Message::BringUpToDate(told)).map_err(|_| stopped())?;
        answer.recv().map_err(|_| stopped())?.map_err(|error| StoreError::Unavailable(error.into()))
    }

    /// Finishes what is queued and ends the thread. What comes later is refused. Blocks.
    pub(super) fn close(&self) {
        let (told, answer) = mpsc::channel();
        let queued = self.queue.as_ref().is_some_and(|queue| queue.send(Message::Close(told)).is_ok());
        if queued {
            // An error says that the thread has ended, which is what was wanted.
            let _ = answer.recv();
        }
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

fn until_closed(mut writing: Writing, batches: &mut Batches) {
    let mut batch = Vec::with_capacity(BATCH);
    // While one batch is synced, the operations of the next one gather.
    while batches.next(&mut batch, BATCH) {
        let (written, more) = writing.write(&mut batch);
        // Those of a batch that failed are more, too.
        batches.counts_at = more.then(|| Instant::now() + WRITTEN_AFTER);
        for job in batch.drain(..) {
            job.answer(written.clone());
        }
        for caller in batches.to_bring_up_to_date.drain(..) {
            // An error says that the caller has gone.
            let _ = caller.send(writing.bring_everything());
            // It may have left some that came meanwhile.
            batches.counts_at = Some(Instant::now() + WRITTEN_AFTER);
        }
        if let Some(caller) = batches.to_close.take() {
            writing.close();
            let _ = caller.send(());
            return;
        }
        writing.bring_up_to_date_if_due();
        batches.tables_at = writing.tables_at();
    }
    writing.close();
}

/// The queue, taken in pieces.
struct Batches {
    messages: Receiver<Message>,
    last_size: usize,
    /// When counts are written by themselves.
    counts_at: Option<Instant>,
    /// When the tables are.
    tables_at: Option<Instant>,
    /// Who waits for that.
    to_bring_up_to_date: Vec<mpsc::Sender<Result<(), WriteError>>>,
    /// Who waits for the end.
    to_close: Option<mpsc::Sender<()>>,
}

impl Batches {
    fn of(messages: Receiver<Message>) -> Self {
        Self {
            messages,
            last_size: 0,
            counts_at: None,
            tables_at: None,
            to_bring_up_to_date: Vec::new(),
            to_close: None,
        }
    }

    /// Waits for at least one operation and takes at most `limit`, or none where it is time for something else; `false` when
    /// there will be no more. A batch that is smaller than the last one waits a moment: the callers of the last one are about to
    /// come back, and it is better to go with them than just ahead of them.
    fn next(&mut self, batch: &mut Vec<Box<dyn Job>>, limit: usize) -> bool {
        while batch.is_empty() && self.to_bring_up_to_date.is_empty() && self.to_close.is_none() {
            let received = match self.counts_at.into_iter().chain(self.tables_at).min() {
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
            && self.to_close.is_none()
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
            Message::BringUpToDate(caller) => self.to_bring_up_to_date.push(caller),
            Message::Close(caller) => self.to_close = Some(caller),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Does nothing but be told from others.
    struct Numbered(usize, Arc<std::sync::Mutex<Vec<usize>>>);

    impl Job for Numbered {
        fn run(&mut self, _: &mut Batch<'_>, _: Now) -> Result<(), redb::Error> {
            Ok(())
        }

        fn answer(self: Box<Self>, _: Result<(), WriteError>) {
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
