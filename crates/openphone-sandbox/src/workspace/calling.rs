//! Calls in a workspace, from the first ring to the last thing that a call leaves behind. `timers.rs` decides when
//! each step is taken; a step for a call that was forgotten meanwhile does nothing.

use std::borrow::Cow;

use jiff::Timestamp;

use super::model::ActivityId;
use super::{
    Call, CallEvent, CallStatus, Direction, Errand, Happening, Kind, Recording, Segment, Summary,
    SummaryType, Voicemail, Workspace,
};
use crate::incoming::CallOutcome;

/// A call from outside, to an inbox of the workspace.
#[derive(Debug)]
pub(crate) struct CallRequest {
    pub(crate) phone_number_id: String,
    pub(crate) from: String,
    pub(crate) outcome: CallOutcome,
    /// What the caller says, if it is not the usual.
    pub(crate) words: Option<String>,
    pub(crate) participants_lost: bool,
}

/// What lies before a call that rings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Course {
    pub(crate) call_id: ActivityId,
    pub(crate) outcome: CallOutcome,
    words: String,
}

/// What a call leaves behind, each ready in its own time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallPart {
    Recording,
    Transcript,
    Summary,
    Voicemail,
}

impl Course {
    /// Whether somebody picks up.
    pub(crate) fn is_answered(&self) -> bool {
        matches!(self.outcome, CallOutcome::Answered | CallOutcome::AiHandled)
    }
}

impl Workspace {
    /// A call comes in and rings; its id.
    pub(crate) fn ring(&mut self, request: CallRequest, now: Timestamp) -> ActivityId {
        let CallRequest { phone_number_id, from, outcome, words, participants_lost } = request;
        let others = vec![from];
        let conversation_id = self.conversation_with(&phone_number_id, &others, now);
        let id = self.ids.next(Kind::Activity);
        let created = self.position(now);
        let owner = self.inbox(&phone_number_id).and_then(|inbox| inbox.owner()).cloned().unwrap_or_default();
        self.touch(&conversation_id, &id, created);
        if let Some(conversation) = self.conversation_mut(&conversation_id) {
            conversation.done = false;
        }
        self.calls.push(Call {
            id: id.clone(),
            phone_number_id,
            conversation_id,
            others,
            participants_lost,
            user_id: owner,
            direction: Direction::Incoming,
            status: CallStatus::Ringing,
            answered_at: None,
            answered_by: None,
            initiated_by: None,
            completed_at: None,
            created,
            updated_at: now,
            duration: 0,
            via_menu: matches!(outcome, CallOutcome::Abandoned | CallOutcome::AiHandled),
            forwarded_to: None,
            ai_handled: false,
            recordings: Vec::new(),
            summary: None,
            voicemail: None,
        });
        self.forget_oldest_call();
        let words = words.unwrap_or_else(|| match outcome {
            CallOutcome::Voicemail => {
                "Hi, I got your text. Please call me back when you have a minute. Thanks!".to_owned()
            }
            _ => "Hi, I got your text. Does tomorrow morning still work for you?".to_owned(),
        });
        self.errands.push(Errand::Call(Course { call_id: id.clone(), outcome, words }));
        self.emit_call(CallEvent::Ringing, &id, now);
        id
    }

    /// The recipient of message `id` calls back.
    pub(crate) fn call_back(&mut self, id: &str, outcome: CallOutcome, now: Timestamp) {
        let Some(sent) = self.message(id).map(Cow::into_owned) else { return };
        let Some(from) = sent.to.into_iter().next() else { return };
        let phone_number_id = sent.phone_number_id;
        let participants_lost = false;
        self.ring(CallRequest { phone_number_id, from, outcome, words: None, participants_lost }, now);
    }

    /// Somebody picks up. From now on the call is recorded.
    pub(crate) fn answer_call(&mut self, course: &Course, now: Timestamp) {
        let by_agent = course.outcome == CallOutcome::AiHandled;
        let recording = Recording {
            id: self.ids.next(Kind::Recording),
            started_at: now,
            duration: 0,
            completed_at: None,
            transcribed_at: None,
            segments: Vec::new(),
        };
        let agent = self.organization.ai_agent_id.clone();
        let Some(call) = self.calls.get_mut(&course.call_id) else { return };
        call.status = CallStatus::InProgress;
        call.answered_at = Some(now);
        call.answered_by = Some(if by_agent { agent } else { call.user_id.clone() });
        call.ai_handled = by_agent;
        call.updated_at = now;
        call.recordings.push(recording);
        call.summary = Some(summary(call, &course.words));
        self.emit_call(CallEvent::Answered, &course.call_id, now);
    }

    /// Nobody picks up, and the caller begins to speak on the answering machine.
    pub(crate) fn reach_voicemail(&mut self, course: &Course, now: Timestamp) {
        let id = self.ids.next(Kind::Voicemail);
        let Some(call) = self.calls.get_mut(&course.call_id) else { return };
        let transcript = course.words.clone();
        call.voicemail = Some(Voicemail { id, completed_at: None, duration: 0, transcript });
        call.status = CallStatus::NoAnswer;
        call.updated_at = now;
        self.emit_call(CallEvent::Missed, &course.call_id, now);
    }

    /// The call is over. What it leaves behind is in progress.
    pub(crate) fn end_call(&mut self, course: &Course, now: Timestamp) {
        let Some(call) = self.call(&course.call_id).map(Cow::into_owned) else { return };
        let segments = self.segments(&call, &course.words);
        let Some(call) = self.calls.get_mut(&course.call_id) else { return };
        let (status, first) = match course.outcome {
            CallOutcome::Answered | CallOutcome::AiHandled => (CallStatus::Completed, None),
            CallOutcome::Missed => (CallStatus::Missed, Some(CallEvent::Missed)),
            CallOutcome::Voicemail => (CallStatus::NoAnswer, None),
            CallOutcome::Forwarded => (CallStatus::Forwarded, Some(CallEvent::Forwarded)),
            CallOutcome::Abandoned => (CallStatus::Abandoned, Some(CallEvent::MenuSelected)),
        };
        let began = call.answered_at.unwrap_or(call.created.at);
        call.status = status;
        call.duration = seconds(began, now);
        call.completed_at = Some(now);
        if let Some(recording) = call.recordings.last_mut() {
            recording.duration = call.duration;
            recording.segments = spread(segments, call.duration);
        }
        if let Some(voicemail) = &mut call.voicemail {
            // Nothing happened since the caller began to speak.
            voicemail.duration = seconds(call.updated_at, now);
        }
        if course.outcome == CallOutcome::Forwarded {
            call.forwarded_to = Some(call.user_id.clone());
        }
        call.updated_at = now;
        let conversation_id = call.conversation_id.clone();
        if let Some(conversation) = self.conversation_mut(&conversation_id) {
            conversation.unread = !course.is_answered();
        }
        for event in first.into_iter().chain([CallEvent::Completed]) {
            self.emit_call(event, &course.call_id, now);
        }
    }

    /// One of the things that the call leaves behind is ready.
    pub(crate) fn complete_part(&mut self, id: &str, part: CallPart, now: Timestamp) {
        let Some(call) = self.calls.get_mut(id) else { return };
        let ready = Some(now);
        let event = match part {
            CallPart::Recording => {
                call.recordings.iter_mut().for_each(|recording| recording.completed_at = ready);
                CallEvent::RecordingCompleted
            }
            CallPart::Transcript => {
                call.recordings.iter_mut().for_each(|recording| recording.transcribed_at = ready);
                CallEvent::TranscriptCompleted
            }
            CallPart::Summary => {
                call.summary.iter_mut().for_each(|summary| summary.completed_at = ready);
                CallEvent::SummaryCompleted
            }
            CallPart::Voicemail => {
                call.voicemail.iter_mut().for_each(|voicemail| voicemail.completed_at = ready);
                CallEvent::VoicemailCompleted
            }
        };
        call.updated_at = now;
        self.emit_call(event, id, now);
    }

    fn emit_call(&mut self, event: CallEvent, id: &str, now: Timestamp) {
        if let Some(call) = self.call(id).map(Cow::into_owned) {
            self.emit(Happening::Call(event, Box::new(call)), now);
        }
    }

    /// What is said on an answered call: a greeting, the caller's words, a goodbye.
    fn segments(&self, call: &Call, words: &str) -> Vec<Segment> {
        let company = &self.organization.name;
        let (greeting, goodbye) = match call.answered_by.as_deref().and_then(|actor| self.user(actor)) {
            Some(user) => {
                let name = &user.first_name;
                (
                    format!("{company}, this is {name}. How can I help?"),
                    "Yes, that is fine. Thank you for calling!",
                )
            }
            None => (
                format!("Thanks for calling {company}. I'm Sona, the virtual assistant. How can I help?"),
                "Thank you. Somebody will get back to you.",
            ),
        };
        let ours = self.inbox(&call.phone_number_id).map(|inbox| inbox.number.clone());
        let by_us = |content: String| Segment {
            content,
            start: 0.0,
            end: 0.0,
            identifier: ours.clone(),
            actor_id: call.answered_by.clone(),
        };
        let by_caller = Segment {
            content: words.to_owned(),
            start: 0.0,
            end: 0.0,
            identifier: call.others.first().cloned(),
            actor_id: None,
        };
        vec![by_us(greeting), by_caller, by_us(goodbye.to_owned())]
    }

    fn forget_oldest_call(&mut self) {
        let kept = self.calls.kept();
        if kept.len() > self.limits.calls {
            let oldest = kept.iter().min_by_key(|call| call.created).map(|call| call.id.clone());
            if let Some(oldest) = oldest {
                self.calls.forget(&oldest);
            }
        }
    }
}

fn summary(call: &Call, words: &str) -> Summary {
    let caller = call.others.first().cloned().unwrap_or_default();
    let job = vec![("Caller".to_owned(), caller.clone()), ("Reason".to_owned(), words.to_owned())];
    Summary {
        completed_at: None,
        kind: if call.ai_handled { SummaryType::Agent } else { SummaryType::Human },
        title: Some(format!("Call from {caller}")),
        points: vec![format!("{caller} called: \"{words}\"")],
        next_steps: vec![format!("Text {caller} to confirm.")],
        job: if call.ai_handled { job } else { Vec::new() },
    }
}

/// Whole seconds between two moments.
fn seconds(from: Timestamp, to: Timestamp) -> u32 {
    from.duration_until(to).as_secs_f64().round() as u32
}

/// Lays the utterances over the length of the call, one after the other and in equal parts.
fn spread(mut segments: Vec<Segment>, seconds: u32) -> Vec<Segment> {
    let part = f64::from(seconds) / segments.len().max(1) as f64;
    for (place, segment) in segments.iter_mut().enumerate() {
        segment.start = part * place as f64;
        segment.end = segment.start + part;
    }
    segments
}
