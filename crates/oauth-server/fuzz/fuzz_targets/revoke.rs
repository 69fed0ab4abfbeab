//! Any revocations: they end what they name, for its owner, and nothing else.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    openphone_mcp_oauth_server_fuzz::revoke(input);
});
