//! Events: each decision is told once, under a name that stays, and nothing of a person is in it.

use std::sync::{Arc, Mutex};

use http::Method;
use oauth_server::{CredentialError, Event, EventClient, Events, FetchError};

use crate::connections::{DAY, fingerprint, token};
use crate::documents::{APP, FakeHosts};
use crate::rig::{
    CLAUDE, ConsentPage, ISSUER, KEY, Rig, authorization, but, encode, json, redemption, request, settings,
};

#[derive(Default)]
struct Recorder(Mutex<Vec<Event>>);

impl Events for Recorder {
    fn record(&self, event: &Event) {
        self.0.lock().unwrap().push(*event);
    }
}

impl Recorder {
    /// What was told since the last time, as a metric would name it.
    fn take(&self) -> Vec<String> {
        let events = std::mem::take(&mut *self.0.lock().unwrap());
        events
            .iter()
            .map(|event| match event.reason() {
                "" => event.name().to_owned(),
                reason => format!("{} {reason}", event.name()),
            })
            .collect()
    }
}

fn rig() -> (Rig, Arc<Recorder>) {
    let recorder = Arc::new(Recorder::default());
    let mut counted = settings(ISSUER);
    counted.events = recorder.clone();
    (Rig::with(counted), recorder)
}

#[tokio::test]
async fn a_whole_life_is_told() {
    let (rig, events) = rig();
    let client = rig.client(&[CLAUDE]).await;
    assert_eq!(events.take(), ["registered"]);
    let code = rig.code(&client).await;
    assert_eq!(events.take(), ["consent_shown", "credential_checked works", "consent_given"]);
    let tokens = json(&rig.redeem(&client, &code).await);
    assert_eq!(events.take(), ["tokens_issued authorization_code"]);
    assert!(rig.works(&tokens).await);
    rig.server.authenticate(&http::HeaderMap::new(), "/mcp").await.unwrap_err();
    assert_eq!(events.take(), [""; 0]);
    let tokens = json(&rig.refresh(&client, token(&tokens, "refresh_token")).await);
    assert_eq!(events.take(), ["tokens_issued refresh_token"]);
    for (name, expected) in [
        ("access_token", &["revoked access_token"][..]),
        ("refresh_token", &["revoked connection", "grant_ended revoked_by_client"]),
    ] {
        rig.post("/revoke", &[("client_id", &client), ("token", token(&tokens, name))]).await;
        assert_eq!(events.take(), expected);
        rig.post("/revoke", &[("client_id", &client), ("token", token(&tokens, name))]).await;
        assert_eq!(events.take(), [""; 0], "said already");
    }
    assert!(!rig.works(&tokens).await);
    assert_eq!(events.take(), ["bearer_refused revoked"]);
    let page = rig.open_page(&authorization(&client, CLAUDE)).await;
    rig.submit(&page, &[("decision", "deny")]).await;
    assert_eq!(events.take(), ["consent_shown", "consent_denied"]);
}

/// Every reason for which a connection is not refreshed.
#[tokio::test]
async fn each_refusal_to_refresh_is_told_once() {
    let (rig, events) = rig();
    let client = rig.client(&[CLAUDE]).await;
    let other = rig.client(&[CLAUDE]).await;
    let refused = async |client: &str, token: &str, more: &[(&str, &str)]| {
        let mut form = vec![("grant_type", "refresh_token"), ("client_id", client), ("refresh_token", token)];
        form.extend_from_slice(more);
        events.take();
        rig.post("/token", &form).await;
        let told = events.take();
        let refusals: Vec<&String> = told.iter().filter(|it| it.starts_with("refresh_refused")).collect();
        assert_eq!(refusals.len(), 1, "{told:?}");
        refusals[0].strip_prefix("refresh_refused ").unwrap().to_owned()
    };
    let tokens = rig.login(&client).await;
    let good = token(&tokens, "refresh_token");
    assert_eq!(refused("unknown", good, &[]).await, "client_unknown");
    assert_eq!(refused(&client, "x", &[]).await, "refresh_unknown");
    assert_eq!(refused(&client, "", &[]).await, "invalid_request");
    assert_eq!(refused(&other, good, &[]).await, "refresh_other_client");
    assert_eq!(refused(&client, good, &[("scope", "x")]).await, "invalid_scope");
    assert_eq!(refused(&client, good, &[("resource", "https://other.example")]).await, "invalid_target");
    rig.store.set_down(true);
    assert_eq!(refused(&client, good, &[]).await, "store");
    rig.store.set_down(false);

    let mut newest = tokens.clone();
    for _ in 0..2 {
        newest = json(&rig.refresh(&client, token(&newest, "refresh_token")).await);
    }
    assert_eq!(refused(&client, good, &[]).await, "refresh_reused");
    assert_eq!(refused(&client, token(&newest, "refresh_token"), &[]).await, "refresh_reused");

    let tokens = rig.login(&client).await;
    rig.post("/revoke", &[("client_id", &client), ("token", token(&tokens, "refresh_token"))]).await;
    assert_eq!(refused(&client, token(&tokens, "refresh_token"), &[]).await, "revoked");

    let tokens = rig.login(&client).await;
    rig.advance(1);
    rig.service.answer(Some(CredentialError::Wrong));
    let dead = token(&tokens, "refresh_token");
    rig.advance(300);
    assert_eq!(refused(&client, dead, &[]).await, "credential_rejected");
    assert_eq!(refused(&client, dead, &[]).await, "credential_rejected");
    rig.service.answer(None);

    let code = rig.code(&client).await;
    let tokens = json(&rig.redeem(&client, &code).await);
    events.take();
    rig.redeem(&client, &code).await;
    assert_eq!(
        events.take(),
        ["revoked connection", "grant_ended code_replayed", "code_refused code_replayed"]
    );
    assert_eq!(refused(&client, token(&tokens, "refresh_token"), &[]).await, "code_replayed");

    let tokens = rig.login(&client).await;
    for _ in 0..60 {
        rig.refresh(&client, token(&tokens, "refresh_token")).await;
    }
    assert_eq!(refused(&client, token(&tokens, "refresh_token"), &[]).await, "too_many_refreshes");
    rig.advance(30 * DAY);
    assert_eq!(refused(&client, token(&tokens, "refresh_token"), &[]).await, "refresh_expired");
    let mut tokens = rig.login(&client).await;
    for _ in 0..8 {
        rig.advance(20 * DAY);
        tokens = json(&rig.refresh(&client, token(&tokens, "refresh_token")).await);
    }
    rig.advance(20 * DAY);
    assert_eq!(refused(&client, token(&tokens, "refresh_token"), &[]).await, "refresh_ended");

    let metadata = serde_json::json!({
        "redirect_uris": [CLAUDE], "token_endpoint_auth_method": "none", "grant_types": ["authorization_code"],
    });
    let plain = json(&rig.register(&metadata).await);
    let plain = plain["client_id"].as_str().unwrap();
    let tokens = rig.login(&client).await;
    // Its own token it never gets: another's is what it is refused for first.
    assert_eq!(refused(plain, token(&tokens, "refresh_token"), &[]).await, "refresh_other_client");

    let mut first = rig.login(&client).await;
    first = json(&rig.refresh(&client, token(&first, "refresh_token")).await);
    for _ in 0..256 {
        rig.advance(6);
        rig.login(&client).await;
    }
    assert_eq!(refused(&client, token(&first, "refresh_token"), &[]).await, "displaced");
}

#[tokio::test]
async fn each_refusal_of_a_code_or_a_token_request_is_told_once() {
    let (rig, events) = rig();
    let client = rig.client(&[CLAUDE]).await;
    let other = rig.client(&[CLAUDE]).await;
    let code = rig.code(&client).await;
    let good = redemption(&client, &code);
    for (form, expected) in [
        (but(good.clone(), "code", None), "code_refused invalid_request"),
        (but(good.clone(), "code", Some("opqac_x")), "code_refused code_unknown"),
        (but(good.clone(), "client_id", Some("x")), "code_refused client_unknown"),
        (but(good.clone(), "client_id", Some(&other)), "code_refused code_mismatch"),
        (but(good.clone(), "redirect_uri", Some("https://claude.ai/x")), "code_refused code_mismatch"),
        (but(good.clone(), "code_verifier", None), "code_refused verifier"),
        (but(good.clone(), "resource", Some("https://mcp.example.com/sse")), "code_refused invalid_target"),
        (but(good.clone(), "grant_type", None), "token_request_refused invalid_request"),
        (but(good.clone(), "grant_type", Some("password")), "token_request_refused unsupported_grant_type"),
        ([good.clone(), good.clone()].concat(), "token_request_refused invalid_request"),
    ] {
        events.take();
        rig.post("/token", &form).await;
        assert_eq!(events.take(), [expected], "{form:?}");
    }
    rig.send(request(Method::POST, "/token", &[], &"x".repeat(70_000))).await;
    assert_eq!(events.take(), ["token_request_refused too_large"]);
    rig.store.set_down(true);
    rig.redeem(&client, &code).await;
    assert_eq!(events.take(), ["code_refused store"]);
}

#[tokio::test]
async fn each_refusal_elsewhere_is_told_once() {
    let (rig, events) = rig();
    let client = rig.client(&[CLAUDE]).await;
    let good = authorization(&client, CLAUDE);
    events.take();
    for (query, expected) in [
        (but(good.clone(), "client_id", None), "error_page_shown client_missing"),
        (but(good.clone(), "client_id", Some("x")), "error_page_shown client_unknown"),
        (but(good.clone(), "redirect_uri", None), "error_page_shown redirect_missing"),
        (but(good.clone(), "redirect_uri", Some("x")), "error_page_shown redirect_malformed"),
        (
            but(good.clone(), "redirect_uri", Some("https://claude.ai/x")),
            "error_page_shown redirect_not_registered",
        ),
        (but(good.clone(), "state", Some(&"x".repeat(5000))), "error_page_shown state_too_long"),
        ([good.clone(), good.clone()].concat(), "error_page_shown duplicate_parameter"),
        (
            but(good.clone(), "response_type", Some("token")),
            "authorization_refused unsupported_response_type",
        ),
        (but(good.clone(), "scope", Some("\u{7f}")), "authorization_refused invalid_scope"),
    ] {
        rig.get(&format!("/authorize?{}", encode(&query))).await;
        assert_eq!(events.take(), [expected]);
    }
    for path in ["/authorize", "/connections"] {
        let open = async || {
            let page =
                if path == "/authorize" { rig.open_page(&good).await } else { rig.open_connections().await };
            events.take();
            page
        };
        let page = open().await;
        let headers = [("origin", "https://evil.example")];
        rig.post_with(path, &headers, &[("transaction", &page.transaction)]).await;
        assert_eq!(events.take(), ["error_page_shown cross_site"]);
        rig.submit_at(path, &ConsentPage { cookie: String::new(), ..open().await }, &[]).await;
        assert_eq!(events.take(), ["error_page_shown other_browser"]);
        rig.submit_at(path, &ConsentPage { transaction: "x".to_owned(), ..open().await }, &[]).await;
        assert_eq!(events.take(), ["error_page_shown form_not_ours"]);
        rig.send(request(Method::POST, path, &[], "x")).await;
        assert_eq!(events.take(), ["error_page_shown malformed_form"]);
        rig.send(request(Method::PUT, path, &[], "")).await;
        assert_eq!(events.take(), ["error_page_shown method"]);
        for (trouble, outcome) in [
            (Some(CredentialError::Wrong), "wrong"),
            (Some(CredentialError::Unavailable), "unavailable"),
            (Some(CredentialError::TimedOut), "timed_out"),
            (None, "works"),
        ] {
            rig.service.answer(trouble);
            rig.submit_at(path, &page, &[("api_key", KEY), ("decision", "check"), ("action", "show")]).await;
            assert_eq!(events.take(), [format!("credential_checked {outcome}")]);
        }
        rig.advance(600);
        rig.submit_at(path, &page, &[]).await;
        assert_eq!(events.take(), ["error_page_shown page_expired"]);
    }
    rig.register(&serde_json::json!({ "redirect_uris": [] })).await;
    assert_eq!(events.take(), ["registration_refused invalid_redirect_uri"]);
    rig.register(&serde_json::json!(7)).await;
    assert_eq!(events.take(), ["registration_refused invalid_client_metadata"]);
    rig.post("/revoke", &[("client_id", "x"), ("token", "x")]).await;
    assert_eq!(events.take(), ["revocation_refused client_unknown"]);
    for (token, path, expected) in [
        ("x", "/mcp", "bearer_refused not_authentic"),
        (&"x".repeat(9000), "/mcp", "bearer_refused malformed"),
    ] {
        rig.check(token, path).await.unwrap_err();
        assert_eq!(events.take(), [expected]);
    }
    rig.server.open_grant("x", "/mcp").await.unwrap_err();
    assert_eq!(events.take(), ["relayed_grant_refused not_authentic"]);
    rig.server.revoke_credential(fingerprint(&rig, KEY)).await.unwrap();
    assert_eq!(events.take(), ["revoked credential"]);
}

#[tokio::test]
async fn a_client_that_cannot_be_identified_is_told() {
    let hosts = FakeHosts::new();
    hosts.fail(APP, FetchError::Unreachable);
    let recorder = Arc::new(Recorder::default());
    let mut counted = settings(ISSUER);
    counted.events = recorder.clone();
    counted.client_documents = Some(hosts.clone());
    let rig = Rig::with(counted);
    rig.get(&format!("/authorize?{}", encode(&authorization(APP, CLAUDE)))).await;
    assert_eq!(recorder.take(), ["error_page_shown document_not_fetched"]);
    hosts.serve(APP, &"not JSON");
    rig.advance(60);
    rig.get(&format!("/authorize?{}", encode(&authorization(APP, CLAUDE)))).await;
    assert_eq!(recorder.take(), ["error_page_shown document_malformed"]);
}

/// N3: names and reasons come from a closed set of words, so that no metric can carry a secret or grow.
#[tokio::test]
async fn no_event_says_anything_of_anybody() {
    let (rig, events) = rig();
    let client = rig.client(&[CLAUDE]).await;
    rig.login(&client).await;
    let page = rig.open_connections().await;
    rig.submit_at("/connections", &page, &[("api_key", KEY), ("action", KEY)]).await;
    rig.post("/token", &[("grant_type", KEY), ("client_id", KEY), ("refresh_token", KEY)]).await;
    rig.check(KEY, "/mcp").await.unwrap_err();
    let told = events.take();
    assert!(told.len() >= 6, "{told:?}");
    for label in told {
        assert!(label.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c == ' '), "{label}");
    }
}

/// What an embedder hears of the client, to sort it into a kind.
#[derive(Default)]
struct Clients(Mutex<Vec<String>>);

impl Events for Clients {
    fn record(&self, event: &Event) {
        self.0.lock().unwrap().push(event.name().to_owned());
    }

    fn record_of(&self, event: &Event, client: &EventClient<'_>) {
        let EventClient { redirect_host, registration, user_agent, age, .. } = client;
        let days = age.map(|age| age.as_secs() / DAY);
        let told = format!("{} {redirect_host:?} {registration:?} {user_agent:?} {days:?}", event.name());
        self.0.lock().unwrap().push(told);
    }
}

#[tokio::test]
async fn steps_are_told_with_their_client() {
    let recorder = Arc::new(Clients::default());
    let mut counted = settings(ISSUER);
    counted.events = recorder.clone();
    let rig = Rig::with(counted);
    let client = rig.client(&[CLAUDE]).await;
    let tokens = rig.login(&client).await;
    rig.advance(3 * DAY);
    let tokens = json(&rig.refresh(&client, token(&tokens, "refresh_token")).await);
    rig.post("/revoke", &[("client_id", &client), ("token", token(&tokens, "refresh_token"))]).await;
    let told = std::mem::take(&mut *recorder.0.lock().unwrap());
    assert_eq!(
        told,
        [
            "registered Some(\"claude.ai\") Some(\"dynamic\") None None",
            "consent_shown Some(\"claude.ai\") Some(\"dynamic\") None None",
            "credential_checked",
            "consent_given Some(\"claude.ai\") Some(\"dynamic\") None None",
            "tokens_issued Some(\"claude.ai\") Some(\"dynamic\") None None",
            "tokens_issued Some(\"claude.ai\") Some(\"dynamic\") None Some(3)",
            "revoked",
            "grant_ended Some(\"claude.ai\") Some(\"dynamic\") None Some(3)",
        ]
    );
}
