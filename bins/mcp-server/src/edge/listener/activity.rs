//! What a connection is at, and since when: the one thing that its times, and the choice whom to close, are decided by.
//!
//! One alarm for each connection takes the place of one for each request and write: it is set to the earliest time at which
//! something may be overdue, and looks again when it goes off.

use std::future::poll_fn;
use std::io;
use std::io::IoSlice;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::task::AtomicWaker;
use hyper_util::server::graceful::GracefulConnection;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, sleep_until};

/// How long a connection may be at what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    /// Sending a request's head, from its first byte; for the first one, from the connection's start.
    pub(super) head: Duration,
    /// Nothing, between two requests.
    pub(super) idle: Duration,
    /// Taking no byte of what is written.
    pub(super) write: Duration,
}

/// Why a connection ended that its peer did not end.
#[derive(Debug, thiserror::Error)]
pub(super) enum Ended {
    /// It broke, or was none.
    #[error("the connection failed")]
    Failed(#[from] hyper::Error),
    /// A head did not arrive in time.
    #[error("the request's head did not arrive in time")]
    SlowHead,
    /// The peer takes no bytes.
    #[error("the peer takes no bytes")]
    SlowReader,
    /// It was at nothing, and the server needed its place or stops.
    #[error("the connection was closed")]
    Closed,
}

const HANDSHAKE: u8 = 0;
const HEAD: u8 = 1;
const IDLE: u8 = 2;

const STAYS: u8 = 0;
const LEAVES: u8 = 1;
const GOES: u8 = 2;

/// Never.
const NEVER: u64 = u64::MAX;

/// What one connection is at. Times are milliseconds since `start`.
#[derive(Debug)]
pub(super) struct Activity {
    start: Instant,
    /// Requests that are not answered yet.
    serving: AtomicUsize,
    phase: AtomicU8,
    since: AtomicU64,
    /// Since when the peer takes no bytes; [`NEVER`] while it does.
    blocked: AtomicU64,
    /// Whether it is HTTP/2, where frames arrive that are no request.
    multiplexed: AtomicBool,
    leaving: AtomicU8,
    waker: AtomicWaker,
}

impl Activity {
    /// A connection whose first bytes are waited for.
    pub(super) fn new(start: Instant, handshake: bool) -> Arc<Self> {
        let activity = Self {
            start,
            serving: AtomicUsize::new(0),
            phase: AtomicU8::new(if handshake { HANDSHAKE } else { HEAD }),
            since: AtomicU64::new(0),
            blocked: AtomicU64::new(NEVER),
            multiplexed: AtomicBool::new(false),
            leaving: AtomicU8::new(STAYS),
            waker: AtomicWaker::new(),
        };
        activity.touch();
        Arc::new(activity)
    }

    /// The handshake is done; HTTP begins.
    pub(super) fn greeted(&self, multiplexed: bool) {
        self.multiplexed.store(multiplexed, Ordering::Relaxed);
        self.touch();
        self.phase.store(if multiplexed { IDLE } else { HEAD }, Ordering::Relaxed);
    }

    /// A request is being answered until this is dropped.
    pub(super) fn serve(self: &Arc<Self>) -> Serving {
        self.serving.fetch_add(1, Ordering::Relaxed);
        self.phase.store(IDLE, Ordering::Relaxed);
        Serving(Arc::clone(self))
    }

    /// Since when nothing is being answered.
    pub(super) fn unserved_since(&self) -> Option<u64> {
        (self.serving.load(Ordering::Relaxed) == 0).then(|| self.since.load(Ordering::Relaxed))
    }

    pub(super) fn is_shaking_hands(&self) -> bool {
        self.phase.load(Ordering::Relaxed) == HANDSHAKE
    }

    /// Has it end when its open requests are answered.
    pub(super) fn leave(&self) {
        self.leaving.fetch_max(LEAVES, Ordering::Relaxed);
        self.waker.wake();
    }

    /// Has it end at once, unless a request has come meanwhile. `false`: it was to end already.
    pub(super) fn go(&self) -> bool {
        let stayed = self.leaving.fetch_max(GOES, Ordering::Relaxed) != GOES;
        self.waker.wake();
        stayed
    }

    pub(super) fn is_going(&self) -> bool {
        self.leaving.load(Ordering::Relaxed) == GOES
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(NEVER)
    }

    fn touch(&self) {
        self.since.store(self.now(), Ordering::Relaxed);
    }

    /// Bytes have arrived. While nothing is being answered, they are those of a head.
    fn received(&self) {
        let begins = self.phase.load(Ordering::Relaxed) == IDLE
            && !self.multiplexed.load(Ordering::Relaxed)
            && self.serving.load(Ordering::Relaxed) == 0;
        if begins {
            self.touch();
            self.phase.store(HEAD, Ordering::Relaxed);
        }
    }

    fn written<T>(&self, written: Poll<T>) -> Poll<T> {
        let blocked = self.blocked.load(Ordering::Relaxed);
        if written.is_ready() {
            if blocked != NEVER {
                self.blocked.store(NEVER, Ordering::Relaxed);
            }
        } else if blocked == NEVER {
            self.blocked.store(self.now(), Ordering::Relaxed);
        }
        written
    }

    /// When which of the two times is over.
    fn due(&self, times: &Times) -> (u64, Ended) {
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(NEVER);
        let reader = self.blocked.load(Ordering::Relaxed).saturating_add(millis(times.write));
        let (quiet, why) = match self.unserved_since() {
            None => (NEVER, Ended::Closed),
            Some(since) if self.phase.load(Ordering::Relaxed) == IDLE => {
                (since.saturating_add(millis(times.idle)), Ended::Closed)
            }
            Some(since) => (since.saturating_add(millis(times.head)), Ended::SlowHead),
        };
        if reader < quiet { (reader, Ended::SlowReader) } else { (quiet, why) }
    }
}

/// A request on its way to the end of its answer.
#[derive(Debug)]
pub(super) struct Serving(Arc<Activity>);

impl Drop for Serving {
    fn drop(&mut self) {
        if self.0.serving.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.0.touch();
        }
    }
}

/// Drives a connection until it ends, is overdue, or is to go.
pub(super) async fn watch<C>(connection: C, activity: &Activity, times: &Times) -> Result<(), Ended>
where
    C: GracefulConnection<Error = hyper::Error>,
{
    let mut connection = pin!(connection);
    let mut alarm = pin!(sleep_until(activity.start));
    let mut armed = NEVER;
    let mut leaving = false;
    poll_fn(|cx| {
        activity.waker.register(cx.waker());
        loop {
            let asked = activity.leaving.load(Ordering::Relaxed);
            if asked == GOES && activity.unserved_since().is_some() {
                return Poll::Ready(Err(Ended::Closed));
            }
            if asked != STAYS && !leaving {
                leaving = true;
                connection.as_mut().graceful_shutdown();
            }
            if let Poll::Ready(ended) = connection.as_mut().poll(cx) {
                return Poll::Ready(ended.map_err(Ended::from));
            }
            let (due, _) = activity.due(times);
            if due < armed {
                let at = activity.start.checked_add(Duration::from_millis(due));
                // Too far away to be a time.
                let Some(at) = at else { return Poll::Pending };
                alarm.as_mut().reset(at);
                armed = due;
            }
            if armed == NEVER {
                return Poll::Pending;
            }
            ready!(alarm.as_mut().poll(cx));
            armed = NEVER;
            let (due, why) = activity.due(times);
            if due > activity.now() {
                continue;
            }
            if matches!(why, Ended::Closed) && !leaving {
                // HTTP/2 says goodbye, for which it has the same time once more.
                activity.touch();
                activity.leave();
                continue;
            }
            return Poll::Ready(Err(why));
        }
    })
    .await
}

/// Waits for something that comes before HTTP, unless the connection is to end. `None`: it is.
pub(super) async fn unless_leaving<T>(activity: &Activity, what: impl Future<Output = T>) -> Option<T> {
    let mut what = pin!(what);
    poll_fn(|cx| {
        activity.waker.register(cx.waker());
        if activity.leaving.load(Ordering::Relaxed) != STAYS {
            return Poll::Ready(None);
        }
        what.as_mut().poll(cx).map(Some)
    })
    .await
}

/// A stream that tells what it does.
#[derive(Debug)]
pub(super) struct Observed<S> {
    stream: S,
    activity: Arc<Activity>,
}

impl<S> Observed<S> {
    pub(super) fn new(stream: S, activity: Arc<Activity>) -> Self {
        Self { stream, activity }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Observed<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        if buf.filled().len() > before {
            self.activity.received();
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Observed<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.activity.written(written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        self.activity.written(flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.activity.written(shut)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.activity.written(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
