//! A client that is nothing but a TCP connection: bytes out, and what came back in, down to the single event.
//!
//! It knows HTTP/1.1 framing and the event-stream format, and nothing of MCP. Whoever waits longer than [`PATIENCE`]
//! is told so, so that a missing answer fails a test instead of hanging it.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// How long an answer may take before it counts as missing.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// One connection, and what was read of it but not yet taken.
pub(super) struct Socket {
    stream: TcpStream,
    /// Bytes as they came.
    raw: Vec<u8>,
    /// The body, without its framing.
    body: String,
    framing: Framing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Framing {
    /// So many bytes are still to come.
    Length(usize),
    Chunked,
    Ended,
}

/// Status and headers of an answer.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) status: u16,
    headers: Vec<(String, String)>,
}

impl Head {
    /// The values of a header.
    pub(super) fn all(&self, name: &str) -> Vec<&str> {
        let named = self.headers.iter().filter(|(given, _)| given.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str()).collect()
    }

    pub(super) fn is_event_stream(&self) -> bool {
        self.all("content-type") == ["text/event-stream"]
    }
}

/// One block of an event stream.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) retry: Option<String>,
    pub(super) data: Option<String>,
    /// It is a comment, and no event.
    pub(super) comment: bool,
}

impl Event {
    /// Only an id, for a client that comes back.
    pub(super) fn is_primer(&self) -> bool {
        self.id.is_some() && self.name.is_none() && self.data.as_deref() == Some("")
    }
}

impl Socket {
    pub(super) async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        Self { stream, raw: Vec::new(), body: String::new(), framing: Framing::Ended }
    }

    pub(super) async fn send(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.stream.write_all(bytes).await.map_err(|error| format!("the request could not be sent: {error}"))
    }

    /// Reads the head of the next answer.
    pub(super) async fn head(&mut self) -> Result<Head, String> {
        let end = self.until(b"\r\n\r\n").await?;
        let text = String::from_utf8(self.raw.drain(..end).collect()).map_err(|error| error.to_string())?;
        let mut lines = text.trim_end().split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
        let status = status.ok_or_else(|| format!("no status line: {text}"))?;
        let pairs = lines.filter_map(|line| line.split_once(':'));
        let headers = pairs.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect();
        let head = Head { status, headers };
        self.body.clear();
        self.framing = match (head.all("transfer-encoding").as_slice(), head.all("content-length").as_slice())
        {
            (["chunked"], []) => Framing::Chunked,
            ([], [length]) => Framing::Length(length.parse().map_err(|_| "a bad Content-Length")?),
            ([], []) => Framing::Ended,
            _ => return Err(format!("contradictory framing: {head:?}")),
        };
        Ok(head)
    }

    /// Reads the rest of the body.
    pub(super) async fn whole(&mut self) -> Result<String, String> {
        while self.more().await? {}
        Ok(std::mem::take(&mut self.body))
    }

    /// The next block of an event stream; none at its end.
    pub(super) async fn event(&mut self) -> Result<Option<Event>, String> {
        loop {
            if let Some(end) = self.body.find("\n\n") {
                let block: String = self.body.drain(..end + 2).collect();
                return read_event(block.trim_end()).map(Some);
            }
            if !self.more().await? {
                return match self.body.as_str() {
                    "" => Ok(None),
                    rest => Err(format!("the stream ended within an event: {rest}")),
                };
            }
        }
    }

    /// Reads some of the body; false at its end.
    async fn more(&mut self) -> Result<bool, String> {
        let piece = match self.framing {
            Framing::Ended | Framing::Length(0) => return Ok(false),
            Framing::Length(length) => {
                if self.raw.is_empty() {
                    self.fill().await?;
                }
                let piece: Vec<u8> = self.raw.drain(..length.min(self.raw.len())).collect();
                self.framing = Framing::Length(length - piece.len());
                piece
            }
            Framing::Chunked => {
                let line = self.until(b"\r\n").await?;
                let line: Vec<u8> = self.raw.drain(..line).collect();
                let size = std::str::from_utf8(&line)
                    .ok()
                    .and_then(|line| usize::from_str_radix(line.trim(), 16).ok());
                let size = size.ok_or_else(|| format!("no chunk size: {line:?}"))?;
                while self.raw.len() < size + 2 {
                    self.fill().await?;
                }
                let piece = self.raw.drain(..size).collect();
                self.raw.drain(..2);
                if size == 0 {
                    self.framing = Framing::Ended;
                }
                piece
            }
        };
        self.body.push_str(std::str::from_utf8(&piece).map_err(|error| error.to_string())?);
        Ok(self.framing != Framing::Ended)
    }

    /// Where the next `mark` ends.
    async fn until(&mut self, mark: &[u8]) -> Result<usize, String> {
        loop {
            if let Some(start) = self.raw.windows(mark.len()).position(|window| window == mark) {
                return Ok(start + mark.len());
            }
            self.fill().await?;
        }
    }

    async fn fill(&mut self) -> Result<(), String> {
        match tokio::time::timeout(PATIENCE, self.stream.read_buf(&mut self.raw)).await {
            Err(_) => Err(format!("nothing came within {PATIENCE:?}")),
            Ok(Ok(0)) => Err("the connection was closed".to_owned()),
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(error.to_string()),
        }
    }
}

/// One message fits into one line of `data` (`http.sse.format`), so a second one is a mistake of ours.
fn read_event(block: &str) -> Result<Event, String> {
    let mut event = Event::default();
    for line in block.lines() {
        let (field, value) = line.split_once(':').ok_or_else(|| format!("no field: {line}"))?;
        let value = value.strip_prefix(' ').unwrap_or(value).to_owned();
        let place = match field {
            "" => {
                event.comment = true;
                continue;
            }
            "id" => &mut event.id,
            "event" => &mut event.name,
            "retry" => &mut event.retry,
            "data" => &mut event.data,
            other => return Err(format!("an unknown field: {other}")),
        };
        if place.replace(value).is_some() {
            return Err(format!("a field twice in one event: {block}"));
        }
    }
    Ok(event)
}
