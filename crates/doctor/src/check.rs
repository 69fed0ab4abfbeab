//! What a check is, and how it can end: a value that knows its id, what it expects, and whom it concerns.
//!
//! Ids are those of the requirement that is checked (`B7`); where one requirement needs several checks, a word
//! follows (`B7-bare`). `T1` and `T2` are the transport's, `S1` to `S3` the protocol's behind the login.

/// One thing that must hold of a deployment.
#[derive(Debug)]
pub struct Check {
    /// Names the check, in every report and in the tests.
    pub id: &'static str,
    /// What must hold.
    pub expected: &'static str,
    /// What goes wrong when it does not.
    pub why: &'static str,
    /// Which clients meet it, or who is harmed.
    pub concerns: &'static str,
}

/// What was wrong, as exactly as it can be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The request's line, and the headers that matter.
    pub request: String,
    /// The line of the response, the header or the field that is wrong.
    pub line: String,
    /// What should have been there.
    pub wanted: String,
}

/// Why a check did not pass.
#[derive(Clone, Debug)]
pub enum Stop {
    /// It failed.
    Fault(Box<Fault>),
    /// It could not run, for this reason.
    Skip(String),
}

/// A check's end, as the functions that make them say it.
pub type Verdict = Result<(), Stop>;

/// How a check ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It holds.
    Passed,
    /// It does not.
    Failed(Fault),
    /// It could not run, for this reason.
    Skipped(String),
}

/// The checks of one subject and how they ended.
#[derive(Debug)]
pub struct Group {
    /// What people read above its lines.
    pub title: &'static str,
    /// Its checks in the declared order, each with its end.
    pub results: Vec<(&'static Check, Outcome)>,
    declared: &'static [&'static Check],
}

impl Group {
    /// A group of these checks, of which none has run.
    #[must_use]
    pub fn new(title: &'static str, declared: &'static [&'static Check]) -> Self {
        Self { title, results: Vec::with_capacity(declared.len()), declared }
    }

    /// Writes down how a check ended.
    pub fn record(&mut self, check: &'static Check, verdict: Verdict) {
        let outcome = match verdict {
            Ok(()) => Outcome::Passed,
            Err(Stop::Fault(fault)) => Outcome::Failed(*fault),
            Err(Stop::Skip(reason)) => Outcome::Skipped(reason),
        };
        self.results.push((check, outcome));
    }

    /// Closes the group: whatever was not recorded did not run, for this reason.
    #[must_use]
    pub fn close(mut self, reason: &str) -> Self {
        let mut results = Vec::with_capacity(self.declared.len());
        for check in self.declared {
            let at = self.results.iter().position(|(other, _)| other.id == check.id);
            results.push(match at {
                Some(at) => self.results.swap_remove(at),
                None => (*check, Outcome::Skipped(reason.to_owned())),
            });
        }
        self.results = results;
        self
    }
}
