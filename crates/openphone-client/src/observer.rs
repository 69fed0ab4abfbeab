//! [`Observer`]: what an embedder may hear of the requests to the API, for metrics and traces.
//!
//! Nothing that it is told names a person, a number or a key: operations have names of their own, and addresses are not shown.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use tokio::time::Instant;

use crate::endpoint::Operation;
use crate::error::{Error, ErrorKind};

/// Hears of operations and of the requests that they are made of. It is called in their course: it must be quick and
/// must not block.
pub trait Observer: Send + Sync + 'static {
    /// An operation begins: waiting for its turn, its requests and the waits between them all belong to it.
    fn began(&self, operation: &'static str) {
        let _ = operation;
    }

    /// One request was answered, or was given up.
    fn exchanged(&self, exchange: &Exchange) {
        let _ = exchange;
    }

    /// An operation that began has ended.
    fn ended(&self, operation: &'static str, ending: Ending) {
        let _ = (operation, ending);
    }
}

/// Shows nothing of what is behind it.
impl fmt::Debug for dyn Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}

/// One request and what came of it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Exchange {
    /// The operation, such as `send_message`.
    pub operation: &'static str,
    /// The HTTP method.
    pub method: &'static str,
    /// The path with `{}` for each id.
    pub route: &'static str,
    /// Which of the operation's requests it is, from 1.
    pub attempt: u32,
    /// The status of the answer; `None`: none came.
    pub status: Option<StatusCode>,
    /// When it was written.
    pub began: Instant,
    /// How long it took to the last byte of the answer.
    pub took: Duration,
}

/// How an operation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ending {
    /// It succeeded.
    Done,
    /// It failed.
    Failed(ErrorKind),
    /// Nobody waits for it any more.
    Dropped,
}

/// An operation on its way: it ends when this does.
pub(crate) struct Watch {
    observer: Option<Arc<dyn Observer>>,
    operation: &'static str,
    ending: Ending,
}

impl Watch {
    pub(crate) fn begin(observer: Option<&Arc<dyn Observer>>, operation: &'static Operation) -> Self {
        if let Some(observer) = observer {
            observer.began(operation.name);
        }
        Self { observer: observer.cloned(), operation: operation.name, ending: Ending::Dropped }
    }

    pub(crate) fn end<T>(mut self, result: &Result<T, Error>) {
        self.ending = match result {
            Ok(_) => Ending::Done,
            Err(error) => Ending::Failed(error.kind()),
        };
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(observer) = &self.observer {
            observer.ended(self.operation, self.ending);
        }
    }
}

/// A request on its way, for the observer. Dropped before its answer, it was given up.
pub(crate) struct Asked<'a> {
    observer: Option<&'a Arc<dyn Observer>>,
    exchange: Exchange,
}

impl<'a> Asked<'a> {
    pub(crate) fn begin(
        observer: Option<&'a Arc<dyn Observer>>,
        operation: &'static Operation,
        attempt: u32,
    ) -> Self {
        let exchange = Exchange {
            operation: operation.name,
            method: operation.method_name(),
            route: operation.route,
            attempt,
            status: None,
            began: Instant::now(),
            took: Duration::ZERO,
        };
        Self { observer, exchange }
    }

    pub(crate) fn answered(mut self, status: Option<StatusCode>) {
        self.exchange.status = status;
    }
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        if let Some(observer) = self.observer {
            self.exchange.took = self.exchange.began.elapsed();
            observer.exchanged(&self.exchange);
        }
    }
}
