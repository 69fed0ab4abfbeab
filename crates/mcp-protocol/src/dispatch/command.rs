//! The methods, parsed: what a request asks for, owning everything that it needs.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::capabilities::{Capabilities, ClientCapabilities, TASKS};
use crate::completion::{CompleteRequest, CompletionReference};
use crate::context::LogLevel;
use crate::error::RpcError;
use crate::info::Implementation;
use crate::object::{nullable, object};
use crate::params::{Params, parse_log_level};
use crate::prompt::GetPrompt;
use crate::subscription::{Filter, MOST_SUBSCRIPTIONS};
use crate::tool::CallTool;
use crate::version::Era;

/// The longest URI that can be subscribed to, in bytes. It is remembered as long as its session, with a thousand others:
/// the bound of a body, which is for everything else, would let one client fill the memory.
const LONGEST_FOLLOWED: usize = 4_096;

/// What a request asks for.
#[derive(Debug)]
pub(crate) enum Command {
    Initialize(Box<Initialize>),
    Discover,
    Ping,
    SetLevel(LogLevel),
    ListTools(Option<String>),
    CallTool(CallTool),
    ListResources(Option<String>),
    ListResourceTemplates(Option<String>),
    ReadResource(String),
    ListPrompts(Option<String>),
    GetPrompt(GetPrompt),
    Complete(CompleteRequest),
    /// Legacy: the transport remembers it.
    Subscribe(String),
    Unsubscribe(String),
    /// Modern: the transport answers it, with a stream.
    Listen(Filter),
    GetTask(String),
    UpdateTask(String, Map<String, Value>),
    CancelTask(String),
}

/// The parameters of `initialize`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Initialize {
    pub(crate) protocol_version: String,
    #[serde(default)]
    pub(crate) capabilities: ClientCapabilities,
    #[serde(default, deserialize_with = "nullable")]
    pub(crate) client_info: Option<Implementation>,
}

impl Command {
    /// Reads a request: method, capability, then arguments (the order in which the checks are made).
    ///
    /// # Errors
    /// -32601 for a method that this era does not have or the server did not declare; -32602 for parameters that do
    /// not fit it.
    pub(crate) fn parse(
        method: &str,
        params: &Params<'_>,
        era: Era,
        declared: &Capabilities,
    ) -> Result<Self, RpcError> {
        let legacy = era == Era::Legacy;
        Ok(match method {
            "initialize" if legacy => Self::Initialize(Box::new(params.read()?)),
            "ping" if legacy => Self::Ping,
            "logging/setLevel" if legacy && declared.logging => Self::SetLevel(set_level(params)?),
            "server/discover" if !legacy => Self::Discover,
            "tools/list" if declared.tools => Self::ListTools(params.cursor()?),
            "tools/call" if declared.tools => {
                let name = Params::required(params.name(), "name")?;
                Self::CallTool(CallTool::new(name, params.arguments("an object")?))
            }
            "resources/list" if declared.resources => Self::ListResources(params.cursor()?),
            "resources/templates/list" if declared.resources => Self::ListResourceTemplates(params.cursor()?),
            "resources/read" if declared.resources => {
                Self::ReadResource(Params::required(params.uri(), "uri")?)
            }
            "prompts/list" if declared.prompts => Self::ListPrompts(params.cursor()?),
            "prompts/get" if declared.prompts => {
                let name = Params::required(params.name(), "name")?;
                Self::GetPrompt(GetPrompt::new(name, params.arguments("an object of strings")?))
            }
            "completion/complete" if declared.completions => Self::Complete(complete(params)?),
            "resources/subscribe" if legacy && declared.resource_subscriptions => {
                Self::Subscribe(followed(params)?)
            }
            "resources/unsubscribe" if legacy && declared.resource_subscriptions => {
                Self::Unsubscribe(Params::required(params.uri(), "uri")?)
            }
            "subscriptions/listen" if !legacy && declared.has_events() => Self::Listen(listen(params)?),
            "tasks/get" if !legacy && declared.has_tasks() => Self::GetTask(task(params)?),
            "tasks/cancel" if !legacy && declared.has_tasks() => Self::CancelTask(task(params)?),
            "tasks/update" if !legacy && declared.has_tasks() => {
                Self::UpdateTask(task(params)?, params.input_responses()?)
            }
            _ => return Err(RpcError::method_not_found(method)),
        })
    }

    /// The method, as [`Command::parse`] took it.
    pub(crate) fn method(&self) -> &'static str {
        match self {
            Self::Initialize(_) => "initialize",
            Self::Discover => "server/discover",
            Self::Ping => "ping",
            Self::SetLevel(_) => "logging/setLevel",
            Self::ListTools(_) => "tools/list",
            Self::CallTool(_) => "tools/call",
            Self::ListResources(_) => "resources/list",
            Self::ListResourceTemplates(_) => "resources/templates/list",
            Self::ReadResource(_) => "resources/read",
            Self::ListPrompts(_) => "prompts/list",
            Self::GetPrompt(_) => "prompts/get",
            Self::Complete(_) => "completion/complete",
            Self::Subscribe(_) => "resources/subscribe",
            Self::Unsubscribe(_) => "resources/unsubscribe",
            Self::Listen(_) => "subscriptions/listen",
            Self::GetTask(_) => "tasks/get",
            Self::UpdateTask(..) => "tasks/update",
            Self::CancelTask(_) => "tasks/cancel",
        }
    }

    /// The tool or prompt that is asked for.
    pub(crate) fn name(&self) -> Option<&str> {
        match self {
            Self::CallTool(call) => Some(&call.name),
            Self::GetPrompt(prompt) => Some(&prompt.name),
            _ => None,
        }
    }

    /// The method of a command that can be interrupted by a question (`v26.mrtr.where`).
    pub(crate) fn interruptible(&self) -> Option<&'static str> {
        match self {
            Self::CallTool(_) => Some("tools/call"),
            Self::GetPrompt(_) => Some("prompts/get"),
            Self::ReadResource(_) => Some("resources/read"),
            _ => None,
        }
    }

    /// Refuses what needs an extension that the client did not declare for this request (`task.gate`, `v26.sub.tasks`).
    ///
    /// # Errors
    /// -32021.
    pub(crate) fn permitted(&self, client: &ClientCapabilities) -> Result<(), RpcError> {
        let extension = match self {
            Self::GetTask(_) | Self::UpdateTask(..) | Self::CancelTask(_) => TASKS,
            Self::Listen(filter) if !filter.task_ids.is_empty() => TASKS,
            _ => return Ok(()),
        };
        client.extension(extension).map(drop).ok_or_else(|| RpcError::missing_extension(extension))
    }

    /// Whether the server may speak before it answers: only work that can take long.
    pub(crate) fn can_notify(&self) -> bool {
        matches!(self, Self::CallTool(_) | Self::ReadResource(_) | Self::GetPrompt(_) | Self::Complete(_))
    }
}

fn set_level(params: &Params<'_>) -> Result<LogLevel, RpcError> {
    #[derive(Deserialize)]
    struct SetLevel {
        level: Box<RawValue>,
    }
    parse_log_level(params.read::<SetLevel>()?.level.get())
}

fn followed(params: &Params<'_>) -> Result<String, RpcError> {
    let uri = Params::required(params.uri(), "uri")?;
    if uri.len() > LONGEST_FOLLOWED {
        let problem = format!("`uri` is longer than {LONGEST_FOLLOWED} bytes, and cannot be subscribed to");
        return Err(RpcError::invalid_params(problem));
    }
    Ok(uri)
}

fn task(params: &Params<'_>) -> Result<String, RpcError> {
    Params::required(params.task_id(), "taskId")
}

fn listen(params: &Params<'_>) -> Result<Filter, RpcError> {
    #[derive(Deserialize)]
    struct Listen {
        #[serde(deserialize_with = "object")]
        notifications: Filter,
    }
    // v26.sub.needs-filter
    let Listen { notifications: filter } = params.read()?;
    if filter.resource_subscriptions.len() > MOST_SUBSCRIPTIONS || filter.task_ids.len() > MOST_SUBSCRIPTIONS
    {
        return Err(RpcError::invalid_params(format!(
            "A stream follows at most {MOST_SUBSCRIPTIONS} resources and as many tasks: open another"
        )));
    }
    Ok(filter)
}

fn complete(params: &Params<'_>) -> Result<CompleteRequest, RpcError> {
    #[derive(Deserialize)]
    struct Complete {
        #[serde(deserialize_with = "object")]
        r#ref: CompletionReference,
        #[serde(deserialize_with = "object")]
        argument: Argument,
        #[serde(default, deserialize_with = "object")]
        context: Context,
    }
    #[derive(Deserialize)]
    struct Argument {
        name: String,
        value: String,
    }
    #[derive(Default, Deserialize)]
    struct Context {
        #[serde(default)]
        arguments: BTreeMap<String, String>,
    }
    let Complete { r#ref, argument, context } = params.read()?;
    let mut request = CompleteRequest::new(r#ref, argument.name, argument.value);
    request.known = context.arguments;
    Ok(request)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use serde_json::value::to_raw_value;

    use super::*;
    use crate::error::ErrorCode;

    #[test]
    fn what_is_followed_is_short() {
        let declared = Capabilities::new().with_resources().with_resource_subscriptions();
        let parse = |method: &str, length: usize| {
            let params = to_raw_value(&json!({ "uri": "x".repeat(length) })).unwrap();
            let params = Params::parse(Some(&params)).unwrap();
            Command::parse(method, &params, Era::Legacy, &declared).map_err(|error| error.code)
        };
        assert!(parse("resources/subscribe", LONGEST_FOLLOWED).is_ok());
        let refused = parse("resources/subscribe", LONGEST_FOLLOWED + 1).unwrap_err();
        assert_eq!(refused, ErrorCode::INVALID_PARAMS);
        // Nothing of these is kept.
        assert!(parse("resources/unsubscribe", LONGEST_FOLLOWED + 1).is_ok());
        assert!(parse("resources/read", LONGEST_FOLLOWED + 1).is_ok());
    }
}
