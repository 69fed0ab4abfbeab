//! A body that ends when the server stops.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use mcp_protocol::ResponseBody;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// Passes a stream on until the server stops, and ends it then: to the client it looks like any end of the stream,
/// after which it connects again.
#[derive(Debug)]
pub struct UntilStopped {
    body: ResponseBody,
    stopped: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl UntilStopped {
    /// Ends `body` when `stop` is cancelled.
    #[must_use]
    pub fn new(body: ResponseBody, stop: CancellationToken) -> Self {
        Self { body, stopped: Box::pin(stop.cancelled_owned()) }
    }
}

impl Body for UntilStopped {
    type Data = Bytes;
    type Error = <ResponseBody as Body>::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if self.stopped.as_mut().poll(cx).is_ready() {
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
