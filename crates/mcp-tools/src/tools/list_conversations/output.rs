//! Result of `list-conversations`, as data and as text.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use openphone_client::conversations::Conversation;
use schemars::JsonSchema;
use serde::Serialize;

use super::activity::{Event, Unanswered};
use crate::calls::{self, Ending};
use crate::inbox::Inbox;
use crate::people::{People, Person};
use crate::reading::frame::Frame;
use crate::reading::interval::Way;
use crate::reading::{Coverage, json_length};
use crate::text::{self, NOTICE};

/// Room for what is said of somebody who is waiting, in data and text.
pub(super) const WAITING_BYTES: usize = 260;
/// Participants of a conversation that are shown.
const MAX_PARTICIPANTS: usize = 20;

/// Result of `list-conversations`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Output {
    /// Whose list it is, of which time
    #[serde(flatten)]
    pub frame: Frame,
    /// Most recent activity first
    pub conversations: Vec<ConversationItem>,
    /// Whether that is everything
    pub coverage: Coverage,
}

/// One conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ConversationItem {
    /// `CN…`
    pub id: String,
    /// The other side; several in a group thread
    pub with: Vec<Person>,
    /// Name that somebody gave the thread
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// When something last happened, RFC 3339
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_activity_at: Option<String>,
    /// What that was
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<LastActivity>,
    /// Whether they are waiting for us; absent: could not be read
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting: Option<bool>,
    /// How many texts and missed calls nobody answered
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unanswered: Option<usize>,
    /// When the first of them came
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting_since: Option<String>,
    /// How long that is ago
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting_for: Option<String>,
    /// true: their last text opted out of texts
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opted_out: Option<bool>,
    /// Teammate or machine it is assigned to
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assigned_to: Option<String>,
    /// It was put aside until then
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snoozed_until: Option<String>,
}

/// The last message or call of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LastActivity {
    /// `AC…`
    pub id: String,
    /// When, RFC 3339
    pub at: String,
    /// text or call
    pub kind: ActivityKind,
    /// Which way
    pub direction: Way,
    /// How a call went
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Ending>,
    /// Teammate or machine that wrote, called or answered
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Beginning of a text; untrusted
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ActivityKind {
    /// A text message.
    Text,
    /// A call.
    Call,
}

impl LastActivity {
    pub(super) fn new(id: &str, at: &str, kind: ActivityKind, direction: Way) -> Self {
        let (id, at) = (id.to_owned(), at.to_owned());
        Self { id, at, kind, direction, outcome: None, by: None, text: None }
    }

    fn of(event: &Event, people: &People, zone: &TimeZone) -> Self {
        Self {
            id: event.id.clone(),
            at: crate::time::rfc3339(event.at, zone),
            kind: event.kind,
            direction: event.way,
            outcome: event.outcome,
            by: calls::actor(event.by.as_ref(), people),
            text: event.text.clone(),
        }
    }

    fn to_lines(&self) -> String {
        let outcome = self.outcome.map(|outcome| format!(" ({})", outcome.name())).unwrap_or_default();
        let by = self.by.as_ref().map(|by| format!(" by \"{by}\"")).unwrap_or_default();
        let kind = match self.kind {
            ActivityKind::Text => "text",
            ActivityKind::Call => "call",
        };
        let text = self.text.as_ref().map(|text| format!("\n{}", text::quoted(text))).unwrap_or_default();
        format!("last: {} {kind}{outcome}{by} {} [{}]{text}", self.direction.name(), self.at, self.id)
    }
}

impl ConversationItem {
    pub(super) fn new(id: &str, with: Vec<Person>, last: LastActivity) -> Self {
        Self {
            id: id.to_owned(),
            with,
            name: None,
            last_activity_at: Some(last.at.clone()),
            last: Some(last),
            waiting: None,
            unanswered: None,
            waiting_since: None,
            waiting_for: None,
            opted_out: None,
            assigned_to: None,
            snoozed_until: None,
        }
    }

    pub(super) fn of(
        conversation: &Conversation,
        inbox: &Inbox,
        people: &People,
        zone: &TimeZone,
        now: Timestamp,
    ) -> Self {
        let with = conversation.participants.iter().take(MAX_PARTICIPANTS);
        let until = conversation.snoozed_until.filter(|until| *until > now);
        Self {
            id: conversation.id.to_string(),
            with: with.map(|party| Person::of(party, inbox, people)).collect(),
            name: conversation.name.as_ref().and_then(|name| text::clean_name(name)),
            last_activity_at: conversation.last_activity_at.map(|at| crate::time::rfc3339(at, zone)),
            last: None,
            waiting: None,
            unanswered: None,
            waiting_since: None,
            waiting_for: None,
            opted_out: None,
            assigned_to: calls::actor(conversation.assigned_to.as_ref(), people),
            snoozed_until: until.map(|until| crate::time::rfc3339(until, zone)),
        }
    }

    /// Adds what happened last, where that could be read.
    pub(super) fn set_last(&mut self, last: Option<&Event>, people: &People, zone: &TimeZone) {
        self.last = last.map(|event| LastActivity::of(event, people, zone));
        self.opted_out = last.filter(|event| event.opted_out).map(|_| true);
    }

    /// Adds since when they have been waiting; it may be longer when not everything before was read.
    pub(super) fn set_waiting(&mut self, unanswered: &Unanswered, zone: &TimeZone, now: Timestamp) {
        let waited = ago(now.duration_since(unanswered.since).unsigned_abs());
        self.unanswered = Some(unanswered.count);
        self.waiting_since = Some(crate::time::rfc3339(unanswered.since, zone));
        self.waiting_for = Some(if unanswered.whole { waited } else { format!("at least {waited}") });
    }

    /// What the item costs in a result, as data and as text.
    pub(super) fn bytes(&self) -> usize {
        json_length(self).saturating_add(self.to_text().len() + 2)
    }

    fn to_text(&self) -> String {
        let with = self.with.iter().map(Person::to_phrase).collect::<Vec<_>>().join(", ");
        let name = self.name.as_ref().map(|name| format!(" in \"{name}\"")).unwrap_or_default();
        let mut text = format!("[{}] {}{name}", self.id, if with.is_empty() { "unknown" } else { &with });
        match (self.waiting, &self.waiting_for, &self.waiting_since) {
            (Some(true), Some(waited), Some(since)) => {
                let several = self.unanswered.filter(|count| *count > 1);
                let count = several.map(|count| format!(" with {count} unanswered")).unwrap_or_default();
                text.push_str(&format!(", WAITING for us{count} for {waited}, since {since}"));
            }
            (Some(true), ..) => text.push_str(", WAITING for us"),
            (Some(false), ..) if self.opted_out.is_some() => text.push_str(", opted out of texts"),
            (Some(false), ..) => text.push_str(", not waiting"),
            (None, ..) => text.push_str(", not known whether waiting"),
        }
        if let Some(assigned_to) = &self.assigned_to {
            text.push_str(&format!(", assigned to \"{assigned_to}\""));
        }
        if let Some(until) = &self.snoozed_until {
            text.push_str(&format!(", snoozed until {until}"));
        }
        match (&self.last, &self.last_activity_at) {
            (Some(last), _) => text.push_str(&format!("; {}", last.to_lines())),
            (None, Some(at)) => text.push_str(&format!("; last activity {at}")),
            (None, None) => {}
        }
        text
    }
}

/// A long span in whole units, rounded down: nobody has been waiting longer than is said.
fn ago(span: Duration) -> String {
    let minutes = span.as_secs() / 60;
    let (count, unit) = match minutes {
        0..120 => (minutes, "minute"),
        120..2_880 => (minutes / 60, "hour"),
        _ => (minutes / 1_440, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

impl Output {
    pub(super) fn new(frame: Frame, conversations: Vec<ConversationItem>, coverage: Coverage) -> Self {
        Self { frame, conversations, coverage }
    }

    pub(super) fn to_text(&self) -> String {
        let head = self.frame.to_head();
        let waiting = self.conversations.iter().filter(|item| item.waiting == Some(true)).count();
        let mut text = format!("{} conversation(s) of {head}.", self.conversations.len());
        if !self.conversations.is_empty() {
            text.push_str(&format!(" {waiting} waiting for us. {NOTICE} Each of their lines starts with >."));
        }
        for conversation in &self.conversations {
            text.push('\n');
            text.push_str(&conversation.to_text());
        }
        text.push('\n');
        text.push_str(&self.coverage.to_line());
        text
    }
}
