//! The files of `deploy/observability` against Prometheus itself: that its own tool finds nothing wrong with them, that each
//! alert fires and keeps quiet as its test says, and that a Prometheus that reads a running server knows every series that they
//! name.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::path::{CONTACT, first_inbox};
use crate::support::login::{ALPHA, client};
use crate::support::metrics::metrics;
use crate::support::tools::skipped;
use crate::support::{Login, Mcp, TestServer};

/// Longest wait for a first scrape: the example scrapes every 15 s.
const SCRAPED: Duration = Duration::from_secs(60);

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/observability").canonicalize().unwrap()
}

/// Runs promtool in the folder. `false`: there is none.
fn promtool(arguments: &[&str]) -> bool {
    let Ok(output) = Command::new("promtool").args(arguments).current_dir(folder()).output() else {
        skipped("promtool is missing; `cargo xtask test` installs it");
        return false;
    };
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{arguments:?}\n{out}\n{err}");
    true
}

#[test]
fn prometheus_tool_takes_the_files() {
    let _ = promtool(&["check", "rules", "recording.rules.yml", "alerts.rules.yml"])
        && promtool(&["check", "config", "prometheus.yml"])
        && promtool(&["test", "rules", "alerts.test.yml"]);
}

/// The tests of alerts leave none out.
#[test]
fn each_alert_is_tested_to_fire_and_not_to_fire() {
    let read = |name: &str| std::fs::read_to_string(folder().join(name)).unwrap();
    let (rules, tests) = (read("alerts.rules.yml"), read("alerts.test.yml"));
    let alerts: Vec<&str> = rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    assert!(alerts.len() > 10, "{alerts:?}");
    for alert in alerts {
        let tested = format!("alertname: {alert}\n        exp_alerts:");
        let fires = tests.matches(&format!("{tested}\n")).count();
        let quiet = tests.matches(&format!("{tested} []")).count();
        assert!(fires > 0 && quiet > 0, "{alert} fires in {fires} tests and keeps quiet in {quiet}");
    }
}

#[tokio::test]
async fn prometheus_knows_every_series_that_dashboard_and_rules_name() {
    let server = TestServer::start_with(&["--admin-listen", "127.0.0.1:0"]);
    let Some(prometheus) = Prometheus::start(&server.admin()) else { return };
    let login = Login::with_key(&server, ALPHA).await;
    let mcp = Mcp::new(&server, &login.access_token);
    let inbox = first_inbox(&mcp).await;
    mcp.call("send-message", json!({ "from": inbox, "to": CONTACT, "content": "hello" })).await;

    let known: BTreeSet<String> = metrics(&server)
        .await
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next().map(str::to_owned))
        .collect();
    let recorded = recorded();
    let expressions = expressions();
    assert!(expressions.len() > 50, "{}", expressions.len());
    for expression in &expressions {
        let names = names(expression);
        assert!(!names.is_empty(), "{expression}");
        for name in names {
            let family = ["_bucket", "_sum", "_count"].into_iter().find_map(|end| name.strip_suffix(end));
            let there = known.contains(&name) || family.is_some_and(|family| known.contains(family));
            assert!(there || recorded.contains(&name) || name == "up", "{name} of {expression}");
        }
    }

    let ready = prometheus.until("mcp_server_ready").await;
    assert_eq!((&ready["metric"]["job"], &ready["value"][1]), (&json!("openphone-mcp"), &json!("1")));
    for expression in &expressions {
        let written = expression.replace("$instance", ".*").replace("$__rate_interval", "1m");
        let answer = prometheus.ask(&written).await;
        assert_eq!(answer["status"], "success", "{written}: {answer}");
    }
    let rules = prometheus.get("/api/v1/rules").await;
    let groups = rules["data"]["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 3, "{rules}");
}

/// What is computed, by the rules.
fn recorded() -> BTreeSet<String> {
    let rules = std::fs::read_to_string(folder().join("recording.rules.yml")).unwrap();
    rules.lines().filter_map(|line| line.trim().strip_prefix("- record: ").map(str::to_owned)).collect()
}

/// Every expression of the dashboard and of the rules.
fn expressions() -> Vec<String> {
    let board = std::fs::read(folder().join("dashboards/openphone-mcp.json")).unwrap();
    let board: Value = serde_json::from_slice(&board).unwrap();
    let panels = board["panels"].as_array().unwrap();
    let targets = panels.iter().flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
    let mut found: Vec<String> = targets.map(|target| target["expr"].as_str().unwrap().to_owned()).collect();
    for name in ["recording.rules.yml", "alerts.rules.yml"] {
        let text = std::fs::read_to_string(folder().join(name)).unwrap();
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            let Some(expression) = line.trim().strip_prefix("expr: ") else { continue };
            let mut expression = if expression == "|" { String::new() } else { expression.to_owned() };
            while let Some(more) = lines.next_if(|line| line.starts_with("          ")) {
                expression += &format!("{} ", more.trim());
            }
            found.push(expression);
        }
    }
    found
}

/// The names of series in an expression: what stands before a brace, and what is computed.
fn names(expression: &str) -> BTreeSet<String> {
    let is_name = |char: char| char.is_ascii_alphanumeric() || char == '_' || char == ':';
    let last = |text: &str| text.rsplit(|char| !is_name(char)).next().unwrap_or_default().to_owned();
    let mut parts: Vec<&str> = expression.split('{').collect();
    parts.pop();
    let selected = parts.into_iter().map(last).filter(|name| !name.is_empty());
    let words = expression.split(|char| !is_name(char)).filter(|word| word.contains(':'));
    selected.chain(words.map(str::to_owned)).collect()
}

/// A Prometheus with the example configuration, but for the address of the server.
struct Prometheus {
    url: String,
    process: Child,
    _data: tempfile::TempDir,
}

impl Prometheus {
    fn start(admin: &str) -> Option<Self> {
        let data = tempfile::tempdir().unwrap();
        let example = std::fs::read_to_string(folder().join("prometheus.yml")).unwrap();
        let target = admin.strip_prefix("http://").unwrap();
        let config = example.replace("127.0.0.1:9464", target).replace("15s", "1s");
        assert_ne!(config, example);
        for rules in ["recording.rules.yml", "alerts.rules.yml"] {
            std::fs::copy(folder().join(rules), data.path().join(rules)).unwrap();
        }
        std::fs::write(data.path().join("prometheus.yml"), config).unwrap();
        let spawned = Command::new("prometheus")
            .args(["--config.file=prometheus.yml", "--storage.tsdb.path=data"])
            .arg("--web.listen-address=127.0.0.1:0")
            .current_dir(data.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        let Ok(mut process) = spawned else {
            skipped("prometheus is missing; `cargo xtask test` installs it");
            return None;
        };
        let mut log = BufReader::new(process.stderr.take().unwrap()).lines().map_while(Result::ok);
        let listening = log.find(|line| line.contains("\"Listening on\"")).expect("it listens");
        let address = listening.rsplit("address=").next().unwrap().trim().to_owned();
        // What it says further on is nobody's, and must not fill the pipe.
        std::thread::spawn(move || log.for_each(drop));
        Some(Self { url: format!("http://{address}"), process, _data: data })
    }

    async fn get(&self, path: &str) -> Value {
        client().get(format!("{}{path}", self.url)).send().await.unwrap().json().await.unwrap()
    }

    async fn ask(&self, expression: &str) -> Value {
        let request = client().get(format!("{}/api/v1/query", self.url)).query(&[("query", expression)]);
        request.send().await.unwrap().json().await.unwrap()
    }

    /// Waits until a series is there, and returns it.
    async fn until(&self, series: &str) -> Value {
        let deadline = Instant::now() + SCRAPED;
        loop {
            let answer = self.ask(series).await;
            if let Some(found) = answer["data"]["result"].get(0) {
                return found.clone();
            }
            assert!(Instant::now() < deadline, "{series}: {}", self.get("/api/v1/targets").await);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
