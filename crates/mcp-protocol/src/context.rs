//! [`RequestContext`]: what a call knows of the request that it answers, and the ways to speak while it works.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::capabilities::{ClientCapabilities, TASKS};
use crate::error::RpcError;
use crate::info::Implementation;
use crate::input::{Ask, InputRequest, InputRequired, Interrupt, Rounds};
use crate::transport::Reverse;
use crate::version::ProtocolVersion;

mod notify;
mod trace;

pub use notify::{LogLevel, Progress, ProgressToken};
pub(crate) use notify::{LogSink, Outbox};
pub use trace::TraceContext;

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
    timeout: Option<Duration>,
    /// Made when somebody asks, where nobody can cancel.
    cancellation: OnceLock<CancellationToken>,
    progress: Progress,
    log: LogSink,
    rounds: Option<Arc<Rounds>>,
    reverse: Option<Reverse>,
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
            timeout: None,
            cancellation: OnceLock::new(),
            progress: Progress::default(),
            log: LogSink::default(),
            rounds: None,
            reverse: None,
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
        self.cancellation.get_or_init(CancellationToken::new)
    }

    /// Where to report progress. Does nothing when the client did not ask for it.
    #[must_use]
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Sends a log notification to the client, if it asked for this level and the server declared `logging`.
    ///
    /// Never secrets or personal data. Dropped when the client reads too slowly.
    pub fn log(&self, level: LogLevel, logger: Option<&str>, data: &Value) {
        self.log.emit(level, logger, data);
    }

    /// Asks the client something: the answer when it is known already, else an [`Interrupt`] to return with `?`.
    ///
    /// The handler runs again once the client has answered, so ask before you do what must not be done twice. The `key`
    /// names the question within this call, for example `confirm`, and must be the same on each run.
    ///
    /// ```
    /// # use mcp_protocol::{CallToolResult, ElicitForm, Field, Interrupt, RequestContext};
    /// async fn delete(cx: &RequestContext<()>) -> Result<CallToolResult, Interrupt> {
    ///     let form = ElicitForm::new("Delete it for good?").required("sure", Field::boolean());
    ///     match cx.ask("confirm", form)?.accepted() {
    ///         Some(content) if content["sure"] == true => Ok(CallToolResult::text("Deleted.")),
    ///         _ => Ok(CallToolResult::text("Kept.")),
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Interrupt::InputRequired`] when it is not answered yet; [`Interrupt::Error`] when the client cannot be asked
    /// (-32021 with what it lacks; see [`Self::can_ask`]), or when its answer does not fit the question (-32602).
    pub fn ask<A: Ask>(&self, key: &str, question: A) -> Result<A::Answer, Interrupt> {
        if let Some(answer) = self.answer(key) {
            return question.read(answer).map_err(|problem| {
                RpcError::invalid_params(format!("inputResponses.{key}: {problem}")).into()
            });
        }
        let request = question.into();
        self.possible(&request)?;
        Err(InputRequired::new().with_request(key, request).into())
    }

    /// Asks several things in one round: returns once all are answered, and [`Self::ask`] with the same keys then gives the
    /// answers.
    ///
    /// # Errors
    /// Those of [`Self::ask`].
    pub fn ask_together<const N: usize>(
        &self,
        questions: [(&str, InputRequest); N],
    ) -> Result<(), Interrupt> {
        let mut required = InputRequired::new();
        for (key, request) in questions {
            if self.answer(key).is_none() {
                self.possible(&request)?;
                required = required.with_request(key, request);
            }
        }
        if required.requests.is_empty() { Ok(()) } else { Err(required.into()) }
    }

    /// Whether the client said that it can be asked this. On a legacy revision it needs a session besides, which a
    /// client has that declared such a capability.
    #[must_use]
    pub fn can_ask(&self, request: &InputRequest) -> bool {
        request.is_possible(&self.client_capabilities, self.protocol_version)
    }

    /// What the handler left with [`Interrupt::with_state`] on its run before this one.
    #[must_use]
    pub fn state(&self) -> Option<&Value> {
        self.rounds.as_ref()?.state.as_ref()
    }

    /// Whether a tool may answer with a [`Task`](crate::Task): the client declared the tasks extension for this request.
    #[must_use]
    pub fn wants_tasks(&self) -> bool {
        self.protocol_version.is_modern() && self.client_capabilities.extension(TASKS).is_some()
    }

    /// Closes the connection of the call's stream and asks the client to come back for the rest after `retry`, so that
    /// a long call holds no connection (2025-11-25, SEP-1699). Does nothing where a stream cannot be resumed.
    pub fn release_connection(&self, retry: Duration) {
        if let Some(reverse) = &self.reverse {
            reverse.release(retry);
        }
    }

    fn answer(&self, key: &str) -> Option<&Value> {
        self.rounds.as_ref()?.answers.get(key)
    }

    /// v26.mrtr.caps: what the client did not declare must not be asked.
    fn possible(&self, request: &InputRequest) -> Result<(), Interrupt> {
        if self.can_ask(request) {
            return Ok(());
        }
        Err(RpcError::missing_client_capability(&request.required_capabilities()).into())
    }

    /// A deadline as far away as the first one was at the start.
    pub(crate) fn renewed_deadline(&self) -> Option<Instant> {
        Some(Instant::now() + self.timeout?)
    }

    /// What is known from earlier rounds.
    pub(crate) fn rounds(&self) -> Option<&Rounds> {
        self.rounds.as_deref()
    }

    /// The way to ask the client during the call (legacy revisions).
    pub(crate) fn reverse(&self) -> Option<&Reverse> {
        self.reverse.as_ref()
    }

    /// Sets what is known from earlier rounds.
    #[must_use]
    pub(crate) fn with_rounds(mut self, rounds: Option<Arc<Rounds>>) -> Self {
        self.rounds = rounds;
        self
    }

    /// Sets the way to ask the client during the call.
    #[must_use]
    pub(crate) fn with_reverse(mut self, reverse: Option<Reverse>) -> Self {
        self.reverse = reverse;
        self
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

    /// Sets the deadline this far from now.
    #[must_use]
    pub(crate) fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self.deadline = Instant::now().checked_add(timeout);
        self
    }

    /// Sets the token that cancels the work.
    #[must_use]
    pub fn with_cancellation(mut self, cancellation: CancellationToken) -> Self {
        self.cancellation = OnceLock::from(cancellation);
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
