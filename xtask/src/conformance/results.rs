//! What the suite found, from the files that it writes with `-o`: a folder for each scenario, its checks in
//! `checks.json`.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use serde::Deserialize;

use crate::error::Error;

/// The results of one run.
#[derive(Debug, Default)]
pub(super) struct Results {
    pub(super) scenarios: usize,
    pub(super) passed: usize,
    pub(super) failed: usize,
    pub(super) warnings: usize,
    pub(super) skipped: usize,
    /// Every failure and warning.
    pub(super) findings: Vec<Finding>,
    /// Whether the suite's exit code says that it is satisfied.
    pub(super) satisfied: bool,
}

/// A check that is not as it should be.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Finding {
    pub(super) scenario: String,
    pub(super) check: String,
    pub(super) is_warning: bool,
    pub(super) message: String,
}

/// One entry of `checks.json`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Check {
    id: String,
    status: Status,
    description: String,
    error_message: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Status {
    Success,
    Failure,
    Warning,
    Skipped,
    /// Says what was seen; judges nothing.
    Info,
}

impl Results {
    /// Reads what a run has left in `folder`.
    pub(super) fn of_folder(folder: &Path, satisfied: bool) -> Result<Self, Error> {
        let mut results = Self { satisfied, ..Self::default() };
        // A suite that could not even start has made no folder: a run without scenarios.
        let entries = folder.is_dir().then(|| std::fs::read_dir(folder).map_err(Error::file(folder)));
        for entry in entries.transpose()?.into_iter().flatten() {
            let path = entry.map_err(Error::file(folder))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let scenario =
                scenario(&name).ok_or_else(|| Error::content(&path, &"no folder of a scenario's results"))?;
            let checks = path.join("checks.json");
            match std::fs::read_to_string(&checks) {
                Ok(text) => results.add(scenario, &text).map_err(|error| Error::content(&checks, &error))?,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => results.add_broken(scenario),
                Err(error) => return Err(Error::file(&checks)(error)),
            }
        }
        results.findings.sort();
        Ok(results)
    }

    /// Takes in one scenario's `checks.json`.
    fn add(&mut self, scenario: &str, checks: &str) -> Result<(), serde_json::Error> {
        self.scenarios += 1;
        for check in serde_json::from_str::<Vec<Check>>(checks)? {
            match check.status {
                Status::Success => self.passed += 1,
                Status::Failure => self.failed += 1,
                Status::Warning => self.warnings += 1,
                Status::Skipped => self.skipped += 1,
                Status::Info => {}
            }
            if matches!(check.status, Status::Failure | Status::Warning) {
                self.findings.push(Finding {
                    scenario: scenario.to_owned(),
                    check: check.id,
                    is_warning: check.status == Status::Warning,
                    message: check.error_message.unwrap_or(check.description),
                });
            }
        }
        Ok(())
    }

    /// Takes in a scenario that threw: the suite says so in its output only, and counts a failure.
    fn add_broken(&mut self, scenario: &str) {
        self.scenarios += 1;
        self.failed += 1;
        self.findings.push(Finding {
            scenario: scenario.to_owned(),
            check: scenario.to_owned(),
            is_warning: false,
            message: "the suite could not run it; its output says why".to_owned(),
        });
    }

    /// How many scenarios have a failed check.
    pub(super) fn failed_scenarios(&self) -> usize {
        let failures = self.findings.iter().filter(|finding| !finding.is_warning);
        failures.map(|finding| &finding.scenario).collect::<BTreeSet<_>>().len()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scenario, check, is_warning, message } = self;
        let kind = if *is_warning { "warning" } else { "failure" };
        write!(f, "{scenario}: {check}: {kind}: {}", message.trim())
    }
}

/// `server-ping-2026-11-25T21-07-47-275Z` is of `ping`, and so would be `authorization-server-ping-…`.
fn scenario(folder: &str) -> Option<&str> {
    const TIMESTAMP: &str = "-2026-11-25T21-07-47-275Z";
    let rest = folder.strip_prefix("authorization-server-").or_else(|| folder.strip_prefix("server-"))?;
    let (name, timestamp) = rest.split_at_checked(rest.len().checked_sub(TIMESTAMP.len())?)?;
    let same_shape = timestamp
        .chars()
        .zip(TIMESTAMP.chars())
        .all(|(one, other)| one == other || one.is_ascii_digit() && other.is_ascii_digit());
    (same_shape && !name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHECKS: &str = r#"[
        { "id": "a", "name": "A", "description": "does a", "status": "SUCCESS", "timestamp": "…" },
        { "id": "b", "description": "does b", "status": "FAILURE", "errorMessage": "it does not" },
        { "id": "b", "description": "does b", "status": "WARNING" },
        { "id": "c", "description": "does c", "status": "SKIPPED" },
        { "id": "d", "description": "saw d", "status": "INFO" }
    ]"#;

    #[test]
    fn checks_are_counted_and_what_fails_is_kept() {
        let mut results = Results::default();
        results.add("tools-list", CHECKS).unwrap();
        results.add_broken("ping");
        let Results { scenarios, passed, failed, warnings, skipped, .. } = results;
        assert_eq!((scenarios, passed, failed, warnings, skipped), (2, 1, 2, 1, 1));
        assert_eq!(results.failed_scenarios(), 2);
        let findings: Vec<_> = results.findings.iter().map(ToString::to_string).collect();
        assert_eq!(
            findings,
            [
                "tools-list: b: failure: it does not",
                "tools-list: b: warning: does b",
                "ping: ping: failure: the suite could not run it; its output says why",
            ]
        );
    }

    #[test]
    fn a_status_that_we_do_not_know_is_an_error() {
        let checks = r#"[{ "id": "a", "description": "does a", "status": "FLAKY" }]"#;
        assert!(Results::default().add("ping", checks).is_err());
    }

    #[test]
    fn the_scenario_is_in_the_folder_name() {
        assert_eq!(scenario("server-ping-2026-11-25T21-07-47-275Z"), Some("ping"));
        assert_eq!(
            scenario("server-server-sse-polling-2026-01-02T03-04-05-006Z"),
            Some("server-sse-polling")
        );
        assert_eq!(
            scenario("authorization-server-authorization-code-grant-2026-01-02T03-04-05-006Z"),
            Some("authorization-code-grant")
        );
        for other in
            ["server-ping", "client-ping-2026-11-25T21-07-47-275Z", "server--2026-11-25T21-07-47-275Z"]
        {
            assert_eq!(scenario(other), None, "{other}");
        }
    }
}
