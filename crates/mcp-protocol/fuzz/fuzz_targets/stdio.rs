//! Any script of lines over stdio.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| openphone_mcp_protocol_fuzz::stdio(input));
