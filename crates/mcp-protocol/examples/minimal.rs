//! A whole server: one tool, over Streamable HTTP at `/mcp`. `cargo run --example minimal -- 127.0.0.1:8000`
#![expect(clippy::print_stdout, reason = "an example says where it listens")]

use std::error::Error;
use std::sync::Arc;

use axum::Router;
use mcp_protocol::{
    CallTool, CallToolResult, Capabilities, HttpOptions, Interrupt, ListToolsResult, RequestContext,
    RpcError, Server, ServerInfo, StreamableHttp, Tool, ToolList,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// Greets.
pub(crate) struct Greeter(ServerInfo, ToolList);

impl Greeter {
    pub(crate) fn new() -> Self {
        let name =
            json!({ "type": "object", "properties": { "name": { "type": "string" } }, "required": ["name"] });
        let tools = ToolList::new(vec![Tool::new("greet", "Greets somebody by name.", name)]);
        Self(ServerInfo::new("greeter", "1.0.0"), tools)
    }
}

impl Server for Greeter {
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
        match (call.name.as_str(), call.arguments.get("name").and_then(Value::as_str)) {
            ("greet", Some(name)) => Ok(CallToolResult::text(format!("Hello, {name}!"))),
            ("greet", None) => Ok(CallToolResult::error("`name` is missing: whom should I greet?")),
            (name, _) => Err(RpcError::unknown_tool(name).into()),
        }
    }
}

pub(crate) async fn serve(listener: TcpListener) -> std::io::Result<()> {
    let endpoint = StreamableHttp::new(Arc::new(Greeter::new()), HttpOptions::new());
    axum::serve(listener, Router::new().route_service("/mcp", endpoint)).await
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    let listener = TcpListener::bind(address).await?;
    println!("http://{}/mcp", listener.local_addr()?);
    Ok(serve(listener).await?)
}
