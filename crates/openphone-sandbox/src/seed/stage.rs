//! Turns the tables of a script into the contacts, conversations, messages and calls of a workspace.

use jiff::Timestamp;
use serde_json::Value;

use super::cast::Cast;
use super::script::{Aside, Custom, Group, Line, Party, Thread, When, Writer};
use super::{days_before, minutes_before};
use crate::workspace::numbers::{Behaviour, behaviour};
use crate::workspace::{
    Contact, CustomField, Direction, Kind, Media, Message, MessageStatus, Property, PropertyKind, Workspace,
    party,
};

/// The hours that Pacific standard time is behind UTC.
const PACIFIC: i64 = 8;

/// What the tables are turned with.
pub(super) struct Stage<'a> {
    pub(super) workspace: &'a mut Workspace,
    pub(super) cast: &'a Cast,
    pub(super) anchor: Timestamp,
}

impl Stage<'_> {
    pub(super) fn add_contacts(&mut self) {
        for field in self.cast.business.fields {
            self.workspace.custom_fields.push(CustomField {
                key: field.key.to_owned(),
                name: field.name.to_owned(),
                kind: field.kind,
            });
        }
        for (index, script) in self.cast.business.contacts.iter().enumerate() {
            let Some(person) = self.cast.contacts.get(index) else { continue };
            // Imported one after the other, a good while ago.
            let created_at =
                minutes_before(self.anchor, (400 - 15 * index as i64) * 24 * 60 - 37 * index as i64);
            let custom = script
                .custom
                .iter()
                .filter_map(|(key, value)| {
                    let field = self.cast.business.fields.iter().find(|field| field.key == *key)?;
                    let value = self.custom_value(*value);
                    Some(self.property(PropertyKind::Custom(field.kind), field.name, value, created_at))
                })
                .collect::<Vec<_>>();
            let label = if script.company.is_some() { "work" } else { "mobile" };
            let contact = Contact {
                id: self.workspace.ids.next(Kind::Contact),
                external_id: script.external_id.map(str::to_owned),
                source: script.external_id.map(|_| "public-api".to_owned()),
                source_url: None,
                first_name: Some(person.first.clone()),
                last_name: Some(person.last.clone()),
                company: script.company.map(str::to_owned),
                role: script.role.map(str::to_owned),
                properties: [
                    (PropertyKind::Email, person.email()),
                    (PropertyKind::PhoneNumber, self.cast.contact_number(index)),
                ]
                .map(|(kind, value)| self.property(kind, label, value.into(), created_at))
                .into_iter()
                .chain(custom)
                .collect(),
                notes: Vec::new(),
                shares: self.shares(index, created_at),
                created_by: self.user(index % 2),
                created: self.workspace.position(created_at),
                updated_at: days_before(self.anchor, 60 - 2 * index as i64),
                deleted: false,
            };
            self.workspace.contacts.push(contact);
        }
    }

    pub(super) fn play_threads(&mut self) {
        for Thread { with, inbox, at, lines } in self.cast.business.threads.iter().copied().flatten() {
            self.play(&[*with], *inbox, *at, lines);
        }
        for routine in self.cast.business.routines {
            for (contact, at) in routine.with {
                self.play(&[Party::Contact(*contact)], routine.inbox, *at, routine.lines);
            }
        }
        for Group { name, contacts, inbox, at, lines } in self.cast.business.groups {
            let parties: Vec<_> = contacts.iter().copied().map(Party::Contact).collect();
            let id = self.play(&parties, *inbox, *at, lines);
            if let Some(conversation) = id.and_then(|id| self.workspace.conversation_mut(&id)) {
                conversation.name = name.map(str::to_owned);
            }
        }
        // The tables are by subject, not by date: a conversation began with its first message.
        for message in self.workspace.messages.kept() {
            let known = self.workspace.conversations.get_mut(&message.conversation_id);
            if let Some(conversation) = known {
                conversation.created = conversation.created.min(message.created);
            }
        }
        // A conversation belongs to whoever wrote in it last; one that waits for an answer, to nobody.
        let last_writers: Vec<_> = self
            .workspace
            .messages
            .kept()
            .iter()
            .map(|message| (message.conversation_id.clone(), message.user_id.clone()))
            .collect();
        for (id, writer) in last_writers {
            if let Some(conversation) = self.workspace.conversation_mut(&id) {
                conversation.unread = writer.is_none();
                conversation.done = writer.is_some();
                conversation.assigned_to = writer;
            }
        }
    }

    /// Mutes and snoozes.
    pub(super) fn put_aside(&mut self) {
        for (with, inbox, aside) in self.cast.business.put_aside {
            let Some(inbox) = self.workspace.inboxes.get(*inbox) else { continue };
            let participants = party(&[self.number(*with)]);
            let known = self.workspace.conversation_between(&inbox.id, &participants);
            let Some(id) = known.map(|conversation| conversation.id.clone()) else { continue };
            let until = |days| Some(self.on_day(days, 8, 0));
            let (muted, snoozed) = match aside {
                Aside::Muted(days) => (until(*days), None),
                Aside::Snoozed(days) => (None, until(*days)),
            };
            if let Some(conversation) = self.workspace.conversation_mut(&id) {
                conversation.muted_until = muted;
                conversation.snoozed_until = snoozed;
            }
        }
    }

    /// Records the lines of one exchange; the id of its conversation.
    fn play(&mut self, parties: &[Party], inbox: usize, at: When, lines: &[Line]) -> Option<String> {
        let numbers: Vec<String> = parties.iter().map(|party| self.number(*party)).collect();
        let (inbox_id, inbox_number) =
            self.workspace.inboxes.get(inbox).map(|inbox| (inbox.id.clone(), inbox.number.clone()))?;
        let length = lines.iter().map(|line| line.minutes).sum();
        let start = self.moment(at, length);
        let conversation_id = self.workspace.conversation_with(&inbox_id, &numbers, start);
        let mut minutes = 0;
        for line in lines {
            minutes += line.minutes;
            let writer = match line.by {
                Writer::Us(teammate) => Err(teammate),
                Writer::Contact(contact) => Ok(Party::Contact(contact)),
                Writer::Them => Ok(*parties.first()?),
            };
            let moment = self.later(start, minutes);
            let id = self.workspace.ids.next(Kind::Activity);
            let created = self.workspace.position(moment);
            let (from, to, direction, user_id, status, error_code) = match writer {
                Ok(party) => {
                    let sender = self.number(party);
                    let mut to = vec![inbox_number.clone()];
                    to.extend(numbers.iter().filter(|number| **number != sender).cloned());
                    (sender, to, Direction::Incoming, None, MessageStatus::Received, None)
                }
                Err(teammate) => {
                    let lost = numbers.iter().any(|number| behaviour(number) == Behaviour::Undelivered);
                    let (status, code) = if lost {
                        (MessageStatus::Undelivered, Some(30005))
                    } else {
                        (MessageStatus::Delivered, None)
                    };
                    (
                        inbox_number.clone(),
                        numbers.clone(),
                        Direction::Outgoing,
                        Some(self.user(teammate)),
                        status,
                        code,
                    )
                }
            };
            let contact = parties.first().and_then(|party| party.contact());
            let text = self.fill(line.text, contact, writer.err());
            let media = line.media.iter().map(|(url, content_type)| Media {
                url: (*url).to_owned(),
                content_type: content_type.map(str::to_owned),
            });
            self.workspace.record(Message {
                id,
                conversation_id: conversation_id.clone(),
                phone_number_id: inbox_id.clone(),
                from,
                to,
                text,
                media: media.collect(),
                direction,
                user_id,
                status,
                error_code,
                created,
                updated_at: moment,
            });
        }
        Some(conversation_id)
    }

    /// How a party is shown in the lists.
    pub(super) fn number(&self, party: Party) -> String {
        match party {
            Party::Contact(index) => self.cast.contact_number(index),
            Party::Stranger(name) => name.to_owned(),
        }
    }

    /// Puts the names in.
    pub(super) fn fill(&self, text: &str, contact: Option<usize>, teammate: Option<usize>) -> String {
        let mut text = text.replace("{company}", &self.cast.company);
        for (placeholder, person) in ["{owner}", "{office}", "{tech}"].iter().zip(&self.cast.team) {
            text = text.replace(placeholder, &person.first);
        }
        for (placeholder, teammate) in ["{@owner}", "{@office}", "{@tech}"].iter().zip(0..) {
            text = text.replace(placeholder, &format!("@{}", self.user(teammate)));
        }
        if let Some(person) = contact.and_then(|contact| self.cast.contacts.get(contact)) {
            text = text.replace("{name}", &person.first).replace("{last}", &person.last);
        }
        if let Some(person) = teammate.and_then(|teammate| self.cast.team.get(teammate)) {
            text = text.replace("{me}", &person.first);
        }
        text
    }

    /// When something that lasts `minutes` began. What would end after the anchor happened a day earlier.
    pub(super) fn moment(&self, at: When, minutes: i64) -> Timestamp {
        match at {
            When::MinutesAgo(ago) => minutes_before(self.anchor, ago),
            When::Day { days_ago, hour, minute } => {
                let start = self.on_day(-days_ago, hour, minute);
                let late = start.as_second().saturating_add(minutes * 60) >= self.anchor.as_second();
                if late { self.on_day(-days_ago - 1, hour, minute) } else { start }
            }
        }
    }

    /// A time of day in California, so many days after the anchor's day.
    pub(super) fn on_day(&self, days_after: i64, hour: i64, minute: i64) -> Timestamp {
        let day = 24 * 60 * 60;
        let midnight = self.anchor.as_second().div_euclid(day) * day;
        let seconds = ((hour + PACIFIC) * 60 + minute) * 60 + days_after * day;
        Timestamp::from_second(midnight.saturating_add(seconds)).unwrap_or(self.anchor)
    }

    fn later(&self, start: Timestamp, minutes: i64) -> Timestamp {
        // People do not write on the full minute.
        let seconds = minutes * 60 + (start.as_second() / 60 + minutes * 7).rem_euclid(53);
        let moment = start.as_second().saturating_add(seconds).min(self.anchor.as_second());
        Timestamp::from_second(moment).unwrap_or(self.anchor)
    }

    pub(super) fn user(&self, teammate: usize) -> String {
        self.workspace.users.get(teammate).map(|user| user.id.clone()).unwrap_or_default()
    }

    fn property(&mut self, kind: PropertyKind, name: &str, value: Value, at: Timestamp) -> Property {
        Property {
            id: self.workspace.ids.next(Kind::ContactField),
            kind,
            name: Some(name.to_owned()),
            value,
            created: self.workspace.position(at),
            updated_at: at,
        }
    }

    fn custom_value(&self, value: Custom) -> Value {
        match value {
            Custom::Text(text) => text.into(),
            Custom::Number(number) => number.into(),
            Custom::Flag(flag) => flag.into(),
            Custom::Choices(choices) => choices.into(),
            Custom::DaysAgo(days) => {
                days_before(self.anchor, days).strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string().into()
            }
        }
    }
}
