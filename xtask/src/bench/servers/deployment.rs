//! Our release binary as it is deployed, with users who have logged in by the whole OAuth flow.
//!
//! They log in once, at a server before the simulated API. Every server that is measured begins with a copy of the state and the
//! keys which that one left, so that their tokens are good there. All edges are on: the bearer is verified, requests are counted
//! and limited, at rates that the load does not reach.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde::Deserialize;

use super::programs::Programs;
use crate::bench::cores::pinned;
use crate::bench::http::{Answer, exchange, get};
use crate::error::Error;
use crate::process;
use crate::running_server::RunningServer;

/// No request of the load reaches a rate that is this high; the counting is the same as with any other.
const UNREACHED: &str = "1000000/s";
/// Streams in all and of one connection: more than are opened.
const STREAMS: &str = "12000";
/// Work waits for the processor all the time where a load takes all of it: no reason to turn requests away here.
const OVERLOAD_DELAY: &str = "5s";
/// How long all logins may take.
const LOGINS: Duration = Duration::from_secs(300);

/// What somebody has who has logged in.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Login {
    pub(super) client_id: String,
    pub(super) access_token: String,
    pub(super) refresh_token: String,
}

/// Users, the server that they logged in at, and the simulated API.
#[derive(Debug)]
pub(super) struct Deployment {
    pub(super) logins: Vec<Login>,
    /// The address in its public URL, which every server of this run has.
    pub(super) host: SocketAddr,
    /// The simulated API.
    pub(super) api: SocketAddr,
    data: PathBuf,
    api_process: RunningServer,
}

/// A server of a deployment.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) process: RunningServer,
    admin: SocketAddr,
    log: PathBuf,
}

impl Deployment {
    /// Lets so many users log in, each with a workspace of their own.
    pub(super) fn begin(programs: &Programs, folder: &Path, users: u32) -> Result<Self, Error> {
        let data = folder.join("data");
        make(programs, &data)?;

        let api = process::free_address()?;
        let mut command = pinned(&programs.server, programs.cores.load);
        command.args(["sandbox", "--log", "warn", "--listen", &api.to_string()]);
        command.args(["--workspaces", &users.max(100).to_string()]);
        let process = RunningServer::start(command, api, &folder.join("api.log"))?;

        let address = process::free_address()?;
        let mut command = pinned(&programs.server, programs.cores.server);
        command.args(["serve", "--log", "warn", "--upstream-url", &format!("http://{api}")]);
        command.args(["--trusted-proxies", "127.0.0.1/32", "--listen", &address.to_string(), "--data-dir"]);
        let server = RunningServer::start(command_with(command, &data), address, &folder.join("login.log"))?;
        let logins = logins(programs, address, users)?;
        // Its last words go into the file, too.
        server.stop()?;
        Ok(Self { logins, host: address, api, data, api_process: process })
    }

    /// The process of the simulated API.
    pub(super) fn api_process(&self) -> u32 {
        self.api_process.process_id()
    }

    /// Copies the users' state and keys into a new data folder.
    pub(super) fn fill(&self, data: &Path) -> Result<(), Error> {
        copy(&self.data, data)
    }

    /// How a server is started on a data folder; it is told where to listen besides, and how much to log.
    pub(super) fn command(&self, programs: &Programs, data: &Path, upstream: SocketAddr) -> Command {
        let mut command = pinned(&programs.server, programs.cores.server);
        command.args(["serve", "--public-url", &format!("http://{}", self.host)]);
        command.args(["--upstream-url", &format!("http://{upstream}"), "--data-dir"]).arg(data);
        command.args(["--grant-rate", UNREACHED, "--key-rate", UNREACHED, "--overall-rate", UNREACHED]);
        command.args(["--address-rate", UNREACHED, "--address-tiers", &format!("127.0.0.0/8={UNREACHED}")]);
        command.args(["--max-streams", STREAMS, "--streams-per-grant", STREAMS]);
        command.args(["--overload-delay", OVERLOAD_DELAY]);
        command
    }

    /// Starts one that listens there and logs this much, with its state and its log in this folder.
    pub(super) fn start(
        &self,
        programs: &Programs,
        folder: &Path,
        upstream: SocketAddr,
        (address, log_filter): (SocketAddr, &str),
    ) -> Result<Server, Error> {
        fs::create_dir_all(folder).map_err(Error::file(folder))?;
        let data = folder.join("data");
        self.fill(&data)?;
        let mut command = self.command(programs, &data, upstream);
        let admin = process::free_address()?;
        command.args(["--log", log_filter, "--listen", &address.to_string()]);
        command.args(["--admin-listen", &admin.to_string()]);
        let log = folder.join("server.log");
        let process = RunningServer::start(command, address, &log)?;
        Ok(Server { process, admin, log })
    }
}

impl Server {
    /// That an answer went through the whole edge: it carries a request's id.
    pub(super) fn prove(&self, answer: &Answer) -> Result<(), Error> {
        match answer.header("x-request-id") {
            Some(id) if !id.is_empty() => Ok(()),
            _ => Err(Error::Check("an answer of mcp-server has no request id".to_owned())),
        }
    }

    /// That this many requests were counted at least by its metrics, and, where it logs requests, written down.
    pub(super) fn prove_all(&self, requests: u64, logs: bool) -> Result<(), Error> {
        let page = exchange(self.admin, &get(&self.admin.to_string(), "/metrics"))?.body;
        let counted = counted(&page);
        if counted < requests {
            return Err(Error::Check(format!("{requests} requests were answered, and {counted} counted")));
        }
        if logs {
            let written = written(&self.log)?;
            if written < requests {
                return Err(Error::Check(format!("{requests} requests were answered, and {written} logged")));
            }
        }
        Ok(())
    }
}

/// A data folder that holds keys and nothing else.
pub(super) fn make(programs: &Programs, data: &Path) -> Result<(), Error> {
    let mut keys = Command::new(&programs.server);
    process::quiet("keys", keys.args(["keys", "generate", "--data-dir"]).arg(data))
}

fn command_with(mut command: Command, data: &Path) -> Command {
    command.arg(data);
    command
}

/// Requests in a log, which may be too large to be held in memory.
fn written(log: &Path) -> Result<u64, Error> {
    let file = File::open(log).map_err(Error::file(log))?;
    BufReader::new(file).split(b'\n').try_fold(0, |count, line| {
        let line = line.map_err(Error::file(log))?;
        Ok(count + u64::from(is_request(&line)))
    })
}

/// A line of the log about a request.
fn is_request(line: &[u8]) -> bool {
    const MESSAGE: &[u8] = br#""message":"request""#;
    line.windows(MESSAGE.len()).any(|window| window == MESSAGE)
}

/// Requests that the metrics say were answered well.
fn counted(page: &str) -> u64 {
    let lines = page
        .lines()
        .filter(|line| line.starts_with("http_requests_total{") && line.contains("status=\"2xx\""));
    lines.filter_map(|line| line.rsplit_once(' ')?.1.parse::<u64>().ok()).sum()
}

fn logins(programs: &Programs, address: SocketAddr, users: u32) -> Result<Vec<Login>, Error> {
    let mut command = pinned(&programs.login, programs.cores.load);
    command.args([&address.to_string(), "tokens", &users.to_string()]);
    let mut logins = Vec::new();
    process::lines("logging users in", &mut command, LOGINS, |line| {
        logins.push(serde_json::from_str(line).map_err(|error| Error::content(&programs.login, &error))?);
        Ok(format!("logging users in, {} of {users}", logins.len()))
    })?;
    Ok(logins)
}

/// Copies the files of a folder into a new one.
fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    fs::create_dir_all(to).map_err(Error::file(to))?;
    for entry in fs::read_dir(from).map_err(Error::file(from))? {
        let entry = entry.map_err(Error::file(from))?;
        fs::copy(entry.path(), to.join(entry.file_name())).map_err(Error::file(&entry.path()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_answers_are_counted_over_all_routes() {
        let page = "# HELP http_requests_total x\n\
            http_requests_total{route=\"/mcp\",method=\"POST\",status=\"2xx\"} 40\n\
            http_requests_total{route=\"/token\",method=\"POST\",status=\"2xx\"} 2\n\
            http_requests_total{route=\"/mcp\",method=\"POST\",status=\"4xx\"} 8\n\
            http_request_duration_seconds_bucket{route=\"/mcp\",le=\"1\"} 50\n";
        assert_eq!(counted(page), 42);
    }

    #[test]
    fn lines_about_requests_are_told_from_others() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let line = r#"{"level":"INFO","message":"request","route":"/mcp"}"#;
        fs::write(&log, format!("{line}\n{}\n{line}", r#"{"level":"INFO","message":"listening"}"#)).unwrap();
        assert_eq!(written(&log).unwrap(), 2);
    }

    #[test]
    fn a_folder_is_copied_with_what_is_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to/deep"));
        fs::create_dir(&from).unwrap();
        fs::write(from.join("keys"), "k").unwrap();
        copy(&from, &to).unwrap();
        assert_eq!(fs::read_to_string(to.join("keys")).unwrap(), "k");
    }
}
