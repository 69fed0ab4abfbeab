//! The processes under load: the simulated API, the server, a Redis; and what the server holds, seen from outside.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::environment;
use crate::error::Error;
use crate::process;
use crate::process_status::{self, ProcessStatus};
use crate::release_build;
use crate::running_server::RunningServer;
use crate::workspace::Workspace;

/// A server before an API. Both are killed when dropped.
#[derive(Debug)]
pub(crate) struct Deployment {
    server: RunningServer,
    address: SocketAddr,
    log: PathBuf,
    sandbox: RunningServer,
}

/// What is started.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setup<'a> {
    /// Of the target folder: `release`, `debug`, or another with a binary in it.
    pub(crate) folder: &'a str,
    /// The name of its state's folder.
    pub(crate) name: &'a str,
    /// What the server logs.
    pub(crate) log: &'a str,
    /// Of the server, besides.
    pub(crate) options: &'a [&'a str],
    /// Workspaces that the simulated API remembers.
    pub(crate) workspaces: u32,
    /// Of the simulated API, besides: how late it answers.
    pub(crate) sandbox: &'a [&'a str],
}

/// Builds the server and its load, the example `load`. One after the other: what examples and tests need, tokio's clock for
/// tests among it, would else be built into the server, which is to be measured as it is deployed.
pub(crate) fn build(workspace: &Workspace, is_debug: bool) -> Result<(), Error> {
    let build = |what: [&str; 2]| {
        let arguments = ["build", "--locked", "-p", "mcp-server"];
        let mut build = if is_debug {
            workspace.cargo(&arguments)
        } else {
            release_build::cargo(workspace, &[&arguments[..], &["--release"]].concat())?
        };
        process::run(build.args(what))
    };
    build(["--example", "load"])?;
    build(["--bin", "mcp-server"])
}

/// Builds the load alone, unoptimised, with what the tests are built of; where it is.
pub(crate) fn build_load(workspace: &Workspace) -> Result<PathBuf, Error> {
    process::run(&mut workspace.debug_build(&["--example", "load"]))?;
    Ok(workspace.debug_program("examples/load"))
}

/// What a process holds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Held {
    /// Bytes of memory that the system counts as its own.
    pub(crate) resident: u64,
    pub(crate) descriptors: u64,
    /// Processor time up to now, in seconds.
    pub(crate) processor: f64,
}

impl Deployment {
    /// Starts both, the server's state in a fresh folder.
    pub(crate) fn start(workspace: &Workspace, setup: &Setup<'_>) -> Result<Self, Error> {
        let binary = workspace.target.join(setup.folder).join("mcp-server");
        let folder = fresh(&workspace.target.join("load").join(setup.name))?;
        let data = folder.join("data");
        let mut keys = Command::new(&binary);
        process::quiet("keys", keys.args(["keys", "generate", "--data-dir"]).arg(&data))?;

        let upstream = process::free_address()?;
        let mut sandbox = Command::new(&binary);
        sandbox.args(["sandbox", "--log", "warn", "--listen", &upstream.to_string()]);
        sandbox.args(["--workspaces", &setup.workspaces.to_string()]).args(setup.sandbox);
        let sandbox = RunningServer::start(sandbox, upstream, &folder.join("sandbox.log"))?;

        let [address, admin] = [process::free_address()?, process::free_address()?];
        let mut server = Command::new(&binary);
        server.args(["serve", "--log", setup.log, "--upstream-url", &format!("http://{upstream}")]);
        server.args(["--listen", &address.to_string(), "--admin-listen", &admin.to_string()]);
        server.args(["--trusted-proxies", "127.0.0.1/32", "--data-dir"]).arg(&data).args(setup.options);
        let log = folder.join("server.log");
        let server = RunningServer::start(server, address, &log)?;
        Ok(Self { server, address, log, sandbox })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends the server as an operator does.
    pub(crate) fn stop(self) -> Result<(), Error> {
        self.server.stop()
    }

    /// The server's log.
    pub(crate) fn log(&self) -> &Path {
        &self.log
    }

    /// Processes of the server and of the simulated API.
    pub(crate) fn processes(&self) -> [u32; 2] {
        [self.server.process_id(), self.sandbox.process_id()]
    }

    /// What the server holds now. It lets nobody of its own user look into it, so that its descriptors are the
    /// superuser's to count; for others they are none.
    pub(crate) fn holdings(&self) -> Result<Held, Error> {
        let process = self.server.process_id();
        let descriptors = fs::read_dir(format!("/proc/{process}/fd"));
        Ok(Held {
            resident: process_status::resident(process)?,
            descriptors: descriptors.map_or(0, |entries| entries.count() as u64),
            processor: ProcessStatus::of(process)?.processor,
        })
    }
}

/// A Redis without persistence. Killed when dropped.
#[derive(Debug)]
pub(crate) struct Redis {
    _server: RunningServer,
    address: SocketAddr,
}

impl Redis {
    pub(crate) fn start(workspace: &Workspace) -> Result<Self, Error> {
        let folder = fresh(&workspace.target.join("load/redis"))?;
        let address = process::free_address()?;
        let mut command = Command::new(environment::redis_server()?);
        command.args(["--port", &address.port().to_string(), "--bind", "127.0.0.1"]);
        command.args(["--save", "", "--appendonly", "no", "--dir"]).arg(&folder);
        let server = RunningServer::start(command, address, &folder.join("redis.log"))?;
        Ok(Self { _server: server, address })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

/// An empty folder.
pub(crate) fn fresh(folder: &Path) -> Result<PathBuf, Error> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(Error::file(folder)(error)),
        _ => fs::create_dir_all(folder).map_err(Error::file(folder))?,
    }
    Ok(folder.to_owned())
}
