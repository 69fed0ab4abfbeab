//! Long-lived streams of Streamable HTTP: the one that a legacy client GETs, its resumption, its end by DELETE, and
//! `subscriptions/listen` of 2026-07-28.

use http::request::Parts;
use http::{Response, StatusCode};

use super::session::Opened;
use super::{Accepts, Inner, answer};
use crate::context::RequestContext;
use crate::era::Rejection;
use crate::error::RpcError;
use crate::headers::{LAST_EVENT_ID, single};
use crate::jsonrpc::RequestId;
use crate::principal::Principal as _;
use crate::server::Server;
use crate::subscription::{Filter, Interests, acknowledgement};
use crate::transport::event_stream::{self, EventStream, ResponseBody};
use crate::transport::exchange::{empty, json};
use crate::transport::feed::{Feed, Kind, SESSION_ENDED};
use crate::transport::queue;
use crate::transport::relay::RelayedMessage;
use crate::transport::slots::{NoSlot, StreamSlot};
use crate::version::ProtocolVersion;

impl<S: Server> Inner<S> {
    /// GET: resumes a call's stream, or opens the stream that tells of changes.
    pub(super) async fn get(
        &self,
        head: &Parts,
        assumed: ProtocolVersion,
        principal: S::Principal,
    ) -> Result<Response<ResponseBody>, Rejection> {
        if !Accepts::read(&head.headers).events {
            return Err(Rejection::new(
                StatusCode::NOT_ACCEPTABLE,
                RpcError::invalid_request(
                    "GET answers text/event-stream, which this request does not accept",
                ),
            ));
        }
        let session = self.session(head, &principal)?;
        let last_event = single(&head.headers, &LAST_EVENT_ID)
            .map_err(|error| Rejection::new(StatusCode::BAD_REQUEST, error))?;
        if let (Some(session), Some(last_event)) = (&session, last_event) {
            return self.resume(session, last_event);
        }
        // v0326.get: a server that never speaks unasked has no stream.
        if !self.core.capabilities.has_events() {
            return Err(Rejection::method_not_allowed());
        }
        self.open(session, assumed, principal).await
    }

    fn resume(&self, session: &Opened, last_event: &str) -> Result<Response<ResponseBody>, Rejection> {
        let reader = self.core.shared.replay.find(session.key, last_event).ok_or_else(|| {
            Rejection::new(
                StatusCode::BAD_REQUEST,
                RpcError::invalid_request(
                    "Nothing of this stream is left to be read: send the request again",
                ),
            )
        })?;
        let stream = EventStream::of_log(reader, self.options.keep_alive);
        Ok(event_stream::response(ResponseBody::Stream(Box::new(stream))))
    }

    async fn open(
        &self,
        session: Option<Opened>,
        assumed: ProtocolVersion,
        principal: S::Principal,
    ) -> Result<Response<ResponseBody>, Rejection> {
        let shared = &self.core.shared;
        let owner: Box<[u8]> = principal.owner().into();
        let slot = self.slot(&owner)?;
        let version = session.as_ref().map_or(assumed, |opened| opened.version);
        let (kind, inbox) = match session {
            None => (Kind::Legacy, None),
            Some(Opened { key, .. }) => {
                let inbox = shared.relay.register(&key.stream()).await.map_err(|error| {
                    tracing::warn!(%error, "stream refused");
                    Rejection::unavailable("Streams cannot be opened at the moment; try again later")
                })?;
                (Kind::Session(key, shared.sessions.clone()), Some(inbox))
            }
        };
        let (out, messages) = queue::channel(self.options.queue);
        let feed = Feed {
            listener: shared.notifier.listen(),
            interests: Interests::legacy(&self.core.capabilities, version),
            kind,
            version,
            owner,
            out,
            shutdown: shared.shutdown.clone(),
            _slot: slot,
        };
        tokio::spawn(feed.run(principal, inbox));
        Ok(event_stream::long_lived(EventStream::open(messages, self.options.keep_alive)))
    }

    /// DELETE: ends a session, wherever its stream is.
    pub(super) async fn delete(
        &self,
        head: &Parts,
        principal: S::Principal,
    ) -> Result<Response<ResponseBody>, Rejection> {
        if self.core.shared.seal.is_none() {
            return Err(Rejection::method_not_allowed());
        }
        let Some(Opened { key, .. }) = self.session(head, &principal)? else {
            return Err(Rejection::new(
                StatusCode::BAD_REQUEST,
                RpcError::invalid_request("DELETE ends a session, and this request names none"),
            ));
        };
        let shared = &self.core.shared;
        shared.sessions.end(key);
        shared.replay.forget(key);
        let message = RelayedMessage::new(principal, bytes::Bytes::from_static(SESSION_ENDED));
        // A session without an open stream has nobody to tell.
        let _ = shared.relay.deliver(&key.stream(), message).await;
        Ok(empty(StatusCode::NO_CONTENT))
    }

    /// `subscriptions/listen`: a stream that begins with what it will tell of.
    pub(super) async fn listen(
        &self,
        id: RequestId,
        filter: Filter,
        cx: RequestContext<S::Principal>,
    ) -> Response<ResponseBody> {
        let shared = &self.core.shared;
        let (principal, version) = (cx.principal().clone(), cx.protocol_version());
        let owner: Box<[u8]> = principal.owner().into();
        let slot = match self.slot(&owner) {
            Ok(slot) => slot,
            Err(rejection) => return json(answer(Some(&id), &rejection)),
        };
        // Before the filter is looked at, so that nothing that happens meanwhile is missed.
        let listener = shared.notifier.listen();
        let interests = self.core.admitted(&cx, filter).await;
        let (out, messages) = queue::channel(self.options.queue);
        // v26.sub.ack: the queue is empty, so there is room.
        let _ = out.try_send(acknowledgement(&id, &interests));
        let kind = Kind::Subscription(id, self.core.identity().to_owned());
        let shutdown = shared.shutdown.clone();
        let feed = Feed { listener, interests, kind, version, owner, out, shutdown, _slot: slot };
        tokio::spawn(feed.run(principal, None));
        event_stream::long_lived(EventStream::open(messages, self.options.keep_alive))
    }

    fn slot(&self, owner: &[u8]) -> Result<StreamSlot, Rejection> {
        self.core.shared.slots.take(owner).map_err(no_slot)
    }
}

/// Why a stream is not opened.
pub(in crate::transport) fn no_slot(full: NoSlot) -> Rejection {
    tracing::warn!(reason = ?full, "stream refused");
    match full {
        NoSlot::Full => Rejection::unavailable("Too many streams are open; try again later"),
        NoSlot::OwnerFull => Rejection::new(
            StatusCode::TOO_MANY_REQUESTS,
            RpcError::invalid_request("This client holds as many streams as it may; close one first"),
        ),
    }
}
