//! Bounds what retries may add to the traffic: when everything fails, everyone retrying triples the load on a
//! host that is down.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// What one retry costs, in tenths of a retry; a request that is not a retry brings one tenth.
const COST: u32 = 10;
/// What is there from the start and can be saved up at most, in tenths: 20 retries.
const RESERVE: u32 = 20 * COST;

/// Tenths of retries that are left.
#[derive(Debug)]
pub(crate) struct RetryBudget(Mutex<u32>);

impl RetryBudget {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(RESERVE))
    }

    /// Counts a request that is not a retry.
    pub(crate) fn deposit(&self) {
        let mut tenths = self.lock();
        *tenths = (*tenths + 1).min(RESERVE);
    }

    /// Takes one retry if there is one.
    pub(crate) fn withdraw(&self) -> bool {
        let mut tenths = self.lock();
        let left = tenths.checked_sub(COST);
        *tenths = left.unwrap_or(*tenths);
        left.is_some()
    }

    fn lock(&self) -> MutexGuard<'_, u32> {
        // A number cannot be left half-changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_requests_earn_one_retry() {
        let budget = RetryBudget::new();
        let spent = std::iter::repeat_with(|| budget.withdraw()).take_while(|granted| *granted).count();
        assert_eq!(spent, 20, "the reserve");
        for _ in 0..9 {
            budget.deposit();
        }
        assert!(!budget.withdraw());
        budget.deposit();
        assert!(budget.withdraw());
        assert!(!budget.withdraw());
    }

    #[test]
    fn no_more_than_the_reserve_is_saved_up() {
        let budget = RetryBudget::new();
        for _ in 0..1000 {
            budget.deposit();
        }
        assert_eq!(std::iter::repeat_with(|| budget.withdraw()).take_while(|granted| *granted).count(), 20);
    }
}
