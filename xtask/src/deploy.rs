//! `cargo xtask deploy`: what is in `deploy/`, the manual and what a release hands out, held against the tools that read them: systemd's own checks, hadolint,
//! HAProxy, kustomize, the schemas of compose and of Kubernetes, mandoc, lintian.
//!
//! Every check runs, also after one that found something. A tool that cannot be had here is said; with `CI` set that is a failure. What
//! no tool of them can tell is whether an engine runs it: docs/deployment.md says what was tried.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::Error;
use crate::progress::step;
use crate::workspace::Workspace;
use crate::{environment, process};

mod container;
mod kubernetes;
mod manual;
mod package;
mod systemd;

type Check = (&'static str, fn(&Workspace) -> Result<(), Error>);

const CHECKS: &[Check] = &[
    ("yaml", yaml),
    ("container", container::check),
    ("compose", compose),
    ("kubernetes", kubernetes::check),
    ("systemd", systemd::check),
    ("manual", manual::check),
    ("package", package::check),
];

/// Runs every check.
pub(crate) fn run(workspace: &Workspace) -> Result<(), Error> {
    let mut failed = Vec::new();
    for (name, check) in CHECKS {
        match step(name, || check(workspace)) {
            Ok(()) => {}
            Err(Error::Missing(reason)) if !process::is_ci() => eprintln!("   {name}: not checked: {reason}"),
            Err(error) => {
                eprintln!("error: {name}: {error}");
                failed.push(*name);
            }
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(Error::Check(format!("refused: {}", failed.join(", ")))) }
}

/// The folder of what a check makes; empty at first.
fn scratch(workspace: &Workspace, name: &str) -> Result<PathBuf, Error> {
    let folder = workspace.target.join("deploy").join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).map_err(Error::file(&folder))?;
    }
    std::fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
    Ok(folder)
}

/// One of the tools that come as Python packages.
fn tool(workspace: &Workspace, name: &str) -> Result<Command, Error> {
    let mut command = Command::new(environment::deployment_tools(workspace)?.join(name));
    command.current_dir(&workspace.root);
    Ok(command)
}

fn read(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(Error::file(path))
}

fn yaml(workspace: &Workspace) -> Result<(), Error> {
    let mut yamllint = tool(workspace, "yamllint")?;
    process::run(yamllint.args(["--strict", "--config-file", "deploy/yamllint.yaml", "deploy"]))
}

/// The compose file by the schema of its specification, and the balancer's settings by the balancer. It does not know the
/// instances' names here, and says so.
fn compose(workspace: &Workspace) -> Result<(), Error> {
    let mut schema = tool(workspace, "check-jsonschema")?;
    process::run(schema.args(["--builtin-schema", "vendor.compose-spec", "deploy/compose/compose.yaml"]))?;
    let mut haproxy = Command::new(environment::program("haproxy", "haproxy")?);
    haproxy.args(["-c", "-f", "deploy/compose/haproxy.cfg"]).current_dir(&workspace.root);
    process::quiet("haproxy -c", &mut haproxy)
}
