//! The embedded store in memory.

use std::sync::Arc;
use std::time::Duration;

use state_store::contract::Harness;
use state_store::embedded::EmbeddedStore;
use state_store::{Added, Inserted, Key, LogBound, ManualClock, Store, StoreError};

use crate::START;

struct Memory {
    store: Arc<EmbeddedStore>,
    clock: Arc<ManualClock>,
}

impl Memory {
    fn bounded(max_entries: usize) -> Self {
        let clock = Arc::new(ManualClock::at(START));
        let store = Arc::new(EmbeddedStore::in_memory_bounded(clock.clone(), max_entries));
        Self { store, clock }
    }
}

impl Harness for Memory {
    fn stores(&self) -> Vec<Arc<dyn Store>> {
        vec![self.store.clone()]
    }

    async fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    fn has_exact_clock(&self) -> bool {
        true
    }

    fn histories(&self) -> u32 {
        512
    }
}

fn harness() -> Option<Memory> {
    Some(Memory::bounded(EmbeddedStore::MAX_ENTRIES))
}

state_store::contract_tests!(harness());

const MINUTE: Duration = Duration::from_secs(60);

fn key(id: &str) -> Key {
    Key::new("bounded", id)
}

#[track_caller]
fn full<T>(result: Result<T, StoreError>) {
    assert!(matches!(result.map(drop), Err(StoreError::Full)));
}

#[tokio::test]
async fn refuses_what_does_not_fit() {
    let Memory { store, .. } = Memory::bounded(3);
    store.insert_if_absent(&key("a"), b"1", MINUTE).await.expect("first");
    store.add_up_to(&key("b"), 1, 9, MINUTE).await.expect("second");
    let bound = LogBound { max_entries: 1, ttl: MINUTE };
    full(store.append(&key("log"), b"takes two places", bound).await);
    assert_eq!(store.read_since(&key("log"), 0, 9).await.expect("read_since"), []);
    store.insert_if_absent(&key("c"), b"1", MINUTE).await.expect("third");
    full(store.insert_if_absent(&key("d"), b"1", MINUTE).await);
    full(store.compare_exchange(&key("d"), None, b"1", MINUTE).await);
    full(store.add_up_to(&key("d"), 1, 9, MINUTE).await);

    // What is there can still be read, changed and taken away.
    store.compare_exchange(&key("a"), Some(b"1"), b"2", MINUTE).await.expect("changed");
    assert_eq!(store.add_up_to(&key("b"), 1, 9, MINUTE).await.expect("added"), Added::Within { total: 2 });
    store.remove(&key("a")).await.expect("removed");
    assert_eq!(store.insert_if_absent(&key("d"), b"1", MINUTE).await.expect("fits"), Inserted::Stored);
}

#[tokio::test]
async fn log_entries_count() {
    let Memory { store, .. } = Memory::bounded(4);
    let bound = LogBound { max_entries: 10, ttl: MINUTE };
    for sequence in 1..=3 {
        assert_eq!(store.append(&key("log"), b"x", bound).await.expect("append"), sequence);
    }
    full(store.append(&key("log"), b"x", bound).await);
    full(store.insert_if_absent(&key("a"), b"x", MINUTE).await);
    // A full log still turns: the oldest entries make place.
    let bound = LogBound { max_entries: 3, ttl: MINUTE };
    assert_eq!(store.append(&key("log"), b"x", bound).await.expect("append"), 4);
    let bound = LogBound { max_entries: 1, ttl: MINUTE };
    assert_eq!(store.append(&key("log"), b"x", bound).await.expect("append"), 5);
    store.insert_if_absent(&key("a"), b"x", MINUTE).await.expect("two places are free");
    store.insert_if_absent(&key("b"), b"x", MINUTE).await.expect("two places are free");
    full(store.insert_if_absent(&key("c"), b"x", MINUTE).await);
}

#[tokio::test]
async fn what_expired_makes_place() {
    let Memory { store, clock } = Memory::bounded(100);
    for round in 0..3 {
        for index in 0..100 {
            let inserted = store.insert_if_absent(&key(&format!("{round}-{index}")), b"", MINUTE).await;
            assert_eq!(inserted.expect("fits"), Inserted::Stored);
        }
        full(store.insert_if_absent(&key("one more"), b"", MINUTE).await);
        clock.advance(MINUTE);
    }
}

#[tokio::test]
async fn an_expired_log_makes_place() {
    let Memory { store, clock } = Memory::bounded(10);
    let bound = LogBound { max_entries: 100, ttl: MINUTE };
    for round in 0..3 {
        let log = key(&format!("log-{round}"));
        for sequence in 1..=9 {
            assert_eq!(store.append(&log, b"x", bound).await.expect("fits"), sequence);
        }
        full(store.append(&log, b"x", bound).await);
        clock.advance(MINUTE);
    }
}
