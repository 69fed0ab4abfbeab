//! The application with its MCP server, as clients and visitors meet it, and its store under the stores' own suite.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests: a failed expectation is the report")]

mod docs;
mod doctor;
mod limits;
mod login;
mod routes;
mod stage;
mod store;
