//! HTTP answers: their heads, their bodies, and streams, which are read while the input goes on.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{Response, StatusCode};
use http_body_util::BodyExt as _;
use mcp_protocol::ResponseBody;
use serde_json::Value;
use tokio::task::AbortHandle;

use super::message::{self, Said, Sent};
use super::sse::{self, Event};
use super::world::{AT_ONCE, within};

/// An answer whose head is in order.
pub(crate) enum Answer {
    /// No body.
    Empty(StatusCode),
    /// A body of JSON, or the text that HTTP+SSE accepts a message with.
    Whole(StatusCode, Bytes),
    Stream(Stream),
}

/// Refusals before the body was read: they cannot know its id.
const EARLY: [StatusCode; 5] = [
    StatusCode::FORBIDDEN,
    StatusCode::METHOD_NOT_ALLOWED,
    StatusCode::NOT_ACCEPTABLE,
    StatusCode::PAYLOAD_TOO_LARGE,
    StatusCode::UNSUPPORTED_MEDIA_TYPE,
];

impl Answer {
    /// Checks the head, and begins to read; of a stream that the client is deaf to, only the first frame.
    pub(crate) async fn of(response: Response<ResponseBody>, deaf: bool) -> Self {
        let (head, body) = response.into_parts();
        let (status, headers) = (head.status, &head.headers);
        assert!(!status.is_server_error(), "{status}");
        assert!(status.is_success() || status.is_client_error(), "{status}");
        let has = |name| headers.contains_key(name);
        assert!(has(ALLOW) == (status == StatusCode::METHOD_NOT_ALLOWED), "{head:?}");
        assert!(has(RETRY_AFTER) == (status == StatusCode::TOO_MANY_REQUESTS), "{head:?}");
        assert!(headers.values().all(|value| value.to_str().is_ok()), "{head:?}");
        match headers.get(CONTENT_TYPE).map(|kind| kind.to_str().unwrap()) {
            Some("text/event-stream") => {
                assert!(status == StatusCode::OK && has(CACHE_CONTROL), "{head:?}");
                Self::Stream(Stream::follow(body, deaf))
            }
            Some("application/json" | "text/plain") => {
                let body = within(AT_ONCE, "a body", body.collect()).await.unwrap().to_bytes();
                assert!(!body.is_empty(), "{head:?}");
                Self::Whole(status, body)
            }
            None => {
                let body = within(AT_ONCE, "a body", body.collect()).await.unwrap().to_bytes();
                assert!(body.is_empty() && matches!(status.as_u16(), 202 | 204), "{head:?}");
                Self::Empty(status)
            }
            Some(other) => panic!("no media type of ours: {other}"),
        }
    }
}

/// Checks a refusal: a JSON-RPC error, with the id of what was sent unless nobody had read that yet.
pub(crate) fn check_refusal(status: StatusCode, body: &[u8], sent: Option<&Sent>) {
    let message: Value = serde_json::from_slice(body).unwrap();
    assert_eq!(message::check(&message), Said::Error, "{message}");
    match sent {
        Some(sent) if !EARLY.contains(&status) || message.get("id").is_some() => {
            message::check_answer(&message, sent);
        }
        _ => assert_eq!(message.get("id"), None, "an id that nobody sent: {message}"),
    }
}

/// A stream, read by a task of its own. Dropped, its reader goes.
pub(crate) struct Stream {
    read: Arc<Mutex<Read>>,
    reader: AbortHandle,
    pub(crate) deaf: bool,
    /// Where the last event with an id stood.
    position: Option<(u64, u64)>,
    pub(crate) last: Option<Event>,
}

#[derive(Default)]
struct Read {
    frames: Vec<Bytes>,
    ended: bool,
}

impl Stream {
    fn follow(mut body: ResponseBody, deaf: bool) -> Self {
        let read = Arc::new(Mutex::new(Read::default()));
        let reading = Arc::clone(&read);
        let reader = tokio::spawn(async move {
            while let Some(frame) = body.frame().await {
                let frame = frame.unwrap().into_data().unwrap();
                lock(&reading).frames.push(frame);
                if deaf {
                    // With the body in its hands.
                    std::future::pending::<()>().await;
                }
            }
            lock(&reading).ended = true;
        });
        Self { read, reader: reader.abort_handle(), deaf, position: None, last: None }
    }

    /// The events that came since the last time.
    pub(crate) fn take(&mut self) -> Vec<Event> {
        let frames = std::mem::take(&mut lock(&self.read).frames);
        let events: Vec<Event> = frames.iter().flat_map(|frame| sse::events(frame)).collect();
        for event in &events {
            if let Some(id) = &event.id {
                let position = sse::position(id);
                let follows =
                    self.position.is_none_or(|(log, sequence)| log == position.0 && sequence < position.1);
                assert!(follows, "ids count up: {:?}, then {position:?}", self.position);
                self.position = Some(position);
            } else if self.position.is_some() {
                assert!(event.message().is_none(), "a message without an id among others: {event:?}");
            }
            self.last = Some(event.clone());
        }
        events
    }

    pub(crate) fn has_ended(&self) -> bool {
        lock(&self.read).ended
    }

    /// Whether the server closed it for a while, and said when to come back.
    pub(crate) fn is_released(&self) -> bool {
        self.last.as_ref().is_some_and(|last| last.retry.is_some() && last.data.is_none())
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

fn lock(read: &Mutex<Read>) -> std::sync::MutexGuard<'_, Read> {
    read.lock().unwrap_or_else(PoisonError::into_inner)
}
