//! The server under load, as a process.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::error::Error;
use crate::process;

/// A server that listens. Killed when dropped.
#[derive(Debug)]
pub(super) struct Server {
    child: Child,
    address: String,
}

impl Server {
    pub(super) fn start(program: &Path) -> Result<Self, Error> {
        let mut command = Command::new(program);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let child = command.spawn().map_err(process::start_error(&command))?;
        let mut server = Self { child, address: String::new() };
        if let Some(pipe) = server.child.stdout.take() {
            BufReader::new(pipe).read_line(&mut server.address).map_err(Error::file(program))?;
        }
        server.address.truncate(server.address.trim_end().len());
        if server.address.is_empty() {
            return Err(Error::Check(format!("`{}` does not listen", process::describe(&command))));
        }
        Ok(server)
    }

    /// Where it listens.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    pub(super) fn process(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nothing to do about a failure here.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
