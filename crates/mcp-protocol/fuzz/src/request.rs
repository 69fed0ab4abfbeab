//! From a step to an HTTP request: as it is, or around a message that is built of its pieces.

use std::convert::Infallible;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::stream::{self, Iter};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use http_body::Frame;
use http_body_util::StreamBody;
use serde_json::Value;

use super::memory::Memory;
use super::script::{Flags, Step, What};

/// What a client of either era can do.
const ABLE: &str = r#"{"elicitation":{"form":{},"url":{}},"sampling":{"tools":{}},"roots":{"listChanged":true},"extensions":{"io.modelcontextprotocol/tasks":{}}}"#;

/// A body in one piece or in several.
pub(crate) type Frames = StreamBody<Iter<std::vec::IntoIter<Result<Frame<Bytes>, Infallible>>>>;

/// A request before it is sent.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) method: Method,
    pub(crate) target: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    pub(crate) flags: Flags,
}

impl Prepared {
    /// The request of a step; none for a step that is none, or that HTTP cannot carry.
    pub(crate) fn of(step: &Step<'_>, number: usize, path: &str, memory: &Memory) -> Option<Self> {
        let post = |headers, body| Self::post(path, headers, body, step.flags);
        let text = memory.fill(step.text);
        Some(match step.what {
            What::Http { method, target } => {
                let target = memory.fill(target.as_bytes());
                let (headers, body) = head_and_body(&text);
                Self {
                    method: method.parse().ok()?,
                    target: std::str::from_utf8(&target).ok()?.parse().ok()?,
                    headers,
                    body,
                    flags: step.flags,
                }
            }
            What::Modern { method, id } => {
                let body = message(id, Some(number), method, &modern_params(&text, step.flags));
                post(modern_headers(method, &text), body)
            }
            What::Legacy { version, method, id } => {
                let params =
                    if method == "initialize" { initialize(version, &text, step.flags) } else { text };
                let session = memory.session.as_deref().filter(|_| method != "initialize");
                post(legacy_headers(version, session), message(id, Some(number), method, &params))
            }
            What::Notify { version, method } => {
                post(legacy_headers(version, memory.session.as_deref()), message(None, None, method, &text))
            }
            What::Answer { refuses } => {
                let headers = legacy_headers("-", memory.session.as_deref());
                post(headers, answer(memory.question.as_deref(), refuses, &text))
            }
            What::Batch => {
                let body = [b"[", &*text, b"]"].concat();
                post(legacy_headers("2025-03-26", memory.session.as_deref()), body)
            }
            What::Open => {
                let headers = legacy_headers("-", memory.session.as_deref());
                Self { method: Method::GET, ..post(headers, Vec::new()) }
            }
            What::Body => post(legacy_headers("-", None), text),
            What::As(_) | What::HangUp | What::Changed | What::Wait | What::ShutDown => return None,
        })
    }

    fn post(path: &str, mut headers: HeaderMap, body: Vec<u8>, flags: Flags) -> Self {
        let accept = match (flags.json, flags.events) {
            (true, false) => "application/json",
            (false, true) => "text/event-stream",
            _ => "application/json, text/event-stream",
        };
        headers.insert("accept", HeaderValue::from_static(accept));
        headers.insert("host", HeaderValue::from_static("localhost"));
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        Self { method: Method::POST, target: path.parse().unwrap(), headers, body, flags }
    }

    /// The request.
    pub(crate) fn request(&self) -> Request<Frames> {
        let length = if self.flags.frames { 7 } else { self.body.len().max(1) };
        let pieces = self.body.chunks(length).map(Bytes::copy_from_slice);
        let frames: Vec<_> = pieces.map(|piece| Ok(Frame::data(piece))).collect();
        let mut request = Request::new(StreamBody::new(stream::iter(frames)));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.target.clone();
        *request.headers_mut() = self.headers.clone();
        request
    }

    /// The header's value, when it is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Headers up to an empty line, then the body. What is no header is left out.
fn head_and_body(text: &[u8]) -> (HeaderMap, Vec<u8>) {
    let mut headers = HeaderMap::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        let line = &rest[..end];
        rest = rest.get(end + 1..).unwrap_or_default();
        if line.is_empty() {
            break;
        }
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let name = HeaderName::from_bytes(&line[..colon]);
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii());
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    (headers, rest.to_vec())
}

/// A request, or a notification. The params are put in as they are.
pub(crate) fn message(id: Option<&str>, number: Option<usize>, method: &str, params: &[u8]) -> Vec<u8> {
    let mut message = br#"{"jsonrpc":"2.0","#.to_vec();
    match (id, number) {
        (Some(id), _) => message.extend_from_slice(format!(r#""id":{id},"#).as_bytes()),
        (None, Some(number)) => message.extend_from_slice(format!(r#""id":{number},"#).as_bytes()),
        (None, None) => {}
    }
    message.extend_from_slice(br#""method":"#);
    message.extend_from_slice(Value::from(method).to_string().as_bytes());
    if !params.trim_ascii().is_empty() {
        message.extend_from_slice(br#","params":"#);
        message.extend_from_slice(params);
    }
    message.push(b'}');
    message
}

/// An answer to a question of the server's.
pub(crate) fn answer(question: Option<&str>, refuses: bool, text: &[u8]) -> Vec<u8> {
    let id = Value::from(question.unwrap_or("1~0"));
    let member = if refuses { "error" } else { "result" };
    [format!(r#"{{"jsonrpc":"2.0","id":{id},"{member}":"#).as_bytes(), text, b"}"].concat()
}

/// The params of `initialize`, when the step has none of its own.
pub(crate) fn initialize(version: &str, text: &[u8], flags: Flags) -> Vec<u8> {
    if !text.trim_ascii().is_empty() {
        return text.to_vec();
    }
    let version = if version == "-" { "2025-11-25" } else { version };
    let capabilities = if flags.plain { "{}" } else { ABLE };
    let client = r#"{"name":"fuzz","version":"1"}"#;
    let version = Value::from(version);
    format!(r#"{{"protocolVersion":{version},"capabilities":{capabilities},"clientInfo":{client}}}"#)
        .into_bytes()
}

/// The params with an envelope at their beginning.
pub(crate) fn modern_params(text: &[u8], flags: Flags) -> Vec<u8> {
    let text = text.trim_ascii();
    let Some(inside) = text.strip_prefix(b"{").or(text.is_empty().then_some(b"}")) else {
        return text.to_vec();
    };
    let capabilities = if flags.plain { "{}" } else { ABLE };
    let more =
        if flags.plain { "" } else { r#","io.modelcontextprotocol/logLevel":"info","progressToken":"p""# };
    let meta = format!(
        r#"{{"_meta":{{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{{"name":"fuzz","version":"1"}},"io.modelcontextprotocol/clientCapabilities":{capabilities}{more}}}"#
    );
    let comma: &[u8] = if inside.trim_ascii_start().starts_with(b"}") { b"" } else { b"," };
    [meta.as_bytes(), comma, inside].concat()
}

/// The headers that agree with the params, as far as those can be read.
fn modern_headers(method: &str, text: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut add = |name: &'static str, value: &str| {
        let plain = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_graphic());
        let value = if plain && !value.starts_with("=?") {
            value.to_owned()
        } else {
            format!("=?base64?{}?=", STANDARD.encode(value))
        };
        headers.insert(name, HeaderValue::from_str(&value).unwrap());
    };
    add("mcp-protocol-version", "2026-07-28");
    let params: Value = serde_json::from_slice(text).unwrap_or_default();
    let member = match method {
        "tools/call" | "prompts/get" => "name",
        "resources/read" => "uri",
        _ => "taskId",
    };
    if let Some(name) = params[member].as_str() {
        add("mcp-name", name);
    }
    let arguments = &params["arguments"];
    for (name, value) in [
        ("mcp-param-region", &arguments["region"]),
        ("mcp-param-page-size", &arguments["page"]["size"]),
        ("mcp-param-dry", &arguments["dry"]),
    ] {
        match value {
            Value::Null => {}
            Value::String(text) => add(name, text),
            other => add(name, &other.to_string()),
        }
    }
    // Compared as it is, and a method is not encoded.
    if let Ok(method) = HeaderValue::from_str(method) {
        headers.insert("mcp-method", method);
    }
    headers
}

fn legacy_headers(version: &str, session: Option<&str>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut add = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    if version != "-" {
        add("mcp-protocol-version", version);
    }
    if let Some(session) = session {
        add("mcp-session-id", session);
    }
    headers
}
