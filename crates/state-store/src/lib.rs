//! The little shared state of an otherwise stateless server, behind one trait.
//!
//! [`Store`] is a handful of atomic operations on small values that all expire. Domain rules (single-use
//! codes, refresh families, send ledgers, quotas) are written once, above the trait, in the crates that own
//! them. One machine needs no server: the `embedded` backend is a file, or memory. Many machines share an
//! existing engine: the `redis` backend works with Redis and Valkey.
//!
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//! use state_store::embedded::EmbeddedStore;
//! use state_store::{Inserted, Key, Store as _, SystemClock};
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let store = EmbeddedStore::in_memory(Arc::new(SystemClock));
//! let key = Key::new("used-code", "5f0c");
//! let first = store.insert_if_absent(&key, b"", Duration::from_secs(60)).await?;
//! assert_eq!(first, Inserted::Stored);
//! # Ok::<(), state_store::StoreError>(())
//! # }).unwrap();
//! ```
//!
//! To add a backend: implement [`Store`], then run the `contract` suite on it.

#[cfg(any(feature = "embedded", feature = "redis"))]
mod channels;
pub mod clock;
#[cfg(feature = "contract")]
pub mod contract;
#[cfg(feature = "embedded")]
pub mod embedded;
#[cfg(feature = "redis")]
pub mod redis;
pub mod store;

pub use clock::{Clock, ManualClock, SystemClock};
pub use store::{
    Added, Exchange, Inserted, Key, LogBound, LogEntry, Quota, QuotaDecision, Store, StoreError,
    Subscription, Swap,
};
