//! `cargo xtask deny`: cargo-deny at a pinned version, with the rules of `deny.toml`.
//!
//! Bans, licences and sources are checked always: they need nothing but the lock file. Advisories need a database
//! from the network; where it cannot be had, that is said and the check is left out.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::error::Error;
use crate::process;
use crate::workspace::Workspace;

/// Raise it with `cargo info cargo-deny`.
const VERSION: &str = "0.20.2";

/// How long the advisory database may take to arrive.
const FETCH_LIMIT: Duration = Duration::from_secs(90);

/// Runs every check.
pub(crate) fn run(workspace: &Workspace) -> Result<(), Error> {
    let program = installed(workspace)?;
    let deny = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        command.args(["--all-features", "--locked"]).args(arguments).current_dir(&workspace.root);
        command
    };
    process::run(&mut deny(&["check", "--hide-inclusion-graph", "bans", "licenses", "sources"]))?;
    let fetched = process::limited("advisory database", &mut deny(&["fetch", "db"]), Some(FETCH_LIMIT));
    if fetched.is_err() {
        eprintln!("   advisories: not checked, the database at github.com/rustsec could not be reached");
        return Ok(());
    }
    process::run(&mut deny(&["check", "--disable-fetch", "advisories"]))
}

/// cargo-deny at [`VERSION`]: the one on the `PATH` when it is that, else one of our own under the target folder.
fn installed(workspace: &Workspace) -> Result<PathBuf, Error> {
    let tools = workspace.target.join("tools");
    let own = tools.join("bin/cargo-deny");
    let on_path = process::find_program("cargo-deny");
    if let Some(program) = on_path.into_iter().chain([own.clone()]).find(has_version) {
        return Ok(program);
    }
    let build = tools.join("build");
    let mut install =
        workspace.cargo(&["install", "cargo-deny", "--locked", "--version", VERSION, "--force"]);
    install.arg("--root").arg(&tools).arg("--target-dir").arg(&build);
    process::quiet(&format!("cargo install cargo-deny {VERSION} (some minutes, once)"), &mut install)?;
    // Half a gigabyte that nobody needs again.
    std::fs::remove_dir_all(&build).map_err(Error::file(&build))?;
    Ok(own)
}

fn has_version(program: &PathBuf) -> bool {
    let output = Command::new(program).arg("--version").output();
    output
        .is_ok_and(|output| String::from_utf8_lossy(&output.stdout).trim() == format!("cargo-deny {VERSION}"))
}
