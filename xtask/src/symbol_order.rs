//! `cargo xtask symbol-order`: which functions of the release binary run, for the linker to put them side by side.
//!
//! The binary is run under callgrind: started, signed in to by a client and by `doctor`, and called; and started once more with
//! the simulated workspace. Functions of calls come first, then those of signing in and of pages, then those of either start;
//! whatever else there is stays as it was. Names are the linker's, with the hashes of crates in them: an edit changes few of
//! them, another version of a crate or of the compiler all of its own. `bins/mcp-server/build.rs` says what the list is for,
//! and `cargo xtask measure` notices that it is stale: an idle server holds more then.

mod functions;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::bench::http::{Call, Revision, exchange};
use crate::client::{SANDBOX_KEY, sign_in};
use crate::deployment::fresh;
use crate::environment;
use crate::error::Error;
use crate::process;
use crate::progress::step;
use crate::release_build::{self, APPLIES};
use crate::running_server::RunningServer;
use crate::workspace::Workspace;

/// What is written, from the root.
const ORDER: &str = "bins/mcp-server/symbol-order.txt";
/// Calls of each kind: more than it takes for everything that happens now and then to have happened.
const CALLS: usize = 50;
/// How long `doctor` may take with a server that is some fifty times slower than usual.
const DOCTOR_LIMIT: Duration = Duration::from_secs(120);
/// What a server does by itself after its start, it has done by then.
const SETTLED: Duration = Duration::from_secs(5);

/// Runs the binary and writes the list.
pub(crate) fn run(workspace: &Workspace) -> Result<(), Error> {
    if !APPLIES {
        return Err(Error::Check(format!("{ORDER} is of programs for x86_64 Linux with glibc")));
    }
    let valgrind = environment::program("valgrind", "valgrind")?;
    let dump = environment::program("callgrind_control", "valgrind")?;
    let node = environment::node(workspace)?;
    let binary = build(workspace)?;
    let folder = workspace.target.join("symbol-order");
    let traced = Traced { valgrind, dump, files: folder.join("callgrind"), binary };
    let upstream = process::free_address()?;
    let mut sandbox = Command::new(&traced.binary);
    sandbox.args(["sandbox", "--log", "warn", "--listen", &upstream.to_string()]);
    let _sandbox = RunningServer::start(sandbox, upstream, &folder.join("sandbox.log"))?;

    let mut keys = Command::new(&traced.binary);
    process::quiet("keys", keys.args(["keys", "generate", "--data-dir"]).arg(folder.join("data")))?;
    let address = process::free_address()?;
    let server = step("start", || {
        let server = traced.start(&folder, address, upstream)?;
        traced.settle(&server)?;
        Ok(server)
    })?;
    let token = step("sign in", || {
        let token = sign_in(
            &node,
            &workspace.root.join("tests/clients"),
            &format!("http://{address}/mcp"),
            SANDBOX_KEY,
        )?;
        let key = folder.join("key");
        std::fs::write(&key, SANDBOX_KEY).map_err(Error::file(&key))?;
        let mut doctor = Command::new(&traced.binary);
        doctor.args(["doctor", &format!("http://{address}/mcp"), "--key-file"]).arg(&key);
        process::limited("doctor", &mut doctor, Some(DOCTOR_LIMIT))?;
        traced.dump(&server)?;
        Ok(token)
    })?;
    step("call", || {
        call(address, &token)?;
        traced.dump(&server)
    })?;
    server.stop()?;
    let trial = Traced { files: folder.join("callgrind-trial"), ..traced.clone() };
    step("start, with the simulated workspace", || {
        let server = trial.start_trial(&folder, address)?;
        trial.settle(&server)?;
        server.stop()
    })?;

    let [start, sign_in, calls] = [1, 2, 3].map(|part| traced.functions(part));
    let text = listed(&compiler()?, &[calls?, sign_in?, start?, trial.functions(1)?])?;
    let path = workspace.root.join(ORDER);
    std::fs::write(&path, text).map_err(Error::file(&path))
}

/// The release binary with its symbols, and else as it is deployed: what its crates are called depends on their profile.
fn build(workspace: &Workspace) -> Result<PathBuf, Error> {
    step("build --release, with symbols", || {
        let arguments = ["rustc", "--release", "--locked", "-p", "mcp-server", "--bin", "mcp-server"];
        process::run(release_build::cargo(workspace, &arguments)?.args(["--", "-C", "strip=none"]))
    })?;
    let folder = fresh(&workspace.target.join("symbol-order"))?;
    let binary = folder.join("mcp-server");
    std::fs::copy(workspace.target.join("release/mcp-server"), &binary).map_err(Error::file(&binary))?;
    Ok(binary)
}

/// A binary under callgrind.
#[derive(Clone)]
struct Traced {
    valgrind: PathBuf,
    dump: PathBuf,
    /// Where callgrind writes, each time with another number behind it.
    files: PathBuf,
    binary: PathBuf,
}

impl Traced {
    /// As in front of an API.
    fn start(
        &self,
        folder: &Path,
        address: SocketAddr,
        upstream: SocketAddr,
    ) -> Result<RunningServer, Error> {
        let mut server = self.server(address, &folder.join("data"));
        server.args(["--log", "info", "--upstream-url", &format!("http://{upstream}")]);
        // The calls below are more than one connection may make.
        for rate in ["--grant-rate", "--key-rate", "--overall-rate", "--address-rate"] {
            server.args([rate, "1000000/s"]);
        }
        server.args(["--overload-delay", "30s"]);
        RunningServer::start(server, address, &folder.join("server.log"))
    }

    /// As somebody tries it out, with a workspace in the same process.
    fn start_trial(&self, folder: &Path, address: SocketAddr) -> Result<RunningServer, Error> {
        let mut server = self.server(address, &folder.join("trial"));
        server.args(["--log", "warn", "--sandbox"]);
        RunningServer::start(server, address, &folder.join("trial.log"))
    }

    fn server(&self, address: SocketAddr, data: &Path) -> Command {
        let mut server = Command::new(&self.valgrind);
        server.args(["--tool=callgrind", "--quiet", "--demangle=no"]);
        server.arg(format!("--callgrind-out-file={}", self.files.display())).arg(&self.binary);
        server.args(["serve", "--listen", &address.to_string(), "--data-dir"]).arg(data);
        server
    }

    /// Writes what ran at the start and just after it.
    fn settle(&self, server: &RunningServer) -> Result<(), Error> {
        std::thread::sleep(SETTLED);
        self.dump(server)
    }

    /// Writes what ran since the last time into the next file.
    fn dump(&self, server: &RunningServer) -> Result<(), Error> {
        let mut dump = Command::new(&self.dump);
        process::quiet("dump", dump.args(["--dump", &server.process_id().to_string()]))
    }

    /// What ran before the dump of this number.
    fn functions(&self, number: u32) -> Result<BTreeSet<String>, Error> {
        let path = self.files.with_extension(number.to_string());
        let text = std::fs::read(&path).map_err(Error::file(&path))?;
        Ok(functions::of(&String::from_utf8_lossy(&text), &self.binary))
    }
}

/// What clients ask for most, in both eras.
fn call(address: SocketAddr, token: &str) -> Result<(), Error> {
    let tool = |name: &str| ("tools/call", json!({ "name": name, "arguments": {} }));
    let host = address.to_string();
    let asked: [(&str, Value); 4] =
        [("tools/list", json!({})), tool("list-recent-activity"), tool("list-users"), tool("list-inboxes")];
    for (method, params) in asked {
        for revision in [Revision::Modern, Revision::Before] {
            let call = Call { host: &host, token: Some(token), revision, method, params: params.clone() };
            let request = call.bytes();
            for _ in 0..CALLS {
                let answer = exchange(address, &request)?;
                if answer.status != 200 || !answer.body.contains("\"result\"") {
                    return Err(Error::Check(format!(
                        "{method} was answered {}: {}",
                        answer.status, answer.body
                    )));
                }
            }
        }
    }
    Ok(())
}

fn compiler() -> Result<String, Error> {
    Ok(process::output(Command::new("rustc").arg("--version"))?.trim().to_owned())
}

/// The list's text: each function where it is named first.
fn listed(compiler: &str, parts: &[BTreeSet<String>; 4]) -> Result<String, Error> {
    let mut text = format!(
        "# Functions of the release binary that run, first those of calls. Written by `cargo xtask symbol-order`.\n\
         # {compiler}\n"
    );
    let mut listed = BTreeSet::new();
    let names = ["calls", "signing in", "the start", "the start with a simulated workspace"];
    for (part, name) in parts.iter().zip(names) {
        if part.is_empty() {
            return Err(Error::Check(format!("no function of {name} was seen")));
        }
        let _ = writeln!(text, "# {name}");
        for function in part.iter().filter(|function| listed.insert((*function).clone())) {
            let _ = writeln!(text, "{function}");
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_listed_where_it_is_named_first() {
        let part = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let parts = [part(&["b", "a"]), part(&["a", "c"]), part(&["b", "d"]), part(&["d", "e"])];
        let text = listed("rustc 1", &parts).unwrap();
        let names: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(names, ["a", "b", "c", "d", "e"]);
        assert!(text.contains("# rustc 1\n"), "{text}");
        assert!(
            listed("rustc 1", &[part(&["a"]), part(&[]), part(&["b"]), part(&["c"])]).is_err(),
            "a trace that saw nothing"
        );
    }
}
