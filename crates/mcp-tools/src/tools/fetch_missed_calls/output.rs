//! Result of `fetch-missed-calls`, as data and as text.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use openphone_client::calls::Call;
use schemars::JsonSchema;
use serde::Serialize;

use super::caller_of;
use super::follow_up::{FollowUp, FollowUpState};
use crate::calls::{self, VoicemailItem};
use crate::inbox::Inbox;
use crate::people::{People, Person};
use crate::reading::frame::Frame;
use crate::reading::{Coverage, json_length};

use crate::text::{self, NOTICE};

/// Longest part of a text of ours that is shown, in characters.
const MAX_EXCERPT: usize = 120;

/// Result of `fetch-missed-calls`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Output {
    /// Whose list it is, of which time
    #[serde(flatten)]
    pub frame: Frame,
    /// Newest first
    pub calls: Vec<MissedCallItem>,
    /// Whether that is everything
    pub coverage: Coverage,
}

/// One missed call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct MissedCallItem {
    /// `AC…`
    pub id: String,
    /// When, RFC 3339
    pub at: String,
    /// Who called, unless OpenPhone does not say
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Person>,
    /// What OpenPhone calls it: missed, no-answer, abandoned …
    pub status: String,
    /// How long it rang, voicemail included
    pub rang_seconds: u64,
    /// What the caller left, if anything
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voicemail: Option<VoicemailItem>,
    /// Whether somebody got back to them since
    pub follow_up: FollowUpItem,
    /// What else there is to know
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Whether somebody got back to a caller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FollowUpItem {
    /// none: nobody yet; impossible: no number to call
    pub state: FollowUpState,
    /// When, RFC 3339
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Teammate
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Whether they picked up
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered: Option<bool>,
    /// Beginning of the text
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Name of the other inbox that did it
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inbox: Option<String>,
}

impl FollowUpItem {
    pub(super) fn new(state: FollowUpState) -> Self {
        Self { state, at: None, by: None, answered: None, text: None, inbox: None }
    }

    pub(super) fn of(follow_up: &FollowUp, people: &People, zone: &TimeZone) -> Self {
        Self {
            state: follow_up.state,
            at: follow_up.at.map(|at| crate::time::rfc3339(at, zone)),
            by: calls::actor(follow_up.by.as_ref(), people),
            answered: follow_up.answered,
            text: follow_up.text.as_ref().map(|text| text::clean_line(text, MAX_EXCERPT)),
            inbox: follow_up.inbox.clone(),
        }
    }

    fn to_lines(&self) -> String {
        let what = match (self.state, self.answered) {
            (FollowUpState::CalledBack, Some(false)) => "called back, nobody picked up",
            (FollowUpState::CalledBack, _) => "called back",
            (FollowUpState::TextedBack, _) => "texted back",
            (FollowUpState::CalledAgain, _) => "called again and was answered",
            (FollowUpState::None, _) => "none",
            (FollowUpState::Unknown, _) => "unknown",
            (FollowUpState::Impossible, _) => "impossible, the number is not known",
        };
        let at = self.at.as_ref().map(|at| format!(" {at}")).unwrap_or_default();
        let by = self.by.as_ref().map(|by| format!(" by \"{by}\"")).unwrap_or_default();
        let inbox = self.inbox.as_ref().map(|inbox| format!(" from \"{inbox}\"")).unwrap_or_default();
        let text = self.text.as_ref().map(|text| format!(":\n{}", text::quoted(text))).unwrap_or_default();
        format!("\nFollow-up: {what}{at}{by}{inbox}{text}")
    }
}

impl MissedCallItem {
    pub(super) fn of(
        call: &Call,
        inbox: &Inbox,
        people: &People,
        zone: &TimeZone,
        now: Timestamp,
        follow_up: FollowUpItem,
    ) -> Self {
        let pending = call.voicemail.is_none() && calls::ended_lately(call, now);
        Self {
            id: call.id.to_string(),
            at: crate::time::rfc3339(call.created_at, zone),
            from: caller_of(call, inbox).map(|caller| Person::of(caller, inbox, people)),
            status: text::clean_line(call.status.as_str(), 40),
            rang_seconds: call.duration_seconds.unwrap_or(0),
            voicemail: call.voicemail.as_ref().map(VoicemailItem::of),
            follow_up,
            note: pending.then(|| "the call ended a few minutes ago; a voicemail may still come".to_owned()),
        }
    }

    /// What the item costs in a result, as data and as text.
    pub(super) fn bytes(&self) -> usize {
        json_length(self).saturating_add(self.to_text().len() + 2)
    }

    /// Drops the end of the voicemail until the item has at most so many bytes.
    pub(super) fn cut_to(&mut self, bytes: usize) {
        while self.bytes() > bytes && self.voicemail.as_mut().is_some_and(VoicemailItem::shorten) {
            self.note = Some("the end of the voicemail is left out for its length".to_owned());
        }
    }

    fn to_text(&self) -> String {
        let from = self.from.as_ref().map_or_else(|| "an unknown number".to_owned(), Person::to_phrase);
        let mut text =
            format!("[{}] {} from {from} ({}), {} s", self.id, self.at, self.status, self.rang_seconds);
        if let Some(note) = &self.note {
            text.push_str(&format!(" ({note})"));
        }
        match &self.voicemail {
            Some(voicemail) => text.push_str(&voicemail.to_lines()),
            None => text.push_str(", no voicemail"),
        }
        text.push_str(&self.follow_up.to_lines());
        text
    }
}

impl Output {
    pub(super) fn new(frame: Frame, calls: Vec<MissedCallItem>, coverage: Coverage) -> Self {
        Self { frame, calls, coverage }
    }

    pub(super) fn to_text(&self) -> String {
        let head = self.frame.to_head();
        let waiting = self.calls.iter().filter(|call| call.follow_up.state == FollowUpState::None).count();
        let mut text = format!("{} missed call(s) of {head}.", self.calls.len());
        if !self.calls.is_empty() {
            text.push_str(&format!(
                " {waiting} without follow-up. {NOTICE} Each of their lines starts with >."
            ));
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
