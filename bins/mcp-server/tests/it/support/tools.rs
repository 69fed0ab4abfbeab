//! Outside programs that some tests drive: where they are, what to do when they are not there, and their running.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::process::Command;
use tokio::sync::Semaphore;

use super::server::TestServer;

/// Longest a program may take for all it does: only one that hangs takes so long.
const TIMEOUT: Duration = Duration::from_secs(300);
/// Programs that run at once. Each is a browser or a runtime of its own: more of them make all so slow that they see what
/// no person would.
static SLOTS: Semaphore = Semaphore::const_new(2);

/// A program or folder that `cargo xtask test` sets up and names in the environment.
///
/// Without it the test cannot run: it says so in a line that `cargo xtask test` counts, and fails where nothing may
/// be skipped (`CI=true`).
pub(crate) fn required(variable: &str, what: &str) -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "one of the two places where tests read the environment")]
    let found = std::env::var_os(variable);
    if found.is_none() {
        skipped(&format!("{what} is missing; `cargo xtask test` installs it"));
    }
    found.map(PathBuf::from)
}

/// Runs a program that must succeed, and returns what it printed.
pub(crate) async fn output(command: &mut Command, server: &TestServer) -> String {
    output_within(TIMEOUT, command, server).await
}

/// The same for a program that has more to do.
pub(crate) async fn output_within(limit: Duration, command: &mut Command, server: &TestServer) -> String {
    let _slot = SLOTS.acquire().await.unwrap();
    let run = command.stdin(Stdio::null()).kill_on_drop(true).output();
    let output = tokio::time::timeout(limit, run).await.expect("the program took too long").unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    // What is wrong is what the program said last. It comes first: a long log is cut by whoever shows it.
    let log = server.log();
    let (verdict, last) = (end_of(&err, 30), end_of(&log, 30));
    assert!(
        output.status.success(),
        "{verdict}\n\n{out}\n\nthe server's last lines:\n{last}\n\nall that was said:\n{err}"
    );
    out.into_owned()
}

/// The same for a driver, whose last line is a report.
pub(crate) async fn report(command: &mut Command, server: &TestServer) -> Value {
    read(&output(command, server).await)
}

/// The same for a driver that has more to do.
pub(crate) async fn report_within(limit: Duration, command: &mut Command, server: &TestServer) -> Value {
    read(&output_within(limit, command, server).await)
}

/// The last lines.
fn end_of(text: &str, lines: usize) -> String {
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

fn read(out: &str) -> Value {
    serde_json::from_str(out.lines().last().expect("a report")).expect(out)
}

/// Says that a test did not run.
pub(crate) fn skipped(why: &str) {
    #[expect(clippy::disallowed_methods, reason = "one of the two places where tests read the environment")]
    let ci = std::env::var_os("CI");
    assert!(ci.is_none_or(|ci| ci != "true"), "{why}, and CI skips nothing");
    println!("skipped: {why}");
}
