//! A real Chromium opens the landing page and walks the consent form, wrong key first.

use tokio::process::Command;

use crate::support::TestServer;
use crate::support::login::ALPHA;
use crate::support::tools::{report, required};

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
    let mut command = Command::new(node);
    command.arg(script).args([&server.url, ALPHA]).arg(pictures);
    let report = report(&mut command, &server).await;
    for field in ["code", "state", "iss"] {
        assert!(report["callback"][field].is_string(), "{report}");
    }
    assert_eq!(report["limits"]["boxes"], 2, "{report}");
    assert_eq!(report["violations"], serde_json::json!([]), "{report}");
}
