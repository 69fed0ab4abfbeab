//! `cargo xtask fuzz`: every fuzz target of every crate that has a `fuzz/` folder, with cargo-fuzz at a pinned
//! version, for a bounded time each.
//!
//! Instrumentation needs unstable compiler flags, which the stable toolchain takes with `RUSTC_BOOTSTRAP=1`. What
//! the fuzzer finds on its way is kept under the target folder, and taken up again by the next run; seeds are in
//! `fuzz/seeds/<target>/`, and the words that inputs are made of in `fuzz/dictionary`, where a crate has one. The
//! crates' own tests play the seeds, so `ci` needs no fuzzer for that; `ci --full` looks further.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::error::Error;
use crate::process;
use crate::progress::step;
use crate::tools::{self, Tool};
use crate::workspace::Workspace;

/// Raise it with `cargo info cargo-fuzz`.
const CARGO_FUZZ: Tool = Tool { name: "cargo-fuzz", version: "0.13.2" };

/// Longest input: the answers of the API that are looked at have a few kilobytes, and so has a conversation of
/// twenty messages.
const MAX_LENGTH: &str = "4096";

/// How long a target runs in `ci --full`. A decoder sees some million inputs in this time.
const SECONDS: u64 = 60;

/// The crates whose inputs are whole conversations, of which a second has a thousand: the path of a request that anybody
/// may send. And how long each of their targets runs; the more there are, the less each.
const LONG: &[(&str, u64)] = &[("mcp-protocol", 600), ("oauth-server", 240)];

/// Arguments of `fuzz`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Seconds for each target
    #[arg(long, value_name = "N", default_value_t = SECONDS)]
    seconds: u64,
    /// Only this target
    #[arg(value_name = "TARGET")]
    target: Option<String>,
}

/// Fuzzes for as long as was asked for.
pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<(), Error> {
    fuzz(workspace, args.target.as_deref(), |_| args.seconds)
}

/// For `ci --full`.
pub(crate) fn run_all(workspace: &Workspace) -> Result<(), Error> {
    fuzz(workspace, None, full_seconds)
}

/// How long the targets of this `fuzz/` folder run in `ci --full`.
fn full_seconds(folder: &Path) -> u64 {
    let owner = folder.parent().and_then(Path::file_name);
    let long = owner.and_then(|owner| LONG.iter().find(|(name, _)| owner == *name));
    long.map_or(SECONDS, |(_, seconds)| *seconds)
}

/// Every target, or the one with this name, for as long as `seconds` says of its folder.
fn fuzz(workspace: &Workspace, only: Option<&str>, seconds: impl Fn(&Path) -> u64) -> Result<(), Error> {
    let program = tools::installed(workspace, &CARGO_FUZZ)?;
    let mut known = Vec::new();
    let mut ran = false;
    for folder in folders(workspace)? {
        let all = targets(&folder)?;
        let wanted = all.iter().filter(|target| only.is_none_or(|only| only == **target));
        let fuzzer = Fuzzer { workspace, program: &program, folder: &folder };
        for target in wanted {
            let name = folder.strip_prefix(&workspace.root).unwrap_or(&folder).display();
            step(&format!("fuzz {name} {target}"), || {
                fuzzer.build(target)?;
                fuzzer.run(target, seconds(&folder))
            })?;
            ran = true;
        }
        known.extend(all);
    }
    if ran { Ok(()) } else { Err(Error::Check(format!("no such target; there are: {}", known.join(", ")))) }
}

/// The `fuzz/` folders of our crates.
fn folders(workspace: &Workspace) -> Result<Vec<PathBuf>, Error> {
    let crates = workspace.root.join("crates");
    let mut folders: Vec<_> = list(&crates)?.into_iter().map(|folder| folder.join("fuzz")).collect();
    folders.retain(|folder| folder.join("Cargo.toml").is_file());
    Ok(folders)
}

fn targets(folder: &Path) -> Result<Vec<String>, Error> {
    let files = list(&folder.join("fuzz_targets"))?;
    let names = files.iter().filter_map(|file| Some(file.file_stem()?.to_str()?.to_owned()));
    Ok(names.collect())
}

fn list(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = std::fs::read_dir(folder).map_err(Error::file(folder))?;
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry.map_err(Error::file(folder))?.path());
    }
    paths.sort();
    Ok(paths)
}

/// The words that a crate's inputs are made of, where it says so.
fn dictionary(folder: &Path) -> Option<String> {
    let file = folder.join("dictionary");
    file.is_file().then(|| format!("-dict={}", file.display()))
}

/// cargo-fuzz on one crate's targets.
struct Fuzzer<'a> {
    workspace: &'a Workspace,
    program: &'a Path,
    folder: &'a Path,
}

impl Fuzzer<'_> {
    /// The first build takes some minutes; it is no part of a target's time.
    fn build(&self, target: &str) -> Result<(), Error> {
        process::quiet(&format!("build {target}"), self.command("build").arg(target))
    }

    fn run(&self, target: &str, seconds: u64) -> Result<(), Error> {
        let corpus = self.made("corpus", target)?;
        let artifacts = self.made("artifacts", target)?;
        let mut command = self.command("run");
        command
            .arg(target)
            .arg(corpus)
            .arg(self.folder.join("seeds").join(target))
            .arg("--")
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-max_len={MAX_LENGTH}"))
            .arg(format!("-artifact_prefix={}/", artifacts.display()))
            .args(dictionary(self.folder))
            .args(["-timeout=10", "-print_final_stats=1"]);
        let limit = Duration::from_secs(seconds + 120);
        let said = process::limited_output(&format!("{target}, {seconds} s"), &mut command, limit)?;
        if let Some(runs) = said.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"))
        {
            println!("   {target}: {} inputs, nothing found", runs.trim());
        }
        Ok(())
    }

    /// Without a sanitizer: our crates have no `unsafe` for one to watch, and the fuzzer is twice as fast.
    fn command(&self, verb: &str) -> Command {
        let mut command = Command::new(self.program);
        command
            .arg(verb)
            .args(["--sanitizer", "none", "--fuzz-dir"])
            .arg(self.folder)
            .arg("--target-dir")
            .arg(self.workspace.target.join("fuzz"))
            .current_dir(&self.workspace.root)
            .env("RUSTC_BOOTSTRAP", "1");
        command
    }

    /// A folder under the target folder, which outlives the run.
    fn made(&self, what: &str, target: &str) -> Result<PathBuf, Error> {
        let folder = self.workspace.target.join("fuzz").join(what).join(target);
        std::fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
        Ok(folder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_fuzzed_for_longer() {
        assert_eq!(full_seconds(Path::new("/x/crates/mcp-protocol/fuzz")), 600);
        assert_eq!(full_seconds(Path::new("/x/crates/oauth-server/fuzz")), 240);
        assert_eq!(full_seconds(Path::new("/x/crates/openphone-client/fuzz")), SECONDS);
    }

    /// A crate that was renamed would quietly run for a minute.
    #[test]
    fn the_long_ones_are_there() {
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates");
        for (name, _) in LONG {
            assert!(!targets(&crates.join(name).join("fuzz")).unwrap().is_empty(), "{name}");
        }
    }
}
