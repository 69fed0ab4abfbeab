//! Data folders of earlier releases: what each left behind goes on working in this one. Tokens, connections, revocations and the
//! record of what was sent are read as they were written, by the real binary, at the time when they were still good.
//!
//! A folder below `tests/golden/` is a release. `MCP_TEST_WRITE_GOLDEN=<release>` makes this test write the folder of the
//! release that is built, which is done once, when it is published, and never again.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use state_store::{Clock as _, SystemClock};

use crate::path::{CONTACT, first_inbox};
use crate::support::login::{ALPHA, BRAVO, client};
use crate::support::server::run;
use crate::support::tools::required;
use crate::support::{Login, Mcp, TestServer};

/// The issuer of every token in every folder.
const ISSUER: &str = "http://127.0.0.1:18787";
const TEXT: &str = "The golden folder remembers this text";
const REPEATED_KEY: &str = "golden-1";

/// What was left behind beside the state.
#[derive(Serialize, Deserialize)]
struct Left {
    /// Seconds since the Unix epoch.
    at: u64,
    live: Tokens,
    revoked: Tokens,
    inbox: String,
    /// Id of the message that was sent.
    sent: String,
}

#[derive(Serialize, Deserialize)]
struct Tokens {
    client_id: String,
    access_token: String,
    refresh_token: String,
}

impl Tokens {
    fn of(login: &Login) -> Self {
        Self {
            client_id: login.client_id.clone(),
            access_token: login.access_token.clone(),
            refresh_token: login.refresh_token.clone(),
        }
    }

    /// Status of a refresh, and what was answered.
    async fn refresh(&self, server: &TestServer) -> (u16, Value) {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", &self.refresh_token),
            ("client_id", &self.client_id),
        ];
        let response = client().post(format!("{}/token", server.url)).form(&form).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }
}

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// The keys of every golden folder. They are made of these words, so that no key is kept in the project.
fn keys() -> String {
    let key = |name: &str| {
        use base64::Engine as _;

        base64::engine::general_purpose::URL_SAFE_NO_PAD
            .encode(Sha256::digest(format!("golden {name} key of the upgrade test")))
    };
    format!("ring = k1:{}\nfingerprint = {}\n", key("ring"), key("fingerprint"))
}

fn write_keys(folder: &Path) {
    let path = folder.join("keys");
    std::fs::write(&path, keys()).unwrap();
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
}

fn send(inbox: &str) -> Value {
    json!({ "from": inbox, "to": CONTACT, "content": TEXT, "idempotencyKey": REPEATED_KEY })
}

/// Starts a server for which it is this second.
fn start_at_time(folder: &Path, second: u64, library: &Path, options: &[&str]) -> TestServer {
    let time = format!("@{}", jiff::Timestamp::from_second(second.cast_signed()).unwrap().strftime("%F %T"));
    let variables = [
        ("LD_PRELOAD", library.to_str().unwrap()),
        ("FAKETIME", &time),
        // Waiting is as long as ever.
        ("DONT_FAKE_MONOTONIC", "1"),
        ("TZ", "UTC"),
    ];
    let line = ["serve", "--sandbox", "--log", "trace", "--data-dir", folder.to_str().unwrap()];
    TestServer::run_with(&[&line[..], options].concat(), &variables, None)
}

#[tokio::test]
async fn what_earlier_releases_left_goes_on_working() {
    #[expect(clippy::disallowed_methods, reason = "how the golden folder of a release is written")]
    if let Ok(release) = std::env::var("MCP_TEST_WRITE_GOLDEN") {
        return write(&golden().join(release)).await;
    }
    let Some(library) = required("MCP_TEST_FAKETIME", "libfaketime") else { return };
    let mut releases = 0;
    for release in std::fs::read_dir(golden()).unwrap() {
        check(&release.unwrap().path(), &library).await;
        releases += 1;
    }
    assert!(releases > 0);
}

async fn check(release: &Path, library: &Path) {
    let left: Left = serde_json::from_slice(&std::fs::read(release.join("left.json")).unwrap()).unwrap();
    let data = tempfile::tempdir().unwrap();
    let folder = data.path();
    write_keys(folder);
    let state = Command::new("gzip").args(["-dc", release.join("state.redb.gz").to_str().unwrap()]).output();
    std::fs::write(folder.join("state.redb"), state.unwrap().stdout).unwrap();

    let options = ["--listen", "127.0.0.1:0", "--public-url", ISSUER];
    let server = start_at_time(folder, left.at + 600, library, &options);
    let mcp = Mcp::new(&server, &left.live.access_token);
    assert!(mcp.tools().await.contains(&"send-message".to_owned()), "the access token");

    let again = mcp.output("send-message", send(&left.inbox)).await;
    assert_eq!(
        (&again["messageId"], &again["duplicate"]),
        (&json!(left.sent), &json!(true)),
        "the ledger: {again}"
    );
    let activity = mcp.output("list-recent-activity", json!({})).await;
    assert!(activity.to_string().contains(&left.sent), "the activity log: {activity}");

    let (status, tokens) = left.live.refresh(&server).await;
    assert_eq!(status, 200, "the refresh token: {tokens}");
    let fresh = tokens["access_token"].as_str().unwrap();
    assert!(!Mcp::new(&server, fresh).tools().await.is_empty());

    let refused = Mcp::new(&server, &left.revoked.access_token).request("tools/list", json!({})).await;
    assert_eq!(refused.status, 401, "what was revoked stays so");
    let (status, error) = left.revoked.refresh(&server).await;
    assert_eq!((status, &error["error"]), (400, &json!("invalid_grant")));

    let (code, out, err) = run(&["grants", "list", "--json", "--data-dir", folder.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{err}");
    let listed: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 1, "the live connection, and no other: {listed}");
}

/// Leaves behind what [`check`] looks for.
async fn write(release: &Path) {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path();
    write_keys(folder);
    let mut server = TestServer::start_at(folder, ISSUER);
    let live = Login::with_key(&server, ALPHA).await;
    let mcp = Mcp::new(&server, &live.access_token);
    let inbox = first_inbox(&mcp).await;
    let sent = mcp.output("send-message", send(&inbox)).await;
    let revoked = Login::with_key(&server, BRAVO).await;
    let form = [("token", revoked.refresh_token.as_str()), ("client_id", &revoked.client_id)];
    let answer = client().post(format!("{}/revoke", server.url)).form(&form).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let left = Left {
        at: SystemClock.unix_seconds(),
        live: Tokens::of(&live),
        revoked: Tokens::of(&revoked),
        inbox,
        sent: sent["messageId"].as_str().unwrap().to_owned(),
    };
    assert_eq!(server.stop(), Some(0));
    std::fs::create_dir(release).unwrap();
    std::fs::write(release.join("left.json"), format!("{:#}\n", serde_json::to_value(&left).unwrap()))
        .unwrap();
    let state = Command::new("gzip").args(["-9nc", folder.join("state.redb").to_str().unwrap()]).output();
    std::fs::write(release.join("state.redb.gz"), state.unwrap().stdout).unwrap();
}
