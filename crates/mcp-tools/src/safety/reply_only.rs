//! The limit `reply_only`: who may be texted because they texted or called first, or are in the contacts.
//!
//! The upstream is the one witness. What stands in the text of a message, a transcript or an argument proves nothing:
//! a number counts as the sender of an incoming message, as a party of an incoming call, or as a contact's number.
//! What proves a number is remembered for five minutes (contacts: one minute), in memory only and by its keyed hash;
//! that nothing proves it is never remembered. When the upstream cannot be read, nothing is proved.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use openphone_client::calls::ListCalls;
use openphone_client::messages::ListMessages;
use openphone_client::{Direction, E164, Party, PhoneNumberId};
use sealing::Fingerprint;
use tokio::time::Instant;

use crate::context::Context;
use crate::error::{ToolError, ToolErrorKind};
use crate::people;
use crate::per_key::PerKey;
use crate::safety::payload;

/// How long a proof from messages and calls is used without another look.
const FRESH: Duration = Duration::from_secs(300);
/// Keys whose proofs are remembered, and proofs of one key.
const KEYS: usize = 64;
const PROOFS: usize = 2_000;
/// Pages of 50 messages, and of calls, of one number that are looked through for an inbox within reach.
const PAGES: usize = 4;
/// Numbers that are looked up at the same time; the pace is the upstream client's.
const AT_ONCE: usize = 4;
/// From so many numbers on, the contacts are read first: they answer for all at once.
const MANY: usize = 3;

/// Numbers that were proved lately, per key.
#[derive(Debug)]
pub(crate) struct ProofCache(PerKey<HashMap<Fingerprint, Instant>>);

impl Default for ProofCache {
    fn default() -> Self {
        Self(PerKey::new(KEYS, FRESH))
    }
}

/// The numbers that may not be texted, each with why. Empty without the limit.
pub(super) async fn refused(cx: &Context, numbers: &[E164]) -> HashMap<E164, ToolError> {
    if !cx.limits().reply_only {
        return HashMap::new();
    }
    let mut open: HashSet<E164> = HashSet::new();
    for number in numbers {
        if !is_remembered(cx, number).await {
            open.insert(number.clone());
        }
    }
    let mut unread: HashMap<E164, ToolError> = HashMap::new();
    let contacts_first = open.len() >= MANY;
    if contacts_first {
        look_in_contacts(cx, &mut open, &mut unread).await;
    }
    let looked_up: Vec<_> = stream::iter(open.clone())
        .map(|number| async move {
            let found = has_written_or_called(cx, &number).await;
            (number, found)
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    for (number, found) in looked_up {
        match found {
            Ok(true) => {
                remember(cx, &number).await;
                open.remove(&number);
            }
            Ok(false) => {}
            Err(error) => {
                unread.entry(number).or_insert(error);
            }
        }
    }
    if !contacts_first {
        look_in_contacts(cx, &mut open, &mut unread).await;
    }
    open.into_iter()
        .map(|number| {
            let error = unread.remove(&number).map_or_else(stranger, |error| unproved(&error));
            (number, error)
        })
        .collect()
}

/// Takes the numbers of contacts out of `open`. Where not all contacts could be read, the rest is in doubt.
async fn look_in_contacts(cx: &Context, open: &mut HashSet<E164>, unread: &mut HashMap<E164, ToolError>) {
    if open.is_empty() {
        return;
    }
    match people::directory(cx).await {
        Ok(directory) => {
            open.retain(|number| directory.with_number(number).is_empty());
            if !directory.complete() {
                for number in open.iter() {
                    unread.entry(number.clone()).or_insert_with(|| too_many_contacts(directory.gap()));
                }
            }
        }
        Err(error) => {
            for number in open.iter() {
                let again = ToolError::new(error.kind(), error.reason(), "");
                unread.entry(number.clone()).or_insert(again);
            }
        }
    }
}

async fn has_written_or_called(cx: &Context, number: &E164) -> Result<bool, ToolError> {
    Ok(has_written(cx, number).await? || has_called(cx, number).await?)
}

async fn has_written(cx: &Context, number: &E164) -> Result<bool, ToolError> {
    let workspace = cx.workspace();
    let mut query = ListMessages::new().from(Party::from(number.clone())).direction(Direction::Incoming);
    for _ in 0..PAGES {
        let page = workspace.messages().list(&query).await.map_err(ToolError::reading)?;
        // The filter is not relied on: were it passed over, everybody would have written.
        let proved = page.data.iter().any(|message| {
            message.direction == Direction::Incoming
                && message.from.e164().as_ref() == Some(number)
                && counts(cx, message.phone_number_id.as_ref())
        });
        if proved {
            return Ok(true);
        }
        let Some(next) = page.next else { return Ok(false) };
        query = query.after(next);
    }
    Err(too_much_history())
}

async fn has_called(cx: &Context, number: &E164) -> Result<bool, ToolError> {
    let workspace = cx.workspace();
    let mut query = ListCalls::new().participant(Party::from(number.clone())).direction(Direction::Incoming);
    for _ in 0..PAGES {
        let page = workspace.calls().list(&query).await.map_err(ToolError::reading)?;
        let proved = page.data.iter().any(|call| {
            call.direction == Direction::Incoming
                && call.participants.iter().any(|party| party.phone_number.e164().as_ref() == Some(number))
                && counts(cx, call.phone_number_id.as_ref())
        });
        if proved {
            return Ok(true);
        }
        let Some(next) = page.next else { return Ok(false) };
        query = query.after(next);
    }
    Err(too_much_history())
}

/// Whether what reached an inbox counts: with a limit on inboxes, only within it.
fn counts(cx: &Context, inbox: Option<&PhoneNumberId>) -> bool {
    match inbox {
        Some(inbox) => cx.limits().reaches(inbox),
        None => cx.limits().inboxes.is_none(),
    }
}

fn proof(cx: &Context, number: &E164) -> Fingerprint {
    let inboxes = cx.limits().inboxes.as_ref().map(|inboxes| inboxes.iter());
    payload::proof(cx.services().fingerprints(), cx.key(), number, inboxes)
}

async fn is_remembered(cx: &Context, number: &E164) -> bool {
    let slot = cx.services().proofs().0.slot(cx.key());
    let proofs = slot.lock().await;
    proofs.get(&proof(cx, number)).is_some_and(|since| since.elapsed() < FRESH)
}

async fn remember(cx: &Context, number: &E164) {
    let slot = cx.services().proofs().0.slot(cx.key());
    let mut proofs = slot.lock().await;
    if proofs.len() >= PROOFS {
        proofs.retain(|_, since| since.elapsed() < FRESH);
    }
    if proofs.len() < PROOFS {
        proofs.insert(proof(cx, number), Instant::now());
    }
}

fn stranger() -> ToolError {
    ToolError::new(
        ToolErrorKind::NotAllowed,
        "This connection may only answer people, and this number has neither texted nor called this workspace, nor is it in the contacts.",
        "Tell the person. They can text from the OpenPhone app, save the number as a contact there, or connect again without this limit.",
    )
    .nothing_sent()
}

/// It could not be found out: that is no reason to send.
fn unproved(error: &ToolError) -> ToolError {
    let what = "This connection may only answer people, and it could not be checked whether this number wrote or called first or is in the contacts";
    let next = "Call again in a moment. If it stays so, the person can text from the OpenPhone app, or connect again without this limit.";
    error.while_checking(what, next).nothing_sent()
}

fn too_much_history() -> ToolError {
    ToolError::new(
        ToolErrorKind::NotAllowed,
        "its latest messages and calls all went to inboxes that this connection does not reach.",
        "",
    )
}

fn too_many_contacts(gap: Option<&str>) -> ToolError {
    ToolError::new(ToolErrorKind::NotAllowed, format!("{}.", gap.unwrap_or("the contacts are too many")), "")
}
