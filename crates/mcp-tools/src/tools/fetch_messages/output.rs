//! Result of `fetch-messages`, as data and as text.

use jiff::tz::TimeZone;
use openphone_client::messages::Message;
use schemars::JsonSchema;
use serde::Serialize;

use crate::inbox::Inbox;
use crate::people::{People, Person};
use crate::reading::frame::Frame;
use crate::reading::interval::Way;
use crate::reading::{Coverage, json_length};
use crate::text::{self, NOTICE};

/// Longest text that is shown, in characters; an SMS has at most 1,600.
const MAX_TEXT: usize = 2_000;
/// Most pictures and files of a message that are shown.
const MAX_MEDIA: usize = 10;
/// Longest address of a file that is shown, in characters. An address is shown whole or not at all: a part of a
/// signed one leads nowhere.
const MAX_URL: usize = 2_048;

/// Result of `fetch-messages`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Output {
    /// Whose list it is, of which time
    #[serde(flatten)]
    pub frame: Frame,
    /// Newest first
    pub messages: Vec<MessageItem>,
    /// Whether that is everything
    pub coverage: Coverage,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct MessageItem {
    /// `AC…`
    pub id: String,
    /// When, RFC 3339
    pub at: String,
    /// Which way
    pub direction: Way,
    /// Who sent it
    pub from: Person,
    /// To whom; several in a group thread
    pub to: Vec<Person>,
    /// Teammate who sent it
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_by: Option<String>,
    /// Delivery status
    pub status: String,
    /// Untrusted text
    pub text: String,
    /// Pictures and files
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub media: Vec<MediaItem>,
    /// `CN…`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<String>,
    /// What is left out of this message
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A picture or file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct MediaItem {
    /// Media type
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// Where it is
    pub url: String,
}

impl MessageItem {
    pub(in crate::tools) fn of(message: &Message, inbox: &Inbox, people: &People, zone: &TimeZone) -> Self {
        let whole = |url: &str| text::clean_line(url, MAX_URL) == url && !url.is_empty();
        let media: Vec<MediaItem> = message
            .media
            .iter()
            .filter(|media| whole(&media.url))
            .take(MAX_MEDIA)
            .map(|media| MediaItem {
                media_type: media.media_type.as_deref().map(|kind| text::clean_line(kind, 60)),
                url: media.url.as_str().to_owned(),
            })
            .collect();
        Self {
            id: message.id.to_string(),
            at: crate::time::rfc3339(message.created_at, zone),
            direction: Way::of(&message.direction),
            from: Person::of(&message.from, inbox, people),
            to: message.to.iter().map(|party| Person::of(party, inbox, people)).collect(),
            sent_by: message.user_id.as_ref().and_then(|actor| people.of_actor(actor)).map(str::to_owned),
            status: text::clean_line(message.status.as_str(), 40),
            text: text::clean(&message.text, MAX_TEXT),
            note: left_out(message.media.len() - media.len(), false),
            media,
            conversation_id: message.conversation_id.as_ref().map(ToString::to_string),
        }
    }

    /// Drops files, then the end of the text, until the item has at most so many bytes.
    pub(super) fn cut_to(&mut self, bytes: usize, message: &Message) {
        while self.bytes() > bytes && self.media.pop().is_some() {
            self.note = left_out(message.media.len() - self.media.len(), false);
        }
        let mut kept = self.text.chars().count();
        while self.bytes() > bytes && kept > 0 {
            kept = kept * 3 / 4;
            self.text = text::clean(&self.text, kept);
            self.note = left_out(message.media.len() - self.media.len(), true);
        }
    }

    /// What the item costs in a result, as data and as text.
    pub(super) fn bytes(&self) -> usize {
        json_length(self).saturating_add(self.to_text().len() + 2)
    }

    pub(in crate::tools) fn to_text(&self) -> String {
        let to = self.to.iter().map(Person::to_phrase).collect::<Vec<_>>().join(", ");
        let by = self.sent_by.as_ref().map(|name| format!(" by \"{name}\"")).unwrap_or_default();
        let conversation = self.conversation_id.as_ref().map(|id| format!(", {id}")).unwrap_or_default();
        let mut text = format!(
            "[{}] {} {}{by}: {} to {to} ({}{conversation})\n{}",
            self.id,
            self.at,
            self.direction.name(),
            self.from.to_phrase(),
            self.status,
            text::quoted(&self.text),
        );
        for media in &self.media {
            let kind = media.media_type.as_deref().unwrap_or("file");
            text.push_str(&format!("\n  {kind}: {}", media.url));
        }
        if let Some(note) = &self.note {
            text.push_str(&format!("\n  ({note})"));
        }
        text
    }
}

fn left_out(files: usize, text: bool) -> Option<String> {
    let files = (files > 0).then(|| format!("{files} file(s)"));
    let text = text.then(|| "the end of the text".to_owned());
    let parts: Vec<String> = files.into_iter().chain(text).collect();
    (!parts.is_empty()).then(|| format!("left out for their length: {}", parts.join(" and ")))
}

impl Output {
    pub(super) fn new(frame: Frame, messages: Vec<MessageItem>, coverage: Coverage) -> Self {
        Self { frame, messages, coverage }
    }

    pub(super) fn to_text(&self) -> String {
        let head = self.frame.to_head();
        let mut text = format!("{} message(s) of {head}.", self.messages.len());
        if !self.messages.is_empty() {
            text.push_str(&format!(" {NOTICE} Each of their lines starts with >."));
        }
        for message in &self.messages {
            text.push('\n');
            text.push_str(&message.to_text());
        }
        text.push('\n');
        text.push_str(&self.coverage.to_line());
        text
    }
}
