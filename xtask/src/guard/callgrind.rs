//! Runs the counted program under callgrind, which writes one file for each case, and puts what it counted beside what the
//! program says of itself.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde::Deserialize;

use crate::bench::program;
use crate::environment;
use crate::error::Error;
use crate::process;
use crate::progress::step;
use crate::workspace::Workspace;

/// The function of the program in which everything counts.
const COUNTED: &str = "costs::counter::counted";
/// Settings of the C library. Whether a block grows in place, for nothing, or is copied depends on what lies behind it, which
/// is not the same in each run: from this size on blocks are mapped, and never copied. And a copy by `rep movsb` would count as
/// one instruction for each byte.
const LIBRARY: &str = "glibc.malloc.mmap_threshold=16384:glibc.cpu.x86_rep_movsb_threshold=1073741824";
/// How long the whole run may take.
const LIMIT: Duration = Duration::from_secs(240);

/// What one repetition of a case costs.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Count {
    pub(super) case: String,
    instructions: f64,
    allocations: f64,
    bytes: f64,
}

impl Count {
    /// `values`: instructions, allocations, bytes. A tenth is as exact as they are kept.
    pub(super) fn new(case: &str, values: [f64; 3]) -> Self {
        let [instructions, allocations, bytes] = values.map(|value| (value * 10.0).round() / 10.0);
        Self { case: case.to_owned(), instructions: instructions.round(), allocations, bytes }
    }

    /// Instructions, allocations, bytes.
    pub(super) fn values(&self) -> [f64; 3] {
        [self.instructions, self.allocations, self.bytes]
    }
}

/// A line of the program.
#[derive(Debug, Deserialize)]
struct Line {
    case: String,
    repetitions: u32,
    allocations: f64,
    bytes: f64,
}

/// Builds the program and counts the cases whose names begin like one of `cases`; all, when there is none.
pub(super) fn count(workspace: &Workspace, cases: &[String]) -> Result<Vec<Count>, Error> {
    let valgrind = environment::program("valgrind", "valgrind")?;
    let program = step("build the counted program", || {
        // As the tests are, so that there is little to build where they were.
        program::build(workspace, "costs", &["--workspace", "--all-features", "--profile", "dev"])
    })?;
    let folder = workspace.target.join("guard-counts");
    // What an earlier run left would be taken for this one's.
    match std::fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(Error::file(&folder)(error));
        }
        _ => std::fs::create_dir_all(&folder).map_err(Error::file(&folder))?,
    }
    let out = folder.join("callgrind");
    let mut command = Command::new(valgrind);
    command
        .env("GLIBC_TUNABLES", LIBRARY)
        .args(["--tool=callgrind", "--quiet", "--collect-atstart=no"])
        .arg(format!("--toggle-collect={COUNTED}"))
        .arg(format!("--dump-after={COUNTED}"))
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(&program);
    command.args(cases.iter().flat_map(|case| ["--case", case]));
    let mut lines: Vec<Line> = Vec::new();
    step("count", || {
        process::lines("counting", &mut command, LIMIT, |line| {
            lines.push(serde_json::from_str(line).map_err(|error| Error::content(&program, &error))?);
            Ok(format!("counting, {} cases so far", lines.len()))
        })
    })?;
    if lines.is_empty() {
        return Err(Error::Check(format!("there is no case of the name {}", cases.join(" or "))));
    }
    // Callgrind numbers its files in the order in which the cases were done.
    let counted = lines.into_iter().zip(1..).map(|(line, number)| {
        let instructions = instructions(&folder.join(format!("callgrind.{number}")))?;
        let each = instructions / f64::from(line.repetitions);
        Ok(Count::new(&line.case, [each, line.allocations, line.bytes]))
    });
    counted.collect()
}

/// All instructions of a file of callgrind's.
fn instructions(path: &Path) -> Result<f64, Error> {
    let text = std::fs::read_to_string(path).map_err(Error::file(path))?;
    total(&text).ok_or_else(|| Error::content(path, &"no instructions were counted"))
}

/// The line `totals:`, where something was counted.
fn total(text: &str) -> Option<f64> {
    let total = text.lines().find_map(|line| line.strip_prefix("totals:"))?;
    total.trim().parse().ok().filter(|total| *total > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_read_and_nothing_is_no_total() {
        let file = |total: &str| format!("version: 1\nevents: Ir\nfn=(1) a\n1 7\n\ntotals: {total}\n");
        assert_eq!(total(&file("628032")), Some(628_032.0));
        assert_eq!(total(&file("0")), None, "the function was not found");
        assert_eq!(total("events: Ir\n"), None);
    }
}
