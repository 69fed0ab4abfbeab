//! Walks over the indices of a schedule: all, those of some inboxes, or those of some parties. Each goes round by
//! round, or cycle by cycle, and looks at nothing outside its lanes.

use std::ops::Range;

use super::parties::Seat;
use super::schedule::Schedule;
use crate::workspace::Order;

/// What a walk keeps to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Lanes {
    All,
    Inboxes(Vec<u64>),
    /// Parties of one inbox.
    Parties(u64, Vec<Seat>),
}

impl Lanes {
    pub(super) const NONE: Self = Self::Inboxes(Vec::new());

    /// What is on both.
    pub(super) fn meet(self, other: Self) -> Self {
        match (self, other) {
            (Self::All, lanes) | (lanes, Self::All) => lanes,
            (Self::Inboxes(mut inboxes), Self::Inboxes(others)) => {
                inboxes.retain(|inbox| others.contains(inbox));
                Self::Inboxes(inboxes)
            }
            (Self::Inboxes(inboxes), Self::Parties(inbox, seats))
            | (Self::Parties(inbox, seats), Self::Inboxes(inboxes)) => {
                if inboxes.contains(&inbox) {
                    Self::Parties(inbox, seats)
                } else {
                    Self::NONE
                }
            }
            (Self::Parties(inbox, mut seats), Self::Parties(_, others)) => {
                // A seat names its inbox too.
                seats.retain(|seat| others.contains(seat));
                Self::Parties(inbox, seats)
            }
        }
    }
}

impl Schedule {
    /// The indices in `window` and on `lanes`, in order.
    pub(super) fn walk(
        &self,
        lanes: Lanes,
        window: Range<u64>,
        order: Order,
    ) -> Box<dyn Iterator<Item = u64> + '_> {
        if window.is_empty() {
            return Box::new(std::iter::empty());
        }
        let first_round = window.start / self.round_length();
        let last_round = (window.end - 1) / self.round_length();
        match lanes {
            Lanes::All => directed(window, order),
            Lanes::Inboxes(inboxes) if inboxes.is_empty() => Box::new(std::iter::empty()),
            Lanes::Inboxes(inboxes) => {
                let rounds = directed(first_round..last_round + 1, order);
                Box::new(rounds.flat_map(move |round| {
                    let exchanges = inboxes.iter().flat_map(|inbox| self.exchange(round, *inbox));
                    sorted(exchanges, &window, order)
                }))
            }
            Lanes::Parties(inbox, seats) => {
                let parties = self.parties.of_inbox(inbox);
                let cycles = directed(first_round / parties..last_round / parties + 1, order);
                Box::new(cycles.flat_map(move |cycle| {
                    let rounds = seats.iter().map(|seat| self.round_of(cycle, *seat));
                    sorted(rounds.flat_map(|round| self.exchange(round, inbox)), &window, order)
                }))
            }
        }
    }
}

/// The numbers of a range, from its start or from its end.
pub(super) fn directed<'a>(numbers: Range<u64>, order: Order) -> Box<dyn Iterator<Item = u64> + 'a> {
    match order {
        Order::OldestFirst => Box::new(numbers),
        Order::NewestFirst => Box::new(numbers.rev()),
    }
}

fn sorted(indices: impl Iterator<Item = u64>, window: &Range<u64>, order: Order) -> Vec<u64> {
    let mut indices: Vec<_> = indices.filter(|index| window.contains(index)).collect();
    indices.sort_unstable();
    if order == Order::NewestFirst {
        indices.reverse();
    }
    indices
}
