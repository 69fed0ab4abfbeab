//! Connections to the server: a pool that is kept alive and used again, and single ones that a stream lives on.
//!
//! Ten thousand connections from one address would leave few ports for the rest, and closed ones keep theirs for a
//! minute: streams come from several addresses of the loopback network.

use std::collections::VecDeque;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::response::Parts;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::Failure;
use crate::events::{Event, EventReader};

pub(crate) type Post = Request<Full<Bytes>>;

/// Connections of the pool at most: calls beyond wait for one.
const MOST_POOLED: usize = 1_000;
/// Streams of one source address: well below the 28,232 ports that Linux gives by default.
const STREAMS_OF_ONE_ADDRESS: usize = 4_000;

/// Where the server is, and the connections to it.
pub(crate) struct Connections {
    server: SocketAddr,
    idle: Mutex<VecDeque<SendRequest<Full<Bytes>>>>,
    permits: Semaphore,
    held: AtomicUsize,
}

impl Connections {
    pub(crate) fn new(server: SocketAddr) -> Self {
        let (idle, permits) = (Mutex::default(), Semaphore::new(MOST_POOLED));
        Self { server, idle, permits, held: AtomicUsize::new(0) }
    }

    /// Sends a request over a pooled connection.
    pub(crate) async fn send(&self, request: Post) -> Result<Reply<'_>, Failure> {
        let permit = self.permits.acquire().await?;
        let mut sender = loop {
            // The one that has waited longest: none is idle for so long that the server closes it meanwhile.
            let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            match idle {
                Some(mut sender) => {
                    if sender.ready().await.is_ok() {
                        break sender;
                    }
                }
                None => {
                    let (sender, connection) = self.connect(Ipv4Addr::LOCALHOST).await?;
                    tokio::spawn(connection);
                    break sender;
                }
            }
        };
        let (head, body) = sender.send_request(request).await?.into_parts();
        Ok(Reply {
            head,
            body: Some(body),
            reader: EventReader::default(),
            sender,
            home: self,
            _permit: permit,
        })
    }

    /// Sends a request over a connection of its own.
    pub(crate) async fn hold(&self, request: Post) -> Result<Held, Failure> {
        let number = self.held.fetch_add(1, Ordering::Relaxed);
        let last = u8::try_from(2 + number / STREAMS_OF_ONE_ADDRESS % 200)?;
        let (mut sender, mut connection) = self.connect(Ipv4Addr::new(127, 0, 0, last)).await?;
        let answer = sender.send_request(request);
        let (head, body) = tokio::select! {
            answer = answer => answer?.into_parts(),
            ended = &mut connection => return Err(format!("the connection ended first: {ended:?}").into()),
        };
        let connection = Some(connection);
        Ok(Held { head, body, reader: EventReader::default(), connection, _sender: sender })
    }

    /// Closes the pooled connections.
    pub(crate) fn clear(&self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    async fn connect(&self, source: Ipv4Addr) -> Result<(SendRequest<Full<Bytes>>, Connection), Failure> {
        let socket = TcpSocket::new_v4()?;
        if source != Ipv4Addr::LOCALHOST {
            socket.bind((source, 0).into())?;
        }
        let stream: TcpStream = socket.connect(self.server).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        Ok((sender, Box::pin(connection)))
    }
}

/// What moves bytes of one connection. Dropped, the connection is closed.
type Connection = Pin<Box<dyn Future<Output = hyper::Result<()>> + Send>>;

/// An answer over a pooled connection, which goes back once the answer is read to its end.
pub(crate) struct Reply<'a> {
    pub(crate) head: Parts,
    body: Option<Incoming>,
    reader: EventReader,
    sender: SendRequest<Full<Bytes>>,
    home: &'a Connections,
    _permit: SemaphorePermit<'a>,
}

impl Reply<'_> {
    pub(crate) fn status(&self) -> StatusCode {
        self.head.status
    }

    /// Whether the answer is a stream of events.
    pub(crate) fn is_stream(&self) -> bool {
        is_stream(&self.head)
    }

    /// All of it.
    pub(crate) async fn whole(mut self) -> Result<Bytes, Failure> {
        let Some(body) = self.body.take() else { return Ok(Bytes::new()) };
        let whole = body.collect().await?.to_bytes();
        self.give_back();
        Ok(whole)
    }

    /// The next event; none at the end.
    pub(crate) async fn event(&mut self) -> Result<Option<Event>, Failure> {
        loop {
            if let Some(event) = self.reader.next()? {
                return Ok(Some(event));
            }
            let Some(body) = &mut self.body else { return Ok(None) };
            match body.frame().await {
                Some(frame) => self.reader.push(&frame?.into_data().unwrap_or_default()),
                None if self.reader.is_broken_off() => {
                    return Err("a stream broke off within an event".into());
                }
                None => self.body = None,
            }
        }
    }

    /// Reads a stream to its end, which must be here.
    pub(crate) async fn end(mut self) -> Result<(), Failure> {
        match self.event().await? {
            None => {
                self.give_back();
                Ok(())
            }
            Some(event) => Err(format!("more came after the answer: {event:?}").into()),
        }
    }

    fn give_back(self) {
        self.home.idle.lock().unwrap_or_else(PoisonError::into_inner).push_back(self.sender);
    }
}

/// An answer on a connection of its own, which closes when this is dropped.
pub(crate) struct Held {
    pub(crate) head: Parts,
    body: Incoming,
    reader: EventReader,
    connection: Option<Connection>,
    /// A client that has no more to send would count as one that has gone.
    _sender: SendRequest<Full<Bytes>>,
}

impl Held {
    /// The next event; none at the end. Nothing is lost when the future is dropped.
    pub(crate) async fn event(&mut self) -> Result<Option<Event>, Failure> {
        loop {
            if let Some(event) = self.reader.next()? {
                return Ok(Some(event));
            }
            let frame = match &mut self.connection {
                Some(connection) => tokio::select! {
                    biased;
                    frame = self.body.frame() => frame,
                    ended = connection => {
                        self.connection = None;
                        ended?;
                        continue;
                    }
                },
                None => self.body.frame().await,
            };
            match frame {
                Some(frame) => self.reader.push(&frame?.into_data().unwrap_or_default()),
                None if self.reader.is_broken_off() => {
                    return Err("a stream broke off within an event".into());
                }
                None => return Ok(None),
            }
        }
    }

    /// The stream, when it is one.
    pub(crate) fn stream(self) -> Result<Self, Failure> {
        if self.head.status == StatusCode::OK && is_stream(&self.head) {
            return Ok(self);
        }
        Err(format!("no stream was opened: {}", self.head.status).into())
    }
}

fn is_stream(head: &Parts) -> bool {
    head.headers.get(CONTENT_TYPE).is_some_and(|value| value == "text/event-stream")
}
