//! The servers that the suite is run against, as processes of their own.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use super::suite::CLIENT_ID;
use crate::error::Error;
use crate::process;
use crate::running_server::RunningServer;

/// A server that listens. Killed when dropped.
#[derive(Debug)]
pub(super) struct Server {
    _running: RunningServer,
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
        // The suite is one connection that asks as fast as it can.
        command.args(["--grant-rate", "off", "--key-rate", "off"]);
        // The address by which the server calls itself: a client refuses a token for another one.
        Self::start(command, address, format!("http://{address}/mcp"), log)
    }

    fn start(command: Command, address: SocketAddr, url: String, log: &Path) -> Result<Self, Error> {
        Ok(Self { _running: RunningServer::start(command, address, log)?, url })
    }
}
