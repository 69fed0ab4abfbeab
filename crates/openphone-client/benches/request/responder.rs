//! The other end of the line: a loopback HTTP/1.1 responder that gives fixed answers, in a process of its own.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use url::Url;

use crate::Failure;

/// With this argument the program is the responder.
pub(crate) const ARGUMENT: &str = "respond";
/// Messages on the page that is listed.
pub(crate) const PAGE: usize = 50;

/// A running responder; ends when dropped, or when this process does.
#[derive(Debug)]
pub(crate) struct Responder {
    child: Child,
    base: Url,
}

impl Responder {
    /// Starts this program again as the responder.
    pub(crate) fn start() -> Result<Self, Failure> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(ARGUMENT).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let mut address = String::new();
        BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut address)?;
        Ok(Self { child, base: address.trim().parse()? })
    }

    /// Where it answers.
    pub(crate) fn base(&self) -> &Url {
        &self.base
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        // Gone already is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The responder's `main`: says where it is, and answers until its input ends.
pub(crate) fn serve() -> std::io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    println!("http://{}", listener.local_addr()?);
    std::thread::spawn(move || accept(&listener, |_| {}));
    std::io::stdin().read_to_end(&mut Vec::new()).map(drop)
}

/// Answers every connection, each in a thread, and shows `seen` every request before it is answered.
pub(crate) fn accept(listener: &TcpListener, seen: impl Fn(&[u8]) + Clone + Send + 'static) {
    let answers = Arc::new(Answers::new());
    for stream in listener.incoming().map_while(Result::ok) {
        let (answers, seen) = (Arc::clone(&answers), seen.clone());
        // A client that goes away ends its connection, which is no business of the others.
        std::thread::spawn(move || answer_all(stream, &answers, seen));
    }
}

fn answer_all(mut stream: TcpStream, answers: &Answers, seen: impl Fn(&[u8])) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut unread = Vec::with_capacity(16 * 1024);
    let mut chunk = [0; 8 * 1024];
    loop {
        match request_length(&unread) {
            Some(length) => {
                seen(&unread[..length]);
                stream.write_all(answers.to(&unread))?;
                unread.drain(..length);
            }
            None => match stream.read(&mut chunk)? {
                0 => return Ok(()),
                read => unread.extend_from_slice(&chunk[..read]),
            },
        }
    }
}

/// How long the first request is, once all of it is there.
fn request_length(unread: &[u8]) -> Option<usize> {
    let end = unread.windows(4).position(|bytes| bytes == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&unread[..end]).ok()?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length = end + length.map_or(Some(0), |length| length.parse().ok())?;
    (unread.len() >= length).then_some(length)
}

/// What is answered, byte for byte, made once.
struct Answers {
    message: Vec<u8>,
    page: Vec<u8>,
    sent: Vec<u8>,
}

impl Answers {
    fn new() -> Self {
        Self {
            message: answer("200 OK", &one_message()),
            page: answer("200 OK", &page_of_messages()),
            sent: answer("202 Accepted", &one_message()),
        }
    }

    fn to(&self, request: &[u8]) -> &[u8] {
        match request {
            [b'P', ..] => &self.sent,
            request if request.starts_with(b"GET /messages?") => &self.page,
            _ => &self.message,
        }
    }
}

fn answer(status: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ndate: Wed, 25 Nov 2026 10:00:00 GMT\r\n\
         ratelimit: \"per-second\"; r=9; t=1\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// One message in its envelope.
pub(crate) fn one_message() -> String {
    format!("{{\"data\":{}}}", message(0))
}

/// A page of [`PAGE`] messages in its envelope.
pub(crate) fn page_of_messages() -> String {
    let mut page = String::from("{\"data\":[");
    for number in 0..PAGE {
        let comma = if number == 0 { "" } else { "," };
        // Writing to a text cannot fail.
        let _ = write!(page, "{comma}{}", message(number));
    }
    page.push_str("],\"nextCursor\":\"eyJsYXN0IjoiQUMwMDAwMDA0OSJ9\"}");
    page
}

fn message(number: usize) -> String {
    let (direction, status, user) = match number % 2 {
        0 => ("outgoing", "delivered", "\"US1a2b3c4d\""),
        _ => ("incoming", "received", "null"),
    };
    format!(
        "{{\"id\":\"AC{number:08}\",\"to\":[\"+14155550101\"],\"from\":\"+14155550100\",\
         \"text\":\"Your table for four is ready. Please come to the front desk within ten minutes.\",\
         \"phoneNumberId\":\"PN1a2b3c4d\",\"conversationId\":\"CN1a2b3c4d\",\"direction\":\"{direction}\",\
         \"userId\":{user},\"status\":\"{status}\",\"media\":[],\
         \"createdAt\":\"2026-11-20T18:30:00.123Z\",\"updatedAt\":\"2026-11-20T18:30:02.456Z\"}}"
    )
}
