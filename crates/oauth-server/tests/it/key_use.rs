//! Rotation logs nobody out, and a key is known to be needed for as long as a live connection needs it.

use http::StatusCode;
use oauth_server::KeyNeed;
use sealing::Kid;
use serde_json::Value;
use state_store::{Clock as _, Key, Store as _};

use crate::rig::{CLAUDE, ISSUER, Rig, SeededEntropy, json, outcome, settings};

const HOUR: u64 = 60 * 60;
const DAY: u64 = 24 * HOUR;

fn kid(text: &str) -> Kid {
    Kid::parse(text).unwrap()
}

async fn need(rig: &Rig, text: &str) -> KeyNeed {
    rig.server.key_needed_until(&kid(text)).await.unwrap()
}

/// The same deployment after `keys rotate`.
fn rotated(rig: &Rig, seed: u64) -> Rig {
    let now = rig.clock.unix_seconds();
    rig.with_ring(|ring| ring.rotated(&SeededEntropy::new(seed), now).unwrap())
}

async fn refreshed(rig: &Rig, client: &str, tokens: &Value) -> Value {
    let response = rig.refresh(client, tokens["refresh_token"].as_str().unwrap()).await;
    assert_eq!(response.status(), StatusCode::OK, "{}", outcome(&response));
    json(&response)
}

/// When a note of this moment runs out: a refresh token's life, in whole days, and an hour.
fn noted(rig: &Rig) -> u64 {
    (rig.clock.unix_seconds() + 30 * DAY).div_ceil(DAY) * DAY + HOUR
}

#[tokio::test]
async fn rotation_logs_nobody_out_and_the_first_key_is_needed_to_the_end() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let mut tokens = rig.login(&client).await;
    let begin = rig.clock.unix_seconds();
    assert_eq!(need(&rig, "k1").await, KeyNeed::Until(begin + 31 * DAY + HOUR), "records begin here");
    rig.advance(DAY);

    let rig = rotated(&rotated(&rig, 7), 8);
    tokens = refreshed(&rig, &client, &tokens).await;
    assert!(tokens["refresh_token"].as_str().unwrap().starts_with("opqrt_k3_"));
    assert!(client.starts_with("opqcl_k1_"));
    // k1: the client's id. k2: no token was ever sealed under it, which is known from the 31st day on.
    assert_eq!(need(&rig, "k1").await, KeyNeed::Until(noted(&rig)));
    assert_eq!(need(&rig, "k2").await, KeyNeed::Unknown { known_from: Some(begin + 31 * DAY + HOUR) });

    for _ in 0..8 {
        rig.advance(20 * DAY);
        tokens = refreshed(&rig, &client, &tokens).await;
        let (k1, k3) = (need(&rig, "k1").await, need(&rig, "k3").await);
        assert_eq!(k1, k3, "both are needed for each refresh");
        assert!(matches!(k1, KeyNeed::Until(until) if until > rig.clock.unix_seconds()), "{k1:?}");
    }
    assert_eq!(need(&rig, "k2").await, KeyNeed::Nobody);
    let without_k2 = rig.with_ring(|ring| ring.without(&kid("k2")).unwrap());
    tokens = refreshed(&without_k2, &client, &tokens).await;
    // What the records are for: a ring without k1 would have ended the connection.
    let without_k1 = rig.with_ring(|ring| ring.without(&kid("k1")).unwrap());
    let refused = without_k1.refresh(&client, tokens["refresh_token"].as_str().unwrap()).await;
    assert_eq!(outcome(&refused), "401 invalid_client");

    // 180 days after the consent nothing of it lives on.
    let end = (begin + 180 * DAY).div_ceil(DAY) * DAY + HOUR;
    rig.advance(end - rig.clock.unix_seconds() - 1);
    assert_eq!(need(&rig, "k1").await, KeyNeed::Until(end), "capped by the connection's own end");
    rig.advance(1);
    assert_eq!(need(&rig, "k1").await, KeyNeed::Nobody);
    assert_eq!(need(&rig, "k3").await, KeyNeed::Nobody);
}

#[tokio::test]
async fn a_key_is_free_once_its_last_refresh_token_has_run_out() {
    let rig = Rig::new();
    let early = rig.client(&[CLAUDE]).await;
    rig.login(&early).await;
    rig.advance(40 * DAY);
    assert_eq!(need(&rig, "k1").await, KeyNeed::Nobody);

    let tokens = rig.login(&early).await;
    let until = noted(&rig);
    assert_eq!(need(&rig, "k1").await, KeyNeed::Until(until));
    let rig = rotated(&rig, 7);
    // A client of the new key takes no part in it.
    let late = rig.client(&[CLAUDE]).await;
    rig.advance(2 * DAY);
    rig.login(&late).await;
    assert_eq!(need(&rig, "k1").await, KeyNeed::Until(until));
    assert_eq!(need(&rig, "k2").await, KeyNeed::Until(noted(&rig)));

    rig.advance(28 * DAY);
    let response = rig.refresh(&early, tokens["refresh_token"].as_str().unwrap()).await;
    assert_eq!(outcome(&response), "400 invalid_grant", "the token itself has run out");
    rig.advance(until - rig.clock.unix_seconds());
    assert_eq!(need(&rig, "k1").await, KeyNeed::Nobody);
    assert!(matches!(need(&rig, "k2").await, KeyNeed::Until(_)));
}

#[tokio::test]
async fn a_store_that_was_lost_is_no_leave_to_retire() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let tokens = rig.login(&client).await;
    let rotated = rotated(&rig, 7);
    let tokens = refreshed(&rotated, &client, &tokens).await;

    let lost = rotated.same_keys(settings(ISSUER));
    for text in ["k1", "k2", "k9"] {
        assert_eq!(need(&lost, text).await, KeyNeed::Unknown { known_from: None }, "{text}");
    }
    lost.advance(5 * DAY);
    // Somebody else's login begins the records anew; the first client may be about for another 25 days.
    let other = lost.client(&[CLAUDE]).await;
    lost.login(&other).await;
    let known_from = lost.clock.unix_seconds() + 31 * DAY + HOUR;
    assert_eq!(need(&lost, "k1").await, KeyNeed::Unknown { known_from: Some(known_from) });
    lost.advance(20 * DAY);
    refreshed(&lost, &client, &tokens).await;
    assert_eq!(need(&lost, "k1").await, KeyNeed::Until(noted(&lost)));
}

#[tokio::test]
async fn the_store_is_told_once_a_day_and_told_again() {
    let rig = Rig::new();
    let second = rig.second_instance();
    let client = rig.client(&[CLAUDE]).await;
    let mut tokens = rig.login(&client).await;
    // From here to the end of the day the same whole day is meant.
    rig.advance(DAY - rig.clock.unix_seconds() % DAY + 1);
    tokens = refreshed(&rig, &client, &tokens).await;
    tokens = refreshed(&second, &client, &tokens).await;
    let record = Key::new("oauth-key-use", "k1");
    assert!(rig.store.remove(&record).await.unwrap().is_some());
    rig.advance(HOUR);
    tokens = refreshed(&rig, &client, &tokens).await;
    tokens = refreshed(&second, &client, &tokens).await;
    assert_eq!(rig.store.get(&record).await.unwrap(), None, "both had told it already");
    rig.advance(DAY);
    refreshed(&rig, &client, &tokens).await;
    assert_eq!(need(&rig, "k1").await, KeyNeed::Until(noted(&rig)));
}

#[tokio::test]
async fn a_connection_that_ends_sooner_does_not_turn_the_time_back() {
    let mut settings = settings(ISSUER);
    settings.lifetimes.refresh_absolute = std::time::Duration::from_secs(31 * DAY);
    let rig = Rig::with(settings);
    let client = rig.client(&[CLAUDE]).await;
    let tokens = rig.login(&client).await;
    rig.advance(20 * DAY);
    rig.login(&client).await;
    let until = noted(&rig);
    refreshed(&rig.second_instance(), &client, &tokens).await;
    assert_eq!(need(&rig, "k1").await, KeyNeed::Until(until));
}

#[tokio::test]
async fn no_answer_is_an_error_and_costs_no_login() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let code = rig.code(&client).await;
    rig.store.set_down(true);
    assert!(rig.server.key_needed_until(&kid("k1")).await.is_err());
    assert_eq!(outcome(&rig.redeem(&client, &code).await), "503 temporarily_unavailable");
    rig.store.set_down(false);
    assert_eq!(outcome(&rig.redeem(&client, &code).await), "200", "the code was not used up");
}
