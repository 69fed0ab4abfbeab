//! What happens in a workspace, for its webhooks. `webhooks.rs` has who is told, `deliveries.rs` what becomes of
//! the telling; how an event looks on the wire is `api/events.rs`'s.

use std::borrow::Cow;

use jiff::Timestamp;

use super::{Call, Contact, Kind, Message, Task, Workspace};

/// Every event that a webhook can ask for, on either surface.
pub(crate) const EVENT_TYPES: &[&str] = &[
    "message.received",
    "message.delivered",
    "message.failed",
    "message.undelivered",
    "call.ringing",
    "call.answered",
    "call.completed",
    "call.missed",
    "call.forwarded",
    "call.menu.selected",
    "call.recording.completed",
    "call.transcript.completed",
    "call.summary.completed",
    "call.voicemail.completed",
    "contact.updated",
    "contact.deleted",
    "task.created",
    "task.updated",
    "task.deleted",
    "task.completed",
    "task.reopened",
    "task.assigned",
    "task.unassigned",
    TASK_OVERDUE,
    "task.linked",
    "task.unlinked",
    "task.duedate.updated",
    "task.duedate.removed",
    "integration.created",
    "integration.updated",
    "integration.deleted",
];

/// The only event that nobody's request causes.
pub(super) const TASK_OVERDUE: &str = "task.overdue";

/// Something that happened, with the thing it happened to as it was then.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    /// The same for every webhook and every attempt.
    pub(crate) id: String,
    pub(crate) at: Timestamp,
    pub(crate) what: Happening,
}

#[derive(Clone, Debug)]
pub(crate) enum Happening {
    Message(MessageEvent, Message),
    Call(CallEvent, Box<Call>),
    Contact(ContactEvent, Contact),
    /// With who did it. What something was taken from is as it was before, so that it says what that was.
    Task(TaskEvent, Task, String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MessageEvent {
    Received,
    Delivered,
    Failed,
    Undelivered,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallEvent {
    Ringing,
    Answered,
    Completed,
    Missed,
    Forwarded,
    /// Something was chosen in the phone menu, or the caller left it.
    MenuSelected,
    RecordingCompleted,
    TranscriptCompleted,
    SummaryCompleted,
    VoicemailCompleted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ContactEvent {
    /// Or created.
    Updated,
    Deleted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TaskEvent {
    Created,
    /// Which of its texts changed.
    Updated {
        title: bool,
        description: bool,
    },
    Deleted,
    Completed,
    Reopened,
    Assigned,
    Unassigned,
    /// Its due date passed while it was open.
    Overdue,
    Linked,
    Unlinked,
    DueDateUpdated,
    DueDateRemoved,
}

impl TaskEvent {
    /// Whether something was taken from the task.
    pub(super) fn takes_away(self) -> bool {
        matches!(self, Self::Unassigned | Self::Unlinked | Self::DueDateRemoved)
    }
}

impl Happening {
    /// One of [`EVENT_TYPES`].
    pub(crate) fn event_type(&self) -> &'static str {
        match self {
            Self::Message(MessageEvent::Received, _) => "message.received",
            Self::Message(MessageEvent::Delivered, _) => "message.delivered",
            Self::Message(MessageEvent::Failed, _) => "message.failed",
            Self::Message(MessageEvent::Undelivered, _) => "message.undelivered",
            Self::Call(CallEvent::Ringing, _) => "call.ringing",
            Self::Call(CallEvent::Answered, _) => "call.answered",
            Self::Call(CallEvent::Completed, _) => "call.completed",
            Self::Call(CallEvent::Missed, _) => "call.missed",
            Self::Call(CallEvent::Forwarded, _) => "call.forwarded",
            Self::Call(CallEvent::MenuSelected, _) => "call.menu.selected",
            Self::Call(CallEvent::RecordingCompleted, _) => "call.recording.completed",
            Self::Call(CallEvent::TranscriptCompleted, _) => "call.transcript.completed",
            Self::Call(CallEvent::SummaryCompleted, _) => "call.summary.completed",
            Self::Call(CallEvent::VoicemailCompleted, _) => "call.voicemail.completed",
            Self::Contact(ContactEvent::Updated, _) => "contact.updated",
            Self::Contact(ContactEvent::Deleted, _) => "contact.deleted",
            Self::Task(event, ..) => match event {
                TaskEvent::Created => "task.created",
                TaskEvent::Updated { .. } => "task.updated",
                TaskEvent::Deleted => "task.deleted",
                TaskEvent::Completed => "task.completed",
                TaskEvent::Reopened => "task.reopened",
                TaskEvent::Assigned => "task.assigned",
                TaskEvent::Unassigned => "task.unassigned",
                TaskEvent::Overdue => TASK_OVERDUE,
                TaskEvent::Linked => "task.linked",
                TaskEvent::Unlinked => "task.unlinked",
                TaskEvent::DueDateUpdated => "task.duedate.updated",
                TaskEvent::DueDateRemoved => "task.duedate.removed",
            },
        }
    }

    /// Whether it is of a call's transcript or summary, which not every plan has.
    pub(super) fn is_transcript(&self) -> bool {
        matches!(self, Self::Call(CallEvent::TranscriptCompleted | CallEvent::SummaryCompleted, _))
    }

    /// Id of what it happened to.
    pub(crate) fn resource_id(&self) -> &str {
        match self {
            Self::Message(_, message) => &message.id,
            Self::Call(_, call) => &call.id,
            Self::Contact(_, contact) => &contact.id,
            Self::Task(_, task, _) => &task.id,
        }
    }

    /// The inbox by which webhooks choose; `None` for what is told to all of them. A task may be about an inbox,
    /// and is told to all the same.
    pub(crate) fn inbox(&self) -> Option<&str> {
        match self {
            Self::Message(_, message) => Some(&message.phone_number_id),
            Self::Call(_, call) => Some(&call.phone_number_id),
            Self::Contact(..) | Self::Task(..) => None,
        }
    }
}

impl Workspace {
    /// Notes that something happened, if anybody wants to be told of anything.
    pub(crate) fn emit(&mut self, what: Happening, now: Timestamp) {
        if self.webhooks.iter().any(|webhook| webhook.enabled) {
            let event = self.event(what, now);
            self.events.push(event);
        }
    }

    /// As [`emit`](Self::emit), of a message by its id.
    pub(crate) fn emit_message(&mut self, event: MessageEvent, id: &str, now: Timestamp) {
        if let Some(message) = self.message(id).map(Cow::into_owned) {
            self.emit(Happening::Message(event, message), now);
        }
    }

    /// Gives an event its id.
    pub(crate) fn event(&mut self, what: Happening, at: Timestamp) -> Event {
        Event { id: self.ids.next(Kind::Event), at, what }
    }
}
