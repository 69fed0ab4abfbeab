//! The limit `confirm_many`: the person is asked before one call texts more than one person.
//!
//! An approval counts for one batch (its keyed hash, each sender, recipient and text in it), for ten minutes, and once:
//! the id of the question says all three, and a used one is remembered. It is looked at before anything is claimed or
//! counted. The question shows every recipient and every text in full; what is too long for that is not asked but
//! refused, so that nobody approves what they did not see.

use std::collections::HashSet;
use std::time::Duration;

use sealing::Fingerprint;
use state_store::{Inserted, Key};

use crate::asking::Question;
use crate::context::Context;
use crate::error::{ToolError, ToolErrorKind};
use crate::people::{self, People};
use crate::safety::payload::{self, Payload};
use crate::safety::send::Item;

/// How long an approval counts after the question was put.
const ANSWER_TIME: Duration = Duration::from_secs(10 * 60);
/// Longest question, in characters: a hundred texts of one segment each, or ten of the longest.
const LONGEST: usize = 24_000;

/// Whether these texts need an approval, by themselves.
pub(super) fn is_needed<'a>(cx: &Context, items: impl Iterator<Item = &'a Item>) -> bool {
    cx.limits().confirm_many && items.map(|item| &item.outgoing.to).collect::<HashSet<_>>().len() > 1
}

/// Returns when the person has approved exactly these texts.
///
/// # Errors
///
/// The question, when it has not been answered yet; a refusal, when the person did not approve or cannot be asked.
/// Nothing was sent.
pub(super) async fn approved(cx: &Context, items: &[&Item]) -> Result<(), ToolError> {
    let services = cx.services();
    let payloads: Vec<Payload> =
        items.iter().map(|item| item.outgoing.payload(services.fingerprints(), cx.key())).collect();
    let batch = payload::batch(services.fingerprints(), cx.key(), &payloads);
    if let Some((id, yes)) = cx.asking().answer()
        && let Some(ticket) = Ticket::parse(id).filter(|ticket| ticket.is_for(batch, services.now_millis()))
    {
        if !yes {
            return Err(declined());
        }
        let used = Key::new("send-approval", format!("{}:{}", cx.key(), ticket.nonce));
        let stored = services.store().insert_if_absent(&used, &[], ANSWER_TIME).await;
        if stored.map_err(ToolError::store)? == Inserted::Stored {
            return Ok(());
        }
    }
    if !cx.asking().is_possible() {
        return Err(cannot_ask());
    }
    let people = people::names(cx).await;
    let message = message(items, &people);
    if message.chars().count() > LONGEST {
        return Err(too_long());
    }
    let nonce = Fingerprint::from_bytes(sealing::entropy::random(services.entropy())).to_string();
    let ticket = Ticket { batch: batch.to_string(), nonce, asked: services.now_millis() };
    Err(ToolError::asking(Question::new(ticket.to_id(), message, "Send these texts")))
}

/// What the id of a question says.
struct Ticket {
    /// Name of the batch.
    batch: String,
    /// Names the question.
    nonce: String,
    /// When it was put, in milliseconds since the Unix epoch.
    asked: u64,
}

impl Ticket {
    fn to_id(&self) -> String {
        format!("{}.{}.{}", self.batch, self.nonce, self.asked)
    }

    fn parse(id: &str) -> Option<Self> {
        let mut parts = id.split('.');
        let (batch, nonce, asked) = (parts.next()?, parts.next()?, parts.next()?);
        let ticket = Self { batch: batch.to_owned(), nonce: nonce.to_owned(), asked: asked.parse().ok()? };
        parts.next().is_none().then_some(ticket)
    }

    fn is_for(&self, batch: Fingerprint, now: u64) -> bool {
        let age = now.saturating_sub(self.asked);
        self.batch == batch.to_string() && u128::from(age) < ANSWER_TIME.as_millis()
    }
}

/// The question, with everything that would go out. Texts are quoted line by line, so that none can pass for a line
/// of ours.
fn message(items: &[&Item], people: &People) -> String {
    let Some(first) = items.first() else { return String::new() };
    let from = first.outgoing.inbox.label().to_line();
    let mut message = format!("Text {} people from {from}? Each gets a message of their own.\n", items.len());
    let same = items.iter().all(|item| item.outgoing.content == first.outgoing.content);
    for item in items {
        let to = &item.outgoing.to;
        let name = people.of_number(to).map(|name| format!(" \"{name}\"")).unwrap_or_default();
        message.push_str(&format!("\n- {to}{name}"));
        if !same {
            message.push_str(&format!("\n{}", quoted(&item.outgoing.content)));
        }
    }
    if same {
        message.push_str(&format!("\n\nThe text for each of them:\n{}", quoted(&first.outgoing.content)));
    }
    message
}

fn quoted(content: &str) -> String {
    crate::text::quoted(&crate::text::clean(content, content.len()))
}

fn cannot_ask() -> ToolError {
    ToolError::new(
        ToolErrorKind::NotAllowed,
        "This connection asks the person before it texts more than one, and this app cannot ask.",
        "Show the person the texts. For those they agree to, call once per recipient, one recipient in each call; or the person connects again without this limit.",
    )
    .nothing_sent()
}

fn declined() -> ToolError {
    ToolError::new(
        ToolErrorKind::NotAllowed,
        "The person was asked and did not approve these texts.",
        "Ask what to change; the same texts are not to be sent in another way.",
    )
    .nothing_sent()
}

fn too_long() -> ToolError {
    ToolError::new(
        ToolErrorKind::NotAllowed,
        "These texts together are too long to be shown to the person, who has to approve them.",
        "Send to fewer people in one call, or shorter texts.",
    )
    .nothing_sent()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_for_one_batch_and_ten_minutes() {
        let (batch, other) = (Fingerprint::from_bytes([1; 16]), Fingerprint::from_bytes([2; 16]));
        let id = Ticket { batch: batch.to_string(), nonce: other.to_string(), asked: 5_000 }.to_id();
        let ticket = Ticket::parse(&id).expect("its own id");
        assert_eq!(ticket.nonce, other.to_string());
        assert!(ticket.is_for(batch, 5_000) && ticket.is_for(batch, 604_999));
        assert!(!ticket.is_for(batch, 605_000), "too old");
        assert!(!ticket.is_for(other, 5_000), "another batch");
        for wrong in ["", "a", "a.b.c", "a.b", &format!("{id}.1"), &id.replace('.', ":")] {
            assert!(Ticket::parse(wrong).is_none(), "{wrong}");
        }
    }
}
