//! The library that lets a program believe in another time: for tests of what was written in the past.

use std::path::{Path, PathBuf};

use super::debian;
use crate::error::Error;

/// Where it is, installed when it is absent and we may.
pub(super) fn library() -> Result<PathBuf, Error> {
    if let Some(found) = found() {
        return Ok(found);
    }
    debian::packages(&["faketime"])?;
    found().ok_or_else(|| Error::Missing("faketime: the package was installed but has no library".to_owned()))
}

/// Below the folder of the machine's architecture.
fn found() -> Option<PathBuf> {
    let folders = std::fs::read_dir(Path::new("/usr/lib")).ok()?;
    let mut paths =
        folders.filter_map(|folder| Some(folder.ok()?.path().join("faketime/libfaketimeMT.so.1")));
    paths.find(|path| path.is_file())
}
