//! A tool that asks the person before it acts: one handler for every revision. `cargo run --example ask -- 127.0.0.1:8000`
//!
//! On 2026-07-28 a question is the answer of the call, and the client calls again with what the person said; on the
//! revisions before it the question is a request over the call's own stream. The handler sees no difference: it runs
//! again from its start, and finds what was answered.
#![expect(clippy::print_stdout, reason = "an example says where it listens")]

use std::error::Error;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use mcp_protocol::{
    CallTool, CallToolResult, Capabilities, ElicitForm, Field, HttpOptions, Interrupt, ListToolsResult,
    RequestContext, RpcError, Runtime, Seal, Server, ServerInfo, StreamableHttp, Tool, ToolList,
};
use sealing::{Keys, OsEntropy, Sealer};
use serde_json::json;
use tokio::net::TcpListener;

/// Takes orders.
struct Pizzeria(ServerInfo, ToolList);

impl Server for Pizzeria {
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

    async fn call_tool(&self, cx: &RequestContext<()>, call: CallTool) -> Result<CallToolResult, Interrupt> {
        match call.name.as_str() {
            "order-pizza" => order(cx),
            name => Err(RpcError::unknown_tool(name).into()),
        }
    }
}

/// Two questions, of which the second depends on the first answer. Nothing is done before both are answered.
fn order(cx: &RequestContext<()>) -> Result<CallToolResult, Interrupt> {
    let form = ElicitForm::new("Which size?").required("size", Field::choice(["small", "large"]));
    let Some(size) = cx.ask("size", form)?.accepted().map(|content| content["size"].clone()) else {
        return Ok(CallToolResult::text("No pizza, then."));
    };
    let price = if size == "large" { 14 } else { 9 };
    let form =
        ElicitForm::new(format!("That is {price} euros. Order it?")).required("sure", Field::boolean());
    match cx.ask("sure", form)?.accepted() {
        Some(content) if content["sure"] == true => Ok(CallToolResult::text("It is on its way.")),
        _ => Ok(CallToolResult::text("No pizza, then.")),
    }
}

pub(crate) async fn serve(listener: TcpListener) -> std::io::Result<()> {
    let tools = vec![Tool::new("order-pizza", "Orders a pizza.", json!({ "type": "object" }))];
    let server = Pizzeria(ServerInfo::new("pizzeria", "1.0.0"), ToolList::new(tools));
    // Answers travel with the client between the rounds of a call, sealed. A server of several instances gives all of
    // them the same keys, and keeps them over a restart.
    let sealer = Sealer::new(Keys::generate(&OsEntropy).ring, "pizzeria", Arc::new(OsEntropy));
    let runtime = Runtime::builder(Arc::new(server)).seal(Seal::new(sealer, unix_seconds)).build();
    let endpoint = StreamableHttp::with_runtime(&runtime, HttpOptions::new());
    axum::serve(listener, Router::new().route_service("/mcp", endpoint)).await
}

#[expect(clippy::disallowed_methods, reason = "an example is a program: it has the system's clock")]
fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    let listener = TcpListener::bind(address).await?;
    println!("http://{}/mcp", listener.local_addr()?);
    Ok(serve(listener).await?)
}
