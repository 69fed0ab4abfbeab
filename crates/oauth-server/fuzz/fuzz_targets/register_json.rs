//! Any registration, and the use of what was registered.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    openphone_mcp_oauth_server_fuzz::register_json(input);
});
