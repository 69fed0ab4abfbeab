//! Made-up happenings, for the test events of a webhook: of the workspace's first inbox, with somebody who is in
//! nobody's contacts.

use jiff::{SignedDuration, Timestamp};

use super::{
    Call, CallEvent, CallStatus, Contact, ContactEvent, Direction, Happening, Kind, Message, MessageEvent,
    MessageStatus, Property, PropertyDraft, PropertyKind, Recording, Segment, Share, Summary, SummaryType,
    Task, TaskEvent, Voicemail, Workspace,
};

/// The other party of a sample.
const STRANGER: &str = "+14155550100";

impl Workspace {
    /// A sample of an event; `None` for `integration.*`, whose payload nobody has described.
    pub(crate) fn sample(&mut self, event_type: &str, now: Timestamp) -> Option<Happening> {
        let message = |workspace: &mut Self, event, direction, status, error_code| {
            Happening::Message(event, workspace.sample_message(direction, status, error_code, now))
        };
        let call = |workspace: &mut Self, event, status| {
            Happening::Call(event, Box::new(workspace.sample_call(status, now)))
        };
        let task = |workspace: &mut Self, event| {
            let (.., owner) = workspace.sample_inbox();
            Happening::Task(event, workspace.sample_task(now), owner)
        };
        let outgoing = Direction::Outgoing;
        Some(match event_type {
            "message.received" => {
                message(self, MessageEvent::Received, Direction::Incoming, MessageStatus::Received, None)
            }
            "message.delivered" => {
                message(self, MessageEvent::Delivered, outgoing, MessageStatus::Delivered, None)
            }
            "message.failed" => message(self, MessageEvent::Failed, outgoing, MessageStatus::Failed, None),
            "message.undelivered" => {
                message(self, MessageEvent::Undelivered, outgoing, MessageStatus::Undelivered, Some(30005))
            }
            "call.ringing" => call(self, CallEvent::Ringing, CallStatus::Ringing),
            "call.answered" => call(self, CallEvent::Answered, CallStatus::InProgress),
            "call.completed" => call(self, CallEvent::Completed, CallStatus::Completed),
            "call.missed" => call(self, CallEvent::Missed, CallStatus::Missed),
            "call.forwarded" => call(self, CallEvent::Forwarded, CallStatus::Forwarded),
            "call.menu.selected" => call(self, CallEvent::MenuSelected, CallStatus::Abandoned),
            "call.recording.completed" => call(self, CallEvent::RecordingCompleted, CallStatus::Completed),
            "call.transcript.completed" => call(self, CallEvent::TranscriptCompleted, CallStatus::Completed),
            "call.summary.completed" => call(self, CallEvent::SummaryCompleted, CallStatus::Completed),
            "call.voicemail.completed" => call(self, CallEvent::VoicemailCompleted, CallStatus::NoAnswer),
            "contact.updated" => Happening::Contact(ContactEvent::Updated, self.sample_contact(now)),
            "contact.deleted" => Happening::Contact(ContactEvent::Deleted, self.sample_contact(now)),
            "task.created" => task(self, TaskEvent::Created),
            "task.updated" => task(self, TaskEvent::Updated { title: true, description: false }),
            "task.deleted" => task(self, TaskEvent::Deleted),
            "task.completed" => task(self, TaskEvent::Completed),
            "task.reopened" => task(self, TaskEvent::Reopened),
            "task.assigned" => task(self, TaskEvent::Assigned),
            "task.unassigned" => task(self, TaskEvent::Unassigned),
            "task.overdue" => task(self, TaskEvent::Overdue),
            "task.linked" => task(self, TaskEvent::Linked),
            "task.unlinked" => task(self, TaskEvent::Unlinked),
            "task.duedate.updated" => task(self, TaskEvent::DueDateUpdated),
            "task.duedate.removed" => task(self, TaskEvent::DueDateRemoved),
            _ => return None,
        })
    }

    fn sample_message(
        &mut self,
        direction: Direction,
        status: MessageStatus,
        error_code: Option<u32>,
        now: Timestamp,
    ) -> Message {
        let (inbox, number, owner) = self.sample_inbox();
        let (from, to, user_id) = match direction {
            Direction::Incoming => (STRANGER.to_owned(), number, None),
            Direction::Outgoing => (number, STRANGER.to_owned(), Some(owner)),
        };
        Message {
            id: self.ids.next(Kind::Activity),
            conversation_id: self.ids.next(Kind::Conversation),
            phone_number_id: inbox,
            from,
            to: vec![to],
            text: "This is a test event.".to_owned(),
            media: Vec::new(),
            direction,
            user_id,
            status,
            error_code,
            created: self.position(now),
            updated_at: now,
        }
    }

    fn sample_call(&mut self, status: CallStatus, now: Timestamp) -> Call {
        let (inbox, number, owner) = self.sample_inbox();
        let before = |seconds| now.checked_sub(SignedDuration::from_secs(seconds)).unwrap_or(now);
        let answered = matches!(status, CallStatus::InProgress | CallStatus::Completed);
        let over = !matches!(status, CallStatus::Ringing | CallStatus::InProgress);
        let segments = vec![Segment {
            content: "This is a test event.".to_owned(),
            start: 0.5,
            end: 2.5,
            identifier: Some(number),
            actor_id: Some(owner.clone()),
        }];
        Call {
            id: self.ids.next(Kind::Activity),
            phone_number_id: inbox,
            conversation_id: self.ids.next(Kind::Conversation),
            others: vec![STRANGER.to_owned()],
            participants_lost: false,
            user_id: owner.clone(),
            direction: Direction::Incoming,
            status,
            answered_at: answered.then(|| before(30)),
            answered_by: answered.then(|| owner.clone()),
            initiated_by: None,
            completed_at: over.then_some(now),
            created: self.position(before(40)),
            updated_at: now,
            duration: if status == CallStatus::Completed { 30 } else { 0 },
            via_menu: status == CallStatus::Abandoned,
            forwarded_to: (status == CallStatus::Forwarded).then_some(owner),
            ai_handled: false,
            recordings: (status == CallStatus::Completed)
                .then(|| Recording {
                    id: self.ids.next(Kind::Recording),
                    started_at: before(30),
                    duration: 30,
                    completed_at: Some(now),
                    transcribed_at: Some(now),
                    segments,
                })
                .into_iter()
                .collect(),
            summary: (status == CallStatus::Completed).then(|| Summary {
                completed_at: Some(now),
                kind: SummaryType::Human,
                title: Some("Test event".to_owned()),
                points: vec!["This is a test event.".to_owned()],
                next_steps: Vec::new(),
                job: Vec::new(),
            }),
            voicemail: (status == CallStatus::NoAnswer).then(|| Voicemail {
                id: self.ids.next(Kind::Voicemail),
                completed_at: Some(now),
                duration: 4,
                transcript: "This is a test event.".to_owned(),
            }),
        }
    }

    fn sample_contact(&mut self, now: Timestamp) -> Contact {
        let (.., owner) = self.sample_inbox();
        let number = PropertyDraft {
            id: None,
            kind: PropertyKind::PhoneNumber,
            name: Some("mobile".to_owned()),
            value: STRANGER.into(),
        };
        Contact {
            id: self.ids.next(Kind::Contact),
            external_id: None,
            source: Some("public-api".to_owned()),
            source_url: None,
            first_name: Some("Test".to_owned()),
            last_name: Some("Event".to_owned()),
            company: None,
            role: None,
            properties: vec![Property::new(number, &mut self.ids, now)],
            notes: Vec::new(),
            shares: vec![Share { with: self.organization.id.clone(), created: self.ids.position(now) }],
            created_by: owner,
            created: self.position(now),
            updated_at: now,
            deleted: false,
        }
    }

    fn sample_task(&mut self, now: Timestamp) -> Task {
        let (inbox, _, owner) = self.sample_inbox();
        Task {
            id: self.ids.next(Kind::Task),
            title: "Test event".to_owned(),
            description: "This is a test event.".to_owned(),
            due: Some(now),
            assigned_to: Some(owner.clone()),
            assigned_by: Some(owner.clone()),
            created_by: owner,
            created: self.position(now),
            phone_number_id: inbox,
            conversation_id: Some(self.ids.next(Kind::Conversation)),
            activity_id: None,
            completed: false,
            deleted: false,
            revision: 1,
        }
    }

    /// Id, number and owner of the first inbox.
    fn sample_inbox(&self) -> (String, String, String) {
        self.inboxes.first().map_or_else(Default::default, |inbox| {
            (inbox.id.clone(), inbox.number.clone(), inbox.owner().cloned().unwrap_or_default())
        })
    }
}
