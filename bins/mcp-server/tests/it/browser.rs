//! A real Chromium opens the landing page and walks the consent form, wrong key first.

use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::process::Command;

use crate::support::TestServer;
use crate::support::login::ALPHA;
use crate::support::tools::required;

#[tokio::test]
async fn chromium_walks_the_consent_form() {
    let (Some(node), Some(script), Some(_)) = (
        required("MCP_TEST_NODE", "Node 22"),
        required("MCP_TEST_BROWSER", "the browser script"),
        required("MCP_TEST_CHROMIUM", "Chromium"),
    ) else {
        return;
    };
    let server = TestServer::start();
    let Some(pictures) = required("MCP_TEST_SCREENSHOTS", "a folder for screenshots") else { return };
    let run = Command::new(node)
        .arg(script)
        .args([&server.url, ALPHA])
        .arg(pictures)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(Duration::from_secs(120), run)
        .await
        .expect("the browser took too long")
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
    let report: Value = serde_json::from_str(out.lines().last().expect("a report")).expect(&out);
    for field in ["code", "state", "iss"] {
        assert!(report["callback"][field].is_string(), "{report}");
    }
    assert_eq!(report["violations"], serde_json::json!([]), "{report}");
}
