//! `mcp-server doctor`: looks at a deployment from outside, the way Claude, ChatGPT and other clients meet it, and
//! prints the line that is wrong.
//!
//! Each file below `doctor/` is one subject: its checks as values ([`check::Check`]), and a function that asks and
//! judges. Subjects hand on what they found, so that a check that cannot run says why instead of failing too.
//! To add a check: a constant with its id in the subject's file and list, a `record`, and a fault in the tests that
//! makes it fail; a test insists on the last.

use std::cell::RefCell;
use std::io::{IsTerminal as _, Write as _};
use std::path::Path;
use std::time::Duration;

use sealing::SecretString;
use tokio::time::Instant;

use crate::args::DoctorArgs;
use crate::exit::Failure;

pub mod authorize;
pub mod challenge;
pub mod challenges;
pub mod check;
pub mod clients;
pub mod consent;
pub mod cors;
pub mod exchange;
pub mod form;
pub mod login;
pub mod page;
pub mod probe;
pub mod redirects;
pub mod registration;
pub mod report;
pub mod request;
pub mod resource;
pub mod server;
pub mod target;
pub mod token;
pub mod tools;
pub mod transport;

use check::{Fault, Group, Outcome};
use probe::Prober;
use report::{Report, Style};
use target::Target;

/// Time for one answer: what Claude gives discovery, registration and tokens.
const BUDGET: Duration = Duration::from_secs(10);
/// Time for everything.
const OVERALL: Duration = Duration::from_secs(300);
/// How long a silence may last before a person is told what is going on.
const QUIET: Duration = Duration::from_secs(2);

/// Headers with which strangers try to choose the server's name.
const SPOOFS: [(&str, &str); 4] = [
    ("host", "evil.example"),
    ("x-forwarded-host", "evil.example"),
    ("x-forwarded-proto", "ftp"),
    ("forwarded", "host=evil.example;proto=ftp"),
];

/// Why the rest is not tried on what does not ask for a login.
const NOT_A_SERVER: &str = "this does not look like an MCP server that asks its users to log in";

/// An examination about to begin.
#[derive(Debug)]
pub struct Doctor {
    target: Target,
    prober: Prober,
    key: Option<SecretString>,
}

/// What happens during an examination.
#[derive(Debug)]
pub enum Event<'a> {
    /// A subject is finished.
    Group(&'a Group),
    /// Something that the person should know before it happens, or after.
    Note(&'a str),
}

impl Doctor {
    /// Examines this target; with a key, its login too.
    pub fn new(target: Target, key: Option<SecretString>) -> Result<Self, Failure> {
        Self::with_times(target, key, BUDGET, OVERALL)
    }

    /// The same with other times for one answer, and for all.
    pub fn with_times(
        target: Target,
        key: Option<SecretString>,
        budget: Duration,
        overall: Duration,
    ) -> Result<Self, Failure> {
        let prober = Prober::new(budget, overall, target.is_local())
            .map_err(|error| Failure::Other(format!("cannot build the HTTP client: {error}")))?;
        if let Some(key) = &key {
            prober.keep_secret(key.expose());
        }
        Ok(Self { target, prober, key })
    }

    /// Examines everything that can be reached, and tells `tell` on the way.
    pub async fn examine(&self, tell: impl FnMut(Event<'_>)) -> Report {
        let started = Instant::now();
        let mut report = Report {
            url: self.target.typed.clone(),
            groups: Vec::new(),
            stopped: None,
            connections: None,
            took: Duration::ZERO,
        };
        self.examine_into(&mut report, tell).await;
        if self.prober.is_out_of_time() {
            report.stopped = Some("the time for the whole examination was used up".to_owned());
        }
        report.took = started.elapsed();
        report
    }

    async fn examine_into(&self, report: &mut Report, tell: impl FnMut(Event<'_>)) {
        let tell = RefCell::new(tell);
        let note = |text: &str| tell.borrow_mut()(Event::Note(text));
        let finish = |group: Group, report: &mut Report| {
            let group = self.redacted(group);
            tell.borrow_mut()(Event::Group(&group));
            report.groups.push(group);
        };
        let Ok(first) = transport::knock(self).await else {
            finish(transport::examine(self, None).await, report);
            report.stopped = Some("the server does not answer".to_owned());
            return;
        };
        let told = challenges::told(&first);
        if !told.challenged && !resource::is_anywhere(self).await {
            finish(challenges::only_first(&first), report);
            report.stopped = Some(NOT_A_SERVER.to_owned());
            return;
        }
        finish(challenges::examine(self, &first).await, report);
        let (group, resource) = resource::examine(self, &told).await;
        finish(group, report);
        let mut stopped = None;
        if let Some(resource) = &resource {
            let (group, server) = server::examine(self, resource).await;
            finish(group, report);
            if let Some(server) = &server {
                let (group, clients) = registration::examine(self, server).await;
                finish(group, report);
                finish(authorize::examine(self, resource, server, &clients).await, report);
                finish(redirects::examine(self, resource, server, &clients).await, report);
                finish(page::examine(self, resource, server, &clients).await, report);
                finish(consent::examine(self, resource, server, &clients).await, report);
                finish(token::examine(self, server, &clients).await, report);
                finish(cors::examine(self, resource, server).await, report);
                if let Some(key) = &self.key {
                    note("Signing in with the key: this makes connections, which are revoked again.");
                    let (group, connections) = login::examine(self, resource, server, &clients, key).await;
                    finish(group, report);
                    note(&connections.in_words());
                    report.connections = Some(connections);
                }
            } else {
                stopped = Some("without the authorization server's metadata there is no login to look at");
            }
        } else {
            stopped = Some("without the resource's metadata there is no login to look at");
        }
        report.stopped = stopped.map(str::to_owned);
        finish(transport::examine(self, Some(&first)).await, report);
    }

    /// Nothing secret, and nothing that a terminal would act upon, gets into a report.
    fn redacted(&self, mut group: Group) -> Group {
        for (_, outcome) in &mut group.results {
            *outcome = match std::mem::replace(outcome, Outcome::Passed) {
                Outcome::Passed => Outcome::Passed,
                Outcome::Skipped(reason) => Outcome::Skipped(self.prober.redacted(&reason)),
                Outcome::Failed(Fault { request, line, wanted }) => Outcome::Failed(Fault {
                    request: self.prober.redacted(&request),
                    line: self.prober.redacted(&line),
                    wanted: self.prober.redacted(&wanted),
                }),
            };
        }
        group
    }
}

/// Runs the command.
pub fn run(args: &DoctorArgs) -> Result<(), Failure> {
    let target = Target::parse(&args.url).map_err(|reason| Failure::Option { name: "URL", reason })?;
    let key = args.key_file.as_deref().map(read_key).transpose()?;
    let signs_in = key.is_some();
    let doctor = Doctor::new(target, key)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Other(format!("cannot start the runtime: {error}")))?;
    let report = runtime.block_on(watched(&doctor, args, signs_in));
    if args.json {
        say(&format!("{:#}\n", report.json()));
    } else {
        let style = Style { color: std::io::stdout().is_terminal() };
        say(&style.summary(&report));
    }
    let counts = report.counts();
    match (counts.failed, &report.stopped) {
        (0, None) => Ok(()),
        (0, Some(reason)) => Err(Failure::Other(reason.clone())),
        (1, _) => Err(Failure::Other("1 check failed".to_owned())),
        (failed, _) => Err(Failure::Other(format!("{failed} checks failed"))),
    }
}

/// Examines while a person watches: lines as they come, and what is going on when nothing comes.
async fn watched(doctor: &Doctor, args: &DoctorArgs, signs_in: bool) -> Report {
    let style = Style { color: std::io::stdout().is_terminal() };
    let ticks = std::io::stderr().is_terminal();
    if !args.json {
        say(&opening(&args.url, signs_in));
    }
    let started = Instant::now();
    let examination = doctor.examine(|event| {
        if ticks {
            wipe();
        }
        match event {
            Event::Group(group) if !args.json => say(&style.group(group)),
            Event::Note(note) if !args.json => say(&format!("\n{note}\n")),
            Event::Group(_) | Event::Note(_) => {}
        }
    });
    tokio::pin!(examination);
    let mut second = tokio::time::interval(Duration::from_secs(1));
    loop {
        tokio::select! {
            report = &mut examination => return report,
            _ = second.tick(), if ticks => {
                if started.elapsed() > QUIET {
                    draw(&format!("   {} ({} s)", doctor.prober.doing(), started.elapsed().as_secs()));
                }
            }
        }
    }
}

fn opening(url: &str, signs_in: bool) -> String {
    let what = if signs_in {
        "Clients register, and in the end the key is used to sign in, twice."
    } else {
        "Clients register, and no credential is sent; --key-file FILE signs in, too."
    };
    format!("Examining {url}\n{what}\n")
}

/// The key in a file, without the line's end.
fn read_key(path: &Path) -> Result<SecretString, Failure> {
    let refuse = |reason: String| Failure::Option { name: "--key-file", reason };
    let text = std::fs::read_to_string(path)
        .map(sealing::Zeroizing::new)
        .map_err(|error| refuse(format!("cannot read {}: {error}", path.display())))?;
    let key = text.trim();
    if key.len() < 6 || key.contains(char::is_whitespace) {
        return Err(refuse(format!("{} must hold one API key and nothing else", path.display())));
    }
    Ok(SecretString::new(key.to_owned()))
}

/// Prints. A closed standard output is no reason to stop: what was made must be revoked.
fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Draws the ticking line.
fn draw(line: &str) {
    let mut err = std::io::stderr().lock();
    let _ = write!(err, "\r{line}\u{1b}[K").and_then(|()| err.flush());
}

/// Wipes the ticking line.
fn wipe() {
    let mut err = std::io::stderr().lock();
    let _ = write!(err, "\r\u{1b}[K").and_then(|()| err.flush());
}
