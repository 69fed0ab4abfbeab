//! The sandbox on a socket: HTTP/1.1 on a given listener, with a graceful end.

use std::convert::Infallible;
use std::error::Error as _;
use std::future::Future;
use std::net::SocketAddr;
use std::ops::Deref;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use std::{fmt, io};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::task::{JoinHandle, JoinSet};

use crate::sandbox::{MAX_REQUEST_BODY, Outcome, Sandbox, Unread};

/// How much of a body that is too large is read all the same, so that the client comes to read the answer.
const MAX_DISCARDED: usize = 16 * 1024 * 1024;
/// How long requests in flight may take once the server is told to stop.
const GRACE: Duration = Duration::from_secs(2);

/// A sandbox that listens on loopback; stops when it is dropped. Dereferences to its [`Sandbox`].
pub struct RunningSandbox {
    /// Where it listens.
    pub addr: SocketAddr,
    sandbox: Sandbox,
    shutdown: Option<oneshot::Sender<Infallible>>,
    task: JoinHandle<()>,
}

impl Sandbox {
    /// A sandbox with the default options, listening on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn start() -> io::Result<RunningSandbox> {
        Self::default().listen_on_loopback().await
    }

    /// This sandbox, listening on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn listen_on_loopback(&self) -> io::Result<RunningSandbox> {
        let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?;
        let addr = listener.local_addr()?;
        let (shutdown, stopped) = oneshot::channel::<Infallible>();
        let sandbox = self.clone();
        let task = tokio::spawn(async move {
            sandbox
                .serve(listener, async {
                    // Nothing is ever sent: the end is the sender's drop.
                    let _ = stopped.await;
                })
                .await;
        });
        Ok(RunningSandbox { addr, sandbox: self.clone(), shutdown: Some(shutdown), task })
    }

    /// Serves `listener` until `shutdown` resolves; then requests in flight get two seconds to end.
    pub async fn serve(&self, listener: TcpListener, shutdown: impl Future<Output = ()> + Send) {
        let (stop, stopping) = watch::channel(false);
        let mut connections = JoinSet::new();
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            tokio::select! {
                () = &mut shutdown => break,
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        connections.spawn(connection(self.clone(), stream, stopping.clone()));
                    }
                    Err(error) => {
                        // Out of file descriptors, most likely: some will be freed.
                        tracing::warn!(%error, "accept failed");
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                },
                Some(_) = connections.join_next() => {}
            }
        }
        drop(listener);
        stop.send_replace(true);
        let ended =
            tokio::time::timeout(GRACE, async { while connections.join_next().await.is_some() {} }).await;
        if ended.is_err() {
            tracing::debug!(open = connections.len(), "connections closed with requests in flight");
        }
    }
}

impl RunningSandbox {
    /// `http://127.0.0.1:<port>`, to use in place of `https://api.openphone.com`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// The sandbox behind it.
    #[must_use]
    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// Stops listening, waits for the end of the requests in flight, and ends what goes on in the background:
    /// texts stay where they are.
    pub async fn stop(mut self) {
        self.shutdown = None;
        if let Err(error) = (&mut self.task).await {
            tracing::debug!(%error, "the server's task did not end by itself");
        }
        self.sandbox.end_tasks();
    }
}

impl Deref for RunningSandbox {
    type Target = Sandbox;

    fn deref(&self) -> &Sandbox {
        &self.sandbox
    }
}

impl fmt::Debug for RunningSandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunningSandbox").field("addr", &self.addr).finish_non_exhaustive()
    }
}

async fn connection(sandbox: Sandbox, stream: TcpStream, mut stopping: watch::Receiver<bool>) {
    // Small answers must not wait for the peer's acknowledgement.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no TCP_NODELAY");
    }
    let service = service_fn(move |request| answer(sandbox.clone(), request));
    let mut connection =
        http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
    let ended = tokio::select! {
        ended = &mut connection => ended,
        () = told_to_stop(&mut stopping) => {
            Pin::new(&mut connection).graceful_shutdown();
            (&mut connection).await
        }
    };
    let Err(error) = ended else { return };
    tracing::debug!(%error, "connection ended early");
    if matches!(error.source().and_then(|source| source.downcast_ref()), Some(Closed::Reset)) {
        // Without lingering, dropping the socket sends a reset.
        if let Err(error) = connection.into_parts().io.into_inner().set_zero_linger() {
            tracing::warn!(%error, "no reset, an orderly close instead");
        }
    }
}

async fn told_to_stop(stopping: &mut watch::Receiver<bool>) {
    // An error is the sender's end, which is the server's.
    let _ = stopping.wait_for(|stop| *stop).await;
}

/// The error closes the connection; hyper writes nothing more on it.
async fn answer(sandbox: Sandbox, request: Request<Incoming>) -> Result<Response<AnswerBody>, Closed> {
    let (parts, body) = request.into_parts();
    match sandbox.exchange(parts, read(body)).await {
        Outcome::Answer(response) => Ok(response.map(AnswerBody::whole)),
        Outcome::Truncate(mut response) => {
            let length = response.body().len();
            if let Ok(length) = HeaderValue::try_from(length.to_string()) {
                response.headers_mut().insert(header::CONTENT_LENGTH, length);
            }
            Ok(response.map(|body| AnswerBody::cut(body.slice(..length / 2))))
        }
        Outcome::Close => Err(Closed::Orderly),
        Outcome::Reset => Err(Closed::Reset),
    }
}

async fn read(mut body: Incoming) -> Result<Bytes, Unread> {
    match Limited::new(&mut body, MAX_REQUEST_BODY).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            let mut discarded = 0;
            while discarded < MAX_DISCARDED {
                let Some(Ok(frame)) = body.frame().await else { break };
                discarded += frame.data_ref().map_or(0, Bytes::len);
            }
            Err(Unread::TooLarge)
        }
        Err(_) => Err(Unread::Broken),
    }
}

/// The sandbox closed a connection on purpose.
#[derive(Debug, thiserror::Error)]
#[error("closed by a fault")]
enum Closed {
    Orderly,
    Reset,
}

/// A body that ends, or breaks off after what there is of it.
struct AnswerBody {
    data: Option<Bytes>,
    end: End,
}

#[derive(Clone, Copy)]
enum End {
    Regular,
    /// Wait once, so that what was written is flushed, then break.
    Flush,
    Break,
}

impl AnswerBody {
    fn whole(data: Bytes) -> Self {
        Self { data: Some(data).filter(|data| !data.is_empty()), end: End::Regular }
    }

    fn cut(data: Bytes) -> Self {
        Self { data: Some(data), end: End::Flush }
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = Closed;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Closed>>> {
        if let Some(data) = self.data.take() {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        match self.end {
            End::Regular => Poll::Ready(None),
            End::Flush => {
                self.end = End::Break;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            End::Break => Poll::Ready(Some(Err(Closed::Orderly))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.data.is_none() && matches!(self.end, End::Regular)
    }

    fn size_hint(&self) -> SizeHint {
        match (self.end, &self.data) {
            (End::Regular, data) => SizeHint::with_exact(data.as_ref().map_or(0, |data| data.len() as u64)),
            _ => SizeHint::default(),
        }
    }
}
