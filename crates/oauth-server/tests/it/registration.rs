//! Dynamic registration without storage, and client authentication by what was registered.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Method, StatusCode};
use http_body_util::Full;
use serde_json::json;

use crate::rig::{CLAUDE, Rig, authorization, but, encode, header, json, outcome, redemption, request, text};

#[tokio::test]
async fn h1_h2_h6_h7_what_a_registration_answers() {
    let rig = Rig::new();
    let mut answers = Vec::new();
    for metadata in [
        json!({ "redirect_uris": [CLAUDE] }),
        json!({ "redirect_uris": [CLAUDE], "token_endpoint_auth_method": "none", "client_name": " Cla\u{202e}ude " }),
        json!({ "redirect_uris": [CLAUDE], "token_endpoint_auth_method": "client_secret_post" }),
        json!({ "redirect_uris": [CLAUDE], "token_endpoint_auth_method": "private_key_jwt",
                "grant_types": ["authorization_code", "refresh_token",
                                "urn:ietf:params:oauth:grant-type:jwt-bearer"] }),
        json!({ "redirect_uris": [CLAUDE], "grant_types": ["authorization_code"],
                "application_type": "native", "response_types": ["code", "token"] }),
        json!({ "redirect_uris": [CLAUDE], "client_name": null, "client_uri": null, "scope": "x",
                "client_name#ja": "\u{540d}", "software_statement": "a.b.c", "jwks": {}, "contacts": ["x"] }),
    ] {
        let response = rig.register(&metadata).await;
        assert_eq!(response.status(), StatusCode::CREATED);
        assert_eq!(header(&response, "cache-control"), "no-store");
        let mut answer = json(&response);
        let members = answer.as_object_mut().unwrap();
        assert!(members.values().all(|value| !value.is_null()));
        let client_id = members.insert("client_id".to_owned(), json!("(sealed)")).unwrap();
        assert!(client_id.as_str().unwrap().len() < 300);
        if let Some(secret) = members.get_mut("client_secret") {
            assert!(secret.as_str().unwrap().bytes().all(|byte| byte.is_ascii_alphanumeric()));
            *secret = json!("(derived)");
        }
        answers.push(answer);
    }
    insta::assert_json_snapshot!(answers);
}

#[tokio::test]
async fn h13_registrations_are_bounded_and_told_when_to_come_back() {
    let rig = Rig::new();
    let body = json!({ "redirect_uris": [CLAUDE], "token_endpoint_auth_method": "none" }).to_string();
    let register = async |address: [u8; 4]| {
        let mut request = request(Method::POST, "/register", &[], &body);
        request.extensions_mut().insert(oauth_server::ClientAddress(address.into()));
        rig.send(request).await
    };
    for _ in 0..100 {
        assert_eq!(register([192, 0, 2, 1]).await.status(), StatusCode::CREATED);
    }
    let refused = register([192, 0, 2, 1]).await;
    assert_eq!(outcome(&refused), "429 temporarily_unavailable");
    assert_eq!(header(&refused, "retry-after"), "1");
    assert_eq!(header(&refused, "access-control-allow-origin"), "*");
    assert_eq!(register([198, 51, 100, 1]).await.status(), StatusCode::CREATED);
    rig.advance(1);
    assert_eq!(register([192, 0, 2, 1]).await.status(), StatusCode::CREATED);
}

#[tokio::test]
async fn h3_h5_h10_h14_what_a_registration_refuses() {
    let rig = Rig::new();
    let seventeen: Vec<String> = (0..17).map(|n| format!("https://claude.ai/{n}")).collect();
    for (metadata, expected) in [
        (json!({}), "400 invalid_redirect_uri"),
        (json!({ "redirect_uris": [] }), "400 invalid_redirect_uri"),
        (json!({ "redirect_uris": seventeen }), "400 invalid_redirect_uri"),
        (json!({ "redirect_uris": [CLAUDE], "response_types": ["token"] }), "400 invalid_client_metadata"),
        (json!({ "redirect_uris": [CLAUDE], "grant_types": ["implicit"] }), "400 invalid_client_metadata"),
        (
            json!({ "redirect_uris": [CLAUDE], "grant_types": ["refresh_token"] }),
            "400 invalid_client_metadata",
        ),
        (json!({ "redirect_uris": [CLAUDE], "logo_uri": "javascript:x" }), "400 invalid_client_metadata"),
        (json!({ "redirect_uris": [CLAUDE], "client_uri": "data:x" }), "400 invalid_client_metadata"),
        (json!({ "redirect_uris": CLAUDE }), "400 invalid_client_metadata"),
        (json!({ "redirect_uris": [7] }), "400 invalid_client_metadata"),
        (json!([CLAUDE]), "400 invalid_client_metadata"),
        (json!("x"), "400 invalid_client_metadata"),
    ] {
        assert_eq!(outcome(&rig.register(&metadata).await), expected, "{metadata}");
    }
    for (body, expected) in [
        ("", "400 invalid_client_metadata"),
        ("{", "400 invalid_client_metadata"),
        ("{\"redirect_uris\":[],\"redirect_uris\":[]}", "400 invalid_client_metadata"),
        (&format!("{{\"x\":\"{}\"}}", "y".repeat(16 * 1024)), "413 invalid_request"),
        (&"[".repeat(10_000), "400 invalid_client_metadata"),
    ] {
        let response = rig.send(request(Method::POST, "/register", &[], body)).await;
        assert_eq!(outcome(&response), expected, "{}", &body[..body.len().min(60)]);
    }
    // Text all through (RFC 8259 section 8.1), also where nobody looks.
    let latin = [format!("{{\"redirect_uris\":[\"{CLAUDE}\"],\"x\":\"").as_bytes(), b"\xff\"}"].concat();
    let latin = http::Request::post("/register").body(Full::new(Bytes::from(latin))).unwrap();
    assert_eq!(outcome(&rig.send(latin).await), "400 invalid_client_metadata");
    let response = rig.get("/register").await;
    assert_eq!(
        (response.status(), header(&response, "allow").as_str()),
        (StatusCode::METHOD_NOT_ALLOWED, "POST, OPTIONS")
    );
}

/// P1: every registration is an identity of its own, and what it says is what it may do.
#[tokio::test]
async fn p1_clients_do_not_share_an_identity() {
    let rig = Rig::new();
    let first = rig.client(&[CLAUDE]).await;
    let second = rig.client(&[CLAUDE]).await;
    assert_ne!(first, second);
    let code = rig.code(&first).await;
    assert_eq!(outcome(&rig.redeem(&second, &code).await), "400 invalid_grant");
    assert_eq!(rig.redeem(&first, &code).await.status(), StatusCode::OK);
}

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

/// How a token request authenticates its client.
#[derive(Clone, Copy, Debug)]
enum With {
    Nothing,
    Basic,
    Post,
    WrongBasic,
    WrongPost,
    Both,
}

#[tokio::test]
async fn a6_h9_the_registered_method_is_enforced() {
    let rig = Rig::new();
    for (method, works) in [
        (Some("none"), vec!["Nothing"]),
        (Some("client_secret_basic"), vec!["Basic"]),
        (Some("client_secret_post"), vec!["Post"]),
        (None, vec!["Basic", "Post"]),
    ] {
        let mut metadata = json!({ "redirect_uris": [CLAUDE] });
        if let Some(method) = method {
            metadata["token_endpoint_auth_method"] = json!(method);
        }
        let client = json(&rig.register(&metadata).await);
        let id = client["client_id"].as_str().unwrap();
        let secret = client["client_secret"].as_str().unwrap_or("none");
        for with in [With::Nothing, With::Basic, With::Post, With::WrongBasic, With::WrongPost, With::Both] {
            let code = rig.code(id).await;
            let mut form = redemption(id, &code);
            let mut headers = Vec::new();
            let right = basic(id, secret);
            let wrong = basic(id, "0123456789abcdef0123456789abcdef");
            match with {
                With::Nothing => {}
                With::Basic => headers.push(("authorization", right.as_str())),
                With::WrongBasic => headers.push(("authorization", wrong.as_str())),
                With::Post => form.push(("client_secret", secret)),
                With::WrongPost => form.push(("client_secret", "wrong")),
                With::Both => {
                    headers.push(("authorization", right.as_str()));
                    form.push(("client_secret", secret));
                }
            }
            let response = rig.post_with("/token", &headers, &form).await;
            let name = format!("{with:?}");
            let expected = match with {
                _ if works.contains(&name.as_str()) => "200",
                With::Both => "400 invalid_request",
                _ => "401 invalid_client",
            };
            assert_eq!(outcome(&response), expected, "{method:?} {name}");
            let challenged = header(&response, "www-authenticate").starts_with("Basic ");
            assert_eq!(challenged, expected.starts_with("401") && name.contains("Basic"), "F9: {name}");
        }
    }
}

#[tokio::test]
async fn h7_h8_basic_credentials_with_and_without_form_encoding() {
    let rig = Rig::new();
    let client = json(&rig.register(&json!({ "redirect_uris": [CLAUDE] })).await);
    let id = client["client_id"].as_str().unwrap();
    let secret = client["client_secret"].as_str().unwrap();
    let encoded: String = secret.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let percent_id = id.replace('_', "%5f");
    let cases = [
        (basic(id, secret), "200"),
        (basic(id, &encoded), "200"),
        (basic(&percent_id, secret), "200"),
        (basic(id, secret).replace("Basic", "bASIC"), "200"),
        (basic(id, secret).replace("Basic ", "Basic   "), "200"),
        (basic(id, "%zz"), "401 invalid_client"),
        (basic(id, "%4"), "401 invalid_client"),
        (basic("", ""), "400 invalid_request"),
        (format!("Basic {}", STANDARD.encode(id)), "401 invalid_client"),
        (format!("Basic {}", STANDARD.encode(b"\xff:\xff")), "401 invalid_client"),
        ("Basic !!!".to_owned(), "401 invalid_client"),
        ("Basic".to_owned(), "401 invalid_client"),
        ("Bearer x".to_owned(), "401 invalid_client"),
        (basic("other", secret), "400 invalid_request"),
    ];
    for (authorization, expected) in cases {
        let code = rig.code(id).await;
        let headers = [("authorization", authorization.as_str())];
        let response = rig.post_with("/token", &headers, &redemption(id, &code)).await;
        assert_eq!(outcome(&response), expected, "{authorization}");
    }
    let code = rig.code(id).await;
    let without_id = but(redemption(id, &code), "client_id", None);
    let authorization = basic(id, secret);
    let response = rig.post_with("/token", &[("authorization", &authorization)], &without_id).await;
    assert_eq!(outcome(&response), "200");
    assert_eq!(outcome(&rig.post("/token", &without_id).await), "400 invalid_request");
}

/// The token endpoint's 401 is what makes clients register again; `/authorize` has only the user to tell.
#[tokio::test]
async fn h11_a_client_id_of_a_retired_key() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let tokens = rig.login(&client).await;
    let entropy = crate::rig::SeededEntropy::new(7);

    let rotated = rig.with_ring(|ring| ring.rotated(&entropy, 1).unwrap());
    assert!(rotated.works(&tokens).await);
    let refresh_token = tokens["refresh_token"].as_str().unwrap();
    assert_eq!(outcome(&rotated.refresh(&client, refresh_token).await), "200");
    rotated.login(&client).await;

    let first = ring_id(&client);
    let first = sealing::Kid::parse(&first).unwrap();
    let retired = rig.with_ring(|ring| ring.rotated(&entropy, 1).unwrap().without(&first).unwrap());
    assert!(!retired.works(&tokens).await);
    assert_eq!(outcome(&retired.refresh(&client, refresh_token).await), "401 invalid_client");
    let query = encode(&authorization(&client, CLAUDE));
    let response = retired.get(&format!("/authorize?{query}")).await;
    assert_eq!(outcome(&response), "400 page");
    assert!(text(&response).contains("Remove this connection from your app and add it again"));
}

fn ring_id(token: &str) -> String {
    token.split('_').nth(1).unwrap().to_owned()
}

#[tokio::test]
async fn h11_a_client_id_that_was_changed() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    for at in [0, 7, client.len() / 2, client.len() - 2] {
        let mut changed = client.clone();
        let other = if &client[at..=at] == "A" { "B" } else { "A" };
        changed.replace_range(at..=at, other);
        let query = encode(&authorization(&changed, CLAUDE));
        assert_eq!(outcome(&rig.get(&format!("/authorize?{query}")).await), "400 page", "{at}");
        let response = rig.post("/token", &redemption(&changed, "x")).await;
        assert_eq!(outcome(&response), "401 invalid_client", "{at}");
    }
}
