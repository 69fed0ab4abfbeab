//! [`RequestContext`]: what a call knows of the request that it answers, and the ways to speak while it works.

use std::sync::Arc;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::capabilities::ClientCapabilities;
use crate::server::Implementation;
use crate::version::ProtocolVersion;

mod notify;

pub use notify::{LogLevel, Progress, ProgressToken};
pub(crate) use notify::{LogSink, Outbox};

/// A request's circumstances. Transports make it; tests make it with [`RequestContext::new`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RequestContext<P> {
    principal: P,
    protocol_version: ProtocolVersion,
    client_info: Option<Arc<Implementation>>,
    client_capabilities: Arc<ClientCapabilities>,
    user_agent: Option<Arc<str>>,
    trace: TraceContext,
    deadline: Option<Instant>,
    cancellation: CancellationToken,
    progress: Progress,
    log: LogSink,
}

impl<P> RequestContext<P> {
    /// A request of `principal` in `protocol_version`, about which nothing else is known.
    #[must_use]
    pub fn new(principal: P, protocol_version: ProtocolVersion) -> Self {
        Self {
            principal,
            protocol_version,
            client_info: None,
            client_capabilities: Arc::default(),
            user_agent: None,
            trace: TraceContext::default(),
            deadline: None,
            cancellation: CancellationToken::new(),
            progress: Progress::default(),
            log: LogSink::default(),
        }
    }

    /// Who is asking.
    #[must_use]
    pub fn principal(&self) -> &P {
        &self.principal
    }

    /// The revision that the answer is written for.
    #[must_use]
    pub fn protocol_version(&self) -> ProtocolVersion {
        self.protocol_version
    }

    /// What the client says it is: on every modern request that says so, on `initialize`, and afterwards only over
    /// a transport that has a connection (HTTP+SSE, stdio).
    #[must_use]
    pub fn client_info(&self) -> Option<&Implementation> {
        self.client_info.as_deref()
    }

    /// What the client says it can do; known whenever [`Self::client_info`] may be.
    #[must_use]
    pub fn client_capabilities(&self) -> &ClientCapabilities {
        &self.client_capabilities
    }

    /// The `User-Agent` of the HTTP request.
    #[must_use]
    pub fn user_agent(&self) -> Option<&str> {
        self.user_agent.as_deref()
    }

    /// The W3C trace context of the request, from `_meta` (SEP-414).
    #[must_use]
    pub fn trace(&self) -> &TraceContext {
        &self.trace
    }

    /// When the caller stops waiting, as configured at the transport. The work should end before it.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Cancelled when the client no longer wants the answer.
    #[must_use]
    pub fn cancellation(&self) -> &CancellationToken {
        &self.cancellation
    }

    /// Where to report progress. Does nothing when the client did not ask for it.
    #[must_use]
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Sends a log notification to the client, if it asked for this level and the server declared `logging`.
    ///
    /// Never secrets or personal data. Dropped when the client reads too slowly.
    pub fn log(&self, level: LogLevel, logger: Option<&str>, data: &serde_json::Value) {
        self.log.emit(level, logger, data);
    }

    /// Sets what the client says about itself.
    #[must_use]
    pub fn with_client(
        mut self,
        info: Option<Arc<Implementation>>,
        capabilities: impl Into<Arc<ClientCapabilities>>,
    ) -> Self {
        self.client_info = info;
        self.client_capabilities = capabilities.into();
        self
    }

    /// Sets the user agent.
    #[must_use]
    pub fn with_user_agent(mut self, user_agent: Option<Arc<str>>) -> Self {
        self.user_agent = user_agent;
        self
    }

    /// Sets the trace context.
    #[must_use]
    pub fn with_trace(mut self, trace: TraceContext) -> Self {
        self.trace = trace;
        self
    }

    /// Sets the deadline.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Option<Instant>) -> Self {
        self.deadline = deadline;
        self
    }

    /// Sets the token that cancels the work.
    #[must_use]
    pub fn with_cancellation(mut self, cancellation: CancellationToken) -> Self {
        self.cancellation = cancellation;
        self
    }

    /// Connects progress and logs to the client.
    #[must_use]
    pub(crate) fn with_outbox(mut self, progress: Progress, log: LogSink) -> Self {
        self.progress = progress;
        self.log = log;
        self
    }
}

/// The W3C trace context that came with a request, unparsed. Malformed values are the tracer's to ignore.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TraceContext {
    /// `traceparent`.
    pub traceparent: Option<Box<str>>,
    /// `tracestate`.
    pub tracestate: Option<Box<str>>,
}

impl TraceContext {
    /// From the two values.
    #[must_use]
    pub fn new(traceparent: Option<Box<str>>, tracestate: Option<Box<str>>) -> Self {
        Self { traceparent, tracestate }
    }
}
