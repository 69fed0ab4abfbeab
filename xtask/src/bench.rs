//! `cargo xtask bench [subject]`: what we cost beside doing the same without us. One subject or all of them.
//!
//! A subject is a `[[bench]]` target of the crate that it measures, which takes both sides in one run and prints
//! a line of JSON for each figure; or, of the server as a whole, deployments side by side and a load that does. Here its lines
//! become a table and a chart. To add one: the target, a file in `bench/`, a variant of [`Subject`] and its two arms, and its
//! marks in `docs/performance.md`.
//!
//! A bar that is missed fails nothing here: the figures are of one machine. Those of [`servers`], which takes whole servers and not
//! a `[[bench]]` target, stand beside what was measured.

use crate::error::Error;
use crate::report::Section;
use crate::workspace::Workspace;

mod chart;
mod client;
mod cores;
mod fairness;
mod growth;
pub(crate) mod http;
mod load;
pub(crate) mod program;
mod ranges;
mod ranking;
mod servers;
mod tokens;

/// Arguments of `bench`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    subject: Option<Subject>,
    /// Also write the tables into docs/performance.md, between their marks, and the charts into docs/images/
    #[arg(long, global = true)]
    write: bool,
    #[command(flatten)]
    conditions: Conditions,
}

/// How it is measured.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
struct Conditions {
    /// Little of everything, to see that it works; only of `growth`, `fairness` and `servers`
    #[arg(long, global = true, conflicts_with = "write")]
    quick: bool,
    /// With a server and a load without optimisation, to try the command itself; only of `growth` and `fairness`
    #[arg(long, global = true, conflicts_with = "write")]
    debug: bool,
}

/// What can be measured.
#[derive(Clone, Debug, clap::Subcommand)]
enum Subject {
    /// A request with openphone-client beside the same exchange on bare reqwest
    Client,
    /// A call with one connection or stream there, and with ten thousand
    Growth,
    /// What each of 500 keys gets that all ask for much, and what one greedy key takes from others
    Fairness,
    /// Checking and issuing tokens with oauth-server
    Tokens,
    /// Whole servers: ours beside bare hyper and servers made with the SDKs
    Servers(servers::Args),
}

/// Every subject, for a run of all.
fn subjects() -> Vec<Subject> {
    let servers = Subject::Servers(servers::Args::default());
    vec![Subject::Client, Subject::Tokens, Subject::Growth, Subject::Fairness, servers]
}

/// What a subject found.
struct Report {
    /// For the page, with a line that says how it was measured.
    table: String,
    /// The charts' file names in docs/images/, and the charts.
    charts: Vec<(&'static str, String)>,
}

impl Subject {
    fn section(&self) -> Section {
        Section {
            command: match self {
                Self::Client => "bench client",
                Self::Growth => "bench growth",
                Self::Fairness => "bench fairness",
                Self::Tokens => "bench tokens",
                Self::Servers(_) => "bench servers",
            },
        }
    }

    fn measure(&self, workspace: &Workspace, conditions: Conditions) -> Result<Report, Error> {
        match self {
            Self::Client => client::measure(workspace),
            Self::Growth => growth::measure(workspace, conditions),
            Self::Fairness => fairness::measure(workspace, conditions),
            Self::Tokens => tokens::measure(workspace),
            Self::Servers(args) => servers::measure(workspace, args, conditions.quick),
        }
    }
}

/// Measures the subject, or all, and prints the tables.
pub(crate) fn run(workspace: &Workspace, args: Args) -> Result<(), Error> {
    let asked = args.subject.map(|subject| vec![subject]);
    for subject in asked.unwrap_or_else(subjects) {
        let Report { table, charts } = subject.measure(workspace, args.conditions)?;
        println!("{table}");
        if args.write {
            for (name, chart) in charts {
                let path = workspace.root.join("docs/images").join(name);
                std::fs::write(&path, chart).map_err(Error::file(&path))?;
            }
            subject.section().write(&workspace.root.join("docs/performance.md"), &table)?;
        }
    }
    Ok(())
}

/// For `ci --full`: that every subject can be measured. Writes nothing.
pub(crate) fn check(workspace: &Workspace) -> Result<(), Error> {
    let conditions = Conditions { quick: true, debug: false };
    run(workspace, Args { subject: None, write: false, conditions })
}
