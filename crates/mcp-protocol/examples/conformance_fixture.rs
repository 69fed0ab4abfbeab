//! The server that the official conformance suite asks for: its tools, prompts and resources, by its names.
//! `cargo run --example conformance_fixture -- 127.0.0.1:8001`, then run the suite against `http://localhost:8001/mcp`.
//! The clients of 2024-11-05 find the same server at `/sse`. With `--bearer TOKEN` it lets in requests that carry that
//! token, and no others.
#![expect(clippy::print_stdout, reason = "an example says where it listens")]

use std::convert::Infallible;
use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use mcp_protocol::{
    HttpOptions, HttpSse, HttpSseOptions, LocalTasks, Notifier, ResponseBody, Runtime, Seal, StreamLimits,
    StreamableHttp,
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
    let (address, token) = arguments()?;
    let listener = TcpListener::bind(address).await?;
    println!("http://localhost:{}/mcp", listener.local_addr()?.port());
    loop {
        let (socket, _) = listener.accept().await?;
        let (endpoint, sse, token) = (endpoint.clone(), sse.clone(), token.clone());
        tokio::spawn(async move {
            let service = service_fn(|request: Request<Incoming>| async {
                Ok::<_, Infallible>(match (request.method(), request.uri().path()) {
                    _ if !is_let_in(&request, token.as_deref()) => unauthorized(),
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

/// `[ADDRESS] [--bearer TOKEN]`
fn arguments() -> Result<(String, Option<String>), &'static str> {
    let (mut address, mut token) = ("127.0.0.1:8001".to_owned(), None);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--bearer" => token = Some(arguments.next().ok_or("--bearer needs a token")?),
            _ => address = argument,
        }
    }
    Ok((address, token))
}

fn is_let_in(request: &Request<Incoming>, token: Option<&str>) -> bool {
    let carried = || request.headers().get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ");
    token.is_none() || token == carried()
}

/// The challenge of RFC 6750, section 3.
fn unauthorized() -> Response<ResponseBody> {
    let mut response = Response::new(ResponseBody::full(""));
    *response.status_mut() = StatusCode::UNAUTHORIZED;
    response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
}
