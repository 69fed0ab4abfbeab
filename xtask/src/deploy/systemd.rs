//! The systemd units: what `systemd-analyze verify` says of them, and how exposed `systemd-analyze security` finds them.

use std::process::Command;

use super::{read, scratch};
use crate::error::Error;
use crate::workspace::Workspace;
use crate::{environment, process};

/// The units, and the exposure that each may have at most, in tenths of systemd's points (of ten). Most of what is left to the server
/// is the internet, which it is for.
const UNITS: &[(&str, u32)] = &[("openphone-mcp.service", 12), ("openphone-mcp-keys.service", 3)];

/// What the units start, which is not installed here.
const PROGRAM: &str = "/usr/bin/mcp-server";
/// What stands in for it: a unit whose program does not exist is refused.
const STAND_IN: &str = "/bin/true";

pub(super) fn check(workspace: &Workspace) -> Result<(), Error> {
    let analyze = environment::program("systemd-analyze", "systemd")?;
    let folder = scratch(workspace, "systemd")?;
    for (unit, exposure) in UNITS {
        let source = workspace.root.join("deploy/systemd").join(unit);
        let text = read(&source)?;
        if !text.contains(&format!("ExecStart={PROGRAM} ")) {
            return Err(Error::content(&source, &format!("does not start {PROGRAM}")));
        }
        let copy = folder.join(unit);
        std::fs::write(&copy, text.replace(PROGRAM, STAND_IN)).map_err(Error::file(&copy))?;
        // Its findings are no failure to itself, unless told so.
        let verify = Command::new(&analyze).args(["verify", "--man=no"]).arg(&copy).output();
        let verify = verify.map_err(Error::file(&analyze))?;
        if !verify.status.success() || !verify.stderr.is_empty() {
            eprint!("{}", String::from_utf8_lossy(&verify.stderr));
            return Err(Error::content(&source, &"systemd-analyze verify found the above"));
        }
        let mut security = Command::new(&analyze);
        security.args(["security", "--no-pager", "--offline=true", &format!("--threshold={exposure}")]);
        process::quiet(&format!("systemd-analyze security {unit}"), security.arg(&copy))?;
    }
    Ok(())
}
