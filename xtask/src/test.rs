//! `cargo xtask test`: sets up what the tests need, runs all of them, and closes with one line that counts them.
//!
//! A test that cannot run here prints a line `skipped: <why>` and returns; it is counted as skipped, not
//! as passed. With `CI=true` anything skipped fails the run, so that CI cannot go green by testing less.

use std::process::Command;

use crate::environment::Environment;
use crate::error::Error;
use crate::process;
use crate::progress::step;
use crate::workspace::Workspace;

mod cargo;
mod drivers;
mod tally;

pub(crate) use tally::Tally;

/// Arguments of `test`.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Args {
    /// Arguments for `cargo test`, such as `-p openphone-client` or a test's name
    #[arg(last = true)]
    cargo: Vec<String>,
}

/// Runs the command on its own: closes with the tally.
pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<(), Error> {
    let outcome = measure(workspace, args);
    outcome.close()
}

/// Runs the tests and counts. `ci` adds its own steps before it closes.
pub(crate) fn measure(workspace: &Workspace, args: &Args) -> Outcome {
    let mut outcome = Outcome::default();
    let Ok(environment) = step("test environment", || Ok(Environment::prepare(workspace))) else {
        return outcome;
    };
    outcome.missing.clone_from(&environment.missing);
    for missing in &environment.missing {
        eprintln!("missing: {missing}");
    }
    // With a selection of tests, the drivers' own are not meant.
    if args.cargo.is_empty() {
        outcome.tally += step("driver unit tests", || Ok(drivers::run(workspace, &environment)))
            .unwrap_or_else(|_| Tally::one_failure());
    }
    let build = step("build the tests", || process::run(&mut cargo::build(workspace, &args.cargo)));
    outcome.tally += match build {
        Ok(()) => step("tests", || cargo::run(cargo::test(workspace, &args.cargo, &environment)))
            .unwrap_or_else(|error| failure(&error)),
        Err(error) => failure(&error),
    };
    outcome
}

/// What ran, and what could not.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) tally: Tally,
    missing: Vec<String>,
}

impl Outcome {
    /// Prints the closing line, alone on its line and last, and decides.
    pub(crate) fn close(self) -> Result<(), Error> {
        let less_than_all = self.tally.skipped > 0 || !self.missing.is_empty();
        for missing in &self.missing {
            eprintln!("missing: {missing}");
        }
        if less_than_all && process::is_ci() {
            eprintln!("error: CI=true, and not everything could run here: a skip is a failure in CI");
        }
        println!("{}", self.tally);
        let good = self.tally.failed == 0 && !(less_than_all && process::is_ci());
        if good { Ok(()) } else { Err(Error::Reported) }
    }
}

fn failure(error: &Error) -> Tally {
    eprintln!("error: {error}");
    Tally::one_failure()
}

/// A command that runs in the drivers' folder with the tests' variables.
fn in_environment(mut command: Command, environment: &Environment) -> Command {
    command.envs(environment.variables());
    command
}
