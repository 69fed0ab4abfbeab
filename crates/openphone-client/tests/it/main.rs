//! Tests of `openphone-client`: pure tables, and the whole client against a scripted server ([`server`]) for
//! what no healthy API does, and against the simulator for what it does.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "helpers of tests fail by panicking, as tests do"
)]

mod chaos;
mod contact_update;
mod error_table;
mod errors;
mod faults;
mod ids;
mod observer;
mod openapi;
mod pacing;
mod page;
mod privacy;
mod repeats;
mod resources;
mod retry;
mod round_trip;
mod server;
mod tolerance;
mod webhooks;
mod wire;
