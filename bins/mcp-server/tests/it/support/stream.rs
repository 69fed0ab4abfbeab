//! HTTP+SSE by hand: the stream, and posting beside it.

use std::pin::Pin;

use futures_util::{Stream as Chunks, StreamExt as _};
use serde_json::{Value, json};

use super::login::client;
use super::server::TestServer;

/// An open stream, read event by event.
pub(crate) struct Stream {
    body: Pin<Box<dyn Chunks<Item = Vec<u8>> + Send>>,
    buffer: String,
    /// Where messages are posted, below the server's origin.
    pub endpoint: String,
    /// The server that holds it.
    url: String,
}

impl Stream {
    /// Opens one.
    pub(crate) async fn open(server: &TestServer, token: &str) -> Self {
        Self::open_at(server, token, "/sse").await
    }

    /// The same at a path that narrows it.
    pub(crate) async fn open_at(server: &TestServer, token: &str, path: &str) -> Self {
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
            url: server.url.clone(),
        };
        let (event, data) = stream.next().await.expect("the endpoint event");
        assert_eq!(event, "endpoint");
        stream.endpoint = data;
        stream
    }

    /// The next event's name and data; `None` when the stream has ended.
    pub(crate) async fn next(&mut self) -> Option<(String, String)> {
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

    /// The next message.
    pub(crate) async fn message(&mut self) -> Value {
        let (event, data) = self.next().await.expect("the stream is open");
        assert_eq!(event, "message");
        serde_json::from_str(&data).unwrap()
    }

    /// Where to post to the server that holds the stream.
    pub(crate) fn target(&self) -> String {
        format!("{}{}", self.url, self.endpoint)
    }

    /// Posts to the server that holds the stream.
    pub(crate) async fn post(&self, token: &str, body: &Value) -> u16 {
        post(&self.target(), token, body).await
    }

    /// Posts to another instance.
    pub(crate) async fn post_to(&self, server: &TestServer, token: &str, body: &Value) -> u16 {
        post(&format!("{}{}", server.url, self.endpoint), token, body).await
    }
}

async fn post(target: &str, token: &str, body: &Value) -> u16 {
    let response = client().post(target).bearer_auth(token).json(body).send().await.unwrap();
    response.status().as_u16()
}

/// The message that opens a conversation.
pub(crate) fn initialize() -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": { "name": "test", "version": "1" }
    }})
}
