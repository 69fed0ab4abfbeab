//! Why was I signed out: each refusal leads to its explanation, and nothing of a request is shown.

use http::StatusCode;
use serde_json::Value;

use crate::connections::{DAY, fingerprint, token};
use crate::rig::{CLAUDE, ISSUER, KEY, Rig, authorization, header, json, outcome, text};

fn explained(reason: &str) -> String {
    format!("{ISSUER}/signed-out?reason={reason}")
}

/// The `error_uri` of an answer: it is in the description, too, and its page explains it.
async fn error_uri(rig: &Rig, answer: &Value) -> String {
    let uri = answer["error_uri"].as_str().expect("an error_uri").to_owned();
    let description = answer["error_description"].as_str().unwrap();
    assert!(description.ends_with(&format!(" Why: {uri}")), "{description}");
    assert!(description.chars().all(|c| matches!(c, ' '..='~') && c != '"' && c != '\\'), "{description}");
    assert!(description.len() < 256, "{description}");
    let page = rig.get(uri.strip_prefix(ISSUER).unwrap()).await;
    assert_eq!(page.status(), StatusCode::OK);
    let html = text(&page);
    assert_eq!(html.matches("<h2>").count(), 1, "{html}");
    assert!(html.contains("What to do:") && !html.contains("<details"));
    uri
}

#[tokio::test]
async fn every_refusal_to_refresh_names_its_page() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let other = rig.client(&[CLAUDE]).await;
    let refresh = async |client: &str, token: &str| {
        let answer = json(&rig.refresh(client, token).await);
        error_uri(&rig, &answer).await
    };
    let tokens = rig.login(&client).await;
    let refresh_token = token(&tokens, "refresh_token");
    assert_eq!(refresh("unknown", refresh_token).await, explained("client_unknown"));
    assert_eq!(refresh(&client, "opqrt_k1_AAAA").await, explained("refresh_unknown"));
    assert_eq!(refresh(&other, refresh_token).await, explained("refresh_other_client"));

    let code = rig.code(&client).await;
    let replayed = json(&rig.redeem(&client, &code).await);
    let answer = json(&rig.redeem(&client, &code).await);
    assert_eq!(error_uri(&rig, &answer).await, explained("code_replayed"));
    assert_eq!(refresh(&client, token(&replayed, "refresh_token")).await, explained("code_replayed"));

    let mut newest = tokens.clone();
    for _ in 0..2 {
        newest = json(&rig.refresh(&client, token(&newest, "refresh_token")).await);
    }
    assert_eq!(refresh(&client, refresh_token).await, explained("refresh_reused"));
    assert_eq!(refresh(&client, token(&newest, "refresh_token")).await, explained("refresh_reused"));

    let tokens = rig.login(&client).await;
    rig.post("/revoke", &[("client_id", &client), ("token", token(&tokens, "refresh_token"))]).await;
    assert_eq!(refresh(&client, token(&tokens, "refresh_token")).await, explained("revoked"));

    let tokens = rig.login(&client).await;
    rig.advance(1);
    rig.server.revoke_credential(fingerprint(&rig, KEY)).await.unwrap();
    assert_eq!(refresh(&client, token(&tokens, "refresh_token")).await, explained("credential_rejected"));

    let tokens = rig.login(&client).await;
    rig.advance(30 * DAY);
    assert_eq!(refresh(&client, token(&tokens, "refresh_token")).await, explained("refresh_expired"));

    let mut tokens = rig.login(&client).await;
    for _ in 0..8 {
        rig.advance(20 * DAY);
        tokens = json(&rig.refresh(&client, token(&tokens, "refresh_token")).await);
    }
    rig.advance(20 * DAY);
    assert_eq!(refresh(&client, token(&tokens, "refresh_token")).await, explained("refresh_ended"));
}

/// What signs nobody out leads nowhere.
#[tokio::test]
async fn other_errors_have_no_such_link() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let tokens = rig.login(&client).await;
    let refresh_token = token(&tokens, "refresh_token");
    let code = rig.code(&client).await;
    let form = |changes: &[(&'static str, &str)]| {
        let mut form = vec![("client_id", client.clone())];
        form.extend(changes.iter().map(|(name, value)| (*name, (*value).to_owned())));
        form
    };
    for form in [
        form(&[("grant_type", "refresh_token")]),
        form(&[("grant_type", "password")]),
        form(&[("grant_type", "refresh_token"), ("refresh_token", refresh_token), ("scope", "x")]),
        form(&[("grant_type", "refresh_token"), ("refresh_token", refresh_token), ("resource", "x")]),
        form(&[("grant_type", "authorization_code"), ("code", "x")]),
        form(&[("grant_type", "authorization_code"), ("code", &code), ("code_verifier", "x")]),
    ] {
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = json(&rig.post("/token", &form).await);
        assert!(answer["error"].is_string());
        assert!(answer.get("error_uri").is_none(), "{answer}");
        assert!(!answer["error_description"].as_str().unwrap().contains("signed-out"));
    }
    rig.store.set_down(true);
    let response = rig.refresh(&client, refresh_token).await;
    assert_eq!(outcome(&response), "503 temporarily_unavailable");
    assert!(json(&response).get("error_uri").is_none());
}

/// B7, B8, B11: the challenge's description names the page, and stays short and plain; without a token it is bare.
#[tokio::test]
async fn b8_the_challenge_names_the_page() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let tokens = rig.login(&client).await;
    let revoked = rig.login(&client).await;
    rig.post("/revoke", &[("client_id", &client), ("token", token(&revoked, "access_token"))]).await;
    let check = async |token: &str, path: &str| {
        let response = rig.check(token, path).await.unwrap_err().response();
        let value = header(&response, "www-authenticate");
        assert!(value.len() < 512, "{value}");
        let description =
            value.split_once("error_description=\"").unwrap().1.split('"').next().unwrap().to_owned();
        assert_eq!(json(&response)["error_description"], *description);
        assert!(description.is_ascii() && !description.contains('\\'));
        description.split_once(" Why: ").map(|(_, url)| url.to_owned())
    };
    assert_eq!(check(token(&revoked, "access_token"), "/mcp").await, Some(explained("revoked")));
    assert_eq!(check("x", "/mcp").await, Some(explained("not_authentic")));
    assert_eq!(check(token(&tokens, "access_token"), "/other").await, Some(explained("audience")));
    assert_eq!(check(&"x".repeat(9000), "/mcp").await, None, "malformed");
    rig.advance(3600);
    assert_eq!(check(token(&tokens, "access_token"), "/mcp").await, Some(explained("expired")));
    let bare = rig.server.authenticate(&http::HeaderMap::new(), "/mcp").await.unwrap_err().response();
    assert!(!header(&bare, "www-authenticate").contains("error"));
}

#[tokio::test]
async fn without_a_reason_the_page_lists_them_all_and_reflects_nothing() {
    let rig = Rig::new();
    let all = rig.get("/signed-out").await;
    assert_eq!(all.status(), StatusCode::OK);
    let html = text(&all);
    assert_eq!(html.matches("<details").count(), 13);
    assert!(
        html.contains("30 days after it was last used") && html.contains("180 days after it was approved")
    );
    assert!(html.contains("api.example.com does not know the Example API key"));
    for query in [
        "reason=nonsense",
        "reason=code_unknown",
        "reason=Revoked",
        "reason=revoked%00",
        "reason=%3Cscript%3E",
        "reason=%FF",
        "reason=",
        "other=revoked",
        &"a=b&".repeat(500),
    ] {
        let response = rig.get(&format!("/signed-out?{query}")).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(text(&response), html, "{query}");
    }
    assert!(!text(&rig.get("/signed-out?reason=revoked&x=canary-text").await).contains("canary-text"));
    assert_eq!(header(&rig.post("/signed-out", &[]).await, "allow"), "GET, HEAD");
}

#[tokio::test]
async fn the_consent_page_leads_there() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let page = rig.open_page(&authorization(&client, CLAUDE)).await;
    let links = web_ui::testing::links(&page.html);
    for link in ["/signed-out", "/connections"] {
        assert!(links.iter().any(|other| other == link), "{links:?}");
        assert!(rig.server.owns(link));
    }
}
