//! The transports that have a connection: questions to the client, and what it is told unasked.

use std::sync::Arc;

use http_body_util::BodyExt as _;
use mcp_protocol::stdio::{StdioOptions, serve_runtime};
use mcp_protocol::{HttpOptions, HttpSse, HttpSseOptions, Notifier, ProtocolVersion, ResponseBody, Runtime};
use sealing::OsEntropy;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream, Lines, split};

use crate::asking::{ALL_CAPABILITIES, Asker, Events, dialogues};
use crate::fixture::Fixture;
use crate::wire::{ENVELOPE, request};

/// The client's side of a conversation over standard streams.
struct Stdio {
    lines: Lines<BufReader<tokio::io::ReadHalf<DuplexStream>>>,
    out: tokio::io::WriteHalf<DuplexStream>,
}

impl Stdio {
    fn open<S: mcp_protocol::Server<Principal = &'static str>>(runtime: Runtime<S>) -> Self {
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        tokio::spawn(async move {
            let (read, write) = split(theirs);
            let options = StdioOptions::default();
            serve_runtime(&runtime, "alice", BufReader::new(read), write, options).await.unwrap();
        });
        let (read, out) = split(ours);
        Self { lines: BufReader::new(read).lines(), out }
    }

    async fn say(&mut self, message: &Value) {
        self.out.write_all(format!("{message}\n").as_bytes()).await.unwrap();
    }

    async fn hear(&mut self) -> Option<Value> {
        let line = self.lines.next_line().await.unwrap()?;
        Some(serde_json::from_str(&line).unwrap())
    }
}

/// The client's side of a conversation over HTTP+SSE.
struct Sse<S: mcp_protocol::Server> {
    endpoints: HttpSse<S>,
    events: Events,
    target: String,
}

impl<S: mcp_protocol::Server<Principal = &'static str>> Sse<S> {
    async fn open(runtime: &Runtime<S>) -> Self {
        let options = HttpSseOptions::new("/sse/message", HttpOptions::new());
        let endpoints = HttpSse::with_runtime(runtime, options, Arc::new(OsEntropy));
        let mut stream: ResponseBody = endpoints.handle(request("GET /sse"), "alice").await.into_body();
        let first = stream.frame().await.unwrap().unwrap().into_data().unwrap();
        let first = String::from_utf8(first.to_vec()).unwrap();
        let target = first.strip_prefix("event: endpoint\ndata: ").unwrap().trim_end().to_owned();
        Self { endpoints, events: Events::new(stream), target }
    }

    async fn say(&self, message: &Value) {
        let post = format!("POST {}\n\n{message}", self.target);
        assert_eq!(self.endpoints.handle(request(&post), "alice").await.status(), 202, "{message}");
    }
}

fn initialize(version: ProtocolVersion) -> Value {
    let capabilities: Value = serde_json::from_str(ALL_CAPABILITIES).unwrap();
    json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
        "protocolVersion": version, "capabilities": capabilities, "clientInfo": { "name": "t", "version": "1" } } })
}

fn call(id: u64, tool: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": { "name": tool } })
}

fn answer(question: &Value, result: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": question["id"], "result": result })
}

#[tokio::test]
async fn a_client_over_stdio_is_asked() {
    let mut client = Stdio::open(Runtime::new(Arc::new(Asker::new())));
    client.say(&initialize(ProtocolVersion::V2025_11_25)).await;
    client.hear().await.unwrap();
    for (tool, said, expected) in dialogues() {
        client.say(&call(1, tool)).await;
        let question = client.hear().await.unwrap();
        client.say(&answer(&question, &said)).await;
        assert_eq!(client.hear().await.unwrap()["result"]["content"][0]["text"], expected);
    }
    // Two calls at once: each gets its own answer.
    client.say(&call(1, "roots")).await;
    let first = client.hear().await.unwrap();
    client.say(&call(2, "roots")).await;
    let second = client.hear().await.unwrap();
    assert_ne!(first["id"], second["id"]);
    client.say(&answer(&second, &json!({ "roots": [{ "uri": "file:///" }] }))).await;
    let answered = client.hear().await.unwrap();
    assert_eq!((&answered["id"], &answered["result"]["content"][0]["text"]), (&json!(2), &json!("1 roots")));
    client.say(&answer(&first, &json!({ "roots": [] }))).await;
    assert_eq!(client.hear().await.unwrap()["id"], 1);
}

#[tokio::test]
async fn a_client_over_sse_is_asked() {
    let mut client = Sse::open(&Runtime::new(Arc::new(Asker::new()))).await;
    client.say(&initialize(ProtocolVersion::V2025_06_18)).await;
    client.events.next().await.unwrap();
    for (tool, said, expected) in dialogues() {
        if matches!(tool, "form" | "sample" | "roots") {
            client.say(&call(1, tool)).await;
            let question = client.events.next().await.unwrap();
            client.say(&answer(&question, &said)).await;
            assert_eq!(client.events.next().await.unwrap()["result"]["content"][0]["text"], expected);
        }
    }
}

fn listen(id: &Value, filter: &Value) -> Value {
    let envelope: Value = serde_json::from_str(&format!("{{{ENVELOPE}}}")).unwrap();
    json!({ "jsonrpc": "2.0", "id": id, "method": "subscriptions/listen",
        "params": { "notifications": filter, "_meta": envelope["_meta"] } })
}

fn cancel(id: u64) -> Value {
    json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": id } })
}

/// A modern client over stdio listens to several things at once; each notification says to which it belongs.
#[tokio::test]
async fn subscriptions_over_stdio() {
    let notifier = Notifier::new();
    let runtime = Runtime::builder(Arc::new(Fixture::changing())).notifier(notifier.clone()).build();
    let mut client = Stdio::open(runtime.clone());
    let id_of =
        |message: &Value| message["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"].clone();
    client.say(&listen(&json!(0), &json!({ "toolsListChanged": true, "unknown": true }))).await;
    let acknowledged = client.hear().await.unwrap();
    assert_eq!(acknowledged["params"]["notifications"], json!({ "toolsListChanged": true }));
    client.say(&listen(&json!(""), &json!({ "resourceSubscriptions": ["test://text"] }))).await;
    client.hear().await.unwrap();
    client.say(&listen(&json!(0), &json!({}))).await;
    assert_eq!(client.hear().await.unwrap()["error"]["code"], -32600, "the id is taken");

    notifier.tools_list_changed();
    assert_eq!(id_of(&client.hear().await.unwrap()), json!(0));
    notifier.resource_updated("test://text");
    assert_eq!(id_of(&client.hear().await.unwrap()), json!(""));
    client.say(&cancel(0)).await;
    // Answered after the cancellation was taken.
    client.say(&listen(&json!(1), &json!({}))).await;
    client.hear().await.unwrap();
    notifier.tools_list_changed();
    notifier.resource_updated("test://text");
    assert_eq!(client.hear().await.unwrap()["method"], "notifications/resources/updated");
    runtime.shut_down();
    let mut closed =
        [client.hear().await.unwrap(), client.hear().await.unwrap()].map(|end| end["id"].to_string());
    closed.sort();
    assert_eq!(closed, ["\"\"", "1"]);
    assert_eq!(client.hear().await, None);
}

/// So many subscriptions are open at a time, and each follows so much.
#[tokio::test]
async fn subscriptions_over_stdio_are_bounded() {
    const ACKNOWLEDGED: &str = "notifications/subscriptions/acknowledged";
    let mut client = Stdio::open(Runtime::new(Arc::new(Fixture::changing())));
    let uris: Vec<String> = (0..100).map(|number| format!("test://{number:0>4089}")).collect();
    client.say(&listen(&json!(0), &json!({ "resourceSubscriptions": uris }))).await;
    // Of what is longer than 256 KiB the rest is left out.
    let acknowledged = client.hear().await.unwrap();
    assert_eq!(acknowledged["params"]["notifications"]["resourceSubscriptions"], json!(uris[..64]));
    for id in 1..64 {
        client.say(&listen(&json!(id), &json!({}))).await;
        assert_eq!(client.hear().await.unwrap()["method"], ACKNOWLEDGED);
    }
    client.say(&listen(&json!(64), &json!({}))).await;
    let refused = client.hear().await.unwrap();
    assert_eq!((&refused["id"], &refused["error"]["code"]), (&json!(64), &json!(-32600)));
    let message = "At most 64 subscriptions can be open on a connection at a time: cancel one first";
    assert_eq!(refused["error"]["message"], message);
    client.say(&cancel(7)).await;
    client.say(&listen(&json!(64), &json!({}))).await;
    assert_eq!(client.hear().await.unwrap()["method"], ACKNOWLEDGED);
}

/// A legacy client hears of lists once it has initialized, and of the resources that it subscribed to.
#[tokio::test]
async fn changes_over_sse() {
    let notifier = Notifier::new();
    let runtime = Runtime::builder(Arc::new(Fixture::changing())).notifier(notifier.clone()).build();
    let mut client = Sse::open(&runtime).await;
    notifier.tools_list_changed();
    client.say(&initialize(ProtocolVersion::V2024_11_05)).await;
    assert_eq!(client.events.next().await.unwrap()["id"], 0, "nothing before the answer of initialize");
    client.say(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })).await;
    let subscribe = |id: u64, method: &str| json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": { "uri": "test://text" } });
    client.say(&subscribe(1, "resources/subscribe")).await;
    assert_eq!(client.events.next().await.unwrap()["result"], json!({}));
    notifier.resource_updated("test://other");
    notifier.resource_updated("test://text");
    let updated = client.events.next().await.unwrap();
    assert_eq!(updated["params"], json!({ "uri": "test://text" }));
    client.say(&subscribe(2, "resources/unsubscribe")).await;
    client.events.next().await.unwrap();
    notifier.resource_updated("test://text");
    notifier.prompts_list_changed();
    let changed = client.events.next().await.unwrap();
    assert_eq!(changed, json!({ "jsonrpc": "2.0", "method": "notifications/prompts/list_changed" }));
    assert_eq!(runtime.open_streams(), 1);
    runtime.shut_down();
    assert_eq!(client.events.next().await, None);
    assert_eq!(runtime.open_streams(), 0);
}
