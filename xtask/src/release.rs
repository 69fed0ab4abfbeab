//! `cargo xtask release VERSION`: what a release changes in the checkout, and what it hands out.
//!
//! Without `--execute` nothing but `target/release-files` is written: the changes are shown, and the files are made from the
//! checkout as it is. With it the version and the changelog are changed, the files made, and all of it committed and tagged. Nothing is
//! ever pushed or published: docs/release.md says what a person does then.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::error::Error;
use crate::process;
use crate::profile;
use crate::progress::step;
use crate::release_build;
use crate::workspace::Workspace;

mod archive;
mod bundle;
mod changelog;
mod checksums;
pub(crate) mod deb;
mod floor;
pub(crate) mod sbom;
mod smoke;
mod version;

pub(crate) use archive::gzip;
pub(crate) use bundle::{Bundle, Extra};
use version::Version;

/// Where the files are put, below cargo's target folder.
const FOLDER: &str = "release-files";

/// Arguments of `release`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The version to release, such as 1.2.0
    #[arg(value_name = "VERSION")]
    version: Version,

    /// Change, commit and tag; without it the checkout stays as it is
    #[arg(long)]
    execute: bool,

    /// Hand this program out instead of building one
    #[arg(long, value_name = "FILE", conflicts_with = "execute")]
    binary: Option<PathBuf>,
}

/// One file of the repository and what it becomes.
struct Change {
    path: &'static str,
    before: String,
    after: String,
}

/// Runs the command.
pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<(), Error> {
    let date = today();
    let changes = changes(workspace, &args.version, &date)?;
    for change in &changes {
        println!("{}", summary(change));
    }
    if args.execute {
        refuse_unclean(workspace)?;
        for change in &changes {
            crate::codegen::replace(&workspace.root.join(change.path), &change.after)?;
        }
        process::run(&mut workspace.cargo(&["update", "--workspace", "--offline"]))?;
        // Our crates' functions have other names with another version.
        if release_build::APPLIES {
            profile::run(workspace)?;
        }
    }
    let program = match &args.binary {
        Some(program) => program.clone(),
        None => release_build::build(workspace)?,
    };
    let version = smoke::version(&program)?;
    if args.execute && version != args.version {
        return Err(Error::Check(format!("{} says that it is {version}", program.display())));
    }
    let files = hand_out(workspace, &program, &version, &date)?;
    if args.execute {
        let message = format!("release: {version}");
        process::run(git(workspace).args(["commit", "--all", "--message", &message]))?;
        process::run(git(workspace).args([
            "tag",
            "--annotate",
            &format!("v{version}"),
            "--message",
            &message,
        ]))?;
    } else {
        println!("Nothing was changed, committed or tagged: --execute does that.");
    }
    println!("{}", files.display());
    Ok(())
}

/// The day of the release, in UTC.
#[expect(clippy::disallowed_methods, reason = "a release is of the day on which it is made")]
fn today() -> String {
    Timestamp::now().to_zoned(TimeZone::UTC).date().to_string()
}

fn changes(workspace: &Workspace, version: &Version, date: &str) -> Result<Vec<Change>, Error> {
    type Edit = fn(&str, &Version, &str) -> Result<String, String>;
    const EDITS: &[(&str, Edit)] = &[
        ("Cargo.toml", |text, version, _| version::in_manifest(text, version)),
        ("CHANGELOG.md", changelog::released),
        ("deploy/kubernetes/base/kustomization.yaml", |text, version, _| version::in_image(text, version)),
    ];
    let mut changes = Vec::new();
    for (path, edit) in EDITS {
        let full = workspace.root.join(path);
        let before = std::fs::read_to_string(&full).map_err(Error::file(&full))?;
        let after = edit(&before, version, date).map_err(|reason| Error::content(&full, &reason))?;
        changes.push(Change { path, before, after });
    }
    Ok(changes)
}

/// The lines that a change adds and takes away.
fn summary(change: &Change) -> String {
    let (before, after): (Vec<_>, Vec<_>) = (change.before.lines().collect(), change.after.lines().collect());
    let gone = before.iter().filter(|line| !after.contains(line)).map(|line| format!("- {line}"));
    let new = after.iter().filter(|line| !before.contains(line)).map(|line| format!("+ {line}"));
    [change.path.to_owned()].into_iter().chain(gone).chain(new).collect::<Vec<_>>().join("\n")
}

fn refuse_unclean(workspace: &Workspace) -> Result<(), Error> {
    let status = process::output(git(workspace).args(["status", "--porcelain"]))?;
    if status.is_empty() {
        Ok(())
    } else {
        Err(Error::Check("there are changes that are not committed".to_owned()))
    }
}

fn git(workspace: &Workspace) -> std::process::Command {
    let mut command = std::process::Command::new("git");
    command.current_dir(&workspace.root);
    command
}

/// Makes every file of the release, and returns their folder.
fn hand_out(workspace: &Workspace, program: &Path, version: &Version, date: &str) -> Result<PathBuf, Error> {
    let folder = workspace.target.join(FOLDER);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).map_err(Error::file(&folder))?;
    }
    std::fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
    let glibc = floor::check(program)?;
    let bundle = step("collect", || Bundle::collect(workspace, program, Extra::of(workspace, date)?))?;
    let platform = format!("{}-linux-gnu", std::env::consts::ARCH);
    let name = format!("mcp-server-{version}-{platform}");
    archive::write(&folder.join(format!("{name}.tar.gz")), &name, &bundle, date)?;
    let package =
        step("package", || deb::build(workspace, &bundle, &deb::Release { version, date, glibc }, &folder))?;
    deb::lint(&package)?;
    let bill = sbom::make(workspace, date)?;
    write(&folder.join(format!("mcp-server-{version}.cdx.json")), &bill)?;
    write(&folder.join("server.json"), &smoke::server_json(program, version, &workspace.target)?)?;
    checksums::write(&folder)?;
    Ok(folder)
}

/// The oldest glibc that a program runs with.
pub(crate) fn needs(program: &Path) -> Result<floor::Glibc, Error> {
    floor::check(program)
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    std::fs::write(path, text).map_err(Error::file(path))
}

#[cfg(test)]
mod tests {
    use super::{changes, summary};
    use crate::workspace::Workspace;

    /// The edits are made for files as they are: one of another form would stop a release on its day.
    #[test]
    fn the_checkout_can_be_released() {
        let workspace = Workspace::find().unwrap();
        let changes = changes(&workspace, &"999.0.0".parse().unwrap(), "2026-11-26").unwrap();
        let summaries: String = changes.iter().map(summary).collect();
        assert!(
            summaries.contains("+ version = \"999.0.0\"") && summaries.contains("+ ## 999.0.0 (2026-11-26)")
        );
        assert!(summaries.contains("newTag: \"999.0.0\""), "{summaries}");
        let manifest: toml::Table = changes[0].after.parse().unwrap();
        let ours = manifest["workspace"]["dependencies"].as_table().unwrap().values();
        let ours: Vec<_> = ours.filter(|dependency| dependency.get("path").is_some()).collect();
        assert!(
            ours.len() >= 10
                && ours.iter().all(|dependency| dependency["version"].as_str() == Some("999.0.0"))
        );
    }
}
