//! An OpenTelemetry collector in the test: it takes what is posted to it, or refuses.

use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Longest wait for what is to come.
const ARRIVAL: Duration = Duration::from_secs(30);

/// A running collector. It ends with the test's runtime.
pub(crate) struct Collector {
    /// For `--otlp-endpoint`.
    pub url: String,
    arrived: Arc<Mutex<Vec<Arrived>>>,
    status: Arc<AtomicU16>,
}

/// One request.
#[derive(Clone)]
pub(crate) struct Arrived {
    /// Request line and headers.
    pub head: String,
    /// The body.
    pub body: String,
}

impl Collector {
    /// Listens on a port of its own.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (arrived, status) = (Arc::<Mutex<Vec<Arrived>>>::default(), Arc::new(AtomicU16::new(200)));
        let (into, answers) = (Arc::clone(&arrived), Arc::clone(&status));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&into), Arc::clone(&answers)));
            }
        });
        Self { url, arrived, status }
    }

    /// Answers with another status from now on.
    pub(crate) fn answer(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    /// What arrived so far.
    pub(crate) fn arrived(&self) -> Vec<Arrived> {
        self.arrived.lock().unwrap().clone()
    }

    /// The bodies that were posted to this path.
    pub(crate) fn bodies(&self, path: &str) -> Vec<Value> {
        let start = format!("POST {path} ");
        let arrived = self.arrived();
        let posted = arrived.iter().filter(|arrived| arrived.head.starts_with(&start));
        posted.map(|arrived| serde_json::from_str(&arrived.body).expect(&arrived.body)).collect()
    }

    /// Every span so far.
    pub(crate) fn spans(&self) -> Vec<Value> {
        let bodies = self.bodies("/v1/traces");
        let scopes =
            bodies.iter().flat_map(|body| body["resourceSpans"][0]["scopeSpans"].as_array().unwrap());
        scopes.flat_map(|scope| scope["spans"].as_array().unwrap().clone()).collect()
    }

    /// Waits for a span of this name.
    pub(crate) async fn span(&self, name: &str) -> Value {
        let deadline = Instant::now() + ARRIVAL;
        loop {
            if let Some(span) = self.spans().into_iter().find(|span| span["name"] == name) {
                return span;
            }
            let names: Vec<_> = self.spans().iter().map(|span| span["name"].clone()).collect();
            assert!(Instant::now() < deadline, "no span {name}: {names:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// A list of OTLP attributes as an object.
pub(crate) fn attributes(list: &Value) -> Value {
    let pairs = list.as_array().into_iter().flatten().map(|pair| {
        let value = &pair["value"];
        let value = value.get("stringValue").or_else(|| value.get("intValue")).unwrap();
        (pair["key"].as_str().unwrap().to_owned(), value.clone())
    });
    pairs.collect::<serde_json::Map<_, _>>().into()
}

async fn serve(mut stream: TcpStream, arrived: Arc<Mutex<Vec<Arrived>>>, status: Arc<AtomicU16>) {
    let mut unread = Vec::new();
    while let Some(request) = read(&mut stream, &mut unread).await {
        arrived.lock().unwrap().push(request);
        let status = status.load(Ordering::SeqCst);
        let body = json!({}).to_string();
        let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// One request; `None` when the other side has closed.
async fn read(stream: &mut TcpStream, unread: &mut Vec<u8>) -> Option<Arrived> {
    loop {
        if let Some(end) = unread.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            let head = String::from_utf8(unread[..end].to_vec()).unwrap();
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(": ")?;
                name.eq_ignore_ascii_case("content-length").then(|| value.parse::<usize>().unwrap())
            });
            let whole = end + 4 + length.unwrap_or_default();
            if unread.len() >= whole {
                let body = String::from_utf8(unread[end + 4..whole].to_vec()).unwrap();
                unread.drain(..whole);
                return Some(Arrived { head, body });
            }
        }
        if stream.read_buf(unread).await.ok()? == 0 {
            return None;
        }
    }
}
