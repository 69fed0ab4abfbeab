//! Any submission of a consent form, around genuine transactions and cookies.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    openphone_mcp_oauth_server_fuzz::consent_form(input);
});
