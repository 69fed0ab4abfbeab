//! Real clients that do not register: those whose id is a metadata document, which the server knows without a way to its
//! host; and those that come back to a server that knows them no more.
//!
//! G5: the answer to a refresh tells a client what to give up. `invalid_grant` is its connection (`clients.rs` shows that no
//! client registers anew for that), `invalid_client` is its registration.

use std::path::PathBuf;

use serde_json::Value;

use crate::clients::{HTTP, SSE, Transport, command, run, saw};
use crate::support::TestServer;
use crate::support::tools::required;

/// What is known of this document is in the binary.
const CLAUDE_CODE: &str = "https://claude.ai/oauth/claude-code-client-metadata";

#[tokio::test]
async fn typescript_1_by_its_document() {
    by_document(node(), "ts1.mjs", &HTTP).await;
}

#[tokio::test]
async fn typescript_2_by_its_document() {
    by_document(node(), "ts2.mjs", &HTTP).await;
}

#[tokio::test]
async fn typescript_2_by_its_document_over_sse() {
    by_document(node(), "ts2.mjs", &SSE).await;
}

#[tokio::test]
async fn python_1_by_its_document() {
    by_document(python_1(), "py1.py", &HTTP).await;
}

#[tokio::test]
async fn python_2_by_its_document() {
    by_document(python_2(), "py2.py", &HTTP).await;
}

#[tokio::test]
async fn mcp_remote_by_its_document() {
    by_document(node(), "mcp-remote.mjs", &HTTP).await;
}

#[tokio::test]
async fn inspector_by_its_document() {
    by_document(node(), "inspector.mjs", &HTTP).await;
}

#[tokio::test]
async fn g5_typescript_1_registers_again() {
    registers_again("ts1.mjs").await;
}

#[tokio::test]
async fn g5_typescript_2_registers_again() {
    registers_again("ts2.mjs").await;
}

#[tokio::test]
async fn g5_mcp_remote_registers_again() {
    registers_again("mcp-remote.mjs").await;
}

#[tokio::test]
async fn g5_inspector_registers_again() {
    registers_again("inspector.mjs").await;
}

/// The Python SDKs keep a registration that the server refused. Their user meets the page that says what to do.
#[tokio::test]
async fn h11_python_1_is_told_to_add_the_connection_again() {
    is_told_to_add_the_connection_again(python_1(), "py1.py").await;
}

#[tokio::test]
async fn h11_python_2_is_told_to_add_the_connection_again() {
    is_told_to_add_the_connection_again(python_2(), "py2.py").await;
}

fn node() -> Option<PathBuf> {
    required("MCP_TEST_NODE", "Node 22")
}

fn python_1() -> Option<PathBuf> {
    required("MCP_TEST_PYTHON1", "the Python SDK")
}

fn python_2() -> Option<PathBuf> {
    required("MCP_TEST_PYTHON", "the Python SDK")
}

/// The whole life of a connection, without any registration.
async fn by_document(interpreter: Option<PathBuf>, driver: &str, transport: &Transport) {
    let Some(interpreter) = interpreter else { return };
    let server = TestServer::start();
    let options = ["--client-metadata-url", CLAUDE_CODE];
    let Some(report) = run(&server, &interpreter, driver, &options, transport).await else { return };
    assert_eq!(report["status"], "delivered", "{report}");
    assert_eq!(report["refreshed"], true, "{report}");
    assert_eq!(report["consents"], 2, "{report}");
    saw(&server, &["GET /authorize 200", "POST /token 200", "POST /revoke 200", "POST /token 400"]).await;
    let registered = server.requests().iter().any(|request| request.starts_with("POST /register"));
    assert!(!registered, "{}", server.requests().join("\n"));
}

/// A client with its credentials on disk, and the folder of the server that takes the place of the one it knows.
struct Kept {
    folder: tempfile::TempDir,
    /// What the client has from the first server.
    report: Value,
}

impl Kept {
    /// Connects to a first server, which then ends; returns the second, at the same address and with other keys.
    async fn by(interpreter: &std::path::Path, driver: &str) -> Option<(Self, TestServer)> {
        let folder = tempfile::tempdir().unwrap();
        let credentials = folder.path().join("credentials");
        let mut first = TestServer::start_in(&folder.path().join("first"));
        let options = ["--credentials", credentials.to_str().unwrap()];
        let report = run(&first, interpreter, driver, &options, &HTTP).await?;
        assert_eq!(first.stop(), Some(0));
        let second = TestServer::start_at(&folder.path().join("second"), &first.url);
        Some((Self { folder, report }, second))
    }

    fn credentials(&self) -> String {
        self.folder.path().join("credentials").to_str().unwrap().to_owned()
    }
}

/// `401 invalid_client` has a client give up its registration, make a new one, and go the whole way once more.
async fn registers_again(driver: &str) {
    let Some(node) = node() else { return };
    let Some((kept, server)) = Kept::by(&node, driver).await else { return };
    assert_eq!(kept.report["consents"], 2, "{}", kept.report);
    let options = ["--credentials", &kept.credentials()];
    let report = run(&server, &node, driver, &options, &HTTP).await.unwrap();
    assert_eq!(report["status"], "delivered", "{report}");
    let whole = [
        "POST /mcp 401",
        "POST /token 401",
        "POST /register 201",
        "GET /authorize 200",
        "POST /authorize 303",
        "POST /token 200",
        "POST /mcp 200",
    ];
    saw(&server, &whole).await;
}

async fn is_told_to_add_the_connection_again(interpreter: Option<PathBuf>, driver: &str) {
    let Some(interpreter) = interpreter else { return };
    let Some((kept, server)) = Kept::by(&interpreter, driver).await else { return };
    let options = ["--credentials", &kept.credentials()];
    let mut command = command(&server, &interpreter, driver, &options, &HTTP).unwrap();
    let output = command.stdin(std::process::Stdio::null()).kill_on_drop(true).output();
    let output = tokio::time::timeout(std::time::Duration::from_secs(60), output).await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{driver} has learnt to register again");
    assert!(said.contains("This app is not registered here"), "{said}");
    saw(&server, &["POST /mcp 401", "GET /authorize 400"]).await;
    let registered = server.requests().iter().any(|request| request.starts_with("POST /register"));
    assert!(!registered, "{}", server.requests().join("\n"));
}
