//! `publish` and `subscribe`.

use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use tokio::time::timeout;

use super::{Harness, first_store, key};
use crate::store::Subscription;

/// Longer than any delivery takes: a message that has not come by then is lost.
const PATIENCE: Duration = Duration::from_secs(10);

async fn next(subscription: &mut Subscription) -> Option<Bytes> {
    timeout(PATIENCE, subscription.next()).await.expect("a message or the end, in time")
}

pub async fn delivers_to_all_who_listen(harness: &impl Harness) {
    let stores = harness.stores();
    let (first, last) = (&stores[0], &stores[stores.len() - 1]);
    first.publish(&key("a"), b"to nobody").await.expect("publish");
    let mut listeners = Vec::new();
    for store in stores.iter().chain(&stores) {
        listeners.push(store.subscribe(&key("a")).await.expect("subscribe"));
    }
    let every_byte: Vec<u8> = (0..=u8::MAX).collect();
    first.publish(&key("a"), &every_byte).await.expect("publish");
    last.publish(&key("a"), b"").await.expect("publish");
    for listener in &mut listeners {
        let mut heard = [next(listener).await, next(listener).await];
        // Nothing orders messages of different instances.
        heard.sort();
        assert_eq!(heard, [Some(Bytes::new()), Some(Bytes::from(every_byte.clone()))]);
    }
}

pub async fn channels_are_separate(harness: &impl Harness) {
    let store = first_store(harness);
    let mut a = store.subscribe(&key("a")).await.expect("subscribe");
    let mut b = store.subscribe(&key("b")).await.expect("subscribe");
    let mut pattern = store.subscribe(&key("*")).await.expect("subscribe");
    store.publish(&key("b"), b"for b").await.expect("publish");
    store.publish(&key("a"), b"for a").await.expect("publish");
    store.publish(&key("*"), b"for the star").await.expect("publish");
    assert_eq!(next(&mut a).await, Some(Bytes::from("for a")));
    assert_eq!(next(&mut b).await, Some(Bytes::from("for b")));
    assert_eq!(next(&mut pattern).await, Some(Bytes::from("for the star")));
}

/// Who leaves disturbs nobody, and may come back.
pub async fn ends_with_its_listener(harness: &impl Harness) {
    let store = first_store(harness);
    for round in 0..20 {
        let leaves = store.subscribe(&key("a")).await.expect("subscribe");
        let mut stays = store.subscribe(&key("a")).await.expect("subscribe");
        drop(leaves);
        let message = round.to_string();
        store.publish(&key("a"), message.as_bytes()).await.expect("publish");
        assert_eq!(next(&mut stays).await, Some(Bytes::from(message)));
    }
}

/// What is kept for a reader who does not read is bounded, and is the newest.
pub async fn a_slow_reader_loses_the_oldest(harness: &impl Harness) {
    let store = first_store(harness);
    let mut slow = store.subscribe(&key("a")).await.expect("subscribe");
    let mut reader = store.subscribe(&key("a")).await.expect("subscribe");
    let last: u32 = 2_000;
    for number in 0..=last {
        store.publish(&key("a"), &number.to_be_bytes()).await.expect("publish");
        // Everything has arrived in this process before the slow one reads.
        assert!(next(&mut reader).await.is_some());
    }
    let mut heard = Vec::new();
    loop {
        let message = next(&mut slow).await.expect("a message");
        let number = u32::from_be_bytes(message.as_ref().try_into().expect("four bytes"));
        heard.push(number);
        if number == last {
            break;
        }
    }
    assert!(heard.is_sorted());
    assert!(heard.len() < 1_000, "{} messages were kept for a reader who does not read", heard.len());
}
