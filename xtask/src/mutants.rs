//! `cargo xtask mutants`: cargo-mutants at a pinned version, on the code that an attacker would like to find wrong.
//!
//! It changes the code in one place at a time, in a copy, and runs the crate's tests: what no test notices is a hole in
//! the tests, or makes no difference. Hours for all of it, so `--shard` takes a part: `0/4` is every fourth mutant. Those
//! that make no difference are in `.cargo/mutants.toml`, each with its reason; any other that survives fails the command.
//! docs/security.md has the scores.

use std::process::Command;

use crate::error::Error;
use crate::process;
use crate::progress::step;
use crate::tools::{self, Tool};
use crate::workspace::Workspace;

/// Raise it with `cargo info cargo-mutants`.
const CARGO_MUTANTS: Tool = Tool { name: "cargo-mutants", version: "27.1.0" };

/// What is mutated of one package, and how its tests are run.
#[derive(Debug)]
struct Subject {
    /// What people call it.
    name: &'static str,
    package: &'static str,
    /// Files; none: all of the package.
    files: &'static [&'static str],
    /// Arguments of `cargo test`.
    tests: &'static [&'static str],
}

const SUBJECTS: &[Subject] = &[
    Subject {
        name: "sealing",
        package: "openphone-mcp-sealing",
        files: &[],
        tests: &["--lib", "--test", "it"],
    },
    Subject {
        name: "oauth-server",
        package: "openphone-mcp-oauth-server",
        files: &[
            "crates/oauth-server/src/authorization_code.rs",
            "crates/oauth-server/src/client_assertion.rs",
            "crates/oauth-server/src/client_assertion/*.rs",
            "crates/oauth-server/src/client_auth.rs",
            "crates/oauth-server/src/client_metadata_document.rs",
            "crates/oauth-server/src/client_metadata_document/*.rs",
            "crates/oauth-server/src/family.rs",
            "crates/oauth-server/src/pkce.rs",
            "crates/oauth-server/src/redirect.rs",
            "crates/oauth-server/src/redirect_uri.rs",
            "crates/oauth-server/src/scope.rs",
        ],
        // Without two slow ones, which look at other files.
        tests: &["--lib", "--test", "it", "--", "--skip", "h13_the_memory", "--skip", "tampering"],
    },
];

/// Longest run of the tests with one mutant, in seconds: one that loops is caught by that.
const TEST_LIMIT: &str = "180";

/// Arguments of `mutants`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only a part, such as 0/4
    #[arg(long, value_name = "K/N")]
    shard: Option<String>,
    /// Only this crate
    #[arg(value_name = "CRATE")]
    subject: Option<String>,
}

/// Mutates what was asked for.
pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<(), Error> {
    mutate(workspace, args.subject.as_deref(), args.shard.as_deref())
}

/// For `ci --full`.
pub(crate) fn run_all(workspace: &Workspace) -> Result<(), Error> {
    mutate(workspace, None, None)
}

fn mutate(workspace: &Workspace, only: Option<&str>, shard: Option<&str>) -> Result<(), Error> {
    let program = tools::installed(workspace, &CARGO_MUTANTS)?;
    let mut wanted =
        SUBJECTS.iter().filter(|subject| only.is_none_or(|only| only == subject.name)).peekable();
    if wanted.peek().is_none() {
        let known: Vec<&str> = SUBJECTS.iter().map(|subject| subject.name).collect();
        return Err(Error::Check(format!("nothing to mutate by that name; there are: {}", known.join(", "))));
    }
    // Every subject is looked at, also after one with a survivor.
    let mut failed = Vec::new();
    for subject in wanted {
        let mut command = Command::new(&program);
        command.arg("mutants").args(subject.arguments(shard));
        command.arg("--output").arg(workspace.target.join("mutants").join(subject.name));
        // Builds of a few seconds, hundreds of them.
        command.env("CARGO_INCREMENTAL", "1").env_remove("CARGO_TARGET_DIR").current_dir(&workspace.root);
        if let Err(error) = step(&format!("mutants of {}", subject.name), || process::run(&mut command)) {
            failed.push(format!("{}: {error}", subject.name));
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(Error::Check(failed.join("; "))) }
}

impl Subject {
    /// Of cargo-mutants, but for where it writes.
    fn arguments(&self, shard: Option<&str>) -> Vec<String> {
        let mut arguments = vec!["--package", self.package, "--jobs", "1", "--timeout", TEST_LIMIT];
        arguments.extend(self.files.iter().flat_map(|file| ["--file", file]));
        // Round robin: a part is a sample of the whole.
        arguments.extend(shard.iter().flat_map(|shard| ["--sharding", "round-robin", "--shard", shard]));
        arguments.push("--");
        arguments.extend(self.tests);
        arguments.into_iter().map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// A file that was renamed would quietly be left alone.
    #[test]
    fn the_files_are_there() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for file in SUBJECTS.iter().flat_map(|subject| subject.files) {
            let folder = file.strip_suffix("/*.rs");
            assert!(root.join(folder.unwrap_or(file)).exists(), "{file}");
        }
    }

    #[test]
    fn a_part_is_a_sample() {
        let arguments = SUBJECTS[0].arguments(Some("0/4")).join(" ");
        let expected = "--package openphone-mcp-sealing --jobs 1 --timeout 180 --sharding round-robin --shard 0/4 \
                        -- --lib --test it";
        assert_eq!(arguments, expected);
    }
}
