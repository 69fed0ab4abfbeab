//! The ways to reach a [`Server`](crate::Server).
//!
//! * [`streamable_http`]: POST to one endpoint, both eras.
//! * [`http_sse`]: a stream, and an endpoint for messages beside it (2024-11-05).
//! * [`stdio`]: lines of a process's standard streams.
//!
//! `body`, `event_stream` and `guard` are what the HTTP ones share, `connection` what the two with a connection do.

mod body;
mod connection;
mod event_stream;
mod exchange;
mod feed;
mod guard;
pub mod http_sse;
mod options;
pub(crate) mod queue;
pub mod relay;
mod replay;
mod reverse;
mod session;
mod slots;
pub mod stdio;
pub mod streamable_http;

pub use event_stream::{EventStream, LongLived, Pieces, ResponseBody};
pub use options::HttpOptions;

pub(crate) use replay::Replay;
pub(crate) use reverse::Reverse;
pub(crate) use session::SessionMemory;
pub(crate) use slots::StreamSlots;

use http::{Response, StatusCode};

use crate::dispatch::Answer;
use crate::error::RpcError;
use crate::version::ProtocolVersion;

/// The answer of a `tower::Service` whose embedder forgot to authenticate.
fn without_principal() -> Response<ResponseBody> {
    tracing::error!("no principal in the request's extensions: is the authentication layer missing?");
    let answer = Answer::error(None, &RpcError::internal("Internal error"), ProtocolVersion::LATEST);
    exchange::json(answer.with_status(StatusCode::INTERNAL_SERVER_ERROR))
}
