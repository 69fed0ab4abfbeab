//! The end of an HTTP request: its line in the log, its counts, and a span where it led to no MCP request.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use http::{HeaderMap, Method, StatusCode};
use tokio::time::Instant;

use super::client_family::ClientFamily;
use super::metrics::Metrics;
use super::request::{Notes, RequestRecord};
use super::trace::{Attribute, SpanKind, Tracer};

/// What is known of all requests.
#[derive(Debug)]
pub struct Telemetry {
    /// What is counted.
    pub metrics: Arc<Metrics>,
    tracer: Option<Arc<Tracer>>,
    sample: Sample,
}

/// Which lines are written.
#[derive(Debug)]
struct Sample {
    one_in: u32,
    seen: AtomicU32,
}

impl Telemetry {
    /// Writes the line of one in `one_in` requests where nothing went wrong, and of all others.
    #[must_use]
    pub fn new(metrics: Arc<Metrics>, tracer: Option<Arc<Tracer>>, one_in: u32) -> Self {
        Self { metrics, tracer, sample: Sample { one_in: one_in.max(1), seen: AtomicU32::new(0) } }
    }

    /// A request begins.
    #[must_use]
    pub fn begin(&self, id: Arc<str>, headers: &HeaderMap) -> Arc<RequestRecord> {
        let tracing = self.tracer.as_ref().map(|tracer| {
            let parent = headers.get("traceparent").and_then(|value| value.to_str().ok());
            (Arc::clone(tracer), tracer.trusted(parent))
        });
        Arc::new(RequestRecord::new(id, Arc::clone(&self.metrics), tracing))
    }

    /// A request that came from another instance, or from none.
    #[must_use]
    pub fn relayed(&self, id: Arc<str>) -> Arc<RequestRecord> {
        self.begin(id, &HeaderMap::new())
    }

    /// The answer of a request begins.
    pub fn end(
        &self,
        record: &RequestRecord,
        method: &'static str,
        route: &'static str,
        status: StatusCode,
        began: Instant,
    ) {
        let took = began.elapsed();
        self.metrics.request(route, method, status.as_u16(), took);
        let notes = record.notes();
        if self.sample.takes(went_well(status, &notes)) {
            line(record, &notes, method, route, status, took);
        }
        if let (Some(tracer), None) = (&self.tracer, notes.call) {
            http_span(tracer, record, method, route, status, began);
        }
    }
}

impl Sample {
    fn takes(&self, went_well: bool) -> bool {
        !went_well
            || self.one_in == 1
            || self.seen.fetch_add(1, Ordering::Relaxed).is_multiple_of(self.one_in)
    }
}

fn went_well(status: StatusCode, notes: &Notes) -> bool {
    !status.is_client_error()
        && !status.is_server_error()
        && matches!(notes.outcome, None | Some("ok" | "asked"))
}

fn line(
    record: &RequestRecord,
    notes: &Notes,
    method: &'static str,
    route: &'static str,
    status: StatusCode,
    took: Duration,
) {
    let call = notes.call;
    // An answer that has begun before its request has ended is a stream.
    let outcome = call.map(|_| notes.outcome.unwrap_or("streaming"));
    tracing::info!(
        target: "mcp_server::request",
        request_id = &*record.id,
        method,
        route,
        status = status.as_u16(),
        ms = millis(took),
        upstream_ms = (call.is_some() || !notes.upstream.is_zero()).then(|| millis(notes.upstream)),
        client = notes.client.map(ClientFamily::name),
        era = call.map(|call| call.era),
        rpc = call.map(|call| call.method),
        tool = call.map(|call| call.tool).filter(|tool| !tool.is_empty()),
        outcome,
        "request"
    );
}

/// Routes that no span is made for: probes, and what never changes.
const UNTRACED: [&str; 3] = ["/healthz", "/assets/", "/icons/"];

fn http_span(
    tracer: &Tracer,
    record: &RequestRecord,
    method: &'static str,
    route: &'static str,
    status: StatusCode,
    began: Instant,
) {
    if UNTRACED.contains(&route) {
        return;
    }
    let name = format!("{method} {route}");
    let Some(mut span) = tracer.start(name, SpanKind::Server, record.http_parent, None) else { return };
    span.began_at(began);
    span.add(Attribute::word("http.request.method", method));
    span.add(Attribute::word("http.route", route));
    span.add(Attribute::text("openphone.request.id", record.id.to_string()));
    let error = if status.is_server_error() { "server_error" } else { "" };
    let code = Attribute::number("http.response.status_code", u64::from(status.as_u16()));
    tracer.end(span, error, Some(code));
}

/// The method for the log: one of the standard names, because any other is the client's free text.
#[must_use]
pub fn method_name(method: &Method) -> &'static str {
    const STANDARD: [&str; 9] =
        ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];
    STANDARD.into_iter().find(|name| *name == method.as_str()).unwrap_or("other")
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_never_left_out() {
        let sample = Sample { one_in: 3, seen: AtomicU32::new(0) };
        let written: Vec<bool> = (0..6).map(|_| sample.takes(true)).collect();
        assert_eq!(written, [true, false, false, true, false, false]);
        assert!((0..6).all(|_| sample.takes(false)));
        let notes = |outcome| Notes { outcome, ..Notes::default() };
        assert!(went_well(StatusCode::OK, &notes(None)));
        assert!(went_well(StatusCode::SEE_OTHER, &notes(Some("asked"))));
        assert!(!went_well(StatusCode::OK, &notes(Some("limit_reached"))));
        assert!(!went_well(StatusCode::UNAUTHORIZED, &notes(None)));
    }
}
