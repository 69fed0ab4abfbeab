//! A socket with one request under way.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::SocketAddr;
use std::time::Instant;

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};

use super::answer::{Answer, Reader, Wrong};

/// A kept connection.
#[derive(Debug)]
pub(super) struct Connection {
    socket: TcpStream,
    reader: Reader,
    /// How much of the request is sent; `None` when none is under way.
    sent: Option<usize>,
    /// When the request was begun.
    pub(super) begun: Instant,
}

impl Connection {
    pub(super) fn open(target: SocketAddr, registry: &Registry, token: Token) -> io::Result<Self> {
        let socket = connect(target, registry, token)?;
        Ok(Self { socket, reader: Reader::new(), sent: None, begun: Instant::now() })
    }

    /// A new socket in place of the one that has ended.
    pub(super) fn reopen(&mut self, target: SocketAddr, registry: &Registry, token: Token) -> io::Result<()> {
        // It may be gone already.
        let _ = registry.deregister(&mut self.socket);
        self.socket = connect(target, registry, token)?;
        self.reader.clear();
        self.sent = None;
        Ok(())
    }

    /// Whether a request waits for its answer.
    pub(super) fn is_busy(&self) -> bool {
        self.sent.is_some()
    }

    /// Begins a request at `now`; [`send`](Self::send) sends it.
    pub(super) fn begin(&mut self, now: Instant) {
        self.reader.clear();
        self.sent = Some(0);
        self.begun = now;
    }

    /// Sends what is left of `request`, as far as the system takes it.
    pub(super) fn send(&mut self, request: &[u8]) -> Result<(), Wrong> {
        while let Some(sent) = self.sent.filter(|sent| *sent < request.len()) {
            match self.socket.write(&request[sent..]) {
                Ok(count) => self.sent = Some(sent + count),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Err(Wrong::Closed),
            }
        }
        Ok(())
    }

    /// Reads what has come in. Gives the answer when it is complete, and is then done with the request. `ends` says that
    /// the other side has closed: the queue does not tell it again.
    pub(super) fn receive(&mut self, ends: bool) -> Result<Option<Answer<'_>>, Wrong> {
        loop {
            let room = self.reader.room()?;
            let most = room.len();
            let count = match self.socket.read(room) {
                Ok(0) => {
                    self.reader.closed()?;
                    self.sent = None;
                    return Ok(self.reader.answer());
                }
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(_) => return Err(Wrong::Closed),
            };
            if self.reader.received(count)? {
                self.sent = None;
                return Ok(self.reader.answer());
            }
            // Less than there was room for: nothing more is there, and the queue tells when there is.
            if count < most && !ends {
                return Ok(None);
            }
        }
    }
}

fn connect(target: SocketAddr, registry: &Registry, token: Token) -> io::Result<TcpStream> {
    let socket = std::net::TcpStream::connect(target)?;
    socket.set_nodelay(true)?;
    socket.set_nonblocking(true)?;
    let mut socket = TcpStream::from_std(socket);
    registry.register(&mut socket, token, Interest::READABLE | Interest::WRITABLE)?;
    Ok(socket)
}
