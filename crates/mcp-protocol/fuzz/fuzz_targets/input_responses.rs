//! Any JSON as the answer to every kind of question.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| openphone_mcp_protocol_fuzz::input_responses(input));
