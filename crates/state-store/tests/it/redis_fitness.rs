//! Servers that would lose records, and those that do not say whether they would.

use std::time::Duration;

use state_store::redis::{ConnectError, RedisOptions, RedisStore};
use state_store::{Key, Store as _, StoreError};

use crate::redis_server::RedisServer;

#[tokio::test]
async fn a_server_that_evicts_is_refused_and_not_ready() {
    let Some(server) = RedisServer::start().await else { return };
    let store = RedisStore::connect_with(&server.options()).await.expect("connects");
    store.check().await.expect("fit");
    for policy in ["allkeys-lru", "volatile-ttl"] {
        server.says(&format!("CONFIG SET maxmemory-policy {policy}"), "OK").await;
        let error = store.check().await.expect_err("it evicts now");
        assert!(matches!(error, StoreError::Unfit { .. }), "{error:?}");
        assert!(error.to_string().contains(&format!("(maxmemory-policy {policy})")), "{error}");
        let error = RedisStore::connect_with(&server.options()).await.expect_err("refused");
        assert!(matches!(error, ConnectError::Unfit(_)), "{error:?}");
        assert!(error.to_string().ends_with("set its maxmemory-policy to noeviction"), "{error}");
    }
    // It goes on serving what it is asked: only the probe says so.
    store.insert_if_absent(&Key::new("fitness", "a"), b"", Duration::from_secs(60)).await.expect("insert");
    server.says("CONFIG SET maxmemory-policy noeviction", "OK").await;
    store.check().await.expect("fit again");
}

/// Managed servers forbid commands. What one of the two tells counts; where neither may be asked, the server is taken.
#[tokio::test]
async fn a_server_may_forbid_the_questions() {
    let Some(server) = RedisServer::start().await else { return };
    for (user, forbidden) in [("noinfo", "-info"), ("noconfig", "-config"), ("mute", "-info -config")] {
        server.says(&format!("ACL SETUSER {user} on >pw ~* &* +@all {forbidden}"), "OK").await;
        let options = RedisOptions::new(format!("redis://{user}:pw@127.0.0.1:{}/", server.port()));
        let store = RedisStore::connect_with(&options).await.expect("connects");
        store.check().await.expect("as far as anybody knows");
        server.says("CONFIG SET maxmemory-policy allkeys-random", "OK").await;
        assert_eq!(store.check().await.is_ok(), user == "mute", "{user}");
        server.says("CONFIG SET maxmemory-policy noeviction", "OK").await;
    }
}
