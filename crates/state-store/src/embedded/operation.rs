//! What each operation does to the record at its key: pure functions, under both the file and memory.
//!
//! A step sees the live record, if there is one, and says what becomes of it and what the caller is told.

use std::time::Duration;

use bytes::Bytes;

use super::record::{Content, LogSpan, Millis, Record};
use crate::store::{
    Added, Exchange, Inserted, LogBound, MAX_COUNT, Quota, QuotaDecision, StoreError, Swap, ttl_millis,
};

/// The moment at which a step happens.
#[derive(Clone, Copy, Debug)]
pub(super) struct Now {
    pub(super) millis: Millis,
    micros: u64,
}

impl Now {
    pub(super) fn new(since_epoch: Duration) -> Self {
        let micros = u64::try_from(since_epoch.as_micros()).unwrap_or(u64::MAX);
        Self { millis: micros / 1000, micros }
    }

    /// Microseconds since the Unix epoch.
    pub(super) fn micros(self) -> u64 {
        self.micros
    }

    fn after(self, ttl: Duration) -> Millis {
        self.millis.saturating_add(ttl_millis(ttl))
    }
}

/// What becomes of the record.
pub(super) enum Change {
    Keep,
    Put(Record),
    Delete,
}

/// The change, and the caller's answer.
pub(super) type Step<T> = Result<(Change, T), StoreError>;

pub(super) fn insert_if_absent(
    live: Option<&Record>,
    value: Bytes,
    ttl: Duration,
    now: Now,
) -> Step<Inserted> {
    Ok(match value_of(live)? {
        Some(there) => (Change::Keep, Inserted::Exists(there.clone())),
        None => (put(now.after(ttl), Content::Value(value)), Inserted::Stored),
    })
}

pub(super) fn compare_exchange(
    live: Option<&Record>,
    expected: Option<&[u8]>,
    new: Bytes,
    ttl: Duration,
    now: Now,
) -> Step<Exchange> {
    let there = value_of(live)?;
    Ok(if there.map(Bytes::as_ref) == expected {
        (put(now.after(ttl), Content::Value(new)), Exchange::Swapped)
    } else {
        (Change::Keep, Exchange::Differs(there.cloned()))
    })
}

pub(super) fn swap(live: Option<&Record>, swap: &Swap, now: Now) -> Step<Exchange> {
    compare_exchange(live, swap.expected.as_deref(), swap.new.clone(), swap.ttl, now)
}

pub(super) fn remove(live: Option<&Record>) -> Step<Option<Bytes>> {
    Ok(match value_of(live)? {
        Some(there) => (Change::Delete, Some(there.clone())),
        None => (Change::Keep, None),
    })
}

pub(super) fn add_up_to(
    live: Option<&Record>,
    amount: u64,
    limit: u64,
    ttl: Duration,
    now: Now,
) -> Step<Added> {
    let there = counter_of(live)?;
    let (total, expires) = there.unwrap_or((0, now.after(ttl)));
    let sum = total.saturating_add(amount);
    Ok(if sum > limit.min(MAX_COUNT) {
        let resets_in = there.map_or(0, |(_, expires)| expires - now.millis);
        (Change::Keep, Added::Full { total, resets_in: Duration::from_millis(resets_in) })
    } else if amount == 0 {
        (Change::Keep, Added::Within { total })
    } else {
        (put(expires, Content::Counter(sum)), Added::Within { total: sum })
    })
}

pub(super) fn refund(live: Option<&Record>, amount: u64) -> Step<()> {
    Ok(match counter_of(live)? {
        Some((total, expires)) => (put(expires, Content::Counter(total.saturating_sub(amount))), ()),
        None => (Change::Keep, ()),
    })
}

/// GCRA: the record says when the quota will be whole again; what is taken moves that moment on by a period per
/// unit, but never further ahead than the burst allows.
pub(super) fn take_quota(live: Option<&Record>, quota: Quota, units: u32, now: Now) -> Step<QuotaDecision> {
    let arrival = match live.map(|record| &record.content) {
        None => now.micros,
        Some(Content::Quota(arrival)) => *arrival,
        Some(_) => return Err(StoreError::WrongKind),
    };
    if units > quota.burst {
        return Ok((Change::Keep, QuotaDecision::Denied { retry_after: None }));
    }
    let period = quota.period_micros();
    let whole = period.saturating_mul(u64::from(quota.burst));
    let latest = now.micros.saturating_add(whole);
    // A clock that was set back, or a quota that was larger before, makes nobody wait for more than a whole burst.
    let arrival = arrival.clamp(now.micros, latest).saturating_add(period.saturating_mul(u64::from(units)));
    if arrival > latest {
        let retry_after = Some(Duration::from_micros(arrival - latest));
        return Ok((Change::Keep, QuotaDecision::Denied { retry_after }));
    }
    let remaining = u32::try_from((latest - arrival) / period).unwrap_or(u32::MAX);
    let change = if units == 0 { Change::Keep } else { put(arrival.div_ceil(1000), Content::Quota(arrival)) };
    Ok((change, QuotaDecision::Allowed { remaining }))
}

/// Where the new entry goes: its sequence number is the last of the returned span, entries before the span's first
/// are dropped.
pub(super) fn append(
    live: Option<&Record>,
    bound: LogBound,
    now: Now,
) -> Result<(Record, LogSpan), StoreError> {
    let LogSpan { first, next } = log_of(live)?.unwrap_or(LogSpan { first: 1, next: 1 });
    let next = next + 1;
    let oldest_kept = next.saturating_sub(u64::from(bound.max_entries.max(1)));
    let span = LogSpan { first: first.max(oldest_kept), next };
    Ok((Record { expires: now.after(bound.ttl), content: Content::Log(span) }, span))
}

pub(super) fn value_of(live: Option<&Record>) -> Result<Option<&Bytes>, StoreError> {
    match live.map(|record| &record.content) {
        None => Ok(None),
        Some(Content::Value(value)) => Ok(Some(value)),
        Some(_) => Err(StoreError::WrongKind),
    }
}

pub(super) fn log_of(live: Option<&Record>) -> Result<Option<LogSpan>, StoreError> {
    match live.map(|record| &record.content) {
        None => Ok(None),
        Some(Content::Log(span)) => Ok(Some(*span)),
        Some(_) => Err(StoreError::WrongKind),
    }
}

/// Total and expiry.
fn counter_of(live: Option<&Record>) -> Result<Option<(u64, Millis)>, StoreError> {
    match live {
        None => Ok(None),
        Some(&Record { expires, content: Content::Counter(total) }) => Ok(Some((total, expires))),
        Some(_) => Err(StoreError::WrongKind),
    }
}

fn put(expires: Millis, content: Content) -> Change {
    Change::Put(Record { expires, content })
}
