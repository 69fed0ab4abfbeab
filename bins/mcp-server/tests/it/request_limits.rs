//! Too many requests, and more than the server can do: who is turned away, in which words, and who is not.

use std::time::Duration;

use openphone_sandbox::{Fault, On, Sandbox};
use reqwest::Response;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::login::{ALPHA, BRAVO, client};
use crate::support::mcp::LEGACY;
use crate::support::server::run;
use crate::support::{Login, Mcp, TestServer};

/// `ping` or a list, as plain HTTP.
async fn post(server: &TestServer, path: &str, token: Option<&str>) -> Response {
    let request = client().post(format!("{}{path}", server.url)).header("origin", &server.url);
    let request = token.into_iter().fold(request, reqwest::RequestBuilder::bearer_auth);
    let request = request
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", LEGACY)
        .json(&json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" }));
    request.send().await.unwrap()
}

/// A refusal in the words of MCP: no challenge, an error that a client of any revision reads, and when to come back.
async fn refused_as_mcp(response: Response, status: u16, reason: &str) -> Value {
    assert_eq!(response.status(), status);
    let headers = response.headers().clone();
    assert!(!headers.contains_key("www-authenticate"), "nobody is to sign in anew: {headers:?}");
    assert!(headers["retry-after"].to_str().unwrap().parse::<u64>().unwrap() >= 1);
    assert_eq!(headers["access-control-allow-origin"], "*");
    if status == 429 {
        let policy = headers["ratelimit-policy"].to_str().unwrap();
        assert!(policy.starts_with(&format!("\"{reason}\";q=")), "{policy}");
        assert!(headers["ratelimit"].to_str().unwrap().starts_with(&format!("\"{reason}\";r=0;t=")));
    }
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["jsonrpc"], "2.0", "{body}");
    assert_eq!(body["error"]["data"]["reason"], reason, "{body}");
    assert!(body["error"]["message"].as_str().unwrap().contains("Nothing was done"), "{body}");
    body
}

#[tokio::test]
async fn a_connection_that_asks_too_often_is_told_to_wait_and_not_to_sign_in() {
    let server = TestServer::start_with(&["--grant-rate", "1/m:5"]);
    let login = Login::with_key(&server, ALPHA).await;
    let token = Some(login.access_token.as_str());
    for path in ["/mcp", "/mcp/", "/sse", "/mcp/readonly", "/mcp/x/calls"] {
        assert_eq!(post(&server, path, token).await.status(), 200, "{path}");
    }
    for path in ["/mcp", "/mcp/", "/sse", "/mcp/readonly", "/mcp/x/calls", "/sse/message"] {
        refused_as_mcp(post(&server, path, token).await, 429, "grant").await;
    }
    // A stranger is told to sign in, and another connection of the same person's is let in.
    assert_eq!(post(&server, "/mcp", Some("nonsense")).await.status(), 401);
    let other = Login::with_key(&server, ALPHA).await;
    assert_eq!(post(&server, "/mcp", Some(&other.access_token)).await.status(), 200);
    // A new token is no new connection.
    let renewed = login.refresh(&server).await;
    let renewed = renewed["access_token"].as_str().unwrap();
    refused_as_mcp(post(&server, "/mcp", Some(renewed)).await, 429, "grant").await;
}

#[tokio::test]
async fn connections_share_what_their_key_and_workspace_may() {
    let server = TestServer::start_with(&["--key-rate", "1/m:4"]);
    let (one, two) = (Login::with_key(&server, ALPHA).await, Login::with_key(&server, ALPHA).await);
    let other = Login::with_key(&server, BRAVO).await;
    for login in [&one, &two, &one, &two] {
        assert_eq!(post(&server, "/mcp", Some(&login.access_token)).await.status(), 200);
    }
    for login in [&one, &two] {
        refused_as_mcp(post(&server, "/mcp", Some(&login.access_token)).await, 429, "key").await;
    }
    assert_eq!(post(&server, "/mcp", Some(&other.access_token)).await.status(), 200);
}

#[tokio::test]
async fn operators_name_the_keys_of_a_workspace() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().to_str().unwrap();
    let mut server = TestServer::start_in(data.path());
    let logins = [Login::with_key(&server, ALPHA).await, Login::with_key(&server, BRAVO).await];
    let (code, listed, error) = run(&["grants", "list", "--json", "--data-dir", folder]);
    assert_eq!(code, Some(0), "{error}");
    let listed: Vec<Value> = serde_json::from_str(&listed).unwrap();
    let keys: Vec<&str> = listed.iter().map(|grant| grant["credential"].as_str().unwrap()).collect();
    let quota = format!("{}=3/h", keys.join("+"));
    assert_eq!(server.stop(), Some(0));
    let url = server.url.clone();
    drop(server);
    let server = TestServer::start_at_with(data.path(), &url, &["--quotas", &quota]);
    for login in [&logins[0], &logins[1], &logins[0]] {
        assert_eq!(post(&server, "/mcp", Some(&login.access_token)).await.status(), 200);
    }
    refused_as_mcp(post(&server, "/mcp", Some(&logins[1].access_token)).await, 429, "workspace").await;
}

#[tokio::test]
async fn strangers_are_counted_by_address_and_users_are_not() {
    let options = ["--trusted-proxies", "127.0.0.0/8", "--address-rate", "1/m:20", "--key-rate", "off"];
    let server = TestServer::start_with(&options);
    let login = Login::with_key(&server, ALPHA).await;
    let from = |address: &'static str, token: Option<&str>| {
        let request = client().post(server.mcp()).header("x-forwarded-for", address);
        let request = token.into_iter().fold(request, reqwest::RequestBuilder::bearer_auth);
        let request = request
            .header("accept", "application/json, text/event-stream")
            .header("mcp-protocol-version", LEGACY)
            .json(&json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" }));
        async move { request.send().await.unwrap() }
    };
    // Far more than an address has, of somebody who has signed in.
    for _ in 0..60 {
        assert_eq!(from("198.51.100.1", Some(&login.access_token)).await.status(), 200);
    }
    for _ in 0..20 {
        assert_eq!(from("198.51.100.1", None).await.status(), 401);
    }
    refused_as_mcp(from("198.51.100.1", Some("nonsense")).await, 429, "address").await;
    // One customer of IPv6 has many addresses.
    for _ in 0..10 {
        assert_eq!(from("2001:db8::1", None).await.status(), 401);
        assert_eq!(from("2001:db8::2", None).await.status(), 401);
    }
    refused_as_mcp(from("2001:db8::3", None).await, 429, "address").await;
    assert_eq!(from("198.51.100.2", None).await.status(), 401);
    // OAuth's endpoints and pages say it in their own words; health is always told.
    for path in ["/token", "/register", "/", "/.well-known/oauth-authorization-server"] {
        let request = client().get(format!("{}{path}", server.url)).header("x-forwarded-for", "198.51.100.1");
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 429, "{path}");
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["error"], "temporarily_unavailable", "{path}");
        assert!(body["error_description"].as_str().unwrap().contains("from this address"), "{body}");
    }
    let health = client().get(format!("{}/healthz", server.url)).header("x-forwarded-for", "198.51.100.1");
    assert_eq!(health.send().await.unwrap().status(), 200);
}

/// Somebody holds the only place with a request whose body does not come.
#[tokio::test]
async fn sign_in_mcp_and_pages_do_not_take_each_others_places() {
    let server = TestServer::start_with(&["--max-requests", "1"]);
    let login = Login::with_key(&server, ALPHA).await;
    let address = server.url.strip_prefix("http://").unwrap();
    let mut holds = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /token HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 5\r\n\r\n"
    );
    holds.write_all(head.as_bytes()).await.unwrap();
    let ask =
        async || client().post(format!("{}/token", server.url)).form(&[("a", "b")]).send().await.unwrap();
    let refused = async {
        loop {
            let response = ask().await;
            if response.status() == 503 {
                return response;
            }
        }
    };
    let response = tokio::time::timeout(Duration::from_secs(20), refused).await.expect("a refusal");
    assert_eq!(response.headers()["retry-after"], "1");
    assert_eq!(response.json::<Value>().await.unwrap()["error"], "temporarily_unavailable");
    for path in ["/healthz", "/"] {
        assert_eq!(
            client().get(format!("{}{path}", server.url)).send().await.unwrap().status(),
            200,
            "{path}"
        );
    }
    assert_eq!(post(&server, "/mcp", Some(&login.access_token)).await.status(), 200);
    // Its body has come after all: it is answered, and its place is free.
    holds.write_all(b"a=b&c").await.unwrap();
    let mut answer = vec![0; 12];
    holds.read_exact(&mut answer).await.unwrap();
    assert_eq!(answer, b"HTTP/1.1 400");
    let free = async { while ask().await.status() == 503 {} };
    tokio::time::timeout(Duration::from_secs(20), free).await.expect("its place is free");
}

/// A call that OpenPhone does not answer holds its place; what is shed first depends on what it is for.
#[tokio::test]
async fn transcripts_are_shed_before_texts_and_texts_before_reads() {
    let sandbox = Sandbox::start().await.unwrap();
    let (server, _app) =
        TestServer::over_with(&sandbox, Duration::from_secs(60), &["--max-requests", "4"]).await;
    let login = Login::with_key(&server, ALPHA).await;
    let mcp = Mcp::new(&server, &login.access_token);
    // 4 calls at once, of which 3 may be texts and 2 transcripts.
    sandbox.sandbox().faults().always(On::any(), Fault::hang());
    let hanging = |tool: &'static str| {
        let mcp = Mcp::new(&server, &login.access_token);
        tokio::spawn(async move { mcp.call(tool, json!({ "maxResults": 1 })).await })
    };
    let status = async |tool: &str, arguments: Value| {
        let answer = mcp.request("tools/call", json!({ "name": tool, "arguments": arguments })).await;
        (answer.status, answer.body)
    };
    let shed = async |tool: &str, arguments: Value, class: &str| {
        let refused = async {
            loop {
                let (status, body) = status(tool, arguments.clone()).await;
                if status == 503 {
                    return body;
                }
            }
        };
        let body = tokio::time::timeout(Duration::from_secs(20), refused).await.expect(class);
        assert_eq!(body["id"], 1, "the call was read: {body}");
        assert_eq!(body["error"]["code"], 503, "{body}");
        assert_eq!(body["error"]["data"]["reason"], "overload", "{body}");
    };
    // What answers at once without asking OpenPhone: a call whose arguments are wrong.
    let mut held = vec![hanging("fetch-messages"), hanging("fetch-messages")];
    shed("fetch-call-transcripts", json!({ "maxResults": "many" }), "transcripts").await;
    assert_eq!(status("send-message", json!({ "to": 1 })).await.0, 200, "there is room for a text");
    held.push(hanging("fetch-messages"));
    shed("send-message", json!({ "to": 1 }), "sends").await;
    assert_eq!(status("fetch-messages", json!({ "maxResults": "many" })).await.0, 200, "and for a read");
    // Asking for the list is no call.
    assert!(!mcp.tools().await.is_empty());
    for call in held {
        call.abort();
    }
    // Whoever has hung up gives their places back.
    let free =
        async { while status("fetch-call-transcripts", json!({ "maxResults": "many" })).await.0 == 503 {} };
    tokio::time::timeout(Duration::from_secs(20), free).await.expect("their places are free");
}

#[tokio::test]
async fn streams_are_bounded_apart_and_each_party_has_its_share() {
    let server = TestServer::start_with(&["--streams-per-grant", "1", "--max-requests", "1"]);
    let login = Login::with_key(&server, ALPHA).await;
    let open = async |login: &Login| {
        let request = client().get(format!("{}/sse", server.url)).bearer_auth(&login.access_token);
        request.header("accept", "text/event-stream").send().await.unwrap()
    };
    let stream = open(&login).await;
    assert_eq!(stream.status(), 200);
    assert_eq!(open(&login).await.status(), 429);
    // An open stream is no request under way.
    assert_eq!(post(&server, "/mcp", Some(&login.access_token)).await.status(), 200);
    let other = Login::with_key(&server, BRAVO).await;
    assert_eq!(open(&other).await.status(), 200);
    drop(stream);
}

#[tokio::test]
async fn what_cannot_be_is_said_before_anything_is_opened() {
    for (options, part) in [
        (["--grant-rate", "fast"], "is no rate"),
        (["--address-tiers", "10.0.0.0/8"], "has no rate"),
        (["--quotas", "abc=1/s"], "is no fingerprint"),
        (["--idle-timeout", "0s"], "must be longer than nothing"),
        (["--max-requests", "0"], "0 is not in"),
    ] {
        let (code, _, error) = run(&[&["serve", "--sandbox"][..], &options].concat());
        assert_eq!(code, Some(2), "{error}");
        assert!(error.contains(part), "{options:?}: {error}");
    }
}
