//! Sentinels: the primary is found, and found again after a failover. The way is all that is new; the contract is the server's.

use std::time::Duration;

use futures_util::StreamExt as _;
use state_store::redis::{ConnectError, RedisOptions, RedisStore};
use state_store::{Exchange, Inserted, Key, Store as _, StoreError};

use crate::redis_server::RedisServer;

const MINUTE: Duration = Duration::from_secs(60);

/// A primary, its replica, and three Sentinels that watch them.
struct Watched {
    primary: RedisServer,
    _replica: RedisServer,
    sentinels: Vec<RedisServer>,
}

impl Watched {
    async fn start() -> Option<Self> {
        let primary = RedisServer::start().await?;
        let replica = RedisServer::replica_of(&primary).await;
        let mut sentinels = Vec::new();
        for _ in 0..3 {
            let watch = format!(
                "sentinel monitor main 127.0.0.1 {} 2\nsentinel down-after-milliseconds main 500\n\
                 sentinel failover-timeout main 2000\n",
                primary.port()
            );
            sentinels.push(RedisServer::sentinel(&watch).await);
        }
        for sentinel in &sentinels {
            sentinel.says("SENTINEL CKQUORUM main", "OK 3 usable").await;
            sentinel.says("INFO sentinel", "slaves=1,sentinels=3").await;
        }
        Some(Self { primary, _replica: replica, sentinels })
    }

    fn options(&self) -> RedisOptions {
        let hosts: Vec<_> = self.sentinels.iter().map(|one| format!("127.0.0.1:{}", one.port())).collect();
        let patience = Duration::from_secs(5);
        RedisOptions::new(format!("redis+sentinel://{}/main", hosts.join(",")))
            .with_connect_timeout(patience)
            .with_response_timeout(patience)
    }
}

fn key(id: &str) -> Key {
    Key::new("sentinel", id)
}

/// The next primary is found, with everything that was at its replica; nothing is written to the one before.
#[tokio::test]
async fn a_failover_is_followed() {
    let Some(mut watched) = Watched::start().await else { return };
    let store = RedisStore::connect_with(&watched.options().with_replicas(1)).await.expect("connects");
    let waiting = store.replicated().expect("waits for the replica");
    let mut heard = store.subscribe(&key("a")).await.expect("subscribe");
    waiting.insert_if_absent(&key("a"), b"one", MINUTE).await.expect("insert");
    // A dead Sentinel decides nothing.
    watched.sentinels[0].stop();

    watched.primary.stop();
    let unavailable = store.get(&key("a")).await.expect_err("gone");
    assert!(matches!(unavailable, StoreError::Unavailable(_)), "{unavailable:?}");
    assert_eq!(heard.next().await, None, "the subscription ends");
    let back = async {
        while store.check().await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(MINUTE, back).await.expect("the replica takes over");
    assert_eq!(store.get(&key("a")).await.expect("get").as_deref(), Some(&b"one"[..]));
    let swapped = store.compare_exchange(&key("a"), Some(b"one"), b"two", MINUTE).await;
    assert_eq!(swapped.expect("exchange"), Exchange::Swapped);
    let mut heard = store.subscribe(&key("a")).await.expect("subscribes again");
    store.publish(&key("a"), b"word").await.expect("publish");
    assert_eq!(heard.next().await.as_deref(), Some(&b"word"[..]));
    // The new primary has no replica yet: what needs one says so.
    let lonely = waiting.insert_if_absent(&key("b"), b"", MINUTE).await.expect_err("no replica");
    assert!(lonely.to_string().contains("unavailable"), "{lonely}");
}

/// A primary that was made a replica, as by an operator's order, is not written to any more.
#[tokio::test]
async fn a_primary_that_was_demoted_is_left() {
    let Some(watched) = Watched::start().await else { return };
    let store = RedisStore::connect_with(&watched.options()).await.expect("connects");
    watched.sentinels[1].says("SENTINEL FAILOVER main", "OK").await;
    let mut moved = false;
    for round in 0..600 {
        let id = round.to_string();
        if let Ok(Inserted::Stored) = store.insert_if_absent(&key(&id), b"", MINUTE).await {
            moved = watched.primary.say("INFO replication").contains("role:slave");
            if moved {
                break;
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(moved, "the store never wrote to the new primary");
}

#[tokio::test]
async fn a_name_that_no_sentinel_knows_is_said() {
    let Some(watched) = Watched::start().await else { return };
    let port = watched.sentinels[0].port();
    let error = RedisStore::connect(&format!("redis+sentinel://127.0.0.1:{port}/other")).await;
    let error = error.expect_err("nobody knows it");
    assert!(matches!(&error, ConnectError::NoPrimary(name) if name == "other"), "{error:?}");
    let error = RedisStore::connect("redis+sentinel://127.0.0.1:1/main").await.expect_err("nobody is there");
    assert!(matches!(error, ConnectError::Unreachable(_)), "{error:?}");
}
