//! `cargo xtask tidy`: what no compiler checks. Which crate may use which (`layers`), how a file looks (`shape`),
//! what must never be committed (`contents`),
//! and that everybody can deploy it (`deployable`).
//!
//! Each rule is a function from a file to findings, with tests that show it failing. A finding names the file, the
//! line, what is wrong and what to do.

use std::fmt;

use crate::error::Error;
use crate::process;
use crate::workspace::Workspace;

mod contents;
mod deployable;
mod layers;
mod rust;
mod shape;

/// One file of the repository.
#[derive(Debug)]
struct File {
    /// Relative to the root, with forward slashes.
    path: String,
    /// `None` when it is no UTF-8 text.
    text: Option<String>,
}

impl File {
    /// The last part of the path.
    fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// The file name's extension, lower case, or an empty text.
    fn extension(&self) -> String {
        let (stem, extension) = self.name().rsplit_once('.').unwrap_or((self.name(), ""));
        if stem.is_empty() { String::new() } else { extension.to_ascii_lowercase() }
    }

    /// Whether it is test code as a whole: in a `tests` folder, or a `tests.rs` beside the code.
    fn is_test(&self) -> bool {
        self.name() == "tests.rs" || self.path.split('/').rev().skip(1).any(|folder| folder == "tests")
    }
}

/// What a rule found.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    path: String,
    /// Counted from 1.
    line: usize,
    /// What is wrong, and what to do.
    message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

/// Runs every rule on every file that git has or would add.
pub(crate) fn run(workspace: &Workspace) -> Result<(), Error> {
    let files = files(workspace)?;
    let mut findings = Vec::new();
    layers::check(&files, &mut findings);
    for file in &files {
        shape::check(file, &mut findings);
        contents::check(file, &mut findings);
        deployable::check(file, &mut findings);
    }
    findings.sort();
    for finding in &findings {
        eprintln!("{finding}");
    }
    if findings.is_empty() { Ok(()) } else { Err(Error::Check(format!("{} findings", findings.len()))) }
}

/// Committed files and new ones that are not ignored; the ones deleted but not yet committed are gone.
fn files(workspace: &Workspace) -> Result<Vec<File>, Error> {
    let mut command = std::process::Command::new("git");
    command
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(&workspace.root);
    let list = process::output(&mut command)?;
    let mut files = Vec::new();
    for path in list.split('\0').filter(|path| !path.is_empty()) {
        let full = workspace.root.join(path);
        if full.is_file() {
            let bytes = std::fs::read(&full).map_err(Error::file(&full))?;
            files.push(File { path: path.to_owned(), text: String::from_utf8(bytes).ok() });
        }
    }
    Ok(files)
}

/// For the rules' tests: what `check` finds in one file, as text.
#[cfg(test)]
fn findings_in(path: &str, text: &str, check: impl Fn(&File, &mut Vec<Finding>)) -> Vec<String> {
    let file = File { path: path.to_owned(), text: Some(text.to_owned()) };
    let mut findings = Vec::new();
    check(&file, &mut findings);
    findings.iter().map(ToString::to_string).collect()
}
