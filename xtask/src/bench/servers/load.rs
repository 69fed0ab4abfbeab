//! The load: a program of `bench/`, run for a slice at a time.

use std::io::Read;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::findings::{Slice, float};
use crate::bench::cores;
use crate::error::Error;
use crate::process;
use crate::process_status::{self, ProcessStatus};
use crate::progress::Ticker;

/// How long the load may take besides what it was asked for.
const BESIDES: Duration = Duration::from_secs(60);

/// What the load prints.
#[derive(Clone, Copy, Debug, Deserialize)]
struct Outcome {
    requests: u64,
    /// Of them, those without the right answer.
    wrong: u64,
    /// Of those, the ones without any answer until the end.
    unanswered: u64,
    seconds: f64,
    micros: Micros,
}

#[derive(Clone, Copy, Debug, Deserialize)]
struct Micros {
    p50: f64,
    p90: f64,
    p99: f64,
}

/// One run of the load.
#[derive(Clone, Copy, Debug)]
pub(super) struct Job<'a> {
    pub(super) program: &'a Path,
    pub(super) core: Option<u32>,
    /// The process of the server.
    pub(super) server: u32,
    /// Those that it asks.
    pub(super) upstreams: [u32; 2],
    /// What is counted.
    pub(super) seconds: f64,
    /// What comes before it and is not.
    pub(super) warm_up: f64,
}

/// What it was like.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    pub(super) slice: Slice,
    /// Requests that were answered, all of them right.
    pub(super) answered: u64,
    /// Those that waited for an answer all the time.
    pub(super) unanswered: u64,
}

impl Job<'_> {
    /// Runs the load with these arguments. Any answer that was wrong is a failure.
    pub(super) fn run(&self, arguments: &[String], ticker: &mut Ticker) -> Result<Run, Error> {
        let mut command = cores::pinned(self.program, self.core);
        command.args(arguments);
        command.args(["--seconds", &self.seconds.to_string(), "--warm-up", &self.warm_up.to_string()]);
        let (before, upstreams, machine) = (self.server()?, self.upstreams()?, process_status::machine()?);
        let started = Instant::now();
        let limit = Duration::from_secs_f64(self.seconds + self.warm_up) + BESIDES;
        let (text, load) = ended(&mut command, limit, ticker)?;
        let elapsed = started.elapsed().as_secs_f64();
        let server = self.server()? - before;
        let others = process_status::machine()? - machine - server - load - (self.upstreams()? - upstreams);
        let outcome: Outcome = serde_json::from_str(text.trim())
            .map_err(|error| Error::content(self.program, &format!("{error} in {text:?}")))?;
        let slice = self.slice(&outcome, server, [load / elapsed, others / elapsed]);
        if outcome.wrong > outcome.unanswered {
            let Outcome { requests, wrong, .. } = outcome;
            let command = process::describe(&command);
            return Err(Error::Check(format!("{wrong} of {requests} answers were wrong to `{command}`")));
        }
        let Outcome { requests, unanswered, .. } = outcome;
        Ok(Run { slice, answered: requests - unanswered, unanswered })
    }

    fn server(&self) -> Result<f64, Error> {
        ProcessStatus::of(self.server).map(|status| status.processor)
    }

    fn upstreams(&self) -> Result<f64, Error> {
        self.upstreams.iter().map(|process| Ok(ProcessStatus::of(*process)?.processor)).sum()
    }

    fn slice(&self, outcome: &Outcome, server: f64, [load_share, others]: [f64; 2]) -> Slice {
        let Micros { p50, p90, p99 } = outcome.micros;
        let per_second = float(outcome.requests) / outcome.seconds;
        // The processor time is of the warm-up, too, whose requests are not told: as many in a second.
        let all = per_second * (self.seconds + self.warm_up);
        let processor = if all > 0.0 { server * 1e6 / all } else { f64::INFINITY };
        Slice { per_second, p50, p90, p99, processor, load_share, others_share: others.max(0.0) }
    }
}

/// Runs a program to its end: what it printed, and its processor time in seconds. The system tells that as long as nobody
/// has asked how the program ended.
fn ended(command: &mut Command, limit: Duration, ticker: &mut Ticker) -> Result<(String, f64), Error> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let child = command.spawn().map_err(process::start_error(command))?;
    let mut running = Running(child);
    let started = Instant::now();
    let processor = loop {
        let status = ProcessStatus::of(running.0.id())?;
        if status.has_ended {
            break status.processor;
        }
        if started.elapsed() > limit {
            return Err(Error::Check(format!("`{}` did not end", process::describe(command))));
        }
        std::thread::sleep(Duration::from_millis(10));
        ticker.tick();
    };
    // One line, for which a pipe has room.
    let mut text = String::new();
    let read = running.0.stdout.as_mut().map(|pipe: &mut ChildStdout| pipe.read_to_string(&mut text));
    read.transpose().map_err(process::start_error(command))?;
    let status = running.0.wait().map_err(process::start_error(command))?;
    if status.success() { Ok((text, processor)) } else { Err(failed(command, status)) }
}

fn failed(command: &Command, status: std::process::ExitStatus) -> Error {
    Error::Failed { command: process::describe(command), status }
}

/// A load that is killed when nobody waits for it any more.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Already gone after `wait`; nothing to do about a failure here.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"requests":90,"wrong":0,"unanswered":0,"seconds":0.5,"micros":{"p50":1.5,"p90":2.0,"p99":9.5,"max":12.0}}"#;

    fn job(program: &Path) -> Job<'_> {
        Job {
            program,
            core: None,
            server: std::process::id(),
            upstreams: [std::process::id(); 2],
            seconds: 0.5,
            warm_up: 0.25,
        }
    }

    #[test]
    fn a_slice_is_made_of_what_the_load_says_and_the_system() {
        let outcome = serde_json::from_str(LINE).unwrap();
        // The ticks of the system are coarse: others may seem to have taken less than nothing.
        let slice = job(Path::new("load")).slice(&outcome, 0.027, [0.75, -0.01]);
        let expected = Slice {
            per_second: 180.0,
            p50: 1.5,
            p90: 2.0,
            p99: 9.5,
            processor: 200.0,
            load_share: 0.75,
            others_share: 0.0,
        };
        assert!((slice.processor - expected.processor).abs() < 1e-9);
        assert_eq!(Slice { processor: expected.processor, ..slice }, expected);
    }

    #[test]
    fn what_the_load_says_is_read_when_it_has_ended() {
        let (mut ticker, echo) = (Ticker::start("echo"), Path::new("echo"));
        // `echo` says the options, too.
        let error = job(echo).run(&[LINE.to_owned()], &mut ticker).err().unwrap();
        assert!(error.to_string().contains("trailing characters"), "{error}");
        let mut command = Command::new(echo);
        let (text, processor) = ended(command.arg(LINE), BESIDES, &mut ticker).unwrap();
        assert_eq!(text.trim(), LINE);
        assert!(processor < 1.0);
    }

    #[test]
    fn a_wrong_answer_is_a_failure() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("load");
        let run = |wrong: u64, unanswered: u64| {
            let counts = format!("\"wrong\":{wrong},\"unanswered\":{unanswered}");
            let line = LINE.replace("\"wrong\":0,\"unanswered\":0", &counts);
            std::fs::write(&program, format!("#!/bin/sh\necho '{line}'\n")).unwrap();
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
            std::fs::set_permissions(&program, mode).unwrap();
            job(&program).run(&[], &mut Ticker::start("load"))
        };
        let late = run(2, 2).unwrap();
        assert_eq!((late.answered, late.unanswered), (88, 2));
        let error = run(3, 2).err().unwrap();
        assert!(error.to_string().starts_with("3 of 90 answers were wrong to"), "{error}");
    }
}
