//! The pages of the manual, as `cargo xtask release` makes them: read by mandoc.

use std::process::Command;

use super::scratch;
use crate::environment;
use crate::error::Error;
use crate::release::Extra;
use crate::workspace::Workspace;

/// What the generator writes around lists of possible values, and no reader minds.
const HARMLESS: &str = "skipping paragraph macro: br";

pub(super) fn check(workspace: &Workspace) -> Result<(), Error> {
    let folder = scratch(workspace, "manual")?;
    let pages = Extra::of(workspace, "2026-01-01")?.manual(&folder)?;
    let mandoc = environment::program("mandoc", "mandoc")?;
    let output = Command::new(&mandoc).args(["-T", "lint", "-W", "warning"]).args(&pages).output();
    let output = output.map_err(Error::file(&mandoc))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let findings = findings(&said);
    for finding in &findings {
        eprintln!("{finding}");
    }
    match (pages.is_empty(), findings.len()) {
        (true, _) => Err(Error::content(&folder, &"no page was written")),
        (false, 0) => Ok(()),
        (false, count) => Err(Error::Check(format!("{count} findings in the manual"))),
    }
}

fn findings(said: &str) -> Vec<&str> {
    said.lines().filter(|line| !line.contains(HARMLESS)).collect()
}

#[cfg(test)]
mod tests {
    use super::findings;

    #[test]
    fn only_the_generators_habit_is_left_out() {
        let said = "mandoc: a.1:17:2: WARNING: skipping paragraph macro: br before sp\nmandoc: a.1:3:31: WARNING: cannot parse date\n";
        assert_eq!(findings(said), ["mandoc: a.1:3:31: WARNING: cannot parse date"]);
    }
}
