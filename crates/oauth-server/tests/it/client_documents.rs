//! Clients whose id is the URL of their metadata: from the page to the tokens, and everything a document can do wrong.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use oauth_server::{FetchError, Settings};
use serde_json::{Value, json};

use crate::documents::{APP, CLAUDE_DOCUMENT, FakeHosts, document};
use crate::rig::{
    CLAUDE, ISSUER, KEY, Rig, authorization, but, encode, json, location, outcome, parameter, redemption,
    settings, text,
};

fn with_hosts(hosts: &Arc<FakeHosts>) -> Settings {
    let mut settings = settings(ISSUER);
    settings.client_documents = Some(hosts.clone());
    settings
}

fn rig(hosts: &Arc<FakeHosts>) -> Rig {
    Rig::with(with_hosts(hosts))
}

async fn authorize(rig: &Rig, client_id: &str, redirect_uri: &str) -> http::Response<bytes::Bytes> {
    rig.get(&format!("/authorize?{}", encode(&authorization(client_id, redirect_uri)))).await
}

#[tokio::test]
async fn a4_the_flag_follows_the_switch() {
    let on = rig(&FakeHosts::new());
    let off = Rig::new();
    let path = "/.well-known/oauth-authorization-server";
    let (on, off) = (json(&on.get(path).await), json(&off.get(path).await));
    assert_eq!(on["client_id_metadata_document_supported"], json!(true));
    assert_eq!(
        on["token_endpoint_auth_methods_supported"],
        json!(["none", "client_secret_basic", "client_secret_post", "private_key_jwt"])
    );
    assert_eq!(on["token_endpoint_auth_signing_alg_values_supported"], json!(["RS256", "ES256"]));
    for name in ["client_id_metadata_document_supported", "token_endpoint_auth_signing_alg_values_supported"]
    {
        assert!(off.get(name).is_none(), "{name}");
    }
    assert!(!off.to_string().contains("private_key_jwt"));
}

#[tokio::test]
async fn a4_i2_without_the_switch_and_for_other_ids_nothing_is_fetched() {
    let hosts = FakeHosts::new();
    hosts.serve(APP, &document(APP, &[CLAUDE]));
    let off = Rig::new();
    assert_eq!(outcome(&authorize(&off, APP, CLAUDE).await), "400 page");
    let on = rig(&hosts);
    for id in [
        "http://app.example.com/oauth/client.json",
        "https://10.0.0.1/client",
        "https://app.example.com",
        "opqcl_k1_x",
    ] {
        assert_eq!(outcome(&authorize(&on, id, CLAUDE).await), "400 page", "{id}");
        assert_eq!(outcome(&on.post("/token", &redemption(id, "x")).await), "401 invalid_client", "{id}");
    }
    assert_eq!(hosts.fetches(), 0);
}

#[tokio::test]
async fn a_whole_connection_by_document() {
    let hosts = FakeHosts::new();
    hosts.serve(CLAUDE_DOCUMENT, &document(CLAUDE_DOCUMENT, &[CLAUDE]));
    let rig = rig(&hosts);
    let tokens = rig.login(CLAUDE_DOCUMENT).await;
    assert!(rig.works(&tokens).await);
    let grant = rig.check(tokens["access_token"].as_str().unwrap(), "/mcp").await.unwrap();
    assert_eq!(grant.client.document_host.as_deref(), Some("claude.ai"));
    assert_eq!(grant.client.redirect_host, "claude.ai");
    let refreshed = rig.refresh(CLAUDE_DOCUMENT, tokens["refresh_token"].as_str().unwrap()).await;
    assert_eq!(refreshed.status(), StatusCode::OK, "{}", text(&refreshed));
    let form = [("client_id", CLAUDE_DOCUMENT), ("token", tokens["refresh_token"].as_str().unwrap())];
    assert_eq!(rig.post("/revoke", &form).await.status(), StatusCode::OK);
    assert!(!rig.works(&json(&refreshed)).await);
    assert_eq!(hosts.fetches(), 1);
}

#[tokio::test]
async fn e1_e2_i13_the_page_says_who_vouches_for_the_client() {
    let hosts = FakeHosts::new();
    hosts.serve(CLAUDE_DOCUMENT, &document(CLAUDE_DOCUMENT, &[CLAUDE, "http://127.0.0.1/callback"]));
    hosts.serve(APP, &document(APP, &[CLAUDE]));
    let rig = rig(&hosts);
    let own = text(&authorize(&rig, CLAUDE_DOCUMENT, CLAUDE).await);
    assert!(own.contains("<dt>Described at</dt><dd><strong>claude.ai</strong> <small"), "{own}");
    let local = text(&authorize(&rig, CLAUDE_DOCUMENT, "http://127.0.0.1:4711/callback").await);
    assert!(local.contains("<dt>Described at</dt><dd><strong>claude.ai</strong></dd>"), "{local}");
    assert!(local.contains("This app runs on your computer"));
    // Somebody else's document may name Claude's callback: the headline is where the code goes.
    let other = text(&authorize(&rig, APP, CLAUDE).await);
    assert!(other.contains("<h1>Let claude.ai use"), "{other}");
    assert!(other.contains("<dt>Described at</dt><dd><strong>app.example.com</strong></dd>"), "{other}");
}

#[tokio::test]
async fn d1_d2_e20_a_document_gives_no_trust_to_a_redirect_uri() {
    let hosts = FakeHosts::new();
    let evil = "https://app.example.com/callback";
    hosts.serve(APP, &document(APP, &[evil, CLAUDE, "http://localhost/callback", "cursor://x/callback"]));
    let rig = rig(&hosts);
    for (uri, expected) in [
        (CLAUDE, "200 page"),
        ("http://localhost:51234/callback", "200 page"),
        ("cursor://x/callback", "200 page"),
        // In the document, on the host of the document, and still nobody we know.
        (evil, "400 page"),
        ("http://localhost:51234/callback/", "400 page"),
        ("http://127.0.0.1:51234/callback", "400 page"),
        ("https://claude.ai/api/mcp/auth_callback?x=1", "400 page"),
        ("https://chatgpt.com/connector_platform_oauth_redirect", "400 page"),
    ] {
        let response = authorize(&rig, APP, uri).await;
        let shown =
            if response.status() == StatusCode::OK { "200 page".to_owned() } else { outcome(&response) };
        assert_eq!(shown, expected, "{uri}");
        assert!(location(&response).is_empty());
    }
}

#[tokio::test]
async fn i3_i4_i5_i6_i10_i15_faults_are_told_to_people_by_host_and_kind_alone() {
    let hosts = FakeHosts::new();
    let secret = json!({ "client_id": APP, "redirect_uris": [CLAUDE], "client_secret": "canary-secret" });
    let mismatch = document("https://other.example/client.json", &[CLAUDE]);
    let nowhere = document(APP, &["http://app.example.com/x"]);
    let big = format!("{}{}", document(APP, &[CLAUDE]), " ".repeat(5 * 1024));
    let cases: Vec<(Result<String, FetchError>, &str)> = vec![
        (Err(FetchError::Unreachable), "could not be fetched"),
        // The page must not tell an address of the network from a host that is down.
        (Err(FetchError::Refused), "could not be fetched"),
        (Err(FetchError::TimedOut), "could not be fetched"),
        (Err(FetchError::Status(StatusCode::NOT_FOUND)), "could not be fetched"),
        (Err(FetchError::Redirected), "another address"),
        (Ok("<!doctype html>".to_owned()), "malformed or too long"),
        (Ok(big), "malformed or too long"),
        (Ok(mismatch.to_string()), "that of another app"),
        (Ok(nowhere.to_string()), "no address to which an answer"),
        (Ok(secret.to_string()), "holds a secret"),
        (
            Ok(json!({ "client_id": APP, "redirect_uris": [CLAUDE], "token_endpoint_auth_method": "x" })
                .to_string()),
            "a way of signing in",
        ),
    ];
    let rig = rig(&hosts);
    for (answer, words) in cases {
        match &answer {
            Ok(body) => hosts.serve(APP, &body),
            Err(error) => hosts.fail(APP, error.clone()),
        }
        rig.advance(31);
        let response = authorize(&rig, APP, CLAUDE).await;
        let page = text(&response);
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        assert!(page.contains("app.example.com") && page.contains(words), "{answer:?}: {page}");
        assert!(
            !page.contains("canary-secret")
                && !page.contains("href=\"https://app")
                && location(&response).is_empty()
        );
    }
    // A failure is not tried again at once, and once its host is well, so is the client.
    hosts.serve(APP, &document(APP, &[CLAUDE]));
    let before = hosts.fetches();
    assert_eq!(authorize(&rig, APP, CLAUDE).await.status(), StatusCode::BAD_REQUEST);
    assert_eq!(hosts.fetches(), before);
    rig.advance(30);
    assert_eq!(authorize(&rig, APP, CLAUDE).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn i11_documents_are_cached() {
    let hosts = FakeHosts::new();
    hosts.serve_for(APP, &document(APP, &[CLAUDE]), Some(Duration::ZERO));
    let rig = rig(&hosts);
    for (after, fetches) in [(0, 1), (59, 1), (1, 2), (59, 2), (60, 3)] {
        rig.advance(after);
        assert_eq!(authorize(&rig, APP, CLAUDE).await.status(), StatusCode::OK);
        assert_eq!(hosts.fetches(), fetches, "after {after} s more");
    }
    // The host goes down: what was good is used.
    hosts.fail(APP, FetchError::Unreachable);
    rig.advance(3 * 24 * 60 * 60);
    assert_eq!(authorize(&rig, APP, CLAUDE).await.status(), StatusCode::OK);
    // And what it takes back is taken back.
    hosts.serve(APP, &document(APP, &["http://localhost/callback"]));
    rig.advance(31);
    assert_eq!(authorize(&rig, APP, CLAUDE).await.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn i12_the_large_clients_connect_when_their_hosts_send_challenges() {
    let hosts = FakeHosts::new();
    let rig = rig(&hosts);
    for (client_id, redirect_uri) in [
        (CLAUDE_DOCUMENT, CLAUDE),
        ("https://claude.ai/oauth/claude-code-client-metadata", "http://localhost:3118/callback"),
        ("https://chatgpt.com/oauth/client.json", "https://chatgpt.com/connector_platform_oauth_redirect"),
        ("https://chatgpt.com/oauth/codex/client.json", "http://127.0.0.1:5555/callback"),
        ("https://vscode.dev/oauth/client-metadata.json", "http://127.0.0.1:33418/"),
        ("https://vscode.dev/oauth/client-metadata.json", "https://vscode.dev/redirect"),
        ("https://grok.com/oauth/mcp-client.json", "https://grok.com/connectors-oauth-exchange-code/"),
        ("https://cursor.com/oauth/mcp-client.json", "http://localhost:8787/callback"),
        ("https://zed.dev/oauth/client-metadata.json", "http://127.0.0.1:1/callback"),
        ("https://opencode.ai/oauth/opencode/client.json", "http://localhost:19876/callback"),
    ] {
        for answer in [Err(FetchError::Status(StatusCode::FORBIDDEN)), Ok("<html>Just a moment...</html>")] {
            match answer {
                Ok(page) => hosts.serve(client_id, &page),
                Err(error) => hosts.fail(client_id, error),
            }
            rig.advance(61);
            let url = rig.approve(&but(authorization(client_id, redirect_uri), "state", Some("s"))).await;
            assert!(url.starts_with(redirect_uri), "{url}");
            let code = parameter(&url, "code").expect("a code");
            let form = but(redemption(client_id, &code), "redirect_uri", Some(redirect_uri));
            let response = rig.post("/token", &form).await;
            assert_eq!(response.status(), StatusCode::OK, "{client_id}: {}", text(&response));
        }
        // A document that can be had counts before what is known of it.
        let elsewhere = document(client_id, &["http://localhost/elsewhere"]);
        hosts.serve_for(client_id, &elsewhere, Some(Duration::ZERO));
        rig.advance(61);
        assert_eq!(
            authorize(&rig, client_id, redirect_uri).await.status(),
            StatusCode::BAD_REQUEST,
            "{client_id}"
        );
        // What is pinned is nobody else's: not at another address of the same host.
        let other = format!("{client_id}x");
        assert_eq!(authorize(&rig, &other, redirect_uri).await.status(), StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn i14_one_host_is_not_asked_without_end() {
    let hosts = FakeHosts::new();
    let rig = rig(&hosts);
    for n in 0..40 {
        let id = format!("https://app.example.com/{n}");
        hosts.serve(&id, &document(&id, &[CLAUDE]));
        let expected = if n < 10 { StatusCode::OK } else { StatusCode::BAD_REQUEST };
        assert_eq!(authorize(&rig, &id, CLAUDE).await.status(), expected, "{n}");
    }
    assert_eq!(hosts.fetches(), 10);
    // Others are not affected.
    let id = "https://another.example.com/client";
    hosts.serve(id, &document(id, &[CLAUDE]));
    assert_eq!(authorize(&rig, id, CLAUDE).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn i16_revoking_one_connection_of_a_shared_client_leaves_the_others() {
    let hosts = FakeHosts::new();
    hosts.serve(APP, &document(APP, &[CLAUDE]));
    let rig = rig(&hosts);
    let (one, other) = (rig.login(APP).await, rig.login(APP).await);
    let form = [("client_id", APP), ("token", one["refresh_token"].as_str().unwrap())];
    assert_eq!(rig.post("/revoke", &form).await.status(), StatusCode::OK);
    assert!(!rig.works(&one).await);
    assert!(rig.works(&other).await);
    assert_eq!(rig.refresh(APP, other["refresh_token"].as_str().unwrap()).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn i17_tokens_need_no_document() {
    let hosts = FakeHosts::new();
    hosts.serve(APP, &document(APP, &[CLAUDE]));
    let rig = rig(&hosts);
    let code = rig.code(APP).await;
    hosts.fail(APP, FetchError::Unreachable);
    // Another instance has never seen the document, and its cache is empty.
    let second = rig.second_instance();
    let response = second.redeem(APP, &code).await;
    assert_eq!(response.status(), StatusCode::OK, "{}", text(&response));
    let tokens: Value = json(&response);
    assert_eq!(second.refresh(APP, tokens["refresh_token"].as_str().unwrap()).await.status(), StatusCode::OK);
    assert_eq!(hosts.fetches(), 1);
}

#[tokio::test]
async fn a_client_with_a_document_has_no_secret() {
    let hosts = FakeHosts::new();
    hosts.serve(APP, &document(APP, &[CLAUDE]));
    let rig = rig(&hosts);
    let code = rig.code(APP).await;
    let mut form = redemption(APP, &code);
    form.push(("client_secret", KEY));
    assert_eq!(outcome(&rig.post("/token", &form).await), "401 invalid_client");
    // Its id has a colon, which Basic credentials carry encoded.
    let basic = base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        format!("{}:secret", APP.replace(':', "%3A").replace('/', "%2F")),
    );
    let headers = [("authorization", format!("Basic {basic}"))];
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let form = but(redemption(APP, &code), "client_id", None);
    let response = rig.post_with("/token", &headers, &form).await;
    assert_eq!(outcome(&response), "401 invalid_client");
    assert!(response.headers().contains_key("www-authenticate"));
    // The code is still good.
    assert_eq!(rig.redeem(APP, &code).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_client_without_refresh_tokens_gets_none() {
    let hosts = FakeHosts::new();
    let mut once = document(APP, &[CLAUDE]);
    once["grant_types"] = json!(["authorization_code"]);
    hosts.serve(APP, &once);
    let tokens = rig(&hosts).login(APP).await;
    assert!(tokens.get("refresh_token").is_none());
}
