//! A real Chromium opens the landing page, walks the consent form, wrong key first, and ends connections.

use std::path::PathBuf;

use tokio::process::Command;

use crate::support::TestServer;
use crate::support::login::{ALPHA, BRAVO, Login, client};
use crate::support::tools::{report, required};

#[tokio::test]
async fn chromium_walks_the_consent_form() {
    let Some((node, script)) = chromium() else { return };
    let server = TestServer::start();
    let Some(pictures) = required("MCP_TEST_SCREENSHOTS", "a folder for screenshots") else { return };
    let mut command = Command::new(node);
    command.arg(script).args([&server.url, ALPHA]).arg(pictures);
    let report = report(&mut command, &server).await;
    for field in ["code", "state", "iss"] {
        assert!(report["callback"][field].is_string(), "{report}");
    }
    assert_eq!(report["limits"]["boxes"], 2, "{report}");
    // By access; under full access all that was set matters, under no texting one switch and the inboxes.
    assert_eq!(report["sentences"], 4 * 4 + 2 * 3 + 3, "{report}");
    assert_eq!(report["violations"], serde_json::json!([]), "{report}");
}

/// With scripts and without: the list, one connection ended, then all. Another key's connection is not touched.
#[tokio::test]
async fn chromium_ends_connections() {
    let Some((node, script)) = chromium() else { return };
    let server = TestServer::start();
    let Some(pictures) = required("MCP_TEST_SCREENSHOTS", "a folder for screenshots") else { return };
    let other = Login::with_key(&server, BRAVO).await;
    let mut logins = Vec::new();
    for _ in 0..4 {
        logins.push(Login::with_key(&server, ALPHA).await);
    }
    let mut command = Command::new(node);
    command.arg(script.with_file_name("connections.mjs")).args([&server.url, ALPHA]).arg(pictures);
    let report = report(&mut command, &server).await;
    for (walk, listed) in [("plain", 4), ("scripted", 3)] {
        assert_eq!(report[walk]["listed"], listed, "{report}");
        assert_eq!(report[walk]["explained"], "The connection was ended", "{report}");
    }
    assert_eq!(report["violations"], serde_json::json!([]), "{report}");

    let http = client();
    let status = async |login: &Login| {
        let request = http.post(server.mcp()).bearer_auth(&login.access_token).body("{}");
        request.send().await.unwrap().status().as_u16()
    };
    for login in &logins {
        assert_eq!(status(login).await, 401);
    }
    assert_ne!(status(&other).await, 401);
}

/// Every tab, copy button, theme, address and recorded call of the landing page, with scripts and without.
#[tokio::test]
async fn chromium_walks_the_landing_page() {
    let Some((node, script)) = chromium() else { return };
    let server = TestServer::start();
    let mut command = Command::new(node);
    command.arg(script.with_file_name("landing.mjs")).arg(&server.url);
    let report = report(&mut command, &server).await;
    insta::assert_json_snapshot!(report);
}

/// Node and the walk of the consent form, beside which the other walks are, where there is a Chromium for them.
fn chromium() -> Option<(PathBuf, PathBuf)> {
    let found = (required("MCP_TEST_NODE", "Node 22"), required("MCP_TEST_BROWSER", "the browser script"));
    required("MCP_TEST_CHROMIUM", "Chromium")?;
    Some((found.0?, found.1?))
}
