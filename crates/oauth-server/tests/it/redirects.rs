//! Where codes may be sent: at registration, at `/authorize` and at `/token`.

use http::StatusCode;
use serde_json::json;

use crate::rig::{
    CLAUDE, ISSUER, Rig, authorization, but, encode, json, outcome, parameter, redemption, settings,
};

/// Whether a client that registered `registered` may be sent to `requested`.
async fn allowed(rig: &Rig, registered: &str, requested: &str) -> bool {
    let client = rig.client(&[registered]).await;
    let response = rig.get(&format!("/authorize?{}", encode(&authorization(&client, requested)))).await;
    match outcome(&response).as_str() {
        "200 page" => true,
        "400 page" => false,
        other => panic!("{registered} {requested}: {other}"),
    }
}

/// Known failures 1 (CVE-2025-4143) and 8: the match is exact, and made before anything else happens.
#[tokio::test]
async fn d1_the_match_is_exact() {
    let rig = Rig::new();
    assert!(allowed(&rig, CLAUDE, CLAUDE).await);
    for requested in [
        "https://claude.ai/api/mcp/auth_callback/",
        "https://claude.ai/api/mcp/Auth_callback",
        "https://claude.ai/api/mcp/auth_callback?x=1",
        "https://claude.ai/api/mcp/auth_callback#x",
        "https://claude.ai:443/api/mcp/auth_callback",
        "https://claude.ai./api/mcp/auth_callback",
        "https://CLAUDE.ai/api/mcp/auth_callback",
        "https://user@claude.ai/api/mcp/auth_callback",
        "https://claude.ai/api/mcp/x/../auth_callback",
        "https://claude.ai/api/mcp/%61uth_callback",
        "https://claude.ai.evil.example/api/mcp/auth_callback",
        "https://evil.example/https://claude.ai/api/mcp/auth_callback",
        "http://claude.ai/api/mcp/auth_callback",
        "https://claude.ai\\@evil.example/api/mcp/auth_callback",
        "//claude.ai/api/mcp/auth_callback",
        "https://claude.ai",
    ] {
        assert!(!allowed(&rig, CLAUDE, requested).await, "{requested}");
    }
}

#[tokio::test]
async fn d2_loopback_has_any_port_and_nothing_else() {
    let rig = Rig::new();
    for (registered, requested) in [
        ("http://localhost/callback", "http://localhost:3118/callback"),
        ("http://localhost:3118/callback", "http://localhost:50000/callback"),
        ("http://localhost:3118/callback", "http://localhost/callback"),
        ("http://127.0.0.1/callback", "http://127.0.0.1:33418/callback"),
        ("http://127.0.0.1:1/", "http://127.0.0.1:65535/"),
        ("http://127.9.8.7/cb", "http://127.9.8.7:80/cb"),
        ("http://[::1]/cb", "http://[::1]:4000/cb"),
        ("http://127.0.0.1:33418", "http://127.0.0.1:33419"),
        ("http://127.0.0.1/cb?port=:80", "http://127.0.0.1:9/cb?port=:80"),
    ] {
        assert!(allowed(&rig, registered, requested).await, "{registered} {requested}");
    }
    for (registered, requested) in [
        ("http://127.0.0.1/cb", "http://127.0.0.2:1/cb"),
        ("http://127.0.0.1/cb", "http://localhost/cb"),
        ("http://localhost/cb", "http://127.0.0.1/cb"),
        ("http://localhost/cb", "https://localhost/cb"),
        ("http://localhost/cb", "http://localhost:1/other"),
        ("http://localhost/cb", "http://localhost:/cb"),
        ("http://localhost/cb", "http://localhost:080/cb"),
        ("http://localhost/cb", "http://localhost:65536/cb"),
        ("http://localhost/cb", "http://localhost:1:2/cb"),
        ("http://localhost/cb", "http://localhost.evil.example/cb"),
        ("http://localhost/cb", "http://localhost@evil.example/cb"),
        ("http://localhost/cb", "http://LOCALHOST/cb"),
        ("http://127.0.0.1/cb", "http://127.1/cb"),
        ("http://127.0.0.1/cb", "http://0x7f.0.0.1/cb"),
        ("http://127.0.0.1/cb", "http://2130706433/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1.nip.io/cb"),
        ("http://[::1]/cb", "http://[::ffff:127.0.0.1]/cb"),
        ("http://[::1]/cb", "http://[0:0:0:0:0:0:0:1]/cb"),
    ] {
        assert!(!allowed(&rig, registered, requested).await, "{registered} {requested}");
    }
}

/// S2, S6: hostile URIs do not even register. The scheme corpus is the one that bypassed other servers.
#[tokio::test]
async fn d3_d4_d5_what_can_never_be_a_redirect() {
    let rig = Rig::new();
    let long = format!("https://claude.ai/{}", "x".repeat(1024));
    for uri in [
        "http://example.com/cb",
        "https://evil.example/cb",
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "java\tscript:alert(1)",
        "\u{1}javascript:alert(1)",
        " javascript:alert(1)",
        "\u{85}javascript:alert(1)",
        "javascript://claude.ai/%0aalert(1)",
        "data:text/html,x",
        "blob:https://claude.ai/x",
        "vbscript:x",
        "file:///etc/passwd",
        "mailto:a@example.com",
        "view-source:https://claude.ai/",
        "about:blank",
        "Cursor://anysphere.cursor-mcp/cb",
        "cursor:cb",
        "cursor://a@b/cb",
        "cursor://x/../y",
        "unknown://x/cb",
        "x",
        "",
        "/cb",
        "https://",
        "https:///cb",
        "https:claude.ai/cb",
        "https://claude.ai/cb#",
        "https://claude.ai/c b",
        "https://claude.ai/c\nb",
        "https://claude.ai/cb\"onclick=",
        "https://claude.ai/<b>",
        "https://claude.ai/%2e%2e/cb",
        "https://claude.ai/./cb",
        "https://cl\u{430}ude.ai/cb",
        "https://[::1/cb",
        "https://-claude.ai/cb",
        "https://10.0.0.1/cb",
        &long,
    ] {
        let response = rig.register(&json!({ "redirect_uris": [uri] })).await;
        assert_eq!(outcome(&response), "400 invalid_redirect_uri", "{uri:?}");
    }
    for uri in ["cursor://anysphere.cursor-mcp/oauth/callback", "vscode://x/cb", "claude:/cb"] {
        assert!(allowed(&rig, uri, uri).await, "{uri}");
    }
}

/// The policy is asked again at `/authorize`: an operator who narrows it is heeded at once.
#[tokio::test]
async fn e20_unknown_hosts_are_refused_unless_the_operator_allows_them() {
    let uri = "https://evil.example/cb";
    let mut open = settings(ISSUER);
    open.redirects.allow_unknown_hosts = true;
    let rig = Rig::with(open);
    let client = rig.client(&[uri]).await;
    let query = authorization(&client, uri);
    let page = rig.open_page(&query).await;
    assert!(page.html.contains("This server does not know evil.example"));

    let narrowed = rig.same_keys(settings(ISSUER));
    let response = narrowed.get(&format!("/authorize?{}", encode(&query))).await;
    assert_eq!(outcome(&response), "400 page");
    let response = narrowed.submit(&page, &[("decision", "deny")]).await;
    assert_eq!(outcome(&response), "400 page");
}

#[tokio::test]
async fn d6_the_token_endpoint_wants_the_same_uri_or_none() {
    let rig = Rig::new();
    let registered = "http://127.0.0.1/callback";
    let requested = "http://127.0.0.1:3118/callback";
    for (presented, expected) in [
        (Some(requested), "200"),
        (None, "200"),
        (Some("http://127.0.0.1:3119/callback"), "400 invalid_grant"),
        (Some(registered), "400 invalid_grant"),
        (Some(CLAUDE), "400 invalid_grant"),
    ] {
        let client = rig.client(&[registered]).await;
        let url = rig.approve(&authorization(&client, requested)).await;
        let code = parameter(&url, "code").unwrap();
        let form = but(redemption(&client, &code), "redirect_uri", presented);
        assert_eq!(outcome(&rig.post("/token", &form).await), expected, "{presented:?}");
    }
}

/// Cursor and Grok register everything at once; one URI that we do not take must not lock them out.
#[tokio::test]
async fn h4_the_usable_part_of_a_mixed_set_is_registered() {
    let rig = Rig::new();
    let response = rig
        .register(&json!({
            "client_name": "Cursor",
            "application_type": "web",
            "token_endpoint_auth_method": "none",
            "redirect_uris": [
                "cursor://anysphere.cursor-mcp/oauth/callback",
                "https://www.cursor.com/agents/mcp/oauth/callback",
                "https://unknown.example/callback",
                "http://localhost:8787/callback",
            ],
        }))
        .await;
    assert_eq!(response.status(), StatusCode::CREATED);
    let registered = json(&response);
    assert_eq!(
        registered["redirect_uris"],
        json!([
            "cursor://anysphere.cursor-mcp/oauth/callback",
            "https://www.cursor.com/agents/mcp/oauth/callback",
            "http://localhost:8787/callback",
        ])
    );
    let client = registered["client_id"].as_str().unwrap();
    for (uri, expected) in [
        ("https://www.cursor.com/agents/mcp/oauth/callback", "200 page"),
        ("http://localhost:50123/callback", "200 page"),
        ("https://unknown.example/callback", "400 page"),
    ] {
        let response = rig.get(&format!("/authorize?{}", encode(&authorization(client, uri)))).await;
        assert_eq!(outcome(&response), expected, "{uri}");
    }
}

/// A known host is not trusted with every path on it: sharing pages, open redirects, other ports.
#[tokio::test]
async fn e20_a_known_client_is_a_callback_not_a_host() {
    let rig = Rig::new();
    for (known, others) in [
        (CLAUDE, &["/", "/x", "?x", "x"][..]),
        ("https://claude.com/api/mcp/auth_callback", &["?x"]),
        ("https://chatgpt.com/connector_platform_oauth_redirect", &["/x"]),
        ("https://chatgpt.com/connector/oauth/Ab-1_", &["/x", "?x", "%2fx"]),
        ("https://www.cursor.com/agents/mcp/oauth/callback", &["/x"]),
        ("https://vscode.dev/redirect", &["?url=https://evil.example", "/x"]),
        ("https://insiders.vscode.dev/redirect", &["?url=https://evil.example"]),
        ("https://grok.com/connectors-oauth-exchange-code/", &["x"]),
        ("https://console.x.ai/connectors-oauth-exchange-code/", &["?x"]),
        ("https://www.perplexity.ai/rest/connections/oauth_callback", &["/x"]),
        ("https://callback.mistral.ai/v1/integrations_auth/oauth2_callback", &["/x"]),
    ] {
        let client = rig.client(&[known]).await;
        let html = rig.open_page(&authorization(&client, known)).await.html;
        assert!(!html.contains("This server does not know"), "{known}");
        let host = known.split('/').nth(2).unwrap();
        let mut refused = vec![
            format!("https://{host}/"),
            format!("https://{host}/other"),
            known.replace(host, &format!("{host}:443")),
            known.replace(host, &format!("{host}:8443")),
        ];
        refused.extend(others.iter().map(|end| format!("{known}{end}")));
        refused.push("https://chatgpt.com/connector/oauth/".to_owned());
        for uri in refused {
            let response = rig.register(&json!({ "redirect_uris": [uri] })).await;
            assert_eq!(outcome(&response), "400 invalid_redirect_uri", "{uri}");
        }
    }
}

/// A service that passes codes on to anybody's application may have them, but the user is warned, unless the
/// operator vouches for it.
#[tokio::test]
async fn e20_a_shared_callback_comes_with_the_warning() {
    for uri in [
        "https://oauth-redirect.googleusercontent.com/r/user_bound_custom-mcp-1",
        "https://oauth-redirect-sandbox.googleusercontent.com/a/user_bound_custom-mcp-1",
        "https://oauth.n8n.cloud/oauth2/callback",
    ] {
        let host = uri.split('/').nth(2).unwrap();
        let rig = Rig::new();
        let client = rig.client(&[uri]).await;
        let warning = format!("This server does not know {host}");
        assert!(rig.open_page(&authorization(&client, uri)).await.html.contains(&warning), "{uri}");
        let mut vouched = settings(ISSUER);
        vouched.redirects.known_callbacks.push(host.to_owned());
        let rig = rig.same_keys(vouched);
        assert!(!rig.open_page(&authorization(&client, uri)).await.html.contains(&warning), "{uri}");
    }
}
