//! Real clients do the whole path by themselves: the official TypeScript SDK 1 (Streamable HTTP and HTTP+SSE), the
//! TypeScript SDK 2 pinned to 2026-07-28, the Python SDK 2. Each driver plays the user at the consent form.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::process::Command;

use crate::support::TestServer;
use crate::support::login::ALPHA;
use crate::support::tools::required;

/// Longest a client may take for its whole path.
const TIMEOUT: Duration = Duration::from_secs(120);

#[tokio::test]
async fn typescript_1_over_streamable_http() {
    node("ts1-http.mjs", "/mcp", "2025-11-25").await;
}

#[tokio::test]
async fn typescript_1_over_sse() {
    node("ts1-sse.mjs", "/sse", "2025-11-25").await;
}

#[tokio::test]
async fn typescript_2_on_2026_07_28() {
    node("ts2-http.mjs", "/mcp", "2026-07-28").await;
}

#[tokio::test]
async fn python_2() {
    let (Some(python), Some(drivers)) =
        (required("MCP_TEST_PYTHON", "the Python SDK"), required("MCP_TEST_CLIENTS", "the client drivers"))
    else {
        return;
    };
    drive(&python, &drivers.join("py2_http.py"), "/mcp", "2026-07-28").await;
}

async fn node(driver: &str, path: &str, version: &str) {
    let (Some(node), Some(drivers)) =
        (required("MCP_TEST_NODE", "Node 22"), required("MCP_TEST_CLIENTS", "the client drivers"))
    else {
        return;
    };
    drive(&node, &drivers.join(driver), path, version).await;
}

async fn drive(interpreter: &Path, driver: &Path, path: &str, version: &str) {
    let server = TestServer::start();
    let text = format!("Sent by {}", driver.file_name().unwrap().to_string_lossy());
    server.keep_secret(&text);
    let run = Command::new(interpreter)
        .arg(driver)
        .args([&format!("{}{path}", server.url), ALPHA, crate::path::CONTACT, &text])
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(TIMEOUT, run).await.expect("the client took too long").unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}\n{}", server.log());
    let report: Value = serde_json::from_str(out.lines().last().expect("a report")).expect(&out);
    assert_eq!(report["status"], "delivered", "{report}");
    assert_eq!(report["protocolVersion"], version, "{report}");
    assert_eq!(report["tools"].as_array().map(Vec::len), Some(5), "{report}");
}
