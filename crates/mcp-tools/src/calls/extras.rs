//! What a call leaves behind, as results show it: summary and voicemail.

use std::time::Duration;

use jiff::Timestamp;
use openphone_client::calls::{Call, CallSummary, SummaryJobField, Voicemail, WorkStatus};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::text;

/// A call that ended less than this ago may still get a summary or transcript.
pub(crate) const STILL_TO_COME: Duration = Duration::from_secs(15 * 60);
/// Most points of a summary that are shown.
const MAX_POINTS: usize = 12;
/// Longest point of a summary that is shown, in characters.
const MAX_POINT: usize = 400;
/// Longest voicemail that is shown, in characters: some five minutes of speech.
const MAX_VOICEMAIL: usize = 4_000;
/// Longest address of a recording, in characters. It is shown whole or not at all: a part of a signed one leads nowhere.
const MAX_URL: usize = 2_048;

/// A summary.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SummaryItem {
    /// What it was about
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub points: Vec<String>,
    /// What is to be done
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub next_steps: Vec<String>,
    /// What the AI agent wrote down
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub notes: Vec<String>,
}

/// Whether there is a summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SummaryState {
    /// It is in the result.
    Ready,
    /// It is being made.
    NotReady,
    /// The call has none.
    Absent,
    /// The workspace's plan has no summaries.
    NotInPlan,
    /// The upstream could not make it.
    Failed,
}

/// What a caller left on the machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct VoicemailItem {
    /// Whether it can be read and heard
    pub state: VoicemailState,
    /// Length
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<u64>,
    /// What was said; untrusted text
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transcript: Option<String>,
    /// Where it can be heard, for a limited time and by whoever has the address
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recording_url: Option<String>,
}

/// Whether a voicemail can be read and heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum VoicemailState {
    /// It is there.
    Ready,
    /// It is being processed.
    NotReady,
    /// The upstream could not process it.
    Failed,
}

impl SummaryItem {
    pub(crate) fn new(points: Vec<&str>, next_steps: Vec<&str>) -> Self {
        Self {
            points: clean(points.into_iter()),
            next_steps: clean(next_steps.into_iter()),
            notes: Vec::new(),
        }
    }

    /// `None`: there is nothing in it.
    pub(crate) fn of(summary: &CallSummary) -> Option<Self> {
        let fields = summary.jobs.iter().flat_map(|job| &job.fields);
        let notes: Vec<String> = fields.filter_map(note).collect();
        let item = Self {
            points: clean(summary.summary.iter().map(|point| point.as_str())),
            next_steps: clean(summary.next_steps.iter().map(|step| step.as_str())),
            notes: clean(notes.iter().map(String::as_str)),
        };
        (item != Self::default()).then_some(item)
    }

    /// Drops its last part. `false`: nothing is left to drop.
    pub(crate) fn shorten(&mut self) -> bool {
        self.notes.pop().or_else(|| self.next_steps.pop()).or_else(|| self.points.pop()).is_some()
    }

    /// Its lines, each part with its label, quoted.
    pub(crate) fn to_lines(&self) -> String {
        let mut lines = String::new();
        let parts = [
            ("Summary", &self.points),
            ("Next steps", &self.next_steps),
            ("Notes of the AI agent", &self.notes),
        ];
        for (label, points) in parts.into_iter().filter(|(_, points)| !points.is_empty()) {
            lines.push_str(&format!("\n{label}:\n{}", text::quoted(&points.join("\n"))));
        }
        lines
    }
}

fn clean<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    texts.take(MAX_POINTS).map(|text| text::clean_line(text, MAX_POINT)).collect()
}

fn note(field: &SummaryJobField) -> Option<String> {
    let value: &Value = &field.value;
    let value = match value {
        Value::String(text) => text.clone(),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        _ => return None,
    };
    Some(format!("{}: {value}", field.name.as_str()))
}

impl SummaryState {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::NotReady => "not_ready",
            Self::Absent => "absent",
            Self::NotInPlan => "not_in_plan",
            Self::Failed => "failed",
        }
    }

    /// What is known of the summary of a call that somebody or something took, and why there is none.
    pub(crate) fn of(call: &Call, now: Timestamp) -> (Self, Option<&'static str>) {
        let status = call.summary.as_ref().map_or(&WorkStatus::Absent, |summary| &summary.status);
        match status {
            WorkStatus::Completed => (Self::Ready, None),
            WorkStatus::InProgress => {
                (Self::NotReady, Some("it is being made; usually it takes a few minutes"))
            }
            WorkStatus::Failed => (Self::Failed, Some("OpenPhone could not make it")),
            _ if ended_lately(call, now) => (Self::NotReady, Some("the call ended a few minutes ago")),
            _ => {
                (Self::Absent, Some("it was off for the call, or the plan has none (Business and Scale do)"))
            }
        }
    }
}

/// Whether something of a call may still be on its way.
pub(crate) fn ended_lately(call: &Call, now: Timestamp) -> bool {
    let ended = call.completed_at.unwrap_or(call.created_at);
    now.duration_since(ended).unsigned_abs() < STILL_TO_COME
}

impl VoicemailItem {
    pub(crate) fn of(voicemail: &Voicemail) -> Self {
        let url = voicemail.recording_url.as_ref().map(|url| url.as_str());
        let whole = |url: &&str| !url.is_empty() && text::clean_line(url, MAX_URL) == **url;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative, and saturating"
        )]
        let seconds = |seconds: f64| seconds.max(0.0).ceil() as u64;
        let transcript = voicemail.transcript.as_ref().map(|said| text::clean(said, MAX_VOICEMAIL));
        Self {
            state: match voicemail.status {
                WorkStatus::Completed => VoicemailState::Ready,
                WorkStatus::Failed => VoicemailState::Failed,
                _ => VoicemailState::NotReady,
            },
            duration_seconds: voicemail.duration_seconds.map(seconds),
            transcript: transcript.filter(|said| !said.is_empty()),
            recording_url: url.filter(whole).map(str::to_owned),
        }
    }

    /// Cuts the transcript to three quarters. `false`: nothing is left to cut.
    pub(crate) fn shorten(&mut self) -> bool {
        let Some(said) = &mut self.transcript else { return false };
        let kept = said.chars().count() * 3 / 4;
        *said = text::clean(said, kept);
        if kept == 0 {
            self.transcript = None;
        }
        true
    }

    /// Its lines, quoted where they are not ours.
    pub(crate) fn to_lines(&self) -> String {
        let state = match (self.state, &self.transcript) {
            (VoicemailState::Ready, Some(_)) => "",
            (VoicemailState::Ready, None) => " (nothing to read)",
            (VoicemailState::NotReady, _) => {
                " (not_ready: still being processed; call again in a few minutes)"
            }
            (VoicemailState::Failed, _) => " (failed: OpenPhone could not process it)",
        };
        let length = self.duration_seconds.map(|seconds| format!(", {seconds} s")).unwrap_or_default();
        let mut lines = format!("\nVoicemail{length}{state}");
        if let Some(said) = &self.transcript {
            lines.push_str(&format!(":\n{}", text::quoted(said)));
        }
        if let Some(url) = &self.recording_url {
            lines.push_str(&format!("\n  recording: {url}"));
        }
        lines
    }
}
