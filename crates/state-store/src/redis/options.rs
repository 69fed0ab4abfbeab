//! How to reach the server, and why it could not be reached.

use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use ::redis::{ErrorKind, RedisError};

/// How to reach the server, or the servers.
#[derive(Clone)]
pub struct RedisOptions {
    pub(super) url: String,
    pub(super) prefix: String,
    pub(super) connect_timeout: Duration,
    pub(super) response_timeout: Duration,
    pub(super) replicas: u32,
    pub(super) authority: Option<Vec<u8>>,
}

impl RedisOptions {
    /// Servers by their URL, with keys that begin with `mcp:`, a second to connect and a second to answer.
    ///
    /// | URL | What is there |
    /// |---|---|
    /// | `redis://[user[:password]@]host[:port][/database]` | one server |
    /// | `redis+sentinel://[user[:password]@]host[:port],…/name[/database][?sentinel-password=…]` | Sentinels that know the primary of this name |
    /// | `redis+cluster://[user[:password]@]host[:port],…` | some nodes of a cluster |
    ///
    /// With `rediss` in the place of `redis` all of them speak TLS, the Sentinels too. User and password are the servers';
    /// Sentinels have their own (`sentinel-user`, `sentinel-password`) or none. A character that separates is written with
    /// its percent sign.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            prefix: "mcp:".to_owned(),
            connect_timeout: Duration::from_secs(1),
            response_timeout: Duration::from_secs(1),
            replicas: 0,
            authority: None,
        }
    }

    /// What every key and channel begins with, so that several deployments share a server.
    #[must_use]
    pub fn with_prefix(self, prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), ..self }
    }

    /// Longest time to connect, before an operation is [`Unavailable`](crate::StoreError::Unavailable). Where it must be
    /// asked first who the primary is, or which node has a key, that may take as long again.
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

    /// The certificates of the authorities that may vouch for the server, in PEM, in the place of those that the system
    /// trusts. Only for a URL that asks for TLS.
    #[must_use]
    pub fn with_authority(self, pem: impl Into<Vec<u8>>) -> Self {
        Self { authority: Some(pem.into()), ..self }
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
            .field("authority", &self.authority.is_some())
            .finish_non_exhaustive()
    }
}

/// Why the store could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The URL is not one of a Redis server.
    #[error(
        "the store's URL is not of the form redis://[user[:password]@]host[:port][/database], \
         redis+sentinel://…@host[:port],…/name[/database] or redis+cluster://…@host[:port],… (rediss for TLS): {0}"
    )]
    Url(&'static str),
    /// The certificates to trust cannot be used.
    #[error("the certificates that the store's is to be checked with cannot be used: {0}")]
    Authority(&'static str),
    /// Nothing answers there, or not in time.
    #[error("the Redis server cannot be reached")]
    Unreachable(#[source] RedisError),
    /// The server's certificate is not trusted, or is another's.
    #[error(
        "the certificate of the Redis server is not accepted: it must name the host of the URL, and come from an authority \
         that this system trusts or that was named for the store"
    )]
    Certificate(#[source] RedisError),
    /// The server refuses the user or the password.
    #[error("the Redis server refuses the user name or password")]
    Authentication(#[source] RedisError),
    /// No Sentinel knows a primary of the name.
    #[error("no Sentinel that answers knows a primary named '{0}'")]
    NoPrimary(String),
    /// The server would lose what it is given to keep.
    #[error("{0}")]
    Unfit(String),
    /// The server answers, but not as the store needs it.
    #[error("the Redis server refuses to serve")]
    Refused(#[source] RedisError),
}

impl ConnectError {
    pub(super) fn of(error: RedisError) -> Self {
        match error.kind() {
            ErrorKind::AuthenticationFailed => Self::Authentication(error),
            _ if matches!(error.code(), Some("NOAUTH" | "WRONGPASS")) => Self::Authentication(error),
            ErrorKind::Io if is_about_the_certificate(&error) => Self::Certificate(error),
            ErrorKind::Io | ErrorKind::MasterNameNotFoundBySentinel => Self::Unreachable(error),
            _ => Self::Refused(error),
        }
    }
}

fn is_about_the_certificate(error: &RedisError) -> bool {
    // As the crate keeps it.
    let kept = error.source().and_then(|cause| cause.downcast_ref::<Arc<dyn Error + Send + Sync>>());
    let cause = kept.and_then(|cause| cause.downcast_ref::<io::Error>()).and_then(io::Error::get_ref);
    matches!(cause.and_then(|cause| cause.downcast_ref()), Some(rustls::Error::InvalidCertificate(_)))
}
