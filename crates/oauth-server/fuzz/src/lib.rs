//! The fuzz targets of oauth-server: what each does with an input, and what must hold of whatever comes of it.
//!
//! `fuzz_targets/` hands them to libFuzzer; the crate's own tests (`tests/it/fuzzing.rs`) play every seed through
//! them, so that each test run holds what the fuzzer once looked for. Only the public interface is used: whole requests
//! to a server in memory. Each target says what came of its input, so that the tests can see how deep the seeds reach.
//!
//! A new target is a function here, a row in [`TARGETS`], a file in `fuzz_targets/` and seeds.

mod authorize_query;
mod bearer_header;
mod challenge;
mod client_assertion;
mod client_document;
mod connections_form;
mod consent_form;
mod genuine;
mod judge;
mod redirect_uri;
mod register_json;
mod revoke;
mod sealed_open;
mod service;
mod signed_out;
mod token_request;
mod wire;
mod world;

pub use authorize_query::authorize_query;
pub use bearer_header::bearer_header;
pub use challenge::challenge;
pub use client_assertion::client_assertion;
pub use client_document::client_document;
pub use connections_form::connections_form;
pub use consent_form::consent_form;
pub use redirect_uri::redirect_uri;
pub use register_json::register_json;
pub use revoke::revoke;
pub use sealed_open::sealed_open;
pub use signed_out::signed_out;
pub use token_request::token_request;

/// Plays one input, and says what came of it.
pub type Target = fn(&[u8]) -> String;

/// Every target by its name.
pub const TARGETS: [(&str, Target); 13] = [
    ("authorize_query", authorize_query),
    ("bearer_header", bearer_header),
    ("challenge", challenge),
    ("client_assertion", client_assertion),
    ("client_document", client_document),
    ("connections_form", connections_form),
    ("consent_form", consent_form),
    ("redirect_uri", redirect_uri),
    ("register_json", register_json),
    ("revoke", revoke),
    ("sealed_open", sealed_open),
    ("signed_out", signed_out),
    ("token_request", token_request),
];
