//! [`RequestRecord`]: what becomes known of one HTTP request while it is answered, for its line in the log and for its spans.
//!
//! The edge makes it, the route's caller carries it to the MCP request and to the calls to OpenPhone, and the edge reads it when
//! the answer begins. What comes later (a stream, a text that runs on) is counted, and not in the line.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::client_family::ClientFamily;
use super::metrics::Metrics;
use super::trace::{SpanContext, Tracer};

tokio::task_local! {
    /// The request that this task answers, for what is called on its behalf by a crate that knows nothing of requests.
    static CURRENT: Arc<RequestRecord>;
}

/// One HTTP request.
#[derive(Debug)]
pub struct RequestRecord {
    /// As the answer and the log name it.
    pub id: Arc<str>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) tracer: Option<Arc<Tracer>>,
    /// The caller's span, as the HTTP headers name it, where it is trusted.
    pub(super) http_parent: Option<SpanContext>,
    notes: Mutex<Notes>,
}

/// What became known.
#[derive(Clone, Copy, Debug, Default)]
pub struct Notes {
    /// Who asked.
    pub client: Option<ClientFamily>,
    /// The MCP request; the first of a batch.
    pub call: Option<Call>,
    /// How it ended; `None`: it has not, and the answer is a stream.
    pub outcome: Option<&'static str>,
    /// Time during which at least one operation of OpenPhone was waited for.
    pub upstream: Duration,
    /// The span that calls to OpenPhone belong to.
    pub(super) span: Option<SpanContext>,
    pub(super) waiting: u32,
    pub(super) waiting_since: Option<Instant>,
}

/// An MCP request.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// Its method.
    pub method: &'static str,
    /// The tool, by its listed name; empty for what calls none.
    pub tool: &'static str,
    /// `modern` or `legacy`.
    pub era: &'static str,
}

impl RequestRecord {
    /// Nothing is known yet.
    #[must_use]
    pub fn new(
        id: Arc<str>,
        metrics: Arc<Metrics>,
        tracing: Option<(Arc<Tracer>, Option<SpanContext>)>,
    ) -> Self {
        let (tracer, http_parent) = tracing.map_or((None, None), |(tracer, parent)| (Some(tracer), parent));
        Self { id, metrics, tracer, http_parent, notes: Mutex::default() }
    }

    /// Answers it; meanwhile [`RequestRecord::current`] is this one.
    pub async fn during<T>(self: Arc<Self>, answer: impl Future<Output = T>) -> T {
        CURRENT.scope(self, answer).await
    }

    /// The request that this task answers, where [`RequestRecord::during`] says so.
    #[must_use]
    pub fn current() -> Option<Arc<Self>> {
        CURRENT.try_with(Arc::clone).ok()
    }

    /// What is known now.
    #[must_use]
    pub fn notes(&self) -> Notes {
        let mut notes = *self.lock();
        if let Some(since) = notes.waiting_since {
            notes.upstream += since.elapsed();
        }
        notes
    }

    /// Who asks.
    pub fn note_client(&self, client: ClientFamily) {
        self.lock().client = Some(client);
    }

    pub(super) fn begin_call(&self, call: Call, span: Option<SpanContext>) {
        let mut notes = self.lock();
        if notes.call.is_none() {
            notes.call = Some(call);
            notes.span = span;
        }
    }

    pub(super) fn end_call(&self, outcome: &'static str) {
        let mut notes = self.lock();
        // Of a batch, a failure is what the line is read for.
        if notes.outcome.is_none_or(|known| known == "ok") {
            notes.outcome = Some(outcome);
        }
    }

    pub(super) fn begin_waiting(&self) {
        let mut notes = self.lock();
        notes.waiting += 1;
        notes.waiting_since.get_or_insert_with(Instant::now);
    }

    pub(super) fn end_waiting(&self) {
        let mut notes = self.lock();
        notes.waiting = notes.waiting.saturating_sub(1);
        if notes.waiting == 0
            && let Some(since) = notes.waiting_since.take()
        {
            notes.upstream += since.elapsed();
        }
    }

    /// Held for a few instructions, and by this request's own tasks alone.
    fn lock(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn operations_at_the_same_time_are_waited_for_once() {
        let record = RequestRecord::new("1".into(), Arc::default(), None);
        let pass = |ms| tokio::time::advance(Duration::from_millis(ms));
        record.begin_waiting();
        pass(10).await;
        record.begin_waiting();
        pass(10).await;
        record.end_waiting();
        assert_eq!(record.notes().upstream, Duration::from_millis(20));
        pass(10).await;
        record.end_waiting();
        pass(100).await;
        assert_eq!(record.notes().upstream, Duration::from_millis(30));
        record.begin_waiting();
        pass(5).await;
        record.end_waiting();
        assert_eq!(record.notes().upstream, Duration::from_millis(35));
    }
}
