//! One workspace's data and the rules that change it. Knows nothing of HTTP or JSON: `api/` does, and the
//! two surfaces are two views of this. Built by `seed`.

use std::borrow::Cow;
use std::collections::VecDeque;

use jiff::Timestamp;

use crate::journal::SentMessage;
use crate::options::Limits;

pub(crate) mod archive;
mod calling;
mod collection;
mod contact_items;
mod contacts;
mod deliveries;
mod events;
mod filter;
mod ids;
mod key;
mod messaging;
mod model;
pub(crate) mod numbers;
mod plan;
mod registration;
mod samples;
mod tasks;
mod webhooks;

pub(crate) use calling::{CallPart, CallRequest, Course};
pub(crate) use collection::{Collection, Order, Record, Selection};
pub(crate) use contacts::{Change, ContactRefusal, ContactScalars, PropertyDraft};
pub(crate) use deliveries::{
    Attempt, AttemptResult, Delivery, DeliveryFilter, DeliveryStatus, Parcel, Trigger,
};
pub(crate) use events::{CallEvent, ContactEvent, EVENT_TYPES, Event, Happening, MessageEvent, TaskEvent};
pub(crate) use filter::{
    Actor, Bound, CallFilter, ContactFilter, ConversationFilter, ConversationSort, InboxFilter,
    MessageFilter, Participants, TimeRange,
};
pub(crate) use ids::{IdMint, Kind};
pub(crate) use key::{Key, WorkspaceKey};
pub(crate) use messaging::{Arrival, Journey, Reply, SendRequest, party};
pub(crate) use model::{
    BusinessHours, Call, CallStatus, Contact, Conversation, CustomField, CustomType, Direction, Inbox, Media,
    Message, MessageStatus, Note, Organization, Position, Property, PropertyKind, Recording, Role, Segment,
    Share, Summary, SummaryType, Task, User, Voicemail,
};
pub(crate) use plan::Plan;
pub(crate) use registration::{Registration, RegistrationRefusal, RegistrationStatus, Registrations};
pub(crate) use tasks::{NewTask, TaskChange, TaskRefusal, TaskSubject};
pub(crate) use webhooks::{SigningKey, Webhook, WebhookKind};

/// Something that goes on by itself once it is set in motion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Errand {
    Text(Journey),
    Call(Course),
}

/// Everything one API key sees.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) organization: Organization,
    pub(crate) users: Vec<User>,
    pub(crate) inboxes: Vec<Inbox>,
    /// Deleted ones stay as tombstones, so that a cursor that points at one stays good.
    pub(crate) contacts: Collection<Contact>,
    pub(crate) custom_fields: Vec<CustomField>,
    pub(crate) conversations: Collection<Conversation>,
    /// Oldest first.
    pub(crate) messages: Collection<Message>,
    pub(crate) calls: Collection<Call>,
    /// Oldest first, closed ones included.
    pub(crate) tasks: Collection<Task>,
    pub(crate) registrations: Registrations,
    pub(crate) sent: VecDeque<SentMessage>,
    pub(crate) webhooks: Vec<Webhook>,
    /// What happened and is not yet in the webhooks' logs.
    pub(crate) events: Vec<Event>,
    /// Whether the logs have something new for the courier.
    pub(crate) mail_waits: bool,
    /// What is set in motion, until somebody carries on with it.
    pub(crate) errands: Vec<Errand>,
    pub(crate) ids: IdMint,
    /// Apart, because the receivers decide the order of attempts: no other id may depend on it.
    pub(crate) attempt_ids: IdMint,
    pub(crate) limits: Limits,
}

impl Workspace {
    pub(crate) fn user(&self, id: &str) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    /// Id of the workspace's owner, for whom a key acts where no user is named.
    pub(crate) fn owner_id(&self) -> String {
        self.users.first().map(|user| user.id.clone()).unwrap_or_default()
    }

    pub(crate) fn inbox(&self, id: &str) -> Option<&Inbox> {
        self.inboxes.iter().find(|inbox| inbox.id == id)
    }

    /// By id or by its phone number.
    pub(crate) fn inbox_by_id_or_number(&self, wanted: &str) -> Option<&Inbox> {
        self.inboxes.iter().find(|inbox| inbox.id == wanted || inbox.number == wanted)
    }

    pub(crate) fn message(&self, id: &str) -> Option<Cow<'_, Message>> {
        self.messages.get(id)
    }

    pub(crate) fn message_mut(&mut self, id: &str) -> Option<&mut Message> {
        if self.messages.take_in(id) {
            self.forget_messages();
        }
        self.messages.get_mut(id)
    }

    pub(crate) fn call(&self, id: &str) -> Option<Cow<'_, Call>> {
        self.calls.get(id)
    }

    /// A contact that is not deleted.
    pub(crate) fn contact(&self, id: &str) -> Option<Cow<'_, Contact>> {
        self.contacts.get(id).filter(|contact| !contact.deleted)
    }

    /// The conversation of an inbox with exactly these parties, sorted.
    pub(crate) fn conversation_between(
        &self,
        inbox_id: &str,
        participants: &[String],
    ) -> Option<Cow<'_, Conversation>> {
        self.conversations.find(&ConversationFilter {
            inboxes: Some(vec![inbox_id.to_owned()]),
            participants: Some(participants.to_vec()),
            ..ConversationFilter::default()
        })
    }

    pub(crate) fn conversation(&self, id: &str) -> Option<Cow<'_, Conversation>> {
        self.conversations.get(id)
    }

    pub(crate) fn conversation_mut(&mut self, id: &str) -> Option<&mut Conversation> {
        if self.conversations.take_in(id) {
            self.forget_conversations(id);
        }
        self.conversations.get_mut(id)
    }

    /// The place in time order of something that happens at `at`, after all that happened before.
    pub(crate) fn position(&mut self, at: Timestamp) -> Position {
        self.ids.position(at)
    }
}
