//! The store in Redis: the contract through two instances, and what happens when the server is away.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use state_store::contract::Harness;
use state_store::redis::{ConnectError, RedisOptions, RedisStore};
use state_store::{Inserted, Key, Store, StoreError, Subscription};

use crate::redis_server::RedisServer;

struct Redis {
    _server: RedisServer,
    instances: [RedisStore; 2],
}

impl Harness for Redis {
    fn stores(&self) -> Vec<Arc<dyn Store>> {
        self.instances.iter().map(|store| Arc::new(store.clone()) as Arc<dyn Store>).collect()
    }

    async fn advance(&self, by: Duration) {
        // The server counts in milliseconds of its own.
        tokio::time::sleep(by + Duration::from_millis(5)).await;
    }

    fn has_exact_clock(&self) -> bool {
        false
    }
}

async fn harness() -> Option<Redis> {
    let server = RedisServer::start().await?;
    let instances = [connect(&server.options()).await, connect(&server.options()).await];
    Some(Redis { _server: server, instances })
}

state_store::contract_tests!(harness().await);

const MINUTE: Duration = Duration::from_secs(60);

async fn connect(options: &RedisOptions) -> RedisStore {
    RedisStore::connect_with(options).await.expect("connects")
}

fn key(id: &str) -> Key {
    Key::new("redis", id)
}

async fn next(subscription: &mut Subscription) -> Option<Bytes> {
    tokio::time::timeout(MINUTE, subscription.next()).await.expect("a message or the end, in time")
}

#[tokio::test]
async fn prefixes_separate_deployments() {
    let Some(server) = RedisServer::start().await else { return };
    let ours = connect(&server.options().with_prefix("ours:")).await;
    let theirs = connect(&server.options().with_prefix("theirs:")).await;
    let mut heard = theirs.subscribe(&key("a")).await.expect("subscribe");
    ours.publish(&key("a"), b"ours").await.expect("publish");
    theirs.publish(&key("a"), b"theirs").await.expect("publish");
    assert_eq!(next(&mut heard).await.as_deref(), Some(&b"theirs"[..]));
    for store in [&ours, &theirs] {
        let inserted = store.insert_if_absent(&key("a"), b"", MINUTE).await;
        assert_eq!(inserted.expect("insert"), Inserted::Stored);
    }
}

/// Fast enough for a person at a login page, and never mistaken for an answer.
#[tokio::test]
async fn a_server_that_went_away_is_unavailable_and_comes_back() {
    #[track_caller]
    fn unavailable<T>(result: Result<T, StoreError>) {
        assert!(matches!(result.map(drop), Err(StoreError::Unavailable(_))));
    }

    let Some(mut server) = RedisServer::start().await else { return };
    let store = connect(&server.options()).await;
    let mut heard = store.subscribe(&key("a")).await.expect("subscribe");
    let mut forgotten = store.subscribe(&key("a")).await.expect("subscribe");
    store.insert_if_absent(&key("a"), b"", MINUTE).await.expect("insert");
    store.check().await.expect("is there");

    server.stop();
    assert_eq!(next(&mut heard).await, None, "the subscription ends");
    unavailable(store.check().await);
    unavailable(store.get(&key("a")).await);
    unavailable(store.insert_if_absent(&key("b"), b"", MINUTE).await);
    unavailable(store.add_up_to(&key("c"), 1, 1, MINUTE).await);
    unavailable(store.publish(&key("a"), b"").await);
    unavailable(store.subscribe(&key("a")).await);

    server.restart().await;
    // The operation that notices the loss fails; it is not tried again by itself.
    let back = async { while store.check().await.is_err() {} };
    tokio::time::timeout(MINUTE, back).await.expect("comes back");
    assert_eq!(store.get(&key("a")).await.expect("get"), None, "the new server knows nothing");
    // Nor does it know the scripts.
    let inserted = store.insert_if_absent(&key("a"), b"", MINUTE).await;
    assert_eq!(inserted.expect("insert"), Inserted::Stored);
    let mut heard = store.subscribe(&key("a")).await.expect("subscribes again");
    store.publish(&key("a"), b"back").await.expect("publish");
    assert_eq!(next(&mut heard).await.as_deref(), Some(&b"back"[..]));
    assert_eq!(next(&mut forgotten).await, None, "what has ended does not begin again");
}

/// A server that accepts and never answers.
#[tokio::test]
async fn silence_ends_in_time() {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = listener.local_addr().expect("its address");
    let options = RedisOptions::new(format!("redis://{address}"))
        .with_connect_timeout(Duration::from_millis(200))
        .with_response_timeout(Duration::from_millis(200));
    let connecting = tokio::time::timeout(MINUTE, RedisStore::connect_with(&options)).await;
    let error = connecting.expect("not the system's patience").expect_err("nobody answers");
    assert!(matches!(error, ConnectError::Unreachable(_)), "{error:?}");
}

#[tokio::test]
async fn connect_errors_are_told_apart() {
    let error = RedisStore::connect("http://127.0.0.1/").await.expect_err("not Redis");
    assert!(matches!(error, ConnectError::Url(_)), "{error:?}");
    let error = RedisStore::connect("redis://127.0.0.1:1/").await.expect_err("nobody listens");
    assert!(matches!(error, ConnectError::Unreachable(_)), "{error:?}");

    let Some(server) = RedisServer::start_with(Some("correct")).await else { return };
    connect(&server.options()).await;
    for password in ["wrong", ""] {
        let options = server.options_with(password);
        let error = RedisStore::connect_with(&options).await.expect_err("refused");
        assert!(matches!(error, ConnectError::Authentication(_)), "{error:?}");
        assert!(!format!("{options:?} {error:?} {error}").contains("wrong"));
    }
}
