//! The processes under load: the simulated API, the server, a Redis; and what the server holds, seen from outside.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::environment;
use crate::error::Error;
use crate::load::Args;
use crate::process;
use crate::process_status::{self, ProcessStatus};
use crate::running_server::RunningServer;
use crate::workspace::Workspace;

/// How late the API answers.
const LATENCY: &str = "50ms";

/// A server before an API. Both are killed when dropped.
#[derive(Debug)]
pub(crate) struct Deployment {
    server: RunningServer,
    address: SocketAddr,
    log: PathBuf,
    _sandbox: RunningServer,
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
    /// Starts both, the server with these options besides, its state in a fresh folder of this name.
    pub(crate) fn start(
        workspace: &Workspace,
        args: &Args,
        name: &str,
        options: &[&str],
    ) -> Result<Self, Error> {
        let binary = workspace.target.join(args.folder()).join("mcp-server");
        let folder = fresh(&workspace.target.join("load").join(name))?;
        let data = folder.join("data");
        let mut keys = Command::new(&binary);
        process::quiet("keys", keys.args(["keys", "generate", "--data-dir"]).arg(&data))?;

        let upstream = process::free_address()?;
        let mut sandbox = Command::new(&binary);
        sandbox.args(["sandbox", "--log", "warn", "--latency", LATENCY, "--listen", &upstream.to_string()]);
        sandbox.args(["--workspaces", &args.users.max(100).to_string()]);
        let sandbox = RunningServer::start(sandbox, upstream, &folder.join("sandbox.log"))?;

        let [address, admin] = [process::free_address()?, process::free_address()?];
        let mut server = Command::new(&binary);
        server.args(["serve", "--log", "info", "--upstream-url", &format!("http://{upstream}")]);
        server.args(["--listen", &address.to_string(), "--admin-listen", &admin.to_string()]);
        server.args(["--trusted-proxies", "127.0.0.1/32", "--data-dir"]).arg(&data).args(options);
        let log = folder.join("server.log");
        let server = RunningServer::start(server, address, &log)?;
        Ok(Self { server, address, log, _sandbox: sandbox })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The server's log.
    pub(crate) fn log(&self) -> &Path {
        &self.log
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
fn fresh(folder: &Path) -> Result<PathBuf, Error> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(Error::file(folder)(error)),
        _ => fs::create_dir_all(folder).map_err(Error::file(folder))?,
    }
    Ok(folder.to_owned())
}
