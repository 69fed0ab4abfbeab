//! `mcp-protocol` by itself: a server of five tools, one of which says back what it is told.

use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use mcp_protocol::{
    CallTool, CallToolResult, Capabilities, HttpOptions, Interrupt, ListToolsResult, RequestContext,
    RpcError, Server, ServerInfo, StreamableHttp, Tool, ToolList,
};
use serde_json::{Value, json};

use crate::Failure;
use crate::counter::Counter;
use crate::requests::Revision::{Legacy, Modern};
use crate::requests::{HOST, Message};

struct Echo(ServerInfo, ToolList);

impl Echo {
    fn new() -> Self {
        let schema = json!({
            "type": "object",
            "properties": { "text": { "type": "string", "description": "What to say back." } },
            "required": ["text"],
            "additionalProperties": false,
        });
        let tools = ["echo", "lookup", "count", "place", "forget"];
        let tools =
            tools.map(|name| Tool::new(name, "A tool with one argument, which is a text.", schema.clone()));
        Self(ServerInfo::new("echo", "1.0.0"), ToolList::new(tools.into()))
    }
}

impl Server for Echo {
    type Principal = ();

    fn info(&self) -> &ServerInfo {
        &self.0
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::new().with_tools()
    }

    async fn list_tools(&self, _: &RequestContext<()>, _: Option<&str>) -> Result<ListToolsResult, RpcError> {
        Ok(ListToolsResult::new(self.1.clone()))
    }

    async fn call_tool(&self, _: &RequestContext<()>, call: CallTool) -> Result<CallToolResult, Interrupt> {
        match (call.name.as_str(), call.arguments.get("text").and_then(Value::as_str)) {
            ("echo", Some(text)) => Ok(CallToolResult::text(text.to_owned())),
            (name, _) => Err(RpcError::unknown_tool(name).into()),
        }
    }
}

pub(crate) fn count(counter: &Counter) -> Result<(), Failure> {
    let options = HttpOptions::new().allow_host(HOST);
    let endpoint = StreamableHttp::new(Arc::new(Echo::new()), options);
    let text = "Your table for four is ready.";
    for (name, message, status, expected) in [
        ("protocol/list-modern", Message::new(Modern, "tools/list", json!({})), 200, "forget"),
        ("protocol/list-legacy", Message::new(Legacy, "tools/list", json!({})), 200, "forget"),
        ("protocol/call-modern", Message::call(Modern, "echo", &json!({ "text": text })), 200, text),
        ("protocol/call-legacy", Message::call(Legacy, "echo", &json!({ "text": text })), 200, text),
        ("protocol/discover", Message::new(Modern, "server/discover", json!({})), 200, "supportedVersions"),
        ("protocol/bad-request", Message::new(Modern, "tools/list", json!({})).broken_off(), 400, "-32700"),
    ] {
        let request = message.request()?;
        let answer = counter.runtime().block_on(answer(&endpoint, request.clone()))?;
        if (answer.0, contains(&answer.1, expected)) != (status, true) {
            return Err(format!("{name}: {} {}", answer.0, String::from_utf8_lossy(&answer.1)).into());
        }
        counter.count(name, async || {
            let (answered, _) = self::answer(&endpoint, request.clone()).await?;
            if answered == status { Ok(()) } else { Err(format!("answered {answered}").into()) }
        })?;
    }
    Ok(())
}

async fn answer(
    endpoint: &StreamableHttp<Echo>,
    request: Request<Full<Bytes>>,
) -> Result<(u16, Bytes), Failure> {
    let response = endpoint.handle(request, ()).await;
    let status = response.status().as_u16();
    let body =
        response.into_body().collect().await.map_err(|error| format!("the answer broke off: {error}"))?;
    Ok((status, body.to_bytes()))
}

fn contains(body: &[u8], text: &str) -> bool {
    String::from_utf8_lossy(body).contains(text)
}
