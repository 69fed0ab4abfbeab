//! [`MessageRelay`]: how a message reaches the instance that holds its stream.
//!
//! A stream lives in one process; the POSTs that belong to it may arrive at another. A relay hands a message over and
//! reports what the holder said: only then is the POST answered 202. [`LocalRelay`] serves one process; an embedder
//! with several brings its own, and seals what it sends.

use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::StatusCode;
use tokio::sync::{mpsc, oneshot};

use crate::era::Rejection;
use crate::error::RpcError;

/// Messages that wait at one stream's holder.
const INBOX: usize = 16;

/// The unguessable name of an open stream. Whoever knows it still has to be its principal.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct StreamId(Arc<str>);

impl StreamId {
    /// From its text.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// It is half of a credential, so it does not print.
impl fmt::Debug for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StreamId(..)")
    }
}

/// A POSTed message on its way to the stream's holder.
#[derive(Clone)]
#[non_exhaustive]
pub struct RelayedMessage<P> {
    /// Who POSTed it, freshly authenticated.
    pub principal: P,
    /// The body, which is one JSON-RPC message.
    pub body: Bytes,
    /// `User-Agent` of the POST.
    pub user_agent: Option<Arc<str>>,
}

impl<P> RelayedMessage<P> {
    /// A message of `principal`.
    pub fn new(principal: P, body: Bytes) -> Self {
        Self { principal, body, user_agent: None }
    }
}

/// The body may hold personal data.
impl<P> fmt::Debug for RelayedMessage<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RelayedMessage").field("bytes", &self.body.len()).finish_non_exhaustive()
    }
}

/// What the holder of a stream said to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Receipt {
    /// Taken: its answer will come over the stream.
    Accepted,
    /// No such stream, or not this principal's: the two look the same.
    UnknownStream,
    /// Too much is under way on this stream.
    Busy,
    /// Larger than the relay takes to another process: nothing was sent.
    TooLarge,
    /// The holder cannot be reached, or did not answer in time: the message may or may not have been taken.
    Unreachable,
}

/// The answer to a POST that is too large for the relay.
pub(super) fn too_large() -> Rejection {
    Rejection::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        RpcError::invalid_request(
            "This message is too large for the way to the instance that holds its stream: send less at once",
        ),
    )
}

/// A message at its stream's holder, waiting to be acknowledged.
///
/// Behind a pointer, because a channel keeps room for dozens of them from the start, and every open stream has one.
#[derive(Debug)]
pub struct Delivery<P>(Box<Delivered<P>>);

#[derive(Debug)]
struct Delivered<P> {
    message: RelayedMessage<P>,
    receipt: oneshot::Sender<Receipt>,
}

impl<P> Delivery<P> {
    /// A delivery, and where its receipt will appear.
    pub fn new(message: RelayedMessage<P>) -> (Self, oneshot::Receiver<Receipt>) {
        let (send, receipt) = oneshot::channel();
        (Self(Box::new(Delivered { message, receipt: send })), receipt)
    }

    /// What was POSTed.
    #[must_use]
    pub fn message(&self) -> &RelayedMessage<P> {
        &self.0.message
    }

    /// Says what became of it.
    pub fn acknowledge(self, receipt: Receipt) {
        // The POST may be gone already: then nobody wants to know.
        let _ = self.0.receipt.send(receipt);
    }
}

/// The holder's end: what arrives for its stream. Dropping it takes the stream off the relay.
pub struct Inbox<P> {
    deliveries: mpsc::Receiver<Delivery<P>>,
    _registration: Box<dyn Any + Send + Sync>,
}

impl<P> Inbox<P> {
    /// An inbox that reads from `deliveries` and takes the stream off the relay when `registration` is dropped.
    pub fn new(deliveries: mpsc::Receiver<Delivery<P>>, registration: impl Send + Sync + 'static) -> Self {
        Self { deliveries, _registration: Box::new(registration) }
    }

    /// The next delivery; none when the relay has closed, or a newer holder took the stream. The transports read this;
    /// to others it shows whether a relay of theirs works.
    pub async fn next(&mut self) -> Option<Delivery<P>> {
        self.deliveries.recv().await
    }
}

impl<P> fmt::Debug for Inbox<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbox").finish_non_exhaustive()
    }
}

/// The relay cannot take a stream now.
#[derive(Debug, thiserror::Error)]
#[error("the stream could not be registered")]
pub struct RelayError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Takes messages to the streams that they belong to. Every queue of it is bounded.
pub trait MessageRelay<P>: Send + Sync + 'static {
    /// Announces that this process holds `stream`. When another holder of the same stream was announced before, in
    /// whichever process, its inbox closes: the newest one counts.
    ///
    /// # Errors
    /// When the stream cannot be announced; it is not opened then.
    fn register<'a>(&'a self, stream: &'a StreamId) -> BoxFuture<'a, Result<Inbox<P>, RelayError>>;

    /// Hands a message over, and says what the holder said.
    fn deliver<'a>(&'a self, stream: &'a StreamId, message: RelayedMessage<P>) -> BoxFuture<'a, Receipt>;
}

/// A relay within one process.
pub struct LocalRelay<P: 'static> {
    streams: Arc<Streams<P>>,
}

type Streams<P> = Mutex<HashMap<StreamId, mpsc::Sender<Delivery<P>>>>;

impl<P> LocalRelay<P> {
    /// A relay without streams.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl<P> Default for LocalRelay<P> {
    fn default() -> Self {
        Self { streams: Arc::default() }
    }
}

impl<P> fmt::Debug for LocalRelay<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalRelay").finish_non_exhaustive()
    }
}

/// Takes a stream off the map when its holder lets go of it, unless a newer stream took its place.
struct Registration<P: 'static> {
    streams: Arc<Streams<P>>,
    stream: StreamId,
    sender: mpsc::WeakSender<Delivery<P>>,
}

impl<P> Drop for Registration<P> {
    fn drop(&mut self) {
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        let mine = self.sender.upgrade();
        let current = streams.get(&self.stream);
        if mine.zip(current).is_some_and(|(mine, current)| mine.same_channel(current)) {
            streams.remove(&self.stream);
        }
    }
}

impl<P: Send + 'static> MessageRelay<P> for LocalRelay<P> {
    fn register<'a>(&'a self, stream: &'a StreamId) -> BoxFuture<'a, Result<Inbox<P>, RelayError>> {
        let (send, deliveries) = mpsc::channel(INBOX);
        let (streams, sender) = (Arc::clone(&self.streams), send.downgrade());
        // A holder that was there before sees its inbox close.
        self.streams.lock().unwrap_or_else(PoisonError::into_inner).insert(stream.clone(), send);
        let registration = Registration { streams, stream: stream.clone(), sender };
        Box::pin(std::future::ready(Ok(Inbox::new(deliveries, registration))))
    }

    fn deliver<'a>(&'a self, stream: &'a StreamId, message: RelayedMessage<P>) -> BoxFuture<'a, Receipt> {
        let holder = self.streams.lock().unwrap_or_else(PoisonError::into_inner).get(stream).cloned();
        Box::pin(async move {
            let Some(holder) = holder else { return Receipt::UnknownStream };
            let (delivery, receipt) = Delivery::new(message);
            match holder.try_send(delivery) {
                // The holder went away between taking the message and reading it.
                Ok(()) => receipt.await.unwrap_or(Receipt::UnknownStream),
                Err(mpsc::error::TrySendError::Full(_)) => Receipt::Busy,
                Err(mpsc::error::TrySendError::Closed(_)) => Receipt::UnknownStream,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_an_inbox_is_a_pointer() {
        assert_eq!(size_of::<Delivery<[u8; 256]>>(), size_of::<usize>());
    }
}
