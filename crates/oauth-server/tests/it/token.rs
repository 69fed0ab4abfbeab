//! Codes into tokens: bound, once, in time.

use std::sync::Arc;

use http::{Method, StatusCode};
use oauth_server::CredentialError;
use serde_json::Value;

use crate::rig::{
    CHALLENGE, CLAUDE, KEY, Rig, VERIFIER, authorization, but, encode, header, json, outcome, parameter,
    redemption, request, text,
};

#[tokio::test]
async fn f1_f2_f9_f10_every_malformed_request_has_its_code() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let form = redemption(&client, "x");
    let body = encode(&form);
    for (content_type, expected) in [
        ("application/x-www-form-urlencoded", "400 invalid_grant"),
        ("application/x-www-form-urlencoded; charset=utf-8", "400 invalid_grant"),
        ("APPLICATION/X-WWW-FORM-URLENCODED", "400 invalid_grant"),
        ("application/json", "400 invalid_request"),
        ("application/json, application/x-www-form-urlencoded", "400 invalid_request"),
        ("multipart/form-data; boundary=x", "400 invalid_request"),
        ("application/x-www-form-urlencodedx", "400 invalid_request"),
        ("\u{7f}", "400 invalid_request"),
        ("", "400 invalid_request"),
    ] {
        let Ok(built) = http::HeaderValue::from_str(content_type) else { continue };
        let mut request = request(Method::POST, "/token", &[], &body);
        request.headers_mut().insert("content-type", built);
        assert_eq!(outcome(&rig.send(request).await), expected, "{content_type}");
    }
    assert_eq!(outcome(&rig.send(request(Method::POST, "/token", &[], &body)).await), "400 invalid_request");

    let urlencoded = [("content-type", "application/x-www-form-urlencoded")];
    for (body, expected) in [
        (String::new(), "400 invalid_request"),
        ("x".repeat(64 * 1024 + 1), "413 invalid_request"),
        (format!("{body}&client_id=other"), "400 invalid_request"),
        (format!("{body}&unknown=1&unknown=2"), "400 invalid_request"),
        (body.replace("code=x", "code=%ff%fe"), "400 invalid_request"),
        (body.replace("authorization_code", "client_credentials"), "400 unsupported_grant_type"),
        (
            body.replace("authorization_code", "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"),
            "400 unsupported_grant_type",
        ),
        (body.replace("grant_type=authorization_code", "grant_type="), "400 invalid_request"),
        (body.replace("code=x", "code="), "400 invalid_request"),
        ("&".repeat(1000) + &body, "400 invalid_grant"),
        ("a=1&".repeat(300) + &body, "400 invalid_request"),
    ] {
        let response = rig.send(request(Method::POST, "/token", &urlencoded, &body)).await;
        assert_eq!(outcome(&response), expected, "{}", &body[..body.len().min(80)]);
        let description = json(&response)["error_description"].as_str().unwrap().to_owned();
        assert!(description.chars().all(|c| matches!(c, ' '..='~') && c != '"' && c != '\\'));
    }
}

#[tokio::test]
async fn f7_f8_p7_the_answer() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let code = rig.code(&client).await;
    let response = rig.redeem(&client, &code).await;
    assert_eq!(header(&response, "cache-control"), "no-store");
    assert_eq!(header(&response, "pragma"), "no-cache");
    let mut answer = json(&response);
    let sizes = ["access_token", "refresh_token"].map(|name| {
        let token = answer[name].as_str().unwrap().to_owned();
        assert!(!token.contains(KEY));
        answer[name] = Value::from(token.split('_').next().unwrap());
        token.len()
    });
    assert!(sizes.iter().all(|size| *size < 512), "{sizes:?}");
    insta::assert_json_snapshot!(answer);

    let refused = rig.redeem(&client, &code).await;
    assert_eq!(header(&refused, "cache-control"), "no-store");
    assert_eq!(header(&refused, "pragma"), "no-cache");
}

/// Known failure 2 (CVE-2025-4144): no way around PKCE.
#[tokio::test]
async fn f3_the_verifier_must_be_the_challenges() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let code = rig.code(&client).await;
    let long = "a".repeat(129);
    for wrong in [
        None,
        Some(""),
        Some(CHALLENGE),
        Some(&VERIFIER[..42]),
        Some(&long),
        Some("dBjftJeZ4CVP+mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
    ] {
        let form = but(redemption(&client, &code), "code_verifier", wrong);
        assert_eq!(outcome(&rig.post("/token", &form).await), "400 invalid_grant", "{wrong:?}");
    }
    assert_eq!(rig.redeem(&client, &code).await.status(), StatusCode::OK);
}

/// S14: a code is bound to everything that the request said, and a wrong try uses nothing up.
#[tokio::test]
async fn f4_a_mismatch_does_not_consume_the_code() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let other = rig.client(&[CLAUDE]).await;
    let code = rig.code(&client).await;
    for (name, value, expected) in [
        ("client_id", other.as_str(), "400 invalid_grant"),
        ("redirect_uri", "https://claude.ai/other", "400 invalid_grant"),
        ("code_verifier", &"x".repeat(43), "400 invalid_grant"),
        ("resource", "https://mcp.example.com/sse", "400 invalid_target"),
        ("resource", "https://evil.example/mcp", "400 invalid_target"),
        ("code", "opqac_unknown", "400 invalid_grant"),
    ] {
        let form = but(redemption(&client, &code), name, Some(value));
        assert_eq!(outcome(&rig.post("/token", &form).await), expected, "{name}");
    }
    let form = but(redemption(&client, &code), "resource", None);
    let tokens = json(&rig.post("/token", &form).await);
    assert!(rig.works(&tokens).await);
}

#[tokio::test]
async fn f5_a_second_valid_presentation_revokes_the_family() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let code = rig.code(&client).await;
    let tokens = json(&rig.redeem(&client, &code).await);
    assert!(rig.works(&tokens).await);

    // Somebody who has the code alone changes nothing.
    let other = rig.client(&[CLAUDE]).await;
    for (name, value) in [("client_id", other.as_str()), ("code_verifier", &"x".repeat(43))] {
        let form = but(redemption(&client, &code), name, Some(value));
        assert_eq!(outcome(&rig.post("/token", &form).await), "400 invalid_grant");
        assert!(rig.works(&tokens).await, "{name}");
    }
    assert_eq!(outcome(&rig.redeem(&client, &code).await), "400 invalid_grant");
    assert!(!rig.works(&tokens).await);
    let refresh_token = tokens["refresh_token"].as_str().unwrap();
    assert_eq!(outcome(&rig.refresh(&client, refresh_token).await), "400 invalid_grant");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn f5_of_64_parallel_redemptions_one_succeeds() {
    let rig = Arc::new(Rig::new());
    let second = Arc::new(rig.second_instance());
    let client = rig.client(&[CLAUDE]).await;
    let code = rig.code(&client).await;
    let attempts: Vec<_> = (0..64)
        .map(|n| {
            let rig = if n % 2 == 0 { rig.clone() } else { second.clone() };
            let (client, code) = (client.clone(), code.clone());
            tokio::spawn(async move { outcome(&rig.redeem(&client, &code).await) })
        })
        .collect();
    let mut outcomes = Vec::new();
    for attempt in attempts {
        outcomes.push(attempt.await.unwrap());
    }
    assert_eq!(outcomes.iter().filter(|outcome| *outcome == "200").count(), 1, "{outcomes:?}");
    assert!(outcomes.iter().all(|outcome| outcome == "200" || outcome == "400 invalid_grant"));
}

#[tokio::test]
async fn f6_a_code_lives_a_minute() {
    for rig in [Rig::new(), Rig::with_slow_store()] {
        let client = rig.client(&[CLAUDE]).await;
        for (age, expected) in [(59, "200"), (60, "400 invalid_grant"), (61, "400 invalid_grant")] {
            let code = rig.code(&client).await;
            rig.advance(age);
            assert_eq!(outcome(&rig.redeem(&client, &code).await), expected, "{age}");
        }
    }
}

/// The service was asked at consent; `/token` does not wait for it.
#[tokio::test]
async fn f11_redeeming_asks_nobody() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let code = rig.code(&client).await;
    let asked = rig.service.asked();
    rig.service.answer(Some(CredentialError::TimedOut));
    assert_eq!(rig.redeem(&client, &code).await.status(), StatusCode::OK);
    assert_eq!(rig.service.asked(), asked);
}

/// D4, S1: the code is a random handle. The store holds what it stands for, which neither the ring nor the code
/// alone can open.
#[tokio::test]
async fn s1_nothing_made_from_the_key_is_in_a_url() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let first = rig.approve(&authorization(&client, CLAUDE)).await;
    let second = rig.approve(&authorization(&client, CLAUDE)).await;
    let codes = [&first, &second].map(|url| parameter(url, "code").unwrap());
    assert_ne!(codes[0], codes[1]);
    assert!(codes.iter().all(|code| code.len() == "opqac_".len() + 43));

    // Another deployment with the same keys but not the store knows nothing of the code.
    let elsewhere = rig.same_keys(crate::rig::settings(crate::rig::ISSUER));
    assert_eq!(outcome(&elsewhere.redeem(&client, &codes[0]).await), "400 invalid_grant");
    assert_eq!(rig.redeem(&client, &codes[0]).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_store_that_is_down_issues_nothing_twice() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let code = rig.code(&client).await;
    rig.store.set_down(true);
    let response = rig.redeem(&client, &code).await;
    assert_eq!(outcome(&response), "503 temporarily_unavailable");
    assert_eq!(header(&response, "retry-after"), "2");
    assert!(!text(&response).contains("token\":"));
    rig.store.set_down(false);
    assert_eq!(rig.redeem(&client, &code).await.status(), StatusCode::OK);
}

/// A client that registered for codes alone gets no refresh token.
#[tokio::test]
async fn refresh_tokens_only_for_clients_that_take_them() {
    let rig = Rig::new();
    let metadata = serde_json::json!({
        "redirect_uris": [CLAUDE],
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code"],
    });
    let client = json(&rig.register(&metadata).await)["client_id"].as_str().unwrap().to_owned();
    let tokens = rig.login(&client).await;
    assert!(tokens.get("refresh_token").is_none());
}
