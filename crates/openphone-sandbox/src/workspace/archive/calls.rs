//! The calls of a large workspace: the call at an index, and the indices that a list asks for.

use jiff::{SignedDuration, Timestamp};

use super::Archive;
use super::ids::Kind;
use super::lanes::Lanes;
use super::parties::Seat;
use super::schedule::Slot;
use super::speech::{AGENT, INCOMING, OUTGOING, Talk, VOICEMAILS, Voice};
use super::words::Words;
use crate::seed::mix;
use crate::workspace::collection::Shelf;
use crate::workspace::{
    Actor, Call, CallFilter, CallStatus, Direction, Order, Participants, Position, Recording, Segment,
    Summary, SummaryType, Voicemail,
};

/// How long it rings before somebody picks up, and how long before nobody does.
const RINGING: SignedDuration = SignedDuration::from_secs(9);
const UNANSWERED: u32 = 25;
/// How long after a call its transcript and summary are ready.
const PROCESSING: SignedDuration = SignedDuration::from_mins(5);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Answered,
    Placed,
    NoAnswer,
    Missed,
    Voicemail,
    HungUpInMenu,
    AiAgent,
    Forwarded,
}

/// What is known of a call before it is made.
struct Ring {
    slot: Slot,
    party: u64,
    draw: u64,
    outcome: Outcome,
}

impl Outcome {
    const ALL: [Self; 8] = [
        Self::Answered,
        Self::Placed,
        Self::NoAnswer,
        Self::Missed,
        Self::Voicemail,
        Self::HungUpInMenu,
        Self::AiAgent,
        Self::Forwarded,
    ];

    fn drawn(draw: u64) -> Self {
        match draw % 100 {
            0..40 => Self::Answered,
            40..62 => Self::Placed,
            62..72 => Self::NoAnswer,
            72..84 => Self::Missed,
            84..91 => Self::Voicemail,
            91..94 => Self::HungUpInMenu,
            94..97 => Self::AiAgent,
            _ => Self::Forwarded,
        }
    }

    fn direction(self) -> Direction {
        match self {
            Self::Placed | Self::NoAnswer => Direction::Outgoing,
            _ => Direction::Incoming,
        }
    }

    fn status(self) -> CallStatus {
        match self {
            Self::Answered | Self::Placed | Self::AiAgent => CallStatus::Completed,
            Self::NoAnswer | Self::Voicemail => CallStatus::NoAnswer,
            Self::Missed => CallStatus::Missed,
            Self::HungUpInMenu => CallStatus::Abandoned,
            Self::Forwarded => CallStatus::Forwarded,
        }
    }
}

impl Archive {
    fn ring(&self, index: u64) -> Ring {
        let slot = self.calls.slot(index);
        let draw = mix(self.seed ^ mix(index ^ 1 << 41));
        Ring { slot, party: self.calls.party(slot), draw, outcome: Outcome::drawn(draw) }
    }

    /// Who is shown as the call's user: who answered or placed it, else the number's owner.
    fn call_user(&self, ring: &Ring) -> Option<&str> {
        let drawn = match ring.outcome {
            Outcome::Answered | Outcome::Placed | Outcome::NoAnswer => ring.draw >> 16,
            _ => 0,
        };
        self.teammate(ring.slot.inbox, drawn).map(|user| user.id.as_str())
    }

    fn call_lanes(&self, filter: &CallFilter) -> Lanes {
        // All of them are over.
        let over = |status: &CallStatus| Outcome::ALL.iter().any(|outcome| outcome.status() == *status);
        if filter.statuses.as_ref().is_some_and(|wanted| !wanted.iter().any(over)) {
            return Lanes::NONE;
        }
        let of_party = |numbers: &Vec<String>| {
            let seat = self.party_of(numbers).and_then(|party| self.parties.seat(party));
            seat.map_or(Lanes::NONE, |seat| Lanes::Parties(seat.inbox, vec![seat]))
        };
        let of_participants = |wanted: &Participants| {
            let inboxes = wanted.inboxes.iter().filter_map(|id| self.inbox_place(id));
            let mut inboxes: Vec<_> = inboxes.chain(self.seats_of(wanted).map(|seat| seat.inbox)).collect();
            inboxes.sort_unstable();
            inboxes.dedup();
            Lanes::Inboxes(inboxes)
        };
        let of_actor = |actor: &Actor| match actor {
            Actor::AiAgent => Lanes::All,
            Actor::User(user) => Lanes::Inboxes(self.inboxes_of(user)),
        };
        std::iter::empty()
            .chain(filter.inbox.iter().map(|id| self.lanes_of_inbox(id)))
            .chain(filter.others.iter().map(of_party))
            .chain(filter.participants.iter().map(of_participants))
            .chain(filter.actor.iter().map(of_actor))
            .fold(Lanes::All, Lanes::meet)
    }

    /// The seats of the parties with one of these numbers.
    fn seats_of(&self, wanted: &Participants) -> impl Iterator<Item = Seat> {
        wanted.numbers.iter().flat_map(|number| match self.lanes_of(number) {
            Lanes::Parties(_, seats) => seats,
            _ => Vec::new(),
        })
    }
}

impl Shelf<Call> for Archive {
    fn index(&self, id: &str) -> Option<u64> {
        self.ids.number(Kind::Call, id).filter(|index| *index < self.calls.calendar.count())
    }

    fn item(&self, index: u64) -> Option<Call> {
        let ring = self.ring(index);
        let Ring { slot, party, draw, outcome } = ring;
        let desk = self.desk(slot.inbox)?;
        let members = self.parties.members(party);
        let others = self.numbers(&members);
        let user = self.call_user(&ring)?.to_owned();
        let agent = &self.ai_agent_id;
        let answerer = match outcome {
            Outcome::Answered | Outcome::Placed => Some(user.clone()),
            Outcome::AiAgent => Some(agent.clone()),
            _ => None,
        };
        let (name, last_name) = self.name(*members.first()?);
        let words = Words { name, me: self.teammate(slot.inbox, draw >> 16)?.first_name.as_str(), draw };
        let talk = talk(outcome, draw);
        let speakers = [(others.first(), None), (Some(&desk.inbox.number), answerer.as_ref())];
        let segments = talk.map(|talk| segments(talk, &words, speakers)).unwrap_or_default();
        let duration = match segments.last() {
            Some(last) => last.end.ceil() as u32 + 2,
            None if answerer.is_some() => 20 + (draw >> 24) as u32 % 280,
            None => UNANSWERED + (draw >> 24) as u32 % 10,
        };
        let created = self.calls.place(index);
        let answered_at = answerer.is_some().then(|| later(created.at, RINGING));
        let completed_at =
            later(answered_at.unwrap_or(created.at), SignedDuration::from_secs(duration.into()));
        let processed_at = later(completed_at, PROCESSING);
        let recording = |started_at| Recording {
            id: self.ids.id(Kind::Recording, index),
            started_at,
            duration,
            completed_at: Some(completed_at),
            transcribed_at: Some(processed_at),
            segments: segments.clone(),
        };
        Some(Call {
            id: self.ids.id(Kind::Call, index),
            phone_number_id: desk.inbox.id.clone(),
            conversation_id: self.ids.id(Kind::Conversation, party),
            direction: outcome.direction(),
            status: outcome.status(),
            answered_at,
            // Who picks up an outgoing call is not one of ours.
            answered_by: answerer.filter(|_| outcome != Outcome::Placed),
            initiated_by: (outcome.direction() == Direction::Outgoing).then(|| user.clone()),
            completed_at: Some(completed_at),
            created,
            updated_at: completed_at,
            duration,
            via_menu: matches!(outcome, Outcome::HungUpInMenu | Outcome::AiAgent),
            forwarded_to: match outcome {
                Outcome::Forwarded => self.teammate(slot.inbox, draw >> 16).map(|user| user.id.clone()),
                _ => None,
            },
            ai_handled: outcome == Outcome::AiAgent,
            recordings: answered_at.filter(|_| !segments.is_empty()).map(recording).into_iter().collect(),
            summary: talk.map(|talk| Summary {
                completed_at: Some(processed_at),
                ..summary(talk, &words, last_name, outcome == Outcome::AiAgent)
            }),
            voicemail: (outcome == Outcome::Voicemail).then(|| Voicemail {
                id: self.ids.id(Kind::Voicemail, index),
                completed_at: Some(processed_at),
                duration,
                transcript: words.fill(super::pick(VOICEMAILS, draw >> 32)),
            }),
            others,
            participants_lost: false,
            user_id: user,
        })
    }

    fn walk<'a>(
        &'a self,
        filter: &'a CallFilter,
        (): (),
        order: Order,
        after: Option<Position>,
    ) -> Box<dyn Iterator<Item = u64> + 'a> {
        let window = self.calls.calendar.window(&filter.created, order, after);
        let indices = self.calls.walk(self.call_lanes(filter), window, order);
        let parties = filter.participants.as_ref().map(|wanted| {
            let inboxes: Vec<_> = wanted.inboxes.iter().filter_map(|id| self.inbox_place(id)).collect();
            let parties: Vec<_> = self.seats_of(wanted).map(|seat| self.parties.number(seat)).collect();
            (inboxes, parties)
        });
        Box::new(indices.filter(move |index| {
            let ring = self.ring(*index);
            filter.direction.is_none_or(|wanted| ring.outcome.direction() == wanted)
                && filter.statuses.as_ref().is_none_or(|wanted| wanted.contains(&ring.outcome.status()))
                && filter.actor.as_ref().is_none_or(|actor| match actor {
                    Actor::AiAgent => ring.outcome == Outcome::AiAgent,
                    Actor::User(user) => {
                        ring.outcome != Outcome::AiAgent && self.call_user(&ring) == Some(user)
                    }
                })
                && parties.as_ref().is_none_or(|(inboxes, parties)| {
                    inboxes.contains(&ring.slot.inbox) || parties.contains(&ring.party)
                })
        }))
    }
}

/// What is said, when anything is, and was recorded.
fn talk(outcome: Outcome, draw: u64) -> Option<&'static Talk> {
    let talks = match outcome {
        Outcome::Answered => INCOMING,
        Outcome::Placed => OUTGOING,
        Outcome::AiAgent => return Some(&AGENT),
        _ => return None,
    };
    let recorded = !(draw >> 40).is_multiple_of(3);
    talks.get(((draw >> 48) % talks.len().max(1) as u64) as usize).filter(|_| recorded)
}

/// The utterances one after the other, at the pace of speech; `speakers` are the customer and the business.
fn segments(
    talk: &Talk,
    words: &Words<'_>,
    speakers: [(Option<&String>, Option<&String>); 2],
) -> Vec<Segment> {
    let [customer, business] = speakers;
    let mut clock = 0.4;
    let mut segments = Vec::with_capacity(talk.said.len());
    for (voice, text) in talk.said {
        let content = words.fill(text);
        let start = clock;
        let end = start + 0.37 * content.split_whitespace().count() as f64 + 0.3;
        clock = end + 0.5;
        let (identifier, actor_id) = match voice {
            Voice::Customer => customer,
            Voice::Business => business,
        };
        segments.push(Segment {
            content,
            start,
            end,
            identifier: identifier.cloned(),
            actor_id: actor_id.cloned(),
        });
    }
    segments
}

fn summary(talk: &Talk, words: &Words<'_>, last_name: &str, by_agent: bool) -> Summary {
    let title = words.fill(talk.title);
    let caller = || ("Caller".to_owned(), format!("{} {last_name}", words.name));
    let reason = || ("Reason".to_owned(), title.clone());
    Summary {
        completed_at: None,
        kind: if by_agent { SummaryType::Agent } else { SummaryType::Human },
        points: words.all(talk.summary),
        next_steps: words.all(talk.next_steps),
        job: if by_agent { vec![caller(), reason()] } else { Vec::new() },
        title: Some(title),
    }
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(at)
}
