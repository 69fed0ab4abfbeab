//! One text to one recipient, and its names in the store: keyed hashes, bound to the API key.

use openphone_client::{E164, PhoneNumberId};
use sealing::{Fingerprint, FingerprintKey};
use unicode_normalization::UnicodeNormalization as _;

use crate::inbox::Inbox;

/// What is to be sent: exactly one upstream POST.
#[derive(Clone)]
pub(crate) struct Outgoing {
    pub(crate) inbox: Inbox,
    pub(crate) to: E164,
    pub(crate) content: String,
    /// Marks the conversation as done afterwards.
    pub(crate) mark_done: bool,
}

/// Names of an [`Outgoing`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Payload {
    /// From, to and the text (NFC).
    pub(crate) hash: Fingerprint,
    /// The recipient alone.
    pub(crate) recipient: Fingerprint,
    /// From, to and the text without what smart encoding may change: finds the message upstream again.
    pub(crate) folded: Fingerprint,
}

impl Outgoing {
    pub(crate) fn payload(&self, fingerprints: &FingerprintKey, key: Fingerprint) -> Payload {
        let text: String = self.content.nfc().collect();
        let (inbox, to) = (self.inbox.id.as_str(), self.to.as_str());
        Payload {
            hash: name(fingerprints, "send-payload", key, &[inbox, to, &text]),
            recipient: recipient(fingerprints, key, &self.to),
            folded: folded(fingerprints, key, &self.inbox.id, to, &self.content),
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
    to: &str,
    content: &str,
) -> Fingerprint {
    name(fingerprints, "send-folded", key, &[inbox.as_str(), to, &crate::text::folded(content)])
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

/// The name of a batch: every text in it, in order.
pub(crate) fn batch(fingerprints: &FingerprintKey, key: Fingerprint, payloads: &[Payload]) -> Fingerprint {
    let hashes: Vec<String> = payloads.iter().map(|payload| payload.hash.to_string()).collect();
    name(fingerprints, "send-batch", key, &hashes.iter().map(String::as_str).collect::<Vec<_>>())
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
