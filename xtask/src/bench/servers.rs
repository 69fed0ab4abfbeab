//! `bench servers`: our server beside bare hyper, which is the ceiling, and beside servers made with the SDKs of MCP.
//!
//! Each contender is a process pinned to one core; the load, and whatever the contenders ask, have another. They take turns in
//! slices, in several rounds, and ratios are of slices of one round. Every answer is checked, and a wrong one ends the run.
//! The other servers and the load are programs of `bench/`, a workspace of its own; ours is the release binary as it is deployed.
//!
//! * [`contender`]: who is asked what; [`programs`], [`deployment`], [`lane`]: how they are made, and our users.
//! * [`rounds`], [`load`], [`http`](super::http): throughput and times; [`streams`], [`starts`]: memory and start.
//! * [`mod@findings`], [`statistics`], [`bars`], [`table`], [`charts`], [`versions`]: what is made of it.

use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::Report;
use crate::error::Error;
use crate::figure;
use crate::progress::step;
use crate::report;
use crate::workspace::Workspace;

mod bars;
mod charts;
mod contender;
mod deployment;
mod findings;
mod lane;
mod load;
mod programs;
mod rounds;
mod starts;
mod statistics;
mod streams;
mod table;
mod versions;

use contender::{CASES, Case, Contender};
use deployment::Deployment;
use findings::{Findings, Slice};
use programs::Programs;
use rounds::{Course, Plan};
use statistics::Spread;

/// About a kilobyte of what the API answers when it is asked for the people of a workspace.
const UPSTREAM_ANSWER: &str = include_str!("servers/upstream.json");

/// Arguments of `bench servers`.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Args {
    /// In how many rounds the servers take turns
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(3..))]
    rounds: Option<u8>,
    /// Only these parts; nothing can be written then
    #[arg(long, value_name = "PART", value_enum, value_delimiter = ',', conflicts_with = "write")]
    only: Vec<Part>,
    /// Without these, and without installing what they need; nothing can be written then
    #[arg(long, value_name = "PEER", value_enum, value_delimiter = ',', conflicts_with = "write")]
    without: Vec<Peer>,
}

/// What can be measured by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// tools/list with 5 and 20 tools, the same of everybody
    Lists,
    /// tools/list of the release binary
    OwnList,
    /// tools/call without upstream
    Call,
    /// tools/call with one upstream call
    Upstream,
    /// The next tokens
    Token,
    /// Start, memory, open streams
    Standing,
}

/// A server that is not ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Peer {
    /// The server made with rmcp
    Rmcp,
    /// That made with the TypeScript SDK
    Typescript,
    /// That made with the Python SDK
    Python,
}

/// How much is measured.
struct Extent {
    plan: Plan,
    /// Who log in. Each key may make ten calls of the API in a second, and each connection be refreshed sixty times at once.
    users: u32,
    /// Open streams at which memory is read.
    streams: &'static [u32],
    starts: usize,
}

impl Args {
    /// `quick`: one short round of everything.
    fn extent(&self, quick: bool) -> Extent {
        if quick {
            let plan = Plan { seconds: 0.3, warm_up: 0.1, rounds: 1, repeats: 0 };
            Extent { plan, users: 300, streams: &[200], starts: 2 }
        } else {
            // Many short ones: the machine's moods last for seconds, and what is compared is to meet the same one.
            let rounds = self.rounds.unwrap_or(11).into();
            let plan = Plan { seconds: 0.5, warm_up: 0.15, rounds, repeats: 2 };
            Extent { plan, users: 3_000, streams: &[1_000, 5_000, 10_000], starts: 10 }
        }
    }

    fn does(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }

    fn left_out(&self) -> Vec<Contender> {
        let contender = |peer: &Peer| match peer {
            Peer::Rmcp => Contender::Rmcp,
            Peer::Typescript => Contender::TypeScript,
            Peer::Python => Contender::Python,
        };
        self.without.iter().map(contender).collect()
    }
}

/// The part that a case belongs to.
fn part(case: Case) -> Part {
    match case {
        Case::List(_) | Case::ListBefore => Part::Lists,
        Case::OwnList => Part::OwnList,
        Case::Call => Part::Call,
        Case::Upstream => Part::Upstream,
        Case::Token => Part::Token,
    }
}

pub(super) fn measure(workspace: &Workspace, args: &Args, quick: bool) -> Result<Report, Error> {
    // Each connection and stream is a descriptor of the load and of a server, which inherit it.
    rlimit::increase_nofile_limit(u64::MAX).map_err(Error::file(Path::new("RLIMIT_NOFILE")))?;
    let programs = Programs::prepare(workspace, args.left_out())?;
    // What is left in it after a failure is there to be looked at.
    let folder = workspace.target.join("bench-servers");
    clear(&folder)?;
    std::fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
    let extent = args.extent(quick);
    let findings = findings(&programs, &folder, args, &extent)?;
    clear(&folder)?;

    let table = format!(
        "{}\n{}{}\n",
        figure::table(&bars::figures(&findings)),
        table::tables(&findings),
        conditions(&programs, &extent, &findings)?
    );
    Ok(Report { table, charts: charts::charts(&findings) })
}

fn findings(programs: &Programs, folder: &Path, args: &Args, extent: &Extent) -> Result<Findings, Error> {
    let tools = tool_names(programs)?;
    let answer = folder.join("upstream.json");
    std::fs::write(&answer, UPSTREAM_ANSWER).map_err(Error::file(&answer))?;
    let (upstream, stub) = programs.stub(&answer, &folder.join("upstream.log"))?;
    let deployment = step("log users in", || Deployment::begin(programs, folder, extent.users))?;
    let (plan, deployment, tools) = (extent.plan, &deployment, tools.as_slice());
    let stub_process = upstream.process_id();
    let course = Course { programs, deployment, plan, folder, stub, stub_process, tools };
    let mut findings = Findings::default();
    if args.does(Part::Standing) {
        step("start, memory", || starts::measure(&course, extent.starts, &mut findings))?;
        step("open streams", || streams::measure(&course, extent.streams, &mut findings))?;
    }
    for case in CASES.into_iter().filter(|case| args.does(part(*case))) {
        step(&case.name(), || course.measure(case, &mut findings))?;
    }
    Ok(findings)
}

/// The tools that all but the release binary have.
fn tool_names(programs: &Programs) -> Result<Vec<String>, Error> {
    #[derive(Deserialize)]
    struct Tool {
        name: String,
    }
    let path = programs.source().join("tools.json");
    let text = std::fs::read_to_string(&path).map_err(Error::file(&path))?;
    let tools: Vec<Tool> = serde_json::from_str(&text).map_err(|error| Error::content(&path, &error))?;
    Ok(tools.into_iter().map(|tool| tool.name).collect())
}

/// When, where and of what the figures are.
#[expect(clippy::disallowed_methods, reason = "figures are of the day on which they are measured")]
fn conditions(programs: &Programs, extent: &Extent, findings: &Findings) -> Result<String, Error> {
    let day = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let Plan { seconds, rounds, .. } = extent.plan;
    let slices = match rounds {
        1 => format!("one slice of {seconds} s"),
        rounds => format!("medians of {rounds} slices of {seconds} s that take turns"),
    };
    let percent = |of: fn(&Slice) -> f64| {
        let Spread { median, most, .. } = findings.spread(of)?;
        Some(format!("{:.0}% (at most {:.0}%)", median * 100.0, most * 100.0))
    };
    let busy = percent(|slice| slice.load_share).zip(percent(|slice| slice.others_share));
    let busy = busy.map_or_else(String::new, |(load, others)| {
        format!(" The load took {load} of its core, which it does not leave where nothing else has work there, and other programs of the machine {others}.")
    });
    Ok(format!(
        "{day}; {}; {}; {slices}; {}.{busy} MB are 10^6 bytes.",
        report::conditions(),
        programs.cores.words(),
        versions::words(programs)?
    ))
}

fn clear(folder: &Path) -> Result<(), Error> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::file(folder)(error)),
        _ => Ok(()),
    }
}
