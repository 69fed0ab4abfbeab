//! Integration tests: what goes over the wire, and what happens when it breaks.
//!
//! Tables of requests with their whole answers as snapshots: read the `.snap` files as the specification of this crate.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking, as tests do")]

mod asking;
mod connections;
mod examples;
mod fixture;
mod footprint;
mod fuzzing;
mod guard;
mod http_sse;
mod legacy;
mod modern;
mod must;
mod observer;

mod properties;
mod relay;
mod rmcp;
mod schema;
mod sockets;
mod stdio;
mod streams;
mod tower;
mod wire;
