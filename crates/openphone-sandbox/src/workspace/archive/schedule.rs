//! Which inbox and which party a message or call belongs to, from its index, and back.
//!
//! Time goes in *rounds*. In each, every inbox has one exchange: of a few lines for messages, of one for calls.
//! The inboxes of a round come in a keyed order, a *bundle* of them at a time, whose lines are interleaved
//! (`weave.rs`). From round to round an inbox talks with the next of its parties, in a keyed order, and when it
//! has talked with all, a *cycle* is over and the next begins in another order.

use jiff::Timestamp;

use super::calendar::Calendar;
use super::parties::{Parties, Seat};
use super::permutation::Permutation;
use super::weave::{MEAN, Weaves};
use crate::seed::mix;
use crate::workspace::Position;

#[derive(Debug)]
pub(super) struct Schedule {
    seed: u64,
    pub(super) calendar: Calendar,
    pub(super) parties: Parties,
    weaves: Weaves,
    /// Lines of an exchange, on average.
    mean: u64,
    inboxes: Permutation,
}

/// What an index stands for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) round: u64,
    pub(super) inbox: u64,
    /// Which line of the exchange.
    pub(super) line: usize,
    /// Of how many.
    pub(super) length: usize,
}

/// The beginning or the end of what was had with a party.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edge {
    First,
    Last,
}

impl Schedule {
    pub(super) fn of_messages(seed: u64, parties: Parties, calendar: Calendar) -> Self {
        Self::new(seed, parties, calendar, Weaves::of_exchanges(parties.inboxes()), MEAN)
    }

    pub(super) fn of_calls(seed: u64, parties: Parties, calendar: Calendar) -> Self {
        Self::new(seed, parties, calendar, Weaves::of_single_lines(), 1)
    }

    fn new(seed: u64, parties: Parties, calendar: Calendar, weaves: Weaves, mean: u64) -> Self {
        let inboxes = Permutation::new(seed, parties.inboxes());
        Self { seed, calendar, parties, weaves, mean, inboxes }
    }

    /// Indices in a round.
    pub(super) fn round_length(&self) -> u64 {
        self.parties.inboxes() * self.mean
    }

    /// Rounds, of which the last may be cut short.
    pub(super) fn rounds(&self) -> u64 {
        self.calendar.count().div_ceil(self.round_length())
    }

    pub(super) fn place(&self, index: u64) -> Position {
        self.calendar.place(index)
    }

    pub(super) fn slot(&self, index: u64) -> Slot {
        let (round, within) = (index / self.round_length(), index % self.round_length());
        let bundle_length = self.weaves.bundle() * self.mean;
        let (bundle, place) = (within / bundle_length, within % bundle_length);
        let weave = self.weaves.pick(self.bundle_size(bundle), self.draw(round, bundle));
        let (member, line) = weave.at(place);
        let inbox = self.order(round).at(bundle * self.weaves.bundle() + member as u64);
        Slot { round, inbox, line, length: weave.places(member).len() }
    }

    /// The indices of an inbox's exchange in a round, ascending. Those past the end are none.
    pub(super) fn exchange(&self, round: u64, inbox: u64) -> impl DoubleEndedIterator<Item = u64> {
        let place = self.order(round).place_of(inbox);
        let (bundle, member) = (place / self.weaves.bundle(), (place % self.weaves.bundle()) as usize);
        let weave = self.weaves.pick(self.bundle_size(bundle), self.draw(round, bundle));
        let start = round * self.round_length() + bundle * self.weaves.bundle() * self.mean;
        let end = self.calendar.count();
        weave.places(member).iter().map(move |place| start + place).filter(move |index| *index < end)
    }

    /// With whom an inbox has its exchange in a round.
    pub(super) fn seat(&self, round: u64, inbox: u64) -> Seat {
        let parties = self.parties.of_inbox(inbox);
        let (cycle, turn) = (round / parties, round % parties);
        Seat { inbox, place: self.turns(cycle, inbox).at(turn) }
    }

    pub(super) fn party(&self, slot: Slot) -> u64 {
        self.parties.number(self.seat(slot.round, slot.inbox))
    }

    /// The round of a cycle in which an inbox talks with a party.
    pub(super) fn round_of(&self, cycle: u64, seat: Seat) -> u64 {
        cycle * self.parties.of_inbox(seat.inbox) + self.turns(cycle, seat.inbox).place_of(seat.place)
    }

    /// Cycles that an inbox began.
    pub(super) fn cycles(&self, inbox: u64) -> u64 {
        self.rounds().div_ceil(self.parties.of_inbox(inbox))
    }

    /// The first or last index that is had with a party.
    pub(super) fn edge(&self, edge: Edge, seat: Seat) -> Option<u64> {
        let of_cycle = |cycle| self.exchange(self.round_of(cycle, seat), seat.inbox);
        match edge {
            Edge::First => of_cycle(0).next(),
            // Every party has its turn in the cycle before the last.
            Edge::Last => {
                let cycles = self.cycles(seat.inbox);
                (cycles.saturating_sub(2)..cycles).rev().find_map(|cycle| of_cycle(cycle).next_back())
            }
        }
    }

    /// Whether the edge of the slot's party may be in it; cheaper than `edge`.
    pub(super) fn may_be_edge(&self, edge: Edge, slot: Slot) -> bool {
        let parties = self.parties.of_inbox(slot.inbox);
        match edge {
            Edge::First => slot.line == 0 && slot.round < parties,
            Edge::Last => slot.round / parties + 2 >= self.cycles(slot.inbox),
        }
    }

    /// By when something was had with every party first, or since when it was last; `None` when it was not with
    /// every one.
    pub(super) fn edge_bound(&self, edge: Edge) -> Option<Timestamp> {
        let (few, many) = (self.parties.fewest(), self.parties.most());
        if self.calendar.count() < many * self.round_length() {
            return None;
        }
        let index = match edge {
            Edge::First => many * self.round_length() - 1,
            Edge::Last => {
                let since = |parties: u64| self.rounds().div_ceil(parties).saturating_sub(2) * parties;
                since(few).min(since(many)) * self.round_length()
            }
        };
        Some(self.calendar.at(index))
    }

    fn bundle_size(&self, bundle: u64) -> u64 {
        let size = self.weaves.bundle();
        size.min(self.parties.inboxes() - bundle * size)
    }

    /// The order of the inboxes in a round.
    fn order(&self, round: u64) -> Permutation {
        self.inboxes.keyed(mix(self.seed ^ mix(round)))
    }

    /// The order of an inbox's parties in a cycle.
    fn turns(&self, cycle: u64, inbox: u64) -> Permutation {
        self.parties.order(inbox, self.seed ^ mix(!cycle))
    }

    fn draw(&self, round: u64, bundle: u64) -> u64 {
        mix(self.seed ^ mix(round << 20 ^ bundle))
    }
}

#[cfg(test)]
mod tests {
    use super::{Edge, Schedule};
    use crate::workspace::archive::calendar::Calendar;
    use crate::workspace::archive::parties::Parties;

    fn schedules(inboxes: u64, contacts: u64, count: u64) -> [Schedule; 2] {
        let anchor = "2026-11-20T18:30:00Z".parse().unwrap();
        let parties = Parties::new(1, inboxes, contacts);
        let calendar = |lane| Calendar::new(2, count, 156, anchor, lane);
        [Schedule::of_messages(3, parties, calendar(0)), Schedule::of_calls(4, parties, calendar(1))]
    }

    #[test]
    fn an_index_and_its_slot_name_each_other() {
        for (inboxes, contacts, count) in [(1, 1, 50), (7, 300, 3_001), (13, 40, 2_000), (6, 6, 5)] {
            for schedule in schedules(inboxes, contacts, count) {
                let mut seen = 0;
                for round in 0..schedule.rounds() {
                    for inbox in 0..inboxes {
                        for (line, index) in schedule.exchange(round, inbox).enumerate() {
                            let slot = schedule.slot(index);
                            assert_eq!((slot.round, slot.inbox, slot.line), (round, inbox, line));
                            let seat = schedule.seat(round, inbox);
                            let cycle = round / schedule.parties.of_inbox(inbox);
                            assert_eq!(schedule.round_of(cycle, seat), round);
                            seen += 1;
                        }
                    }
                }
                assert_eq!(seen, count, "every index is in one exchange");
            }
        }
    }

    #[test]
    fn edges_are_the_first_and_last_of_a_party() {
        for (inboxes, contacts, count) in [(1, 1, 50), (7, 300, 3_001), (13, 40, 2_000), (6, 6, 5)] {
            for schedule in schedules(inboxes, contacts, count) {
                let mut number = 0;
                while let Some(seat) = schedule.parties.seat(number) {
                    let ours = || (0..count).filter(|index| schedule.party(schedule.slot(*index)) == number);
                    let (first, last) = (ours().next(), ours().next_back());
                    assert_eq!(schedule.edge(Edge::First, seat), first);
                    assert_eq!(schedule.edge(Edge::Last, seat), last);
                    for (edge, index) in [(Edge::First, first), (Edge::Last, last)] {
                        let may_be = |index| schedule.may_be_edge(edge, schedule.slot(index));
                        assert!(index.is_none_or(may_be), "{edge:?} of {number}");
                        let Some(bound) = schedule.edge_bound(edge) else { continue };
                        let at = index.map(|index| schedule.calendar.at(index));
                        match edge {
                            Edge::First => assert!(at.is_some_and(|at| at <= bound)),
                            Edge::Last => assert!(at.is_some_and(|at| at >= bound)),
                        }
                    }
                    number += 1;
                }
            }
        }
    }
}
