//! Server-sent events, and [`ResponseBody`], the body of every answer.
//!
//! An event is one JSON-RPC message. Between events, after a silence, goes a comment line, so that proxies keep the
//! connection and a dead one is noticed. Spec: <https://html.spec.whatwg.org/multipage/server-sent-events.html>.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{BufMut as _, Bytes, BytesMut};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;
use tokio::time::{Instant, Sleep, sleep};

use super::queue;
use super::replay::LogReader;
use crate::payload::Payload;

/// The body of an answer: whole, or a stream of events.
#[derive(Debug)]
pub enum ResponseBody {
    /// Known from the start; also the empty one.
    Full(Full<Bytes>),
    /// Known, too, in pieces that are sent one after the other.
    Pieces(Pieces),
    /// Events, as they happen.
    Stream(Box<EventStream>),
}

/// What is left of a body in pieces.
#[derive(Debug)]
pub struct Pieces(Box<[Bytes; 3]>);

impl Pieces {
    /// The next that has something.
    fn next(&mut self) -> Option<Bytes> {
        self.0.iter_mut().find(|piece| !piece.is_empty()).map(std::mem::take)
    }

    fn left(&self) -> usize {
        self.0.iter().map(Bytes::len).sum()
    }
}

impl ResponseBody {
    /// A body known from the start. Embedders whose other routes share the answer's type need it, too.
    #[must_use]
    pub fn full(bytes: impl Into<Bytes>) -> Self {
        Self::Full(Full::new(bytes.into()))
    }

    /// An answer's.
    pub(super) fn of(payload: Payload) -> Self {
        match payload {
            Payload::Whole(bytes) => Self::full(bytes),
            Payload::Spliced(pieces) => Self::Pieces(Pieces(pieces)),
        }
    }

    /// Whether this is a stream of events.
    #[must_use]
    pub fn is_stream(&self) -> bool {
        matches!(self, Self::Stream(_))
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        match self.get_mut() {
            Self::Full(body) => Pin::new(body).poll_frame(cx),
            Self::Pieces(pieces) => Poll::Ready(pieces.next().map(|piece| Ok(Frame::data(piece)))),
            Self::Stream(stream) => {
                stream.poll_event(cx).map(|event| event.map(|bytes| Ok(Frame::data(bytes))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Full(body) => body.is_end_stream(),
            Self::Pieces(pieces) => pieces.left() == 0,
            Self::Stream(stream) => stream.ended,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Full(body) => body.size_hint(),
            Self::Pieces(pieces) => SizeHint::with_exact(pieces.left() as u64),
            Self::Stream(_) => SizeHint::default(),
        }
    }
}

/// A running stream of events. Dropping it tells the sending side that nobody reads any more.
pub struct EventStream {
    first: Option<Bytes>,
    source: Source,
    keep_alive: Duration,
    silence: Pin<Box<Sleep>>,
    /// Stops the work behind the stream when its reader goes (`v26.cancel.disconnect`).
    work: Option<AbortHandle>,
    ended: bool,
}

/// Where a stream's events come from.
enum Source {
    /// The notifications of one request, then its answer, then the end.
    Request(queue::Receiver, oneshot::Receiver<Bytes>),
    /// Messages until their sender is dropped.
    Open {
        messages: queue::Receiver,
        /// Each event has its type spelled out.
        named: bool,
    },
    /// A call's log, which another connection may have begun to read.
    Log(LogReader),
    /// Nothing more.
    Ended,
}

impl EventStream {
    /// A stream for one request: its notifications, then its answer, then the end.
    pub(super) fn for_request(
        first: Bytes,
        messages: queue::Receiver,
        answer: oneshot::Receiver<Bytes>,
        keep_alive: Duration,
        work: Option<AbortHandle>,
    ) -> Self {
        Self::new(Some(first), Source::Request(messages, answer), keep_alive, work)
    }

    /// A stream of HTTP+SSE, which carries messages until its sender is dropped. `first` is a whole event.
    pub(super) fn open_named(first: Bytes, messages: queue::Receiver, keep_alive: Duration) -> Self {
        Self::new(Some(first), Source::Open { messages, named: true }, keep_alive, None)
    }

    /// A stream that carries messages until its sender is dropped.
    pub(super) fn open(messages: queue::Receiver, keep_alive: Duration) -> Self {
        Self::new(None, Source::Open { messages, named: false }, keep_alive, None)
    }

    /// A stream that follows a log.
    pub(super) fn of_log(reader: LogReader, keep_alive: Duration) -> Self {
        Self::new(None, Source::Log(reader), keep_alive, None)
    }

    fn new(first: Option<Bytes>, source: Source, keep_alive: Duration, work: Option<AbortHandle>) -> Self {
        Self { first, source, keep_alive, silence: Box::pin(sleep(keep_alive)), work, ended: false }
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let event = match self.poll_message(cx) {
            Poll::Ready(event) => event,
            Poll::Pending => {
                ready!(self.silence.as_mut().poll(cx));
                Some(Bytes::from_static(b": keep-alive\n\n"))
            }
        };
        self.ended = event.is_none();
        self.silence.as_mut().reset(Instant::now() + self.keep_alive);
        Poll::Ready(event)
    }

    fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(first));
        }
        let (messages, answer) = match &mut self.source {
            Source::Request(messages, answer) => (messages, answer),
            Source::Open { messages, named } => {
                let frame = if *named { named_event } else { event };
                return messages.poll_recv(cx).map(|message| message.map(|message| frame(&message)));
            }
            Source::Log(reader) => return reader.poll_event(cx),
            Source::Ended => return Poll::Ready(None),
        };
        if let Poll::Ready(Some(message)) = messages.poll_recv(cx) {
            return Poll::Ready(Some(event(&message)));
        }
        // The answer is sent after the last notification: once it is here, what is queued comes before it.
        let answer = ready!(Pin::new(answer).poll(cx)).ok();
        let mut tail = BytesMut::new();
        while let Ok(message) = messages.try_recv() {
            put_event(&mut tail, &message);
        }
        self.source = Source::Ended;
        self.work = None;
        if let Some(answer) = answer {
            put_event(&mut tail, &answer);
        }
        Poll::Ready((!tail.is_empty()).then(|| tail.freeze()))
    }
}

impl Drop for EventStream {
    fn drop(&mut self) {
        if let Some(work) = self.work.take() {
            work.abort();
        }
    }
}

impl fmt::Debug for EventStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream").field("ended", &self.ended).finish_non_exhaustive()
    }
}

/// One message as an event. JSON text that we write has no line breaks, so one `data:` line holds it.
pub(super) fn event(message: &[u8]) -> Bytes {
    let mut buffer = BytesMut::with_capacity(message.len() + 8);
    put_event(&mut buffer, message);
    buffer.freeze()
}

/// The same with its type spelled out, which clients of 2024-11-05 may look at.
fn named_event(message: &[u8]) -> Bytes {
    let mut buffer = BytesMut::with_capacity(message.len() + 24);
    buffer.put_slice(b"event: message\n");
    put_event(&mut buffer, message);
    buffer.freeze()
}

/// Appends an event; nothing for an empty message, which is none.
pub(super) fn put_event(buffer: &mut BytesMut, message: &[u8]) {
    if message.is_empty() {
        return;
    }
    buffer.reserve(message.len() + 8);
    buffer.put_slice(b"data: ");
    buffer.put_slice(message);
    buffer.put_slice(b"\n\n");
}

/// An answer of events (`http.sse.noproxybuf`).
pub(super) fn response(body: ResponseBody) -> Response<ResponseBody> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::OK;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, no-transform"));
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}

/// Marks, in the extensions of an answer, a stream that stays open as long as its client likes: that of HTTP+SSE, of GET
/// and of `subscriptions/listen`. For an edge that ends streams when their authorization does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LongLived;

/// An answer of events that stays open.
pub(super) fn long_lived(stream: EventStream) -> Response<ResponseBody> {
    let mut response = response(ResponseBody::Stream(Box::new(stream)));
    response.extensions_mut().insert(LongLived);
    response
}

#[cfg(test)]
pub(super) mod tests;
