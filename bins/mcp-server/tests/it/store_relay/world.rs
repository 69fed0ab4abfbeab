//! Instances that share a store, and the holders of their streams.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt as _;
use mcp_protocol::transport::relay::{Inbox, Receipt, RelayedMessage};
use mcp_server::adapters::relay::{PrincipalCodec, RelayParts, RelayTimes, StoreRelay};
use sealing::{FingerprintKey, Keys, OsEntropy, Sealer};
use state_store::embedded::EmbeddedStore;
use state_store::{Key, ManualClock, Store, Subscription};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use crate::support::cut::Cut;
use crate::support::redis::RedisServer;

/// Longest wait for what must happen.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// One deployment.
pub(super) struct World {
    pub(super) redis: Option<RedisServer>,
    memory: Arc<dyn Store>,
    pub(super) sealer: Sealer,
    fingerprints: FingerprintKey,
    /// By which messages are dated; the stores have clocks of their own.
    pub(super) clock: Arc<ManualClock>,
}

/// One process of it.
pub(super) struct Instance {
    pub(super) relay: StoreRelay<Names>,
    pub(super) store: Arc<Cut>,
}

/// A principal is a name. Two of them are nobody any more where they arrive.
pub(super) struct Names;

#[async_trait]
impl PrincipalCodec for Names {
    type Principal = String;

    fn encode(&self, name: &String) -> Option<Vec<u8>> {
        Some(name.clone().into_bytes())
    }

    async fn decode(&self, bytes: &[u8]) -> Result<String, Receipt> {
        match std::str::from_utf8(bytes).unwrap() {
            "revoked" => Err(Receipt::UnknownStream),
            "unavailable" => Err(Receipt::Unreachable),
            name => Ok(name.to_owned()),
        }
    }
}

/// Patient: a busy machine is no failure.
pub(super) fn patient() -> RelayTimes {
    let mut times = RelayTimes::default();
    times.receipt = PATIENCE;
    times
}

impl World {
    pub(super) fn in_memory() -> Self {
        Self::new(None)
    }

    /// `None` where there is no Redis.
    pub(super) async fn in_redis() -> Option<Self> {
        Some(Self::new(Some(RedisServer::start().await?)))
    }

    fn new(redis: Option<RedisServer>) -> Self {
        let keys = Keys::generate(&OsEntropy);
        Self {
            redis,
            memory: Arc::new(EmbeddedStore::in_memory(Arc::new(state_store::SystemClock))),
            sealer: Sealer::new(keys.ring, "https://mcp.example.com", Arc::new(OsEntropy)),
            fingerprints: keys.fingerprint,
            clock: Arc::new(ManualClock::at(Duration::from_secs(1_795_000_000))),
        }
    }

    /// A way to the store.
    pub(super) async fn store(&self) -> Arc<dyn Store> {
        match &self.redis {
            Some(redis) => redis.store().await,
            None => Arc::clone(&self.memory),
        }
    }

    pub(super) async fn instance(&self) -> Instance {
        self.instance_with(patient()).await
    }

    pub(super) async fn instance_with(&self, times: RelayTimes) -> Instance {
        self.instance_sealing(self.sealer.clone(), times).await
    }

    /// An instance with these keys.
    pub(super) async fn instance_sealing(&self, sealer: Sealer, times: RelayTimes) -> Instance {
        let store = Cut::new(self.store().await);
        let parts = RelayParts {
            store: store.clone(),
            sealer,
            fingerprints: self.fingerprints.clone(),
            clock: self.clock.clone(),
            entropy: Arc::new(OsEntropy),
            codec: Names,
            times,
        };
        Instance { relay: StoreRelay::start(parts).await.unwrap(), store }
    }
}

impl Instance {
    /// Where it is spoken to.
    pub(super) fn channel(&self) -> Key {
        Key::new("mcp-relay", self.relay.instance())
    }

    /// What is said to it.
    pub(super) async fn overheard(&self) -> Subscription {
        self.store.subscribe(&self.channel()).await.unwrap()
    }
}

/// A stream's holder that takes everything. Dropped, it lets the stream go.
pub(super) struct Held {
    heard: mpsc::UnboundedReceiver<Heard>,
    work: AbortHandle,
}

#[derive(Debug, PartialEq)]
pub(super) struct Heard {
    pub(super) principal: String,
    pub(super) body: bytes::Bytes,
    pub(super) user_agent: Option<Arc<str>>,
}

pub(super) fn holds(mut inbox: Inbox<String>) -> Held {
    let (tell, heard) = mpsc::unbounded_channel();
    let work = tokio::spawn(async move {
        while let Some(delivery) = inbox.next().await {
            let RelayedMessage { principal, body, user_agent, .. } = delivery.message().clone();
            tell.send(Heard { principal, body, user_agent }).ok();
            delivery.acknowledge(Receipt::Accepted);
        }
    });
    Held { heard, work: work.abort_handle() }
}

impl Held {
    /// What comes next; none when the inbox has closed.
    pub(super) async fn next(&mut self) -> Option<Heard> {
        tokio::time::timeout(PATIENCE, self.heard.recv()).await.expect("a message or the end, in time")
    }

    /// How many came that were not looked at.
    pub(super) fn unread(&self) -> usize {
        self.heard.len()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.work.abort();
    }
}

pub(super) fn message(principal: &str, body: &str) -> RelayedMessage<String> {
    RelayedMessage::new(principal.to_owned(), body.to_owned().into())
}

/// The next thing that is said.
pub(super) async fn said(channel: &mut Subscription) -> Vec<u8> {
    let said = tokio::time::timeout(PATIENCE, channel.next()).await.expect("in time");
    said.expect("the channel is open").to_vec()
}

/// Runs each of these over both stores.
macro_rules! on_every_store {
    ($($test:ident),* $(,)?) => {
        mod in_memory {
            $(#[tokio::test]
            async fn $test() {
                super::$test($crate::store_relay::world::World::in_memory()).await;
            })*
        }

        mod in_redis {
            $(#[tokio::test]
            async fn $test() {
                if let Some(world) = $crate::store_relay::world::World::in_redis().await {
                    super::$test(world).await;
                }
            })*
        }
    };
}

pub(super) use on_every_store;
