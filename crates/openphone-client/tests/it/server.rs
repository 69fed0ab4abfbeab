//! A server that answers by script, one step for each request that arrives whole, and keeps what arrived. Raw
//! sockets, because an HTTP library does not give half an answer.

use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use openphone_client::{
    ApiKey, BreakerSettings, OpenPhone, OpenPhoneBuilder, RateLimiter, Refusal, TurnFor, Workspace,
};
use sealing::{Entropy, SecretString};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use url::Url;

/// The key that the tests use; no error may show it.
pub(crate) const KEY: &str = "test-key-0123456789";

/// What happens to one request.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// These bytes are written; the connection stays open.
    Answer(Vec<u8>),
    /// These bytes are written and the connection is closed.
    AnswerAndClose(Vec<u8>),
    /// The connection is closed without a byte.
    Close,
    /// Nothing happens, for ever.
    Never,
}

impl Step {
    /// An answer with a JSON body.
    pub(crate) fn json(status: u16, body: &str) -> Self {
        Self::with(status, "content-type: application/json\r\n", body)
    }

    /// An answer with further header lines, each ending in CRLF.
    pub(crate) fn with(status: u16, headers: &str, body: &str) -> Self {
        let head = format!("HTTP/1.1 {status} Scripted\r\n{headers}content-length: {}\r\n\r\n", body.len());
        Self::Answer([head.as_bytes(), body.as_bytes()].concat())
    }

    /// The head and the first bytes of a body that never ends as announced.
    pub(crate) fn half(status: u16, body: &str) -> Self {
        let head = format!(
            "HTTP/1.1 {status} Scripted\r\ncontent-type: application/json\r\ncontent-length: 9000\r\n\r\n"
        );
        Self::AnswerAndClose([head.as_bytes(), body.as_bytes()].concat())
    }
}

/// One request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Arrived {
    /// Request line and headers.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Arrived {
    /// Method and target.
    pub(crate) fn line(&self) -> &str {
        self.head.lines().next().and_then(|line| line.strip_suffix(" HTTP/1.1")).expect("a request line")
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

/// A running server; stops when dropped.
pub(crate) struct Server {
    pub(crate) url: Url,
    arrived: Arc<Mutex<Vec<Arrived>>>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// Serves the steps in order, and the last one for ever.
    pub(crate) async fn start(steps: impl IntoIterator<Item = Step>) -> Self {
        let steps: Arc<[Step]> = steps.into_iter().collect();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address")).parse().expect("a URL");
        let arrived = Arc::new(Mutex::new(Vec::new()));
        let task = tokio::spawn(accept(listener, steps, Arc::clone(&arrived)));
        Self { url, arrived, task }
    }

    pub(crate) fn arrived(&self) -> Vec<Arrived> {
        self.arrived.lock().expect("no panic while it was held").clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.arrived().len()
    }

    /// A workspace on this server: no waiting beyond the shortest jitter.
    pub(crate) fn workspace(&self) -> Workspace {
        self.workspace_with(|builder| builder)
    }

    pub(crate) fn workspace_with(
        &self,
        change: impl FnOnce(OpenPhoneBuilder) -> OpenPhoneBuilder,
    ) -> Workspace {
        change(quick(&self.url)).build().expect("a loopback URL").with_key(key())
    }
}

/// A client with the recommended HTTP client, the shortest jitter and a breaker that stays out of the way.
pub(crate) fn quick(url: &Url) -> OpenPhoneBuilder {
    OpenPhone::builder(openphone_client::recommended_http_client("test").expect("an HTTP client"))
        .base_url(url.clone())
        .entropy(Arc::new(NoJitter))
        .breaker(BreakerSettings::default().consecutive_failures(1000).failures_of_twenty(21))
}

pub(crate) fn key() -> ApiKey {
    ApiKey::new(&SecretString::new(KEY.to_owned())).expect("a key")
}

struct NoJitter;

impl Entropy for NoJitter {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

/// A limiter that lets everything through.
pub(crate) struct Unlimited;

impl RateLimiter for Unlimited {
    fn acquire<'a>(&'a self, _: TurnFor<'a>, _: Instant) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(async { Ok(()) })
    }

    fn back_off(&self, _: &str, _: Instant) {}
}

async fn accept(listener: TcpListener, steps: Arc<[Step]>, arrived: Arc<Mutex<Vec<Arrived>>>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(serve(stream, Arc::clone(&steps), Arc::clone(&arrived)));
    }
}

async fn serve(mut stream: TcpStream, steps: Arc<[Step]>, arrived: Arc<Mutex<Vec<Arrived>>>) {
    let mut unread = Vec::new();
    while let Some(request) = read_request(&mut stream, &mut unread).await {
        let index = {
            let mut arrived = arrived.lock().expect("no panic while it was held");
            arrived.push(request);
            arrived.len() - 1
        };
        match steps[index.min(steps.len() - 1)].clone() {
            Step::Answer(bytes) => {
                // The client may have gone away, which is no business of the script's.
                let _ = stream.write_all(&bytes).await;
            }
            Step::AnswerAndClose(bytes) => {
                let _ = stream.write_all(&bytes).await;
                return;
            }
            Step::Close => return,
            Step::Never => std::future::pending().await,
        }
    }
}

/// One request with its whole body; `None` when the client closed the connection.
async fn read_request(stream: &mut TcpStream, unread: &mut Vec<u8>) -> Option<Arrived> {
    loop {
        if let Some(end) = unread.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            let head = String::from_utf8(unread[..end].to_vec()).expect("a head in ASCII");
            let length = Arrived { head: head.clone(), body: String::new() }
                .header("content-length")
                .map_or(0, |length| length.parse().expect("a length"));
            if unread.len() >= end + 4 + length {
                let body =
                    String::from_utf8(unread[end + 4..end + 4 + length].to_vec()).expect("a body in UTF-8");
                unread.drain(..end + 4 + length);
                return Some(Arrived { head, body });
            }
        }
        if stream.read_buf(unread).await.ok()? == 0 {
            return None;
        }
    }
}
