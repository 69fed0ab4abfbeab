//! What `cargo xtask release` hands out: the Debian package by lintian, its scripts by the shell, the bill of materials by the schema of
//! CycloneDX. A small program of the system takes the place of ours, whose release build takes minutes.

use std::path::Path;
use std::process::Command;

use super::{scratch, tool};
use crate::error::Error;
use crate::process;
use crate::release::{self, Bundle, Extra, deb, sbom};
use crate::workspace::Workspace;

/// Any day: the package is thrown away.
const DATE: &str = "2026-01-01";
const STAND_IN: &str = "/bin/true";

pub(super) fn check(workspace: &Workspace) -> Result<(), Error> {
    let folder = scratch(workspace, "package")?;
    let bundle = Bundle::collect(workspace, Path::new(STAND_IN), Extra::of(workspace, DATE)?)?;
    let version = env!("CARGO_PKG_VERSION").parse().map_err(Error::Check)?;
    let release = deb::Release { version: &version, date: DATE, glibc: release::needs(Path::new(STAND_IN))? };
    deb::lint(&deb::build(workspace, &bundle, &release, &folder)?)?;
    for script in deb::SCRIPTS {
        let path = workspace.root.join("deploy/debian").join(script);
        process::run(Command::new("sh").arg("-n").arg(path))?;
    }
    bill(workspace, &folder)
}

fn bill(workspace: &Workspace, folder: &Path) -> Result<(), Error> {
    let path = folder.join("bill.cdx.json");
    std::fs::write(&path, sbom::make(workspace, DATE)?).map_err(Error::file(&path))?;
    process::run(tool(workspace, "python")?.arg("tests/deploy/sbom.py").arg(&path))
}
