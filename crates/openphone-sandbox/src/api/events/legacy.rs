//! The payload of legacy webhooks, `v4`: the whole object, and a link into the app.

use serde_json::{Value, json};

use super::{activity_link, contact_ids};
use crate::api::call_artifacts::{recording_view, summary_view, whole_transcript};
use crate::api::{calls, direction, messages, optional_time, time};
use crate::workspace::{Call, CallEvent, Direction, Event, Happening, Message, Workspace};

/// `None` for what no operation of v1 creates a webhook for.
pub(super) fn payload(workspace: &Workspace, event: &Event) -> Option<Value> {
    let (object, link) = match &event.what {
        Happening::Message(_, message) => (
            message_object(workspace, message),
            activity_link(&message.phone_number_id, &message.conversation_id, &message.id),
        ),
        Happening::Call(kind, call) => (
            call_object(workspace, *kind, call, event),
            activity_link(&call.phone_number_id, &call.conversation_id, &call.id),
        ),
        Happening::Contact(..) | Happening::Task(..) => return None,
    };
    Some(json!({
        "id": event.id,
        "object": "event",
        "apiVersion": "v4",
        "createdAt": time(event.at),
        "type": event.what.event_type(),
        "data": { "object": object, "deepLink": link },
    }))
}

fn message_object(workspace: &Workspace, message: &Message) -> Value {
    let others = match message.direction {
        Direction::Incoming => std::slice::from_ref(&message.from),
        Direction::Outgoing => message.to.as_slice(),
    };
    json!({
        "id": message.id,
        "object": "message",
        "from": message.from,
        // A text, as captured, and not a list, as documented; of a group there has to be one.
        "to": if let [to] = message.to.as_slice() { json!(to) } else { json!(message.to) },
        "direction": direction(message.direction),
        "text": message.text,
        "status": messages::status(message.status, true),
        "createdAt": time(message.created.at),
        "userId": message.user_id,
        "phoneNumberId": message.phone_number_id,
        "contactIds": contact_ids(workspace, others),
    })
}

fn call_object(workspace: &Workspace, kind: CallEvent, call: &Call, event: &Event) -> Value {
    let contacts = contact_ids(workspace, &call.others);
    match kind {
        CallEvent::SummaryCompleted => {
            let summary = summary_view(call, event.at);
            json!({
                "callId": call.id,
                "object": "callSummary",
                "status": summary["status"],
                "summary": summary["summary"],
                "nextSteps": summary["nextSteps"],
                "jobs": summary["jobs"],
                "contactIds": contacts,
            })
        }
        CallEvent::TranscriptCompleted => {
            let mut transcript = whole_transcript(call, event.at);
            transcript["object"] = "callTranscript".into();
            transcript["contactIds"] = contacts.into();
            transcript
        }
        _ => {
            let recordings: Vec<Value> =
                call.recordings.iter().map(|recording| recording_view(recording, event.at)).collect();
            json!({
                "id": call.id,
                "object": "call",
                "answeredAt": optional_time(call.answered_at),
                "answeredBy": call.answered_by,
                "initiatedBy": call.initiated_by,
                "direction": direction(call.direction),
                "status": calls::status(call.status),
                "completedAt": optional_time(call.completed_at),
                "createdAt": time(call.created.at),
                "duration": call.duration,
                "forwardedFrom": calls::forwarded_from(workspace, call),
                "forwardedTo": call.forwarded_to,
                "phoneNumberId": call.phone_number_id,
                "participants": calls::legacy_parties(workspace, call).collect::<Vec<_>>(),
                "updatedAt": time(call.updated_at),
                "userId": call.user_id,
                "contactIds": contacts,
                "recordings": (kind == CallEvent::RecordingCompleted).then_some(recordings),
            })
        }
    }
}
