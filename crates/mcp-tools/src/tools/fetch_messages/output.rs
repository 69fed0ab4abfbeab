//! Result of `fetch-messages`, as data and as text.

use jiff::tz::TimeZone;
use openphone_client::messages::Message;
use schemars::JsonSchema;
use serde::Serialize;

use crate::inbox::{Inbox, InboxLabel};
use crate::people::{People, Person};
use crate::reading::Coverage;
use crate::reading::interval::Way;
use crate::text::{self, NOTICE};

/// Longest text that is shown, in characters; an SMS has at most 1,600.
const MAX_TEXT: usize = 2_000;
/// Most pictures and files of a message that are shown.
const MAX_MEDIA: usize = 10;

/// Result of `fetch-messages`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Output {
    /// Inbox that was read
    pub inbox: InboxLabel,
    /// Zone of the times
    pub time_zone: String,
    /// About the texts below
    pub notice: String,
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
    pub(super) fn of(message: &Message, inbox: &Inbox, people: &People, zone: &TimeZone) -> Self {
        let media = message.media.iter().take(MAX_MEDIA).map(|media| MediaItem {
            media_type: media.media_type.as_deref().map(|kind| text::clean_line(kind, 60)),
            url: text::clean_line(&media.url, 500),
        });
        Self {
            id: message.id.to_string(),
            at: crate::time::rfc3339(message.created_at, zone),
            direction: Way::of(&message.direction),
            from: Person::of(&message.from, inbox, people),
            to: message.to.iter().map(|party| Person::of(party, inbox, people)).collect(),
            sent_by: message.user_id.as_ref().and_then(|actor| people.of_actor(actor)).map(str::to_owned),
            status: text::clean_line(message.status.as_str(), 40),
            text: text::clean(&message.text, MAX_TEXT),
            media: media.collect(),
            conversation_id: message.conversation_id.as_ref().map(ToString::to_string),
        }
    }

    /// What the item costs in a result, as data and as text.
    pub(super) fn bytes(&self) -> usize {
        serde_json::to_string(self).map_or(usize::MAX, |json| json.len() + self.to_text().len() + 2)
    }

    fn to_text(&self) -> String {
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
        text
    }
}

impl Output {
    pub(super) fn new(inbox: InboxLabel, zone: &str, messages: Vec<MessageItem>, coverage: Coverage) -> Self {
        Self { inbox, time_zone: zone.to_owned(), notice: NOTICE.to_owned(), messages, coverage }
    }

    pub(super) fn to_text(&self) -> String {
        let mut text = format!(
            "{} message(s) of {}, newest first, times in {}.",
            self.messages.len(),
            self.inbox.to_line(),
            self.time_zone
        );
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
