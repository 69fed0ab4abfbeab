//! The server that `cargo xtask soak` puts under load: every transport of one runtime, and tools that answer at once,
//! late, step by step, after a question, or never. It prints nothing but the address where it listens.
//!
//! A request's bearer is its principal, unchecked: ten thousand streams belong to many parties, as they do in life. The
//! allocator counts, so that what the heap holds is known to the byte, beside what the system says of the process.
#![expect(clippy::print_stdout, reason = "an example says where it listens")]

mod tools;

use std::convert::Infallible;
use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::header::AUTHORIZATION;
use http::{Method, Request};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use mcp_protocol::{
    HttpOptions, HttpSse, HttpSseOptions, Notifier, Runtime, Seal, StreamLimits, StreamableHttp,
};
use sealing::{Keys, OsEntropy, Sealer};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use tokio::net::TcpListener;

use crate::tools::Soaked;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<std::alloc::System> = &INSTRUMENTED_SYSTEM;

/// Streams of all parties, beyond anything that is opened: nothing is to be refused.
const MOST_STREAMS: usize = 100_000;
/// Streams of one party.
const MOST_OF_ONE: usize = 64;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // A stream is a file descriptor, and the limit that a shell gives is mostly 1,024.
    rlimit::increase_nofile_limit(u64::MAX)?;
    let notifier = Notifier::new();
    let soaked = Arc::new(Soaked::new(notifier.clone()));
    let sealer = Sealer::new(Keys::generate(&OsEntropy).ring, "soak", Arc::new(OsEntropy));
    let runtime = Runtime::builder(Arc::clone(&soaked))
        .seal(Seal::new(sealer, unix_seconds))
        .notifier(notifier)
        .stream_limits(StreamLimits::new(MOST_STREAMS, MOST_OF_ONE))
        .build();
    soaked.serve_state_of(runtime.clone());
    let endpoint = StreamableHttp::with_runtime(&runtime, HttpOptions::new());
    let sse = HttpSseOptions::new("/sse/message", HttpOptions::new());
    let sse = HttpSse::with_runtime(&runtime, sse, Arc::new(OsEntropy));

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    loop {
        let Ok((socket, _)) = listener.accept().await else {
            // Out of file descriptors: the load says what it misses.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let (endpoint, sse) = (endpoint.clone(), sse.clone());
        tokio::spawn(async move {
            socket.set_nodelay(true)?;
            let service = service_fn(|request: Request<Incoming>| async {
                let principal = principal(&request);
                Ok::<_, Infallible>(match (request.method(), request.uri().path()) {
                    (&Method::GET, "/sse") => sse.open(request, principal).await,
                    (&Method::POST, "/sse/message") => sse.message(request, principal).await,
                    _ => endpoint.handle(request, principal).await,
                })
            });
            let mut http = hyper::server::conn::http1::Builder::new();
            http.timer(TokioTimer::new()).serve_connection(TokioIo::new(socket), service).await?;
            Ok::<_, Box<dyn Error + Send + Sync>>(())
        });
    }
}

fn principal(request: &Request<Incoming>) -> Arc<str> {
    let bearer = || request.headers().get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ");
    bearer().unwrap_or("nobody").into()
}

#[expect(clippy::disallowed_methods, reason = "an example is a program: it has the system's clock")]
fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
