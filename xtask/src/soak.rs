//! `cargo xtask soak`: ten thousand open streams, a thousand calls a second, three minutes. Nothing may be lost, every
//! stream is told of every change, and what the server holds stays what it was.
//!
//! The server and the load are examples of `mcp-protocol` (`soak_server`, `soak_load`), two processes, so that the
//! server's memory is the server's alone. The load checks every answer and prints what it sees; here that is judged.
//! These are measurements of one machine, so they are no tests: `ci --full` runs them, `ci` does not. Needs Linux.

use std::time::Duration;

use crate::error::Error;
use crate::figure;
use crate::process;
use crate::progress::step;
use crate::report::{self, Section};
use crate::workspace::Workspace;

mod chart;
mod record;
mod server;
mod verdict;

use record::Record;
use server::Server;

/// Its place in the docs.
const SECTION: Section = Section { command: "soak" };

/// What opening, closing and settling may take besides the run itself.
const BESIDES: Duration = Duration::from_secs(600);

/// Arguments of `soak`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// How many streams are held open
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(100..))]
    streams: u32,
    /// How many calls are made in a second
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..))]
    rate: u32,
    /// For how long
    #[arg(long, value_name = "N", default_value_t = 180, value_parser = clap::value_parser!(u32).range(6..))]
    seconds: u32,
    /// Also write the tables into docs/performance.md, between the `soak` marks, and the chart into docs/images/
    #[arg(long)]
    write: bool,
}

/// Runs it, prints what was found, and fails when anything is not as it has to be.
pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<(), Error> {
    step("build the server and the load", || {
        let mut build = workspace.cargo(&["build", "--release", "--locked", "-p", "openphone-mcp-protocol"]);
        process::run(build.args(["--example", "soak_server", "--example", "soak_load"]))
    })?;
    let record = step("soak", || record(workspace, args))?;
    for complaint in record.complaints() {
        eprintln!("   {complaint}");
    }
    let figures = verdict::figures(&record, args)?;
    let report =
        format!("{}\n{}\n{}.\n", figure::table(&figures), verdict::details(&record)?, report::conditions());
    println!("{report}");
    if args.write {
        let path = workspace.root.join("docs/images/soak-memory.svg");
        std::fs::write(&path, chart::svg(&record, args)).map_err(Error::file(&path))?;
        SECTION.write(&workspace.root.join("docs/performance.md"), &report)?;
    }
    figure::judge(&figures)
}

/// For `ci --full`: the whole of it. Writes nothing.
pub(crate) fn check(workspace: &Workspace) -> Result<(), Error> {
    run(workspace, &Args { streams: 10_000, rate: 1_000, seconds: 180, write: false })
}

/// Puts the server under load, and keeps what the load prints.
fn record(workspace: &Workspace, args: &Args) -> Result<Record, Error> {
    let programs = workspace.target.join("release/examples");
    let server = Server::start(&programs.join("soak_server"))?;
    let load = programs.join("soak_load");
    let mut command = std::process::Command::new(&load);
    command.args([server.address(), &server.process().to_string()]);
    command.args([args.streams, args.rate, args.seconds].map(|number| number.to_string()));
    let mut record = Record::default();
    let limit = Duration::from_secs(args.seconds.into()) + BESIDES;
    process::lines("soaking", &mut command, limit, |line| {
        let line = serde_json::from_str(line).map_err(|error| Error::content(&load, &error))?;
        Ok(format!("soaking: {}", record.add(line)))
    })?;
    Ok(record)
}
