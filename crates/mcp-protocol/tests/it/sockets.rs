//! Over a real socket, with hyper around it: that a closed connection is noticed, and that nothing blocks the next.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use mcp_protocol::{HttpOptions, Server, StreamableHttp};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::fixture::{Fixture, Log, tools};

async fn serve() -> (SocketAddr, Arc<Log>) {
    let fixture = Arc::new(Fixture::default());
    let log = Arc::clone(&fixture.log);
    (listen(StreamableHttp::new(fixture, HttpOptions::new()), |_| ()).await, log)
}

/// Serves an endpoint on a port of its own, to everybody as `alice`; `look` sees each request before the endpoint does.
pub(crate) async fn listen<S: Server<Principal = &'static str>>(
    endpoint: StreamableHttp<S>,
    look: impl Fn(&mut Request<Incoming>) + Clone + Send + Sync + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let (endpoint, look) = (endpoint.clone(), look.clone());
            tokio::spawn(async move {
                let service = service_fn(|mut request| async {
                    look(&mut request);
                    Ok::<_, Infallible>(endpoint.handle(request, "alice").await)
                });
                hyper::server::conn::http1::Builder::new()
                    .timer(TokioTimer::new())
                    .serve_connection(TokioIo::new(socket), service)
                    .await
            });
        }
    });
    address
}

fn post(headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    )
}

async fn send(address: SocketAddr, text: &str) -> TcpStream {
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(text.as_bytes()).await.unwrap();
    socket
}

#[tokio::test]
async fn a_closed_connection_cancels_only_in_the_modern_era() {
    let (address, log) = serve().await;
    let body = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"slow",{}}}}}"#,
        crate::wire::ENVELOPE
    );
    let headers = "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: slow\r\n";
    let socket = send(address, &post(headers, &body)).await;
    log.started.notified().await;
    drop(socket);
    log.ended.notified().await;
    assert_eq!(log.dropped.load(Ordering::SeqCst), 1);

    let body = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"slow"}}"#;
    let socket = send(address, &post("", body)).await;
    log.started.notified().await;
    drop(socket);
    log.go_on.notify_one();
    log.ended.notified().await;
    assert_eq!((log.dropped.load(Ordering::SeqCst), log.finished.load(Ordering::SeqCst)), (1, 1));
}

#[tokio::test]
async fn requests_on_one_connection_are_answered_in_order() {
    let (address, _) = serve().await;
    let ping = |id: u32| post("", &format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#));
    let broken = post("", "{").replace("Content-Length: 1\r\n", "Content-Length: 1\r\nConnection: close\r\n");
    let mut socket = send(address, &[ping(1), ping(2), broken].concat()).await;
    let mut answers = String::new();
    socket.read_to_string(&mut answers).await.unwrap();
    let bodies: Vec<&str> =
        answers.split("\r\n\r\n").skip(1).map(|rest| rest.split("HTTP/1.1").next().unwrap()).collect();
    assert_eq!(bodies[0], r#"{"jsonrpc":"2.0","id":1,"result":{}}"#);
    assert_eq!(bodies[1], r#"{"jsonrpc":"2.0","id":2,"result":{}}"#);
    assert!(bodies[2].contains("-32700"), "{}", bodies[2]);
}

/// A list goes out in pieces; whoever reads it sees one message, whatever is around it.
#[tokio::test]
async fn a_long_list_arrives_whole() {
    let fixture = Arc::new(Fixture::of_many_tools());
    let address = listen(StreamableHttp::new(fixture, HttpOptions::new()), |_| ()).await;
    let legacy = r#"{"jsonrpc":"2.0","id":"a","method":"tools/list"}"#;
    let modern = format!(
        r#"{{"jsonrpc":"2.0","id":"a","method":"tools/list","params":{{{}}}}}"#,
        crate::wire::ENVELOPE
    );
    let modern_headers = "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/list\r\n";
    for (headers, body, expected) in [
        ("", legacy.to_owned(), "application/json"),
        (modern_headers, modern, "application/json"),
        ("", format!("[{legacy},{legacy}]"), "application/json"),
        ("Accept: text/event-stream\r\n", legacy.to_owned(), "text/event-stream"),
    ] {
        let headers = format!("Connection: close\r\n{headers}");
        let mut answer = String::new();
        send(address, &post(&headers, &body)).await.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let head = head.to_lowercase();
        assert!(head.contains(&format!("content-length: {}\r\n", body.len())), "{head}");
        assert!(head.contains(&format!("content-type: {expected}")), "{head}");
        let message: Value = serde_json::from_str(body.trim_start_matches("data: ")).unwrap();
        for message in message.as_array().unwrap_or(&vec![message.clone()]) {
            assert_eq!(message["id"], "a");
            assert_eq!(message["result"]["tools"].as_array().map(Vec::len), Some(100 + tools().len()));
        }
    }
}
