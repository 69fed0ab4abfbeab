//! What every backend must do, as one test suite.
//!
//! Implement [`Harness`] for the backend and expand [`contract_tests!`](crate::contract_tests) in an integration
//! test: each case becomes a test of its own. The suite asks for `tokio` with `macros` and `rt-multi-thread`.
//!
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//! use state_store::contract::Harness;
//! use state_store::embedded::EmbeddedStore;
//! use state_store::{ManualClock, Store};
//!
//! #[derive(Default)]
//! struct Memory {
//!     clock: Arc<ManualClock>,
//! }
//!
//! impl Harness for Memory {
//!     fn stores(&self) -> Vec<Arc<dyn Store>> {
//!         vec![Arc::new(EmbeddedStore::in_memory(self.clock.clone()))]
//!     }
//!     async fn advance(&self, by: Duration) {
//!         self.clock.advance(by);
//!     }
//!     fn has_exact_clock(&self) -> bool {
//!         true
//!     }
//! }
//!
//! state_store::contract_tests!(Some(Memory::default()));
//! ```
//!
//! To add a case: write it in the module of its subject and name it in the macro.

#![expect(clippy::expect_used, clippy::panic, reason = "this is a test suite")]
#![expect(missing_docs, reason = "the name of a case is what it says")]

pub mod channels;
pub mod counters;
pub mod kinds;
pub mod logs;
pub mod model;
pub mod quotas;
pub mod races;
pub mod values;

use std::sync::Arc;
use std::time::Duration;

use crate::store::{Key, Store};

/// A backend under test, with nothing in it.
pub trait Harness: Send + Sync + 'static {
    /// Every way into the same data: one store, or several instances that share an engine. At least one.
    fn stores(&self) -> Vec<Arc<dyn Store>>;

    /// Lets at least so much time pass for the store. Cases ask for fractions of a second.
    fn advance(&self, by: Duration) -> impl Future<Output = ()> + Send;

    /// Whether time passes only by [`Harness::advance`], so that every time can be foretold to the millisecond.
    fn has_exact_clock(&self) -> bool;

    /// How many random histories [`model`] tries.
    fn histories(&self) -> u32 {
        64
    }
}

/// Expands to one test per case of the suite. The argument is an expression of type `Option<impl Harness>`, evaluated
/// for each case; `None` skips it, and whoever returns it says so.
///
/// `contract_tests!(sequence make)` runs all cases in the test that it stands in, for an engine that is slow to start:
/// `make` is given a case's name and makes its harness, in which there must be nothing yet.
#[macro_export]
macro_rules! contract_tests {
    ($harness:expr) => {
        $crate::contract_tests! { @all modules $harness }
    };
    (sequence $make:expr) => {
        $crate::contract_tests! { @all sequence $make }
    };
    (@all $form:ident $harness:expr) => {
        $crate::contract_tests! { @$form $harness;
            values: [stores_once, compare_exchange, swaps_in_order, removes_once, any_bytes, too_large, keys_are_separate,
                expires, every_write_sets_its_time_to_live, extreme_times_to_live];
            counters: [adds_up_to_the_limit, refunds, counts_in_a_fixed_window, extreme_amounts];
            quotas: [grants_the_burst_and_no_more, grows_back, units_and_shapes, extreme_quotas];
            logs: [numbers_entries, keeps_the_newest, reads_in_pages, expires_as_a_whole];
            kinds: [never_mixed_up];
            races: [one_insert_wins, one_remove_wins, one_exchange_wins, the_counter_never_passes_its_limit,
                the_quota_never_gives_more, log_numbers_are_distinct];
            channels: [delivers_to_all_who_listen, channels_are_separate, ends_with_its_listener,
                a_slow_reader_loses_the_oldest];
            model: [random_histories];
        }
    };
    (@sequence $make:expr; $($module:ident: [$($case:ident),+];)+) => {
        $($(
            let harness = $make(concat!(stringify!($module), "-", stringify!($case))).await;
            $crate::contract::$module::$case(&harness).await;
        )+)+
    };
    (@modules $harness:expr; $($module:ident: [$($case:ident),+];)+) => {
        $(
            mod $module {
                #[allow(unused_imports, reason = "the harness expression is written for the parent")]
                use super::*;
                $(
                    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                    async fn $case() {
                        if let Some(harness) = $harness {
                            $crate::contract::$module::$case(&harness).await;
                        }
                    }
                )+
            }
        )+
    };
}

/// Longer than any case takes.
const LONG: Duration = Duration::from_secs(3600);
/// Short enough to wait for.
const SHORT: Duration = Duration::from_millis(100);
/// Short enough to wait for once, and long enough for a few steps on a busy machine.
const ROOMY: Duration = Duration::from_secs(2);

fn first_store(harness: &impl Harness) -> Arc<dyn Store> {
    harness.stores().remove(0)
}

fn key(id: &str) -> Key {
    Key::new("contract", id)
}

/// Whether `actual` is the foretold time, or up to it where time passes by itself.
#[track_caller]
fn assert_remaining(harness: &impl Harness, actual: Duration, foretold: Duration) {
    if harness.has_exact_clock() {
        assert_eq!(actual, foretold);
    } else {
        assert!(Duration::ZERO < actual && actual <= foretold, "{actual:?} of {foretold:?}");
    }
}
