//! The conversations of a large workspace. One per party with which anything was had; it began with its first
//! message or call, and was last active with its last. So the conversations in order of their beginning are a
//! walk over the messages and calls that are the first of their party, and likewise with the last.

use std::iter;
use std::ops::Range;

use jiff::{SignedDuration, Timestamp};

use super::Archive;
use super::ids::Kind;
use super::lanes::Lanes;
use super::parties::Seat;
use super::schedule::{Edge, Schedule};
use crate::seed::mix;
use crate::workspace::collection::{Shelf, merge};
use crate::workspace::{
    Bound, Conversation, ConversationFilter, ConversationSort, Message, Order, Position, TimeRange,
};

/// When a range on the other time than the sorted one leaves no more than this part of all messages and calls,
/// its conversations are gathered and sorted; else all are walked, and those outside skipped.
const GATHERED: u64 = 100;

const GROUP_NAMES: &[&str] =
    &["Driveway", "Shared fence", "Stairwell B", "Back garden", "North row", "Roof", "Owners", "Parking"];

/// A message or a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Activity {
    Message(u64),
    Call(u64),
}

impl Archive {
    /// The first or last that happened with a party.
    fn edge(&self, edge: Edge, seat: Seat) -> Option<(Position, Activity)> {
        let message = self
            .messages
            .edge(edge, seat)
            .map(|index| (self.messages.place(index), Activity::Message(index)));
        let call = self.calls.edge(edge, seat).map(|index| (self.calls.place(index), Activity::Call(index)));
        let both = [message, call].into_iter().flatten();
        match edge {
            Edge::First => both.min_by_key(|(place, _)| *place),
            Edge::Last => both.max_by_key(|(place, _)| *place),
        }
    }

    /// The parties whose edge is in the range, with its place, in order.
    fn edges<'a>(
        &'a self,
        edge: Edge,
        range: TimeRange,
        lanes: Lanes,
        order: Order,
        after: Option<Position>,
    ) -> impl Iterator<Item = (Position, u64)> + 'a {
        let of = |schedule: &'a Schedule, activity: fn(u64) -> Activity, lanes| {
            let window = self.edge_window(schedule, edge, &range, order, after);
            schedule.walk(lanes, window, order).filter_map(move |index| {
                let slot = schedule.slot(index);
                let seat = || schedule.seat(slot.round, slot.inbox);
                let seat = schedule.may_be_edge(edge, slot).then(seat)?;
                let (place, known) = self.edge(edge, seat)?;
                (known == activity(index)).then(|| (place, self.parties.number(seat)))
            })
        };
        let messages = of(&self.messages, Activity::Message, lanes.clone());
        merge(order, messages, of(&self.calls, Activity::Call, lanes))
    }

    /// The indices of a schedule among which all first, or all last, in a range are.
    fn edge_window(
        &self,
        schedule: &Schedule,
        edge: Edge,
        range: &TimeRange,
        order: Order,
        after: Option<Position>,
    ) -> Range<u64> {
        let window = schedule.calendar.window(range, order, after);
        // What one schedule says of every party bounds the other too.
        let bounds = [&self.messages, &self.calls].map(|schedule| schedule.edge_bound(edge));
        let bounds = bounds.into_iter().flatten();
        let included = |at| Bound { at, included: true };
        let known = match edge {
            Edge::First => TimeRange { after: None, before: bounds.min().map(included) },
            Edge::Last => TimeRange { after: bounds.max().map(included), before: None },
        };
        let known = schedule.calendar.window(&known, order, None);
        let (start, end) = (window.start.max(known.start), window.end.min(known.end));
        start..end.max(start)
    }

    fn conversation_lanes(&self, filter: &ConversationFilter) -> Lanes {
        let of_party = |numbers: &Vec<String>| {
            let seat = self.party_of(numbers).and_then(|party| self.parties.seat(party));
            seat.map_or(Lanes::NONE, |seat| Lanes::Parties(seat.inbox, vec![seat]))
        };
        let of_inboxes = |ids: &Vec<String>| {
            let mut inboxes: Vec<_> = ids.iter().filter_map(|id| self.inbox_place(id)).collect();
            inboxes.sort_unstable();
            inboxes.dedup();
            Lanes::Inboxes(inboxes)
        };
        iter::empty()
            .chain(filter.participants.iter().map(of_party))
            .chain(filter.inboxes.iter().map(of_inboxes))
            .fold(Lanes::All, Lanes::meet)
    }

    /// Until when a conversation is muted or snoozed; few are.
    fn put_aside(&self, draw: u64) -> Option<Timestamp> {
        let days = i64::from(draw as u8);
        (days < 5).then(|| self.anchor + SignedDuration::from_hours(24 * (days + 1)))
    }
}

impl Shelf<Conversation> for Archive {
    fn index(&self, id: &str) -> Option<u64> {
        let party = self.ids.number(Kind::Conversation, id)?;
        self.edge(Edge::First, self.parties.seat(party)?).map(|_| party)
    }

    fn item(&self, index: u64) -> Option<Conversation> {
        let seat = self.parties.seat(index)?;
        let (created, _) = self.edge(Edge::First, seat)?;
        let (active, activity) = self.edge(Edge::Last, seat)?;
        let members = self.parties.members(index);
        let (last_id, answered_by) = match activity {
            Activity::Message(message) => {
                let last: Message = self.item(message)?;
                (last.id, last.user_id)
            }
            Activity::Call(call) => (self.ids.id(Kind::Call, call), None),
        };
        let draw = mix(self.seed ^ mix(index ^ 1 << 42));
        let named = self.parties.is_group(index) && draw.is_multiple_of(2);
        Some(Conversation {
            id: self.ids.id(Kind::Conversation, index),
            phone_number_id: self.desk(seat.inbox)?.inbox.id.clone(),
            participants: self.numbers(&members),
            name: named.then(|| super::pick(GROUP_NAMES, draw >> 8).to_owned()),
            done: answered_by.is_some(),
            unread: answered_by.is_none(),
            // It belongs to whoever wrote in it last; one that waits for an answer, to nobody.
            assigned_to: answered_by,
            last_activity: Some((active, last_id)),
            muted_until: self.put_aside(draw >> 16),
            snoozed_until: self.put_aside(draw >> 24),
            created,
            updated: active,
        })
    }

    fn walk<'a>(
        &'a self,
        filter: &'a ConversationFilter,
        sort: ConversationSort,
        order: Order,
        after: Option<Position>,
    ) -> Box<dyn Iterator<Item = u64> + 'a> {
        let lanes = self.conversation_lanes(filter);
        let ((edge, range), (other_edge, other_range)) = match sort {
            ConversationSort::Created => ((Edge::First, filter.created), (Edge::Last, filter.updated)),
            ConversationSort::Updated | ConversationSort::LastActivity => {
                ((Edge::Last, filter.updated), (Edge::First, filter.created))
            }
        };
        let left = |schedule: &Schedule| {
            let window = self.edge_window(schedule, other_edge, &other_range, order, None);
            window.end - window.start
        };
        let all = self.messages.calendar.count() + self.calls.calendar.count();
        if other_range.is_open() || left(&self.messages) + left(&self.calls) > all / GATHERED {
            return Box::new(self.edges(edge, range, lanes, order, after).map(|(_, party)| party));
        }
        let mut found: Vec<_> = self
            .edges(other_edge, other_range, lanes, order, None)
            .filter_map(|(_, party)| Some((self.edge(edge, self.parties.seat(party)?)?.0, party)))
            .filter(|(place, _)| order.is_next(*place, after) && range.contains(place.at))
            .collect();
        order.sort(&mut found);
        Box::new(found.into_iter().map(|(_, party)| party))
    }
}
