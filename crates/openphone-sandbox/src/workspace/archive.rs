//! A large workspace's past, computed and not stored: the item with an index follows from the seed, the size and
//! the anchor, in constant time and alone. It takes the memory of its users and inboxes, whatever its size.
//!
//! What an index means is arithmetic: `calendar` says when, `schedule` with `weave` which inbox and party, and
//! `parties` and `directory` who that is; `permutation` is what makes it look like life instead of a table.
//! `messages`, `calls`, `contacts` and `conversations` make the items, and read from a filter which `lanes` and
//! which window of time to walk. What happens in the workspace at run time lies over it, in a `Collection`.
//!
//! A filter by inbox, party, number, user or time costs what it returns; the other fields of a message or call
//! are looked at one by one, without making the item, at worst all of those that the rest of the filter leaves.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use super::{Inbox, User};
use crate::options::WorkspaceSize;
use crate::seed::mix;

mod calendar;
mod calls;
mod contacts;
mod conversations;
mod directory;
mod ids;
mod lanes;
mod messages;
mod parties;
mod people;
mod permutation;
mod schedule;
mod scripts;
mod speech;
mod weave;
mod words;

pub(crate) use contacts::custom_fields;
pub(crate) use directory::{Directory, Holder};
pub(crate) use people::{person, pick};

use calendar::Calendar;
use ids::Ids;
use lanes::Lanes;
use parties::{Parties, Seat};
use schedule::Schedule;

/// Messages and calls are of the last three years, contacts of the last four.
const WEEKS: i64 = 156;
const CONTACT_WEEKS: i64 = 208;

#[derive(Debug)]
pub(crate) struct Archive {
    seed: u64,
    anchor: Timestamp,
    ids: Ids,
    parties: Parties,
    directory: Directory,
    messages: Schedule,
    calls: Schedule,
    contacts: Calendar,
    ai_agent_id: String,
    users: Vec<User>,
    desks: Vec<Desk>,
    /// Places of the inboxes by their ids.
    inboxes: HashMap<String, u64>,
}

/// An inbox, and the places of the users who share it.
#[derive(Debug)]
struct Desk {
    inbox: Inbox,
    members: Vec<usize>,
}

impl Archive {
    /// `users` and `inboxes` are as many as `size` says.
    pub(crate) fn new(
        seed: u64,
        size: WorkspaceSize,
        anchor: Timestamp,
        users: &[User],
        inboxes: &[Inbox],
        ai_agent_id: &str,
    ) -> Self {
        let (contacts, desks) = (u64::from(size.contacts()), u64::from(size.inboxes()));
        let parties = Parties::new(mix(seed ^ 1), desks, contacts);
        let messages = Calendar::new(mix(seed ^ 2), u64::from(size.messages()), WEEKS, anchor, 0);
        // Even the last call is over and summarized before the anchor.
        let hung_up = anchor.checked_sub(SignedDuration::from_mins(20)).unwrap_or(anchor);
        let calls = Calendar::new(mix(seed ^ 3), u64::from(size.calls()), WEEKS, hung_up, 1);
        let places: HashMap<&str, usize> =
            users.iter().enumerate().map(|(place, user)| (user.id.as_str(), place)).collect();
        let desk = |inbox: &Inbox| Desk {
            inbox: inbox.clone(),
            members: inbox.members.iter().filter_map(|id| places.get(id.as_str()).copied()).collect(),
        };
        Self {
            seed,
            anchor,
            ids: Ids::new(seed),
            parties,
            directory: Directory::new(seed, contacts, desks),
            messages: Schedule::of_messages(mix(seed ^ 4), parties, messages),
            calls: Schedule::of_calls(mix(seed ^ 5), parties, calls),
            contacts: Calendar::new(mix(seed ^ 6), contacts, CONTACT_WEEKS, anchor, 0),
            ai_agent_id: ai_agent_id.to_owned(),
            users: users.to_vec(),
            desks: inboxes.iter().map(desk).collect(),
            inboxes: (0..).zip(inboxes).map(|(place, inbox)| (inbox.id.clone(), place)).collect(),
        }
    }

    /// The sequence number of the last place in time; what happens later comes behind it.
    pub(crate) fn last_sequence(&self) -> u64 {
        let counts = [self.messages.calendar.count(), self.calls.calendar.count(), self.contacts.count()];
        1 + counts.into_iter().max().unwrap_or_default() * Calendar::LANES
    }

    fn desk(&self, inbox: u64) -> Option<&Desk> {
        self.desks.get(inbox as usize)
    }

    /// One of those who share an inbox.
    fn teammate(&self, inbox: u64, draw: u64) -> Option<&User> {
        let members = &self.desk(inbox)?.members;
        let place = members.get((draw % members.len().max(1) as u64) as usize)?;
        self.users.get(*place)
    }

    fn inbox_place(&self, id: &str) -> Option<u64> {
        self.inboxes.get(id).copied()
    }

    /// The inboxes that a user shares.
    fn inboxes_of(&self, user_id: &str) -> Vec<u64> {
        let shares = |(place, desk): (u64, &Desk)| desk.inbox.has_member(user_id).then_some(place);
        (0..).zip(&self.desks).filter_map(shares).collect()
    }

    /// The numbers of a party, sorted.
    fn numbers(&self, members: &[u64]) -> Vec<String> {
        let mut numbers: Vec<_> = members.iter().map(|contact| self.number(*contact)).collect();
        numbers.sort_unstable();
        numbers
    }

    fn number(&self, contact: u64) -> String {
        self.directory.number(Holder::Contact(contact))
    }

    /// First and last name of a contact.
    fn name(&self, contact: u64) -> (&'static str, &'static str) {
        person(self.seed, contact)
    }

    /// The party that consists of those with these numbers.
    fn party_of(&self, numbers: &[String]) -> Option<u64> {
        let contact = |number: &String| match self.directory.holder(number)? {
            Holder::Contact(contact) => Some(contact),
            Holder::Inbox(_) => None,
        };
        let wanted: Vec<_> = numbers.iter().map(contact).collect::<Option<_>>()?;
        self.parties.of_contact(*wanted.first()?).find(|party| {
            let members = self.parties.members(*party);
            members.len() == wanted.len() && members.iter().all(|member| wanted.contains(member))
        })
    }

    /// Where something can be in which one with this number takes part.
    fn lanes_of(&self, number: &str) -> Lanes {
        match self.directory.holder(number) {
            None => Lanes::NONE,
            Some(Holder::Inbox(inbox)) => Lanes::Inboxes(vec![inbox]),
            Some(Holder::Contact(contact)) => {
                let seats: Vec<Seat> =
                    self.parties.of_contact(contact).filter_map(|party| self.parties.seat(party)).collect();
                Lanes::Parties(contact % self.parties.inboxes(), seats)
            }
        }
    }

    /// The lanes of an inbox by its id.
    fn lanes_of_inbox(&self, id: &str) -> Lanes {
        self.inbox_place(id).map_or(Lanes::NONE, |inbox| Lanes::Inboxes(vec![inbox]))
    }
}
