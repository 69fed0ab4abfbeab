//! A store that can be taken down.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use state_store::embedded::EmbeddedStore;
use state_store::{
    Added, Clock, Exchange, Inserted, Key, LogBound, LogEntry, Quota, QuotaDecision, Store, StoreError,
    Subscription,
};

/// The embedded store in memory, behind a switch.
pub(crate) struct SwitchedStore {
    inner: EmbeddedStore,
    down: AtomicBool,
    /// The one space that is down, while the rest is up.
    failing: Mutex<Option<&'static str>>,
}

impl SwitchedStore {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            inner: EmbeddedStore::in_memory(clock),
            down: AtomicBool::new(false),
            failing: Mutex::new(None),
        }
    }

    pub(crate) fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }

    /// Takes down one space only.
    pub(crate) fn fail_space(&self, space: Option<&'static str>) {
        *self.failing.lock().unwrap() = space;
    }

    fn at(&self, key: &Key) -> Result<&EmbeddedStore, StoreError> {
        if *self.failing.lock().unwrap() == Some(key.space()) {
            return Err(StoreError::Unavailable("the test took this space down".into()));
        }
        self.up()
    }

    fn up(&self) -> Result<&EmbeddedStore, StoreError> {
        if self.down.load(Ordering::SeqCst) {
            Err(StoreError::Unavailable("the test took it down".into()))
        } else {
            Ok(&self.inner)
        }
    }
}

#[async_trait::async_trait]
impl Store for SwitchedStore {
    async fn insert_if_absent(&self, key: &Key, value: &[u8], ttl: Duration) -> Result<Inserted, StoreError> {
        self.at(key)?.insert_if_absent(key, value, ttl).await
    }

    async fn get(&self, key: &Key) -> Result<Option<Bytes>, StoreError> {
        let found = self.at(key)?.get(key).await;
        // Everybody who reads at once has read before anybody goes on: races happen in every run.
        tokio::task::yield_now().await;
        found
    }

    async fn compare_exchange(
        &self,
        key: &Key,
        expected: Option<&[u8]>,
        new: &[u8],
        ttl: Duration,
    ) -> Result<Exchange, StoreError> {
        self.at(key)?.compare_exchange(key, expected, new, ttl).await
    }

    async fn remove(&self, key: &Key) -> Result<Option<Bytes>, StoreError> {
        self.at(key)?.remove(key).await
    }

    async fn add_up_to(
        &self,
        key: &Key,
        amount: u64,
        limit: u64,
        ttl: Duration,
    ) -> Result<Added, StoreError> {
        self.at(key)?.add_up_to(key, amount, limit, ttl).await
    }

    async fn refund(&self, key: &Key, amount: u64) -> Result<(), StoreError> {
        self.at(key)?.refund(key, amount).await
    }

    async fn take_quota(&self, key: &Key, quota: Quota, units: u32) -> Result<QuotaDecision, StoreError> {
        self.at(key)?.take_quota(key, quota, units).await
    }

    async fn append(&self, log: &Key, value: &[u8], bound: LogBound) -> Result<u64, StoreError> {
        self.at(log)?.append(log, value, bound).await
    }

    async fn read_since(&self, log: &Key, after: u64, limit: usize) -> Result<Vec<LogEntry>, StoreError> {
        self.at(log)?.read_since(log, after, limit).await
    }

    async fn publish(&self, channel: &Key, message: &[u8]) -> Result<(), StoreError> {
        self.up()?.publish(channel, message).await
    }

    async fn subscribe(&self, channel: &Key) -> Result<Subscription, StoreError> {
        self.up()?.subscribe(channel).await
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.up()?.check().await
    }
}
