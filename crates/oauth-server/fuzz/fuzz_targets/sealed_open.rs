//! Every sealed thing, changed in any way, where it belongs.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    openphone_mcp_oauth_server_fuzz::sealed_open(input);
});
