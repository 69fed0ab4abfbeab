//! Every way to fail, with marked secrets: none of them shows up in a log (at trace), a page, an answer, a metric or a trace.
//!
//! Each test server's log is searched when it ends (see `support`), so that the whole suite is the canary; this
//! test adds the failures that other tests do not provoke, and looks at what the failures answer.

use serde_json::json;

use crate::path::first_inbox;
use crate::support::collector::Collector;
use crate::support::log::leaks;
use crate::support::login::{ALPHA, client};
use crate::support::metrics::metrics;
use crate::support::{Login, Mcp, TestServer};

#[tokio::test(flavor = "multi_thread")]
async fn failures_are_silent_about_secrets() {
    let collector = Collector::start().await;
    let mut server = TestServer::start_with(&[
        "--admin-listen",
        "127.0.0.1:0",
        "--otlp-endpoint",
        &collector.url,
        "--trust-trace-context",
    ]);
    let login = Login::with_key(&server, ALPHA).await;
    let http = client();
    let marker = "canary-7c1f9e";
    server.keep_secret(marker);

    let url = |path: &str| format!("{}{path}", server.url);
    let form = |fields: &[(&'static str, &'static str)]| fields.to_vec();
    let requests = vec![
        http.post(url("/token"))
            .form(&form(&[("grant_type", "authorization_code"), ("code", "canary-7c1f9e")])),
        http.post(url("/token"))
            .form(&form(&[("grant_type", "refresh_token"), ("refresh_token", "canary-7c1f9e")])),
        http.post(url("/token")).form(&form(&[("grant_type", "canary-7c1f9e")])),
        http.post(url("/token")).body("canary-7c1f9e"),
        http.post(url("/revoke")).form(&form(&[("token", "canary-7c1f9e")])),
        http.post(url("/register")).body("{\"redirect_uris\":[\"canary-7c1f9e\"]}"),
        http.get(url("/authorize?client_id=canary-7c1f9e&state=canary-7c1f9e")),
        http.post(url("/authorize")).form(&form(&[("api_key", "canary-7c1f9e"), ("decision", "approve")])),
        http.post(server.mcp()).bearer_auth("canary-7c1f9e"),
        http.post(server.mcp()).bearer_auth("opqat_k1_canary-7c1f9e"),
        http.get(url("/sse")).bearer_auth("canary-7c1f9e"),
        http.post(url("/sse/message?id=canary-7c1f9e"))
            .bearer_auth(&login.access_token)
            .body("canary-7c1f9e"),
        http.post(server.mcp()).bearer_auth(&login.access_token).body("canary-7c1f9e"),
        http.get(url("/canary-7c1f9e")),
        http.get(url("/healthz")).header("traceparent", "00-canary-7c1f9e-01"),
        http.request(reqwest::Method::from_bytes(b"canary-7c1f9e").unwrap(), url("/canary-7c1f9e")),
        http.post(url("/mcp?key=canary-7c1f9e")),
    ];
    let secrets = server.secrets();
    for request in requests {
        let request = request.build().unwrap();
        let what = format!("{} {}", request.method(), request.url().path());
        let response = http.execute(request).await.unwrap();
        assert!(
            response.status().is_client_error() || what.ends_with("/revoke") || what == "GET /healthz",
            "{what}: {}",
            response.status()
        );
        let body = response.text().await.unwrap();
        let found = leaks(&body, &secrets);
        assert!(found.is_empty(), "{what}: {found:?}");
    }

    // Keys and the operator's token, in the other ways in: good ones, bad ones, and both at once.
    for (name, value) in [("x-openphone-api-key", marker), ("x-openphone-api-key", ALPHA)] {
        let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" });
        for request in [http.post(server.mcp()), http.post(server.mcp()).bearer_auth(marker)] {
            let answer = request.header(name, value).json(&call).send().await.unwrap();
            let shown = format!("{:?}", answer.headers()) + &answer.text().await.unwrap();
            assert!(leaks(&shown, &secrets).is_empty(), "{shown}");
        }
    }

    // Tools that fail: a number that cannot be texted, one that opted out, arguments of the wrong kind.
    let mcp = Mcp::new(&server, &login.access_token);
    let inbox = first_inbox(&mcp).await;
    for arguments in [
        json!({ "from": inbox, "to": "+14155550199", "content": marker }),
        json!({ "from": inbox, "to": marker, "content": marker }),
        json!({ "from": marker, "to": "+14155550101", "content": marker }),
        json!({ marker: marker }),
    ] {
        mcp.call("send-message", arguments).await;
    }
    mcp.call("create-contact", json!({ "contacts": [{ "firstName": marker, "phoneNumbers": [marker] }] }))
        .await;
    mcp.call("fetch-messages", json!({ "inbox": inbox, "participantPhoneNumber": "+14155550101" })).await;
    mcp.call("fetch-call-transcripts", json!({ "inbox": inbox, "createdAfter": marker })).await;

    // Names, ids and user agents are the client's words, too.
    let agent = Mcp::new(&server, &login.access_token).user_agent("canary-7c1f9e");
    for name in [marker, "+14155550101"] {
        let answer =
            agent.request("tools/call", json!({ "name": name, "arguments": { marker: name } })).await;
        assert!(answer.body["error"].is_object(), "{answer:?}");
    }
    let prompt = agent.request("prompts/get", json!({ "name": marker })).await;
    assert!(prompt.body["error"].is_object(), "{prompt:?}");

    let metrics = metrics(&server).await;
    assert!(metrics.contains("tool=\"unknown\"") && metrics.contains("send-message"), "{metrics}");
    let found = leaks(&metrics, &secrets);
    assert!(found.is_empty(), "{found:?}");
    // What is under way goes out before the end.
    assert_eq!(server.stop(), Some(0));
    let sent: Vec<String> = collector.arrived().into_iter().map(|request| request.body).collect();
    let sent = sent.join("\n");
    assert!(sent.contains("tools/call send-message") && sent.contains("oauth_funnel_total"), "{sent}");
    let found = leaks(&sent, &secrets);
    assert!(found.is_empty(), "{found:?}");

    // The canary must be able to see: the log is at trace and holds these requests.
    let log = server.log();
    assert!(log.contains("/authorize") && log.contains("DEBUG"), "{log}");
}

/// The operator's key and access token are in the process from its start to its end, and in no line, page or metric of it.
#[tokio::test]
async fn the_operators_secrets_stay_with_the_operator() {
    let token = "canary-token-0123456789-0123456789-0123";
    // Nobody's key, so that each call is refused and looked into.
    let key = "canary-key-5d2e81";
    let sandbox = openphone_sandbox::Sandbox::start().await.unwrap();
    let variables = [("OPENPHONE_API_KEY", key), ("OPENPHONE_MCP_ACCESS_TOKEN", token)];
    let options = ["--single-tenant", "--header-keys", "--admin-listen", "127.0.0.1:0"];
    let server = TestServer::start_before_with(&sandbox.base_url(), &options, &variables);
    server.keep_secret(key);
    server.keep_secret(token);
    let mcp = Mcp::new(&server, token);
    let refused = mcp.call("list-inboxes", json!({})).await;
    assert_eq!(refused["isError"], true, "{refused}");
    server.logs("does not know the operator's key").await;
    let mut shown = refused.to_string();
    for path in [
        "/",
        "/connect",
        "/llms.txt",
        "/status.json",
        "/server.json",
        "/.well-known/oauth-protected-resource/mcp",
    ] {
        shown += &client().get(format!("{}{path}", server.url)).send().await.unwrap().text().await.unwrap();
    }
    let admin = server.log().lines().find_map(|line| {
        let line: serde_json::Value = serde_json::from_str(line).ok()?;
        (line["message"] == "listening for operators").then(|| line["address"].as_str().unwrap().to_owned())
    });
    let metrics = format!("http://{}/metrics", admin.unwrap());
    shown += &client().get(metrics).send().await.unwrap().text().await.unwrap();
    // The pages have phone numbers, of people who are made up.
    assert!(!shown.contains(key) && !shown.contains(token));
}
