//! The messages of a large workspace: the text at an index, and the indices that a list asks for.

use jiff::SignedDuration;

use super::Archive;
use super::ids::Kind;
use super::lanes::{Lanes, directed};
use super::schedule::Slot;
use super::scripts::{By, script};
use super::words::Words;
use crate::seed::mix;
use crate::workspace::collection::Shelf;
use crate::workspace::{Direction, Media, Message, MessageFilter, MessageStatus, Order, Position, User};

/// Of so many messages one is lost on its way, and one fails.
const LOST_EVERY: u64 = 89;
const FAILS_EVERY: u64 = 997;
/// Of so many that come in, one comes with a picture.
const PICTURE_EVERY: u64 = 61;

/// What is known of a message before it is made.
struct Line<'a> {
    slot: Slot,
    party: u64,
    draw: u64,
    text: &'static str,
    direction: Direction,
    status: MessageStatus,
    writer: Option<&'a User>,
}

impl Archive {
    fn line(&self, index: u64) -> Line<'_> {
        let slot = self.messages.slot(index);
        let party = self.messages.party(slot);
        let draw = mix(self.seed ^ mix(slot.round * self.parties.inboxes() + slot.inbox));
        let script = script(slot.length, self.parties.is_group(party), draw);
        let (by, text) = script.get(slot.line).copied().unwrap_or((By::Us, ""));
        let (direction, writer) = match by {
            By::Them => (Direction::Incoming, None),
            // One teammate has the whole exchange.
            By::Us => (Direction::Outgoing, self.teammate(slot.inbox, draw >> 16)),
        };
        let status = match by {
            By::Them => MessageStatus::Received,
            By::Us if index.is_multiple_of(LOST_EVERY) => MessageStatus::Undelivered,
            By::Us if index.is_multiple_of(FAILS_EVERY) => MessageStatus::Failed,
            By::Us => MessageStatus::Delivered,
        };
        Line { slot, party, draw, text, direction, status, writer }
    }

    fn picture(&self, index: u64, direction: Direction) -> Option<Media> {
        let wanted = direction == Direction::Incoming && index.is_multiple_of(PICTURE_EVERY);
        wanted.then(|| Media {
            url: format!("https://media.example.com/{}", self.ids.id(Kind::Message, index)),
            content_type: (!(index / PICTURE_EVERY).is_multiple_of(4)).then(|| "image/jpeg".to_owned()),
        })
    }

    fn message_lanes(&self, filter: &MessageFilter) -> Lanes {
        let implied = match filter.status {
            Some(MessageStatus::Queued | MessageStatus::Sent) => return Lanes::NONE,
            Some(MessageStatus::Received) => Some(Direction::Incoming),
            Some(MessageStatus::Delivered | MessageStatus::Undelivered | MessageStatus::Failed) => {
                Some(Direction::Outgoing)
            }
            None => None,
        };
        // Only what goes out has a user.
        let by_user = filter.user.as_ref().map(|_| Direction::Outgoing);
        let mut directions = [filter.direction, implied, by_user].into_iter().flatten();
        let first = directions.next();
        if directions.any(|other| Some(other) != first) {
            return Lanes::NONE;
        }
        let of_conversation = |id: &String| {
            let party = self.ids.number(Kind::Conversation, id);
            let seat = party.and_then(|party| self.parties.seat(party));
            seat.map_or(Lanes::NONE, |seat| Lanes::Parties(seat.inbox, vec![seat]))
        };
        let numbers = filter.from.iter().chain(&filter.to).chain(filter.to_all.iter().flatten());
        std::iter::empty()
            .chain(filter.conversation.iter().map(of_conversation))
            .chain(filter.inbox.iter().map(|id| self.lanes_of_inbox(id)))
            .chain(numbers.map(|number| self.lanes_of(number)))
            .chain(filter.user.iter().map(|user| Lanes::Inboxes(self.inboxes_of(user))))
            .fold(Lanes::All, Lanes::meet)
    }
}

impl Shelf<Message> for Archive {
    fn index(&self, id: &str) -> Option<u64> {
        self.ids.number(Kind::Message, id).filter(|index| *index < self.messages.calendar.count())
    }

    fn item(&self, index: u64) -> Option<Message> {
        let line = self.line(index);
        let desk = self.desk(line.slot.inbox)?;
        let members = self.parties.members(line.party);
        let numbers = self.numbers(&members);
        // In a group they answer by turns.
        let customer = *members.get(line.slot.line % members.len())?;
        let words = Words {
            name: self.name(customer).0,
            me: line.writer.map(|user| user.first_name.as_str()).unwrap_or_default(),
            draw: line.draw,
        };
        let created = self.messages.place(index);
        let (from, to) = match line.direction {
            Direction::Incoming => {
                let sender = self.number(customer);
                let mut to = vec![desk.inbox.number.clone()];
                to.extend(numbers.into_iter().filter(|number| *number != sender));
                (sender, to)
            }
            Direction::Outgoing => (desk.inbox.number.clone(), numbers),
        };
        let settled = match line.direction {
            Direction::Incoming => created.at,
            Direction::Outgoing => created.at + SignedDuration::from_millis(900),
        };
        Some(Message {
            id: self.ids.id(Kind::Message, index),
            conversation_id: self.ids.id(Kind::Conversation, line.party),
            phone_number_id: desk.inbox.id.clone(),
            from,
            to,
            text: words.fill(line.text),
            media: self.picture(index, line.direction).into_iter().collect(),
            direction: line.direction,
            user_id: line.writer.map(|user| user.id.clone()),
            status: line.status,
            error_code: (line.status == MessageStatus::Undelivered).then_some(30005),
            created,
            updated_at: settled.min(self.anchor),
        })
    }

    fn walk<'a>(
        &'a self,
        filter: &'a MessageFilter,
        (): (),
        order: Order,
        after: Option<Position>,
    ) -> Box<dyn Iterator<Item = u64> + 'a> {
        let lanes = self.message_lanes(filter);
        let window = self.messages.calendar.window(&filter.created, order, after);
        let every = match filter.status {
            Some(MessageStatus::Undelivered) => LOST_EVERY,
            Some(MessageStatus::Failed) => FAILS_EVERY,
            _ => 1,
        };
        let indices = match lanes {
            Lanes::All if every > 1 => {
                let steps = window.start.div_ceil(every)..window.end.div_ceil(every);
                Box::new(directed(steps, order).map(move |step| step * every))
            }
            lanes => self.messages.walk(lanes, window, order),
        };
        if filter.direction.is_none() && filter.status.is_none() && filter.user.is_none() {
            return indices;
        }
        Box::new(indices.filter(move |index| {
            let line = self.line(*index);
            filter.direction.is_none_or(|wanted| line.direction == wanted)
                && filter.status.is_none_or(|wanted| line.status == wanted)
                && filter
                    .user
                    .as_ref()
                    .is_none_or(|wanted| line.writer.is_some_and(|user| user.id == *wanted))
        }))
    }
}
