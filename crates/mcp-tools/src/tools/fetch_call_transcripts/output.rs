//! Result of `fetch-call-transcripts`, as data and as text.

use jiff::tz::TimeZone;
use openphone_client::calls::{Call, DialogueLine, TranscriptSegment};
use schemars::JsonSchema;
use serde::Serialize;

use super::transcript::Transcript;
use crate::calls::{self, SummaryItem};
use crate::inbox::Inbox;
use crate::people::{People, Person};
use crate::reading::frame::Frame;
use crate::reading::interval::Way;
use crate::reading::{Coverage, json_length};
use crate::text::{self, NOTICE};

/// Longest single utterance that is shown, in characters.
const MAX_UTTERANCE: usize = 2_000;

/// Result of `fetch-call-transcripts`.
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

/// Whether there is a transcript.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TranscriptState {
    /// It is in the result.
    Ready,
    /// It is being made.
    NotReady,
    /// The call was not transcribed.
    NotEnabled,
    /// The workspace's plan has no transcripts.
    NotInPlan,
    /// The upstream could not make it.
    Failed,
    /// It could not be read now.
    Unavailable,
}

impl TranscriptState {
    fn phrase(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::NotReady => "not_ready",
            Self::NotEnabled => "not_enabled",
            Self::NotInPlan => "not_in_plan",
            Self::Failed => "failed",
            Self::Unavailable => "unavailable",
        }
    }
}

/// One answered call.
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
    /// Everybody else on the call
    pub with: Vec<Person>,
    /// Teammate or machine that took or placed it
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handled_by: Option<String>,
    /// Length
    pub duration_seconds: u64,
    /// Summary made by OpenPhone
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<SummaryItem>,
    /// Whether there is a transcript
    pub transcript: TranscriptState,
    /// Why there is none, or what else there is to know
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What was said, in order; untrusted text
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub lines: Vec<Line>,
    /// Lines before the first one here, shown by an earlier result
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_line: Option<usize>,
    /// Lines after the last one here; the cursor continues with them
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines_left: Option<usize>,
}

/// One thing said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Line {
    /// Seconds from the start of the recording
    pub at: u64,
    /// Who, by name where known
    pub speaker: String,
    /// Untrusted text
    pub text: String,
}

impl CallItem {
    pub(super) fn of(
        call: &Call,
        transcript: Transcript,
        inbox: &Inbox,
        people: &People,
        zone: &TimeZone,
        from_line: usize,
    ) -> Self {
        let actor = [&call.answered_by, &call.initiated_by, &call.actor_id].into_iter().flatten().next();
        let lines =
            transcript.segments.iter().flat_map(|segment| lines(call, segment, people)).skip(from_line);
        Self {
            id: call.id.to_string(),
            at: crate::time::rfc3339(call.created_at, zone),
            direction: Way::of(&call.direction),
            with: calls::with(call, inbox, people),
            handled_by: calls::actor(actor, people),
            duration_seconds: call.duration_seconds.unwrap_or(0),
            summary: call.summary.as_ref().filter(|_| from_line == 0).and_then(SummaryItem::of),
            transcript: transcript.state,
            reason: transcript.reason,
            lines: lines.collect(),
            from_line: Some(from_line).filter(|from_line| *from_line > 0),
            lines_left: None,
        }
    }

    /// What the item costs in a result, as data and as text.
    pub(super) fn bytes(&self) -> usize {
        json_length(self).saturating_add(self.to_text().len() + 2)
    }

    /// Drops parts of the summary and lines from the end until the item has at most so many bytes. Says how many
    /// lines are left: at least one, if there is any.
    pub(super) fn cut_to(&mut self, bytes: usize) -> usize {
        let all = std::mem::take(&mut self.lines);
        let total = all.len();
        self.lines_left = Some(total);
        self.cut_summary_to(if total == 0 { bytes } else { bytes / 2 });
        let mut used = self.bytes();
        for line in all {
            used += line.bytes();
            if used > bytes && !self.lines.is_empty() {
                break;
            }
            self.lines.push(line);
        }
        self.lines_left = Some(total - self.lines.len()).filter(|left| *left > 0);
        self.lines.len()
    }

    fn cut_summary_to(&mut self, bytes: usize) {
        let before = self.summary.clone();
        while self.bytes() > bytes && self.summary.as_mut().is_some_and(SummaryItem::shorten) {}
        if self.summary != before {
            let cut = "the end of the summary is left out for its length";
            let reason =
                self.reason.take().map_or_else(|| cut.to_owned(), |reason| format!("{reason}; {cut}"));
            self.reason = Some(reason);
        }
    }

    pub(super) fn to_text(&self) -> String {
        let with = self.with.iter().map(Person::to_phrase).collect::<Vec<_>>().join(", ");
        let by = self.handled_by.as_ref().map(|name| format!(", handled by \"{name}\"")).unwrap_or_default();
        let mut text = format!(
            "[{}] {} {} with {}{by}, {} s. Transcript: {}",
            self.id,
            self.at,
            self.direction.name(),
            if with.is_empty() { "unknown" } else { &with },
            self.duration_seconds,
            self.transcript.phrase(),
        );
        if let Some(reason) = &self.reason {
            text.push_str(&format!(" ({reason})"));
        }
        if let Some(from_line) = self.from_line {
            text.push_str(&format!(" (continued after line {from_line})"));
        }
        if let Some(summary) = &self.summary {
            text.push_str(&summary.to_lines());
        }
        if !self.lines.is_empty() {
            text.push_str("\nSaid:");
        }
        for line in &self.lines {
            text.push('\n');
            text.push_str(&line.to_text());
        }
        if let Some(left) = self.lines_left {
            text.push_str(&format!("\n({left} more line(s) of this call)"));
        }
        text
    }
}

impl Line {
    fn of(line: &DialogueLine, offset: f64, call: &Call, people: &People) -> Self {
        let named = line.actor_id.as_ref().and_then(|actor| people.of_actor(actor));
        let named = named.or_else(|| people.of_party(line.identifier.as_ref()?));
        let speaker = named.map(str::to_owned).or_else(|| {
            let identifier = line.identifier.as_ref()?;
            text::clean_name(identifier.as_str())
        });
        let speaker = speaker
            .unwrap_or_else(|| if line.actor_id.is_some() { "teammate".to_owned() } else { unnamed(call) });
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative, and saturating"
        )]
        let at = (line.start_seconds + offset).max(0.0) as u64;
        Self { at, speaker, text: text::clean_line(&line.content, MAX_UTTERANCE) }
    }

    fn bytes(&self) -> usize {
        json_length(self).saturating_add(self.to_text().len() + 2)
    }

    fn to_text(&self) -> String {
        text::quoted(&format!("{}:{:02} {}: {}", self.at / 60, self.at % 60, self.speaker, self.text))
    }
}

/// The other side, when nothing says who spoke.
fn unnamed(call: &Call) -> String {
    match Way::of(&call.direction) {
        Way::Incoming => "caller".to_owned(),
        Way::Outgoing => "callee".to_owned(),
    }
}

/// Lines of one recording, with times from the start of the first one.
fn lines<'a>(
    call: &'a Call,
    segment: &'a TranscriptSegment,
    people: &'a People,
) -> impl Iterator<Item = Line> + 'a {
    let begun = call.answered_at.unwrap_or(call.created_at);
    let offset = segment.start_time.map_or(0.0, |start| start.duration_since(begun).as_secs_f64()).max(0.0);
    segment.dialogue.iter().map(move |line| Line::of(line, offset, call, people))
}

impl Output {
    pub(super) fn new(frame: Frame, calls: Vec<CallItem>, coverage: Coverage) -> Self {
        Self { frame, calls, coverage }
    }

    pub(super) fn to_text(&self) -> String {
        let head = self.frame.to_head();
        let mut text = format!("{} answered call(s) of {head}.", self.calls.len());
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
