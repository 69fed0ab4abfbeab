//! What every request goes through, around the routes: an id, bounds, one log line, and a net for panics.

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use http::header::{CONNECTION, HeaderName};
use http::{HeaderValue, Request, Response, StatusCode, Version};
use http_body_util::Either;
use hyper::body::Incoming;
use mcp_protocol::ResponseBody;
use oauth_server::ClientAddress;
use tokio::time::{Instant, timeout};

use crate::app::App;
use crate::edge::body::{ExpiresAt, Held, InTime, Unread, UntilExpired};
use crate::edge::overload::Permit;
use crate::edge::refused::Class;
use crate::routes::{self, json_error};
use crate::telemetry::line::method_name;
use crate::telemetry::request::RequestRecord;

/// The id of a request, on its answer and in the log.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longest request target, in bytes (RFC 9110 section 4.1 asks for at least 8000).
const MAX_TARGET: usize = 8 * 1024;
/// Time for a client to send a whole body, however it trickles.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// Time for a whole request that is no MCP call, body included; those have a time of their own.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

/// An answer's body. A long-lived stream ends with its token; when the server stops, `mcp-protocol` ends it.
/// Any other stream holds its place among the requests under way, since its call is still running.
pub type EdgeBody = Either<Held<ResponseBody, Option<Permit>>, UntilExpired<ResponseBody>>;

/// Answers one request that came from `peer`.
pub async fn handle(app: &App, peer: IpAddr, mut request: Request<Incoming>) -> Response<EdgeBody> {
    let started = Instant::now();
    let id = app.request_ids.next();
    let id_value = HeaderValue::from_str(&id).unwrap_or_else(|_| HeaderValue::from_static("unknown"));
    let record = app.telemetry.begin(id, request.headers());
    let _in_flight = app.telemetry.metrics.begin_request();
    let method = method_name(request.method());
    let version = request.version();
    let route = routes::name(routes::below(&app.mount, request.uri().path()));
    let class = app.class(request.uri().path());

    // Pages name the id, so that a person can quote it; whatever the client sent under that name is dropped.
    request.headers_mut().insert(REQUEST_ID, id_value.clone());
    if let Some(client) = app.proxies.as_ref().and_then(|proxies| proxies.client(peer, request.headers())) {
        request.extensions_mut().insert(ClientAddress(client));
    }
    request.extensions_mut().insert(Arc::clone(&record));
    let unread = Unread::default();
    let request = request.map(|body| InTime::new(body, started + BODY_TIMEOUT, &unread));
    let (mut response, permit) = if target_length(&request) > MAX_TARGET {
        (json_error(StatusCode::URI_TOO_LONG, "invalid_request", "the URL is longer than 8 KB"), None)
    } else {
        match admit(app, class, &request, started) {
            Err(response) => (*response, None),
            Ok(permit) => (answer(app, class, &record, request).await, permit),
        }
    };

    app.telemetry.end(&record, method, route, response.status(), started);
    response.headers_mut().insert(REQUEST_ID, id_value);
    // Over HTTP/2 the rest of a body is in nobody's way.
    if version < Version::HTTP_2 && !unread.discard().await {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    let expires_at = response.extensions_mut().remove::<ExpiresAt>();
    response.map(|body| match expires_at {
        Some(expires_at) => Either::Right(UntilExpired::new(body, expires_at)),
        None => {
            let running = body.is_stream();
            Either::Left(Held::new(body, permit.filter(|_| running)))
        }
    })
}

/// A place among the requests under way; none for what is always answered.
fn admit<B>(
    app: &App,
    class: Option<Class>,
    request: &Request<B>,
    now: Instant,
) -> Result<Option<Permit>, Box<Response<ResponseBody>>> {
    let Some(class) = class else { return Ok(None) };
    let address = request.extensions().get::<ClientAddress>().map(|address| address.0);
    let path = routes::below(&app.mount, request.uri().path());
    app.admission
        .arrived(class, address, now)
        .map(Some)
        .map_err(|refusal| Box::new(routes::turn_away(path, &refusal)))
}

async fn answer(
    app: &App,
    class: Option<Class>,
    record: &Arc<RequestRecord>,
    request: Request<InTime>,
) -> Response<ResponseBody> {
    let route = routes::name(routes::below(&app.mount, request.uri().path()));
    // One request's panic must not end the connection's other requests, nor show itself to the client.
    let id = &*record.id;
    let mut answered = pin!(AssertUnwindSafe(app.route(request)).catch_unwind());
    let answer = if matches!(class, Some(Class::OAuth | Class::Pages)) {
        // Signing in asks OpenPhone about keys, through a crate that knows of no request.
        let answered = Arc::clone(record).during(answered.as_mut());
        match timeout(REQUEST_TIMEOUT, pin!(answered)).await {
            Ok(answer) => answer,
            Err(_) => {
                tracing::warn!(request_id = id, route, "a request took too long");
                return json_error(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "temporarily_unavailable",
                    "this took too long; try again in a moment",
                );
            }
        }
    } else {
        answered.await
    };
    answer.unwrap_or_else(|_| {
        tracing::error!(request_id = id, route, "a request panicked");
        json_error(
            StatusCode::INTERNAL_SERVER_ERROR,
            "server_error",
            "the server failed on this request; it is logged under the id in x-request-id",
        )
    })
}

fn target_length<B>(request: &Request<B>) -> usize {
    request.uri().path_and_query().map_or(0, |target| target.as_str().len())
}

/// The last digits of a number. By hand: every request has an id.
fn hex(mut number: u64, digits: &mut [u8]) {
    for digit in digits.iter_mut().rev() {
        *digit = b"0123456789abcdef"[(number & 0xf) as usize];
        number >>= 4;
    }
}

/// Makes request ids: a random start per process, so that ids of two instances do not meet, and a count.
#[derive(Debug)]
pub struct RequestIds {
    process: u32,
    count: AtomicU64,
}

impl RequestIds {
    /// Ids that begin with `process`.
    #[must_use]
    pub fn new(process: u32) -> Self {
        Self { process, count: AtomicU64::new(0) }
    }

    fn next(&self) -> Arc<str> {
        let mut text = [0; 8 + 1 + 16];
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let digits = (u64::BITS - count.leading_zeros()).div_ceil(4).max(1) as usize;
        hex(u64::from(self.process), &mut text[..8]);
        text[8] = b'-';
        hex(count, &mut text[9..9 + digits]);
        std::str::from_utf8(&text[..9 + digits]).unwrap_or_default().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each request has one of these made, and it is moved.
    #[test]
    fn a_request_takes_little_room() {
        fn size<F>(_: impl Fn(&'static App, IpAddr, Request<Incoming>) -> F) -> usize {
            size_of::<F>()
        }
        let size = size(handle);
        assert!(size <= 5 * 1024, "{size} bytes");
    }

    #[test]
    fn ids_are_counted() {
        let ids = RequestIds::new(0x1f);
        assert_eq!([ids.next(), ids.next()].each_ref().map(|id| &**id), ["0000001f-0", "0000001f-1"]);
        for (count, id) in
            [(0xf, "-f"), (0x10, "-10"), (0xabc_def0, "-abcdef0"), (u64::MAX, "-ffffffffffffffff")]
        {
            let ids = RequestIds { process: u32::MAX, count: AtomicU64::new(count) };
            assert_eq!(&*ids.next(), format!("ffffffff{id}"));
        }
    }
}
