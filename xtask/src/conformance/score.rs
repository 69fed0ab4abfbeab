//! The suite's closing summary, as numbers.
//!
//! It prints `✓ scenario: 3 passed, 0 failed` for each scenario and a total of checks. It also runs scenarios that a
//! requirement set does not require; its `list` says which are.

use std::fmt;

/// How the fixture did in one requirement set.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Score {
    pub(super) set: String,
    /// Of the required scenarios.
    passed: usize,
    required: usize,
    /// Single checks, of required scenarios and others.
    checks: String,
    /// Whether the suite is satisfied: every failure is a known one, and every known one still fails.
    pub(super) accepted: bool,
}

impl Score {
    /// Reads what `server` printed, given what `list` printed. A run that left a required scenario out is never
    /// accepted.
    pub(super) fn read(set: &str, list: &str, output: &str, success: bool) -> Self {
        let required = required_scenarios(list);
        let scored = output.lines().filter_map(scenario).filter(|(name, _)| required.contains(name));
        let results: Vec<_> = scored.map(|(_, passed)| passed).collect();
        let total = output.lines().rev().find_map(|line| line.strip_prefix("Total: "));
        Self {
            set: set.to_owned(),
            passed: results.iter().filter(|passed| **passed).count(),
            required: required.len(),
            checks: total.unwrap_or("none counted").to_owned(),
            accepted: success && !required.is_empty() && results.len() == required.len(),
        }
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { set, passed, required, checks, accepted } = self;
        let verdict = if *accepted { "accepted" } else { "REFUSED" };
        write!(
            f,
            "conformance {set}: {passed} of {required} required scenarios pass; all checks: {checks}; {verdict}"
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

/// The names under `Server scenarios`.
fn required_scenarios(list: &str) -> Vec<&str> {
    let section = list.lines().skip_while(|line| !line.starts_with("Server scenarios")).skip(1);
    section.map_while(|line| line.strip_prefix("  - ")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "Required for 2026-07-28 (3 scenarios):\n\nServer scenarios (test against a server):\n  \
        - ping\n  - tools\n\nClient scenarios (test against a client):\n  - initialize\n";

    const OUTPUT: &str = "noise\n✓ ping: 2 passed, 0 failed\n✗ tools: 1 passed, 1 failed\n\
        ✗ tasks: 0 passed, 4 failed\n\nTotal: 3 passed, 5 failed\n";

    #[test]
    fn required_scenarios_are_counted() {
        let score = Score::read("2026-07-28", LIST, OUTPUT, true).to_string();
        let expected = "1 of 2 required scenarios pass; all checks: 3 passed, 5 failed; accepted";
        assert_eq!(score, format!("conformance 2026-07-28: {expected}"));
    }

    #[test]
    fn a_run_that_leaves_something_out_is_refused() {
        assert!(!Score::read("2026-07-28", LIST, "cannot connect", true).accepted);
        assert!(!Score::read("2026-07-28", LIST, "✓ ping: 2 passed, 0 failed", true).accepted);
        assert!(!Score::read("2026-07-28", "", OUTPUT, true).accepted);
        assert!(!Score::read("2026-07-28", LIST, OUTPUT, false).accepted);
    }
}
