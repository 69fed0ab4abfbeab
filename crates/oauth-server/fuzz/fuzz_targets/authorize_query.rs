//! Any query at the authorization endpoint, and both decisions on the page that it opens.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    openphone_mcp_oauth_server_fuzz::authorize_query(input);
});
