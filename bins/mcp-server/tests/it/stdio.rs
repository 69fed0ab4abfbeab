//! `mcp-server stdio`: the real process at the other end of two pipes, with the official SDK and line by line.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use openphone_sandbox::{Fault, On, Operation, RunningSandbox, Sandbox};
use rmcp::model::{CallToolRequestParams, ProtocolVersion};
use rmcp::service::{ClientLifecycleMode, ClientServiceExt};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::task::JoinHandle;

use crate::path::CONTACT;
use crate::support::listed;
use crate::support::log::leaks;
use crate::support::login::ALPHA;
use crate::support::mcp::LEGACY;

const DESK: &str = "+14155550150";
/// Longest wait for an end that must come.
const END: Duration = Duration::from_secs(30);

/// A process, and what it says on standard error.
struct Local {
    child: Child,
    stderr: JoinHandle<String>,
}

/// Starts it with these options; its user's folder of state is this one.
fn start(state: &Path, options: &[&str], variables: &[(&str, &str)]) -> Local {
    let mut child = Command::new(env!("CARGO_BIN_EXE_mcp-server"))
        .arg("stdio")
        .args(options)
        .args(["--log", "trace"])
        .env_remove("OPENPHONE_API_KEY")
        .env("XDG_STATE_HOME", state)
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut stderr = child.stderr.take().unwrap();
    let stderr = tokio::spawn(async move {
        let mut text = String::new();
        stderr.read_to_string(&mut text).await.unwrap();
        text
    });
    Local { child, stderr }
}

/// The same before a sandbox of the test's own, for the first workspace.
fn before(sandbox: &RunningSandbox, state: &Path, options: &[&str]) -> Local {
    let upstream = sandbox.base_url();
    start(state, &[&["--upstream-url", &upstream], options].concat(), &[("OPENPHONE_API_KEY", ALPHA)])
}

impl Local {
    fn pipes(&mut self) -> (ChildStdout, ChildStdin) {
        (self.child.stdout.take().unwrap(), self.child.stdin.take().unwrap())
    }

    fn client(&mut self) -> Client {
        let (output, input) = self.pipes();
        Client { input, lines: BufReader::new(output).lines() }
    }

    /// Its exit code, and its log, which holds nothing secret.
    async fn end(mut self) -> (Option<i32>, String) {
        let status = tokio::time::timeout(END, self.child.wait()).await.expect("it does not end").unwrap();
        let log = self.stderr.await.unwrap();
        let found = leaks(&log, &["canary-of-the-text".to_owned()]);
        assert!(found.is_empty(), "the log leaks:\n{}", found.join("\n"));
        assert!(!log.contains("panicked"), "{log}");
        (status.code(), log)
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().unwrap().to_string();
        std::process::Command::new("kill").args([&format!("-{name}"), &id]).status().unwrap();
    }
}

/// A client made of lines.
struct Client {
    input: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Client {
    async fn write(&mut self, message: &Value) {
        self.input.write_all(format!("{message}\n").as_bytes()).await.unwrap();
    }

    /// The next message. Every line of standard output is one.
    async fn read(&mut self) -> Option<Value> {
        let line = self.lines.next_line().await.unwrap()?;
        let message: Value = serde_json::from_str(&line).expect(&line);
        assert_eq!(message["jsonrpc"], "2.0", "{line}");
        Some(message)
    }

    async fn ask(&mut self, method: &str, params: Value) -> Value {
        self.write(&json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params })).await;
        self.read().await.expect("an answer")
    }

    async fn initialize(&mut self) -> Value {
        let client = json!({ "name": "test", "version": "1" });
        let params = json!({ "protocolVersion": LEGACY, "capabilities": {}, "clientInfo": client });
        let answer = self.ask("initialize", params).await;
        self.write(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })).await;
        answer["result"].clone()
    }

    async fn tools(&mut self) -> Vec<String> {
        let answer = self.ask("tools/list", json!({})).await;
        let tools = answer["result"]["tools"].as_array().unwrap_or_else(|| panic!("{answer}"));
        tools.iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
    }

    async fn send(&mut self, content: &str) -> Value {
        let arguments = json!({ "from": DESK, "to": CONTACT, "content": content });
        let answer = self.ask("tools/call", json!({ "name": "send-message", "arguments": arguments })).await;
        answer["result"].clone()
    }
}

fn sent(sandbox: &RunningSandbox) -> u64 {
    sandbox.sandbox().requests(Operation::SendMessageV1)
}

/// The list of what was sent is one file again.
fn is_closed(state: &Path) -> bool {
    let folder = state.join("openphone-mcp");
    folder.join("state.redb").exists() && !folder.join("state.redb-journal").exists()
}

/// The official SDK in both eras: the whole catalogue, a text, and a clean end when it closes its side.
#[tokio::test]
async fn rmcp_over_a_child_process() {
    let discover = ClientLifecycleMode::Discover { preferred_versions: vec![ProtocolVersion::V_2026_07_28] };
    for (mode, version) in [(discover, "2026-07-28"), (ClientLifecycleMode::Initialize, "2025-11-25")] {
        let state = tempfile::tempdir().unwrap();
        let mut local = start(state.path(), &["--sandbox"], &[]);
        let service = ().serve_with_lifecycle(local.pipes(), mode).await.unwrap();
        assert_eq!(service.peer_info().unwrap().protocol_version.as_str(), version);
        assert_eq!(service.list_all_tools().await.unwrap().len(), listed::all().len());
        let arguments = json!({ "from": DESK, "to": CONTACT, "content": "canary-of-the-text" });
        let call =
            CallToolRequestParams::new("send-message").with_arguments(arguments.as_object().unwrap().clone());
        let result = service.call_tool(call).await.unwrap();
        assert_ne!(result.is_error, Some(true), "{result:?}");
        service.cancel().await.unwrap();
        assert_eq!(local.end().await.0, Some(0));
        assert_eq!(std::fs::read_dir(state.path()).unwrap().count(), 0, "a sandbox leaves nothing behind");
    }
}

/// Options mean what they mean to `serve`.
#[tokio::test]
async fn options_narrow_the_catalogue() {
    let state = tempfile::tempdir().unwrap();
    let mut local = start(state.path(), &["--sandbox", "--toolsets", "calls", "--read-only"], &[]);
    let mut client = local.client();
    client.initialize().await;
    let tools = client.tools().await;
    assert!(
        tools.contains(&"list-calls".to_owned()) && !tools.contains(&"send-message".to_owned()),
        "{tools:?}"
    );
    let profile = client.ask("tools/call", json!({ "name": "get-profile", "arguments": {} })).await;
    assert_eq!(profile["error"]["code"], -32602, "it is of another toolset: {profile}");
    drop(client);
    assert_eq!(local.end().await.0, Some(0));
}

/// What was sent is remembered where the user's state is, and the next process knows it.
#[tokio::test]
async fn no_text_goes_out_twice_after_a_restart() {
    let (sandbox, state) = (Sandbox::start().await.unwrap(), tempfile::tempdir().unwrap());
    for round in 1..=2 {
        let mut local = before(&sandbox, state.path(), &[]);
        let mut client = local.client();
        client.initialize().await;
        let result = client.send("canary-of-the-text").await;
        assert_ne!(result["isError"], true, "{result}");
        drop(client);
        assert_eq!(local.end().await.0, Some(0));
        assert_eq!(sent(&sandbox), 1, "in round {round}");
    }
    assert!(state.path().join("openphone-mcp/state.redb").is_file());
}

/// One process at a time has the list of what was sent. Another one reads and does not text, and says why; a folder that
/// was named is no place to share.
#[tokio::test]
async fn a_second_process_does_not_text() {
    let (sandbox, state) = (Sandbox::start().await.unwrap(), tempfile::tempdir().unwrap());
    let mut first = before(&sandbox, state.path(), &[]);
    let mut one = first.client();
    one.initialize().await;
    let mut second = before(&sandbox, state.path(), &[]);
    let mut two = second.client();
    let hello = two.initialize().await;
    assert!(hello["instructions"].as_str().unwrap().contains("This server cannot text"), "{hello}");
    let tools = two.tools().await;
    assert!(tools.contains(&"fetch-messages".to_owned()) && !tools.contains(&"send-message".to_owned()));
    assert!(one.tools().await.contains(&"send-message".to_owned()));
    drop(two);
    let (code, log) = second.end().await;
    assert!(code == Some(0) && log.contains("this one does not text"), "{log}");

    let folder = state.path().join("openphone-mcp");
    let named = before(&sandbox, state.path(), &["--data-dir", folder.to_str().unwrap()]);
    let (code, log) = named.end().await;
    assert!(code == Some(4) && log.contains("another process"), "{log}");
    drop(one);
    assert_eq!(first.end().await.0, Some(0));
    assert!(is_closed(state.path()));
    assert_eq!(sent(&sandbox), 0);
}

/// Neither a client that goes away nor a signal leaves a text without a recorded outcome.
#[tokio::test]
async fn a_text_that_was_begun_is_finished() {
    for signal in [None, Some("TERM"), Some("INT")] {
        let (sandbox, state) = (Sandbox::start().await.unwrap(), tempfile::tempdir().unwrap());
        sandbox.sandbox().faults().always(On::sends(), Fault::delay(Duration::from_secs(2)));
        let mut local = before(&sandbox, state.path(), &[]);
        let mut client = local.client();
        client.initialize().await;
        let arguments = json!({ "from": DESK, "to": CONTACT, "content": "canary-of-the-text" });
        let params = json!({ "name": "send-message", "arguments": arguments });
        client.write(&json!({ "jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params })).await;
        while sent(&sandbox) == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        match signal {
            Some(name) => local.signal(name),
            None => client.input.shutdown().await.unwrap(),
        }
        let Client { input, mut lines } = client;
        if signal.is_none() {
            drop(input);
        }
        let answer = lines.next_line().await.unwrap().expect("the answer comes before the end");
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!((&answer["id"], &answer["result"]["isError"]), (&json!(7), &Value::Null), "{answer}");
        assert_eq!(local.end().await.0, Some(0), "{signal:?}");
        assert!(is_closed(state.path()), "{signal:?}");

        // The next process knows how it ended.
        sandbox.sandbox().faults().clear();
        let mut local = before(&sandbox, state.path(), &[]);
        let mut client = local.client();
        client.initialize().await;
        let again = client.send("canary-of-the-text").await;
        assert_ne!(again["isError"], true, "{again}");
        assert_eq!(sent(&sandbox), 1, "{signal:?}");
    }
}

/// An idle process ends at a signal, although nobody closes its standard input.
#[tokio::test]
async fn a_signal_ends_it_while_it_waits_for_input() {
    let state = tempfile::tempdir().unwrap();
    let mut local = start(state.path(), &["--sandbox"], &[]);
    let mut client = local.client();
    client.initialize().await;
    local.signal("TERM");
    assert_eq!(client.read().await, None);
    assert_eq!(local.end().await.0, Some(0));
}

#[tokio::test]
async fn what_is_missing_is_said_in_a_sentence() {
    let state = tempfile::tempdir().unwrap();
    let key = ("OPENPHONE_API_KEY", "canary-of-the-text and more");
    for (options, variables, part) in [
        (&[][..], &[][..], "OPENPHONE_API_KEY: set it to your OpenPhone API key"),
        (
            &[],
            &[key],
            "--openphone-api-key (OPENPHONE_API_KEY): the API key holds a character that no key has",
        ),
        (&["--sandbox", "--upstream-url", "http://api.quo.com"], &[], "must be https"),
        (&["--sandbox", "--chatgpt-tools", "nonsense"], &[], "--chatgpt-tools"),
    ] {
        let (code, said) = start(state.path(), options, variables).end().await;
        assert!(code == Some(2) && said.contains(part), "{options:?}: {code:?} {said}");
    }
}
