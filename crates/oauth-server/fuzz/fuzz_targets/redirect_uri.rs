//! Any redirect URI registered, and any asked for: against two URL parsers and a naive idea of what is the same.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    openphone_mcp_oauth_server_fuzz::redirect_uri(input);
});
