//! `insert_if_absent`, `get`, `compare_exchange`, `remove` and what limits them.

use std::time::Duration;

use bytes::Bytes;

use super::{Harness, LONG, SHORT, first_store, key};
use crate::store::{Exchange, Inserted, Key, MAX_ID, MAX_VALUE, StoreError, Swap};

pub async fn stores_once(harness: &impl Harness) {
    let store = first_store(harness);
    let key = key("a");
    assert_eq!(store.get(&key).await.expect("get"), None);
    let inserted = store.insert_if_absent(&key, b"first", LONG).await;
    assert_eq!(inserted.expect("insert"), Inserted::Stored);
    let inserted = store.insert_if_absent(&key, b"second", LONG).await;
    assert_eq!(inserted.expect("insert"), Inserted::Exists(Bytes::from("first")));
    assert_eq!(store.get(&key).await.expect("get"), Some(Bytes::from("first")));
}

pub async fn compare_exchange(harness: &impl Harness) {
    let store = first_store(harness);
    let key = key("a");
    let swapped = Exchange::Swapped;
    let differs = |there: Option<&'static str>| Exchange::Differs(there.map(Bytes::from));
    let steps: [(Option<&str>, &str, Exchange); 8] = [
        (Some("x"), "y", differs(None)),
        (Some(""), "y", differs(None)),
        (None, "one", swapped.clone()),
        (None, "two", differs(Some("one"))),
        (Some("two"), "three", differs(Some("one"))),
        (Some("one"), "", swapped.clone()),
        (None, "two", differs(Some(""))),
        (Some(""), "two", swapped),
    ];
    for (expected, new, outcome) in steps {
        let actual = store.compare_exchange(&key, expected.map(str::as_bytes), new.as_bytes(), LONG).await;
        assert_eq!(actual.expect("compare_exchange"), outcome, "{expected:?} to {new:?}");
    }
    assert_eq!(store.get(&key).await.expect("get"), Some(Bytes::from("two")));
}

pub async fn swaps_in_order(harness: &impl Harness) {
    let store = first_store(harness);
    let swap = |id: &str, expected: Option<&'static str>, new: &'static str| Swap {
        key: key(id),
        expected: expected.map(Bytes::from),
        new: Bytes::from(new),
        ttl: LONG,
    };
    let all = vec![swap("a", None, "1"), swap("b", None, "1"), swap("a", Some("1"), "2")];
    assert_eq!(store.swap_in_order(all).await.expect("all"), 3);
    // Up to the first that differs: what is behind it does not happen, though it could.
    let some = vec![swap("a", Some("2"), "3"), swap("b", None, "2"), swap("c", None, "1")];
    assert_eq!(store.swap_in_order(some).await.expect("some"), 1);
    assert_eq!(store.swap_in_order(vec![swap("c", Some(""), "1")]).await.expect("none"), 0);
    assert_eq!(store.swap_in_order(Vec::new()).await.expect("nothing"), 0);
    for (id, there) in [("a", Some("3")), ("b", Some("1")), ("c", None)] {
        assert_eq!(store.get(&key(id)).await.expect("get"), there.map(Bytes::from), "{id}");
    }
    // Another kind of thing in the way.
    store.add_up_to(&key("count"), 1, 10, LONG).await.expect("add");
    let outcome = store.swap_in_order(vec![swap("b", Some("1"), "2"), swap("count", None, "1")]).await;
    assert!(matches!(outcome, Err(StoreError::WrongKind)), "{outcome:?}");
    let large = Swap { new: vec![0; MAX_VALUE + 1].into(), ..swap("large", None, "") };
    let outcome = store.swap_in_order(vec![large]).await;
    assert!(matches!(outcome, Err(StoreError::TooLarge { .. })), "{outcome:?}");
}

pub async fn removes_once(harness: &impl Harness) {
    let store = first_store(harness);
    let key = key("a");
    assert_eq!(store.remove(&key).await.expect("remove"), None);
    store.insert_if_absent(&key, b"x", LONG).await.expect("insert");
    assert_eq!(store.remove(&key).await.expect("remove"), Some(Bytes::from("x")));
    assert_eq!(store.remove(&key).await.expect("remove"), None);
    assert_eq!(store.get(&key).await.expect("get"), None);
    assert_eq!(store.insert_if_absent(&key, b"y", LONG).await.expect("insert"), Inserted::Stored);
}

pub async fn any_bytes(harness: &impl Harness) {
    let store = first_store(harness);
    let every_byte: Vec<u8> = (0..=u8::MAX).collect();
    for (index, value) in [b"".to_vec(), every_byte, vec![0; MAX_VALUE]].into_iter().enumerate() {
        let key = key(&index.to_string());
        store.insert_if_absent(&key, &value, LONG).await.expect("insert");
        assert_eq!(store.get(&key).await.expect("get").as_deref(), Some(value.as_slice()));
        let swapped = store.compare_exchange(&key, Some(&value), &value, LONG).await;
        assert_eq!(swapped.expect("compare_exchange"), Exchange::Swapped);
        assert_eq!(store.remove(&key).await.expect("remove").as_deref(), Some(value.as_slice()));
    }
}

pub async fn too_large(harness: &impl Harness) {
    #[track_caller]
    fn check<T>(result: Result<T, StoreError>, limit: usize) {
        match result {
            Err(StoreError::TooLarge { limit: named, .. }) => assert_eq!(named, limit),
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("nothing was too large"),
        }
    }

    let store = first_store(harness);
    let small = key("a");
    let value = [0; MAX_VALUE + 1];
    check(store.insert_if_absent(&small, &value, LONG).await, MAX_VALUE);
    check(store.compare_exchange(&small, None, &value, LONG).await, MAX_VALUE);
    check(store.compare_exchange(&small, Some(&value), b"", LONG).await, MAX_VALUE);
    check(store.append(&small, &value, super::logs::bound(1)).await, MAX_VALUE);
    check(store.publish(&small, &value).await, MAX_VALUE);
    assert_eq!(store.get(&small).await.expect("get"), None, "nothing was stored");

    let large = key(&"x".repeat(MAX_ID + 1));
    check(store.insert_if_absent(&large, b"", LONG).await, MAX_ID);
    check(store.get(&large).await, MAX_ID);
    check(store.compare_exchange(&large, None, b"", LONG).await, MAX_ID);
    check(store.remove(&large).await, MAX_ID);
    check(store.add_up_to(&large, 1, 1, LONG).await, MAX_ID);
    check(store.refund(&large, 1).await, MAX_ID);
    check(store.take_quota(&large, super::quotas::quota(1), 1).await, MAX_ID);
    check(store.append(&large, b"", super::logs::bound(1)).await, MAX_ID);
    check(store.read_since(&large, 0, 1).await, MAX_ID);
    check(store.publish(&large, b"").await, MAX_ID);
    check(store.subscribe(&large).await.map(|_| ()), MAX_ID);

    let largest = key(&"x".repeat(MAX_ID));
    store.insert_if_absent(&largest, b"", LONG).await.expect("fits");
}

pub async fn keys_are_separate(harness: &impl Harness) {
    let store = first_store(harness);
    let keys = [
        Key::new("a", "b"),
        Key::new("a", "b:c"),
        Key::new("a", "b\0"),
        Key::new("a", ""),
        Key::new("ab", ""),
        Key::new("a", "B"),
        Key::new("b", "b"),
        Key::new("a", "b*"),
        Key::new("a", "{b}"),
        Key::new("a", "ü"),
    ];
    for (index, key) in keys.iter().enumerate() {
        let inserted = store.insert_if_absent(key, index.to_string().as_bytes(), LONG).await;
        assert_eq!(inserted.expect("insert"), Inserted::Stored, "{key:?}");
    }
    for (index, key) in keys.iter().enumerate() {
        assert_eq!(store.get(key).await.expect("get"), Some(Bytes::from(index.to_string())), "{key:?}");
    }
}

pub async fn expires(harness: &impl Harness) {
    let store = first_store(harness);
    let (short, long) = (key("short"), key("long"));
    store.insert_if_absent(&short, b"x", SHORT).await.expect("insert");
    store.insert_if_absent(&long, b"x", LONG).await.expect("insert");
    if harness.has_exact_clock() {
        harness.advance(SHORT - Duration::from_millis(1)).await;
        assert!(store.get(&short).await.expect("get").is_some(), "one millisecond is left");
        harness.advance(Duration::from_millis(1)).await;
    } else {
        harness.advance(SHORT).await;
    }
    assert_eq!(store.get(&short).await.expect("get"), None);
    assert_eq!(store.remove(&short).await.expect("remove"), None);
    let differs = store.compare_exchange(&short, Some(b"x"), b"y", LONG).await;
    assert_eq!(differs.expect("compare_exchange"), Exchange::Differs(None));
    assert!(store.get(&long).await.expect("get").is_some());
    assert_eq!(store.insert_if_absent(&short, b"y", LONG).await.expect("insert"), Inserted::Stored);
    assert_eq!(store.get(&short).await.expect("get"), Some(Bytes::from("y")));
}

/// The last successful write counts, be it longer or shorter; a refused one counts for nothing.
pub async fn every_write_sets_its_time_to_live(harness: &impl Harness) {
    let store = first_store(harness);
    let (lengthened, shortened, refused) = (key("lengthened"), key("shortened"), key("refused"));
    store.insert_if_absent(&lengthened, b"x", LONG / 2).await.expect("insert");
    store.compare_exchange(&lengthened, Some(b"x"), b"y", LONG).await.expect("compare_exchange");
    store.insert_if_absent(&shortened, b"x", LONG).await.expect("insert");
    store.compare_exchange(&shortened, Some(b"x"), b"y", SHORT).await.expect("compare_exchange");
    store.insert_if_absent(&refused, b"x", LONG).await.expect("insert");
    store.insert_if_absent(&refused, b"y", SHORT).await.expect("insert");
    store.compare_exchange(&refused, Some(b"z"), b"y", SHORT).await.expect("compare_exchange");
    harness.advance(SHORT).await;
    assert_eq!(store.get(&shortened).await.expect("get"), None);
    assert_eq!(store.get(&refused).await.expect("get"), Some(Bytes::from("x")));
    if harness.has_exact_clock() {
        harness.advance(LONG / 2).await;
    }
    assert_eq!(store.get(&lengthened).await.expect("get"), Some(Bytes::from("y")));
}

pub async fn extreme_times_to_live(harness: &impl Harness) {
    let store = first_store(harness);
    store.insert_if_absent(&key("zero"), b"x", Duration::ZERO).await.expect("insert");
    store.insert_if_absent(&key("tiny"), b"x", Duration::from_nanos(1)).await.expect("insert");
    store.insert_if_absent(&key("endless"), b"x", Duration::MAX).await.expect("insert");
    harness.advance(Duration::from_millis(5)).await;
    assert_eq!(store.get(&key("zero")).await.expect("get"), None);
    assert_eq!(store.get(&key("tiny")).await.expect("get"), None);
    assert!(store.get(&key("endless")).await.expect("get").is_some());
}
