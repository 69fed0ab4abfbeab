//! What every tool says of a call: how it went, who was on it, its summary, its voicemail.
//!
//! [`list`] reads calls with their extras in the same requests, and goes on without summaries where the plan has none.

mod extras;

use futures_util::StreamExt as _;
use openphone_client::calls::{Call, CallExtras, CallStatus, Calls, ListCalls};
use openphone_client::{ActorId, Budget, Direction, ErrorKind, Party};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::inbox::Inbox;
use crate::people::{People, Person};
use crate::reading::interval::Filters;
use crate::reading::newest_first::{Dated, NewestFirst};

pub(crate) use extras::ended_lately;
pub use extras::{SummaryItem, SummaryState, VoicemailItem, VoicemailState};

/// How a call went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Ending {
    /// A person took it.
    Answered,
    /// The AI agent took it.
    AiAgent,
    /// It was forwarded.
    Forwarded,
    /// It came in, and nobody and nothing took it.
    Missed,
    /// We called, and nobody picked up.
    Unanswered,
    /// It is going on.
    InProgress,
}

impl Ending {
    /// The API has no field for it: a call is missed when it came in, was never answered, no machine took it and it
    /// was not forwarded.
    pub(crate) fn of(call: &Call) -> Self {
        let outgoing = call.direction == Direction::Outgoing;
        if call.status.is_in_progress() {
            Self::InProgress
        } else if call.ai_handled.is_some() {
            Self::AiAgent
        } else if call.forwarded_to.is_some() || call.status == CallStatus::Forwarded {
            Self::Forwarded
        } else if call.answered_at.is_some()
            || (outgoing && matches!(call.status, CallStatus::Answered | CallStatus::Completed))
        {
            Self::Answered
        } else if outgoing {
            Self::Unanswered
        } else {
            Self::Missed
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::AiAgent => "ai_agent",
            Self::Forwarded => "forwarded",
            Self::Missed => "missed",
            Self::Unanswered => "unanswered",
            Self::InProgress => "in_progress",
        }
    }
}

impl Dated for Call {
    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn moment(&self) -> jiff::Timestamp {
        self.created_at
    }
}

/// Everybody else on a call of an inbox.
pub(crate) fn others<'a>(call: &'a Call, inbox: &'a Inbox) -> impl Iterator<Item = &'a Party> {
    call.participants
        .iter()
        .filter(|participant| {
            participant.actor_id.is_none()
                && (inbox.number.is_none() || participant.phone_number.e164() != inbox.number)
        })
        .map(|participant| &participant.phone_number)
}

/// Whether everybody who was asked for was on a call. Caller and callee of the one whom the upstream filtered by are
/// known to be right, though it may show no participants.
pub(crate) fn all_take_part(call: &Call, filters: &Filters) -> bool {
    filters.participant.is_some()
        || filters
            .participants
            .iter()
            .all(|party| call.participants.iter().any(|participant| participant.phone_number == *party))
}

/// As [`others`], with names.
pub(crate) fn with(call: &Call, inbox: &Inbox, people: &People) -> Vec<Person> {
    others(call, inbox).map(|party| Person::of(party, inbox, people)).collect()
}

/// The name of a teammate or machine; the id where no name is known.
pub(crate) fn actor(actor: Option<&ActorId>, people: &People) -> Option<String> {
    let actor = actor?;
    Some(people.of_actor(actor).map_or_else(|| crate::text::clean_line(actor.as_str(), 60), str::to_owned))
}

/// Whom a call was forwarded to: a teammate, a number or an inbox.
pub(crate) fn forwarded_to(call: &Call, people: &People) -> Option<String> {
    let to = call.forwarded_to.as_ref()?.as_str();
    let user = ActorId::parse(to).ok().and_then(|user| people.of_actor(&user).map(str::to_owned));
    let contact = || people.of_party(&Party::new(to)).map(|name| format!("{name} {to}"));
    Some(user.or_else(contact).unwrap_or_else(|| crate::text::clean_line(to, 60)))
}

/// A list of calls.
pub(crate) struct Listed<'a> {
    pub(crate) calls: NewestFirst<'a, Call>,
    /// Why there are no summaries, when OpenPhone refused them: the calls are then listed without.
    pub(crate) refused: Option<String>,
}

/// Begins to read a list of calls.
pub(crate) async fn list<'a>(
    calls: Calls<'a>,
    query: &ListCalls,
    extras: CallExtras,
    pages: usize,
) -> Listed<'a> {
    let open = |extras| {
        NewestFirst::new(vec![calls.pages(query.clone().include(extras), Budget::pages(pages)).boxed()])
    };
    let mut listed = open(extras);
    listed.begin().await;
    let refusal = listed
        .failure()
        .filter(|_| extras.summary)
        .filter(|error| matches!(error.kind(), ErrorKind::Forbidden | ErrorKind::PaymentRequired));
    let Some(refusal) = refusal else { return Listed { calls: listed, refused: None } };
    let refused = not_in_plan("summaries", refusal);
    let mut fewer = extras;
    fewer.summary = false;
    let mut listed = open(fewer);
    listed.begin().await;
    Listed { calls: listed, refused: Some(refused) }
}

/// What a refusal of transcripts or summaries means.
pub(crate) fn not_in_plan(what: &str, error: &openphone_client::Error) -> String {
    let said = error.message().map(|message| format!("; OpenPhone says: \"{message}\"")).unwrap_or_default();
    format!("the workspace's plan or settings do not include {what} (Business and Scale do){said}")
}
