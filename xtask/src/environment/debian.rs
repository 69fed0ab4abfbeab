//! Programs from Debian's packages.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use super::install;
use crate::error::Error;
use crate::process;

/// The program `name`, installed from `package` when it is absent and we may.
pub(super) fn program(name: &str, package: &str) -> Result<PathBuf, Error> {
    if let Some(found) = process::find_program(name) {
        return Ok(found);
    }
    packages(&[package])?;
    process::find_program(name).ok_or_else(|| {
        Error::Missing(format!("{name}: package {package} was installed but has no such program"))
    })
}

/// Installs Debian packages, or says why not.
pub(super) fn packages(names: &[&str]) -> Result<(), Error> {
    let list = names.join(" ");
    if process::find_program("apt-get").is_none() {
        return Err(Error::Missing(format!("{list}: not found, and this is no Debian: install it by hand")));
    }
    let Some(prefix) = privilege() else {
        return Err(Error::Missing(format!(
            "{list}: not found, and only root may install it: run `sudo apt-get install {list}`"
        )));
    };
    // Package lists are fetched once a run: a fresh machine has none.
    static LISTS: OnceLock<bool> = OnceLock::new();
    let fresh = LISTS.get_or_init(|| install("apt-get update", &mut apt(prefix, &["update", "-q"])).is_ok());
    if !fresh {
        return Err(Error::Missing(format!("{list}: not found, and apt-get update failed")));
    }
    let mut command = apt(prefix, &["install", "-q", "-y", "--no-install-recommends"]);
    install(&format!("apt-get install {list}"), command.args(names))
}

fn apt(prefix: &[&str], arguments: &[&str]) -> Command {
    let words: Vec<_> = prefix.iter().chain(&["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]).collect();
    let mut command = Command::new(words[0]);
    // A fresh machine may still be busy with upgrades of its own.
    command.args(&words[1..]).args(["-o", "DPkg::Lock::Timeout=120"]).args(arguments);
    command
}

/// What to put before a command so that it runs as root: nothing, `sudo -n`, or `None` when we may not.
fn privilege() -> Option<&'static [&'static str]> {
    let succeeds = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stderr(Stdio::null());
        command.output().ok().filter(|output| output.status.success())
    };
    let user = succeeds("id", &["-u"])?;
    if user.stdout.trim_ascii() == b"0" {
        return Some(&[]);
    }
    succeeds("sudo", &["-n", "true"]).map(|_| &["sudo", "-n"][..])
}
