//! A store that can be cut off from one instance while the others go on, and counts what is asked of it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use state_store::{
    Added, Exchange, Inserted, Key, LogBound, LogEntry, Quota, QuotaDecision, Store, StoreError, Subscription,
};

/// One instance's way to a store.
pub(crate) struct Cut {
    inner: Arc<dyn Store>,
    off: AtomicBool,
    mute: AtomicBool,
    asked: AtomicU64,
    lost: Mutex<Vec<Bytes>>,
}

impl Cut {
    pub(crate) fn new(inner: Arc<dyn Store>) -> Arc<Self> {
        let (off, mute, asked, lost) = Default::default();
        Arc::new(Self { inner, off, mute, asked, lost })
    }

    /// Nothing works.
    pub(crate) fn cut_off(&self, off: bool) {
        self.off.store(off, Ordering::SeqCst);
    }

    /// What is published is lost.
    pub(crate) fn mute(&self, mute: bool) {
        self.mute.store(mute, Ordering::SeqCst);
    }

    /// The messages that were lost.
    pub(crate) fn lost(&self) -> Vec<Bytes> {
        self.lost.lock().unwrap().clone()
    }

    /// How many operations were asked for.
    pub(crate) fn asked(&self) -> u64 {
        self.asked.load(Ordering::SeqCst)
    }

    fn up(&self) -> Result<&dyn Store, StoreError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if self.off.load(Ordering::SeqCst) {
            return Err(StoreError::Unavailable("cut off".into()));
        }
        Ok(&*self.inner)
    }
}

#[async_trait]
impl Store for Cut {
    async fn insert_if_absent(&self, key: &Key, value: &[u8], ttl: Duration) -> Result<Inserted, StoreError> {
        self.up()?.insert_if_absent(key, value, ttl).await
    }

    async fn get(&self, key: &Key) -> Result<Option<Bytes>, StoreError> {
        self.up()?.get(key).await
    }

    async fn compare_exchange(
        &self,
        key: &Key,
        expected: Option<&[u8]>,
        new: &[u8],
        ttl: Duration,
    ) -> Result<Exchange, StoreError> {
        self.up()?.compare_exchange(key, expected, new, ttl).await
    }

    async fn remove(&self, key: &Key) -> Result<Option<Bytes>, StoreError> {
        self.up()?.remove(key).await
    }

    async fn add_up_to(
        &self,
        key: &Key,
        amount: u64,
        limit: u64,
        ttl: Duration,
    ) -> Result<Added, StoreError> {
        self.up()?.add_up_to(key, amount, limit, ttl).await
    }

    async fn refund(&self, key: &Key, amount: u64) -> Result<(), StoreError> {
        self.up()?.refund(key, amount).await
    }

    async fn take_quota(&self, key: &Key, quota: Quota, units: u32) -> Result<QuotaDecision, StoreError> {
        self.up()?.take_quota(key, quota, units).await
    }

    async fn append(&self, log: &Key, value: &[u8], bound: LogBound) -> Result<u64, StoreError> {
        self.up()?.append(log, value, bound).await
    }

    async fn read_since(&self, log: &Key, after: u64, limit: usize) -> Result<Vec<LogEntry>, StoreError> {
        self.up()?.read_since(log, after, limit).await
    }

    async fn publish(&self, channel: &Key, message: &[u8]) -> Result<(), StoreError> {
        let store = self.up()?;
        if self.mute.load(Ordering::SeqCst) {
            self.lost.lock().unwrap().push(Bytes::copy_from_slice(message));
            return Ok(());
        }
        store.publish(channel, message).await
    }

    async fn subscribe(&self, channel: &Key) -> Result<Subscription, StoreError> {
        self.up()?.subscribe(channel).await
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.up()?.check().await
    }
}
