//! Tests of held streams against a server on plain sockets.

use std::io::BufRead as _;
use std::net::TcpListener;

use super::*;

const REQUEST: &[u8] = b"GET /sse HTTP/1.1\r\nHost: a\r\n\r\n";
const HEAD: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n";

/// Opens four streams of a server that answers each with `pieces`, one write each, and then holds the connection or closes
/// it. Says what was opened, why not, and how many were open after a while.
fn open(pieces: &'static [&str], closes: bool) -> (Opened, usize) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = listener.local_addr().unwrap();
    thread::spawn(move || {
        let mut held = Vec::new();
        for socket in listener.incoming() {
            let mut socket = socket.unwrap();
            let mut request = io::BufReader::new(socket.try_clone().unwrap());
            let mut line = String::new();
            while line != "\r\n" {
                line.clear();
                request.read_line(&mut line).unwrap();
            }
            for piece in pieces {
                socket.write_all(piece.as_bytes()).unwrap();
            }
            if !closes {
                held.push(socket);
            }
        }
    });
    let plan = Plan { target, request: REQUEST.to_vec(), count: 4, hold: Duration::ZERO };
    let (mut streams, opened) = Streams::open(&plan).unwrap();
    // What the server did after its last head is known once it is read: until then, or for as long as it takes to be sure.
    let until = Instant::now() + Duration::from_millis(300);
    let mut events = Events::with_capacity(8);
    while let Some(left) = until.checked_duration_since(Instant::now()) {
        streams.work(REQUEST, &mut events, Some(left)).unwrap();
    }
    (opened, streams.held())
}

#[test]
fn streams_are_held_and_what_they_say_is_forgotten() {
    let (opened, held) = open(&[HEAD, "8\r\n: here\n\n\r\n", "8\r\n: he", "re\n\n\r\n"], false);
    assert_eq!((opened.open, opened.failed, opened.first_wrong, held), (4, 0, None, 4));
}

#[test]
fn a_stream_that_ends_is_not_held() {
    for (pieces, closes) in [(&[HEAD, "0\r\n", "\r\n"][..], false), (&[HEAD][..], true)] {
        let (opened, held) = open(pieces, closes);
        assert_eq!((opened.open + opened.failed, held), (4, 0));
    }
}

#[test]
fn what_is_no_stream_has_failed() {
    for (answer, wrong) in [
        ("HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\n", Wrong::Status(405)),
        (
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
            Wrong::Malformed("it is no event stream"),
        ),
        ("HTTP/1.1 200 OK\r\n", Wrong::Closed),
    ] {
        let closes = wrong == Wrong::Closed;
        // Leaked for the thread that answers.
        let (opened, held) = open(Vec::leak(vec![answer]), closes);
        assert_eq!((opened.open, opened.failed, opened.first_wrong, held), (0, 4, Some(wrong), 0));
    }
}
