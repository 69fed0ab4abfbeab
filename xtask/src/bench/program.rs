//! A measuring program: a `[[bench]]` target, built in release mode and run for its figures.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::cores::{self, Cores};
use crate::error::Error;
use crate::process;
use crate::progress::step;
use crate::workspace::Workspace;

/// How long a program may measure.
const LIMIT: Duration = Duration::from_secs(60);

/// What a program printed, and how it was run.
pub(super) struct Run<T> {
    pub(super) figures: Vec<T>,
    /// For the line of conditions.
    pub(super) placement: &'static str,
}

/// Builds the target `name` of `package` and runs it; each of its lines is a figure.
pub(super) fn run<T: DeserializeOwned>(
    workspace: &Workspace,
    package: &str,
    name: &str,
) -> Result<Run<T>, Error> {
    let program = step(&format!("build the benchmark {name} of {package}"), || {
        build(workspace, name, &["--package", package])
    })?;
    let mut figures = Vec::new();
    let (mut command, placement) = placed(&program);
    process::lines(&format!("measuring {package}"), &mut command, LIMIT, |line| {
        let figure = serde_json::from_str(line).map_err(|error| Error::content(&program, &error))?;
        figures.push(figure);
        Ok(format!("measuring {package}, {} figures so far", figures.len()))
    })?;
    Ok(Run { figures, placement })
}

/// On one core, with whatever processes it starts: two ends that wait for each other on two cores mostly measure
/// how long a sleeping core takes to wake, which is several times what either does. Where it cannot be had, on any.
fn placed(program: &Path) -> (Command, &'static str) {
    match Cores::find().server {
        None => (Command::new(program), "on any core"),
        core => (cores::pinned(program, core), "all on one core"),
    }
}

/// Builds with cargo's own progress on the terminal, and asks cargo where the program is.
pub(crate) fn build(workspace: &Workspace, name: &str, options: &[&str]) -> Result<PathBuf, Error> {
    let mut command = workspace.cargo(&["bench", "--no-run", "--locked", "--bench", name]);
    command.args(options);
    command.arg("--message-format=json-render-diagnostics").stdin(Stdio::null());
    let messages = process::output(&mut command)?;
    executable(&messages, name)
        .ok_or_else(|| Error::Check(format!("`{}` built no program", process::describe(&command))))
}

/// Where the target `name` is, of all the artifacts that cargo reports.
fn executable(messages: &str, name: &str) -> Option<PathBuf> {
    #[derive(Deserialize)]
    struct Message {
        target: Option<Target>,
        executable: Option<PathBuf>,
    }
    #[derive(Deserialize)]
    struct Target {
        name: String,
        kind: Vec<String>,
    }
    messages.lines().find_map(|line| {
        let message: Message = serde_json::from_str(line).ok()?;
        let target = message.target?;
        let is_it = target.name == name && target.kind.iter().any(|kind| kind == "bench");
        message.executable.filter(|_| is_it)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_found_among_the_artifacts() {
        let messages = [
            r#"{"reason":"compiler-artifact","target":{"kind":["lib"],"name":"request"},"executable":null}"#,
            r#"{"reason":"compiler-artifact","target":{"kind":["bin"],"name":"request"},"executable":"bin"}"#,
            r#"{"reason":"compiler-artifact","target":{"kind":["bench"],"name":"other"},"executable":"other"}"#,
            r#"{"reason":"compiler-artifact","target":{"kind":["bench"],"name":"request"},"executable":"it"}"#,
            r#"{"reason":"build-finished","success":true}"#,
        ];
        assert_eq!(executable(&messages.join("\n"), "request"), Some(PathBuf::from("it")));
        assert_eq!(executable(messages[0], "request"), None);
    }
}
