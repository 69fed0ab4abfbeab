//! The authorization server's decisions as a metric: `oauth_events_total{event, reason}`, in the text format of Prometheus.
//!
//! Names and reasons are words of the code's and few, so that there are few series and nothing to escape.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

use oauth_server::{Event, Events};

const HEAD: &str = "\
# HELP oauth_events_total Decisions of the authorization server, by kind and by reason.
# TYPE oauth_events_total counter
";

/// Counts decisions since the start.
#[derive(Debug, Default)]
pub struct Metrics(Mutex<BTreeMap<(&'static str, &'static str), u64>>);

impl Metrics {
    /// What Prometheus reads.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = HEAD.to_owned();
        for ((event, reason), count) in self.0.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            // Writing to a text cannot fail.
            let _ = writeln!(text, "oauth_events_total{{event=\"{event}\",reason=\"{reason}\"}} {count}");
        }
        text
    }
}

impl Events for Metrics {
    fn record(&self, event: &Event) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry((event.name(), event.reason())).or_default() += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_a_series() {
        let metrics = Metrics::default();
        for reason in ["refresh_expired", "revoked", "revoked"] {
            metrics.record(&Event::RefreshRefused { reason });
        }
        metrics.record(&Event::ConsentGiven);
        let expected = format!(
            "{HEAD}oauth_events_total{{event=\"consent_given\",reason=\"\"}} 1\n\
             oauth_events_total{{event=\"refresh_refused\",reason=\"refresh_expired\"}} 1\n\
             oauth_events_total{{event=\"refresh_refused\",reason=\"revoked\"}} 2\n"
        );
        assert_eq!(metrics.render(), expected);
    }
}
