//! What a webhook delivers, in either of its envelopes: today's (`2026-03-30`) and the old one (`v4`).

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::decode::{Unreadable, maybe, null_as_default};
use crate::id::{ActorId, ConversationId, OrganizationId, PhoneNumberId};
use crate::open_enum::open_enum;
use crate::redacted::Redacted;

open_enum! {
    /// What happened.
    pub enum EventKind {
        /// A text came in.
        MessageReceived = "message.received",
        /// A text arrived at its recipient.
        MessageDelivered = "message.delivered",
        /// A text never left.
        MessageFailed = "message.failed",
        /// A text did not arrive.
        MessageUndelivered = "message.undelivered",
        /// A call rings.
        CallRinging = "call.ringing",
        /// A call was answered.
        CallAnswered = "call.answered",
        /// A call is over.
        CallCompleted = "call.completed",
        /// Nobody took a call.
        CallMissed = "call.missed",
        /// A call was forwarded.
        CallForwarded = "call.forwarded",
        /// The caller chose something in the phone menu.
        CallMenuSelected = "call.menu.selected",
        /// A recording is ready.
        CallRecordingCompleted = "call.recording.completed",
        /// A transcript is ready.
        CallTranscriptCompleted = "call.transcript.completed",
        /// A summary is ready.
        CallSummaryCompleted = "call.summary.completed",
        /// A voicemail is ready.
        CallVoicemailCompleted = "call.voicemail.completed",
        /// A contact was made or changed.
        ContactUpdated = "contact.updated",
        /// A contact was deleted.
        ContactDeleted = "contact.deleted",
        /// A task was made.
        TaskCreated = "task.created",
        /// A task's title or description changed.
        TaskUpdated = "task.updated",
        /// A task was deleted.
        TaskDeleted = "task.deleted",
        /// A task was done.
        TaskCompleted = "task.completed",
        /// A task was opened again.
        TaskReopened = "task.reopened",
        /// A task was assigned to somebody.
        TaskAssigned = "task.assigned",
        /// A task was taken from somebody.
        TaskUnassigned = "task.unassigned",
        /// A task's due date has passed.
        TaskOverdue = "task.overdue",
        /// A task was linked to a conversation.
        TaskLinked = "task.linked",
        /// A task's link to a conversation was taken away.
        TaskUnlinked = "task.unlinked",
        /// A task's due date changed.
        TaskDueDateUpdated = "task.duedate.updated",
        /// A task's due date was taken away.
        TaskDueDateRemoved = "task.duedate.removed",
        /// An integration was added.
        IntegrationCreated = "integration.created",
        /// An integration changed.
        IntegrationUpdated = "integration.updated",
        /// An integration was taken away.
        IntegrationDeleted = "integration.deleted",
    }
}

/// Something that happened, as a webhook tells it.
///
/// The order of arrival says nothing. The same event may arrive more than once: today's kind is told apart by
/// [`super::Verified::delivery_id`], to be remembered for 28 hours.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WebhookEvent {
    /// The id of the event, `EV…`: the same for every webhook and every attempt.
    pub id: String,
    /// What happened.
    pub kind: EventKind,
    /// Which envelope it came in: `2026-03-30`, or `v4` for the old one.
    pub api_version: String,
    /// When it happened.
    pub created_at: Timestamp,
    /// Where it happened.
    pub context: EventContext,
    /// Where it can be seen in the product.
    pub link: Option<Redacted<String>>,
    resource: Redacted<Value>,
}

/// Where something happened. The old envelope has some of it in the resource.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EventContext {
    /// The workspace.
    #[serde(default, deserialize_with = "maybe")]
    pub org_id: Option<OrganizationId>,
    /// The inbox.
    #[serde(default, deserialize_with = "maybe")]
    pub phone_number_id: Option<PhoneNumberId>,
    /// The conversation.
    #[serde(default, deserialize_with = "maybe")]
    pub conversation_id: Option<ConversationId>,
    /// The person or machine that it counts for.
    #[serde(default, deserialize_with = "maybe")]
    pub user_id: Option<ActorId>,
    /// The person or machine that changed a task.
    #[serde(default, deserialize_with = "maybe")]
    pub actor_id: Option<ActorId>,
}

impl WebhookEvent {
    /// Reads a payload. Check its signature first ([`super::Verifier`]).
    ///
    /// # Errors
    /// When it is neither envelope.
    pub fn parse(body: &[u8]) -> Result<Self, Unreadable> {
        serde_json::from_slice(body).map_err(|error| Unreadable::from(&error))
    }

    /// The message, call, contact or task, as it came. Its members differ by [`WebhookEvent::kind`] and by
    /// envelope, and from what the API's operations answer.
    #[must_use]
    pub fn resource(&self) -> &Value {
        &self.resource
    }

    /// The resource as a type of the caller's.
    ///
    /// # Errors
    /// When it does not fit.
    pub fn resource_as<T: DeserializeOwned>(&self) -> Result<T, Unreadable> {
        T::deserialize(&*self.resource).map_err(|error| Unreadable::from(&error))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    id: String,
    #[serde(rename = "type")]
    kind: EventKind,
    #[serde(default, deserialize_with = "null_as_default")]
    api_version: String,
    created_at: Timestamp,
    #[serde(default, deserialize_with = "null_as_default")]
    data: Data,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    /// Today's envelope. Some events (`integration.*`) are in no document.
    resource: Option<Value>,
    /// The old envelope.
    object: Option<Value>,
    #[serde(default, deserialize_with = "maybe")]
    context: Option<EventContext>,
    #[serde(default, deserialize_with = "maybe")]
    links: Option<Links>,
    #[serde(default, deserialize_with = "maybe")]
    deep_link: Option<Redacted<String>>,
}

#[derive(Deserialize)]
struct Links {
    #[serde(default, deserialize_with = "maybe")]
    quo: Option<Redacted<String>>,
}

impl<'de> Deserialize<'de> for WebhookEvent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Envelope { id, kind, api_version, created_at, data } = Envelope::deserialize(deserializer)?;
        let resource = data.resource.or(data.object).unwrap_or_default();
        let context = data.context.or_else(|| EventContext::deserialize(&resource).ok());
        Ok(Self {
            id,
            kind,
            api_version,
            created_at,
            context: context.unwrap_or_default(),
            link: data.links.and_then(|links| links.quo).or(data.deep_link),
            resource: Redacted::new(resource),
        })
    }
}
