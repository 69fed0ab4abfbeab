//! Streamable HTTP: one endpoint, every revision since 2025-03-26, no sessions.
//!
//! The order of checks is host and origin, method, media type and size, JSON, era, headers, version, method and
//! capability, arguments; the first that fails answers, always with a JSON-RPC body, so that a modern client never
//! mistakes the server for a legacy one (`dual.body-4xx`). Authentication comes before all of them and is the
//! embedder's: a [`Server::Principal`] is what it hands over.
//!
//! Nothing is kept between requests. `initialize` mints no session id, and one that a client sends is ignored; so
//! `notifications/cancelled` has nothing to be matched with here and is accepted without effect (ids are only unique
//! within a session, and another conversation of the same caller may use the same one). There is no stream to GET:
//! 405, which every client accepts.

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
use super::exchange::{Exchange, empty, json};
use super::options::HttpOptions;
use super::{body, guard};
use crate::dispatch::{Answer, Core};
use crate::envelope::claim;
use crate::era::{BodyKind, Claim, Classified, Rejection, RequestHead, classify};
use crate::error::RpcError;
use crate::headers::{PROTOCOL_VERSION, single};
use crate::jsonrpc::{self, Incoming, Malformed, Message, RequestId};
use crate::params::Params;
use crate::server::Server;
use crate::version::ProtocolVersion;

mod legacy;
mod modern;

/// The endpoint. Cheap to clone; also a `tower::Service` that takes the principal from the request's extensions.
pub struct StreamableHttp<S> {
    inner: Arc<Inner<S>>,
}

struct Inner<S> {
    core: Arc<Core<S>>,
    options: HttpOptions,
}

impl<S: Server> StreamableHttp<S> {
    /// An endpoint for this server.
    #[must_use]
    pub fn new(server: Arc<S>, options: HttpOptions) -> Self {
        Self { inner: Arc::new(Inner { core: Arc::new(Core::new(server)), options }) }
    }

    /// Answers a request of `principal`. Path and query are not looked at: mount it where you like.
    pub async fn handle<B: Body>(
        &self,
        request: Request<B>,
        principal: S::Principal,
    ) -> Response<ResponseBody> {
        let (head, body) = request.into_parts();
        match self.receive(&head, body).await {
            Ok(body) => self.inner.answer(&head, &body, principal).await,
            Err(rejection) => reject(&rejection),
        }
    }

    /// The refusal of a request whose `Host` or `Origin` is not allowed; `None` lets it pass. For embedders who
    /// refuse before they authenticate: [`Self::handle`] checks the same.
    #[must_use]
    pub fn refuse_foreign(&self, uri: &Uri, headers: &HeaderMap) -> Option<Response<ResponseBody>> {
        let error = guard::check(&self.inner.options, uri, headers).err()?;
        Some(reject(&Rejection::new(StatusCode::FORBIDDEN, error)))
    }

    /// Everything that can be refused before the body is read, and the body.
    async fn receive<B: Body>(&self, head: &Parts, body: B) -> Result<Bytes, Rejection> {
        let options = &self.inner.options;
        guard::check(options, &head.uri, &head.headers)
            .map_err(|error| Rejection::new(StatusCode::FORBIDDEN, error))?;
        if head.method != Method::POST {
            classify(&request_head(head)?, BodyKind::None)?;
        }
        body::read(&head.headers, body, options.max_body).await
    }
}

impl<S: Server> Inner<S> {
    async fn answer(&self, head: &Parts, body: &Bytes, principal: S::Principal) -> Response<ResponseBody> {
        let decided = match jsonrpc::parse(body) {
            Ok(Incoming::Single(message)) => self.single(head, message, principal),
            Ok(Incoming::Batch(messages)) => self.batch(head, messages, &principal),
            Err(Malformed { id, error }) => Err(bad_request(id.as_ref(), &error)),
        };
        match decided {
            Ok(Decided::Exchange(exchange)) => exchange.respond().await,
            Ok(Decided::Accepted) => empty(StatusCode::ACCEPTED),
            Err(answer) => json(answer),
        }
    }

    /// Decides one message. What is refused here still has its choice of status.
    fn single(&self, head: &Parts, message: Message<'_>, principal: S::Principal) -> Result<Decided, Answer> {
        let (id, method, params) = match message {
            Message::Request { id, method, params } => (Some(id), method, params),
            Message::Notification { method, params } => (None, method, params),
            Message::Response => {
                let classified = request_head(head).and_then(|head| classify(&head, BodyKind::Response));
                return classified.map(|_| Decided::Accepted).map_err(|rejection| answer(None, &rejection));
            }
        };
        let parsed = Params::parse(params);
        let claim = parsed.as_ref().map_or(Claim::None, |params| claim(&params.meta));
        let classified = request_head(head)
            .and_then(|head| classify(&head, BodyKind::Call { method: &method, claim }))
            .map_err(|rejection| answer(id.as_ref(), &rejection))?;
        let call = IncomingCall { head, method: &method, params: parsed, principal };
        match (classified, id) {
            (Classified::Modern, Some(id)) => self.modern(id, call).map(Decided::Exchange),
            (Classified::Modern, None) => modern::notification(&call).map(|()| Decided::Accepted),
            (Classified::Legacy(version), Some(id)) => self.legacy(id, call, version).map(Decided::Exchange),
            (Classified::Legacy(_), None) => {
                call.params.map(|_| Decided::Accepted).map_err(|error| bad_request(None, &error))
            }
            (Classified::LegacyBatch(_) | Classified::LegacyResponse, _) => Ok(Decided::Accepted),
        }
    }
}

/// What is to be done.
enum Decided {
    /// A call and its answer.
    Exchange(Exchange),
    /// Nothing more: 202.
    Accepted,
}

/// A request or notification on its way into an era.
struct IncomingCall<'a, P> {
    head: &'a Parts,
    method: &'a str,
    params: Result<Params<'a>, RpcError>,
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
    Answer::error(id, &rejection.error, ProtocolVersion::LATEST).with_status(rejection.status)
}

fn reject(rejection: &Rejection) -> Response<ResponseBody> {
    let mut response = json(answer(None, rejection));
    if rejection.status == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
    }
    response
}

fn user_agent(headers: &HeaderMap) -> Option<Arc<str>> {
    headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).map(Arc::from)
}

/// What kinds of answer the client takes. It should say both; one that says less is served what it takes.
#[derive(Clone, Copy)]
struct Accepts {
    json: bool,
    events: bool,
}

impl Accepts {
    fn read(headers: &HeaderMap) -> Self {
        let mut accepts = Self { json: false, events: false };
        for value in headers.get_all(http::header::ACCEPT) {
            for range in value.to_str().unwrap_or_default().split(',') {
                match range.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
                    "*/*" => accepts = Self { json: true, events: true },
                    "application/json" | "application/*" => accepts.json = true,
                    "text/event-stream" | "text/*" => accepts.events = true,
                    _ => {}
                }
            }
        }
        // Says nothing that we have: it may still read JSON. Says nothing at all: it takes both.
        if !accepts.json && !accepts.events {
            return Self { json: true, events: !headers.contains_key(http::header::ACCEPT) };
        }
        accepts
    }

    fn events_only(self) -> bool {
        self.events && !self.json
    }
}

impl<S> Clone for StreamableHttp<S> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

impl<S> fmt::Debug for StreamableHttp<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamableHttp").field("options", &self.inner.options).finish_non_exhaustive()
    }
}

/// The principal is taken from the request's extensions, where an authentication layer puts it. A request without one
/// was let through unauthenticated by mistake: 500.
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
        let principal = request.extensions_mut().remove::<S::Principal>();
        Box::pin(async move {
            Ok(match principal {
                Some(principal) => endpoint.handle(request, principal).await,
                None => super::without_principal(),
            })
        })
    }
}
