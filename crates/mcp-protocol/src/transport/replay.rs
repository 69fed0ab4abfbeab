//! Streams that can be resumed: the events of a session's calls, kept for a client that comes back (`v0326.resume`).
//!
//! A call that streams writes its events into a log; a reader, the connection, follows it. When the connection ends
//! early, by accident or because the call released it, the client opens another with `Last-Event-ID` and reads on. Logs
//! live in this process alone, are bounded in number and bytes, and are forgotten a while after their call has ended.

use std::collections::{HashMap, VecDeque};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::{BufMut as _, Bytes, BytesMut};
use tokio::time::Instant;

use super::event_stream::put_event;
use super::session::SessionKey;

/// Logs kept at a time.
const MOST_LOGS: usize = 10_000;
/// Bytes of events kept in all.
const MOST_BYTES: usize = 32 << 20;
/// Bytes of one log. Beyond it the oldest notifications go; the answer is the last event, and stays.
const MOST_LOG_BYTES: usize = 2 << 20;
/// How long a log is kept after its call has ended.
const AFTERLIFE: Duration = Duration::from_secs(120);
/// After how long a client comes back when a connection ends by itself, in milliseconds.
pub(super) const RETRY: u64 = 1_000;

/// How often, in calls that stream, what has ended long ago is looked for.
const SWEEP: u64 = 64;

/// The logs of one process.
#[derive(Default)]
pub(crate) struct Replay {
    logs: Mutex<Logs>,
    count: AtomicU64,
    /// Bytes of events in all logs, those included that are forgotten and still read.
    bytes: Arc<AtomicUsize>,
}

#[derive(Default)]
struct Logs {
    by_name: HashMap<(SessionKey, u64), Arc<EventLog>>,
    /// Oldest first.
    order: VecDeque<(SessionKey, u64)>,
}

impl Replay {
    /// A log for one call of this session.
    pub(super) fn open(&self, session: SessionKey, primed: bool) -> Arc<EventLog> {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let total = Arc::clone(&self.bytes);
        let log = Arc::new(EventLog { number, primed, total, state: Mutex::default() });
        let mut logs = lock(&self.logs);
        if number.is_multiple_of(SWEEP) {
            logs.forget_ended();
        }
        while logs.order.len() >= MOST_LOGS || self.bytes.load(Ordering::Relaxed) > MOST_BYTES {
            let Some(oldest) = logs.order.pop_front() else { break };
            logs.by_name.remove(&oldest);
        }
        logs.by_name.insert((session, number), Arc::clone(&log));
        logs.order.push_back((session, number));
        log
    }

    /// The log that an event of this session came from, and the event after it.
    pub(super) fn find(&self, session: SessionKey, last_event: &str) -> Option<LogReader> {
        let (number, sequence) = last_event.split_once('-')?;
        let number = u64::from_str_radix(number, 16).ok()?;
        let sequence: u64 = sequence.parse().ok()?;
        let log = lock(&self.logs).by_name.get(&(session, number)).cloned()?;
        let next = sequence.saturating_add(1);
        // A client that read everything and still comes back, because it got an error or nothing, must hear that there is
        // nothing more: an empty stream would make it come again and again.
        log.has_more(next).then(|| EventLog::reader(&log, next))
    }

    /// Forgets everything of a session that ended.
    pub(super) fn forget(&self, session: SessionKey) {
        let mut logs = lock(&self.logs);
        logs.by_name.retain(|(owner, _), log| {
            let keep = *owner != session;
            if !keep {
                log.supersede(None);
            }
            keep
        });
        logs.order.retain(|(owner, _)| *owner != session);
    }
}

impl Logs {
    fn forget_ended(&mut self) {
        let now = Instant::now();
        let recent = |ended: Instant| now.saturating_duration_since(ended) < AFTERLIFE;
        self.by_name.retain(|_, log| lock(&log.state).ended.is_none_or(recent));
        let by_name = &self.by_name;
        self.order.retain(|name| by_name.contains_key(name));
    }
}

/// The events of one call.
pub(crate) struct EventLog {
    number: u64,
    /// Whether the first event is the empty one that gives the client an id to come back with (`v1125.sse.prime`).
    primed: bool,
    /// The replay's count of bytes.
    total: Arc<AtomicUsize>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Written as they go out, without their ids.
    events: VecDeque<Bytes>,
    /// The sequence of the first event that is kept. Sequence 0 is the priming event, which is made when read.
    first: u64,
    bytes: usize,
    ended: Option<Instant>,
    /// Counts the readers: only the last one goes on (`v0326.nobroadcast`).
    reader: u64,
    /// The last reader is to end, and its client to come back after so many milliseconds.
    release: Option<u64>,
    waker: Option<Waker>,
}

impl EventLog {
    /// Appends a message.
    pub(super) fn push(&self, message: Bytes) {
        let mut state = lock(&self.state);
        state.bytes += message.len();
        self.total.fetch_add(message.len(), Ordering::Relaxed);
        state.events.push_back(message);
        while state.bytes > MOST_LOG_BYTES && state.events.len() > 1 {
            let dropped = state.events.pop_front().map_or(0, |event| event.len());
            state.bytes -= dropped;
            self.total.fetch_sub(dropped, Ordering::Relaxed);
            state.first += 1;
        }
        wake(state);
    }

    /// Whether there is, or will be, an event of this sequence or a later one.
    fn has_more(&self, next: u64) -> bool {
        let state = lock(&self.state);
        state.ended.is_none() || next < state.first + 1 + state.events.len() as u64
    }

    /// Nothing more will come.
    pub(super) fn end(&self) {
        let mut state = lock(&self.state);
        state.ended = Some(Instant::now());
        wake(state);
    }

    /// Ends the reader that there is; with a number of milliseconds, its client is asked to come back.
    pub(super) fn supersede(&self, retry: Option<u64>) {
        let mut state = lock(&self.state);
        match retry {
            Some(retry) => state.release = Some(retry),
            None => state.reader += 1,
        }
        wake(state);
    }

    /// A reader from this sequence on, which takes the place of the one before it.
    pub(super) fn reader(log: &Arc<Self>, next: u64) -> LogReader {
        let mut state = lock(&log.state);
        state.reader += 1;
        state.release = None;
        let reader = state.reader;
        wake(state);
        LogReader { log: Arc::clone(log), reader, next }
    }
}

impl Drop for EventLog {
    fn drop(&mut self) {
        self.total.fetch_sub(lock(&self.state).bytes, Ordering::Relaxed);
    }
}

/// A connection that follows a log.
pub(super) struct LogReader {
    log: Arc<EventLog>,
    reader: u64,
    /// The sequence of the event that comes next.
    next: u64,
}

impl LogReader {
    /// The next event, as it goes out; none at the end.
    pub(super) fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let mut state = lock(&self.log.state);
        if state.reader != self.reader {
            return Poll::Ready(None);
        }
        let mut out = BytesMut::new();
        if self.next == 0 {
            self.next = 1;
            if self.log.primed {
                self.put_id(&mut out, 0);
                put_retry(&mut out, RETRY);
                out.put_slice(b"data: \n\n");
            }
        }
        let kept = state.first + 1;
        self.next = self.next.max(kept);
        let mut index = usize::try_from(self.next - kept).unwrap_or(usize::MAX);
        while let Some(message) = state.events.get(index) {
            self.put_id(&mut out, self.next);
            put_event(&mut out, message);
            self.next += 1;
            index += 1;
        }
        if let Some(retry) = state.release.take() {
            state.reader += 1;
            put_retry(&mut out, retry);
            out.put_slice(b"\n");
        }
        if !out.is_empty() {
            return Poll::Ready(Some(out.freeze()));
        }
        if state.ended.is_some() {
            return Poll::Ready(None);
        }
        match &mut state.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
        Poll::Pending
    }

    fn put_id(&self, out: &mut BytesMut, sequence: u64) {
        // Writing to a buffer cannot fail.
        let _ = writeln!(out, "id: {:x}-{sequence}", self.log.number);
    }
}

fn put_retry(out: &mut BytesMut, milliseconds: u64) {
    let _ = writeln!(out, "retry: {milliseconds}");
}

/// Wakes the reader once the lock is free.
fn wake(mut state: MutexGuard<'_, State>) {
    let waker = state.waker.take();
    drop(state);
    if let Some(waker) = waker {
        waker.wake();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
