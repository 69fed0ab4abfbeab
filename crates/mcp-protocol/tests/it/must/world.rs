//! One row's world: a runtime, both HTTP transports over it, and a real listener on the loopback interface.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use mcp_protocol::{
    HttpOptions, HttpSse, HttpSseOptions, LocalTasks, Notifier, ResponseBody, Runtime, Seal, StreamableHttp,
};
use sealing::{Keys, OsEntropy, Sealer};
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

use super::server::{Counted, Everything, capabilities};
use crate::fixture::Log;

/// Where its clock starts: 2026-07-28T00:00:00Z.
const EPOCH: u64 = 1_785_196_800;

pub(super) struct World {
    pub(super) address: SocketAddr,
    pub(super) runtime: Runtime<Everything>,
    /// Seconds since 1970.
    pub(super) clock: Arc<AtomicU64>,
    pub(super) log: Arc<Log>,
    pub(super) busy: Arc<AtomicUsize>,
    pub(super) tasks: LocalTasks,
    /// Connections that the server holds.
    pub(super) connections: Arc<AtomicUsize>,
    listener: AbortHandle,
}

impl World {
    /// A world with a server of this kind. All but `plain` can seal.
    pub(super) async fn new(kind: &str) -> Result<Self, String> {
        let clock = Arc::new(AtomicU64::new(EPOCH));
        let seconds = {
            let clock = Arc::clone(&clock);
            move || clock.load(std::sync::atomic::Ordering::SeqCst)
        };
        let millis = {
            let seconds = seconds.clone();
            move || seconds() * 1000
        };
        let notifier = Notifier::new();
        let tasks = LocalTasks::new(notifier.clone(), Arc::new(OsEntropy), millis);
        let server = Arc::new(Everything::new(capabilities(kind)?, notifier.clone(), tasks.clone()));
        let (log, busy) = (Arc::clone(&server.log), Arc::clone(&server.busy));
        let mut builder = Runtime::builder(server).notifier(notifier);
        if kind != "plain" {
            let keys = Keys::generate(&OsEntropy);
            let sealer = Sealer::new(keys.ring, "https://mcp.example.com", Arc::new(OsEntropy));
            builder = builder.seal(Seal::new(sealer, seconds));
        }
        let runtime = builder.build();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::default();
        let listener =
            tokio::spawn(accept(listener, runtime.clone(), Arc::clone(&connections))).abort_handle();
        Ok(Self { address, runtime, clock, log, busy, tasks, connections, listener })
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

/// Both transports, told apart by path, as an embedder would mount them.
async fn accept(listener: TcpListener, runtime: Runtime<Everything>, connections: Arc<AtomicUsize>) {
    // A short silence, so that a row about keep-alives need not wait for long.
    let options = HttpOptions::new().keep_alive(Duration::from_millis(200)).max_body(4096);
    let endpoint = StreamableHttp::with_runtime(&runtime, options.clone());
    let sse =
        HttpSse::with_runtime(&runtime, HttpSseOptions::new("/sse/message", options), Arc::new(OsEntropy));
    loop {
        let (socket, _) = listener.accept().await.unwrap();
        let (endpoint, sse) = (endpoint.clone(), sse.clone());
        let counted = Counted::new(&connections);
        tokio::spawn(async move {
            let _counted = counted;
            let service = service_fn(|request| async {
                let answer: Result<_, Infallible> = Ok(answer(&endpoint, &sse, request).await);
                answer
            });
            let connection = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(socket), service);
            // A connection that breaks is what some rows are about.
            drop(connection.await);
        });
    }
}

async fn answer(
    endpoint: &StreamableHttp<Everything>,
    sse: &HttpSse<Everything>,
    request: http::Request<hyper::body::Incoming>,
) -> http::Response<ResponseBody> {
    // The suite's way to authenticate.
    let principal = match request.headers().get("x-principal").map(http::HeaderValue::as_bytes) {
        None => "alice",
        Some(b"mallory") => "mallory",
        Some(_) => panic!("nobody else is known here"),
    };
    match request.uri().path() {
        "/mcp" => endpoint.handle(request, principal).await,
        "/sse" | "/sse/message" => sse.handle(request, principal).await,
        path => panic!("nothing is mounted at {path}"),
    }
}
