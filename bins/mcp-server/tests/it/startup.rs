//! Starting and stopping: the banner, the exit codes, one sentence when something is wrong.

use std::net::TcpListener;

use serde_json::{Value, json};

use crate::path::CONTACT;
use crate::support::login::{ALPHA, BRAVO, client};
use crate::support::server::run;
use crate::support::{Login, Mcp, TestServer};

#[test]
fn sigterm_ends_it_cleanly() {
    let mut server = TestServer::start();
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_port_in_use_is_exit_code_3() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let data = tempfile::tempdir().unwrap();
    let data_dir = data.path().join("data");
    let (code, out, err) =
        run(&["serve", "--sandbox", "--listen", &address, "--data-dir", data_dir.to_str().unwrap()]);
    assert_eq!((code, out.as_str()), (Some(3), ""));
    assert_eq!(
        err,
        format!(
            "mcp-server: {address} is in use by another program: stop it, or choose another address with --listen\n"
        )
    );
    assert!(!data_dir.exists(), "nothing may be made before the port is ours");
}

#[test]
fn an_unusable_data_folder_is_exit_code_4() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("file");
    std::fs::write(&file, "in the way").unwrap();
    let folder = file.join("data");
    let (code, _, err) =
        run(&["serve", "--sandbox", "--listen", "127.0.0.1:0", "--data-dir", folder.to_str().unwrap()]);
    assert_eq!(code, Some(4), "{err}");
    assert!(err.starts_with("mcp-server: cannot use the data folder "), "{err}");
    assert!(err.ends_with("choose another with --data-dir\n"), "{err}");
    assert_eq!(err.lines().count(), 1, "{err}");
}

#[test]
fn a_data_folder_belongs_to_one_process() {
    let data = tempfile::tempdir().unwrap();
    let server = TestServer::start_in(data.path());
    let (code, _, err) =
        run(&["serve", "--sandbox", "--listen", "127.0.0.1:0", "--data-dir", data.path().to_str().unwrap()]);
    assert_eq!(code, Some(4), "{err}");
    assert!(err.contains("another process"), "{err}");
    drop(server);
}

#[test]
fn n1_missing_keys_are_exit_code_5_and_can_be_made() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().join("data");
    let folder = folder.to_str().unwrap();
    let (code, _, err) = run(&["serve", "--listen", "127.0.0.1:0", "--data-dir", folder]);
    assert_eq!(code, Some(5), "{err}");
    assert!(err.contains("mcp-server keys generate"), "{err}");

    assert_eq!(run(&["keys", "generate", "--data-dir", folder]).0, Some(0));
    let made = std::fs::read_to_string(data.path().join("data/keys")).unwrap();
    let (code, _, err) = run(&["keys", "generate", "--data-dir", folder]);
    assert_eq!(code, Some(5), "{err}");
    assert_eq!(std::fs::read_to_string(data.path().join("data/keys")).unwrap(), made);
}

#[test]
fn bad_options_are_exit_code_2() {
    for (args, expected) in [
        (&["serve", "--sandbox", "--public-url", "http://mcp.example.com"][..], "must be https"),
        (&["serve", "--sandbox", "--listen", "0.0.0.0:0"], "--public-url"),
        (&["serve", "--sandbox", "--log", "[[["], "--log"),
        (&["serve", "--upstream-url", "http://api.quo.com"], "must be https"),
        (&["serve", "--upstream-url", "quo"], "--upstream-url"),
        (&["serve", "--sandbox", "--upstream-url", "https://api.quo.com"], "cannot be used with"),
        (&["sandbox", "--listen", "nowhere"], "--listen"),
        (&["sandbox", "--requests-per-second", "0"], "--requests-per-second"),
        (&["sandbox", "--now", "yesterday"], "--now"),
        (&["sandbox", "--delivery-time", "300"], "such as 300ms or 2s"),
        (&["sandbox", "--call-time=-2s"], "cannot be negative"),
        (&["sandbox", "--first-webhook-retry", "soon"], "--first-webhook-retry"),
        (&["sandbox", "--v1-contact-update", "replaces"], "keeps-names, clears-names"),
        (&["sandbox", "--rate-limit-error", "html"], "flat, wrapped"),
        (&["serve", "--sandbox", "--listen", "nowhere"], "--listen"),
        (&["serve", "--sanbox"], "--sandbox"),
        (&["fly"], "serve"),
    ] {
        let data = tempfile::tempdir().unwrap();
        let mut args = args.to_vec();
        let folder = data.path().join("data");
        if args[0] == "serve" {
            args.extend(["--data-dir", folder.to_str().unwrap()]);
        }
        let (code, _, err) = run(&args);
        assert_eq!(code, Some(2), "{args:?}: {err}");
        assert!(err.contains(expected), "{args:?}: {err}");
    }
}

#[test]
fn keys_and_grants_survive_a_restart() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let data = tempfile::tempdir().unwrap();
    let mut first = TestServer::start_in(data.path());
    let login = runtime.block_on(Login::with_key(&first, ALPHA));
    assert_eq!(first.stop(), Some(0));

    // The issuer is part of every token, so the second server takes the first one's address.
    let second = TestServer::start_at(data.path(), &first.url);
    let tools = runtime.block_on(Mcp::new(&second, &login.access_token).tools());
    assert!(tools.contains(&"send-message".to_owned()), "{tools:?}");
    runtime.block_on(login.refresh(&second));
}

/// Every option of the sandbox that an answer shows.
#[tokio::test]
async fn the_sandbox_does_as_it_is_told() {
    let told = TestServer::start_sandbox_with(&[
        "--now=2026-03-01T12:00:00Z",
        "--strict-v1",
        "--v1-contact-update=clears-names",
        "--rate-limit-error=flat",
        "--requests-per-second=20",
        "--delivery-time=0s",
        "--call-time=0s",
        "--first-webhook-retry=10ms",
        "--revoked-key=sandbox-key-workspace-5",
        "--revoked-key=sandbox-key-workspace-7",
    ]);
    let ask = async |method: &str, key: &str, path: &str, body: Value| -> (u16, Value) {
        let method = method.parse().unwrap();
        let api = client().request(method, format!("{}{path}", told.url)).header("authorization", key);
        let api = if path.starts_with("/v1") { api } else { api.header("quo-api-version", "2026-03-30") };
        let api = if body.is_null() { api } else { api.json(&body) };
        let answer = api.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    };
    let get = async |key: &str, path: &str| ask("GET", key, path, Value::Null).await;

    for (key, status) in [("5", 401), ("6", 200), ("7", 401)] {
        assert_eq!(get(&format!("sandbox-key-workspace-{key}"), "/users").await.0, status, "{key}");
    }
    assert_eq!(get(ALPHA, "/v1/contacts").await.0, 400, "without maxResults");
    let (_, contacts) = get(ALPHA, "/v1/contacts?maxResults=1").await;
    let path = format!("/v1/contacts/{}", contacts["data"][0]["id"].as_str().unwrap());
    let rename = json!({ "defaultFields": { "firstName": "Leonora" } });
    let (_, renamed) = ask("PATCH", ALPHA, &path, rename).await;
    assert_eq!(renamed["data"]["defaultFields"]["lastName"], Value::Null);
    let (_, newest) = get(ALPHA, "/messages?limit=1").await;
    let newest = newest["data"][0]["createdAt"].as_str().unwrap();
    assert!(newest > "2026-02-28" && newest < "2026-03-01T12:00:00Z", "{newest}");

    // Whoever has this number calls back, and nobody answers.
    let text = json!({ "content": "Call me", "from": "+14155550150", "to": ["+14155550108"] });
    assert_eq!(ask("POST", ALPHA, "/messages", text).await.0, 202);
    let missed = "/calls?participant=%2B14155550108&limit=1&createdAt[gte]=2026-03-02T00:00:00Z";
    for turn in 0.. {
        let (_, calls) = get(ALPHA, missed).await;
        if calls["data"][0]["status"] == "missed" {
            break;
        }
        assert!(turn < 300, "{calls}");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }

    let mut refused = None;
    for _ in 0..500 {
        let (status, body) = get("sandbox-key-workspace-9", "/v1/phone-numbers").await;
        if status == 429 {
            refused = Some(body);
            break;
        }
    }
    assert_eq!(refused.unwrap()["title"], "Too Many Requests", "flat, where it is wrapped by default");
}

/// Two processes: the sandbox alone, and a server that is told where it is.
#[tokio::test]
async fn the_upstream_can_be_elsewhere() {
    let mut sandbox = TestServer::start_sandbox();
    let mut server = TestServer::start_before(&sandbox.url);
    let login = Login::with_key(&server, ALPHA).await;
    let mcp = Mcp::new(&server, &login.access_token);
    let arguments = json!({ "from": "Front desk", "to": CONTACT, "content": "Ten minutes late, sorry." });
    let sent = mcp.call("send-message", arguments).await;
    assert_eq!(sent["structuredContent"]["status"], "queued", "{sent}");
    let api = client()
        .get(format!("{}/messages?limit=1&to=%2B14155550101", sandbox.url))
        .header("authorization", ALPHA)
        .header("quo-api-version", "2026-03-30");
    let messages: Value = api.send().await.unwrap().json().await.unwrap();
    assert_eq!(messages["data"][0]["text"], "Ten minutes late, sorry.");
    server.keep_secret("Ten minutes late, sorry.");
    sandbox.keep_secret("Ten minutes late, sorry.");
    assert_eq!((server.stop(), sandbox.stop()), (Some(0), Some(0)));
}

/// Slow, and forgetful: options that no answer shows.
#[tokio::test]
async fn the_sandbox_is_as_slow_and_as_small_as_it_is_told() {
    let told = TestServer::start_sandbox_with(&["--latency=120ms", "--workspaces=1"]);
    let url = format!("{}/v1/contacts", told.url);
    let count = async |key: &str| {
        let asked = client().get(format!("{url}?maxResults=50")).header("authorization", key);
        let started = std::time::Instant::now();
        let answer: Value = asked.send().await.unwrap().json().await.unwrap();
        assert!(started.elapsed() >= std::time::Duration::from_millis(120), "{:?}", started.elapsed());
        answer["data"].as_array().unwrap().len()
    };
    let seeded = count(ALPHA).await;
    let contact = json!({ "defaultFields": { "firstName": "Leonora" } });
    let made = client().post(&url).header("authorization", ALPHA).json(&contact).send().await.unwrap();
    assert_eq!(made.status(), 201);
    assert_eq!(count(ALPHA).await, seeded + 1);
    count(BRAVO).await;
    assert_eq!(count(ALPHA).await, seeded, "there is room for one workspace");
}
