//! HTTP+SSE: the rules of 2024-11-05, and what newer clients do over it.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use http::Response;
use http_body_util::BodyExt as _;
use mcp_protocol::transport::relay::LocalRelay;
use mcp_protocol::{HttpOptions, HttpSse, HttpSseOptions, ResponseBody, Runtime, StreamLimits};
use sealing::OsEntropy;
use serde_json::{Value, json};

use crate::fixture::{Fixture, Log};
use crate::wire::{render, request};

struct Client {
    endpoints: HttpSse<Fixture>,
    log: Arc<Log>,
    stream: ResponseBody,
    target: String,
}

fn endpoints(limits: StreamLimits) -> (HttpSse<Fixture>, Arc<Log>) {
    let fixture = Arc::new(Fixture::default());
    let log = Arc::clone(&fixture.log);
    let runtime = Runtime::builder(fixture).stream_limits(limits).build();
    (HttpSse::with_runtime(&runtime, options(), Arc::new(OsEntropy)), log)
}

fn options() -> HttpSseOptions {
    HttpSseOptions::new("/sse/message", HttpOptions::new())
}

async fn next(stream: &mut ResponseBody) -> String {
    String::from_utf8(stream.frame().await.unwrap().unwrap().into_data().unwrap().to_vec()).unwrap()
}

impl Client {
    async fn open() -> Self {
        let (endpoints, log) = endpoints(StreamLimits::default());
        let opened =
            endpoints.handle(request("GET /sse\nAccept: text/event-stream\nContent-Type: -"), "alice").await;
        assert_eq!(opened.status(), 200);
        assert_eq!(opened.headers()["content-type"], "text/event-stream");
        assert_eq!(opened.headers()["x-accel-buffering"], "no");
        let mut stream = opened.into_body();
        let first = next(&mut stream).await;
        let target = first.strip_prefix("event: endpoint\ndata: ").unwrap().trim_end().to_owned();
        Self { endpoints, log, stream, target }
    }

    async fn post(&self, body: &Value, principal: &'static str) -> Response<ResponseBody> {
        self.post_text(&body.to_string(), principal).await
    }

    async fn post_text(&self, body: &str, principal: &'static str) -> Response<ResponseBody> {
        let post = request(&format!("POST {}\n\n{body}", self.target));
        self.endpoints.handle(post, principal).await
    }

    async fn message(&mut self) -> Value {
        let event = next(&mut self.stream).await;
        let data = event.strip_prefix("event: message\ndata: ").unwrap_or_else(|| panic!("{event}"));
        serde_json::from_str(data.trim_end()).unwrap()
    }

    async fn call(&mut self, body: &Value) -> Value {
        let posted = self.post(body, "alice").await;
        assert_eq!(posted.status(), 202);
        assert_eq!(posted.into_body().collect().await.unwrap().to_bytes(), Bytes::from("Accepted"));
        self.message().await
    }
}

fn call(id: u32, tool: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": { "name": tool, "_meta": { "progressToken": "p" } } })
}

fn initialize(version: &str) -> Value {
    let client = json!({ "name": "client", "version": "1" });
    json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": { "protocolVersion": version, "capabilities": {}, "clientInfo": client } })
}

#[tokio::test]
async fn a_conversation() {
    let mut client = Client::open().await;
    assert!(
        client.target.starts_with("/sse/message?sessionId=") && client.target.len() == 55,
        "{}",
        client.target
    );

    let initialized = client.call(&initialize("2025-11-25")).await;
    assert_eq!(initialized["result"]["protocolVersion"], "2025-11-25");
    let confirmed = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    assert_eq!(client.post(&confirmed, "alice").await.status(), 202);

    // The connection remembers who it is talking to.
    let who = client.call(&call(1, "who")).await;
    assert_eq!(who["result"]["content"][0]["text"], r#"alice Some("client") None 2025-11-25"#);

    // Progress and logs come over the stream too, in order, and a level that was set counts.
    let level =
        json!({ "jsonrpc": "2.0", "id": 2, "method": "logging/setLevel", "params": { "level": "error" } });
    assert_eq!(client.call(&level).await["result"], json!({}));
    assert_eq!(client.call(&call(3, "noisy")).await["params"]["progress"], 1);
    assert_eq!(client.message().await["params"]["progress"], 2);
    assert_eq!(client.message().await["id"], 3);

    // v24.discover-over-sse: a clear no, over the stream.
    let discover = json!({ "jsonrpc": "2.0", "id": 4, "method": "server/discover", "params": {} });
    assert_eq!(client.call(&discover).await["error"]["code"], -32601);
}

#[tokio::test]
async fn revisions_shape_what_is_sent() {
    let mut client = Client::open().await;
    assert_eq!(client.call(&initialize("2024-11-05")).await["result"]["protocolVersion"], "2024-11-05");
    let list = client.call(&json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" })).await;
    let members: Vec<&str> =
        list["result"]["tools"][0].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["description", "inputSchema", "name"]);
}

#[tokio::test]
async fn refusals() {
    let client = Client::open().await;
    let ping = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" });
    // v24.sse.session-unguessable: the id alone is worth nothing.
    assert_eq!(client.post(&ping, "mallory").await.status(), 404);
    for (what, text, status) in [
        ("no session", "POST /sse/message\n\n{}".to_owned(), 400),
        (
            "unknown session",
            r#"POST /sse/message?sessionId=x

{"jsonrpc":"2.0","method":"m"}"#
                .to_owned(),
            404,
        ),
        ("bad JSON", format!("POST {}\n\n{{", client.target), 400),
        ("batch", format!("POST {}\n\n[{{\"jsonrpc\":\"2.0\",\"method\":\"m\"}}]", client.target), 400),
        ("not JSON", format!("POST {}\nContent-Type: text/plain\n\n{{}}", client.target), 415),
        (
            "a version of another transport",
            format!("POST {}\nMCP-Protocol-Version: 2026-07-28\n\n{ping}", client.target),
            400,
        ),
        (
            "foreign origin",
            format!("POST {}\nOrigin: https://evil.example.com\n\n{ping}", client.target),
            403,
        ),
        ("foreign origin opens nothing", "GET /sse\nOrigin: https://evil.example.com".to_owned(), 403),
        ("method", "DELETE /sse".to_owned(), 405),
    ] {
        let answer = render(client.endpoints.handle(request(&text), "alice").await).await;
        assert!(answer.starts_with(&status.to_string()), "{what}: {answer}");
        assert!(answer.contains(r#""error":{"code":"#), "{what}: {answer}");
    }
}

#[tokio::test]
async fn cancellation_finds_its_request() {
    let mut client = Client::open().await;
    let started = client.call(&call(7, "slow")).await;
    assert_eq!(started["method"], "notifications/progress");
    // An id that is under way cannot be used again.
    let again = client.call(&json!({ "jsonrpc": "2.0", "id": 7, "method": "ping" })).await;
    assert_eq!(again["error"]["code"], -32600);
    let cancelled =
        json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 7 } });
    assert_eq!(client.post(&cancelled, "alice").await.status(), 202);
    client.log.ended.notified().await;
    assert_eq!(client.log.dropped.load(Ordering::SeqCst), 1);
    // It is not answered: the next message is the next request's answer, and the id is free.
    assert_eq!(
        client.call(&json!({ "jsonrpc": "2.0", "id": 7, "method": "ping" })).await["result"],
        json!({})
    );
}

#[tokio::test]
async fn too_much_at_once_is_refused() {
    let client = Client::open().await;
    for id in 0..32 {
        assert_eq!(client.post(&call(id, "slow"), "alice").await.status(), 202);
    }
    let refused = client.post(&call(32, "slow"), "alice").await;
    assert_eq!((refused.status().as_u16(), &refused.headers()["retry-after"]), (429, &"1".parse().unwrap()));
    // What frees a place still gets through.
    let cancelled =
        json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 3 } });
    assert_eq!(client.post(&cancelled, "alice").await.status(), 202);
    client.log.ended.notified().await;
    while client.post(&call(33, "slow"), "alice").await.status() != 202 {
        tokio::task::yield_now().await;
    }
}

/// v24.shutdown: everything is freed, but a call that was begun comes to its end.
#[tokio::test]
async fn closing_the_stream_ends_it() {
    let (endpoints, log) = endpoints(StreamLimits::new(1, 16));
    let open = || request("GET /sse");
    let mut stream = endpoints.handle(open(), "alice").await.into_body();
    let target = next(&mut stream).await;
    let target = target.strip_prefix("event: endpoint\ndata: ").unwrap().trim_end().to_owned();
    assert_eq!(endpoints.handle(open(), "alice").await.status(), 503);

    let post = |body: Value| request(&format!("POST {target}\n\n{body}"));
    assert_eq!(endpoints.handle(post(call(1, "slow")), "alice").await.status(), 202);
    log.started.notified().await;
    drop(stream);
    while endpoints.handle(post(json!({ "jsonrpc": "2.0", "method": "m" })), "alice").await.status() != 404 {
        tokio::task::yield_now().await;
    }
    assert_eq!(endpoints.handle(open(), "alice").await.status(), 200);
    log.go_on.notify_one();
    log.ended.notified().await;
    assert_eq!((log.finished.load(Ordering::SeqCst), log.dropped.load(Ordering::SeqCst)), (1, 0));
}

/// Two instances that share a relay: a message that arrives at one reaches the stream that the other holds.
#[tokio::test]
async fn a_message_reaches_the_instance_that_holds_the_stream() {
    let relay = Arc::new(LocalRelay::new());
    let instance = || {
        let runtime = Runtime::builder(Arc::new(Fixture::default())).relay(relay.clone()).build();
        HttpSse::with_runtime(&runtime, options(), Arc::new(OsEntropy))
    };
    let (holder, other) = (instance(), instance());
    let mut stream = holder.handle(request("GET /sse"), "alice").await.into_body();
    let target = next(&mut stream).await;
    let target = target.strip_prefix("event: endpoint\ndata: ").unwrap().trim_end();
    let ping = format!("POST {target}\n\n{}", json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" }));
    assert_eq!(other.handle(request(&ping), "alice").await.status(), 202);
    assert!(next(&mut stream).await.contains(r#""id":1,"result":{}"#));
    assert_eq!(other.handle(request(&ping), "mallory").await.status(), 404);
}
