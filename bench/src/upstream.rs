//! The service behind the tools: as a real server asks it, with `reqwest` ([`Fetcher`]), and with nothing but hyper and
//! connections that are kept ([`Pool`]), which is the ceiling.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http::header::{HOST, HeaderValue};
use http::{Request, Uri};
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// What went wrong with a request.
pub type Failure = Box<dyn Error + Send + Sync>;

/// Asks as a server in production does.
#[derive(Clone, Debug)]
pub struct Fetcher {
    client: reqwest::Client,
    base: String,
}

impl Fetcher {
    /// For the service at `base`, an address without a path.
    ///
    /// # Errors
    /// When the client cannot be built.
    #[expect(clippy::disallowed_methods, reason = "a program of its own, which builds its client once")]
    pub fn new(base: &str) -> Result<Self, reqwest::Error> {
        let base = base.trim_end_matches('/').to_owned();
        Ok(Self { client: reqwest::Client::builder().tcp_nodelay(true).build()?, base })
    }

    /// The record of the item `id`.
    ///
    /// # Errors
    /// When the service cannot be reached, or refuses.
    pub async fn item(&self, id: &str) -> Result<String, reqwest::Error> {
        let address = format!("{}/items/{id}", self.base);
        self.client.get(address).send().await?.error_for_status()?.text().await
    }
}

/// Connections of hyper to one address; each is used for one request at a time, and kept.
#[derive(Debug)]
pub struct Pool {
    address: SocketAddr,
    host: HeaderValue,
    path: Uri,
    idle: Mutex<Vec<SendRequest<Empty<Bytes>>>>,
}

impl Pool {
    /// For a GET of `path` at `base`, an address like `http://127.0.0.1:8001`.
    ///
    /// # Errors
    /// When one of the two is not what it should be.
    pub fn new(base: &str, path: &str) -> Result<Self, Failure> {
        let address =
            base.trim_end_matches('/').strip_prefix("http://").ok_or("the upstream is an http:// address")?;
        let (host, path) = (HeaderValue::from_str(address)?, path.parse()?);
        Ok(Self { address: address.parse()?, host, path, idle: Mutex::default() })
    }

    /// The body of the answer.
    ///
    /// # Errors
    /// When the service cannot be reached, or refuses.
    pub async fn get(&self) -> Result<Bytes, Failure> {
        let kept = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut connection = match kept.filter(|kept| !kept.is_closed()) {
            Some(kept) => kept,
            None => self.connect().await?,
        };
        connection.ready().await?;
        let request = Request::get(self.path.clone()).header(HOST, self.host.clone()).body(Empty::new())?;
        let response = connection.send_request(request).await?;
        if !response.status().is_success() {
            return Err(format!("the upstream answered {}", response.status()).into());
        }
        let body = response.into_body().collect().await?.to_bytes();
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        Ok(body)
    }

    async fn connect(&self) -> Result<SendRequest<Empty<Bytes>>, Failure> {
        let socket = TcpStream::connect(self.address).await?;
        socket.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(socket)).await?;
        // It ends with its last request; whoever waits for an answer hears of it.
        tokio::spawn(connection);
        Ok(sender)
    }
}
