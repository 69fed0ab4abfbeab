//! The list of connections: what is on it, whose it is, how it ends them, and that it never loses a living one.

use http::StatusCode;
use oauth_server::{Connection, Id};
use sealing::{Fingerprint, SecretString};
use serde_json::{Value, json};
use state_store::{Key, Store as _};

use crate::rig::{CLAUDE, KEY, Rig, authorization, choices, json, outcome, parameter, redemption, text};

pub(crate) const DAY: u64 = 24 * 60 * 60;

/// Everything up to the tokens, with another key than the usual.
pub(crate) async fn login_with(rig: &Rig, client: &str, key: &str) -> Value {
    let page = rig.open_page(&authorization(client, CLAUDE)).await;
    let response = rig.submit(&page, &[("api_key", key), ("decision", "approve")]).await;
    let code = parameter(&crate::rig::location(&response), "code").expect("a code");
    json(&rig.redeem(client, &code).await)
}

pub(crate) fn token<'a>(tokens: &'a Value, name: &str) -> &'a str {
    tokens[name].as_str().expect("a token")
}

pub(crate) fn fingerprint(rig: &Rig, key: &str) -> Fingerprint {
    rig.server.credential_fingerprint(&SecretString::new(key.to_owned()))
}

pub(crate) async fn connections(rig: &Rig, key: &str) -> Vec<Connection> {
    rig.server.connections(fingerprint(rig, key)).await.expect("the store is up")
}

async fn families(rig: &Rig, key: &str) -> Vec<Id> {
    connections(rig, key).await.into_iter().map(|connection| connection.family).collect()
}

async fn family(rig: &Rig, tokens: &Value) -> Id {
    rig.check(token(tokens, "access_token"), "/mcp").await.expect("it works").family
}

/// What a refusal to refresh says.
pub(crate) async fn refusal(rig: &Rig, client: &str, tokens: &Value) -> String {
    let response = rig.refresh(client, token(tokens, "refresh_token")).await;
    assert_eq!(outcome(&response), "400 invalid_grant", "{}", text(&response));
    json(&response)["error_description"].as_str().expect("a description").to_owned()
}

#[tokio::test]
async fn a_connection_is_listed_once_its_code_is_redeemed() {
    let rig = Rig::new();
    rig.service.offer(choices());
    let client = rig.client(&[CLAUDE]).await;
    let code = rig.code(&client).await;
    assert_eq!(connections(&rig, KEY).await, []);
    assert_eq!(rig.server.recent_connections(10).await.unwrap(), []);

    let approved_at_ms = 1_795_000_000_000;
    rig.advance(20);
    let tokens = json(&rig.redeem(&client, &code).await);
    let grant = rig.check(token(&tokens, "access_token"), "/mcp").await.unwrap();
    let listed = connections(&rig, KEY).await;
    let [connection] = &listed[..] else { panic!("{listed:?}") };
    assert_eq!(connection.family, grant.family);
    assert_eq!(connection.credential, grant.credential_fingerprint);
    assert_eq!(connection.client, grant.client);
    assert_eq!(connection.client.redirect_host, "claude.ai");
    assert_eq!(connection.resource, "/mcp");
    assert_eq!(connection.scopes, ["example:read", "example:write"]);
    assert_eq!(connection.embedder_data, grant.embedder_data);
    assert_eq!(connection.approved_at_ms, approved_at_ms);
    assert_eq!(connection.last_used_at_ms, approved_at_ms);
    assert_eq!(connection.ends_at, approved_at_ms / 1000 + 180 * DAY);
    assert_eq!(rig.server.recent_connections(10).await.unwrap(), listed);

    rig.advance(3600);
    let tokens = json(&rig.refresh(&client, token(&tokens, "refresh_token")).await);
    assert_eq!(connections(&rig, KEY).await[0].last_used_at_ms, approved_at_ms + 3_620_000);
    assert_eq!(rig.second_instance().server.recent_connections(1).await.unwrap().len(), 1);
    drop(tokens);
}

#[tokio::test]
async fn k5_two_users_never_see_or_end_each_others() {
    let rig = Rig::new();
    let other_key = format!("{KEY}-other");
    let client = rig.client(&[CLAUDE]).await;
    let (mine, others) = (rig.login(&client).await, login_with(&rig, &client, &other_key).await);
    let (my_family, their_family) = (family(&rig, &mine).await, family(&rig, &others).await);
    assert_eq!(families(&rig, KEY).await, [my_family]);
    assert_eq!(families(&rig, &other_key).await, [their_family]);
    assert_eq!(families(&rig, "nobody").await, []);
    let newest = rig.server.recent_connections(10).await.unwrap();
    assert_eq!(newest.iter().map(|it| it.family).collect::<Vec<_>>(), [their_family, my_family]);
    assert_eq!(rig.server.recent_connections(1).await.unwrap().len(), 1);

    let me = fingerprint(&rig, KEY);
    assert!(!rig.server.revoke_connection(me, their_family).await.unwrap());
    rig.advance(1);
    assert!(rig.server.revoke_connections(me).await.unwrap());
    assert!(!rig.works(&mine).await);
    assert!(rig.works(&others).await);
    assert_eq!(families(&rig, &other_key).await, [their_family]);
}

#[tokio::test]
async fn one_connection_ends_and_the_others_go_on() {
    let rig = Rig::new();
    let second = rig.second_instance();
    let client = rig.client(&[CLAUDE]).await;
    let (ended, kept) = (rig.login(&client).await, rig.login(&client).await);
    let (ended_family, kept_family) = (family(&rig, &ended).await, family(&rig, &kept).await);
    assert!(second.works(&ended).await);
    assert!(rig.server.revoke_connection(fingerprint(&rig, KEY), ended_family).await.unwrap());
    assert_eq!(families(&rig, KEY).await, [kept_family]);
    assert!(!rig.works(&ended).await);
    rig.advance(1);
    assert!(!second.works(&ended).await);
    assert!(refusal(&second, &client, &ended).await.starts_with("The connection was revoked."));
    assert!(second.works(&kept).await);
    assert_eq!(outcome(&second.refresh(&client, token(&kept, "refresh_token")).await), "200");
    assert!(!rig.server.revoke_connection(fingerprint(&rig, KEY), ended_family).await.unwrap());
}

/// J6, and that the reason is the right one: the key is well.
#[tokio::test]
async fn j6_all_connections_end_and_a_later_one_lives() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let (one, two) = (rig.login(&client).await, rig.login(&client).await);
    rig.advance(1);
    assert!(rig.server.revoke_connections(fingerprint(&rig, KEY)).await.unwrap());
    assert_eq!(families(&rig, KEY).await, []);
    assert_eq!(rig.server.recent_connections(10).await.unwrap(), []);
    for tokens in [&one, &two] {
        assert!(!rig.works(tokens).await);
        assert!(refusal(&rig, &client, tokens).await.starts_with("The connection was revoked."));
    }
    let later = rig.login(&client).await;
    assert_eq!(families(&rig, KEY).await, [family(&rig, &later).await]);
    assert_eq!(outcome(&rig.refresh(&client, token(&later, "refresh_token")).await), "200");

    // A key that has stopped working is another reason.
    rig.advance(1);
    rig.server.revoke_credential(fingerprint(&rig, KEY)).await.unwrap();
    assert_eq!(families(&rig, KEY).await, []);
    let last = json(&rig.refresh(&client, token(&later, "refresh_token")).await);
    assert!(last["error_description"].as_str().unwrap().contains("no longer works"));
}

/// What the store did not take is in effect here all the same, and is asked for again.
#[tokio::test]
async fn an_end_that_could_not_be_stored_says_so() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let me = fingerprint(&rig, KEY);
    for space in ["oauth-credential-not-before-requested", "oauth-credential-not-before", "oauth-revocations"]
    {
        let tokens = rig.login(&client).await;
        rig.advance(1);
        rig.store.fail_space(Some(space));
        assert!(rig.server.revoke_connections(me).await.is_err(), "{space}");
        rig.store.fail_space(None);
        assert!(!rig.works(&tokens).await, "{space}");
        rig.advance(1);
        assert!(rig.server.revoke_connections(me).await.unwrap(), "{space}");
        assert!(!rig.second_instance().works(&tokens).await, "{space}");
        assert!(refusal(&rig, &client, &tokens).await.starts_with("The connection was revoked."), "{space}");
    }
    for space in ["oauth-family", "oauth-revocations"] {
        let tokens = rig.login(&client).await;
        let family = family(&rig, &tokens).await;
        rig.store.fail_space(Some(space));
        assert!(rig.server.revoke_connection(me, family).await.is_err(), "{space}");
        rig.store.fail_space(None);
        assert!(!rig.works(&tokens).await, "{space}");
        assert!(rig.server.revoke_connection(me, family).await.unwrap(), "{space}");
        assert!(!rig.second_instance().works(&tokens).await, "{space}");
    }
}

/// Whatever ends a connection takes it off the list.
#[tokio::test]
async fn no_dead_connection_is_listed() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;

    let revoked = rig.login(&client).await;
    rig.post("/revoke", &[("client_id", &client), ("token", token(&revoked, "refresh_token"))]).await;
    assert_eq!(families(&rig, KEY).await, []);

    let reused = rig.login(&client).await;
    let mut newest = reused.clone();
    for _ in 0..2 {
        newest = json(&rig.refresh(&client, token(&newest, "refresh_token")).await);
    }
    assert_eq!(families(&rig, KEY).await.len(), 1);
    for _ in 0..2 {
        // Not only the thief is told why: so is the owner, later.
        let why = refusal(&rig, &client, &reused).await;
        assert!(why.starts_with("An old refresh token was used again"), "{why}");
        assert_eq!(refusal(&rig, &client, &newest).await, why);
    }
    assert_eq!(families(&rig, KEY).await, []);

    let code = rig.code(&client).await;
    let replayed = json(&rig.redeem(&client, &code).await);
    assert_eq!(families(&rig, KEY).await.len(), 1);
    assert_eq!(outcome(&rig.redeem(&client, &code).await), "400 invalid_grant");
    assert_eq!(families(&rig, KEY).await, []);
    assert!(refusal(&rig, &client, &replayed).await.starts_with("The authorization code was used twice"));

    // Unused for too long; old however much it is used.
    rig.login(&client).await;
    rig.advance(30 * DAY - 1);
    assert_eq!(families(&rig, KEY).await.len(), 1);
    rig.advance(1);
    assert_eq!(families(&rig, KEY).await, []);
    let mut tokens = rig.login(&client).await;
    for _ in 0..8 {
        rig.advance(20 * DAY);
        tokens = json(&rig.refresh(&client, token(&tokens, "refresh_token")).await);
        assert_eq!(families(&rig, KEY).await.len(), 1);
    }
    rig.advance(20 * DAY - 1);
    assert_eq!(families(&rig, KEY).await.len(), 1);
    rig.advance(1);
    assert_eq!(families(&rig, KEY).await, []);
    assert_eq!(rig.server.recent_connections(10).await.unwrap(), []);
}

/// A client without refresh tokens is connected for as long as its one access token lives.
#[tokio::test]
async fn a_connection_without_refresh_tokens_ends_with_its_access_token() {
    let rig = Rig::new();
    let metadata = json!({
        "redirect_uris": [CLAUDE],
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code"],
    });
    let answer = json(&rig.register(&metadata).await);
    let client = answer["client_id"].as_str().unwrap();
    let code = rig.code(client).await;
    let tokens = json(&rig.redeem(client, &code).await);
    assert!(tokens.get("refresh_token").is_none());
    assert_eq!(connections(&rig, KEY).await[0].ends_at, 1_795_000_000 + 3600);
    rig.advance(3599);
    assert_eq!(families(&rig, KEY).await.len(), 1);
    rig.advance(1);
    assert_eq!(families(&rig, KEY).await, []);
}

fn record(rig: &Rig, key: &str) -> Key {
    Key::new("oauth-connections", fingerprint(rig, key).to_string())
}

/// The store was lost, with the list and the heads: the apps go on, and so does the list.
#[tokio::test]
async fn an_adopted_connection_is_listed_again() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let tokens = rig.login(&client).await;
    let listed = connections(&rig, KEY).await;
    rig.store.remove(&record(&rig, KEY)).await.unwrap();
    assert_eq!(connections(&rig, KEY).await, []);
    rig.advance(10 * DAY);
    let tokens = json(&rig.refresh(&client, token(&tokens, "refresh_token")).await);
    let again = connections(&rig, KEY).await;
    assert_eq!(again[0].family, listed[0].family);
    assert_eq!(again[0].approved_at_ms, listed[0].approved_at_ms);
    assert_eq!(again[0].ends_at, listed[0].ends_at);
    assert_eq!(again[0].last_used_at_ms, 1_795_000_000_000 + 10 * DAY * 1000);
    assert_eq!(rig.server.recent_connections(10).await.unwrap(), again);
    // Further refreshes neither need the list nor write it.
    rig.store.remove(&record(&rig, KEY)).await.unwrap();
    assert_eq!(outcome(&rig.refresh(&client, token(&tokens, "refresh_token")).await), "200");
    assert_eq!(connections(&rig, KEY).await, []);
}

/// A record of a newer release, or one that was damaged: no login fails for it, and the list says so.
#[tokio::test]
async fn a_record_that_cannot_be_read_costs_no_login() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let tokens = rig.login(&client).await;
    let key = record(&rig, KEY);
    rig.store.remove(&key).await.unwrap();
    let minute = std::time::Duration::from_secs(60);
    rig.store.insert_if_absent(&key, &[9, 9, 9], minute).await.unwrap();
    assert!(rig.server.connections(fingerprint(&rig, KEY)).await.is_err());
    assert_eq!(outcome(&rig.refresh(&client, token(&tokens, "refresh_token")).await), "200");
    assert_eq!(connections(&rig, KEY).await.len(), 1);
    // Ending all of them works without reading it.
    rig.store.remove(&key).await.unwrap();
    rig.store.insert_if_absent(&key, &[9, 9, 9], minute).await.unwrap();
    rig.advance(1);
    assert!(rig.server.revoke_connections(fingerprint(&rig, KEY)).await.unwrap());
    assert!(!rig.works(&tokens).await);
}

/// The code is used up when the list is written: the login must not be lost over it.
#[tokio::test]
async fn a_list_that_cannot_be_written_costs_no_login() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let code = rig.code(&client).await;
    rig.store.fail_space(Some("oauth-connections"));
    let response = rig.redeem(&client, &code).await;
    assert_eq!(response.status(), StatusCode::OK, "{}", text(&response));
    let tokens = json(&response);
    assert!(rig.works(&tokens).await);
    // The refresh waits for it: nothing is used up, and the client tries again.
    let response = rig.refresh(&client, token(&tokens, "refresh_token")).await;
    assert_eq!(outcome(&response), "503 temporarily_unavailable");
    assert!(rig.server.connections(fingerprint(&rig, KEY)).await.is_err());
    assert!(rig.server.recent_connections(1).await.is_err());
    rig.store.fail_space(None);
    assert_eq!(connections(&rig, KEY).await, []);
    assert_eq!(outcome(&rig.refresh(&client, token(&tokens, "refresh_token")).await), "200");
    assert_eq!(families(&rig, KEY).await, [family(&rig, &tokens).await]);

    // A consent whose place in the operator's list cannot be written is not given: another click costs nothing.
    rig.store.fail_space(Some("oauth-connections-recent"));
    let page = rig.open_page(&authorization(&client, CLAUDE)).await;
    let response = rig.submit(&page, &[("api_key", KEY), ("decision", "approve")]).await;
    assert_eq!(outcome(&response), "503 page");
    rig.store.fail_space(None);
    let page = page.then(&response);
    let response = rig.submit(&page, &[("decision", "approve")]).await;
    assert_eq!(outcome(&response), "303 redirect code");
}

/// More connections than the list holds: the dead go first, then the one that was not used for the longest time, and
/// that one is ended, not forgotten.
#[tokio::test]
async fn a_full_list_ends_the_least_used_connection() {
    const MOST: usize = 256;
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let mut logins = Vec::new();
    for _ in 0..MOST {
        logins.push(rig.login(&client).await);
        rig.advance(6);
    }
    // The first two are used again, and two in the middle end.
    for n in [0, 1] {
        logins[n] = json(&rig.refresh(&client, token(&logins[n], "refresh_token")).await);
    }
    for n in [100, 101] {
        let token = token(&logins[n], "refresh_token");
        rig.post("/revoke", &[("client_id", &client), ("token", token)]).await;
    }
    for _ in 0..2 {
        logins.push(rig.login(&client).await);
    }
    let listed = families(&rig, KEY).await;
    assert_eq!(listed.len(), MOST);
    assert!(rig.works(&logins[2]).await, "the dead made room");

    let newcomer = rig.login(&client).await;
    let listed = families(&rig, KEY).await;
    assert_eq!(listed.len(), MOST);
    assert_eq!(listed[0], family(&rig, &newcomer).await);
    for (n, tokens) in logins.iter().enumerate() {
        assert_eq!(rig.works(tokens).await, ![2, 100, 101].contains(&n), "{n}");
    }
    assert!(refusal(&rig, &client, &logins[2]).await.starts_with("Too many connections use one key"));
    assert_eq!(outcome(&rig.refresh(&client, token(&logins[3], "refresh_token")).await), "200");

    // While nobody can be ended, nobody is dropped; the newcomer is listed when it refreshes.
    let listed = families(&rig, KEY).await;
    rig.store.fail_space(Some("oauth-family"));
    let unlisted = rig.login(&client).await;
    rig.store.fail_space(None);
    assert_eq!(families(&rig, KEY).await, listed);
    assert!(rig.works(&unlisted).await && rig.works(&logins[4]).await);
    assert_eq!(outcome(&rig.refresh(&client, token(&unlisted, "refresh_token")).await), "200");
    assert_eq!(families(&rig, KEY).await[0], family(&rig, &unlisted).await);
    assert!(!rig.works(&logins[4]).await);
}

/// Long names and choices: the store's limit on a value is kept as well.
#[tokio::test]
async fn a_long_list_stays_within_the_stores_limit() {
    use oauth_server::{ChoiceControl, ChoiceOption, ConsentChoice};
    let rig = Rig::new();
    let long = "x".repeat(900);
    let option = ChoiceOption { value: long.clone(), label: long.clone() };
    rig.service.offer(vec![ConsentChoice::new(
        "c",
        "c",
        ChoiceControl::Select { options: vec![option], selected: long },
    )]);
    let metadata = json!({
        "client_name": "電".repeat(64),
        "redirect_uris": [CLAUDE],
        "token_endpoint_auth_method": "none",
    });
    let answer = json(&rig.register(&metadata).await);
    let client = answer["client_id"].as_str().unwrap();
    let mut logins = Vec::new();
    for _ in 0..60 {
        logins.push(rig.login(client).await);
        rig.advance(6);
    }
    let stored = rig.store.get(&record(&rig, KEY)).await.unwrap().unwrap();
    assert!((50_000..=60 * 1024).contains(&stored.len()), "{}", stored.len());
    let listed = families(&rig, KEY).await;
    let mut alive = Vec::new();
    for tokens in &logins {
        if rig.works(tokens).await {
            alive.push(family(&rig, tokens).await);
        }
    }
    alive.reverse();
    assert!(listed.len() < 60);
    assert_eq!(listed, alive);
}

#[tokio::test]
async fn logins_at_the_same_moment_are_all_listed() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let mut codes = Vec::new();
    for _ in 0..8 {
        codes.push(rig.code(&client).await);
    }
    let forms: Vec<_> = codes.iter().map(|code| redemption(&client, code)).collect();
    let rig = std::sync::Arc::new(rig);
    let tasks: Vec<_> = forms
        .into_iter()
        .map(|form| {
            let rig = rig.clone();
            let form: Vec<(String, String)> =
                form.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            tokio::spawn(async move {
                let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
                rig.post("/token", &form).await.status()
            })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), StatusCode::OK);
    }
    assert_eq!(families(&rig, KEY).await.len(), 8);
}

/// S4: the store learns fingerprints, never the key.
#[tokio::test]
async fn the_record_holds_no_credential() {
    let rig = Rig::new();
    rig.service.offer(choices());
    let client = rig.client(&[CLAUDE]).await;
    rig.login(&client).await;
    let stored = rig.store.get(&record(&rig, KEY)).await.unwrap().unwrap();
    assert!(stored.windows(6).any(|window| window == b"Claude"));
    assert!(!stored.windows(10).any(|window| KEY.as_bytes().starts_with(window)));
    let log = Key::new("oauth-connections-recent", "log");
    let noted = rig.store.read_since(&log, 0, 10).await.unwrap();
    assert_eq!(noted.len(), 1);
    assert_eq!(noted[0].value.len(), 32);
}
