//! Texts in a workspace: accepting one, moving it along its way, receiving one, and forgetting the oldest.

use jiff::Timestamp;

use super::model::ActivityId;
use super::numbers::{Behaviour, behaviour};
use super::{
    Conversation, Direction, Errand, Kind, Media, Message, MessageEvent, MessageStatus, Position, Workspace,
};
use crate::Operation;
use crate::incoming::CallOutcome;
use crate::journal::SentMessage;

/// A send whose inbox, user and recipients are already checked.
#[derive(Debug)]
pub(crate) struct SendRequest {
    pub(crate) phone_number_id: String,
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    pub(crate) content: String,
    pub(crate) user_id: String,
    pub(crate) done: bool,
    pub(crate) operation: Operation,
}

/// A text from outside, to an inbox of the workspace.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) phone_number_id: String,
    pub(crate) from: String,
    pub(crate) text: String,
    pub(crate) media: Vec<Media>,
}

/// What lies before an accepted message: its statuses, and perhaps an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Journey {
    pub(crate) message_id: String,
    /// `None`: it stays `sent`.
    pub(crate) end: Option<(MessageStatus, Option<u32>)>,
    pub(crate) answer: Option<Reply>,
}

/// How the recipient answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    Text(&'static str),
    Call(CallOutcome),
}

/// Error code of a number that cannot be texted at all (a landline).
const CODE_UNREACHABLE: u32 = 30006;
/// Error code of a number that is switched off or disconnected.
const CODE_UNDELIVERED: u32 = 30005;

impl Workspace {
    /// Accepts a text as `queued`; its id.
    pub(crate) fn send(&mut self, request: SendRequest, now: Timestamp) -> ActivityId {
        let conversation_id = self.conversation_with(&request.phone_number_id, &request.to, now);
        let id = self.ids.next(Kind::Activity);
        let journey = self.journey(&id, &conversation_id, &request.to);
        let position = self.position(now);
        self.sent.push_back(SentMessage {
            message_id: id.clone(),
            conversation_id: conversation_id.clone(),
            from: request.from.clone(),
            to: request.to.clone(),
            content: request.content.clone(),
            user_id: request.user_id.clone(),
            accepted_at: now,
            operation: request.operation,
        });
        while self.sent.len() > self.limits.sends {
            self.sent.pop_front();
        }
        if let Some(conversation) = self.conversation_mut(&conversation_id) {
            conversation.done = request.done;
            conversation.unread = false;
        }
        self.record(Message {
            id: id.clone(),
            conversation_id,
            phone_number_id: request.phone_number_id,
            from: request.from,
            to: request.to,
            text: request.content,
            media: Vec::new(),
            direction: Direction::Outgoing,
            user_id: Some(request.user_id),
            status: MessageStatus::Queued,
            error_code: None,
            created: position,
            updated_at: now,
        });
        self.errands.push(Errand::Text(journey));
        id
    }

    /// Puts a failed message back in the queue. `false`: it failed for good, or did not fail.
    pub(crate) fn retry(&mut self, id: &str, now: Timestamp) -> bool {
        let Some(message) = self.message_mut(id) else { return false };
        if message.status != MessageStatus::Failed || message.error_code.is_some() {
            return false;
        }
        message.status = MessageStatus::Queued;
        message.updated_at = now;
        // The second attempt gets through: that is what a failure without an error code means.
        let end = Some((MessageStatus::Delivered, None));
        self.errands.push(Errand::Text(Journey { message_id: id.to_owned(), end, answer: None }));
        true
    }

    /// Moves a message to `status`; nothing when it was forgotten meanwhile.
    pub(crate) fn advance(
        &mut self,
        id: &str,
        status: MessageStatus,
        error_code: Option<u32>,
        now: Timestamp,
    ) {
        if let Some(message) = self.message_mut(id) {
            message.status = status;
            message.error_code = error_code;
            message.updated_at = now;
        }
        match status {
            MessageStatus::Delivered => self.emit_message(MessageEvent::Delivered, id, now),
            MessageStatus::Undelivered => self.emit_message(MessageEvent::Undelivered, id, now),
            MessageStatus::Failed => self.emit_message(MessageEvent::Failed, id, now),
            MessageStatus::Queued | MessageStatus::Sent | MessageStatus::Received => {}
        }
    }

    /// The recipient of message `id` answers it with `text`.
    pub(crate) fn receive_answer(&mut self, id: &str, text: &str, now: Timestamp) {
        let Some(sent) = self.message(id) else { return };
        let Some(from) = sent.to.first().cloned() else { return };
        let phone_number_id = sent.phone_number_id.clone();
        self.receive(Arrival { phone_number_id, from, text: text.to_owned(), media: Vec::new() }, now);
    }

    /// A text from outside arrives at an inbox; its id.
    pub(crate) fn receive(&mut self, arrival: Arrival, now: Timestamp) -> ActivityId {
        let Arrival { phone_number_id, from, text, media } = arrival;
        let inbox = self.inbox(&phone_number_id).map(|inbox| inbox.number.clone());
        let conversation_id = self.conversation_with(&phone_number_id, std::slice::from_ref(&from), now);
        let id = self.ids.next(Kind::Activity);
        let position = self.position(now);
        if let Some(conversation) = self.conversation_mut(&conversation_id) {
            conversation.done = false;
            conversation.unread = true;
        }
        self.record(Message {
            id: id.clone(),
            conversation_id,
            phone_number_id,
            from,
            to: inbox.into_iter().collect(),
            text,
            media,
            direction: Direction::Incoming,
            user_id: None,
            status: MessageStatus::Received,
            error_code: None,
            created: position,
            updated_at: now,
        });
        self.emit_message(MessageEvent::Received, &id, now);
        id
    }

    /// Id of the conversation of an inbox with exactly these parties; a new one when there is none.
    pub(crate) fn conversation_with(
        &mut self,
        phone_number_id: &str,
        others: &[String],
        now: Timestamp,
    ) -> String {
        let participants = party(others);
        if let Some(known) = self.conversation_between(phone_number_id, &participants) {
            return known.id.clone();
        }
        let id = self.ids.next(Kind::Conversation);
        let position = self.position(now);
        self.conversations.push(Conversation {
            id: id.clone(),
            phone_number_id: phone_number_id.to_owned(),
            participants,
            name: None,
            assigned_to: None,
            last_activity: None,
            muted_until: None,
            snoozed_until: None,
            created: position,
            updated: position,
            done: false,
            unread: false,
        });
        self.forget_conversations(&id);
        id
    }

    /// Forgets the quietest conversation past the limit, but not `except`.
    pub(super) fn forget_conversations(&mut self, except: &str) {
        let kept = self.conversations.kept();
        if kept.len() > self.limits.messages {
            let quietest = kept
                .iter()
                .filter(|conversation| conversation.id != except)
                .min_by_key(|conversation| conversation.updated)
                .map(|conversation| conversation.id.clone());
            if let Some(quietest) = quietest {
                self.conversations.forget(&quietest);
            }
        }
    }

    /// Notes that something happened in a conversation.
    pub(crate) fn touch(&mut self, conversation_id: &str, activity_id: &str, position: Position) {
        if let Some(conversation) = self.conversation_mut(conversation_id) {
            if conversation.last_activity.as_ref().is_none_or(|(last, _)| *last <= position) {
                conversation.last_activity = Some((position, activity_id.to_owned()));
            }
            conversation.updated = conversation.updated.max(position);
        }
    }

    /// Keeps a message, in time order, and forgets the oldest past the limit.
    pub(crate) fn record(&mut self, message: Message) {
        self.touch(&message.conversation_id, &message.id, message.created);
        self.messages.insert(message);
        self.forget_messages();
    }

    /// Forgets the oldest messages past the limit.
    pub(super) fn forget_messages(&mut self) {
        while self.messages.kept().len() > self.limits.messages {
            self.messages.forget_first();
        }
    }

    fn journey(&self, message_id: &str, conversation_id: &str, to: &[String]) -> Journey {
        let mut journey = Journey {
            message_id: message_id.to_owned(),
            end: Some((MessageStatus::Delivered, None)),
            answer: None,
        };
        for recipient in to {
            match behaviour(recipient) {
                Behaviour::Delivers { answers } if to.len() == 1 => {
                    let answered =
                        self.sent.iter().filter(|earlier| earlier.conversation_id == conversation_id).count();
                    journey.answer = answers.get(answered).copied().map(Reply::Text);
                }
                Behaviour::CallsBack(outcome) if to.len() == 1 => journey.answer = Some(Reply::Call(outcome)),
                Behaviour::Undelivered => {
                    journey.end = Some((MessageStatus::Undelivered, Some(CODE_UNDELIVERED)));
                }
                Behaviour::Fails { retryable } => {
                    journey.end = Some((MessageStatus::Failed, (!retryable).then_some(CODE_UNREACHABLE)));
                }
                Behaviour::StaysSent => journey.end = None,
                Behaviour::Delivers { .. }
                | Behaviour::CallsBack(_)
                | Behaviour::OptedOut
                | Behaviour::A2pNotApproved
                | Behaviour::DailyCapReached
                | Behaviour::SubscriptionExpired
                | Behaviour::NotEnoughCredits
                | Behaviour::InternationalOff => {}
            }
        }
        journey
    }
}

/// The other parties of a conversation in their canonical order.
pub(crate) fn party(others: &[String]) -> Vec<String> {
    let mut party = others.to_vec();
    party.sort();
    party.dedup();
    party
}
