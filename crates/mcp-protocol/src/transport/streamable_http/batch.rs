//! Batches: an array of messages in one POST, which 2025-03-26 has and no other revision.
//!
//! Answered by an array, or by events of which the last is an array.

use bytes::{BufMut as _, Bytes, BytesMut};
use futures_util::StreamExt as _;
use futures_util::stream;
use http::StatusCode;
use http::request::Parts;

use super::legacy::InSession;
use super::session::CallLifetime;
use super::{Accepts, Decided, IncomingCall, Inner, answer, bad_request, request_head};
use crate::dispatch::Answer;
use crate::envelope::claim;
use crate::era::{BodyKind, Claim, Classified, classify};
use crate::error::RpcError;
use crate::jsonrpc::{Malformed, Message};
use crate::params::Params;
use crate::server::Server;
use crate::transport::exchange::{Call, Notifications};

/// How many calls of one batch run at a time.
const BATCH_CONCURRENCY: usize = 8;

impl<S: Server> Inner<S> {
    /// Begins the calls of a batch, and takes its other messages.
    pub(super) async fn batch(
        &self,
        head: &Parts,
        body: &Bytes,
        messages: Vec<Result<Message<'_>, Malformed>>,
        principal: &S::Principal,
    ) -> Result<Decided, Answer> {
        let version = request_head(head)
            .and_then(|request| classify(&request, batch_kind(&messages)))
            .map_err(|rejection| answer(None, &rejection))?;
        let session = self.session(head, principal).map_err(|rejection| answer(None, &rejection))?;
        let version = match (version, &session) {
            (_, Some(session)) if !session.version.has_batches() => {
                let error = RpcError::invalid_request("The session's revision has no batches");
                return Err(bad_request(None, &error));
            }
            (Classified::LegacyBatch(version), _) => version,
            _ => return Err(bad_request(None, &RpcError::invalid_request("This is no batch"))),
        };
        let accepts = Accepts::read(&head.headers);
        let mut notifications = Notifications::new(self.options.queue);
        let mut calls: Vec<Call> = Vec::new();
        for message in messages.into_iter().flatten() {
            let principal = principal.clone();
            match message {
                Message::Request { id, method, params } => {
                    let raw = params.map(|raw| body.slice_ref(raw.get().as_bytes())).unwrap_or_default();
                    let params = Params::parse(params);
                    let call = IncomingCall { head, method: &method, params, raw, principal };
                    let session = session.as_ref();
                    let session =
                        session.map(|opened| InSession { opened, lifetime: CallLifetime::default() });
                    let speaks = accepts.events.then_some(&mut notifications);
                    let begun = self.begin(id, call, version, session, speaks);
                    calls.push(begun.unwrap_or_else(|refused| Box::pin(std::future::ready(refused))));
                }
                Message::Notification { method, params } => {
                    if let (Some(session), Ok(params)) = (&session, Params::parse(params)) {
                        self.noted(session, &method, &params, principal).await;
                    }
                }
                Message::Response(response) => {
                    let taken = self.answered(session.as_ref(), &response, body, principal).await;
                    taken.map_err(|rejection| answer(None, &rejection))?;
                }
            }
        }
        if calls.is_empty() {
            return Ok(Decided::Accepted);
        }
        let call = Box::pin(async move {
            let answers: Vec<Answer> = stream::iter(calls).buffered(BATCH_CONCURRENCY).collect().await;
            let answers: Vec<Answer> = answers.into_iter().filter(|answer| !answer.body.is_empty()).collect();
            if answers.is_empty() {
                return Answer::nothing();
            }
            Answer { body: array(&answers).into(), status: StatusCode::OK, headers: None, is_result: true }
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
        answer.body.put_into(&mut array);
    }
    array.put_u8(b']');
    array.freeze()
}
