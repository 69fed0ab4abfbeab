//! `cargo xtask conformance`: the official MCP conformance suite, in both versions that are in use, against three
//! servers: the fixture of `mcp-protocol`, the same behind a check of bearer tokens, and `mcp-server` itself.
//!
//! Everything that fails or warns is said, and fails the command; `docs/conformance.md` has the numbers.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;

use crate::client::SANDBOX_KEY;
use crate::error::Error;
use crate::progress::step;
use crate::workspace::Workspace;
use crate::{codegen, process, release_build};

mod expected;
mod page;
mod results;
mod server;
mod suite;
mod verdict;

use expected::ExpectedFailures;
use server::Server;
use suite::{Endpoint, Part, RUNS, Run, Suite};
use verdict::{Verdict, complaint_about_refused};

/// What the fixture wants to see.
const TOKEN: &str = "the-fixtures-token";

/// The run that is repeated without the token.
const REFUSED_RUN: &str = "2025-11-25";

/// Arguments of `conformance`.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Args {
    /// Only against this server
    #[arg(long, value_enum)]
    server: Option<Subject>,
    /// Only this run
    #[arg(long, value_parser = PossibleValuesParser::new(RUNS.iter().map(|run| run.name)))]
    run: Option<String>,
    /// Take the release build of mcp-server
    #[arg(long)]
    release: bool,
    /// Also write docs/conformance.md
    #[arg(long, conflicts_with_all = ["server", "run"])]
    write: bool,
}

/// What the suite is run against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Subject {
    /// The example conformance_fixture of mcp-protocol, which has everything that the suite asks for
    Fixture,
    /// The same behind a check of bearer tokens
    Bearer,
    /// `mcp-server serve --sandbox`, signed in through its own OAuth
    Binary,
}

/// Every server, for a run of all.
const SUBJECTS: &[Subject] = &[Subject::Fixture, Subject::Bearer, Subject::Binary];

impl Subject {
    /// In tables.
    fn title(self) -> &'static str {
        match self {
            Self::Fixture => "fixture",
            Self::Bearer => "fixture, bearer",
            Self::Binary => "mcp-server",
        }
    }

    /// What is run against it. The binary is held to what the revisions require, and is an authorization server, too.
    fn runs(self) -> impl Iterator<Item = &'static Run> {
        RUNS.iter().filter(move |run| match run.part {
            Part::Server => self != Self::Binary || run.is_requirement_set(),
            Part::Authorization => self == Self::Binary,
        })
    }
}

/// Runs what was asked for, prints the table, and fails when anything is not as it has to be.
pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<(), Error> {
    let subjects: Vec<_> = SUBJECTS
        .iter()
        .copied()
        .filter(|subject| args.server.is_none_or(|wanted| wanted == *subject))
        .collect();
    let wanted = |run: &Run| args.run.as_deref().is_none_or(|wanted| wanted == run.name);
    let report = measure(workspace, &subjects, |_, run| wanted(run), args.release)?;
    if args.write {
        codegen::replace(&workspace.root.join(page::PATH), &report.page)?;
    }
    report.decide()
}

/// For `ci`: what takes seconds once the tests are built.
pub(crate) fn run_short(workspace: &Workspace) -> Result<(), Error> {
    let short = |subject, run: &Run| subject != Subject::Binary || run.part == Part::Authorization;
    measure(workspace, SUBJECTS, short, false)?.decide()
}

/// For `ci --full`: everything, and that the page says what was found.
pub(crate) fn run_all(workspace: &Workspace) -> Result<(), Error> {
    let report = measure(workspace, SUBJECTS, |_, _| true, true)?;
    let path = workspace.root.join(page::PATH);
    let is_current = std::fs::read_to_string(&path).is_ok_and(|page| page == report.page);
    report.decide()?;
    let stale =
        || Error::content(&path, &"stale: run `cargo xtask conformance --release --write` and commit it");
    if is_current { Ok(()) } else { Err(stale()) }
}

/// What was found.
struct Report {
    page: String,
    complaints: usize,
}

impl Report {
    fn decide(self) -> Result<(), Error> {
        match self.complaints {
            0 => Ok(()),
            complaints => Err(Error::Check(format!("conformance: {complaints} complaints, see above"))),
        }
    }
}

/// Makes the runs, and prints complaints and table.
fn measure(
    workspace: &Workspace,
    subjects: &[Subject],
    wanted: impl Fn(Subject, &Run) -> bool,
    release: bool,
) -> Result<Report, Error> {
    let suite = Suite::prepare(workspace)?;
    let programs = Programs::build(workspace, subjects, release)?;
    let (mut verdicts, mut complaints) = (Vec::new(), 0);
    for &subject in subjects {
        let runs: Vec<&Run> = subject.runs().filter(|run| wanted(subject, run)).collect();
        for verdict in judge(&suite, &programs, subject, &runs)? {
            complaints += show(&name(subject, verdict.run), &verdict.complaints());
            verdicts.push(verdict);
        }
        if subject == Subject::Bearer {
            complaints += refused(&suite, &programs)?;
        }
    }
    if verdicts.is_empty() {
        return Err(Error::Check("that run is not made against that server".to_owned()));
    }
    if complaints > 0 {
        eprintln!("what the suite and the servers printed is in {}", suite.results.display());
    }
    println!("{}", page::table(&verdicts));
    let versions = RUNS.iter().map(|run| {
        let words: Vec<&str> =
            std::iter::once(run.part.name()).chain(run.selection.iter().copied()).collect();
        let command = format!("{}, `{}`", suite.version(run)?, words.join(" "));
        Ok((run.name, command))
    });
    let page = page::page(&verdicts, &versions.collect::<Result<Vec<_>, Error>>()?);
    Ok(Report { page, complaints })
}

/// Prints what is wrong with a run, and says how much that is.
fn show(name: &str, complaints: &[String]) -> usize {
    if !complaints.is_empty() {
        eprintln!("{name}:");
    }
    for complaint in complaints {
        eprintln!("   {complaint}");
    }
    complaints.len()
}

/// The runs against one server.
fn judge(
    suite: &Suite,
    programs: &Programs,
    subject: Subject,
    runs: &[&'static Run],
) -> Result<Vec<Verdict>, Error> {
    if runs.is_empty() {
        return Ok(Vec::new());
    }
    let server = programs.start(subject, suite, subject.title())?;
    let token = match subject {
        Subject::Fixture => None,
        Subject::Bearer => Some(TOKEN.to_owned()),
        Subject::Binary if runs.iter().all(|run| run.part == Part::Authorization) => None,
        Subject::Binary => Some(suite.sign_in(&server.url, SANDBOX_KEY)?),
    };
    let endpoint = Endpoint { url: &server.url, token: token.as_deref() };
    let judge = |run: &'static Run| {
        if run.part == Part::Authorization {
            let issuer = server.url.trim_end_matches("/mcp");
            let results = suite.run_authorization(issuer, SANDBOX_KEY, &name(subject, run))?;
            return Ok(Verdict { subject, run, results, expected: ExpectedFailures::default() });
        }
        let list = (subject == Subject::Binary).then(|| suite.folder.join(run.expected_failures()));
        let expected = list.as_deref().map(ExpectedFailures::read).transpose()?.unwrap_or_default();
        let results = suite.run(run, &endpoint, &name(subject, run), list.as_deref())?;
        Ok(Verdict { subject, run, results, expected })
    };
    runs.iter().copied().map(judge).collect()
}

/// That the fixture's check is one: without the token, and with another, nothing gets through. Returns the number
/// of complaints.
fn refused(suite: &Suite, programs: &Programs) -> Result<usize, Error> {
    let server = programs.start(Subject::Bearer, suite, "fixture, refusing")?;
    let mut complaints = 0;
    for run in RUNS.iter().filter(|run| run.name == REFUSED_RUN) {
        for (token, what) in [(None, "no token"), (Some("another-token"), "another token")] {
            let endpoint = Endpoint { url: &server.url, token };
            let name = format!("fixture, {what}, {}", run.name);
            let results = suite.run(run, &endpoint, &name, None)?;
            complaints += show(&name, complaint_about_refused(run, &results).as_slice());
        }
    }
    Ok(complaints)
}

fn name(subject: Subject, run: &Run) -> String {
    format!("{}, {}", subject.title(), run.name)
}

/// The built programs.
struct Programs {
    fixture: PathBuf,
    binary: PathBuf,
}

impl Programs {
    /// Builds what the subjects need.
    fn build(workspace: &Workspace, subjects: &[Subject], release: bool) -> Result<Self, Error> {
        let mut debug = workspace.debug_build(&["--example", "conformance_fixture"]);
        let binary = subjects.contains(&Subject::Binary);
        if binary && !release {
            debug.args(["--bin", "mcp-server"]);
        }
        step("build the servers", || {
            process::run(&mut debug)?;
            if binary && release {
                // As `measure` builds it.
                release_build::build(workspace)?;
            }
            Ok(())
        })?;
        let profile = if release { "release" } else { "debug" };
        Ok(Self {
            fixture: workspace.debug_program("examples/conformance_fixture"),
            binary: workspace.target.join(profile).join("mcp-server"),
        })
    }

    fn start(&self, subject: Subject, suite: &Suite, name: &str) -> Result<Server, Error> {
        let log = suite.file(&format!("server of {name}.log"));
        match subject {
            Subject::Fixture => Server::fixture(&self.fixture, None, &log),
            Subject::Bearer => Server::fixture(&self.fixture, Some(TOKEN), &log),
            Subject::Binary => Server::binary(&self.binary, &suite.file("data"), &log),
        }
    }
}
