//! A contender in a case: its process, what it is asked, and how its answer is known.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::contender::{Case, Contender};
use super::deployment::{Deployment, Login, Server};
use super::programs::{Programs, Setting};
use crate::bench::http::{Answer, Call, Revision, exchange};
use crate::error::Error;
use crate::process;
use crate::running_server::RunningServer;

/// Users whose tokens take turns, where the API's own limit does not ask for more.
const USERS: usize = 64;
/// What is to be said back.
const TEXT: &str = "said and said again";
/// Somebody in the upstream's answer.
pub(super) const SOMEBODY: &str = "USvm9hTEkept";

/// Where the processes of a case are made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ground<'a> {
    pub(super) programs: &'a Programs,
    pub(super) deployment: &'a Deployment,
    pub(super) case: Case,
    /// Of this case alone.
    pub(super) folder: &'a Path,
    /// Whom those ask that ask somebody.
    pub(super) upstream: SocketAddr,
    /// Names of the tools that all but the release binary have.
    pub(super) tools: &'a [String],
}

/// A contender that is running.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) contender: Contender,
    pub(super) address: SocketAddr,
    /// The file of its requests.
    pub(super) requests: PathBuf,
    /// What each answer has in it.
    pub(super) expect: String,
    /// What it answered first.
    pub(super) first: Answer,
    /// Whether nothing else has work to do on the load's core.
    pub(super) leaves_the_load_alone: bool,
    process: Process,
    answered: u64,
}

#[derive(Debug)]
enum Process {
    Plain(RunningServer),
    Server(Server),
}

impl Ground<'_> {
    /// Starts a contender that is no ceiling, beside these.
    pub(super) fn lane(&self, contender: Contender, lanes: &[Lane]) -> Result<Lane, Error> {
        let material = Material { asked_as: contender, answer: Path::new(""), catalogue: None };
        if self.case == Case::OwnList && contender == Contender::Rmcp {
            let catalogue = self.folder.join("catalogue.json");
            write(&catalogue, &tools_of(&ours(lanes)?.first.body))?;
            return self.start(contender, Material { catalogue: Some(&catalogue), ..material });
        }
        self.start(contender, material)
    }

    /// Starts the ceiling of these lanes, which is asked what ours is, and answers the same.
    pub(super) fn ceiling(&self, contender: Contender, lanes: &[Lane]) -> Result<Lane, Error> {
        let ours = ours(lanes)?;
        let answer = self.folder.join("answer.json");
        write(&answer, &result_of(&ours.first.body))?;
        self.start(contender, Material { asked_as: ours.contender, answer: &answer, catalogue: None })
    }

    fn start(&self, contender: Contender, material: Material<'_>) -> Result<Lane, Error> {
        let folder = self.folder.join(contender.name().replace(' ', "-"));
        std::fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
        let address = process::free_address()?;
        let requests = self.requests(material.asked_as, address);
        let file = folder.join("requests.http");
        std::fs::write(&file, requests.concat()).map_err(Error::file(&file))?;
        let process = match contender {
            Contender::Server => self.server(&folder, (address, "warn"))?,
            Contender::LoggingServer => self.server(&folder, (address, "info"))?,
            other => {
                let Material { answer, catalogue, .. } = material;
                let setting = Setting { tools: self.tools(), upstream: self.upstream, answer, catalogue };
                let command = self.programs.command(other, address, &setting);
                Process::Plain(RunningServer::start(command, address, &folder.join("log"))?)
            }
        };
        let request = requests.first().map(Vec::as_slice).unwrap_or_default();
        let first = exchange(address, request)?;
        let expect = self.expected(contender);
        if first.status != 200 || !first.body.contains(&expect) {
            let (case, name, body) = (self.case.name(), contender.name(), &first.body);
            return Err(Error::Check(format!("{name} answers {case} with {}, {body}", first.status)));
        }
        if let Process::Server(server) = &process {
            server.prove(&first)?;
        }
        let leaves_the_load_alone = self.case.asks_nobody() && self.programs.cores.are_two();
        Ok(Lane {
            contender,
            address,
            requests: file,
            expect,
            first,
            leaves_the_load_alone,
            process,
            answered: 1,
        })
    }

    fn server(&self, folder: &Path, how: (SocketAddr, &str)) -> Result<Process, Error> {
        self.deployment.start(self.programs, folder, self.upstream, how).map(Process::Server)
    }

    /// How many tools the others have.
    fn tools(&self) -> u32 {
        match self.case {
            Case::List(tools) => tools,
            Case::ListBefore => 5,
            _ => 20,
        }
    }

    /// What a contender at this address is asked, in turn: the release binary by several users, and as what its public URL says.
    fn requests(&self, contender: Contender, address: SocketAddr) -> Vec<Vec<u8>> {
        let (method, params) = question(self.case, contender);
        let revision = if self.case == Case::ListBefore { Revision::Before } else { Revision::Modern };
        let bytes = |host: SocketAddr, token| {
            Call { host: &host.to_string(), token, revision, method, params: params.clone() }.bytes()
        };
        if !matches!(contender, Contender::Server | Contender::LoggingServer) {
            return vec![bytes(address, None)];
        }
        let users = if self.case == Case::Upstream { usize::MAX } else { USERS };
        let logins = self.deployment.logins.iter().take(users);
        logins.map(|Login { access_token, .. }| bytes(self.deployment.host, Some(access_token))).collect()
    }

    fn expected(&self, contender: Contender) -> String {
        let is_own = matches!(contender, Contender::Server | Contender::LoggingServer | Contender::Bare);
        match self.case {
            Case::OwnList => "\"name\":\"list-recent-activity\"".to_owned(),
            Case::List(_) | Case::ListBefore => {
                let last = usize::try_from(self.tools()).unwrap_or_default().saturating_sub(1);
                format!("\"name\":\"{}\"", self.tools.get(last).map_or("", String::as_str))
            }
            Case::Call if is_own => "\"actions\":[]".to_owned(),
            Case::Call => TEXT.to_owned(),
            Case::Upstream => SOMEBODY.to_owned(),
            Case::Token => String::new(),
        }
    }
}

impl Lane {
    /// The process under load.
    pub(super) fn process_id(&self) -> u32 {
        match &self.process {
            Process::Plain(server) => server.process_id(),
            Process::Server(server) => server.process.process_id(),
        }
    }

    /// Counts what it has answered.
    pub(super) fn answered(&mut self, requests: u64) {
        self.answered += requests;
    }

    /// That every answer went through the whole edge, where there is one.
    pub(super) fn prove(&self) -> Result<(), Error> {
        match &self.process {
            Process::Plain(_) => Ok(()),
            Process::Server(server) => {
                server.prove_all(self.answered, self.contender == Contender::LoggingServer)
            }
        }
    }
}

/// Method and parameters.
fn question(case: Case, contender: Contender) -> (&'static str, Value) {
    let is_own = matches!(contender, Contender::Server | Contender::LoggingServer);
    let call = |name: &str, arguments: Value| ("tools/call", json!({ "name": name, "arguments": arguments }));
    match case {
        Case::List(_) | Case::ListBefore | Case::OwnList | Case::Token => ("tools/list", json!({})),
        // Of the catalogue it comes nearest: the log of what the connection did is read from the store, and it did nothing yet, so
        // that the API is not asked for names of inboxes.
        Case::Call if is_own => call("list-recent-activity", json!({})),
        Case::Call => call("echo", json!({ "text": TEXT })),
        Case::Upstream if is_own => call("list-users", json!({})),
        Case::Upstream => call("lookup", json!({ "id": "1" })),
    }
}

/// What a contender is asked like, and what some are made of.
#[derive(Clone, Copy)]
struct Material<'a> {
    asked_as: Contender,
    answer: &'a Path,
    catalogue: Option<&'a Path>,
}

/// The first lane of ours.
fn ours(lanes: &[Lane]) -> Result<&Lane, Error> {
    let ours = lanes.iter().find(|lane| lane.contender.is_ours());
    ours.ok_or_else(|| Error::Check("no server of ours comes before this one".to_owned()))
}

/// The result in an answer, as it stands there.
fn result_of(answer: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Envelope<'a> {
        #[serde(borrow)]
        result: &'a RawValue,
    }
    serde_json::from_str::<Envelope<'_>>(answer).ok().map(|envelope| envelope.result.get().to_owned())
}

/// The tools that an answer lists.
fn tools_of(answer: &str) -> Option<String> {
    let mut answer: Value = serde_json::from_str(answer).ok()?;
    answer.pointer_mut("/result/tools").map(|tools| tools.take().to_string())
}

fn write(path: &Path, text: &Option<String>) -> Result<(), Error> {
    let text =
        text.as_deref().ok_or_else(|| Error::content(path, &"the answer of ours has nothing for it"))?;
    std::fs::write(path, text).map_err(Error::file(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_taken_as_it_stands() {
        let answer = r#"{"jsonrpc":"2.0","id":1,"result":{"b": 1,"a":[ ]}}"#;
        assert_eq!(result_of(answer).as_deref(), Some(r#"{"b": 1,"a":[ ]}"#));
        assert_eq!(result_of(r#"{"jsonrpc":"2.0","id":1,"error":{}}"#), None);
        let answer = r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"a"}]}}"#;
        assert_eq!(tools_of(answer).as_deref(), Some(r#"[{"name":"a"}]"#));
    }

    #[test]
    fn the_binary_is_asked_for_its_own_tools() {
        let name = |case, contender| question(case, contender).1["name"].clone();
        assert_eq!(name(Case::Call, Contender::LoggingServer), "list-recent-activity");
        assert_eq!(name(Case::Call, Contender::Rmcp), "echo");
        assert_eq!(name(Case::Upstream, Contender::Server), "list-users");
        assert_eq!(name(Case::Upstream, Contender::Python), "lookup");
        assert_eq!(question(Case::OwnList, Contender::Server).0, "tools/list");
    }

    #[test]
    fn the_upstream_answers_a_kilobyte_with_somebody_in_it() {
        let users = super::super::UPSTREAM_ANSWER;
        assert!(users.contains(SOMEBODY) && (950..1100).contains(&users.len()), "{}", users.len());
        assert!(serde_json::from_str::<Value>(users).unwrap()["data"].is_array());
    }
}
