//! The payload of the dated surface: the resource, the context it is in, and a link into the app. What a
//! resource has depends on the event.

use serde_json::{Value, json};

use super::{activity_link, contact_ids};
use crate::api::call_artifacts::{audio_url, recording_view, segment_view, summary_view};
use crate::api::contact_fields::custom_view;
use crate::api::{API_VERSION, calls, direction, messages, optional_time, time};
use crate::workspace::{
    Call, CallEvent, CallStatus, Contact, Direction, Event, Happening, Message, MessageEvent, PropertyKind,
    Workspace,
};

mod tasks;

pub(in crate::api) fn payload(workspace: &Workspace, event: &Event) -> Value {
    let (resource, context, link) = match &event.what {
        Happening::Message(kind, message) => (
            message_resource(*kind, message),
            message_context(workspace, message),
            activity_link(&message.phone_number_id, &message.conversation_id, &message.id),
        ),
        Happening::Call(kind, call) => (
            call_resource(workspace, *kind, call, event),
            call_context(workspace, *kind, call),
            activity_link(&call.phone_number_id, &call.conversation_id, &call.id),
        ),
        Happening::Contact(_, contact) => (
            contact_resource(workspace, contact),
            json!({
                "orgId": workspace.organization.id,
                "userId": contact.created_by,
                "sharedWithIds": contact.shares.iter().map(|share| &share.with).collect::<Vec<_>>(),
            }),
            format!("https://my.quo.com/contacts/{}", contact.id),
        ),
        Happening::Task(kind, task, actor) => (
            tasks::resource(*kind, task),
            tasks::context(&workspace.organization.id, task, actor),
            tasks::link(task),
        ),
    };
    json!({
        "id": event.id,
        "apiVersion": API_VERSION,
        "createdAt": time(event.at),
        "type": event.what.event_type(),
        "data": { "resource": resource, "context": context, "links": { "quo": link } },
    })
}

fn message_resource(kind: MessageEvent, message: &Message) -> Value {
    let status = match kind {
        MessageEvent::Received => "received",
        MessageEvent::Delivered => "delivered",
        MessageEvent::Failed => "failed",
        MessageEvent::Undelivered => "undelivered",
    };
    let mut resource = json!({
        "id": message.id,
        "direction": direction(message.direction),
        "text": message.text,
        "status": status,
        "createdAt": time(message.created.at),
    });
    if kind != MessageEvent::Failed {
        resource["media"] = messages::media(message).into();
    }
    if matches!(kind, MessageEvent::Failed | MessageEvent::Undelivered) {
        resource["errorCode"] = message.error_code.into();
    }
    resource
}

fn message_context(workspace: &Workspace, message: &Message) -> Value {
    let others = match message.direction {
        Direction::Incoming => std::slice::from_ref(&message.from),
        Direction::Outgoing => message.to.as_slice(),
    };
    json!({
        "orgId": workspace.organization.id,
        "phoneNumberId": message.phone_number_id,
        "conversationId": message.conversation_id,
        "userId": message.user_id,
        "contacts": contacts(workspace, others),
        "senderIdentifier": message.from,
        "recipientIdentifiers": message.to,
    })
}

fn call_resource(workspace: &Workspace, kind: CallEvent, call: &Call, event: &Event) -> Value {
    // Some events name the call as the thing they are about, two as the call of a thing without an id.
    let by_call_id = matches!(kind, CallEvent::SummaryCompleted | CallEvent::TranscriptCompleted);
    let mut resource = if by_call_id {
        json!({ "callId": call.id })
    } else {
        json!({ "id": call.id, "createdAt": time(call.created.at), "updatedAt": time(call.updated_at) })
    };
    let user = call.answered_by.as_ref().filter(|actor| actor.starts_with("US"));
    let ours = workspace.inbox(&call.phone_number_id).map(|inbox| inbox.number.as_str());
    let extra = match kind {
        CallEvent::Missed => json!({}),
        CallEvent::Ringing => json!({ "direction": direction(call.direction) }),
        CallEvent::Answered => json!({
            "direction": direction(call.direction),
            "answeredAt": optional_time(call.answered_at),
            "answeredByUserId": user,
        }),
        CallEvent::Completed => json!({
            "direction": direction(call.direction),
            "status": outcome(call),
            "answeredAt": optional_time(call.answered_at),
            "completedAt": optional_time(call.completed_at),
            "duration": call.duration,
            "hasVoicemail": call.voicemail.is_some(),
        }),
        CallEvent::Forwarded => json!({
            "forwardedFrom": calls::forwarded_from(workspace, call),
            "forwardedTo": call.forwarded_to,
        }),
        CallEvent::MenuSelected => json!({
            "phoneMenuSelection": null,
            "phoneMenuSelectionName": null,
            "statusReason": "phone-menu-abandoned",
        }),
        CallEvent::RecordingCompleted => json!({
            "direction": direction(call.direction),
            "answeredAt": optional_time(call.answered_at),
            "completedAt": optional_time(call.completed_at),
            "duration": call.duration,
            "recordings": call.recordings.iter().map(|recording| {
                let mut view = recording_view(recording, event.at);
                // It has none here: they are all completed.
                view.as_object_mut().map(|view| view.remove("status"));
                view
            }).collect::<Vec<_>>(),
        }),
        CallEvent::TranscriptCompleted => json!({
            "createdAt": time(event.at),
            "duration": call.duration,
            "processingStatus": "completed",
            "dialogue": call.recordings.iter().flat_map(|recording| &recording.segments).map(|segment| {
                let mut view = segment_view(segment, 0.0);
                view["actorId"] = segment.actor_id.clone().into();
                view
            }).collect::<Vec<_>>(),
        }),
        CallEvent::SummaryCompleted => {
            let summary = summary_view(call, event.at);
            json!({
                "processingStatus": summary["status"],
                "summary": summary["summary"],
                "nextSteps": summary["nextSteps"],
                "jobs": summary["jobs"].as_array().cloned().unwrap_or_default(),
                "fromPhoneNumber": call.others.first(),
                "handledByAiAgent": call.ai_handled,
                "answeredByUserId": user,
            })
        }
        CallEvent::VoicemailCompleted => json!({
            "voicemailId": call.voicemail.as_ref().map(|voicemail| &voicemail.id),
            "callId": call.id,
            "direction": direction(call.direction),
            "duration": call.voicemail.as_ref().map(|voicemail| voicemail.duration),
            "from": call.others.first(),
            "to": ours,
            "transcript": call.voicemail.as_ref().map(|voicemail| &voicemail.transcript),
            "recordingUrl": call.voicemail.as_ref().map(|voicemail| audio_url(&voicemail.id)),
        }),
    };
    if let (Value::Object(resource), Value::Object(extra)) = (&mut resource, extra) {
        resource.extend(extra);
    }
    resource
}

/// How a call ended, in the events' own words.
fn outcome(call: &Call) -> &'static str {
    match call.status {
        CallStatus::Completed if call.ai_handled => "ai-handled",
        CallStatus::Completed => "answered",
        CallStatus::Missed | CallStatus::NoAnswer => "unanswered",
        CallStatus::Forwarded => "forwarded",
        CallStatus::Abandoned => "abandoned",
        CallStatus::Ringing | CallStatus::InProgress => "unknown",
    }
}

fn call_context(workspace: &Workspace, kind: CallEvent, call: &Call) -> Value {
    let inbox = workspace.inbox(&call.phone_number_id);
    let mut context = json!({
        "orgId": workspace.organization.id,
        "phoneNumberId": call.phone_number_id,
        "conversationId": call.conversation_id,
        "userId": call.user_id,
        "participants": {
            "workspace": inbox.map(|inbox| &inbox.number).into_iter().collect::<Vec<_>>(),
            "external": call.others,
            "resolution": "available",
        },
    });
    // While it rings there was no time to look them up.
    if kind != CallEvent::Ringing {
        context["contacts"] = contacts(workspace, &call.others);
        context["phoneNumberType"] =
            inbox.map(|inbox| if inbox.members.len() > 1 { "shared" } else { "private" }).into();
    }
    context
}

fn contact_resource(workspace: &Workspace, contact: &Contact) -> Value {
    let typed = |kind| -> Vec<Value> {
        let fields = contact.properties.iter().filter(|property| property.kind == kind);
        fields.map(|field| json!({ "value": field.value, "type": field.name })).collect()
    };
    json!({
        "id": contact.id,
        "firstName": contact.first_name,
        "lastName": contact.last_name,
        "company": contact.company,
        "role": contact.role,
        "location": null,
        "source": contact.source,
        "externalId": contact.external_id,
        "emails": typed(PropertyKind::Email),
        "phoneNumbers": typed(PropertyKind::PhoneNumber),
        "customFields": custom_view(contact, &workspace.custom_fields),
        "createdAt": time(contact.created.at),
        "updatedAt": time(contact.updated_at),
    })
}

fn contacts(workspace: &Workspace, numbers: &[String]) -> Value {
    let ids = contact_ids(workspace, numbers);
    json!({ "lookupStatus": if ids.is_empty() { "none" } else { "matched" }, "ids": ids })
}
