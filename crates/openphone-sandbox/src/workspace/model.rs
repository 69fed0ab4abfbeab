//! The things in a workspace, as values. The two surfaces show them differently; `api/` has the views.

use jiff::Timestamp;

/// Id of a message or a call.
pub(crate) type ActivityId = String;

/// Place in time order: the moment, then the order of arrival within it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    pub(crate) at: Timestamp,
    pub(crate) sequence: u64,
}

#[derive(Debug)]
pub(crate) struct Organization {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    /// Sona, the agent that answers calls when nobody does.
    pub(crate) ai_agent_id: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Owner,
    Admin,
    Member,
}

#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) group_id: String,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) email: String,
    pub(crate) picture_url: Option<String>,
    pub(crate) role: Role,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// A phone number of the workspace and who shares it.
#[derive(Clone, Debug)]
pub(crate) struct Inbox {
    pub(crate) id: String,
    pub(crate) group_id: String,
    pub(crate) name: String,
    pub(crate) number: String,
    pub(crate) symbol: String,
    /// User ids; the first is the number's owner.
    pub(crate) members: Vec<String>,
    /// Whether it may text numbers outside of North America.
    pub(crate) texts_abroad: bool,
    pub(crate) business_hours: Option<BusinessHours>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// When somebody is there, as stored for an inbox.
#[derive(Clone, Debug)]
pub(crate) struct BusinessHours {
    pub(crate) timezone: &'static str,
    /// Monday first; start and end as `0830`, or closed.
    pub(crate) week: [Option<(&'static str, &'static str)>; 7],
}

impl Inbox {
    pub(crate) fn owner(&self) -> Option<&String> {
        self.members.first()
    }

    pub(crate) fn has_member(&self, user_id: &str) -> bool {
        self.members.iter().any(|member| member == user_id)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CustomType {
    Address,
    Boolean,
    Date,
    MultiSelect,
    Number,
    String,
    Url,
}

/// The definition of a custom field. Only the app can make one.
#[derive(Clone, Debug)]
pub(crate) struct CustomField {
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) kind: CustomType,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PropertyKind {
    PhoneNumber,
    Email,
    Custom(CustomType),
}

/// One phone number, email address or custom field of a contact.
#[derive(Clone, Debug)]
pub(crate) struct Property {
    pub(crate) id: String,
    pub(crate) kind: PropertyKind,
    /// The label of a number or address, the name of a custom field.
    pub(crate) name: Option<String>,
    pub(crate) value: serde_json::Value,
    pub(crate) created: Position,
    pub(crate) updated_at: Timestamp,
}

/// What somebody wrote about a contact.
#[derive(Clone, Debug)]
pub(crate) struct Note {
    pub(crate) id: String,
    pub(crate) text: String,
    /// A user.
    pub(crate) author: String,
    pub(crate) created: Position,
    pub(crate) updated_at: Timestamp,
}

/// That a user, a group or the organization sees a contact.
#[derive(Clone, Debug)]
pub(crate) struct Share {
    pub(crate) with: String,
    pub(crate) created: Position,
}

#[derive(Clone, Debug)]
pub(crate) struct Contact {
    pub(crate) id: String,
    pub(crate) external_id: Option<String>,
    pub(crate) source: Option<String>,
    pub(crate) source_url: Option<String>,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) company: Option<String>,
    pub(crate) role: Option<String>,
    /// Oldest first.
    pub(crate) properties: Vec<Property>,
    /// Oldest first.
    pub(crate) notes: Vec<Note>,
    pub(crate) shares: Vec<Share>,
    pub(crate) created_by: String,
    pub(crate) created: Position,
    pub(crate) updated_at: Timestamp,
    pub(crate) deleted: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Conversation {
    pub(crate) id: String,
    pub(crate) phone_number_id: String,
    /// Everybody but the inbox, sorted.
    pub(crate) participants: Vec<String>,
    pub(crate) name: Option<String>,
    pub(crate) assigned_to: Option<String>,
    pub(crate) last_activity: Option<(Position, ActivityId)>,
    /// Both can be set in the app alone.
    pub(crate) muted_until: Option<Timestamp>,
    pub(crate) snoozed_until: Option<Timestamp>,
    pub(crate) created: Position,
    pub(crate) updated: Position,
    /// Done or open, read or unread: can be set, and not read back, on both surfaces.
    pub(crate) done: bool,
    pub(crate) unread: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Incoming,
    Outgoing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MessageStatus {
    Queued,
    Sent,
    Delivered,
    Undelivered,
    Received,
    /// The dated surface alone has it; v1 shows `undelivered`.
    Failed,
}

/// A picture or another file that came with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Media {
    pub(crate) url: String,
    pub(crate) content_type: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) id: ActivityId,
    pub(crate) conversation_id: String,
    pub(crate) phone_number_id: String,
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    pub(crate) text: String,
    /// Of received ones alone: the API sends none.
    pub(crate) media: Vec<Media>,
    pub(crate) direction: Direction,
    pub(crate) user_id: Option<String>,
    pub(crate) status: MessageStatus,
    /// A failed message with a code failed for good.
    pub(crate) error_code: Option<u32>,
    pub(crate) created: Position,
    pub(crate) updated_at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallStatus {
    Ringing,
    InProgress,
    Completed,
    NoAnswer,
    Missed,
    Forwarded,
    /// Hung up in the phone menu.
    Abandoned,
}

#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) id: ActivityId,
    pub(crate) phone_number_id: String,
    pub(crate) conversation_id: String,
    /// The other parties; one but for group calls.
    pub(crate) others: Vec<String>,
    /// Whether v1 has lost sight of who was on it.
    pub(crate) participants_lost: bool,
    /// Who is shown as the call's user: who answered or placed it, else the number's owner.
    pub(crate) user_id: String,
    pub(crate) direction: Direction,
    pub(crate) status: CallStatus,
    pub(crate) answered_at: Option<Timestamp>,
    /// A user, or the AI agent.
    pub(crate) answered_by: Option<String>,
    pub(crate) initiated_by: Option<String>,
    pub(crate) completed_at: Option<Timestamp>,
    pub(crate) created: Position,
    pub(crate) updated_at: Timestamp,
    pub(crate) duration: u32,
    pub(crate) via_menu: bool,
    pub(crate) forwarded_to: Option<String>,
    pub(crate) ai_handled: bool,
    pub(crate) recordings: Vec<Recording>,
    pub(crate) summary: Option<Summary>,
    pub(crate) voicemail: Option<Voicemail>,
}

/// One recorded stretch of a call, and what was said in it. Here and below, `completed_at` is when the thing is
/// ready: before, or without one, it is in progress.
#[derive(Clone, Debug)]
pub(crate) struct Recording {
    pub(crate) id: String,
    pub(crate) started_at: Timestamp,
    pub(crate) duration: u32,
    pub(crate) completed_at: Option<Timestamp>,
    /// When its transcript is ready.
    pub(crate) transcribed_at: Option<Timestamp>,
    /// What was said in it.
    pub(crate) segments: Vec<Segment>,
}

/// One utterance; offsets in seconds from the start of the recording.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    pub(crate) content: String,
    pub(crate) start: f64,
    pub(crate) end: f64,
    /// The speaker's phone number.
    pub(crate) identifier: Option<String>,
    /// The speaker, when a user or the AI agent.
    pub(crate) actor_id: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SummaryType {
    Human,
    Agent,
}

#[derive(Clone, Debug)]
pub(crate) struct Summary {
    pub(crate) completed_at: Option<Timestamp>,
    pub(crate) kind: SummaryType,
    pub(crate) title: Option<String>,
    pub(crate) points: Vec<String>,
    pub(crate) next_steps: Vec<String>,
    /// What the AI agent noted under the heading of its job: name and value.
    pub(crate) job: Vec<(String, String)>,
}

#[derive(Clone, Debug)]
pub(crate) struct Voicemail {
    pub(crate) id: String,
    pub(crate) completed_at: Option<Timestamp>,
    pub(crate) duration: u32,
    pub(crate) transcript: String,
}

/// Something to be done, about an inbox, a conversation or a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Task {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) due: Option<Timestamp>,
    pub(crate) assigned_to: Option<String>,
    pub(crate) assigned_by: Option<String>,
    pub(crate) created_by: String,
    pub(crate) created: Position,
    pub(crate) phone_number_id: String,
    pub(crate) conversation_id: Option<String>,
    pub(crate) activity_id: Option<ActivityId>,
    pub(crate) completed: bool,
    /// Deleted ones stay and can be read; completed or not, they count as deleted.
    pub(crate) deleted: bool,
    /// Grows with each change.
    pub(crate) revision: u64,
}
