//! What a call leaves behind: recordings, transcripts, a summary, a voicemail. One that is not there yet, or
//! never will be, is a 200 with a status; only a voicemail that was never left is a 404.

use std::borrow::Cow;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::error::ApiError;
use super::page::page;
use super::pattern::ACTIVITY;
use super::query::{Params, only_path_id};
use super::{Answer, Cx, time};
use crate::workspace::{Call, Order, Recording, Segment, Selection, SummaryType, Voicemail};

/// `GET /v1/call-recordings/{callId}`: not paged, oldest first.
pub(crate) fn recordings_v1(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let call = only_call(cx)?;
    Ok(Answer::data(call.recordings.iter().map(|recording| recording_view(recording, cx.now)).collect()))
}

/// `GET /calls/{callId}/recordings`
pub(crate) fn recordings(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let now = cx.now;
    parts(cx, |recording| recording_view(recording, now))
}

/// `GET /calls/{callId}/transcripts`
pub(crate) fn transcripts(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    parts(cx, |recording| transcript_view(cx, recording))
}

/// `GET /v1/call-transcripts/{id}`: one for the whole call, offsets from its start.
pub(crate) fn transcript_v1(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let mut call = only_call(cx)?;
    if cx.plan.without_transcripts {
        call.to_mut().recordings.clear();
    }
    Ok(Answer::data(whole_transcript(&call, cx.now)))
}

/// The transcript in v1's shape; `absent` when nothing was recorded.
pub(super) fn whole_transcript(call: &Call, now: Timestamp) -> Value {
    let started = call.answered_at.unwrap_or(call.created.at);
    // Ready when its last part is.
    let transcribed_at = call.recordings.iter().map(|recording| recording.transcribed_at).max().flatten();
    let ready = call.recordings.iter().all(|recording| is_ready(recording.transcribed_at, now));
    let dialogue = call.recordings.iter().flat_map(|recording| {
        let offset = started.duration_until(recording.started_at).as_secs_f64();
        recording.segments.iter().map(move |segment| {
            let mut view = segment_view(segment, offset);
            view["userId"] = segment.actor_id.clone().filter(|actor| actor.starts_with("US")).into();
            view
        })
    });
    let (status, dialogue) = match (call.recordings.is_empty(), ready) {
        (true, _) => ("absent", None),
        (false, false) => ("in-progress", None),
        (false, true) => ("completed", Some(dialogue.collect::<Vec<_>>())),
    };
    json!({
        "callId": call.id,
        "createdAt": time(transcribed_at.filter(|_| ready).unwrap_or(call.created.at)),
        "dialogue": dialogue,
        "duration": call.duration,
        "status": status,
    })
}

/// `GET /v1/call-summaries/{callId}`
pub(crate) fn summary_v1(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let call = only_call(cx)?;
    let full = planned_summary(cx, &call);
    let mut view = json!({ "callId": call.id });
    for key in ["status", "summary", "nextSteps", "jobs"] {
        view[key] = full.get(key).cloned().unwrap_or_default();
    }
    Ok(Answer::data(view))
}

/// `GET /v1/call-voicemails/{callId}`
pub(crate) fn voicemail_v1(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let call = only_call(cx)?;
    let voicemail = call.voicemail.as_ref().ok_or_else(|| ApiError::not_found("Voicemail"))?;
    Ok(Answer::data(voicemail_view(voicemail, cx.now)))
}

/// The summary as a key with this plan sees it.
pub(super) fn planned_summary(cx: &Cx<'_>, call: &Call) -> Value {
    if cx.plan.without_transcripts { no_summary() } else { summary_view(call, cx.now) }
}

fn no_summary() -> Value {
    json!({
        "status": "absent", "type": null, "summary": null, "nextSteps": null, "jobs": null, "title": null,
    })
}

/// The summary in the dated surface's shape; `absent` when the call has none.
pub(super) fn summary_view(call: &Call, now: Timestamp) -> Value {
    let Some(summary) = &call.summary else { return no_summary() };
    let kind = match summary.kind {
        SummaryType::Human => "human",
        SummaryType::Agent => "agent",
    };
    if !is_ready(summary.completed_at, now) {
        return json!({
            "status": "in-progress", "type": kind, "summary": null, "nextSteps": null, "jobs": null, "title": null,
        });
    }
    let notes: Vec<Value> =
        summary.job.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
    let jobs = (!notes.is_empty())
        .then(|| json!([{ "icon": "📝", "name": "Message taking", "result": { "data": notes } }]));
    json!({
        "status": "completed",
        "type": kind,
        "summary": summary.points,
        "nextSteps": summary.next_steps,
        "jobs": jobs,
        "title": summary.title,
    })
}

/// The same on both surfaces; null while it is being processed.
pub(super) fn voicemail_view(voicemail: &Voicemail, now: Timestamp) -> Value {
    let ready = is_ready(voicemail.completed_at, now);
    json!({
        "id": voicemail.id,
        "status": if ready { "completed" } else { "in-progress" },
        "duration": ready.then_some(voicemail.duration),
        "transcript": ready.then_some(&voicemail.transcript),
        "recordingUrl": ready.then(|| audio_url(&voicemail.id)),
    })
}

fn only_call<'a>(cx: &'a Cx<'_>) -> Result<Cow<'a, Call>, ApiError> {
    let id = only_path_id(cx, ACTIVITY)?;
    cx.workspace.call(&id).ok_or_else(|| ApiError::not_found("Call"))
}

/// A page over the recordings of a call.
fn parts(cx: &Cx<'_>, view: impl Fn(&Recording) -> Value) -> Result<Answer, ApiError> {
    let mut params = Params::new(cx, &["limit", "after"]);
    let id = params.path(cx.path_id(), ACTIVITY);
    let request = params.page_request(false, 50);
    params.finish()?;
    let call = cx.workspace.call(&id).ok_or_else(|| ApiError::not_found("Call"))?;
    let selection = Selection::of(&call.recordings, &());
    let parts = page(&selection, &request, Order::OldestFirst, view)?;
    Ok(parts.into_answer(false))
}

pub(super) fn recording_view(recording: &Recording, now: Timestamp) -> Value {
    let ready = is_ready(recording.completed_at, now);
    json!({
        "id": recording.id,
        "status": if ready { "completed" } else { "in-progress" },
        "startTime": time(recording.started_at),
        "duration": ready.then_some(recording.duration),
        "url": ready.then(|| audio_url(&recording.id)),
        "type": "audio/mpeg",
    })
}

fn transcript_view(cx: &Cx<'_>, recording: &Recording) -> Value {
    let absent = cx.plan.without_transcripts;
    let ready = !absent && is_ready(recording.transcribed_at, cx.now);
    let segments = if ready { recording.segments.as_slice() } else { &[] };
    let dialogue: Vec<Value> = segments
        .iter()
        .map(|segment| {
            let mut view = segment_view(segment, 0.0);
            view["actorId"] = segment.actor_id.clone().into();
            view
        })
        .collect();
    json!({
        "recordingId": recording.id,
        "status": match (absent, ready) {
            (true, _) => "absent",
            (false, true) => "completed",
            (false, false) => "in-progress",
        },
        "startTime": time(recording.started_at),
        "createdAt": time(recording.transcribed_at.filter(|_| ready).unwrap_or(recording.started_at)),
        "duration": recording.duration,
        "dialogue": dialogue,
    })
}

fn is_ready(completed_at: Option<Timestamp>, now: Timestamp) -> bool {
    completed_at.is_some_and(|at| at <= now)
}

pub(super) fn segment_view(segment: &Segment, offset: f64) -> Value {
    let seconds = |at: f64| ((at + offset) * 100.0).round() / 100.0;
    json!({
        "content": segment.content,
        "start": seconds(segment.start),
        "end": seconds(segment.end),
        "identifier": segment.identifier,
    })
}

/// Where the audio would be; the sandbox has none.
pub(super) fn audio_url(id: &str) -> String {
    format!("https://files.example.com/audio/{id}.mp3")
}
