//! What the tests need besides Rust: a Redis, a Prometheus, a browser, and the real MCP clients with their runtimes.
//!
//! Everything is found on this machine or installed by package name: Debian's packages where we are root or have
//! `sudo -n`, npm packages from the lock files of `tests/clients` and `tests/browser`, Python packages with hashes into virtual
//! environments under `target/test-env`. What is up to date is left alone. What cannot be had is said, and the
//! tests that need it skip themselves.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::process;
use crate::workspace::Workspace;

mod debian;
mod faketime;
mod llvm;
mod node;
mod python;

/// What was found or installed; each `None` has an entry in `missing`.
#[derive(Debug, Default)]
pub(crate) struct Environment {
    chromium: Option<PathBuf>,
    headless_chromium: Option<PathBuf>,
    faketime: Option<PathBuf>,
    node: Option<PathBuf>,
    clients: Option<PathBuf>,
    page_checks: Option<PathBuf>,
    python: Option<PathBuf>,
    python1: Option<PathBuf>,
    screenshots: PathBuf,
    /// One sentence for each thing that could not be had.
    pub(crate) missing: Vec<String>,
}

/// A Redis server: found on this machine, or installed.
pub(crate) fn redis_server() -> Result<PathBuf, Error> {
    debian::program("redis-server", "redis-server")
}

/// What merges counts of programs, in the compiler's version of LLVM: that of its toolchain, one of this machine, or Debian's.
pub(crate) fn llvm_profdata() -> Result<PathBuf, Error> {
    llvm::profdata()
}

impl Environment {
    /// Finds or installs everything. Never fails: what cannot be had is in [`Self::missing`].
    pub(crate) fn prepare(workspace: &Workspace) -> Self {
        let mut environment =
            Self { screenshots: workspace.target.join("test-env/screenshots"), ..Self::default() };
        // Tests find it on the `PATH`, as plain `cargo test` does.
        environment.keep(redis_server());
        environment.faketime = environment.keep(faketime::library());
        environment.keep(debian::program("promtool", "prometheus"));
        environment.chromium = environment.keep(debian::program("chromium", "chromium"));
        // The same engine without windows of its own, which takes two thirds of the time; where it is not to be had, the other does.
        let headless = debian::program("chromium-headless-shell", "chromium-headless-shell");
        environment.headless_chromium = headless.ok().or_else(|| environment.chromium.clone());
        if let Some((node, clients)) = environment.keep(node::clients(workspace)) {
            environment.node = Some(node);
            environment.clients = Some(clients);
        }
        environment.page_checks = environment.keep(node::page_checks(workspace));
        environment.python = environment.keep(python::python(workspace, &python::SDK_2));
        environment.python1 = environment.keep(python::python(workspace, &python::SDK_1));
        environment
    }

    /// Node 22 or later, for what needs no test client.
    pub(crate) fn node(&self) -> Option<&PathBuf> {
        self.node.as_ref()
    }

    /// The Pythons with the MCP SDK, one for each of its majors.
    pub(crate) fn pythons(&self) -> impl Iterator<Item = &PathBuf> {
        [&self.python1, &self.python].into_iter().flatten()
    }

    /// What tests read (`CONTRIBUTING.md` lists them). A variable is set only when its thing is there, so that a
    /// test can tell, and skips with a message when it is not.
    pub(crate) fn variables(&self) -> Vec<(&'static str, OsString)> {
        let found = [
            ("MCP_TEST_CHROMIUM", &self.chromium),
            ("MCP_TEST_HEADLESS_CHROMIUM", &self.headless_chromium),
            ("MCP_TEST_FAKETIME", &self.faketime),
            ("MCP_TEST_NODE", &self.node),
            ("MCP_TEST_CLIENTS", &self.clients),
            ("MCP_TEST_PAGE_CHECKS", &self.page_checks),
            ("MCP_TEST_PYTHON", &self.python),
            ("MCP_TEST_PYTHON1", &self.python1),
        ];
        let mut variables: Vec<_> = found
            .into_iter()
            .filter_map(|(name, path)| path.as_ref().map(|path| (name, path.clone().into_os_string())))
            .collect();
        if let Some(clients) = &self.clients {
            // Its packages are those of the clients' folder.
            let script = clients.with_file_name("browser").join("consent.mjs");
            variables.push(("MCP_TEST_BROWSER", script.into_os_string()));
        }
        variables.push(("MCP_TEST_SCREENSHOTS", self.screenshots.clone().into_os_string()));
        variables
    }

    fn keep<T>(&mut self, found: Result<T, Error>) -> Option<T> {
        found.map_err(|error| self.missing.push(error.to_string())).ok()
    }
}

/// What drives pages.
#[derive(Debug)]
pub(crate) struct Browser {
    /// Node 22 or later, with the packages of `tests/clients`.
    pub(crate) node: PathBuf,
    pub(crate) chromium: PathBuf,
}

/// A browser and what drives it, and nothing else of the environment.
pub(crate) fn browser(workspace: &Workspace) -> Result<Browser, Error> {
    Ok(Browser { node: node(workspace)?, chromium: debian::program("chromium", "chromium")? })
}

/// Node 22 or later, and nothing else of the environment.
pub(crate) fn node(workspace: &Workspace) -> Result<PathBuf, Error> {
    node::clients(workspace).map(|(node, _)| node)
}

/// Node 22 or later, and the packages of `bench/node`: the server of the MCP SDK that ours is measured beside.
pub(crate) fn bench_node(workspace: &Workspace) -> Result<PathBuf, Error> {
    node::bench(workspace)
}

/// A Python with the packages of `bench/python`: the server of the MCP SDK that ours is measured beside.
pub(crate) fn bench_python(workspace: &Workspace) -> Result<PathBuf, Error> {
    python::python(workspace, &python::BENCH)
}

/// The folder of the programs that read `deploy/`, out of their Python packages.
pub(crate) fn deployment_tools(workspace: &Workspace) -> Result<PathBuf, Error> {
    let python = python::python(workspace, &python::DEPLOY)?;
    Ok(python.with_file_name(""))
}

/// A program of a Debian package, installed when it is absent and we may.
pub(crate) fn program(name: &str, package: &str) -> Result<PathBuf, Error> {
    debian::program(name, package)
}

/// `npm ci` in a folder with a lock file, unless its packages are those of the lock file already.
pub(crate) fn install_npm_packages(folder: &Path) -> Result<(), Error> {
    node::install_locked(folder)
}

/// Runs an installer quietly, with its name on the ticking line.
fn install(label: &str, command: &mut std::process::Command) -> Result<(), Error> {
    eprintln!("   {label}");
    process::quiet(label, command)
}
