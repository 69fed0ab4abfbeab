//! What the stage of `tests/browser/stage.mjs` needs of the test: a certificate, and a server with one client that the operator
//! has set up.

use std::path::{Path, PathBuf};

use serde_json::json;

/// The address of the server on the stage.
pub(crate) const PUBLIC_URL: &str = "https://mcp.example.com";
/// The address of the second server on the stage.
pub(crate) const LIVE_URL: &str = "https://live.example.com";

/// A folder with what the stage and its servers read. Deleted at the end.
pub(crate) struct StageFolder {
    folder: tempfile::TempDir,
}

impl StageFolder {
    /// Makes the folder, with a certificate that nobody has to trust: Chromium is told not to mind.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made = rcgen::generate_simple_self_signed(vec!["mcp.example.com".to_owned()]).unwrap();
        std::fs::write(folder.path().join("cert.pem"), made.cert.pem()).unwrap();
        std::fs::write(folder.path().join("key.pem"), made.signing_key.serialize_pem()).unwrap();
        let app = json!([{
            "client_id": "app",
            "client_name": "App",
            "redirect_uris": ["https://app.example.com/callback"],
        }]);
        std::fs::write(folder.path().join("clients.json"), app.to_string()).unwrap();
        Self { folder }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// For `--clients`.
    pub(crate) fn clients(&self) -> PathBuf {
        self.path().join("clients.json")
    }
}
