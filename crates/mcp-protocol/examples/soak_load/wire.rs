//! The requests that clients of each revision send, and what an answer must be.

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST};
use http::request::Builder;
use http::{Method, Request};
use http_body_util::Full;
use serde_json::{Value, json};

use crate::Failure;
use crate::connection::Post;

pub(crate) const MODERN: &str = "2026-07-28";
/// Those of Streamable HTTP.
pub(crate) const LEGACY: [&str; 3] = ["2025-03-26", "2025-06-18", "2025-11-25"];
/// Those that are spoken over HTTP+SSE.
pub(crate) const OVER_SSE: [&str; 4] = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"];

/// Who sends, and as a client of which revision.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client<'a> {
    pub(crate) user: &'a str,
    pub(crate) revision: &'static str,
    /// Of the legacy revisions.
    pub(crate) session: Option<&'a str>,
}

impl Client<'_> {
    /// A POST to the endpoint.
    pub(crate) fn post(&self, body: &Value) -> Result<Post, Failure> {
        let mut request = self.head(Method::POST, "/mcp").header(CONTENT_TYPE, "application/json");
        if self.revision == MODERN {
            let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
            request = request.header("mcp-method", text("/method"));
            if let Some(name) = body.pointer("/params/name").and_then(Value::as_str) {
                request = request.header("mcp-name", name);
            }
        }
        whole(request, body)
    }

    /// A GET of the endpoint: the session's stream, or the rest of a call's after this event.
    pub(crate) fn get(&self, last_event: Option<&str>) -> Result<Post, Failure> {
        let mut request = self.head(Method::GET, "/mcp");
        if let Some(id) = last_event {
            request = request.header("last-event-id", id);
        }
        Ok(request.body(Full::default())?)
    }

    /// A DELETE of the session.
    pub(crate) fn delete(&self) -> Result<Post, Failure> {
        Ok(self.head(Method::DELETE, "/mcp").body(Full::default())?)
    }

    /// A GET of HTTP+SSE.
    pub(crate) fn open_sse(&self) -> Result<Post, Failure> {
        Ok(self.head(Method::GET, "/sse").body(Full::default())?)
    }

    /// A message of HTTP+SSE, to where the stream's first event said.
    pub(crate) fn post_sse(&self, endpoint: &str, body: &Value) -> Result<Post, Failure> {
        whole(self.head(Method::POST, endpoint).header(CONTENT_TYPE, "application/json"), body)
    }

    fn head(&self, method: Method, path: &str) -> Builder {
        let bearer = format!("Bearer {}", self.user);
        let request = Request::builder().method(method).uri(path).header(HOST, "localhost");
        let request = request.header(AUTHORIZATION, bearer).header("mcp-protocol-version", self.revision);
        let request = request.header(ACCEPT, "application/json, text/event-stream");
        match self.session {
            Some(session) => request.header("mcp-session-id", session),
            None => request,
        }
    }

    /// A request, with what its revision wants in every one.
    pub(crate) fn request(&self, id: &Value, method: &str, mut params: Value) -> Value {
        if self.revision == MODERN {
            params["_meta"]["io.modelcontextprotocol/protocolVersion"] = MODERN.into();
            params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = json!({ "elicitation": {} });
            params["_meta"]["io.modelcontextprotocol/clientInfo"] = json!({ "name": "soak", "version": "1" });
        }
        json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
    }

    /// A call of a tool that takes a text; with progress, if it is wanted.
    pub(crate) fn call(&self, id: &Value, tool: &str, text: &str, progress: bool) -> Value {
        let mut params = json!({ "name": tool, "arguments": { "text": text } });
        if progress {
            params["_meta"]["progressToken"] = id.clone();
        }
        self.request(id, "tools/call", params)
    }

    /// The first request of a legacy client, which can be asked.
    pub(crate) fn initialize(&self, id: &Value) -> Value {
        let params = json!({
            "protocolVersion": self.revision,
            "capabilities": { "elicitation": {} },
            "clientInfo": { "name": "soak", "version": "1" }
        });
        self.request(id, "initialize", params)
    }
}

pub(crate) fn initialized() -> Value {
    json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })
}

pub(crate) fn cancelled(id: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": id } })
}

/// The answer of a person to `confirm`.
pub(crate) fn accepted(id: &Value, how: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "result": { "action": "accept", "content": { "how": how } } })
}

fn whole(request: Builder, body: &Value) -> Result<Post, Failure> {
    Ok(request.body(Full::new(Bytes::from(serde_json::to_vec(body)?)))?)
}

/// The result of the answer to `id`.
pub(crate) fn result<'a>(answer: &'a Value, id: &Value) -> Result<&'a Value, Failure> {
    match answer.get("result") {
        Some(result) if answer.get("id") == Some(id) => Ok(result),
        _ => Err(format!("this does not answer {id}: {answer}").into()),
    }
}

/// Checks that the answer to `id` is a tool's, and says `text`.
pub(crate) fn says(answer: &Value, id: &Value, text: &str) -> Result<(), Failure> {
    let result = result(answer, id)?;
    let said = result.pointer("/content/0/text").and_then(Value::as_str);
    if said == Some(text) && result.get("isError").is_none() {
        return Ok(());
    }
    Err(format!("the answer to {id} is not `{text}`: {answer}").into())
}

/// Whether a message is a request or notification of this method.
pub(crate) fn is(message: &Value, method: &str) -> bool {
    message.get("method").and_then(Value::as_str) == Some(method)
}
