//! Requests of the legacy era. In a session, its id says what `initialize` negotiated; without one, the version header
//! does, and without that it is 2025-03-26 (`v0618.pvhdr.absent`).

use std::sync::Arc;

use bytes::{BufMut as _, Bytes, BytesMut};
use futures_util::StreamExt as _;
use futures_util::stream;
use http::StatusCode;
use http::request::Parts;

use super::session::CallLifetime;
use super::{Accepts, Decided, IncomingCall, Inner, Opened, answer, bad_request, request_head, user_agent};
use crate::context::{LogLevel, LogSink, Progress, RequestContext};
use crate::dispatch::{Answer, Command};
use crate::envelope::claim;
use crate::era::{BodyKind, Claim, Classified, classify};
use crate::error::RpcError;
use crate::headers::SESSION_ID;
use crate::jsonrpc::{Malformed, Message, RequestId};
use crate::params::Params;
use crate::server::Server;
use crate::transport::connection::Cancelled;
use crate::transport::exchange::{Call, Exchange, Notifications, OnDisconnect, Resumable};
use crate::version::{Era, ProtocolVersion};

/// How many calls of one batch run at a time.
const BATCH_CONCURRENCY: usize = 8;

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
        let lifetime = CallLifetime::default();
        let log = session.map(|opened| Resumable {
            replay: Arc::clone(&self.core.shared.replay),
            session: opened.key,
            primed: version.has_stream_polling(),
            release: Arc::clone(&lifetime.release),
        });
        let speaks = accepts.events.then_some(&mut notifications);
        let call = self.begin(id, call, version, session, lifetime, speaks)?;
        Ok(self.exchange(call, notifications, accepts, log))
    }

    fn exchange(
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
    fn begin(
        &self,
        id: RequestId,
        call: IncomingCall<'_, S::Principal>,
        version: ProtocolVersion,
        session: Option<&Opened>,
        lifetime: CallLifetime,
        notifications: Option<&mut Notifications>,
    ) -> Result<Call, Answer> {
        let IncomingCall { head, method, params, raw, principal } = call;
        let in_band = |error: RpcError| Answer::error(Some(&id), &error, version);
        let params = params.map_err(in_band)?;
        let command =
            Command::parse(method, &params, Era::Legacy, &self.core.capabilities).map_err(in_band)?;
        let sessions = &self.core.shared.sessions;
        let key = session.map(|opened| opened.key);

        let (mut progress, mut log, mut reverse) = (Progress::default(), LogSink::default(), None);
        if let Some(notifications) = notifications.filter(|_| command.can_notify()) {
            if let Some(token) = params.meta.progress_token() {
                progress = Progress::new(notifications.outbox(), token);
            }
            if self.core.capabilities.logging {
                // Without a session `logging/setLevel` cannot be remembered: everything from `info` on is sent.
                let level = key.map_or(LogLevel::Info, |key| sessions.log_level(key));
                log = LogSink::new(notifications.outbox(), level);
            }
            if let Some(opened) = session.filter(|_| command.interruptible().is_some()) {
                let outbox = notifications.outbox();
                reverse = Some(self.reverse(opened.key, &id, &principal, outbox, &lifetime));
            }
        }
        let mut cx = RequestContext::new(principal.clone(), version)
            .with_user_agent(user_agent(&head.headers))
            .with_trace(params.meta.trace())
            .with_timeout(self.options.call_timeout)
            .with_cancellation(lifetime.cancellation.clone())
            .with_reverse(reverse)
            .with_outbox(progress, log);
        if let Some(opened) = session {
            cx = cx.with_client(opened.client_info.clone(), Arc::clone(&opened.capabilities));
        }
        if let Command::SetLevel(level) = &command
            && let Some(key) = key
        {
            sessions.set_log_level(key, *level);
        }
        let minted = match &command {
            Command::Initialize(request) => self.mint(request, &principal),
            _ => None,
        };
        let follows = match (&command, key) {
            (Command::Subscribe(uri), Some(key)) => Some((key, uri.clone(), true)),
            (Command::Unsubscribe(uri), Some(key)) => Some((key, uri.clone(), false)),
            (Command::Subscribe(_), None) => {
                return Err(in_band(RpcError::invalid_request(
                    "Resources can be subscribed to in a session, and this request names none",
                )));
            }
            _ => None,
        };
        let under_way = key.filter(|_| command.can_notify());
        let under_way = under_way.map(|key| sessions.begin(key, &id, &lifetime.cancellation));
        let under_way = under_way.transpose().map_err(in_band)?;
        let core = Arc::clone(&self.core);
        Ok(Box::pin(async move {
            let _ended = lifetime.ended.drop_guard();
            let _under_way = under_way;
            let answer = tokio::select! {
                biased;
                // cancel.legacy: stop, free, do not answer.
                () = lifetime.cancellation.cancelled() => return Answer::nothing(),
                answer = core.run(cx, id.clone(), command, raw) => answer,
            };
            if !answer.is_result {
                return answer;
            }
            if let Some((key, uri, subscribes)) = follows
                && let Err(error) = core.follow(key, &uri, subscribes, principal).await
            {
                return Answer::error(Some(&id), &error, version);
            }
            match minted {
                Some(id) => answer.with_header(SESSION_ID, id),
                None => answer,
            }
        }))
    }

    /// What a legacy client says without wanting an answer.
    pub(super) async fn legacy_notification(
        &self,
        call: IncomingCall<'_, S::Principal>,
        body: &Bytes,
    ) -> Result<(), Answer> {
        let session =
            self.session(call.head, &call.principal).map_err(|rejection| answer(None, &rejection))?;
        let params = call.params.map_err(|error| bad_request(None, &error))?;
        if let Some(session) = session
            && call.method == "notifications/cancelled"
            && let Ok(Cancelled { request_id }) = params.read()
        {
            self.cancel(&session, &request_id, body, call.principal).await;
        }
        Ok(())
    }

    /// An array of messages (2025-03-26): answered by an array, or by events of which the last is an array.
    pub(super) fn batch(
        &self,
        head: &Parts,
        body: &Bytes,
        messages: Vec<Result<Message<'_>, Malformed>>,
        principal: &S::Principal,
    ) -> Result<Decided, Answer> {
        let version = request_head(head)
            .and_then(|request| classify(&request, batch_kind(&messages)))
            .map_err(|rejection| answer(None, &rejection))?;
        let Classified::LegacyBatch(version) = version else {
            return Err(bad_request(None, &RpcError::invalid_request("This is no batch")));
        };
        let accepts = Accepts::read(&head.headers);
        let mut notifications = Notifications::new(self.options.queue);
        let mut calls: Vec<Call> = Vec::new();
        for message in messages.into_iter().flatten() {
            let Message::Request { id, method, params } = message else { continue };
            let principal = principal.clone();
            let raw = params.map(|raw| body.slice_ref(raw.get().as_bytes())).unwrap_or_default();
            let call = IncomingCall { head, method: &method, params: Params::parse(params), raw, principal };
            let speaks = accepts.events.then_some(&mut notifications);
            // Batches are served without a session: clients of 2025-03-26 that have one lose nothing by it.
            let begun = self.begin(id, call, version, None, CallLifetime::default(), speaks);
            calls.push(begun.unwrap_or_else(|refused| Box::pin(std::future::ready(refused))));
        }
        if calls.is_empty() {
            return Ok(Decided::Accepted);
        }
        let call = Box::pin(async move {
            let answers: Vec<Answer> = stream::iter(calls).buffered(BATCH_CONCURRENCY).collect().await;
            Answer { body: array(&answers), status: StatusCode::OK, headers: None, is_result: true }
        });
        Ok(Decided::Exchange(self.exchange(call, notifications, accepts, None)))
    }
}

fn batch_kind(messages: &[Result<Message<'_>, Malformed>]) -> BodyKind<'static> {
    let unfit = messages.iter().any(|message| match message {
        Ok(Message::Request { params, .. } | Message::Notification { params, .. }) => {
            Params::parse(*params).is_ok_and(|params| claim(&params.meta) != Claim::None)
        }
        Ok(Message::Response(_)) => false,
        Err(_) => true,
    });
    let initializes = messages
        .iter()
        .any(|message| matches!(message, Ok(Message::Request { method, .. }) if method == "initialize"));
    BodyKind::Batch { unfit, initializes }
}

fn array(answers: &[Answer]) -> Bytes {
    let mut array = BytesMut::from(&b"["[..]);
    for (index, answer) in answers.iter().enumerate() {
        if index > 0 {
            array.put_u8(b',');
        }
        array.put_slice(&answer.body);
    }
    array.put_u8(b']');
    array.freeze()
}
