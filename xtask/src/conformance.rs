//! `cargo xtask conformance`: the official MCP conformance suite against the fixture server, which is an example
//! of `mcp-protocol` and has the tools, resources and prompts that the suite asks for.
//!
//! The suite is pinned by the lock file of `tests/conformance`. One run for each requirement set, with the strict
//! list of known failures beside it: an entry that passes again fails the run as well.

use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::environment;
use crate::error::Error;
use crate::process;
use crate::progress::step;
use crate::workspace::Workspace;

mod score;

use score::Score;

/// The suite's requirement sets, each a protocol revision.
const SETS: &[&str] = &["2025-11-25", "2026-07-28"];

/// How long the fixture may take to listen.
const START_LIMIT: Duration = Duration::from_secs(10);

/// Arguments of `conformance`.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Args {
    /// Only this requirement set, such as 2026-07-28
    #[arg(long, value_name = "REVISION")]
    requirements: Option<String>,
}

/// Every set, for `ci --full`.
pub(crate) fn run_all(workspace: &Workspace) -> Result<(), Error> {
    run(workspace, &Args::default())
}

/// Runs the suite and prints the score of each set.
pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<(), Error> {
    let folder = workspace.root.join("tests/conformance");
    environment::install_npm_packages(&folder)?;
    let node = environment::node(workspace)?;
    step("build the fixture", || process::run(&mut build(workspace)))?;
    let fixture = Fixture::start(workspace)?;
    let sets = SETS.iter().filter(|set| args.requirements.as_deref().is_none_or(|wanted| wanted == **set));
    let mut scores = Vec::new();
    for set in sets {
        scores.push(run_set(&node, &folder, &fixture, set)?);
    }
    for score in &scores {
        println!("{score}");
    }
    let failed: Vec<_> =
        scores.iter().filter(|score| !score.accepted).map(|score| score.set.as_str()).collect();
    match (scores.is_empty(), failed.is_empty()) {
        (true, _) => Err(Error::Check(format!("there are requirement sets {}", SETS.join(" and ")))),
        (false, true) => Ok(()),
        (false, false) => Err(Error::Check(format!("conformance fails for {}", failed.join(", ")))),
    }
}

/// One requirement set. What the suite says is shown when it is not satisfied.
fn run_set(node: &Path, folder: &Path, fixture: &Fixture, set: &str) -> Result<Score, Error> {
    let suite = |arguments: &[&str]| {
        let mut command = Command::new(node);
        command.arg("node_modules/@modelcontextprotocol/conformance/dist/index.js").args(arguments);
        command.args(["--requirements", set]).current_dir(folder).stdin(Stdio::null());
        command
    };
    let list = process::output(&mut suite(&["list"]))?;
    let mut command = suite(&["server", "--url", &fixture.url]);
    let known_failures = format!("expected-failures-{set}.yaml");
    if folder.join(&known_failures).is_file() {
        command.args(["--expected-failures", &known_failures]);
    }
    let output = command.output().map_err(process::start_error(&command))?;
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    let score = Score::read(set, &list, &text, output.status.success());
    if !score.accepted {
        eprintln!("{text}");
    }
    Ok(score)
}

fn build(workspace: &Workspace) -> Command {
    workspace.cargo(&["build", "-p", "openphone-mcp-protocol", "--example", "conformance_fixture"])
}

/// The fixture server, listening. Killed when dropped.
struct Fixture {
    child: Child,
    url: String,
}

impl Fixture {
    fn start(workspace: &Workspace) -> Result<Self, Error> {
        let address = process::free_address()?;
        let mut command = Command::new(workspace.target.join("debug/examples/conformance_fixture"));
        command.arg(address.to_string()).stdin(Stdio::null()).stdout(Stdio::null());
        let child = command.spawn().map_err(process::start_error(&command))?;
        // `localhost`: the suite's check of DNS rebinding knows no other name.
        let fixture = Self { child, url: format!("http://localhost:{}/mcp", address.port()) };
        let started = Instant::now();
        while TcpStream::connect(address).is_err() {
            if started.elapsed() > START_LIMIT {
                return Err(Error::Check(format!("the fixture does not listen on {address}")));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(fixture)
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        // Nothing to do about a failure here.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
