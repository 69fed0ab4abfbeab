//! Of many at once, exactly one wins, and no limit is passed: through every instance of the store together.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::{Harness, LONG, key, logs, quotas};
use crate::store::{Added, Exchange, Inserted, QuotaDecision, Store};

const TASKS: usize = 64;

/// Runs `work` in many tasks that start together, spread over the instances, and returns what they found.
async fn all_at_once<T, W>(harness: &impl Harness, work: impl Fn(usize, Arc<dyn Store>) -> W) -> Vec<T>
where
    T: Send + 'static,
    W: Future<Output = T> + Send + 'static,
{
    let stores = harness.stores();
    let barrier = Arc::new(Barrier::new(TASKS));
    let mut tasks = JoinSet::new();
    for index in 0..TASKS {
        let work = work(index, Arc::clone(&stores[index % stores.len()]));
        let barrier = Arc::clone(&barrier);
        tasks.spawn(async move {
            barrier.wait().await;
            work.await
        });
    }
    tasks.join_all().await
}

pub async fn one_insert_wins(harness: &impl Harness) {
    let outcomes = all_at_once(harness, |index, store| async move {
        let value = index.to_string();
        let inserted = store.insert_if_absent(&key("a"), value.as_bytes(), LONG).await.expect("insert");
        (value, inserted)
    })
    .await;
    let winners: Vec<_> = outcomes.iter().filter(|(_, inserted)| *inserted == Inserted::Stored).collect();
    assert_eq!(winners.len(), 1, "{winners:?}");
    for (value, inserted) in &outcomes {
        if let Inserted::Exists(there) = inserted {
            assert_eq!(there, winners[0].0.as_bytes(), "{value} saw another winner");
        }
    }
}

pub async fn one_remove_wins(harness: &impl Harness) {
    let store = super::first_store(harness);
    store.insert_if_absent(&key("a"), b"once", LONG).await.expect("insert");
    let outcomes =
        all_at_once(harness, |_, store| async move { store.remove(&key("a")).await.expect("remove") }).await;
    assert_eq!(outcomes.into_iter().flatten().collect::<Vec<_>>(), ["once"]);
}

pub async fn one_exchange_wins(harness: &impl Harness) {
    let store = super::first_store(harness);
    store.insert_if_absent(&key("a"), b"start", LONG).await.expect("insert");
    let outcomes = all_at_once(harness, |index, store| async move {
        let new = index.to_string();
        store
            .compare_exchange(&key("a"), Some(b"start"), new.as_bytes(), LONG)
            .await
            .expect("compare_exchange")
    })
    .await;
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Exchange::Swapped).count(), 1);
}

pub async fn the_counter_never_passes_its_limit(harness: &impl Harness) {
    let outcomes = all_at_once(harness, |_, store| async move {
        store.add_up_to(&key("a"), 3, 100, LONG).await.expect("add_up_to")
    })
    .await;
    let totals: BTreeSet<_> = outcomes
        .iter()
        .filter_map(|added| match added {
            Added::Within { total } => Some(*total),
            Added::Full { .. } => None,
        })
        .collect();
    assert_eq!(totals, (1..=33).map(|step| step * 3).collect());
}

pub async fn the_quota_never_gives_more(harness: &impl Harness) {
    let outcomes = all_at_once(harness, |_, store| async move {
        store.take_quota(&key("a"), quotas::quota(20), 1).await.expect("take_quota")
    })
    .await;
    let allowed = outcomes.iter().filter(|decision| matches!(decision, QuotaDecision::Allowed { .. }));
    assert_eq!(allowed.count(), 20);
}

pub async fn log_numbers_are_distinct(harness: &impl Harness) {
    let appended = all_at_once(harness, |index, store| async move {
        let value = index.to_string();
        (store.append(&key("a"), value.as_bytes(), logs::bound(1000)).await.expect("append"), value)
    })
    .await;
    let appended: BTreeSet<_> = appended.into_iter().collect();
    let store = super::first_store(harness);
    let read = store.read_since(&key("a"), 0, 1000).await.expect("read_since");
    let read: Vec<_> = read
        .into_iter()
        .map(|entry| (entry.sequence, String::from_utf8(entry.value.to_vec()).expect("a number")))
        .collect();
    assert_eq!(read, appended.into_iter().collect::<Vec<_>>());
    assert_eq!(read.iter().map(|(sequence, _)| *sequence).collect::<Vec<_>>(), (1..=64).collect::<Vec<_>>());
}
