//! The binary as its users meet it: every test starts the real process, talks real HTTP to it, and checks at the
//! end that its log holds nothing secret.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests: a failed expectation is the report"
)]

mod admin;
mod audit;
mod beside_tools;
mod browser;
mod browser_pages;
mod browser_stage;
mod callers;
mod canary;
mod client_identity;
mod client_returns;
mod clients;
mod code_race;
mod configuration;
mod connections;
mod docs;
mod doctor;
mod fleet;
mod http_surface;
mod instances;
mod isolation;
mod limits;
mod metrics;
mod mounted;
mod narrowing;
mod operator;
mod otlp;
mod outage;
mod packaged;
mod path;
mod predecessor;
mod prometheus;
mod proxies;
mod replicas;
mod request_limits;
mod request_line;
mod requirements;
mod rmcp_client;
mod send_chaos;
mod sending;
mod sse;
mod startup;
mod stdio;
mod stopping;
mod store_faults;
mod store_relay;
mod store_shapes;
mod support;
mod tls;
mod tool_errors;
mod upgrade;
mod wire_surface;
