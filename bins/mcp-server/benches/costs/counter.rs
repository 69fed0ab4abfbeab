//! Does a case over and over, and counts what one repetition allocates. The instructions are counted by whoever runs the
//! program, between the beginning and the end of [`counted`].

use std::alloc::System;
use std::cell::Cell;

use serde_json::json;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tokio::runtime::Runtime;

use crate::Failure;

/// A few instructions are its own, for each allocation.
#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// How often a case is done unless told otherwise.
const REPETITIONS: u32 = 100;
/// How often before anything counts.
const WARM_UP: u32 = 20;

/// Which cases are counted, and how often each is done.
#[derive(Debug)]
pub(crate) struct Counter {
    cases: Vec<String>,
    repetitions: u32,
    runtime: Runtime,
}

impl Counter {
    pub(crate) fn new(arguments: &[String]) -> Result<Self, Failure> {
        let (mut cases, mut repetitions) = (Vec::new(), REPETITIONS);
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value"));
            match argument.as_str() {
                "--case" => cases.push(value()?.clone()),
                "--repetitions" => repetitions = value()?.parse()?,
                // `cargo bench` says it.
                "--bench" => {}
                _ => return Err(format!("unknown argument {argument}").into()),
            }
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Self { cases, repetitions: repetitions.max(1), runtime })
    }

    /// Where cases are prepared, and done.
    pub(crate) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// How often a case is done in all, for those that use something up each time.
    pub(crate) fn times(&self) -> usize {
        (WARM_UP + self.repetitions) as usize
    }

    /// Whether any case of a name that begins like this is asked for.
    pub(crate) fn wants(&self, group: &str) -> bool {
        self.cases.is_empty()
            || self.cases.iter().any(|case| case.starts_with(group) || group.starts_with(case))
    }

    /// Counts a case, if it is asked for.
    pub(crate) fn count(
        &self,
        name: &str,
        once: impl AsyncFnMut() -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        self.count_times(name, self.repetitions, WARM_UP, once)
    }

    /// The same for one that takes long, and is done a few times.
    pub(crate) fn count_long(
        &self,
        name: &str,
        once: impl AsyncFnMut() -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        self.count_times(name, self.repetitions.div_ceil(20), 1, once)
    }

    fn count_times(
        &self,
        name: &str,
        repetitions: u32,
        warm_up: u32,
        mut once: impl AsyncFnMut() -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        if !self.wants(name) {
            return Ok(());
        }
        let mut repeat = |times: u32| {
            self.runtime.block_on(async {
                for _ in 0..times {
                    once().await?;
                }
                Ok(())
            })
        };
        let named = |error: Failure| format!("{name}: {error}");
        repeat(warm_up).map_err(named)?;
        let region = Region::new(ALLOCATOR);
        let mut outcome = Ok(());
        counted(&mut || outcome = repeat(repetitions));
        let change = region.change();
        outcome.map_err(named)?;
        let each = |count: usize| count as f64 / f64::from(repetitions);
        let line = json!({
            "case": name,
            "repetitions": repetitions,
            "allocations": each(change.allocations + change.reallocations),
            "bytes": each(change.bytes_allocated),
        });
        println!("{line}");
        Ok(())
    }
}

thread_local! {
    /// Keeps [`counted`] from being taken for a function that does nothing of its own.
    static RUNS: Cell<u32> = const { Cell::new(0) };
}

/// What is done in here counts. Callgrind is told its name.
#[inline(never)]
pub(crate) fn counted(work: &mut dyn FnMut()) {
    work();
    RUNS.set(RUNS.get() + 1);
}
