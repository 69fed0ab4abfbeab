//! HTTP+SSE (2024-11-05): a GET opens a stream, POSTs beside it carry messages, answers come over the stream.
//!
//! The transport is older than the revisions that are spoken over it: current clients negotiate up to 2025-11-25 here,
//! so it is a connection of the legacy era. The stream's id in the endpoint's URI is unguessable, and a POST must
//! come from the principal that opened the stream besides: an id alone is worth nothing.
//! Spec: <https://modelcontextprotocol.io/specification/2024-11-05/basic/transports#http-with-sse>.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, USER_AGENT};
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body::Body;
use sealing::Entropy;
use tokio_util::sync::CancellationToken;

use super::connection::{Busy, Connection, Dialect, Sender};
use super::event_stream::{self, EventStream, ResponseBody};
use super::exchange::{json, refusal};
use super::options::HttpOptions;
use super::relay::{Delivery, Inbox, Receipt, RelayedMessage, StreamId, too_large};
use super::slots::StreamSlot;
use super::streamable_http::no_slot;
use super::{body, guard, queue};
use crate::dispatch::Core;
use crate::era::Rejection;
use crate::error::RpcError;
use crate::headers::{PROTOCOL_VERSION, single};
use crate::jsonrpc::{self, Incoming, Malformed};
use crate::notifier::Listener;
use crate::principal::Principal as _;
use crate::runtime::Runtime;
use crate::server::Server;
use crate::version::{Era, ProtocolVersion};

/// What the transport is told.
#[derive(Clone, Debug)]
pub struct HttpSseOptions {
    http: HttpOptions,
    message_path: Box<str>,
}

impl HttpSseOptions {
    /// Messages are POSTed to `message_path`, an absolute path such as `/sse/message`.
    pub fn new(message_path: impl Into<String>, http: HttpOptions) -> Self {
        Self { http, message_path: message_path.into().into() }
    }
}

/// The two endpoints. Cheap to clone; also a `tower::Service` that tells them apart by their method.
pub struct HttpSse<S: Server> {
    inner: Arc<Inner<S>>,
}

struct Inner<S: Server> {
    core: Arc<Core<S>>,
    options: HttpSseOptions,
    entropy: Arc<dyn Entropy>,
}

impl<S: Server> HttpSse<S> {
    /// Endpoints for this server, whose streams live in this process. `entropy` makes the streams' ids.
    #[must_use]
    pub fn new(server: Arc<S>, options: HttpSseOptions, entropy: Arc<dyn Entropy>) -> Self {
        Self::with_runtime(&Runtime::new(server), options, entropy)
    }

    /// Endpoints for this runtime, which other transports may share.
    #[must_use]
    pub fn with_runtime(runtime: &Runtime<S>, options: HttpSseOptions, entropy: Arc<dyn Entropy>) -> Self {
        Self { inner: Arc::new(Inner { core: Arc::clone(&runtime.core), options, entropy }) }
    }

    /// Opens a stream for `principal`: the answer of `GET`. It ends when the client closes it.
    pub async fn open<B>(&self, request: Request<B>, principal: S::Principal) -> Response<ResponseBody> {
        // As `StreamableHttp::handle` does: an HTTP server keeps room for this future with every connection.
        match Box::pin(self.inner.open(request, principal)).await {
            Ok(stream) => event_stream::long_lived(stream),
            Err(rejection) => reject(&rejection),
        }
    }

    /// Takes a message of `principal`: the answer of `POST`. 202 means that the stream's holder has it.
    pub async fn message<B: Body>(
        &self,
        request: Request<B>,
        principal: S::Principal,
    ) -> Response<ResponseBody> {
        match Box::pin(self.inner.message(request, principal)).await {
            Ok(()) => accepted(),
            Err(rejection) => reject(&rejection),
        }
    }

    /// [`open`](Self::open) for GET, [`message`](Self::message) for POST, 405 for anything else.
    pub async fn handle<B: Body>(
        &self,
        request: Request<B>,
        principal: S::Principal,
    ) -> Response<ResponseBody> {
        match *request.method() {
            Method::GET => self.open(request, principal).await,
            Method::POST => self.message(request, principal).await,
            _ => {
                let error = RpcError::invalid_request("Method not allowed: GET the stream, POST messages");
                let mut response = reject(&Rejection::new(StatusCode::METHOD_NOT_ALLOWED, error));
                response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, POST"));
                response
            }
        }
    }
}

impl<S: Server> Inner<S> {
    async fn open<B>(&self, request: Request<B>, principal: S::Principal) -> Result<EventStream, Rejection> {
        self.guard(&request.into_parts().0)?;
        let shared = &self.core.shared;
        let owner: Box<[u8]> = principal.owner().into();
        let slot = shared.slots.take(&owner).map_err(no_slot)?;
        let stream = StreamId::new(URL_SAFE_NO_PAD.encode(sealing::entropy::random::<24>(&*self.entropy)));
        let inbox = shared.relay.register(&stream).await.map_err(|error| {
            tracing::warn!(%error, "stream refused");
            Rejection::unavailable("Streams cannot be opened at the moment; try again later")
        })?;
        let (out, messages) = queue::channel(self.options.http.queue);
        let connection = Connection::new(
            Arc::clone(&self.core),
            Dialect::Legacy,
            ProtocolVersion::V2024_11_05,
            owner,
            out.clone(),
            self.options.http.call_timeout,
        );
        let (listener, shutdown) = (shared.notifier.listen(), shared.shutdown.clone());
        let holder = Holder { connection, principal, inbox, listener, shutdown, out, _slot: slot };
        tokio::spawn(holder.run());
        // v24.sse.endpoint-event: the first event says where to POST.
        let path = &self.options.message_path;
        let first = format!("event: endpoint\ndata: {path}?sessionId={}\n\n", stream.as_str());
        Ok(EventStream::open_named(first.into(), messages, self.options.http.keep_alive))
    }

    async fn message<B: Body>(&self, request: Request<B>, principal: S::Principal) -> Result<(), Rejection> {
        let (head, body) = request.into_parts();
        self.guard(&head)?;
        let stream = session_id(head.uri.query()).ok_or_else(|| {
            Rejection::invalid_request("The query lacks the sessionId of the stream's endpoint event")
        })?;
        check_version(&head)?;
        let body = body::read(&head.headers, body, self.options.http.max_body).await?;
        // Looked at here, so that the one who POSTed nonsense hears of it.
        if let Incoming::Batch(_) =
            jsonrpc::parse(&body).map_err(|Malformed { error, .. }| bad_request(error))?
        {
            return Err(Rejection::invalid_request("A batch cannot be posted to a stream"));
        }
        let user_agent = head.headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).map(Arc::from);
        let message = RelayedMessage { principal, body, user_agent };
        match self.core.shared.relay.deliver(&stream, message).await {
            Receipt::Accepted => Ok(()),
            Receipt::UnknownStream => Err(Rejection::new(
                StatusCode::NOT_FOUND,
                RpcError::invalid_request("No such stream: open a new one and initialize again"),
            )),
            Receipt::Busy => Err(Rejection::new(
                StatusCode::TOO_MANY_REQUESTS,
                RpcError::invalid_request("Too many requests are under way on this stream"),
            )),
            Receipt::TooLarge => Err(too_large()),
            Receipt::Unreachable => Err(Rejection::unavailable("The stream cannot be reached at the moment")),
        }
    }

    fn guard(&self, head: &Parts) -> Result<(), Rejection> {
        guard::check(&self.options.http, &head.uri, &head.headers)
            .map_err(|error| Rejection::new(StatusCode::FORBIDDEN, error))
    }
}

/// The side of a stream that works: takes deliveries until the client closes the stream.
struct Holder<S: Server> {
    connection: Arc<Connection<S>>,
    principal: S::Principal,
    inbox: Inbox<S::Principal>,
    listener: Listener,
    shutdown: CancellationToken,
    out: queue::Sender,
    _slot: StreamSlot,
}

impl<S: Server> Holder<S> {
    async fn run(mut self) {
        loop {
            tokio::select! {
                // v24.shutdown: the reader has gone.
                () = self.out.closed() => return,
                () = self.connection.stuck() => return,
                () = self.shutdown.cancelled() => return,
                heard = self.listener.next() => self.connection.announce(&heard).await,
                delivery = self.inbox.next() => match delivery {
                    Some(delivery) => self.take(delivery),
                    None => return,
                },
            }
        }
    }

    fn take(&self, delivery: Delivery<S::Principal>) {
        let RelayedMessage { principal, body, user_agent, .. } = delivery.message();
        let Some(principal) = S::Principal::join(&self.principal, principal) else {
            tracing::warn!("a message to a stream of somebody else was refused");
            return delivery.acknowledge(Receipt::UnknownStream);
        };
        let sender = Sender { principal, user_agent: user_agent.clone() };
        let receipt = match jsonrpc::parse(body) {
            Ok(Incoming::Single(message)) => match self.connection.receive(message, body, sender) {
                Ok(()) => Receipt::Accepted,
                Err(Busy) => Receipt::Busy,
            },
            // It was a message when it was posted.
            Ok(Incoming::Batch(_)) | Err(_) => Receipt::UnknownStream,
        };
        delivery.acknowledge(receipt);
    }
}

/// The `sessionId` of the query. Ours need no percent-decoding, so what is encoded is not ours.
fn session_id(query: Option<&str>) -> Option<StreamId> {
    query?.split('&').find_map(|pair| pair.strip_prefix("sessionId=")).map(StreamId::new)
}

/// Clients since 2025-06-18 send the negotiated version; a version that is none of this transport's is refused.
fn check_version(head: &Parts) -> Result<(), Rejection> {
    let Some(version) = single(&head.headers, &PROTOCOL_VERSION).map_err(bad_request)? else {
        return Ok(());
    };
    if ProtocolVersion::from_name(version).is_some_and(|version| version.era() == Era::Legacy) {
        return Ok(());
    }
    Err(Rejection::invalid_request("This MCP-Protocol-Version is not spoken over HTTP+SSE"))
}

fn bad_request(error: RpcError) -> Rejection {
    Rejection::new(StatusCode::BAD_REQUEST, error)
}

fn reject(rejection: &Rejection) -> Response<ResponseBody> {
    json(refusal(None, rejection, ProtocolVersion::LATEST_LEGACY))
}

/// What the SDKs answer, and what some clients read.
fn accepted() -> Response<ResponseBody> {
    let mut response = Response::new(ResponseBody::full(Bytes::from_static(b"Accepted")));
    *response.status_mut() = StatusCode::ACCEPTED;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response
}

impl<S: Server> Clone for HttpSse<S> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

impl<S: Server> fmt::Debug for HttpSse<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpSse").field("options", &self.inner.options).finish_non_exhaustive()
    }
}

/// The principal is taken from the request's extensions, where an authentication layer puts it. A request without one
/// was let through unauthenticated by mistake: 500. A server whose principal is `()` needs no such layer.
impl<S, B> tower::Service<Request<B>> for HttpSse<S>
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
                Some(principal) => endpoint.handle(request, principal).await,
                None => super::without_principal(),
            })
        })
    }
}
