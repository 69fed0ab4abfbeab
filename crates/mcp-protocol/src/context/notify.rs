//! Notifications on the way to the client: progress and logs, each bound to one request (`v26.stream.related`).
//!
//! Both are best effort: they never wait, so that a slow reader cannot hold up the work, and what does not fit
//! into the request's bounded queue is dropped. The answer itself goes another way and is never dropped.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::transport::queue;
use crate::wire::Number;

/// The request's queue: whole JSON-RPC messages, which the transport frames.
pub(crate) type Outbox = queue::Sender;

/// What a client wants progress to be labelled with: a string or an integer, given back as it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ProgressToken {
    /// A number.
    Integer(i64),
    /// A text.
    Text(String),
}

/// Reports progress on one request. Cheap to clone; the default reports to nobody.
#[derive(Clone, Default)]
pub struct Progress(Option<Arc<Reporter>>);

struct Reporter {
    outbox: Outbox,
    token: ProgressToken,
    /// Bits of the last value reported: progress must increase (`prog.token`).
    last: AtomicU64,
}

impl Progress {
    pub(crate) fn new(outbox: Outbox, token: ProgressToken) -> Self {
        Self(Some(Arc::new(Reporter { outbox, token, last: AtomicU64::new(f64::NEG_INFINITY.to_bits()) })))
    }

    /// Whether anybody listens.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        self.0.as_ref().is_some_and(|reporter| !reporter.outbox.is_closed())
    }

    /// Reports that `progress` of `total` is done; a value that does not exceed the last one is not sent.
    pub fn report(&self, progress: f64, total: Option<f64>, message: Option<&str>) {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Params<'a> {
            progress_token: &'a ProgressToken,
            progress: Number,
            #[serde(skip_serializing_if = "Option::is_none")]
            total: Option<Number>,
            #[serde(skip_serializing_if = "Option::is_none")]
            message: Option<&'a str>,
        }
        let Some(reporter) = &self.0 else { return };
        if !progress.is_finite() || !total.is_none_or(f64::is_finite) {
            return;
        }
        let raised = reporter.last.fetch_update(Ordering::AcqRel, Ordering::Acquire, |last| {
            (progress > f64::from_bits(last)).then_some(progress.to_bits())
        });
        if raised.is_ok() {
            let (progress, total) = (Number(progress), total.map(Number));
            let params = Params { progress_token: &reporter.token, progress, total, message };
            send(&reporter.outbox, "notifications/progress", &params);
        }
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Progress").field(&self.is_wanted()).finish()
    }
}

/// How grave a log message is: the syslog severities (RFC 5424), least grave first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// For developers.
    Debug,
    /// Normal operation.
    Info,
    /// Normal, but worth noticing.
    Notice,
    /// Something may go wrong.
    Warning,
    /// Something went wrong.
    Error,
    /// A part failed.
    Critical,
    /// Somebody must act now.
    Alert,
    /// Nothing works.
    Emergency,
}

/// Where log notifications go, and from which level on. The default sends none.
#[derive(Clone, Default)]
pub(crate) struct LogSink(Option<(Outbox, LogLevel)>);

impl LogSink {
    pub(crate) fn new(outbox: Outbox, threshold: LogLevel) -> Self {
        Self(Some((outbox, threshold)))
    }

    pub(crate) fn emit(&self, level: LogLevel, logger: Option<&str>, data: &Value) {
        #[derive(Serialize)]
        struct Params<'a> {
            level: LogLevel,
            #[serde(skip_serializing_if = "Option::is_none")]
            logger: Option<&'a str>,
            data: &'a Value,
        }
        if let Some((outbox, threshold)) = &self.0
            && level >= *threshold
        {
            send(outbox, "notifications/message", &Params { level, logger, data });
        }
    }
}

impl fmt::Debug for LogSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LogSink").field(&self.0.as_ref().map(|(_, threshold)| threshold)).finish()
    }
}

fn send(outbox: &Outbox, method: &'static str, params: &impl Serialize) {
    #[derive(Serialize)]
    struct Notification<'a, T> {
        jsonrpc: &'static str,
        method: &'static str,
        params: &'a T,
    }
    let Ok(message) = serde_json::to_vec(&Notification { jsonrpc: "2.0", method, params }) else { return };
    if let Err(queue::NotTaken::Full) = outbox.try_send(Bytes::from(message)) {
        tracing::debug!(method, "notification dropped: the client reads too slowly");
    }
}
