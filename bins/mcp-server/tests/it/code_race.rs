//! One code, sixty-four clients at once, real processes: one of them gets tokens, and because the others had the code, too,
//! what it got is worth nothing a moment later (RFC 6749 section 4.1.2).

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::login::{ALPHA, Login, LoginRequest, client};
use crate::support::redis::RedisServer;
use crate::support::{Mcp, TestServer};

/// How soon a revocation has to be known to every instance (design: two seconds), with room for a busy machine.
const KNOWN: Duration = Duration::from_secs(10);

/// Redeems one code 64 times at once, at these instances in turn.
async fn race(servers: &[&TestServer]) {
    let approved = LoginRequest::new(ALPHA).approve(servers[0]).await;
    let http = client();
    let attempts = (0..64).map(|n| {
        let url = format!("{}/token", servers[n % servers.len()].url);
        let (http, form) = (http.clone(), approved.redemption.clone());
        tokio::spawn(async move {
            let response = http.post(url).form(&form).send().await.unwrap();
            (response.status().as_u16(), response.json::<Value>().await.unwrap())
        })
    });
    let answers: Vec<(u16, Value)> =
        join_all(attempts.collect::<Vec<_>>()).await.into_iter().map(|answer| answer.unwrap()).collect();
    let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|(status, _)| *status == 200);
    assert_eq!((won.len(), lost.len()), (1, 63));
    for (status, answer) in lost {
        assert_eq!((status, answer["error"].as_str()), (400, Some("invalid_grant")), "{answer}");
    }
    let tokens = &won[0].1;
    for server in servers {
        for name in ["access_token", "refresh_token"] {
            server.keep_secret(tokens[name].as_str().unwrap());
        }
        let mcp = Mcp::new(server, tokens["access_token"].as_str().unwrap());
        let begun = Instant::now();
        while mcp.request("tools/list", json!({})).await.status != 401 {
            assert!(begun.elapsed() < KNOWN, "the family of a code that was used twice lives on");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    // The connections of others live on.
    let other = Login::with_key(servers[0], ALPHA).await;
    assert!(!Mcp::new(servers[0], &other.access_token).tools().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn f5_of_64_with_one_code_one_succeeds_on_the_embedded_store() {
    let server = TestServer::start();
    race(&[&server]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f5_of_64_with_one_code_one_succeeds_on_two_processes_and_redis() {
    let Some(redis) = RedisServer::start().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let first = TestServer::instance(folder.path(), &redis.url(), None);
    let second = TestServer::instance(folder.path(), &redis.url(), Some(&first));
    race(&[&first, &second]).await;
}
