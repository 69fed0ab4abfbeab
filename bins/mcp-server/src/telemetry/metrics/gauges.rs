//! What is not counted but looked up when somebody asks.

use std::fmt;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Metrics;
use super::process::Process;
use super::series::{Collected, Head, Kind, Value, float};

/// What is read when somebody looks.
pub struct Gauges {
    /// Long-lived streams.
    pub open_streams: Box<dyn Fn() -> usize + Send + Sync>,
    /// Whether OpenPhone is left alone for the moment.
    pub breaker_open: Box<dyn Fn() -> bool + Send + Sync>,
    /// How long the active key has been sealing, where that is known.
    pub key_age: Box<dyn Fn() -> Option<Duration> + Send + Sync>,
    /// Whether requests are wanted.
    pub ready: Box<dyn Fn() -> bool + Send + Sync>,
    /// When the process began, in seconds since the Unix epoch.
    pub started: u64,
}

impl fmt::Debug for Gauges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gauges").field("started", &self.started).finish_non_exhaustive()
    }
}

impl Metrics {
    /// What is looked up when somebody asks.
    pub(super) fn looked_up(&self) -> Vec<Collected> {
        let head = |name, help, unit| Head { name, help, kind: Kind::Gauge, unit, labels: &[] };
        let alone = |head, value| Collected { head, points: vec![(Vec::new(), Value::Number(value))] };
        let flag = |on: bool| if on { 1.0 } else { 0.0 };
        let in_flight = float(self.in_flight.load(Ordering::Relaxed));
        let build = Head {
            labels: &["version"],
            ..head("mcp_server_build_info", "The running release; always 1.", "1")
        };
        let mut found = vec![
            Collected { head: build, points: vec![(vec![env!("CARGO_PKG_VERSION")], Value::Number(1.0))] },
            alone(head("http_requests_in_flight", "HTTP requests that are being answered.", "1"), in_flight),
        ];
        if let Some(gauges) = &*self.gauges.read().unwrap_or_else(PoisonError::into_inner) {
            let streams = float((gauges.open_streams)() as u64);
            found.extend([
                alone(head("mcp_open_streams", "Long-lived streams that are open.", "1"), streams),
                alone(
                    head("quo_upstream_breaker_open", "1 while OpenPhone fails and is left alone.", "1"),
                    flag((gauges.breaker_open)()),
                ),
                alone(
                    head("mcp_server_ready", "1 while requests are wanted, as /readyz says.", "1"),
                    flag((gauges.ready)()),
                ),
                alone(
                    head("process_start_time_seconds", "When the process began, since the Unix epoch.", "s"),
                    float(gauges.started),
                ),
            ]);
            let age = (gauges.key_age)().map(|age| (Vec::new(), Value::Number(age.as_secs_f64())));
            found.push(Collected {
                head: head(
                    "key_ring_active_age_seconds",
                    "How long the active key has been sealing; absent for a ring that was never rotated.",
                    "s",
                ),
                points: age.into_iter().collect(),
            });
        }
        found.extend(Process::now().metrics().map(|(head, value)| alone(head, value)));
        found
    }
}
