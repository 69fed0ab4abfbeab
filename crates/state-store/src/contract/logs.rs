//! `append` and `read_since`.

use std::time::Duration;

use bytes::Bytes;

use super::{Harness, LONG, ROOMY, first_store, key};
use crate::store::{LogBound, LogEntry, Store};

/// So many entries for an hour.
pub(super) fn bound(max_entries: u32) -> LogBound {
    LogBound { max_entries, ttl: LONG }
}

fn entry(sequence: u64) -> LogEntry {
    LogEntry { sequence, value: Bytes::from(sequence.to_string()) }
}

/// Appends the numbers of the range, each as its own sequence number.
async fn append(store: &dyn Store, log: &str, sequences: std::ops::RangeInclusive<u64>, bound: LogBound) {
    for sequence in sequences {
        let appended = store.append(&key(log), sequence.to_string().as_bytes(), bound).await;
        assert_eq!(appended.expect("append"), sequence);
    }
}

async fn read(store: &dyn Store, log: &str, after: u64, limit: usize) -> Vec<LogEntry> {
    store.read_since(&key(log), after, limit).await.expect("read_since")
}

pub async fn numbers_entries(harness: &impl Harness) {
    let store = first_store(harness);
    assert_eq!(read(store.as_ref(), "a", 0, 10).await, []);
    append(store.as_ref(), "a", 1..=12, bound(100)).await;
    append(store.as_ref(), "b", 1..=1, bound(100)).await;
    assert_eq!(read(store.as_ref(), "a", 0, 100).await, (1..=12).map(entry).collect::<Vec<_>>());
    assert_eq!(read(store.as_ref(), "b", 0, 100).await, [entry(1)]);

    let bytes: Vec<u8> = (0..=u8::MAX).collect();
    store.append(&key("b"), &bytes, bound(100)).await.expect("append");
    store.append(&key("b"), b"", bound(100)).await.expect("append");
    let values: Vec<_> =
        read(store.as_ref(), "b", 1, 100).await.into_iter().map(|entry| entry.value).collect();
    assert_eq!(values, [Bytes::from(bytes), Bytes::new()]);
}

pub async fn keeps_the_newest(harness: &impl Harness) {
    let store = first_store(harness);
    append(store.as_ref(), "a", 1..=10, bound(4)).await;
    assert_eq!(read(store.as_ref(), "a", 0, 100).await, [7, 8, 9, 10].map(entry));
    // Another bound counts from the next entry on.
    append(store.as_ref(), "a", 11..=12, bound(2)).await;
    assert_eq!(read(store.as_ref(), "a", 0, 100).await, [11, 12].map(entry));
    append(store.as_ref(), "a", 13..=15, bound(4)).await;
    assert_eq!(read(store.as_ref(), "a", 0, 100).await, [12, 13, 14, 15].map(entry));
    append(store.as_ref(), "a", 16..=16, bound(0)).await;
    assert_eq!(read(store.as_ref(), "a", 0, 100).await, [16].map(entry), "at least one");
}

pub async fn reads_in_pages(harness: &impl Harness) {
    let store = first_store(harness);
    append(store.as_ref(), "a", 1..=9, bound(7)).await;
    let cases: [(u64, usize, &[u64]); 8] = [
        (0, 3, &[3, 4, 5]),
        (2, 3, &[3, 4, 5]),
        (5, 3, &[6, 7, 8]),
        (8, 3, &[9]),
        (9, 3, &[]),
        (u64::MAX, 3, &[]),
        (0, 0, &[]),
        (7, usize::MAX, &[8, 9]),
    ];
    for (after, limit, sequences) in cases {
        let expected: Vec<_> = sequences.iter().copied().map(entry).collect();
        assert_eq!(read(store.as_ref(), "a", after, limit).await, expected, "{limit} after {after}");
    }
}

/// Each entry sets the log's time to live anew; a log that begins again counts from one and has no old entries.
pub async fn expires_as_a_whole(harness: &impl Harness) {
    let store = first_store(harness);
    let soon = LogBound { max_entries: 10, ttl: ROOMY };
    append(store.as_ref(), "shortened", 1..=2, bound(10)).await;
    append(store.as_ref(), "shortened", 3..=3, soon).await;
    append(store.as_ref(), "lengthened", 1..=2, soon).await;
    append(store.as_ref(), "lengthened", 3..=3, bound(10)).await;
    harness.advance(ROOMY).await;
    assert_eq!(read(store.as_ref(), "shortened", 0, 10).await, []);
    append(store.as_ref(), "shortened", 1..=1, bound(10)).await;
    assert_eq!(read(store.as_ref(), "shortened", 0, 10).await, [entry(1)]);
    if harness.has_exact_clock() {
        harness.advance(LONG - ROOMY - Duration::from_millis(1)).await;
        assert_eq!(read(store.as_ref(), "lengthened", 0, 10).await, [1, 2, 3].map(entry));
    }
}
