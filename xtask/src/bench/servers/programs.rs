//! The programs that are measured and what measures them: built or installed, and how each is started.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::contender::Contender;
use crate::bench::cores::{Cores, pinned};
use crate::deployment;
use crate::environment;
use crate::error::Error;
use crate::process;
use crate::progress::step;
use crate::running_server::RunningServer;
use crate::workspace::Workspace;

/// Where they are, and on which cores they run.
#[derive(Debug)]
pub(super) struct Programs {
    pub(super) cores: Cores,
    /// Our release binary.
    pub(super) server: PathBuf,
    /// What logs users in: the example `load` of the binary.
    pub(super) login: PathBuf,
    /// The load, of the workspace `bench/`.
    pub(super) load: PathBuf,
    /// The others of it.
    built: PathBuf,
    /// The folder `bench/`.
    source: PathBuf,
    node: Option<PathBuf>,
    python: Option<PathBuf>,
    without: Vec<Contender>,
}

/// What a contender is told besides where to listen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting<'a> {
    /// How many tools it has.
    pub(super) tools: u32,
    /// Whom it asks.
    pub(super) upstream: SocketAddr,
    /// The file with what it answers, of those that answer one thing.
    pub(super) answer: &'a Path,
    /// A file with other tools than those of everybody.
    pub(super) catalogue: Option<&'a Path>,
}

impl Programs {
    /// Builds and installs all of them but these.
    pub(super) fn prepare(workspace: &Workspace, without: Vec<Contender>) -> Result<Self, Error> {
        let source = workspace.root.join("bench");
        step("build mcp-server and its logins", || deployment::build(workspace, false))?;
        let target = workspace.target.join("bench");
        step("build the other servers and the load", || {
            let mut build = workspace.cargo(&["build", "--release", "--locked", "--bins", "--manifest-path"]);
            process::run(build.arg(source.join("Cargo.toml")).arg("--target-dir").arg(&target))
        })?;
        let wants = |contender| !without.contains(&contender);
        let (node, python) = step("install the SDKs of TypeScript and Python", || {
            let node = wants(Contender::TypeScript).then(|| environment::bench_node(workspace));
            let python = wants(Contender::Python).then(|| environment::bench_python(workspace));
            Ok((node.transpose()?, python.transpose()?))
        })?;
        Ok(Self {
            cores: Cores::find(),
            server: workspace.target.join("release/mcp-server"),
            login: workspace.target.join("release/examples/load"),
            load: target.join("release/load"),
            built: target.join("release"),
            source,
            node,
            python,
            without,
        })
    }

    /// Whether it is measured at all.
    pub(super) fn has(&self, contender: Contender) -> bool {
        !self.without.contains(&contender)
    }

    /// What runs programs that are no machine code.
    pub(super) fn runtimes(&self) -> impl Iterator<Item = &Path> {
        [&self.node, &self.python].into_iter().flatten().map(PathBuf::as_path)
    }

    /// Versions are read from its lock files.
    pub(super) fn source(&self) -> &Path {
        &self.source
    }

    /// The file of a contender that is one file.
    pub(super) fn file(&self, contender: Contender) -> Option<PathBuf> {
        match contender {
            Contender::Server | Contender::LoggingServer => Some(self.server.clone()),
            Contender::Bare => Some(self.built.join("bare")),
            Contender::Proxy => Some(self.built.join("proxy")),
            Contender::Protocol => Some(self.built.join("ours")),
            Contender::Rmcp => Some(self.built.join("rmcp")),
            Contender::TypeScript | Contender::Python => None,
        }
    }

    /// Starts an upstream that answers everything with this file, beside the load.
    pub(super) fn stub(&self, answer: &Path, log: &Path) -> Result<(RunningServer, SocketAddr), Error> {
        let address = process::free_address()?;
        let mut command = pinned(self.built.join("stub"), self.cores.load);
        command.args(["--listen", &address.to_string(), "--answer"]).arg(answer);
        Ok((RunningServer::start(command, address, log)?, address))
    }

    /// How a contender is started, on the core of the servers; not the release binary, which needs more than this.
    pub(super) fn command(
        &self,
        contender: Contender,
        address: SocketAddr,
        setting: &Setting<'_>,
    ) -> Command {
        let core = self.cores.server;
        let mut command = match contender {
            Contender::TypeScript => {
                let mut command = pinned(self.node.as_deref().unwrap_or(Path::new("node")), core);
                command.arg(self.source.join("node/server.mjs"));
                command
            }
            Contender::Python => {
                let mut command = pinned(self.python.as_deref().unwrap_or(Path::new("python3")), core);
                command.arg(self.source.join("python/server.py"));
                command
            }
            rust => pinned(self.file(rust).unwrap_or_default(), core),
        };
        command.args(["--listen", &address.to_string()]);
        let upstream = format!("http://{}", setting.upstream);
        match contender {
            Contender::Bare => command.arg("--answer").arg(setting.answer),
            Contender::Proxy => command.args(["--upstream", &upstream, "--path", "/items/1"]),
            _ => command.args(["--tools", &setting.tools.to_string(), "--upstream", &upstream]),
        };
        if let Some(catalogue) = setting.catalogue {
            command.arg("--catalogue").arg(catalogue);
        }
        command
    }
}
