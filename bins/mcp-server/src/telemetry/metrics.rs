//! What is counted, in one place: the series that Prometheus reads at `/metrics`, and that go to OpenTelemetry.
//!
//! A registry of our own, because the hot path is a few atomic additions here: the libraries of the field look labels up in a map
//! behind a lock, guard histograms with one, or bring a dozen crates. Libraries below know nothing of it; they have hooks
//! ([`oauth_server::Events`], [`mcp_protocol::Observer`], [`openphone_client::Observer`], [`mcp_tools::AuditSink`]) that
//! adapters connect to it.

mod declared;
mod gauges;
mod limit_scope;
mod process;
mod series;
mod table;
mod text;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

pub use self::gauges::Gauges;
pub use self::limit_scope::LimitScope;
pub use self::series::{Collected, Head, Kind, Value};
use self::series::{Counters, Histograms, Series};
use crate::telemetry::client_family::ClientFamily;

/// One MCP request that has ended.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// Its method.
    pub method: &'static str,
    /// The tool, by its listed name; empty for what calls none.
    pub tool: &'static str,
    /// `modern` or `legacy`.
    pub era: &'static str,
    /// Why it failed; empty where it did not.
    pub error_type: &'static str,
    /// Who asked.
    pub client: ClientFamily,
    /// How long it took.
    pub took: Duration,
    /// How much of that we did not wait for OpenPhone; `None` where a person was asked meanwhile.
    pub own: Option<Duration>,
}

/// What is counted.
pub struct Metrics {
    http_requests: Counters<3>,
    http_seconds: Histograms<1>,
    in_flight: AtomicU64,
    mcp_requests: Counters<3>,
    operation_seconds: Histograms<4>,
    own_seconds: Histograms<1>,
    tool_errors: Counters<2>,
    result_tokens: Histograms<1>,
    truncated: Counters<2>,
    alias_used: Counters<2>,
    zero_results: Counters<1>,
    writes: Counters<2>,
    texts: Counters<2>,
    oauth_events: Counters<2>,
    funnel: Counters<3>,
    refreshes: Counters<1>,
    grants_ended: Counters<3>,
    replays: Counters<1>,
    rate_limited: Counters<1>,
    upstream_requests: Counters<2>,
    upstream_seconds: Histograms<1>,
    upstream_operations: Counters<2>,
    store_operations: Counters<2>,
    store_seconds: Histograms<1>,
    telemetry_lost: Counters<1>,
    gauges: RwLock<Option<Gauges>>,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

/// A request that is being answered.
#[derive(Debug)]
pub struct InFlight<'a>(&'a AtomicU64);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What is watched has metrics of its own work: held beyond its end by them, it would never go.
#[derive(Debug)]
pub struct Watched(Arc<Metrics>);

impl Drop for Watched {
    fn drop(&mut self) {
        let gauges = self.0.gauges.write().unwrap_or_else(PoisonError::into_inner).take();
        // Its end, which may be that of a server, is not under the lock.
        drop(gauges);
    }
}

impl Metrics {
    /// Where to look for what is not counted, for as long as what is returned is kept.
    #[must_use]
    pub fn watch(self: &Arc<Self>, gauges: Gauges) -> Watched {
        *self.gauges.write().unwrap_or_else(PoisonError::into_inner) = Some(gauges);
        Watched(Arc::clone(self))
    }

    /// A request is being answered, for as long as this is kept.
    #[must_use]
    pub fn begin_request(&self) -> InFlight<'_> {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight(&self.in_flight)
    }

    /// A request was answered.
    pub fn request(&self, route: &'static str, method: &'static str, status: u16, took: Duration) {
        const CLASSES: [&str; 6] = ["other", "1xx", "2xx", "3xx", "4xx", "5xx"];
        let class = CLASSES.get(usize::from(status / 100)).copied().unwrap_or("other");
        self.http_requests.add([route, method, class], 1);
        self.http_seconds.time([route], took);
    }

    /// An MCP request has ended.
    pub fn operation(&self, operation: &Operation) {
        let Operation { method, tool, era, error_type, client, took, own } = *operation;
        self.operation_seconds.time([method, tool, era, error_type], took);
        if let Some(own) = own {
            self.own_seconds.time([method], own);
        }
        let outcome = if error_type.is_empty() { "ok" } else { "error" };
        self.mcp_requests.add([client.name(), era, outcome], 1);
    }

    /// A tool answered with a failure.
    pub fn tool_error(&self, tool: &'static str, kind: &'static str) {
        self.tool_errors.add([tool, kind], 1);
    }

    /// The text of a tool's result has so many tokens.
    pub fn result_tokens(&self, tool: &'static str, tokens: usize) {
        self.result_tokens.record([tool], tokens as u64);
    }

    /// A list was cut.
    pub fn truncated(&self, tool: &'static str, client: ClientFamily) {
        self.truncated.add([tool, client.name()], 1);
    }

    /// A list had nothing in it.
    pub fn zero_result(&self, tool: &'static str) {
        self.zero_results.add([tool], 1);
    }

    /// A tool was called by an old name.
    pub fn alias_used(&self, tool: &'static str, alias: &'static str) {
        self.alias_used.add([tool, alias], 1);
    }

    /// An audit record was made; `ledger` is what the send ledger said, for texts.
    pub fn write(&self, tool: &'static str, outcome: &'static str, ledger: Option<&'static str>) {
        self.writes.add([tool, outcome], 1);
        if let Some(ledger) = ledger {
            self.texts.add([outcome, ledger], 1);
        }
    }

    /// The authorization server decided.
    pub fn oauth_event(&self, event: &'static str, reason: &'static str) {
        self.oauth_events.add([event, reason], 1);
    }

    /// A client came a step further.
    pub fn funnel(&self, step: &'static str, client: ClientFamily, registration: &'static str) {
        self.funnel.add([step, client.name(), registration], 1);
    }

    /// A connection was refreshed, or why not.
    pub fn refresh(&self, outcome: &'static str) {
        self.refreshes.add([outcome], 1);
    }

    /// A connection was ended.
    pub fn grant_ended(&self, reason: &'static str, client: ClientFamily, age: Option<Duration>) {
        const HOUR: u64 = 60 * 60;
        let bucket = match age.map(|age| age.as_secs()) {
            None => "unknown",
            Some(..HOUR) => "hour",
            Some(..86_400) => "day",
            Some(..604_800) => "week",
            Some(..2_592_000) => "month",
            Some(_) => "older",
        };
        self.grants_ended.add([reason, client.name(), bucket], 1);
    }

    /// Something was used again that is good for once.
    pub fn replay(&self, kind: &'static str) {
        self.replays.add([kind], 1);
    }

    /// There was too much of something.
    pub fn rate_limited(&self, scope: LimitScope) {
        self.rate_limited.add([scope.name()], 1);
    }

    /// OpenPhone was asked.
    pub fn upstream_request(&self, operation: &'static str, outcome: &'static str, took: Duration) {
        self.upstream_requests.add([operation, outcome], 1);
        self.upstream_seconds.time([operation], took);
    }

    /// An operation of OpenPhone has ended.
    pub fn upstream_operation(&self, operation: &'static str, outcome: &'static str) {
        self.upstream_operations.add([operation, outcome], 1);
    }

    /// The store was asked.
    pub fn store_operation(&self, operation: &'static str, ok: bool, took: Duration) {
        self.store_operations.add([operation, if ok { "ok" } else { "error" }], 1);
        self.store_seconds.time([operation], took);
    }

    /// So many did not reach the collector.
    pub fn telemetry_lost(&self, kind: &'static str, count: u64) {
        self.telemetry_lost.add([kind], count);
    }

    /// What Prometheus reads.
    #[must_use]
    pub fn render(&self) -> String {
        text::render(&self.collect())
    }

    /// Everything as it stands.
    #[must_use]
    pub fn collect(&self) -> Vec<Collected> {
        let counted = self.series().into_iter().map(Series::collect);
        counted.chain(self.looked_up()).collect()
    }

    /// Name and meaning of everything, for the documentation.
    #[must_use]
    pub fn heads(&self) -> Vec<Head> {
        let counted = self.series().into_iter().map(Series::head);
        counted.chain(self.looked_up().into_iter().map(|metric| metric.head)).collect()
    }

    fn series(&self) -> [&dyn Series; 24] {
        [
            &self.http_requests,
            &self.http_seconds,
            &self.mcp_requests,
            &self.operation_seconds,
            &self.own_seconds,
            &self.tool_errors,
            &self.result_tokens,
            &self.truncated,
            &self.alias_used,
            &self.zero_results,
            &self.writes,
            &self.texts,
            &self.oauth_events,
            &self.funnel,
            &self.refreshes,
            &self.grants_ended,
            &self.replays,
            &self.rate_limited,
            &self.upstream_requests,
            &self.upstream_seconds,
            &self.upstream_operations,
            &self.store_operations,
            &self.store_seconds,
            &self.telemetry_lost,
        ]
    }
}
