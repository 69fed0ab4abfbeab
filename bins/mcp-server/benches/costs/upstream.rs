//! The simulated API in a process of its own, so that nothing of it is counted: this program once more.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};

use openphone_sandbox::{Sandbox, SandboxOptions};
use url::Url;

use crate::Failure;
use crate::fixed::NOW;

/// With this argument the program is the API.
pub(crate) const ARGUMENT: &str = "upstream";
/// A key that it knows.
pub(crate) const KEY: &str = "sandbox-key-workspace-alpha";

/// A running API; ends when dropped, or when this process does.
#[derive(Debug)]
pub(crate) struct Upstream {
    child: Child,
    url: Url,
}

impl Upstream {
    pub(crate) fn start() -> Result<Self, Failure> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(ARGUMENT).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let mut address = String::new();
        BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut address)?;
        Ok(Self { child, url: address.trim().parse()? })
    }

    pub(crate) fn url(&self) -> &Url {
        &self.url
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        // Gone already is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The API's `main`: says where it is, and answers until its input ends.
pub(crate) fn serve() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let now = NOW.parse()?;
    let options = SandboxOptions::default().now(now).clock(move || now).requests_per_second(1_000_000);
    let sandbox = runtime.block_on(Sandbox::new(options).listen_on_loopback())?;
    println!("{}", sandbox.base_url());
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
