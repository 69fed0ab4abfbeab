//! The methods, parsed: what a request asks for, owning everything that it needs.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::capabilities::{Capabilities, ClientCapabilities};
use crate::completion::{CompleteRequest, CompletionReference};
use crate::context::LogLevel;
use crate::error::RpcError;
use crate::params::{Params, parse_log_level};
use crate::prompt::GetPrompt;
use crate::server::Implementation;
use crate::tool::CallTool;
use crate::version::Era;

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
}

/// The parameters of `initialize`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Initialize {
    pub(crate) protocol_version: String,
    #[serde(default)]
    pub(crate) capabilities: ClientCapabilities,
    #[serde(default)]
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
            _ => return Err(RpcError::method_not_found(method)),
        })
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

fn complete(params: &Params<'_>) -> Result<CompleteRequest, RpcError> {
    #[derive(Deserialize)]
    struct Complete {
        r#ref: CompletionReference,
        argument: Argument,
        #[serde(default)]
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
