//! A response of HTTP/1.1, read into a buffer that is kept: what its status is, where its body ends, and whether the
//! connection may be used again.

use std::fmt;

use super::chunks::Chunks;

/// The most headers that a response may have.
const MOST_HEADERS: usize = 48;

/// Room that a reader begins with: two of these hold most answers.
const ROOM: usize = 16 * 1024;

/// The longest response, head and coding included.
const LONGEST: usize = 64 * 1024 * 1024;

/// Why an answer does not count as right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// Another status than 200.
    Status(u16),
    /// The body has not what it should have.
    Body,
    /// The connection ended before the answer.
    Closed,
    /// It is no HTTP: what of it is not.
    Malformed(&'static str),
    /// No answer came all the time.
    Unanswered,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "its status was {status}"),
            Self::Body => f.write_str("its body was not the expected one"),
            Self::Closed => f.write_str("the connection was closed before it was complete"),
            Self::Malformed(part) => write!(f, "it was no HTTP/1.1: {part}"),
            Self::Unanswered => f.write_str("it did not come"),
        }
    }
}

/// A whole response.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer<'a> {
    /// Its status.
    pub status: u16,
    /// Its body, decoded.
    pub body: &'a [u8],
    /// Whether the connection stays open behind it.
    pub keeps: bool,
}

/// The head of a response.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    pub(super) status: u16,
    /// How many bytes it is long.
    pub(super) length: usize,
    pub(super) framing: Framing,
    pub(super) keeps: bool,
    pub(super) is_event_stream: bool,
}

/// How the end of a body is known (RFC 9112, section 6.3).
#[derive(Clone, Copy, Debug)]
pub(super) enum Framing {
    Length(usize),
    Chunked,
    UntilClosed,
}

impl Head {
    /// The head that `input` begins with, once all of it is there.
    pub(super) fn parse(input: &[u8]) -> Result<Option<Self>, Wrong> {
        let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
        let mut response = httparse::Response::new(&mut headers);
        let Ok(parsed) = response.parse(input) else { return Err(Wrong::Malformed("its head")) };
        let (httparse::Status::Complete(length), Some(status)) = (parsed, response.code) else {
            return Ok(None);
        };
        let mut head = Self {
            status,
            length,
            framing: Framing::UntilClosed,
            keeps: response.version == Some(1),
            is_event_stream: false,
        };
        for header in &*response.headers {
            let is = |name: &str| header.name.eq_ignore_ascii_case(name);
            if is("content-length") && !matches!(head.framing, Framing::Chunked) {
                let length = std::str::from_utf8(header.value).ok().and_then(|text| text.trim().parse().ok());
                head.framing = Framing::Length(length.ok_or(Wrong::Malformed("its length"))?);
            } else if is("transfer-encoding") {
                if !header.value.eq_ignore_ascii_case(b"chunked") {
                    return Err(Wrong::Malformed("its transfer coding"));
                }
                head.framing = Framing::Chunked;
            } else if is("connection") {
                let mut options = header.value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
                head.keeps &= !options.any(|option| option.eq_ignore_ascii_case(b"close"));
            } else if is("content-type") {
                let kind = header.value.split(|byte| *byte == b';').next().unwrap_or_default();
                head.is_event_stream = kind.trim_ascii().eq_ignore_ascii_case(b"text/event-stream");
            }
        }
        if matches!(status, 100..=199 | 204 | 304) {
            head.framing = Framing::Length(0);
        }
        Ok(Some(head))
    }
}

/// Reads one response after the other from one connection.
#[derive(Debug)]
pub(super) struct Reader {
    /// All of it is initialised; what was received is in the first `filled` bytes.
    buffer: Vec<u8>,
    filled: usize,
    /// How much of the buffer has been decoded, when the body is chunked.
    decoded: usize,
    chunks: Chunks,
    head: Option<Head>,
    /// Where the response ends in the buffer.
    end: Option<usize>,
    /// The content of a chunked body.
    content: Vec<u8>,
}

impl Reader {
    pub(super) fn new() -> Self {
        Self {
            buffer: vec![0; ROOM],
            filled: 0,
            decoded: 0,
            chunks: Chunks::START,
            head: None,
            end: None,
            content: Vec::new(),
        }
    }

    /// Forgets the response that was read.
    pub(super) fn clear(&mut self) {
        self.filled = 0;
        self.decoded = 0;
        self.chunks = Chunks::START;
        self.head = None;
        self.end = None;
        self.content.clear();
    }

    /// Where to receive into; never empty.
    pub(super) fn room(&mut self) -> Result<&mut [u8], Wrong> {
        if self.filled == self.buffer.len() {
            if self.filled >= LONGEST {
                return Err(Wrong::Malformed("its length"));
            }
            self.buffer.resize(2 * self.filled, 0);
        }
        Ok(&mut self.buffer[self.filled..])
    }

    /// Looks at `count` more bytes that were received. Says whether the response is complete.
    pub(super) fn received(&mut self, count: usize) -> Result<bool, Wrong> {
        self.filled += count;
        let head = match self.head {
            Some(head) => head,
            None => match self.final_head()? {
                Some(head) => head,
                None => return Ok(false),
            },
        };
        self.end = match head.framing {
            Framing::Length(length) => head.length.checked_add(length).filter(|end| *end <= self.filled),
            Framing::Chunked => {
                let begin = std::mem::replace(&mut self.decoded, self.filled);
                let content = &mut self.content;
                let input = &self.buffer[begin..self.filled];
                self.chunks.feed(input, |part| content.extend_from_slice(part))?.map(|used| begin + used)
            }
            Framing::UntilClosed => None,
        };
        match self.end {
            Some(end) if end < self.filled => Err(Wrong::Malformed("more than was asked for")),
            end => Ok(end.is_some()),
        }
    }

    /// The head of the response that counts, once it is there; interim ones before it are dropped.
    fn final_head(&mut self) -> Result<Option<Head>, Wrong> {
        while let Some(head) = Head::parse(&self.buffer[..self.filled])? {
            if head.status >= 200 {
                self.head = Some(head);
                self.decoded = head.length;
                return Ok(Some(head));
            }
            self.buffer.copy_within(head.length..self.filled, 0);
            self.filled -= head.length;
        }
        Ok(None)
    }

    /// The connection has ended: an answer is complete then only when that is how its end is known.
    pub(super) fn closed(&mut self) -> Result<(), Wrong> {
        match &mut self.head {
            Some(head @ Head { framing: Framing::UntilClosed, .. }) => {
                head.keeps = false;
                self.end = Some(self.filled);
                Ok(())
            }
            _ => Err(Wrong::Closed),
        }
    }

    /// The response, once it is complete.
    pub(super) fn answer(&self) -> Option<Answer<'_>> {
        let (head, end) = (self.head?, self.end?);
        let body = match head.framing {
            Framing::Chunked => &self.content,
            _ => &self.buffer[head.length..end],
        };
        Some(Answer { status: head.status, body, keeps: head.keeps })
    }
}

#[cfg(test)]
#[path = "answer/tests.rs"]
mod tests;
