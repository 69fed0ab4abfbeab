//! OTLP in its JSON form (opentelemetry-proto 1.x): ids in hexadecimal, 64-bit numbers as texts.

use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::telemetry::metrics::{Collected, Kind, Value};
use crate::telemetry::trace::{Attribute, AttributeValue, Span, SpanContext, SpanKind};

/// Aggregation since the start, as Prometheus has it.
const CUMULATIVE: u8 = 2;
/// `STATUS_CODE_ERROR`.
const FAILED: u8 = 2;

/// Metrics that have a name in the semantic conventions, and what their labels are called there.
const CONVENTIONS: [(&str, &str); 2] = [
    ("mcp_server_operation_duration_seconds", "mcp.server.operation.duration"),
    ("http_request_duration_seconds", "http.server.request.duration"),
];
const LABELS: [(&str, &str); 4] = [
    ("method", "mcp.method.name"),
    ("tool", "gen_ai.tool.name"),
    ("error_type", "error.type"),
    ("route", "http.route"),
];

/// The body of `POST /v1/traces`.
pub(super) fn traces(instance: &str, spans: &[Span]) -> Json {
    let spans: Vec<Json> = spans.iter().map(span).collect();
    json!({ "resourceSpans": [{
        "resource": resource(instance),
        "scopeSpans": [{ "scope": scope(), "spans": spans }],
    }] })
}

/// The body of `POST /v1/metrics`, as things stand at `now` since `started`.
pub(super) fn metrics(instance: &str, metrics: &[Collected], started: Duration, now: Duration) -> Json {
    let metrics: Vec<Json> = metrics
        .iter()
        .filter(|metric| !metric.points.is_empty())
        .map(|collected| metric(collected, started, now))
        .collect();
    json!({ "resourceMetrics": [{
        "resource": resource(instance),
        "scopeMetrics": [{ "scope": scope(), "metrics": metrics }],
    }] })
}

fn resource(instance: &str) -> Json {
    json!({ "attributes": [
        text("service.name", "openphone-mcp"),
        text("service.version", env!("CARGO_PKG_VERSION")),
        text("service.instance.id", instance),
    ] })
}

fn scope() -> Json {
    json!({ "name": "openphone-mcp", "version": env!("CARGO_PKG_VERSION") })
}

fn span(span: &Span) -> Json {
    let mut attributes: Vec<Json> = span.attributes.iter().map(attribute).collect();
    if !span.error_type.is_empty() {
        attributes.push(text("error.type", span.error_type));
    }
    let mut json = json!({
        "traceId": trace_id(span.context),
        "spanId": span_id(span.context),
        "name": span.name,
        "kind": match span.kind { SpanKind::Server => 2, SpanKind::Client => 3 },
        "startTimeUnixNano": nanos(span.began),
        "endTimeUnixNano": nanos(span.ended),
        "attributes": attributes,
        "status": if span.error_type.is_empty() { json!({}) } else { json!({ "code": FAILED }) },
    });
    if let Some(parent) = span.parent {
        json["parentSpanId"] = span_id(parent).into();
    }
    if let Some(link) = span.link {
        json["links"] = json!([{ "traceId": trace_id(link), "spanId": span_id(link) }]);
    }
    json
}

fn metric(collected: &Collected, started: Duration, now: Duration) -> Json {
    let Collected { head, points } = collected;
    let convention = CONVENTIONS.iter().find(|(ours, _)| *ours == head.name).map(|(_, theirs)| *theirs);
    let label = |name: &'static str| match convention {
        None => name,
        Some(_) => LABELS.iter().find(|(ours, _)| *ours == name).map_or(name, |(_, theirs)| *theirs),
    };
    let points: Vec<Json> = points
        .iter()
        .map(|(values, value)| {
            let labels = head.labels.iter().zip(values).filter(|(_, value)| !value.is_empty());
            let attributes: Vec<Json> = labels.map(|(name, value)| text(label(name), value)).collect();
            let mut point = json!({ "attributes": attributes, "timeUnixNano": nanos(now) });
            if head.kind != Kind::Gauge {
                point["startTimeUnixNano"] = nanos(started).into();
            }
            match value {
                Value::Number(number) => point["asDouble"] = json!(number),
                Value::Distribution { bounds, counts, sum } => {
                    point["explicitBounds"] = json!(bounds);
                    point["bucketCounts"] = counts.iter().map(ToString::to_string).collect();
                    point["count"] = counts.iter().sum::<u64>().to_string().into();
                    point["sum"] = json!(sum);
                }
            }
            point
        })
        .collect();
    let mut metric = json!({
        "name": convention.unwrap_or(head.name),
        "description": head.help,
        "unit": head.unit,
    });
    match head.kind {
        Kind::Counter => {
            metric["sum"] =
                json!({ "dataPoints": points, "aggregationTemporality": CUMULATIVE, "isMonotonic": true });
        }
        Kind::Gauge => metric["gauge"] = json!({ "dataPoints": points }),
        Kind::Histogram => {
            metric["histogram"] = json!({ "dataPoints": points, "aggregationTemporality": CUMULATIVE });
        }
    }
    metric
}

fn attribute(attribute: &Attribute) -> Json {
    match &attribute.value {
        AttributeValue::Word(word) => text(attribute.key, word),
        AttributeValue::Text(words) => text(attribute.key, words),
        AttributeValue::Number(number) => {
            json!({ "key": attribute.key, "value": { "intValue": number.to_string() } })
        }
    }
}

fn text(key: &str, value: &str) -> Json {
    json!({ "key": key, "value": { "stringValue": value } })
}

fn trace_id(context: SpanContext) -> String {
    format!("{:032x}", context.trace_id)
}

fn span_id(context: SpanContext) -> String {
    format!("{:016x}", context.span_id)
}

fn nanos(since_epoch: Duration) -> String {
    since_epoch.as_nanos().to_string()
}
