//! What the connection's limits leave of a batch, before anything is claimed, counted or sent.
//!
//! Every send passes here, whichever tool and name it was called by: what a view hides from lists is checked once more.

use std::collections::{HashMap, HashSet};

use openphone_client::E164;

use crate::context::Context;
use crate::error::{ToolError, ToolErrorKind};
use crate::safety::confirm;
use crate::safety::ledger::{Entry, Ledger, Repeat, State};
use crate::safety::outcome::{Outcome, conflict, outcome_of};
use crate::safety::screening::{self, Screened, Warning};
use crate::safety::send::Item;

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
    items: Vec<Item>,
    repeat: bool,
) -> Result<Permitted, ToolError> {
    if !cx.limits().texting_allowed() {
        return Err(may_not("This connection may not send texts."));
    }
    if items.iter().any(|item| !cx.limits().reaches(&item.outgoing.inbox.id)) {
        return Err(may_not("This connection may not send from that inbox."));
    }
    let mut screened = screened(cx, &items).await?;
    let (mut permitted, mut settled) = (Vec::with_capacity(items.len()), Vec::new());
    for (index, item) in items.into_iter().enumerate() {
        let refusal = screened.get(&item.outgoing.to).and_then(|screened| screened.refusal.as_ref());
        match refusal {
            None => permitted.push((index, item)),
            Some(refusal) => {
                // What went out before it was refused went out: a repeated call gets its first result.
                let before = already(cx, ledger, &item, repeat).await?;
                let sent = before.filter(|outcome| matches!(outcome, Outcome::Sent { .. }));
                settled.push((index, sent.unwrap_or_else(|| Outcome::NotAttempted(refusal.again()))));
            }
        }
    }
    let warnings = screened.drain().map(|(to, screened)| (to, screened.warnings)).collect();
    if !confirm::is_needed(cx, permitted.iter().map(|(_, item)| item)) {
        return Ok(Permitted { items: permitted, settled, warnings });
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
    Ok(Permitted { items: to_send, settled, warnings })
}

/// What is known about the recipients.
async fn screened(cx: &Context, items: &[Item]) -> Result<HashMap<E164, Screened>, ToolError> {
    let mut screened = HashMap::with_capacity(items.len());
    let mut inboxes = HashSet::new();
    for Item { outgoing, .. } in items {
        if !inboxes.insert(&outgoing.inbox.id) {
            continue;
        }
        let of_inbox = items.iter().filter(|item| item.outgoing.inbox.id == outgoing.inbox.id);
        let numbers: Vec<E164> = of_inbox.map(|item| item.outgoing.to.clone()).collect();
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
