//! The limits `confirm_many` and `confirm_always`: texts that need the person's yes.
//!
//! A client that can ask its user is made to ask ([`Question`]), whatever else the call brings: a confirmation handle is held
//! by a model and is no person's answer. Where the client cannot ask, a handle ([`super::handle`]) is what remains: the
//! preview was shown in the conversation, and the host shows its user the call.
//!
//! An approval counts for one batch (its keyed hash, each sender, recipient and text in it), for ten minutes, and once:
//! the id of the question says all three, and a used one is remembered. It is looked at before anything is claimed or
//! counted. The question shows every recipient and every text in full; what is too long for that is not asked but
//! refused, so that nobody approves what they did not see.

use std::collections::HashSet;
use std::time::Duration;

use openphone_client::E164;
use sealing::Fingerprint;
use state_store::{Inserted, Key};

use crate::asking::Question;
use crate::context::Context;
use crate::error::{ToolError, ToolErrorKind};
use crate::people::{self, People};
use crate::safety::payload::{self, Outgoing, Recipients};
use crate::safety::send::Item;

/// How long an approval counts after the question was put.
const ANSWER_TIME: Duration = Duration::from_secs(10 * 60);
/// Longest question, in characters: a hundred texts of one segment each, or ten of the longest.
const LONGEST: usize = 24_000;

/// Whether these texts need an approval, by themselves.
pub(crate) fn is_needed<'a>(cx: &Context, batch: impl Iterator<Item = &'a Outgoing>) -> bool {
    let (always, many) = (cx.limits().confirm_always, cx.limits().confirm_many);
    let recipients = batch.flat_map(|outgoing| outgoing.to.all()).collect::<HashSet<_>>().len();
    always && recipients > 0 || many && recipients > 1
}

/// Returns when exactly these texts are approved. `prepared`: the call brought a confirmation handle that fits.
///
/// # Errors
///
/// The question, when it has not been answered yet; a refusal, when the person did not approve, or can neither be asked
/// nor was shown a preview. Nothing was sent.
pub(super) async fn approved(
    cx: &Context,
    items: &[&Item],
    prepared: bool,
    tool: &str,
) -> Result<(), ToolError> {
    if !cx.asking().is_possible() {
        return if prepared { Ok(()) } else { Err(not_prepared(cx, items, tool)) };
    }
    let services = cx.services();
    let outgoing = items.iter().map(|item| &item.outgoing);
    let batch = payload::batch(services.fingerprints(), cx.key(), outgoing);
    if let Some((id, yes)) = cx.asking().answer()
        && let Some(ticket) = Ticket::parse(id).filter(|ticket| ticket.is_for(batch, services.now_millis()))
    {
        if !yes {
            return Err(declined());
        }
        let used = Key::new("send-approval", format!("{}:{}", cx.key(), ticket.nonce));
        let stored = services.ledger_store().insert_if_absent(&used, &[], ANSWER_TIME).await;
        if stored.map_err(ToolError::store)? == Inserted::Stored {
            return Ok(());
        }
    }
    let people = people::names(cx).await;
    let message = message(items, &people);
    if message.chars().count() > LONGEST {
        return Err(too_long());
    }
    let nonce = Fingerprint::from_bytes(sealing::entropy::random(services.entropy())).to_string();
    let ticket = Ticket { batch: batch.to_string(), nonce, asked: services.now_millis() };
    let yes = if items.len() == 1 { "Send this text" } else { "Send these texts" };
    Err(ToolError::asking(Question::new(ticket.to_id(), message, yes)))
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
    let of = |to: &E164| {
        let name = people.of_number(to).map(|name| format!(" \"{name}\"")).unwrap_or_default();
        format!("{to}{name}")
    };
    match (items, &first.outgoing.to) {
        ([_], Recipients::One(to)) => {
            return format!("Text {} from {from}?\n\n{}", of(to), quoted(&first.outgoing.content));
        }
        ([_], Recipients::Group(members)) => {
            let mut message = format!(
                "Text a group of {} people in one shared thread from {from}? Each sees the others' numbers and every answer.\n",
                members.len()
            );
            for member in members {
                message.push_str(&format!("\n- {}", of(member)));
            }
            return format!("{message}\n\n{}", quoted(&first.outgoing.content));
        }
        _ => {}
    }
    let mut message = format!("Text {} people from {from}? Each gets a message of their own.\n", items.len());
    let same = items.iter().all(|item| item.outgoing.content == first.outgoing.content);
    for item in items {
        let to: Vec<String> = item.outgoing.to.all().iter().map(of).collect();
        message.push_str(&format!("\n- {}", to.join(", ")));
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

/// The refusal says exactly what to call.
fn not_prepared(cx: &Context, items: &[&Item], tool: &str) -> ToolError {
    let when = if cx.limits().confirm_always {
        "before it texts anyone"
    } else {
        "before it texts more than one person"
    };
    let group = items.iter().any(|item| matches!(item.outgoing.to, Recipients::Group(_)));
    let with = if group { ", and group=true" } else { "" };
    ToolError::new(
        ToolErrorKind::NotAllowed,
        format!("This connection needs a confirmation {when}, and this app cannot ask the person itself."),
        format!(
            "Call prepare-message with the same from and texts, the recipients in `to` as a list{with}. Show the person its preview. With their yes, call {tool} again with the same arguments and `confirmation` from the preview."
        ),
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
