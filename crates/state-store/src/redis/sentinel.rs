//! Sentinels: who the primary is. They are asked whenever a connection is made, all of them at once, so that one that is
//! away or behind does not decide: the server that most of them name is tried first. The server must then say of itself
//! that it is a primary.

use std::sync::Arc;

use ::redis::aio::MultiplexedConnection;
use ::redis::{ConnectionInfo, ErrorKind, RedisError, RedisResult, Role};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use super::address::elsewhere;
use super::link::Dialer;

pub(super) struct Sentinels {
    pub(super) sentinels: Vec<ConnectionInfo>,
    pub(super) name: String,
    /// How the primary is spoken to, wherever it is.
    pub(super) server: ConnectionInfo,
}

impl Sentinels {
    /// Connects to the primary.
    pub(super) async fn connect(self: Arc<Self>, dialer: &Dialer) -> RedisResult<MultiplexedConnection> {
        let mut last = None;
        for info in self.primaries(dialer).await? {
            match primary(dialer, info).await {
                Ok(connection) => return Ok(connection),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(nobody_knows))
    }

    /// The servers that are said to be the primary, the likeliest first.
    pub(super) async fn primaries(&self, dialer: &Dialer) -> RedisResult<Vec<ConnectionInfo>> {
        let mut asked: FuturesUnordered<_> =
            self.sentinels.iter().map(|sentinel| self.ask(dialer, sentinel.clone())).collect();
        let mut votes: Vec<((String, u16), usize)> = Vec::new();
        let mut last = None;
        while let Some(said) = asked.next().await {
            match said {
                Ok(Some(named)) => match votes.iter_mut().find(|(other, _)| *other == named) {
                    Some((_, count)) => *count += 1,
                    None => votes.push((named, 1)),
                },
                Ok(None) => {}
                Err(error) => last = Some(error),
            }
            // The others cannot outvote it.
            if votes.iter().any(|(_, count)| count * 2 > self.sentinels.len()) {
                break;
            }
        }
        if votes.is_empty() {
            return Err(last.unwrap_or_else(nobody_knows));
        }
        votes.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        Ok(votes.into_iter().map(|((host, port), _)| elsewhere(&self.server, host, port)).collect())
    }

    async fn ask(&self, dialer: &Dialer, sentinel: ConnectionInfo) -> RedisResult<Option<(String, u16)>> {
        let mut connection = dialer.connect(sentinel).await?;
        let mut question = ::redis::cmd("SENTINEL");
        question.arg("GET-MASTER-ADDR-BY-NAME").arg(&self.name);
        question.query_async(&mut connection).await
    }
}

/// Connects to a server that says of itself that it is a primary.
async fn primary(dialer: &Dialer, info: ConnectionInfo) -> RedisResult<MultiplexedConnection> {
    let mut connection = dialer.connect(info).await?;
    match ::redis::cmd("ROLE").query_async(&mut connection).await? {
        Role::Primary { .. } => Ok(connection),
        _ => Err((ErrorKind::Io, "the server that is said to be the primary is not one").into()),
    }
}

fn nobody_knows() -> RedisError {
    (ErrorKind::MasterNameNotFoundBySentinel, "no Sentinel knows a primary of this name").into()
}
