//! Writes that wait for replicas: the contract through them, and what happens when a replica is away.

use std::sync::Arc;
use std::time::Duration;

use state_store::contract::Harness;
use state_store::redis::{RedisOptions, RedisStore};
use state_store::{Exchange, Inserted, Key, LogBound, Store, StoreError};

use crate::redis_server::RedisServer;

struct Replicated {
    _servers: [RedisServer; 2],
    instances: [Arc<dyn Store>; 2],
}

impl Harness for Replicated {
    fn stores(&self) -> Vec<Arc<dyn Store>> {
        self.instances.to_vec()
    }

    async fn advance(&self, by: Duration) {
        // The server counts in milliseconds of its own.
        tokio::time::sleep(by + Duration::from_millis(5)).await;
    }

    fn has_exact_clock(&self) -> bool {
        false
    }
}

async fn harness() -> Option<Replicated> {
    let primary = RedisServer::start().await?;
    let replica = RedisServer::replica_of(&primary).await;
    let instances = [replicated(&primary.options()).await, replicated(&primary.options()).await];
    Some(Replicated { _servers: [primary, replica], instances })
}

state_store::contract_tests!(harness().await);

const MINUTE: Duration = Duration::from_secs(60);
const BOUND: LogBound = LogBound { max_entries: 10, ttl: MINUTE };

async fn connect(options: &RedisOptions) -> RedisStore {
    RedisStore::connect_with(options).await.expect("connects")
}

/// The store whose writes wait for one replica.
async fn replicated(options: &RedisOptions) -> Arc<dyn Store> {
    connect(&options.clone().with_replicas(1)).await.replicated().expect("waits for a replica")
}

fn key(id: &str) -> Key {
    Key::new("replicated", id)
}

#[track_caller]
fn unavailable<T>(result: Result<T, StoreError>) {
    let Err(StoreError::Unavailable(cause)) = result.map(drop) else { panic!("it is available") };
    assert!(cause.to_string().contains("replicas have what was written"), "{cause}");
}

#[tokio::test]
async fn whoever_does_not_ask_waits_for_nobody() {
    let Some(server) = RedisServer::start().await else { return };
    assert!(connect(&server.options()).await.replicated().is_none());
    let store = connect(&server.options().with_replicas(1)).await;
    store.insert_if_absent(&key("a"), b"", MINUTE).await.expect("the plain store does not wait");
    store.check().await.expect("nor does its check");
    assert!(store.replicated().expect("waits").replicated().is_none());
}

/// When the write returns, the replica has it: nothing is waited for here.
#[tokio::test]
async fn what_was_written_is_at_the_replica() {
    let Some(primary) = RedisServer::start().await else { return };
    let replica = RedisServer::replica_of(&primary).await;
    let (store, copy) = (replicated(&primary.options()).await, connect(&replica.options()).await);
    for round in 0..200 {
        let key = key(&round.to_string());
        assert_eq!(store.insert_if_absent(&key, b"one", MINUTE).await.expect("insert"), Inserted::Stored);
        assert_eq!(copy.get(&key).await.expect("get").as_deref(), Some(&b"one"[..]));
        let swapped = store.compare_exchange(&key, Some(b"one"), b"two", MINUTE).await;
        assert_eq!(swapped.expect("exchange"), Exchange::Swapped);
        assert_eq!(copy.get(&key).await.expect("get").as_deref(), Some(&b"two"[..]));
        store.remove(&key).await.expect("remove");
        assert_eq!(copy.get(&key).await.expect("get"), None);
    }
    store.append(&key("log"), b"entry", BOUND).await.expect("append");
    assert_eq!(copy.read_since(&key("log"), 0, 10).await.expect("read").len(), 1);
}

#[tokio::test]
async fn without_its_replica_a_write_is_unavailable_and_reading_goes_on() {
    let Some(primary) = RedisServer::start().await else { return };
    let mut replica = RedisServer::replica_of(&primary).await;
    let options = primary.options().with_response_timeout(Duration::from_secs(4));
    let (store, waiting) = (connect(&options).await, replicated(&options).await);
    waiting.insert_if_absent(&key("before"), b"", MINUTE).await.expect("insert");

    replica.stop();
    unavailable(waiting.insert_if_absent(&key("a"), b"one", MINUTE).await);
    unavailable(waiting.compare_exchange(&key("before"), Some(b""), b"new", MINUTE).await);
    unavailable(waiting.add_up_to(&key("counter"), 1, 5, MINUTE).await);
    unavailable(waiting.remove(&key("before")).await);
    unavailable(waiting.append(&key("log"), b"", BOUND).await);
    unavailable(waiting.check().await);
    // A write that is unavailable may have happened, as the trait says; and reads do not wait.
    assert_eq!(waiting.get(&key("a")).await.expect("get").as_deref(), Some(&b"one"[..]));
    store.insert_if_absent(&key("b"), b"", MINUTE).await.expect("others do not wait");
    store.check().await.expect("is there");

    let _replica = RedisServer::replica_of(&primary).await;
    waiting.insert_if_absent(&key("c"), b"", MINUTE).await.expect("insert");
    let both = connect(&options.with_replicas(2)).await.replicated().expect("waits");
    unavailable(both.insert_if_absent(&key("d"), b"", MINUTE).await);
}

/// The connection breaks and is made anew: no `WAIT` speaks of a write of the connection before.
#[tokio::test]
async fn a_new_connection_waits_for_its_own_writes() {
    let Some(mut primary) = RedisServer::start().await else { return };
    let waiting = replicated(&primary.options().with_response_timeout(Duration::from_secs(4))).await;
    primary.restart().await;
    // The first operation notices the loss; after it the server is there, without a replica, and knows no script.
    let mut last = waiting.insert_if_absent(&key("a"), b"", MINUTE).await;
    for _ in 0..3 {
        last = waiting.insert_if_absent(&key("b"), b"", MINUTE).await;
        assert!(last.is_err());
    }
    unavailable(last);
    let _replica = RedisServer::replica_of(&primary).await;
    waiting.insert_if_absent(&key("c"), b"", MINUTE).await.expect("insert");
}
