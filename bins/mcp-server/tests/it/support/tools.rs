//! Outside programs that some tests drive: where they are, and what to do when they are not there.

use std::path::PathBuf;

/// A program or folder that `cargo xtask test` sets up and names in the environment.
///
/// Without it the test cannot run: it says so in a line that `cargo xtask test` counts, and fails where nothing may
/// be skipped (`CI=true`).
pub(crate) fn required(variable: &str, what: &str) -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "the one place where tests read the environment")]
    let (found, ci) = (std::env::var_os(variable), std::env::var_os("CI"));
    if found.is_none() {
        assert!(ci.is_none_or(|ci| ci != "true"), "{what} is missing ({variable} is not set)");
        println!("skipped: {what} is missing; `cargo xtask test` installs it");
    }
    found.map(PathBuf::from)
}
