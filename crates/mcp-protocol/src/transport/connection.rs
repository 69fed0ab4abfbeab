//! A conversation over one connection: what HTTP+SSE and stdio have in common and Streamable HTTP does not.
//!
//! Here something is remembered, because the connection itself is the session: the negotiated revision, the client,
//! its log level, and which requests are under way, so that `notifications/cancelled` finds its request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::capabilities::ClientCapabilities;
use crate::context::{LogLevel, LogSink, Progress, RequestContext};
use crate::dispatch::{Answer, Command, Core};
use crate::envelope::{self, ModernEnvelope, claim};
use crate::era::Claim;
use crate::error::RpcError;
use crate::jsonrpc::{Message, RequestId};
use crate::params::Params;
use crate::server::{Implementation, Server};
use crate::version::{Era, ProtocolVersion};

/// Requests of one connection that run at a time.
const IN_FLIGHT: usize = 32;

/// Which eras a connection speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// The legacy one, whatever a request claims (HTTP+SSE).
    Legacy,
    /// Each request what it claims (stdio).
    Both,
}

/// One connection. Answers and notifications go into `out`, as whole messages.
pub(super) struct Connection<S> {
    core: Arc<Core<S>>,
    dialect: Dialect,
    out: mpsc::Sender<Bytes>,
    call_timeout: Duration,
    permits: Arc<Semaphore>,
    session: Mutex<Session>,
}

struct Session {
    version: ProtocolVersion,
    client_info: Option<Arc<Implementation>>,
    client_capabilities: Arc<ClientCapabilities>,
    log_level: LogLevel,
    in_flight: HashMap<RequestId, CancellationToken>,
}

/// Who sent a message, and with what.
pub(super) struct Sender<P> {
    pub(super) principal: P,
    pub(super) user_agent: Option<Arc<str>>,
}

/// Too many requests are under way.
pub(super) struct Busy;

impl<S: Server> Connection<S> {
    /// A connection on which nothing was said yet; `assumed` holds until `initialize`.
    pub(super) fn new(
        core: Arc<Core<S>>,
        dialect: Dialect,
        assumed: ProtocolVersion,
        out: mpsc::Sender<Bytes>,
        call_timeout: Duration,
    ) -> Arc<Self> {
        let session = Session {
            version: assumed,
            client_info: None,
            client_capabilities: Arc::default(),
            log_level: LogLevel::Info,
            in_flight: HashMap::new(),
        };
        let permits = Arc::new(Semaphore::new(IN_FLIGHT));
        Arc::new(Self { core, dialect, out, call_timeout, permits, session: Mutex::new(session) })
    }

    /// Takes a message. A request is worked on in a task of its own, which outlives the connection if it must: a
    /// broken connection is no cancellation in the legacy era.
    pub(super) fn receive(
        self: &Arc<Self>,
        message: Message<'_>,
        sender: Sender<S::Principal>,
    ) -> Result<(), Busy> {
        match message {
            Message::Request { id, method, params } => {
                let permit = Arc::clone(&self.permits).try_acquire_owned().map_err(|_| Busy)?;
                match self.begin(&id, &method, Params::parse(params), sender) {
                    Ok((cx, command)) => self.spawn(cx, id, command, permit),
                    Err(refused) => self.send_later(refused, permit),
                }
            }
            Message::Notification { method, params } if method == "notifications/cancelled" => {
                self.cancel(params);
            }
            // Nothing is waiting for the others: `initialized` only confirms what we know.
            Message::Notification { .. } | Message::Response => {}
        }
        Ok(())
    }

    /// Checks a request and puts it among those under way.
    fn begin(
        &self,
        id: &RequestId,
        method: &str,
        params: Result<Params<'_>, RpcError>,
        sender: Sender<S::Principal>,
    ) -> Result<(RequestContext<S::Principal>, Command), Answer> {
        let params = params.map_err(|error| Answer::error(Some(id), &error, ProtocolVersion::LATEST))?;
        let envelope = match self.dialect {
            Dialect::Both if claim(&params.meta) != Claim::None && method != "initialize" => {
                let read = envelope::read(&params.meta, |_| Ok(()));
                Some(read.map_err(|error| Answer::error(Some(id), &error, ProtocolVersion::LATEST))?)
            }
            _ => None,
        };
        let mut session = self.session();
        let version = envelope.as_ref().map_or(session.version, |envelope| envelope.version);
        let refuse = |error: RpcError| Answer::error(Some(id), &error, version);
        let era = if envelope.is_some() { Era::Modern } else { Era::Legacy };
        let command = Command::parse(method, &params, era, &self.core.capabilities).map_err(refuse)?;
        let asked = params.meta.log_level().map_err(refuse)?;
        if session.in_flight.contains_key(id) {
            return Err(refuse(RpcError::invalid_request("A request with this id is under way")));
        }
        session.learn(&command);
        let cancellation = CancellationToken::new();
        session.in_flight.insert(id.clone(), cancellation.clone());

        let progress = params.meta.progress_token().filter(|_| command.can_notify());
        let progress = progress.map(|token| Progress::new(self.out.clone(), token)).unwrap_or_default();
        let level = if era == Era::Modern { asked } else { Some(session.log_level) };
        let level = level.filter(|_| self.core.capabilities.logging && command.can_notify());
        let log = level.map(|level| LogSink::new(self.out.clone(), level)).unwrap_or_default();
        let (client_info, client_capabilities) = match envelope {
            Some(ModernEnvelope { client_info, client_capabilities, .. }) => {
                (client_info, client_capabilities)
            }
            None => (session.client_info.clone(), Arc::clone(&session.client_capabilities)),
        };
        let cx = RequestContext::new(sender.principal, version)
            .with_client(client_info, client_capabilities)
            .with_user_agent(sender.user_agent)
            .with_trace(params.meta.trace())
            .with_deadline(Instant::now().checked_add(self.call_timeout))
            .with_cancellation(cancellation)
            .with_outbox(progress, log);
        Ok((cx, command))
    }

    fn spawn(
        self: &Arc<Self>,
        cx: RequestContext<S::Principal>,
        id: RequestId,
        command: Command,
        permit: OwnedSemaphorePermit,
    ) {
        let connection = Arc::clone(self);
        tokio::spawn(async move {
            let cancellation = cx.cancellation().clone();
            let answer = tokio::select! {
                biased;
                // cancel.legacy: stop, free, do not answer.
                () = cancellation.cancelled() => None,
                answer = connection.core.run(cx, id.clone(), command) => Some(answer),
            };
            connection.session().in_flight.remove(&id);
            if let Some(answer) = answer {
                // Fails when the connection is gone: the call came to its end all the same.
                let _ = connection.out.send(answer.body).await;
            }
            drop(permit);
        });
    }

    fn send_later(self: &Arc<Self>, answer: Answer, permit: OwnedSemaphorePermit) {
        let connection = Arc::clone(self);
        tokio::spawn(async move {
            let _ = connection.out.send(answer.body).await;
            drop(permit);
        });
    }

    fn cancel(&self, params: Option<&serde_json::value::RawValue>) {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Cancelled {
            request_id: RequestId,
        }
        // What cannot be read, or names nothing that is under way, is ignored.
        let Some(Cancelled { request_id }) = params.and_then(|raw| serde_json::from_str(raw.get()).ok())
        else {
            return;
        };
        if let Some(cancellation) = self.session().in_flight.remove(&request_id) {
            cancellation.cancel();
        }
    }

    fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session {
    /// Remembers what a request says about the connection.
    fn learn(&mut self, command: &Command) {
        match command {
            Command::Initialize(request) => {
                self.version = request.negotiate();
                self.client_info = request.client_info.clone().map(Arc::new);
                self.client_capabilities = Arc::new(request.capabilities.clone());
            }
            Command::SetLevel(level) => self.log_level = *level,
            _ => {}
        }
    }
}
