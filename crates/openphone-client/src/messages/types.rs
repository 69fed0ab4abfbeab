//! What a message looks like, read and to be sent.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::decode::{maybe, null_as_default};
use crate::id::{ActorId, ConversationId, MessageId, PhoneNumberId, UserId};
use crate::open_enum::{Direction, open_enum};
use crate::phone::{E164, Party};
use crate::redacted::Redacted;
use crate::setters::setters;

/// Fewest and most recipients of one group message, the sender not counted.
pub const GROUP_RECIPIENTS: std::ops::RangeInclusive<usize> = 2..=10;
/// Longest text that the API takes, in characters.
pub const MAX_TEXT_LENGTH: usize = 1600;

/// A message of the workspace, sent or received.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// Who sent it.
    pub from: Party,
    /// Everyone it went to; more than one in a group thread.
    pub to: Vec<Party>,
    /// The text. Empty for a message that holds only media.
    #[serde(default, deserialize_with = "null_as_default")]
    pub text: Redacted<String>,
    /// The thread it belongs to. Answers from before 2026-06-18 lack it.
    #[serde(default, deserialize_with = "maybe")]
    pub conversation_id: Option<ConversationId>,
    /// Sent or received.
    pub direction: Direction,
    /// How far it got.
    pub status: MessageStatus,
    /// The inbox it belongs to.
    #[serde(default, deserialize_with = "maybe")]
    pub phone_number_id: Option<PhoneNumberId>,
    /// Who sent it from the workspace; `None` for a received message.
    #[serde(default, deserialize_with = "maybe")]
    pub user_id: Option<ActorId>,
    /// Pictures and files. Readable only: the API cannot send them.
    #[serde(default, deserialize_with = "null_as_default")]
    pub media: Vec<Media>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When its status last changed.
    #[serde(default, deserialize_with = "maybe")]
    pub updated_at: Option<Timestamp>,
}

/// A picture or file of a message.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Media {
    /// Where it can be fetched. Whoever holds the address can read it.
    pub url: Redacted<String>,
    /// Media type, such as `image/jpeg`.
    #[serde(rename = "type", default, deserialize_with = "maybe")]
    pub media_type: Option<String>,
}

open_enum! {
    /// How far a message got.
    pub enum MessageStatus {
        /// Accepted by Quo, not yet with the carrier.
        Queued = "queued",
        /// Handed to the carrier.
        Sent = "sent",
        /// The carrier says that it arrived.
        Delivered = "delivered",
        /// The carrier says that it did not arrive. Final.
        Undelivered = "undelivered",
        /// An incoming message.
        Received = "received",
        /// It never left.
        Failed = "failed",
    }
}

/// Whom a text is from: one of the workspace's own numbers, by id or as the number itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(untagged)]
pub enum Sender {
    /// An inbox by its id.
    Id(PhoneNumberId),
    /// An inbox by its number.
    Number(E164),
}

impl From<PhoneNumberId> for Sender {
    fn from(id: PhoneNumberId) -> Self {
        Self::Id(id)
    }
}

impl From<E164> for Sender {
    fn from(number: E164) -> Self {
        Self::Number(number)
    }
}

/// What becomes of the conversation in the inbox after a text was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum SetInboxStatus {
    /// It is marked as done. Otherwise it shows as open.
    Done,
}

/// A text to one person.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SendMessage {
    /// Which inbox sends.
    pub from: Sender,
    /// The one recipient.
    pub to: E164,
    /// The text: 1 to [`MAX_TEXT_LENGTH`] characters, not only white space.
    pub content: Redacted<String>,
    /// Who in the workspace sends; must be a member of the inbox. The inbox's owner if `None`.
    pub user_id: Option<UserId>,
    /// What becomes of the conversation. It shows as open if `None`.
    pub set_inbox_status: Option<SetInboxStatus>,
}

impl SendMessage {
    /// A text with nothing but what is required.
    pub fn new(from: impl Into<Sender>, to: E164, content: impl Into<String>) -> Self {
        let content = Redacted::new(content.into());
        Self { from: from.into(), to, content, user_id: None, set_inbox_status: None }
    }

    setters! {
        /// Sends in the name of this user.
        user_id: UserId;
        /// Sets what becomes of the conversation.
        set_inbox_status: SetInboxStatus;
    }
}

/// A text to one group thread, in which everyone sees everyone's number and answers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SendGroupMessage {
    /// Which inbox sends.
    pub from: Sender,
    /// The other members of the thread: [`GROUP_RECIPIENTS`] of them, no number twice.
    pub to: Vec<E164>,
    /// The text: 1 to [`MAX_TEXT_LENGTH`] characters, not only white space.
    pub content: Redacted<String>,
    /// Who in the workspace sends; must be a member of the inbox. The inbox's owner if `None`.
    pub user_id: Option<UserId>,
    /// What becomes of the conversation. It shows as open if `None`.
    pub set_inbox_status: Option<SetInboxStatus>,
}

impl SendGroupMessage {
    /// A group text with nothing but what is required.
    pub fn new(from: impl Into<Sender>, to: Vec<E164>, content: impl Into<String>) -> Self {
        let content = Redacted::new(content.into());
        Self { from: from.into(), to, content, user_id: None, set_inbox_status: None }
    }

    setters! {
        /// Sends in the name of this user.
        user_id: UserId;
        /// Sets what becomes of the conversation.
        set_inbox_status: SetInboxStatus;
    }
}
