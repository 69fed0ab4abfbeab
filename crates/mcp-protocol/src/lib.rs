//! A Model Context Protocol server library: every published revision, on every transport, in one process.
//!
//! Implement [`Server`] (info, capabilities, tools; resources, prompts and completion when you have them) and
//! hand it to a transport: [`StreamableHttp`] for both eras on one endpoint, [`HttpSse`] for the clients of
//! 2024-11-05, [`stdio::serve`] for a local process. A transport maps an `http::Request` to an
//! `http::Response`; it opens no socket, reads no clock but tokio's, and knows no framework.
//!
//! ```
//! use std::sync::Arc;
//!
//! use mcp_protocol::{
//!     CallTool, CallToolResult, Capabilities, HttpOptions, Interrupt, ListToolsResult, RequestContext, RpcError,
//!     Server, ServerInfo, StreamableHttp, Tool, ToolList,
//! };
//! use serde_json::json;
//!
//! struct Greeter(ServerInfo, ToolList);
//!
//! impl Server for Greeter {
//!     type Principal = ();
//!
//!     fn info(&self) -> &ServerInfo {
//!         &self.0
//!     }
//!
//!     fn capabilities(&self) -> Capabilities {
//!         Capabilities::new().with_tools()
//!     }
//!
//!     async fn list_tools(&self, _: &RequestContext<()>, _: Option<&str>) -> Result<ListToolsResult, RpcError> {
//!         Ok(ListToolsResult::new(self.1.clone()))
//!     }
//!
//!     async fn call_tool(&self, _: &RequestContext<()>, call: CallTool) -> Result<CallToolResult, Interrupt> {
//!         match call.name.as_str() {
//!             "greet" => Ok(CallToolResult::text("Hello!")),
//!             name => Err(RpcError::unknown_tool(name).into()),
//!         }
//!     }
//! }
//!
//! let tools = ToolList::new(vec![Tool::new("greet", "Says hello.", json!({ "type": "object" }))]);
//! let greeter = Greeter(ServerInfo::new("greeter", "1.0.0"), tools);
//! let endpoint = StreamableHttp::new(Arc::new(greeter), HttpOptions::new());
//! // endpoint.handle(request, ()).await, from any server that speaks `http`; or mount it, as a `tower::Service`.
//! ```
//!
//! # Examples
//! Whole programs, in the crate's `examples/`:
//! * `minimal`: the server above, served.
//! * `hyper`, `axum`, `tonic`, `stdio`: the ways to serve one. The one on axum mounts both HTTP transports under a path
//!   prefix, behind the application's own authentication; the one on tonic shares its port with a gRPC service.
//! * `ask`: a tool that asks the person first, one handler for both eras.
//! * `conformance_fixture`: a bit of everything, for the official conformance suite.
//!
//! # Eras
//! *Legacy* revisions (2024-11-05 to 2025-11-25) open with `initialize`; the *modern* one (2026-07-28) carries
//! its version and the client's capabilities in every request. [`era`] decides per request, as one pure
//! function; results are written for the revision of the request that asked ([`ProtocolVersion`]).
//!
//! # Asking the client
//! A handler asks with [`RequestContext::ask`]: a form ([`ElicitForm`]), a page ([`ElicitUrl`]), a completion
//! ([`CreateMessage`]), the roots ([`ListRoots`]). It gets the answer, or an [`Interrupt`] to return with `?`, and runs again
//! once the client has answered: on 2026-07-28 because the client calls again (multi round-trip requests), on the legacy
//! revisions because the crate sent the question over the call's stream. One handler serves both; see [`input`].
//!
//! # Telling the client
//! [`RequestContext::progress`] and [`RequestContext::log`] speak on the call's own stream. A [`Notifier`] tells every
//! connected client that a list or a resource has changed. Long work goes on as a [`Task`].
//!
//! # Growing
//! | You need | Add to the [`Runtime`] |
//! |---|---|
//! | questions over HTTP, several rounds | a [`Seal`]: keys, the same on every instance |
//! | lists and resources that change | a [`Notifier`], which the server has, too |
//! | several instances behind one address | a [`MessageRelay`] |
//! | other limits of open streams | [`StreamLimits`] |
//! | streams that end on shutdown | [`Runtime::shut_down`] |
//! | metrics, traces, a log of requests | an [`Observer`] |
//!
//! Nothing is kept between requests that correctness needs: the id of a legacy session is sealed data, and a client
//! gets one only when it can be asked something.
//!
//! # Where things are
//! * [`server`]: the trait; [`context`]: what a call knows of its request; [`runtime`]: what transports share.
//! * [`tool`], [`content`], [`resource`], [`prompt`], [`completion`], [`task`], [`input`]: the data, each with its wire form.
//! * [`jsonrpc`], [`error`]: messages and failures. [`era`], [`headers`]: what a request is, and whether its
//!   headers agree with its body.
//! * [`transport`]: HTTP, HTTP+SSE, stdio, and what they share.
//!
//! # How a new revision is added
//! 1. Its JSON Schema: a row in the validation tests (`tests/it/schema.rs`), which fail from then on until it is served.
//! 2. A variant of [`ProtocolVersion`], in order, and its place in `ALL`, `LEGACY` or `MODERN`. `tools/list` and the like are
//!    prepared per revision by position, so nothing else has to know how many there are.
//! 3. The questions of [`ProtocolVersion`] that its changes answer differently (`has_structured_content`, ...); a change that
//!    no question covers is a new question. Wire forms ask only these, never for a date.
//! 4. New methods in `dispatch/command.rs`, with what they require; new methods of [`Server`] have a default.
//! 5. New rules of the ladder in [`era`], with a row each in its table test; what headers must say in [`headers`].
//! 6. A row for each of its MUSTs in the suite over raw sockets (`tests/it/must`), by its short name.
//! 7. Its requirement set in `xtask/src/conformance/suite.rs`, and `cargo xtask conformance --write`.

pub mod apps;
#[cfg(test)]
mod arbitrary;
pub mod capabilities;
pub mod completion;
pub mod content;
pub mod context;
mod dispatch;
mod envelope;
pub mod era;
pub mod error;
pub mod headers;
pub mod info;
pub mod input;
pub mod jsonrpc;
pub mod notifier;
mod object;
pub mod observer;
mod page;
pub mod pagination;
mod params;
mod payload;
pub mod principal;
pub mod prompt;
pub mod resource;
pub mod runtime;
pub mod seal;
pub mod server;
mod subscription;
pub mod task;
pub mod tool;
pub mod transport;
pub mod version;
mod wire;

pub use capabilities::{Capabilities, ClientCapabilities, ListChanged};
pub use completion::{CompleteRequest, CompleteResult, CompletionReference};
pub use content::{Annotations, Content, EmbeddedResource, Icon, Role};
pub use context::{LogLevel, Progress, ProgressToken, RequestContext, TraceContext};
pub use error::{ErrorCode, RpcError};
pub use headers::ParamHeaders;
pub use info::{Implementation, ServerInfo};
pub use input::{
    Ask, CreateMessage, CreateMessageResult, ElicitForm, ElicitResult, ElicitUrl, Field, InputRequest,
    InputRequired, Interrupt, ListRoots, ModelPreferences, Root, SamplingContent, SamplingMessage,
    TextFormat, ToolChoice,
};
pub use jsonrpc::RequestId;
pub use notifier::Notifier;
pub use observer::{Ending, Observation, ObservedRequest, Observer};
pub use pagination::Pagination;
pub use principal::Principal;
pub use prompt::{GetPrompt, GetPromptResult, ListPromptsResult, Prompt, PromptArgument, PromptMessage};
pub use resource::{
    ListResourceTemplatesResult, ListResourcesResult, ReadResourceResult, Resource, ResourceContents,
    ResourceTemplate,
};
pub use runtime::{Runtime, RuntimeBuilder, StreamLimits};
pub use seal::Seal;
pub use server::Server;
pub use task::{LocalTasks, Task, TaskContext, TaskStatus};
pub use tool::{
    CallTool, CallToolResult, ListToolsResult, StructuredContent, Tool, ToolAnnotations, ToolList,
};
pub use transport::http_sse::{HttpSse, HttpSseOptions};
pub use transport::relay::MessageRelay;
pub use transport::streamable_http::StreamableHttp;
pub use transport::{HttpOptions, ResponseBody, stdio};
pub use version::{Era, ProtocolVersion};
pub use wire::{CacheHint, CacheScope, Meta};
