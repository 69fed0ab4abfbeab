//! The consent page as a user and as an attacker would use it.

use std::net::IpAddr;
use std::time::Duration;

use http::{Method, StatusCode};
use oauth_server::{
    ChoiceControl, ChoiceOption, ClientAddress, ConsentChoice, CredentialChecks, CredentialError,
};
use serde_json::json;
use web_ui::testing::texts;

use crate::rig::{
    CLAUDE, ConsentPage, ISSUER, KEY, Rig, authorization, choices, encode, header, json, location, outcome,
    parameter, redemption, request, settings, text,
};

async fn page(rig: &Rig) -> ConsentPage {
    let client = rig.client(&[CLAUDE]).await;
    rig.open_page(&authorization(&client, CLAUDE)).await
}

/// S22: the receiver is the headline, the name is the client's own words.
#[tokio::test]
async fn e1_e2_e3_the_page_says_who_and_what() {
    let rig = Rig::new();
    let html = page(&rig).await.html;
    assert!(html.contains("<h1>Let claude.ai use your Example workspace?</h1>"));
    assert!(html.contains("not verified"));
    for said in ["Read", "Write", "Text people.", "https://mcp.example.com/mcp", "api.example.com"] {
        assert!(html.contains(said), "{said}");
    }
    assert!(!html.contains("Administer"));
    assert!(!html.contains("runs on your computer"));

    for (uri, heading) in [
        ("http://127.0.0.1:3118/callback", "Let an app on this computer use your Example workspace?"),
        ("cursor://x/cb", "Let the app that opens cursor: links use your Example workspace?"),
    ] {
        let client = rig.client(&[uri]).await;
        let html = rig.open_page(&authorization(&client, uri)).await.html;
        assert!(html.contains(heading), "{html}");
        assert_eq!(html.contains("This app runs on your computer"), uri.starts_with("http:"));
    }
    let metadata = json!({
        "client_name": format!("Anthropic\u{202e}\u{200b}\u{0} <b>Official</b> {}", "x".repeat(10_000)),
        "redirect_uris": ["http://localhost/cb"],
        "token_endpoint_auth_method": "none",
    });
    let client = json(&rig.register(&metadata).await)["client_id"].as_str().unwrap().to_owned();
    let html = rig.open_page(&authorization(&client, "http://localhost:99/cb")).await.html;
    assert!(!html.contains('\u{202e}') && !html.contains("<b>Official") && html.len() < 12_000);
}

#[tokio::test]
async fn e4_consent_is_asked_every_time() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    rig.login(&client).await;
    let page = rig.open_page(&authorization(&client, CLAUDE)).await;
    assert!(page.html.contains("name=\"api_key\""));
}

/// S17, known failure 6: the form counts only from our page, in the browser that opened it, in time.
#[tokio::test]
async fn e6_e7_a_form_from_elsewhere_does_nothing() {
    let rig = Rig::new();
    let victims = page(&rig).await;
    let attackers = page(&rig).await;
    let approve = |page: &ConsentPage| {
        vec![
            ("transaction".to_owned(), page.transaction.clone()),
            ("api_key".to_owned(), KEY.to_owned()),
            ("decision".to_owned(), "approve".to_owned()),
        ]
    };
    let own = ("origin", ISSUER);
    let cookie = ("cookie", victims.cookie.as_str());
    let name = victims.cookie.split('=').next().unwrap();
    let forged = format!("{name}=00000000000000000000000000000000");
    let among = format!("a=b; {}; c=d", victims.cookie);
    for (headers, expected) in [
        (vec![own, cookie], "303 redirect code"),
        (vec![cookie], "303 redirect code"),
        (vec![("cookie", among.as_str())], "303 redirect code"),
        (vec![own, cookie, ("sec-fetch-site", "same-origin")], "303 redirect code"),
        (vec![own, cookie, ("sec-fetch-site", "cross-site")], "403 page"),
        (vec![own, cookie, ("sec-fetch-site", "same-site")], "403 page"),
        (vec![own, cookie, ("sec-fetch-site", "none")], "403 page"),
        (vec![("origin", "https://evil.example"), cookie], "403 page"),
        (vec![("origin", "null"), cookie], "403 page"),
        (vec![("origin", "https://mcp.example.com.evil.example"), cookie], "403 page"),
        (vec![("origin", "http://mcp.example.com"), cookie], "403 page"),
        (vec![own], "403 page"),
        (vec![own, ("cookie", attackers.cookie.as_str())], "403 page"),
        (vec![own, ("cookie", forged.as_str())], "403 page"),
    ] {
        let form = approve(&victims);
        let form: Vec<(&str, &str)> =
            form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let response = rig.post_with("/authorize", &headers, &form).await;
        assert_eq!(outcome(&response), expected, "{headers:?}");
    }
    assert!(victims.set_cookie.starts_with("__Host-opq_tx_"));
    assert!(
        victims.set_cookie.ends_with("; Path=/; Max-Age=4200; HttpOnly; SameSite=Strict; Secure"),
        "{}",
        victims.set_cookie
    );
}

#[tokio::test]
async fn e6_on_plain_loopback_the_cookie_has_a_plain_name() {
    let rig = Rig::with(settings("http://127.0.0.1:8787"));
    let client = rig.client(&["http://localhost:1/cb"]).await;
    let mut query = authorization(&client, "http://localhost:1/cb");
    query.retain(|(name, _)| *name != "resource");
    let page = rig.open_page(&query).await;
    assert!(page.set_cookie.starts_with("opq_tx_") && !page.set_cookie.contains("Secure"));
    let response = rig.submit(&page, &[("api_key", KEY), ("decision", "approve")]).await;
    assert_eq!(outcome(&response), "303 redirect code");
    assert_eq!(header(&response, "strict-transport-security"), "");
}

#[tokio::test]
async fn e6_a_page_lives_ten_minutes() {
    let rig = Rig::new();
    for (age, expected) in [(599, "303 redirect code"), (600, "400 page")] {
        let page = page(&rig).await;
        rig.advance(age);
        let response = rig.submit(&page, &[("api_key", KEY), ("decision", "approve")]).await;
        assert_eq!(outcome(&response), expected, "{age}");
        if age == 600 {
            assert!(text(&response).contains("It was open for too long. Nothing was connected"));
        }
    }
}

#[tokio::test]
async fn e15_e16_p10_trouble_with_the_key_is_told_and_the_form_stays() {
    let rig = Rig::new();
    let mut told = Vec::new();
    let wrong = "wrong-key-7c1f";
    for (trouble, key) in [
        (None, wrong),
        (None, ""),
        (None, "   "),
        (None, "a key with spaces"),
        (None, "clé"),
        (None, &"x".repeat(513)),
        (Some(CredentialError::Forbidden), KEY),
        (Some(CredentialError::RateLimited { retry_after: Some(Duration::from_secs(7)) }), KEY),
        (Some(CredentialError::RateLimited { retry_after: None }), KEY),
        (Some(CredentialError::Unavailable), KEY),
        (Some(CredentialError::TimedOut), KEY),
    ] {
        rig.service.answer(trouble);
        let page = page(&rig).await;
        let response = rig.submit(&page, &[("api_key", key), ("decision", "approve")]).await;
        let html = text(&response);
        for secret in [wrong, KEY, "a key with spaces"] {
            assert!(!html.contains(secret), "echoed");
        }
        let said = texts(&html, "error").join("").trim().to_owned();
        told.push(format!("{} {:?} {said:?}", response.status().as_u16(), header(&response, "retry-after")));

        // The form stays usable: the same page takes a good key.
        rig.service.answer(None);
        let again = page.then(&response);
        let response = rig.submit(&again, &[("api_key", KEY), ("decision", "approve")]).await;
        assert_eq!(outcome(&response), "303 redirect code");
    }
    insta::assert_debug_snapshot!(told);
}

#[tokio::test]
async fn a_key_is_trimmed() {
    let rig = Rig::new();
    let page = page(&rig).await;
    let padded = format!(" \t{KEY}\r\n");
    let response = rig.submit(&page, &[("api_key", &padded), ("decision", "approve")]).await;
    assert_eq!(outcome(&response), "303 redirect code");
}

/// S17: no oracle for guessing keys.
#[tokio::test]
async fn e17_tries_are_limited_per_page() {
    let rig = Rig::new();
    let page = page(&rig).await;
    for _ in 0..5 {
        let response = rig.submit(&page, &[("api_key", "wrong"), ("decision", "check")]).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    }
    let asked = rig.service.asked();
    let response = rig.submit(&page, &[("api_key", KEY), ("decision", "check")]).await;
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(!header(&response, "retry-after").is_empty());
    assert_eq!(rig.service.asked(), asked, "the service is not asked");
}

#[tokio::test]
async fn e17_tries_are_limited_per_address_and_altogether() {
    async fn try_from(rig: &Rig, address: Option<&str>) -> StatusCode {
        let page = page(rig).await;
        let body = encode(&[
            ("transaction", page.transaction.as_str()),
            ("api_key", "wrong"),
            ("decision", "approve"),
        ]);
        let headers =
            [("content-type", "application/x-www-form-urlencoded"), ("cookie", page.cookie.as_str())];
        let mut request = request(Method::POST, "/authorize", &headers, &body);
        if let Some(address) = address {
            let address: IpAddr = address.parse().unwrap();
            request.extensions_mut().insert(ClientAddress(address));
        }
        rig.send(request).await.status()
    }
    let rig = Rig::new();
    for _ in 0..10 {
        assert_eq!(try_from(&rig, Some("198.51.100.7")).await, StatusCode::BAD_REQUEST);
    }
    assert_eq!(try_from(&rig, Some("198.51.100.7")).await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(try_from(&rig, Some("::ffff:198.51.100.7")).await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(try_from(&rig, Some("198.51.100.8")).await, StatusCode::BAD_REQUEST);
    for n in 0..10 {
        let address = format!("2001:db8::{n}");
        assert_eq!(try_from(&rig, Some(&address)).await, StatusCode::BAD_REQUEST);
    }
    assert_eq!(try_from(&rig, Some("2001:db8::ffff")).await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(try_from(&rig, Some("2001:db8:0:1::1")).await, StatusCode::BAD_REQUEST);

    // Whoever has a whole block gets four addresses' worth out of it.
    for blocks in [("203.0.113.", "203.0.114.1"), ("2001:db8:1:", "2001:db8:2::1")] {
        let rig = Rig::new();
        for n in 1..=40 {
            let address = if blocks.0.contains('.') {
                format!("{}{n}", blocks.0)
            } else {
                format!("{}{n}::1", blocks.0)
            };
            assert_eq!(try_from(&rig, Some(&address)).await, StatusCode::BAD_REQUEST, "{address}");
        }
        let another = if blocks.0.contains('.') { "203.0.113.250" } else { "2001:db8:1:fa::1" };
        assert_eq!(try_from(&rig, Some(another)).await, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(try_from(&rig, Some(blocks.1)).await, StatusCode::BAD_REQUEST);
    }

    let mut few = settings(ISSUER);
    few.credential_checks.overall = 3;
    let rig = Rig::with(few);
    for _ in 0..3 {
        assert_eq!(try_from(&rig, None).await, StatusCode::BAD_REQUEST);
    }
    assert_eq!(try_from(&rig, None).await, StatusCode::TOO_MANY_REQUESTS);
    rig.advance(60);
    assert_eq!(try_from(&rig, None).await, StatusCode::BAD_REQUEST);
}

/// Tries a key on a page, from an address.
async fn try_key(rig: &Rig, page: &ConsentPage, key: &str) -> StatusCode {
    let body = encode(&[("transaction", page.transaction.as_str()), ("api_key", key), ("decision", "check")]);
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("cookie", page.cookie.as_str())];
    let mut request = request(Method::POST, "/authorize", &headers, &body);
    request.extensions_mut().insert(ClientAddress(IpAddr::from([198, 51, 100, 7])));
    rig.send(request).await.status()
}

/// A flood of wrong keys, from one address or from everywhere, takes no tries from the pages that it locks out.
#[tokio::test]
async fn e17_a_refusal_for_others_tries_costs_the_page_nothing() {
    let narrow: [fn(&mut CredentialChecks); 2] =
        [|limits| limits.per_address = 1, |limits| limits.overall = 1];
    for narrow in narrow {
        let mut few = settings(ISSUER);
        few.credential_checks.per_transaction = 1;
        narrow(&mut few.credential_checks);
        let rig = Rig::with(few);
        let (flood, owner) = (page(&rig).await, page(&rig).await);
        assert_eq!(try_key(&rig, &flood, "wrong").await, StatusCode::BAD_REQUEST);
        for _ in 0..3 {
            assert_eq!(try_key(&rig, &owner, KEY).await, StatusCode::TOO_MANY_REQUESTS);
        }
        rig.advance(60);
        assert_eq!(try_key(&rig, &owner, KEY).await, StatusCode::OK);
    }
}

/// What is there for everybody is used up by wrong keys that were really tried, and by nothing else.
#[tokio::test]
async fn e17_only_failures_count_altogether() {
    let mut few = settings(ISSUER);
    few.credential_checks.overall = 2;
    few.credential_checks.per_address = 1000;
    few.credential_checks.per_transaction = 1;
    let rig = Rig::with(few);
    for _ in 0..5 {
        let page = page(&rig).await;
        assert_eq!(try_key(&rig, &page, KEY).await, StatusCode::OK);
        assert_eq!(try_key(&rig, &page, "wrong").await, StatusCode::TOO_MANY_REQUESTS, "the page's one try");
    }
    for expected in [StatusCode::BAD_REQUEST, StatusCode::BAD_REQUEST, StatusCode::TOO_MANY_REQUESTS] {
        assert_eq!(try_key(&rig, &page(&rig).await, "wrong").await, expected);
    }
}

#[tokio::test]
async fn e19_c14_p9_deny_needs_no_key() {
    let rig = Rig::new();
    let page = page(&rig).await;
    let asked = rig.service.asked();
    let response = rig.submit(&page, &[("api_key", ""), ("decision", "deny")]).await;
    let url = location(&response);
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(parameter(&url, "error").as_deref(), Some("access_denied"));
    assert_eq!(parameter(&url, "state").as_deref(), Some("xyz"));
    assert_eq!(parameter(&url, "iss").as_deref(), Some(ISSUER));
    assert_eq!(parameter(&url, "code"), None);
    assert_eq!(rig.service.asked(), asked);
    assert!(page.html.contains("value=\"deny\" formnovalidate"));
}

/// `check` shows whose key it is and what can be chosen; the key is not typed again and not on the page.
#[tokio::test]
async fn check_then_choose_then_approve() {
    let rig = Rig::new();
    rig.service.offer(choices());
    let client = rig.client(&[CLAUDE]).await;
    let first = rig.open_page(&authorization(&client, CLAUDE)).await;
    let response = rig.submit(&first, &[("api_key", KEY), ("decision", "check")]).await;
    assert_eq!(response.status(), StatusCode::OK);
    let second = first.then(&response);
    assert!(second.html.contains("Alpha Plumbing") && !second.html.contains("name=\"api_key\""));
    assert!(!second.html.contains(KEY) && !second.transaction.contains(KEY));
    assert_eq!(web_ui::testing::violations(&second.html, ""), [""; 0]);

    // A value that was not offered: told, and what was chosen is kept.
    let wrong = [
        ("decision", "approve"),
        ("choice_read_only", "on"),
        ("choice_inbox", "main"),
        ("choice_cap", "999"),
    ];
    let response = rig.submit(&second, &wrong).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let third = second.then(&response);
    assert!(third.html.contains("Texts a day") && third.html.contains("value=\"999\""));
    assert!(third.html.contains("name=\"choice_read_only\" value=\"on\" checked"));
    assert!(third.html.contains("<option value=\"main\" selected>"));

    let asked = rig.service.asked();
    let right =
        [("decision", "approve"), ("choice_read_only", "on"), ("choice_inbox", "main"), ("choice_cap", "7")];
    let response = rig.submit(&third, &right).await;
    assert_eq!(rig.service.asked(), asked, "the key was checked already");
    let code = parameter(&location(&response), "code").unwrap();
    let tokens = json(&rig.post("/token", &redemption(&client, &code)).await);
    let grant = rig.check(tokens["access_token"].as_str().unwrap(), "/mcp").await.unwrap();
    assert_eq!(&grant.embedder_data[..], br#"{"cap":7,"inbox":"main","read_only":true}"#);
    assert_eq!(grant.credential.expose(), KEY);
}

/// Several of many: everything, or a list; never the wider of two that contradict each other.
#[tokio::test]
async fn several_of_many_or_everything() {
    let rig = Rig::new();
    let option = |value: &str| ChoiceOption { value: value.to_owned(), label: format!("Inbox {value} <i>") };
    let inboxes = ConsentChoice::new(
        "inboxes",
        "Which inboxes",
        ChoiceControl::Several {
            options: vec![option("main"), option("second")],
            ticked: Vec::new(),
            everything: Some("All inboxes, also later ones".to_owned()),
        },
    )
    .help("Where it may read and text.");
    rig.service.offer(vec![inboxes]);
    let client = rig.client(&[CLAUDE]).await;
    let first = rig.open_page(&authorization(&client, CLAUDE)).await;
    let mut page = first.then(&rig.submit(&first, &[("api_key", KEY), ("decision", "check")]).await);
    assert_eq!(web_ui::testing::violations(&page.html, ""), [""; 0]);
    for part in [
        "<legend>Which inboxes</legend>",
        "<input type=\"radio\" name=\"choice_inboxes\" value=\"all\" checked>",
        "<input type=\"checkbox\" name=\"choice_inboxes.1\" value=\"on\">",
        "Inbox second &#60;i&#62;",
    ] {
        assert!(page.html.contains(part), "{part}:\n{}", page.html);
    }
    let (how, second) = ("choice_inboxes", ("choice_inboxes.1", "on"));
    for (form, said) in [
        (vec![(how, "some")], "Tick at least one box."),
        (vec![(how, "all"), second], "You chose everything and ticked boxes as well."),
        (vec![(how, "some"), ("choice_inboxes.7", "on")], "Tick at least one box."),
        (vec![(how, "everything"), second], "This is not one of the values that can be chosen."),
    ] {
        let form = [&[("decision", "approve")], &form[..]].concat();
        let response = rig.submit(&page, &form).await;
        assert_eq!(outcome(&response), "400 page", "{form:?}");
        page = page.then(&response);
        assert!(page.html.contains(said), "{form:?}");
        assert!(
            page.html.contains("<a class=\"onward\" href=\"#choice_inboxes\">Which inboxes</a>"),
            "{form:?}"
        );
        assert_eq!(web_ui::testing::violations(&page.html, ""), [""; 0]);
        let ticked = "name=\"choice_inboxes.1\" value=\"on\" checked";
        assert_eq!(page.html.contains(ticked), form.contains(&second), "what was ticked stays: {form:?}");
    }
    for (form, expected) in [
        (vec![(how, "all")], r#"{"inboxes":"all"}"#),
        (vec![(how, "some"), second], r#"{"inboxes":["second"]}"#),
    ] {
        let form = [&[("decision", "approve")], &form[..]].concat();
        let code = parameter(&location(&rig.submit(&page, &form).await), "code").unwrap();
        let tokens = json(&rig.post("/token", &redemption(&client, &code)).await);
        let grant = rig.check(tokens["access_token"].as_str().unwrap(), "/mcp").await.unwrap();
        assert_eq!(std::str::from_utf8(&grant.embedder_data).unwrap(), expected);
    }
}

/// The key that was checked in one browser is of no use in another.
#[tokio::test]
async fn e6_a_checked_key_is_bound_to_its_browser() {
    let rig = Rig::new();
    let first = page(&rig).await;
    let response = rig.submit(&first, &[("api_key", KEY), ("decision", "check")]).await;
    let mut stolen = first.then(&response);
    stolen.cookie = page(&rig).await.cookie;
    assert_eq!(outcome(&rig.submit(&stolen, &[("decision", "approve")]).await), "403 page");
}

#[tokio::test]
async fn choices_fall_to_their_defaults_where_none_were_shown() {
    let rig = Rig::new();
    rig.service.offer(choices());
    let client = rig.client(&[CLAUDE]).await;
    let page = rig.open_page(&authorization(&client, CLAUDE)).await;
    let sneaky = [("api_key", KEY), ("decision", "approve"), ("choice_cap", "1000")];
    let code = parameter(&location(&rig.submit(&page, &sneaky).await), "code").unwrap();
    let tokens = json(&rig.post("/token", &redemption(&client, &code)).await);
    let grant = rig.check(tokens["access_token"].as_str().unwrap(), "/mcp").await.unwrap();
    assert_eq!(&grant.embedder_data[..], br#"{"cap":50,"inbox":"all","read_only":false}"#);
}

#[tokio::test]
async fn a_decision_that_is_none_is_asked_for_again() {
    let rig = Rig::new();
    for decision in [None, Some("yes"), Some("")] {
        let page = page(&rig).await;
        let mut form = vec![("api_key", KEY)];
        form.extend(decision.map(|decision| ("decision", decision)));
        let response = rig.submit(&page, &form).await;
        assert_eq!(outcome(&response), "400 page");
        assert!(text(&response).contains("Choose one of the buttons below."));
    }
}

#[tokio::test]
async fn e20_an_unknown_host_must_be_confirmed() {
    let mut open = settings(ISSUER);
    open.redirects.allow_unknown_hosts = true;
    let rig = Rig::with(open);
    let uri = "https://evil.example/cb";
    let client = rig.client(&[uri]).await;
    let first = rig.open_page(&authorization(&client, uri)).await;
    let response = rig.submit(&first, &[("api_key", KEY), ("decision", "approve")]).await;
    assert_eq!(outcome(&response), "400 page");
    let second = first.then(&response);
    assert_eq!(web_ui::testing::violations(&second.html, ""), [""; 0]);
    let response = rig.submit(&second, &[("decision", "approve"), ("trust_host", "yes")]).await;
    assert!(location(&response).starts_with("https://evil.example/cb?code=opqac_"));
}

/// Double submit and the back button: each approval is a connection of its own.
#[tokio::test]
async fn a_form_may_be_sent_twice() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let page = rig.open_page(&authorization(&client, CLAUDE)).await;
    for _ in 0..2 {
        let response = rig.submit(&page, &[("api_key", KEY), ("decision", "approve")]).await;
        let code = parameter(&location(&response), "code").unwrap();
        assert_eq!(rig.redeem(&client, &code).await.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn a_store_that_is_down_keeps_the_form() {
    let rig = Rig::new();
    let first = page(&rig).await;
    let response = rig.submit(&first, &[("api_key", KEY), ("decision", "check")]).await;
    let second = first.then(&response);
    rig.store.set_down(true);
    for (page, form) in
        [(&first, vec![("api_key", KEY), ("decision", "approve")]), (&second, vec![("decision", "approve")])]
    {
        let response = rig.submit(page, &form).await;
        assert_eq!(outcome(&response), "503 page");
        assert!(text(&response).contains("name=\"transaction\""));
    }
    rig.store.set_down(false);
    assert_eq!(outcome(&rig.submit(&second, &[("decision", "approve")]).await), "303 redirect code");
}

/// P12, S24: nothing that is sent breaks the page.
#[tokio::test]
async fn malformed_forms_get_a_page() {
    let rig = Rig::new();
    let page = page(&rig).await;
    let own = [("cookie", page.cookie.as_str()), ("content-type", "application/x-www-form-urlencoded")];
    let transaction = format!("transaction={}", page.transaction);
    for (body, expected) in [
        (String::new(), "400 page"),
        ("transaction=x".to_owned(), "400 page"),
        (format!("{transaction}&{transaction}"), "400 page"),
        (format!("{transaction}&decision=approve&decision=deny"), "400 page"),
        (format!("{transaction}&decision=%ff"), "400 page"),
        ("x".repeat(70_000), "413 page"),
    ] {
        let response = rig.send(request(Method::POST, "/authorize", &own, &body)).await;
        assert_eq!(outcome(&response), expected, "{}", &body[..body.len().min(60)]);
    }
    let json = [("cookie", page.cookie.as_str()), ("content-type", "application/json")];
    assert_eq!(outcome(&rig.send(request(Method::POST, "/authorize", &json, "{}")).await), "400 page");
}

/// The number on an error page is the edge's request id, if it is one.
#[tokio::test]
async fn error_pages_carry_a_request_id() {
    let rig = Rig::new();
    for (id, shown) in [("req-1_A", true), ("<script>", false), ("", false), (&"x".repeat(65), false)] {
        let response = rig.send(request(Method::GET, "/authorize", &[("x-request-id", id)], "")).await;
        let html = text(&response);
        assert_eq!(html.contains(&format!("<code>{id}</code>")), shown, "{id}");
        assert_eq!(html.matches("<code>").count(), 1);
    }
}
