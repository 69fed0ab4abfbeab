//! `mcp-protocol` alone, on hyper: what it costs without the rest of the server.
//!
//! `ours --listen 127.0.0.1:8000 --tools 20 --upstream http://127.0.0.1:8001`

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;

use clap::Parser;
use contenders::catalogue;
use contenders::serve::{runtime, serve};
use contenders::upstream::Fetcher;
use mcp_protocol::{
    CallTool, CallToolResult, Capabilities, HttpOptions, Interrupt, ListToolsResult, RequestContext,
    RpcError, Runtime, Server, ServerInfo, StreamLimits, StreamableHttp, Tool, ToolList,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Streams of all parties, and of the one party that asks here: more than are opened.
const MOST_STREAMS: usize = 100_000;

#[derive(Parser)]
struct Args {
    /// Where to listen
    #[arg(long)]
    listen: SocketAddr,
    /// How many tools there are
    #[arg(long, default_value_t = 20)]
    tools: usize,
    /// The service behind
    #[arg(long, default_value = "http://127.0.0.1:1")]
    upstream: String,
}

#[derive(Deserialize)]
struct Echo {
    text: String,
}

#[derive(Deserialize)]
struct Lookup {
    id: String,
}

struct Ours {
    info: ServerInfo,
    tools: ToolList,
    upstream: Fetcher,
}

impl Server for Ours {
    type Principal = ();

    fn info(&self) -> &ServerInfo {
        &self.info
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::new().with_tools().with_tools_list_changed()
    }

    async fn list_tools(&self, _: &RequestContext<()>, _: Option<&str>) -> Result<ListToolsResult, RpcError> {
        Ok(ListToolsResult::new(self.tools.clone()))
    }

    async fn call_tool(&self, _: &RequestContext<()>, call: CallTool) -> Result<CallToolResult, Interrupt> {
        match call.name.as_str() {
            "echo" => Ok(CallToolResult::text(arguments::<Echo>(call)?.text)),
            "lookup" => Ok(match self.upstream.item(&arguments::<Lookup>(call)?.id).await {
                Ok(record) => CallToolResult::text(record),
                Err(_) => CallToolResult::error("The service behind did not answer."),
            }),
            name => Err(RpcError::unknown_tool(name).into()),
        }
    }
}

fn arguments<T: DeserializeOwned>(call: CallTool) -> Result<T, RpcError> {
    serde_json::from_value(Value::Object(call.arguments))
        .map_err(|error| RpcError::invalid_params(error.to_string()))
}

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let declared = catalogue::tools(args.tools)?.into_iter();
    let tools = declared.map(|tool| Tool::new(tool.name, tool.description, Value::Object(tool.input_schema)));
    let ours = Arc::new(Ours {
        info: ServerInfo::new("ours", env!("CARGO_PKG_VERSION")),
        tools: ToolList::new(tools.collect()),
        upstream: Fetcher::new(&args.upstream)?,
    });
    let limits = StreamLimits::new(MOST_STREAMS, MOST_STREAMS);
    let served = Runtime::builder(ours).stream_limits(limits).build();
    let endpoint = StreamableHttp::with_runtime(&served, HttpOptions::new());
    let answer = move |request| {
        let endpoint = endpoint.clone();
        async move { endpoint.handle(request, ()).await }
    };
    match runtime()?.block_on(serve(args.listen, answer))? {}
}
