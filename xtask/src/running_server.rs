//! A server as a process of its own, which is waited for until it listens, and killed when nobody needs it any more.

use std::fs::File;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::process;

/// How long a server may take to listen.
const START_LIMIT: Duration = Duration::from_secs(20);

/// A server that listens. Killed when dropped.
#[derive(Debug)]
pub(crate) struct RunningServer {
    child: Child,
}

impl RunningServer {
    /// Starts it, with what it prints in the file `log`, and waits until it listens at `address`.
    pub(crate) fn start(mut command: Command, address: SocketAddr, log: &Path) -> Result<Self, Error> {
        let file = File::create(log).map_err(Error::file(log))?;
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(file);
        let child = command.spawn().map_err(process::start_error(&command))?;
        let mut server = Self { child };
        let started = Instant::now();
        while TcpStream::connect(address).is_err() {
            let ended = server.child.try_wait().map_err(process::start_error(&command))?;
            if ended.is_some() || started.elapsed() > START_LIMIT {
                let command = process::describe(&command);
                return Err(Error::Check(format!("`{command}` does not listen; see {}", log.display())));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(server)
    }

    /// Its process.
    pub(crate) fn process_id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        // Nothing to do about a failure here.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
