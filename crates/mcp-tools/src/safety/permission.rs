//! What the connection's limits leave of a batch, before anything is claimed, counted or sent.
//!
//! Every send passes here, whichever tool and name it was called by: what a view hides from lists is checked once more.

use std::collections::{HashMap, HashSet};

use openphone_client::E164;

use crate::context::Context;
use crate::error::{ToolError, ToolErrorKind};
use crate::safety::ledger::{Entry, Ledger, Repeat, State};
use crate::safety::outcome::{Outcome, conflict, outcome_of};
use crate::safety::payload::Outgoing;
use crate::safety::screening::{self, Screened, Warning};
use crate::safety::send::{Item, Order};
use crate::safety::{confirm, handle, thread};

/// A batch as far as it may go on.
pub(super) struct Permitted {
    /// What may be sent, each with its place in the batch.
    pub(super) items: Vec<(usize, Item)>,
    /// What became of the others.
    pub(super) settled: Vec<(usize, Outcome)>,
    /// What the sender should know about each recipient; nothing about those who are not texted.
    pub(super) warnings: HashMap<E164, Vec<Warning>>,
}

/// Splits a batch. A recipient who may not be texted does not stop the others.
///
/// # Errors
///
/// The whole batch may not be sent, or not yet; nothing was sent.
pub(super) async fn of_batch(
    cx: &Context,
    ledger: &Ledger,
    order: &Order,
    items: Vec<Item>,
) -> Result<Permitted, ToolError> {
    let batch: Vec<Outgoing> = items.iter().map(|item| item.outgoing.clone()).collect();
    may_send(cx, &batch)?;
    let key = items.first().and_then(|item| item.idempotency_key.clone());
    let mut screened = screened(cx, &batch).await?;
    let (mut permitted, mut settled) = (Vec::with_capacity(items.len()), Vec::new());
    for (index, item) in items.into_iter().enumerate() {
        match refusal(&screened, &item.outgoing) {
            None => permitted.push((index, item)),
            Some(refusal) => {
                // What went out before it was refused went out: a repeated call gets its first result.
                let before = already(cx, ledger, &item, order.repeat).await?;
                let sent = before.filter(|outcome| matches!(outcome, Outcome::Sent { .. }));
                settled.push((index, sent.unwrap_or(Outcome::NotAttempted(refusal))));
            }
        }
    }
    let warnings = screened.drain().map(|(to, screened)| (to, screened.warnings)).collect();
    let needed = confirm::is_needed(cx, permitted.iter().map(|(_, item)| &item.outgoing));
    if order.confirmation.is_none() && !needed {
        return Ok(Permitted { items: permitted, settled, warnings });
    }
    let mut to_send = Vec::with_capacity(permitted.len());
    for (index, item) in permitted {
        match already(cx, ledger, &item, order.repeat).await? {
            Some(outcome) => settled.push((index, outcome)),
            None => to_send.push((index, item)),
        }
    }
    if to_send.is_empty() {
        // A repeated call learns what became of its texts, however old its confirmation is.
        return Ok(Permitted { items: to_send, settled, warnings });
    }
    let handle = order.confirmation.as_deref();
    let handle = handle.map(|handle| handle::open(cx, handle, batch.iter())).transpose()?;
    if let Some(handle) = &handle {
        let mut changed = thread::changed(cx, &handle.mark, &to_send).await?;
        to_send.retain(|(index, _)| match changed.remove(index) {
            None => true,
            Some(error) => {
                settled.push((*index, Outcome::NotAttempted(error)));
                false
            }
        });
    }
    let asked: Vec<&Item> = to_send.iter().map(|(_, item)| item).collect();
    if confirm::is_needed(cx, asked.iter().map(|item| &item.outgoing)) {
        confirm::approved(cx, &asked, handle.is_some(), order.tool).await?;
    }
    if let Some(handle) = handle.filter(|_| !to_send.is_empty()) {
        handle.take(cx, key.as_deref(), order.repeat).await?;
    }
    Ok(Permitted { items: to_send, settled, warnings })
}

/// Whether this connection may send these texts at all.
///
/// # Errors
/// It may not, whoever the recipients are.
pub(crate) fn may_send(cx: &Context, batch: &[Outgoing]) -> Result<(), ToolError> {
    if !cx.limits().texting_allowed() {
        return Err(may_not("This connection may not send texts."));
    }
    if batch.iter().any(|outgoing| !cx.limits().reaches(&outgoing.inbox.id)) {
        return Err(may_not("This connection may not send from that inbox."));
    }
    Ok(())
}

/// What is known about the recipients.
pub(crate) async fn screened(cx: &Context, batch: &[Outgoing]) -> Result<HashMap<E164, Screened>, ToolError> {
    let mut screened = HashMap::with_capacity(batch.len());
    let mut inboxes = HashSet::new();
    for outgoing in batch {
        if !inboxes.insert(&outgoing.inbox.id) {
            continue;
        }
        let of_inbox = batch.iter().filter(|other| other.inbox.id == outgoing.inbox.id);
        let numbers: Vec<E164> = of_inbox.flat_map(|other| other.to.all()).cloned().collect();
        let found = tokio::select! {
            biased;
            () = cx.cancellation().cancelled() => {
                let what = "The call was cancelled.";
                return Err(ToolError::new(ToolErrorKind::Cancelled, what, "").nothing_sent());
            }
            found = screening::screen(cx, &outgoing.inbox, &numbers) => found,
        };
        for one in found {
            // Of several inboxes, the one that may not text a number decides.
            let known = screened.get(&one.to).is_some_and(|known: &Screened| known.refusal.is_some());
            if !known {
                screened.insert(one.to.clone(), one);
            }
        }
    }
    Ok(screened)
}

/// Why a text may not go to those it is for. To a group it goes as a whole or not at all.
pub(crate) fn refusal(screened: &HashMap<E164, Screened>, outgoing: &Outgoing) -> Option<ToolError> {
    let members = outgoing.to.all();
    let refusal = |number| screened.get(number).and_then(|screened| screened.refusal.as_ref());
    let (number, error) = members.iter().find_map(|number| Some((number, refusal(number)?)))?;
    Some(if members.len() > 1 { error.about(number.as_str()) } else { error.again() })
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

/// What the ledger knows of these texts already, for a preview: recipients, and what a send would meet.
pub(crate) async fn earlier(
    cx: &Context,
    batch: &[Outgoing],
) -> Result<HashMap<E164, &'static str>, ToolError> {
    let ledger = Ledger::new(cx.services(), cx.key());
    let mut earlier = HashMap::new();
    for outgoing in batch {
        let payload = outgoing.payload(cx.services().fingerprints(), cx.key());
        let Entry::Taken(_, attempt) =
            ledger.look(&payload, Repeat::default()).await.map_err(ToolError::store)?
        else {
            continue;
        };
        let what = match attempt.state {
            State::Sent { .. } => {
                "The same text went out within the last 10 minutes. A send returns that result and sends nothing, unless repeat=true with a new idempotencyKey."
            }
            _ => "The same text was handed over by an earlier call, and its outcome is not known yet.",
        };
        earlier.extend(outgoing.to.all().iter().map(|to| (to.clone(), what)));
    }
    Ok(earlier)
}

fn may_not(what: &str) -> ToolError {
    ToolError::new(ToolErrorKind::NotAllowed, what, "The person can connect again and allow it.")
        .nothing_sent()
}
