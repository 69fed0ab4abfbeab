//! HTTP+SSE at `/sse` (2024-11-05), by hand: the stream, the message endpoint, who may post, and the departure that
//! `POST /sse` is Streamable HTTP.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use mcp_server::edge::body::ExpiresAt;
use openphone_sandbox::Sandbox;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::time::Instant;

use crate::support::login::{ALPHA, BRAVO, client};
use crate::support::mcp::LEGACY;
use crate::support::stream::{Stream, initialize};
use crate::support::{Login, Mcp, TestServer, listed};

#[tokio::test]
async fn answers_come_over_the_stream() {
    let server = TestServer::start();
    let login = Login::with_key(&server, ALPHA).await;
    let mut stream = Stream::open(&server, &login.access_token).await;
    assert_eq!(stream.post(&login.access_token, &initialize()).await, 202);
    let (event, data) = stream.next().await.unwrap();
    assert_eq!(event, "message");
    let answer: Value = serde_json::from_str(&data).unwrap();
    assert_eq!(answer["result"]["protocolVersion"], "2024-11-05", "{answer}");

    let list = json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/list" });
    assert_eq!(stream.post(&login.access_token, &list).await, 202);
    let answer: Value = serde_json::from_str(&stream.next().await.unwrap().1).unwrap();
    assert_eq!(answer["result"]["tools"].as_array().unwrap().len(), listed::all().len());
}

#[tokio::test]
async fn a_stream_belongs_to_one_connection() {
    let server = TestServer::start();
    let (alpha, bravo) = (Login::with_key(&server, ALPHA).await, Login::with_key(&server, BRAVO).await);
    let stream = Stream::open(&server, &alpha.access_token).await;
    assert_eq!(stream.post(&bravo.access_token, &initialize()).await, 404);
    let nobody = client().post(stream.target()).json(&initialize()).send().await.unwrap();
    assert_eq!(nobody.status(), 401);
    // A refreshed token is still the same connection.
    let next = alpha.refresh(&server).await;
    assert_eq!(stream.post(next["access_token"].as_str().unwrap(), &initialize()).await, 202);
}

#[tokio::test]
async fn what_narrows_a_stream_narrows_its_messages() {
    let server = TestServer::start();
    let login = Login::with_key(&server, ALPHA).await;
    let mut stream =
        Stream::open_at(&server, &login.access_token, "/sse?readonly=true&toolsets=messaging").await;
    let list = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" });
    assert_eq!(stream.post(&login.access_token, &list).await, 202);
    let answer: Value = serde_json::from_str(&stream.next().await.unwrap().1).unwrap();
    let names: Vec<_> = answer["result"]["tools"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tool| tool["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, listed::tools_of("messaging", true));
    let call = json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/call",
        "params": { "name": "create-contact", "arguments": { "firstName": "Zoe" } } });
    assert_eq!(stream.post(&login.access_token, &call).await, 202);
    let answer: Value = serde_json::from_str(&stream.next().await.unwrap().1).unwrap();
    assert_eq!(answer["error"]["code"], -32602, "{answer}");
}

#[tokio::test]
async fn one_connection_cannot_take_every_stream() {
    let server = TestServer::start();
    let (greedy, modest) = (Login::with_key(&server, ALPHA).await, Login::with_key(&server, ALPHA).await);
    let mut held = Vec::new();
    for _ in 0..16 {
        held.push(Stream::open(&server, &greedy.access_token).await);
    }
    let refused = client().get(format!("{}/sse", server.url)).bearer_auth(&greedy.access_token).send().await;
    let refused = refused.unwrap();
    assert_eq!((refused.status().as_u16(), &refused.headers()["retry-after"]), (429, &"1".parse().unwrap()));
    let said: Value = refused.json().await.unwrap();
    assert!(said["error"]["message"].as_str().unwrap().contains("close one first"), "{said}");
    Stream::open(&server, &modest.access_token).await;
    // A place is free again once its stream is closed.
    held.pop();
    for _ in 0..50 {
        let again =
            client().get(format!("{}/sse", server.url)).bearer_auth(&greedy.access_token).send().await;
        if again.unwrap().status() == 200 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the place was never given back");
}

#[tokio::test]
async fn messages_are_posted_and_nothing_else() {
    let server = TestServer::start();
    let login = Login::with_key(&server, ALPHA).await;
    let stream = Stream::open(&server, &login.access_token).await;
    for method in [http::Method::GET, http::Method::PUT, http::Method::DELETE] {
        let request = client().request(method.clone(), stream.target()).bearer_auth(&login.access_token);
        assert_eq!(request.json(&initialize()).send().await.unwrap().status(), 405, "{method}");
    }
}

#[tokio::test]
async fn post_to_sse_is_streamable_http() {
    let server = TestServer::start();
    let login = Login::with_key(&server, ALPHA).await;
    assert_eq!(Mcp::new(&server, &login.access_token).path("/sse").tools().await.len(), listed::all().len());
    // A newer client's GET, which names its revision, is told that there is no stream to open.
    let response = client()
        .get(format!("{}/sse", server.url))
        .bearer_auth(&login.access_token)
        .header("accept", "text/event-stream")
        .header("mcp-protocol-version", LEGACY)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 405);
}

#[tokio::test(flavor = "multi_thread")]
async fn open_streams_do_not_hold_up_the_end() {
    let mut server = TestServer::start();
    let login = Login::with_key(&server, ALPHA).await;
    let mut stream = Stream::open(&server, &login.access_token).await;
    let (code, end) = tokio::join!(async { tokio::task::block_in_place(|| server.stop()) }, stream.next());
    assert_eq!(code, Some(0));
    assert_eq!(end, None, "the stream ends with the server");
    assert!(!server.log().contains("requests still open"), "{}", server.log());
}

/// Whatever is open for as long as its client likes is marked with the end of its token, and nothing else is.
#[tokio::test]
async fn a_stream_does_not_outlive_its_token() {
    let sandbox = Sandbox::start().await.unwrap();
    let (server, app) = TestServer::over_with(&sandbox, Duration::from_secs(60), &[]).await;
    let login = Login::with_key(&server, ALPHA).await;
    let request = |method: &str, path: &str, body: String| {
        Request::builder()
            .method(method)
            .uri(path)
            .header("host", server.url.strip_prefix("http://").unwrap())
            .header("authorization", format!("Bearer {}", login.access_token))
            .header("accept", "application/json, text/event-stream")
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from(body)))
            .unwrap()
    };
    let asked = Instant::now();
    let stream = app.route(request("GET", "/sse", String::new())).await;
    let ExpiresAt(at) = stream.extensions().get().expect("a stream has an end");
    let left = at.duration_since(asked);
    assert!((3_500..=3_600).contains(&left.as_secs()), "{left:?}");
    let answer = app.route(request("POST", "/mcp", initialize().to_string())).await;
    assert_eq!(answer.status(), 200);
    assert!(answer.extensions().get::<ExpiresAt>().is_none());
}

/// On a real socket: the answers to a client that only asks fill what the system keeps, and then nothing moves.
#[tokio::test]
async fn a_client_that_does_not_read_is_shown_out() {
    let sandbox = Sandbox::start().await.unwrap();
    let (server, _app) = TestServer::over_with(&sandbox, Duration::from_millis(500), &[]).await;
    let address = server.url.strip_prefix("http://").unwrap();
    let mut client = tokio::net::TcpStream::connect(address).await.unwrap();
    let page = format!("GET / HTTP/1.1\r\nhost: {address}\r\n\r\n");
    let asking = async { while client.write_all(page.as_bytes()).await.is_ok() {} };
    tokio::time::timeout(Duration::from_secs(60), asking).await.expect("the server closes the connection");
    let others = crate::support::login::client().get(format!("{}/healthz", server.url)).send().await;
    assert_eq!(others.unwrap().status(), 200);
}
