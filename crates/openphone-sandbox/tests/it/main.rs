//! Requests in, answers out: the sandbox as a client sees it.

#![expect(clippy::unwrap_used, reason = "what a test's helper cannot read is the test's failure")]

mod calling;
mod contacts;
mod delivery;
mod error_table;
mod errors;
mod events;
mod faults;
mod isolation;
mod large;
mod options;
mod plans;
mod rate_limit;
mod receiver;
mod resources;
mod schema;
mod seed;
mod support;
mod tasks;
mod webhooks;
mod wire;
