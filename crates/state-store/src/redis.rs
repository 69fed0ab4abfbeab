//! The store in Redis (6.2 or later) or Valkey, shared by many instances: one server, a primary that Sentinels watch, or a
//! cluster.
//!
//! Each operation is one command or one Lua script on one key, so that it is atomic for all instances and works on a
//! cluster. Values are strings, counters and quotas hashes, logs streams: the server itself tells the kinds apart.
//! Expiry and quotas follow the server's clock.
//!
//! No operation is tried again after an error: the first try may have happened. A lost connection is made anew for the
//! next operation. A server that evicts keys (any `maxmemory-policy` but `noeviction`) is refused.
//!
//! [`Store::replicated`] waits for replicas ([`RedisOptions::with_replicas`]): each write and a `WAIT` go out as one, over a
//! connection of their own, because the server answers nothing else on it meanwhile. Only so does the `WAIT` speak of the
//! write: after a reconnection it would speak of nothing, and be content.

mod address;
mod cluster;
mod connect;
mod fitness;
mod link;
mod options;
mod route;
mod scripts;
mod sentinel;
mod subscriptions;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ::redis::streams::StreamRangeReply;
use ::redis::{
    Arg, Cmd, ErrorKind, FromRedisValue, RedisError, RedisResult, ServerErrorKind, ToRedisArgs,
    from_redis_value,
};
use async_trait::async_trait;
use bytes::Bytes;

use self::connect::policy;
use self::link::{Answer, Order};
pub use self::options::{ConnectError, RedisOptions};
use self::route::Route;
use self::scripts::{Script, Scripts};
use self::subscriptions::Subscriptions;
use crate::store::{
    Added, Exchange, Inserted, Key, LogBound, LogEntry, MAX_COUNT, Quota, QuotaDecision, Store, StoreError,
    Subscription, checked_value, ttl_millis,
};

/// The store in Redis or Valkey. Cheap to clone; clones share one connection (to each node of a cluster) for operations
/// and one for subscriptions.
#[derive(Clone)]
pub struct RedisStore(Arc<Inner>);

struct Inner {
    prefix: String,
    route: Arc<Route>,
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
    /// The key's name.
    name: String,
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

    /// The key's name on the server: what every key begins with, and `space:id`.
    fn name(&self, key: &Key) -> Result<String, StoreError> {
        Ok(format!("{}{}", self.0.prefix, key.checked()?))
    }

    /// Reads, or says something that no replica keeps.
    async fn query<T: FromRedisValue>(&self, name: &str, command: &Cmd) -> Result<T, StoreError> {
        let answer = self.0.route.send(name, Order::of(command)).await.map_err(store_error)?;
        read(answer)
    }

    /// Writes, and waits for the replicas where that is asked for.
    async fn write<T: FromRedisValue>(&self, name: &str, command: &Cmd) -> Result<T, StoreError> {
        self.checked(self.try_write(name, command).await)
    }

    /// Begins an invocation of a script on a key.
    fn script<'a>(&self, script: &'a Script, key: &Key) -> Result<Invocation<'a>, StoreError> {
        let name = self.name(key)?;
        let mut command = ::redis::cmd("EVALSHA");
        command.arg(&script.hash).arg(1).arg(&name);
        Ok(Invocation { script, name, command })
    }

    async fn invoke<T: FromRedisValue>(&self, invocation: &Invocation<'_>) -> Result<T, StoreError> {
        let Invocation { name, command, .. } = invocation;
        let mut written = self.try_write(name, command).await;
        if let Err(error) = &written
            && error.kind() == ErrorKind::Server(ServerErrorKind::NoScript)
        {
            // Nothing happened: the server has not seen the script since it started.
            written = self.try_write(name, &invocation.in_full()).await;
        }
        self.checked(written)
    }

    async fn try_write(&self, name: &str, command: &Cmd) -> RedisResult<Answer> {
        let wait = self.0.wait.map(Wait::command);
        self.0.route.send(name, Order { command, wait: wait.as_ref(), asking: false }).await
    }

    async fn check_all(&self) -> Result<(), StoreError> {
        let (ping, wait) = (ping(), self.0.wait.map(Wait::command));
        for link in self.0.route.every_primary().await.map_err(store_error)? {
            let order = Order { command: &ping, wait: wait.as_ref(), asking: false };
            self.checked::<()>(link.send(order).await)?;
            let policy = policy(&link).await.map_err(store_error)?;
            if let Some(fault) = policy.as_deref().and_then(fitness::fault) {
                return Err(StoreError::Unfit { reason: fault });
            }
        }
        Ok(())
    }

    /// The answer, if enough replicas have the write.
    fn checked<T: FromRedisValue>(&self, written: RedisResult<Answer>) -> Result<T, StoreError> {
        let answer = written.map_err(store_error)?;
        match self.0.wait {
            Some(Wait { replicas: wanted, .. }) if answer.replicas < wanted => {
                let error = NotReplicated { reached: answer.replicas, wanted };
                Err(StoreError::Unavailable(Box::new(error)))
            }
            _ => read(answer),
        }
    }
}

fn read<T: FromRedisValue>(answer: Answer) -> Result<T, StoreError> {
    from_redis_value(answer.value).map_err(|error| store_error(error.into()))
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

    /// The same with the script's text in the place of its hash.
    fn in_full(&self) -> Cmd {
        let mut command = ::redis::cmd("EVAL");
        command.arg(self.script.text);
        for argument in self.command.args_iter().skip(2) {
            if let Arg::Simple(bytes) = argument {
                command.arg(bytes);
            }
        }
        command
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
        let name = self.name(key)?;
        self.query(&name, &Cmd::get(&name)).await
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
        let name = self.name(key)?;
        self.write(&name, &Cmd::get_del(&name)).await
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
            self.query(&name, &Cmd::xrange_count(&name, format!("({after}-0"), "+", limit)).await?;
        reply.ids.iter().map(|entry| log_entry(entry).ok_or(StoreError::WrongKind)).collect()
    }

    async fn publish(&self, channel: &Key, message: &[u8]) -> Result<(), StoreError> {
        let name = self.name(channel)?;
        self.query(&name, &Cmd::publish(&name, checked_value(message)?)).await
    }

    async fn subscribe(&self, channel: &Key) -> Result<Subscription, StoreError> {
        self.0.subscriptions.subscribe(self.name(channel)?).await
    }

    async fn check(&self) -> Result<(), StoreError> {
        let checked = self.check_all().await;
        if checked.is_err() {
            self.0.route.doubt();
        }
        checked
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
