//! Requests of the legacy era, served without a session: what `initialize` negotiated comes back in the version
//! header, and without one it is 2025-03-26 (`v0618.pvhdr.absent`).

use std::sync::Arc;

use bytes::{BufMut as _, Bytes, BytesMut};
use futures_util::StreamExt as _;
use futures_util::stream;
use http::StatusCode;
use http::request::Parts;
use tokio::time::Instant;

use super::{Accepts, Decided, IncomingCall, Inner, answer, bad_request, request_head, user_agent};
use crate::context::{LogLevel, LogSink, Progress, RequestContext};
use crate::dispatch::{Answer, Command};
use crate::envelope::claim;
use crate::era::{BodyKind, Claim, Classified, classify};
use crate::error::RpcError;
use crate::jsonrpc::{Malformed, Message, RequestId};
use crate::params::Params;
use crate::server::Server;
use crate::transport::exchange::{Call, Exchange, Notifications, OnDisconnect};
use crate::version::{Era, ProtocolVersion};

/// How many calls of one batch run at a time.
const BATCH_CONCURRENCY: usize = 8;

impl<S: Server> Inner<S> {
    /// Checks a request and begins its call.
    pub(super) fn legacy(
        &self,
        id: RequestId,
        call: IncomingCall<'_, S::Principal>,
        version: ProtocolVersion,
    ) -> Result<Exchange, Answer> {
        let accepts = Accepts::read(&call.head.headers);
        let mut notifications = Notifications::new(self.options.queue);
        let call = self.begin(id, call, version, accepts.events.then_some(&mut notifications))?;
        Ok(self.exchange(call, notifications, accepts))
    }

    fn exchange(&self, call: Call, notifications: Notifications, accepts: Accepts) -> Exchange {
        Exchange {
            call,
            notifications: notifications.into_receiver(),
            on_disconnect: OnDisconnect::RunOn,
            keep_alive: self.options.keep_alive,
            events_only: accepts.events_only(),
        }
    }

    /// Begins a call; what it says before its answer goes into `notifications`, if the client takes events.
    fn begin(
        &self,
        id: RequestId,
        call: IncomingCall<'_, S::Principal>,
        version: ProtocolVersion,
        notifications: Option<&mut Notifications>,
    ) -> Result<Call, Answer> {
        let IncomingCall { head, method, params, principal } = call;
        let in_band = |error: RpcError| Answer::error(Some(&id), &error, version);
        let params = params.map_err(in_band)?;
        let command =
            Command::parse(method, &params, Era::Legacy, &self.core.capabilities).map_err(in_band)?;

        let (mut progress, mut log) = (Progress::default(), LogSink::default());
        if let Some(notifications) = notifications.filter(|_| command.can_notify()) {
            if let Some(token) = params.meta.progress_token() {
                progress = Progress::new(notifications.outbox(), token);
            }
            // Without a session `logging/setLevel` cannot be remembered: everything from `info` on is sent.
            if self.core.capabilities.logging {
                log = LogSink::new(notifications.outbox(), LogLevel::Info);
            }
        }
        let cx = RequestContext::new(principal, version)
            .with_user_agent(user_agent(&head.headers))
            .with_trace(params.meta.trace())
            .with_deadline(Instant::now().checked_add(self.options.call_timeout))
            .with_outbox(progress, log);
        let core = Arc::clone(&self.core);
        Ok(Box::pin(async move { core.run(cx, id, command).await }))
    }

    /// An array of messages (2025-03-26): answered by an array, or by events of which the last is an array.
    pub(super) fn batch(
        &self,
        head: &Parts,
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
            let call = IncomingCall { head, method: &method, params: Params::parse(params), principal };
            let begun = self.begin(id, call, version, accepts.events.then_some(&mut notifications));
            calls.push(begun.unwrap_or_else(|refused| Box::pin(std::future::ready(refused))));
        }
        if calls.is_empty() {
            return Ok(Decided::Accepted);
        }
        let call = Box::pin(async move {
            let answers: Vec<Answer> = stream::iter(calls).buffered(BATCH_CONCURRENCY).collect().await;
            Answer { body: array(&answers), status: StatusCode::OK, headers: None }
        });
        Ok(Decided::Exchange(self.exchange(call, notifications, accepts)))
    }
}

fn batch_kind(messages: &[Result<Message<'_>, Malformed>]) -> BodyKind<'static> {
    let unfit = messages.iter().any(|message| match message {
        Ok(Message::Request { params, .. } | Message::Notification { params, .. }) => {
            Params::parse(*params).is_ok_and(|params| claim(&params.meta) != Claim::None)
        }
        Ok(Message::Response) => false,
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
