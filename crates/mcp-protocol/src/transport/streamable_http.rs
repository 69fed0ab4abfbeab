//! Streamable HTTP: one endpoint, every revision since 2025-03-26, no sessions.
//!
//! The order of checks is host and origin, method, media type and size, JSON, era, headers, version, method and
//! capability, arguments; the first that fails answers, always with a JSON-RPC body, so that a modern client never
//! mistakes the server for a legacy one (`dual.body-4xx`). Authentication comes before all of them and is the
//! embedder's: a [`Server::Principal`] is what it hands over.
//!
//! # Sessions
//! Nothing has to be kept between requests. `initialize` mints a session id only for a legacy client that needs one
//! (it can be asked things, or may subscribe to resources) and only when the runtime has a [`Seal`](crate::Seal); the id is
//! sealed data that any instance reads. A request without an id is served statelessly: there `notifications/cancelled` is
//! accepted without effect (ids are only unique within a session), and a log level is not remembered.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{ALLOW, USER_AGENT};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri};
use http_body::Body;

use super::event_stream::ResponseBody;
use super::exchange::{Exchange, empty, json, refusal};
use super::options::HttpOptions;
use super::{body, guard};
use crate::dispatch::{Answer, Core};
use crate::envelope::claim;
use crate::era::{BodyKind, Claim, Classified, Rejection, RequestHead, classify};
use crate::error::RpcError;
use crate::headers::{PROTOCOL_VERSION, single};
use crate::jsonrpc::{self, Incoming, Malformed, Message, RequestId};
use crate::params::Params;
use crate::principal::Principal as _;
use crate::runtime::Runtime;
use crate::server::Server;
use crate::version::ProtocolVersion;

mod accepts;
mod batch;
mod legacy;
mod modern;
mod session;
mod stream;

use accepts::Accepts;
use session::Opened;
pub(super) use stream::no_slot;

/// The endpoint. Cheap to clone; also a `tower::Service` that takes the principal from the request's extensions.
pub struct StreamableHttp<S: Server> {
    inner: Arc<Inner<S>>,
}

struct Inner<S: Server> {
    core: Arc<Core<S>>,
    options: HttpOptions,
}

impl<S: Server> StreamableHttp<S> {
    /// An endpoint for this server.
    #[must_use]
    pub fn new(server: Arc<S>, options: HttpOptions) -> Self {
        Self::with_runtime(&Runtime::new(server), options)
    }

    /// An endpoint for this runtime, which other transports may share.
    #[must_use]
    pub fn with_runtime(runtime: &Runtime<S>, options: HttpOptions) -> Self {
        Self { inner: Arc::new(Inner { core: Arc::clone(&runtime.core), options }) }
    }

    /// Answers a request of `principal`. Path and query are not looked at: mount it where you like.
    pub async fn handle<B: Body>(
        &self,
        request: Request<B>,
        principal: S::Principal,
    ) -> Response<ResponseBody> {
        // An HTTP server keeps room for this future with every connection that it holds, idle ones and streams too.
        Box::pin(self.inner.handle(request, principal)).await
    }

    /// The refusal of a request whose `Host` or `Origin` is not allowed; `None` lets it pass. For embedders who
    /// refuse before they authenticate: [`Self::handle`] checks the same.
    #[must_use]
    pub fn refuse_foreign(&self, uri: &Uri, headers: &HeaderMap) -> Option<Response<ResponseBody>> {
        let error = guard::check(&self.inner.options, uri, headers).err()?;
        Some(reject(&Rejection::new(StatusCode::FORBIDDEN, error)))
    }
}

impl<S: Server> Inner<S> {
    async fn handle<B: Body>(&self, request: Request<B>, principal: S::Principal) -> Response<ResponseBody> {
        let (head, body) = request.into_parts();
        if let Err(error) = guard::check(&self.options, &head.uri, &head.headers) {
            return reject(&Rejection::new(StatusCode::FORBIDDEN, error));
        }
        if head.method != Method::POST {
            return self.bodiless(&head, principal).await.unwrap_or_else(|rejection| reject(&rejection));
        }
        match body::read(&head.headers, body, self.options.max_body).await {
            Ok(body) => self.answer(&head, &body, principal).await,
            Err(rejection) => reject(&rejection),
        }
    }

    /// GET and DELETE, which only the legacy revisions have.
    async fn bodiless(
        &self,
        head: &Parts,
        principal: S::Principal,
    ) -> Result<Response<ResponseBody>, Rejection> {
        match classify(&request_head(head)?, BodyKind::None)? {
            Classified::LegacyStream(version) => self.get(head, version, principal).await,
            Classified::LegacyEnd => self.delete(head, principal).await,
            _ => Err(Rejection::method_not_allowed()),
        }
    }

    async fn answer(&self, head: &Parts, body: &Bytes, principal: S::Principal) -> Response<ResponseBody> {
        let decided = match jsonrpc::parse(body) {
            Ok(Incoming::Single(message)) => self.single(head, body, message, principal).await,
            Ok(Incoming::Batch(messages)) => self.batch(head, body, messages, &principal).await,
            Err(Malformed { id, error }) => Err(bad_request(id.as_ref(), &error)),
        };
        match decided {
            Ok(Decided::Exchange(exchange)) => exchange.respond().await,
            Ok(Decided::Response(response)) => response,
            Ok(Decided::Accepted) => empty(StatusCode::ACCEPTED),
            Err(answer) => json(answer),
        }
    }

    /// Decides one message. What is refused here still has its choice of status.
    async fn single(
        &self,
        head: &Parts,
        body: &Bytes,
        message: Message<'_>,
        principal: S::Principal,
    ) -> Result<Decided, Answer> {
        let (id, method, params) = match message {
            Message::Request { id, method, params } => (Some(id), method, params),
            Message::Notification { method, params } => (None, method, params),
            Message::Response(response) => {
                let taken = self.response(head, body, &response, principal).await;
                return Ok(match taken {
                    Ok(()) => Decided::Accepted,
                    Err(rejection) => Decided::Response(reject(&rejection)),
                });
            }
        };
        let parsed = Params::parse(params);
        let claim = parsed.as_ref().map_or(Claim::None, |params| claim(&params.meta));
        let classified = request_head(head)
            .and_then(|head| classify(&head, BodyKind::Call { method: &method, claim }))
            .map_err(|rejection| answer(id.as_ref(), &rejection))?;
        let raw = params.map(|raw| body.slice_ref(raw.get().as_bytes())).unwrap_or_default();
        let call = IncomingCall { head, method: &method, params: parsed, raw, principal };
        match (classified, id) {
            (Classified::Modern, Some(id)) => self.modern(id, call).await,
            (Classified::Modern, None) => modern::notification(&call).map(|()| Decided::Accepted),
            (Classified::Legacy(version), Some(id)) => {
                let session = self.session_of(&call, &method);
                let session = session.map_err(|rejection| answer(Some(&id), &rejection))?;
                self.legacy(id, call, version, session.as_ref()).map(Decided::Exchange)
            }
            (Classified::Legacy(_), None) => self.legacy_notification(call).await.map(|()| Decided::Accepted),
            (_, id) => Err(bad_request(id.as_ref(), &RpcError::invalid_request("This is no request"))),
        }
    }

    /// `initialize` opens a session, and belongs to none.
    fn session_of(
        &self,
        call: &IncomingCall<'_, S::Principal>,
        method: &str,
    ) -> Result<Option<Opened>, Rejection> {
        if method == "initialize" { Ok(None) } else { self.session(call.head, &call.principal) }
    }

    /// An answer of the client's to a question of ours.
    async fn response(
        &self,
        head: &Parts,
        body: &Bytes,
        response: &jsonrpc::Response<'_>,
        principal: S::Principal,
    ) -> Result<(), Rejection> {
        classify(&request_head(head)?, BodyKind::Response)?;
        let session = self.session(head, &principal)?;
        self.answered(session.as_ref(), response, body, principal).await
    }
}

/// What is to be done.
enum Decided {
    /// A call and its answer.
    Exchange(Exchange),
    /// This is the answer.
    Response(Response<ResponseBody>),
    /// Nothing more: 202.
    Accepted,
}

/// A request or notification on its way into an era.
struct IncomingCall<'a, P> {
    head: &'a Parts,
    method: &'a str,
    params: Result<Params<'a>, RpcError>,
    /// The text of `params`, which a handler that is interrupted needs once more.
    raw: Bytes,
    principal: P,
}

/// # Errors
/// 400 when the version header is given twice or is not text.
fn request_head(head: &Parts) -> Result<RequestHead<'_>, Rejection> {
    let protocol_version = single(&head.headers, &PROTOCOL_VERSION)
        .map_err(|error| Rejection::new(StatusCode::BAD_REQUEST, error))?;
    Ok(RequestHead { method: &head.method, protocol_version })
}

fn bad_request(id: Option<&RequestId>, error: &RpcError) -> Answer {
    Answer::error(id, error, ProtocolVersion::LATEST).with_status(StatusCode::BAD_REQUEST)
}

fn answer(id: Option<&RequestId>, rejection: &Rejection) -> Answer {
    refusal(id, rejection, ProtocolVersion::LATEST)
}

fn reject(rejection: &Rejection) -> Response<ResponseBody> {
    let answer = answer(None, rejection);
    json(match rejection.status {
        StatusCode::METHOD_NOT_ALLOWED => answer.with_header(ALLOW, HeaderValue::from_static("POST")),
        _ => answer,
    })
}

fn user_agent(headers: &HeaderMap) -> Option<Arc<str>> {
    headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).map(Arc::from)
}

impl<S: Server> Clone for StreamableHttp<S> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

impl<S: Server> fmt::Debug for StreamableHttp<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamableHttp").field("options", &self.inner.options).finish_non_exhaustive()
    }
}

/// The principal is taken from the request's extensions, where an authentication layer puts it. A request without one
/// was let through unauthenticated by mistake: 500. A server whose principal is `()` needs no such layer.
impl<S, B> tower::Service<Request<B>> for StreamableHttp<S>
where
    S: Server,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Send,
{
    type Response = Response<ResponseBody>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let endpoint = self.clone();
        let principal = request.extensions_mut().remove().or_else(S::Principal::anonymous);
        Box::pin(async move {
            Ok(match principal {
                Some(principal) => endpoint.inner.handle(request, principal).await,
                None => super::without_principal(),
            })
        })
    }
}
