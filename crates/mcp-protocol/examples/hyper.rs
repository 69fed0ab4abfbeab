//! The smallest server: one tool over Streamable HTTP, on hyper. `cargo run --example hyper -- 127.0.0.1:8000`
#![expect(clippy::print_stdout, reason = "an example says where it listens")]

use std::convert::Infallible;
use std::error::Error;
use std::sync::Arc;

use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use mcp_protocol::{
    CallTool, CallToolResult, Capabilities, HttpOptions, Interrupt, ListToolsResult, RequestContext,
    RpcError, Server, ServerInfo, StreamableHttp, Tool, ToolList,
};
use serde_json::json;
use tokio::net::TcpListener;

struct Greeter {
    info: ServerInfo,
    tools: ToolList,
}

impl Server for Greeter {
    type Principal = ();

    fn info(&self) -> &ServerInfo {
        &self.info
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::new().with_tools()
    }

    async fn list_tools(&self, _: &RequestContext<()>, _: Option<&str>) -> Result<ListToolsResult, RpcError> {
        Ok(ListToolsResult::new(self.tools.clone()))
    }

    async fn call_tool(&self, _: &RequestContext<()>, call: CallTool) -> Result<CallToolResult, Interrupt> {
        match (call.name.as_str(), call.arguments.get("name").and_then(|name| name.as_str())) {
            ("greet", Some(name)) => Ok(CallToolResult::text(format!("Hello, {name}!"))),
            ("greet", None) => Ok(CallToolResult::error("`name` is missing: whom should I greet?")),
            _ => Err(RpcError::unknown_tool(&call.name).into()),
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let schema =
        json!({ "type": "object", "properties": { "name": { "type": "string" } }, "required": ["name"] });
    let greeter = Greeter {
        info: ServerInfo::new("greeter", "1.0.0"),
        tools: ToolList::new(vec![Tool::new("greet", "Greets somebody by name.", schema)]),
    };
    let endpoint = StreamableHttp::new(Arc::new(greeter), HttpOptions::new());

    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    let listener = TcpListener::bind(address).await?;
    println!("http://{}/", listener.local_addr()?);
    loop {
        let (socket, _) = listener.accept().await?;
        let endpoint = endpoint.clone();
        tokio::spawn(async move {
            let service =
                service_fn(|request| async { Ok::<_, Infallible>(endpoint.handle(request, ()).await) });
            hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(socket), service)
                .await
        });
    }
}
