//! Connections that do not die, and stolen tokens that do.

use std::sync::Arc;

use http::StatusCode;
use oauth_server::CredentialError;
use serde_json::Value;

use crate::rig::{CLAUDE, Rig, header, json, outcome};

const DAY: u64 = 24 * 60 * 60;

fn refresh_token(tokens: &Value) -> &str {
    tokens["refresh_token"].as_str().expect("a refresh token")
}

async fn refreshed(rig: &Rig, client: &str, tokens: &Value) -> Value {
    let response = rig.refresh(client, refresh_token(tokens)).await;
    assert_eq!(response.status(), StatusCode::OK, "{}", outcome(&response));
    json(&response)
}

#[tokio::test]
async fn g1_p4_each_refresh_rotates() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let mut tokens = rig.login(&client).await;
    for _ in 0..5 {
        rig.advance(3600);
        assert!(!rig.works(&tokens).await, "an access token lives an hour");
        let next = refreshed(&rig, &client, &tokens).await;
        assert_ne!(refresh_token(&next), refresh_token(&tokens));
        assert!(rig.works(&next).await);
        tokens = next;
    }
}

/// Known failure 21 (parallel sessions of one client).
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn g2_parallel_refreshes_all_succeed() {
    let rig = Arc::new(Rig::new());
    let second = Arc::new(rig.second_instance());
    let client = rig.client(&[CLAUDE]).await;
    let tokens = rig.login(&client).await;
    let attempts: Vec<_> = (0..8)
        .map(|n| {
            let rig = if n % 2 == 0 { rig.clone() } else { second.clone() };
            let (client, tokens) = (client.clone(), tokens.clone());
            tokio::spawn(async move { refreshed(&rig, &client, &tokens).await })
        })
        .collect();
    let mut answers = Vec::new();
    for attempt in attempts {
        answers.push(attempt.await.unwrap());
    }
    for answer in &answers {
        assert!(rig.works(answer).await);
    }
    // They all hold the same token in another wrapping: each of them can go on, one after the other.
    for answer in &answers {
        assert_eq!(outcome(&rig.refresh(&client, refresh_token(answer)).await), "200");
    }
}

#[tokio::test]
async fn g3_a_lost_answer_costs_no_login() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let tokens = rig.login(&client).await;
    refreshed(&rig, &client, &tokens).await;
    rig.advance(3600);
    let again = refreshed(&rig, &client, &tokens).await;
    assert!(rig.works(&again).await);
    rig.advance(3600);
    refreshed(&rig, &client, &again).await;
}

#[tokio::test]
async fn g4_an_older_token_revokes_the_family() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let first = rig.login(&client).await;
    let second = refreshed(&rig, &client, &first).await;
    let third = refreshed(&rig, &client, &second).await;
    assert!(rig.works(&third).await);
    rig.advance(300);
    let asked = rig.service.asked();
    assert_eq!(outcome(&rig.refresh(&client, refresh_token(&first)).await), "400 invalid_grant");
    assert!(!rig.works(&third).await);
    assert_eq!(outcome(&rig.refresh(&client, refresh_token(&third)).await), "400 invalid_grant");
    assert_eq!(rig.service.asked(), asked, "a token that leads nowhere is not worth a call to the service");
}

/// A thief and the owner never both stay: whoever comes later with a token from the cut branch ends the family.
#[tokio::test]
async fn g4_a_thief_and_the_owner_do_not_both_stay() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let stolen = rig.login(&client).await;
    let owners = refreshed(&rig, &client, &stolen).await;
    rig.advance(3600);
    let thiefs = refreshed(&rig, &client, &stolen).await;
    assert_eq!(outcome(&rig.refresh(&client, refresh_token(&owners)).await), "400 invalid_grant");
    assert_eq!(outcome(&rig.refresh(&client, refresh_token(&thiefs)).await), "400 invalid_grant");
    assert!(!rig.works(&thiefs).await);
}

#[tokio::test]
async fn g5_dead_tokens_and_dead_clients_have_their_own_codes() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let tokens = rig.login(&client).await;
    for dead in ["garbage", "opqrt_k1_AAAA", tokens["access_token"].as_str().unwrap()] {
        assert_eq!(outcome(&rig.refresh(&client, dead).await), "400 invalid_grant");
    }
    assert_eq!(outcome(&rig.refresh("unknown", refresh_token(&tokens)).await), "401 invalid_client");
    assert_eq!(outcome(&rig.refresh(&client, "").await), "400 invalid_request");
}

#[tokio::test]
async fn g6_another_client_changes_nothing() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let other = rig.client(&[CLAUDE]).await;
    let tokens = rig.login(&client).await;
    assert_eq!(outcome(&rig.refresh(&other, refresh_token(&tokens)).await), "400 invalid_grant");
    assert!(rig.works(&tokens).await);
    refreshed(&rig, &client, &tokens).await;
}

#[tokio::test]
async fn g7_g8_scope_shrinks_and_the_resource_stays() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let mut tokens = rig.login(&client).await;
    for (name, value, expected) in [
        ("scope", "example:read", Ok("example:read")),
        ("scope", "example:read offline_access", Ok("example:read")),
        ("scope", "", Ok("example:read example:write")),
        ("scope", "example:admin", Ok("example:read example:write")),
        ("scope", "unknown", Err("400 invalid_scope")),
        ("scope", "a\"b", Err("400 invalid_scope")),
        ("resource", "https://mcp.example.com/mcp", Ok("example:read example:write")),
        ("resource", "https://mcp.example.com/sse", Err("400 invalid_target")),
        ("resource", "https://evil.example/", Err("400 invalid_target")),
    ] {
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", client.as_str()),
            ("refresh_token", refresh_token(&tokens)),
            (name, value),
        ];
        let response = rig.post("/token", &form).await;
        match expected {
            Ok(scope) => {
                assert_eq!(outcome(&response), "200", "{name} {value}");
                let next = json(&response);
                assert_eq!(next["scope"], scope);
                let grant = rig.check(next["access_token"].as_str().unwrap(), "/mcp").await.unwrap();
                assert_eq!(grant.scopes.join(" "), scope);
                tokens = next;
            }
            // Refused before anything was used up: the same token goes on to the next case.
            Err(error) => assert_eq!(outcome(&response), error, "{name} {value}"),
        }
    }
}

#[tokio::test]
async fn g9_thirty_days_unused_and_a_hundred_and_eighty_in_all() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    for (seconds, expected) in
        [(30 * DAY - 1, "200"), (30 * DAY, "400 invalid_grant"), (30 * DAY + 1, "400 invalid_grant")]
    {
        let tokens = rig.login(&client).await;
        rig.advance(seconds);
        assert_eq!(outcome(&rig.refresh(&client, refresh_token(&tokens)).await), expected, "{seconds}");
    }
    let mut tokens = rig.login(&client).await;
    for _ in 0..8 {
        rig.advance(20 * DAY);
        tokens = refreshed(&rig, &client, &tokens).await;
    }
    rig.advance(20 * DAY - 60);
    tokens = refreshed(&rig, &client, &tokens).await;
    assert_eq!(tokens["expires_in"], 60, "an access token does not outlive its connection");
    rig.advance(60);
    assert_eq!(outcome(&rig.refresh(&client, refresh_token(&tokens)).await), "400 invalid_grant");
}

#[tokio::test]
async fn g10_the_service_is_asked_again_now_and_then() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let mut tokens = rig.login(&client).await;
    let asked = rig.service.asked();
    for trouble in [
        CredentialError::RateLimited { retry_after: None },
        CredentialError::Unavailable,
        CredentialError::TimedOut,
        CredentialError::Forbidden,
    ] {
        rig.service.answer(Some(trouble));
        tokens = refreshed(&rig, &client, &tokens).await;
        tokens = refreshed(&rig, &client, &tokens).await;
        rig.advance(300);
    }
    assert_eq!(rig.service.asked(), asked + 4, "once in five minutes");

    rig.service.answer(Some(CredentialError::Wrong));
    assert_eq!(outcome(&rig.refresh(&client, refresh_token(&tokens)).await), "400 invalid_grant");
    assert!(!rig.works(&tokens).await);
    // It stays dead without another question, and a new login with the same key is alive.
    let asked = rig.service.asked();
    assert_eq!(outcome(&rig.refresh(&client, refresh_token(&tokens)).await), "400 invalid_grant");
    assert_eq!(rig.service.asked(), asked);
    rig.service.answer(None);
    rig.advance(1);
    let tokens = rig.login(&client).await;
    assert!(rig.works(&tokens).await);
    refreshed(&rig, &client, &tokens).await;
}

/// After a restart with an empty store the connections go on.
#[tokio::test]
async fn families_that_the_store_lost_are_adopted() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let tokens = refreshed(&rig, &client, &rig.login(&client).await).await;
    let restarted = rig.same_keys(crate::rig::settings(crate::rig::ISSUER));
    assert!(restarted.works(&tokens).await);
    let next = refreshed(&restarted, &client, &tokens).await;
    refreshed(&restarted, &client, &next).await;
}

#[tokio::test]
async fn a_store_that_is_down_costs_no_login() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let tokens = rig.login(&client).await;
    rig.store.set_down(true);
    let response = rig.refresh(&client, refresh_token(&tokens)).await;
    assert_eq!(outcome(&response), "503 temporarily_unavailable");
    assert_eq!(header(&response, "retry-after"), "2");
    rig.store.set_down(false);
    refreshed(&rig, &client, &tokens).await;
}

/// A client that refreshes in a loop is slowed down; no client may take that as the end of its login.
#[tokio::test]
async fn refreshing_in_a_loop_is_a_503_that_uses_nothing_up() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let other = rig.login(&client).await;
    let mut tokens = rig.login(&client).await;
    for _ in 0..60 {
        tokens = json(&rig.refresh(&client, tokens["refresh_token"].as_str().unwrap()).await);
    }
    let refresh_token = tokens["refresh_token"].as_str().unwrap();
    let refused = rig.refresh(&client, refresh_token).await;
    assert_eq!(outcome(&refused), "503 temporarily_unavailable");
    assert_eq!(header(&refused, "retry-after"), "1");
    assert_eq!(outcome(&rig.refresh(&client, other["refresh_token"].as_str().unwrap()).await), "200");
    assert!(rig.works(&tokens).await);
    rig.advance(1);
    assert_eq!(outcome(&rig.refresh(&client, refresh_token).await), "200");
}

/// A head that went before its token would let a revoked family be adopted again, as after the loss of a store.
#[tokio::test]
async fn g8_a_revoked_family_stays_so_when_the_stores_clock_is_ahead() {
    let (rig, stores) = Rig::with_two_clocks();
    let client = rig.client(&[CLAUDE]).await;
    let tokens = rig.login(&client).await;
    let revoked = rig.post("/revoke", &[("token", refresh_token(&tokens)), ("client_id", &client)]).await;
    assert_eq!(revoked.status(), StatusCode::OK);
    let almost = 30 * DAY - 60;
    rig.advance(almost);
    stores.advance(std::time::Duration::from_secs(almost + 50 * 60));
    let refused = rig.refresh(&client, refresh_token(&tokens)).await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST, "{}", outcome(&refused));
}
