//! A conversation over one connection: what HTTP+SSE and stdio have in common and Streamable HTTP does not.
//!
//! Here something is remembered, because the connection itself is the session (`session`): the negotiated revision, the
//! client, its log level, and which requests are under way, so that `notifications/cancelled` finds its request.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use super::reverse::{Pending, Reverse};
use super::{feed, queue};
use crate::context::{LogSink, Progress, RequestContext};
use crate::dispatch::{Answer, Command, Core};
use crate::envelope::{self, ModernEnvelope, claim};
use crate::era::Claim;
use crate::error::RpcError;
use crate::jsonrpc::{Message, RequestId};
use crate::notifier::Heard;
use crate::object::Object;
use crate::params::Params;
use crate::server::Server;
use crate::subscription::{acknowledgement, closing, notification};
use crate::version::{Era, ProtocolVersion};

mod session;

use session::Session;

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
pub(super) struct Connection<S: Server> {
    core: Arc<Core<S>>,
    dialect: Dialect,
    out: queue::Sender,
    owner: Box<[u8]>,
    call_timeout: Duration,
    permits: Arc<Semaphore>,
    /// Questions to the client.
    pending: Arc<Pending>,
    calls: AtomicU64,
    /// Cancelled when the client does not read.
    stuck: CancellationToken,
    session: Mutex<Session>,
}

/// Who sent a message, and with what.
pub(super) struct Sender<P> {
    pub(super) principal: P,
    pub(super) user_agent: Option<Arc<str>>,
}

/// Too many requests are under way.
pub(super) struct Busy;

/// The parameters of `notifications/cancelled`.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Cancelled {
    pub(super) request_id: RequestId,
}

impl<S: Server> Connection<S> {
    /// A connection of `owner` on which nothing was said yet; `assumed` holds until `initialize`.
    pub(super) fn new(
        core: Arc<Core<S>>,
        dialect: Dialect,
        assumed: ProtocolVersion,
        owner: Box<[u8]>,
        out: queue::Sender,
        call_timeout: Duration,
    ) -> Arc<Self> {
        Arc::new(Self {
            core,
            dialect,
            out,
            owner,
            call_timeout,
            permits: Arc::new(Semaphore::new(IN_FLIGHT)),
            pending: Arc::default(),
            calls: AtomicU64::new(0),
            stuck: CancellationToken::new(),
            session: Mutex::new(Session::new(assumed)),
        })
    }

    /// Takes a message, which is part of `body`. A request is worked on in a task of its own, which outlives the connection
    /// if it must: a broken connection is no cancellation in the legacy era.
    pub(super) fn receive(
        self: &Arc<Self>,
        message: Message<'_>,
        body: &Bytes,
        sender: Sender<S::Principal>,
    ) -> Result<(), Busy> {
        match message {
            Message::Request { id, method, params } => {
                let permit = Arc::clone(&self.permits).try_acquire_owned().map_err(|_| Busy)?;
                let raw = params.map(|raw| body.slice_ref(raw.get().as_bytes())).unwrap_or_default();
                match self.begin(&id, &method, Params::parse(params), sender) {
                    Ok((cx, command)) => self.spawn(cx, id, command, raw, permit),
                    Err(refused) => self.send_later(refused, permit),
                }
            }
            Message::Notification { method, params } if method == "notifications/cancelled" => {
                self.cancel(params);
            }
            Message::Response(response) => {
                if let Some(RequestId::Text(id)) = &response.id {
                    self.pending.answer(id, response.read());
                }
            }
            // Only now may the client be told of anything.
            Message::Notification { method, .. } if method == "notifications/initialized" => {
                self.session().initialized(&self.core.capabilities);
            }
            // Nothing is waiting for the others.
            Message::Notification { .. } => {}
        }
        Ok(())
    }

    /// The client says nothing more, so it answers no question: the calls that wait for one fail.
    pub(super) fn silent(&self) {
        self.pending.close();
    }

    /// The client does not read: nothing more can be said to it.
    pub(super) async fn stuck(&self) {
        self.stuck.cancelled().await;
    }

    /// Tells the client what it wants to hear of.
    pub(super) async fn announce(&self, heard: &Heard) {
        for message in self.notifications(heard) {
            self.send(message).await;
        }
    }

    /// Ends the modern subscriptions, each with its result.
    pub(super) async fn close_subscriptions(&self) {
        let listens = std::mem::take(&mut self.session().listens);
        for id in listens.keys() {
            self.send(closing(id, self.core.identity())).await;
        }
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
        if session.in_flight.contains_key(id) || session.listens.contains_key(id) {
            return Err(refuse(RpcError::invalid_request("A request with this id is under way")));
        }
        session.learn(&command);
        let cancellation = CancellationToken::new();

        let progress = params.meta.progress_token().filter(|_| command.can_notify());
        let progress = progress.map(|token| Progress::new(self.out.clone(), token)).unwrap_or_default();
        let level = if era == Era::Modern { asked } else { Some(session.log_level) };
        let level = level.filter(|_| self.core.capabilities.logging && command.can_notify());
        let log = level.map(|level| LogSink::new(self.out.clone(), level)).unwrap_or_default();
        let (mut rounds, mut reverse) = (None, None);
        match (command.interruptible(), era) {
            (Some(method), Era::Modern) => {
                rounds = self.core.rounds(&sender.principal, method, &params).map_err(refuse)?;
            }
            (Some(_), Era::Legacy) => {
                let call = self.calls.fetch_add(1, Ordering::Relaxed).to_string();
                let timeout = self.core.shared.ask_timeout;
                reverse = Some(Reverse::new(self.out.clone(), Arc::clone(&self.pending), call, timeout));
            }
            (None, _) => {}
        }
        let (client_info, client_capabilities) = match envelope {
            Some(ModernEnvelope { client_info, client_capabilities, .. }) => {
                (client_info, client_capabilities)
            }
            None => (session.client_info.clone(), Arc::clone(&session.client_capabilities)),
        };
        command.permitted(&client_capabilities).map_err(refuse)?;
        session.in_flight.insert(id.clone(), cancellation.clone());
        let cx = RequestContext::new(sender.principal, version)
            .with_client(client_info, client_capabilities)
            .with_user_agent(sender.user_agent)
            .with_trace(params.meta.trace())
            .with_timeout(self.call_timeout)
            .with_cancellation(cancellation)
            .with_rounds(rounds)
            .with_reverse(reverse)
            .with_outbox(progress, log);
        Ok((cx, command))
    }

    fn spawn(
        self: &Arc<Self>,
        cx: RequestContext<S::Principal>,
        id: RequestId,
        command: Command,
        raw: Bytes,
        permit: OwnedSemaphorePermit,
    ) {
        let connection = Arc::clone(self);
        tokio::spawn(async move {
            let cancellation = cx.cancellation().clone();
            let answer = tokio::select! {
                biased;
                // cancel.legacy: stop, free, do not answer.
                () = cancellation.cancelled() => None,
                answer = connection.answer(cx, id.clone(), command, raw) => answer,
            };
            connection.session().in_flight.remove(&id);
            if let Some(answer) = answer {
                connection.send(answer).await;
            }
            drop(permit);
        });
    }

    /// Does the work. A subscription has no answer before its end.
    async fn answer(
        &self,
        cx: RequestContext<S::Principal>,
        id: RequestId,
        command: Command,
        raw: Bytes,
    ) -> Option<Bytes> {
        let version = cx.protocol_version();
        let refuse = |error: RpcError| Some(Answer::error(Some(&id), &error, version).body.into_bytes());
        let follows = match command {
            Command::Listen(filter) => {
                let interests = self.core.admitted(&cx, filter).await;
                let acknowledgement = acknowledgement(&id, &interests);
                // v26.sub.ack: nothing that is told after it can come before it.
                let place = self.out.reserve().await.ok()?;
                let mut session = self.session();
                if let Err(error) = session.listen(id.clone(), interests) {
                    return refuse(error);
                }
                place.send(acknowledgement);
                return None;
            }
            Command::Subscribe(ref uri) => Some((uri.clone(), true)),
            Command::Unsubscribe(ref uri) => Some((uri.clone(), false)),
            _ => None,
        };
        let answer = self.core.run(cx, id.clone(), command, raw).await;
        if let Some((uri, subscribes)) = follows.filter(|_| answer.is_result)
            && let Err(error) = self.session().follow(&uri, subscribes)
        {
            return refuse(error);
        }
        Some(answer.body.into_bytes())
    }

    fn send_later(self: &Arc<Self>, answer: Answer, permit: OwnedSemaphorePermit) {
        let connection = Arc::clone(self);
        tokio::spawn(async move {
            connection.send(answer.body.into_bytes()).await;
            drop(permit);
        });
    }

    /// Says something. Fails when the connection is gone: the call came to its end all the same.
    async fn send(&self, message: Bytes) {
        match self.dialect {
            // Waited for once: whatever else was to be said would wait as long.
            Dialect::Legacy if self.stuck.is_cancelled() => {}
            Dialect::Legacy => {
                if feed::send(&self.out, message).await.is_err() {
                    self.stuck.cancel();
                }
            }
            // A local process that does not read holds up nobody but itself.
            Dialect::Both => drop(self.out.send(message).await),
        }
    }

    fn notifications(&self, heard: &Heard) -> Vec<Bytes> {
        let session = self.session();
        let legacy = session.interests.iter().map(|interests| (None, interests, session.version));
        let modern =
            session.listens.iter().map(|(id, interests)| (Some(id), interests, ProtocolVersion::LATEST));
        let mut messages = Vec::new();
        for (subscription, interests, version) in legacy.chain(modern) {
            match heard {
                Heard::One(announcement) if interests.cover(announcement, &self.owner) => {
                    messages.push(notification(&announcement.event, subscription, version));
                }
                Heard::Lagged => {
                    let all = interests.everything();
                    messages.extend(all.iter().map(|event| notification(event, subscription, version)));
                }
                Heard::One(_) | Heard::Closed => {}
            }
        }
        messages
    }

    fn cancel(&self, params: Option<&serde_json::value::RawValue>) {
        // What cannot be read, or names nothing that is under way, is ignored.
        let cancelled = params.and_then(|raw| serde_json::from_str(raw.get()).ok());
        let Some(Object(Cancelled { request_id })) = cancelled else { return };
        let mut session = self.session();
        session.listens.remove(&request_id);
        if let Some(cancellation) = session.in_flight.remove(&request_id) {
            cancellation.cancel();
        }
    }

    fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
