//! Inside an axum application: both HTTP transports under a path prefix, behind the application's own authentication,
//! beside a route that has nothing to do with MCP. `cargo run --example axum -- 127.0.0.1:8000`, then send the bearer
//! token `token-of-ada` or `token-of-bob`.
#![expect(clippy::print_stdout, reason = "an example says where it listens")]

use std::borrow::Cow;
use std::error::Error;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use mcp_protocol::{
    CallTool, CallToolResult, Capabilities, HttpOptions, HttpSse, HttpSseOptions, Interrupt, ListToolsResult,
    Principal, RequestContext, RpcError, Runtime, Server, ServerInfo, StreamableHttp, Tool, ToolList,
};
use sealing::OsEntropy;
use serde_json::json;
use tokio::net::TcpListener;

/// Who is asking, as far as this application cares.
#[derive(Clone)]
struct User {
    name: &'static str,
}

impl Principal for User {
    fn owner(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(self.name.as_bytes())
    }
}

/// Tells each user who they are.
struct WhoAmI(ServerInfo, ToolList);

impl Server for WhoAmI {
    type Principal = User;

    fn info(&self) -> &ServerInfo {
        &self.0
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::new().with_tools()
    }

    async fn list_tools(
        &self,
        _: &RequestContext<User>,
        _: Option<&str>,
    ) -> Result<ListToolsResult, RpcError> {
        Ok(ListToolsResult::new(self.1.clone()))
    }

    async fn call_tool(
        &self,
        cx: &RequestContext<User>,
        call: CallTool,
    ) -> Result<CallToolResult, Interrupt> {
        match call.name.as_str() {
            "who-am-i" => Ok(CallToolResult::text(cx.principal().name)),
            name => Err(RpcError::unknown_tool(name).into()),
        }
    }
}

/// The layer that puts the principal where the transports look for it. A real application verifies a signature here, or
/// looks a digest of the token up.
async fn authenticate(mut request: Request, next: Next) -> Response {
    let authorization = request.headers().get(AUTHORIZATION).map(HeaderValue::as_bytes);
    let user = match authorization {
        Some(b"Bearer token-of-ada") => User { name: "Ada" },
        Some(b"Bearer token-of-bob") => User { name: "Bob" },
        _ => return (StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, "Bearer")]).into_response(),
    };
    request.extensions_mut().insert(user);
    next.run(request).await
}

fn application() -> Router {
    let tools = vec![Tool::new("who-am-i", "Tells who is asking.", json!({ "type": "object" }))];
    let server = WhoAmI(ServerInfo::new("who-am-i", "1.0.0"), ToolList::new(tools));
    let runtime = Runtime::new(Arc::new(server));
    // Loopback hosts only; a public server adds `.allow_host("tools.example.com")`.
    let options = HttpOptions::new();
    let http = StreamableHttp::with_runtime(&runtime, options.clone());
    // The prefix is stripped before the transport sees a request, so the path that it names is the whole one.
    let sse = HttpSseOptions::new("/tools/sse/message", options);
    let sse = HttpSse::with_runtime(&runtime, sse, Arc::new(OsEntropy));
    let tools = Router::new()
        .route_service("/mcp", http)
        .route_service("/sse", sse.clone())
        .route_service("/sse/message", sse)
        .layer(middleware::from_fn(authenticate));
    Router::new().route("/health", get(async || "fine")).nest("/tools", tools)
}

pub(crate) async fn serve(listener: TcpListener) -> std::io::Result<()> {
    axum::serve(listener, application()).await
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    println!("http://{address}/tools/mcp and http://{address}/tools/sse");
    Ok(serve(listener).await?)
}
