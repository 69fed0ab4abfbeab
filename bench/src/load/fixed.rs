//! `load http`: the requests of a file, as it has them, in turn and again and again.

use memchr::memmem::Finder;

use super::answer::{Answer, Wrong};
use super::drive::Subject;

/// The most headers that a request may have.
const MOST_HEADERS: usize = 32;

/// Requests that never change, and a text that every answer must have.
#[derive(Debug)]
pub struct Fixed {
    requests: Vec<Vec<u8>>,
    expected: Finder<'static>,
    /// Which request each connection is at.
    at: Vec<usize>,
    /// Which one is next, whoever is to send it.
    next: usize,
}

impl Fixed {
    /// Whole requests, head and body, one behind the other, for so many connections; and a text that the body of an answer
    /// must hold.
    ///
    /// # Errors
    /// When they are no requests.
    pub fn new(requests: &[u8], expected: &str, connections: usize) -> Result<Self, String> {
        let requests = split(requests)?;
        let at = (0..connections).map(|connection| connection % requests.len()).collect();
        let next = connections % requests.len();
        Ok(Self { requests, expected: Finder::new(expected).into_owned(), at, next })
    }
}

impl Subject for Fixed {
    const DRAINS: bool = false;

    fn request(&self, connection: usize) -> &[u8] {
        &self.requests[self.at[connection]]
    }

    fn judge(&mut self, connection: usize, answer: &Answer<'_>) -> Result<(), Wrong> {
        self.at[connection] = self.next;
        self.next = (self.next + 1) % self.requests.len();
        if answer.status != 200 {
            return Err(Wrong::Status(answer.status));
        }
        self.expected.find(answer.body).map(drop).ok_or(Wrong::Body)
    }
}

/// Requests that stand one behind the other; at least one.
fn split(mut text: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    let mut requests = Vec::new();
    while !text.is_empty() || requests.is_empty() {
        let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
        let mut request = httparse::Request::new(&mut headers);
        let parsed = request.parse(text).map_err(|error| format!("no request: {error}"))?;
        let httparse::Status::Complete(head) = parsed else { return Err("half a head".to_owned()) };
        let length = request.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
        let length = length.map_or(Ok(0), |header| {
            let length = std::str::from_utf8(header.value).ok().and_then(|text| text.parse::<usize>().ok());
            length.ok_or_else(|| "a length that is no number".to_owned())
        })?;
        let (whole, rest) = text.split_at_checked(head + length).ok_or("half a body")?;
        requests.push(whole.to_vec());
        text = rest;
    }
    Ok(requests)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GET: &str = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
    const POST: &str = "POST /b HTTP/1.1\r\nContent-Length: 4\r\n\r\n\r\n{}";
    const DELETE: &str = "DELETE /c HTTP/1.1\r\ncontent-length: 0\r\n\r\n";

    #[test]
    fn requests_are_told_apart_by_their_lengths() {
        let requests = split([GET, POST, DELETE].concat().as_bytes()).unwrap();
        assert_eq!(requests, [GET, POST, DELETE].map(|request| request.as_bytes().to_vec()));
        for wrong in ["", "GET / HTTP/1.1\r\n", "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\n{}", "a\r\n\r\n"]
        {
            assert!(split(wrong.as_bytes()).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn connections_take_the_next_request_whoever_is_first() {
        let mut fixed = Fixed::new([GET, POST, DELETE].concat().as_bytes(), "{}", 2).unwrap();
        let answer = Answer { status: 200, body: b"a{}", keeps: true };
        let mut sent = Vec::new();
        for connection in [0, 1, 1, 1, 0, 0] {
            sent.push(fixed.request(connection)[0]);
            fixed.judge(connection, &answer).unwrap();
        }
        // The first of either are the first of the file; the second connection is faster then.
        assert_eq!(sent, *b"GPGPDG");
    }
}
