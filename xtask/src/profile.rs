//! `cargo xtask profile`: how often which part of the release binary runs, for the compiler, and then in which order, for the
//! linker.
//!
//! The binary is built so that it counts, and then has a short day: users log in, call what people call, hold streams open, come
//! back with the next token (the load of `cargo xtask load`). When it ends, it writes the counts down. They are merged into
//! [`COUNTS`], with which `cargo xtask build` builds: what ran often is made fast and inlined, what did not run is moved out of
//! the way. [`symbol_order`] comes last, because a program that is built otherwise has other functions.
//!
//! Names of functions hold hashes of versions: after other versions of dependencies, of the compiler or of ourselves, and after
//! a change of `[profile.release]`, what is counted is nobody's until this has run again.

mod counts;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::deployment::{self, fresh};
use crate::environment;
use crate::error::Error;
use crate::load;
use crate::process;
use crate::progress::step;
use crate::release::gzip;
use crate::release_build::{APPLIES, COUNTS, add_flag};
use crate::symbol_order;
use crate::workspace::Workspace;

/// Its folder in the target folder. Not that of other builds: a program that counts must not be taken for one that does not.
const FOLDER: &str = "profile";

/// Counts, and writes what was counted and the list of functions.
pub(crate) fn run(workspace: &Workspace) -> Result<(), Error> {
    if !APPLIES {
        return Err(Error::Check(format!("{COUNTS} is of programs for x86_64 Linux with glibc")));
    }
    let merge = environment::llvm_profdata()?;
    let target = workspace.target.join(FOLDER);
    let counted = target.join("counted");
    step("build --release, counting (some ten minutes)", || build(workspace, &target, &counted))?;
    step("build the load", || deployment::build_load(workspace))?;
    fresh(&counted)?;
    step("a short day", || load::short_day(workspace, &format!("{FOLDER}/release")))?;
    step("merge", || merged(workspace, &merge, &counted))?;
    symbol_order::run(workspace)
}

/// A binary that writes what it counted into the folder `counted` when it ends.
fn build(workspace: &Workspace, target: &Path, counted: &Path) -> Result<(), Error> {
    let mut build = workspace.cargo(&["build", "--release", "--locked", "-p", "mcp-server", "--target-dir"]);
    add_flag(build.arg(target), &format!("-Cprofile-generate={}", counted.display()));
    // Build scripts and macros count, too, and nobody wants to know.
    process::run(build.env("LLVM_PROFILE_FILE", "/dev/null"))
}

/// Makes one file of what each process counted, in the repository.
fn merged(workspace: &Workspace, merge: &Path, counted: &Path) -> Result<(), Error> {
    let files = fs::read_dir(counted).map_err(Error::file(counted))?;
    let files = files.map(|file| Ok(file.map_err(Error::file(counted))?.path()));
    let files = files.collect::<Result<Vec<PathBuf>, Error>>()?;
    if files.is_empty() {
        return Err(Error::Check("the binary that counts wrote nothing when it ended".to_owned()));
    }
    let text = process::output(Command::new(merge).args(["merge", "--text", "--output", "-"]).args(files))?;
    let [kept, binary] = ["kept.txt", "kept.profdata"].map(|name| counted.join(name));
    fs::write(&kept, counts::kept(&text)).map_err(Error::file(&kept))?;
    process::run(Command::new(merge).args(["merge", "--output"]).args([&binary, &kept]))?;
    let bytes = fs::read(&binary).map_err(Error::file(&binary))?;
    let counts = workspace.root.join(COUNTS);
    let packed = gzip(&bytes).map_err(Error::file(&counts))?;
    fs::write(&counts, packed).map_err(Error::file(&counts))
}
