//! What is told: lines for people, grouped and in color on a terminal, or one JSON document for programs.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use super::check::{Check, Group, Outcome};
use super::login::Connections;

/// The whole examination.
#[derive(Debug)]
pub struct Report {
    /// The URL as typed.
    pub url: String,
    /// What was examined, in order.
    pub groups: Vec<Group>,
    /// Why nothing else was.
    pub stopped: Option<String>,
    /// What the login made, when there was one.
    pub connections: Option<Connections>,
    /// How long it took.
    pub took: Duration,
}

/// How many checks ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// They hold.
    pub passed: usize,
    /// They do not.
    pub failed: usize,
    /// They could not run.
    pub skipped: usize,
}

impl Report {
    /// Every check with its end.
    pub fn results(&self) -> impl Iterator<Item = &(&'static Check, Outcome)> {
        self.groups.iter().flat_map(|group| &group.results)
    }

    /// The numbers.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for (_, outcome) in self.results() {
            match outcome {
                Outcome::Passed => counts.passed += 1,
                Outcome::Failed(_) => counts.failed += 1,
                Outcome::Skipped(_) => counts.skipped += 1,
            }
        }
        counts
    }

    /// For programs.
    #[must_use]
    pub fn json(&self) -> Value {
        let Counts { passed, failed, skipped } = self.counts();
        let checks =
            self.groups.iter().flat_map(|group| group.results.iter().map(|result| (group.title, result)));
        let checks: Vec<Value> =
            checks.map(|(title, (check, outcome))| one_json(title, check, outcome)).collect();
        let mut document = json!({
            "url": self.url,
            "summary": { "passed": passed, "failed": failed, "skipped": skipped },
            "milliseconds": u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX),
            "checks": checks,
        });
        if let Some(reason) = &self.stopped {
            document["stopped"] = json!(reason);
        }
        if let Some(Connections { made, revoked }) = self.connections {
            document["connections"] = json!({ "made": made, "revoked": revoked });
        }
        document
    }
}

fn one_json(group: &str, check: &Check, outcome: &Outcome) -> Value {
    let mut value = json!({
        "id": check.id,
        "group": group,
        "expected": check.expected,
        "why": check.why,
        "concerns": check.concerns,
    });
    match outcome {
        Outcome::Passed => value["outcome"] = json!("pass"),
        Outcome::Skipped(reason) => {
            value["outcome"] = json!("skip");
            value["reason"] = json!(reason);
        }
        Outcome::Failed(fault) => {
            value["outcome"] = json!("fail");
            value["request"] = json!(fault.request);
            value["line"] = json!(fault.line);
            value["wanted"] = json!(fault.wanted);
        }
    }
    value
}

/// Writes lines.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Whether the lines go to a terminal.
    pub color: bool,
}

/// How many lines may skip for one reason before they become one.
const SKIPS: usize = 2;

impl Style {
    /// A group's lines.
    #[must_use]
    pub fn group(self, group: &Group) -> String {
        let mut text = format!("\n{}\n", self.paint("1", group.title));
        let mut rest = &group.results[..];
        while let Some((check, outcome)) = rest.first() {
            let alike = rest.iter().take_while(|(_, other)| is_same_skip(outcome, other)).count();
            if alike > SKIPS {
                let (Some((last, _)), Outcome::Skipped(reason)) = (rest.get(alike - 1), outcome) else {
                    break;
                };
                let word = self.paint("33", "skip");
                // Writing into a String cannot fail.
                let _ = writeln!(text, "  {word}  {} to {} ({alike} checks): {reason}", check.id, last.id);
                rest = &rest[alike..];
            } else {
                text.push_str(&self.line(check, outcome));
                rest = &rest[1..];
            }
        }
        text
    }

    fn line(self, check: &Check, outcome: &Outcome) -> String {
        let Check { id, expected, why, concerns } = check;
        match outcome {
            Outcome::Passed => format!("  {}    {id:<14} {expected}\n", self.paint("32", "ok")),
            Outcome::Skipped(reason) => {
                format!("  {}  {id:<14} {expected}\n        {reason}\n", self.paint("33", "skip"))
            }
            Outcome::Failed(fault) => format!(
                "  {}  {id:<14} {expected}\n        > {}\n        < {}\n        wanted: {}\n        why: {why} ({concerns})\n",
                self.paint("31", "FAIL"),
                fault.request,
                self.paint("31", &fault.line),
                fault.wanted,
            ),
        }
    }

    /// The closing lines.
    #[must_use]
    pub fn summary(self, report: &Report) -> String {
        let Counts { passed, failed, skipped } = report.counts();
        let mut text = String::new();
        if let Some(reason) = &report.stopped {
            let _ = writeln!(text, "\nNothing else was tried: {reason}");
        }
        let failures = self.paint(if failed > 0 { "31" } else { "32" }, &format!("{failed} failed"));
        let seconds = report.took.as_secs_f32();
        let _ = writeln!(text, "\n{passed} passed, {failures}, {skipped} skipped in {seconds:.1} s");
        text
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

fn is_same_skip(one: &Outcome, other: &Outcome) -> bool {
    matches!((one, other), (Outcome::Skipped(one), Outcome::Skipped(other)) if one == other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Fault;

    static CHECKS: [Check; 4] = [
        Check { id: "X1", expected: "one", why: "because", concerns: "Claude" },
        Check { id: "X2", expected: "two", why: "because", concerns: "Claude" },
        Check { id: "X3", expected: "three", why: "because", concerns: "Claude" },
        Check { id: "X4", expected: "four", why: "because", concerns: "Claude" },
    ];
    static DECLARED: [&Check; 4] = [&CHECKS[0], &CHECKS[1], &CHECKS[2], &CHECKS[3]];

    #[test]
    fn a_failure_shows_both_lines_and_a_row_of_skips_is_one() {
        let mut group = Group::new("Title", &DECLARED);
        let fault = Fault { request: "GET /".into(), line: "HTTP 500".into(), wanted: "200".into() };
        group.record(DECLARED[0], Err(super::super::check::Stop::Fault(Box::new(fault))));
        let text = Style { color: false }.group(&group.close("no server"));
        assert_eq!(
            text,
            "\nTitle\n  FAIL  X1             one\n        > GET /\n        < HTTP 500\n        wanted: 200\n        \
             why: because (Claude)\n  skip  X2 to X4 (3 checks): no server\n"
        );
        assert!(Style { color: true }.group(&Group::new("Title", &[])).contains("\u{1b}[1mTitle"));
    }
}
