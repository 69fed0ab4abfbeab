//! Traces and metrics at an OpenTelemetry collector: what arrives, decoded, whose trace it is, and what a collector that
//! refuses costs (nothing but the spans).

use serde_json::{Value, json};

use crate::path::{CONTACT, first_inbox};
use crate::support::collector::{Collector, attributes};
use crate::support::login::ALPHA;
use crate::support::{Login, Mcp, TestServer};

const HEADER: &str = "00-11111111111111111111111111111111-2222222222222222-01";
const META: &str = "00-33333333333333333333333333333333-4444444444444444-01";
const UNSAMPLED: &str = "00-55555555555555555555555555555555-6666666666666666-00";

/// A span without what differs from run to run.
fn shape(span: &Value) -> Value {
    let mut known = attributes(&span["attributes"]);
    for id in ["openphone.request.id", "server.address"] {
        if let Some(value) = known.get_mut(id) {
            *value = json!("[id]");
        }
    }
    let (began, ended) = (nanos(&span["startTimeUnixNano"]), nanos(&span["endTimeUnixNano"]));
    assert!(began > 1_700_000_000_000_000_000 && ended >= began, "{span}");
    let length = |id: &Value| id.as_str().map(str::len);
    assert_eq!((length(&span["traceId"]), length(&span["spanId"])), (Some(32), Some(16)), "{span}");
    json!({ "name": span["name"], "kind": span["kind"], "status": span["status"], "attributes": known })
}

fn nanos(text: &Value) -> u64 {
    text.as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_call_is_a_span_with_the_calls_it_made_below_it() {
    let collector = Collector::start().await;
    let server = TestServer::start_with(&[
        "--otlp-endpoint",
        &collector.url,
        "--otlp-headers",
        "x-team=ours",
        "--trust-trace-context",
    ]);
    let login = Login::with_key(&server, ALPHA).await;
    let mcp = Mcp::new(&server, &login.access_token).traceparents(HEADER, META);
    let inbox = first_inbox(&mcp).await;
    server.keep_secret("canary-otlp-77aa");
    mcp.call("send-message", json!({ "from": inbox, "to": CONTACT, "content": "canary-otlp-77aa" })).await;
    mcp.call("send-message", json!({ "from": inbox })).await;

    let call = collector.span("tools/call send-message").await;
    assert_eq!((&call["traceId"], &call["parentSpanId"]), (&json!(&META[3..35]), &json!(&META[36..52])));
    assert_eq!(call["links"], json!([{ "traceId": &HEADER[3..35], "spanId": &HEADER[36..52] }]));
    let sent = collector.span("send_message").await;
    assert_eq!((&sent["traceId"], &sent["parentSpanId"]), (&call["traceId"], &call["spanId"]));
    let login = collector.span("POST /token").await;
    assert_eq!(login["parentSpanId"], Value::Null);
    let failed = loop {
        let spans = collector.spans();
        if let Some(failed) = spans.into_iter().find(|span| span["status"]["code"] == 2) {
            break failed;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    insta::assert_json_snapshot!([shape(&call), shape(&sent), shape(&login), shape(&failed)]);
    let arrived = collector.arrived();
    assert!(arrived.iter().all(|request| request.head.contains("x-team: ours")));
    assert_eq!(
        attributes(&collector.bodies("/v1/traces")[0]["resourceSpans"][0]["resource"]["attributes"])["service.name"],
        "openphone-mcp"
    );
}

/// What a stranger says of traces is not believed: neither that one is to be recorded, nor that it is not.
#[tokio::test]
async fn strangers_do_not_choose_the_trace() {
    let collector = Collector::start().await;
    let server = TestServer::start_with(&["--otlp-endpoint", &collector.url]);
    let login = Login::with_key(&server, ALPHA).await;
    Mcp::new(&server, &login.access_token).traceparents(HEADER, UNSAMPLED).tools().await;
    let span = collector.span("tools/list").await;
    assert_eq!((&span["parentSpanId"], &span["links"]), (&Value::Null, &Value::Null));
    assert_ne!(span["traceId"], &UNSAMPLED[3..35]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trusted_caller_may_have_none_of_it_recorded() {
    let collector = Collector::start().await;
    let mut server = TestServer::start_with(&["--otlp-endpoint", &collector.url, "--trust-trace-context"]);
    let login = Login::with_key(&server, ALPHA).await;
    let mcp = Mcp::new(&server, &login.access_token).traceparents(HEADER, UNSAMPLED);
    mcp.tools().await;
    mcp.call("list-inboxes", json!({})).await;
    // What is under way goes out before the end.
    assert_eq!(server.stop(), Some(0));
    let names: Vec<Value> = collector.spans().iter().map(|span| span["name"].clone()).collect();
    assert!(names.contains(&json!("POST /token")), "{names:?}");
    assert!(!names.iter().any(|name| name.as_str().unwrap().starts_with("tools/")), "{names:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_go_out_too_at_the_end_at_the_latest() {
    let collector = Collector::start().await;
    let mut server = TestServer::start_with(&["--otlp-endpoint", &collector.url, "--trace-sample", "0"]);
    let login = Login::with_key(&server, ALPHA).await;
    Mcp::new(&server, &login.access_token).tools().await;
    assert_eq!(server.stop(), Some(0));
    assert!(collector.spans().is_empty());
    let bodies = collector.bodies("/v1/metrics");
    let metrics = &bodies.last().unwrap()["resourceMetrics"][0]["scopeMetrics"][0]["metrics"];
    let named = |name: &str| {
        let metrics = metrics.as_array().unwrap();
        metrics.iter().find(|metric| metric["name"] == name).cloned().unwrap_or_else(|| panic!("{name}"))
    };
    let duration = named("mcp.server.operation.duration");
    let points = duration["histogram"]["dataPoints"].as_array().unwrap();
    let point = points
        .iter()
        .find(|point| attributes(&point["attributes"])["mcp.method.name"] == "tools/list")
        .unwrap();
    assert_eq!((&duration["unit"], &point["count"]), (&json!("s"), &json!("1")));
    let bounds = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0];
    assert_eq!(point["explicitBounds"], json!(bounds));
    assert_eq!(point["bucketCounts"].as_array().unwrap().len(), bounds.len() + 1);
    assert_eq!(named("oauth_funnel_total")["sum"]["isMonotonic"], true);
    assert_eq!(named("mcp_open_streams")["gauge"]["dataPoints"][0]["asDouble"], json!(0.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_refuses_costs_spans_and_no_request() {
    let collector = Collector::start().await;
    collector.answer(500);
    let mut server = TestServer::start_with(&["--otlp-endpoint", &collector.url]);
    let login = Login::with_key(&server, ALPHA).await;
    assert!(!Mcp::new(&server, &login.access_token).tools().await.is_empty());
    server.logs("the OpenTelemetry collector refuses").await;
    assert_eq!(server.stop(), Some(0));
    assert_eq!(server.log().matches("the OpenTelemetry collector refuses").count(), 1);
    let (code, _, said) =
        crate::support::server::run(&["serve", "--sandbox", "--otlp-endpoint", "collector:4317"]);
    assert_eq!((code, said.contains("--otlp-endpoint")), (Some(2), true), "{said}");
}
