//! Any bytes as any successful answer: none panics a decoder, or the printing of what it read.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| openphone_client::fuzzing::decode_all(body));
