//! Who talks with whom: each contact with one inbox, and now and then some of an inbox's contacts in a group.
//!
//! The contacts go round the inboxes in turn. Of every dozen contacts of an inbox, two or three are a group. A
//! *party* is what one conversation is had with. It has a number in the workspace, contacts first and groups
//! behind them, and a *seat*: its inbox, and its place among that inbox's parties.

use super::permutation::Permutation;
use crate::seed::mix;

/// Contacts of an inbox for each group.
const DOZEN: u64 = 12;

#[derive(Clone, Copy, Debug)]
pub(super) struct Parties {
    seed: u64,
    inboxes: u64,
    contacts: u64,
    /// Orders of the parties of an inbox that has one contact more than others, and of the others.
    more: Permutation,
    fewer: Permutation,
}

/// An inbox, and a place among its parties.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seat {
    pub(super) inbox: u64,
    pub(super) place: u64,
}

impl Parties {
    pub(super) const fn new(seed: u64, inboxes: u64, contacts: u64) -> Self {
        let fewer = contacts / inboxes;
        Self {
            seed,
            inboxes,
            contacts,
            more: Permutation::new(seed, seats(fewer + 1)),
            fewer: Permutation::new(seed, seats(fewer)),
        }
    }

    pub(super) fn inboxes(&self) -> u64 {
        self.inboxes
    }

    /// The most parties that an inbox has.
    pub(super) fn most(&self) -> u64 {
        self.of_inbox(0)
    }

    /// The fewest.
    pub(super) fn fewest(&self) -> u64 {
        self.of_inbox(self.inboxes - 1)
    }

    /// How many parties an inbox has.
    pub(super) fn of_inbox(&self, inbox: u64) -> u64 {
        seats(self.contacts_of(inbox))
    }

    /// An order of the parties of an inbox.
    pub(super) fn order(&self, inbox: u64, key: u64) -> Permutation {
        let order = if inbox < self.contacts % self.inboxes { self.more } else { self.fewer };
        order.keyed(mix(key ^ mix(inbox)))
    }

    pub(super) fn number(&self, seat: Seat) -> u64 {
        match seat.place.checked_sub(self.contacts_of(seat.inbox)) {
            None => seat.place * self.inboxes + seat.inbox,
            Some(group) => self.contacts + group * self.inboxes + seat.inbox,
        }
    }

    /// Where the party with this number sits; `None` when there is none.
    pub(super) fn seat(&self, number: u64) -> Option<Seat> {
        let Some(group) = number.checked_sub(self.contacts) else {
            return Some(Seat { inbox: number % self.inboxes, place: number / self.inboxes });
        };
        let (inbox, group) = (group % self.inboxes, group / self.inboxes);
        let contacts = self.contacts_of(inbox);
        (group < contacts / DOZEN).then_some(Seat { inbox, place: contacts + group })
    }

    pub(super) fn is_group(&self, number: u64) -> bool {
        number >= self.contacts
    }

    /// The contacts of a party.
    pub(super) fn members(&self, number: u64) -> Vec<u64> {
        let Some(group) = number.checked_sub(self.contacts) else { return vec![number] };
        let (inbox, group) = (group % self.inboxes, group / self.inboxes);
        let draw = mix(self.seed ^ mix(number));
        let first = draw % DOZEN;
        // Two steps of one to five never come back to the first.
        let second = first + 1 + (draw >> 8) % 5;
        let third = second + 1 + (draw >> 16) % 5;
        let size = 2 + (draw >> 24) as usize % 2;
        [first, second, third]
            .into_iter()
            .take(size)
            .map(|member| (group * DOZEN + member % DOZEN) * self.inboxes + inbox)
            .collect()
    }

    /// The parties that a contact belongs to.
    pub(super) fn of_contact(&self, contact: u64) -> impl Iterator<Item = u64> {
        let (inbox, place) = (contact % self.inboxes, contact / self.inboxes);
        let group = self.contacts + place / DOZEN * self.inboxes + inbox;
        let belongs = self.seat(group).is_some() && self.members(group).contains(&contact);
        [Some(contact), belongs.then_some(group)].into_iter().flatten()
    }

    fn contacts_of(&self, inbox: u64) -> u64 {
        self.contacts / self.inboxes + u64::from(inbox < self.contacts % self.inboxes)
    }
}

/// The parties of an inbox with so many contacts.
const fn seats(contacts: u64) -> u64 {
    contacts + contacts / DOZEN
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Parties, Seat};

    #[test]
    fn numbers_and_seats_are_two_names_of_the_same() {
        for (inboxes, contacts) in [(1, 1), (3, 4), (7, 300), (20, 250)] {
            let parties = Parties::new(9, inboxes, contacts);
            let mut numbers = BTreeSet::new();
            for inbox in 0..inboxes {
                for place in 0..parties.of_inbox(inbox) {
                    let seat = Seat { inbox, place };
                    let number = parties.number(seat);
                    assert_eq!(parties.seat(number), Some(seat));
                    assert!(numbers.insert(number));
                    let members = parties.members(number);
                    let expected = if parties.is_group(number) { 2..4 } else { 1..2 };
                    assert!(expected.contains(&members.iter().collect::<BTreeSet<_>>().len()), "{members:?}");
                    for member in members {
                        assert!(member < contacts && member % inboxes == inbox);
                        assert!(parties.of_contact(member).any(|known| known == number));
                    }
                }
            }
            assert_eq!(numbers.last().copied(), Some(numbers.len() as u64 - 1), "no number is left out");
            assert_eq!(parties.seat(numbers.len() as u64), None);
            let memberships = (0..contacts).flat_map(|contact| parties.of_contact(contact)).count();
            let members = numbers.iter().map(|number| parties.members(*number).len());
            assert_eq!(memberships, members.sum::<usize>());
        }
    }
}
