//! A call with what was said in it: its transcript, its summary, or the voicemail that the caller left.

use openphone_client::calls::{Call, CallExtras};
use openphone_client::{CallId, ErrorKind};

use super::{Lines, ResourceError, reading};
use crate::calls;
use crate::context::Context;
use crate::inbox::Inbox;
use crate::people;
use crate::text::NOTICE;
use crate::tools::{fetch_call_transcripts, list_calls};

pub(super) async fn read(cx: &Context, id: &CallId) -> Result<String, ResourceError> {
    let (inboxes, call) = futures_util::join!(crate::inbox::reachable(cx), get(cx, id));
    let (inboxes, (call, refused)) = (inboxes?, call?);
    let inbox = inbox_of(&call, &inboxes).ok_or(ResourceError::NotFound)?;
    let people = people::names(cx).await;
    let zone = crate::time::zone_name(cx.time_zone());
    let mut lines = Lines::new(format!(
        "Call {id} of {}, times in {zone}. {NOTICE} Each of their lines starts with >.",
        inbox.label().to_line()
    ));
    let room = lines.left().saturating_sub(400);
    if fetch_call_transcripts::was_answered(&call) {
        lines.push(&fetch_call_transcripts::one(cx, &call, refused.clone(), inbox, &people, room).await);
        if let Some(refused) = refused {
            lines.push(&format!("({refused})"));
        }
    } else {
        lines.push(&list_calls::one(&call, inbox, &people, cx.time_zone()));
    }
    if let Some(gap) = people.gap() {
        lines.push(&format!("({gap})"));
    }
    Ok(lines.text)
}

/// The call with its summary and voicemail; where the workspace's plan has no summaries, without one, and why.
async fn get(cx: &Context, id: &CallId) -> Result<(Call, Option<String>), ResourceError> {
    let workspace = cx.workspace();
    match workspace.calls().get(id, CallExtras::ALL).await {
        Ok(call) => Ok((call, None)),
        Err(error) if matches!(error.kind(), ErrorKind::Forbidden | ErrorKind::PaymentRequired) => {
            let refused = calls::not_in_plan("summaries", &error);
            let call = workspace.calls().get(id, CallExtras::VOICEMAIL).await.map_err(reading)?;
            Ok((call, Some(refused)))
        }
        Err(error) => Err(reading(error)),
    }
}

/// The inbox of a call, if it is within reach. Where the call does not name it, its number takes part.
fn inbox_of<'a>(call: &Call, inboxes: &'a [Inbox]) -> Option<&'a Inbox> {
    inboxes.iter().find(|inbox| match &call.phone_number_id {
        Some(id) => inbox.id == *id,
        None => {
            inbox.number.is_some()
                && call.participants.iter().any(|party| party.phone_number.e164() == inbox.number)
        }
    })
}
