//! The contract on every backend, and what each backend promises besides.

#![expect(clippy::expect_used, clippy::panic, reason = "helpers of tests fail by panicking, as tests do")]

mod embedded_file;
mod embedded_journal;
mod embedded_memory;
mod place;
mod redis;
mod redis_cluster;
mod redis_fitness;
mod redis_replicated;
mod redis_sentinel;
mod redis_server;
mod redis_tls;

use std::time::Duration;

/// 2026-11-23, as good a moment as any.
const START: Duration = Duration::from_secs(1_795_392_000);
