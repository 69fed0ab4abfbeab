//! The authorization request: each fault is either shown here or sent to the client, never the wrong way.

use http::{Method, StatusCode};
use proptest::prelude::*;

use crate::rig::{
    CHALLENGE, CLAUDE, ISSUER, KEY, Rig, authorization, but, encode, header, location, outcome, parameter,
    request, settings, text,
};

/// One line per fault: what was changed, and what came of it.
#[tokio::test]
async fn c1_c2_c3_c4_c5_c6_c7_each_fault_goes_to_the_right_reader() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let long_state = "s".repeat(4097);
    let short = &CHALLENGE[..42];
    let long = format!("{CHALLENGE}A");
    let padded = format!("{short}=");
    let plus = format!("{short}+");
    let cases: Vec<(&str, Option<&str>)> = vec![
        ("client_id", None),
        ("client_id", Some("unknown")),
        ("client_id", Some("https://client.example/metadata.json")),
        ("redirect_uri", None),
        ("redirect_uri", Some("https://claude.ai/other")),
        ("redirect_uri", Some("https://evil.example/cb")),
        ("redirect_uri", Some("not a uri")),
        ("redirect_uri", Some("javascript:alert(1)")),
        ("state", Some(&long_state)),
        ("state", None),
        ("response_type", None),
        ("response_type", Some("token")),
        ("response_type", Some("code id_token")),
        ("response_mode", Some("fragment")),
        ("response_mode", Some("query")),
        ("code_challenge", None),
        ("code_challenge", Some(short)),
        ("code_challenge", Some(&long)),
        ("code_challenge", Some(&padded)),
        ("code_challenge", Some(&plus)),
        ("code_challenge_method", None),
        ("code_challenge_method", Some("plain")),
        ("code_challenge_method", Some("s256")),
        ("code_challenge_method", Some("S512")),
        ("resource", None),
        ("resource", Some("https://MCP.example.com/mcp")),
        ("resource", Some("HTTPS://mcp.example.com:443/mcp/")),
        ("resource", Some("https://mcp.example.com/mcp?readonly=1")),
        ("resource", Some("https://mcp.example.com/sse")),
        ("resource", Some("https://mcp.example.com/mcp/readonly")),
        ("resource", Some("https://mcp.example.com/mcp#x")),
        ("resource", Some("https://mcp.example.com/mcp//")),
        ("resource", Some("https://mcp.example.com/x/../mcp")),
        ("resource", Some("https://mcp.example.com/%6dcp")),
        ("resource", Some("https://mcp.example.com/other")),
        ("resource", Some("https://mcp.example.com/")),
        ("resource", Some("https://mcp.example.com:8443/mcp")),
        ("resource", Some("https://user@mcp.example.com/mcp")),
        ("resource", Some("http://mcp.example.com/mcp")),
        ("resource", Some("https://evil.example/mcp")),
        ("resource", Some("javascript:alert(1)")),
        ("resource", Some("/mcp")),
        ("scope", None),
        ("scope", Some(" openid  email profile")),
        ("scope", Some("offline_access")),
        ("scope", Some("example:read\u{7}")),
        ("prompt", Some("none")),
        ("nonce", Some("n")),
        ("ui_locales", Some("de")),
    ];
    let mut lines = Vec::new();
    for (name, value) in cases {
        let query = but(authorization(&client, CLAUDE), name, value);
        let response = rig.get(&format!("/authorize?{}", encode(&query))).await;
        let location = location(&response);
        if location.is_empty() {
            let links = web_ui::testing::links(&text(&response));
            let own = |link: &String| {
                ["#", "/", "https://example.com/"].iter().any(|start| link.starts_with(start))
            };
            assert!(links.iter().all(own), "{links:?}");
        } else {
            assert!(location.starts_with(CLAUDE), "{location}");
            assert_eq!(parameter(&location, "iss").as_deref(), Some(ISSUER));
            let state = if name == "state" { value } else { Some("xyz") };
            assert_eq!(parameter(&location, "state").as_deref(), state);
        }
        let value: String = value.map_or("(absent)".to_owned(), |value| value.chars().take(60).collect());
        lines.push(format!("{name} {value:?}: {}", outcome(&response)));
    }
    insta::assert_debug_snapshot!(lines);
}

#[tokio::test]
async fn c1_a_repeated_parameter_is_shown_here() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    for name in ["client_id", "redirect_uri", "state", "scope", "code_challenge", "unknown", ""] {
        let mut query = authorization(&client, CLAUDE);
        query.extend([(name, "1"), (name, "2")]);
        let response = rig.get(&format!("/authorize?{}", encode(&query))).await;
        assert_eq!(outcome(&response), "400 page", "{name}");
    }
    let mut query = authorization(&client, CLAUDE);
    query.push(("resource", "https://mcp.example.com/mcp"));
    let response = rig.get(&format!("/authorize?{}", encode(&query))).await;
    assert_eq!(outcome(&response), "303 redirect invalid_target");
}

#[tokio::test]
async fn c10_other_methods_do_not_exist() {
    let rig = Rig::new();
    for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS] {
        let response = rig.send(request(method, "/authorize", &[], "")).await;
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(header(&response, "allow"), "GET, HEAD, POST");
    }
}

/// Prefetchers, scanners and reloading users open the page more than once.
#[tokio::test]
async fn c11_two_pages_of_one_request_both_work() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let query = authorization(&client, CLAUDE);
    let (first, second) = tokio::join!(rig.open_page(&query), rig.open_page(&query));
    assert_ne!(first.cookie, second.cookie);
    for page in [second, first] {
        let response = rig.submit(&page, &[("api_key", KEY), ("decision", "approve")]).await;
        let code = parameter(&location(&response), "code").expect("a code");
        assert_eq!(rig.redeem(&client, &code).await.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn a5_c12_c13_c14_the_answer_is_appended_to_what_the_client_registered() {
    let mut any_path = settings(ISSUER);
    any_path.redirects.known_callbacks.push("claude.ai".to_owned());
    let rig = Rig::with(any_path);
    let document = crate::rig::json(&rig.get("/.well-known/oauth-authorization-server").await);
    assert_eq!(document["authorization_response_iss_parameter_supported"], true);
    assert_eq!(document["issuer"], ISSUER);
    for (uri, expected) in [
        ("https://claude.ai/cb", "https://claude.ai/cb?code="),
        ("https://claude.ai/cb?", "https://claude.ai/cb?code="),
        ("https://claude.ai/cb?a=%7e&b", "https://claude.ai/cb?a=%7e&b&code="),
        ("https://claude.ai/cb?iss=https://evil.example&x=1&code=evil", "https://claude.ai/cb?x=1&code="),
        ("https://claude.ai/cb?%63ode=evil", "https://claude.ai/cb?code="),
        ("http://127.0.0.1:33418", "http://127.0.0.1:33418?code="),
        (
            "cursor://anysphere.cursor-mcp/oauth/callback",
            "cursor://anysphere.cursor-mcp/oauth/callback?code=",
        ),
    ] {
        let client = rig.client(&[uri]).await;
        let url = rig.approve(&authorization(&client, uri)).await;
        assert!(url.starts_with(expected), "{url}");
        assert!(parameter(&url, "code").unwrap().starts_with("opqac_"));
        assert_eq!(parameter(&url, "iss").as_deref(), Some(ISSUER));
        assert_eq!(parameter(&url, "state").as_deref(), Some("xyz"));
    }
}

/// S16, P12: a client's fault goes back to a host that we know; to any other only by a click.
#[tokio::test]
async fn e11_no_automatic_redirect_to_a_host_that_nobody_vouches_for() {
    let mut open = settings(ISSUER);
    open.redirects.allow_unknown_hosts = true;
    let rig = Rig::with(open);
    let uri = "https://evil.example/cb";
    let client = rig.client(&[uri]).await;
    for (name, value) in [("scope", "a\"b"), ("resource", "x"), ("code_challenge_method", "plain")] {
        let query = but(authorization(&client, uri), name, Some(value));
        let response = rig.get(&format!("/authorize?{}", encode(&query))).await;
        assert_eq!(outcome(&response), "400 page");
        let links = web_ui::testing::links(&text(&response));
        let back = links.iter().find(|link| link.starts_with(uri)).expect("a way back");
        assert!(parameter(back, "error").is_some());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn c8_the_state_comes_back_byte_for_byte(state in prop_oneof![
        proptest::collection::vec(any::<u8>(), 1..300),
        "\\PC{1,400}".prop_map(String::into_bytes),
        Just(b"a+b %00%zz&=#?\r\n\xff".to_vec()),
        Just(vec![b'x'; 4096]),
    ]) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let returned = runtime.block_on(async {
            let rig = Rig::new();
            let client = rig.client(&[CLAUDE]).await;
            let query = but(authorization(&client, CLAUDE), "state", None);
            let encoded: String = form_urlencoded::byte_serialize(&state).collect();
            let response = rig.get(&format!("/authorize?{}&state={encoded}", encode(&query))).await;
            let page = crate::rig::ConsentPage::new(&response);
            location(&rig.submit(&page, &[("decision", "deny")]).await)
        });
        let encoded = returned.split("&state=").nth(1).unwrap().split('&').next().unwrap();
        prop_assert!(!encoded.contains('+'));
        let decoded: Vec<u8> = percent_encoding::percent_decode_str(encoded).collect();
        prop_assert_eq!(decoded, state);
    }
}
