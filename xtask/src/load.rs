//! `cargo xtask load`: a thousand users on one instance, as on an ordinary day; then three times as much as it lets in; then
//! what each kind of request costs, and what follows for a million users.
//!
//! Three processes: the simulated API, which answers after 50 ms; the release binary before it, as it is deployed behind a
//! proxy; and the load (the binary crate's example `load`), whose users log in by the whole OAuth flow and check every
//! answer. The load says what it saw of each request, the server's log says how long it waited for the API, and the two are
//! joined by the request's id. These are measurements of one machine: `ci --full` runs them, `ci` does not. Needs Linux, and
//! a `redis-server` for the costs.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::deployment::{self, Deployment, Redis, Setup};
use crate::error::Error;
use crate::figure::{self, Figure};
use crate::process;
use crate::progress::step;
use crate::report::{self, Section};
use crate::workspace::Workspace;

mod chart;
mod details;
mod growth;
mod log;
mod overload;
mod record;
mod steady;

use log::Log;
use record::Record;

/// Its place in the docs.
const SECTION: Section = Section { command: "load" };

/// Its charts, as the page shows them.
const PICTURES: &str = "\n![What a request took besides the API, in each second of the day](images/load-overhead.svg)\n\n\
    ![Requests let in and refused, in each second](images/load-overload.svg)\n";
/// How late the API answers.
const LATENCY: &[&str] = &["--latency", "50ms"];
/// Users of a short day, requests in a second, and seconds.
const SHORT_DAY: [u32; 3] = [300, 600, 20];
/// What logging in and settling may take besides the run itself.
const BESIDES: Duration = Duration::from_secs(600);
/// Users of the overload: as few as make so many requests within their limits, so that what the server remembers of a
/// workspace for a minute is there and every read takes the same time.
const OVERLOAD_USERS: u32 = 200;
/// For how long three times as much is offered as is let in.
const OVERLOAD_SECONDS: u32 = 20;

/// Arguments of `load`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// How many users there are
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(10..=60_000))]
    users: u32,
    /// How many requests all of them make in a second
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..))]
    rate: u32,
    /// For how long
    #[arg(long, value_name = "N", default_value_t = 180, value_parser = clap::value_parser!(u32).range(6..))]
    seconds: u32,
    /// Only these parts; nothing can be written then
    #[arg(long, value_name = "PART", value_enum, value_delimiter = ',', conflicts_with = "write")]
    only: Vec<Part>,
    /// The ordinary day with a Redis for the state, in place of a file
    #[arg(long, conflicts_with = "write")]
    redis: bool,
    /// Of the programs without optimisation: to try the command itself
    #[arg(long, conflicts_with = "write")]
    debug: bool,
    /// Also write the tables into docs/performance.md, between the `load` marks, and the charts into docs/images/
    #[arg(long)]
    write: bool,
}

/// One part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// An ordinary day
    Steady,
    /// Three times as much as is let in
    Overload,
    /// What each request costs the store
    Costs,
}

/// Runs it, prints what was found, and fails when anything is not as it has to be.
pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<(), Error> {
    // The server and the load inherit it: each user is a descriptor of either.
    rlimit::increase_nofile_limit(u64::MAX).map_err(Error::file(Path::new("RLIMIT_NOFILE")))?;
    step("build the server and the load", || deployment::build(workspace, args.debug))?;
    let mut figures = Vec::new();
    let mut report = String::new();

    let steady =
        args.does(Part::Steady).then(|| step("an ordinary day", || steady(workspace, args))).transpose()?;
    if let Some((record, log)) = &steady {
        complain(record);
        figures.append(&mut steady::figures(record, log, args)?);
        report.push_str(&details::of_day(record, log));
    }
    let overload = args
        .does(Part::Overload)
        .then(|| step("three times as much", || overload(workspace, args)))
        .transpose()?;
    if let Some(record) = &overload {
        complain(record);
        figures.append(&mut overload::figures(record)?);
        report.push_str(&details::of_overload(record)?);
    }
    let costs =
        args.does(Part::Costs).then(|| step("what requests cost", || costs(workspace, args))).transpose()?;
    if let Some(record) = &costs {
        complain(record);
        figures.push(Figure::none("requests for the costs that went wrong", record.wrong()));
        report.push_str(&details::of_costs(record));
    }
    if steady.is_some() && overload.is_some() {
        report.push_str(PICTURES);
    }
    if let (Some((day, _)), Some(costs)) = (&steady, &costs) {
        report.push_str(&growth::text(&growth::Constants::of(day, costs)?));
    }

    let report = format!("{}{report}\n{}.\n", figure::table(&figures), report::conditions());
    println!("{report}");
    if args.write {
        let images = workspace.root.join("docs/images");
        if let (Some((day, log)), Some(rush)) = (&steady, &overload) {
            write(&images.join("load-overhead.svg"), &chart::overhead(day, log, args))?;
            write(&images.join("load-overload.svg"), &chart::overload(rush))?;
        }
        SECTION.write(&workspace.root.join("docs/performance.md"), &report)?;
    }
    figure::judge(&figures)
}

/// For `ci --full`: the whole of it. Writes nothing.
pub(crate) fn check(workspace: &Workspace) -> Result<(), Error> {
    let args = Args {
        users: 1_000,
        rate: 200,
        seconds: 180,
        only: Vec::new(),
        redis: false,
        debug: false,
        write: false,
    };
    run(workspace, &args)
}

impl Args {
    fn does(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }

    /// Requests under way that the overloaded server admits: few, so that the load and the machine can offer three times what
    /// that lets through; and fewer for few users, whose keys may each ask the API ten times a second.
    fn limit(&self) -> u32 {
        (self.users / 60).clamp(2, 16)
    }

    fn folder(&self) -> &'static str {
        if self.debug { "debug" } else { "release" }
    }

    /// The program that makes the requests.
    fn load(&self, workspace: &Workspace) -> PathBuf {
        workspace.target.join(self.folder()).join("examples/load")
    }

    /// A server with these options, in a folder of this name.
    fn setup<'a>(&self, name: &'a str, options: &'a [&'a str]) -> Setup<'a> {
        let workspaces = self.users.max(100);
        Setup { folder: self.folder(), name, log: "info", options, workspaces, sandbox: LATENCY }
    }
}

fn steady(workspace: &Workspace, args: &Args) -> Result<(Record, Log), Error> {
    let redis = args.redis.then(|| Redis::start(workspace)).transpose()?;
    let url = redis.as_ref().map(|redis| format!("redis://{}/", redis.address()));
    let options: Vec<_> = url.iter().flat_map(|url| ["--store", url]).collect();
    let deployment = Deployment::start(workspace, &args.setup("steady", &options))?;
    let numbers = [args.users, args.rate, args.seconds].map(|number| number.to_string());
    let arguments = ["steady", &numbers[0], &numbers[1], &numbers[2]];
    let record = record(&args.load(workspace), &deployment, &arguments, args.seconds)?;
    let path = deployment.log().to_owned();
    drop(deployment);
    Ok((record, Log::read(&path)?))
}

fn overload(workspace: &Workspace, args: &Args) -> Result<Record, Error> {
    let limit = args.limit().to_string();
    let deployment = Deployment::start(workspace, &args.setup("overload", &["--max-requests", &limit]))?;
    let numbers = [args.users.min(OVERLOAD_USERS), OVERLOAD_SECONDS].map(|number| number.to_string());
    let arguments = ["overload", &numbers[0], &limit, &numbers[1]];
    record(&args.load(workspace), &deployment, &arguments, OVERLOAD_SECONDS)
}

fn costs(workspace: &Workspace, args: &Args) -> Result<Record, Error> {
    let redis = Redis::start(workspace)?;
    let (address, url) = (redis.address().to_string(), format!("redis://{}/", redis.address()));
    let deployment = Deployment::start(workspace, &args.setup("costs", &["--store", &url]))?;
    record(&args.load(workspace), &deployment, &["costs", &address], 0)
}

/// A short and busy day for the binary in this folder of the target folder, which is then ended as an operator does it. With
/// the load that [`deployment::build_load`] builds. `cargo xtask profile` counts what runs.
pub(crate) fn short_day(workspace: &Workspace, folder: &str) -> Result<(), Error> {
    rlimit::increase_nofile_limit(u64::MAX).map_err(Error::file(Path::new("RLIMIT_NOFILE")))?;
    let [users, rate, seconds] = SHORT_DAY;
    // Users of a short day do more in a minute than they may else.
    let options = ["--grant-rate", "10000/s", "--key-rate", "10000/s", "--overload-delay", "5s"];
    let setup =
        Setup { folder, name: "short-day", log: "info", options: &options, workspaces: users, sandbox: &[] };
    let deployment = Deployment::start(workspace, &setup)?;
    let arguments = ["steady".to_owned(), users.to_string(), rate.to_string(), seconds.to_string()];
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let load = workspace.debug_program("examples/load");
    let record = record(&load, &deployment, &arguments, seconds)?;
    complain(&record);
    if record.wrong() > 0 {
        return Err(Error::Check(format!("{} requests were answered wrongly", record.wrong())));
    }
    deployment.stop()
}

/// Runs the load, and keeps what it prints and what the server holds meanwhile.
fn record(load: &Path, deployment: &Deployment, arguments: &[&str], seconds: u32) -> Result<Record, Error> {
    let mut command = std::process::Command::new(load);
    command.arg(deployment.address().to_string()).args(arguments);
    let mut record = Record::default();
    let limit = Duration::from_secs(seconds.into()) + BESIDES;
    process::lines("users come in", &mut command, limit, |line| {
        let line = serde_json::from_str(line).map_err(|error| Error::content(load, &error))?;
        Ok(record.add(line, deployment.holdings()?))
    })?;
    Ok(record)
}

fn complain(record: &Record) {
    for words in &record.words {
        eprintln!("   {words}");
    }
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    std::fs::write(path, text).map_err(Error::file(path))
}
