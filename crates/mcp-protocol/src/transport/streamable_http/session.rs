//! Sessions over Streamable HTTP: opening the id that a request carries, minting one, and the way to one of its calls.

use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;

use super::Inner;
use crate::capabilities::ClientCapabilities;
use crate::context::Outbox;
use crate::dispatch::{Core, Initialize};
use crate::era::Rejection;
use crate::error::RpcError;
use crate::headers::{SESSION_ID, single};
use crate::info::Implementation;
use crate::jsonrpc::{self, Incoming, Message, RequestId, Response};
use crate::principal::Principal;
use crate::server::Server;
use crate::transport::relay::{Inbox, Receipt, RelayedMessage, too_large};
use crate::transport::reverse::{OpenRoute, Pending, Release, Reverse};
use crate::transport::session::{Session, SessionKey};
use crate::version::ProtocolVersion;

/// The session that a request belongs to.
pub(super) struct Opened {
    pub(super) key: SessionKey,
    pub(super) version: ProtocolVersion,
    pub(super) capabilities: Arc<ClientCapabilities>,
    pub(super) client_info: Option<Arc<Implementation>>,
}

impl<S: Server> Inner<S> {
    /// The session that the request names, if it names one. Without keys there are no sessions, and an id means nothing.
    ///
    /// # Errors
    /// 404 for one that is not this party's, cannot be read, or has ended (`v0326.session.404`).
    pub(super) fn session(
        &self,
        head: &Parts,
        principal: &S::Principal,
    ) -> Result<Option<Opened>, Rejection> {
        let Some(seal) = &self.core.shared.seal else { return Ok(None) };
        let id = single(&head.headers, &SESSION_ID)
            .map_err(|error| Rejection::new(StatusCode::BAD_REQUEST, error))?;
        let Some(id) = id else { return Ok(None) };
        let key = SessionKey::of(id);
        let opened: Option<Session> = seal.open_session(&principal.owner(), id);
        let session =
            opened.filter(|_| !self.core.shared.sessions.has_ended(key)).ok_or_else(unknown_session)?;
        Ok(Some(Opened {
            key,
            version: session.version(),
            capabilities: Arc::new(session.capabilities),
            client_info: session.client_info.map(Arc::new),
        }))
    }

    /// A session for a client that needs one: because it can be asked things, or may subscribe to resources.
    pub(super) fn mint(&self, request: &Initialize, principal: &S::Principal) -> Option<HeaderValue> {
        let shared = &self.core.shared;
        let seal = shared.seal.as_ref()?;
        let needed = shared.always_session
            || request.capabilities.can_be_asked()
            || self.core.capabilities.resource_subscriptions;
        if !needed {
            return None;
        }
        let session = Session::new(request.negotiate(), &request.capabilities, request.client_info.as_ref());
        HeaderValue::try_from(seal.seal_session(&principal.owner(), &session)?).ok()
    }

    /// The way from a call to its client and back. The call is found under its session and id, once it has asked.
    pub(super) fn reverse(
        &self,
        session: SessionKey,
        id: &RequestId,
        principal: &S::Principal,
        outbox: Outbox,
        lifetime: &CallLifetime,
    ) -> Reverse {
        let name = call_name(id);
        let stream = session.call(&name);
        let pending = Arc::new(Pending::default());
        let (relay, waiting) = (Arc::clone(&self.core.shared.relay), Arc::clone(&pending));
        let (principal, ended) = (principal.clone(), lifetime.ended.clone());
        let cancellation = lifetime.cancellation.clone();
        let route: OpenRoute = Box::new(move || {
            let (relay, waiting, stream) = (Arc::clone(&relay), Arc::clone(&waiting), stream.clone());
            let (principal, ended) = (principal.clone(), ended.clone());
            let cancellation = cancellation.clone();
            Box::pin(async move {
                let inbox = relay.register(&stream).await.map_err(|error| {
                    tracing::warn!(%error, "a call cannot be reached by its client's answers");
                    RpcError::internal("The client cannot be asked at the moment; try again later")
                })?;
                tokio::spawn(receive(inbox, waiting, principal, cancellation, ended));
                Ok(())
            })
        });
        let release = lifetime.release.clone();
        Reverse::routed(outbox, pending, name, self.core.shared.ask_timeout, route, release)
    }

    /// Takes the client's answer to a question of ours to the call that asked.
    pub(super) async fn answered(
        &self,
        session: Option<&Opened>,
        response: &Response<'_>,
        body: &Bytes,
        principal: S::Principal,
    ) -> Result<(), Rejection> {
        let Some(&Opened { key, .. }) = session else {
            return Err(Rejection::invalid_request(
                "A response belongs to a session, and this request names none",
            ));
        };
        let Some(RequestId::Text(id)) = &response.id else {
            return Err(Rejection::invalid_request("This response answers nothing that was asked"));
        };
        let Some((_, call)) = id.split_once('~') else {
            return Err(Rejection::invalid_request("This response answers nothing that was asked"));
        };
        let message = RelayedMessage::new(principal, body.slice_ref(response.text.as_bytes()));
        match self.core.shared.relay.deliver(&key.call(call), message).await {
            Receipt::Accepted => Ok(()),
            Receipt::UnknownStream => Err(Rejection::new(
                StatusCode::NOT_FOUND,
                RpcError::invalid_request("Nothing waits for this response (any more)"),
            )),
            Receipt::Busy => Err(Rejection::new(
                StatusCode::TOO_MANY_REQUESTS,
                RpcError::invalid_request("Too many messages to this call at once; send it again"),
            )),
            Receipt::TooLarge => Err(too_large()),
            Receipt::Unreachable => {
                Err(Rejection::unavailable("The call cannot be reached at the moment; send it again"))
            }
        }
    }

    /// `notifications/cancelled`: stops the call if it is under way here, or tells the instance that it may be at.
    pub(super) async fn cancel(&self, session: &Opened, id: &RequestId, principal: S::Principal) {
        if self.core.shared.sessions.cancel(session.key, id) {
            return;
        }
        // Only calls that have asked something can be found elsewhere. What cannot be found is ignored (cancel.legacy).
        let stream = session.key.call(&call_name(id));
        let message =
            json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": id } });
        let message = RelayedMessage::new(principal, message.to_string().into());
        let _ = self.core.shared.relay.deliver(&stream, message).await;
    }
}

impl<S: Server> Core<S> {
    /// Remembers that a session follows a resource, or no longer does: here, and where its stream is.
    ///
    /// # Errors
    /// When the session follows as many as it may.
    pub(super) async fn follow(
        &self,
        session: SessionKey,
        uri: &str,
        subscribes: bool,
        principal: S::Principal,
    ) -> Result<(), RpcError> {
        let method = if subscribes {
            self.shared.sessions.subscribe(session, uri)?;
            "resources/subscribe"
        } else {
            self.shared.sessions.unsubscribe(session, uri);
            "resources/unsubscribe"
        };
        let message = json!({ "jsonrpc": "2.0", "id": 0, "method": method, "params": { "uri": uri } });
        let message = RelayedMessage::new(principal, message.to_string().into());
        // A session whose stream is not open yet will find what is remembered here.
        let _ = self.shared.relay.deliver(&session.stream(), message).await;
        Ok(())
    }
}

/// What ends, and what may end, one call of a session.
#[derive(Default)]
pub(super) struct CallLifetime {
    pub(super) cancellation: CancellationToken,
    pub(super) ended: CancellationToken,
    /// Of a call whose stream may be closed before its end.
    pub(super) release: Option<Arc<Release>>,
}

/// A call's name in its session: a digest, because an id may be any text of any length.
fn call_name(id: &RequestId) -> String {
    let (kind, text) = match id {
        RequestId::Integer(number) => ("i", number.to_string()),
        RequestId::Text(text) => ("t", text.to_string()),
    };
    let digest = Sha256::new().chain_update(kind).chain_update(text).finalize();
    digest[..12].iter().fold(String::with_capacity(24), |mut name, byte| {
        use std::fmt::Write as _;
        let _ = write!(name, "{byte:02x}");
        name
    })
}

/// Takes what other POSTs bring for a call, until the call has ended.
async fn receive<P: Principal>(
    mut inbox: Inbox<P>,
    pending: Arc<Pending>,
    principal: P,
    cancellation: CancellationToken,
    ended: CancellationToken,
) {
    loop {
        let delivery = tokio::select! {
            () = ended.cancelled() => return,
            delivery = inbox.next() => match delivery {
                Some(delivery) => delivery,
                None => return,
            },
        };
        let message = delivery.message();
        let known = P::join(&principal, &message.principal).is_some();
        let taken = known
            && match jsonrpc::parse(&message.body) {
                Ok(Incoming::Single(Message::Response(response))) => match &response.id {
                    Some(RequestId::Text(id)) => pending.answer(id, response.read()),
                    _ => false,
                },
                Ok(Incoming::Single(Message::Notification { .. })) => {
                    cancellation.cancel();
                    true
                }
                _ => false,
            };
        delivery.acknowledge(if taken { Receipt::Accepted } else { Receipt::UnknownStream });
    }
}

fn unknown_session() -> Rejection {
    Rejection::new(
        StatusCode::NOT_FOUND,
        RpcError::invalid_request(
            "No such session: it has ended, or was opened by somebody else. Initialize again",
        ),
    )
}
