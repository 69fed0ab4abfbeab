//! The operators' listener: what the authorization server decided, and whether requests are wanted.

use std::time::{Duration, Instant};

use openphone_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::support::log::leaks;
use crate::support::login::{ALPHA, client};
use crate::support::metrics::{get, value};
use crate::support::redis::RedisServer;
use crate::support::{Login, Mcp, TestServer};

#[tokio::test]
async fn every_refusal_to_refresh_is_counted_by_its_reason() {
    let server = TestServer::start_with(&["--admin-listen", "127.0.0.1:0"]);
    let admin = server.admin();
    let login = Login::with_key(&server, ALPHA).await;
    let token = |fields: &[(&str, &str)]| client().post(format!("{}/token", server.url)).form(fields).send();
    let refresh = [("grant_type", "refresh_token"), ("client_id", &login.client_id)];
    let unknown = [&refresh[..], &[("refresh_token", "opqrt_k1_unknown")]].concat();
    for _ in 0..2 {
        let refused: Value = token(&unknown).await.unwrap().json().await.unwrap();
        assert!(
            refused["error_uri"].as_str().unwrap().contains("/signed-out?reason=refresh_unknown"),
            "{refused}"
        );
    }
    let revoke = [("client_id", login.client_id.as_str()), ("token", &login.refresh_token)];
    client().post(format!("{}/revoke", server.url)).form(&revoke).send().await.unwrap();
    token(&[&refresh[..], &[("refresh_token", &login.refresh_token)]].concat()).await.unwrap();

    let (status, metrics) = get(&format!("{admin}/metrics")).await;
    assert_eq!(status, 200);
    for line in [
        "oauth_events_total{event=\"refresh_refused\",reason=\"refresh_unknown\"} 2",
        "oauth_events_total{event=\"refresh_refused\",reason=\"revoked\"} 1",
        "oauth_events_total{event=\"tokens_issued\",reason=\"authorization_code\"} 1",
        "oauth_events_total{event=\"consent_given\",reason=\"\"} 1",
    ] {
        assert!(metrics.lines().any(|other| other == line), "{line} is not in\n{metrics}");
    }
    let found = leaks(&metrics, &server.secrets());
    assert!(found.is_empty(), "{found:?}");
    let (status, ready) = get(&format!("{admin}/readyz")).await;
    let ready: Value = serde_json::from_str(&ready).unwrap();
    let checks = json!({ "process": "serving", "store": "ok", "keys": "ok", "upstream": "up" });
    assert_eq!((status, ready), (200, json!({ "ready": true, "checks": checks })));
    assert_eq!(get(&format!("{admin}/")).await.0, 404);
    let posted = client().post(format!("{admin}/metrics")).send().await.unwrap();
    assert_eq!(posted.status(), 405);
    // Nothing of it is public.
    assert_eq!(get(&format!("{}/metrics", server.url)).await.0, 404);
}

#[tokio::test]
async fn a_server_without_its_store_is_not_ready() {
    let Some(mut redis) = RedisServer::start().await else { return };
    let server = TestServer::start_with(&["--admin-listen", "127.0.0.1:0", "--store", &redis.url()]);
    let ready = format!("{}/readyz", server.admin());
    assert_eq!(get(&ready).await.0, 200);
    redis.stop();
    // The last answer was good for a second.
    let unready = until(&ready, 503).await;
    assert_eq!((&unready["ready"], &unready["checks"]["store"]), (&json!(false), &json!("unreachable")));
}

/// An instance that ends says so before it stops answering, so that nobody is sent to it any more.
#[tokio::test]
async fn a_server_that_ends_is_not_ready() {
    let sandbox = Sandbox::start().await.unwrap();
    let (server, app) = TestServer::over_with(&sandbox, Duration::from_secs(60), &[]).await;
    let readiness = app.admin().readiness.clone();
    assert!(readiness.report().await.ready);
    server.end();
    let report = readiness.report().await;
    assert_eq!((report.ready, report.checks.process), (false, "stopping"));
    assert!(!readiness.was_ready());
}

/// That OpenPhone fails is shown, and takes no instance out: all would go at once.
#[tokio::test]
async fn an_upstream_that_fails_is_shown_and_does_not_make_unready() {
    let sandbox = Sandbox::start().await.unwrap();
    let (server, app) = TestServer::over_with(&sandbox, Duration::from_secs(60), &[]).await;
    let login = Login::with_key(&server, ALPHA).await;
    sandbox.stop().await;
    let mcp = Mcp::new(&server, &login.access_token);
    for _ in 0..3 {
        mcp.call("list-users", json!({})).await;
    }
    let readiness = app.admin().readiness.clone();
    let report = readiness.report().await;
    assert_eq!((report.ready, report.checks.upstream), (true, "down"));
    let metrics = app.admin().metrics.render();
    assert_eq!(value(&metrics, "quo_upstream_breaker_open"), 1.0);
    assert_eq!(value(&metrics, "mcp_server_ready"), 1.0);
}

/// Asks until the answer has this status.
async fn until(url: &str, expected: u16) -> Value {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let (status, body) = get(url).await;
        if status == expected {
            return serde_json::from_str(&body).unwrap();
        }
        assert!(Instant::now() < deadline, "{status}: {body}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
