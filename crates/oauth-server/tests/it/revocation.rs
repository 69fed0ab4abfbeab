//! Revocation: what it ends, what it leaves alone, and how fast it is known.

use http::StatusCode;
use serde_json::Value;
use state_store::Store as _;

use crate::rig::{CLAUDE, Rig, json, outcome};

async fn revoke(rig: &Rig, client: &str, token: &str, hint: Option<&str>) -> String {
    let mut form = vec![("client_id", client), ("token", token)];
    form.extend(hint.map(|hint| ("token_type_hint", hint)));
    outcome(&rig.post("/revoke", &form).await)
}

fn token<'a>(tokens: &'a Value, name: &str) -> &'a str {
    tokens[name].as_str().expect("a token")
}

#[tokio::test]
async fn j1_any_token_is_200_and_any_client_must_be_known() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    for garbage in ["x", "opqat_k1_AAAA", "opqrt__", &"x".repeat(5000)] {
        assert_eq!(revoke(&rig, &client, garbage, None).await, "200");
    }
    assert_eq!(revoke(&rig, "unknown", "x", None).await, "401 invalid_client");
    assert_eq!(revoke(&rig, &client, "", None).await, "400 invalid_request");
    assert_eq!(rig.get("/revoke").await.status(), StatusCode::METHOD_NOT_ALLOWED);
    let tokens = rig.login(&client).await;
    rig.advance(3600);
    assert_eq!(revoke(&rig, &client, token(&tokens, "access_token"), None).await, "200");
}

#[tokio::test]
async fn j2_another_clients_token_is_left_alone() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let other = rig.client(&[CLAUDE]).await;
    let tokens = rig.login(&client).await;
    for name in ["access_token", "refresh_token"] {
        assert_eq!(revoke(&rig, &other, token(&tokens, name), None).await, "200");
    }
    assert!(rig.works(&tokens).await);
    assert_eq!(outcome(&rig.refresh(&client, token(&tokens, "refresh_token")).await), "200");
}

#[tokio::test]
async fn j3_j4_a_refresh_token_takes_all_an_access_token_itself() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    for hint in [None, Some("access_token"), Some("refresh_token"), Some("nonsense")] {
        let tokens = rig.login(&client).await;
        assert_eq!(revoke(&rig, &client, token(&tokens, "access_token"), hint).await, "200");
        assert!(!rig.works(&tokens).await, "{hint:?}");
        let tokens = json(&rig.refresh(&client, token(&tokens, "refresh_token")).await);
        assert!(rig.works(&tokens).await, "{hint:?}");
        assert_eq!(revoke(&rig, &client, token(&tokens, "refresh_token"), hint).await, "200");
        assert!(!rig.works(&tokens).await, "{hint:?}");
        let response = rig.refresh(&client, token(&tokens, "refresh_token")).await;
        assert_eq!(outcome(&response), "400 invalid_grant", "{hint:?}");
    }
    // Two connections of one client: one ends, the other goes on.
    let (one, two) = (rig.login(&client).await, rig.login(&client).await);
    revoke(&rig, &client, token(&one, "refresh_token"), None).await;
    assert!(!rig.works(&one).await);
    assert!(rig.works(&two).await);
}

#[tokio::test]
async fn a_revocation_reaches_the_other_instance_within_a_second() {
    let rig = Rig::new();
    let second = rig.second_instance();
    let client = rig.client(&[CLAUDE]).await;
    let tokens = rig.login(&client).await;
    let kept = rig.login(&client).await;
    assert!(second.works(&tokens).await);
    revoke(&rig, &client, token(&tokens, "refresh_token"), None).await;
    assert!(!rig.works(&tokens).await, "at once where it was made");
    rig.advance(1);
    assert!(!second.works(&tokens).await);
    assert!(second.works(&kept).await);

    // An instance that starts later knows as well.
    assert!(!rig.second_instance().works(&tokens).await);
}

#[tokio::test]
async fn checks_go_on_for_a_minute_without_the_store() {
    let rig = Rig::new();
    let second = rig.second_instance();
    let client = rig.client(&[CLAUDE]).await;
    let tokens = rig.login(&client).await;
    assert!(rig.works(&tokens).await);
    rig.store.set_down(true);
    for seconds in [0, 30, 30] {
        rig.advance(seconds);
        assert!(rig.works(&tokens).await);
    }
    rig.advance(1);
    let access_token = token(&tokens, "access_token");
    let challenge = rig.check(access_token, "/mcp").await.unwrap_err();
    assert_eq!(outcome(&challenge.response()), "503 temporarily_unavailable");
    // An instance that never read the revocations lets nobody in.
    let challenge = second.check(access_token, "/mcp").await.unwrap_err();
    assert_eq!(challenge.refusal(), oauth_server::Refusal::Unavailable);
    rig.store.set_down(false);
    rig.advance(1);
    assert!(rig.works(&tokens).await);
    assert!(second.works(&tokens).await);
}

#[tokio::test]
async fn a_revocation_that_could_not_be_stored_says_so() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let tokens = rig.login(&client).await;
    assert!(rig.works(&tokens).await);
    rig.store.set_down(true);
    let refresh_token = token(&tokens, "refresh_token");
    assert_eq!(revoke(&rig, &client, refresh_token, None).await, "503 temporarily_unavailable");
    assert!(!rig.works(&tokens).await, "in effect here all the same");
    let second = rig.second_instance();
    rig.store.set_down(false);
    assert!(second.works(&tokens).await, "the other instance cannot know");
    assert_eq!(revoke(&rig, &client, refresh_token, None).await, "200");
    rig.advance(1);
    assert!(!second.works(&tokens).await, "the repeated revocation is announced");
}

/// One client that revokes one token again and again must not push other revocations out of the bounded log.
#[tokio::test]
async fn a_repeated_revocation_is_announced_once() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let tokens = rig.login(&client).await;
    for name in ["access_token", "refresh_token"] {
        for _ in 0..5 {
            assert_eq!(revoke(&rig, &client, token(&tokens, name), None).await, "200");
        }
    }
    let log = state_store::Key::new("oauth-revocations", "log");
    assert_eq!(rig.store.read_since(&log, 0, 100).await.unwrap().len(), 2);
}

/// Nor may one that has new tokens made and revokes each: its connection is closed instead.
#[tokio::test]
async fn a_connection_that_revokes_in_a_loop_is_closed_with_one_entry() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let other = rig.login(&client).await;
    let mut rounds = vec![rig.login(&client).await];
    for _ in 0..30 {
        let newest = rounds.last().unwrap();
        rounds.push(json(&rig.refresh(&client, token(newest, "refresh_token")).await));
    }
    let log = state_store::Key::new("oauth-revocations", "log");
    for (n, tokens) in rounds.iter().enumerate() {
        // A client that repeats itself has done nothing wrong.
        for _ in 0..2 {
            assert_eq!(revoke(&rig, &client, token(tokens, "access_token"), None).await, "200");
        }
        assert!(!rig.works(tokens).await);
        assert_eq!(rig.works(rounds.last().unwrap()).await, n < 20, "{n}");
        assert_eq!(rig.store.read_since(&log, 0, 100).await.unwrap().len(), (n + 1).min(21));
    }
    let refresh_token = token(rounds.last().unwrap(), "refresh_token");
    assert_eq!(outcome(&rig.refresh(&client, refresh_token).await), "400 invalid_grant");
    let restarted = rig.second_instance();
    for tokens in &rounds {
        assert!(!restarted.works(tokens).await);
    }
    assert!(restarted.works(&other).await);
}

/// Counting needs the store; what was revoked is revoked here all the same.
#[tokio::test]
async fn an_access_token_is_revoked_here_while_the_store_is_down() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let tokens = rig.login(&client).await;
    assert!(rig.works(&tokens).await);
    rig.store.set_down(true);
    let access_token = token(&tokens, "access_token");
    assert_eq!(revoke(&rig, &client, access_token, None).await, "503 temporarily_unavailable");
    assert!(!rig.works(&tokens).await);
    rig.store.set_down(false);
    assert_eq!(revoke(&rig, &client, access_token, None).await, "200");
    assert!(!rig.second_instance().works(&tokens).await, "the repeated revocation is announced");
}

/// A clock that is set back must not stop an instance from catching up.
#[tokio::test]
async fn an_instance_whose_clock_is_set_back_still_catches_up() {
    let rig = Rig::new();
    let second = rig.second_instance();
    let client = rig.client(&[CLAUDE]).await;
    rig.advance(3600);
    let tokens = rig.login(&client).await;
    assert!(second.works(&tokens).await);
    revoke(&rig, &client, token(&tokens, "access_token"), None).await;
    rig.set_back(1800);
    assert!(!second.works(&tokens).await);
}

/// The log expires when nothing was revoked for long, and its numbers begin anew: an instance that knew the old
/// ones must not wait for them to come up again.
#[tokio::test]
async fn an_instance_notices_that_the_log_began_anew() {
    let rig = Rig::new();
    let second = rig.second_instance();
    let client = rig.client(&[CLAUDE]).await;
    for _ in 0..3 {
        let tokens = rig.login(&client).await;
        revoke(&rig, &client, token(&tokens, "access_token"), None).await;
        rig.advance(1);
        assert!(!second.works(&tokens).await);
    }
    rig.advance(3 * 24 * 60 * 60);
    let tokens = rig.login(&client).await;
    assert!(second.works(&tokens).await);
    revoke(&rig, &client, token(&tokens, "access_token"), None).await;
    rig.advance(1);
    assert!(!second.works(&tokens).await);
}

/// More revocations than one reading of the log returns.
#[tokio::test]
async fn a_late_instance_reads_the_whole_log() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let first = rig.login(&client).await;
    revoke(&rig, &client, token(&first, "access_token"), None).await;
    let tokens = rig.login(&client).await;
    let fingerprint = rig.check(token(&tokens, "access_token"), "/mcp").await.unwrap().credential_fingerprint;
    for _ in 0..1100 {
        rig.server.revoke_credential(fingerprint).await.unwrap();
    }
    rig.advance(1);
    let last = rig.login(&client).await;
    revoke(&rig, &client, token(&last, "access_token"), None).await;
    let late = rig.second_instance();
    assert!(!late.works(&first).await);
    assert!(!late.works(&last).await);
}

/// K6, J6: all grants of a credential end; one that is approved afterwards lives.
#[tokio::test]
async fn k6_revoking_a_credential_ends_what_was_approved_before() {
    let rig = Rig::new();
    let second = rig.second_instance();
    let client = rig.client(&[CLAUDE]).await;
    let (one, two) = (rig.login(&client).await, rig.login(&client).await);
    let grant = rig.check(token(&one, "access_token"), "/mcp").await.unwrap();
    rig.advance(1);
    rig.server.revoke_credential(grant.credential_fingerprint).await.unwrap();
    for tokens in [&one, &two] {
        assert!(!rig.works(tokens).await);
        assert!(!second.works(tokens).await);
        let response = second.refresh(&client, token(tokens, "refresh_token")).await;
        assert_eq!(outcome(&response), "400 invalid_grant");
    }
    let later = rig.login(&client).await;
    assert!(rig.works(&later).await);
    assert_eq!(outcome(&second.refresh(&client, token(&later, "refresh_token")).await), "200");
}
