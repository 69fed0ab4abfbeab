//! The suite itself: its versions, which runs there are and what each has to reach, and how one is made.
//!
//! Both versions are pinned by the lock file of `tests/conformance`. A new version is a new number there, and here the
//! number of its scenarios.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::results::Results;
use crate::client;
use crate::environment;
use crate::error::Error;
use crate::process;
use crate::workspace::Workspace;

/// How long one run may take. The suite itself gives each scenario 30 seconds.
const LIMIT: Duration = Duration::from_secs(180);

/// The id of the client that the suite plays; the server is told of it, because the suite cannot register.
pub(super) const CLIENT_ID: &str = "conformance";

/// One run of the suite.
#[derive(Debug)]
pub(super) struct Run {
    /// What people call it.
    pub(super) name: &'static str,
    /// The version of the suite, as a dependency in `tests/conformance/package.json`.
    package: &'static str,
    /// What is tested.
    pub(super) part: Part,
    /// Which scenarios.
    pub(super) selection: &'static [&'static str],
    /// How many they are: a run of fewer has left something out.
    pub(super) scenarios: usize,
    /// Checks that rmcp's own conformance server passes. Ours is to pass no fewer.
    pub(super) rmcp: usize,
}

/// The parts of the suite, each a command of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// An MCP server.
    Server,
    /// An authorization server.
    Authorization,
}

impl Part {
    /// The command.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Authorization => "authorization",
        }
    }
}

/// Every run. rmcp's figures were measured on 2026-11-22 with rmcp 3.9.0 and these versions of the suite.
pub(super) const RUNS: &[Run] = &[
    Run {
        name: "0.1",
        package: "conformance-0.1",
        part: Part::Server,
        selection: &["--suite", "all"],
        scenarios: 32,
        rmcp: 46,
    },
    Run {
        name: "2025-11-25",
        package: "conformance-0.2",
        part: Part::Server,
        selection: &["--requirements", "2025-11-25"],
        scenarios: 33,
        rmcp: 83,
    },
    Run {
        name: "2026-07-28",
        package: "conformance-0.2",
        part: Part::Server,
        selection: &["--requirements", "2026-07-28"],
        scenarios: 50,
        rmcp: 197,
    },
    Run {
        name: "all",
        package: "conformance-0.2",
        part: Part::Server,
        selection: &["--suite", "all"],
        scenarios: 65,
        rmcp: 233,
    },
    // rmcp has no authorization server.
    Run {
        name: "authorization",
        package: "conformance-0.2",
        part: Part::Authorization,
        selection: &[],
        scenarios: 2,
        rmcp: 0,
    },
];

impl Run {
    /// Whether this is what a revision requires, at that revision's wire.
    pub(super) fn is_requirement_set(&self) -> bool {
        self.selection.first() == Some(&"--requirements")
    }

    /// What the suite is to be told that may fail, in its folder.
    pub(super) fn expected_failures(&self) -> String {
        format!("expected-failures-{}.yaml", self.name)
    }
}

/// The suite, installed.
#[derive(Debug)]
pub(super) struct Suite {
    node: PathBuf,
    /// `tests/conformance`.
    pub(super) folder: PathBuf,
    /// Where the results and all that is said go.
    pub(super) results: PathBuf,
}

/// What a run is to know of the server.
#[derive(Debug)]
pub(super) struct Endpoint<'a> {
    pub(super) url: &'a str,
    /// Every request carries it.
    pub(super) token: Option<&'a str>,
}

impl Suite {
    /// Installs both versions, and empties the folder of results.
    pub(super) fn prepare(workspace: &Workspace) -> Result<Self, Error> {
        let folder = workspace.root.join("tests/conformance");
        environment::install_npm_packages(&folder)?;
        let node = environment::node(workspace)?;
        let results = workspace.target.join("conformance");
        if results.exists() {
            std::fs::remove_dir_all(&results).map_err(Error::file(&results))?;
        }
        std::fs::create_dir_all(&results).map_err(Error::file(&results))?;
        Ok(Self { node, folder, results })
    }

    /// One run. `name` is for the ticking line and the results; with `expected_failures` the suite is satisfied when
    /// what fails is exactly what that list names.
    pub(super) fn run(
        &self,
        run: &Run,
        endpoint: &Endpoint<'_>,
        name: &str,
        expected_failures: Option<&Path>,
    ) -> Result<Results, Error> {
        let mut command = Command::new(&self.node);
        command.current_dir(&self.folder);
        if let Some(token) = endpoint.token {
            command.env("CONFORMANCE_BEARER", token).args(["--import", "./bearer.mjs"]);
        }
        command.arg(format!("node_modules/{}/dist/index.js", run.package));
        let results = self.file(name);
        command.args([run.part.name(), "--url", endpoint.url]).args(run.selection).arg("-o").arg(&results);
        if let Some(list) = expected_failures {
            command.arg("--expected-failures").arg(list);
        }
        let status = process::recorded(name, &mut command, LIMIT, &self.file(&format!("{name}.log")))?;
        Results::of_folder(&results, status.success())
    }

    /// The run against an authorization server: a person has to follow the link that the suite prints.
    pub(super) fn run_authorization(&self, issuer: &str, key: &str, name: &str) -> Result<Results, Error> {
        let port = process::free_address()?.port().to_string();
        let results = self.file(name);
        let mut command = Command::new(&self.node);
        command.arg("authorization.mjs").args([issuer, CLIENT_ID, key, &port]).arg(&results);
        command.current_dir(&self.folder);
        let status = process::recorded(name, &mut command, LIMIT, &self.file(&format!("{name}.log")))?;
        Results::of_folder(&results, status.success())
    }

    /// A file or folder among the results.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.results.join(name.replace(", ", "-").replace(' ', "-"))
    }

    /// Signs in to the server and returns an access token for `url`.
    pub(super) fn sign_in(&self, url: &str, key: &str) -> Result<String, Error> {
        client::sign_in(&self.node, &self.folder.join("../clients"), url, key)
    }

    /// The exact version of the suite that a run uses.
    pub(super) fn version(&self, run: &Run) -> Result<String, Error> {
        #[derive(serde::Deserialize)]
        struct Package {
            version: String,
        }
        let path = self.folder.join("node_modules").join(run.package).join("package.json");
        let text = std::fs::read_to_string(&path).map_err(Error::file(&path))?;
        let package: Package = serde_json::from_str(&text).map_err(|error| Error::content(&path, &error))?;
        Ok(package.version)
    }
}
