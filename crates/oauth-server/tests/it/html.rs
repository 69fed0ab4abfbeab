//! Every HTML answer: its headers, its markup, and that no value becomes markup.

use bytes::Bytes;
use http::{Method, Response};
use oauth_server::{ChoiceControl, ChoiceOption, Clause, ConsentChoice};
use proptest::prelude::*;
use serde_json::json;
use web_ui::testing::{shape, violations};

use crate::rig::{
    CLAUDE, ISSUER, KEY, Rig, authorization, but, choices, encode, header, json, request, settings, text,
};

/// One of each page that there is.
async fn all_pages(rig: &Rig) -> Vec<Response<Bytes>> {
    let client = rig.client(&[CLAUDE, "http://localhost/cb"]).await;
    let good = authorization(&client, CLAUDE);
    let loopback = authorization(&client, "http://localhost:7/cb");
    let mut pages = vec![
        rig.get("/authorize").await,
        rig.get("/authorize?a=1&a=2").await,
        rig.get(&format!("/authorize?{}", encode(&good))).await,
        rig.get(&format!("/authorize?{}", encode(&loopback))).await,
        rig.get(&format!("/authorize?{}", encode(&but(good.clone(), "redirect_uri", Some("x"))))).await,
        rig.get(&format!("/authorize?{}", encode(&but(good.clone(), "client_id", Some("x"))))).await,
        rig.send(request(Method::PUT, "/authorize", &[], "")).await,
        rig.post("/authorize", &[]).await,
        rig.post_with("/authorize", &[("origin", "https://evil.example")], &[("x", "y")]).await,
        rig.send(request(Method::POST, "/authorize", &[], &"x".repeat(70_000))).await,
    ];
    let page = rig.open_page(&good).await;
    for form in [
        vec![("decision", "approve")],
        vec![("api_key", "wrong"), ("decision", "approve")],
        vec![("api_key", KEY), ("decision", "check")],
        vec![("api_key", KEY)],
    ] {
        pages.push(rig.submit(&page, &form).await);
    }
    let mut stolen = rig.open_page(&good).await;
    stolen.cookie = String::new();
    pages.push(rig.submit(&stolen, &[("decision", "approve")]).await);
    pages.extend(connections_pages(rig, &client).await);
    for path in ["/signed-out", "/signed-out?reason=revoked", "/signed-out?reason=x&reason=%FF"] {
        pages.push(rig.get(path).await);
    }
    pages.push(rig.post("/signed-out", &[]).await);
    pages
}

/// Each state of the page of connected apps.
async fn connections_pages(rig: &Rig, client: &str) -> Vec<Response<Bytes>> {
    let mut pages = vec![
        rig.get("/connections").await,
        rig.send(request(Method::DELETE, "/connections", &[], "")).await,
        rig.post("/connections", &[("action", "show")]).await,
        rig.send(request(Method::POST, "/connections", &[], &"x".repeat(70_000))).await,
    ];
    for form in [
        vec![("action", "show")],
        vec![("action", "show"), ("api_key", "wrong")],
        vec![("action", "end_all"), ("api_key", "wrong")],
        vec![("action", "show"), ("api_key", KEY)],
    ] {
        let page = rig.open_connections().await;
        pages.push(rig.submit_at("/connections", &page, &form).await);
    }
    rig.login(client).await;
    rig.login(client).await;
    let page = rig.open_connections().await;
    let listed = rig.submit_at("/connections", &page, &[("action", "show"), ("api_key", KEY)]).await;
    let page = page.then(&listed);
    pages.push(listed);
    rig.store.set_down(true);
    for form in [("action", "show"), ("action", "end_all"), ("end", "00000000000000000000000000000000")] {
        pages.push(rig.submit_at("/connections", &page, &[form]).await);
    }
    rig.store.set_down(false);
    rig.advance(1);
    pages.push(rig.submit_at("/connections", &page, &[("action", "end_all")]).await);
    pages
}

/// S18, S25: the headers are on every page, errors included.
#[tokio::test]
async fn e5_e8_e9_e10_e12_e13_the_headers_of_every_page() {
    let rig = Rig::new();
    rig.service.offer(choices());
    for page in all_pages(&rig).await {
        let name = text(&page).lines().find(|line| line.starts_with("<title>")).unwrap_or("?").to_owned();
        for (header_name, expected) in [
            ("content-type", "text/html; charset=utf-8"),
            ("content-security-policy", web_ui::CONTENT_SECURITY_POLICY),
            ("x-frame-options", "DENY"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cache-control", "no-store"),
            ("x-robots-tag", "noindex"),
            ("cross-origin-opener-policy", ""),
            ("access-control-allow-origin", ""),
        ] {
            assert_eq!(header(&page, header_name), expected, "{name} {header_name}");
        }
        assert!(header(&page, "strict-transport-security").starts_with("max-age="), "{name}");
        let policy = header(&page, "content-security-policy");
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("form-action"));
        assert!(!policy.contains("unsafe"));
    }
}

#[tokio::test]
async fn the_markup_of_every_page_is_sound() {
    let rig = Rig::new();
    rig.service.offer(choices());
    for page in all_pages(&rig).await {
        assert_eq!(violations(&text(&page), ""), [""; 0], "{}", text(&page));
    }
    let mut mounted = settings("https://example.com/phone");
    mounted.texts.credential_help = None;
    mounted.texts.credential_hint = String::new();
    let rig = Rig::with(mounted);
    let client = {
        let body = json!({ "redirect_uris": [CLAUDE], "token_endpoint_auth_method": "none" }).to_string();
        json(&rig.send(request(Method::POST, "/phone/register", &[], &body)).await)
    };
    let query = but(authorization(client["client_id"].as_str().unwrap(), CLAUDE), "resource", None);
    let page = text(&rig.get(&format!("/phone/authorize?{}", encode(&query))).await);
    assert_eq!(violations(&page, "/phone"), [""; 0]);
    assert!(page.contains("action=\"/phone/authorize\""));
    for path in ["/phone/connections", "/phone/signed-out", "/phone/signed-out?reason=expired"] {
        let response = rig.get(path).await;
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(violations(&text(&response), "/phone"), [""; 0], "{path}");
        for link in web_ui::testing::links(&text(&response)) {
            assert!(link.starts_with("/phone/") || link == "#main", "{link}");
        }
    }
    assert!(text(&rig.get("/phone/connections").await).contains("action=\"/phone/connections\""));
}

/// Everything that a client, a user or the service can put on a page.
async fn filled_with(hostile: &str) -> Vec<String> {
    let mut open = settings(ISSUER);
    open.redirects.allow_unknown_hosts = true;
    for word in [
        &mut open.texts.product,
        &mut open.texts.account,
        &mut open.texts.credential,
        &mut open.texts.credential_hint,
        &mut open.texts.credential_destination,
    ] {
        *word = hostile.to_owned();
    }
    open.texts.credential_steps = vec![hostile.to_owned(), hostile.to_owned()];
    for scope in &mut open.scopes {
        (scope.title, scope.description) = (hostile.to_owned(), hostile.to_owned());
    }
    let rig = Rig::with(open);
    rig.service.label(hostile);
    let option = ChoiceOption { value: hostile.to_owned(), label: hostile.to_owned() };
    rig.service.offer(vec![
        ConsentChoice::new("a", hostile, ChoiceControl::Checkbox { checked: false }).help(hostile),
        ConsentChoice::new(
            "b",
            hostile,
            ChoiceControl::Select { options: vec![option], selected: hostile.to_owned() },
        )
        .help(hostile),
        ConsentChoice::new("c", hostile, ChoiceControl::Number { min: 0, max: 9, value: 1 }).help(hostile),
    ]);
    rig.service.summarize_as(vec![
        Clause::new(hostile).when("b", hostile).unless(hostile, hostile),
        Clause::new("{app} {b} {c}").unless("d", hostile),
    ]);
    let metadata = json!({
        "client_name": format!("A{hostile}"),
        "redirect_uris": [CLAUDE],
        "token_endpoint_auth_method": "none",
    });
    let client = json(&rig.register(&metadata).await);
    let client = client["client_id"].as_str().unwrap();
    let good = but(authorization(client, CLAUDE), "state", Some(hostile));
    let page = rig.open_page(&good).await;
    let mut pages = vec![page.html.clone()];
    for form in [
        vec![("api_key", KEY), ("decision", "check")],
        vec![("api_key", hostile), ("decision", hostile), ("choice_c", hostile)],
    ] {
        pages.push(text(&rig.submit(&page, &form).await));
    }
    let checked = page.then(&rig.submit(&page, &[("api_key", KEY), ("decision", "check")]).await);
    let chosen = [("decision", "approve"), ("choice_b", hostile), ("choice_c", hostile), ("choice_a", "on")];
    pages.push(text(&rig.submit(&checked, &chosen).await));
    rig.service.describe_as(&[hostile, hostile]);
    let code = rig.code(client).await;
    rig.redeem(client, &code).await;
    let page = rig.open_connections().await;
    pages.push(page.html.clone());
    for form in [vec![("api_key", KEY)], vec![("api_key", hostile), ("action", hostile), ("end", hostile)]] {
        pages.push(text(&rig.submit_at("/connections", &page, &form).await));
    }
    let reason = encode(&[("reason", hostile)]);
    pages.push(text(&rig.get(&format!("/signed-out?{reason}")).await));
    for name in ["client_id", "redirect_uri"] {
        let query = but(authorization(client, CLAUDE), name, Some(hostile));
        pages.push(text(&rig.get(&format!("/authorize?{}", encode(&query))).await));
    }
    pages
}

fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\"><script>alert(1)</script>"),
        Just("' autofocus onfocus='alert(1)"),
        Just("</title></textarea></select><img src=x onerror=alert(1)>"),
        Just("<!--"),
        Just("]]>"),
        Just("&lt;b&gt;&quot;"),
        Just("{{ 7*7 }}{% raw %}"),
        Just("javascript:alert(1)"),
        Just("\u{202e}\u{0}\r\n"),
        Just("\u{2028}"),
    ];
    proptest::collection::vec(piece, 1..4).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// S5, S6, known failure 17.
    #[test]
    fn e14_no_value_becomes_markup(hostile in hostile()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (pages, benign) =
            runtime.block_on(async { (filled_with(&hostile).await, filled_with("benign").await) });
        for (page, benign) in pages.iter().zip(&benign) {
            prop_assert_eq!(shape(page), shape(benign));
        }
    }
}

/// S7, P8: the way back is a redirect. No page of ours carries a script of its own or loads anything from elsewhere.
#[tokio::test]
async fn e18_nothing_is_loaded_from_elsewhere() {
    let rig = Rig::new();
    for page in all_pages(&rig).await {
        let html = text(&page);
        for source in html.split("src=\"").skip(1) {
            assert!(source.starts_with('/') && !source.starts_with("//"));
        }
        assert!(!html.contains("postMessage") && !html.contains("http-equiv"));
    }
}
