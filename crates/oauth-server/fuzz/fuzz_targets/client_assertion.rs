//! Any client assertion against any set of keys.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    openphone_mcp_oauth_server_fuzz::client_assertion(input);
});
