//! The store in Redis (6.2 or later) or Valkey, shared by many instances.
//!
//! Each operation is one command or one Lua script on one key, so that it is atomic for all instances and works on a
//! cluster. Values are strings, counters and quotas hashes, logs streams: the server itself tells the kinds apart.
//! Expiry and quotas follow the server's clock.
//!
//! No operation is tried again after an error: the first try may have happened. A lost connection is made anew for the
//! next operation. The server must not evict keys (`maxmemory-policy noeviction`).
//!
//! [`Store::replicated`] waits for replicas ([`RedisOptions::with_replicas`]): each write and a `WAIT` go out as one, over a
//! connection of their own, because the server answers nothing else on it meanwhile. Only so does the `WAIT` speak of the
//! write: after a reconnection it would speak of nothing, and be content.

mod options;
mod scripts;
mod subscriptions;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ::redis::aio::{ConnectionManager, ConnectionManagerConfig};
use ::redis::streams::StreamRangeReply;
use ::redis::{
    Client, Cmd, ErrorKind, FromRedisValue, RedisError, Script, ServerErrorKind, ToRedisArgs, Value,
    from_redis_value,
};
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
    /// What a write waits for.
    wait: Option<Wait>,
    /// The same store, with writes that wait.
    replicated: Option<RedisStore>,
}

/// Replicas that must have a write, and how long they have for it.
#[derive(Clone, Copy, Debug)]
struct Wait {
    replicas: u32,
    at_most: Duration,
}

/// Fewer replicas than asked for have the write, or had it in time.
#[derive(Debug, thiserror::Error)]
#[error("{reached} of {wanted} replicas have what was written")]
struct NotReplicated {
    reached: u32,
    wanted: u32,
}

/// One script on one key, ready to be sent.
struct Invocation<'a> {
    script: &'a Script,
    command: Cmd,
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
        let replicated = match options.replicas {
            0 => None,
            replicas => {
                // The answer to a write is late by as much as the replicas are.
                let at_most = options.response_timeout;
                let patient = options.clone().with_response_timeout(at_most.saturating_mul(2));
                Some(Self::over(&patient, &client, Some(Wait { replicas, at_most }), None).await?)
            }
        };
        Self::over(options, &client, None, replicated).await
    }

    async fn over(
        options: &RedisOptions,
        client: &Client,
        wait: Option<Wait>,
        replicated: Option<Self>,
    ) -> Result<Self, ConnectError> {
        let config = ConnectionManagerConfig::new()
            // One attempt: while the server is away, operations fail at once instead of waiting for it.
            .set_number_of_retries(0)
            .set_connection_timeout(Some(options.connect_timeout))
            .set_response_timeout(Some(options.response_timeout));
        let mut connection =
            ConnectionManager::new_with_config(client.clone(), config).await.map_err(ConnectError::of)?;
        ping().query_async::<()>(&mut connection).await.map_err(ConnectError::of)?;
        let subscriptions =
            Subscriptions::new(client.clone(), options.connect_timeout, options.response_timeout);
        let (prefix, scripts) = (options.prefix.clone(), Scripts::new());
        Ok(Self(Arc::new(Inner { prefix, connection, scripts, subscriptions, wait, replicated })))
    }

    /// The key's name on the server: what every key begins with, and `space:id`.
    fn name(&self, key: &Key) -> Result<String, StoreError> {
        Ok(format!("{}{}", self.0.prefix, key.checked()?))
    }

    /// Reads, or says something that no replica keeps.
    async fn query<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, StoreError> {
        command.query_async(&mut self.0.connection.clone()).await.map_err(store_error)
    }

    /// Writes, and waits for the replicas where that is asked for.
    async fn write<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, StoreError> {
        self.try_write(command).await.map_err(store_error)?.checked(self.0.wait)
    }

    /// Begins an invocation of a script on a key.
    fn script<'a>(&self, script: &'a Script, key: &Key) -> Result<Invocation<'a>, StoreError> {
        let mut command = ::redis::cmd("EVALSHA");
        command.arg(script.get_hash()).arg(1).arg(self.name(key)?);
        Ok(Invocation { script, command })
    }

    async fn invoke<T: FromRedisValue>(&self, invocation: &Invocation<'_>) -> Result<T, StoreError> {
        let mut written = self.try_write(&invocation.command).await;
        if let Err(error) = &written
            && error.kind() == ErrorKind::Server(ServerErrorKind::NoScript)
        {
            // Nothing happened: the server has not seen the script since it started.
            let mut connection = self.0.connection.clone();
            invocation.script.prepare_invoke().load_async(&mut connection).await.map_err(store_error)?;
            written = self.try_write(&invocation.command).await;
        }
        written.map_err(store_error)?.checked(self.0.wait)
    }

    async fn try_write<T: FromRedisValue>(&self, command: &Cmd) -> Result<Written<T>, RedisError> {
        let mut connection = self.0.connection.clone();
        let Some(wait) = self.0.wait else {
            let answer = command.query_async(&mut connection).await?;
            return Ok(Written { answer, replicas: 0 });
        };
        let mut both = ::redis::pipe();
        // Each keeps its own error.
        both.add_command(command.clone()).add_command(wait.command()).ignore_errors();
        let answers: Vec<Result<Value, RedisError>> = both.query_async(&mut connection).await?;
        let mut answers = answers.into_iter();
        let mut next = || answers.next().unwrap_or(Ok(Value::Nil));
        let answer = from_redis_value(next()?)?;
        Ok(Written { answer, replicas: from_redis_value(next()?)? })
    }
}

/// What the server says to a write.
struct Written<T> {
    answer: T,
    /// How many replicas have it.
    replicas: u32,
}

impl<T> Written<T> {
    /// The answer, if enough replicas have the write.
    fn checked(self, wait: Option<Wait>) -> Result<T, StoreError> {
        match wait {
            Some(Wait { replicas: wanted, .. }) if self.replicas < wanted => {
                let error = NotReplicated { reached: self.replicas, wanted };
                Err(StoreError::Unavailable(Box::new(error)))
            }
            _ => Ok(self.answer),
        }
    }
}

impl Wait {
    fn command(self) -> Cmd {
        let mut command = ::redis::cmd("WAIT");
        // Zero would mean for ever.
        command.arg(self.replicas).arg(u64::try_from(self.at_most.as_millis()).unwrap_or(u64::MAX).max(1));
        command
    }
}

impl Invocation<'_> {
    fn arg(&mut self, argument: impl ToRedisArgs) -> &mut Self {
        self.command.arg(argument);
        self
    }
}

#[async_trait]
impl Store for RedisStore {
    fn replicated(&self) -> Option<Arc<dyn Store>> {
        self.0.replicated.clone().map(|store| Arc::new(store) as Arc<dyn Store>)
    }

    async fn insert_if_absent(&self, key: &Key, value: &[u8], ttl: Duration) -> Result<Inserted, StoreError> {
        let mut script = self.script(&self.0.scripts.insert_if_absent, key)?;
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
        let mut script = self.script(&self.0.scripts.compare_exchange, key)?;
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
        self.write(&Cmd::get_del(self.name(key)?)).await
    }

    async fn add_up_to(
        &self,
        key: &Key,
        amount: u64,
        limit: u64,
        ttl: Duration,
    ) -> Result<Added, StoreError> {
        let mut script = self.script(&self.0.scripts.add_up_to, key)?;
        script.arg(amount).arg(limit.min(MAX_COUNT)).arg(ttl_millis(ttl));
        let (added, total, resets_in): (bool, u64, u64) = self.invoke(&script).await?;
        Ok(if added {
            Added::Within { total }
        } else {
            Added::Full { total, resets_in: Duration::from_millis(resets_in) }
        })
    }

    async fn refund(&self, key: &Key, amount: u64) -> Result<(), StoreError> {
        let mut script = self.script(&self.0.scripts.refund, key)?;
        script.arg(amount.min(MAX_COUNT));
        self.invoke(&script).await
    }

    async fn take_quota(&self, key: &Key, quota: Quota, units: u32) -> Result<QuotaDecision, StoreError> {
        let mut script = self.script(&self.0.scripts.take_quota, key)?;
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
        let mut script = self.script(&self.0.scripts.append, log)?;
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
        self.write(&ping()).await
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
