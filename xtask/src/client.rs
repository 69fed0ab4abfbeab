//! A client that has signed in, for commands that know no OAuth.

use std::path::Path;
use std::process::Command;

use crate::error::Error;
use crate::process;

/// A key that the simulated workspace takes.
pub(crate) const SANDBOX_KEY: &str = "sandbox-key-workspace-alpha";

/// Signs in to the server at `url` with the TypeScript SDK, in Node from the folder `tests/clients`, and returns an access token.
pub(crate) fn sign_in(node: &Path, clients: &Path, url: &str, key: &str) -> Result<String, Error> {
    let mut command = Command::new(node);
    command.args(["sign-in.mjs", url, key]).current_dir(clients);
    Ok(process::output(&mut command)?.trim().to_owned())
}
