//! Discovery: what is said, where, and that it does not depend on the request.

use http::{Method, StatusCode};

use crate::rig::{ISSUER, Rig, header, json, outcome, request, settings};

#[tokio::test]
async fn a1_a3_a6_a7_a8_the_servers_document() {
    let document = json(&Rig::new().get("/.well-known/oauth-authorization-server").await);
    insta::assert_json_snapshot!(document);
}

#[tokio::test]
async fn b1_b2_b3_b4_b5_the_resources_documents() {
    let rig = Rig::new();
    let mut documents = Vec::new();
    for path in ["", "/mcp", "/sse", "/mcp/readonly"] {
        let response = rig.get(&format!("/.well-known/oauth-protected-resource{path}")).await;
        documents.push(json(&response));
    }
    assert_eq!(documents[0], documents[1]);
    insta::assert_json_snapshot!(documents[1..]);
}

#[tokio::test]
async fn a2_the_issuer_comes_from_the_settings_alone() {
    let rig = Rig::new();
    let plain = rig.get("/.well-known/oauth-authorization-server").await;
    for headers in [
        [("host", "evil.example"), ("x-forwarded-host", "evil.example")],
        [("host", "MCP.EXAMPLE.COM"), ("x-forwarded-proto", "http")],
        [("forwarded", "host=evil.example;proto=http"), ("x-original-host", "evil.example")],
    ] {
        let spoofed = request(Method::GET, "/.well-known/oauth-authorization-server", &headers, "");
        assert_eq!(rig.send(spoofed).await.body(), plain.body());
    }
    assert_eq!(json(&plain)["issuer"], ISSUER);
}

/// P2, P13: a probe gets JSON or nothing; HTML, 401 and 5xx break the clients' discovery.
#[tokio::test]
async fn a9_b6_every_probe_is_answered_in_json() {
    let rig = Rig::new();
    let mut answers = Vec::new();
    for path in [
        "/.well-known/oauth-authorization-server",
        "/.well-known/oauth-authorization-server/",
        "/.well-known/oauth-authorization-server/mcp",
        "/.well-known/oauth-authorization-server/sse",
        "/.well-known/oauth-authorization-server/other",
        "/.well-known/oauth-protected-resource",
        "/.well-known/oauth-protected-resource/mcp",
        "/.well-known/oauth-protected-resource/mcp/",
        "/.well-known/oauth-protected-resource/other",
        "/.well-known/openid-configuration",
        "/.well-known/openid-configuration/mcp",
        "/mcp/.well-known/openid-configuration",
        "/debug/segment",
    ] {
        let response = rig.get(path).await;
        assert_eq!(header(&response, "content-type"), "application/json", "{path}");
        let owned = if rig.server.owns(path) { "" } else { " (not ours)" };
        answers.push(format!("{path} {}{owned}", response.status().as_u16()));
    }
    insta::assert_debug_snapshot!(answers);
}

#[tokio::test]
async fn a8_what_is_advertised_answers() {
    let rig = Rig::new();
    let document = json(&rig.get("/.well-known/oauth-authorization-server").await);
    for (name, value) in document.as_object().unwrap() {
        let Some(path) = value.as_str().filter(|_| name.ends_with("_endpoint")) else { continue };
        let path = path.strip_prefix(ISSUER).expect("on our origin");
        assert!(rig.server.owns(path));
        assert_ne!(rig.get(path).await.status(), StatusCode::NOT_FOUND, "{name}");
    }
}

#[tokio::test]
async fn a4_a10_h12_m1_m2_m4_nothing_is_hinted_at_that_is_not_there() {
    let mut settings = settings(ISSUER);
    settings.dynamic_registration = false;
    let rig = Rig::with(settings);
    let document = json(&rig.get("/.well-known/oauth-authorization-server").await);
    let names: Vec<&String> = document.as_object().unwrap().keys().collect();
    assert!(!names.iter().any(|name| name.contains("registration") || name.contains("metadata_document")));
    assert_eq!(outcome(&rig.register(&serde_json::json!({})).await), "404 not_found");
    assert!(!rig.server.owns("/register"));

    // With everything on: what does not exist here is not named in any document.
    let mut everything = crate::rig::settings(ISSUER);
    everything.client_documents = Some(crate::documents::FakeHosts::new());
    let rig = Rig::with(everything);
    for path in ["/.well-known/oauth-authorization-server", "/.well-known/oauth-protected-resource/mcp"] {
        let document = json(&rig.get(path).await).to_string();
        for absent in [
            "dpop",
            "pushed",
            "request_object",
            "introspection",
            "device",
            "token-exchange",
            "jwt-bearer",
            "implicit",
        ] {
            assert!(!document.contains(absent), "{path}: {absent}");
        }
    }
}

#[tokio::test]
async fn a11_documents_are_kept_for_five_minutes_at_most() {
    let rig = Rig::new();
    for path in ["/.well-known/oauth-authorization-server", "/.well-known/oauth-protected-resource/mcp"] {
        assert_eq!(header(&rig.get(path).await, "cache-control"), "public, max-age=300");
    }
}

#[tokio::test]
async fn head_is_get_without_a_body() {
    let rig = Rig::new();
    for path in ["/.well-known/oauth-authorization-server", "/authorize"] {
        let get = rig.get(path).await;
        let head = rig.send(request(Method::HEAD, path, &[], "")).await;
        assert_eq!(head.status(), get.status());
        assert!(head.body().is_empty());
    }
}

/// L1 to L4, P11, S19: the machine endpoints are open to pages of any origin, the consent page to none.
#[tokio::test]
async fn l1_l2_l3_l4_cors() {
    let rig = Rig::new();
    let asked = [
        ("origin", "https://inspector.example"),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "content-type, mcp-param-region, x-evil\u{20}"),
    ];
    for path in [
        "/.well-known/oauth-authorization-server",
        "/.well-known/oauth-protected-resource/mcp",
        "/.well-known/openid-configuration",
        "/register",
        "/token",
        "/revoke",
    ] {
        let preflight = rig.send(request(Method::OPTIONS, path, &asked, "")).await;
        assert_eq!(preflight.status(), StatusCode::NO_CONTENT, "{path}");
        assert_eq!(header(&preflight, "access-control-allow-origin"), "*");
        let allowed = header(&preflight, "access-control-allow-headers");
        for name in ["authorization", "content-type", "mcp-protocol-version", "mcp-param-region"] {
            assert!(allowed.split(", ").any(|allowed| allowed == name), "{name} in {allowed}");
        }
        assert!(!allowed.contains("x-evil"));
        for answer in [rig.get(path).await, rig.post(path, &[]).await] {
            assert_eq!(header(&answer, "access-control-allow-origin"), "*", "{path} {}", answer.status());
            assert!(header(&answer, "access-control-expose-headers").contains("WWW-Authenticate"));
            assert_eq!(header(&answer, "access-control-allow-credentials"), "");
        }
    }
    for answer in [
        rig.send(request(Method::OPTIONS, "/authorize", &asked, "")).await,
        rig.get("/authorize").await,
        rig.post("/authorize", &[]).await,
    ] {
        assert!(answer.headers().keys().all(|name| !name.as_str().starts_with("access-control")));
    }
}

#[tokio::test]
async fn below_a_mount_everything_moves_along() {
    let mut settings = settings("https://example.com/phone");
    settings.texts.product = "Mounted".to_owned();
    let rig = Rig::with(settings);
    let issuer = "https://example.com/phone";
    for path in [
        "/.well-known/oauth-authorization-server/phone",
        "/.well-known/oauth-authorization-server/phone/mcp",
        "/phone/.well-known/oauth-authorization-server",
    ] {
        let document = json(&rig.get(path).await);
        assert_eq!(document["issuer"], issuer, "{path}");
        assert_eq!(document["token_endpoint"], format!("{issuer}/token"));
    }
    for path in [
        "/.well-known/oauth-protected-resource/phone/mcp",
        "/.well-known/oauth-protected-resource/phone",
        "/phone/.well-known/oauth-protected-resource/mcp",
    ] {
        assert_eq!(json(&rig.get(path).await)["resource"], format!("{issuer}/mcp"), "{path}");
    }
    for path in ["/phone/authorize", "/phone/token", "/phone/register", "/phone/revoke"] {
        assert!(rig.server.owns(path));
        assert!(!rig.server.owns(&path["/phone".len()..]));
    }
    for path in ["/.well-known/oauth-authorization-server", "/phonetic/token", "/phone", "/"] {
        assert!(!rig.server.owns(path), "{path}");
    }
    let challenge = rig.check("x", "/phone/mcp").await.unwrap_err().response();
    assert!(header(&challenge, "www-authenticate").contains(
        "resource_metadata=\"https://example.com/.well-known/oauth-protected-resource/phone/mcp\""
    ));
}
