//! The Dockerfile: hadolint's rules, and the compiler that the workspace says it needs.

use super::{read, tool};
use crate::error::Error;
use crate::process;
use crate::workspace::Workspace;

const DOCKERFILE: &str = "deploy/container/Dockerfile";

pub(super) fn check(workspace: &Workspace) -> Result<(), Error> {
    process::run(tool(workspace, "hadolint")?.arg(DOCKERFILE))?;
    for script in ["deploy/container/build.sh", "deploy/container/image-root.sh"] {
        let mut syntax = std::process::Command::new("sh");
        process::run(syntax.args(["-n", script]).current_dir(&workspace.root))?;
    }
    let manifest = workspace.root.join("Cargo.toml");
    let dockerfile = workspace.root.join(DOCKERFILE);
    let (wanted, used) = (rust_version(&read(&manifest)?), compiler(&read(&dockerfile)?));
    if wanted.is_some() && wanted == used {
        return Ok(());
    }
    Err(Error::content(&dockerfile, &format!("builds with Rust {used:?}, and Cargo.toml says {wanted:?}")))
}

/// `rust-version` of the workspace.
fn rust_version(manifest: &str) -> Option<String> {
    let manifest: toml::Table = manifest.parse().ok()?;
    manifest.get("workspace")?.get("package")?.get("rust-version")?.as_str().map(str::to_owned)
}

/// The version of the image that builds.
fn compiler(dockerfile: &str) -> Option<String> {
    let tag = dockerfile.lines().find_map(|line| line.strip_prefix("FROM rust:"))?;
    tag.split(['-', ' ']).next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::{compiler, rust_version};

    #[test]
    fn versions_are_read() {
        assert_eq!(compiler("# x\nFROM rust:1.95-bookworm AS build\n").as_deref(), Some("1.95"));
        assert_eq!(compiler("FROM debian:12\n"), None);
        assert_eq!(rust_version("[workspace.package]\nrust-version = \"1.95\"\n").as_deref(), Some("1.95"));
        assert_eq!(rust_version("[package]\n"), None);
    }
}
