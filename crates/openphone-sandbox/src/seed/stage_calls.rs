//! Turns the table of calls into calls with recordings, transcripts, summaries and voicemails. `stage.rs` does
//! the texts.

use jiff::{SignedDuration, Timestamp};

use super::script::{CallScript, Outcome, Party, Voice};
use super::stage::Stage;
use crate::workspace::{
    Call, CallStatus, Direction, Kind, Recording, Segment, Summary, SummaryType, Voicemail,
};

/// How long after a call its transcript and summary are ready.
const PROCESSING: SignedDuration = SignedDuration::from_mins(5);
/// How long it rings before somebody picks up.
const RINGING: SignedDuration = SignedDuration::from_secs(9);

impl Stage<'_> {
    pub(super) fn play_calls(&mut self) {
        for script in self.cast.business.calls {
            if let Some(call) = self.call(script) {
                self.workspace.touch(&call.conversation_id, &call.id, call.created);
                self.workspace.calls.push(call);
            }
        }
    }

    fn call(&mut self, script: &CallScript) -> Option<Call> {
        let inbox = self.workspace.inboxes.get(script.inbox)?;
        let (phone_number_id, inbox_number) = (inbox.id.clone(), inbox.number.clone());
        let owner = inbox.owner().cloned()?;
        let others: Vec<String> = std::iter::once(script.with)
            .chain(script.guest.map(Party::Contact))
            .map(|party| self.number(party))
            .collect();
        let (direction, answerer, ai_handled) = match script.outcome {
            Outcome::AnsweredBy(teammate) => (Direction::Incoming, Some(self.user(teammate)), false),
            Outcome::PlacedBy(teammate) => (Direction::Outgoing, Some(self.user(teammate)), false),
            Outcome::AiAgent => {
                (Direction::Incoming, Some(self.workspace.organization.ai_agent_id.clone()), true)
            }
            Outcome::NoAnswer(_) => (Direction::Outgoing, None, false),
            Outcome::Missed | Outcome::Voicemail(_) | Outcome::HungUpInMenu | Outcome::ForwardedTo(_) => {
                (Direction::Incoming, None, false)
            }
        };
        let (status, initiated_by) = match script.outcome {
            Outcome::AnsweredBy(_) | Outcome::AiAgent => (CallStatus::Completed, None),
            Outcome::PlacedBy(teammate) => (CallStatus::Completed, Some(self.user(teammate))),
            Outcome::NoAnswer(teammate) => (CallStatus::NoAnswer, Some(self.user(teammate))),
            Outcome::Missed => (CallStatus::Missed, None),
            Outcome::Voicemail(_) => (CallStatus::NoAnswer, None),
            Outcome::HungUpInMenu => (CallStatus::Abandoned, None),
            Outcome::ForwardedTo(_) => (CallStatus::Forwarded, None),
        };
        let created_at = self.moment(script.at, 30);
        let answered_at = answerer.is_some().then(|| after(created_at, RINGING));
        let speakers = Speakers {
            caller: others.first().cloned(),
            guest: others.get(1).cloned(),
            business: inbox_number,
            actor: answerer.clone(),
        };
        let segments = self.segments(script, &speakers);
        let duration = segments.last().map_or(script.seconds, |last| last.end.ceil() as u32 + 2);
        let completed_at =
            after(answered_at.unwrap_or(created_at), SignedDuration::from_secs(duration.into()));
        let processed_at = after(completed_at, PROCESSING);
        let recordings = answered_at
            .filter(|_| !segments.is_empty())
            .map(|started_at| Recording {
                id: self.workspace.ids.next(Kind::Recording),
                started_at,
                duration,
                completed_at: Some(completed_at),
                transcribed_at: Some(processed_at),
                segments,
            })
            .into_iter()
            .collect();
        let summary = (!script.summary.is_empty()).then(|| self.summary(script, ai_handled, processed_at));
        let voicemail = match script.outcome {
            Outcome::Voicemail(text) => Some(Voicemail {
                id: self.workspace.ids.next(Kind::Voicemail),
                completed_at: Some(processed_at),
                duration,
                transcript: self.fill(text, script.with.contact(), None),
            }),
            _ => None,
        };
        let user_id = match script.outcome {
            Outcome::NoAnswer(teammate) | Outcome::PlacedBy(teammate) | Outcome::AnsweredBy(teammate) => {
                self.user(teammate)
            }
            _ => owner,
        };
        let forwarded_to = match script.outcome {
            Outcome::ForwardedTo(teammate) => Some(self.user(teammate)),
            _ => None,
        };
        let conversation_id = self.workspace.conversation_with(&phone_number_id, &others, created_at);
        Some(Call {
            id: self.workspace.ids.next(Kind::Activity),
            phone_number_id,
            conversation_id,
            others,
            participants_lost: script.participants_lost,
            user_id,
            direction,
            status,
            answered_at,
            // Who picks up an outgoing call is not one of ours.
            answered_by: answerer.filter(|_| direction == Direction::Incoming),
            initiated_by,
            completed_at: Some(completed_at),
            created: self.workspace.position(created_at),
            updated_at: completed_at,
            duration,
            via_menu: matches!(script.outcome, Outcome::HungUpInMenu | Outcome::AiAgent),
            forwarded_to,
            ai_handled,
            recordings,
            summary,
            voicemail,
        })
    }

    /// The utterances one after the other, at the pace of speech.
    fn segments(&self, script: &CallScript, speakers: &Speakers) -> Vec<Segment> {
        let teammate = match script.outcome {
            Outcome::AnsweredBy(teammate) | Outcome::PlacedBy(teammate) => Some(teammate),
            _ => None,
        };
        let mut clock = 0.4;
        let mut segments = Vec::with_capacity(script.said.len());
        for (voice, words) in script.said {
            let content = self.fill(words, script.with.contact(), teammate);
            let start = clock;
            let end = start + 0.37 * content.split_whitespace().count() as f64 + 0.3;
            clock = end + 0.5;
            let (identifier, actor_id) = match voice {
                Voice::Caller => (speakers.caller.clone(), None),
                Voice::Guest => (speakers.guest.clone(), None),
                Voice::Business => (Some(speakers.business.clone()), speakers.actor.clone()),
            };
            segments.push(Segment { content, start, end, identifier, actor_id });
        }
        segments
    }

    fn summary(&self, script: &CallScript, ai_handled: bool, completed_at: Timestamp) -> Summary {
        let texts =
            |texts: &[&str]| texts.iter().map(|text| self.fill(text, script.with.contact(), None)).collect();
        let person = script.with.contact().and_then(|contact| self.cast.contacts.get(contact));
        let job = person.filter(|_| ai_handled).map(|person| {
            let name = format!("{} {}", person.first, person.last);
            vec![("Caller".to_owned(), name), ("Reason".to_owned(), script.title.to_owned())]
        });
        Summary {
            completed_at: Some(completed_at),
            kind: if ai_handled { SummaryType::Agent } else { SummaryType::Human },
            title: Some(script.title.to_owned()),
            points: texts(script.summary),
            next_steps: texts(script.next_steps),
            job: job.unwrap_or_default(),
        }
    }
}

struct Speakers {
    caller: Option<String>,
    guest: Option<String>,
    business: String,
    actor: Option<String>,
}

fn after(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(at)
}
