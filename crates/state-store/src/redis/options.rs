//! How to reach the server, and why it could not be reached.

use std::fmt;
use std::time::Duration;

use ::redis::{Client, ErrorKind, RedisError};

/// How to reach the server.
#[derive(Clone)]
pub struct RedisOptions {
    url: String,
    pub(super) prefix: String,
    pub(super) connect_timeout: Duration,
    pub(super) response_timeout: Duration,
    pub(super) replicas: u32,
}

impl RedisOptions {
    /// A server by its URL, `redis://[user[:password]@]host[:port][/database]`, with keys that begin with `mcp:`, a
    /// second to connect and a second to answer.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            prefix: "mcp:".to_owned(),
            connect_timeout: Duration::from_secs(1),
            response_timeout: Duration::from_secs(1),
            replicas: 0,
        }
    }

    /// What every key and channel begins with, so that several deployments share a server.
    #[must_use]
    pub fn with_prefix(self, prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), ..self }
    }

    /// Longest time to connect, before an operation is [`Unavailable`](crate::StoreError::Unavailable).
    #[must_use]
    pub fn with_connect_timeout(self, timeout: Duration) -> Self {
        Self { connect_timeout: timeout, ..self }
    }

    /// Longest time to answer, before an operation is [`Unavailable`](crate::StoreError::Unavailable).
    #[must_use]
    pub fn with_response_timeout(self, timeout: Duration) -> Self {
        Self { response_timeout: timeout, ..self }
    }

    /// How many replicas must have a write of the store that [`Store::replicated`](crate::Store::replicated) gives, within
    /// the time to answer. Zero (the default): there is no such store.
    #[must_use]
    pub fn with_replicas(self, replicas: u32) -> Self {
        Self { replicas, ..self }
    }

    pub(super) fn client(&self) -> Result<Client, ConnectError> {
        Client::open(self.url.as_str()).map_err(ConnectError::Url)
    }
}

/// Without the URL, which may hold a password.
impl fmt::Debug for RedisOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisOptions")
            .field("prefix", &self.prefix)
            .field("connect_timeout", &self.connect_timeout)
            .field("response_timeout", &self.response_timeout)
            .field("replicas", &self.replicas)
            .finish_non_exhaustive()
    }
}

/// Why the store could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The URL is not one of a Redis server.
    #[error("the store's URL is not of the form redis://[user[:password]@]host[:port][/database]")]
    Url(#[source] RedisError),
    /// Nothing answers there, or not in time.
    #[error("the Redis server cannot be reached")]
    Unreachable(#[source] RedisError),
    /// The server refuses the user or the password.
    #[error("the Redis server refuses the user name or password")]
    Authentication(#[source] RedisError),
    /// The server answers, but not as the store needs it.
    #[error("the Redis server refuses to serve")]
    Refused(#[source] RedisError),
}

impl ConnectError {
    pub(super) fn of(error: RedisError) -> Self {
        match error.kind() {
            ErrorKind::AuthenticationFailed => Self::Authentication(error),
            _ if matches!(error.code(), Some("NOAUTH" | "WRONGPASS")) => Self::Authentication(error),
            ErrorKind::Io => Self::Unreachable(error),
            _ => Self::Refused(error),
        }
    }
}
