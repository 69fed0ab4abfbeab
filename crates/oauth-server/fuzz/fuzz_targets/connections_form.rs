//! Any submission on the page of connected apps, around genuine pages and cookies.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    openphone_mcp_oauth_server_fuzz::connections_form(input);
});
