//! Several instances behind a plain TCP balancer without stickiness, under load, while one after the other is drained
//! (SIGTERM) or killed. Drained, not one request is lost; either way nobody is texted twice and nobody is logged out. The
//! upstream counts what was sent.
//!
//! Everything a client does reaches any of the instances: the steps of one login, the refresh of a token that another one
//! issued, the repetition of a call that another one was killed over.

mod load;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use openphone_sandbox::{Fault, On, RunningSandbox};

use self::load::{Load, Seen};
use crate::clients::{HTTP, SSE, Transport};
use crate::send_chaos::{OPEN, keys, upstream};
use crate::support::balancer::Balancer;
use crate::support::login::ALPHA;
use crate::support::redis::RedisServer;
use crate::support::tools::required;
use crate::support::{Login, TestServer};

/// How long an instance says that it leaves before it stops: many times what the balancer takes to notice.
const DRAIN_DELAY: &str = "1s";

/// A deployment.
struct Fleet {
    balancer: Balancer,
    redis: RedisServer,
    sandbox: RunningSandbox,
    folder: tempfile::TempDir,
    instances: Vec<TestServer>,
}

impl Fleet {
    /// So many instances. `None`: there is no Redis on this machine.
    async fn of(count: usize) -> Option<Self> {
        let redis = RedisServer::start_durable().await?;
        let folder = tempfile::tempdir().unwrap();
        keys(folder.path());
        let (balancer, sandbox) = (Balancer::start().await, upstream().await);
        sandbox.faults().always(On::any(), Fault::delay(Duration::from_millis(30)));
        let mut fleet = Self { balancer, redis, sandbox, folder, instances: Vec::new() };
        for _ in 0..count {
            fleet.join().await;
        }
        Some(fleet)
    }

    /// One more instance.
    async fn join(&mut self) {
        let (url, store) = (self.balancer.url(), self.redis.url());
        let own = ["--store", &store, "--public-url", &url, "--admin-listen", "127.0.0.1:0"];
        let options = [&OPEN[..], &own, &["--drain-delay", DRAIN_DELAY]].concat();
        let upstream = self.sandbox.base_url();
        let instance = TestServer::start_at_upstream(self.folder.path(), "127.0.0.1:0", &upstream, &options);
        self.balancer.add(&instance).await;
        self.instances.push(instance);
    }

    /// What clients see.
    fn front(&self) -> TestServer {
        TestServer::at(self.balancer.url())
    }

    /// Has the oldest instance end in order, and another take its place. Returns how long the end took.
    async fn drain_one(&mut self) -> Duration {
        let mut instance = self.instances.remove(0);
        let told = Instant::now();
        let code = tokio::task::block_in_place(|| instance.stop());
        assert_eq!(code, Some(0), "{}", instance.log());
        let took = told.elapsed();
        assert!(!instance.log().contains("requests still open"), "{}", instance.log());
        assert!(self.balancer.remove(&instance) > 0, "the instance was given nothing to do");
        self.join().await;
        took
    }

    /// Kills the oldest instance in the middle of whatever it does, and has another take its place.
    async fn kill_one(&mut self) {
        let mut instance = self.instances.remove(0);
        instance.kill();
        assert!(self.balancer.remove(&instance) > 0, "the instance was given nothing to do");
        self.join().await;
    }

    /// How often each text went out, by recipient and content.
    fn sent(&self) -> BTreeMap<(String, String), usize> {
        let mut sent = BTreeMap::new();
        for message in self.sandbox.sent(ALPHA) {
            *sent.entry((message.to.join(","), message.content)).or_default() += 1;
        }
        sent
    }

    /// Nobody was texted twice, and whatever was told as sent went out.
    fn check_texts(&self, seen: &Seen) {
        let sent = self.sent();
        let twice: Vec<_> = sent.iter().filter(|(_, count)| **count > 1).collect();
        assert!(twice.is_empty(), "texted twice: {twice:?}");
        let lost: Vec<_> = seen.settled.iter().filter(|text| !sent.contains_key(*text)).collect();
        assert!(lost.is_empty(), "told as sent and never sent: {lost:?}");
    }
}

/// Every kind of request goes on while each instance is replaced, and not one fails.
async fn drained(count: usize) {
    let Some(mut fleet) = Fleet::of(count).await else { return };
    let load = Load::begin(&fleet.front(), load::PATIENT).await;
    for _ in 0..count {
        load.more().await;
        fleet.drain_one().await;
        Login::with_key(&fleet.front(), ALPHA).await;
    }
    load.more().await;
    let seen = load.end().await;
    println!("{}", seen.summary());
    fleet.check_texts(&seen);
    assert_eq!(seen.broken, 0, "requests were lost");
    assert_eq!(seen.refused, 0, "requests were refused");
    assert_eq!(seen.settled, seen.wished, "each text is known to have gone out");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_instances_are_drained_and_nothing_is_lost() {
    drained(2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_instances_are_drained_and_nothing_is_lost() {
    drained(4).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_instances_are_killed_and_nobody_is_texted_twice_or_logged_out() {
    let Some(mut fleet) = Fleet::of(4).await else { return };
    let load = Load::begin(&fleet.front(), load::HASTY).await;
    for round in 0..4 {
        load.more().await;
        if round == 2 {
            fleet.drain_one().await;
        } else {
            fleet.kill_one().await;
        }
    }
    load.more().await;
    let seen = load.end().await;
    println!("{}", seen.summary());
    fleet.check_texts(&seen);
    // What a killed instance began is looked up for minutes before it counts as not sent; the rest is settled.
    assert!(seen.settled.len() + 40 > seen.wished.len(), "{}", seen.summary());
}

/// The whole life of a connection, each request of it at any instance: login, call, refresh, revocation, login.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn real_clients_meet_one_server() {
    let runs: [(&str, &str, &str, &[&str], &Transport); 6] = [
        ("MCP_TEST_NODE", "Node 22", "ts1.mjs", &["--behind-balancer"], &HTTP),
        ("MCP_TEST_NODE", "Node 22", "ts1.mjs", &["--behind-balancer"], &SSE),
        ("MCP_TEST_NODE", "Node 22", "ts2.mjs", &["--mode", "auto", "--behind-balancer"], &HTTP),
        ("MCP_TEST_PYTHON1", "the Python SDK", "py1.py", &[], &HTTP),
        ("MCP_TEST_PYTHON1", "the Python SDK", "py1.py", &[], &SSE),
        ("MCP_TEST_PYTHON", "the Python SDK", "py2.py", &[], &HTTP),
    ];
    let Some(fleet) = Fleet::of(2).await else { return };
    let mut drove = false;
    for (variable, what, driver, options, transport) in runs {
        let Some(interpreter) = required(variable, what) else { continue };
        let front = fleet.front();
        let report = crate::clients::run(&front, &interpreter, driver, options, transport).await;
        let Some(report) = report else { return };
        assert_eq!(report["status"], "delivered", "{report}");
        assert_eq!(report["refreshed"], true, "{report}");
        assert_eq!(report["consents"], 2, "{report}");
        drove = true;
    }
    for instance in &fleet.instances {
        assert!(fleet.balancer.remove(instance) > 0 || !drove, "an instance was given nothing to do");
    }
}

/// Instances are drained and killed, and Redis with them, one after the other. `cargo xtask chaos` says for how many seconds, and
/// reads the lines; without it each comes once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chaos() {
    #[expect(clippy::disallowed_methods, reason = "what `cargo xtask chaos` was told")]
    let asked = std::env::var("MCP_TEST_CHAOS_SECONDS").ok();
    let seconds = asked.as_ref().map(|seconds| seconds.parse().expect("a number"));
    let until = seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let Some(mut fleet) = Fleet::of(4).await else { return };
    let load = Load::begin(&fleet.front(), load::HASTY).await;
    let (mut drains, mut kills, mut restarts, mut longest) = (0, 0, 0, Duration::ZERO);
    for round in 3.. {
        let is_over = until.map_or(round == 6, |until| Instant::now() > until);
        if is_over {
            break;
        }
        load.more().await;
        match round % 6 {
            0 | 2 | 4 => {
                longest = longest.max(fleet.drain_one().await);
                drains += 1;
            }
            5 => {
                fleet.redis.kill_and_restart().await;
                restarts += 1;
            }
            _ => {
                fleet.kill_one().await;
                kills += 1;
            }
        }
        fleet.check_texts(&load.seen());
        let seen = load.seen();
        println!(
            "chaos {}",
            serde_json::json!({ "drains": drains, "kills": kills, "restarts": restarts, "texts": seen.settled.len(),
                "refreshes": seen.refreshes, "reads": seen.reads, "broken": seen.broken })
        );
    }
    load.more().await;
    let seen = load.end().await;
    if asked.is_none() {
        return fleet.check_texts(&seen);
    }
    // What a killed instance left behind counts as not sent after three minutes; then a repeated call sends it.
    tokio::time::sleep(Duration::from_secs(185)).await;
    let seen = load::look_back(&fleet.front(), seen).await;
    fleet.check_texts(&seen);
    let sent = fleet.sent();
    let unsent = seen.wished.iter().filter(|text| !sent.contains_key(*text)).count();
    println!(
        "chaos {}",
        serde_json::json!({ "drains": drains, "kills": kills, "restarts": restarts, "texts": seen.settled.len(),
            "refreshes": seen.refreshes, "reads": seen.reads, "broken": seen.broken, "refused": seen.refused,
            "unsent": unsent, "longest_drain_ms": longest.as_millis() })
    );
    assert_eq!(unsent, 0, "texts never went out");
}
