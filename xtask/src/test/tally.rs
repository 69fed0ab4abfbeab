//! Counting tests: from the lines that test runners print to `N passed, N failed, N skipped`.

use std::fmt;
use std::ops::AddAssign;

/// How many tests passed, failed and were skipped.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl Tally {
    /// For a runner that died without counting.
    pub(crate) fn one_failure() -> Self {
        Self { failed: 1, ..Self::default() }
    }

    /// Takes in one line of `cargo test -- --show-output`.
    ///
    /// libtest counts a test that skipped itself as passed; its `skipped:` line moves it.
    pub(crate) fn read_cargo_line(&mut self, line: &str) {
        if let Some(summary) = line.trim_start().strip_prefix("test result: ") {
            self.passed += number_before(summary, " passed");
            self.failed += number_before(summary, " failed");
            self.skipped += number_before(summary, " ignored");
        }
        if line.trim_start().starts_with("skipped: ") {
            self.skipped += 1;
        }
    }

    /// Once every line is in: a test that skipped itself did not pass. `self_skipped` counts `skipped:` lines.
    pub(crate) fn without_skipped(mut self, self_skipped: u64) -> Self {
        self.passed = self.passed.saturating_sub(self_skipped);
        self
    }

    /// The summary of `node --test --test-reporter=tap`.
    pub(crate) fn from_tap(output: &str) -> Self {
        let count = |name: &str| {
            let prefix = format!("# {name} ");
            output.lines().filter_map(|line| line.strip_prefix(&prefix)?.trim().parse::<u64>().ok()).sum()
        };
        let cancelled: u64 = count("cancelled");
        Self { passed: count("pass"), failed: cancelled + count("fail"), skipped: count("skipped") }
    }

    /// The summary of `python -m unittest`: `Ran 3 tests in …`, then `OK (skipped=1)` or `FAILED (failures=1)`.
    pub(crate) fn from_unittest(output: &str) -> Self {
        let ran = output
            .lines()
            .filter_map(|line| line.strip_prefix("Ran ")?.split(' ').next()?.parse::<u64>().ok())
            .sum::<u64>();
        let named = |name: &str| {
            let verdict = output.lines().rfind(|line| line.starts_with("OK") || line.starts_with("FAILED"));
            let value = verdict.and_then(|line| line.split_once(&format!("{name}=")));
            value.and_then(|(_, rest)| rest.split([',', ')']).next()?.parse::<u64>().ok()).unwrap_or(0)
        };
        let (failed, skipped) = (named("failures") + named("errors"), named("skipped"));
        Self { passed: ran.saturating_sub(failed + skipped), failed, skipped }
    }
}

/// The number right before `word`: 12 in `ok. 12 passed; 0 failed`.
fn number_before(summary: &str, word: &str) -> u64 {
    let before = summary.split_once(word).map_or("", |(before, _)| before);
    before.rsplit(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_summaries_add_up_over_binaries() {
        let mut tally = Tally::default();
        for line in [
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.02s",
            "test a::b ... FAILED",
            "test result: FAILED. 4 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1s",
            "skipped: redis_contract: no redis-server",
            "not skipped: at all",
        ] {
            tally.read_cargo_line(line);
        }
        assert_eq!(tally.without_skipped(1).to_string(), "15 passed, 2 failed, 2 skipped");
    }

    #[test]
    fn tap_summary() {
        let output = "ok 1 - a\n# tests 5\n# pass 3\n# fail 1\n# cancelled 0\n# skipped 1\n# todo 0\n";
        assert_eq!(Tally::from_tap(output).to_string(), "3 passed, 1 failed, 1 skipped");
    }

    #[test]
    fn unittest_summary() {
        assert_eq!(
            Tally::from_unittest("..\nRan 2 tests in 0.000s\n\nOK\n").to_string(),
            "2 passed, 0 failed, 0 skipped"
        );
        let mixed = "Ran 5 tests in 0.1s\n\nFAILED (failures=1, errors=1, skipped=1)\n";
        assert_eq!(Tally::from_unittest(mixed).to_string(), "2 passed, 2 failed, 1 skipped");
    }
}
