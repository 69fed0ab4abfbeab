//! `cargo xtask build`: the release binary as it is handed out and measured, built with the counts of how it runs.
//!
//! `cargo build --release` builds the same program without them, which needs some two thirds more processor time for a call.
//! The counts are in [`COUNTS`], which `cargo xtask profile` makes. They are of functions by their names and their flow of
//! control: what has changed since is built as if nothing were known of it, and nothing but its speed suffers.

use std::fs;
use std::io::Read as _;
use std::path::PathBuf;
use std::process::Command;

use flate2::read::GzDecoder;

use crate::error::Error;
use crate::process;
use crate::progress::step;
use crate::workspace::Workspace;

/// The counts, from the root.
pub(crate) const COUNTS: &str = "bins/mcp-server/release.profdata.gz";

/// The flags of `.cargo/config.toml`, of which cargo takes no notice where the environment has some.
const FLAGS: [&str; 2] = ["--cfg", "poly1305_backend=\"soft\""];

/// Whether this machine's programs are those that were counted: functions have other names on others.
pub(crate) const APPLIES: bool = cfg!(all(target_arch = "x86_64", target_os = "linux", target_env = "gnu"));

/// Builds the binary; where it is.
pub(crate) fn build(workspace: &Workspace) -> Result<PathBuf, Error> {
    step("build --release, with counts", || {
        process::run(&mut cargo(workspace, &["build", "--release", "--locked", "-p", "mcp-server"])?)
    })?;
    Ok(workspace.target.join("release/mcp-server"))
}

/// A cargo command that builds with the counts.
pub(crate) fn cargo(workspace: &Workspace, arguments: &[&str]) -> Result<Command, Error> {
    let mut command = workspace.cargo(arguments);
    if APPLIES {
        let counts = unpacked(workspace)?;
        add_flag(&mut command, &format!("-Cprofile-use={}", counts.display()));
    }
    Ok(command)
}

/// The counts as the compiler reads them. Written when they are others: everything is built again when the file is newer.
fn unpacked(workspace: &Workspace) -> Result<PathBuf, Error> {
    let counts = counts(workspace)?;
    let path = workspace.target.join("release.profdata");
    if fs::read(&path).is_ok_and(|there| there == counts) {
        return Ok(path);
    }
    fs::create_dir_all(&workspace.target).map_err(Error::file(&workspace.target))?;
    fs::write(&path, counts).map_err(Error::file(&path))?;
    Ok(path)
}

fn counts(workspace: &Workspace) -> Result<Vec<u8>, Error> {
    let packed = workspace.root.join(COUNTS);
    let bytes = fs::read(&packed).map_err(Error::file(&packed))?;
    let mut counts = Vec::new();
    GzDecoder::new(bytes.as_slice()).read_to_end(&mut counts).map_err(Error::file(&packed))?;
    Ok(counts)
}

/// Gives the compiler a flag besides those that it is given anyway.
pub(crate) fn add_flag(command: &mut Command, flag: &str) {
    // Of the two variables, cargo reads this one alone where there are both; its separator lets flags hold spaces.
    let given = process::variable("CARGO_ENCODED_RUSTFLAGS").unwrap_or_else(|| {
        let flags = process::variable("RUSTFLAGS").unwrap_or_default();
        flags.split_whitespace().collect::<Vec<_>>().join("\u{1f}")
    });
    let given = given.split('\u{1f}').filter(|flag| !flag.is_empty());
    let flags = given.chain(FLAGS).chain([flag]).collect::<Vec<_>>();
    command.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The compiler ends with an error where it cannot read them.
    #[test]
    fn the_counts_of_the_repository_are_whole() {
        let counts = counts(&Workspace::find().unwrap()).unwrap();
        assert!(counts.starts_with(b"\xfflprofi\x81"), "the magic number of LLVM's indexed counts");
        assert!(counts.len() > 1_000_000, "{} bytes", counts.len());
    }

    #[test]
    fn the_same_flags_are_given_everywhere() {
        let root = Workspace::find().unwrap().root;
        let config = fs::read_to_string(root.join(".cargo/config.toml")).unwrap();
        let config: toml::Table = config.parse().unwrap();
        let flags = config["build"]["rustflags"].as_array().unwrap();
        assert!(flags.iter().map(|flag| flag.as_str().unwrap()).eq(FLAGS), "{flags:?}");
        let image = fs::read_to_string(root.join("deploy/container/build.sh")).unwrap();
        assert!(image.contains(&FLAGS.join(" ").replace('"', "\\\"")), "{image}");
    }

    #[test]
    fn a_flag_comes_after_those_of_the_environment() {
        let mut command = Command::new("cargo");
        add_flag(&mut command, "-Cprofile-use=/a folder/release.profdata");
        let flags =
            command.get_envs().find(|(name, _)| *name == "CARGO_ENCODED_RUSTFLAGS").unwrap().1.unwrap();
        let flags: Vec<_> = flags.to_str().unwrap().split('\u{1f}').collect();
        assert!(flags.windows(2).any(|pair| pair == FLAGS), "{flags:?}");
        assert_eq!(flags.last(), Some(&"-Cprofile-use=/a folder/release.profdata"), "its space is its own");
    }
}
