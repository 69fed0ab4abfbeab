//! The program of a release, run before it is handed out: it says its version, it starts, and it describes itself to the MCP registry.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use super::version::Version;
use crate::error::Error;
use crate::process;
use crate::running_server::RunningServer;

/// Under which address the description is made. Whoever publishes one puts their own there: a server that runs serves its own.
const ADDRESS: &str = "https://mcp.example.com";

/// What `--version` says.
pub(super) fn version(program: &Path) -> Result<Version, Error> {
    let said = process::output(Command::new(program).arg("--version"))?;
    let version = said.trim().strip_prefix("mcp-server ").and_then(|version| version.parse().ok());
    version.ok_or_else(|| Error::content(program, &format!("says `{}` of its version", said.trim())))
}

/// `/server.json` of the program, which is started for it.
pub(super) fn server_json(program: &Path, version: &Version, target: &Path) -> Result<String, Error> {
    let data = target.join("release-smoke");
    if data.exists() {
        std::fs::remove_dir_all(&data).map_err(Error::file(&data))?;
    }
    std::fs::create_dir_all(&data).map_err(Error::file(&data))?;
    let address = process::free_address()?;
    let mut command = Command::new(program);
    command.args([
        "serve",
        "--sandbox",
        "--public-url",
        ADDRESS,
        "--listen",
        &address.to_string(),
        "--data-dir",
    ]);
    command.arg(data.join("data"));
    let server = RunningServer::start(command, address, &data.join("log.txt"))?;
    let text = get(&address.to_string(), "/server.json").map_err(Error::file(Path::new("/server.json")))?;
    drop(server);
    std::fs::remove_dir_all(&data).map_err(Error::file(&data))?;
    let described: Value = serde_json::from_str(&text)
        .map_err(|error| Error::content(Path::new("/server.json"), &format!("{error}: {text}")))?;
    if described["version"] != version.to_string() {
        let reason = format!("is of version {}, and the program is {version}", described["version"]);
        return Err(Error::content(Path::new("/server.json"), &reason));
    }
    Ok(format!("{described:#}\n"))
}

/// The body of an answer that has nothing to hide from whoever reads to the end.
fn get(address: &str, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    if head.starts_with("HTTP/1.1 200 ") {
        Ok(body.to_owned())
    } else {
        Err(std::io::Error::other(head.to_owned()))
    }
}
