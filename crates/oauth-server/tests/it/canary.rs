//! No secret in a log line, a `Debug` or an error page, whatever happens.

use std::cell::RefCell;
use std::io::Write;

use oauth_server::CredentialError;

use crate::rig::{
    CLAUDE, KEY, Rig, VERIFIER, authorization, but, choices, encode, json, location, parameter, redemption,
};

thread_local! {
    static LOGGED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Keeps what this thread logs: the tests beside this one log on threads of their own.
struct ThisThread;

impl Write for ThisThread {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOGGED.with_borrow_mut(|logged| logged.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Goes through everything that can happen and returns every secret that came up, and every `Debug`.
async fn everything(rig: &Rig) -> (Vec<String>, Vec<String>) {
    let mut secrets = vec![KEY.to_owned(), VERIFIER.to_owned(), "wrong-canary-key".to_owned()];
    let mut shown = vec![format!("{:?} {:?}", rig.server, rig.service.asked())];
    rig.service.offer(choices());
    let registered = json(&rig.register(&serde_json::json!({ "redirect_uris": [CLAUDE] })).await);
    let confidential = registered["client_secret"].as_str().unwrap().to_owned();
    secrets.push(confidential.clone());
    let client = rig.client(&[CLAUDE]).await;

    for trouble in [None, Some(CredentialError::Unavailable), Some(CredentialError::TimedOut)] {
        rig.service.answer(trouble);
        let page = rig.open_page(&authorization(&client, CLAUDE)).await;
        secrets.push(page.transaction.clone());
        secrets.push(page.cookie.split('=').nth(1).unwrap().to_owned());
        let key = if trouble.is_none() { "wrong-canary-key" } else { KEY };
        rig.submit(&page, &[("api_key", key), ("decision", "check")]).await;
    }
    rig.service.answer(None);
    let page = rig.open_page(&authorization(&client, CLAUDE)).await;
    let checked = page.then(&rig.submit(&page, &[("api_key", KEY), ("decision", "check")]).await);
    secrets.push(checked.transaction.clone());
    rig.post_with("/authorize", &[("origin", "null")], &[("transaction", &checked.transaction)]).await;

    let code = rig.code(&client).await;
    secrets.push(code.clone());
    for (name, value) in [("code_verifier", "x"), ("client_id", "y"), ("resource", "z"), ("grant_type", "w")]
    {
        rig.post("/token", &but(redemption(&client, &code), name, Some(value))).await;
    }
    let mut with_secret = redemption(&client, &code);
    with_secret.push(("client_secret", &confidential));
    rig.post("/token", &with_secret).await;
    let tokens = json(&rig.redeem(&client, &code).await);
    let next = json(&rig.refresh(&client, tokens["refresh_token"].as_str().unwrap()).await);
    for token in ["access_token", "refresh_token"] {
        secrets.push(tokens[token].as_str().unwrap().to_owned());
        secrets.push(next[token].as_str().unwrap().to_owned());
    }
    let access = next["access_token"].as_str().unwrap();
    let grant = rig.check(access, "/mcp").await.unwrap();
    let relayed = rig.server.seal_grant(&grant).unwrap();
    shown.push(format!("{:?} {:?}", grant, rig.server.open_grant(&relayed, "/mcp").await.unwrap()));
    shown.push(format!("{:?}", rig.server.open_grant(&relayed, "/nowhere").await.unwrap_err()));
    secrets.push(relayed);
    shown.push(format!("{:?}", rig.check(&access[1..], "/mcp").await.unwrap_err()));
    shown.push(format!("{:?}", rig.check(KEY, "/mcp").await.unwrap_err()));
    rig.redeem(&client, &code).await;
    rig.refresh(&client, tokens["refresh_token"].as_str().unwrap()).await;
    rig.store.set_down(true);
    rig.redeem(&client, &code).await;
    rig.refresh(&client, next["refresh_token"].as_str().unwrap()).await;
    rig.post("/revoke", &[("client_id", client.as_str()), ("token", access)]).await;
    rig.store.set_down(false);
    rig.post("/revoke", &[("client_id", client.as_str()), ("token", access)]).await;
    rig.get(&format!("/authorize?api_key={KEY}&{}", encode(&authorization(&client, CLAUDE)))).await;

    let last = rig.login(&client).await;
    let page = rig.open_connections().await;
    secrets.extend([page.transaction.clone(), page.cookie.split('=').nth(1).unwrap().to_owned()]);
    rig.submit_at("/connections", &page, &[("api_key", "wrong-canary-key"), ("action", "show")]).await;
    rig.submit_at("/connections", &page, &[("api_key", "wrong-canary-key"), ("action", "end_all")]).await;
    let listed = rig.submit_at("/connections", &page, &[("api_key", KEY), ("action", "show")]).await;
    let page = page.then(&listed);
    secrets.push(page.transaction.clone());
    shown.push(format!("{:?}", rig.server.recent_connections(10).await.unwrap()));
    let family = rig.check(last["access_token"].as_str().unwrap(), "/mcp").await.unwrap().family.to_string();
    rig.submit_at("/connections", &page, &[("end", &family)]).await;
    rig.submit_at("/connections", &page, &[("action", "end_all")]).await;
    rig.store.set_down(true);
    rig.submit_at("/connections", &page, &[("end", &family)]).await;
    shown.push(format!("{:?}", rig.server.recent_connections(10).await.unwrap_err()));
    rig.store.set_down(false);
    rig.get(&format!("/signed-out?reason={KEY}")).await;
    rig.get(&format!("/connections?api_key={KEY}")).await;
    (secrets, shown)
}

/// N3, S8.
#[test]
fn n3_no_secret_is_logged_or_shown() {
    // For the whole process: a subscriber of one thread misses what other threads saw first without one.
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(|| ThisThread)
        .init();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (secrets, shown) = runtime.block_on(everything(&Rig::new()));
    let log = String::from_utf8(LOGGED.take()).unwrap();
    for event in [
        "consent given",
        "code redeemed",
        "used twice",
        "credential not accepted",
        "form refused",
        "connection ended by its user",
        "all connections ended",
    ] {
        assert!(log.contains(event), "the log has no line about {event}:\n{log}");
    }
    for secret in secrets {
        assert!(secret.len() >= 16, "{secret} is too short to look for");
        assert!(!log.contains(&secret), "logged: {secret}");
        assert!(shown.iter().all(|shown| !shown.contains(&secret)), "shown: {secret}");
    }
}

/// Predecessor's S1, S7, S8: read every URL of a whole login and find nothing made from the key.
#[tokio::test]
async fn s1_every_url_of_a_login_is_clean() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let query = authorization(&client, CLAUDE);
    let page = rig.open_page(&query).await;
    let response = rig.submit(&page, &[("api_key", KEY), ("decision", "approve")]).await;
    let url = location(&response);
    let tokens = json(&rig.redeem(&client, &parameter(&url, "code").unwrap()).await);
    let sealed = ["access_token", "refresh_token"].map(|name| tokens[name].as_str().unwrap().to_owned());
    let reversed: String = KEY.chars().rev().collect();
    let hex: String = KEY.bytes().map(|byte| format!("{byte:02x}")).collect();
    for url in [format!("/authorize?{}", encode(&query)), url] {
        for made in [KEY, &reversed, &hex, &sealed[0], &sealed[1], &page.transaction] {
            assert!(!url.contains(made));
        }
    }
}
