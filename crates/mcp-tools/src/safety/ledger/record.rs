//! What the ledger keeps in the store, as it is written there.

use sealing::Fingerprint;
use serde::{Deserialize, Serialize};
use state_store::StoreError;

use crate::safety::payload::Payload;

/// Names an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct AttemptId(pub(super) [u8; 16]);

/// One upstream POST, past or to come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attempt {
    pub(crate) payload: [u8; 16],
    recipient: [u8; 16],
    pub(crate) folded: [u8; 16],
    /// The inbox, by id.
    pub(crate) inbox: String,
    /// When it was reserved, in milliseconds since the Unix epoch.
    pub(crate) begun: u64,
    pub(crate) state: State,
    /// The other recipients of a group thread. Records from before there were groups end here.
    others: Vec<[u8; 16]>,
}

impl Attempt {
    pub(super) fn new(payload: &Payload, inbox: &str, begun: u64) -> Self {
        let mut recipients = payload.recipients.iter().map(|recipient| *recipient.as_bytes());
        Self {
            payload: *payload.hash.as_bytes(),
            recipient: recipients.next().unwrap_or_default(),
            folded: *payload.folded.as_bytes(),
            inbox: inbox.to_owned(),
            begun,
            state: State::Reserved,
            others: recipients.collect(),
        }
    }

    pub(super) fn read(bytes: &[u8]) -> Result<Self, StoreError> {
        decode(bytes).or_else(|error| {
            // An empty list of others, as postcard writes it.
            let mut bytes = bytes.to_vec();
            bytes.push(0);
            decode(&bytes).map_err(|_| error)
        })
    }

    /// Everybody that the text reaches.
    pub(crate) fn recipients(&self) -> impl Iterator<Item = Fingerprint> {
        std::iter::once(&self.recipient).chain(&self.others).copied().map(Fingerprint::from_bytes)
    }
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum State {
    Reserved,
    Sent {
        message_id: String,
        status: String,
    },
    Failed {
        reason: String,
    },
    Unknown {
        /// Since when, in milliseconds since the Unix epoch.
        since: u64,
        /// How many it took from the quota of new recipients.
        counted_as_new: u8,
    },
}

/// Leads from the caller's idempotency key to an attempt.
#[derive(Serialize, Deserialize)]
pub(super) struct KeyPointer {
    pub(super) attempt: AttemptId,
    pub(super) payload: [u8; 16],
}

/// Leads from a payload to an attempt.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) struct PayloadPointer {
    pub(super) attempt: AttemptId,
    /// Until when it counts as the same send, in milliseconds since the Unix epoch.
    pub(super) until: u64,
    /// The text that was sent before this attempt, and until when that one counts: a repetition that comes to
    /// nothing does not make it forgotten.
    pub(super) sent_before: Option<(AttemptId, u64)>,
}

pub(super) fn encode(value: &impl Serialize) -> Result<Vec<u8>, StoreError> {
    postcard::to_stdvec(value).map_err(|error| StoreError::Unavailable(Box::new(error)))
}

/// A record that cannot be read is no record to build a send on: it fails closed.
pub(super) fn decode<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, StoreError> {
    postcard::from_bytes(bytes).map_err(|error| StoreError::Unavailable(Box::new(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(recipients: u8) -> Payload {
        let name = |byte| Fingerprint::from_bytes([byte; 16]);
        Payload { hash: name(100), recipients: (1..=recipients).map(name).collect(), folded: name(101) }
    }

    /// For a day after an upgrade there are records from before there were groups. (An instance from then must not run beside
    /// this one: it would look for a group's text as for one to a single person.)
    #[test]
    fn records_without_other_recipients_are_read() {
        for state in
            [State::Reserved, State::Sent { message_id: "AC1".to_owned(), status: "queued".to_owned() }]
        {
            let attempt = Attempt { state, ..Attempt::new(&payload(1), "PN1", 7) };
            let bytes = encode(&attempt).unwrap();
            let (rest, before) = bytes.split_last().unwrap();
            assert_eq!((*rest, Attempt::read(before).unwrap()), (0, attempt.clone()));
            assert_eq!(Attempt::read(&bytes).unwrap(), attempt);
        }
        let group = Attempt::new(&payload(3), "PN1", 7);
        assert_eq!(Attempt::read(&encode(&group).unwrap()).unwrap().recipients().count(), 3);
        assert!(Attempt::read(b"").is_err() && Attempt::read(b"nonsense").is_err());
    }
}
