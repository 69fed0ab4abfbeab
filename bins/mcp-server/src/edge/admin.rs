//! The operators' own listener: `/metrics` in the text format of Prometheus, and `/readyz`, which says whether requests are
//! wanted and why not. It knows no passwords: it is for an address that only operators reach.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::edge::readiness::Readiness;
use crate::telemetry::metrics::Metrics;

/// Connections at once.
const MAX_CONNECTIONS: usize = 32;
/// Time to send a request's head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// What operators ask about.
pub struct Admin {
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// What requests need.
    pub readiness: Arc<Readiness>,
}

impl std::fmt::Debug for Admin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Admin").finish_non_exhaustive()
    }
}

/// Serves until `stop` is cancelled.
pub async fn serve(listener: TcpListener, admin: Arc<Admin>, stop: CancellationToken) {
    let connections = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection of an operator's");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let Ok(permit) = Arc::clone(&connections).try_acquire_owned() else { continue };
        let (admin, builder, stop) = (Arc::clone(&admin), builder.clone(), stop.clone());
        tokio::spawn(async move {
            let service = service_fn(move |request: Request<Incoming>| {
                let admin = Arc::clone(&admin);
                async move { Ok::<_, Infallible>(answer(&admin, request.method(), request.uri().path()).await) }
            });
            tokio::select! {
                () = stop.cancelled() => {}
                // Whoever hangs up is no event for an operator.
                _ = builder.serve_connection(TokioIo::new(stream), service) => {}
            }
            drop(permit);
        });
    }
}

async fn answer(admin: &Admin, method: &Method, path: &str) -> Response<Full<Bytes>> {
    const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
    const JSON: &str = "application/json";
    let read = *method == Method::GET || *method == Method::HEAD;
    let (status, kind, body) = match path {
        "/metrics" | "/readyz" if !read => (StatusCode::METHOD_NOT_ALLOWED, JSON, "{}".to_owned()),
        "/metrics" => {
            // Whoever reads the one wants the other to be of now.
            admin.readiness.report().await;
            (StatusCode::OK, TEXT, admin.metrics.render())
        }
        "/readyz" => {
            let report = admin.readiness.report().await;
            let status = if report.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
            (status, JSON, serde_json::to_string(&report).unwrap_or_default())
        }
        _ => (StatusCode::NOT_FOUND, JSON, "{\"error\":\"not_found\"}".to_owned()),
    };
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if status == StatusCode::METHOD_NOT_ALLOWED {
        headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    response
}
