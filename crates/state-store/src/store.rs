//! The trait that every backend implements, and the values it speaks in.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;

/// Longest identifier that a [`Key`] takes, in bytes.
pub const MAX_ID: usize = 256;
/// Largest value, log entry or message that the store takes, in bytes.
pub const MAX_VALUE: usize = 64 * 1024;
/// Longest time to live; a longer one is taken for this. A time to live counts in whole milliseconds, rounded up,
/// and is at least one of them.
pub const MAX_TTL: Duration = Duration::from_secs(10 * 366 * 24 * 3600);
/// Highest total of a counter, and the limit that a higher limit is taken for. Every engine counts exactly so far
/// (Lua in Redis has doubles).
pub const MAX_COUNT: u64 = (1 << 53) - 1;

/// The name of one value: a space that belongs to one feature, and an identifier inside it.
///
/// Identifiers are random handles or keyed hashes, never secrets or phone numbers: keys show up in the
/// engine's own tools.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    space: &'static str,
    id: String,
}

impl Key {
    /// A key in `space`, such as `oauth-code` or `send-ledger`: a name without a colon, which separates it from
    /// the identifier in every engine. An `id` over [`MAX_ID`] bytes is refused by every operation with
    /// [`StoreError::TooLarge`].
    #[must_use]
    pub fn new(space: &'static str, id: impl Into<String>) -> Self {
        debug_assert!(!space.is_empty() && !space.contains(':'), "{space:?} names no space");
        Self { space, id: id.into() }
    }

    /// The feature that owns the key.
    #[must_use]
    pub fn space(&self) -> &'static str {
        self.space
    }

    /// The identifier inside the space.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What [`Display`](fmt::Display) writes, with room from the start.
    #[cfg(any(feature = "embedded", feature = "redis"))]
    pub(crate) fn name(&self) -> String {
        [self.space, ":", &self.id].concat()
    }

    /// Refuses an identifier that is too long.
    #[cfg(any(feature = "embedded", feature = "redis"))]
    pub(crate) fn checked(&self) -> Result<&Self, StoreError> {
        if self.id.len() > MAX_ID {
            Err(StoreError::TooLarge { what: "the key", limit: MAX_ID })
        } else {
            Ok(self)
        }
    }
}

/// Refuses a value that is too large.
#[cfg(any(feature = "embedded", feature = "redis"))]
pub(crate) fn checked_value(value: &[u8]) -> Result<&[u8], StoreError> {
    if value.len() > MAX_VALUE {
        Err(StoreError::TooLarge { what: "the value", limit: MAX_VALUE })
    } else {
        Ok(value)
    }
}

/// A time to live in whole milliseconds, from 1 to [`MAX_TTL`].
#[cfg(any(feature = "embedded", feature = "redis"))]
pub(crate) fn ttl_millis(ttl: Duration) -> u64 {
    let ttl = ttl.min(MAX_TTL);
    let rounded_up = ttl.as_nanos().div_ceil(1_000_000);
    u64::try_from(rounded_up).unwrap_or(u64::MAX).max(1)
}

/// `space:id`
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.space, self.id)
    }
}

/// Outcome of [`Store::insert_if_absent`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inserted {
    /// The value was stored; nothing was there.
    Stored,
    /// Nothing was changed; this value was there already.
    Exists(Bytes),
}

/// Outcome of [`Store::compare_exchange`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exchange {
    /// The expected value was there and the new one took its place.
    Swapped,
    /// Nothing was changed; this was there instead.
    Differs(Option<Bytes>),
}

/// One step of [`Store::swap_in_order`]: what a [`Store::compare_exchange`] is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Swap {
    /// Which value.
    pub key: Key,
    /// What must be there for it to happen; `None`: nothing.
    pub expected: Option<Bytes>,
    /// What is there afterwards.
    pub new: Bytes,
    /// How long it stays.
    pub ttl: Duration,
}

/// Outcome of [`Store::add_up_to`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// The amount was added; the counter now stands at `total`.
    Within {
        /// The counter after the addition.
        total: u64,
    },
    /// Nothing was added: the sum would pass the limit.
    Full {
        /// The counter as it stands.
        total: u64,
        /// When the counter expires and starts again at zero. Zero if none has begun.
        resets_in: Duration,
    },
}

/// A rate with a burst (GCRA): one unit every `period`, at most `burst` at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Time in which one unit grows back, in whole microseconds. At least one of them, at most so many that the
    /// whole burst grows back within [`MAX_TTL`].
    pub period: Duration,
    /// Units available at once after a long rest. At least 1.
    pub burst: u32,
}

impl Quota {
    /// The period within its bounds.
    #[cfg(any(feature = "embedded", feature = "redis"))]
    pub(crate) fn period_micros(self) -> u64 {
        let longest = MAX_TTL.as_micros() / u128::from(self.burst.max(1));
        u64::try_from(self.period.as_micros().min(longest)).unwrap_or(u64::MAX).max(1)
    }
}

/// Outcome of [`Store::take_quota`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuotaDecision {
    /// The units were taken.
    Allowed {
        /// Units left right now.
        remaining: u32,
    },
    /// Nothing was taken.
    Denied {
        /// When the same request would be allowed. `None`: never, it asks for more than the burst.
        retry_after: Option<Duration>,
    },
}

/// How much of a log is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogBound {
    /// Oldest entries beyond this many are dropped. At least 1.
    pub max_entries: u32,
    /// The whole log is dropped this long after its last entry.
    pub ttl: Duration,
}

/// One entry of a bounded log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// Position in the log: grows by one with each entry, starts at 1, is never reused while the log lives.
    pub sequence: u64,
    /// The entry as it was appended.
    pub value: Bytes,
}

/// Messages published on a channel since the subscription began. Ends when the backend is lost: subscribe
/// again. A slow reader loses the oldest messages first (the buffer is bounded).
pub type Subscription = BoxStream<'static, Bytes>;

/// Why an operation did not happen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The engine could not be reached or did not answer in time. For a write it is unknown whether it
    /// happened.
    #[error("the state store is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A key, value or message is larger than the store takes.
    #[error("{what} is larger than the state store takes ({limit} bytes)")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// The limit in bytes.
        limit: usize,
    },
    /// The store is full (embedded in memory only: the bound on entries was reached).
    #[error("the state store is full")]
    Full,
    /// The engine answers, but would not keep what it is given: nothing may rely on it.
    #[error("the state store is not fit: {reason}")]
    Unfit {
        /// What is wrong, and what to do.
        reason: String,
    },
    /// The value there was not written by the operation that reads it (a counter over a plain value, say).
    #[error("the value at this key is of another kind")]
    WrongKind,
}

/// Atomic operations on small values that all expire.
///
/// Each method is one atomic step, on one instance and across instances. Every write carries a time to live
/// (TTL); what has expired is absent. A value, a counter, a quota and a log are different kinds of thing: an
/// operation on a key where another kind lives is [`StoreError::WrongKind`] and changes nothing. Channels have
/// names of their own.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Whether nobody but this process can have the store open: then what an earlier process began and did not end, no
    /// one is working on any more.
    fn is_exclusive(&self) -> bool {
        false
    }

    /// The same store, whose writes return once as many replicas have them as the backend was told to wait for, and are
    /// [`StoreError::Unavailable`] when these do not have them in time. For records that must outlive the loss of one server.
    /// `None`: there is nothing to wait for.
    fn replicated(&self) -> Option<Arc<dyn Store>> {
        None
    }

    /// Stores `value` unless a value is there.
    async fn insert_if_absent(&self, key: &Key, value: &[u8], ttl: Duration) -> Result<Inserted, StoreError>;

    /// The value, if there is one.
    async fn get(&self, key: &Key) -> Result<Option<Bytes>, StoreError>;

    /// Replaces the value if it equals `expected` (`None`: if absent), and sets the TTL anew.
    async fn compare_exchange(
        &self,
        key: &Key,
        expected: Option<&[u8]>,
        new: &[u8],
        ttl: Duration,
    ) -> Result<Exchange, StoreError>;

    /// Swaps one value after the other, as [`Store::compare_exchange`] does, up to the first whose value is not the
    /// expected one, and returns how many were swapped. Each swap is atomic, not all together: others may see the first
    /// ones done and the rest not, and a crash or an error leaves some first ones done, never a later one without those
    /// before it. A backend that writes to a disk may take them there at once.
    async fn swap_in_order(&self, swaps: Vec<Swap>) -> Result<usize, StoreError> {
        for (done, Swap { key, expected, new, ttl }) in swaps.iter().enumerate() {
            if self.compare_exchange(key, expected.as_deref(), new, *ttl).await? != Exchange::Swapped {
                return Ok(done);
            }
        }
        Ok(swaps.len())
    }

    /// Takes the value away and returns it: of many callers at once, exactly one gets it.
    async fn remove(&self, key: &Key) -> Result<Option<Bytes>, StoreError>;

    /// Adds `amount` to a counter unless the sum would pass `limit`. The TTL is set when the counter begins
    /// and not moved afterwards, so that a counter is a fixed window. Zero asks without beginning a counter.
    async fn add_up_to(&self, key: &Key, amount: u64, limit: u64, ttl: Duration)
    -> Result<Added, StoreError>;

    /// Gives back what [`Store::add_up_to`] took; never below zero; does nothing if the counter has expired.
    async fn refund(&self, key: &Key, amount: u64) -> Result<(), StoreError>;

    /// Takes `units` from a quota if they are there. Zero asks without taking. The quota's shape may change from
    /// call to call; nobody waits longer than the latest shape's whole burst.
    async fn take_quota(&self, key: &Key, quota: Quota, units: u32) -> Result<QuotaDecision, StoreError>;

    /// Appends to a bounded log and returns the entry's sequence number.
    async fn append(&self, log: &Key, value: &[u8], bound: LogBound) -> Result<u64, StoreError>;

    /// At most `limit` entries with a sequence above `after`, oldest first.
    async fn read_since(&self, log: &Key, after: u64, limit: usize) -> Result<Vec<LogEntry>, StoreError>;

    /// Sends a message to everyone who is subscribed to the channel now; at most once, not stored.
    async fn publish(&self, channel: &Key, message: &[u8]) -> Result<(), StoreError>;

    /// Listens on a channel. When this returns, later messages will be received.
    async fn subscribe(&self, channel: &Key) -> Result<Subscription, StoreError>;

    /// Whether the engine answers now, and keeps what it is given. For readiness probes.
    async fn check(&self) -> Result<(), StoreError>;
}
