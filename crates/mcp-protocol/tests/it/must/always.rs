//! What holds for every message, whatever the row is about: checked on each one that the suite receives.
//!
//! The rules of sections 1 and 7 that are about all messages, and the JSON Schema of the revision where it is beside the
//! repository (as in [`crate::schema`]).

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use jsonschema::Validator;
use mcp_protocol::ProtocolVersion;
use serde_json::{Value, json};

use super::On;
use crate::schema::schema;

/// The request that an answer belongs to, as far as it was a whole one.
#[derive(Debug, Default)]
pub(super) struct Origin {
    pub(super) id: Option<Value>,
    pub(super) method: Option<String>,
}

/// The rules, and what was asked up to now.
pub(super) struct Always {
    on: On,
    asked: Vec<(Value, Option<String>)>,
}

impl Always {
    pub(super) fn new(on: On) -> Self {
        Self { on, asked: Vec::new() }
    }

    pub(super) fn asked(&mut self, id: Option<&Value>, method: Option<&str>) {
        if let Some(id) = id {
            self.asked.push((id.clone(), method.map(str::to_owned)));
        }
    }

    /// The body of an answer: a message, or an array of them.
    pub(super) fn answer(&self, body: &Value, status: u16, origin: &Origin) -> Result<(), String> {
        let messages = body.as_array().map_or(std::slice::from_ref(body), Vec::as_slice);
        for message in messages {
            match (&origin.id, message.get("id")) {
                // rpc.id.echo
                (Some(asked), Some(answered)) if asked != answered => {
                    return Err(format!("{answered} answers {asked}"));
                }
                (Some(_), None) if status == 200 => return Err("the id is missing".to_owned()),
                _ => {}
            }
            self.message(message, origin.method.as_deref(), origin.method.is_some())?;
        }
        Ok(())
    }

    /// The message of an event.
    pub(super) fn event(&self, message: &Value) -> Result<(), String> {
        if let Some(messages) = message.as_array() {
            return messages.iter().try_for_each(|message| self.message(message, None, true));
        }
        let mut method = None;
        if message.get("method").is_none() && !self.asked.is_empty() {
            let id = message.get("id").ok_or("an answer without an id")?;
            let asked = self.asked.iter().rev().find(|(asked, _)| asked == id);
            method = asked.and_then(|(_, method)| method.as_deref());
        }
        self.message(message, method, true)
    }

    /// `whole`: the request was one of the row's revision, and not one that a row spelled out, which may be of any.
    fn message(&self, message: &Value, method: Option<&str>, whole: bool) -> Result<(), String> {
        let version = self.on.version();
        if message["jsonrpc"] != "2.0" {
            return Err("jsonrpc is not 2.0".to_owned());
        }
        meta_keys(message)?;
        // Before 2025-11-25 the schema wants an id in every error, also where there was none to be read.
        if whole && (message.get("error").is_none() || message.get("id").is_some()) {
            validate(version, "JSONRPCMessage", message)?;
        }
        match (message.get("method"), message.get("id"), message.get("result"), message.get("error")) {
            // v26.stream.noreq
            (Some(_), Some(_), None, None) if version.is_modern() => {
                Err("a request of the server's".to_owned())
            }
            (Some(_), Some(_), None, None) => validate(version, "ServerRequest", message),
            (Some(Value::String(method)), None, None, None) if method == "notifications/tasks" => Ok(()),
            (Some(_), None, None, None) => validate(version, "ServerNotification", message),
            (None, Some(_), Some(result), None) if whole => self.result(result, method),
            (None, Some(_), Some(_), None) => Ok(()),
            (None, _, None, Some(error)) => self.error(error, whole),
            _ => Err("neither request nor notification nor answer".to_owned()),
        }
    }

    fn result(&self, result: &Value, method: Option<&str>) -> Result<(), String> {
        let version = self.on.version();
        let kind = result.get("resultType").and_then(Value::as_str);
        if version.is_modern() && method.is_some() {
            // v26.resulttype, v26.meta.serverinfo, v26.mrtr.where
            let info = &result["_meta"]["io.modelcontextprotocol/serverInfo"];
            if info["name"] != "fixture" || info["version"] != "1.2.3" {
                return Err("the result lacks serverInfo".to_owned());
            }
            match (kind, method) {
                (Some("complete"), _) | (Some("task"), Some("tools/call")) => {}
                (Some("input_required"), Some("tools/call" | "prompts/get" | "resources/read")) => {
                    return validate(version, "InputRequiredResult", result);
                }
                other => return Err(format!("resultType and method: {other:?}")),
            }
        }
        let definition = match method {
            Some("tools/call") if kind != Some("task") => "CallToolResult",
            Some("tools/list") => "ListToolsResult",
            Some("resources/list") => "ListResourcesResult",
            Some("resources/templates/list") => "ListResourceTemplatesResult",
            Some("resources/read") => "ReadResourceResult",
            Some("prompts/list") => "ListPromptsResult",
            Some("prompts/get") => "GetPromptResult",
            Some("completion/complete") => "CompleteResult",
            Some("server/discover") => "DiscoverResult",
            Some("subscriptions/listen") => "SubscriptionsListenResult",
            _ => "Result",
        };
        validate(version, definition, result)
    }

    /// rpc.error.int, rpc.codes.legacyrange
    fn error(&self, error: &Value, whole: bool) -> Result<(), String> {
        let code = error["code"].as_i64().ok_or("error.code is no integer")?;
        if error["message"].as_str().is_none_or(str::is_empty) {
            return Err("error.message is missing".to_owned());
        }
        let version = self.on.version();
        let fits = match code {
            -32700 | -32603..=-32600 => true,
            -32022..=-32020 => !whole || version.is_modern(),
            -32002 => !version.is_modern(),
            -32042 => version == ProtocolVersion::V2025_11_25,
            -32768..=-32000 => false,
            _ => true,
        };
        if fits { Ok(()) } else { Err(format!("{code} is no code of {version}")) }
    }
}

/// meta.keys: a name, with or without a prefix of labels; nobody else's words under the protocol's own prefix.
fn meta_keys(value: &Value) -> Result<(), String> {
    const KNOWN: [&str; 2] = ["io.modelcontextprotocol/serverInfo", "io.modelcontextprotocol/subscriptionId"];
    let word = |text: &str, inner: &str| {
        let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        let inside = text.chars().all(|c| c.is_ascii_alphanumeric() || inner.contains(c));
        edge(text.chars().next()) && edge(text.chars().next_back()) && inside
    };
    let members = value.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value));
    let items = value.as_array().into_iter().flatten().map(|value| ("", value));
    for (name, value) in members.chain(items) {
        for key in value.as_object().filter(|_| name == "_meta").into_iter().flat_map(serde_json::Map::keys) {
            let (prefix, name) =
                key.split_once('/').map_or((None, key.as_str()), |(prefix, name)| (Some(prefix), name));
            let labels: Vec<&str> = prefix.map(|prefix| prefix.split('.').collect()).unwrap_or_default();
            let reserved = matches!(labels.get(1), Some(&"modelcontextprotocol" | &"mcp"));
            if !word(name, "-_.") || !labels.iter().all(|label| word(label, "-")) {
                return Err(format!("{key} is no key for _meta"));
            }
            if reserved && !KNOWN.contains(&key.as_str()) {
                return Err(format!("{key} is reserved"));
            }
        }
        meta_keys(value)?;
    }
    Ok(())
}

/// Compiled once; none where the schema is not there.
type Validators = HashMap<(ProtocolVersion, String), Option<Arc<Validator>>>;

/// Against the definition of this name, where the schema is there.
fn validate(version: ProtocolVersion, name: &str, value: &Value) -> Result<(), String> {
    static VALIDATORS: Mutex<Option<Validators>> = Mutex::new(None);
    let validator = {
        let mut validators = VALIDATORS.lock().unwrap();
        let known = validators.get_or_insert_default().entry((version, name.to_owned()));
        known.or_insert_with(|| compile(version, name).map(Arc::new)).clone()
    };
    let Some(validator) = validator else { return Ok(()) };
    let errors: Vec<String> = validator.iter_errors(value).map(|error| error.to_string()).collect();
    if errors.is_empty() { Ok(()) } else { Err(format!("no {name} of {version}: {}", errors.join("; "))) }
}

fn compile(version: ProtocolVersion, name: &str) -> Option<Validator> {
    let mut document = schema(version)?;
    let definitions = if document.get("$defs").is_some() { "$defs" } else { "definitions" };
    document["$ref"] = json!(format!("#/{definitions}/{name}"));
    Some(jsonschema::validator_for(&document).unwrap())
}
