//! The operator's commands as they are typed, beside a running server and without one, with each store. No output of any
//! of them holds a key, a credential or a token.

mod keys;
mod socket;
mod state;

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::log::leaks;
use crate::support::login::{ALPHA, BRAVO, LoginRequest, client};
use crate::support::redis::RedisServer;
use crate::support::server::run;
use crate::support::{Login, TestServer};

/// Longest wait for what takes a second or two.
const SOON: Duration = Duration::from_secs(30);

/// What a command came to.
struct Outcome {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Outcome {
    #[track_caller]
    fn is(self, code: i32, expected: &str) -> String {
        let Self { code: got, out, err } = self;
        assert_eq!(got, Some(code), "{out}{err}");
        let said = if code == 0 { &out } else { &err };
        assert!(said.contains(expected), "{expected:?} is not in: {said}");
        if code == 0 { out } else { err }
    }

    #[track_caller]
    fn json(self) -> Value {
        serde_json::from_str(&self.is(0, "")).unwrap()
    }
}

/// Runs a command on a data folder, and looks for secrets in what it says: the folder's keys, and whatever `server` was
/// told to keep.
#[track_caller]
fn operate(folder: &Path, server: Option<&TestServer>, args: &[&str]) -> Outcome {
    let mut secrets = key_material(folder);
    let (code, out, err) = run(&[args, &["--data-dir", folder.to_str().unwrap()]].concat());
    secrets.extend(key_material(folder));
    secrets.extend(server.into_iter().flat_map(TestServer::secrets));
    let found = leaks(&format!("{out}\n{err}"), &secrets);
    assert!(found.is_empty(), "{args:?} leaks:\n{}", found.join("\n"));
    Outcome { code, out, err }
}

/// Every key in the key file.
fn key_material(folder: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(folder.join("keys")).unwrap_or_default();
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || "-_".contains(c)));
    let keys: Vec<String> = words.filter(|word| word.len() == 43).map(str::to_owned).collect();
    assert!(text.is_empty() || keys.len() >= 2, "the canary knows the keys");
    keys
}

/// What a request with this token is answered.
async fn status(server: &TestServer, token: &str) -> u16 {
    let list = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" });
    let request = client().post(server.mcp()).bearer_auth(token);
    let request = request.header("accept", "application/json, text/event-stream").json(&list);
    request.send().await.unwrap().status().as_u16()
}

/// Waits until an instance has heard that a token is worth nothing.
async fn is_refused(server: &TestServer, token: &str) {
    let begun = Instant::now();
    while status(server, token).await != 401 {
        assert!(begun.elapsed() < SOON, "the token goes on working");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// What a refresh is answered: `200`, or the status and the error.
async fn refresh(server: &TestServer, login: &Login) -> String {
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &login.refresh_token),
        ("client_id", &login.client_id),
    ];
    let response = client().post(format!("{}/token", server.url)).form(&form).send().await.unwrap();
    let status = response.status();
    let body: Value = response.json().await.unwrap();
    match body["error"].as_str() {
        Some(error) => format!("{} {error}", status.as_u16()),
        None => {
            server.keep_secret(body["access_token"].as_str().unwrap());
            server.keep_secret(body["refresh_token"].as_str().unwrap());
            status.as_u16().to_string()
        }
    }
}

/// The connection with its next tokens.
async fn refreshed(server: &TestServer, login: &Login) -> Login {
    let tokens = login.refresh(server).await;
    let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
    Login {
        client_id: login.client_id.clone(),
        access_token: text("access_token"),
        refresh_token: text("refresh_token"),
        scope: text("scope"),
        location: login.location.clone(),
    }
}

#[tokio::test]
async fn grants_are_listed_and_revoked_beside_a_running_server_and_without() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path();
    let mut server = TestServer::start_in(folder);
    operate(folder, Some(&server), &["grants", "list"]).is(0, "No app is connected.");
    assert_eq!(operate(folder, Some(&server), &["grants", "list", "--json"]).json(), json!([]));
    let first = Login::with_key(&server, ALPHA).await;
    let second = Login::with_key(&server, ALPHA).await;
    let claude = LoginRequest {
        redirect_uri: "https://claude.ai/api/mcp/auth_callback",
        resource: "/mcp/readonly",
        scope: Some("openphone:read"),
        ..LoginRequest::new(BRAVO)
    };
    let claude = claude.run(&server).await;

    let list = operate(folder, Some(&server), &["grants", "list", "--json"]).json();
    let [newest, middle, oldest] = list.as_array().unwrap().as_slice() else { panic!("{list}") };
    assert_eq!((&newest["host"], &newest["client"]), (&json!("claude.ai"), &json!("Test client")));
    assert_eq!(newest["scopes"], json!(["openphone:read"]));
    assert_eq!(newest["resource"], "/mcp/readonly");
    assert_eq!((&middle["host"], &middle["credential"]), (&json!("localhost"), &oldest["credential"]));
    assert_ne!(newest["credential"], oldest["credential"]);
    for time in ["since", "last_used", "ends"] {
        newest[time].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    }
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let table = operate(folder, Some(&server), &["grants", "list"]).is(0, "3 connections");
    assert_eq!(table.lines().count(), 6, "{table}");
    for shown in [&text(&newest["connection"])[..12], &text(&newest["credential"])[..12], "claude.ai"] {
        assert!(table.lines().nth(1).unwrap().contains(shown), "{table}");
    }
    let alpha = text(&oldest["credential"]);
    let of_alpha = operate(folder, None, &["grants", "list", "--json", "--credential", &alpha[..8]]).json();
    assert_eq!(of_alpha, json!([middle, oldest]));

    // One, by the beginning of its id.
    let id = text(&oldest["connection"]);
    operate(folder, Some(&server), &["grants", "revoke", &id[..12]]).is(0, "Ended 1 connection.");
    assert_eq!(status(&server, &first.access_token).await, 401);
    assert_eq!(refresh(&server, &first).await, "400 invalid_grant");
    assert_eq!(status(&server, &second.access_token).await, 200);
    operate(folder, None, &["grants", "revoke", &id]).is(8, "no connection in the list begins with");
    operate(folder, None, &["grants", "revoke", "xyz"]).is(2, "hexadecimal");
    operate(folder, None, &["grants", "revoke"]).is(2, "CONNECTION");
    operate(folder, None, &["grants", "revoke", "--host", "claude.ai", &id]).is(2, "cannot be used with");

    // The same without the server, in the store itself.
    assert_eq!(server.stop(), Some(0));
    let list = operate(folder, Some(&server), &["grants", "list", "--json"]).json();
    assert_eq!(list, json!([newest, middle]));
    let options = ["grants", "revoke", &text(&newest["connection"]), "--credential", &alpha];
    operate(folder, None, &options).is(8, "begins with");
    operate(folder, None, &["grants", "revoke", "--host", "CLAUDE.ai"]).is(0, "Ended 1 connection.");
    operate(folder, None, &["grants", "revoke", "--host", "claude.ai"]).is(8, "claude.ai");
    let server = TestServer::start_at(folder, &server.url);
    assert_eq!(status(&server, &claude.access_token).await, 401);
    assert_eq!(status(&server, &second.access_token).await, 200);
}

#[tokio::test]
async fn several_are_revoked_only_when_that_is_meant() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path();
    let server = TestServer::start_in(folder);
    let alpha = [Login::with_key(&server, ALPHA).await, Login::with_key(&server, ALPHA).await];
    let bravo = Login::with_key(&server, BRAVO).await;
    let list = operate(folder, Some(&server), &["grants", "list", "--json"]).json();
    let fingerprint = list[2]["credential"].as_str().unwrap();

    operate(folder, None, &["grants", "revoke", "--host", "localhost"]).is(2, "--yes: is needed to end 3");
    operate(folder, None, &["grants", "revoke", "--credential", fingerprint]).is(2, "needed to end 2");
    for login in alpha.iter().chain([&bravo]) {
        assert_eq!(status(&server, &login.access_token).await, 200, "nothing was changed");
    }
    let options = ["grants", "revoke", "--credential", &fingerprint[..6], "--yes"];
    operate(folder, None, &options).is(0, "Ended 2 connections.");
    for login in &alpha {
        assert_eq!(status(&server, &login.access_token).await, 401);
        assert_eq!(refresh(&server, login).await, "400 invalid_grant");
    }
    assert_eq!(status(&server, &bravo.access_token).await, 200, "another key's is another matter");
    operate(folder, None, &["grants", "revoke", "--credential", fingerprint]).is(8, "is listed");
    // Who was disconnected may connect again.
    let again = Login::with_key(&server, ALPHA).await;
    assert_eq!(status(&server, &again.access_token).await, 200);
    operate(folder, None, &["grants", "revoke", "--host", "localhost", "--yes"])
        .is(0, "Ended 2 connections.");
    assert_eq!(status(&server, &again.access_token).await, 401);
}

#[tokio::test]
async fn grants_of_instances_that_share_a_store() {
    let Some(redis) = RedisServer::start().await else { return };
    let data = tempfile::tempdir().unwrap();
    let folder = data.path();
    let first = TestServer::instance(folder, &redis.url(), None);
    let second = TestServer::instance(folder, &redis.url(), Some(&first));
    let login = Login::with_key(&first, ALPHA).await;
    let other = Login::with_key(&first, BRAVO).await;
    for server in [&first, &second] {
        assert_eq!(status(server, &login.access_token).await, 200);
        assert_eq!(status(server, &other.access_token).await, 200);
    }

    // Through the store, as from any machine that has the keys, and through the server on the folder.
    let store = redis.url();
    let through_store =
        operate(folder, Some(&first), &["grants", "list", "--json", "--store", &store]).json();
    let through_server = operate(folder, Some(&second), &["grants", "list", "--json"]).json();
    assert_eq!(through_store, through_server);
    assert_eq!(through_store.as_array().unwrap().len(), 2, "{through_store}");
    let id = |index: usize| through_store[index]["connection"].as_str().unwrap();
    operate(folder, None, &["grants", "revoke", id(1), "--store", &store]).is(0, "Ended 1");
    operate(folder, None, &["grants", "revoke", id(0)]).is(0, "Ended 1");
    for server in [&first, &second] {
        is_refused(server, &login.access_token).await;
        is_refused(server, &other.access_token).await;
    }
    assert_eq!(refresh(&second, &login).await, "400 invalid_grant");
}

#[test]
fn where_there_is_no_state_that_is_said() {
    let data = tempfile::tempdir().unwrap();
    operate(data.path(), None, &["keys", "generate"]).is(0, "Made");
    operate(data.path(), None, &["grants", "list"]).is(4, "no server runs on it and no state is in it");
    let store = ["grants", "list", "--store", "redis://:canary-password@127.0.0.1:1/"];
    let said = operate(data.path(), None, &store).is(6, "cannot be reached");
    assert!(!said.contains("canary-password"), "{said}");
    let folder = data.path().join("elsewhere");
    operate(&folder, None, &["keys", "list"]).is(5, "it does not exist");
    assert!(!folder.exists(), "looking makes nothing");
}
