//! The unit tests of the client drivers themselves: their reading of the consent form, in JavaScript and in the Python of
//! either SDK.

use std::process::Command;

use super::{Tally, in_environment};
use crate::environment::Environment;
use crate::workspace::Workspace;

/// Runs all. A runner that fails without having counted a failure counts as one.
pub(super) fn run(workspace: &Workspace, environment: &Environment) -> Tally {
    let folder = workspace.root.join("tests/clients");
    let mut tally = Tally::default();
    if let Some(node) = environment.node() {
        let mut command = in_environment(Command::new(node), environment);
        command.args(["--test", "--test-reporter=tap", "person.test.mjs"]).current_dir(&folder);
        tally += counted(command, Tally::from_tap);
    }
    for python in environment.pythons() {
        let mut command = in_environment(Command::new(python), environment);
        command.args(["-B", "-m", "unittest"]).current_dir(&folder);
        tally += counted(command, Tally::from_unittest);
    }
    tally
}

fn counted(mut command: Command, read: impl Fn(&str) -> Tally) -> Tally {
    let Ok(output) = command.output() else {
        eprintln!("error: cannot start {}", crate::process::describe(&command));
        return Tally::one_failure();
    };
    // unittest writes its summary to stderr, node to stdout.
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    let mut tally = read(&text);
    if !output.status.success() {
        eprintln!("{text}");
        tally.failed = tally.failed.max(1);
    }
    tally
}
