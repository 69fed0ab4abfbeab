//! Takes spans and metrics to an OpenTelemetry collector: OTLP over HTTP, as JSON.
//!
//! Written here rather than taken from the OpenTelemetry crates: those would bring ten more, a second and a third generation of
//! `rand` among them, and this is the HTTP client and the JSON that the server has anyway. Nothing waits for it: a queue that is
//! full loses what is new, a collector that does not answer loses a batch, and both are counted.

mod encode;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::header::{CONTENT_TYPE, HeaderMap};
use sealing::Entropy;
use state_store::Clock;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::metrics::Metrics;
use super::trace::{Span, TracePolicy, Tracer};

/// Spans that wait at most.
const WAITING: usize = 4_096;
/// Spans that go together.
const BATCH: usize = 512;
/// Longest time for which a span waits for others.
const SPANS_EVERY: Duration = Duration::from_secs(2);
const METRICS_EVERY: Duration = Duration::from_secs(30);
/// Longest wait for the collector.
const ANSWER: Duration = Duration::from_secs(5);

/// Where the collector is, and what goes to it.
#[derive(Clone, Debug)]
pub struct OtlpSettings {
    /// Its address; `/v1/traces` and `/v1/metrics` are below it.
    pub endpoint: Url,
    /// Headers of every request, such as a vendor's key. Marked as sensitive.
    pub headers: HeaderMap,
    /// How spans are made.
    pub policy: TracePolicy,
}

/// A running exporter.
#[derive(Debug)]
pub struct Exporter {
    task: JoinHandle<()>,
    stop: CancellationToken,
}

/// What an exporter works with.
pub struct ExporterParts {
    /// The outbound HTTP client.
    pub http: reqwest::Client,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// For times of spans.
    pub clock: Arc<dyn Clock>,
    /// For ids.
    pub entropy: Arc<dyn Entropy>,
    /// Names this process among its like.
    pub instance: String,
}

impl std::fmt::Debug for ExporterParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ExporterParts").field("instance", &self.instance).finish_non_exhaustive()
    }
}

impl Exporter {
    /// Starts it in this runtime.
    #[must_use]
    pub fn start(settings: OtlpSettings, parts: ExporterParts) -> (Self, Arc<Tracer>) {
        let (finished, spans) = mpsc::channel(WAITING);
        let ExporterParts { http, metrics, clock, entropy, instance } = parts;
        let tracer =
            Tracer::new(finished, Arc::clone(&metrics), Arc::clone(&clock), entropy, settings.policy);
        let stop = CancellationToken::new();
        let collector = Collector {
            http,
            settings,
            metrics,
            instance,
            started: clock.since_epoch(),
            clock,
            failing: AtomicBool::new(false),
        };
        let task = tokio::spawn(run(collector, spans, stop.clone()));
        (Self { task, stop }, Arc::new(tracer))
    }

    /// Sends what is left, and ends. Takes no longer than the collector may take for it.
    pub async fn stop(self) {
        self.stop.cancel();
        if tokio::time::timeout(2 * ANSWER, self.task).await.is_err() {
            tracing::warn!("the last spans did not reach the collector in time");
        }
    }
}

struct Collector {
    http: reqwest::Client,
    settings: OtlpSettings,
    metrics: Arc<Metrics>,
    instance: String,
    started: Duration,
    clock: Arc<dyn Clock>,
    /// Whether the last request failed: the log hears of a collector once.
    failing: AtomicBool,
}

async fn run(collector: Collector, mut spans: mpsc::Receiver<Span>, stop: CancellationToken) {
    let now = Instant::now();
    let mut flush = interval_at(now + SPANS_EVERY, SPANS_EVERY);
    let mut count = interval_at(now + METRICS_EVERY, METRICS_EVERY);
    for timer in [&mut flush, &mut count] {
        timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    }
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            _ = flush.tick() => collector.send_spans(&mut batch).await,
            _ = count.tick() => collector.send_metrics().await,
            received = spans.recv_many(&mut batch, BATCH) => {
                if received == 0 {
                    break;
                }
                if batch.len() >= BATCH {
                    collector.send_spans(&mut batch).await;
                }
            }
        }
    }
    spans.close();
    while spans.recv_many(&mut batch, BATCH).await > 0 {
        if batch.len() >= BATCH {
            collector.send_spans(&mut batch).await;
        }
    }
    collector.send_spans(&mut batch).await;
    collector.send_metrics().await;
}

impl Collector {
    async fn send_spans(&self, batch: &mut Vec<Span>) {
        if batch.is_empty() {
            return;
        }
        let body = encode::traces(&self.instance, batch).to_string();
        if !self.post("v1/traces", body).await {
            self.metrics.telemetry_lost("span", batch.len() as u64);
        }
        batch.clear();
    }

    async fn send_metrics(&self) {
        let collected = self.metrics.collect();
        let now = self.clock.since_epoch();
        let body = encode::metrics(&self.instance, &collected, self.started, now).to_string();
        if !self.post("v1/metrics", body).await {
            self.metrics.telemetry_lost("metrics", 1);
        }
    }

    /// Whether the collector took it.
    async fn post(&self, path: &str, body: String) -> bool {
        let endpoint = self.settings.endpoint.as_str();
        let request = self
            .http
            .post(format!("{}/{path}", endpoint.trim_end_matches('/')))
            .headers(self.settings.headers.clone())
            .header(CONTENT_TYPE, "application/json")
            .timeout(ANSWER)
            .body(body);
        let outcome = request.send().await;
        let taken = matches!(&outcome, Ok(answer) if answer.status().is_success());
        let failed_before = self.failing.swap(!taken, Ordering::Relaxed);
        match outcome {
            _ if taken && failed_before => tracing::info!("the OpenTelemetry collector answers again"),
            _ if taken || failed_before => {}
            Ok(answer) => {
                tracing::warn!(
                    path,
                    status = answer.status().as_u16(),
                    "the OpenTelemetry collector refuses"
                );
            }
            Err(error) => {
                let error = error.without_url();
                tracing::warn!(path, %error, "the OpenTelemetry collector cannot be reached");
            }
        }
        taken
    }
}
