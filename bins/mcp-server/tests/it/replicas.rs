//! `--store-replicas`: no text goes out before so many replicas have its record.

use serde_json::json;

use crate::support::login::ALPHA;
use crate::support::redis::RedisServer;
use crate::support::server::run;
use crate::support::{Login, Mcp, TestServer};

const NORA: &str = "+14155550101";
const THEO: &str = "+14155550102";

#[tokio::test]
async fn without_the_replica_nothing_is_sent_and_the_rest_goes_on() {
    let Some(primary) = RedisServer::start().await else { return };
    let mut replica = RedisServer::replica_of(&primary).await;
    let server = TestServer::start_with(&["--store", &primary.url(), "--store-replicas", "1"]);
    let login = Login::with_key(&server, ALPHA).await;
    let mcp = Mcp::new(&server, &login.access_token);
    let send = |to: &str| json!({ "from": "Front desk", "to": to, "content": "Your part is here" });
    let first = mcp.output("send-message", send(NORA)).await;
    assert_eq!(first["duplicate"], false);

    replica.stop();
    let refused = mcp.call("send-message", send(THEO)).await;
    assert_eq!(refused["isError"], true, "{refused}");
    let text = refused["content"][0]["text"].as_str().unwrap();
    for part in ["cannot reach its own records", "Nothing was sent.", "Try the same call again"] {
        assert!(text.contains(part), "{text}");
    }
    // Reading, signing in and refreshing wait for nobody.
    let read = json!({ "inbox": "Front desk", "participantPhoneNumber": THEO, "maxResults": 50 });
    let read = mcp.output("fetch-messages", read).await;
    assert!(!read.to_string().contains("Your part is here"), "{read}");
    login.refresh(&server).await;
    Login::with_key(&server, ALPHA).await;

    let _replica = RedisServer::replica_of(&primary).await;
    // The same call again, as the refusal says; on a busy machine a replica may be late once more.
    let mut sent = mcp.call("send-message", send(THEO)).await;
    for _ in 0..50 {
        if sent["isError"] != true {
            break;
        }
        sent = mcp.call("send-message", send(THEO)).await;
    }
    assert_eq!(sent["structuredContent"]["duplicate"], false, "{sent}");
    let again = mcp.output("send-message", send(NORA)).await;
    assert_eq!(again["duplicate"], true, "{again}");
}

#[tokio::test]
async fn a_server_without_its_replicas_says_so_when_it_starts() {
    let Some(primary) = RedisServer::start().await else { return };
    let server = TestServer::start_with(&["--store", &primary.url(), "--store-replicas", "2"]);
    server.logs("until it has them, no text is sent").await;
}

#[test]
fn replicas_need_a_store_that_has_some() {
    let (code, _, error) = run(&["serve", "--sandbox", "--store-replicas", "1"]);
    assert_eq!(code, Some(2), "{error}");
    assert!(error.contains("--store-replicas: needs --store"), "{error}");
}
