//! The rate limit: a fixed window of one second of the clock per key, shared by both surfaces.

use bytes::Bytes;
use http::{HeaderValue, Response};
use jiff::Timestamp;

/// One key's budget in the current second.
#[derive(Debug, Default)]
pub(crate) struct Window {
    second: i64,
    used: u32,
}

impl Window {
    /// Takes one request out of the budget; `None` when it is used up until the next second.
    pub(crate) fn take(&mut self, now: Timestamp, budget: u32) -> Option<u32> {
        let second = now.as_second();
        if second != self.second {
            *self = Self { second, used: 0 };
        }
        if self.used >= budget {
            return None;
        }
        self.used += 1;
        Some(budget - self.used)
    }
}

/// The undocumented headers that the real API sends, in the form of the IETF draft.
pub(crate) fn announce(response: &mut Response<Bytes>, remaining: u32, budget: u32) {
    for (name, value) in [
        ("ratelimit", format!("\"per-second\"; r={remaining}; t=1")),
        ("ratelimit-policy", format!("\"per-second\"; q={budget}; w=1")),
    ] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
}
