//! The filters that every reading tool of activities has: when, with whom, which way, how many.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use openphone_client::{Direction, Party};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::error::{FieldError, ToolError};
use crate::inbox::Inbox;
use crate::reading::Position;
use crate::reading::frame::{Frame, Period};
use crate::time::{self, Bound};

/// Which way a message or call went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// To us.
    Incoming,
    /// From us.
    Outgoing,
}

impl Way {
    /// As the upstream filters by it.
    pub(crate) fn direction(self) -> Direction {
        match self {
            Self::Incoming => Direction::Incoming,
            Self::Outgoing => Direction::Outgoing,
        }
    }

    /// From what the upstream says. What is neither counts as incoming: it did not come from us.
    pub(crate) fn of(direction: &Direction) -> Self {
        if *direction == Direction::Outgoing { Self::Outgoing } else { Self::Incoming }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Incoming => "incoming",
            Self::Outgoing => "outgoing",
        }
    }
}

/// Filters as they were written.
pub(crate) struct Written<'a> {
    pub(crate) participant: Option<&'a str>,
    pub(crate) participants: Option<&'a [String]>,
    /// Reads one of them.
    pub(crate) party: fn(&str) -> Result<Party, String>,
    pub(crate) after: Option<&'a str>,
    pub(crate) before: Option<&'a str>,
    /// The names of the two arguments above.
    pub(crate) bounds: [&'static str; 2],
    pub(crate) time_zone: Option<&'a str>,
}

/// What the tools call the ends of an interval, unless it is of something else than creation.
pub(crate) const CREATED: [&str; 2] = ["createdAfter", "createdBefore"];

/// Filters that were read.
#[derive(Clone, Debug)]
pub(crate) struct Filters {
    /// All of them take part.
    pub(crate) participants: Vec<Party>,
    /// The one that was asked for by itself, for an upstream that can filter by one.
    pub(crate) participant: Option<Party>,
    /// Itself included.
    pub(crate) from: Option<Timestamp>,
    /// Itself excluded.
    pub(crate) until: Option<Timestamp>,
    pub(crate) zone: TimeZone,
    /// The ends as they were written, for the name of the list: what `yesterday` means moves, what is meant does not.
    written: [String; 2],
}

impl Filters {
    pub(crate) fn read(cx: &Context, written: &Written<'_>) -> Result<Self, ToolError> {
        let mut wrong = Vec::new();
        let zone = match written.time_zone.map(time::parse_zone) {
            None => cx.time_zone().clone(),
            Some(Ok(zone)) => zone,
            Some(Err(problem)) => {
                wrong.push(FieldError::new("timeZone", problem));
                TimeZone::UTC
            }
        };
        let now = cx.services().now();
        let [after, before] = written.bounds;
        let mut moment = |path, text: Option<&str>, bound| match time::parse_past(text?, now, &zone, bound) {
            Ok(moment) => Some(moment),
            Err(problem) => {
                wrong.push(FieldError::new(path, problem));
                None
            }
        };
        let from = moment(after, written.after, Bound::From);
        let until = moment(before, written.before, Bound::Until);
        if let (Some(from), Some(until)) = (from, until)
            && from >= until
        {
            wrong.push(FieldError::new(before, format!("is not after {after}; the interval is empty")));
        }
        let participants = read_participants(written, &mut wrong);
        if wrong.is_empty() {
            let words =
                [written.after, written.before].map(|text| text.unwrap_or_default().trim().to_lowercase());
            let participant = participants.first().filter(|_| written.participant.is_some()).cloned();
            Ok(Self { participants, participant, from, until, zone, written: words })
        } else {
            Err(ToolError::arguments(wrong))
        }
    }

    /// The start of an inbox's list that these filters make, or where a cursor points.
    pub(crate) fn position<'a>(
        &mut self,
        cx: &'a Context,
        list: &str,
        inbox: &Inbox,
        way: Option<Way>,
        cursor: Option<&str>,
    ) -> Result<Position<'a>, ToolError> {
        self.position_in(cx, &[list, inbox.id.as_str(), way.map(Way::name).unwrap_or_default()], cursor)
    }

    /// The start of the list with this name that these filters make, or where a cursor points. The cursor of a list brings
    /// along what its interval was at the beginning: `last 2 hours` is not another list a minute later.
    pub(crate) fn position_in<'a>(
        &mut self,
        cx: &'a Context,
        list: &[&str],
        cursor: Option<&str>,
    ) -> Result<Position<'a>, ToolError> {
        let [from, until] = &self.written;
        let mut parts = list.to_vec();
        parts.extend([from.as_str(), until.as_str()]);
        parts.extend(self.participants.iter().map(Party::as_str));
        let position = Position::start(cx.services().fingerprints(), &parts).within(self.from, self.until);
        let position = position.resume(cursor)?;
        [self.from, self.until] = position.bounds();
        Ok(position)
    }

    /// What the result says before its items.
    pub(crate) fn frame(&self, inbox: &Inbox) -> Frame {
        let moment = |moment: Option<Timestamp>| moment.map(|moment| time::rfc3339(moment, &self.zone));
        let period = Period { from: moment(self.from), until: moment(self.until) };
        let period = Some(period).filter(|period| period.from.is_some() || period.until.is_some());
        Frame::new(inbox.label(), time::zone_name(&self.zone), period)
    }

    /// The exclusive upper end of what is still to come, as seen from a position.
    pub(crate) fn until(&self, position: &Position<'_>) -> Option<Timestamp> {
        let position = position.until().map(time::just_after);
        match (self.until, position) {
            (Some(until), Some(position)) => Some(until.min(position)),
            (until, position) => until.or(position),
        }
    }
}

fn read_participants(written: &Written<'_>, wrong: &mut Vec<FieldError>) -> Vec<Party> {
    if written.participant.is_some() && written.participants.is_some() {
        wrong.push(FieldError::new(
            "participantPhoneNumbers",
            "stands beside participantPhoneNumber; give one of the two",
        ));
    }
    let one = written.participant.map(|number| ("participantPhoneNumber".to_owned(), number));
    let several = written.participants.unwrap_or_default().iter().enumerate();
    let several =
        several.map(|(index, number)| (format!("participantPhoneNumbers[{index}]"), number.as_str()));
    let mut parties = Vec::new();
    for (path, number) in one.into_iter().chain(several) {
        match (written.party)(number) {
            Ok(party) if parties.contains(&party) => {}
            Ok(party) => parties.push(party),
            Err(problem) => wrong.push(FieldError::new(path, problem)),
        }
    }
    parties
}
