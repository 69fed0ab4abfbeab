//! The store in trouble, row by row of the table in `docs/deployment.md`: slow, away, back, started anew with nothing, failed
//! over. Whatever is refused meanwhile is refused as something that passes, and nothing of it happens twice.

use std::time::{Duration, Instant};

use openphone_sandbox::{RunningSandbox, Sandbox};
use serde_json::{Value, json};

use crate::path::first_inbox;
use crate::send_chaos::keys;
use crate::support::login::{ALPHA, LoginRequest, client};
use crate::support::proxy::{Proxy, Way};
use crate::support::redis::RedisServer;
use crate::support::stream::{Stream, initialize};
use crate::support::{Login, Mcp, TestServer};

/// A deployment of two instances whose store is behind a way that the test changes.
struct Scene {
    sandbox: RunningSandbox,
    redis: RedisServer,
    way: Proxy,
    server: TestServer,
    other: TestServer,
    login: Login,
    _folder: tempfile::TempDir,
}

impl Scene {
    async fn new() -> Option<Self> {
        let redis = RedisServer::start().await?;
        let (way, sandbox) = (Proxy::to(redis.port()).await, Sandbox::start().await.unwrap());
        let folder = tempfile::tempdir().unwrap();
        keys(folder.path());
        let store = format!("redis://127.0.0.1:{}/", way.port());
        let start = |public: Option<&str>| {
            let mut options =
                vec!["--store", &store, "--admin-listen", "127.0.0.1:0", "--recipient-gap", "0"];
            options.extend(public.iter().flat_map(|url| ["--public-url", url]));
            TestServer::start_at_upstream(folder.path(), "127.0.0.1:0", &sandbox.base_url(), &options)
        };
        let server = start(None);
        let other = start(Some(&server.url));
        let login = Login::with_key(&server, ALPHA).await;
        Some(Self { redis, way, server, other, login, _folder: folder, sandbox })
    }

    fn mcp(&self) -> Mcp {
        Mcp::new(&self.server, &self.login.access_token)
    }

    fn sent(&self) -> usize {
        self.sandbox.sandbox().sent(ALPHA).len()
    }

    async fn token(&self, form: &[(&str, &str)]) -> (u16, Value) {
        let answer = client().post(format!("{}/token", self.server.url)).form(form).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    async fn refresh(&self) -> (u16, Value) {
        let login = &self.login;
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", login.refresh_token.as_str()),
            ("client_id", login.client_id.as_str()),
        ];
        self.token(&form).await
    }

    async fn is_ready(&self) -> bool {
        client().get(format!("{}/readyz", self.server.admin())).send().await.unwrap().status() == 200
    }

    /// Waits until the instances have found the store again.
    async fn ready(&self) {
        until(async || self.is_ready().await).await;
    }
}

async fn until(mut condition: impl AsyncFnMut() -> bool) {
    let started = Instant::now();
    while !condition().await {
        assert!(started.elapsed() < Duration::from_secs(60), "it never happens");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn text(to: &str) -> Value {
    json!({ "from": "Front desk", "to": to, "content": "Your part is here" })
}

const NORA: &str = "+14155550101";
const THEO: &str = "+14155550102";

/// Refused, with the sentence that says that nothing happened.
fn fails_closed(result: &Value) {
    assert_eq!(result["isError"], true, "{result}");
    let said = result["content"][0]["text"].as_str().unwrap();
    assert!(said.contains("Nothing was sent."), "{said}");
}

/// Away, or so slow that it is no use: everything in the table, then everything again when it is back.
async fn out_of_reach(way: Way) {
    let Some(scene) = Scene::new().await else { return };
    let mcp = scene.mcp();
    let inbox = first_inbox(&mcp).await;
    mcp.output("send-message", text(NORA)).await;
    let token = &scene.login.access_token;
    let mut stream = Stream::open(&scene.server, token).await;
    assert_eq!(stream.post_to(&scene.other, token, &initialize()).await, 202);
    stream.message().await;
    let approved = LoginRequest::new(ALPHA).approve(&scene.server).await;

    scene.way.is(way);
    assert!(!scene.is_ready().await, "an instance without its store wants no requests");
    // Tokens: not now, for the code and for the refresh token, and neither is used up by that.
    let code: Vec<_> = approved.redemption.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let (status, said) = scene.token(&code).await;
    assert_eq!(status, 503, "{said}");
    let (status, said) = scene.refresh().await;
    assert_eq!(status, 503, "{said}");
    // Reads go on.
    mcp.output("fetch-messages", json!({ "inbox": inbox })).await;
    assert!(mcp.tools().await.contains(&"send-message".to_owned()));
    // Texts do not go out, neither new ones nor those that went out before.
    fails_closed(&mcp.call("send-message", text(THEO)).await);
    fails_closed(&mcp.call("send-message", text(NORA)).await);
    assert_eq!(scene.sent(), 1);
    // What was done cannot be told, and that is said.
    let activity = mcp.call("list-recent-activity", json!({})).await;
    assert_eq!(activity["isError"], true, "{activity}");
    // The stream serves those who reach its own instance.
    let list = |id: u32| json!({ "jsonrpc": "2.0", "id": id, "method": "tools/list" });
    assert_eq!(stream.post(token, &list(2)).await, 202);
    assert_eq!(stream.message().await["id"], 2);
    assert_eq!(stream.post_to(&scene.other, token, &list(3)).await, 503);

    scene.way.is(Way::Open);
    scene.ready().await;
    let mut redeemed = (503, Value::Null);
    until(async || {
        redeemed = scene.token(&code).await;
        redeemed.0 != 503
    })
    .await;
    // Where the store was only slow, the first try may have taken the code: then it is used up, and nothing was issued twice.
    let used_up = way != Way::Away && redeemed.1["error"] == "invalid_grant";
    assert!(redeemed.0 == 200 || used_up, "{redeemed:?}");
    let (status, tokens) = scene.refresh().await;
    assert_eq!(status, 200, "logged out: {tokens}");
    let again = mcp.output("send-message", text(NORA)).await;
    assert_eq!(again["duplicate"], true, "{again}");
    until(async || mcp.call("send-message", text(THEO)).await["isError"] != true).await;
    assert_eq!(scene.sent(), 2, "each text once");
    until(async || stream.post_to(&scene.other, token, &list(4)).await == 202).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_store_is_away() {
    out_of_reach(Way::Away).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_store_is_slower_than_it_is_waited_for() {
    out_of_reach(Way::Slow(Duration::from_secs(3))).await;
}

/// Slow, and good enough: everything works.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_store_is_slow() {
    let Some(scene) = Scene::new().await else { return };
    scene.way.is(Way::Slow(Duration::from_millis(150)));
    assert!(scene.is_ready().await);
    assert_eq!(scene.mcp().output("send-message", text(NORA)).await["duplicate"], false);
    assert_eq!(scene.refresh().await.0, 200);
    Login::with_key(&scene.server, ALPHA).await;
    assert_eq!(scene.sent(), 1);
}

/// A Redis that was lost and comes back with nothing: nobody is logged out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_store_has_forgotten_everything() {
    let Some(mut scene) = Scene::new().await else { return };
    scene.redis.restart().await;
    scene.ready().await;
    let (status, tokens) = scene.refresh().await;
    assert_eq!(status, 200, "logged out: {tokens}");
    scene.mcp().tools().await;
    until(async || scene.mcp().call("send-message", text(THEO)).await["isError"] != true).await;
    assert_eq!(scene.sent(), 1);
}

/// The primary is lost, its replica takes its place: what waited for the replica is there, and texts wait for the next one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_store_fails_over() {
    let Some(mut primary) = RedisServer::start().await else { return };
    let replica = RedisServer::replica_of(&primary).await;
    let watch = format!(
        "sentinel monitor main 127.0.0.1 {} 1\nsentinel down-after-milliseconds main 500\n\
         sentinel failover-timeout main 2000\n",
        primary.port()
    );
    let sentinel = RedisServer::sentinel(&watch).await;
    let store = format!("redis+sentinel://127.0.0.1:{}/main", sentinel.port());
    let sandbox = Sandbox::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    keys(folder.path());
    let options = ["--store", &store, "--store-replicas", "1", "--admin-listen", "127.0.0.1:0"];
    let server = TestServer::start_at_upstream(folder.path(), "127.0.0.1:0", &sandbox.base_url(), &options);
    let login = Login::with_key(&server, ALPHA).await;
    let mcp = Mcp::new(&server, &login.access_token);
    mcp.output("send-message", text(NORA)).await;
    // A Sentinel asks the primary for its replicas every ten seconds.
    until(async || sentinel.info("sentinel").contains("slaves=1")).await;

    primary.stop();
    fails_closed(&mcp.call("send-message", text(THEO)).await);
    let ready = format!("{}/readyz", server.admin());
    until(async || client().get(&ready).send().await.unwrap().status() == 200).await;
    let again = mcp.output("send-message", text(NORA)).await;
    assert_eq!(again["duplicate"], true, "{again}");
    login.refresh(&server).await;
    // The new primary is alone.
    fails_closed(&mcp.call("send-message", text(THEO)).await);
    let _next = RedisServer::replica_of(&replica).await;
    until(async || mcp.call("send-message", text(THEO)).await["isError"] != true).await;
    assert_eq!(sandbox.sandbox().sent(ALPHA).len(), 2);
}
