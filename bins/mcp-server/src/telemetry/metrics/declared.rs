//! Every series that is counted: name, meaning, labels, and how many combinations of them there may be.

use std::sync::RwLock;
use std::sync::atomic::AtomicU64;

use super::series::{Counters, Histograms};
use super::{LimitScope, Metrics};

const MS: u64 = 1_000_000;
/// Of whole HTTP requests.
const HTTP_SECONDS: [u64; 12] = [
    MS,
    2 * MS,
    5 * MS,
    10 * MS,
    25 * MS,
    50 * MS,
    100 * MS,
    250 * MS,
    1_000 * MS,
    5_000 * MS,
    15_000 * MS,
    60_000 * MS,
];
/// Of MCP requests, as the semantic conventions say.
const OPERATION_SECONDS: [u64; 14] = [
    10 * MS,
    20 * MS,
    50 * MS,
    100 * MS,
    200 * MS,
    500 * MS,
    1_000 * MS,
    2_000 * MS,
    5_000 * MS,
    10_000 * MS,
    30_000 * MS,
    60_000 * MS,
    120_000 * MS,
    300_000 * MS,
];
/// Of what we add to a request, and of the store.
const OWN_SECONDS: [u64; 12] =
    [MS / 10, MS / 4, MS / 2, MS, 2 * MS, 5 * MS, 10 * MS, 25 * MS, 50 * MS, 100 * MS, 500 * MS, 2_000 * MS];
const TOKENS: [u64; 9] = [50, 100, 250, 500, 1_000, 2_000, 4_000, 6_000, 12_000];

impl Default for Metrics {
    fn default() -> Self {
        Self {
            http_requests: Counters::new(
                "http_requests_total",
                "HTTP requests that were answered, by route and class of status.",
                &["route", "method", "status"],
                512,
            ),
            http_seconds: Histograms::seconds(
                "http_request_duration_seconds",
                "Time from the head of a request to the head of its answer.",
                &["route"],
                &HTTP_SECONDS,
                64,
            ),
            in_flight: AtomicU64::new(0),
            mcp_requests: Counters::new(
                "mcp_requests_total",
                "MCP requests by kind of client; the outcome is ok or error.",
                &["client_family", "era", "outcome"],
                256,
            ),
            operation_seconds: Histograms::seconds(
                "mcp_server_operation_duration_seconds",
                "Time of MCP requests that were understood (mcp.server.operation.duration of the semantic conventions).",
                &["method", "tool", "era", "error_type"],
                &OPERATION_SECONDS,
                1_024,
            ),
            own_seconds: Histograms::seconds(
                "mcp_server_own_duration_seconds",
                "Of the same time, what was not spent waiting for OpenPhone: the latency that this server adds.",
                &["method"],
                &OWN_SECONDS,
                64,
            ),
            tool_errors: Counters::new(
                "tool_errors_total",
                "Tool calls that failed as a result, by kind of failure.",
                &["tool", "kind"],
                512,
            ),
            result_tokens: Histograms::numbers(
                "tool_result_tokens",
                "Size of the text of results, four bytes a token.",
                &["tool"],
                &TOKENS,
                128,
            ),
            truncated: Counters::new(
                "tool_truncated_total",
                "Results whose coverage is not complete.",
                &["tool", "client_family"],
                512,
            ),
            alias_used: Counters::new(
                "tool_alias_used_total",
                "Tool calls by an old name.",
                &["tool", "alias"],
                64,
            ),
            zero_results: Counters::new(
                "zero_result_total",
                "Lists that were complete and had nothing in them.",
                &["tool"],
                128,
            ),
            writes: Counters::new(
                "tool_writes_total",
                "Audit records: writes and refusals, by how they ended.",
                &["tool", "outcome"],
                256,
            ),
            texts: Counters::new(
                "texts_total",
                "Calls that text people, by how they ended and by what the send ledger said.",
                &["outcome", "ledger"],
                64,
            )
            .with(&[["done", "new"], ["done", "duplicate"], ["unknown", "new"]]),
            oauth_events: Counters::new(
                "oauth_events_total",
                "Decisions of the authorization server, by kind and by reason.",
                &["event", "reason"],
                512,
            ),
            funnel: Counters::new(
                "oauth_funnel_total",
                "Steps on the way to a connection: registered, consent_shown, consent_given, connected.",
                &["step", "client_family", "registration"],
                256,
            ),
            refreshes: Counters::new(
                "token_refresh_total",
                "Refreshes: ok, or why a connection was not refreshed.",
                &["outcome"],
                64,
            )
            .with(&[["ok"], ["store"]]),
            grants_ended: Counters::new(
                "grant_revoked_total",
                "Connections that were ended before their time, by reason and age.",
                &["reason", "client_family", "age_bucket"],
                512,
            ),
            replays: Counters::new(
                "replay_detected_total",
                "Codes and refresh tokens that were used again.",
                &["kind"],
                16,
            )
            .with(&[["code"], ["refresh_token"]]),
            rate_limited: Counters::new(
                "rate_limited_total",
                "What was refused because there was too much of it.",
                &["scope"],
                16,
            )
            .with(&LimitScope::ALL.map(|scope| [scope.name()])),
            upstream_requests: Counters::new(
                "quo_upstream_requests_total",
                "Requests to OpenPhone, by what came of them.",
                &["operation", "outcome"],
                512,
            ),
            upstream_seconds: Histograms::seconds(
                "quo_upstream_request_duration_seconds",
                "Time of requests to OpenPhone.",
                &["operation"],
                &HTTP_SECONDS,
                128,
            ),
            upstream_operations: Counters::new(
                "quo_upstream_operations_total",
                "Operations of OpenPhone, which may be several requests, or none where it is left alone.",
                &["operation", "outcome"],
                512,
            ),
            store_operations: Counters::new(
                "store_operations_total",
                "Operations of the state store: ok or error.",
                &["operation", "outcome"],
                64,
            ),
            store_seconds: Histograms::seconds(
                "store_operation_duration_seconds",
                "Time of operations of the state store.",
                &["operation"],
                &OWN_SECONDS,
                32,
            ),
            telemetry_lost: Counters::new(
                "telemetry_lost_total",
                "Spans and metrics that did not reach the OpenTelemetry collector.",
                &["kind"],
                8,
            )
            .with(&[["span"], ["metrics"]]),
            gauges: RwLock::default(),
        }
    }
}
