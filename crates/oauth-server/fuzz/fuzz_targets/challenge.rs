//! Any scopes and paths in a challenge, read back by a strict parser.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    openphone_mcp_oauth_server_fuzz::challenge(input);
});
