//! `load streams`: opens event streams, a few at a time, and holds them. What they say is read and forgotten.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token, Waker};
use serde::Serialize;

use super::answer::{Framing, Head, Wrong};
use super::chunks::Chunks;

/// How many streams may wait for their head: fewer than any server's queue of connections.
const AT_ONCE: usize = 64;

/// How long a stream may wait for its head.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many events are taken from the queue at once, and how much is read.
const EVENTS: usize = 1024;
const ROOM: usize = 16 * 1024;

/// The longest head.
const LONGEST_HEAD: usize = 16 * 1024;

/// What is opened, where, and for how long.
#[derive(Debug)]
pub struct Plan {
    /// Whom to ask.
    pub target: SocketAddr,
    /// The request that is answered with a stream, head and body.
    pub request: Vec<u8>,
    /// How many.
    pub count: usize,
    /// How long they are held at most.
    pub hold: Duration,
}

/// How many came to be.
#[derive(Debug, Serialize)]
pub struct Opened {
    /// Streams whose head is there, and which are open.
    pub open: usize,
    /// Those that were refused, that ended, or that did not answer.
    pub failed: usize,
    /// Why the first failed; not part of the line that is printed.
    #[serde(skip)]
    pub first_wrong: Option<Wrong>,
}

/// Streams, and the queue that tells of them.
#[derive(Debug)]
pub struct Streams {
    poll: Poll,
    streams: Vec<Stream>,
    first_wrong: Option<Wrong>,
}

#[derive(Debug)]
struct Stream {
    socket: TcpStream,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Waits for its head, of which this has come.
    Waits {
        since: Instant,
        head: Vec<u8>,
        sent: usize,
    },
    Open(Coding),
    Ended,
}

#[derive(Clone, Copy, Debug)]
enum Coding {
    Chunked(Chunks),
    UntilClosed,
}

impl Streams {
    /// Opens as many as planned, and waits for all of them to answer or fail.
    ///
    /// # Errors
    /// When the target refuses connections.
    pub fn open(plan: &Plan) -> io::Result<(Self, Opened)> {
        let streams = Vec::with_capacity(plan.count);
        let mut this = Self { poll: Poll::new()?, streams, first_wrong: None };
        let mut events = Events::with_capacity(EVENTS);
        // Those that may wait, oldest first; answered ones are dropped when they are at the front.
        let mut waiting = VecDeque::new();
        while this.streams.len() < plan.count || !waiting.is_empty() {
            while this.streams.len() < plan.count && waiting.len() < AT_ONCE {
                waiting.push_back(this.streams.len());
                this.begin(plan)?;
            }
            this.work(&plan.request, &mut events, Some(PATIENCE))?;
            waiting.retain(|index| this.still_waits(*index));
        }
        let open = this.held();
        let opened = Opened { open, failed: plan.count - open, first_wrong: this.first_wrong };
        Ok((this, opened))
    }

    /// Holds them until the time is over, or until `over` returns, which is called in a thread of its own and may be left
    /// there. Says how many were open to the end.
    ///
    /// # Errors
    /// When the queue fails.
    pub fn hold(mut self, plan: &Plan, over: impl FnOnce() + Send + 'static) -> io::Result<usize> {
        let end = Instant::now() + plan.hold;
        let is_over = Arc::new(AtomicBool::new(false));
        // Kept to the end: a waker that is dropped takes its event with it.
        let waker = Arc::new(Waker::new(self.poll.registry(), Token(usize::MAX))?);
        let (told, waking) = (Arc::clone(&is_over), Arc::clone(&waker));
        thread::spawn(move || {
            over();
            told.store(true, Ordering::SeqCst);
            // The queue may be gone, if the time was over first.
            let _ = waking.wake();
        });
        let mut events = Events::with_capacity(EVENTS);
        while let Some(left) = end.checked_duration_since(Instant::now())
            && !is_over.load(Ordering::SeqCst)
        {
            self.work(&plan.request, &mut events, Some(left))?;
        }
        drop(waker);
        Ok(self.held())
    }

    fn held(&self) -> usize {
        self.streams.iter().filter(|stream| matches!(stream.state, State::Open(_))).count()
    }

    fn begin(&mut self, plan: &Plan) -> io::Result<()> {
        let socket = std::net::TcpStream::connect(plan.target)?;
        socket.set_nodelay(true)?;
        socket.set_nonblocking(true)?;
        let mut socket = TcpStream::from_std(socket);
        let interest = Interest::READABLE | Interest::WRITABLE;
        self.poll.registry().register(&mut socket, Token(self.streams.len()), interest)?;
        let state = State::Waits { since: Instant::now(), head: Vec::new(), sent: 0 };
        self.streams.push(Stream { socket, state });
        Ok(())
    }

    /// Whether it has not answered; gives it up when it has taken too long.
    fn still_waits(&mut self, index: usize) -> bool {
        let Some(Stream { state: State::Waits { since, .. }, .. }) = self.streams.get(index) else {
            return false;
        };
        if since.elapsed() < PATIENCE {
            return true;
        }
        self.end(index, Wrong::Unanswered);
        false
    }

    fn end(&mut self, index: usize, wrong: Wrong) {
        self.first_wrong.get_or_insert(wrong);
        if let Some(stream) = self.streams.get_mut(index) {
            stream.state = State::Ended;
            // It may be closed already.
            let _ = self.poll.registry().deregister(&mut stream.socket);
            let _ = stream.socket.shutdown(std::net::Shutdown::Both);
        }
    }

    /// Waits for events, and sees to them.
    fn work(&mut self, request: &[u8], events: &mut Events, limit: Option<Duration>) -> io::Result<()> {
        match self.poll.poll(events, limit) {
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(()),
            polled => polled?,
        }
        for event in &*events {
            let index = event.token().0;
            let Some(stream) = self.streams.get_mut(index) else { continue };
            if let Err(wrong) = stream.turn(request) {
                self.end(index, wrong);
            }
        }
        Ok(())
    }
}

impl Stream {
    /// Sends what is left of the request, and reads what has come, to its end.
    fn turn(&mut self, request: &[u8]) -> Result<(), Wrong> {
        if let State::Waits { sent, .. } = &mut self.state {
            while let Some(rest) = request.get(*sent..).filter(|rest| !rest.is_empty()) {
                match self.socket.write(rest) {
                    Ok(count) => *sent += count,
                    Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                    Err(_) => return Err(Wrong::Closed),
                }
            }
        }
        let mut room = [0; ROOM];
        while !matches!(self.state, State::Ended) {
            match self.socket.read(&mut room) {
                Ok(0) => return Err(Wrong::Closed),
                Ok(count) => self.received(&room[..count])?,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Err(Wrong::Closed),
            }
        }
        Ok(())
    }

    fn received(&mut self, input: &[u8]) -> Result<(), Wrong> {
        match &mut self.state {
            State::Waits { head, .. } => {
                head.extend_from_slice(input);
                let Some(parsed) = Head::parse(head)? else {
                    let is_short = head.len() < LONGEST_HEAD;
                    return if is_short { Ok(()) } else { Err(Wrong::Malformed("its head")) };
                };
                if parsed.status != 200 {
                    return Err(Wrong::Status(parsed.status));
                }
                let coding = match parsed.framing {
                    Framing::Chunked if parsed.is_event_stream => Coding::Chunked(Chunks::START),
                    Framing::UntilClosed if parsed.is_event_stream => Coding::UntilClosed,
                    _ => return Err(Wrong::Malformed("it is no event stream")),
                };
                let rest = head.split_off(parsed.length);
                self.state = State::Open(coding);
                self.received(&rest)
            }
            State::Open(Coding::Chunked(chunks)) => match chunks.feed(input, |_| ())? {
                // The connection may be open, but the stream is not.
                Some(_) => Err(Wrong::Closed),
                None => Ok(()),
            },
            State::Open(Coding::UntilClosed) | State::Ended => Ok(()),
        }
    }
}

#[cfg(test)]
#[path = "streams/tests.rs"]
mod tests;
