//! Calls. v1 lists those of one inbox with one other party; the dated surface lists the whole workspace, group
//! calls included, and can include summary and voicemail. What was recorded and said is in `call_artifacts`.

use serde_json::{Value, json};

use super::call_artifacts::{planned_summary, voicemail_view};
use super::error::ApiError;
use super::page::page;
use super::pattern::{ACTIVITY, ACTOR, E164, NOT_EMPTY, PHONE_NUMBER_ID, USER};
use super::query::{DIRECTIONS, Params, known_inbox, known_user, only_path_id};
use super::{Answer, Cx, direction, optional_time, time};
use crate::workspace::{Actor, Call, CallFilter, CallStatus, Direction, Order, Participants, Workspace};

/// `GET /v1/calls`
pub(crate) fn list_v1(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let mut params = Params::new(cx, &[]);
    let inbox = params.required("phoneNumberId", PHONE_NUMBER_ID);
    let participants = params.participants(NOT_EMPTY);
    let user = params.matching("userId", USER);
    let created = params.v1_range("created");
    let request = params.page_request(true, 100);
    params.finish()?;
    if participants.len() > 1 {
        return Err(ApiError::too_many_participants());
    }
    known_inbox(cx, Some(&inbox))?;
    known_user(cx, user.as_deref())?;
    let is_member = |user: &String| cx.workspace.inbox(&inbox).is_some_and(|inbox| inbox.has_member(user));
    if user.as_ref().is_some_and(|user| !is_member(user)) {
        return Err(ApiError::not_phone_number_user(cx.operation));
    }
    let filter =
        CallFilter { inbox: Some(inbox), others: Some(participants), created, ..CallFilter::default() };
    let selection = cx.workspace.calls.select(&filter, ());
    let calls = page(&selection, &request, Order::NewestFirst, |call| view_v1(cx.workspace, call))?;
    Ok(calls.into_answer(true))
}

/// `GET /v1/calls/{callId}`
pub(crate) fn get_v1(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let id = only_path_id(cx, ACTIVITY)?;
    let call = cx.workspace.call(&id).ok_or_else(|| ApiError::not_found("Call"))?;
    Ok(Answer::data(view_v1(cx.workspace, &call)))
}

/// `GET /calls`
pub(crate) fn list(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    const KNOWN: &[&str] = &[
        "phoneNumberId",
        "actorId",
        "participant",
        "participant[in]",
        "direction",
        "status",
        "status[in]",
        "createdAt[gte]",
        "createdAt[lte]",
        "include",
        "limit",
        "after",
    ];
    let mut params = Params::new(cx, KNOWN);
    let inbox = params.matching("phoneNumberId", PHONE_NUMBER_ID);
    let actor = params.matching("actorId", ACTOR);
    let participants = params.any_of("participant", E164, 50);
    let direction = params.word("direction", DIRECTIONS);
    let statuses = params.any_word("status", STATUSES);
    let created = params.inclusive_range("createdAt");
    let include = params.include(INCLUDES);
    let request = params.page_request(false, 50);
    params.finish()?;
    known_inbox(cx, inbox.as_deref())?;
    let filter = CallFilter {
        inbox,
        others: None,
        participants: participants.map(|numbers| among(cx.workspace, numbers)),
        actor: actor.map(|actor| {
            if actor == cx.workspace.organization.ai_agent_id { Actor::AiAgent } else { Actor::User(actor) }
        }),
        direction,
        statuses: statuses.map(|statuses| statuses.into_iter().flatten().collect()),
        created,
    };
    let selection = cx.workspace.calls.select(&filter, ());
    let calls = page(&selection, &request, Order::NewestFirst, |call| view(cx, call, &include))?;
    Ok(calls.into_answer(false))
}

/// `GET /calls/{callId}`
pub(crate) fn get(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let mut params = Params::new(cx, &["include"]);
    let id = params.path(cx.path_id(), ACTIVITY);
    let include = params.include(INCLUDES);
    params.finish()?;
    let call = cx.workspace.call(&id).ok_or_else(|| ApiError::not_found("Call"))?;
    Ok(Answer::data(view(cx, &call, &include)))
}

const INCLUDES: &[&str] = &["summary", "voicemail"];

/// The API's thirteen; `None` for those that no call here ever has.
const STATUSES: &[(&str, Option<CallStatus>)] = &[
    ("completed", Some(CallStatus::Completed)),
    ("no-answer", Some(CallStatus::NoAnswer)),
    ("missed", Some(CallStatus::Missed)),
    ("forwarded", Some(CallStatus::Forwarded)),
    ("abandoned", Some(CallStatus::Abandoned)),
    ("ringing", Some(CallStatus::Ringing)),
    ("in-progress", Some(CallStatus::InProgress)),
    ("queued", None),
    ("initiated", None),
    ("busy", None),
    ("failed", None),
    ("canceled", None),
    ("answered", None),
];

fn among(workspace: &Workspace, numbers: Vec<String>) -> Participants {
    let ours = workspace.inboxes.iter().filter(|inbox| numbers.contains(&inbox.number));
    Participants { inboxes: ours.map(|inbox| inbox.id.clone()).collect(), numbers }
}

/// The numbers on the call: the caller's side first, guests last.
fn parties<'a>(workspace: &'a Workspace, call: &'a Call) -> impl Iterator<Item = &'a str> {
    let ours = workspace.inbox(&call.phone_number_id).map(|inbox| inbox.number.as_str());
    let (first, guests) = call
        .others
        .split_first()
        .map_or((None, [].as_slice()), |(first, guests)| (Some(first.as_str()), guests));
    let pair = match call.direction {
        Direction::Incoming => [first, ours],
        Direction::Outgoing => [ours, first],
    };
    pair.into_iter().flatten().chain(guests.iter().map(String::as_str))
}

/// As [`parties`], for v1 and the legacy webhooks: of some calls they show none.
pub(super) fn legacy_parties<'a>(workspace: &'a Workspace, call: &'a Call) -> impl Iterator<Item = &'a str> {
    parties(workspace, call).filter(|_| !call.participants_lost)
}

/// Where a forwarded call came from: the inbox that it had reached.
pub(super) fn forwarded_from<'a>(workspace: &'a Workspace, call: &Call) -> Option<&'a str> {
    call.forwarded_to.as_ref()?;
    workspace.inbox(&call.phone_number_id).map(|inbox| inbox.number.as_str())
}

fn actor_of<'a>(workspace: &'a Workspace, call: &'a Call) -> &'a str {
    if call.ai_handled { &workspace.organization.ai_agent_id } else { &call.user_id }
}

fn view_v1(workspace: &Workspace, call: &Call) -> Value {
    let mut view = shared(workspace, call);
    view["userId"] = call.user_id.clone().into();
    // v1 shows two parties at most, of a group call too.
    view["participants"] = legacy_parties(workspace, call).take(2).collect();
    view
}

fn view(cx: &Cx<'_>, call: &Call, include: &[String]) -> Value {
    let workspace = &*cx.workspace;
    let ours = workspace.inbox(&call.phone_number_id).map(|inbox| inbox.number.as_str());
    let actor = actor_of(workspace, call);
    let mut view = shared(workspace, call);
    view["actorId"] = actor.into();
    view["participants"] = parties(workspace, call)
        .map(|number| json!({ "phoneNumber": number, "actorId": (Some(number) == ours).then_some(actor) }))
        .collect();
    for extra in include {
        if extra == "summary" {
            view["summary"] = planned_summary(cx, call);
        } else if let Some(voicemail) = &call.voicemail {
            view["voicemail"] = voicemail_view(voicemail, cx.now);
        }
    }
    view
}

/// What a status is called.
pub(super) fn status(status: CallStatus) -> Option<&'static str> {
    STATUSES.iter().find(|(_, known)| *known == Some(status)).map(|(word, _)| *word)
}

fn shared(workspace: &Workspace, call: &Call) -> Value {
    let route = match call.direction {
        Direction::Incoming if call.via_menu => Some("phone-menu"),
        Direction::Incoming => Some("phone-number"),
        Direction::Outgoing => None,
    };
    json!({
        "id": call.id,
        "phoneNumberId": call.phone_number_id,
        "direction": direction(call.direction),
        "status": status(call.status),
        "answeredAt": optional_time(call.answered_at),
        "answeredBy": call.answered_by,
        "initiatedBy": call.initiated_by,
        "completedAt": optional_time(call.completed_at),
        "createdAt": time(call.created.at),
        "updatedAt": time(call.updated_at),
        "callRoute": route,
        "duration": call.duration,
        "forwardedFrom": forwarded_from(workspace, call),
        "forwardedTo": call.forwarded_to,
        "aiHandled": call.ai_handled.then_some("ai-agent"),
    })
}
