//! One upstream POST, to one recipient or to one group thread, and its names in the store: keyed hashes, bound to the
//! API key.

use std::collections::BTreeSet;

use openphone_client::{E164, PhoneNumberId};
use sealing::{Fingerprint, FingerprintKey};
use unicode_normalization::UnicodeNormalization as _;

use crate::inbox::Inbox;

/// What is to be sent: exactly one upstream POST.
#[derive(Clone)]
pub(crate) struct Outgoing {
    pub(crate) inbox: Inbox,
    pub(crate) to: Recipients,
    pub(crate) content: String,
    /// Marks the conversation as done afterwards.
    pub(crate) mark_done: bool,
}

/// Whom a text goes to: one person, or the members of one thread, in which each sees the others.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Recipients {
    One(E164),
    /// Two or more, each once, in the order of their numbers: the thread is the same in any order.
    Group(Vec<E164>),
}

impl Recipients {
    /// The members of one thread. One member alone is no group.
    pub(crate) fn group(members: impl IntoIterator<Item = E164>) -> Self {
        let members: BTreeSet<E164> = members.into_iter().collect();
        let mut members: Vec<E164> = members.into_iter().collect();
        if members.len() == 1
            && let Some(only) = members.pop()
        {
            return Self::One(only);
        }
        Self::Group(members)
    }

    /// Everybody that the text reaches.
    pub(crate) fn all(&self) -> &[E164] {
        match self {
            Self::One(to) => std::slice::from_ref(to),
            Self::Group(members) => members,
        }
    }

    /// Whether a message of these other parties belongs to the same thread.
    pub(crate) fn is_thread_of(&self, others: &BTreeSet<E164>) -> bool {
        self.all().len() == others.len() && self.all().iter().all(|member| others.contains(member))
    }
}

/// Names of an [`Outgoing`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Payload {
    /// From, to and the text (NFC).
    pub(crate) hash: Fingerprint,
    /// Each recipient alone.
    pub(crate) recipients: Vec<Fingerprint>,
    /// From, to and the text without what smart encoding may change: finds the message upstream again.
    pub(crate) folded: Fingerprint,
}

impl Outgoing {
    pub(crate) fn payload(&self, fingerprints: &FingerprintKey, key: Fingerprint) -> Payload {
        let text: String = self.content.nfc().collect();
        let mut parts = vec![self.inbox.id.as_str()];
        parts.extend(self.to.all().iter().map(E164::as_str));
        parts.push(&text);
        Payload {
            hash: name(fingerprints, "send-payload", key, &parts),
            recipients: self.to.all().iter().map(|to| recipient(fingerprints, key, to)).collect(),
            folded: folded(fingerprints, key, &self.inbox.id, self.to.all(), &self.content),
        }
    }
}

/// The name of a recipient.
pub(crate) fn recipient(fingerprints: &FingerprintKey, key: Fingerprint, to: &E164) -> Fingerprint {
    name(fingerprints, "send-recipient", key, &[to.as_str()])
}

/// The name by which a text is found again among the messages of the upstream.
pub(crate) fn folded(
    fingerprints: &FingerprintKey,
    key: Fingerprint,
    inbox: &PhoneNumberId,
    to: &[E164],
    content: &str,
) -> Fingerprint {
    let content = crate::text::folded(content);
    let mut parts = vec![inbox.as_str()];
    parts.extend(to.iter().map(E164::as_str));
    parts.push(&content);
    name(fingerprints, "send-folded", key, &parts)
}

/// The name of what proves that a number may be texted: the number, and which inboxes count.
pub(crate) fn proof<'a>(
    fingerprints: &FingerprintKey,
    key: Fingerprint,
    number: &'a E164,
    inboxes: Option<impl Iterator<Item = &'a PhoneNumberId>>,
) -> Fingerprint {
    let mut parts = vec![number.as_str(), if inboxes.is_some() { "only" } else { "all" }];
    parts.extend(inboxes.into_iter().flatten().map(PhoneNumberId::as_str));
    name(fingerprints, "send-proof", key, &parts)
}

/// The name of a recipient about whom there is nothing to warn an inbox.
pub(crate) fn clear(
    fingerprints: &FingerprintKey,
    key: Fingerprint,
    inbox: &PhoneNumberId,
    number: &E164,
) -> Fingerprint {
    name(fingerprints, "send-clear", key, &[inbox.as_str(), number.as_str()])
}

/// The name of a batch: every text in it, in order, and what becomes of its conversation.
pub(crate) fn batch<'a>(
    fingerprints: &FingerprintKey,
    key: Fingerprint,
    batch: impl Iterator<Item = &'a Outgoing>,
) -> Fingerprint {
    let one = |outgoing: &Outgoing| {
        let done = if outgoing.mark_done { "done" } else { "open" };
        format!("{} {done}", outgoing.payload(fingerprints, key).hash)
    };
    let texts: Vec<String> = batch.map(one).collect();
    name(fingerprints, "send-batch", key, &texts.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The name of a confirmation handle, by which its use is remembered.
pub(crate) fn handle(fingerprints: &FingerprintKey, key: Fingerprint, handle: &str) -> Fingerprint {
    name(fingerprints, "send-confirmation", key, &[handle])
}

/// The name of one use of a handle: what the call said about repeating.
pub(crate) fn handle_use(
    fingerprints: &FingerprintKey,
    key: Fingerprint,
    idempotency_key: Option<&str>,
    repeat: bool,
) -> Fingerprint {
    let repeat = if repeat { "repeat" } else { "once" };
    let parts: Vec<&str> = std::iter::once(repeat).chain(idempotency_key).collect();
    name(fingerprints, "send-confirmation-use", key, &parts)
}

/// The name of a message that was the newest when a handle was made.
pub(crate) fn seen(fingerprints: &FingerprintKey, key: Fingerprint, message: &str) -> Fingerprint {
    name(fingerprints, "send-seen", key, &[message])
}

/// The name of a caller's idempotency key.
pub(crate) fn idempotency(fingerprints: &FingerprintKey, key: Fingerprint, given: &str) -> Fingerprint {
    name(fingerprints, "send-idempotency", key, &[given])
}

/// Each part is preceded by its length, so that no two lists of parts have the same bytes.
fn name(fingerprints: &FingerprintKey, domain: &str, key: Fingerprint, parts: &[&str]) -> Fingerprint {
    let mut data = Vec::with_capacity(16 + parts.iter().map(|part| part.len() + 8).sum::<usize>());
    data.extend_from_slice(key.as_bytes());
    for part in parts {
        data.extend_from_slice(&(part.len() as u64).to_be_bytes());
        data.extend_from_slice(part.as_bytes());
    }
    fingerprints.fingerprint(domain, &data)
}
