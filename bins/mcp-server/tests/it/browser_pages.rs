//! Every page of the server in every state, in Chromium (its headless shell, where there is one): `tests/browser/proof.mjs`
//! has the table of what is checked, `tests/browser/lighthouse.mjs` what Lighthouse says.

use std::time::Duration;

use serde_json::Value;
use tokio::process::Command;

use crate::support::TestServer;
use crate::support::login::{ALPHA, BRAVO};
use crate::support::server::run;
use crate::support::stage::{LIVE_URL, PUBLIC_URL, StageFolder};
use crate::support::tools::{report_within, required};

/// Longest that all checks may take: only a hang takes that long.
const LIMIT: Duration = Duration::from_mins(10);

/// What is wrong is printed by the script, all of it, and fails it.
#[tokio::test]
async fn every_page_is_what_a_page_must_be() {
    let Some(seen) = on_stage("proof.mjs").await else { return };
    assert!(seen["made"].as_u64() > Some(50), "{seen}");
    assert_eq!(seen["failed"], serde_json::json!([]), "{seen}");
}

#[tokio::test]
async fn lighthouse_finds_nothing_to_say() {
    let Some(seen) = on_stage("lighthouse.mjs").await else { return };
    assert_eq!(seen["scores"]["landing"]["seo"], 100, "{seen}");
    assert_eq!(seen["problems"], serde_json::json!([]), "{seen}");
}

/// Runs a script that has two servers: one that simulates its workspace, and one that is for everybody.
async fn on_stage(script: &str) -> Option<Value> {
    let node = required("MCP_TEST_NODE", "Node 22")?;
    let checks = required("MCP_TEST_PAGE_CHECKS", "the folder of the page checks")?;
    let chromium = required("MCP_TEST_HEADLESS_CHROMIUM", "Chromium")?;
    let pictures = required("MCP_TEST_SCREENSHOTS", "a folder for screenshots")?;
    let folder = StageFolder::new();
    let clients = folder.clients();
    let clients = ["--clients", clients.to_str().unwrap()];
    let server = TestServer::start_with(&[&["--public-url", PUBLIC_URL], &clients[..]].concat());
    let sandbox = TestServer::start_sandbox();
    let data = folder.path().join("data");
    assert_eq!(run(&["keys", "generate", "--data-dir", data.to_str().unwrap()]).0, Some(0));
    let options = [&["--public-url", LIVE_URL], &clients[..]].concat();
    let live = TestServer::start_at_upstream(&data, "127.0.0.1:0", &sandbox.url, &options);
    let mut command = Command::new(node);
    command.arg(checks.join(script)).args([&server.url, &live.url]).args([ALPHA, BRAVO]);
    command.arg(folder.path()).arg(pictures).env("MCP_TEST_CHROMIUM", chromium);
    Some(report_within(LIMIT, &mut command, &server).await)
}
