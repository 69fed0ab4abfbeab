//! `cargo xtask deny`: cargo-deny at a pinned version, with the rules of `deny.toml`.
//!
//! What `bench/` brings is checked too, by the rules of its own `deny.toml`; nothing of it is shipped, so that advisories do not
//! matter there. Bans, licences and sources are checked always: they need nothing but the lock file. Advisories need a database
//! from the network; where it cannot be had, that is said and the check is left out.

use std::process::Command;
use std::time::Duration;

use crate::error::Error;
use crate::process;
use crate::tools::{self, Tool};
use crate::workspace::Workspace;

/// Raise it with `cargo info cargo-deny`.
const CARGO_DENY: Tool = Tool { name: "cargo-deny", version: "0.20.2" };

/// How long the advisory database may take to arrive.
const FETCH_LIMIT: Duration = Duration::from_secs(90);

/// Runs every check.
pub(crate) fn run(workspace: &Workspace) -> Result<(), Error> {
    let program = tools::installed(workspace, &CARGO_DENY)?;
    let deny = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        command.args(["--all-features", "--locked"]).args(arguments).current_dir(&workspace.root);
        command
    };
    let offline = ["check", "--hide-inclusion-graph", "bans", "licenses", "sources"];
    process::run(&mut deny(&offline))?;
    process::run(deny(&["--manifest-path", "bench/Cargo.toml"]).args(offline))?;
    let fetched = process::limited("advisory database", &mut deny(&["fetch", "db"]), Some(FETCH_LIMIT));
    if fetched.is_err() {
        eprintln!("   advisories: not checked, the database at github.com/rustsec could not be reached");
        return Ok(());
    }
    process::run(&mut deny(&["check", "--disable-fetch", "advisories"]))
}
