//! Tests of the loop against a server on plain sockets that answers as a test tells it to.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::*;
use crate::load::fixed::Fixed;

const REQUEST: &[u8] = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}";
const RIGHT: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nright";

/// Asks a server whose answer to its request with a number, counted over all connections, is `answer(number)`; and whether it
/// closes the connection behind it. Says what was counted, and how many connections there were.
fn ask(connections: usize, answer: fn(usize) -> (&'static str, bool)) -> (Outcome, usize) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = listener.local_addr().unwrap();
    let (requests, accepted) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&accepted);
    // Both kinds of thread live as long as the test.
    thread::spawn(move || {
        for socket in listener.incoming() {
            counted.fetch_add(1, Ordering::SeqCst);
            let requests = Arc::clone(&requests);
            thread::spawn(move || respond(socket.unwrap(), &requests, answer));
        }
    });
    let (counted, warm_up) = (Duration::from_secs(1), Duration::from_millis(50));
    // Some tests sleep between answers, and some stay awake.
    let plan = Plan { target, connections, counted, warm_up, awake: connections.is_multiple_of(2) };
    let outcome = run(&plan, &mut Fixed::new(REQUEST, "right", connections).unwrap()).unwrap();
    (outcome, accepted.load(Ordering::SeqCst))
}

fn respond(mut socket: TcpStream, requests: &AtomicUsize, answer: fn(usize) -> (&'static str, bool)) {
    let mut request = [0; REQUEST.len()];
    while socket.read_exact(&mut request).is_ok() {
        assert_eq!(request, REQUEST);
        let (text, closes) = answer(requests.fetch_add(1, Ordering::SeqCst));
        if socket.write_all(text.as_bytes()).is_err() || closes {
            break;
        }
    }
}

#[test]
fn right_answers_are_counted() {
    let (outcome, accepted) = ask(3, |_| (RIGHT, false));
    assert_eq!((outcome.wrong, outcome.unanswered, outcome.first_wrong, accepted), (0, 0, None, 3));
    assert!(outcome.requests > 0);
    let Micros { p50, p90, p99, max } = outcome.micros;
    assert!(0.0 < p50 && p50 <= p90 && p90 <= p99 && p99 <= max, "{:?}", outcome.micros);
}

#[test]
fn a_wrong_status_and_a_wrong_body_are_wrong() {
    let (outcome, accepted) = ask(2, |_| ("HTTP/1.1 500 No\r\nContent-Length: 5\r\n\r\nright", false));
    assert!(outcome.requests > 0 && outcome.wrong == outcome.requests);
    assert_eq!((outcome.first_wrong, accepted), (Some(Wrong::Status(500)), 2));
    let (outcome, accepted) = ask(2, |_| ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong", false));
    assert!(outcome.requests > 0 && outcome.wrong == outcome.requests);
    assert_eq!((outcome.first_wrong, accepted), (Some(Wrong::Body), 2));
}

#[test]
fn some_wrong_ones_among_right_ones_are_found() {
    let (outcome, _) = ask(1, |number| match number % 10 {
        9 => ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n", false),
        _ => ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nrig\r\n2\r\nht\r\n0\r\n\r\n", false),
    });
    // One of ten, and what of the ten was before the warm-up's end and after the run's.
    assert!(outcome.wrong.abs_diff(outcome.requests / 10) <= 1, "{outcome:?}");
    assert!(outcome.wrong > 0);
}

#[test]
fn a_connection_closed_midway_is_wrong_and_opened_again() {
    let (outcome, accepted) = ask(2, |number| match number % 3 {
        2 => ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nrig", true),
        _ => (RIGHT, false),
    });
    assert_eq!(outcome.first_wrong, Some(Wrong::Closed));
    assert!(outcome.wrong < outcome.requests, "{outcome:?}");
    assert!(accepted as u64 >= outcome.wrong, "{accepted} {outcome:?}");
}

#[test]
fn a_connection_closed_after_each_answer_is_opened_again() {
    let (outcome, accepted) =
        ask(1, |_| ("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nright", true));
    assert_eq!(outcome.wrong, 0, "{outcome:?}");
    assert!(outcome.requests > 0 && accepted as u64 >= outcome.requests);
}

#[test]
fn no_answer_is_wrong() {
    let (outcome, _) = ask(2, |_| ("HTTP/1.1 200 OK\r\n", false));
    assert_eq!((outcome.requests, outcome.wrong, outcome.unanswered), (2, 2, 2));
    assert_eq!(outcome.first_wrong, Some(Wrong::Unanswered));
}
