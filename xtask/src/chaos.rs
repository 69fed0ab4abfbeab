//! `cargo xtask chaos`: four instances behind a plain balancer, for minutes, while one after the other is drained or killed and
//! their Redis with them. Nobody may be texted twice, no text may stay unsent, nobody may be logged out.
//!
//! The scene is a test of the binary (`fleet::chaos`), which plays a shorter one in every run of the tests; it stops at the first
//! thing that is wrong. Here are its length, its progress and its closing table. Needs a `redis-server`.

use std::time::Duration;

use serde::Deserialize;

use crate::error::Error;
use crate::figure::{self, Figure};
use crate::process;
use crate::progress::step;
use crate::report;
use crate::workspace::Workspace;

/// What building, settling and the last look take besides: a killed instance's texts are looked up for three minutes.
const BESIDES: Duration = Duration::from_secs(900);

/// Arguments of `chaos`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// For how long; the last look takes three minutes more
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=40))]
    minutes: u32,
}

/// What the test prints after each round, and at its end.
#[derive(Debug, Deserialize)]
struct Line {
    drains: u64,
    kills: u64,
    restarts: u64,
    texts: u64,
    refreshes: u64,
    reads: u64,
    broken: u64,
    /// Only at the end.
    unsent: Option<u64>,
    longest_drain_ms: Option<u64>,
}

/// Runs it, and prints what was found.
pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<(), Error> {
    let arguments = ["test", "--locked", "-p", "mcp-server", "--test", "it"];
    step("build the tests", || process::run(workspace.cargo(&arguments).arg("--no-run")))?;
    let last = step("chaos", || {
        let mut command = workspace.cargo(&arguments);
        command.args(["--quiet", "--", "fleet::chaos", "--exact", "--nocapture"]);
        command.env("MCP_TEST_CHAOS_SECONDS", (args.minutes * 60).to_string());
        let limit = Duration::from_secs(u64::from(args.minutes) * 60) + BESIDES;
        let mut last = None;
        process::lines("chaos", &mut command, limit, |line| {
            // libtest prints lines of its own.
            let Some((_, line)) = line.split_once("chaos {") else { return Ok("chaos".to_owned()) };
            let line: Line = serde_json::from_str(&format!("{{{line}"))
                .map_err(|error| Error::Check(format!("a line of fleet::chaos: {error}")))?;
            let Line { drains, kills, restarts, texts, .. } = line;
            last = Some(line);
            Ok(format!(
                "chaos: {drains} drained, {kills} killed, Redis killed {restarts} times; {texts} texts"
            ))
        })?;
        last.ok_or_else(|| Error::Check("fleet::chaos said nothing".to_owned()))
    })?;
    let unsent =
        last.unsent.ok_or_else(|| Error::Check("fleet::chaos did not come to its end".to_owned()))?;
    let longest = Duration::from_millis(last.longest_drain_ms.unwrap_or(u64::MAX));
    let figures = [
        Figure::none("texts never sent", unsent),
        Figure::milliseconds("longest drain, of which 1 s is its delay", longest, 60_000),
    ];
    println!(
        "{}\nNo text was sent twice and nobody was logged out: the run ends with the first.\n{} instances drained, {} killed, Redis killed {} times; {} texts, {} tokens refreshed, {} lists read, {} requests cut off\n\
         by a kill and made again. {}.\n",
        figure::table(&figures),
        last.drains,
        last.kills,
        last.restarts,
        last.texts,
        last.refreshes,
        last.reads,
        last.broken,
        report::conditions()
    );
    figure::judge(&figures)
}

/// For `ci --full`.
pub(crate) fn check(workspace: &Workspace) -> Result<(), Error> {
    run(workspace, &Args { minutes: 10 })
}
