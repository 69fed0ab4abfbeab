//! The end in order: not ready, then nothing new, then what was begun is finished; and what hurries it.

use std::os::unix::net::UnixDatagram;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Parser as _;
use futures_util::StreamExt as _;
use mcp_server::app::App;
use mcp_server::args::{Cli, Command};
use mcp_server::config::Settings;
use openphone_sandbox::{Fault, On, RunningSandbox, Sandbox};
use serde_json::{Value, json};
use state_store::SystemClock;
use state_store::embedded::{EmbeddedStore, OpenError};
use tokio_util::sync::CancellationToken;

use crate::path::{CONTACT, first_inbox};
use crate::support::login::{ALPHA, client};
use crate::support::server::run;
use crate::support::stream::{Stream, initialize};
use crate::support::{Login, Mcp, TestServer};

/// A server before a sandbox whose answers the test delays.
struct Scene {
    sandbox: RunningSandbox,
    server: TestServer,
    login: Login,
    _data: tempfile::TempDir,
}

impl Scene {
    async fn new(options: &[&str]) -> Self {
        let sandbox = Sandbox::start().await.unwrap();
        let data = tempfile::tempdir().unwrap();
        assert_eq!(run(&["keys", "generate", "--data-dir", data.path().to_str().unwrap()]).0, Some(0));
        let server = TestServer::start_at_upstream(data.path(), "127.0.0.1:0", &sandbox.base_url(), options);
        let login = Login::with_key(&server, ALPHA).await;
        Self { sandbox, server, login, _data: data }
    }

    fn mcp(&self) -> Mcp {
        Mcp::new(&self.server, &self.login.access_token)
    }

    /// Begins a read that takes so long, and returns when it has reached the sandbox.
    async fn slow_read(&self, takes: Duration) -> tokio::task::JoinHandle<Value> {
        let mcp = self.mcp();
        let inbox = first_inbox(&mcp).await;
        let before = asked(&self.sandbox);
        self.sandbox.faults().always(On::any(), Fault::delay(takes));
        let call = tokio::spawn(async move { mcp.call("fetch-messages", json!({ "inbox": inbox })).await });
        while asked(&self.sandbox) == before {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        call
    }
}

fn asked(sandbox: &RunningSandbox) -> u64 {
    sandbox.sandbox().request_log().values().sum()
}

async fn ended(server: &mut TestServer) -> Option<i32> {
    tokio::task::block_in_place(|| server.ended())
}

/// While the balancer finds out, requests are answered, each on a connection that is not used again.
#[tokio::test(flavor = "multi_thread")]
async fn readiness_goes_first() {
    let options = ["--admin-listen", "127.0.0.1:0", "--drain-delay", "1500ms"];
    let mut server = TestServer::start_with(&options);
    let admin = server.admin();
    let get = async |url: &str| client().get(url).send().await.unwrap();
    let ready = format!("{admin}/readyz");
    let page = format!("{}/healthz", server.url);
    assert_eq!(get(&ready).await.status(), 200);
    assert!(get(&page).await.headers().get("connection").is_none());

    server.signal("TERM");
    server.logs("not ready, and still serving").await;
    let answer = get(&ready).await;
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.json::<Value>().await.unwrap()["checks"]["process"], "stopping");
    let answer = get(&page).await;
    assert!(answer.status().is_success() && answer.headers()["connection"] == "close", "{answer:?}");
    assert_eq!(ended(&mut server).await, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_begun_is_finished() {
    let mut scene = Scene::new(&[]).await;
    let call = scene.slow_read(Duration::from_millis(1_500)).await;
    scene.server.signal("TERM");
    scene.server.logs("stopping").await;
    let result = call.await.unwrap();
    assert_ne!(result["isError"], true, "{result}");
    assert_eq!(ended(&mut scene.server).await, Some(0));
    assert!(!scene.server.log().contains("requests still open"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_deadline_is_the_end_of_waiting() {
    let mut scene = Scene::new(&["--shutdown-timeout", "1s"]).await;
    let call = scene.slow_read(Duration::from_secs(25)).await;
    let told = Instant::now();
    scene.server.signal("TERM");
    assert_eq!(ended(&mut scene.server).await, Some(0));
    assert!(told.elapsed() < Duration::from_secs(15), "{:?}", told.elapsed());
    scene.server.logs("requests still open").await;
    assert!(call.await.is_err(), "the call was answered");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_ends_it_at_once() {
    for delay in ["0s", "60s"] {
        let mut scene = Scene::new(&["--drain-delay", delay]).await;
        let call = scene.slow_read(Duration::from_secs(25)).await;
        scene.server.signal("TERM");
        scene.server.logs(if delay == "0s" { "stopping" } else { "leaving" }).await;
        let told = Instant::now();
        scene.server.signal("INT");
        assert_eq!(ended(&mut scene.server).await, Some(1), "it was cut off, and says so");
        assert!(told.elapsed() < Duration::from_secs(15), "{:?}", told.elapsed());
        assert!(call.await.is_err(), "the call was answered");
    }
}

/// A text whose caller has given up is on its way, and is recorded before the process ends.
#[tokio::test(flavor = "multi_thread")]
async fn a_text_outlives_its_caller_and_is_recorded() {
    let mut scene = Scene::new(&[]).await;
    let arguments =
        json!({ "from": first_inbox(&scene.mcp()).await, "to": CONTACT, "content": "On its way" });
    scene.sandbox.faults().always(On::sends(), Fault::delay(Duration::from_millis(1_500)));
    let before = asked(&scene.sandbox);
    let (mcp, call) = (scene.mcp(), arguments.clone());
    let call = tokio::spawn(async move { mcp.call("send-message", call).await });
    while asked(&scene.sandbox) == before {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    call.abort();
    scene.server.signal("TERM");
    assert_eq!(ended(&mut scene.server).await, Some(0));
    scene.sandbox.faults().clear();
    let sent = scene.sandbox.sandbox().sent(ALPHA).len();

    let listen = scene.server.url.strip_prefix("http://").unwrap().to_owned();
    let upstream = scene.sandbox.base_url();
    let again = TestServer::start_at_upstream(scene._data.path(), &listen, &upstream, &[]);
    let result = Mcp::new(&again, &scene.login.access_token).output("send-message", arguments).await;
    assert_eq!(result["duplicate"], sent == 1, "{result}");
    assert_eq!(scene.sandbox.sandbox().sent(ALPHA).len(), 1);
}

/// What was taken for a stream is answered on it, and then it ends as a whole answer does: no reset, no half of an event.
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_says_what_it_owes_and_ends() {
    let mut scene = Scene::new(&[]).await;
    let token = scene.login.access_token.clone();
    let mut stream = Stream::open(&scene.server, &token).await;
    assert_eq!(stream.post(&token, &initialize()).await, 202);
    stream.message().await;
    // A second one, looked at as it comes.
    let idle = client()
        .get(format!("{}/sse", scene.server.url))
        .bearer_auth(&token)
        .header("accept", "text/event-stream")
        .send()
        .await
        .unwrap();
    let mut idle = idle.bytes_stream();
    assert!(idle.next().await.unwrap().is_ok());

    let before = asked(&scene.sandbox);
    scene.sandbox.faults().always(On::any(), Fault::delay(Duration::from_millis(1_000)));
    let call = json!({ "jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {
        "name": "list-inboxes", "arguments": {}
    }});
    assert_eq!(stream.post(&token, &call).await, 202);
    while asked(&scene.sandbox) == before {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    scene.server.signal("TERM");
    scene.server.logs("stopping").await;
    while let Some(chunk) = idle.next().await {
        assert!(chunk.is_ok(), "the idle stream breaks off: {chunk:?}");
    }
    let answer = stream.message().await;
    assert!(answer["id"] == 7 && answer["result"]["isError"] != true, "{answer}");
    assert!(answer["result"]["content"].is_array(), "{answer}");
    assert!(stream.next().await.is_none());
    assert_eq!(ended(&mut scene.server).await, Some(0));
}

/// systemd hears that the server is ready, lives, and is ending.
#[tokio::test(flavor = "multi_thread")]
async fn the_service_manager_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let variables = [("NOTIFY_SOCKET", path.to_str().unwrap()), ("WATCHDOG_USEC", "200000")];
    let mut server = TestServer::start_with_variables(&[], &variables);
    let hear = || {
        let mut buffer = [0; 256];
        let length = socket.recv(&mut buffer).expect("the server says something");
        String::from_utf8_lossy(&buffer[..length]).trim().to_owned()
    };
    tokio::task::block_in_place(|| {
        assert_eq!(hear(), "READY=1");
        assert_eq!([hear(), hear()], ["WATCHDOG=1", "WATCHDOG=1"]);
        server.signal("TERM");
        while hear() != "STOPPING=1" {}
        assert_eq!(server.ended(), Some(0));
    });
}

/// Nothing holds a server beyond its end: neither what it counts of itself nor what it began.
#[test]
fn a_server_that_has_gone_holds_nothing() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().to_str().unwrap();
    let cli = Cli::parse_from(["mcp-server", "serve", "--sandbox", "--data-dir", folder]);
    let Command::Serve(args) = cli.command else { unreachable!("`serve` was typed") };
    let settings = Settings::resolve(&args).unwrap();
    let public_url = settings.public_url("127.0.0.1:4000".parse().unwrap()).unwrap();
    let upstream = url::Url::parse("http://127.0.0.1:9").unwrap();
    let open = || EmbeddedStore::open(data.path().join("state.redb"), Arc::new(SystemClock));

    let runtime = tokio::runtime::Runtime::new().unwrap();
    let app = App::build(&settings, &public_url, &upstream, CancellationToken::new());
    let app = runtime.block_on(app).unwrap();
    assert!(matches!(open().unwrap_err(), OpenError::Locked { .. }));
    drop(app);
    drop(runtime);
    open().expect("the file is closed");
}
