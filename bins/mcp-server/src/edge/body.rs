//! Bodies with an end in time: a request's must arrive within its time, a stream's answer ends when the server stops or
//! the token that opened it expires.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use mcp_protocol::ResponseBody;
use tokio::time::{Instant, Sleep};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use crate::edge::streams::StreamPermit;

/// A request's body that must be there as a whole at a certain time, however it trickles.
#[derive(Debug)]
pub struct InTime {
    body: Incoming,
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
    /// Gives `body` until `deadline`.
    #[must_use]
    pub fn new(body: Incoming, deadline: Instant) -> Self {
        Self { body, deadline, alarm: None }
    }
}

impl Body for InTime {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            // The last frame may come late: then there is nothing left to wait for.
            return Poll::Ready(frame.map(|frame| match frame {
                Ok(_) if !self.body.is_end_stream() && Instant::now() >= self.deadline => {
                    Err(BodyError::TooSlow)
                }
                frame => frame.map_err(BodyError::from),
            }));
        }
        let deadline = self.deadline;
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
        alarm.as_mut().poll(cx).map(|()| Some(Err(BodyError::TooSlow)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A long-lived stream: what must be known to end it.
#[derive(Clone, Debug)]
pub struct LongLived {
    /// When the token that opened the stream expires.
    pub until: Instant,
    /// Its place among the streams of its connection.
    pub permit: Arc<StreamPermit>,
}

/// Passes a stream on until it must end. To the client it looks like any end of a stream, after which it connects again.
#[derive(Debug)]
pub struct UntilEnded {
    body: ResponseBody,
    stopped: Pin<Box<WaitForCancellationFutureOwned>>,
    expired: Pin<Box<Sleep>>,
    _permit: Arc<StreamPermit>,
}

impl UntilEnded {
    /// Ends `body` when `stop` is cancelled or its token expires.
    #[must_use]
    pub fn new(body: ResponseBody, stop: CancellationToken, long_lived: LongLived) -> Self {
        Self {
            body,
            stopped: Box::pin(stop.cancelled_owned()),
            expired: Box::pin(tokio::time::sleep_until(long_lived.until)),
            _permit: long_lived.permit,
        }
    }
}

impl Body for UntilEnded {
    type Data = Bytes;
    type Error = <ResponseBody as Body>::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if self.stopped.as_mut().poll(cx).is_ready() || self.expired.as_mut().poll(cx).is_ready() {
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
