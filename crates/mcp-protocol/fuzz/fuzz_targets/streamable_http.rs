//! Any script of requests over Streamable HTTP.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| openphone_mcp_protocol_fuzz::streamable_http(input));
