//! Python packages in virtual environments: one for each major of the MCP SDK, which cannot share one, and one for the tools
//! that read `deploy/`, one for the server that ours is measured beside.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{debian, install};
use crate::error::Error;
use crate::workspace::Workspace;

/// Packages that share an environment.
pub(super) struct Packages {
    /// What they are, with hashes; a file of the repository.
    requirements: &'static str,
    /// Its virtual environment; in `target/test-env`.
    folder: &'static str,
}

pub(super) const SDK_1: Packages =
    Packages { requirements: "tests/clients/requirements-1.txt", folder: "python1" };
pub(super) const SDK_2: Packages =
    Packages { requirements: "tests/clients/requirements.txt", folder: "python" };
pub(super) const DEPLOY: Packages =
    Packages { requirements: "tests/deploy/requirements.txt", folder: "deploy" };
pub(super) const BENCH: Packages =
    Packages { requirements: "bench/python/requirements.txt", folder: "bench" };

/// A Python that has `packages` installed, hashes checked.
pub(super) fn python(workspace: &Workspace, packages: &Packages) -> Result<PathBuf, Error> {
    let requirements = workspace.root.join(packages.requirements);
    let wanted = std::fs::read(&requirements).map_err(Error::file(&requirements))?;
    let folder = workspace.target.join("test-env").join(packages.folder);
    let python = folder.join("bin/python");
    let stamp = folder.join("installed-requirements.txt");
    if std::fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    make(&folder)?;
    let mut command = Command::new(&python);
    command.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--require-hashes",
        "-r",
    ]);
    install(&format!("pip install -r {}", packages.requirements), command.arg(&requirements))?;
    std::fs::write(&stamp, wanted).map_err(Error::file(&stamp))?;
    Ok(python)
}

/// A new, empty virtual environment. Debian keeps the means to make one in a package of its own.
fn make(folder: &Path) -> Result<(), Error> {
    let system = debian::program("python3", "python3")?;
    let venv = || {
        let mut command = Command::new(&system);
        command.args(["-m", "venv", "--clear"]).arg(folder);
        command
    };
    let has_pip = Command::new(&system).args(["-c", "import ensurepip"]).output();
    if !has_pip.is_ok_and(|output| output.status.success()) {
        debian::packages(&["python3-venv"])?;
    }
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    install(&format!("python3 -m venv target/test-env/{name}"), &mut venv())
}
