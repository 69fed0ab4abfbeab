//! Any bytes as a whole answer (status, two headers, body): the error that comes of it holds no key, is bounded,
//! and never says that something may be repeated that may have happened.
//!
//! The input's first two bytes are the status, the next two lines the headers, the rest the body.
#![no_main]

use libfuzzer_sys::fuzz_target;
use openphone_client::ErrorKind;

const KEY: &str = "fuzz-key-0123456789";

fuzz_target!(|input: &[u8]| {
    let Some((status, rest)) = input.split_first_chunk::<2>() else { return };
    let mut parts = rest.splitn(3, |byte| *byte == b'\n');
    let mut next = || parts.next().unwrap_or_default();
    let (retry_after, budget, body) = (next(), next(), next());
    let headers: [(&str, &[u8]); 3] =
        [("retry-after", retry_after), ("ratelimit", budget), ("date", b"Wed, 25 Nov 2026 10:00:00 GMT")];
    let status = 200 + u16::from_le_bytes(*status) % 400;
    for error in openphone_client::fuzzing::judge_all(status, &headers, body, KEY) {
        let printed = format!("{error} {error:?}");
        assert!(!printed.contains(KEY));
        assert!(printed.len() < 100_000);
        assert!(!(error.kind() == ErrorKind::OutcomeUnknown && error.is_retryable()));
        assert!(error.retry_after().is_none_or(|wait| wait.as_secs() <= 86_400));
    }
});
