//! Result of `bulk-messages`: what became of each recipient.

use std::collections::HashMap;

use openphone_client::E164;
use openphone_client::messages::MessageStatus;
use schemars::JsonSchema;
use serde::Serialize;

use super::seconds;
use crate::error::{ToolError, ToolErrorKind};
use crate::inbox::InboxLabel;
use crate::safety::outcome::Outcome;
use crate::safety::{Delivery, QuotaLeft, Warning};

/// Result of `bulk-messages`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Output {
    /// Inbox the texts were sent from
    pub from: InboxLabel,
    /// How many recipients ended how
    pub counts: Counts,
    /// One entry per recipient, in the order given
    pub recipients: Vec<RecipientResult>,
    /// Why texts were not sent, each reason once
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub problems: Vec<Problem>,
    /// How far the texts got, where that was waited for
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub deliveries: Vec<Delivered>,
    /// Numbers that were given more than once and were texted once
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub duplicates_removed: Vec<String>,
    /// Reasons to look again at texts that were sent, each once
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub warnings: Vec<Warning>,
    /// What to do about texts that were not sent
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// What this connection may still send; absent while it cannot be read
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quota_left: Option<QuotaLeft>,
}

/// How many recipients ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
#[expect(missing_docs, reason = "each counts the recipients of the status of that name")]
pub struct Counts {
    pub sent: usize,
    pub duplicate: usize,
    pub failed: usize,
    pub unknown: usize,
    pub not_attempted: usize,
}

/// How a recipient ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RecipientStatus {
    /// Handed over by this call.
    Sent,
    /// An earlier call had sent it; nothing was sent now.
    Duplicate,
    /// It definitely did not go out.
    Failed,
    /// It may have gone out.
    Unknown,
    /// It was not tried.
    NotAttempted,
}

impl RecipientStatus {
    fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Duplicate => "duplicate",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::NotAttempted => "not_attempted",
        }
    }
}

/// What became of one recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RecipientResult {
    /// Number
    pub to: String,
    /// How it ended
    pub status: RecipientStatus,
    /// `AC…`, if it was sent
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// Upstream status when it was accepted, or the last one that was waited for
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_status: Option<String>,
    #[serde(skip)]
    problem: Option<Obstacle>,
    #[serde(skip)]
    delivery: Option<Delivery>,
}

/// Why a recipient got no text.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Obstacle {
    kind: ToolErrorKind,
    reason: String,
    next: String,
    wait: Option<u64>,
}

impl Obstacle {
    /// Whether the text goes out when the call is repeated, and nothing else is to be done.
    fn has_its_turn(&self) -> bool {
        matches!(self.kind, ToolErrorKind::Cancelled | ToolErrorKind::TimedOut)
    }
}

/// How far the texts to some recipients got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Delivered {
    /// How far
    #[serde(flatten)]
    pub delivery: Delivery,
    /// Whose
    pub recipients: Vec<String>,
}

/// Why some texts were not sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Problem {
    /// How these recipients ended
    pub status: RecipientStatus,
    /// Why
    pub reason: String,
    /// What to do about it
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schemars(default)]
    pub next: String,
    /// Seconds to wait before another try
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<u64>,
    /// Whom it concerns
    pub recipients: Vec<String>,
}

impl RecipientResult {
    pub(super) fn sent(to: &str, id: &str, message_status: &str, duplicate: bool) -> Self {
        Self {
            to: to.to_owned(),
            status: if duplicate { RecipientStatus::Duplicate } else { RecipientStatus::Sent },
            message_id: Some(id.to_owned()),
            message_status: Some(message_status.to_owned()),
            problem: None,
            delivery: None,
        }
    }

    pub(super) fn unsent(to: &str, status: RecipientStatus, error: &ToolError) -> Self {
        Self {
            to: to.to_owned(),
            status,
            message_id: None,
            message_status: None,
            problem: Some(Obstacle {
                kind: error.kind(),
                reason: error.reason(),
                next: error.next().to_owned(),
                wait: error.wait().map(seconds),
            }),
            delivery: None,
        }
    }

    /// Takes the status that was learned by waiting.
    pub(super) fn has_got_so_far(&mut self, known: &HashMap<String, MessageStatus>) {
        if let Some(status) = self.message_id.as_ref().and_then(|id| known.get(id)) {
            let delivery = Delivery::of(status);
            self.message_status = Some(delivery.status.clone());
            self.delivery = Some(delivery);
        }
    }

    pub(super) fn of(to: &E164, outcome: Outcome) -> Self {
        let failed = |status, error: &ToolError| Self::unsent(to.as_str(), status, error);
        match outcome {
            Outcome::Sent { message_id, status, duplicate } => {
                Self::sent(to.as_str(), &message_id, &status, duplicate)
            }
            Outcome::Failed(error) => failed(RecipientStatus::Failed, &error),
            Outcome::Unknown(error) => failed(RecipientStatus::Unknown, &error),
            Outcome::NotAttempted(error) => failed(RecipientStatus::NotAttempted, &error),
        }
    }
}

impl Output {
    pub(super) fn new(
        from: InboxLabel,
        recipients: Vec<RecipientResult>,
        duplicates_removed: Vec<String>,
        quota_left: Option<QuotaLeft>,
    ) -> Self {
        let mut counts = Counts::default();
        for recipient in &recipients {
            *match recipient.status {
                RecipientStatus::Sent => &mut counts.sent,
                RecipientStatus::Duplicate => &mut counts.duplicate,
                RecipientStatus::Failed => &mut counts.failed,
                RecipientStatus::Unknown => &mut counts.unknown,
                RecipientStatus::NotAttempted => &mut counts.not_attempted,
            } += 1;
        }
        let next = next_step(&recipients, counts);
        let (problems, deliveries) = (problems(&recipients), deliveries(&recipients));
        let warnings = Vec::new();
        Self {
            from,
            counts,
            recipients,
            problems,
            deliveries,
            duplicates_removed,
            warnings,
            next,
            quota_left,
        }
    }

    /// What the unsent texts have in common; a refused key above all.
    pub(super) fn failure_kind(&self) -> Option<ToolErrorKind> {
        let mut kinds = obstacles(&self.recipients).map(|obstacle| obstacle.kind);
        if kinds.clone().any(|kind| kind == ToolErrorKind::KeyRefused) {
            return Some(ToolErrorKind::KeyRefused);
        }
        let first = kinds.next()?;
        kinds.all(|kind| kind == first).then_some(first)
    }

    pub(super) fn with_warnings(self, warnings: Vec<Warning>) -> Self {
        Self { warnings, ..self }
    }

    pub(super) fn to_text(&self) -> String {
        let Counts { sent, duplicate, failed, unknown, not_attempted } = self.counts;
        let mut text = format!(
            "From {}: {sent} sent, {duplicate} already sent by an earlier call, {failed} failed, {unknown} unknown, {not_attempted} not attempted.",
            self.from.to_line()
        );
        for RecipientResult { to, status, message_id, message_status, .. } in &self.recipients {
            if let (Some(id), Some(message_status)) = (message_id, message_status) {
                text.push_str(&format!("\n{to} {} {id} ({message_status})", status.name()));
            }
        }
        for Problem { status, reason, next, retry_after_seconds, recipients } in &self.problems {
            text.push_str(&format!("\n{} {}: {reason}", recipients.join(", "), status.name()));
            // What stands at the end is not said twice.
            let at_the_end = self.next.as_ref().is_some_and(|last| last.starts_with(next));
            if !next.is_empty() && !at_the_end {
                text.push_str(&format!(" {next}"));
            }
            if let Some(seconds) = retry_after_seconds {
                text.push_str(&format!(" Retry after {seconds} s."));
            }
        }
        for Delivered { delivery, recipients } in &self.deliveries {
            text.push_str(&format!("\n{} This is so for {}", delivery.to_line(), recipients.len()));
            if delivery.status != "delivered" {
                text.push_str(&format!(": {}", recipients.join(", ")));
            }
        }
        if !self.duplicates_removed.is_empty() {
            text.push_str(&format!(
                "\nGiven more than once, texted once: {}.",
                self.duplicates_removed.join(", ")
            ));
        }
        for warning in &self.warnings {
            text.push_str(&format!("\n{}", warning.to_line()));
        }
        if let Some(next) = &self.next {
            text.push_str(&format!("\nNext: {next}"));
        }
        if let Some(left) = self.quota_left {
            text.push_str(&format!("\n{}", left.to_line()));
        }
        text
    }
}

fn obstacles(recipients: &[RecipientResult]) -> impl Iterator<Item = &Obstacle> + Clone {
    recipients.iter().filter_map(|recipient| recipient.problem.as_ref())
}

/// What to do about unsent texts: what their common reason asks for, where they have one, and a refused key's step
/// before all others.
fn next_step(recipients: &[RecipientResult], counts: Counts) -> Option<String> {
    let first = obstacles(recipients).next()?;
    let refused = obstacles(recipients).find(|obstacle| obstacle.kind == ToolErrorKind::KeyRefused);
    let common = obstacles(recipients).all(|obstacle| obstacle.next == first.next).then_some(first);
    if let Some(obstacle) = refused.or(common).filter(|obstacle| !obstacle.next.is_empty()) {
        let mut next = obstacle.next.clone();
        let repeatable = obstacle.kind != ToolErrorKind::NotAllowed && !next.contains("very same call");
        if repeatable && counts.sent + counts.duplicate > 0 {
            next.push_str(
                " Repeating the very same call goes on with what is unsent and texts nobody twice.",
            );
        }
        return Some(next);
    }
    let mut next = String::from(
        "Repeating the very same call goes on with what is unsent; texts that went out are not sent again.",
    );
    if counts.unknown > 0 {
        next.push_str(" For unknown ones wait a minute first: the call then looks whether they went out.");
    }
    if counts.failed > 0 {
        next.push_str(" For failed ones the reason comes first.");
    }
    Some(next)
}

/// Groups recipients by how far their texts got.
fn deliveries(recipients: &[RecipientResult]) -> Vec<Delivered> {
    let mut deliveries: Vec<Delivered> = Vec::new();
    for RecipientResult { to, delivery, .. } in recipients {
        let Some(delivery) = delivery else { continue };
        match deliveries.iter_mut().find(|known| known.delivery == *delivery) {
            Some(known) => known.recipients.push(to.clone()),
            None => deliveries.push(Delivered { delivery: delivery.clone(), recipients: vec![to.clone()] }),
        }
    }
    deliveries
}

/// Groups recipients by why they got no text. A hundred of them often have one reason.
fn problems(recipients: &[RecipientResult]) -> Vec<Problem> {
    let mut problems: Vec<Problem> = Vec::new();
    for RecipientResult { to, status, problem, .. } in recipients {
        let Some(obstacle) = problem else { continue };
        let Obstacle { reason, wait, .. } = obstacle;
        // What to do about all of them alike stands once, at the end.
        let next =
            if *status == RecipientStatus::Unknown || obstacle.has_its_turn() { "" } else { &obstacle.next };
        let known = problems.iter_mut().find(|known| {
            known.status == *status
                && known.reason == *reason
                && known.next == *next
                && known.retry_after_seconds == *wait
        });
        match known {
            Some(known) => known.recipients.push(to.clone()),
            None => problems.push(Problem {
                status: *status,
                reason: reason.clone(),
                next: next.to_owned(),
                retry_after_seconds: *wait,
                recipients: vec![to.clone()],
            }),
        }
    }
    problems
}
