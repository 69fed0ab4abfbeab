//! What a run has to reach, and what it lacks.

use super::Subject;
use super::expected::ExpectedFailures;
use super::results::Results;
use super::suite::Run;

/// A run against one server, judged.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) subject: Subject,
    pub(super) run: &'static Run,
    pub(super) results: Results,
    /// What may fail; an empty list for the fixture, where nothing may.
    pub(super) expected: ExpectedFailures,
}

impl Verdict {
    /// One sentence for each thing that is not as it has to be.
    pub(super) fn complaints(&self) -> Vec<String> {
        let Self { run, results, .. } = self;
        let mut complaints = Vec::new();
        if results.scenarios != run.scenarios {
            complaints.push(format!("{} scenarios ran; there are {}", results.scenarios, run.scenarios));
        }
        let (unexpected, stale) = self.expected.compare(&results.findings);
        complaints.extend(unexpected.iter().map(ToString::to_string));
        for entry in stale {
            complaints.push(format!(
                "{entry} does not fail: take it off tests/conformance/{}",
                run.expected_failures()
            ));
        }
        if let Some(bar) = self.bar().filter(|bar| results.passed < *bar) {
            complaints.push(format!("{} checks pass; rmcp passes {bar}", results.passed));
        }
        if complaints.is_empty() && !results.satisfied {
            complaints.push("the suite is not satisfied; its output says why".to_owned());
        }
        complaints
    }

    /// How many checks have to pass at least. The binary has none of the suite's tools: its list is its bar.
    pub(super) fn bar(&self) -> Option<usize> {
        (self.subject != Subject::Binary).then_some(self.run.rmcp)
    }
}

/// What is wrong with a run in which no request carries the right token: every scenario has to fail.
pub(super) fn complaint_about_refused(run: &Run, results: &Results) -> Option<String> {
    let failed = results.failed_scenarios();
    (results.satisfied || failed != run.scenarios).then(|| {
        format!(
            "without the right token only {failed} of {} scenarios fail: the check lets requests in",
            run.scenarios
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::results::Finding;
    use super::super::suite::RUNS;
    use super::*;

    fn verdict(subject: Subject, results: Results) -> Verdict {
        Verdict { subject, run: &RUNS[0], results, expected: ExpectedFailures::default() }
    }

    fn perfect() -> Results {
        Results { scenarios: RUNS[0].scenarios, passed: RUNS[0].rmcp, satisfied: true, ..Results::default() }
    }

    fn failing(scenario: &str, is_warning: bool) -> Finding {
        let message = "broken".to_owned();
        Finding { scenario: scenario.to_owned(), check: "c".to_owned(), is_warning, message }
    }

    #[test]
    fn a_run_that_reaches_the_bar_is_accepted() {
        assert_eq!(verdict(Subject::Fixture, perfect()).complaints(), Vec::<String>::new());
        let few = Results { passed: 1, ..perfect() };
        assert_eq!(verdict(Subject::Binary, few).complaints(), Vec::<String>::new());
    }

    #[track_caller]
    fn check(results: Results, complaint: &str) {
        assert_eq!(verdict(Subject::Bearer, results).complaints(), [complaint]);
    }

    #[test]
    fn everything_that_lacks_is_said() {
        check(Results { scenarios: 31, ..perfect() }, "31 scenarios ran; there are 32");
        check(Results { passed: 45, ..perfect() }, "45 checks pass; rmcp passes 46");
        check(Results { satisfied: false, ..perfect() }, "the suite is not satisfied; its output says why");
        let warning = vec![failing("ping", true)];
        check(Results { findings: warning, ..perfect() }, "ping: c: warning: broken");
    }

    #[test]
    fn without_the_token_everything_has_to_fail() {
        let run = &RUNS[0];
        let complaint = |failures: usize, satisfied| {
            let mut findings: Vec<_> = (0..failures).map(|n| failing(&n.to_string(), false)).collect();
            findings.push(failing("another", true));
            complaint_about_refused(run, &Results { findings, satisfied, ..perfect() })
        };
        assert_eq!(complaint(run.scenarios, false), None);
        assert!(complaint(run.scenarios, true).is_some());
        assert!(complaint(run.scenarios - 1, false).is_some());
    }
}
