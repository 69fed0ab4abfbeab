//! The store in Redis (6.2 or later) or Valkey, shared by many instances.
//!
//! Each operation is one command or one Lua script on one key, so that it is atomic for all instances and works on a
//! cluster. Values are strings, counters and quotas hashes, logs streams: the server itself tells the kinds apart.
//! Expiry and quotas follow the server's clock.
//!
//! No operation is tried again after an error: the first try may have happened. A lost connection is made anew for the
//! next operation. The server must not evict keys (`maxmemory-policy noeviction`).

mod options;
mod scripts;
mod subscriptions;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ::redis::aio::{ConnectionManager, ConnectionManagerConfig};
use ::redis::streams::StreamRangeReply;
use ::redis::{Cmd, FromRedisValue, RedisError, ScriptInvocation};
use async_trait::async_trait;
use bytes::Bytes;

pub use self::options::{ConnectError, RedisOptions};
use self::scripts::Scripts;
use self::subscriptions::Subscriptions;
use crate::store::{
    Added, Exchange, Inserted, Key, LogBound, LogEntry, MAX_COUNT, Quota, QuotaDecision, Store, StoreError,
    Subscription, checked_value, ttl_millis,
};

/// The store in Redis or Valkey. Cheap to clone; clones share one connection for operations and one for
/// subscriptions.
#[derive(Clone)]
pub struct RedisStore(Arc<Inner>);

struct Inner {
    prefix: String,
    connection: ConnectionManager,
    scripts: Scripts,
    subscriptions: Subscriptions,
}

impl RedisStore {
    /// Connects with the defaults of [`RedisOptions::new`].
    ///
    /// # Errors
    /// See [`ConnectError`].
    pub async fn connect(url: &str) -> Result<Self, ConnectError> {
        Self::connect_with(&RedisOptions::new(url)).await
    }

    /// Connects, and fails if the server does not answer.
    ///
    /// # Errors
    /// See [`ConnectError`].
    pub async fn connect_with(options: &RedisOptions) -> Result<Self, ConnectError> {
        let client = options.client()?;
        let config = ConnectionManagerConfig::new()
            // One attempt: while the server is away, operations fail at once instead of waiting for it.
            .set_number_of_retries(0)
            .set_connection_timeout(Some(options.connect_timeout))
            .set_response_timeout(Some(options.response_timeout));
        let mut connection =
            ConnectionManager::new_with_config(client.clone(), config).await.map_err(ConnectError::of)?;
        ping().query_async::<()>(&mut connection).await.map_err(ConnectError::of)?;
        let subscriptions = Subscriptions::new(client, options.connect_timeout, options.response_timeout);
        let prefix = options.prefix.clone();
        Ok(Self(Arc::new(Inner { prefix, connection, scripts: Scripts::new(), subscriptions })))
    }

    /// The key's name on the server: what every key begins with, and `space:id`.
    fn name(&self, key: &Key) -> Result<String, StoreError> {
        Ok(format!("{}{}", self.0.prefix, key.checked()?))
    }

    async fn query<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, StoreError> {
        command.query_async(&mut self.0.connection.clone()).await.map_err(store_error)
    }

    async fn invoke<T: FromRedisValue>(&self, script: &ScriptInvocation<'_>) -> Result<T, StoreError> {
        script.invoke_async(&mut self.0.connection.clone()).await.map_err(store_error)
    }
}

#[async_trait]
impl Store for RedisStore {
    async fn insert_if_absent(&self, key: &Key, value: &[u8], ttl: Duration) -> Result<Inserted, StoreError> {
        let mut script = self.0.scripts.insert_if_absent.key(self.name(key)?);
        script.arg(checked_value(value)?).arg(ttl_millis(ttl));
        let there: Option<Bytes> = self.invoke(&script).await?;
        Ok(there.map_or(Inserted::Stored, Inserted::Exists))
    }

    async fn get(&self, key: &Key) -> Result<Option<Bytes>, StoreError> {
        self.query(&Cmd::get(self.name(key)?)).await
    }

    async fn compare_exchange(
        &self,
        key: &Key,
        expected: Option<&[u8]>,
        new: &[u8],
        ttl: Duration,
    ) -> Result<Exchange, StoreError> {
        let mut script = self.0.scripts.compare_exchange.key(self.name(key)?);
        script.arg(checked_value(new)?).arg(ttl_millis(ttl));
        if let Some(expected) = expected {
            script.arg(checked_value(expected)?);
        }
        match self.invoke(&script).await? {
            (true, _) => Ok(Exchange::Swapped),
            (false, there) => Ok(Exchange::Differs(there)),
        }
    }

    async fn remove(&self, key: &Key) -> Result<Option<Bytes>, StoreError> {
        self.query(&Cmd::get_del(self.name(key)?)).await
    }

    async fn add_up_to(
        &self,
        key: &Key,
        amount: u64,
        limit: u64,
        ttl: Duration,
    ) -> Result<Added, StoreError> {
        let mut script = self.0.scripts.add_up_to.key(self.name(key)?);
        script.arg(amount).arg(limit.min(MAX_COUNT)).arg(ttl_millis(ttl));
        let (added, total, resets_in): (bool, u64, u64) = self.invoke(&script).await?;
        Ok(if added {
            Added::Within { total }
        } else {
            Added::Full { total, resets_in: Duration::from_millis(resets_in) }
        })
    }

    async fn refund(&self, key: &Key, amount: u64) -> Result<(), StoreError> {
        let mut script = self.0.scripts.refund.key(self.name(key)?);
        script.arg(amount.min(MAX_COUNT));
        self.invoke(&script).await
    }

    async fn take_quota(&self, key: &Key, quota: Quota, units: u32) -> Result<QuotaDecision, StoreError> {
        let mut script = self.0.scripts.take_quota.key(self.name(key)?);
        script.arg(quota.period_micros()).arg(quota.burst).arg(units);
        let (allowed, number): (bool, Option<u64>) = self.invoke(&script).await?;
        Ok(if allowed {
            let remaining = number.and_then(|left| u32::try_from(left).ok()).unwrap_or(0);
            QuotaDecision::Allowed { remaining }
        } else {
            QuotaDecision::Denied { retry_after: number.map(Duration::from_micros) }
        })
    }

    async fn append(&self, log: &Key, value: &[u8], bound: LogBound) -> Result<u64, StoreError> {
        let mut script = self.0.scripts.append.key(self.name(log)?);
        script.arg(checked_value(value)?).arg(bound.max_entries.max(1)).arg(ttl_millis(bound.ttl));
        self.invoke(&script).await
    }

    async fn read_since(&self, log: &Key, after: u64, limit: usize) -> Result<Vec<LogEntry>, StoreError> {
        let name = self.name(log)?;
        if limit == 0 {
            return Ok(Vec::new());
        }
        let limit = limit.min(i32::MAX as usize);
        // Ids are `sequence-0`; `(` excludes the one that was read already.
        let reply: StreamRangeReply =
            self.query(&Cmd::xrange_count(name, format!("({after}-0"), "+", limit)).await?;
        reply.ids.iter().map(|entry| log_entry(entry).ok_or(StoreError::WrongKind)).collect()
    }

    async fn publish(&self, channel: &Key, message: &[u8]) -> Result<(), StoreError> {
        self.query(&Cmd::publish(self.name(channel)?, checked_value(message)?)).await
    }

    async fn subscribe(&self, channel: &Key) -> Result<Subscription, StoreError> {
        self.0.subscriptions.subscribe(self.name(channel)?).await
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.query(&ping()).await
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore").field("prefix", &self.0.prefix).finish_non_exhaustive()
    }
}

fn ping() -> Cmd {
    ::redis::cmd("PING")
}

/// `None`: a stream that this store did not write.
fn log_entry(entry: &::redis::streams::StreamId) -> Option<LogEntry> {
    let sequence = entry.id.strip_suffix("-0")?.parse().ok()?;
    Some(LogEntry { sequence, value: entry.get("v")? })
}

/// Servers before Redis 7 put a script's error inside one of their own.
fn store_error(error: RedisError) -> StoreError {
    let is_wrong_kind = error.code() == Some("WRONGTYPE")
        || error.detail().is_some_and(|detail| detail.contains("WRONGTYPE"));
    if is_wrong_kind { StoreError::WrongKind } else { StoreError::Unavailable(Box::new(error)) }
}
