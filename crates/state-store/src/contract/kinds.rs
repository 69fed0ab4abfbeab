//! A value, a counter, a quota and a log are never taken for one another.

use super::{Harness, LONG, first_store, key, logs, quotas};
use crate::store::{Added, Inserted, LogEntry, QuotaDecision, StoreError};

/// Every operation on a key where another kind lives is refused and leaves it as it was.
pub async fn never_mixed_up(harness: &impl Harness) {
    let store = first_store(harness);
    let store = store.as_ref();
    store.insert_if_absent(&key("value"), b"5", LONG).await.expect("insert");
    store.add_up_to(&key("counter"), 5, 10, LONG).await.expect("add_up_to");
    store.take_quota(&key("quota"), quotas::quota(10), 5).await.expect("take_quota");
    store.append(&key("log"), b"5", logs::bound(5)).await.expect("append");

    for there in ["counter", "quota", "log"] {
        let key = key(there);
        refused(store.get(&key).await, "get", there);
        refused(store.insert_if_absent(&key, b"5", LONG).await, "insert_if_absent", there);
        refused(store.compare_exchange(&key, None, b"5", LONG).await, "compare_exchange", there);
        refused(store.compare_exchange(&key, Some(b"5"), b"5", LONG).await, "compare_exchange", there);
        refused(store.remove(&key).await, "remove", there);
    }
    for there in ["value", "quota", "log"] {
        refused(store.add_up_to(&key(there), 1, 10, LONG).await, "add_up_to", there);
        refused(store.add_up_to(&key(there), 0, 10, LONG).await, "add_up_to", there);
        refused(store.refund(&key(there), 1).await, "refund", there);
    }
    for there in ["value", "counter", "log"] {
        refused(store.take_quota(&key(there), quotas::quota(10), 1).await, "take_quota", there);
        refused(store.take_quota(&key(there), quotas::quota(1), 2).await, "take_quota", there);
    }
    for there in ["value", "counter", "quota"] {
        refused(store.append(&key(there), b"5", logs::bound(5)).await, "append", there);
        refused(store.read_since(&key(there), 0, 5).await, "read_since", there);
    }

    let value = store.insert_if_absent(&key("value"), b"", LONG).await.expect("insert");
    assert_eq!(value, Inserted::Exists("5".into()));
    let counter = store.add_up_to(&key("counter"), 0, 10, LONG).await.expect("add_up_to");
    assert_eq!(counter, Added::Within { total: 5 });
    let quota = store.take_quota(&key("quota"), quotas::quota(10), 0).await.expect("take_quota");
    assert_eq!(quota, QuotaDecision::Allowed { remaining: 5 });
    let log = store.read_since(&key("log"), 0, 5).await.expect("read_since");
    assert_eq!(log, [LogEntry { sequence: 1, value: "5".into() }]);
}

#[track_caller]
fn refused<T>(result: Result<T, StoreError>, operation: &str, there: &str) {
    match result {
        Err(StoreError::WrongKind) => {}
        Err(other) => panic!("{operation} on a {there}: {other}"),
        Ok(_) => panic!("{operation} took a {there} for its own kind"),
    }
}
