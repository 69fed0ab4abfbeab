//! An MCP client made of plain HTTP, so that a test sees every status and header.

use serde_json::{Value, json};

use super::login::client;
use super::server::TestServer;

/// The newest revision.
pub(crate) const MODERN: &str = "2026-07-28";
/// The newest revision with `initialize`.
pub(crate) const LEGACY: &str = "2025-11-25";

/// One connection: an endpoint, a bearer token, a revision.
pub(crate) struct Mcp {
    http: reqwest::Client,
    url: String,
    token: String,
    version: &'static str,
    user_agent: &'static str,
    capabilities: Value,
    traceparents: Option<(&'static str, &'static str)>,
}

/// An answer with everything around it.
#[derive(Debug)]
pub(crate) struct Answer {
    /// HTTP status.
    pub status: u16,
    /// `WWW-Authenticate`, when there is one.
    pub challenge: Option<String>,
    /// The JSON-RPC message; null when the body is empty.
    pub body: Value,
}

impl Mcp {
    /// The newest revision at `/mcp`.
    pub(crate) fn new(server: &TestServer, token: &str) -> Self {
        Self {
            http: client(),
            url: server.mcp(),
            token: token.to_owned(),
            version: MODERN,
            user_agent: "test/1",
            capabilities: json!({}),
            traceparents: None,
        }
    }

    /// Speaks another revision.
    pub(crate) fn version(mut self, version: &'static str) -> Self {
        self.version = version;
        self
    }

    /// Talks to another path on the same server.
    pub(crate) fn path(mut self, path: &str) -> Self {
        self.url = self.url.replace("/mcp", path);
        self
    }

    /// Says to be another client.
    pub(crate) fn user_agent(mut self, user_agent: &'static str) -> Self {
        self.user_agent = user_agent;
        self
    }

    /// Can do this, on the newest revision.
    pub(crate) fn capabilities(mut self, capabilities: Value) -> Self {
        self.capabilities = capabilities;
        self
    }

    /// Says which trace its requests belong to: in the HTTP header, and in `_meta`.
    pub(crate) fn traceparents(mut self, header: &'static str, meta: &'static str) -> Self {
        self.traceparents = Some((header, meta));
        self
    }

    /// One request.
    pub(crate) async fn request(&self, method: &str, mut params: Value) -> Answer {
        let mut request = self
            .http
            .post(&self.url)
            .bearer_auth(&self.token)
            .header("accept", "application/json, text/event-stream")
            .header("user-agent", self.user_agent)
            .header("mcp-protocol-version", self.version);
        if self.version == MODERN {
            request = request.header("mcp-method", method);
            if let Some(name) = params["name"].as_str().or(params["uri"].as_str()) {
                request = request.header("mcp-name", name);
            }
            params["_meta"] = json!({
                "io.modelcontextprotocol/protocolVersion": MODERN,
                "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
                "io.modelcontextprotocol/clientCapabilities": self.capabilities,
            });
        }
        if let Some((header, meta)) = self.traceparents {
            request = request.header("traceparent", header);
            params["_meta"]["traceparent"] = json!(meta);
        }
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let response = request.json(&body).send().await.unwrap();
        let status = response.status().as_u16();
        let challenge =
            response.headers().get("www-authenticate").map(|value| value.to_str().unwrap().to_owned());
        let text = response.text().await.unwrap();
        let body = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).expect(&text) };
        Answer { status, challenge, body }
    }

    /// The names that `tools/list` gives.
    pub(crate) async fn tools(&self) -> Vec<String> {
        let answer = self.request("tools/list", json!({})).await;
        let tools = answer.body["result"]["tools"].as_array().unwrap_or_else(|| panic!("{answer:?}"));
        tools.iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
    }

    /// Calls a tool and returns the result, whether it says `isError` or not.
    pub(crate) async fn call(&self, tool: &str, arguments: Value) -> Value {
        let answer = self.request("tools/call", json!({ "name": tool, "arguments": arguments })).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let result = &answer.body["result"];
        assert!(result.is_object(), "{answer:?}");
        result.clone()
    }

    /// Calls a tool that must work, and returns its structured output.
    pub(crate) async fn output(&self, tool: &str, arguments: Value) -> Value {
        let result = self.call(tool, arguments).await;
        assert_ne!(result["isError"], true, "{result}");
        result["structuredContent"].clone()
    }
}
