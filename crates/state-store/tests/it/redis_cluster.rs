//! A cluster of three nodes: the contract through it, keys that move, a node that is lost.

use std::sync::Arc;
use std::time::Duration;

use state_store::contract::Harness;
use state_store::redis::{ConnectError, RedisOptions, RedisStore};
use state_store::{Exchange, Inserted, Key, Store, StoreError};

use crate::redis_server::{RedisServer, free_port};

const MINUTE: Duration = Duration::from_secs(60);
/// The last slot of each node.
const LAST: [u16; 3] = [5_460, 10_922, 16_383];

struct Cluster {
    nodes: Vec<RedisServer>,
}

impl Cluster {
    async fn start() -> Option<Self> {
        let mut nodes = Vec::new();
        let mut first = 0;
        for (index, last) in LAST.iter().enumerate() {
            let node = Self::node().await?;
            node.says(&format!("CLUSTER SET-CONFIG-EPOCH {}", index + 1), "OK").await;
            node.says(&format!("CLUSTER ADDSLOTSRANGE {first} {last}"), "OK").await;
            first = last + 1;
            nodes.push(node);
        }
        let cluster = Self { nodes };
        for node in &cluster.nodes[1..] {
            cluster.meet(node).await;
        }
        cluster.agrees(3).await;
        Some(cluster)
    }

    async fn node() -> Option<RedisServer> {
        let bus = free_port().to_string();
        let options = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--cluster-port", &bus];
        RedisServer::start_on(&options).await
    }

    async fn meet(&self, node: &RedisServer) {
        let bus = bus_of(node);
        self.nodes[0].says(&format!("CLUSTER MEET 127.0.0.1 {} {bus}", node.port()), "OK").await;
    }

    /// Waits until every node knows so many.
    async fn agrees(&self, count: usize) {
        for node in &self.nodes {
            node.says("CLUSTER INFO", &format!("cluster_known_nodes:{count}")).await;
            node.says("CLUSTER INFO", "cluster_state:ok").await;
        }
    }

    fn options(&self) -> RedisOptions {
        let hosts: Vec<_> = self.nodes.iter().map(|node| format!("127.0.0.1:{}", node.port())).collect();
        let patience = Duration::from_secs(10);
        RedisOptions::new(format!("redis+cluster://{}", hosts.join(",")))
            .with_connect_timeout(patience)
            .with_response_timeout(patience)
    }

    /// The name of a node among the nodes.
    fn id(&self, node: usize) -> String {
        self.nodes[node].say("CLUSTER MYID")
    }

    fn slot(&self, key: &str) -> u16 {
        let said = self.nodes[0].say(&format!("CLUSTER KEYSLOT mcp:cluster:{key}"));
        said.trim_start_matches(':').parse().expect("a number")
    }
}

/// The port of its bus, as it says it of itself: `<id> host:port@bus …`.
fn bus_of(node: &RedisServer) -> String {
    let nodes = node.say("CLUSTER NODES");
    let own = nodes.lines().find(|line| line.contains("myself")).expect("itself");
    let address = own.split_whitespace().nth(1).expect("an address");
    let (_, bus) = address.split_once('@').expect("a bus");
    bus.split(',').next().expect("a port").to_owned()
}

struct Instances([RedisStore; 2]);

impl Harness for Instances {
    fn stores(&self) -> Vec<Arc<dyn Store>> {
        self.0.iter().map(|store| Arc::new(store.clone()) as Arc<dyn Store>).collect()
    }

    async fn advance(&self, by: Duration) {
        // The servers count in milliseconds of their own.
        tokio::time::sleep(by + Duration::from_millis(5)).await;
    }

    fn has_exact_clock(&self) -> bool {
        false
    }

    fn histories(&self) -> u32 {
        16
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_contract_holds() {
    let Some(cluster) = Cluster::start().await else { return };
    let instances = async |case: &str| {
        let options = cluster.options().with_prefix(format!("{case}:"));
        Instances([connect(&options).await, connect(&options).await])
    };
    state_store::contract_tests!(sequence instances);
}

async fn connect(options: &RedisOptions) -> RedisStore {
    RedisStore::connect_with(options).await.expect("connects")
}

fn key(id: &str) -> Key {
    Key::new("cluster", id)
}

/// A slot goes to another node, key by key: while it is on its way, and after.
#[tokio::test]
async fn a_key_is_followed_to_another_node() {
    let Some(cluster) = Cluster::start().await else { return };
    let store = connect(&cluster.options()).await;
    // Whatever the keys are, they are in slots of each node.
    for id in 0..50 {
        let inserted = store.insert_if_absent(&key(&id.to_string()), b"one", MINUTE).await;
        assert_eq!(inserted.expect("insert"), Inserted::Stored);
    }
    let slot = cluster.slot("7");
    let from = LAST.iter().position(|last| slot <= *last).expect("one has it");
    let to = (from + 1) % 3;
    let (source, target) = (&cluster.nodes[from], &cluster.nodes[to]);
    target.says(&format!("CLUSTER SETSLOT {slot} IMPORTING {}", cluster.id(from)), "OK").await;
    source.says(&format!("CLUSTER SETSLOT {slot} MIGRATING {}", cluster.id(to)), "OK").await;
    source.says(&format!("MIGRATE 127.0.0.1 {} mcp:cluster:7 0 5000", target.port()), "OK").await;

    // The source says: ask there, this once. Scripts, too.
    assert_eq!(store.get(&key("7")).await.expect("get").as_deref(), Some(&b"one"[..]));
    let swapped = store.compare_exchange(&key("7"), Some(b"one"), b"two", MINUTE).await;
    assert_eq!(swapped.expect("exchange"), Exchange::Swapped);

    for node in &cluster.nodes {
        node.says(&format!("CLUSTER SETSLOT {slot} NODE {}", cluster.id(to)), "OK").await;
    }
    // It says now: it has moved.
    let swapped = store.compare_exchange(&key("7"), Some(b"two"), b"three", MINUTE).await;
    assert_eq!(swapped.expect("exchange"), Exchange::Swapped);
    assert_eq!(store.get(&key("7")).await.expect("get").as_deref(), Some(&b"three"[..]));
    store.check().await.expect("all of it is there");
}

/// Each node's writes wait for its own replica. When the node is lost, the replica has them.
#[tokio::test]
async fn a_node_that_is_lost_is_replaced_by_its_replica() {
    let Some(mut cluster) = Cluster::start().await else { return };
    let replica = Cluster::node().await.expect("there is a redis-server");
    cluster.meet(&replica).await;
    cluster.agrees(4).await;
    replica.says(&format!("CLUSTER REPLICATE {}", cluster.id(0)), "OK").await;
    replica.says("INFO replication", "master_link_status:up").await;

    let store = connect(&cluster.options().with_replicas(1)).await;
    let waiting = store.replicated().expect("waits for replicas");
    let with_replica =
        (0..).map(|id: u32| id.to_string()).find(|id| cluster.slot(id) <= LAST[0]).expect("some");
    let without = (0..).map(|id: u32| id.to_string()).find(|id| cluster.slot(id) > LAST[0]).expect("some");
    let kept = waiting.insert_if_absent(&key(&with_replica), b"one", MINUTE).await;
    assert_eq!(kept.expect("its replica has it"), Inserted::Stored);
    let lonely = waiting.insert_if_absent(&key(&without), b"one", MINUTE).await.expect_err("no replica");
    assert!(matches!(lonely, StoreError::Unavailable(_)), "{lonely:?}");

    cluster.nodes[0].stop();
    assert!(store.get(&key(&with_replica)).await.is_err(), "its node is gone");
    let back = async {
        while store.check().await.is_err() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(MINUTE, back).await.expect("the replica takes over");
    assert_eq!(store.get(&key(&with_replica)).await.expect("get").as_deref(), Some(&b"one"[..]));
    assert_eq!(store.remove(&key(&with_replica)).await.expect("remove").as_deref(), Some(&b"one"[..]));
}

#[tokio::test]
async fn a_server_that_is_no_cluster_is_said() {
    let Some(server) = RedisServer::start().await else { return };
    let error = RedisStore::connect(&format!("redis+cluster://127.0.0.1:{}", server.port())).await;
    let error = error.expect_err("it is none");
    assert!(matches!(error, ConnectError::Refused(_)), "{error:?}");
}
