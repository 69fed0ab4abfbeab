//! Requests of the legacy era. In a session, its id says what `initialize` negotiated; without one, the version header
//! does, and without that it is 2025-03-26 (`v0618.pvhdr.absent`).

use std::sync::Arc;

use bytes::Bytes;

use super::session::CallLifetime;
use super::{Accepts, IncomingCall, Inner, Opened, answer, bad_request, user_agent};
use crate::context::{LogLevel, LogSink, Progress, RequestContext};
use crate::dispatch::{Answer, Command};
use crate::error::RpcError;
use crate::headers::SESSION_ID;
use crate::jsonrpc::RequestId;
use crate::params::Params;
use crate::server::Server;
use crate::transport::connection::Cancelled;
use crate::transport::exchange::{Call, Exchange, Notifications, OnDisconnect, Resumable};
use crate::version::{Era, ProtocolVersion};

impl<S: Server> Inner<S> {
    /// Checks a request and begins its call.
    pub(super) fn legacy(
        &self,
        id: RequestId,
        call: IncomingCall<'_, S::Principal>,
        header: ProtocolVersion,
        session: Option<&Opened>,
    ) -> Result<Exchange, Answer> {
        let accepts = Accepts::read(&call.head.headers);
        let mut notifications = Notifications::new(self.options.queue);
        // The session's revision wins over the header, which some clients fill with another one.
        let version = session.map_or(header, |opened| opened.version);
        let release = version.has_stream_polling().then(Arc::default);
        let lifetime = CallLifetime { release, ..CallLifetime::default() };
        let session = session.map(|opened| InSession { opened, lifetime });
        let log = session.as_ref().map(|InSession { opened, lifetime }| Resumable {
            replay: Arc::clone(&self.core.shared.replay),
            session: opened.key,
            primed: version.has_stream_polling(),
            release: lifetime.release.clone(),
        });
        let speaks = accepts.events.then_some(&mut notifications);
        let call = self.begin(id, call, version, session, speaks)?;
        Ok(self.exchange(call, notifications, accepts, log))
    }

    pub(super) fn exchange(
        &self,
        call: Call,
        notifications: Notifications,
        accepts: Accepts,
        log: Option<Resumable>,
    ) -> Exchange {
        Exchange {
            call,
            notifications: notifications.into_receiver(),
            on_disconnect: OnDisconnect::RunOn,
            keep_alive: self.options.keep_alive,
            prefers_events: accepts.prefers_events,
            log,
        }
    }

    /// Begins a call; what it says before its answer goes into `notifications`, if the client takes events.
    pub(super) fn begin(
        &self,
        id: RequestId,
        call: IncomingCall<'_, S::Principal>,
        version: ProtocolVersion,
        session: Option<InSession<'_>>,
        notifications: Option<&mut Notifications>,
    ) -> Result<Call, Answer> {
        let IncomingCall { head, method, params, raw, principal } = call;
        let in_band = |error: RpcError| Answer::error(Some(&id), &error, version);
        let params = params.map_err(in_band)?;
        let command =
            Command::parse(method, &params, Era::Legacy, &self.core.capabilities).map_err(in_band)?;
        let minted = match &command {
            Command::Initialize(request) => self.mint(request, &principal),
            _ => None,
        };

        let (mut progress, mut log) = (Progress::default(), LogSink::default());
        let mut notifications = notifications.filter(|_| command.can_notify());
        if let Some(notifications) = &mut notifications {
            if let Some(token) = params.meta.progress_token() {
                progress = Progress::new(notifications.outbox(), token);
            }
            if self.core.capabilities.logging {
                // Without a session `logging/setLevel` cannot be remembered: everything from `info` on is sent.
                let remembered =
                    |session: &InSession<'_>| self.core.shared.sessions.log_level(session.opened.key);
                log =
                    LogSink::new(notifications.outbox(), session.as_ref().map_or(LogLevel::Info, remembered));
            }
        }
        let cx = RequestContext::new(principal, version)
            .with_user_agent(user_agent(&head.headers))
            .with_trace(params.meta.trace())
            .with_timeout(self.options.call_timeout)
            .with_outbox(progress, log);
        let core = Arc::clone(&self.core);
        let Some(session) = session else {
            if let Command::Subscribe(_) = &command {
                return Err(in_band(RpcError::invalid_request(
                    "Resources can be subscribed to in a session, and this request names none",
                )));
            }
            return Ok(Box::pin(async move {
                let answer = core.run(cx, id, command, raw).await;
                match minted.filter(|_| answer.is_result) {
                    Some(session) => answer.with_header(SESSION_ID, session),
                    None => answer,
                }
            }));
        };
        self.begin_in_session(session, cx, id, command, raw, notifications)
    }

    /// The same in a session: the client can be asked things, and can cancel.
    fn begin_in_session(
        &self,
        session: InSession<'_>,
        mut cx: RequestContext<S::Principal>,
        id: RequestId,
        command: Command,
        raw: Bytes,
        notifications: Option<&mut Notifications>,
    ) -> Result<Call, Answer> {
        let InSession { opened, lifetime } = session;
        let (key, version) = (opened.key, cx.protocol_version());
        let sessions = &self.core.shared.sessions;
        if let Some(notifications) = notifications.filter(|_| command.interruptible().is_some()) {
            let reverse = self.reverse(key, &id, cx.principal(), notifications.outbox(), &lifetime);
            cx = cx.with_reverse(Some(reverse));
        }
        let cx = cx
            .with_client(opened.client_info.clone(), Arc::clone(&opened.capabilities))
            .with_cancellation(lifetime.cancellation.clone());
        let follows = match &command {
            Command::Subscribe(uri) => Some((uri.clone(), true)),
            Command::Unsubscribe(uri) => Some((uri.clone(), false)),
            Command::SetLevel(level) => {
                sessions.set_log_level(key, *level);
                None
            }
            _ => None,
        };
        let begin = || sessions.begin(key, &id, &lifetime.cancellation);
        let under_way = command.can_notify().then(begin).transpose();
        let under_way = under_way.map_err(|error| Answer::error(Some(&id), &error, version))?;
        let core = Arc::clone(&self.core);
        Ok(Box::pin(async move {
            let _ended = lifetime.ended.drop_guard();
            let _under_way = under_way;
            let principal = follows.is_some().then(|| cx.principal().clone());
            let answer = tokio::select! {
                biased;
                // cancel.legacy: stop, free, do not answer.
                () = lifetime.cancellation.cancelled() => return Answer::nothing(),
                answer = core.run(cx, id.clone(), command, raw) => answer,
            };
            if let Some(((uri, subscribes), principal)) = follows.zip(principal)
                && answer.is_result
                && let Err(error) = core.follow(key, &uri, subscribes, principal).await
            {
                return Answer::error(Some(&id), &error, version);
            }
            answer
        }))
    }

    /// What a legacy client says without wanting an answer.
    pub(super) async fn legacy_notification(
        &self,
        call: IncomingCall<'_, S::Principal>,
    ) -> Result<(), Answer> {
        let session =
            self.session(call.head, &call.principal).map_err(|rejection| answer(None, &rejection))?;
        let params = call.params.map_err(|error| bad_request(None, &error))?;
        if let Some(session) = session {
            self.noted(&session, call.method, &params, call.principal).await;
        }
        Ok(())
    }

    /// A notification of a session's client: a cancellation is all that we wait for.
    pub(super) async fn noted(
        &self,
        session: &Opened,
        method: &str,
        params: &Params<'_>,
        principal: S::Principal,
    ) {
        if method == "notifications/cancelled"
            && let Ok(Cancelled { request_id }) = params.read()
        {
            self.cancel(session, &request_id, principal).await;
        }
    }
}

/// A call's session, and what may end the call.
pub(super) struct InSession<'a> {
    pub(super) opened: &'a Opened,
    pub(super) lifetime: CallLifetime,
}
