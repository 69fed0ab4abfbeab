//! The server that the official conformance suite asks for: its tools, prompts and resources, by its names.
//! `cargo run --example conformance_fixture -- 127.0.0.1:8001`, then run the suite against `http://localhost:8001/mcp`.
//! The clients of 2024-11-05 find the same server at `/sse`.
//!
//! What needs a request from the server to the client (sampling, elicitation, multi round-trip requests), tasks,
//! subscriptions and resumption is not here yet: the files in `tests/conformance` list exactly those checks.
#![expect(clippy::print_stdout, reason = "an example says where it listens")]

use std::convert::Infallible;
use std::error::Error;
use std::sync::Arc;

use http::{Method, Request};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use mcp_protocol::{HttpOptions, HttpSse, HttpSseOptions, StreamableHttp};
use sealing::OsEntropy;
use tokio::net::TcpListener;

#[path = "conformance_fixture/data.rs"]
mod data;
#[path = "conformance_fixture/fixture.rs"]
mod fixture;
#[path = "conformance_fixture/tools.rs"]
mod tools;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let fixture = Arc::new(fixture::Fixture::new());
    let endpoint = StreamableHttp::new(Arc::clone(&fixture), HttpOptions::new());
    let sse = HttpSseOptions::new("/sse/message", HttpOptions::new());
    let sse = HttpSse::new(fixture, sse, Arc::new(OsEntropy));
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8001".to_owned());
    let listener = TcpListener::bind(address).await?;
    println!("http://localhost:{}/mcp", listener.local_addr()?.port());
    loop {
        let (socket, _) = listener.accept().await?;
        let (endpoint, sse) = (endpoint.clone(), sse.clone());
        tokio::spawn(async move {
            let service = service_fn(|request: Request<Incoming>| async {
                Ok::<_, Infallible>(match (request.method(), request.uri().path()) {
                    (&Method::GET, "/sse") => sse.open(request, ()).await,
                    (&Method::POST, "/sse/message") => sse.message(request, ()).await,
                    _ => endpoint.handle(request, ()).await,
                })
            });
            hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(socket), service)
                .await
        });
    }
}
