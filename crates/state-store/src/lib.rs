//! The little shared state of an otherwise stateless server, behind one trait.
//!
//! [`Store`] is a handful of atomic operations on small values that all expire. Domain rules (single-use
//! codes, refresh families, send ledgers, quotas) are written once, above the trait, in the crates that own
//! them. One machine needs no server: the `embedded` backend is a file, or memory. Many machines share an
//! existing engine: the `redis` backend works with Redis and Valkey.
//!
//! To add a backend: implement [`Store`], then run the `contract` suite on it.

pub mod clock;
pub mod store;

pub use clock::{Clock, ManualClock, SystemClock};
pub use store::{
    Added, Exchange, Inserted, Key, LogBound, LogEntry, Quota, QuotaDecision, Store, StoreError, Subscription,
};
