//! Bodies with an end in time: a request's must arrive within its time, a stream's answer ends when the token that opened
//! it expires.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep};

/// A request's body that must be there as a whole at a certain time, however it trickles.
#[derive(Debug)]
pub struct InTime {
    body: Option<Incoming>,
    unread: Unread,
    deadline: Instant,
    /// Made when the body is first waited for: most are there with their head.
    alarm: Option<Pin<Box<Sleep>>>,
}

/// Why an [`InTime`] body broke off.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// It took too long.
    #[error("the body did not arrive in time")]
    TooSlow,
    /// The connection failed.
    #[error("the body could not be read")]
    Connection(#[from] hyper::Error),
}

impl InTime {
    /// Gives `body` until `deadline`. Where it is dropped before its end, the rest goes to `unread`.
    #[must_use]
    pub fn new(body: Incoming, deadline: Instant, unread: &Unread) -> Self {
        Self { body: Some(body), unread: unread.clone(), deadline, alarm: None }
    }
}

impl Drop for InTime {
    fn drop(&mut self) {
        *self.unread.0.lock().unwrap_or_else(PoisonError::into_inner) = self.body.take();
    }
}

/// What a request's answer was given without: the rest of its body.
///
/// A connection cannot go on before that is read, and hyper then closes it without a word. Clients that have sent the next
/// request on it by then, as one does that was told to sign in, see a server that hangs up.
#[derive(Clone, Debug, Default)]
pub struct Unread(Arc<Mutex<Option<Incoming>>>);

/// Longest wait for the rest of a body that nobody wants.
const UNREAD_TIME: Duration = Duration::from_secs(1);
/// Most of it that is read.
const UNREAD_BYTES: usize = 64 * 1024;

impl Unread {
    /// Reads the rest, and says whether the connection can go on.
    pub async fn discard(self) -> bool {
        let rest = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut rest) = rest else { return true };
        let to_its_end = async {
            let mut read = 0;
            while let Some(frame) = rest.frame().await {
                let Ok(frame) = frame else { return false };
                read += frame.data_ref().map_or(0, Bytes::len);
                if read > UNREAD_BYTES {
                    return false;
                }
            }
            true
        };
        tokio::time::timeout(UNREAD_TIME, to_its_end).await.unwrap_or(false)
    }
}

impl Body for InTime {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let deadline = self.deadline;
        let Some(body) = self.body.as_mut() else { return Poll::Ready(None) };
        if let Poll::Ready(frame) = Pin::new(&mut *body).poll_frame(cx) {
            // The last frame may come late: then there is nothing left to wait for.
            return Poll::Ready(frame.map(|frame| match frame {
                Ok(_) if !body.is_end_stream() && Instant::now() >= deadline => Err(BodyError::TooSlow),
                frame => frame.map_err(BodyError::from),
            }));
        }
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
        alarm.as_mut().poll(cx).map(|()| Some(Err(BodyError::TooSlow)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

/// In the extensions of an answer that is a long-lived stream: when the token that opened it expires.
#[derive(Clone, Copy, Debug)]
pub struct ExpiresAt(pub Instant);

/// Passes a stream on until it must end. To the client it looks like any end of a stream, after which it connects again.
#[derive(Debug)]
pub struct UntilExpired<B> {
    body: B,
    expired: Pin<Box<Sleep>>,
}

impl<B> UntilExpired<B> {
    /// Ends `body` at that time.
    #[must_use]
    pub fn new(body: B, ExpiresAt(at): ExpiresAt) -> Self {
        Self { body, expired: Box::pin(tokio::time::sleep_until(at)) }
    }
}

impl<B: Body + Unpin> Body for UntilExpired<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        if self.expired.as_mut().poll(cx).is_ready() {
            return Poll::Ready(None);
        }
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

/// Holds something until the body is sent, or given up.
#[derive(Debug)]
pub struct Held<B, T> {
    body: B,
    _held: T,
}

impl<B, T> Held<B, T> {
    /// Holds `held` with `body`.
    #[must_use]
    pub fn new(body: B, held: T) -> Self {
        Self { body, _held: held }
    }
}

impl<B: Body + Unpin, T: Unpin> Body for Held<B, T> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::time::Duration;

    use futures_util::stream;
    use http_body_util::{BodyExt as _, StreamBody};
    use tokio::time::sleep;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_stream_ends_when_its_token_expires_and_not_before() {
        let events = stream::unfold((), async |()| {
            sleep(Duration::from_secs(600)).await;
            Some((Ok::<_, Infallible>(Frame::data(Bytes::from_static(b"data: {}\n\n"))), ()))
        });
        let started = Instant::now();
        let expires = ExpiresAt(started + Duration::from_secs(3_600));
        let mut body = UntilExpired::new(StreamBody::new(Box::pin(events)), expires);
        let mut events = 0;
        while body.frame().await.is_some() {
            events += 1;
        }
        assert_eq!((events, started.elapsed().as_secs()), (5, 3_600));
    }
}
