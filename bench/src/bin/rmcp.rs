//! The official SDK for Rust, on hyper: without sessions, JSON answers, and one router that all requests share.
//!
//! `rmcp --listen 127.0.0.1:8000 --tools 20 --upstream http://127.0.0.1:8001`

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use clap::Parser;
use contenders::catalogue::{self, Declared};
use contenders::serve::{runtime, serve};
use contenders::upstream::Fetcher;
use rmcp::handler::server::router::tool::{ToolRoute, ToolRouter};
use rmcp::handler::server::tool::ToolCallContext;
use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation, ListToolsResult,
    PaginatedRequestParams, ServerCapabilities, ServerConfig, SubscriptionFilter, Tool,
};
use rmcp::service::RequestContext;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde::Deserialize;

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
    /// A JSON list of tools to list instead, as MCP has them; each says back what it is called with
    #[arg(long)]
    catalogue: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Echo {
    text: String,
}

#[derive(Deserialize)]
struct Lookup {
    id: String,
}

type Later<'a> = Pin<Box<dyn Future<Output = CallToolResult> + Send + 'a>>;

struct Peer {
    router: ToolRouter<Self>,
    /// In the order of the file; the router's own list is sorted anew for every request.
    tools: Vec<Tool>,
    upstream: Fetcher,
}

impl Peer {
    fn new(tools: Vec<Tool>, upstream: Fetcher) -> Self {
        let mut router = ToolRouter::new();
        for tool in &tools {
            router.add_route(match &*tool.name {
                "lookup" => ToolRoute::new(tool.clone(), Self::lookup),
                _ => ToolRoute::new(tool.clone(), Self::echo),
            });
        }
        Self { router, tools, upstream }
    }

    fn echo(&self, Parameters(Echo { text }): Parameters<Echo>) -> CallToolResult {
        CallToolResult::success(vec![ContentBlock::text(text)])
    }

    fn lookup(&self, Parameters(Lookup { id }): Parameters<Lookup>) -> Later<'_> {
        Box::pin(async move {
            match self.upstream.item(&id).await {
                Ok(record) => CallToolResult::success(vec![ContentBlock::text(record)]),
                Err(_) => {
                    CallToolResult::error(vec![ContentBlock::text("The service behind did not answer.")])
                }
            }
        })
    }
}

impl ServerHandler for Peer {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder().enable_tools().enable_tool_list_changed().build();
        ServerConfig::new(capabilities).with_server_info(Implementation::new("rmcp", "3"))
    }

    fn accepted_subscription_filter(&self, requested: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        Some(requested.supported_by(&self.get_info().capabilities))
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(self.tools.clone()))
    }

    async fn call_tool(
        &self,
        call: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        self.router.call(ToolCallContext::new(self, call, context)).await
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.router.get(name).cloned()
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let declared = |tool: Declared| Tool::new(tool.name, tool.description, tool.input_schema);
    let tools = match &args.catalogue {
        Some(path) => serde_json::from_slice(&std::fs::read(path)?)?,
        None => catalogue::tools(args.tools)?.into_iter().map(declared).collect(),
    };
    let peer = Arc::new(Peer::new(tools, Fetcher::new(&args.upstream)?));
    let config =
        StreamableHttpServerConfig::default().with_legacy_session_mode(false).with_json_response(true);
    let sessions = Arc::new(NeverSessionManager::default());
    let service = StreamableHttpService::new(move || Ok(Arc::clone(&peer)), sessions, config);
    let answer = move |request| {
        let service = service.clone();
        async move { service.handle(request).await }
    };
    match runtime()?.block_on(serve(args.listen, answer))? {}
}
