//! Tests of the reader: every way in which a response ends, in pieces of every size.

use super::*;

/// What a reader makes of `input` that comes in pieces of at most `size` bytes, and then the end of the connection.
fn read(reader: &mut Reader, input: &[u8], size: usize) -> Result<(u16, Vec<u8>, bool), Wrong> {
    let mut rest = input;
    while !rest.is_empty() {
        let room = reader.room()?;
        let count = rest.len().min(size).min(room.len());
        room[..count].copy_from_slice(&rest[..count]);
        rest = &rest[count..];
        if reader.received(count)? {
            assert!(rest.is_empty(), "complete {} bytes early", rest.len());
            break;
        }
    }
    if reader.answer().is_none() {
        reader.closed()?;
    }
    let answer = reader.answer().unwrap();
    Ok((answer.status, answer.body.to_vec(), answer.keeps))
}

/// Checks one response in pieces of every size, each by a reader that has read another before.
#[track_caller]
fn check(input: &str, expected: Result<(u16, &str, bool), Wrong>) {
    for size in [1, 2, 3, 7, 64, input.len()] {
        let mut reader = Reader::new();
        for _ in 0..2 {
            let found = read(&mut reader, input.as_bytes(), size);
            let found = found.map(|(status, body, keeps)| (status, String::from_utf8(body).unwrap(), keeps));
            assert_eq!(
                found,
                expected.map(|(status, body, keeps)| (status, body.to_owned(), keeps)),
                "{size}"
            );
            reader.clear();
        }
    }
}

#[test]
fn a_body_of_known_length() {
    check("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", Ok((200, "hello", true)));
    check("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", Ok((200, "", true)));
}

#[test]
fn a_chunked_body() {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n";
    check(&format!("{head}3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"), Ok((200, "hello", true)));
    check(&format!("{head}0\r\n\r\n"), Ok((200, "", true)));
    check(&format!("{head}zz\r\n"), Err(Wrong::Malformed("its chunks")));
}

#[test]
fn a_body_that_ends_with_the_connection() {
    check("HTTP/1.1 200 OK\r\n\r\nhello", Ok((200, "hello", false)));
}

#[test]
fn another_status_has_its_body_read_too() {
    check("HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nwait", Ok((503, "wait", true)));
    check("HTTP/1.1 204 No Content\r\n\r\n", Ok((204, "", true)));
}

#[test]
fn an_interim_response_is_none() {
    let interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
    check(&format!("{interim}HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na"), Ok((200, "a", true)));
}

#[test]
fn whether_the_connection_stays_is_read() {
    for (version, header, keeps) in [
        ("1.1", "Connection: keep-alive", true),
        ("1.1", "Connection: foo, Close", false),
        ("1.1", "X: close", true),
        ("1.0", "X: y", false),
    ] {
        let head = format!("HTTP/{version} 200 OK\r\n{header}\r\nContent-Length: 1\r\n\r\na");
        check(&head, Ok((200, "a", keeps)));
    }
}

#[test]
fn a_connection_that_ends_early_is_closed() {
    let whole = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    for text in [whole, chunked] {
        for end in 0..text.len() {
            let mut reader = Reader::new();
            assert_eq!(read(&mut reader, &text.as_bytes()[..end], 8), Err(Wrong::Closed), "{end}");
        }
    }
}

#[test]
fn what_is_no_response_is_malformed() {
    check("SSH-2.0-OpenSSH_9\r\n\r\n", Err(Wrong::Malformed("its head")));
    check("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", Err(Wrong::Malformed("its length")));
    check("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", Err(Wrong::Malformed("its transfer coding")));
}

#[test]
fn more_than_one_answer_is_malformed() {
    let mut reader = Reader::new();
    let twice = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab";
    reader.room().unwrap()[..twice.len()].copy_from_slice(twice);
    assert_eq!(reader.received(twice.len()), Err(Wrong::Malformed("more than was asked for")));
}

#[test]
fn a_long_body_makes_room() {
    let body = "x".repeat(5 * ROOM + 3);
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    let mut reader = Reader::new();
    let (status, found, keeps) = read(&mut reader, format!("{head}{body}").as_bytes(), ROOM).unwrap();
    assert_eq!((status, keeps), (200, true));
    assert!(found == body.as_bytes());
}
