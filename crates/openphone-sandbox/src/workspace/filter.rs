//! What lists can ask for, as values. A field that is `None` (or empty, or false) asks for nothing.

use jiff::Timestamp;

use super::collection::Record;
use super::{
    Call, CallStatus, Contact, Conversation, Direction, Inbox, Message, MessageStatus, Note, Position,
    Property, PropertyKind, Recording, Share, Task, User, party,
};

/// A range of time; which ends are included depends on the operators used.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TimeRange {
    pub(crate) after: Option<Bound>,
    pub(crate) before: Option<Bound>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Bound {
    pub(crate) at: Timestamp,
    pub(crate) included: bool,
}

impl TimeRange {
    /// Whether every moment is in it.
    pub(crate) fn is_open(&self) -> bool {
        self.after.is_none() && self.before.is_none()
    }

    pub(crate) fn contains(&self, at: Timestamp) -> bool {
        self.after.is_none_or(|bound| at > bound.at || (bound.included && at == bound.at))
            && self.before.is_none_or(|bound| at < bound.at || (bound.included && at == bound.at))
    }
}

#[derive(Debug, Default)]
pub(crate) struct MessageFilter {
    pub(crate) conversation: Option<String>,
    pub(crate) inbox: Option<String>,
    pub(crate) from: Option<String>,
    /// One of the recipients.
    pub(crate) to: Option<String>,
    /// All recipients, sorted.
    pub(crate) to_all: Option<Vec<String>>,
    pub(crate) status: Option<MessageStatus>,
    pub(crate) direction: Option<Direction>,
    pub(crate) user: Option<String>,
    pub(crate) created: TimeRange,
}

impl Record for Message {
    type Filter = MessageFilter;
    type Sort = ();

    fn id(&self) -> &str {
        &self.id
    }

    fn place(&self, (): ()) -> Position {
        self.created
    }

    fn passes(&self, filter: &MessageFilter) -> bool {
        filter.conversation.as_ref().is_none_or(|wanted| self.conversation_id == *wanted)
            && filter.inbox.as_ref().is_none_or(|wanted| self.phone_number_id == *wanted)
            && filter.from.as_ref().is_none_or(|wanted| self.from == *wanted)
            && filter.to.as_ref().is_none_or(|wanted| self.to.contains(wanted))
            && filter.to_all.as_ref().is_none_or(|wanted| party(&self.to) == *wanted)
            && filter.status.is_none_or(|wanted| self.status == wanted)
            && filter.direction.is_none_or(|wanted| self.direction == wanted)
            && (filter.user.is_none() || self.user_id == filter.user)
            && filter.created.contains(self.created.at)
    }
}

#[derive(Debug, Default)]
pub(crate) struct CallFilter {
    pub(crate) inbox: Option<String>,
    /// All other parties, in the call's order.
    pub(crate) others: Option<Vec<String>>,
    pub(crate) participants: Option<Participants>,
    pub(crate) actor: Option<Actor>,
    pub(crate) direction: Option<Direction>,
    pub(crate) statuses: Option<Vec<CallStatus>>,
    pub(crate) created: TimeRange,
}

/// Numbers of which one is on the call.
#[derive(Debug)]
pub(crate) struct Participants {
    pub(crate) numbers: Vec<String>,
    /// Ids of the inboxes among the numbers.
    pub(crate) inboxes: Vec<String>,
}

/// Who acted on a call.
#[derive(Debug)]
pub(crate) enum Actor {
    AiAgent,
    User(String),
}

impl Record for Call {
    type Filter = CallFilter;
    type Sort = ();

    fn id(&self) -> &str {
        &self.id
    }

    fn place(&self, (): ()) -> Position {
        self.created
    }

    fn passes(&self, filter: &CallFilter) -> bool {
        let has = |wanted: &Participants| {
            wanted.inboxes.contains(&self.phone_number_id)
                || self.others.iter().any(|other| wanted.numbers.contains(other))
        };
        filter.inbox.as_ref().is_none_or(|wanted| self.phone_number_id == *wanted)
            && filter.others.as_ref().is_none_or(|wanted| self.others == *wanted)
            && filter.participants.as_ref().is_none_or(has)
            && filter.actor.as_ref().is_none_or(|wanted| match wanted {
                Actor::AiAgent => self.ai_handled,
                Actor::User(user) => !self.ai_handled && self.user_id == *user,
            })
            && filter.direction.is_none_or(|wanted| self.direction == wanted)
            && filter.statuses.as_ref().is_none_or(|wanted| wanted.contains(&self.status))
            && filter.created.contains(self.created.at)
    }
}

/// Contacts that are not deleted.
#[derive(Debug, Default)]
pub(crate) struct ContactFilter {
    /// Any of them; empty: any contact.
    pub(crate) external_ids: Vec<String>,
    /// Any of them; empty: any contact.
    pub(crate) sources: Vec<String>,
    /// Any of them; empty: any contact.
    pub(crate) phone_numbers: Vec<String>,
}

impl Record for Contact {
    type Filter = ContactFilter;
    type Sort = ();

    fn id(&self) -> &str {
        &self.id
    }

    fn place(&self, (): ()) -> Position {
        self.created
    }

    fn passes(&self, filter: &ContactFilter) -> bool {
        let among = |wanted: &[String], value: Option<&String>| {
            wanted.is_empty() || value.is_some_and(|value| wanted.contains(value))
        };
        !self.deleted
            && among(&filter.external_ids, self.external_id.as_ref())
            && among(&filter.sources, self.source.as_ref())
            && (filter.phone_numbers.is_empty()
                || self
                    .phone_numbers()
                    .any(|number| filter.phone_numbers.iter().any(|known| known == number)))
    }
}

#[derive(Debug, Default)]
pub(crate) struct ConversationFilter {
    /// Any of them.
    pub(crate) inboxes: Option<Vec<String>>,
    /// All of them, sorted.
    pub(crate) participants: Option<Vec<String>>,
    pub(crate) created: TimeRange,
    pub(crate) updated: TimeRange,
    /// Without those in which nothing ever happened.
    pub(crate) active: bool,
}

/// The orders of conversations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ConversationSort {
    #[default]
    Created,
    Updated,
    LastActivity,
}

impl Record for Conversation {
    type Filter = ConversationFilter;
    type Sort = ConversationSort;

    fn id(&self) -> &str {
        &self.id
    }

    fn place(&self, sort: ConversationSort) -> Position {
        match sort {
            ConversationSort::Created => self.created,
            ConversationSort::Updated => self.updated,
            ConversationSort::LastActivity => {
                self.last_activity.as_ref().map_or(self.created, |(place, _)| *place)
            }
        }
    }

    fn passes(&self, filter: &ConversationFilter) -> bool {
        filter.inboxes.as_ref().is_none_or(|wanted| wanted.contains(&self.phone_number_id))
            && filter.participants.as_ref().is_none_or(|wanted| self.participants == *wanted)
            && filter.created.contains(self.created.at)
            && filter.updated.contains(self.updated.at)
            && (!filter.active || self.last_activity.is_some())
    }
}

impl Record for Property {
    /// Its type.
    type Filter = Option<PropertyKind>;
    type Sort = ();

    fn id(&self) -> &str {
        &self.id
    }

    fn place(&self, (): ()) -> Position {
        self.created
    }

    fn passes(&self, kind: &Option<PropertyKind>) -> bool {
        kind.is_none_or(|kind| self.kind == kind)
    }
}

#[derive(Debug, Default)]
pub(crate) struct InboxFilter {
    pub(crate) number: Option<String>,
    /// A user who shares it.
    pub(crate) member: Option<String>,
}

impl Record for Inbox {
    type Filter = InboxFilter;
    type Sort = ();

    fn id(&self) -> &str {
        &self.id
    }

    fn place(&self, (): ()) -> Position {
        Position { at: self.created_at, sequence: 0 }
    }

    fn passes(&self, filter: &InboxFilter) -> bool {
        filter.number.as_ref().is_none_or(|wanted| self.number == *wanted)
            && filter.member.as_ref().is_none_or(|wanted| self.has_member(wanted))
    }
}

/// Things that lists show all of, in one order.
macro_rules! unfiltered {
    ($($record:ty: $id:ident, $place:expr;)+) => {
        $(impl Record for $record {
            type Filter = ();
            type Sort = ();

            fn id(&self) -> &str {
                &self.$id
            }

            fn place(&self, (): ()) -> Position {
                let place: fn(&Self) -> Position = $place;
                place(self)
            }

            fn passes(&self, (): &()) -> bool {
                true
            }
        })+
    };
}

unfiltered! {
    Note: id, |note| note.created;
    // It has no id of its own; nobody has two.
    Share: with, |share| share.created;
    Task: id, |task| task.created;
    User: id, |user| Position { at: user.created_at, sequence: 0 };
    Recording: id, |recording| Position { at: recording.started_at, sequence: 0 };
}
