//! The state store, with its operations counted and timed.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use state_store::{
    Added, Exchange, Inserted, Key, LogBound, LogEntry, Quota, QuotaDecision, Store, StoreError,
    Subscription, Swap,
};
use tokio::time::Instant;

use super::metrics::Metrics;

/// A store whose operations are counted.
pub struct ObservedStore {
    store: Arc<dyn Store>,
    metrics: Arc<Metrics>,
}

impl ObservedStore {
    /// Counts what is asked of `store`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, metrics: Arc<Metrics>) -> Self {
        Self { store, metrics }
    }

    async fn watch<T>(
        &self,
        operation: &'static str,
        work: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        let began = Instant::now();
        let result = work.await;
        self.metrics.store_operation(operation, result.is_ok(), began.elapsed());
        result
    }
}

impl std::fmt::Debug for ObservedStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ObservedStore").finish_non_exhaustive()
    }
}

#[async_trait]
impl Store for ObservedStore {
    fn is_exclusive(&self) -> bool {
        self.store.is_exclusive()
    }

    fn replicated(&self) -> Option<Arc<dyn Store>> {
        let replicated = self.store.replicated()?;
        Some(Arc::new(Self::new(replicated, Arc::clone(&self.metrics))))
    }

    async fn insert_if_absent(&self, key: &Key, value: &[u8], ttl: Duration) -> Result<Inserted, StoreError> {
        self.watch("insert_if_absent", self.store.insert_if_absent(key, value, ttl)).await
    }

    async fn get(&self, key: &Key) -> Result<Option<Bytes>, StoreError> {
        self.watch("get", self.store.get(key)).await
    }

    async fn compare_exchange(
        &self,
        key: &Key,
        expected: Option<&[u8]>,
        new: &[u8],
        ttl: Duration,
    ) -> Result<Exchange, StoreError> {
        self.watch("compare_exchange", self.store.compare_exchange(key, expected, new, ttl)).await
    }

    async fn swap_in_order(&self, swaps: Vec<Swap>) -> Result<usize, StoreError> {
        self.watch("swap_in_order", self.store.swap_in_order(swaps)).await
    }

    async fn remove(&self, key: &Key) -> Result<Option<Bytes>, StoreError> {
        self.watch("remove", self.store.remove(key)).await
    }

    async fn add_up_to(
        &self,
        key: &Key,
        amount: u64,
        limit: u64,
        ttl: Duration,
    ) -> Result<Added, StoreError> {
        self.watch("add_up_to", self.store.add_up_to(key, amount, limit, ttl)).await
    }

    async fn refund(&self, key: &Key, amount: u64) -> Result<(), StoreError> {
        self.watch("refund", self.store.refund(key, amount)).await
    }

    async fn take_quota(&self, key: &Key, quota: Quota, units: u32) -> Result<QuotaDecision, StoreError> {
        self.watch("take_quota", self.store.take_quota(key, quota, units)).await
    }

    async fn append(&self, log: &Key, value: &[u8], bound: LogBound) -> Result<u64, StoreError> {
        self.watch("append", self.store.append(log, value, bound)).await
    }

    async fn read_since(&self, log: &Key, after: u64, limit: usize) -> Result<Vec<LogEntry>, StoreError> {
        self.watch("read_since", self.store.read_since(log, after, limit)).await
    }

    async fn publish(&self, channel: &Key, message: &[u8]) -> Result<(), StoreError> {
        self.watch("publish", self.store.publish(channel, message)).await
    }

    async fn subscribe(&self, channel: &Key) -> Result<Subscription, StoreError> {
        self.watch("subscribe", self.store.subscribe(channel)).await
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.watch("check", self.store.check()).await
    }
}
