//! `cargo xtask screenshots`: pictures of the pages in a real Chromium, at three widths, in light and dark, into
//! `target/screenshots`. With `--write`, also the few that the documentation shows, into `docs/images`.
//!
//! What is taken is in `tests/browser/screenshots.mjs`. The server is the debug build over its simulated workspace.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::client::SANDBOX_KEY;
use crate::environment::{self, Browser};
use crate::error::Error;
use crate::process;
use crate::progress::step;
use crate::running_server::RunningServer;
use crate::workspace::Workspace;

/// Where the stage of `tests/browser/stage.mjs` has the server.
const PUBLIC_URL: &str = "https://mcp.example.com";
/// Longest that all pictures may take.
const LIMIT: Duration = Duration::from_mins(5);

/// Arguments of `screenshots`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Replace the pictures of the documentation, too
    #[arg(long)]
    write: bool,
}

/// Runs the command.
pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<(), Error> {
    let browser = step("browser", || environment::browser(workspace))?;
    step("build the server", || process::run(&mut workspace.debug_build(&["--bin", "mcp-server"])))?;
    step("pictures", || take(workspace, &browser, args.write))
}

fn take(workspace: &Workspace, browser: &Browser, write: bool) -> Result<(), Error> {
    let pictures = workspace.target.join("screenshots");
    // Of the last run, so that what is there is of now.
    remove(&pictures)?;
    let stage = workspace.target.join("screenshots-stage");
    remove(&stage)?;
    std::fs::create_dir_all(&stage).map_err(Error::file(&stage))?;
    certify(&stage)?;
    let address = process::free_address()?;
    let mut server = Command::new(workspace.debug_program("mcp-server"));
    server.args(["serve", "--sandbox", "--public-url", PUBLIC_URL, "--listen", &address.to_string()]);
    server.arg("--data-dir").arg(stage.join("data"));
    let server = RunningServer::start(server, address, &stage.join("server.log"))?;

    let mut command = Command::new(&browser.node);
    command.arg(workspace.root.join("tests/browser/screenshots.mjs"));
    command.arg(format!("http://{address}")).arg(SANDBOX_KEY).arg(&stage).arg(&pictures);
    if write {
        command.arg(workspace.root.join("docs/images"));
    }
    command.env("MCP_TEST_CHROMIUM", &browser.chromium);
    let mut taken = 0;
    process::lines("taking pictures", &mut command, LIMIT, |path| {
        taken += 1;
        eprintln!("   {path}");
        Ok(format!("taking pictures: {taken}"))
    })?;
    drop(server);
    remove(&stage)
}

/// A certificate that nobody has to trust: Chromium is told not to mind.
fn certify(folder: &Path) -> Result<(), Error> {
    let made = rcgen::generate_simple_self_signed(vec!["mcp.example.com".to_owned()]);
    let made = made.map_err(|error| Error::content(folder, &error))?;
    for (name, text) in [("cert.pem", made.cert.pem()), ("key.pem", made.signing_key.serialize_pem())] {
        let path = folder.join(name);
        std::fs::write(&path, text).map_err(Error::file(&path))?;
    }
    Ok(())
}

fn remove(folder: &Path) -> Result<(), Error> {
    if folder.exists() { std::fs::remove_dir_all(folder).map_err(Error::file(folder)) } else { Ok(()) }
}
