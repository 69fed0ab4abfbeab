//! A listener on one thread, and the bodies that hyper services answer with.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Request, Response, StatusCode};
use http_body::{Body, Frame};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::time::{Instant, Interval};

/// How long a stream is silent before a comment says that it is still there.
const COMMENT_EVERY: Duration = Duration::from_secs(15);

/// How long to wait when the system has no file descriptor left.
const BREATH: Duration = Duration::from_millis(50);

/// A runtime of one thread: every contender has one core.
///
/// # Errors
/// When the system has no event queue for it.
pub fn runtime() -> io::Result<tokio::runtime::Runtime> {
    // An open stream is a file descriptor, and the limit that a shell gives is mostly 1,024.
    rlimit::increase_nofile_limit(u64::MAX)?;
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

/// Accepts connections for ever, and answers each request by `answer`.
///
/// # Errors
/// When nothing can listen there.
pub async fn serve<A, F, B>(address: SocketAddr, answer: A) -> io::Result<Infallible>
where
    A: Fn(Request<Incoming>) -> F + Clone + Send + 'static,
    F: Future<Output = Response<B>> + Send + 'static,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let listener = TcpListener::bind(address).await?;
    loop {
        let Ok((socket, _)) = listener.accept().await else {
            tokio::time::sleep(BREATH).await;
            continue;
        };
        let answer = answer.clone();
        tokio::spawn(async move {
            // A connection that fails is the load's to notice.
            let _ = socket.set_nodelay(true);
            let service = service_fn(move |request| {
                let answered = answer(request);
                async move { Ok::<_, Infallible>(answered.await) }
            });
            let _ = http1::Builder::new().serve_connection(TokioIo::new(socket), service).await;
        });
    }
}

/// An answer of 200 that is JSON.
#[must_use]
pub fn json(body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// An answer with a status and no body.
#[must_use]
pub fn empty(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}

/// An event stream that has nothing to say but that it is there.
#[derive(Debug)]
pub struct Comments(Interval);

impl Comments {
    /// One whose first comment is due after the pause.
    #[must_use]
    pub fn start() -> Self {
        Self(tokio::time::interval_at(Instant::now() + COMMENT_EVERY, COMMENT_EVERY))
    }
}

impl Body for Comments {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        ready!(self.0.poll_tick(cx));
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b": still here\n\n")))))
    }
}
