//! The phone numbers of a large workspace: `+1 NPA 555 01xx`, which belong to nobody in the world. Each is a
//! contact's, an inbox's, or nobody's, and tells which.

use super::permutation::Permutation;
use crate::workspace::numbers::silent_endings;

#[derive(Debug)]
pub(crate) struct Directory {
    order: Permutation,
    endings: Vec<u8>,
    contacts: u64,
    inboxes: u64,
}

/// Whose a number is: the index of a contact or inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    Contact(u64),
    Inbox(u64),
}

impl Directory {
    pub(crate) fn new(seed: u64, contacts: u64, inboxes: u64) -> Self {
        let endings = silent_endings();
        let size = area_codes() * endings.len() as u64;
        Self { order: Permutation::new(seed, size), endings, contacts, inboxes }
    }

    /// How many contacts and inboxes there are numbers for.
    pub(crate) fn capacity() -> u64 {
        area_codes() * silent_endings().len() as u64
    }

    pub(crate) fn number(&self, holder: Holder) -> String {
        let place = match holder {
            Holder::Contact(contact) => contact,
            Holder::Inbox(inbox) => self.contacts + inbox,
        };
        let entry = self.order.at(place);
        let count = self.endings.len() as u64;
        let ending = self.endings.get((entry % count) as usize).copied().unwrap_or_default();
        format!("+1{}55501{ending:02}", area_code(entry / count))
    }

    pub(crate) fn holder(&self, number: &str) -> Option<Holder> {
        let (area, ending) = number.strip_prefix("+1")?.split_at_checked(3)?;
        let ending = ending.strip_prefix("55501").filter(|ending| ending.len() == 2)?;
        if !(area.bytes().chain(ending.bytes())).all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        let ending = ending.parse().ok().and_then(|ending| self.endings.binary_search(&ending).ok())?;
        let entry = area_place(area.parse().ok()?)? * self.endings.len() as u64 + ending as u64;
        let place = self.order.place_of(entry);
        match place.checked_sub(self.contacts) {
            None => Some(Holder::Contact(place)),
            Some(inbox) => (inbox < self.inboxes).then_some(Holder::Inbox(inbox)),
        }
    }
}

/// The codes that may name an area: the first digit is no 0 or 1, the second no 9, and the last two are not
/// alike, which would be a service's.
const fn area_codes() -> u64 {
    8 * 9 * 9
}

const fn area_code(place: u64) -> u64 {
    let (first, second, third) = (2 + place / 81, place / 9 % 9, place % 9);
    first * 100 + second * 10 + third + if third >= second { 1 } else { 0 }
}

fn area_place(code: u64) -> Option<u64> {
    let (first, second, third) = (code / 100, code / 10 % 10, code % 10);
    let valid = (2..=9).contains(&first) && second < 9 && second != third;
    valid.then(|| (first - 2) * 81 + second * 9 + third - u64::from(third > second))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Directory, Holder};

    #[test]
    fn every_holder_has_a_number_of_its_own_that_names_it() {
        let directory = Directory::new(3, 50_000, 200);
        let holders = (0..50_000).map(Holder::Contact).chain((0..200).map(Holder::Inbox));
        let mut numbers = BTreeSet::new();
        for holder in holders {
            let number = directory.number(holder);
            assert!(number.len() == 12 && &number[5..10] == "55501", "{number}");
            assert_eq!(directory.holder(&number), Some(holder), "{number}");
            numbers.insert(number);
        }
        assert_eq!(numbers.len(), 50_200);
        let listed = (200..1000)
            .flat_map(|area| (0..100).map(move |ending| format!("+1{area}55501{ending:02}")))
            .filter(|number| directory.holder(number).is_some());
        assert_eq!(listed.count(), 50_200, "the others are nobody's");
        for wrong in ["", "+1", "+12125550", "+1+1255501+7", "+12125550107\u{a0}", "+442125550107"] {
            assert_eq!(directory.holder(wrong), None, "{wrong}");
        }
    }
}
