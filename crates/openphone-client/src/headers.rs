//! What the headers of a refusal say about when to come back.

use std::time::Duration;

use http::HeaderName;
use http::header::{DATE, HeaderMap, RETRY_AFTER};
use jiff::fmt::rfc2822;

/// Longest wait that is believed from `Retry-After`.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(24 * 60 * 60);
/// Longest time that is believed from `ratelimit`: the API's window is a second.
const MAX_RENEWAL: Duration = Duration::from_secs(60);
/// IETF draft `ratelimit-headers`, structured form. Seen on answers of the API, in no document of it.
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// `Retry-After` (RFC 9110 section 10.2.3): seconds, or a date, which counts from the answer's own `Date` so
/// that no clock of ours is needed.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let asked = text(headers, RETRY_AFTER)?;
    let seconds = match asked.parse::<u64>() {
        Ok(seconds) => seconds,
        Err(_) => {
            let until = rfc2822::parse(asked).ok()?.timestamp();
            let now = rfc2822::parse(text(headers, DATE)?).ok()?.timestamp();
            u64::try_from(until.as_second().saturating_sub(now.as_second())).unwrap_or(0)
        }
    };
    Some(Duration::from_secs(seconds).min(MAX_RETRY_AFTER))
}

/// The `t` of `ratelimit: "per-second"; r=0; t=1` when nothing remains (`r=0`): seconds until the budget is
/// there again. A hint, because the API documents none of it.
pub(crate) fn budget_renews_in(headers: &HeaderMap) -> Option<Duration> {
    let mut remaining = None;
    let mut renews_in = None;
    for parameter in text(headers, RATE_LIMIT)?.split(';').skip(1) {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().parse::<u64>().ok()?;
        match name.trim() {
            "r" => remaining = Some(value),
            "t" => renews_in = Some(Duration::from_secs(value)),
            _ => {}
        }
    }
    renews_in.filter(|_| remaining == Some(0)).map(|time| time.min(MAX_RENEWAL))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn headers(pairs: &[(HeaderName, &[u8])]) -> HeaderMap {
        let value = |bytes: &[u8]| HeaderValue::from_bytes(bytes).ok();
        pairs.iter().filter_map(|(name, bytes)| Some((name.clone(), value(bytes)?))).collect()
    }

    #[test]
    fn retry_after_in_seconds_and_as_a_date() {
        let date: (HeaderName, &[u8]) = (DATE, b"Wed, 25 Nov 2026 10:00:00 GMT");
        let table: [(&[u8], Option<u64>); 8] = [
            (b"3", Some(3)),
            (b" 3 ", Some(3)),
            (b"0", Some(0)),
            (b"99999999999", Some(86_400)),
            (b"Wed, 25 Nov 2026 10:00:07 GMT", Some(7)),
            (b"Wed, 25 Nov 2026 09:00:00 GMT", Some(0)),
            (b"soon", None),
            (b"-1", None),
        ];
        for (asked, expected) in table {
            let found = retry_after(&headers(&[(RETRY_AFTER, asked), date.clone()]));
            assert_eq!(found, expected.map(Duration::from_secs), "{}", String::from_utf8_lossy(asked));
        }
        let without_date = headers(&[(RETRY_AFTER, b"Wed, 25 Nov 2026 10:00:07 GMT")]);
        assert_eq!(retry_after(&without_date), None);
    }

    #[test]
    fn the_budget_renews_when_none_is_left() {
        let table: [(&[u8], Option<u64>); 8] = [
            (b"\"per-second\"; r=0; t=1", Some(1)),
            (b"\"per-second\";t=2;r=0", Some(2)),
            (b"\"per-second\"; r=0; t=99999", Some(60)),
            (b"\"per-second\"; r=0; t=1; pk=4", Some(1)),
            (b"\"per-second\"; r=3; t=1", None),
            (b"\"per-second\"; t=1", None),
            (b"\"per-second\"; r=0; t=soon", None),
            (b"r=0", None),
        ];
        for (value, expected) in table {
            let found = budget_renews_in(&headers(&[(RATE_LIMIT, value)]));
            assert_eq!(found, expected.map(Duration::from_secs), "{}", String::from_utf8_lossy(value));
        }
    }

    proptest! {
        #[test]
        fn nothing_in_them_panics(asked: Vec<u8>, date: Vec<u8>, budget in ".{0,40}[;=rt0-9 ]{0,20}") {
            let headers = headers(&[(RETRY_AFTER, &asked), (DATE, &date), (RATE_LIMIT, budget.as_bytes())]);
            prop_assert!(retry_after(&headers).is_none_or(|wait| wait <= MAX_RETRY_AFTER));
            prop_assert!(budget_renews_in(&headers).is_none_or(|wait| wait <= MAX_RENEWAL));
        }
    }
}
