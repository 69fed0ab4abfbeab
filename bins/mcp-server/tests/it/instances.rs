//! Two processes that share a Redis and serve the same clients, without affinity: whichever of them a request reaches.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::log::leaks;
use crate::support::login::{ALPHA, BRAVO, client};
use crate::support::mcp::LEGACY;
use crate::support::redis::RedisServer;
use crate::support::stream::{Stream, initialize};
use crate::support::{Login, Mcp, TestServer, listed};

/// A deployment. The folder of its keys outlives its processes.
struct Deployment {
    redis: RedisServer,
    folder: tempfile::TempDir,
}

impl Deployment {
    async fn new() -> Option<Self> {
        Some(Self { redis: RedisServer::start().await?, folder: tempfile::tempdir().unwrap() })
    }

    fn start(&self, first: Option<&TestServer>) -> TestServer {
        TestServer::instance(self.folder.path(), &self.redis.url(), first)
    }

    /// Two instances.
    fn both(&self) -> (TestServer, TestServer) {
        let first = self.start(None);
        let second = self.start(Some(&first));
        (first, second)
    }
}

fn list(id: u32) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": "tools/list" })
}

fn names(answer: &Value) -> Vec<&str> {
    let tools = answer["result"]["tools"].as_array().unwrap_or_else(|| panic!("{answer}"));
    tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_stream_is_reached_through_the_other_instance() {
    let Some(deployment) = Deployment::new().await else { return };
    let (a, b) = deployment.both();
    let login = Login::with_key(&a, ALPHA).await;
    let stranger = Login::with_key(&a, BRAVO).await;
    let token = &login.access_token;
    let monitor = deployment.redis.monitor().await;

    let mut stream = Stream::open(&a, token).await;
    assert_eq!(stream.post_to(&b, token, &initialize()).await, 202);
    let answer = stream.message().await;
    assert_eq!(answer["result"]["protocolVersion"], "2024-11-05", "{answer}");
    assert_eq!(stream.post_to(&b, token, &list(2)).await, 202);
    assert_eq!(names(&stream.message().await).len(), listed::all().len());

    // The poster's own authorization and narrowing count where the stream is.
    assert_eq!(stream.post_to(&b, &stranger.access_token, &list(3)).await, 404);
    let narrowed = format!("{}{}&toolsets=calls", b.url, stream.endpoint);
    let posted = client().post(narrowed).bearer_auth(token).header("user-agent", "canary-agent/1");
    let canary =
        json!({ "jsonrpc": "2.0", "id": 4, "method": "tools/list", "params": { "x": "canary-body" } });
    assert_eq!(posted.json(&canary).send().await.unwrap().status(), 202);
    assert_eq!(names(&stream.message().await), listed::tools_of("calls", true));
    let refreshed = login.refresh(&b).await;
    let next = refreshed["access_token"].as_str().unwrap();
    assert_eq!(stream.post_to(&b, next, &list(5)).await, 202);
    assert_eq!(stream.message().await["id"], 5);

    // A call runs where the stream is, with the poster's key.
    let call = json!({ "jsonrpc": "2.0", "id": 6, "method": "tools/call", "params": {
        "name": "fetch-call-transcripts", "arguments": {}
    }});
    assert_eq!(stream.post_to(&b, next, &call).await, 202);
    let answer = stream.message().await;
    assert!(answer["result"].is_object(), "{answer}");

    // What is too large for the way is refused with a reason, and goes by the short way.
    let large =
        json!({ "jsonrpc": "2.0", "id": 7, "method": "tools/list", "params": { "x": "y".repeat(60_000) } });
    assert_eq!(stream.post_to(&b, token, &large).await, 413);
    assert_eq!(stream.post(token, &large).await, 202);
    assert_eq!(stream.message().await["id"], 7);

    // Nobody who listens on the Redis reads any of it.
    let heard = monitor.heard().await;
    assert!(heard.contains("opqrm_") && heard.contains("mcp-stream:"), "the monitor hears the relay");
    let mut secrets = a.secrets();
    let (_, id) = stream.endpoint.split_once("sessionId=").unwrap();
    secrets.extend(["canary-agent", "canary-body", "fetch-call", id].map(str::to_owned));
    let found = leaks(&heard, &secrets);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[tokio::test]
async fn the_death_of_one_instance_is_not_the_end_of_the_others_streams() {
    let Some(deployment) = Deployment::new().await else { return };
    let (a, b) = deployment.both();
    let login = Login::with_key(&a, ALPHA).await;
    let token = &login.access_token;
    let mut stream = Stream::open(&a, token).await;
    assert_eq!(stream.post_to(&b, token, &initialize()).await, 202);
    stream.message().await;

    // Killed, without a chance to say anything.
    drop(b);
    assert_eq!(stream.post(token, &list(2)).await, 202);
    assert_eq!(stream.message().await["id"], 2);
    let b = deployment.start(Some(&a));
    assert_eq!(stream.post_to(&b, token, &list(3)).await, 202);
    assert_eq!(stream.message().await["id"], 3);

    drop(a);
    while stream.next().await.is_some() {}
    let killed = Instant::now();
    loop {
        match stream.post_to(&b, token, &list(4)).await {
            404 => break,
            // Until its lease has run out it may only be slow.
            status => assert_eq!(status, 503),
        }
        assert!(killed.elapsed() < Duration::from_secs(60), "still 503");
    }
    let mut stream = Stream::open(&b, token).await;
    assert_eq!(stream.post_to(&b, token, &initialize()).await, 202);
    assert_eq!(stream.message().await["id"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_is_stopped_leaves_nothing_to_wait_for() {
    let Some(deployment) = Deployment::new().await else { return };
    let (mut a, b) = deployment.both();
    let login = Login::with_key(&a, ALPHA).await;
    let token = &login.access_token;
    let mut stream = Stream::open(&a, token).await;
    assert_eq!(tokio::task::block_in_place(|| a.stop()), Some(0));
    assert_eq!(stream.next().await, None);
    assert!(!a.log().contains("requests still open"), "{}", a.log());
    assert_eq!(stream.post_to(&b, token, &list(2)).await, 404);
}

/// What one instance issued, any other takes: tokens, sessions.
#[tokio::test]
async fn sessions_are_not_bound_to_an_instance() {
    let Some(deployment) = Deployment::new().await else { return };
    let (a, b) = deployment.both();
    let login = Login::with_key(&a, ALPHA).await;
    assert_eq!(Mcp::new(&b, &login.access_token).tools().await, listed::all());

    let send = async |server: &TestServer, session: Option<&str>, body: Value| {
        let mut request = client()
            .post(server.mcp())
            .bearer_auth(&login.access_token)
            .header("accept", "application/json, text/event-stream")
            .header("mcp-protocol-version", LEGACY);
        if let Some(session) = session {
            request = request.header("mcp-session-id", session);
        }
        request.json(&body).send().await.unwrap()
    };
    let initialize = |capabilities: Value| {
        json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
            "protocolVersion": LEGACY, "capabilities": capabilities, "clientInfo": { "name": "c", "version": "1" }
        }})
    };
    let plain = send(&a, None, initialize(json!({}))).await;
    assert!(plain.headers().get("mcp-session-id").is_none(), "a client that cannot be asked needs none");
    let opened = send(&a, None, initialize(json!({ "elicitation": {} }))).await;
    let session = opened.headers()["mcp-session-id"].to_str().unwrap();
    for server in [&a, &b] {
        let answer: Value = send(server, Some(session), list(2)).await.json().await.unwrap();
        assert_eq!(names(&answer).len(), listed::all().len());
        let unknown = send(server, Some(&session[1..]), list(2)).await;
        assert_eq!(unknown.status(), 404);
    }
}

#[test]
fn a_store_that_cannot_be_used_is_said() {
    for (store, code, expected) in [
        ("redis://:canary-password@127.0.0.1:1/", 6, "cannot be reached"),
        ("http://canary-password@127.0.0.1/", 2, "--store: the store's URL is not of the form redis://"),
        ("canary-password", 2, "--store: the store's URL is not of the form redis://"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (got, out, err) = refused(folder.path(), store);
        assert_eq!((got, out.as_str()), (Some(code), ""), "{err}");
        let sentence = err.lines().last().unwrap();
        assert!(sentence.starts_with("mcp-server: ") && sentence.contains(expected), "{err}");
        assert!(!err.contains("canary-password"), "{err}");
    }
}

fn refused(folder: &Path, store: &str) -> (Option<i32>, String, String) {
    let folder = folder.to_str().unwrap();
    let arguments = ["serve", "--sandbox", "--listen", "127.0.0.1:0", "--data-dir", folder, "--store", store];
    crate::support::server::run(&arguments)
}
