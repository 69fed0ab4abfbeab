//! A URL may narrow what a grant allows, never widen it; a key in a URL is refused.

use serde_json::json;

use crate::support::listed::{self, ALL, tools_of};
use crate::support::login::{ALPHA, LoginRequest, client};
use crate::support::{Login, Mcp, TestServer};

#[tokio::test]
async fn urls_narrow() {
    let server = TestServer::start();
    let login = Login::with_key(&server, ALPHA).await;
    for (path, toolsets, read_only) in [
        ("/mcp/", ALL, false),
        ("/mcp/readonly", ALL, true),
        ("/mcp/x/messaging", "messaging", false),
        ("/mcp/x/messaging,contacts/readonly", "messaging,contacts", true),
        ("/mcp?toolsets=calls", "calls", false),
        ("/mcp?readonly=true", ALL, true),
        ("/mcp/x/calls?toolsets=messaging", "", false),
    ] {
        let listed = Mcp::new(&server, &login.access_token).path(path).tools().await;
        assert_eq!(listed, tools_of(toolsets, read_only), "{path}");
    }
    // What is hidden is not callable.
    let narrowed = Mcp::new(&server, &login.access_token).path("/mcp/readonly");
    let answer = narrowed.request("tools/call", json!({ "name": "send-message", "arguments": {} })).await;
    assert_eq!(answer.body["error"]["code"], -32602, "{answer:?}");
}

#[tokio::test]
async fn a_read_only_grant_is_read_only_everywhere() {
    let server = TestServer::start();
    let login = LoginRequest { resource: "/mcp/readonly", ..LoginRequest::new(ALPHA) }.run(&server).await;
    assert_eq!(login.scope, "openphone:read");
    let mcp = Mcp::new(&server, &login.access_token);
    let listed = Mcp::new(&server, &login.access_token).path("/mcp/readonly").tools().await;
    assert!(listed.contains(&"fetch-messages".to_owned()) && !listed.contains(&"send-message".to_owned()));
    // The wider endpoint takes no token of the narrower one.
    let answer = mcp.request("tools/list", json!({})).await;
    assert_eq!(answer.status, 401, "{answer:?}");
    assert!(answer.challenge.unwrap().contains("invalid_token"));
}

#[tokio::test]
async fn narrowed_endpoints_can_be_signed_in_to() {
    let server = TestServer::start();
    for (path, tools) in [
        ("/mcp/x/messaging", tools_of("messaging", false)),
        ("/mcp/x/messaging/readonly", tools_of("messaging", true)),
    ] {
        // The challenge names this very endpoint, which is what the official clients insist on.
        let url = format!("{}{path}", server.url);
        let refused = client().post(&url).json(&json!({})).send().await.unwrap();
        let challenge = refused.headers()["www-authenticate"].to_str().unwrap().to_owned();
        let metadata = challenge.split("resource_metadata=\"").nth(1).unwrap().split('"').next().unwrap();
        let document: serde_json::Value = client().get(metadata).send().await.unwrap().json().await.unwrap();
        assert_eq!(document["resource"], url);
        let login = LoginRequest { resource: path, ..LoginRequest::new(ALPHA) }.run(&server).await;
        assert_eq!(Mcp::new(&server, &login.access_token).path(path).tools().await, tools, "{path}");
    }
    for path in ["/mcp/x/nonsense", "/mcp/x/messaging/more"] {
        let url = format!("{}/.well-known/oauth-protected-resource{path}", server.url);
        assert_eq!(client().get(url).send().await.unwrap().status(), 404, "{path}");
    }
}

#[tokio::test]
async fn a_missing_scope_is_a_challenge() {
    let server = TestServer::start();
    let login = LoginRequest { scope: Some("openphone:read"), ..LoginRequest::new(ALPHA) }.run(&server).await;
    assert_eq!(login.scope, "openphone:read");
    let mcp = Mcp::new(&server, &login.access_token);
    assert_eq!(mcp.tools().await, tools_of(ALL, true));
    let arguments = json!({ "to": "+14155550101", "content": "hello" });
    let call = json!({ "name": "send-message", "arguments": arguments });
    let refused = mcp.request("tools/call", call.clone()).await;
    assert_eq!(refused.status, 403, "{refused:?}");
    let challenge = refused.challenge.unwrap();
    for part in ["error=\"insufficient_scope\"", "openphone:write", "resource_metadata="] {
        assert!(challenge.contains(part), "{challenge}");
    }
    // ChatGPT reads challenges in results only.
    let chatgpt = Mcp::new(&server, &login.access_token).user_agent("openai-mcp/1");
    let refused = chatgpt.request("tools/call", call).await;
    assert_eq!(refused.status, 200, "{refused:?}");
    let challenge = &refused.body["result"]["_meta"]["mcp/www_authenticate"][0];
    assert!(challenge.as_str().unwrap().contains("insufficient_scope"), "{refused:?}");
}

#[tokio::test]
async fn a_key_in_the_url_is_refused() {
    let server = TestServer::start();
    let login = Login::with_key(&server, ALPHA).await;
    let http = client();
    for query in ["api_key=some-key-1234", "x-openphone-api-key=some-key-1234", "access_token=some-key-1234"]
    {
        server.keep_secret("some-key-1234");
        for path in ["/mcp", "/sse", "/sse/message"] {
            let response = http
                .post(format!("{}{path}?{query}", server.url))
                .bearer_auth(&login.access_token)
                .json(&json!({}))
                .send()
                .await
                .unwrap();
            assert_eq!(response.status(), 400, "{path}?{query}");
            let body = response.text().await.unwrap();
            assert!(body.contains("looks like a key") && !body.contains("some-key-1234"), "{body}");
        }
    }
    // A raw OpenPhone key is no bearer token.
    let raw = http.post(server.mcp()).bearer_auth(ALPHA).json(&json!({})).send().await.unwrap();
    assert_eq!(raw.status(), 401);
}

#[tokio::test]
async fn a_misspelt_filter_is_refused() {
    let server = TestServer::start();
    let login = Login::with_key(&server, ALPHA).await;
    for path in ["/mcp?toolsets=mesages", "/mcp?readonly=perhaps", "/mcp?inbox=main"] {
        let answer = Mcp::new(&server, &login.access_token).path(path).request("tools/list", json!({})).await;
        assert_eq!(answer.status, 400, "{path}");
    }
    let unknown =
        Mcp::new(&server, &login.access_token).path("/mcp/x/mesages").request("tools/list", json!({})).await;
    assert_eq!(unknown.status, 404);
}

/// The operator's bound holds whatever consent and URLs say.
#[tokio::test]
async fn the_operator_has_the_upper_bound() {
    let server = TestServer::start_with(&[
        "--toolsets",
        "messaging,calls",
        "--no-texting",
        "--chatgpt-tools",
        "bulk-messages",
    ]);
    let login = Login::with_key(&server, ALPHA).await;
    let reading = listed::tools(|spec| {
        !spec.texts_people
            && !spec.prepares_texts
            && matches!(spec.toolset, mcp_tools::Toolset::Messaging | mcp_tools::Toolset::Calls)
    });
    for path in ["/mcp", "/mcp?toolsets=messaging,calls,contacts"] {
        assert_eq!(Mcp::new(&server, &login.access_token).path(path).tools().await, reading, "{path}");
    }
    let mcp = Mcp::new(&server, &login.access_token);
    for tool in ["send-message", "create-contact"] {
        let answer = mcp.request("tools/call", json!({ "name": tool, "arguments": {} })).await;
        assert_eq!(answer.body["error"]["code"], -32602, "{answer:?}");
    }

    let server = TestServer::start_with(&["--chatgpt-tools", "bulk-messages", "--texts-per-day", "1"]);
    let login = Login::with_key(&server, ALPHA).await;
    let chatgpt = Mcp::new(&server, &login.access_token).user_agent("openai-mcp/1");
    assert!(chatgpt.tools().await.contains(&"bulk-messages".to_owned()));
    let text = |to: &str| json!({ "to": to, "content": "hello", "from": "Front desk" });
    assert_eq!(chatgpt.call("send-message", text("+14155550101")).await["isError"], json!(null));
    let second = chatgpt.call("send-message", text("+14155550102")).await;
    assert_eq!(second["_meta"]["openphone-mcp/error"], "limit_reached", "{second}");
}

/// What the landing page's address builder makes is understood, and means what was ticked.
#[tokio::test]
async fn built_addresses_narrow() {
    let server = TestServer::start();
    let login = Login::with_key(&server, ALPHA).await;
    for (form, toolsets, read_only) in [
        ("", ALL, false),
        ("readonly=true", ALL, true),
        ("toolset=calls&toolset=messaging", "messaging,calls", false),
        ("toolset=tasks&readonly=true&inbox=PNlj9HqL54hB", "tasks", true),
    ] {
        let url = format!("{}/connect?{form}", server.url);
        let answer = client().get(url).header("accept", "application/json").send().await.unwrap();
        let steps: serde_json::Value = answer.json().await.unwrap();
        let address = steps["setup"]["address"].as_str().unwrap();
        let path = address.strip_prefix(&server.url).unwrap();
        let listed = Mcp::new(&server, &login.access_token).path(path).tools().await;
        assert_eq!(listed, tools_of(toolsets, read_only), "{form}");
    }
}
