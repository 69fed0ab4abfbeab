//! Accepts connections, bounded in number and in time, and drains them at the end.

mod activity;
mod connections;

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use http::header::CONNECTION;
use http::{HeaderValue, Request, Response, Version};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::App;
use crate::edge::body::Held;
use crate::edge::layers::{self, EdgeBody};
use crate::edge::limits::one_customer;
use crate::edge::refused::Refused;
use crate::edge::tls::Tls;
use activity::{Activity, Ended, Observed, Serving, Times, unless_leaving, watch};
use connections::{Connections, NoPlace, Place};

/// Time for a client to send a request's head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes of a request's head, headers and URL together.
const MAX_HEAD: u32 = 32 * 1024;
/// Time for which a peer may take no bytes of an answer. One that does not read holds a stream and its memory.
const WRITE_TIMEOUT: Duration = Duration::from_secs(60);
/// Time for open requests to finish where nobody has said how long. A tool call answers within 50 s; clients repeat
/// what is cut off, and the send ledger makes that safe.
const DRAIN: Duration = Duration::from_secs(10);
/// How long the listener lingers when it stops: whoever connected before is served, not reset.
const LINGER: Duration = Duration::from_millis(50);
/// Requests at once over one connection of HTTP/2 (RFC 9113 section 6.5.2 asks for a hundred at least).
const MAX_STREAMS: u32 = 100;
/// Requests that a client of HTTP/2 may have taken back without our having begun them, or made wrong, before it is shown out:
/// whoever sends and takes back without end makes work and is under no other limit.
const MAX_RESETS: usize = 20;
/// How often a peer of HTTP/2 is asked whether it lives, and how long it may take to say so.
const PING: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(20));
/// Refused connections that are told why at once; others are just closed.
const MOST_FAREWELLS: usize = 256;
/// Time to take such an answer.
const FAREWELL: Duration = Duration::from_secs(1);

/// Serves until `stop` is cancelled, then gives open requests so long to finish.
pub async fn serve(listener: TcpListener, app: Arc<App>, stop: CancellationToken, drain: Duration) {
    run(listener, app, stop, WRITE_TIMEOUT, drain).await;
}

/// The same with another time for which a peer may take no bytes.
pub async fn serve_with(
    listener: TcpListener,
    app: Arc<App>,
    stop: CancellationToken,
    write_timeout: Duration,
) {
    run(listener, app, stop, write_timeout, DRAIN).await;
}

/// Serves one connection to its end that is no socket's, such as a pipe in memory.
pub async fn serve_stream<S>(app: Arc<App>, stream: S, peer: IpAddr)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let bounds = app.connections;
    let times = Times { head: HEAD_TIMEOUT, idle: bounds.idle, write: WRITE_TIMEOUT };
    // The only one, and so there is a place.
    let Ok(place) = Connections::new(1, 1).enter(None, false) else { return };
    if let Err(error) = http_1(app, stream, peer, &place, &times).await {
        tracing::debug!(%error, "connection ended early");
    }
}

async fn run(
    listener: TcpListener,
    app: Arc<App>,
    stop: CancellationToken,
    write_timeout: Duration,
    drain: Duration,
) {
    let bounds = app.connections;
    let connections = Connections::new(bounds.most, bounds.per_address);
    let times = Times { head: HEAD_TIMEOUT, idle: bounds.idle, write: write_timeout };
    let farewells = Arc::new(Semaphore::new(MOST_FAREWELLS));
    let tasks = TaskTracker::new();

    let mut closed = pin!(async {
        stop.cancelled().await;
        tokio::time::sleep(LINGER).await;
    });
    while let Some((stream, peer)) = accept(&listener, &connections, closed.as_mut()).await {
        match connections.enter(counted(&app, peer.ip()), app.tls.is_some()) {
            Ok(place) => {
                tasks.spawn(converse(Arc::clone(&app), stream, peer.ip(), place, times));
            }
            Err(why) => {
                app.admission.refusals().count(Refused::Connections);
                // Whoever expects TLS could not read it.
                if app.tls.is_none()
                    && let Ok(permit) = Arc::clone(&farewells).try_acquire_owned()
                {
                    tokio::spawn(async move {
                        let _ = tokio::time::timeout(FAREWELL, farewell(stream, why)).await;
                        drop(permit);
                    });
                }
            }
        }
    }

    drop(listener);
    connections.leave();
    tasks.close();
    if tokio::time::timeout(drain, tasks.wait()).await.is_err() {
        tracing::warn!("stopped with requests still open after {} s", drain.as_secs());
    }
}

/// What an address is counted as; `None`: behind it are many people.
fn counted(app: &App, peer: IpAddr) -> Option<u128> {
    let proxies = app.proxies.as_ref()?;
    let many = proxies.trust(peer.to_canonical()) || app.admission.is_shared(peer);
    (!many).then(|| one_customer(peer))
}

/// Serves one connection to its end. What only some connections need is in boxes of its own: this is as large as its largest
/// part for as long as the connection is open.
async fn converse(app: Arc<App>, stream: TcpStream, peer: IpAddr, mut place: Place, times: Times) {
    let ended = match app.tls.as_ref().map(Arc::clone) {
        None => Box::pin(http_1(app, stream, peer, &place, &times)).await,
        Some(tls) => Box::pin(over_tls(app, &tls, stream, peer, &mut place, &times)).await,
    };
    match ended {
        Ok(()) | Err(Ended::Closed) => {}
        Err(Ended::SlowReader) => {
            tracing::warn!(reason = "slow reader", "a connection was closed: its peer takes no bytes");
        }
        // A client that hangs up, or does not go on, is no event for an operator.
        Err(error) => tracing::debug!(%error, "connection ended early"),
    }
}

/// The same after a handshake.
async fn over_tls(
    app: Arc<App>,
    tls: &Tls,
    stream: TcpStream,
    peer: IpAddr,
    place: &mut Place,
    times: &Times,
) -> Result<(), Ended> {
    let activity = Arc::clone(place.activity());
    match Box::pin(unless_leaving(&activity, tls.accept(stream))).await {
        None => Ok(()),
        Some(Err(error)) => {
            // Whoever is no client of ours, or does not trust the certificate.
            tracing::debug!(%error, "a handshake failed");
            Ok(())
        }
        Some(Ok((stream, multiplexed))) => {
            place.greeted(multiplexed);
            if multiplexed {
                Box::pin(http_2(app, stream, peer, place, times)).await
            } else {
                Box::pin(http_1(app, stream, peer, place, times)).await
            }
        }
    }
}

/// Answers the requests of a connection, which is busy until the last answer's body has ended.
fn service(
    app: Arc<App>,
    peer: IpAddr,
    activity: &Arc<Activity>,
) -> impl Service<
    Request<Incoming>,
    Response = Response<Held<EdgeBody, Serving>>,
    Error = Infallible,
    Future: Send,
> + use<> {
    let activity = Arc::clone(activity);
    service_fn(move |request: Request<Incoming>| {
        let (app, serving) = (Arc::clone(&app), activity.serve());
        // hyper keeps room for it as long as the connection is open, and a stream may be so for hours.
        Box::pin(async move {
            let (leaving, version) = (app.phases.leaving().clone(), request.version());
            let mut response = layers::handle(&app, peer, request).await;
            if leaving.is_cancelled() && version < Version::HTTP_2 {
                // The next request goes to another instance, not onto a connection that is about to close. HTTP/2 has its own
                // way to say so.
                response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            Ok(response.map(|body| Held::new(body, serving)))
        })
    })
}

async fn http_1<S>(app: Arc<App>, stream: S, peer: IpAddr, place: &Place, times: &Times) -> Result<(), Ended>
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let activity = place.activity();
    let service = service(app, peer, activity);
    let mut builder = http1::Builder::new();
    // The head's time is kept by `watch`, which does not take a client's rest for a slow head. The buffer alone is no bound:
    // what arrives at once may be longer.
    let head = MAX_HEAD as usize;
    builder.timer(TokioTimer::new()).header_read_timeout(None).max_header_size(head).max_buf_size(head);
    let stream = TokioIo::new(Observed::new(stream, Arc::clone(activity)));
    watch(builder.serve_connection(stream, service), activity, times).await
}

async fn http_2<S>(app: Arc<App>, stream: S, peer: IpAddr, place: &Place, times: &Times) -> Result<(), Ended>
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let activity = place.activity();
    let service = service(app, peer, activity);
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(MAX_HEAD)
        .max_pending_accept_reset_streams(MAX_RESETS)
        .max_local_error_reset_streams(MAX_RESETS)
        .keep_alive_interval(PING.0)
        .keep_alive_timeout(PING.1)
        .max_send_buf_size(64 * 1024);
    let stream = TokioIo::new(Observed::new(stream, Arc::clone(activity)));
    watch(builder.serve_connection(stream, service), activity, times).await
}

/// Tells a client that there is no place for its connection, and takes what it has sent so that it reads the answer.
async fn farewell(mut stream: TcpStream, why: NoPlace) {
    let (status, reason) = match why {
        NoPlace::Full => ("503 Service Unavailable", "The server has as many connections as it can"),
        NoPlace::AddressFull => ("429 Too Many Requests", "This address has too many connections"),
    };
    let body = format!(
        "{{\"error\":\"temporarily_unavailable\",\"error_description\":\"{reason}. Try again in a moment.\"}}"
    );
    let answer = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncache-control: no-store\r\nretry-after: 1\r\n\
         connection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    if stream.write_all(answer.as_bytes()).await.is_err() || stream.shutdown().await.is_err() {
        return;
    }
    let mut sent = [0; 4096];
    while matches!(stream.read(&mut sent).await, Ok(1..)) {}
}

/// The next connection; `None` once it is over.
async fn accept(
    listener: &TcpListener,
    connections: &Connections,
    mut closed: Pin<&mut impl Future<Output = ()>>,
) -> Option<(TcpStream, SocketAddr)> {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = closed.as_mut() => return None,
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
                connections.make_room();
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

#[cfg(test)]
mod tests;
