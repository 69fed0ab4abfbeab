//! The vocabulary of the content tables: who is in a business, and what they wrote and said.
//! `shorthand.rs` has the functions that write it down.
//!
//! Times are relative: `day(12, 9, 30)` is 9:30 Pacific (UTC-8) twelve days before the anchor's day, `ago(25)`
//! is 25 minutes before the anchor. A line's number is the minutes since the line before. In a text, `{name}`
//! is the contact's first name, `{last}` the last name, `{me}` the writing teammate's first name, `{company}`
//! the business.

mod shorthand;

pub(super) use shorthand::{
    ago, business, call, call_from, day, member, note, person, task, them, thread, thread_with, us,
};

/// Index of a teammate.
pub(super) const OWNER: usize = 0;
/// Index of a teammate.
pub(super) const OFFICE: usize = 1;
/// Index of a teammate.
pub(super) const FIELD: usize = 2;

/// Index of an inbox.
pub(super) const MAIN: usize = 0;
/// Index of an inbox.
pub(super) const SECOND: usize = 1;

/// A business: its cast and everything that happened in the last sixty days.
#[derive(Debug)]
pub(super) struct Business {
    pub(super) company: &'static str,
    pub(super) team: [Name; 3],
    pub(super) inboxes: [InboxScript; 2],
    pub(super) contacts: &'static [ContactScript],
    pub(super) fields: &'static [FieldScript],
    pub(super) threads: &'static [&'static [Thread]],
    /// Conversations that somebody put aside.
    pub(super) put_aside: &'static [(Party, usize, Aside)],
    pub(super) routines: &'static [Routine],
    pub(super) groups: &'static [Group],
    pub(super) calls: &'static [CallScript],
    pub(super) tasks: &'static [TaskScript],
    pub(super) notes: &'static [NoteScript],
    /// Contacts that not everybody sees, and who does.
    pub(super) shares: &'static [(usize, Audience)],
}

/// First and last name.
pub(super) type Name = (&'static str, &'static str);

#[derive(Debug)]
pub(super) struct InboxScript {
    pub(super) name: &'static str,
    pub(super) symbol: &'static str,
    /// Teammates; the first owns the number.
    pub(super) members: &'static [usize],
    /// Whether it may text numbers outside of North America.
    pub(super) texts_abroad: bool,
    /// Monday first.
    pub(super) hours: Option<[Option<(&'static str, &'static str)>; 7]>,
}

#[derive(Debug)]
pub(super) struct ContactScript {
    pub(super) name: Name,
    pub(super) company: Option<&'static str>,
    pub(super) role: Option<&'static str>,
    /// Id in the business's own system, for those that were imported from it.
    pub(super) external_id: Option<&'static str>,
    pub(super) custom: &'static [(&'static str, Custom)],
}

#[derive(Debug)]
pub(super) struct FieldScript {
    pub(super) key: &'static str,
    pub(super) name: &'static str,
    pub(super) kind: crate::workspace::CustomType,
}

/// A custom field's value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Custom {
    Text(&'static str),
    Number(f64),
    Flag(bool),
    Choices(&'static [&'static str]),
    /// A date, in days before the anchor.
    DaysAgo(i64),
}

/// The other side of a text or call.
#[derive(Clone, Copy, Debug)]
pub(super) enum Party {
    Contact(usize),
    /// A short code, or the word for somebody who withholds their number.
    Stranger(&'static str),
}

impl Party {
    pub(super) const fn contact(self) -> Option<usize> {
        match self {
            Self::Contact(index) => Some(index),
            Self::Stranger(_) => None,
        }
    }
}

/// For how many days after the anchor's a conversation is put aside.
#[derive(Clone, Copy, Debug)]
pub(super) enum Aside {
    Muted(i64),
    Snoozed(i64),
}

/// When something began.
#[derive(Clone, Copy, Debug)]
pub(super) enum When {
    Day { days_ago: i64, hour: i64, minute: i64 },
    MinutesAgo(i64),
}

/// Who wrote a line.
#[derive(Clone, Copy, Debug)]
pub(super) enum Writer {
    /// The conversation's other side.
    Them,
    /// In a group: the contact with this index.
    Contact(usize),
    /// A teammate.
    Us(usize),
}

#[derive(Debug)]
pub(super) struct Line {
    pub(super) minutes: i64,
    pub(super) by: Writer,
    pub(super) text: &'static str,
    /// Address and content type of what came with it.
    pub(super) media: &'static [(&'static str, Option<&'static str>)],
}

impl Line {
    pub(super) const fn with(self, media: &'static [(&'static str, Option<&'static str>)]) -> Self {
        Self { media, ..self }
    }
}

/// An exchange with one contact or stranger.
#[derive(Debug)]
pub(super) struct Thread {
    pub(super) with: Party,
    pub(super) inbox: usize,
    pub(super) at: When,
    pub(super) lines: &'static [Line],
}

/// An exchange that is had with many: a reminder, a request for a review.
#[derive(Debug)]
pub(super) struct Routine {
    pub(super) inbox: usize,
    pub(super) lines: &'static [Line],
    pub(super) with: &'static [(usize, When)],
}

/// An exchange with several contacts in one thread.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) name: Option<&'static str>,
    pub(super) contacts: &'static [usize],
    pub(super) inbox: usize,
    pub(super) at: When,
    pub(super) lines: &'static [Line],
}

/// What became of a call.
#[derive(Clone, Copy, Debug)]
pub(super) enum Outcome {
    AnsweredBy(usize),
    PlacedBy(usize),
    /// Placed, and nobody picked up.
    NoAnswer(usize),
    Missed,
    Voicemail(&'static str),
    /// The caller hung up in the phone menu.
    HungUpInMenu,
    /// Nobody picked up, and the AI agent did.
    AiAgent,
    /// Forwarded to the teammate.
    ForwardedTo(usize),
}

#[derive(Debug)]
pub(super) struct CallScript {
    pub(super) with: Party,
    /// Whether v1 has lost sight of who was on it.
    pub(super) participants_lost: bool,
    /// A third party on the line.
    pub(super) guest: Option<usize>,
    pub(super) inbox: usize,
    pub(super) at: When,
    pub(super) outcome: Outcome,
    /// Length in seconds of a call without transcript; with one, the words decide.
    pub(super) seconds: u32,
    pub(super) said: &'static [(Voice, &'static str)],
    pub(super) title: &'static str,
    pub(super) summary: &'static [&'static str],
    pub(super) next_steps: &'static [&'static str],
}

/// Something that somebody wrote down to be done.
#[derive(Debug)]
pub(super) struct TaskScript {
    pub(super) about: About,
    pub(super) at: When,
    /// The teammate who wrote it down.
    pub(super) by: usize,
    pub(super) title: &'static str,
    pub(super) description: &'static str,
    /// Days after the anchor's day (before it, when negative), and the hour there.
    pub(super) due: Option<(i64, i64)>,
    pub(super) assigned_to: Option<usize>,
    pub(super) state: TaskState,
}

/// What a task is about.
#[derive(Clone, Copy, Debug)]
pub(super) enum About {
    Inbox(usize),
    /// The conversation with a contact in an inbox.
    Thread(usize, usize),
    /// The latest call with a contact.
    Call(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TaskState {
    Open,
    Completed,
    Deleted,
}

/// What a teammate wrote about a contact.
#[derive(Debug)]
pub(super) struct NoteScript {
    pub(super) contact: usize,
    pub(super) at: When,
    pub(super) by: usize,
    /// `{@office}` and the like mention a teammate.
    pub(super) text: &'static str,
}

/// Who sees a contact.
#[derive(Clone, Copy, Debug)]
pub(super) enum Audience {
    Teammate(usize),
    /// Everybody who shares the inbox.
    Inbox(usize),
}

/// Who speaks on a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Voice {
    Caller,
    Business,
    Guest,
}
