//! Calls to OpenPhone, as `openphone-client` tells of them.

use std::sync::Arc;

use http::StatusCode;
use openphone_client::observer::{Ending, Exchange, Observer};

use super::metrics::Metrics;
use super::request::RequestRecord;
use super::trace::{Attribute, SpanKind};

/// Counts calls that belong to no request: the check of a key on the consent page.
#[derive(Debug)]
pub struct UpstreamMetrics(pub Arc<Metrics>);

impl Observer for UpstreamMetrics {
    fn exchanged(&self, exchange: &Exchange) {
        self.0.upstream_request(exchange.operation, outcome(exchange.status), exchange.took);
    }

    fn ended(&self, operation: &'static str, ending: Ending) {
        self.0.upstream_operation(operation, ended(ending));
    }
}

impl Observer for RequestRecord {
    fn began(&self, _: &'static str) {
        self.begin_waiting();
    }

    fn exchanged(&self, exchange: &Exchange) {
        let outcome = outcome(exchange.status);
        self.metrics.upstream_request(exchange.operation, outcome, exchange.took);
        let Some(tracer) = &self.tracer else { return };
        let Some(parent) = self.notes().span else { return };
        let name = exchange.operation.to_owned();
        let mut span = tracer.child(parent, name, SpanKind::Client, exchange.began);
        span.add(Attribute::word("http.request.method", exchange.method));
        span.add(Attribute::word("url.template", exchange.route));
        if exchange.attempt > 1 {
            span.add(Attribute::number("http.request.resend_count", u64::from(exchange.attempt - 1)));
        }
        let status = exchange
            .status
            .map(|status| Attribute::number("http.response.status_code", u64::from(status.as_u16())));
        tracer.end(span, if outcome == "ok" { "" } else { outcome }, status);
    }

    fn ended(&self, operation: &'static str, ending: Ending) {
        self.end_waiting();
        self.metrics.upstream_operation(operation, ended(ending));
    }
}

fn ended(ending: Ending) -> &'static str {
    match ending {
        Ending::Done => "ok",
        Ending::Failed(kind) => kind.name(),
        _ => "dropped",
    }
}

fn outcome(status: Option<StatusCode>) -> &'static str {
    match status {
        None => "no_answer",
        Some(StatusCode::UNAUTHORIZED) => "unauthorized",
        Some(StatusCode::TOO_MANY_REQUESTS) => "rate_limited",
        Some(status) if status.is_success() => "ok",
        Some(status) if status.is_server_error() => "server_error",
        Some(_) => "refused",
    }
}
