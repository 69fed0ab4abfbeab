//! The fuzz targets of mcp-protocol: what each does with an input, and what must hold of whatever comes of it.
//!
//! `fuzz_targets/` hands them to libFuzzer; the crate's own tests (`tests/it/fuzzing.rs`) play every seed through
//! them, so that each test run holds what the fuzzer once looked for. Only the public interface is used.
//!
//! A new target is a function here, a row in [`TARGETS`], a file in `fuzz_targets/` and seeds.

mod answer;
mod cursor;
mod http_sse;
mod input_responses;
mod ledger;
mod memory;
mod message;
mod request;
mod script;
mod server;
mod sse;
mod stdio;
mod streamable_http;
mod tools;
mod world;

pub use cursor::cursor;
pub use http_sse::http_sse;
pub use input_responses::input_responses;
pub use stdio::stdio;
pub use streamable_http::streamable_http;

/// Plays one input.
pub type Target = fn(&[u8]);

/// Every target by its name.
pub const TARGETS: [(&str, Target); 5] = [
    ("cursor", cursor),
    ("http_sse", http_sse),
    ("input_responses", input_responses),
    ("stdio", stdio),
    ("streamable_http", streamable_http),
];
