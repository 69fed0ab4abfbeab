//! Real clients do the whole path by themselves, over both transports and in every way of finding the revision: the
//! official TypeScript and Python SDKs in both of their majors, the bridge `mcp-remote`, and the Inspector's command line.
//! Each driver plays the user at the consent form: at the login, and again after the connection was revoked.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::process::Command;

use crate::support::login::ALPHA;
use crate::support::mcp::{LEGACY, MODERN};
use crate::support::tools::{report, required};
use crate::support::{TestServer, listed};

/// Longest wait for the log to show what has happened.
const LOGGED: Duration = Duration::from_secs(5);

/// A transport, as the drivers, their reports and the server call it.
pub(crate) struct Transport {
    option: &'static str,
    name: &'static str,
    path: &'static str,
    /// What the server sees from nothing to a refreshed token, in this order, whatever else is between.
    login: &'static [&'static str],
    /// A call with a token that is not good any more.
    call_refused: &'static str,
    /// The first request on a connection that is new, and what becomes of it.
    connected: &'static str,
}

pub(crate) const HTTP: Transport = Transport {
    option: "http",
    name: "streamable-http",
    path: "/mcp",
    login: &[
        "POST /mcp 401",
        "GET /.well-known/ 200",
        "POST /register 201",
        "GET /authorize 200",
        "POST /authorize 303",
        "POST /token 200",
        "POST /mcp 200",
        "POST /token 200",
        "POST /mcp 200",
    ],
    call_refused: "POST /mcp 401",
    connected: "POST /mcp 200",
};

pub(crate) const SSE: Transport = Transport {
    option: "sse",
    name: "sse",
    path: "/sse",
    login: &[
        "GET /sse 401",
        "GET /.well-known/ 200",
        "POST /register 201",
        "GET /authorize 200",
        "POST /authorize 303",
        "POST /token 200",
        "GET /sse 200",
        "POST /sse/message 202",
        "POST /token 200",
        "POST /sse/message 202",
    ],
    call_refused: "POST /sse/message 401",
    connected: "GET /sse 200",
};

/// The second consent, after a revocation, up to the tokens.
const AGAIN: &[&str] = &["GET /authorize 200", "POST /authorize 303", "POST /token 200"];

/// How a client takes it that its connection was revoked.
#[derive(Clone, Copy, Debug)]
enum Refusal {
    /// Its call ends in its error.
    Told,
    /// The same, and every call is a connection of its own.
    ToldAtOnce,
    /// It asks the person again by itself.
    Asked,
    /// The same, and it asks for a new token before it asks with the old one.
    AskedAhead,
}

impl Refusal {
    fn of(driver: &str) -> Self {
        match driver {
            "ts1.mjs" | "ts2.mjs" => Self::Told,
            "inspector.mjs" => Self::ToldAtOnce,
            "mcp-remote.mjs" => Self::Asked,
            _ => Self::AskedAhead,
        }
    }

    /// What the driver's report calls it.
    fn name(self) -> &'static str {
        match self {
            Self::Told => "UnauthorizedError",
            Self::ToldAtOnce => "auth_required",
            Self::Asked | Self::AskedAhead => "consent",
        }
    }

    /// What the server sees of it.
    fn requests(self, transport: &Transport) -> [&'static str; 2] {
        let (connecting, refresh) = (transport.login[0], "POST /token 400");
        match self {
            Self::Told | Self::Asked => [transport.call_refused, refresh],
            Self::ToldAtOnce => [connecting, refresh],
            Self::AskedAhead => [refresh, connecting],
        }
    }
}

#[tokio::test]
async fn typescript_1() {
    node("ts1.mjs", &[], &HTTP, LEGACY).await;
}

#[tokio::test]
async fn typescript_1_over_sse() {
    node("ts1.mjs", &[], &SSE, LEGACY).await;
}

#[tokio::test]
async fn typescript_2() {
    node("ts2.mjs", &["--mode", "legacy"], &HTTP, LEGACY).await;
}

#[tokio::test]
async fn typescript_2_discovers() {
    node("ts2.mjs", &["--mode", "auto"], &HTTP, MODERN).await;
}

#[tokio::test]
async fn typescript_2_is_pinned() {
    node("ts2.mjs", &["--mode", MODERN], &HTTP, MODERN).await;
}

#[tokio::test]
async fn typescript_2_over_sse() {
    node("ts2.mjs", &["--mode", "legacy"], &SSE, LEGACY).await;
}

#[tokio::test]
async fn typescript_2_discovers_over_sse() {
    node("ts2.mjs", &["--mode", "auto"], &SSE, LEGACY).await;
}

#[tokio::test]
async fn python_1() {
    python("MCP_TEST_PYTHON1", "py1.py", &[], &HTTP, LEGACY).await;
}

#[tokio::test]
async fn python_1_over_sse() {
    python("MCP_TEST_PYTHON1", "py1.py", &[], &SSE, LEGACY).await;
}

#[tokio::test]
async fn python_2() {
    python("MCP_TEST_PYTHON", "py2.py", &["--mode", "legacy"], &HTTP, LEGACY).await;
}

#[tokio::test]
async fn python_2_discovers() {
    python("MCP_TEST_PYTHON", "py2.py", &["--mode", "auto"], &HTTP, MODERN).await;
}

#[tokio::test]
async fn python_2_over_sse() {
    python("MCP_TEST_PYTHON", "py2.py", &["--mode", "legacy"], &SSE, LEGACY).await;
}

#[tokio::test]
async fn python_2_discovers_over_sse() {
    python("MCP_TEST_PYTHON", "py2.py", &["--mode", "auto"], &SSE, LEGACY).await;
}

#[tokio::test]
async fn mcp_remote() {
    node("mcp-remote.mjs", &[], &HTTP, LEGACY).await;
}

#[tokio::test]
async fn mcp_remote_over_sse() {
    node("mcp-remote.mjs", &[], &SSE, LEGACY).await;
}

#[tokio::test]
async fn inspector() {
    node("inspector.mjs", &["--mode", "legacy"], &HTTP, LEGACY).await;
}

#[tokio::test]
async fn inspector_discovers() {
    node("inspector.mjs", &["--mode", "auto"], &HTTP, MODERN).await;
}

#[tokio::test]
async fn inspector_over_sse() {
    node("inspector.mjs", &["--mode", "auto"], &SSE, LEGACY).await;
}

async fn node(driver: &str, options: &[&str], transport: &Transport, version: &str) {
    if let Some(node) = required("MCP_TEST_NODE", "Node 22") {
        drive(&node, driver, options, transport, version).await;
    }
}

async fn python(variable: &str, driver: &str, options: &[&str], transport: &Transport, version: &str) {
    if let Some(python) = required(variable, "the Python SDK") {
        drive(&python, driver, options, transport, version).await;
    }
}

async fn drive(interpreter: &Path, driver: &str, options: &[&str], transport: &Transport, version: &str) {
    let server = TestServer::start();
    let Some(report) = run(&server, interpreter, driver, options, transport).await else { return };
    let refusal = Refusal::of(driver);
    assert_eq!(report["status"], "delivered", "{report}");
    assert_eq!(report["refreshed"], true, "{report}");
    assert_eq!(report["protocolVersion"], version, "{report}");
    assert_eq!(report["transport"], transport.name, "{report}");
    assert_eq!(report["tools"], json!(listed::all()), "{report}");
    assert_eq!(report["afterRevocation"], refusal.name(), "{report}");
    assert_eq!(report["consents"], 2, "{report}");
    let refused = refusal.requests(transport);
    let whole = [transport.login, &["POST /revoke 200"], &refused, AGAIN, &[transport.connected]].concat();
    saw(&server, &whole).await;
    // G5: a refused refresh costs a consent, and no registration.
    assert_eq!(server.requests().iter().filter(|&request| request == "POST /register 201").count(), 1);
}

/// Runs a driver to its end, and returns its report. `None`: the drivers are not there.
pub(crate) async fn run(
    server: &TestServer,
    interpreter: &Path,
    driver: &str,
    options: &[&str],
    transport: &Transport,
) -> Option<Value> {
    let mut command = command(server, interpreter, driver, options, transport)?;
    Some(report(&mut command, server).await)
}

/// The command that runs a driver.
pub(crate) fn command(
    server: &TestServer,
    interpreter: &Path,
    driver: &str,
    options: &[&str],
    transport: &Transport,
) -> Option<Command> {
    let drivers = required("MCP_TEST_CLIENTS", "the client drivers")?;
    let text = format!("Sent by {driver}");
    server.keep_secret(&text);
    let mut command = Command::new(interpreter);
    command.arg(drivers.join(driver)).args(["--transport", transport.option]).args(options).args([
        &format!("{}{}", server.url, transport.path),
        ALPHA,
        crate::path::CONTACT,
        &text,
    ]);
    Some(command)
}

/// Waits until the server's log shows these requests: a line of it may come after the client's end.
pub(crate) async fn saw(server: &TestServer, expected: &[&str]) {
    let deadline = tokio::time::Instant::now() + LOGGED;
    loop {
        let requests = server.requests();
        let mut seen = requests.iter();
        let missing = expected.iter().find(|&&step| !seen.any(|request| request == step));
        let Some(missing) = missing else { return };
        let in_time = tokio::time::Instant::now() < deadline;
        assert!(in_time, "no `{missing}` in its place:\n{}", requests.join("\n"));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
