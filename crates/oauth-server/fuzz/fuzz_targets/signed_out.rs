//! Any query at the page that says why somebody was signed out.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    openphone_mcp_oauth_server_fuzz::signed_out(input);
});
