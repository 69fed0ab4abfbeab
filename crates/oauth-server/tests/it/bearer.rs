//! The check of access tokens at the embedder's endpoints, and the challenges.

use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};
use oauth_server::{Refusal, ScopeInfo};

use crate::rig::{
    CLAUDE, ISSUER, KEY, Rig, SeededEntropy, authorization, but, header, json, parameter, redemption,
    settings,
};

async fn refusal(rig: &Rig, headers: &HeaderMap) -> Refusal {
    rig.server.authenticate(headers, "/mcp").await.map(|_| ()).unwrap_err().refusal()
}

fn with(value: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
    headers
}

#[tokio::test]
async fn b7_b13_without_a_token_the_challenge_is_bare() {
    let rig = Rig::new();
    let challenge = rig.server.authenticate(&HeaderMap::new(), "/mcp").await.unwrap_err();
    assert_eq!(challenge.refusal(), Refusal::Missing);
    let response = challenge.response();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(
        header(&response, "www-authenticate"),
        "Bearer resource_metadata=\"https://mcp.example.com/.well-known/oauth-protected-resource/mcp\", \
         scope=\"example:read example:write\""
    );
    assert_eq!(header(&response, "cache-control"), "no-store");
    assert!(json(&response).get("error").is_none());

    let narrow = rig.server.authenticate(&HeaderMap::new(), "/mcp/readonly").await.unwrap_err().response();
    let value = header(&narrow, "www-authenticate");
    assert!(
        value.contains("/.well-known/oauth-protected-resource/mcp/readonly\"")
            && value.ends_with("scope=\"example:read\"")
    );
}

#[tokio::test]
async fn b8_k1_k2_k7_bad_tokens() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let tokens = rig.login(&client).await;
    let access = tokens["access_token"].as_str().unwrap();
    let long = format!("Bearer opqat_k1_{}", "A".repeat(5000));
    let cut = &access[..access.len() - 1];
    for (value, expected) in [
        (format!("Bearer {KEY}"), Refusal::NotAuthentic),
        ("Bearer x".to_owned(), Refusal::NotAuthentic),
        (format!("Bearer {cut}"), Refusal::NotAuthentic),
        (format!("Bearer {access}A"), Refusal::NotAuthentic),
        (format!("Bearer {access} x"), Refusal::NotAuthentic),
        (format!("Bearer {}", tokens["refresh_token"].as_str().unwrap()), Refusal::NotAuthentic),
        (long, Refusal::Malformed),
        ("Bearer".to_owned(), Refusal::Missing),
        ("Bearer ".to_owned(), Refusal::Missing),
        ("Basic eDp5".to_owned(), Refusal::Missing),
        (access.to_owned(), Refusal::Missing),
        (KEY.to_owned(), Refusal::Missing),
    ] {
        assert_eq!(refusal(&rig, &with(&value)).await, expected, "{}", &value[..value.len().min(40)]);
    }
    let mut twice = with(&format!("Bearer {access}"));
    twice.append(AUTHORIZATION, HeaderValue::from_static("Bearer x"));
    assert_eq!(refusal(&rig, &twice).await, Refusal::Malformed);
    let mut binary = HeaderMap::new();
    binary.insert(AUTHORIZATION, HeaderValue::from_bytes(b"Bearer \xff").unwrap());
    assert_eq!(refusal(&rig, &binary).await, Refusal::Malformed);
    for good in [format!("bearer {access}"), format!("BEARER   {access} ")] {
        rig.server.authenticate(&with(&good), "/mcp").await.expect("schemes have no case");
    }

    let challenge = rig.check(&access[1..], "/mcp").await.unwrap_err();
    let response = challenge.response();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    let value = header(&response, "www-authenticate");
    assert!(value.starts_with("Bearer error=\"invalid_token\", error_description=\""), "{value}");
    assert!(value.contains("resource_metadata=\"https://mcp.example.com/"));
    assert_eq!(json(&response)["error"], "invalid_token");
}

#[tokio::test]
async fn k1_a_token_lives_an_hour() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let tokens = rig.login(&client).await;
    let access = tokens["access_token"].as_str().unwrap();
    rig.advance(3599);
    rig.check(access, "/mcp").await.expect("in time");
    rig.advance(1);
    assert_eq!(rig.check(access, "/mcp").await.unwrap_err().refusal(), Refusal::Expired);
}

/// A token works at its endpoint and every narrower one, never at a wider one; two dialects are one resource.
#[tokio::test]
async fn k1_c6_the_audience() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let mut works = Vec::new();
    for resource in [None, Some("/mcp"), Some("/sse"), Some("/mcp/readonly")] {
        let identifier = resource.map(|path| format!("{ISSUER}{path}"));
        let query = but(authorization(&client, CLAUDE), "resource", identifier.as_deref());
        let code = parameter(&rig.approve(&query).await, "code").unwrap();
        let form = but(redemption(&client, &code), "resource", identifier.as_deref());
        let tokens = json(&rig.post("/token", &form).await);
        let mut line = format!("{resource:?} scope {} works at", tokens["scope"]);
        for path in
            ["/mcp", "/mcp/", "/sse", "/sse/message", "/mcp/readonly", "/mcp/other", "/other", "/mcpx"]
        {
            match rig.check(tokens["access_token"].as_str().unwrap(), path).await {
                Ok(_) => line.push_str(&format!(" {path}")),
                Err(challenge) => assert_eq!(challenge.refusal(), Refusal::Audience, "{path}"),
            }
        }
        works.push(line);
    }
    insta::assert_debug_snapshot!(works);
}

#[tokio::test]
async fn k4_a_token_of_another_deployment_with_the_same_keys() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let tokens = rig.login(&client).await;
    let other = rig.same_keys(settings("https://other.example.com"));
    assert!(!other.works(&tokens).await);
    let twin = rig.same_keys(settings(ISSUER));
    assert!(twin.works(&tokens).await);
}

#[tokio::test]
async fn the_grant_says_who_and_within_which_limits() {
    let rig = Rig::new();
    rig.service.offer(crate::rig::choices());
    let client = rig.client(&[CLAUDE]).await;
    let tokens = rig.login(&client).await;
    let grant = rig.check(tokens["access_token"].as_str().unwrap(), "/mcp").await.unwrap();
    assert_eq!(grant.credential.expose(), KEY);
    assert_eq!((grant.client.name.as_str(), grant.client.redirect_host.as_str()), ("Claude", "claude.ai"));
    assert_eq!(grant.resource, "/mcp");
    assert!(grant.allows("example:read") && grant.allows("example:write") && !grant.allows("example:admin"));
    assert_eq!(&grant.embedder_data[..], br#"{"cap":50,"inbox":"all","read_only":false}"#);
    assert_eq!(grant.expires_at, 1_795_003_600);
    assert_eq!(grant.approved_at_ms, 1_795_000_000_000);

    let again = rig.login(&client).await;
    let other = rig.check(again["access_token"].as_str().unwrap(), "/mcp").await.unwrap();
    assert_eq!(grant.credential_fingerprint, other.credential_fingerprint);
    assert_eq!(grant.credential_fingerprint, rig.server.credential_fingerprint(&grant.credential));
    assert_eq!(grant.client, other.client);
    assert_ne!(grant.family, other.family);
}

#[tokio::test]
async fn b9_b10_a_missing_scope_names_all_that_are_needed() {
    let rig = Rig::new();
    let response = rig.server.insufficient_scope("/mcp", &["example:read", "example:write"]);
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert_eq!(
        header(&response, "www-authenticate"),
        "Bearer error=\"insufficient_scope\", \
         error_description=\"The access token lacks a scope that this operation needs.\", \
         scope=\"example:read example:write\", \
         resource_metadata=\"https://mcp.example.com/.well-known/oauth-protected-resource/mcp\""
    );
    assert_eq!(header(&response, "cache-control"), "no-store");
    assert_eq!(json(&response)["error"], "insufficient_scope");
}

/// The official client takes fields with a regular expression; a strict parser wants quoted strings. Both read the
/// same, and nothing can be injected.
#[tokio::test]
async fn b11_every_value_is_a_plain_quoted_string() {
    let mut hostile = settings(ISSUER);
    hostile.scopes.push(ScopeInfo::new("x,y=z;'#", "", "").baseline());
    let rig = Rig::with(hostile);
    for response in [
        rig.server.authenticate(&HeaderMap::new(), "/mcp").await.unwrap_err().response(),
        rig.server.authenticate(&with("Bearer x"), "/mcp").await.unwrap_err().response(),
        rig.server.insufficient_scope("/mcp", &["a\"b", "c\\d", "e\r\nx-evil: f", "g\u{e9}"]),
    ] {
        assert_eq!(response.headers().get_all(WWW_AUTHENTICATE).iter().count(), 1);
        assert!(response.headers().get("x-evil").is_none());
        let value = header(&response, "www-authenticate");
        let parameters = value.strip_prefix("Bearer ").expect("the first scheme");
        for parameter in parameters.split("\", ") {
            let (name, quoted) = parameter.split_once("=\"").expect("name and value");
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name}");
            let inner = quoted.trim_end_matches('"');
            assert!(inner.chars().all(|c| matches!(c, ' '..='~') && c != '"' && c != '\\'), "{inner}");
        }
    }
}

/// S9, K3: what stands in the query or the body is no token.
#[tokio::test]
async fn k3_only_the_header_counts() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let tokens = rig.login(&client).await;
    let mut headers = HeaderMap::new();
    for name in ["x-access-token", "cookie", "x-openphone-api-key", "proxy-authorization"] {
        let value = format!("access_token={}", tokens["access_token"].as_str().unwrap());
        headers.insert(name, HeaderValue::from_str(&value).unwrap());
    }
    assert_eq!(refusal(&rig, &headers).await, Refusal::Missing);
}

/// What was opened lately is remembered, but not beyond the ring that it was opened under.
#[tokio::test]
async fn a_token_that_was_remembered_ends_with_its_key() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let tokens = rig.login(&client).await;
    assert!(rig.works(&tokens).await && rig.works(&tokens).await);
    let rotated = rig.ring().rotated(&SeededEntropy::new(7), 1).unwrap();
    rig.replace_ring(rotated.clone());
    assert!(rig.works(&tokens).await, "its key is still there");
    let active = rig.ring().active().clone();
    rig.replace_ring(rotated.without(&active).unwrap());
    assert!(!rig.works(&tokens).await);
    rig.replace_ring(rotated);
    assert!(rig.works(&tokens).await);
}
