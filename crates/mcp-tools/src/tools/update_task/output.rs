//! Result of `update-task`: what became of each change.

use schemars::JsonSchema;
use serde::Serialize;

/// Result of `update-task`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Output {
    /// The task
    pub id: String,
    /// In the order in which they were made
    pub changes: Vec<ChangeResult>,
}

/// How a change ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ChangeStatus {
    /// It was made.
    Applied,
    /// The task was like that already.
    Unchanged,
    /// It was not made.
    Failed,
    /// It may have been made.
    Unknown,
    /// It was not tried.
    NotAttempted,
}

impl ChangeStatus {
    fn name(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Unchanged => "unchanged",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::NotAttempted => "not_attempted",
        }
    }
}

/// What became of one change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct ChangeResult {
    /// Which
    pub change: String,
    /// How it ended
    pub status: ChangeStatus,
    /// Why it was not made
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl ChangeResult {
    pub(super) fn new(change: impl Into<String>, status: ChangeStatus, reason: Option<&str>) -> Self {
        Self { change: change.into(), status, reason: reason.map(str::to_owned) }
    }
}

impl Output {
    pub(super) fn new(id: &str, changes: Vec<ChangeResult>) -> Self {
        Self { id: id.to_owned(), changes }
    }

    pub(super) fn to_text(&self) -> String {
        let all = self.changes.len();
        let done =
            |change: &&ChangeResult| matches!(change.status, ChangeStatus::Applied | ChangeStatus::Unchanged);
        let made = self.changes.iter().filter(done).count();
        let idle = self.changes.iter().all(|change| change.status == ChangeStatus::Unchanged);
        let mut text = if idle {
            format!("Task {}: nothing to change, it is so already.", self.id)
        } else {
            format!("Task {}: {made} of {all} change(s) made.", self.id)
        };
        for ChangeResult { change, status, reason } in &self.changes {
            let reason = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            text.push_str(&format!("\n- {change}: {}{reason}", status.name()));
        }
        if made < all {
            text.push_str("\nNext: the same call again makes what is missing; what was made stays as it is.");
        }
        text
    }
}
