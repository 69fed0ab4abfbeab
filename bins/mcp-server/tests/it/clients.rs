//! Real clients do the whole path by themselves, over both transports and in every way of finding the revision: the
//! official TypeScript and Python SDKs in both of their majors, and the bridge `mcp-remote`. Each driver plays the user
//! at the consent form. The Inspector's command line, which developers use, comes with a token.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use tokio::process::Command;

use crate::support::login::ALPHA;
use crate::support::mcp::{LEGACY, MODERN};
use crate::support::tools::{output, report, required};
use crate::support::{Login, TestServer};

/// Longest wait for the log to show what has happened.
const LOGGED: Duration = Duration::from_secs(5);

/// A transport, as the drivers, their reports and the server call it.
struct Transport {
    option: &'static str,
    name: &'static str,
    path: &'static str,
    /// What the server sees of the whole path, in this order, whatever else is between.
    requests: &'static [&'static str],
}

const HTTP: Transport = Transport {
    option: "http",
    name: "streamable-http",
    path: "/mcp",
    requests: &[
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
};

const SSE: Transport = Transport {
    option: "sse",
    name: "sse",
    path: "/sse",
    requests: &[
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
};

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
    inspect(&HTTP, "legacy", LEGACY).await;
}

#[tokio::test]
async fn inspector_discovers() {
    inspect(&HTTP, "auto", MODERN).await;
}

#[tokio::test]
async fn inspector_over_sse() {
    inspect(&SSE, "auto", LEGACY).await;
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
    let Some(drivers) = required("MCP_TEST_CLIENTS", "the client drivers") else { return };
    let server = TestServer::start();
    let text = format!("Sent by {driver}");
    server.keep_secret(&text);
    let mut command = Command::new(interpreter);
    command.arg(drivers.join(driver)).args(["--transport", transport.option]).args(options).args([
        &format!("{}{}", server.url, transport.path),
        ALPHA,
        crate::path::CONTACT,
        &text,
    ]);
    let report = report(&mut command, &server).await;
    assert_eq!(report["status"], "delivered", "{report}");
    assert_eq!(report["refreshed"], true, "{report}");
    assert_eq!(report["protocolVersion"], version, "{report}");
    assert_eq!(report["transport"], transport.name, "{report}");
    assert_eq!(report["tools"].as_array().map(Vec::len), Some(5), "{report}");
    saw(&server, transport.requests).await;
}

/// Waits until the server's log shows these requests: a line of it may come after the client's end.
async fn saw(server: &TestServer, expected: &[&str]) {
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

/// Has the Inspector say what was negotiated, and look for faults in the list of tools.
async fn inspect(transport: &Transport, era: &str, version: &str) {
    let (Some(node), Some(clients)) =
        (required("MCP_TEST_NODE", "Node 22"), required("MCP_TEST_CLIENTS", "the client drivers"))
    else {
        return;
    };
    let server = TestServer::start();
    let token = Login::with_key(&server, ALPHA).await.access_token;
    let home = tempfile::tempdir().unwrap();
    let inspector = || {
        let mut command = Command::new(&node);
        command
            .arg(clients.join("node_modules/.bin/mcp-inspector"))
            .args(["--cli", &format!("{}{}", server.url, transport.path)])
            .args(["--transport", transport.option, "--protocol-era", era])
            .args(["--header", &format!("Authorization: Bearer {token}")])
            // It keeps a catalogue of servers there.
            .env("HOME", home.path());
        command
    };
    let initialized = json(inspector().args(["--method", "initialize"]), &server).await;
    assert_eq!(initialized["protocolVersion"], version, "{initialized}");
    let listed = json(inspector().args(["--method", "tools/list", "--strict"]), &server).await;
    assert_eq!(listed["tools"].as_array().map(Vec::len), Some(5), "{listed}");
}

async fn json(command: &mut Command, server: &TestServer) -> Value {
    let printed = output(command, server).await;
    serde_json::from_str(&printed).expect(&printed)
}
