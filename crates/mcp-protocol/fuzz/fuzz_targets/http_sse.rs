//! Any script of streams and messages over HTTP+SSE.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| openphone_mcp_protocol_fuzz::http_sse(input));
