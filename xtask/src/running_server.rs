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
    pub(crate) fn start(command: Command, address: SocketAddr, log: &Path) -> Result<Self, Error> {
        let listens = || TcpStream::connect(address).is_ok();
        Self::start_until(command, log, Duration::from_millis(20), listens).map(|(server, _)| server)
    }

    /// Starts it, and asks in this interval whether it is there; also how long that took, from just before the process
    /// was made.
    pub(crate) fn start_until(
        mut command: Command,
        log: &Path,
        interval: Duration,
        mut is_there: impl FnMut() -> bool,
    ) -> Result<(Self, Duration), Error> {
        let file = File::create(log).map_err(Error::file(log))?;
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(file);
        let started = Instant::now();
        let child = command.spawn().map_err(process::start_error(&command))?;
        let mut server = Self { child };
        while !is_there() {
            let ended = server.child.try_wait().map_err(process::start_error(&command))?;
            if ended.is_some() || started.elapsed() > START_LIMIT {
                let command = process::describe(&command);
                return Err(Error::Check(format!("`{command}` does not listen; see {}", log.display())));
            }
            std::thread::sleep(interval);
        }
        Ok((server, started.elapsed()))
    }

    /// Ends it as an operator does, and insists on exit code 0.
    pub(crate) fn stop(mut self) -> Result<(), Error> {
        let mut kill = Command::new("kill");
        process::run(kill.args(["-TERM", &self.child.id().to_string()]))?;
        let started = Instant::now();
        loop {
            match self.child.try_wait().map_err(process::start_error(&kill))? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => return Err(Error::Check(format!("SIGTERM ended a server with {status}"))),
                None if started.elapsed() > START_LIMIT => {
                    return Err(Error::Check("SIGTERM did not end a server".to_owned()));
                }
                None => std::thread::sleep(Duration::from_millis(20)),
            }
        }
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
