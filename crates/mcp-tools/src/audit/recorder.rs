//! Takes records from calls to the sink and to the activity log, without holding up any call.
//!
//! Each of the two has a queue of its own with a task behind it, so that neither waits for the other. A queue that is
//! full loses the newest record; what the activity log loses is remembered per key, so that its reader can say so.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use sealing::Fingerprint;
use state_store::Store;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use super::{AuditRecord, AuditSink, activity};

/// Records that wait for the sink, and for the activity log, at most.
const WAITING: usize = 1_024;
/// Longest time that the sink may take for one record.
const SINK_TIME: Duration = Duration::from_secs(5);
/// When a record that the activity log did not take is offered again.
const APPEND_AGAIN: [Duration; 3] =
    [Duration::from_millis(100), Duration::from_millis(400), Duration::from_millis(1_500)];
/// Keys of which losses are remembered each for itself.
const KEYS: usize = 1_024;

/// Takes records onwards.
pub(crate) struct Recorder {
    sink: Arc<dyn AuditSink>,
    store: Arc<dyn Store>,
    to_sink: Queue,
    to_log: Queue,
    losses: Arc<Losses>,
}

/// What the activity log of a key lacks, as far as this process knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Loss {
    pub(crate) records: u32,
    /// When the first of them ended.
    pub(crate) since: Timestamp,
}

#[derive(Default)]
struct Losses(Mutex<Lost>);

#[derive(Default)]
struct Lost {
    keys: HashMap<Fingerprint, Loss>,
    /// What was lost of keys that found no room: any key may be one of them.
    others: Option<Loss>,
}

enum Job {
    Record(Arc<AuditRecord>),
    /// Everything before it was taken on.
    Flush(oneshot::Sender<()>),
}

/// A queue whose task is started by the first record, in that call's runtime.
#[derive(Default)]
struct Queue(Mutex<Option<mpsc::Sender<Job>>>);

impl Recorder {
    pub(crate) fn new(sink: Arc<dyn AuditSink>, store: Arc<dyn Store>) -> Self {
        Self { sink, store, to_sink: Queue::default(), to_log: Queue::default(), losses: Arc::default() }
    }

    /// The same, with another sink. For the time before the first record.
    pub(crate) fn with_sink(&self, sink: Arc<dyn AuditSink>) -> Self {
        Self::new(sink, Arc::clone(&self.store))
    }

    /// Takes a record on. Never waits.
    pub(crate) fn record(&self, record: AuditRecord) {
        let record = Arc::new(record);
        let taken = self
            .to_sink
            .put(Job::Record(Arc::clone(&record)), |jobs| feed_sink(Arc::clone(&self.sink), jobs));
        if !taken {
            tracing::error!(
                tool = record.tool,
                outcome = record.outcome.name(),
                "an audit record was lost: the sink is too slow"
            );
        }
        if !self.to_log.put(Job::Record(Arc::clone(&record)), |jobs| self.feed_log(jobs)) {
            self.losses.add(&record);
        }
    }

    /// Waits until the activity log has what was recorded so far, but not for long. `false`: it does not yet.
    pub(crate) async fn flush_log(&self, longest: Duration) -> bool {
        self.to_log.flush(longest).await
    }

    /// Waits until both have what was recorded so far, but not for long.
    pub(crate) async fn flush(&self, longest: Duration) {
        let (sink, log) = futures_util::join!(self.to_sink.flush(longest), self.to_log.flush(longest));
        if !(sink && log) {
            tracing::error!("audit records were not all written in time");
        }
    }

    /// What the activity log of a key lacks.
    pub(crate) fn loss(&self, key: Fingerprint) -> Option<Loss> {
        let lost = self.losses.0.lock().unwrap_or_else(PoisonError::into_inner);
        lost.keys.get(&key).copied().or(lost.others)
    }

    fn feed_log(&self, mut jobs: mpsc::Receiver<Job>) -> impl Future<Output = ()> + Send + use<> {
        let (store, losses) = (Arc::clone(&self.store), Arc::clone(&self.losses));
        async move {
            while let Some(job) = jobs.recv().await {
                match job {
                    Job::Record(record) => {
                        if !append(&*store, &record).await {
                            losses.add(&record);
                        }
                    }
                    Job::Flush(done) => drop(done.send(())),
                }
            }
        }
    }
}

async fn feed_sink(sink: Arc<dyn AuditSink>, mut jobs: mpsc::Receiver<Job>) {
    while let Some(job) = jobs.recv().await {
        match job {
            Job::Record(record) => {
                if tokio::time::timeout(SINK_TIME, sink.record(&record)).await.is_err() {
                    tracing::error!(tool = record.tool, "an audit record was lost: the sink took too long");
                }
            }
            Job::Flush(done) => drop(done.send(())),
        }
    }
}

/// Whether the activity log took it, at once or a little later.
async fn append(store: &dyn Store, record: &AuditRecord) -> bool {
    let mut waits = APPEND_AGAIN.into_iter();
    loop {
        let error = match activity::append(store, record).await {
            Ok(()) => return true,
            Err(error) => error,
        };
        let Some(wait) = waits.next() else {
            tracing::error!(tool = record.tool, error = %error, "the activity log lacks a record");
            return false;
        };
        tracing::debug!(error = %error, "the activity log did not take a record yet");
        tokio::time::sleep(wait).await;
    }
}

impl Losses {
    fn add(&self, record: &AuditRecord) {
        let mut lost = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let new = Loss { records: 0, since: record.at };
        let loss = if lost.keys.len() >= KEYS && !lost.keys.contains_key(&record.key) {
            lost.others.get_or_insert(new)
        } else {
            lost.keys.entry(record.key).or_insert(new)
        };
        loss.records = loss.records.saturating_add(1);
    }
}

impl Queue {
    /// Whether there was room.
    fn put<F>(&self, job: Job, work: impl FnOnce(mpsc::Receiver<Job>) -> F) -> bool
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let mut sender = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The runtime that the task was started in may be gone.
        if sender.as_ref().is_none_or(mpsc::Sender::is_closed) {
            let Ok(runtime) = Handle::try_current() else { return false };
            let (new, jobs) = mpsc::channel(WAITING);
            runtime.spawn(work(jobs));
            *sender = Some(new);
        }
        sender.as_ref().is_some_and(|sender| sender.try_send(job).is_ok())
    }

    /// Whether everything before was taken on within that time.
    async fn flush(&self, longest: Duration) -> bool {
        let sender = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(sender) = sender else { return true };
        let (done, taken) = oneshot::channel();
        let flushed = async { sender.send(Job::Flush(done)).await.is_ok() && taken.await.is_ok() };
        tokio::time::timeout(longest, flushed).await.unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use state_store::embedded::EmbeddedStore;
    use state_store::{Clock as _, ManualClock};

    use super::*;
    use crate::audit::AuditOutcome;

    fn record(key: u16, id: &str) -> AuditRecord {
        let mut bytes = [0; 16];
        bytes[..2].copy_from_slice(&key.to_be_bytes());
        AuditRecord {
            at: "2026-11-22T18:30:00Z".parse().unwrap(),
            request_id: None,
            key: Fingerprint::from_bytes(bytes),
            connection: None,
            client: None,
            tool: "send-message",
            inbox: None,
            recipients: Vec::new(),
            size: 0,
            outcome: AuditOutcome::Done,
            reason: None,
            counts: Vec::new(),
            dedupe: None,
            ids: vec![id.to_owned()],
        }
    }

    /// An append whose answer was lost is made again, and may then be there twice.
    #[tokio::test]
    async fn what_was_appended_twice_happened_once() {
        let clock = Arc::new(ManualClock::at(Duration::from_secs(1_795_000_000)));
        let store = EmbeddedStore::in_memory(clock.clone());
        for id in ["AC1", "AC2", "AC2", "AC1", "AC3"] {
            activity::append(&store, &record(7, id)).await.unwrap();
        }
        let now = u64::try_from(clock.since_epoch().as_millis()).unwrap();
        let kept = activity::read(&store, record(7, "").key, now).await.unwrap();
        let ids: Vec<&str> = kept.actions.iter().map(|(_, action)| action.ids[0].as_str()).collect();
        assert_eq!(ids, ["AC3", "AC1", "AC2"]);
    }

    #[test]
    fn no_loss_is_forgotten_for_want_of_room() {
        let losses = Losses::default();
        for key in 0..1_500 {
            losses.add(&record(key, "AC1"));
        }
        let lost = losses.0.lock().unwrap();
        assert_eq!(lost.keys.len(), KEYS);
        assert_eq!(lost.others.map(|loss| loss.records), Some(1_500 - 1_024));
        assert_eq!(lost.keys[&record(3, "").key].records, 1);
    }
}
