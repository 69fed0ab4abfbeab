//! The release binary as a process: started, asked, weighed, stopped.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::process;

/// How long a start may take before it counts as failed.
const START_LIMIT: Duration = Duration::from_secs(20);

/// A server that has answered. Killed when dropped.
#[derive(Debug)]
pub(super) struct RunningServer {
    child: Child,
    /// From just before the process was made to the first 200 of `/healthz`.
    pub(super) time_to_first_answer: Duration,
}

impl RunningServer {
    /// Starts `serve --sandbox` on a free port and asks without pause until it answers.
    pub(super) fn start(binary: &Path, data: &Path) -> Result<Self, Error> {
        let address = process::free_address()?;
        let mut command = Command::new(binary);
        command.args(["serve", "--sandbox", "--listen", &address.to_string(), "--data-dir"]).arg(data);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let started = Instant::now();
        let child = command.spawn().map_err(process::start_error(&command))?;
        let mut server = Self { child, time_to_first_answer: Duration::ZERO };
        while !is_healthy(address) {
            let ended = server.child.try_wait().map_err(process::start_error(&command))?;
            if ended.is_some() || started.elapsed() > START_LIMIT {
                return Err(Error::Check(format!("`{}` did not come up", process::describe(&command))));
            }
            // Short against the 50 ms to be measured, and leaves a core to the server.
            std::thread::sleep(Duration::from_micros(200));
        }
        server.time_to_first_answer = started.elapsed();
        Ok(server)
    }

    /// Resident memory (`VmRSS` of proc(5)).
    pub(super) fn resident_bytes(&self) -> Result<u64, Error> {
        let path = format!("/proc/{}/status", self.child.id());
        let path = Path::new(&path);
        let status = std::fs::read_to_string(path).map_err(Error::file(path))?;
        resident(&status).ok_or_else(|| Error::content(path, &"no VmRSS"))
    }

    /// Ends it as an operator does, and insists on exit code 0.
    pub(super) fn stop(mut self) -> Result<(), Error> {
        let id = self.child.id().to_string();
        process::run(Command::new("kill").args(["-TERM", &id]))?;
        let status =
            self.child.wait().map_err(|source| Error::Start { command: "mcp-server".to_owned(), source })?;
        if status.success() {
            Ok(())
        } else {
            Err(Error::Check(format!("SIGTERM ended the server with {status}")))
        }
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        // Already gone after `stop`; nothing to do about a failure here.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn is_healthy(address: SocketAddr) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        write!(stream, "GET /healthz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
        let mut start = [0; 12];
        stream.read_exact(&mut start)?;
        Ok(&start == b"HTTP/1.1 200")
    };
    ask().unwrap_or(false)
}

/// `VmRSS:     12345 kB` in bytes.
fn resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::resident;

    #[test]
    fn resident_memory_is_read() {
        assert_eq!(resident("Name:\tx\nVmRSS:\t   12000 kB\nRssAnon: 1 kB\n"), Some(12_288_000));
        assert_eq!(resident("Name:\tx\n"), None);
    }
}
