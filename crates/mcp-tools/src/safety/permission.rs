//! What the connection's limits leave of a batch, before anything is claimed, counted or sent.
//!
//! Every send passes here, whichever tool and name it was called by: what a view hides from lists is checked once more.

use std::collections::HashMap;

use openphone_client::E164;

use crate::context::Context;
use crate::error::{ToolError, ToolErrorKind};
use crate::safety::ledger::{Entry, Ledger, Repeat, State};
use crate::safety::outcome::{Outcome, conflict, outcome_of};
use crate::safety::send::Item;
use crate::safety::{confirm, reply_only};

/// A batch as far as it may go on.
pub(super) struct Permitted {
    /// What may be sent, each with its place in the batch.
    pub(super) items: Vec<(usize, Item)>,
    /// What became of the others.
    pub(super) settled: Vec<(usize, Outcome)>,
}

/// Splits a batch. A recipient who may not be texted does not stop the others.
///
/// # Errors
///
/// The whole batch may not be sent, or not yet; nothing was sent.
pub(super) async fn of_batch(
    cx: &Context,
    ledger: &Ledger,
    items: Vec<Item>,
    repeat: bool,
) -> Result<Permitted, ToolError> {
    if !cx.limits().texting_allowed() {
        return Err(may_not("This connection may not send texts."));
    }
    if items.iter().any(|item| !cx.limits().reaches(&item.outgoing.inbox.id)) {
        return Err(may_not("This connection may not send from that inbox."));
    }
    let mut refused = refused(cx, &items).await?;
    let (mut permitted, mut settled) = (Vec::with_capacity(items.len()), Vec::new());
    for (index, item) in items.into_iter().enumerate() {
        match refused.remove(&item.outgoing.to) {
            Some(error) => settled.push((index, Outcome::NotAttempted(error))),
            None => permitted.push((index, item)),
        }
    }
    if !confirm::is_needed(cx, permitted.iter().map(|(_, item)| item)) {
        return Ok(Permitted { items: permitted, settled });
    }
    let mut to_send = Vec::with_capacity(permitted.len());
    for (index, item) in permitted {
        match already(cx, ledger, &item, repeat).await? {
            Some(outcome) => settled.push((index, outcome)),
            None => to_send.push((index, item)),
        }
    }
    let asked: Vec<&Item> = to_send.iter().map(|(_, item)| item).collect();
    if confirm::is_needed(cx, asked.iter().copied()) {
        confirm::approved(cx, &asked).await?;
    }
    Ok(Permitted { items: to_send, settled })
}

/// The recipients whom `reply_only` keeps from being texted.
async fn refused(cx: &Context, items: &[Item]) -> Result<HashMap<E164, ToolError>, ToolError> {
    let numbers: Vec<E164> = items.iter().map(|item| item.outgoing.to.clone()).collect();
    tokio::select! {
        biased;
        () = cx.cancellation().cancelled() => {
            Err(ToolError::new(ToolErrorKind::Cancelled, "The call was cancelled.", "").nothing_sent())
        }
        refused = reply_only::refused(cx, &numbers) => Ok(refused),
    }
}

/// The outcome of a text that went out already, or cannot go out as it is: the person is not asked about it, and the
/// batch does not try it again.
async fn already(
    cx: &Context,
    ledger: &Ledger,
    item: &Item,
    wanted: bool,
) -> Result<Option<Outcome>, ToolError> {
    let payload = item.outgoing.payload(cx.services().fingerprints(), cx.key());
    let repeat = Repeat { key: item.idempotency_key.as_deref(), wanted };
    Ok(match ledger.look(&payload, repeat).await.map_err(ToolError::store)? {
        Entry::Taken(_, attempt) if matches!(attempt.state, State::Sent { .. }) => outcome_of(&attempt.state),
        Entry::Conflict => Some(Outcome::Failed(conflict())),
        // What is under way or unknown may yet have to be sent.
        Entry::Taken(..) | Entry::Free => None,
    })
}

fn may_not(what: &str) -> ToolError {
    ToolError::new(ToolErrorKind::NotAllowed, what, "The person can connect again and allow it.")
        .nothing_sent()
}
