//! Settings from every place, through the real binary: what `config` says of them, and a server that is started by a file and
//! variables alone.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::Value;

use crate::support::login::ALPHA;
use crate::support::server::{run, run_with};
use crate::support::{Login, Mcp, TestServer};

const CANARY: &str = "canary-of-the-store";

fn write(path: &Path, text: &str, mode: u32) -> String {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    path.to_str().unwrap().to_owned()
}

/// What is shown is a file that sets the same, but for its secrets.
#[test]
fn settings_are_shown_with_their_places_and_without_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let text = "public-url = \"https://mcp.example.com\"\ntoolsets = [\"messaging\", \"calls\"]\n";
    let config = write(&folder.path().join("config.toml"), text, 0o644);
    let store = format!("redis://:{CANARY}@store.example.com");
    let variables = [("OPENPHONE_MCP_STORE", store.as_str()), ("OPENPHONE_MCP_CONFIG", config.as_str())];

    let (code, out, err) = run_with(&["config", "print", "--texts-per-day", "50"], &variables);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(!out.contains(CANARY));
    for expected in [
        "# store = (secret)                            # OPENPHONE_MCP_STORE",
        "texts-per-day = 50                            # command line",
        "texts-per-hour = 60                           # default",
    ] {
        assert!(out.lines().any(|line| line.starts_with(expected)), "{expected} is not in:\n{out}");
    }
    assert!(out.contains("config.toml, line 2"), "{out}");

    let again = write(&folder.path().join("again.toml"), &out, 0o644);
    let shown = |config: &str| -> Value {
        let (code, out, err) = run_with(&["config", "print", "--json", "--config", config], &[]);
        assert_eq!(code, Some(0), "{err}");
        serde_json::from_str(&out).unwrap()
    };
    let shown = shown(&again);
    assert_eq!(shown["toolsets"]["value"], serde_json::json!(["messaging", "calls"]));
    assert_eq!(shown["texts-per-day"]["value"], 50);
    assert_eq!(shown["store"], serde_json::json!({ "secret": true, "set": false, "origin": "default" }));
}

#[test]
fn what_is_wrong_is_said_before_anything_starts() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let config = write(&folder.path().join("config.toml"), "texts-per-dya = 5\n", 0o644);
    for (args, code, expected) in [
        (&["config", "check", "--config", &config][..], 2, "did you mean `texts-per-day`?"),
        (&["serve", "--config", &config], 2, "did you mean `texts-per-day`?"),
        (&["config", "check", "--data-dir", data], 5, "keys generate"),
        (&["config", "check", "--sandbox", "--chatgpt-tools", "fly"], 2, "--chatgpt-tools"),
        (&["config", "check", "--sandbox", "--log", "[[["], 2, "--log"),
        (&["config", "check", "--store-replicas", "1"], 2, "needs --store"),
        (&["config", "check", "--proxy-header", "forwarded"], 2, "needs --trusted-proxies"),
        (
            &["config", "check", "--profile", "production", "--data-dir", data],
            2,
            "--relax default-public-url",
        ),
        (&["sandbox", "--config", &config], 2, "--config"),
    ] {
        let (got, _, err) = run(args);
        assert_eq!(got, Some(code), "{args:?}: {err}");
        assert!(err.contains(expected), "{args:?}: {err}");
    }
    assert_eq!(run(&["keys", "generate", "--data-dir", data]).0, Some(0));
    let (code, out, err) = run(&["config", "check", "--data-dir", data]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(out.starts_with("The settings are fine."), "{out}");
}

/// Nothing is typed but the command: as it is in a container.
#[test]
fn a_server_is_started_by_a_file_variables_and_credentials() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    assert_eq!(run(&["keys", "generate", "--keys-file", keys.to_str().unwrap()]).0, Some(0));
    std::fs::set_permissions(&keys, Permissions::from_mode(0o440)).unwrap();
    let data = folder.path().join("data");
    let text = format!("listen = \"127.0.0.1:0\"\ndata-dir = {data:?}\nsandbox = true\nread-only = true\n");
    let config = write(&folder.path().join("config.toml"), &text, 0o644);
    let variables = [
        ("OPENPHONE_MCP_CONFIG", config.as_str()),
        ("OPENPHONE_MCP_LOG", "trace"),
        ("CREDENTIALS_DIRECTORY", folder.path().to_str().unwrap()),
    ];
    let mut server = TestServer::run_with(&["serve"], &variables, None);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let login = runtime.block_on(Login::with_key(&server, ALPHA));
    let tools = runtime.block_on(Mcp::new(&server, &login.access_token).tools());
    assert!(tools.iter().any(|tool| tool == "fetch-messages"));
    assert!(
        !tools.iter().any(|tool| tool == "send-message"),
        "the file says that nothing is changed: {tools:?}"
    );
    assert!(!data.join("keys").exists(), "the keys are the credential's");
    server.signal("HUP");
    runtime.block_on(server.logs("the key file was taken up"));
    assert!(server.log().contains("config.toml"), "which file was read is in the log");
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_relaxed_production_profile_says_so_at_every_start() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    assert_eq!(run(&["keys", "generate", "--data-dir", data]).0, Some(0));
    let line = ["serve", "--profile", "production", "--listen", "127.0.0.1:0", "--data-dir", data];
    let (code, _, err) = run(&line);
    assert_eq!(code, Some(2), "{err}");
    let server = TestServer::run_with(&[&line[..], &["--relax", "default-public-url"]].concat(), &[], None);
    assert!(
        server.log().contains("the production profile was relaxed: production needs the address"),
        "{}",
        server.log()
    );
}
