//! The authorization server's decisions as a metric: `oauth_events_total{event, reason}`.

use std::fmt;

use metrics::{Key, Label, Level, Metadata, Recorder as _};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use oauth_server::{Event, Events};

const NAME: &str = "oauth_events_total";
const HELP: &str = "Decisions of the authorization server, by kind and by reason.";
const METADATA: Metadata<'_> = Metadata::new(module_path!(), Level::INFO, None);

/// Counts for Prometheus. Names and reasons are few, so that there are few series.
pub struct Metrics(PrometheusRecorder);

impl Metrics {
    /// Counters that stand at nothing.
    #[must_use]
    pub fn new() -> Self {
        let recorder = PrometheusBuilder::new().build_recorder();
        recorder.describe_counter(NAME.into(), None, HELP.into());
        Self(recorder)
    }

    /// What writes them out.
    #[must_use]
    pub fn handle(&self) -> PrometheusHandle {
        self.0.handle()
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Events for Metrics {
    fn record(&self, event: &Event) {
        let labels = vec![
            Label::from_static_parts("event", event.name()),
            Label::from_static_parts("reason", event.reason()),
        ];
        self.0.register_counter(&Key::from_parts(NAME, labels), &METADATA).increment(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_a_series() {
        let metrics = Metrics::new();
        for reason in ["refresh_expired", "revoked", "revoked"] {
            metrics.record(&Event::RefreshRefused { reason });
        }
        metrics.record(&Event::ConsentGiven);
        let text = metrics.handle().render();
        for line in [
            "# TYPE oauth_events_total counter",
            "oauth_events_total{event=\"refresh_refused\",reason=\"refresh_expired\"} 1",
            "oauth_events_total{event=\"refresh_refused\",reason=\"revoked\"} 2",
            "oauth_events_total{event=\"consent_given\",reason=\"\"} 1",
        ] {
            assert!(text.lines().any(|other| other == line), "{text}");
        }
    }
}
