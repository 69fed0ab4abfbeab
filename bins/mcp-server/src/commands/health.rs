//! `mcp-server health`: asks a running server whether it is well. For container engines and scripts, where no other program
//! speaks HTTP: an image of this server holds nothing else.
//!
//! Plain http and the status alone: whether TLS, sign-in and tools work for people is the subject of `doctor`.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use url::{Position, Url};

use crate::args::HealthArgs;
use crate::exit::Failure;

/// For the whole exchange. A server that takes longer to say that it is well is not.
const LIMIT: Duration = Duration::from_secs(5);
/// A status line is shorter.
const LINE: usize = 512;

/// Runs the command.
pub fn run(args: &HealthArgs) -> Result<(), Failure> {
    let url = parse(&args.url).map_err(|reason| Failure::Option { name: "URL", reason })?;
    let status = ask(&url).map_err(|error| {
        let reason = match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => format!("no answer within {LIMIT:?}"),
            _ => error.to_string(),
        };
        Failure::Other(format!("{url} is not well: {reason}"))
    })?;
    if status == 200 {
        Ok(())
    } else {
        Err(Failure::Other(format!("{url} is not well: it answered {status}")))
    }
}

fn parse(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("'{text}' is not a URL ({error})"))?;
    match url.scheme() {
        "http" if url.has_host() => Ok(url),
        "https" => Err(format!(
            "'{text}' is https, which says nothing on this machine: ask the listener for operators (--admin-listen), or use \
             `mcp-server doctor` from outside"
        )),
        _ => Err(format!("'{text}' must be an http URL")),
    }
}

/// The status of the answer.
fn ask(url: &Url) -> std::io::Result<u16> {
    let end = Instant::now() + LIMIT;
    let mut stream = connect(url, end)?;
    let authority = &url[Position::BeforeHost..Position::AfterPort];
    let target = &url[Position::BeforePath..Position::AfterQuery];
    let head = format!(
        "GET {target} HTTP/1.1\r\nhost: {authority}\r\nuser-agent: mcp-server-health\r\nconnection: close\r\n\r\n"
    );
    stream.set_write_timeout(Some(left(end)?))?;
    stream.write_all(head.as_bytes())?;
    let mut line = Vec::with_capacity(LINE);
    let mut part = [0; LINE];
    while !line.contains(&b'\n') && line.len() < LINE {
        stream.set_read_timeout(Some(left(end)?))?;
        match stream.read(&mut part)? {
            0 => break,
            count => line.extend_from_slice(part.get(..count).unwrap_or_default()),
        }
    }
    status(&line).ok_or_else(|| std::io::Error::new(ErrorKind::InvalidData, "that is no answer in HTTP"))
}

/// The first address of the host that takes a connection.
fn connect(url: &Url, end: Instant) -> std::io::Result<TcpStream> {
    let mut last = std::io::Error::new(ErrorKind::NotFound, "the host has no address");
    for address in url.socket_addrs(|| None)? {
        match TcpStream::connect_timeout(&address, left(end)?) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// The time that is left, which is never nothing.
fn left(end: Instant) -> std::io::Result<Duration> {
    let left = end.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(ErrorKind::TimedOut.into()) } else { Ok(left) }
}

/// `HTTP/1.1 200 OK` is 200.
fn status(line: &[u8]) -> Option<u16> {
    let line = std::str::from_utf8(line.split(|byte| *byte == b'\r').next()?).ok()?;
    let mut words = line.split(' ');
    words.next().filter(|version| version.starts_with("HTTP/1."))?;
    words.next().filter(|code| code.len() == 3)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{parse, status};

    #[test]
    fn the_status_is_read() {
        for (line, expected) in [
            (&b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n"[..], Some(200)),
            (b"HTTP/1.0 503 Service Unavailable\r\n", Some(503)),
            (b"HTTP/1.1 200\r\n", Some(200)),
            (b"HTTP/1.1 2000 OK\r\n", None),
            (b"HTTP/1.1", None),
            (b"SSH-2.0-x\r\n", None),
            (b"\xff\xfe\r\n", None),
            (b"", None),
        ] {
            assert_eq!(status(line), expected, "{line:?}");
        }
    }

    #[test]
    fn only_http_is_asked() {
        assert!(parse("http://[::1]:9090/readyz").is_ok());
        for (text, reason) in [
            ("https://mcp.example.com/healthz", "ask the listener for operators"),
            ("127.0.0.1:8787", "is not a URL"),
            ("unix:/run/x", "must be an http URL"),
        ] {
            assert!(parse(text).is_err_and(|error| error.contains(reason)), "{text}");
        }
    }
}
