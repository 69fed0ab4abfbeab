//! Decisions of the authorization server and audit records of the tools, as metrics.

use std::sync::Arc;

use async_trait::async_trait;
use mcp_tools::{AuditRecord, AuditSink, Dedupe, TracingAudit};
use oauth_server::{Event, EventClient, Events};

use crate::telemetry::client_family::{ClientFamily, Known};
use crate::telemetry::metrics::Metrics;

/// Counts decisions. Names and reasons are words of the code's and few.
#[derive(Debug)]
pub struct OauthMetrics(pub Arc<Metrics>);

impl Events for OauthMetrics {
    fn record(&self, event: &Event) {
        self.record_of(event, &EventClient::default());
    }

    fn record_of(&self, event: &Event, client: &EventClient<'_>) {
        let metrics = &self.0;
        metrics.oauth_event(event.name(), event.reason());
        let family = || {
            ClientFamily::of(Known {
                redirect_host: client.redirect_host,
                document_host: client.document_host,
                user_agent: client.user_agent,
            })
        };
        let step = |step| metrics.funnel(step, family(), client.registration.unwrap_or("unknown"));
        match event {
            Event::Registered => step("registered"),
            Event::ConsentShown => step("consent_shown"),
            Event::ConsentGiven => step("consent_given"),
            Event::TokensIssued { grant_type: "refresh_token" } => metrics.refresh("ok"),
            Event::TokensIssued { .. } => step("connected"),
            Event::RefreshRefused { reason } => {
                metrics.refresh(reason);
                if *reason == "refresh_reused" {
                    metrics.replay("refresh_token");
                }
            }
            Event::CodeRefused { reason: "code_replayed" } => metrics.replay("code"),
            Event::GrantEnded { reason } => metrics.grant_ended(reason, family(), client.age),
            _ => {}
        }
    }
}

/// Writes audit records into the log, and counts them.
#[derive(Debug)]
pub struct CountedAudit {
    metrics: Arc<Metrics>,
    log: TracingAudit,
}

impl CountedAudit {
    /// Counts in these.
    #[must_use]
    pub fn new(metrics: Arc<Metrics>) -> Self {
        Self { metrics, log: TracingAudit::default() }
    }
}

#[async_trait]
impl AuditSink for CountedAudit {
    async fn record(&self, record: &AuditRecord) {
        let ledger = record.dedupe.map(Dedupe::name);
        self.metrics.write(record.tool, record.outcome.name(), ledger);
        self.log.record(record).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decisions_are_counted_by_reason_and_by_client() {
        let metrics = Arc::new(Metrics::default());
        let events = OauthMetrics(Arc::clone(&metrics));
        for reason in ["refresh_expired", "refresh_reused", "refresh_reused"] {
            events.record(&Event::RefreshRefused { reason });
        }
        events.record(&Event::ConsentGiven);
        events.record(&Event::TokensIssued { grant_type: "refresh_token" });
        events.record(&Event::GrantEnded { reason: "displaced" });
        let text = metrics.render();
        for line in [
            "oauth_events_total{event=\"consent_given\",reason=\"\"} 1",
            "oauth_events_total{event=\"refresh_refused\",reason=\"refresh_expired\"} 1",
            "oauth_events_total{event=\"refresh_refused\",reason=\"refresh_reused\"} 2",
            "oauth_funnel_total{step=\"consent_given\",client_family=\"other\",registration=\"unknown\"} 1",
            "token_refresh_total{outcome=\"ok\"} 1",
            "token_refresh_total{outcome=\"refresh_expired\"} 1",
            "replay_detected_total{kind=\"refresh_token\"} 2",
            "grant_revoked_total{reason=\"displaced\",client_family=\"other\",age_bucket=\"unknown\"} 1",
        ] {
            assert!(text.lines().any(|other| other == line), "{line} is not in\n{text}");
        }
    }
}
