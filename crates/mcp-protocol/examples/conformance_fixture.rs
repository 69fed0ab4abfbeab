//! The server that the official conformance suite asks for: its tools, prompts and resources, by its names.
//! `cargo run --example conformance_fixture -- 127.0.0.1:8001`, then run the suite against `http://localhost:8001/mcp`.
//! The clients of 2024-11-05 find the same server at `/sse`.
#![expect(clippy::print_stdout, reason = "an example says where it listens")]

use std::convert::Infallible;
use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{Method, Request};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use mcp_protocol::{
    HttpOptions, HttpSse, HttpSseOptions, LocalTasks, Notifier, Runtime, Seal, StreamLimits, StreamableHttp,
};
use sealing::{Keys, OsEntropy, Sealer};
use tokio::net::TcpListener;

#[path = "conformance_fixture/asking.rs"]
mod asking;
#[path = "conformance_fixture/data.rs"]
mod data;
#[path = "conformance_fixture/fixture.rs"]
mod fixture;
#[path = "conformance_fixture/jobs.rs"]
mod jobs;
#[path = "conformance_fixture/tools.rs"]
mod tools;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let notifier = Notifier::new();
    let tasks = LocalTasks::new(notifier.clone(), Arc::new(OsEntropy), || {
        u64::try_from(unix_time().as_millis()).unwrap_or(0)
    })
    .with_poll_interval(Duration::from_millis(200));
    let sealer = Sealer::new(Keys::generate(&OsEntropy).ring, "conformance-fixture", Arc::new(OsEntropy));
    let runtime = Runtime::builder(Arc::new(fixture::Fixture::new(notifier.clone(), tasks)))
        .seal(Seal::new(sealer, || unix_time().as_secs()))
        .notifier(notifier)
        // The suite leaves its streams open.
        .stream_limits(StreamLimits::new(10_000, 1_000))
        // It resumes streams of a client that declared nothing.
        .always_session()
        .build();
    let endpoint = StreamableHttp::with_runtime(&runtime, HttpOptions::new());
    let sse = HttpSseOptions::new("/sse/message", HttpOptions::new());
    let sse = HttpSse::with_runtime(&runtime, sse, Arc::new(OsEntropy));
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

#[expect(clippy::disallowed_methods, reason = "an example is a program: it has the system's clock")]
fn unix_time() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
