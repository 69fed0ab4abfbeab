//! Network connections on real sockets: how many there may be, who goes when there are too many, how large a head may be.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::TestServer;
use crate::support::login::client;

/// Longest wait for something that happens at once.
const SOON: Duration = Duration::from_secs(8);
const HEALTH: &[u8] = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";
/// A request that is being answered for as long as its body is waited for; that it is so is said with a 100.
const BEGUN: &[u8] = b"POST /token HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n\
    content-type: application/x-www-form-urlencoded\r\ncontent-length: 5\r\n\r\n";

async fn connect(server: &TestServer) -> TcpStream {
    TcpStream::connect(server.url.strip_prefix("http://").unwrap()).await.unwrap()
}

/// The start of the next answer; empty when the server hangs up instead.
async fn status(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let reading = async {
        while !answer.windows(4).any(|end| end == b"\r\n\r\n") {
            match stream.read_buf(&mut answer).await {
                Ok(0) | Err(_) => break,
                Ok(_) => {}
            }
        }
    };
    tokio::time::timeout(SOON, reading).await.expect("an answer, or an end");
    String::from_utf8(answer).unwrap()
}

async fn ask(server: &TestServer) -> (TcpStream, String) {
    let mut stream = connect(server).await;
    stream.write_all(HEALTH).await.unwrap();
    let answer = status(&mut stream).await;
    (stream, answer)
}

#[tokio::test]
async fn the_oldest_that_rests_makes_room() {
    let server = TestServer::start_with(&["--max-connections", "3"]);
    let mut resting = Vec::new();
    for _ in 0..3 {
        let (stream, answer) = ask(&server).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        resting.push(stream);
    }
    let (_fourth, answer) = ask(&server).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert_eq!(status(&mut resting[0]).await, "", "closed");
    resting[2].write_all(HEALTH).await.unwrap();
    assert!(status(&mut resting[2]).await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn when_all_are_busy_a_new_one_is_told_so_at_once() {
    let server = TestServer::start_with(&["--max-connections", "3"]);
    let mut busy = Vec::new();
    for _ in 0..3 {
        let mut stream = connect(&server).await;
        stream.write_all(BEGUN).await.unwrap();
        assert_eq!(status(&mut stream).await, "HTTP/1.1 100 Continue\r\n\r\n");
        busy.push(stream);
    }
    let (_, answer) = ask(&server).await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(answer.contains("retry-after: 1\r\n") && answer.contains("connection: close\r\n"), "{answer}");
    drop(busy.pop());
    let free = async { while !ask(&server).await.1.starts_with("HTTP/1.1 200 ") {} };
    tokio::time::timeout(SOON, free).await.expect("a place is free");
}

#[tokio::test]
async fn an_address_has_its_share_and_a_proxy_has_none() {
    let options = ["--connections-per-address", "2", "--address-tiers", "none"];
    let server = TestServer::start_with(&options);
    let mut open = vec![ask(&server).await.0, ask(&server).await.0];
    let (_, answer) = ask(&server).await;
    assert!(answer.starts_with("HTTP/1.1 429 ") && answer.contains("retry-after: 1\r\n"), "{answer}");
    for stream in &mut open {
        stream.write_all(HEALTH).await.unwrap();
        assert!(status(stream).await.starts_with("HTTP/1.1 200 "), "those that are open stay");
    }
    drop(open.pop());
    let free = async { while !ask(&server).await.1.starts_with("HTTP/1.1 200 ") {} };
    tokio::time::timeout(SOON, free).await.expect("a place is free");

    let server = TestServer::start_with(&[&options[..], &["--trusted-proxies", "127.0.0.0/8"]].concat());
    let mut open = Vec::new();
    for _ in 0..5 {
        let (stream, answer) = ask(&server).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        open.push(stream);
    }
}

/// Slow loris: connections that say a little now and then take no one's place.
#[tokio::test]
async fn trickling_connections_keep_nobody_out() {
    let server = TestServer::start_with(&["--max-connections", "20"]);
    let mut trickling = Vec::new();
    for opening in
        ["", "GET / HT", "GET / HTTP/1.1\r\nhost: x\r\nx-", "POST /mcp HTTP/1.1\r\n"].iter().cycle().take(60)
    {
        let mut stream = connect(&server).await;
        stream.write_all(opening.as_bytes()).await.unwrap();
        trickling.push(stream);
        let asked = std::time::Instant::now();
        let response = client().get(format!("{}/healthz", server.url)).send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert!(asked.elapsed() < SOON);
    }
}

#[tokio::test]
async fn heads_are_bounded_in_every_way() {
    let server = TestServer::start();
    let many = |count: usize| (0..count).map(|n| format!("x-{n}: 1\r\n")).collect::<String>();
    let head = |target: &str, headers: &str| format!("GET {target} HTTP/1.1\r\nhost: x\r\n{headers}\r\n");
    let long = |length: usize| "a".repeat(length);
    for (head, expected) in [
        (head("/healthz", &many(99)), "200"),
        (head("/healthz", &many(100)), "431"),
        (head("/healthz", &format!("x: {}\r\n", long(30_000))), "200"),
        (head("/healthz", &format!("x: {}\r\n", long(40_000))), "431"),
        (head(&format!("/{}", long(8_000)), ""), "404"),
        (head(&format!("/{}", long(8_300)), ""), "414"),
        (head(&format!("/{}", long(70_000)), ""), "4"),
    ] {
        let mut stream = connect(&server).await;
        // The server may have answered and hung up before it is all written.
        stream.write_all(head.as_bytes()).await.ok();
        let answer = status(&mut stream).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {expected}")), "{} bytes: {answer}", head.len());
    }
}
