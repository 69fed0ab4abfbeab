//! Any token requests, one after the other, around genuine codes and tokens.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    openphone_mcp_oauth_server_fuzz::token_request(input);
});
