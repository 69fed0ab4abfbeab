//! What a call asks of the client before it can go on: a form or a page for the person, a completion of the client's
//! model, the client's roots.
//!
//! A handler asks with [`RequestContext::ask`](crate::RequestContext::ask), which gives the answer, or an
//! [`Interrupt`] to return with `?`. The interrupt ends this run of the handler; once the client has answered, the
//! handler runs again from its start and finds the answer. So one handler serves every revision: on 2026-07-28 the
//! interrupt goes out as a multi round-trip result (SEP-2322) and the client calls again; on the legacy revisions the
//! question goes over the call's own stream and the crate runs the handler again by itself.
//!
//! Do nothing before a question that must not be done twice.
//! Spec: <https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/mrtr>.

use std::collections::BTreeMap;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::capabilities::ClientCapabilities;
use crate::error::RpcError;
use crate::task::Task;
use crate::version::ProtocolVersion;
use crate::wire::{At, Wire};

mod elicitation;
mod form;
mod roots;
mod rounds;
mod sampling;

pub use elicitation::{ElicitForm, ElicitResult, ElicitUrl};
pub use form::{Field, TextFormat};
pub use roots::{ListRoots, Root};
pub(crate) use rounds::{MOST_ROUNDS, Rounds};
pub use sampling::{
    CreateMessage, CreateMessageResult, ModelPreferences, SamplingContent, SamplingMessage, ToolChoice,
};

/// Something that can be asked: [`ElicitForm`], [`ElicitUrl`], [`CreateMessage`], [`ListRoots`].
pub trait Ask: Into<InputRequest> + private::Sealed {
    /// What the client answers.
    type Answer;

    /// Reads the client's answer and checks it against what was asked.
    ///
    /// # Errors
    /// What is wrong with it, for the client.
    fn read(&self, answer: &Value) -> Result<Self::Answer, String>;
}

mod private {
    /// Nothing else can be asked: the protocol has these.
    pub trait Sealed {}
    impl Sealed for super::ElicitForm {}
    impl Sealed for super::ElicitUrl {}
    impl Sealed for super::CreateMessage {}
    impl Sealed for super::ListRoots {}
}

/// One question to the client.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum InputRequest {
    /// A form for the person.
    ElicitForm(ElicitForm),
    /// A page for the person to visit.
    ElicitUrl(ElicitUrl),
    /// A completion of the client's model.
    Sample(Box<CreateMessage>),
    /// The client's roots.
    ListRoots,
}

impl InputRequest {
    /// The JSON-RPC method that the question has on legacy revisions, and its `method` on 2026-07-28.
    #[must_use]
    pub fn method(&self) -> &'static str {
        match self {
            Self::ElicitForm(_) | Self::ElicitUrl(_) => "elicitation/create",
            Self::Sample(_) => "sampling/createMessage",
            Self::ListRoots => "roots/list",
        }
    }

    /// The capabilities without which the client must not be asked (`v26.mrtr.caps`), as a `ClientCapabilities` object.
    #[must_use]
    pub fn required_capabilities(&self) -> Value {
        match self {
            Self::ElicitForm(_) => json!({ "elicitation": { "form": {} } }),
            Self::ElicitUrl(_) => json!({ "elicitation": { "url": {} } }),
            Self::Sample(message) if message.uses_tools() => json!({ "sampling": { "tools": {} } }),
            Self::Sample(_) => json!({ "sampling": {} }),
            Self::ListRoots => json!({ "roots": {} }),
        }
    }

    /// Whether a client with these capabilities, on this revision, can be asked.
    #[must_use]
    pub fn is_possible(&self, capabilities: &ClientCapabilities, version: ProtocolVersion) -> bool {
        match self {
            Self::ElicitForm(_) => version.has_elicitation() && capabilities.elicits_forms(),
            Self::ElicitUrl(_) => version.has_url_elicitation() && capabilities.elicits_urls(),
            Self::Sample(message) => {
                let tools = || version.has_url_elicitation() && capabilities.samples_with_tools();
                capabilities.has("sampling") && (!message.uses_tools() || tools())
            }
            Self::ListRoots => capabilities.has("roots"),
        }
    }

    pub(crate) fn write_params<M: SerializeMap>(
        &self,
        version: ProtocolVersion,
        map: &mut M,
    ) -> Result<(), M::Error> {
        match self {
            Self::ElicitForm(form) => map.serialize_entry("params", &At(form, version)),
            Self::ElicitUrl(url) => map.serialize_entry("params", &At(url, version)),
            Self::Sample(message) => map.serialize_entry("params", &At(&**message, version)),
            Self::ListRoots => Ok(()),
        }
    }
}

/// `{"method": ..., "params": ...}`, as it stands in `inputRequests`.
impl Wire for InputRequest {
    fn write<S: Serializer>(&self, version: ProtocolVersion, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("method", self.method())?;
        self.write_params(version, &mut map)?;
        map.end()
    }
}

/// A question on its own, as a legacy request.
pub(crate) struct LegacyRequest<'a> {
    pub(crate) id: &'a str,
    pub(crate) request: &'a InputRequest,
    pub(crate) version: ProtocolVersion,
}

impl Serialize for LegacyRequest<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("jsonrpc", "2.0")?;
        map.serialize_entry("id", self.id)?;
        map.serialize_entry("method", self.request.method())?;
        self.request.write_params(self.version, &mut map)?;
        map.end()
    }
}

/// What must be known before a call can go on.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct InputRequired {
    /// The questions, each under a key that the answer comes back under.
    pub requests: BTreeMap<String, InputRequest>,
    /// What the handler wants to find again as [`RequestContext::state`](crate::RequestContext::state): sealed on its way
    /// to the client and back.
    pub state: Option<Value>,
}

impl InputRequired {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a question under a key of the call's own, for example `confirm`.
    #[must_use]
    pub fn with_request(mut self, key: impl Into<String>, request: impl Into<InputRequest>) -> Self {
        self.requests.insert(key.into(), request.into());
        self
    }

    /// Sets the state.
    #[must_use]
    pub fn with_state(mut self, state: Value) -> Self {
        self.state = Some(state);
        self
    }
}

/// Why a call has no final result: it failed, must ask the client first, or goes on as a task.
///
/// Every [`RpcError`] becomes one with `?`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Interrupt {
    /// It failed.
    Error(RpcError),
    /// It must know something first.
    InputRequired(Box<InputRequired>),
    /// It goes on as a task, whose handle is the call's answer (tasks extension). Only for a client that declared
    /// the extension: see [`RequestContext::wants_tasks`](crate::RequestContext::wants_tasks).
    Task(Box<Task>),
}

impl Interrupt {
    /// The same with a state for the next run, when it is a question. Anything else stays as it is.
    #[must_use]
    pub fn with_state(self, state: Value) -> Self {
        match self {
            Self::InputRequired(required) => Self::InputRequired(Box::new(required.with_state(state))),
            other => other,
        }
    }
}

impl From<RpcError> for Interrupt {
    fn from(error: RpcError) -> Self {
        Self::Error(error)
    }
}

impl From<InputRequired> for Interrupt {
    fn from(required: InputRequired) -> Self {
        Self::InputRequired(Box::new(required))
    }
}

impl From<Task> for Interrupt {
    fn from(task: Task) -> Self {
        Self::Task(Box::new(task))
    }
}
