//! What instances say to each other, sealed: nothing on a channel is readable, and nothing that the store or anybody on
//! the way changes, makes up or sends elsewhere is taken.
//!
//! A text opens only at the instance that it was sealed for, since that is part of its key. It holds a head, and behind it
//! the body of a POST. Instances of different versions may meet: a layout that is not known is refused, not guessed.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use mcp_protocol::transport::relay::Receipt;
use sealing::{Purpose, Sealer, Zeroizing};
use serde::{Deserialize, Serialize};
use state_store::Clock;
use state_store::store::MAX_VALUE;

use super::directory::InstanceId;
use super::seen::Seen;

/// A text is one message of the store's.
const RELAYED: Purpose = Purpose::new("opqrm", "relayed-message").with_max_token(MAX_VALUE);
/// First byte of every plaintext. A later layout gets another number.
const VERSION: u8 = 1;
/// Room for a head.
const HEAD: usize = 8 * 1024;
/// How old a message may be, and how far the clocks of two instances may be apart.
pub(super) const MAX_AGE: Duration = Duration::from_secs(30);

/// What is said.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum What {
    /// A message for a stream; its body is behind the head.
    Message {
        stream: Box<str>,
        /// The codec's form of the principal.
        principal: Vec<u8>,
        user_agent: Option<Box<str>>,
    },
    /// What became of the message with this number.
    Receipt { of: u64, receipt: Outcome },
    /// The sender holds this stream now; the registration of this number has ended.
    Superseded { stream: Box<str>, number: u64 },
}

/// [`Receipt`] as it travels.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) enum Outcome {
    Accepted,
    UnknownStream,
    Busy,
    TooLarge,
    Unreachable,
}

/// What stands before the body.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) from: InstanceId,
    /// Counts everything that the sender says.
    pub(super) sequence: u64,
    /// In milliseconds since the Unix epoch.
    sent_ms: u64,
    pub(super) what: What,
}

/// Why a text is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// Not sealed for this instance with these keys.
    NotAuthentic,
    /// Of another version.
    Unreadable,
    /// Too old, or the clocks are too far apart.
    OutOfTime,
    /// It was there before.
    Repeated,
}

impl Refused {
    /// A name for logs.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::NotAuthentic => "not authentic",
            Self::Unreadable => "of another version",
            Self::OutOfTime => "too old, or the clocks of two instances differ",
            Self::Repeated => "repeated",
        }
    }
}

/// Seals and opens what instances say.
pub(super) struct Envelopes {
    sealer: Sealer,
    clock: Arc<dyn Clock>,
    me: InstanceId,
    count: AtomicU64,
    seen: Mutex<Seen>,
}

impl Envelopes {
    pub(super) fn new(sealer: Sealer, clock: Arc<dyn Clock>, me: InstanceId) -> Self {
        Self { sealer, clock, me, count: AtomicU64::new(0), seen: Mutex::default() }
    }

    /// The number of the next thing that is said.
    pub(super) fn number(&self) -> u64 {
        self.count.fetch_add(1, Ordering::Relaxed)
    }

    /// Seals for one instance. The text may be longer than the store takes, which says so then.
    pub(super) fn seal(&self, to: InstanceId, sequence: u64, what: What, body: &[u8]) -> String {
        let head = Head { from: self.me, sequence, sent_ms: millis(self.clock.since_epoch()), what };
        let mut plain = Vec::with_capacity(HEAD + body.len());
        plain.push(VERSION);
        // Our own structures always encode; an empty text would be refused where it arrives.
        let mut plain = Zeroizing::new(postcard::to_extend(&head, plain).unwrap_or_default());
        plain.extend_from_slice(body);
        self.sealer.seal_bound(RELAYED, to.as_bytes(), &plain)
    }

    /// Opens what was published for this instance: each thing once.
    pub(super) fn open(&self, text: &[u8]) -> Result<(Head, Bytes), Refused> {
        let text = std::str::from_utf8(text).map_err(|_| Refused::NotAuthentic)?;
        let plain =
            self.sealer.open_bound(RELAYED, self.me.as_bytes(), text).map_err(|_| Refused::NotAuthentic)?;
        let (version, rest) = plain.split_first().ok_or(Refused::Unreadable)?;
        if *version != VERSION {
            return Err(Refused::Unreadable);
        }
        let (head, body) = postcard::take_from_bytes::<Head>(rest).map_err(|_| Refused::Unreadable)?;
        let now = self.clock.since_epoch();
        if now.abs_diff(Duration::from_millis(head.sent_ms)) > MAX_AGE {
            return Err(Refused::OutOfTime);
        }
        if !self.seen.lock().unwrap_or_else(PoisonError::into_inner).take(head.from, head.sequence, now) {
            return Err(Refused::Repeated);
        }
        Ok((head, Bytes::copy_from_slice(body)))
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl From<Receipt> for Outcome {
    fn from(receipt: Receipt) -> Self {
        match receipt {
            Receipt::Accepted => Self::Accepted,
            Receipt::UnknownStream => Self::UnknownStream,
            Receipt::Busy => Self::Busy,
            Receipt::TooLarge => Self::TooLarge,
            Receipt::Unreachable => Self::Unreachable,
        }
    }
}

impl From<Outcome> for Receipt {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Accepted => Self::Accepted,
            Outcome::UnknownStream => Self::UnknownStream,
            Outcome::Busy => Self::Busy,
            Outcome::TooLarge => Self::TooLarge,
            Outcome::Unreachable => Self::Unreachable,
        }
    }
}
