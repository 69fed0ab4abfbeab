//! The shorthand in which the content tables are written: each function makes one of the vocabulary's values.

use super::{
    About, CallScript, ContactScript, Custom, Line, NoteScript, Outcome, Party, TaskScript, TaskState,
    Thread, Voice, When, Writer,
};

pub(in crate::seed) const fn day(days_ago: i64, hour: i64, minute: i64) -> When {
    When::Day { days_ago, hour, minute }
}

pub(in crate::seed) const fn ago(minutes: i64) -> When {
    When::MinutesAgo(minutes)
}

pub(in crate::seed) const fn them(minutes: i64, text: &'static str) -> Line {
    Line { minutes, by: Writer::Them, text, media: &[] }
}

pub(in crate::seed) const fn us(teammate: usize, minutes: i64, text: &'static str) -> Line {
    Line { minutes, by: Writer::Us(teammate), text, media: &[] }
}

pub(in crate::seed) const fn member(contact: usize, minutes: i64, text: &'static str) -> Line {
    Line { minutes, by: Writer::Contact(contact), text, media: &[] }
}

pub(in crate::seed) const fn thread(
    contact: usize,
    inbox: usize,
    at: When,
    lines: &'static [Line],
) -> Thread {
    Thread { with: Party::Contact(contact), inbox, at, lines }
}

pub(in crate::seed) const fn thread_with(
    stranger: &'static str,
    inbox: usize,
    at: When,
    lines: &'static [Line],
) -> Thread {
    Thread { with: Party::Stranger(stranger), inbox, at, lines }
}

pub(in crate::seed) const fn note(contact: usize, at: When, by: usize, text: &'static str) -> NoteScript {
    NoteScript { contact, at, by, text }
}

/// A private person.
pub(in crate::seed) const fn person(
    first: &'static str,
    last: &'static str,
    role: &'static str,
) -> ContactScript {
    ContactScript { name: (first, last), company: None, role: Some(role), external_id: None, custom: &[] }
}

/// Somebody at a company.
pub(in crate::seed) const fn business(
    first: &'static str,
    last: &'static str,
    role: &'static str,
    company: &'static str,
) -> ContactScript {
    ContactScript {
        name: (first, last),
        company: Some(company),
        role: Some(role),
        external_id: None,
        custom: &[],
    }
}

impl ContactScript {
    pub(in crate::seed) const fn external(self, id: &'static str) -> Self {
        Self { external_id: Some(id), ..self }
    }

    pub(in crate::seed) const fn with(self, custom: &'static [(&'static str, Custom)]) -> Self {
        Self { custom, ..self }
    }
}

/// A call of which only the length is known.
pub(in crate::seed) const fn call(
    contact: usize,
    inbox: usize,
    at: When,
    outcome: Outcome,
    seconds: u32,
) -> CallScript {
    CallScript {
        with: Party::Contact(contact),
        participants_lost: false,
        guest: None,
        inbox,
        at,
        outcome,
        seconds,
        said: &[],
        title: "",
        summary: &[],
        next_steps: &[],
    }
}

/// A call from somebody who withholds their number.
pub(in crate::seed) const fn call_from(
    stranger: &'static str,
    inbox: usize,
    at: When,
    outcome: Outcome,
    seconds: u32,
) -> CallScript {
    CallScript { with: Party::Stranger(stranger), ..call(0, inbox, at, outcome, seconds) }
}

impl CallScript {
    pub(in crate::seed) const fn said(self, said: &'static [(Voice, &'static str)]) -> Self {
        Self { said, ..self }
    }

    pub(in crate::seed) const fn summary(
        self,
        title: &'static str,
        summary: &'static [&'static str],
        next_steps: &'static [&'static str],
    ) -> Self {
        Self { title, summary, next_steps, ..self }
    }

    pub(in crate::seed) const fn joined_by(self, guest: usize) -> Self {
        Self { guest: Some(guest), ..self }
    }

    pub(in crate::seed) const fn without_participants(self) -> Self {
        Self { participants_lost: true, ..self }
    }
}

/// An open task of nobody's, without a date.
pub(in crate::seed) const fn task(
    about: About,
    at: When,
    by: usize,
    title: &'static str,
    description: &'static str,
) -> TaskScript {
    TaskScript { about, at, by, title, description, due: None, assigned_to: None, state: TaskState::Open }
}

impl TaskScript {
    pub(in crate::seed) const fn due(self, days: i64, hour: i64) -> Self {
        Self { due: Some((days, hour)), ..self }
    }

    pub(in crate::seed) const fn to(self, teammate: usize) -> Self {
        Self { assigned_to: Some(teammate), ..self }
    }

    pub(in crate::seed) const fn completed(self) -> Self {
        Self { state: TaskState::Completed, ..self }
    }

    pub(in crate::seed) const fn deleted(self) -> Self {
        Self { state: TaskState::Deleted, ..self }
    }
}
