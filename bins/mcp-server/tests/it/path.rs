//! The path of a newcomer, request by request: 401, discovery, registration, consent, tokens, a delivered text.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::login::{ALPHA, Consent, LoginRequest, client};
use crate::support::mcp::{LEGACY, MODERN};
use crate::support::{Login, Mcp, TestServer, listed};

/// A contact of the first workspace: fictional, and delivered to.
pub(crate) const CONTACT: &str = "+14155550101";

#[tokio::test]
async fn from_401_to_a_delivered_text() {
    let server = TestServer::start();
    let http = client();

    // 1. The tokenless request names the metadata, which names the authorization server, which names its endpoints.
    let response = http.post(server.mcp()).json(&json!({})).send().await.unwrap();
    assert_eq!(response.status(), 401);
    let challenge = response.headers()["www-authenticate"].to_str().unwrap().to_owned();
    assert!(!challenge.contains("error="), "{challenge}");
    let metadata = challenge.split("resource_metadata=\"").nth(1).unwrap().split('"').next().unwrap();
    let resource: Value = http.get(metadata).send().await.unwrap().json().await.unwrap();
    assert_eq!(resource["resource"], server.mcp());
    assert_eq!(resource["authorization_servers"], json!([server.url]));
    let issuer: Value = http
        .get(format!("{}/.well-known/oauth-authorization-server", server.url))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(issuer["issuer"], server.url);
    for (name, path) in [
        ("registration_endpoint", "/register"),
        ("authorization_endpoint", "/authorize"),
        ("token_endpoint", "/token"),
    ] {
        assert_eq!(issuer[name], format!("{}{path}", server.url));
    }

    // 2. and 3. Consent and tokens.
    let login = Login::with_key(&server, ALPHA).await;
    assert_eq!(login.scope, "openphone:read openphone:write");
    for text in [&login.location, &login.access_token, &login.refresh_token] {
        assert!(!text.contains(ALPHA), "the key is readable");
    }
    let next = login.refresh(&server).await;
    assert_ne!(next["refresh_token"].as_str().unwrap(), login.refresh_token);
    assert_ne!(next["access_token"].as_str().unwrap(), login.access_token);

    // 4. and 5. Both eras, and a text that arrives.
    for version in [MODERN, LEGACY, "2025-06-18", "2025-03-26"] {
        let mcp = Mcp::new(&server, next["access_token"].as_str().unwrap()).version(version);
        assert_eq!(mcp.tools().await, listed::all(), "{version}");
    }
    let mcp = Mcp::new(&server, next["access_token"].as_str().unwrap());
    let text = "Running ten minutes late, path test";
    server.keep_secret(text);
    let inbox = first_inbox(&mcp).await;
    let sent = mcp.output("send-message", json!({ "from": inbox, "to": CONTACT, "content": text })).await;
    assert_eq!(sent["status"], "queued", "{sent}");
    let delivered = delivered(&mcp, &inbox, text).await;
    assert_eq!(delivered["direction"], "outgoing");
}

/// The inbox to send from: a call that leaves it out where there are several is told which there are.
pub(crate) async fn first_inbox(mcp: &Mcp) -> String {
    let result = mcp.call("fetch-messages", json!({ "maxResults": 1 })).await;
    let text = result["content"][0]["text"].as_str().unwrap();
    assert_eq!(result["isError"], true, "{text}");
    let at = text.find("PN").expect(text);
    text[at..].chars().take_while(char::is_ascii_alphanumeric).collect()
}

/// Waits until the text is delivered, as a person would look again.
pub(crate) async fn delivered(mcp: &Mcp, inbox: &str, text: &str) -> Value {
    for _ in 0..100 {
        let found = mcp
            .output(
                "fetch-messages",
                json!({ "inbox": inbox, "participantPhoneNumber": CONTACT, "maxResults": 20 }),
            )
            .await;
        let message = found["messages"].as_array().unwrap().iter().find(|message| message["text"] == text);
        if let Some(message) = message.filter(|message| message["status"] == "delivered") {
            return message.clone();
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("the text was never delivered");
}

#[tokio::test]
async fn a_wrong_key_keeps_the_form() {
    let server = TestServer::start();
    let http = client();
    let consent = open_consent(&server, &http).await;
    server.keep_secret("a-wrong-key-for-the-test");
    let answer = consent
        .submit(&server, &http, &[("api_key", "a-wrong-key-for-the-test"), ("decision", "approve")])
        .await;
    assert!(answer.headers().get("location").is_none());
    let again = Consent::read(answer).await;
    assert!(again.html.contains("name=\"api_key\""), "{}", again.html);
    assert!(!again.html.contains("a-wrong-key-for-the-test"), "the key is echoed");

    // The same page still leads on.
    let answer = consent.submit(&server, &http, &[("api_key", ALPHA), ("decision", "approve")]).await;
    assert_eq!(answer.status(), 303);
}

#[tokio::test]
async fn checking_first_shows_the_account_and_denying_needs_no_key() {
    let server = TestServer::start();
    let http = client();
    let consent = open_consent(&server, &http).await;
    let checked = consent.submit(&server, &http, &[("api_key", ALPHA), ("decision", "check")]).await;
    let checked = Consent::read(checked).await;
    assert!(checked.html.contains("choice_access"), "{}", checked.html);
    assert!(!checked.html.contains(ALPHA), "the key is echoed");

    let denied = open_consent(&server, &http).await.submit(&server, &http, &[("decision", "deny")]).await;
    assert_eq!(denied.status(), 303);
    let location = denied.headers()["location"].to_str().unwrap();
    assert!(location.contains("error=access_denied") && location.contains("iss="), "{location}");
}

/// A consent page for a client on this computer.
pub(crate) async fn open_consent(server: &TestServer, http: &reqwest::Client) -> Consent {
    let registered: Value = http
        .post(format!("{}/register", server.url))
        .json(&json!({ "redirect_uris": ["http://127.0.0.1:9/callback"], "token_endpoint_auth_method": "none" }))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let query = [
        ("response_type", "code"),
        ("client_id", registered["client_id"].as_str().unwrap()),
        ("redirect_uri", "http://127.0.0.1:9/callback"),
        ("code_challenge_method", "S256"),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
    ];
    Consent::open(server, http, &query).await
}

#[tokio::test]
async fn chatgpt_sees_the_limited_set() {
    let limited = ["send-message", "fetch-messages", "fetch-call-transcripts"];
    let server = TestServer::start();

    // By its user agent, where the grant names no client that we know.
    let login = Login::with_key(&server, ALPHA).await;
    let by_agent = Mcp::new(&server, &login.access_token).user_agent("openai-mcp/1.0.0");
    assert_eq!(by_agent.tools().await, limited);
    let hidden = by_agent.request("tools/call", json!({ "name": "create-contact", "arguments": {} })).await;
    assert_eq!(hidden.body["error"]["code"], -32602, "{hidden:?}");

    // By its redirect host, whatever the user agent says.
    let request = LoginRequest {
        redirect_uri: "https://chatgpt.com/connector_platform_oauth_redirect",
        ..LoginRequest::new(ALPHA)
    };
    let login = request.run(&server).await;
    let by_host = Mcp::new(&server, &login.access_token).user_agent("Claude-User");
    assert_eq!(by_host.tools().await, limited);

    // Another client cannot be talked out of its whole list by a user agent.
    let request =
        LoginRequest { redirect_uri: "https://claude.ai/api/mcp/auth_callback", ..LoginRequest::new(ALPHA) };
    let login = request.run(&server).await;
    let claude = Mcp::new(&server, &login.access_token).user_agent("openai-mcp/1.0.0");
    assert_eq!(claude.tools().await, listed::all());
}

#[tokio::test]
async fn there_is_no_search_and_no_fetch_tool() {
    let server = TestServer::start();
    let login = Login::with_key(&server, ALPHA).await;
    let mcp = Mcp::new(&server, &login.access_token);
    for name in ["search", "fetch"] {
        let answer = mcp.request("tools/call", json!({ "name": name, "arguments": {} })).await;
        assert_eq!(answer.body["error"]["code"], -32602, "{answer:?}");
    }
}
