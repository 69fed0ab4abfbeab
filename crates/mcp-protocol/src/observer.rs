//! [`Observer`]: what an embedder may hear of each request, for metrics, traces and a log.
//!
//! It is told of requests that were understood, whatever the transport: their method is known, the server declared it, and
//! their parameters fit. What is refused before that is an HTTP status, which the embedder's own edge sees.

use std::fmt;

use crate::context::RequestContext;
use crate::error::ErrorCode;
use crate::jsonrpc::RequestId;
use crate::tool::CallToolResult;

/// Hears of requests. It is called in their course: it must be quick and must not block.
pub trait Observer<P>: Send + Sync + 'static {
    /// A request begins. What is returned hears of the rest; it is dropped without an [end](Observation::end) when the
    /// request is cancelled.
    fn begin(&self, request: &ObservedRequest<'_, P>) -> Option<Box<dyn Observation>>;
}

/// A request that begins.
#[derive(Debug)]
#[non_exhaustive]
pub struct ObservedRequest<'a, P> {
    /// The method, such as `tools/call`: one of a few.
    pub method: &'static str,
    /// The tool or prompt that is asked for, in the client's words: there may be none of that name.
    pub name: Option<&'a str>,
    /// The id that the client gave it.
    pub id: &'a RequestId,
    /// Its circumstances.
    pub context: &'a RequestContext<P>,
}

/// Hears of one request.
pub trait Observation: Send {
    /// A tool answered. The result is not written yet.
    fn tool_result(&mut self, result: &CallToolResult) {
        let _ = result;
    }

    /// The client is asked something. On a legacy revision its answer is waited for, and the request goes on.
    fn asked(&mut self) {}

    /// The answer is written.
    fn end(self: Box<Self>, ending: Ending);
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ending {
    /// With a result.
    Result,
    /// With a question to the client: it calls again.
    Asked,
    /// With an error.
    Error(ErrorCode),
}

impl fmt::Debug for dyn Observation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observation")
    }
}
