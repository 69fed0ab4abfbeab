//! Stores that fail on purpose.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use state_store::embedded::EmbeddedStore;
use state_store::{
    Added, Clock, Exchange, Inserted, Key, LogBound, LogEntry, Quota, QuotaDecision, Store, StoreError,
    Subscription,
};

/// 2^64 over the golden ratio: steps of it come to every place before they come to one twice.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// A store that can be cut off, at once or after a number of writes.
pub(crate) struct Breakable {
    inner: Arc<EmbeddedStore>,
    broken: AtomicBool,
    writes_left: AtomicU64,
    /// Writes that the replicas still have in time; later ones happen and are unavailable.
    replicated_left: AtomicU64,
    /// What a store whose writes wait for replicas is here: one that is cut off by itself.
    replicated: Option<Arc<Self>>,
    /// Where each operation lets other tasks go first, how often; it is this process's alone then.
    pauses: Option<AtomicU64>,
}

impl Breakable {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self::whole(clock))
    }

    /// A store of one process, in which calls at once come between each other's operations, in another order for each seed.
    pub(crate) fn shuffled(clock: Arc<dyn Clock>, seed: u64) -> Arc<Self> {
        Arc::new(Self { pauses: Some(AtomicU64::new(seed.wrapping_mul(GOLDEN))), ..Self::whole(clock) })
    }

    fn whole(clock: Arc<dyn Clock>) -> Self {
        Self {
            inner: Arc::new(EmbeddedStore::in_memory(clock)),
            broken: AtomicBool::new(false),
            writes_left: AtomicU64::new(u64::MAX),
            replicated_left: AtomicU64::new(u64::MAX),
            replicated: None,
            pauses: None,
        }
    }

    /// A store with replicas, and what waits for them: both over one engine.
    pub(crate) fn with_replicas(clock: Arc<dyn Clock>) -> (Arc<Self>, Arc<Self>) {
        let replicated = Self::new(clock);
        let plain = Self {
            inner: Arc::clone(&replicated.inner),
            broken: AtomicBool::new(false),
            writes_left: AtomicU64::new(u64::MAX),
            replicated_left: AtomicU64::new(u64::MAX),
            replicated: Some(Arc::clone(&replicated)),
            pauses: None,
        };
        (Arc::new(plain), replicated)
    }

    pub(crate) fn break_now(&self) {
        self.broken.store(true, Ordering::SeqCst);
    }

    pub(crate) fn break_after_writes(&self, writes: u64) {
        self.writes_left.store(writes, Ordering::SeqCst);
    }

    /// The replicas are late from then on.
    pub(crate) fn late_after_writes(&self, writes: u64) {
        self.replicated_left.store(writes, Ordering::SeqCst);
    }

    pub(crate) fn mend(&self) {
        self.replicated_left.store(u64::MAX, Ordering::SeqCst);
        self.writes_left.store(u64::MAX, Ordering::SeqCst);
        self.broken.store(false, Ordering::SeqCst);
    }

    /// What the caller learns of a write that happened.
    fn arrived<T>(&self, done: Result<T, StoreError>) -> Result<T, StoreError> {
        let left = &self.replicated_left;
        let in_time = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if in_time.is_err() { Err(StoreError::Unavailable("late".into())) } else { done }
    }

    /// Mostly some turns and now and then a hundred, in no order: the steps of `splitmix64`.
    async fn pause(&self) {
        let Some(pauses) = &self.pauses else { return };
        let state = pauses.fetch_add(GOLDEN, Ordering::SeqCst);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        for _ in 1..1_u32 << (mixed >> 61) {
            tokio::task::yield_now().await;
        }
    }

    async fn read(&self) -> Result<(), StoreError> {
        self.pause().await;
        if self.broken.load(Ordering::SeqCst) {
            Err(StoreError::Unavailable("cut off".into()))
        } else {
            Ok(())
        }
    }

    async fn write(&self) -> Result<(), StoreError> {
        let left =
            self.writes_left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if left.is_err() {
            self.break_now();
        }
        self.read().await
    }
}

#[async_trait]
impl Store for Breakable {
    fn is_exclusive(&self) -> bool {
        self.pauses.is_some()
    }

    fn replicated(&self) -> Option<Arc<dyn Store>> {
        self.replicated.clone().map(|store| store as Arc<dyn Store>)
    }

    async fn insert_if_absent(&self, key: &Key, value: &[u8], ttl: Duration) -> Result<Inserted, StoreError> {
        self.write().await?;
        self.arrived(self.inner.insert_if_absent(key, value, ttl).await)
    }

    async fn get(&self, key: &Key) -> Result<Option<Bytes>, StoreError> {
        self.read().await?;
        self.inner.get(key).await
    }

    async fn compare_exchange(
        &self,
        key: &Key,
        expected: Option<&[u8]>,
        new: &[u8],
        ttl: Duration,
    ) -> Result<Exchange, StoreError> {
        self.write().await?;
        self.arrived(self.inner.compare_exchange(key, expected, new, ttl).await)
    }

    async fn remove(&self, key: &Key) -> Result<Option<Bytes>, StoreError> {
        self.write().await?;
        self.arrived(self.inner.remove(key).await)
    }

    async fn add_up_to(
        &self,
        key: &Key,
        amount: u64,
        limit: u64,
        ttl: Duration,
    ) -> Result<Added, StoreError> {
        self.write().await?;
        self.inner.add_up_to(key, amount, limit, ttl).await
    }

    async fn refund(&self, key: &Key, amount: u64) -> Result<(), StoreError> {
        self.write().await?;
        self.inner.refund(key, amount).await
    }

    async fn take_quota(&self, key: &Key, quota: Quota, units: u32) -> Result<QuotaDecision, StoreError> {
        self.write().await?;
        self.inner.take_quota(key, quota, units).await
    }

    async fn append(&self, log: &Key, value: &[u8], bound: LogBound) -> Result<u64, StoreError> {
        self.write().await?;
        self.inner.append(log, value, bound).await
    }

    async fn read_since(&self, log: &Key, after: u64, limit: usize) -> Result<Vec<LogEntry>, StoreError> {
        self.read().await?;
        self.inner.read_since(log, after, limit).await
    }

    async fn publish(&self, channel: &Key, message: &[u8]) -> Result<(), StoreError> {
        self.write().await?;
        self.inner.publish(channel, message).await
    }

    async fn subscribe(&self, channel: &Key) -> Result<Subscription, StoreError> {
        self.read().await?;
        self.inner.subscribe(channel).await
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.read().await
    }
}

/// A store that keeps every key and value that was written, to look for what must not be there.
pub(crate) struct Recording {
    inner: EmbeddedStore,
    written: std::sync::Mutex<Vec<(String, Vec<u8>)>>,
}

impl Recording {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self { inner: EmbeddedStore::in_memory(clock), written: std::sync::Mutex::default() })
    }

    pub(crate) fn written(&self) -> Vec<(String, Vec<u8>)> {
        self.written.lock().expect("not poisoned").clone()
    }

    fn record(&self, key: &Key, value: &[u8]) {
        self.written.lock().expect("not poisoned").push((key.to_string(), value.to_vec()));
    }
}

#[async_trait]
impl Store for Recording {
    async fn insert_if_absent(&self, key: &Key, value: &[u8], ttl: Duration) -> Result<Inserted, StoreError> {
        self.record(key, value);
        self.inner.insert_if_absent(key, value, ttl).await
    }

    async fn get(&self, key: &Key) -> Result<Option<Bytes>, StoreError> {
        self.inner.get(key).await
    }

    async fn compare_exchange(
        &self,
        key: &Key,
        expected: Option<&[u8]>,
        new: &[u8],
        ttl: Duration,
    ) -> Result<Exchange, StoreError> {
        self.record(key, new);
        self.inner.compare_exchange(key, expected, new, ttl).await
    }

    async fn remove(&self, key: &Key) -> Result<Option<Bytes>, StoreError> {
        self.inner.remove(key).await
    }

    async fn add_up_to(
        &self,
        key: &Key,
        amount: u64,
        limit: u64,
        ttl: Duration,
    ) -> Result<Added, StoreError> {
        self.record(key, &[]);
        self.inner.add_up_to(key, amount, limit, ttl).await
    }

    async fn refund(&self, key: &Key, amount: u64) -> Result<(), StoreError> {
        self.inner.refund(key, amount).await
    }

    async fn take_quota(&self, key: &Key, quota: Quota, units: u32) -> Result<QuotaDecision, StoreError> {
        self.record(key, &[]);
        self.inner.take_quota(key, quota, units).await
    }

    async fn append(&self, log: &Key, value: &[u8], bound: LogBound) -> Result<u64, StoreError> {
        self.record(log, value);
        self.inner.append(log, value, bound).await
    }

    async fn read_since(&self, log: &Key, after: u64, limit: usize) -> Result<Vec<LogEntry>, StoreError> {
        self.inner.read_since(log, after, limit).await
    }

    async fn publish(&self, channel: &Key, message: &[u8]) -> Result<(), StoreError> {
        self.record(channel, message);
        self.inner.publish(channel, message).await
    }

    async fn subscribe(&self, channel: &Key) -> Result<Subscription, StoreError> {
        self.inner.subscribe(channel).await
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.inner.check().await
    }
}
