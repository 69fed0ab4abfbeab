//! The application's journal: where its operator looks, and so where audit records and the login's decisions go.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use axum::Router;
use axum::routing::get;
use mcp_tools::{AuditRecord, AuditSink};
use oauth_server::{Event, Events};

/// Lines that are kept.
const LINES: usize = 1_000;

/// The last lines.
#[derive(Debug, Default)]
pub struct Journal(Mutex<VecDeque<String>>);

impl Journal {
    fn write(&self, line: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == LINES {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    /// The lines, the oldest first.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// The journal's own route.
    pub fn routes(self: &Arc<Self>) -> Router {
        let journal = Arc::clone(self);
        Router::new().route("/journal", get(async move || journal.lines().join("\n")))
    }
}

/// What connections wrote, and what was refused. A record holds ids, counts and keyed hashes: no number and no text.
#[async_trait]
impl AuditSink for Journal {
    async fn record(&self, record: &AuditRecord) {
        let (tool, outcome) = (record.tool, record.outcome.name());
        let reason = record.reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
        let client = record.client.as_deref().unwrap_or("?");
        self.write(format!("{} {tool} {outcome}{reason} for {client}", record.at));
    }
}

/// What the login decided.
impl Events for Journal {
    fn record(&self, event: &Event) {
        self.write(format!("login {} {}", event.name(), event.reason()));
    }
}
