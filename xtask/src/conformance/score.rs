//! The suite's closing summary, as numbers.
//!
//! It prints `✓ scenario: 3 passed, 0 failed` for each scenario, a total of checks, and after `Not scored` the
//! scenarios that the requirement set lists but does not require, indented.

use std::fmt;

/// How the fixture did in one requirement set.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Score {
    pub(super) set: String,
    /// Scored scenarios.
    passed: usize,
    scenarios: usize,
    /// Single checks, scored or not.
    checks: String,
    /// Whether the suite is satisfied: every failure is a known one, and every known one still fails.
    pub(super) accepted: bool,
}

impl Score {
    /// Reads what the suite printed. A run without any scenario is never accepted.
    pub(super) fn read(set: &str, output: &str, success: bool) -> Self {
        let not_scored: Vec<_> = output.lines().filter_map(not_scored_scenario).collect();
        let scored = output.lines().filter_map(scenario).filter(|(name, _)| !not_scored.contains(name));
        let results: Vec<_> = scored.map(|(_, passed)| passed).collect();
        let total = output.lines().rev().find_map(|line| line.strip_prefix("Total: "));
        Self {
            set: set.to_owned(),
            passed: results.iter().filter(|passed| **passed).count(),
            scenarios: results.len(),
            checks: total.unwrap_or("none counted").to_owned(),
            accepted: success && !results.is_empty(),
        }
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { set, passed, scenarios, checks, accepted } = self;
        let verdict = if *accepted { "accepted" } else { "REFUSED" };
        write!(
            f,
            "conformance {set}: {passed} of {scenarios} scored scenarios pass ({checks} checks): {verdict}"
        )
    }
}

/// `✓ name: 3 passed, 0 failed`
fn scenario(line: &str) -> Option<(&str, bool)> {
    let passed = line.starts_with("✓ ");
    let rest = line.strip_prefix("✓ ").or_else(|| line.strip_prefix("✗ "))?;
    let (name, counts) = rest.split_once(": ")?;
    counts.contains(" passed, ").then_some((name, passed))
}

/// `  ✗ name (extension)`
fn not_scored_scenario(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("  ✓ ").or_else(|| line.strip_prefix("  ✗ "))?;
    rest.split_once(" (").map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "noise\n✓ ping: 2 passed, 0 failed\n✗ tools: 1 passed, 1 failed\n\
        ✗ tasks: 0 passed, 4 failed\n\nTotal: 3 passed, 5 failed\n\nNot scored for 2026-07-28: 1 scenario(s) run\n  \
        ✗ tasks (extension)\n";

    #[test]
    fn scored_scenarios_are_counted() {
        let score = Score::read("2026-07-28", OUTPUT, true).to_string();
        assert_eq!(
            score,
            "conformance 2026-07-28: 1 of 2 scored scenarios pass (3 passed, 5 failed checks): accepted"
        );
    }

    #[test]
    fn a_run_that_tests_nothing_is_refused() {
        assert!(!Score::read("2026-07-28", "cannot connect", true).accepted);
        assert!(!Score::read("2026-07-28", OUTPUT, false).accepted);
    }
}
