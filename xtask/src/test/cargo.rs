//! Running `cargo test` and reading what it prints, line by line.
//!
//! Only what a person needs is shown: the binaries, failures with their output, skips and results.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use super::{Tally, in_environment};
use crate::environment::Environment;
use crate::error::Error;
use crate::process;
use crate::progress::Ticker;
use crate::workspace::Workspace;

/// How long to wait for the pipes to close once cargo has ended: a test may have left a child that holds them.
const GRACE: Duration = Duration::from_secs(3);
/// What libtest asks for how many tests run at the same time, unless it is told by an argument.
const THREADS: &str = "RUST_TEST_THREADS";

/// Builds every test, with cargo's own progress on the terminal.
pub(super) fn build(workspace: &Workspace, arguments: &[String]) -> Command {
    let (cargo, _) = split(arguments);
    let mut command = command(workspace, cargo);
    command.arg("--no-run");
    command
}

/// Runs every test that [`build`] built, and the doc tests.
pub(super) fn test(workspace: &Workspace, arguments: &[String], environment: &Environment) -> Command {
    let (cargo, harness) = split(arguments);
    let mut command = command(workspace, cargo);
    // `--show-output`: libtest swallows what a passing test prints, `skipped:` lines too.
    command.args(["--no-fail-fast", "--", "--show-output"]).args(harness);
    if process::variable(THREADS).is_none() {
        command.env(THREADS, at_once().to_string());
    }
    in_environment(command, environment)
}

/// Tests that run at the same time: many of them wait, for a server, a client, or time to pass. Those that drive a browser or
/// another program take turns at it.
fn at_once() -> usize {
    2 * std::thread::available_parallelism().map_or(1, usize::from)
}

/// Runs it and counts. An exit code that no counted failure explains (a crash) counts as one failure.
pub(super) fn run(mut command: Command) -> Result<Tally, Error> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(process::start_error(&command))?;
    let (lines, received) = mpsc::channel();
    forward(child.stdout.take(), lines.clone());
    forward(child.stderr.take(), lines);
    let mut report = Report::default();
    let mut ticker = Ticker::start("running");
    let mut ended: Option<Instant> = None;
    loop {
        match received.recv_timeout(Duration::from_millis(200)) {
            Ok(line) => {
                if report.read(&line) {
                    ticker.clear();
                    println!("{line}");
                }
                ticker.relabel(report.current.clone());
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                ticker.tick();
                if ended.is_none() && child.try_wait().map_err(process::start_error(&command))?.is_some() {
                    ended = Some(Instant::now());
                }
                if ended.is_some_and(|ended| ended.elapsed() > GRACE) {
                    eprintln!("warning: a test left a process behind that holds its output open");
                    break;
                }
            }
        }
    }
    ticker.clear();
    let status = child.wait().map_err(process::start_error(&command))?;
    let mut tally = report.tally.without_skipped(report.self_skipped);
    if !status.success() {
        tally.failed = tally.failed.max(1);
    }
    Ok(tally)
}

fn command(workspace: &Workspace, arguments: &[String]) -> Command {
    let mut command = workspace.cargo(&["test", "--all-features"]);
    let selects = |argument: &String| argument == "--package" || argument.starts_with("-p");
    if !arguments.iter().any(selects) {
        command.arg("--workspace");
    }
    command.args(arguments);
    command
}

/// `cargo test` arguments, then, after a `--` of their own, the test harness's.
fn split(arguments: &[String]) -> (&[String], &[String]) {
    match arguments.iter().position(|argument| argument == "--") {
        Some(at) => (&arguments[..at], &arguments[at + 1..]),
        None => (arguments, &[]),
    }
}

fn forward(pipe: Option<impl Read + Send + 'static>, lines: Sender<String>) {
    let Some(pipe) = pipe else { return };
    std::thread::spawn(move || {
        let mut reader = BufReader::new(pipe);
        let mut line = Vec::new();
        // Lossily: a test may print bytes that are no text.
        while reader.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            line.clear();
            if lines.send(text).is_err() {
                return;
            }
        }
    });
}

/// What was read so far, and where in libtest's output we are.
#[derive(Debug, Default)]
struct Report {
    tally: Tally,
    self_skipped: u64,
    /// What runs now, for the ticking line.
    current: String,
    /// Inside the output of tests that passed.
    in_successes: bool,
}

impl Report {
    /// Takes in one line; says whether a person should see it.
    fn read(&mut self, line: &str) -> bool {
        self.tally.read_cargo_line(line);
        let line = line.trim_start();
        if line.starts_with("skipped: ") {
            self.self_skipped += 1;
            return true;
        }
        if line == "successes:" {
            self.in_successes = true;
        } else if line == "failures:" || line.starts_with("test result: ") {
            self.in_successes = false;
        }
        if let Some(what) = line.strip_prefix("Running ").or_else(|| line.strip_prefix("Doc-tests ")) {
            what.clone_into(&mut self.current);
        }
        let passed = line.starts_with("test ") && line.ends_with(" ... ok");
        !(self.in_successes || passed || line.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_matters_is_shown() {
        let mut report = Report::default();
        let lines = [
            "     Running unittests src/lib.rs (target/debug/deps/sealing-1)",
            "running 3 tests",
            "test a ... ok",
            "test b ... ok",
            "test c ... FAILED",
            "",
            "successes:",
            "---- b stdout ----",
            "chatter",
            "skipped: b: no browser",
            "successes:",
            "    a",
            "failures:",
            "---- c stdout ----",
            "assertion failed",
            "test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.1s",
        ];
        let shown: Vec<_> = lines.into_iter().filter(|line| report.read(line)).collect();
        assert_eq!(
            shown,
            [lines[0], lines[1], lines[4], lines[9], lines[12], lines[13], lines[14], lines[15]]
        );
        let tally = report.tally.without_skipped(report.self_skipped);
        assert_eq!(tally, Tally { passed: 1, failed: 1, skipped: 1 });
    }

    #[test]
    fn arguments_reach_cargo_and_the_harness() {
        let arguments = ["-p", "sealing", "--", "--nocapture"].map(str::to_owned);
        let (cargo, harness) = split(&arguments);
        assert_eq!((cargo, harness), (&arguments[..2], &arguments[3..]));
    }
}
