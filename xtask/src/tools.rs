//! Cargo subcommands that we use at a pinned version: the one on the `PATH` when it is that, else one of our own
//! under the target folder.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::Error;
use crate::process;
use crate::workspace::Workspace;

/// A program that a crate of the same name installs.
#[derive(Debug)]
pub(crate) struct Tool {
    /// Of the crate and the program.
    pub(crate) name: &'static str,
    /// Exactly this one.
    pub(crate) version: &'static str,
}

/// Where the tool is; installs it when it is not there.
pub(crate) fn installed(workspace: &Workspace, tool: &Tool) -> Result<PathBuf, Error> {
    let tools = workspace.target.join("tools");
    let own = tools.join("bin").join(tool.name);
    let on_path = process::find_program(tool.name);
    if let Some(program) = on_path.into_iter().chain([own.clone()]).find(|program| tool.is(program)) {
        return Ok(program);
    }
    let build = tools.join("build");
    let mut install =
        workspace.cargo(&["install", tool.name, "--locked", "--version", tool.version, "--force"]);
    // They run for seconds: optimising them takes longer than they ever save.
    install.arg("--debug").env("CARGO_PROFILE_DEV_DEBUG", "false");
    install.arg("--root").arg(&tools).arg("--target-dir").arg(&build);
    let label = format!("cargo install {} {} (some minutes, once)", tool.name, tool.version);
    process::quiet(&label, &mut install)?;
    // Half a gigabyte that nobody needs again.
    std::fs::remove_dir_all(&build).map_err(Error::file(&build))?;
    Ok(own)
}

impl Tool {
    fn is(&self, program: &Path) -> bool {
        let output = Command::new(program).arg("--version").output();
        let expected = format!("{} {}", self.name, self.version);
        output.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).trim() == expected)
    }
}
