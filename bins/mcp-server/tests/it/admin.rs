//! The operators' listener: what is counted, and whether the state can be reached.

use serde_json::Value;

use crate::support::log::leaks;
use crate::support::login::{ALPHA, client};
use crate::support::redis::RedisServer;
use crate::support::{Login, TestServer};

/// Where a server listens for operators.
fn admin(server: &TestServer) -> String {
    let log = server.log();
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let line = lines.into_iter().find(|line| line["message"] == "listening for operators").expect(&log);
    format!("http://{}", line["address"].as_str().unwrap())
}

async fn get(url: &str) -> (u16, String) {
    let response = client().get(url).send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

#[tokio::test]
async fn every_refusal_to_refresh_is_counted_by_its_reason() {
    let server = TestServer::start_with(&["--admin-listen", "127.0.0.1:0"]);
    let admin = admin(&server);
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
    assert_eq!(get(&format!("{admin}/readyz")).await, (200, "{\"ready\":true}".to_owned()));
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
    let ready = format!("{}/readyz", admin(&server));
    assert_eq!(get(&ready).await.0, 200);
    redis.stop();
    let (status, reason) = get(&ready).await;
    assert_eq!((status, reason.contains("store")), (503, true), "{reason}");
}
