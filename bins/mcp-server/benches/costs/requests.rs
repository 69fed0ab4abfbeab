//! The MCP requests of the cases, as clients of either era write them.

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use serde_json::{Value, json};

use crate::Failure;

/// The host that the servers of this program are reached at.
pub(crate) const HOST: &str = "mcp.example.com";

/// Which revision a client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Revision {
    Modern,
    Legacy,
}

impl Revision {
    fn name(self) -> &'static str {
        match self {
            Self::Modern => "2026-07-28",
            Self::Legacy => "2025-11-25",
        }
    }
}

/// A request: headers besides those of every request, and the body.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Message {
    /// A method with its parameters.
    pub(crate) fn new(revision: Revision, method: &str, mut params: Value) -> Self {
        let mut headers = vec![("mcp-protocol-version", revision.name().to_owned())];
        if revision == Revision::Modern {
            headers.push(("mcp-method", method.to_owned()));
            if let Some(name) = params["name"].as_str() {
                headers.push(("mcp-name", name.to_owned()));
            }
            params["_meta"] = json!({
                "io.modelcontextprotocol/protocolVersion": revision.name(),
                "io.modelcontextprotocol/clientInfo": { "name": "guard", "version": "1" },
                "io.modelcontextprotocol/clientCapabilities": {},
            });
        }
        let body = json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params }).to_string();
        Self { headers, body }
    }

    /// A call of a tool.
    pub(crate) fn call(revision: Revision, tool: &str, arguments: &Value) -> Self {
        Self::new(revision, "tools/call", json!({ "name": tool, "arguments": arguments }))
    }

    /// The same with a body that breaks off.
    pub(crate) fn broken_off(mut self) -> Self {
        self.body.truncate(self.body.len() / 2);
        self
    }

    /// For a server without a socket.
    pub(crate) fn request(&self) -> Result<Request<Full<Bytes>>, Failure> {
        let mut request = Request::post("/mcp");
        for (name, value) in self.all_headers(None) {
            request = request.header(name, value);
        }
        Ok(request.body(Full::new(Bytes::from(self.body.clone())))?)
    }

    /// As HTTP/1.1 has it on the wire.
    pub(crate) fn bytes(&self, token: Option<&str>) -> Vec<u8> {
        let mut text = String::from("POST /mcp HTTP/1.1\r\n");
        for (name, value) in self.all_headers(token) {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str(&format!("\r\n{}", self.body));
        text.into_bytes()
    }

    fn all_headers(&self, token: Option<&str>) -> Vec<(&'static str, String)> {
        let mut headers = vec![
            ("host", HOST.to_owned()),
            ("x-forwarded-for", "203.0.113.7".to_owned()),
            ("user-agent", "guard/1".to_owned()),
            ("accept", "application/json, text/event-stream".to_owned()),
            ("content-type", "application/json".to_owned()),
            ("content-length", self.body.len().to_string()),
        ];
        headers.extend(token.map(|token| ("authorization", format!("Bearer {token}"))));
        headers.extend(self.headers.iter().cloned());
        headers
    }
}
