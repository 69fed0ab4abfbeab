//! The transcript of one call, or why there is none: not ready, not enabled, not in the plan, not readable.

use openphone_client::ErrorKind;
use openphone_client::calls::{Call, TranscriptSegment, WorkStatus};

use super::TranscriptState;
use crate::calls;
use crate::context::Context;
use crate::error::ToolError;

/// Pages of recordings that are read per call.
const PAGES: usize = 5;

/// What is known of a call's transcript.
pub(super) struct Transcript {
    pub(super) state: TranscriptState,
    pub(super) reason: Option<String>,
    pub(super) segments: Vec<TranscriptSegment>,
}

/// What is known of the workspace's plan, which the API does not tell: it says of a call that is not transcribed and of
/// a plan without transcripts alike that there is none.
#[derive(Debug, Default)]
pub(super) enum Plan {
    #[default]
    Unknown,
    /// Calls have summaries, which come with the same plans.
    Transcribes,
    /// OpenPhone refused summaries, with this reason.
    Refuses(String),
}

/// Whether somebody or something spoke: only then can there be a transcript.
pub(crate) fn was_answered(call: &Call) -> bool {
    call.answered_at.is_some() || call.ai_handled.is_some() || call.status.is_in_progress()
}

pub(super) async fn fetch(cx: &Context, call: &Call, plan: &Plan) -> Transcript {
    if call.status.is_in_progress() {
        return without(TranscriptState::NotReady, "the call is going on");
    }
    let workspace = cx.workspace();
    let mut segments = Vec::new();
    let mut cursor = None;
    for _ in 0..PAGES {
        match workspace.calls().transcripts(&call.id, cursor.as_ref()).await {
            Ok(page) => {
                segments.extend(page.data);
                cursor = page.next;
            }
            Err(error) => return unreadable(error),
        }
        if cursor.is_none() {
            break;
        }
    }
    judge(cx, call, segments, plan)
}

fn judge(cx: &Context, call: &Call, segments: Vec<TranscriptSegment>, plan: &Plan) -> Transcript {
    let any = |status: &WorkStatus| segments.iter().any(|segment| segment.status == *status);
    if segments.iter().any(|segment| !segment.dialogue.is_empty()) {
        let reason =
            any(&WorkStatus::InProgress).then(|| "a later part of the call is still being made".to_owned());
        return Transcript { state: TranscriptState::Ready, reason, segments };
    }
    if any(&WorkStatus::InProgress) {
        return without(TranscriptState::NotReady, "it is being made; usually it takes a few minutes");
    }
    if any(&WorkStatus::Failed) {
        return without(TranscriptState::Failed, "OpenPhone could not make it");
    }
    if any(&WorkStatus::Completed) {
        return without(TranscriptState::Ready, "nothing was said");
    }
    if calls::ended_lately(call, cx.services().now()) {
        return without(TranscriptState::NotReady, "the call ended a few minutes ago");
    }
    let off = "transcription was off for the call (in OpenPhone: the inbox's settings), or its recording was paused";
    match plan {
        Plan::Transcribes => without(TranscriptState::NotEnabled, off),
        Plan::Refuses(reason) => without(TranscriptState::NotInPlan, reason),
        Plan::Unknown => without(
            TranscriptState::NotEnabled,
            &format!("{off}, or the workspace's plan has no transcripts (Business and Scale do)"),
        ),
    }
}

fn unreadable(error: openphone_client::Error) -> Transcript {
    match error.kind() {
        ErrorKind::Forbidden | ErrorKind::PaymentRequired => {
            without(TranscriptState::NotInPlan, &calls::not_in_plan("transcripts", &error))
        }
        ErrorKind::NotFound => {
            without(TranscriptState::NotEnabled, "OpenPhone has no transcript of this call")
        }
        _ => without(TranscriptState::Unavailable, &ToolError::reading(error).reason()),
    }
}

fn without(state: TranscriptState, reason: &str) -> Transcript {
    Transcript { state, reason: Some(reason.to_owned()), segments: Vec::new() }
}
