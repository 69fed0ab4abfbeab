//! Result of `list-calls`, as data and as text.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use openphone_client::calls::Call;
use schemars::JsonSchema;
use serde::Serialize;

use crate::calls::{self, Ending, SummaryItem, SummaryState, VoicemailItem};
use crate::inbox::Inbox;
use crate::people::{People, Person};
use crate::reading::frame::Frame;
use crate::reading::interval::Way;
use crate::reading::{Coverage, json_length};
use crate::text::{self, NOTICE};

/// Result of `list-calls`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Output {
    /// Whose list it is, of which time
    #[serde(flatten)]
    pub frame: Frame,
    /// Newest first
    pub calls: Vec<CallItem>,
    /// Whether that is everything
    pub coverage: Coverage,
}

/// One call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CallItem {
    /// `AC…`
    pub id: String,
    /// When it began, RFC 3339
    pub at: String,
    /// Which way
    pub direction: Way,
    /// How it went
    pub outcome: Ending,
    /// What OpenPhone calls that
    pub status: String,
    /// Everybody else on the call
    pub with: Vec<Person>,
    /// Teammate or machine that took it
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered_by: Option<String>,
    /// Teammate who placed it
    #[serde(skip_serializing_if = "Option::is_none")]
    pub placed_by: Option<String>,
    /// Teammate, number or inbox that it was forwarded to
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forwarded_to: Option<String>,
    /// Length, ringing of unanswered calls included
    pub duration_seconds: u64,
    /// Whether there is a summary, if it was asked for and somebody spoke
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary_state: Option<SummaryState>,
    /// Summary made by OpenPhone; untrusted text
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<SummaryItem>,
    /// What the caller left, if it was asked for
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voicemail: Option<VoicemailItem>,
    /// Why there is no summary, or what is left out
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl CallItem {
    pub(super) fn of(call: &Call, inbox: &Inbox, people: &People, zone: &TimeZone) -> Self {
        let outcome = Ending::of(call);
        // Of a call that nobody took, the API names the inbox's owner: that is no answer.
        let took = matches!(outcome, Ending::Answered | Ending::AiAgent | Ending::InProgress);
        let incoming = Way::of(&call.direction) == Way::Incoming;
        let answered_by = call.answered_by.as_ref().or(call.actor_id.as_ref()).filter(|_| incoming && took);
        let placed_by = call.initiated_by.as_ref().or(call.actor_id.as_ref()).filter(|_| !incoming);
        Self {
            id: call.id.to_string(),
            at: crate::time::rfc3339(call.created_at, zone),
            direction: Way::of(&call.direction),
            outcome,
            status: text::clean_line(call.status.as_str(), 40),
            with: calls::with(call, inbox, people),
            answered_by: calls::actor(answered_by, people),
            placed_by: calls::actor(placed_by, people),
            forwarded_to: calls::forwarded_to(call, people),
            duration_seconds: call.duration_seconds.unwrap_or(0),
            summary_state: None,
            summary: None,
            voicemail: call.voicemail.as_ref().map(VoicemailItem::of),
            reason: None,
        }
    }

    /// Adds the summary, or why there is none. Where nobody spoke, there is nothing to say of it.
    pub(super) fn add_summary(&mut self, call: &Call, refused: Option<&str>, now: Timestamp) {
        self.summary = call.summary.as_ref().and_then(SummaryItem::of);
        let (state, reason) = match refused {
            Some(refused) => (SummaryState::NotInPlan, Some(refused)),
            None => SummaryState::of(call, now),
        };
        let spoke = matches!(self.outcome, Ending::Answered | Ending::AiAgent);
        if self.summary.is_some() || spoke {
            self.summary_state = Some(state);
            self.reason = reason.map(str::to_owned);
        }
    }

    /// What the item costs in a result, as data and as text.
    pub(super) fn bytes(&self) -> usize {
        json_length(self).saturating_add(self.to_text().len() + 2)
    }

    /// Drops the ends of the voicemail and of the summary until the item has at most so many bytes.
    pub(super) fn cut_to(&mut self, bytes: usize) {
        let whole = self.clone();
        while self.bytes() > bytes {
            let shorter = self.voicemail.as_mut().is_some_and(VoicemailItem::shorten)
                || self.summary.as_mut().is_some_and(SummaryItem::shorten);
            if !shorter {
                break;
            }
            self.reason = Some("the end of the summary or voicemail is left out for its length".to_owned());
        }
        if self.summary == whole.summary && self.voicemail == whole.voicemail {
            self.reason = whole.reason;
        }
    }

    pub(super) fn to_text(&self) -> String {
        let with = self.with.iter().map(Person::to_phrase).collect::<Vec<_>>().join(", ");
        let mut text = format!(
            "[{}] {} {} {} ({}) with {}, {} s",
            self.id,
            self.at,
            self.direction.name(),
            self.outcome.name(),
            self.status,
            if with.is_empty() { "unknown" } else { &with },
            self.duration_seconds,
        );
        for (label, who) in [
            ("answered by", &self.answered_by),
            ("placed by", &self.placed_by),
            ("forwarded to", &self.forwarded_to),
        ] {
            if let Some(who) = who {
                text.push_str(&format!(", {label} \"{who}\""));
            }
        }
        if let Some(state) = self.summary_state.filter(|_| self.summary.is_none()) {
            text.push_str(&format!(". Summary: {}", state.name()));
        }
        if let Some(reason) = &self.reason {
            text.push_str(&format!(" ({reason})"));
        }
        if let Some(summary) = &self.summary {
            text.push_str(&summary.to_lines());
        }
        if let Some(voicemail) = &self.voicemail {
            text.push_str(&voicemail.to_lines());
        }
        text
    }
}

impl Output {
    pub(super) fn new(frame: Frame, calls: Vec<CallItem>, coverage: Coverage) -> Self {
        Self { frame, calls, coverage }
    }

    pub(super) fn to_text(&self) -> String {
        let head = self.frame.to_head();
        let mut text = format!("{} call(s) of {head}.", self.calls.len());
        if !self.calls.is_empty() {
            text.push_str(&format!(" {NOTICE} Each of their lines starts with >."));
        }
        for call in &self.calls {
            text.push('\n');
            text.push_str(&call.to_text());
        }
        text.push('\n');
        text.push_str(&self.coverage.to_line());
        text
    }
}
