//! Finds out what became of texts whose outcome is unknown, before anything else is sent.
//!
//! An outcome is unknown when the upstream broke off after the POST was written, or when this process died in
//! between. The API has no idempotency key, so the answer is in its list of messages: outgoing ones since the
//! attempt began, matched by keyed hash. Found: sent. Not found once enough time has passed: it did not go
//! out, and the same call may send it.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Duration;

use jiff::Timestamp;
use openphone_client::messages::{ListMessages, Message};
use openphone_client::{Direction, E164, ErrorKind, Party, PhoneNumberId};

use crate::context::Context;
use crate::error::{ToolError, ToolErrorKind};
use crate::safety::ledger::{Attempt, AttemptId, Ledger, State};
use crate::safety::payload;
use crate::safety::quota::Quotas;

/// How long after an unknown outcome the upstream may still show the message.
const SETTLED: Duration = Duration::from_secs(60);
/// A reservation older than this belongs to a process that is gone: longer than a call and a POST together. Where no
/// other process has the store open, those that this one did not make do, however young.
const STALE: Duration = Duration::from_secs(180);
/// How far the upstream's clock and ours may be apart.
const SKEW: Duration = Duration::from_secs(5);
/// Pages of 50 messages that are looked through per inbox.
const PAGES: usize = 10;

/// Settles what can be settled, and returns the attempts of this key that are still unknown. Costs one read of
/// the store when there are none.
pub(crate) async fn settle_open(cx: &Context) -> Result<Vec<Attempt>, ToolError> {
    let ledger = Ledger::new(cx.services(), cx.key());
    let now = cx.services().now_millis();
    let mut unsettled: BTreeMap<String, Vec<(AttemptId, Attempt)>> = BTreeMap::new();
    for id in ledger.open().await.map_err(ToolError::store)? {
        // Before it is read: its end is forgotten here only when it can be read there.
        let left_behind = cx.services().is_left_behind(id);
        match ledger.attempt(id).await.map_err(ToolError::store)? {
            None => ledger.release(id).await.map_err(ToolError::store)?,
            Some(attempt) => match attempt.state {
                State::Reserved if !left_behind && !is_stale(&attempt, now) => {}
                State::Reserved | State::Unknown { .. } => {
                    unsettled.entry(attempt.inbox.clone()).or_default().push((id, attempt));
                }
                ref settled => {
                    ledger.settle(id, settled.clone()).await.map_err(ToolError::store)?;
                }
            },
        }
    }
    let mut unknown = Vec::new();
    for (inbox, attempts) in unsettled {
        unknown.extend(settle_inbox(cx, &ledger, &inbox, attempts, now).await?);
    }
    Ok(unknown)
}

async fn settle_inbox(
    cx: &Context,
    ledger: &Ledger,
    inbox: &str,
    mut attempts: Vec<(AttemptId, Attempt)>,
    now: u64,
) -> Result<Vec<Attempt>, ToolError> {
    attempts.sort_by_key(|(_, attempt)| attempt.begun);
    let since = attempts.first().map_or(now, |(_, attempt)| attempt.begun);
    let Ok(inbox) = PhoneNumberId::parse(inbox) else {
        return Ok(attempts.into_iter().map(|(_, attempt)| attempt).collect());
    };
    let (messages, complete) = match outgoing_since(cx, &inbox, earlier(since)).await {
        Ok(found) => found,
        // The key reads this inbox no more. Only the recipients of these texts have to wait for that.
        Err(error) if matches!(error.kind(), ErrorKind::Forbidden | ErrorKind::NotFound) => {
            tracing::info!(error = %error, "the inbox of an unknown send cannot be read");
            return Ok(attempts.into_iter().map(|(_, attempt)| attempt).collect());
        }
        Err(error) => return Err(unreadable(error)),
    };
    let quotas = Quotas::of(cx);
    let mut used = HashSet::new();
    let mut unknown = Vec::new();
    for (id, attempt) in attempts {
        let found = messages.iter().rev().find(|message| {
            message.created_at >= earlier(attempt.begun)
                && !used.contains(&message.id)
                && is_same(cx, &inbox, message, &attempt)
        });
        if let Some(message) = found {
            used.insert(message.id.clone());
            let (message_id, status) = (message.id.to_string(), message.status.as_str().to_owned());
            let state = State::Sent { message_id, status };
            if ledger.settle(id, state).await.map_err(ToolError::store)? {
                for recipient in attempt.recipients() {
                    quotas.remember(recipient).await;
                }
            }
        } else if complete && now >= certain_from(cx, id, &attempt) {
            let reason = "it never appeared in OpenPhone".to_owned();
            let settled = ledger.settle(id, State::Failed { reason }).await.map_err(ToolError::store)?;
            // Several calls may come to this; what the text took is given back by the one that recorded it.
            if let (true, State::Unknown { counted_as_new, .. }) = (settled, &attempt.state) {
                quotas.give_back_late(attempt.recipients(), *counted_as_new).await;
            }
        } else {
            unknown.push(attempt);
        }
    }
    Ok(unknown)
}

/// Outgoing messages of an inbox since a moment, newest first, and whether that is all of them.
async fn outgoing_since(
    cx: &Context,
    inbox: &PhoneNumberId,
    since: Timestamp,
) -> Result<(Vec<Message>, bool), openphone_client::Error> {
    let workspace = cx.workspace();
    let mut query = ListMessages::new()
        .phone_number_id(inbox.clone())
        .direction(Direction::Outgoing)
        .created_after(crate::time::just_before(since));
    let mut messages = Vec::new();
    for _ in 0..PAGES {
        let page = workspace.messages().list(&query).await?;
        messages.extend(page.data);
        let Some(next) = page.next else { return Ok((messages, true)) };
        query = query.after(next);
    }
    Ok((messages, false))
}

fn is_same(cx: &Context, inbox: &PhoneNumberId, message: &Message, attempt: &Attempt) -> bool {
    let Some(to) = message.to.iter().map(Party::e164).collect::<Option<BTreeSet<E164>>>() else {
        return false;
    };
    let to: Vec<E164> = to.into_iter().collect();
    let folded = payload::folded(cx.services().fingerprints(), cx.key(), inbox, &to, &message.text);
    *folded.as_bytes() == attempt.folded
}

/// Whether no process can be at work on a reservation any more.
fn is_stale(attempt: &Attempt, now: u64) -> bool {
    now >= attempt.begun.saturating_add(millis(STALE))
}

/// When a message that is not there can be taken as not sent.
fn certain_from(cx: &Context, id: AttemptId, attempt: &Attempt) -> u64 {
    match attempt.state {
        State::Unknown { since, .. } => since.saturating_add(millis(SETTLED)),
        // The process that reserved it had ended by then.
        _ if cx.services().is_left_behind(id) => {
            cx.services().alone_since().unwrap_or_default().max(attempt.begun).saturating_add(millis(SETTLED))
        }
        _ => attempt.begun.saturating_add(millis(STALE)),
    }
}

fn earlier(begun: u64) -> Timestamp {
    crate::time::from_millis(begun.saturating_sub(millis(SKEW)))
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

fn unreadable(error: openphone_client::Error) -> ToolError {
    let error = ToolError::reading(error);
    let what = "It is not known whether an earlier text went out, and OpenPhone could not be asked";
    if error.concerns_all() {
        return error.while_checking(what, "").nothing_sent();
    }
    ToolError::new(
        ToolErrorKind::OutcomeUnknown,
        format!("{what}: {}", error.reason()),
        "Call again in a minute; until then this server sends nothing, so that nobody is texted twice.",
    )
    .nothing_sent()
}
