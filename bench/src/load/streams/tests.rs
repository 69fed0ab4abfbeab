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
    // The last chunk ends a stream as well as the connection does.
    let ends = pieces.last().is_some_and(|piece| *piece == "\r\n");
    let plan = Plan { target, request: REQUEST.to_vec(), count: 4, hold: Duration::ZERO };
    let (mut streams, opened) = Streams::open(&plan).unwrap();
    // What the server did behind its heads has to be read: until it shows, or for as long as is enough to be sure.
    let patience = if closes || ends { Duration::from_secs(30) } else { Duration::from_millis(300) };
    let until = Instant::now() + patience;
    let mut events = Events::with_capacity(8);
    while let Some(left) = until.checked_duration_since(Instant::now())
        && streams.held() > 0
    {
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
fn what_ends_the_holding_is_heard() {
    let hold = Duration::from_secs(60);
    let plan = Plan { target: ([127, 0, 0, 1], 1).into(), request: Vec::new(), count: 0, hold };
    let began = Instant::now();
    // Often, because the two threads may come in any order.
    for _ in 0..200 {
        let (streams, _) = Streams::open(&plan).unwrap();
        let (tell, told) = std::sync::mpsc::channel::<()>();
        let teller = thread::spawn(move || drop(tell));
        assert_eq!(streams.hold(&plan, move || assert!(told.recv().is_err())).unwrap(), 0);
        teller.join().unwrap();
    }
    assert!(began.elapsed() < hold, "it held on to the end of the time");
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
