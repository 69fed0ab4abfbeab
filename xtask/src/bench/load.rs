//! The load of `growth` and `fairness` (the binary crate's example `load`), and the processor time of what it calls meanwhile.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde::Deserialize;

use crate::deployment;
use crate::error::Error;
use crate::process;
use crate::processor_time::ProcessorTime;
use crate::progress::step;
use crate::workspace::Workspace;

/// How long a load may take: most of it is ten thousand logins, of which a server takes a hundred a second.
const LIMIT: Duration = Duration::from_secs(1_200);

/// Of the target folder, where the programs are.
pub(super) fn folder(is_debug: bool) -> &'static str {
    if is_debug { "debug" } else { "release" }
}

/// Builds the server and the load; both are allowed as many descriptors as there may be.
pub(super) fn build(workspace: &Workspace, is_debug: bool) -> Result<(), Error> {
    rlimit::increase_nofile_limit(u64::MAX).map_err(Error::file(Path::new("RLIMIT_NOFILE")))?;
    step("build the server and the load", || deployment::build(workspace, is_debug))
}

/// A line of the load.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "line", rename_all = "kebab-case")]
pub(super) enum Line {
    /// So many have logged in.
    Filled { logins: u64, seconds: f64 },
    /// Something begins that is counted.
    Look,
    /// Requests to one of the servers, of one kind or of none.
    Slice { place: usize, kind: Option<String>, seconds: f64, micros: Vec<u64>, wrong: u64 },
    /// What each key got done of what it offered.
    Share {
        phase: String,
        offered: f64,
        seconds: f64,
        done: Vec<u64>,
        micros: Vec<u64>,
        refused: u64,
        wrong: u64,
    },
    /// All is over.
    End { words: Vec<String> },
}

/// Runs the load against these addresses and hands over its lines, each with the processor time, in seconds, that every
/// process has used since the last [`Line::Look`].
pub(super) fn run(
    program: &Path,
    addresses: &[SocketAddr],
    arguments: &[&str],
    processes: &[u32],
    mut read: impl FnMut(Line, &[f64]) -> Result<String, Error>,
) -> Result<(), Error> {
    let addresses: Vec<_> = addresses.iter().map(SocketAddr::to_string).collect();
    let mut command = Command::new(program);
    command.arg(addresses.join(",")).args(arguments);
    let look = || processes.iter().copied().map(ProcessorTime::of).collect::<Result<Vec<_>, _>>();
    let mut before = look()?;
    process::lines("users come in", &mut command, LIMIT, |line| {
        let now = look()?;
        let line = serde_json::from_str(line).map_err(|error| Error::content(program, &error))?;
        let used: Vec<_> = now.iter().zip(&before).map(|(now, before)| now.since(before)).collect();
        if matches!(line, Line::Look) {
            before = now;
            return Ok("measuring".to_owned());
        }
        read(line, &used)
    })
}
