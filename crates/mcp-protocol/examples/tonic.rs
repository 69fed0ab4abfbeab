//! The server of `minimal.rs` beside a gRPC service, on one port: MCP at `/mcp`, health checks at
//! `/grpc.health.v1.Health/`. `cargo run --example tonic -- 127.0.0.1:8000`
#![expect(clippy::print_stdout, reason = "an example says where it listens")]

use std::error::Error;
use std::sync::Arc;

use mcp_protocol::{HttpOptions, StreamableHttp};
use tokio::net::TcpListener;
use tonic::service::Routes;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

#[expect(dead_code, reason = "it is a program of its own, too")]
#[path = "minimal.rs"]
mod minimal;

pub(crate) async fn serve(listener: TcpListener) -> Result<(), tonic::transport::Error> {
    let endpoint = StreamableHttp::new(Arc::new(minimal::Greeter::new()), HttpOptions::new());
    let (_reporter, health) = tonic_health::server::health_reporter();
    let router = Routes::new(health).into_axum_router().route_service("/mcp", endpoint);
    Server::builder()
        // gRPC needs HTTP/2; most clients of MCP speak HTTP/1.1.
        .accept_http1(true)
        .add_routes(Routes::from(router))
        .serve_with_incoming(TcpIncoming::from(listener))
        .await
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    let listener = TcpListener::bind(address).await?;
    println!("http://{}/mcp", listener.local_addr()?);
    Ok(serve(listener).await?)
}
