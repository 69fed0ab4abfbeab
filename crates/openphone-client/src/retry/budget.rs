//! Bounds what retries may add to the traffic: when everything fails, everyone retrying triples the load on a
//! host that is down.

use std::sync::Mutex;

/// Share of the traffic that retries may add.
const SHARE: f64 = 0.1;
/// Retries that are there from the start and can be saved up at most.
const RESERVE: f64 = 20.0;

/// A bucket that each request fills by [`SHARE`] and each retry empties by one.
#[derive(Debug)]
pub(crate) struct RetryBudget(Mutex<f64>);

impl RetryBudget {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(RESERVE))
    }

    /// Counts a request that is not a retry.
    pub(crate) fn deposit(&self) {
        self.change(|saved| *saved = (*saved + SHARE).min(RESERVE));
    }

    /// Takes one retry if there is one.
    pub(crate) fn withdraw(&self) -> bool {
        let mut granted = false;
        self.change(|saved| {
            granted = *saved >= 1.0;
            *saved -= f64::from(u8::from(granted));
        });
        granted
    }

    fn change(&self, change: impl FnOnce(&mut f64)) {
        // A number cannot be left half-changed: a poisoned lock is as good as another.
        change(&mut self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
    }
}
