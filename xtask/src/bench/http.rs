//! Requests as their bytes, and one exchange by hand: what the load repeats is looked at once first.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::error::Error;

/// How long an answer may take: Python compiles its modules before the first.
const LIMIT: Duration = Duration::from_secs(20);

/// A revision of MCP, as a request shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Revision {
    /// 2026-07-28: no handshake, and everything with each request.
    Modern,
    /// 2025-06-18, without a session.
    Before,
}

/// A call of MCP over HTTP.
#[derive(Clone, Debug)]
pub(crate) struct Call<'a> {
    /// The `Host` header.
    pub(crate) host: &'a str,
    pub(crate) token: Option<&'a str>,
    pub(crate) revision: Revision,
    pub(crate) method: &'a str,
    pub(crate) params: Value,
}

impl Call<'_> {
    /// The whole request.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut params = self.params.clone();
        let version = match self.revision {
            Revision::Modern => "2026-07-28",
            Revision::Before => "2025-06-18",
        };
        let mut head = format!(
            "POST /mcp HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n\
             Accept: application/json, text/event-stream\r\nMCP-Protocol-Version: {version}\r\n",
            self.host
        );
        if self.revision == Revision::Modern {
            head.push_str(&format!("Mcp-Method: {}\r\n", self.method));
            if let Some(name) = params["name"].as_str() {
                head.push_str(&format!("Mcp-Name: {name}\r\n"));
            }
            params["_meta"] = json!({
                "io.modelcontextprotocol/protocolVersion": version,
                "io.modelcontextprotocol/clientInfo": { "name": "bench", "version": "1" },
                "io.modelcontextprotocol/clientCapabilities": {},
            });
        }
        if let Some(token) = self.token {
            head.push_str(&format!("Authorization: Bearer {token}\r\n"));
        }
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": self.method, "params": params }).to_string();
        format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
    }
}

/// A request without a body.
pub(crate) fn get(host: &str, path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/event-stream, */*\r\n\r\n").into_bytes()
}

/// A whole answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Answer {
    /// A header, in whatever case it is written.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// What is read of a connection so far; `None` while there is more to come.
    fn parse(received: &[u8]) -> Option<Self> {
        let end = received.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&received[..end]).into_owned();
        let rest = &received[end + 4..];
        let status = head.split(' ').nth(1)?.parse().ok()?;
        let mut answer = Self { status, head, body: String::new() };
        let body = match answer.header("content-length") {
            Some(length) => rest.get(..length.parse().ok()?)?.to_vec(),
            None => dechunked(rest)?,
        };
        answer.body = String::from_utf8_lossy(&body).into_owned();
        Some(answer)
    }
}

/// The content of a chunked body, once all of it is there.
fn dechunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut content = Vec::new();
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n")?;
        let size = std::str::from_utf8(&rest[..end]).ok()?.split(';').next()?.trim();
        let size = usize::from_str_radix(size, 16).ok()?;
        let chunk = rest.get(end + 2..end + 2 + size)?;
        if size == 0 {
            return Some(content);
        }
        content.extend_from_slice(chunk);
        rest = rest.get(end + 4 + size..)?;
    }
}

/// Sends a request and reads its answer, over a connection of its own.
pub(crate) fn exchange(target: SocketAddr, request: &[u8]) -> Result<Answer, Error> {
    let fault = || Error::file(Path::new("the first answer"));
    let mut stream = TcpStream::connect(target).map_err(fault())?;
    stream.set_read_timeout(Some(LIMIT)).map_err(fault())?;
    stream.write_all(request).map_err(fault())?;
    let (mut received, mut buffer) = (Vec::new(), vec![0; 64 * 1024]);
    loop {
        let count = stream.read(&mut buffer).map_err(fault())?;
        received.extend_from_slice(&buffer[..count]);
        match Answer::parse(&received) {
            Some(answer) => return Ok(answer),
            None if count == 0 => {
                let said = String::from_utf8_lossy(&received).into_owned();
                return Err(Error::Check(format!("{target} sent no whole answer: {said}")));
            }
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(revision: Revision, token: Option<&str>) -> String {
        let params = json!({ "name": "echo", "arguments": { "text": "a" } });
        let call = Call { host: "127.0.0.1:1", token, revision, method: "tools/call", params };
        String::from_utf8(call.bytes()).unwrap()
    }

    #[test]
    fn a_modern_request_says_everything_in_its_head_and_body() {
        let request = request(Revision::Modern, Some("secret"));
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        for header in ["Mcp-Method: tools/call", "Mcp-Name: echo", "Authorization: Bearer secret"] {
            assert!(head.lines().any(|line| line == header), "{head}");
        }
        let body: Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"], "2026-07-28");
        assert!(head.ends_with(&format!("Content-Length: {}", body.to_string().len())), "{head}");
    }

    #[test]
    fn one_of_before_says_only_its_revision() {
        let request = request(Revision::Before, None);
        assert!(request.contains("MCP-Protocol-Version: 2025-06-18\r\n"), "{request}");
        for absent in ["Mcp-Name", "_meta", "Authorization"] {
            assert!(!request.contains(absent), "{request}");
        }
    }

    #[test]
    fn answers_are_read_to_their_end() {
        let plain = b"HTTP/1.1 200 OK\r\nX-Request-Id: 7\r\ncontent-length: 2\r\n\r\n{}";
        let chunked =
            b"HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1;x\r\nd\r\n0\r\n\r\n";
        let answer = Answer::parse(plain).unwrap();
        assert_eq!((answer.status, answer.header("x-request-id"), &answer.body[..]), (200, Some("7"), "{}"));
        let answer = Answer::parse(chunked).unwrap();
        assert_eq!((answer.status, &answer.body[..]), (404, "abcd"));
        assert_eq!(Answer::parse(&plain[..plain.len() - 1]), None);
        assert_eq!(Answer::parse(&chunked[..chunked.len() - 6]), None);
    }
}
