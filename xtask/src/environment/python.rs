//! The Python MCP SDK in a virtual environment of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{debian, install};
use crate::error::Error;
use crate::workspace::Workspace;

/// The Python of `target/test-env/python`, with `tests/clients/requirements.txt` installed, hashes checked.
pub(super) fn client(workspace: &Workspace) -> Result<PathBuf, Error> {
    let requirements = workspace.root.join("tests/clients/requirements.txt");
    let wanted = std::fs::read(&requirements).map_err(Error::file(&requirements))?;
    let folder = workspace.target.join("test-env/python");
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
    install("pip install -r tests/clients/requirements.txt", command.arg(&requirements))?;
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
    install("python3 -m venv target/test-env/python", &mut venv())
}
