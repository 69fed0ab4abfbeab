//! What a release hands out beside the program, collected once for the archive and the package.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::Error;
use crate::process;
use crate::workspace::Workspace;

/// The program's own place in the bundle.
pub(super) const PROGRAM: &str = "mcp-server";

/// Files of the repository, by the same path in the bundle.
const COPIED: &[&str] = &[
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "SECURITY.md",
    "deploy/systemd/config.toml",
    "deploy/systemd/openphone-mcp-keys.service",
    "deploy/systemd/openphone-mcp.service",
    "docs/deployment.md",
];

/// One file of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BundledFile {
    /// From the root of the archive.
    pub(super) path: String,
    pub(super) bytes: Vec<u8>,
}

impl BundledFile {
    /// What may be run is run, and everybody reads everything.
    pub(super) fn mode(&self) -> u32 {
        if self.path == PROGRAM { 0o755 } else { 0o644 }
    }
}

/// The files of a release in the order of their paths.
#[derive(Clone, Debug)]
pub(crate) struct Bundle(Vec<BundledFile>);

/// What is made and not copied: completions and pages of the manual.
pub(crate) struct Extra(Vec<BundledFile>);

impl Extra {
    /// Made of the command line as the checkout declares it.
    pub(crate) fn of(workspace: &Workspace, date: &str) -> Result<Self, Error> {
        let folder = workspace.target.join("release-extra");
        if folder.exists() {
            std::fs::remove_dir_all(&folder).map_err(Error::file(&folder))?;
        }
        let mut build = workspace.debug_build(&["--example", "packaging"]);
        process::quiet("build the example packaging", &mut build)?;
        let mut example = Command::new(workspace.debug_program("examples/packaging"));
        process::quiet("packaging", example.arg(&folder).arg(date))?;
        let mut files = Vec::new();
        for kind in ["completions", "man"] {
            let folder = folder.join(kind);
            for file in std::fs::read_dir(&folder).map_err(Error::file(&folder))? {
                let file = file.map_err(Error::file(&folder))?.path();
                let name = file.file_name().unwrap_or_default().to_string_lossy();
                files.push(read(&file, format!("{kind}/{name}"))?);
            }
        }
        Ok(Self(files))
    }

    /// Puts the pages of the manual into a folder, and returns their paths.
    pub(crate) fn manual(&self, folder: &Path) -> Result<Vec<PathBuf>, Error> {
        let mut paths = Vec::new();
        for (name, page) in self.0.iter().filter_map(|file| Some((file.path.strip_prefix("man/")?, file))) {
            let path = folder.join(name);
            std::fs::write(&path, &page.bytes).map_err(Error::file(&path))?;
            paths.push(path);
        }
        Ok(paths)
    }
}

impl Bundle {
    /// The program, what comes from the checkout, and what was made.
    pub(crate) fn collect(workspace: &Workspace, program: &Path, extra: Extra) -> Result<Self, Error> {
        let mut files = extra.0;
        files.push(read(program, PROGRAM.to_owned())?);
        for path in COPIED {
            files.push(read(&workspace.root.join(path), (*path).to_owned())?);
        }
        Ok(Self::of(files))
    }

    pub(super) fn of(mut files: Vec<BundledFile>) -> Self {
        files.sort_by(|one, other| one.path.cmp(&other.path));
        Self(files)
    }

    pub(super) fn files(&self) -> std::slice::Iter<'_, BundledFile> {
        self.0.iter()
    }
}

fn read(path: &Path, name: String) -> Result<BundledFile, Error> {
    Ok(BundledFile { path: name, bytes: std::fs::read(path).map_err(Error::file(path))? })
}

/// For tests: every kind of file that a bundle has.
#[cfg(test)]
pub(super) fn stand_in() -> Bundle {
    let made = [
        "completions/bash",
        "completions/fish",
        "completions/zsh",
        "man/mcp-server-serve.1",
        "man/mcp-server.1",
    ];
    let texts = made.iter().chain(COPIED).map(|path| ((*path).to_owned(), format!("{path}\n")));
    let program = (PROGRAM.to_owned(), "a program".to_owned());
    Bundle::of(
        texts.chain([program]).map(|(path, text)| BundledFile { path, bytes: text.into_bytes() }).collect(),
    )
}
