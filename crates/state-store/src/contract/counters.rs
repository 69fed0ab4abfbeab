//! `add_up_to` and `refund`.

use std::time::Duration;

use super::{Harness, LONG, ROOMY, assert_remaining, first_store, key};
use crate::store::{Added, MAX_COUNT};

pub async fn adds_up_to_the_limit(harness: &impl Harness) {
    let store = first_store(harness);
    let key = key("a");
    for (amount, limit, total) in [(3, 10, 3), (6, 10, 9), (1, 10, 10), (0, 10, 10), (5, 15, 15)] {
        let added = store.add_up_to(&key, amount, limit, LONG).await.expect("add_up_to");
        assert_eq!(added, Added::Within { total });
    }
    for (amount, limit) in [(1, 15), (1, 3), (0, 14), (u64::MAX, u64::MAX)] {
        match store.add_up_to(&key, amount, limit, LONG).await.expect("add_up_to") {
            Added::Full { total: 15, resets_in } => assert_remaining(harness, resets_in, LONG),
            other => panic!("{other:?} after adding {amount} up to {limit}"),
        }
    }
}

pub async fn refunds(harness: &impl Harness) {
    let store = first_store(harness);
    let (used, unused) = (key("used"), key("unused"));
    store.add_up_to(&used, 5, 10, LONG).await.expect("add_up_to");
    store.refund(&used, 2).await.expect("refund");
    assert_eq!(store.add_up_to(&used, 0, 10, LONG).await.expect("add_up_to"), Added::Within { total: 3 });
    store.refund(&used, u64::MAX).await.expect("refund");
    assert_eq!(store.add_up_to(&used, 0, 10, LONG).await.expect("add_up_to"), Added::Within { total: 0 });

    store.refund(&unused, 5).await.expect("refund");
    assert_eq!(store.add_up_to(&unused, 1, 10, LONG).await.expect("add_up_to"), Added::Within { total: 1 });
}

/// The first addition starts the window; asking does not, nor does a refused addition, and nothing moves its end.
pub async fn counts_in_a_fixed_window(harness: &impl Harness) {
    let store = first_store(harness);
    let (window, asked) = (key("window"), key("asked"));
    let nothing = Added::Full { total: 0, resets_in: Duration::ZERO };
    assert_eq!(store.add_up_to(&asked, 0, 5, LONG).await.expect("add_up_to"), Added::Within { total: 0 });
    assert_eq!(store.add_up_to(&asked, 6, 5, LONG).await.expect("add_up_to"), nothing);
    store.add_up_to(&asked, 1, 5, ROOMY).await.expect("add_up_to");

    store.add_up_to(&window, 1, 5, ROOMY).await.expect("add_up_to");
    store.add_up_to(&window, 1, 5, LONG).await.expect("add_up_to");
    store.refund(&window, 1).await.expect("refund");
    harness.advance(ROOMY).await;
    for key in [&window, &asked] {
        let begun_anew = store.add_up_to(key, 2, 5, LONG).await.expect("add_up_to");
        assert_eq!(begun_anew, Added::Within { total: 2 }, "{key}");
    }
}

pub async fn extreme_amounts(harness: &impl Harness) {
    let store = first_store(harness);
    let key = key("a");
    let most = Added::Within { total: MAX_COUNT };
    assert_eq!(store.add_up_to(&key, MAX_COUNT, u64::MAX, LONG).await.expect("add_up_to"), most);
    let one_more = store.add_up_to(&key, 1, u64::MAX, LONG).await.expect("add_up_to");
    assert!(matches!(one_more, Added::Full { total: MAX_COUNT, .. }), "{one_more:?}");
    store.refund(&key, 1).await.expect("refund");
    assert_eq!(store.add_up_to(&key, 1, u64::MAX, LONG).await.expect("add_up_to"), most);
}
