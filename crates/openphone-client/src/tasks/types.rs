//! What a task looks like, read and to be made.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

use crate::decode::maybe;
use crate::id::{ActivityId, ActorId, ConversationId, OrganizationId, PhoneNumberId, TaskId, UserId};
use crate::open_enum::open_enum;
use crate::redacted::Redacted;
use crate::setters::setters;

/// A task of the workspace.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Task {
    /// Its id.
    pub task_id: TaskId,
    /// The workspace.
    #[serde(default, deserialize_with = "maybe")]
    pub org_id: Option<OrganizationId>,
    /// What is to be done, in short.
    #[serde(default, deserialize_with = "maybe")]
    pub title: Option<Redacted<String>>,
    /// What is to be done.
    #[serde(default, deserialize_with = "maybe")]
    pub description: Option<Redacted<String>>,
    /// How it stands.
    pub status: TaskStatus,
    /// When it is due.
    #[serde(default, deserialize_with = "maybe")]
    pub due_date: Option<Timestamp>,
    /// Who is to do it.
    #[serde(default, deserialize_with = "maybe")]
    pub assigned_to: Option<ActorId>,
    /// Who said so.
    #[serde(default, deserialize_with = "maybe")]
    pub assigned_by: Option<ActorId>,
    /// Who made it.
    #[serde(default, deserialize_with = "maybe")]
    pub created_by: Option<ActorId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// The inbox it belongs to.
    #[serde(default, deserialize_with = "maybe")]
    pub phone_number_id: Option<PhoneNumberId>,
    /// The conversation it belongs to.
    #[serde(default, deserialize_with = "maybe")]
    pub conversation_id: Option<ConversationId>,
    /// The message or call it belongs to.
    #[serde(default, deserialize_with = "maybe")]
    pub activity_id: Option<ActivityId>,
    /// The id of the group of people who share the inbox.
    #[serde(default, deserialize_with = "maybe")]
    pub phone_number_group_id: Option<String>,
    /// Grows with each change.
    #[serde(default, deserialize_with = "revision")]
    pub revision: Option<u64>,
}

open_enum! {
    /// How a task stands.
    pub enum TaskStatus {
        /// To be done.
        Open = "open",
        /// Done.
        Completed = "completed",
        /// Deleted. Such a task can still be read.
        Deleted = "deleted",
    }
}

/// That a task was made or changed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TaskChange {
    /// The task.
    pub task_id: TaskId,
    /// Its revision after the change.
    #[serde(default, deserialize_with = "revision")]
    pub revision: Option<u64>,
}

/// A number on the dated surface, a text with the number on v1; documented as any text there, so that anything else
/// is no revision and no reason to lose the task.
fn revision<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let value: Option<serde_json::Value> = maybe(deserializer)?;
    Ok(match value {
        Some(serde_json::Value::Number(number)) => number.as_u64(),
        Some(serde_json::Value::String(text)) => text.parse().ok(),
        _ => None,
    })
}

/// What a task belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub enum TaskTarget {
    /// An inbox.
    #[serde(rename = "phoneNumberId")]
    Inbox(PhoneNumberId),
    /// A conversation.
    #[serde(rename = "conversationId")]
    Conversation(ConversationId),
    /// A message or a call.
    #[serde(rename = "activityId")]
    Activity(ActivityId),
}

impl From<PhoneNumberId> for TaskTarget {
    fn from(id: PhoneNumberId) -> Self {
        Self::Inbox(id)
    }
}

impl From<ConversationId> for TaskTarget {
    fn from(id: ConversationId) -> Self {
        Self::Conversation(id)
    }
}

impl From<ActivityId> for TaskTarget {
    fn from(id: ActivityId) -> Self {
        Self::Activity(id)
    }
}

/// A task to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct NewTask {
    title: Redacted<String>,
    description: Redacted<String>,
    #[serde(flatten)]
    target: TaskTarget,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_date: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assigned_to: Option<UserId>,
}

impl NewTask {
    /// A task that belongs to something, with nothing but what is required.
    pub fn new(
        target: impl Into<TaskTarget>,
        title: impl Into<String>,
        description: impl Into<String>,
    ) -> Self {
        Self {
            title: Redacted::new(title.into()),
            description: Redacted::new(description.into()),
            target: target.into(),
            due_date: None,
            assigned_to: None,
        }
    }

    setters! {
        /// Sets when it is due.
        due_date: Timestamp;
        /// Sets who is to do it.
        assigned_to: UserId;
    }
}
