//! Open streams on which nothing happens, and what they hold.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::json;

use super::contender::Contender;
use super::findings::{Findings, Streams};
use super::rounds::Course;
use super::starts;
use crate::bench::cores::pinned;
use crate::bench::http::{Call, Revision, exchange, get};
use crate::error::Error;
use crate::process;
use crate::process_status;
use crate::progress::Ticker;
use crate::running_server::RunningServer;

/// How long a server is left alone before its memory is read.
const QUIET: Duration = Duration::from_secs(1);
/// How long streams are held at most.
const HOLD: Duration = Duration::from_secs(600);
/// How long a load may take to let go.
const LETTING_GO: Duration = Duration::from_secs(30);

/// What opens a stream.
#[derive(Clone, Copy, Debug)]
enum Stream {
    /// The GET of HTTP+SSE, with which a client of it begins.
    Sse,
    /// The request of 2026-07-28 to be told of changes.
    Listen,
}

/// How a contender is asked for a stream, and how many are opened at most: those that need hundreds of megabytes for a few
/// thousand are not asked for more.
fn stream(contender: Contender) -> Option<(Stream, u32)> {
    match contender {
        Contender::Bare | Contender::Server => Some((Stream::Sse, u32::MAX)),
        Contender::Protocol | Contender::Rmcp => Some((Stream::Listen, u32::MAX)),
        Contender::TypeScript | Contender::Python => Some((Stream::Listen, 3_000)),
        Contender::Proxy | Contender::LoggingServer => None,
    }
}

/// Opens so many on each, level by level.
pub(super) fn measure(course: &Course<'_>, levels: &[u32], findings: &mut Findings) -> Result<(), Error> {
    let folder = course.folder.join("streams");
    std::fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
    course.deployment.fill(&folder.join("data"))?;
    let mut ticker = Ticker::start("opening streams");
    for contender in starts::STARTED.into_iter().filter(|contender| course.programs.has(*contender)) {
        let Some((kind, most)) = stream(contender) else { continue };
        ticker.relabel(format!("opening streams of {}", contender.name()));
        let (command, address, first) = starts::command(course, contender, &folder)?;
        let server = RunningServer::start(command, address, &folder.join("log"))?;
        // What is made at the first request is no stream's.
        exchange(address, &first)?;
        let requests = folder.join("request.http");
        std::fs::write(&requests, request(course, kind, address)).map_err(Error::file(&requests))?;
        std::thread::sleep(QUIET);
        let before = process_status::resident(server.process_id())?;
        let mut streams = Streams { contender, before, levels: Vec::new() };
        let mut held = Vec::new();
        let mut open = 0;
        for level in levels_of(levels, most) {
            let target = address.to_string();
            held.push(Held::open(course, &target, &requests, level - open)?);
            open = level;
            std::thread::sleep(QUIET);
            ticker.tick();
            streams.levels.push((open, process_status::resident(server.process_id())?));
        }
        findings.streams.push(streams);
        held.into_iter().try_for_each(Held::close)?;
    }
    ticker.relabel("opening streams".to_owned());
    ticker.finish();
    std::fs::remove_dir_all(&folder).map_err(Error::file(&folder))
}

/// The levels up to what is asked for at most, which is the last then.
fn levels_of(levels: &[u32], most: u32) -> Vec<u32> {
    let mut levels: Vec<_> = levels.iter().map(|level| (*level).min(most)).collect();
    levels.dedup();
    levels
}

fn request(course: &Course<'_>, kind: Stream, address: SocketAddr) -> Vec<u8> {
    match kind {
        Stream::Sse => {
            let token = course.deployment.logins.first().map_or("", |login| login.access_token.as_str());
            let head = get(&course.deployment.host.to_string(), "/sse");
            let mut request = String::from_utf8_lossy(&head).trim_end().to_owned();
            request.push_str(&format!("\r\nAuthorization: Bearer {token}\r\n\r\n"));
            request.into_bytes()
        }
        Stream::Listen => {
            let params = json!({ "notifications": { "toolsListChanged": true } });
            let (host, method) = (address.to_string(), "subscriptions/listen");
            Call { host: &host, token: None, revision: Revision::Modern, method, params }.bytes()
        }
    }
}

/// A load that holds streams open until it is told to stop.
struct Held {
    child: Child,
    until: Option<ChildStdin>,
    said: BufReader<ChildStdout>,
    count: u32,
    name: String,
}

impl Held {
    fn open(course: &Course<'_>, target: &str, request: &Path, count: u32) -> Result<Self, Error> {
        let mut command = pinned(&course.programs.load, course.programs.cores.load);
        command.args(["streams", "--target", target, "--count", &count.to_string(), "--request"]);
        command.arg(request).args(["--hold", &HOLD.as_secs().to_string()]);
        Self::start(command, count)
    }

    /// Waits until all are open.
    fn start(mut command: Command, count: u32) -> Result<Self, Error> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let name = process::describe(&command);
        let mut child = command.spawn().map_err(process::start_error(&command))?;
        let (until, output) = (child.stdin.take(), child.stdout.take());
        let output = output.ok_or_else(|| Error::Check(format!("`{name}` has no output")))?;
        let mut held = Self { child, until, said: BufReader::new(output), count, name };
        match held.line()? {
            Line { open: Some(open), failed: Some(0), .. } if open == count => Ok(held),
            line => Err(Error::Check(format!("`{}` opened not all: {line:?}", held.name))),
        }
    }

    fn line(&mut self) -> Result<Line, Error> {
        let mut line = String::new();
        let path = Path::new(&self.name);
        self.said.read_line(&mut line).map_err(Error::file(path))?;
        serde_json::from_str(&line).map_err(|error| Error::content(path, &error))
    }

    /// Lets go, and insists that they were open until then.
    fn close(mut self) -> Result<(), Error> {
        drop(self.until.take());
        let line = self.line()?;
        if line.held != Some(self.count) {
            return Err(Error::Check(format!("`{}` held not all: {line:?}", self.name)));
        }
        let started = Instant::now();
        while started.elapsed() < LETTING_GO {
            let ended =
                self.child.try_wait().map_err(|source| Error::Start { command: self.name.clone(), source });
            match ended? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => return Err(Error::Failed { command: self.name.clone(), status }),
                None => std::thread::sleep(Duration::from_millis(20)),
            }
        }
        Err(Error::Check(format!("`{}` does not let go", self.name)))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // Already gone after `close`; nothing to do about a failure here.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the load says: how many it has opened, and at the end how many were open still.
#[derive(Debug, Deserialize)]
struct Line {
    open: Option<u32>,
    failed: Option<u32>,
    held: Option<u32>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_are_opened_where_each_takes_much() {
        assert_eq!(levels_of(&[1_000, 5_000, 10_000], u32::MAX), [1_000, 5_000, 10_000]);
        assert_eq!(levels_of(&[1_000, 5_000, 10_000], 3_000), [1_000, 3_000]);
        assert_eq!(levels_of(&[200], 3_000), [200]);
    }

    #[test]
    fn streams_that_did_not_open_or_stay_are_a_failure() {
        let held = |line: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", &format!("echo '{line}'; cat; echo '{{\"held\":5}}'")]);
            Held::start(command, 5)
        };
        held(r#"{"open":5,"failed":0}"#).unwrap().close().unwrap();
        assert!(held(r#"{"open":4,"failed":1}"#).is_err());
        assert!(held("").is_err());
        let mut fewer = held(r#"{"open":5,"failed":0}"#).unwrap();
        fewer.count = 6;
        assert!(fewer.close().is_err());
    }
}
