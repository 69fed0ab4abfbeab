//! A connection that is kept alive, one request at a time, with a count of the bytes that come over it.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::Failure;
use crate::tally::Timing;

/// What is sent.
pub(crate) type Outgoing = Request<Full<Bytes>>;

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// What it took, and the bytes that came.
    pub(crate) timing: Timing,
}

impl Answer {
    /// A header as text; empty when it is missing.
    pub(crate) fn header(&self, name: &str) -> &str {
        text(&self.headers, name)
    }

    /// The body as text, for messages.
    pub(crate) fn said(&self) -> String {
        String::from_utf8_lossy(&self.body).chars().take(300).collect()
    }
}

/// A connection to the server. Opened when it is needed; closed when dropped.
pub(crate) struct Connection {
    server: SocketAddr,
    sender: Option<SendRequest<Full<Bytes>>>,
    received: Arc<AtomicU64>,
}

impl Connection {
    pub(crate) fn new(server: SocketAddr) -> Self {
        Self { server, sender: None, received: Arc::default() }
    }

    /// Sends a request and reads the whole answer.
    pub(crate) async fn send(&mut self, request: Outgoing) -> Result<Answer, Failure> {
        let mut sender = self.ready().await?;
        let before = self.received.load(Ordering::Relaxed);
        let started = Instant::now();
        let (head, body) = sender.send_request(request).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        let timing = Timing {
            id: text(&head.headers, "x-request-id").to_owned(),
            ms: started.elapsed().as_secs_f64() * 1e3,
            bytes: self.received.load(Ordering::Relaxed).saturating_sub(before),
            status: head.status.as_u16(),
        };
        self.sender = Some(sender);
        Ok(Answer { status: head.status, headers: head.headers, body, timing })
    }

    /// Sends a request whose answer goes on.
    pub(crate) async fn open(mut self, request: Outgoing) -> Result<Stream, Failure> {
        let mut sender = self.ready().await?;
        let (head, body) = sender.send_request(request).await?.into_parts();
        let kind = text(&head.headers, "content-type");
        if head.status != StatusCode::OK || !kind.starts_with("text/event-stream") {
            return Err(format!("no stream was opened: {}, {kind}", head.status).into());
        }
        Ok(Stream { body, unread: Vec::new(), received: self.received, _sender: sender })
    }

    /// Sends a request and does not wait for its answer: the connection closes.
    pub(crate) async fn abandon(
        mut self,
        request: Outgoing,
        after: std::time::Duration,
    ) -> Result<(), Failure> {
        let mut sender = self.ready().await?;
        let answer = sender.send_request(request);
        // Whichever comes first; both ends are seen in a real day.
        let _ = tokio::time::timeout(after, answer).await;
        Ok(())
    }

    /// A connection that can send: the one that there is, or a new one when the server has closed it meanwhile.
    async fn ready(&mut self) -> Result<SendRequest<Full<Bytes>>, Failure> {
        if let Some(mut sender) = self.sender.take()
            && sender.ready().await.is_ok()
        {
            return Ok(sender);
        }
        let stream = TcpStream::connect(self.server).await?;
        stream.set_nodelay(true)?;
        let counted = Counted { stream, received: Arc::clone(&self.received) };
        let (sender, connection) = http1::handshake(TokioIo::new(counted)).await?;
        // It ends with the sender; what went wrong is the sender's error.
        tokio::spawn(connection);
        Ok(sender)
    }
}

/// An answer that goes on.
pub(crate) struct Stream {
    body: Incoming,
    /// What came and is no whole event yet.
    unread: Vec<u8>,
    received: Arc<AtomicU64>,
    /// A client that has no more to send would count as one that has gone.
    _sender: SendRequest<Full<Bytes>>,
}

impl Stream {
    /// Where its bytes are counted.
    pub(crate) fn received(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.received)
    }

    /// The data of the next event that has any.
    pub(crate) async fn event(&mut self) -> Result<String, Failure> {
        loop {
            if let Some(end) = self.unread.windows(2).position(|pair| pair == b"\n\n") {
                let event: Vec<_> = self.unread.drain(..end + 2).collect();
                let event = String::from_utf8(event)?;
                match event.lines().find_map(|line| line.strip_prefix("data: ")) {
                    Some(data) => return Ok(data.to_owned()),
                    None => continue,
                }
            }
            let frame = self.body.frame().await.ok_or("the stream ended before its first answer")??;
            self.unread.extend_from_slice(&frame.into_data().unwrap_or_default());
        }
    }

    /// Reads it to its end.
    pub(crate) async fn drain(mut self) -> Result<(), Failure> {
        while let Some(frame) = self.body.frame().await {
            frame?;
        }
        Ok(())
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Counts what comes in.
struct Counted {
    stream: TcpStream,
    received: Arc<AtomicU64>,
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let outcome = Pin::new(&mut self.stream).poll_read(cx, buffer);
        self.received.fetch_add((buffer.filled().len() - before) as u64, Ordering::Relaxed);
        outcome
    }
}

impl AsyncWrite for Counted {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
