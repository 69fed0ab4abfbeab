//! Any Authorization headers at any path of the embedder's.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    openphone_mcp_oauth_server_fuzz::bearer_header(input);
});
