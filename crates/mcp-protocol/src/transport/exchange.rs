//! One POST and its answer: JSON when nothing is said before it, a stream of events the moment something is.
//!
//! The call runs inside the request's own future, without a task of its own, until it says something: only then
//! is the kind of the answer decided (`v26.errors.once-sse`), and the call moves to a task. What a disconnect does
//! differs by era: modern calls are dropped, legacy calls run on (`v26.cancel.disconnect`, `v0326.disconnect`).

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::event_stream::{self, EventStream, ResponseBody, event, put_event};
use super::queue;
use super::replay::{EventLog, Replay};
use super::reverse::Release;
use super::session::SessionKey;
use crate::context::Outbox;
use crate::dispatch::Answer;
use crate::era::Rejection;
use crate::jsonrpc::RequestId;
use crate::version::ProtocolVersion;

/// A call that was begun.
pub(super) type Call = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// What becomes of a call whose client has gone.
pub(super) enum OnDisconnect {
    /// It is dropped, and its token cancelled.
    Cancel(CancellationToken),
    /// It runs to its end in a task of its own.
    RunOn,
}

/// The queue of what a call says before its answer, made when somebody asks for it.
pub(super) struct Notifications {
    capacity: usize,
    channel: Option<(Outbox, queue::Receiver)>,
}

impl Notifications {
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity, channel: None }
    }

    /// A sender into the queue.
    pub(super) fn outbox(&mut self) -> Outbox {
        let (outbox, _) = self.channel.get_or_insert_with(|| queue::channel(self.capacity));
        outbox.clone()
    }

    /// The queue's other end, if anybody can send.
    pub(super) fn into_receiver(self) -> Option<queue::Receiver> {
        self.channel.map(|(_, receiver)| receiver)
    }
}

/// A call with what is needed to answer it.
pub(super) struct Exchange {
    pub(super) call: Call,
    /// What the call says before its answer; none when it cannot say anything.
    pub(super) notifications: Option<queue::Receiver>,
    pub(super) on_disconnect: OnDisconnect,
    pub(super) keep_alive: Duration,
    /// The client would rather have events, or takes nothing else.
    pub(super) prefers_events: bool,
    /// Where the events are kept for a client that comes back; none for a call that cannot be resumed.
    pub(super) log: Option<Resumable>,
}

/// A call whose stream can be resumed.
pub(super) struct Resumable {
    pub(super) replay: Arc<Replay>,
    pub(super) session: SessionKey,
    /// Whether the stream opens with an event that only has an id.
    pub(super) primed: bool,
    /// The call's wish that its connection be closed for a while, where its revision knows that.
    pub(super) release: Option<Arc<Release>>,
}

impl Exchange {
    /// Runs the call and answers.
    pub(super) async fn respond(self) -> Response<ResponseBody> {
        let Self { call, notifications, on_disconnect, keep_alive, prefers_events, log } = self;
        let mut running = Running { call: Some(call), on_disconnect };
        let Some(mut notifications) = notifications else {
            return alone((&mut running).await, prefers_events);
        };
        let first = tokio::select! {
            biased;
            answer = &mut running => {
                return match notifications.try_recv() {
                    // A status of its own says more than what was said before it.
                    _ if answer.status != StatusCode::OK => json(answer),
                    Ok(first) => all_events(&first, &mut notifications, answer),
                    Err(_) => alone(answer, prefers_events),
                };
            }
            Some(first) = notifications.recv() => first,
        };
        let stream = match log {
            Some(log) => log.follow(running, first, notifications, keep_alive),
            None => follow(running, &first, notifications, keep_alive),
        };
        event_stream::response(ResponseBody::Stream(Box::new(stream)))
    }
}

/// Moves the call to a task, and streams what it says.
fn follow(
    running: Running,
    first: &Bytes,
    notifications: queue::Receiver,
    keep_alive: Duration,
) -> EventStream {
    let cancels = matches!(running.on_disconnect, OnDisconnect::Cancel(_));
    let (send, answer) = oneshot::channel();
    let task = tokio::spawn(async move {
        // A failed send means that the reader has gone; a legacy call came to its end all the same.
        let _ = send.send(running.await.body.into_bytes());
    });
    let work = cancels.then(|| task.abort_handle());
    EventStream::for_request(event(first), notifications, answer, keep_alive, work)
}

impl Resumable {
    /// Moves the call to a task that writes what it says into a log, and streams the log.
    fn follow(
        self,
        mut running: Running,
        first: Bytes,
        mut notifications: queue::Receiver,
        keep_alive: Duration,
    ) -> EventStream {
        let Self { replay, session, primed, release } = self;
        let log = replay.open(session, primed);
        let reader = EventLog::reader(&log, 0);
        tokio::spawn(async move {
            let keep = |message: Bytes| {
                if !message.is_empty() {
                    log.push(message);
                }
                if let Some(retry) = release.as_ref().and_then(|release| release.take()) {
                    log.supersede(Some(retry));
                }
            };
            keep(first);
            let answer = loop {
                tokio::select! {
                    biased;
                    answer = &mut running => break answer,
                    Some(message) = notifications.recv() => keep(message),
                }
            };
            while let Ok(message) = notifications.try_recv() {
                keep(message);
            }
            keep(answer.body.into_bytes());
            log.end();
        });
        EventStream::of_log(reader, keep_alive)
    }
}

/// A call on its way. Dropped before its end, it does what its era wants.
struct Running {
    call: Option<Call>,
    on_disconnect: OnDisconnect,
}

impl Future for Running {
    type Output = Answer;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(call) = &mut self.call else { return Poll::Pending };
        let answer = std::task::ready!(call.as_mut().poll(cx));
        self.call = None;
        Poll::Ready(answer)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let Some(call) = self.call.take() else { return };
        match &self.on_disconnect {
            OnDisconnect::Cancel(token) => token.cancel(),
            OnDisconnect::RunOn => match Handle::try_current() {
                Ok(runtime) => drop(runtime.spawn(call)),
                Err(_) => tracing::warn!("a call ended with the runtime that it ran in"),
            },
        }
    }
}

/// An answer before which nothing was said.
fn alone(answer: Answer, prefers_events: bool) -> Response<ResponseBody> {
    if !prefers_events || answer.status != StatusCode::OK {
        return json(answer);
    }
    let mut response = event_stream::response(ResponseBody::full(event(&answer.body.into_bytes())));
    if let Some(headers) = answer.headers {
        response.headers_mut().extend(*headers);
    }
    response
}

/// The answer to a request that is refused; one that may pass in a moment says so.
pub(super) fn refusal(id: Option<&RequestId>, rejection: &Rejection, version: ProtocolVersion) -> Answer {
    let answer = Answer::error(id, &rejection.error, version).with_status(rejection.status);
    match rejection.status {
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
            answer.with_header(RETRY_AFTER, HeaderValue::from_static("1"))
        }
        _ => answer,
    }
}

/// A JSON answer; nothing but a status when there is nothing to say.
pub(super) fn json(answer: Answer) -> Response<ResponseBody> {
    let Answer { body, status, headers, .. } = answer;
    if body.is_empty() {
        return empty(status);
    }
    let mut response = Response::new(ResponseBody::of(body));
    *response.status_mut() = status;
    *response.headers_mut() = match headers {
        Some(headers) => *headers,
        // With room for those of the layers around.
        None => HeaderMap::with_capacity(8),
    };
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// An answer without a body.
pub(super) fn empty(status: StatusCode) -> Response<ResponseBody> {
    let mut response = Response::new(ResponseBody::full(Bytes::new()));
    *response.status_mut() = status;
    response
}

/// Everything that was said, and the answer, at once.
fn all_events(first: &Bytes, rest: &mut queue::Receiver, answer: Answer) -> Response<ResponseBody> {
    let mut buffer = BytesMut::new();
    put_event(&mut buffer, first);
    while let Ok(next) = rest.try_recv() {
        put_event(&mut buffer, &next);
    }
    put_event(&mut buffer, &answer.body.into_bytes());
    event_stream::response(ResponseBody::full(buffer.freeze()))
}
