//! Accepts connections, bounded in number and in time, and drains them at the end.

use std::convert::Infallible;
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_io_timeout::TimeoutWriter;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::edge::layers;

/// Connections served at once; more wait in the system's backlog.
const MAX_CONNECTIONS: usize = 20_000;
/// Time for a client to send a request's head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes of a request's head, headers and URL together.
const MAX_HEAD: usize = 32 * 1024;
/// Time for which a peer may take no bytes of an answer. One that does not read holds a stream and its memory.
const WRITE_TIMEOUT: Duration = Duration::from_secs(60);
/// Time for open requests to finish once stopping has begun. A tool call answers within 50 s; clients repeat
/// what is cut off, and the send ledger makes that safe.
const DRAIN: Duration = Duration::from_secs(10);

/// Serves until `stop` is cancelled, then lets open requests finish.
pub async fn serve(listener: TcpListener, app: Arc<App>, stop: CancellationToken) {
    serve_with(listener, app, stop, WRITE_TIMEOUT).await;
}

/// The same with another time for which a peer may take no bytes.
pub async fn serve_with(
    listener: TcpListener,
    app: Arc<App>,
    stop: CancellationToken,
    write_timeout: Duration,
) {
    let connections = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let graceful = GracefulShutdown::new();
    // HTTP/1.1 alone: to tell HTTP/2 without TLS apart, a connection's first bytes would have to be waited for.
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(MAX_HEAD);

    while let Some((stream, peer)) = accept(&listener, &stop).await {
        let permit = tokio::select! {
            () = stop.cancelled() => break,
            permit = Arc::clone(&connections).acquire_owned() => permit,
        };
        let Ok(permit) = permit else { break };
        let (app, builder, watcher) = (Arc::clone(&app), builder.clone(), graceful.watcher());
        tokio::spawn(async move {
            let service = service_fn(move |request: Request<Incoming>| {
                let app = Arc::clone(&app);
                async move { Ok::<_, Infallible>(layers::handle(&app, peer.ip(), request).await) }
            });
            let connection = builder.serve_connection(bounded(stream, write_timeout), service);
            if let Err(error) = watcher.watch(connection).await {
                if is_stuck(&error) {
                    tracing::warn!(
                        reason = "slow reader",
                        "a connection was closed: its peer takes no bytes"
                    );
                } else {
                    // A client that hangs up is no event for an operator.
                    tracing::debug!(error = %error, "connection ended early");
                }
            }
            drop(permit);
        });
    }

    drop(listener);
    if tokio::time::timeout(DRAIN, graceful.shutdown()).await.is_err() {
        tracing::warn!("stopped with requests still open after {} s", DRAIN.as_secs());
    }
}

/// The next connection; `None` once stopping has begun.
async fn accept(listener: &TcpListener, stop: &CancellationToken) -> Option<(TcpStream, SocketAddr)> {
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return None,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                // Answers are small and whole: waiting to fill a packet only adds latency.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(error = %error, "TCP_NODELAY was refused");
                }
                return Some((stream, peer));
            }
            Err(error) => {
                // Out of file descriptors, most likely: give the open ones time to close.
                tracing::warn!(error = %error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

/// A connection that fails when its peer takes no bytes for so long.
fn bounded<S>(stream: S, write_timeout: Duration) -> TokioIo<Pin<Box<TimeoutWriter<S>>>>
where
    S: AsyncRead + AsyncWrite,
{
    let mut stream = TimeoutWriter::new(stream);
    stream.set_timeout(Some(write_timeout));
    TokioIo::new(Box::pin(stream))
}

/// Whether a connection ended because of [`bounded`]. The system's own time-outs come with its number.
fn is_stuck(error: &hyper::Error) -> bool {
    let cause = error.source().and_then(|cause| cause.downcast_ref::<io::Error>());
    cause.is_some_and(|cause| cause.kind() == io::ErrorKind::TimedOut && cause.raw_os_error().is_none())
}

#[cfg(test)]
mod tests;
