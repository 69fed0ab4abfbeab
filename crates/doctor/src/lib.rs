//! Looks at a deployment of an MCP server with OAuth from outside, the way Claude, ChatGPT and other clients meet it, and
//! names the line that is wrong. It works for any server and knows nothing of ours.
//!
//! Each file is one subject: its checks as values ([`check::Check`]), and a function that asks and
//! judges. Subjects hand on what they found, so that a check that cannot run says why instead of failing too.
//! To add a check: a constant with its id in the subject's file and list, a `record`, and a fault in the tests that
//! makes it fail; a test insists on the last.

use std::cell::RefCell;
use std::time::Duration;

use sealing::SecretString;
use tokio::time::Instant;

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
use report::Report;
use target::Target;

/// Time for one answer: what Claude gives discovery, registration and tokens.
const BUDGET: Duration = Duration::from_secs(10);
/// Time for everything.
const OVERALL: Duration = Duration::from_secs(300);

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
    /// Whether the server is known to let everybody in.
    meant_open: bool,
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
    ///
    /// # Errors
    /// When the HTTP client cannot be built.
    pub fn new(target: Target, key: Option<SecretString>) -> Result<Self, reqwest::Error> {
        Self::with_times(target, key, BUDGET, OVERALL)
    }

    /// The same with other times for one answer, and for all.
    ///
    /// # Errors
    /// When the HTTP client cannot be built.
    pub fn with_times(
        target: Target,
        key: Option<SecretString>,
        budget: Duration,
        overall: Duration,
    ) -> Result<Self, reqwest::Error> {
        let prober = Prober::new(budget, overall, target.is_local())?;
        if let Some(key) = &key {
            prober.keep_secret(key.expose());
        }
        Ok(Self { target, prober, key, meant_open: false })
    }

    /// Says that the server is meant to serve callers that show no credential. Without that it is a fault.
    #[must_use]
    pub fn meant_open(self, meant_open: bool) -> Self {
        Self { meant_open, ..self }
    }

    /// What it is at, for a person who waits.
    #[must_use]
    pub fn doing(&self) -> String {
        self.prober.doing().to_string()
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
