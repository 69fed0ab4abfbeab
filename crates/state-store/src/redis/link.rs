//! One connection to one server, made when it is needed and made anew when it was lost.
//!
//! The operation that meets the loss fails, because it may have happened; the next one connects, and those that come
//! meanwhile wait for the same attempt. A connection also counts as lost when an answer does not come in time (a host that
//! vanished sends no farewell) and when the server says that it is a replica now.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ::redis::aio::MultiplexedConnection;
use ::redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, ConnectionInfo, ErrorKind, RedisError, RedisResult,
    ServerErrorKind, TlsCertificates, Value, from_redis_value,
};
use futures_util::future::{BoxFuture, FutureExt as _, Shared};

use super::sentinel::Sentinels;

/// How connections are made.
pub(super) struct Dialer {
    pub(super) certificates: Option<TlsCertificates>,
    pub(super) connect_timeout: Duration,
    pub(super) response_timeout: Duration,
}

impl Dialer {
    pub(super) fn client(&self, info: ConnectionInfo) -> RedisResult<Client> {
        match (&self.certificates, info.addr()) {
            (Some(certificates), ConnectionAddr::TcpTls { .. }) => {
                Client::build_with_tls(info, certificates.clone())
            }
            _ => Client::open(info),
        }
    }

    pub(super) async fn connect(&self, info: ConnectionInfo) -> RedisResult<MultiplexedConnection> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.connect_timeout))
            .set_response_timeout(Some(self.response_timeout));
        self.client(info)?.get_multiplexed_async_connection_with_config(&config).await
    }
}

/// Where a link leads.
#[derive(Clone)]
pub(super) enum Destination {
    /// To this server.
    Server(Box<ConnectionInfo>),
    /// To the primary of the moment.
    Primary(Arc<Sentinels>),
}

impl Destination {
    async fn connect(self, dialer: Arc<Dialer>) -> RedisResult<MultiplexedConnection> {
        match self {
            Self::Server(info) => dialer.connect(*info).await,
            Self::Primary(sentinels) => sentinels.connect(&dialer).await,
        }
    }
}

type Connecting = Shared<BoxFuture<'static, RedisResult<MultiplexedConnection>>>;

pub(super) struct Link {
    dialer: Arc<Dialer>,
    destination: Destination,
    /// The connection, or the attempt to make it. The lock is held to look and to replace, never while somebody waits.
    current: Mutex<Option<(u64, Connecting)>>,
    attempts: AtomicU64,
}

/// A command, and what belongs to it on its connection.
#[derive(Clone, Copy)]
pub(super) struct Order<'a> {
    pub(super) command: &'a Cmd,
    /// Said after it.
    pub(super) wait: Option<&'a Cmd>,
    /// Whether the key is on its way here from another node.
    pub(super) asking: bool,
}

/// What the server says to an order.
pub(super) struct Answer {
    pub(super) value: Value,
    /// How many replicas have it, if that was asked.
    pub(super) replicas: u32,
}

impl Link {
    pub(super) fn new(dialer: Arc<Dialer>, destination: Destination) -> Self {
        Self { dialer, destination, current: Mutex::default(), attempts: AtomicU64::new(0) }
    }

    pub(super) async fn send(&self, order: Order<'_>) -> RedisResult<Answer> {
        let (attempt, connecting) = self.connecting();
        let result = match connecting.await {
            Ok(mut connection) => order.carry_out(&mut connection).await,
            Err(error) => {
                self.forget(attempt);
                return Err(error);
            }
        };
        if let Err(error) = &result
            && is_lost(error)
        {
            self.forget(attempt);
        }
        result
    }

    fn connecting(&self) -> (u64, Connecting) {
        let mut current = self.lock();
        if let Some((attempt, connecting)) = &*current {
            return (*attempt, connecting.clone());
        }
        let attempt = self.attempts.fetch_add(1, Ordering::Relaxed);
        let connecting = self.destination.clone().connect(Arc::clone(&self.dialer)).boxed().shared();
        // It goes on when whoever asked for it has left.
        tokio::spawn(connecting.clone());
        *current = Some((attempt, connecting.clone()));
        (attempt, connecting)
    }

    /// Lets a connection go, unless another has taken its place already. What is under way on it is not broken off.
    fn forget(&self, attempt: u64) {
        let mut current = self.lock();
        if current.as_ref().is_some_and(|(number, _)| *number == attempt) {
            *current = None;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<(u64, Connecting)>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'a> Order<'a> {
    /// The command alone.
    pub(super) fn of(command: &'a Cmd) -> Self {
        Self { command, wait: None, asking: false }
    }

    async fn carry_out(self, connection: &mut MultiplexedConnection) -> RedisResult<Answer> {
        if self.wait.is_none() && !self.asking {
            return Ok(Answer { value: self.command.query_async(connection).await?, replicas: 0 });
        }
        let mut pipeline = ::redis::pipe();
        if self.asking {
            pipeline.cmd("ASKING");
        }
        pipeline.add_command(self.command.clone());
        if let Some(wait) = self.wait {
            pipeline.add_command(wait.clone());
        }
        // Each keeps its own error.
        pipeline.ignore_errors();
        let answers: Vec<RedisResult<Value>> = pipeline.query_async(connection).await?;
        let mut answers = answers.into_iter();
        let mut next = || answers.next().unwrap_or(Ok(Value::Nil));
        if self.asking {
            next()?;
        }
        let value = next()?;
        let replicas = if self.wait.is_some() { from_redis_value(next()?)? } else { 0 };
        Ok(Answer { value, replicas })
    }
}

/// Whether the connection is of no more use.
pub(super) fn is_lost(error: &RedisError) -> bool {
    error.is_unrecoverable_error()
        || error.is_io_error()
        || error.kind() == ErrorKind::Server(ServerErrorKind::ReadOnly)
}
