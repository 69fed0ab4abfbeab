//! Any list, page size and cursor: each item is visited once, and no other cursor is taken.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| openphone_mcp_protocol_fuzz::cursor(input));
