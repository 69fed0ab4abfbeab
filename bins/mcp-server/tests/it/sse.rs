//! HTTP+SSE at `/sse` (2024-11-05), by hand: the stream, the message endpoint, who may post, and the departure that
//! `POST /sse` is Streamable HTTP.

use futures_util::StreamExt;
use serde_json::{Value, json};

use crate::support::login::{ALPHA, BRAVO, client};
use crate::support::mcp::LEGACY;
use crate::support::{Login, Mcp, TestServer};

/// An open stream, read event by event.
struct Stream {
    body: std::pin::Pin<Box<dyn futures_util::Stream<Item = Vec<u8>> + Send>>,
    buffer: String,
    /// Where messages are posted.
    endpoint: String,
}

impl Stream {
    async fn open(server: &TestServer, token: &str) -> Self {
        Self::open_at(server, token, "/sse").await
    }

    async fn open_at(server: &TestServer, token: &str, path: &str) -> Self {
        let response = client()
            .get(format!("{}{path}", server.url))
            .bearer_auth(token)
            .header("accept", "text/event-stream")
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let body = response.bytes_stream().take_while(|chunk| std::future::ready(chunk.is_ok()));
        let mut stream = Self {
            body: Box::pin(body.map(|chunk| chunk.unwrap().to_vec())),
            buffer: String::new(),
            endpoint: String::new(),
        };
        let (event, data) = stream.next().await.expect("the endpoint event");
        assert_eq!(event, "endpoint");
        stream.endpoint = format!("{}{data}", server.url);
        stream
    }

    /// The next event's name and data; `None` when the stream has ended.
    async fn next(&mut self) -> Option<(String, String)> {
        loop {
            if let Some((event, rest)) = self.buffer.split_once("\n\n") {
                let field = |name: &str| {
                    event
                        .lines()
                        .find_map(|line| line.strip_prefix(name))
                        .unwrap_or_default()
                        .trim()
                        .to_owned()
                };
                let parsed = (field("event:"), field("data:"));
                self.buffer = rest.to_owned();
                if !parsed.1.is_empty() {
                    return Some(parsed);
                }
                continue;
            }
            let chunk = self.body.next().await?;
            self.buffer.push_str(&String::from_utf8(chunk).unwrap());
        }
    }

    async fn post(&self, token: &str, body: &Value) -> u16 {
        let response = client().post(&self.endpoint).bearer_auth(token).json(body).send().await.unwrap();
        response.status().as_u16()
    }
}

fn initialize() -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": { "name": "test", "version": "1" }
    }})
}

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
    assert_eq!(answer["result"]["tools"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn a_stream_belongs_to_one_connection() {
    let server = TestServer::start();
    let (alpha, bravo) = (Login::with_key(&server, ALPHA).await, Login::with_key(&server, BRAVO).await);
    let stream = Stream::open(&server, &alpha.access_token).await;
    assert_eq!(stream.post(&bravo.access_token, &initialize()).await, 404);
    let nobody = client().post(&stream.endpoint).json(&initialize()).send().await.unwrap();
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
    let names: Vec<_> =
        answer["result"]["tools"].as_array().unwrap().iter().map(|tool| &tool["name"]).collect();
    assert_eq!(names, ["fetch-messages"]);
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
    assert_eq!(refused.unwrap().status(), 429);
    Stream::open(&server, &modest.access_token).await;
    // A place is free again once its stream is closed.
    held.pop();
    for _ in 0..50 {
        let again =
            client().get(format!("{}/sse", server.url)).bearer_auth(&greedy.access_token).send().await;
        if again.unwrap().status() == 200 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the place was never given back");
}

#[tokio::test]
async fn messages_are_posted_and_nothing_else() {
    let server = TestServer::start();
    let login = Login::with_key(&server, ALPHA).await;
    let stream = Stream::open(&server, &login.access_token).await;
    for method in [http::Method::GET, http::Method::PUT, http::Method::DELETE] {
        let request = client().request(method.clone(), &stream.endpoint).bearer_auth(&login.access_token);
        assert_eq!(request.json(&initialize()).send().await.unwrap().status(), 405, "{method}");
    }
}

#[tokio::test]
async fn post_to_sse_is_streamable_http() {
    let server = TestServer::start();
    let login = Login::with_key(&server, ALPHA).await;
    assert_eq!(Mcp::new(&server, &login.access_token).path("/sse").tools().await.len(), 5);
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
