//! A running server: the real binary in a process of its own, with its log at trace and searched at the end; or the
//! same server inside the test, over a sandbox that the test can break.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use clap::Parser;
use mcp_server::app::App;
use mcp_server::args::{Cli, Command as CliCommand};
use mcp_server::config::Settings;
use mcp_server::edge::listener;
use openphone_sandbox::RunningSandbox;
use tokio_util::sync::CancellationToken;

use super::log::leaks;
use super::login::BRAVO;

/// Longest wait for the server to say that it listens.
const START: Duration = Duration::from_secs(30);
/// Longest wait for a clean end.
const STOP: Duration = Duration::from_secs(20);

/// A running `mcp-server serve`, with `--sandbox` or before a sandbox of its own.
pub(crate) struct TestServer {
    /// The public origin, such as `http://127.0.0.1:40000`.
    pub url: String,
    process: Option<Process>,
    secrets: Mutex<Vec<String>>,
    /// Ends a server inside the test.
    stop: CancellationToken,
    /// Deleted at the end.
    _data: Option<tempfile::TempDir>,
}

struct Process {
    child: Child,
    log: Arc<Mutex<String>>,
    reader: JoinHandle<()>,
}

impl TestServer {
    /// Starts a sandbox server in a folder of its own and waits until it listens.
    pub(crate) fn start() -> Self {
        let data = tempfile::tempdir().unwrap();
        let folder = data.path().join("data");
        Self::spawn(&folder, "127.0.0.1:0", &[], Some(data))
    }

    /// The same with more options.
    pub(crate) fn start_with(options: &[&str]) -> Self {
        let data = tempfile::tempdir().unwrap();
        let folder = data.path().join("data");
        Self::spawn(&folder, "127.0.0.1:0", options, Some(data))
    }

    /// The same in a folder that outlives it.
    pub(crate) fn start_in(data_dir: &Path) -> Self {
        Self::spawn(data_dir, "127.0.0.1:0", &[], None)
    }

    /// The same at the address of a server that has ended.
    pub(crate) fn start_at(data_dir: &Path, url: &str) -> Self {
        Self::start_at_with(data_dir, url, &[])
    }

    /// The same with more options.
    pub(crate) fn start_at_with(data_dir: &Path, url: &str, options: &[&str]) -> Self {
        Self::spawn(data_dir, url.strip_prefix("http://").unwrap(), options, None)
    }

    /// An instance of a deployment: its keys are in a folder that outlives it, its state is in this store. The first one's
    /// address is the address of all.
    pub(crate) fn instance(data_dir: &Path, store: &str, first: Option<&Self>) -> Self {
        let mut options = vec!["--store", store];
        options.extend(first.iter().flat_map(|first| ["--public-url", &first.url]));
        Self::spawn(data_dir, "127.0.0.1:0", &options, None)
    }

    /// The same server inside the test, in front of the test's own sandbox. It ends with the test's runtime.
    pub(crate) async fn over(sandbox: &RunningSandbox) -> Self {
        Self::over_with(sandbox, Duration::from_secs(60), &[]).await.0
    }

    /// The same with the app behind it, with another time for which a peer may take no bytes, and with more options.
    pub(crate) async fn over_with(
        sandbox: &RunningSandbox,
        write_timeout: Duration,
        options: &[&str],
    ) -> (Self, Arc<App>) {
        let data = tempfile::tempdir().unwrap();
        let folder = data.path().to_str().unwrap();
        let arguments = ["mcp-server", "serve", "--sandbox", "--data-dir", folder];
        let cli = Cli::parse_from(arguments.iter().chain(options));
        let CliCommand::Serve(args) = cli.command else { unreachable!("`serve` was typed") };
        let settings = Settings::resolve(&args).unwrap();
        let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let bound = socket.local_addr().unwrap();
        let url = settings.public_url(bound).unwrap();
        let upstream = url::Url::parse(&sandbox.base_url()).unwrap();
        let stop = CancellationToken::new();
        let app = Arc::new(App::build(&settings, &url, &upstream, stop.clone()).await.unwrap());
        tokio::spawn(listener::serve_with(socket, Arc::clone(&app), stop.clone(), write_timeout));
        let server = Self {
            url: url.as_str().to_owned(),
            process: None,
            secrets: Mutex::default(),
            stop,
            _data: Some(data),
        };
        (server, app)
    }

    /// Starts `mcp-server sandbox`.
    pub(crate) fn start_sandbox() -> Self {
        Self::start_sandbox_with(&[])
    }

    /// The same with more options.
    pub(crate) fn start_sandbox_with(options: &[&str]) -> Self {
        Self::run(&[&["sandbox", "--listen", "127.0.0.1:0", "--log", "trace"], options].concat(), None)
    }

    /// Starts a server before an API at another address, in a folder with keys that outlives it.
    pub(crate) fn start_at_upstream(data_dir: &Path, listen: &str, upstream: &str, options: &[&str]) -> Self {
        let folder = data_dir.to_str().unwrap();
        let arguments = ["serve", "--upstream-url", upstream, "--listen", listen, "--log", "trace"];
        Self::run(&[&arguments[..], &["--data-dir", folder], options].concat(), None)
    }

    /// Starts a server before an API at another address.
    pub(crate) fn start_before(upstream: &str) -> Self {
        Self::start_before_with(upstream, &[], &[])
    }

    /// The same with more options, and with variables in its environment.
    pub(crate) fn start_before_with(upstream: &str, options: &[&str], variables: &[(&str, &str)]) -> Self {
        let data = tempfile::tempdir().unwrap();
        let folder = data.path().join("data");
        let folder = folder.to_str().unwrap();
        assert_eq!(run(&["keys", "generate", "--data-dir", folder]).0, Some(0));
        let arguments = ["serve", "--upstream-url", upstream, "--listen", "127.0.0.1:0", "--log", "trace"];
        Self::run_with(&[&arguments[..], &["--data-dir", folder], options].concat(), variables, Some(data))
    }

    fn spawn(data_dir: &Path, listen: &str, options: &[&str], data: Option<tempfile::TempDir>) -> Self {
        let folder = data_dir.to_str().unwrap();
        let arguments = ["serve", "--sandbox", "--listen", listen, "--log", "trace", "--data-dir", folder];
        Self::run(&[&arguments[..], options].concat(), data)
    }

    fn run(arguments: &[&str], data: Option<tempfile::TempDir>) -> Self {
        Self::run_with(arguments, &[], data)
    }

    /// Starts a sandbox server with these variables in its environment.
    pub(crate) fn start_with_variables(options: &[&str], variables: &[(&str, &str)]) -> Self {
        let data = tempfile::tempdir().unwrap();
        let folder = data.path().join("data");
        let folder = folder.to_str().unwrap();
        let arguments = ["serve", "--sandbox", "--listen", "127.0.0.1:0", "--log", "trace"];
        Self::run_with(&[&arguments[..], &["--data-dir", folder], options].concat(), variables, Some(data))
    }

    /// What clients see of a deployment whose processes are others: an address.
    pub(crate) fn at(url: String) -> Self {
        Self { url, process: None, secrets: Mutex::default(), stop: CancellationToken::new(), _data: None }
    }

    /// Starts the binary with these arguments and environment variables, and waits until it listens.
    pub(crate) fn run_with(
        arguments: &[&str],
        variables: &[(&str, &str)],
        data: Option<tempfile::TempDir>,
    ) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_mcp-server"))
            .args(arguments)
            // What an operator may have there. It is nobody's key but the operator's.
            .env("OPENPHONE_API_KEY", BRAVO)
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            // The banner is for the person at the terminal and names the sandbox keys on purpose: it is no log.
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();

        let (listening, url) = mpsc::channel();
        let log = Arc::new(Mutex::new(String::new()));
        let (stderr, lines) = (BufReader::new(child.stderr.take().unwrap()), Arc::clone(&log));
        let reader = std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                if let Some(address) = listening_address(&line) {
                    // Nobody waits any more once the server is known to be there.
                    listening.send(format!("http://{address}")).ok();
                }
                let mut log = lines.lock().unwrap();
                log.push_str(&line);
                log.push('\n');
            }
        });
        let url = url.recv_timeout(START).unwrap_or_else(|_| {
            child.kill().ok();
            panic!("the server did not start:\n{}", log.lock().unwrap());
        });
        let process = Some(Process { child, log, reader });
        Self { url, process, secrets: Mutex::default(), stop: CancellationToken::new(), _data: data }
    }

    /// The address without the path below which the server may be.
    pub(crate) fn origin(&self) -> String {
        url::Url::parse(&self.url).unwrap().origin().ascii_serialization()
    }

    /// The MCP endpoint.
    pub(crate) fn mcp(&self) -> String {
        format!("{}/mcp", self.url)
    }

    /// Makes known what must not show up in the log.
    pub(crate) fn keep_secret(&self, secret: impl Into<String>) {
        self.secrets.lock().unwrap().push(secret.into());
    }

    /// What is to be kept secret so far.
    pub(crate) fn secrets(&self) -> Vec<String> {
        self.secrets.lock().unwrap().clone()
    }

    /// The log so far; empty for a server inside the test.
    pub(crate) fn log(&self) -> String {
        self.process.as_ref().map(|process| process.log.lock().unwrap().clone()).unwrap_or_default()
    }

    /// The requests in the log so far, such as `POST /token 200`.
    pub(crate) fn requests(&self) -> Vec<String> {
        let log = self.log();
        let lines = log.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        lines
            .filter(|line| line["message"] == "request" && line["route"].is_string())
            .map(|line| {
                let text = |field: &str| line[field].as_str().unwrap_or_default().to_owned();
                format!("{} {} {}", text("method"), text("route"), line["status"])
            })
            .collect()
    }

    /// Tells a server inside the test to end.
    pub(crate) fn end(&self) {
        self.stop.cancel();
    }

    /// Where it listens for operators.
    pub(crate) fn admin(&self) -> String {
        let log = self.log();
        let lines = log.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        let line = lines.into_iter().find(|line| line["message"] == "listening for operators").expect(&log);
        format!("http://{}", line["address"].as_str().unwrap())
    }

    /// Sends a signal, such as `HUP`.
    pub(crate) fn signal(&self, name: &str) {
        let child = &self.process.as_ref().expect("a process of its own").child;
        Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status().unwrap();
    }

    /// Ends it without a chance to clean up.
    pub(crate) fn kill(&mut self) {
        let child = &mut self.process.as_mut().expect("a process of its own").child;
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Waits until the log has this.
    pub(crate) async fn logs(&self, text: &str) {
        let deadline = Instant::now() + START;
        while !self.log().contains(text) {
            assert!(Instant::now() < deadline, "{text:?} is not in the log:\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Sends SIGTERM and returns the exit code.
    pub(crate) fn stop(&mut self) -> Option<i32> {
        self.signal("TERM");
        self.ended()
    }

    /// Waits for its end and returns the exit code.
    pub(crate) fn ended(&mut self) -> Option<i32> {
        let child = &mut self.process.as_mut().expect("a process of its own").child;
        let deadline = Instant::now() + STOP;
        while Instant::now() < deadline {
            if let Some(status) = child.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        None
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        let Some(mut process) = self.process.take() else { return };
        process.child.kill().ok();
        process.child.wait().ok();
        process.reader.join().ok();
        if std::thread::panicking() {
            return;
        }
        let log = process.log.lock().unwrap();
        let found = leaks(&log, &self.secrets.lock().unwrap());
        assert!(found.is_empty(), "the log leaks:\n{}", found.join("\n"));
        assert!(!log.contains("panicked"), "the server panicked:\n{log}");
    }
}

/// The address in the log line that says that the server listens.
fn listening_address(line: &str) -> Option<String> {
    let line: serde_json::Value = serde_json::from_str(line).ok()?;
    (line["message"] == "listening").then(|| line["address"].as_str().map(str::to_owned))?
}

/// Runs the binary to its end: exit code, standard output, standard error.
pub(crate) fn run(args: &[&str]) -> (Option<i32>, String, String) {
    run_with(args, &[])
}

/// The same with these environment variables.
pub(crate) fn run_with(args: &[&str], variables: &[(&str, &str)]) -> (Option<i32>, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_mcp-server"))
        .args(args)
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut out, mut err) = (String::new(), String::new());
    child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    (child.wait().unwrap().code(), out, err)
}
