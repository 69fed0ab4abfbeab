//! The servers that the suite is run against, as processes of their own.

use std::fs::File;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::suite::CLIENT_ID;
use crate::error::Error;
use crate::process;

/// How long a server may take to listen.
const START_LIMIT: Duration = Duration::from_secs(20);

/// A server that listens. Killed when dropped.
#[derive(Debug)]
pub(super) struct Server {
    child: Child,
    /// The MCP endpoint.
    pub(super) url: String,
}

impl Server {
    /// The fixture; with `token`, it lets in nobody else.
    pub(super) fn fixture(program: &Path, token: Option<&str>, log: &Path) -> Result<Self, Error> {
        let address = process::free_address()?;
        let mut command = Command::new(program);
        command.arg(address.to_string());
        if let Some(token) = token {
            command.args(["--bearer", token]);
        }
        // `localhost`, as the suite's own documentation has it.
        Self::start(command, address, format!("http://localhost:{}/mcp", address.port()), log)
    }

    /// `mcp-server` with its simulated workspace and its state in the folder `data`, and the suite as a client that it
    /// knows.
    pub(super) fn binary(program: &Path, data: &Path, log: &Path) -> Result<Self, Error> {
        std::fs::create_dir_all(data).map_err(Error::file(data))?;
        let clients = data.join("clients.json");
        let suite = serde_json::json!([{
            "client_id": CLIENT_ID,
            "client_name": "Conformance suite",
            "redirect_uris": ["http://127.0.0.1/callback"],
        }]);
        std::fs::write(&clients, suite.to_string()).map_err(Error::file(&clients))?;
        let address = process::free_address()?;
        let mut command = Command::new(program);
        command.args(["serve", "--sandbox", "--listen", &address.to_string(), "--data-dir"]).arg(data);
        command.arg("--clients").arg(&clients);
        // The address by which the server calls itself: a client refuses a token for another one.
        Self::start(command, address, format!("http://{address}/mcp"), log)
    }

    fn start(mut command: Command, address: SocketAddr, url: String, log: &Path) -> Result<Self, Error> {
        let file = File::create(log).map_err(Error::file(log))?;
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(file);
        let child = command.spawn().map_err(process::start_error(&command))?;
        let mut server = Self { child, url };
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
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nothing to do about a failure here.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
