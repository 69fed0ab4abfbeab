//! The page of connected apps: who sees what, who ends what, and what nobody gets to see.

use http::{Method, StatusCode};
use oauth_server::CredentialError;
use serde_json::{Value, json};
use web_ui::testing::links;

use crate::connections::{connections, fingerprint, login_with, refusal, token};
use crate::documents::{APP, FakeHosts, document};
use crate::rig::{
    CLAUDE, ConsentPage, ISSUER, KEY, Rig, authorization, choices, encode, header, json, outcome, request,
    settings, text,
};

const PATH: &str = "/connections";
const SHOW: (&str, &str) = ("action", "show");
const END_ALL: (&str, &str) = ("action", "end_all");

/// Proves the usual key and shows the list.
async fn proved(rig: &Rig, key: &str) -> ConsentPage {
    let page = rig.open_connections().await;
    let response = rig.submit_at(PATH, &page, &[SHOW, ("api_key", key)]).await;
    assert_eq!(response.status(), StatusCode::OK, "{}", text(&response));
    page.then(&response)
}

fn buttons(html: &str) -> Vec<String> {
    let values = html.split("name=\"end\" value=\"").skip(1);
    values.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_list_says_who_since_when_and_what() {
    let rig = Rig::new();
    rig.service.offer(choices());
    rig.service.describe_as(&["It may send 50 texts a day.", "It works in one inbox only."]);
    let client =
        rig.client(&[CLAUDE, "http://localhost/cb", "cursor://anysphere.cursor-mcp/oauth/callback"]).await;
    let tokens = rig.login(&client).await;
    rig.advance(2 * 24 * 3600);
    rig.refresh(&client, token(&tokens, "refresh_token")).await;
    for redirect in ["http://localhost:7/cb", "cursor://anysphere.cursor-mcp/oauth/callback"] {
        let url = rig.approve(&authorization(&client, redirect)).await;
        let code = crate::rig::parameter(&url, "code").unwrap();
        let form = crate::rig::but(crate::rig::redemption(&client, &code), "redirect_uri", None);
        assert_eq!(rig.post("/token", &form).await.status(), StatusCode::OK);
    }
    rig.advance(300);
    let page = proved(&rig, KEY).await;
    for expected in [
        "3 connections were made with this Example API key",
        ">claude.ai</h2>",
        ">An app on a computer</h2>",
        ">The app that opens cursor: links</h2>",
        "“<bdi>Claude</bdi>” <small class=\"muted\">its own words, not verified</small>",
        "<dd>2 days ago</dd>",
        "<dd>5 minutes ago</dd>",
        "<dd>in 180 days, or when it is not used for long</dd>",
        "<dd>in 178 days, or when it is not used for long</dd>",
        "https://mcp.example.com/mcp",
        "<dd>Read; Write</dd>",
        "<li>It may send 50 texts a day.</li>\n<li>It works in one inbox only.</li>",
    ] {
        assert!(page.html.contains(expected), "{expected}: {}", page.html);
    }
    assert!(!page.html.contains("api_key") && !page.html.contains(KEY));
}

#[tokio::test]
async fn the_page_is_read_without_a_trace() {
    let rig = Rig::new();
    let one = rig.get(PATH).await;
    let two = rig.get(PATH).await;
    let (one, two) = (ConsentPage::new(&one), ConsentPage::new(&two));
    assert_ne!(one.cookie, two.cookie);
    assert!(one.set_cookie.starts_with("__Host-opq_tx_"));
    assert!(one.set_cookie.ends_with("; Path=/; Max-Age=4200; HttpOnly; SameSite=Strict; Secure"));
    // Both are open at once and work.
    for page in [one, two] {
        let response = rig.submit_at(PATH, &page, &[SHOW, ("api_key", KEY)]).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert!(text(&response).contains("No app is connected"));
    }
    assert_eq!(rig.send(request(Method::HEAD, PATH, &[], "")).await.body().len(), 0);
    let put = rig.send(request(Method::PUT, PATH, &[], "")).await;
    assert_eq!(
        (put.status(), header(&put, "allow").as_str()),
        (StatusCode::METHOD_NOT_ALLOWED, "GET, HEAD, POST")
    );
}

#[tokio::test]
async fn k5_two_users_never_see_or_end_each_others() {
    let rig = Rig::new();
    let other_key = format!("{KEY}-other");
    let client = rig.client(&[CLAUDE]).await;
    let (mine, theirs) = (rig.login(&client).await, login_with(&rig, &client, &other_key).await);
    let (my_page, their_page) = (proved(&rig, KEY).await, proved(&rig, &other_key).await);
    let (my_buttons, their_buttons) = (buttons(&my_page.html), buttons(&their_page.html));
    assert_eq!((my_buttons.len(), their_buttons.len()), (1, 1));
    assert_ne!(my_buttons, their_buttons);

    // I send the name of their connection with my proof: nothing happens.
    let response = rig.submit_at(PATH, &my_page, &[("end", &their_buttons[0])]).await;
    assert!(text(&response).contains("That connection had ended already."));
    assert!(rig.works(&theirs).await && rig.works(&mine).await);
    // Their sealed form is worth nothing in my browser.
    let stolen = ConsentPage { transaction: their_page.transaction.clone(), ..proved(&rig, KEY).await };
    let response = rig.submit_at(PATH, &stolen, &[("end", &their_buttons[0])]).await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert!(rig.works(&theirs).await);

    rig.advance(1);
    rig.submit_at(PATH, &my_page, &[END_ALL]).await;
    assert!(!rig.works(&mine).await);
    assert!(rig.works(&theirs).await);
}

#[tokio::test]
async fn one_or_all_are_ended() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let mut logins = Vec::new();
    for _ in 0..3 {
        logins.push(rig.login(&client).await);
        rig.advance(1);
    }
    let page = proved(&rig, KEY).await;
    // The newest stands first.
    let response = rig.submit_at(PATH, &page, &[("end", &buttons(&page.html)[0])]).await;
    assert_eq!(response.status(), StatusCode::OK);
    let page = page.then(&response);
    assert!(
        page.html.contains("The connection was ended. That app cannot use your Example workspace any more.")
    );
    assert_eq!(buttons(&page.html).len(), 2);
    let challenge = rig.check(token(&logins[2], "access_token"), "/mcp").await.unwrap_err().response();
    assert_eq!(outcome(&challenge), "401 invalid_token");
    assert!(refusal(&rig, &client, &logins[2]).await.contains("/signed-out?reason=revoked"));
    assert!(rig.works(&logins[1]).await);

    let response = rig.submit_at(PATH, &page, &[END_ALL]).await;
    let html = text(&response);
    assert_eq!(response.status(), StatusCode::OK);
    assert!(html.contains("All connections that were made with this Example API key until now have ended."));
    assert!(html.contains("No app is connected"));
    for tokens in &logins {
        assert!(!rig.works(tokens).await);
        assert!(refusal(&rig, &client, tokens).await.contains("/signed-out?reason=revoked"));
    }
    // The page may be used again, and a new connection lives.
    assert!(text(&rig.submit_at(PATH, &page, &[END_ALL]).await).contains("No app is connected"));
    let later = rig.login(&client).await;
    assert!(rig.works(&later).await);
}

/// E6, E7 for this page: another site, another browser, another page, an old page.
#[tokio::test]
async fn e6_e7_an_attackers_form_does_nothing() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let tokens = rig.login(&client).await;
    let page = proved(&rig, KEY).await;
    let end = buttons(&page.html)[0].clone();
    let form = [("transaction", page.transaction.as_str()), ("end", end.as_str())];
    let cookie = ("cookie", page.cookie.as_str());
    for (headers, expected) in [
        (vec![cookie, ("origin", "https://evil.example")], StatusCode::FORBIDDEN),
        (vec![cookie, ("origin", "null")], StatusCode::FORBIDDEN),
        (vec![cookie, ("sec-fetch-site", "cross-site")], StatusCode::FORBIDDEN),
        (vec![cookie, ("sec-fetch-site", "same-site")], StatusCode::FORBIDDEN),
        (vec![], StatusCode::FORBIDDEN),
        (vec![("cookie", "__Host-opq_tx_00000000=x")], StatusCode::FORBIDDEN),
    ] {
        assert_eq!(rig.post_with(PATH, &headers, &form).await.status(), expected, "{headers:?}");
    }
    // The attacker opens a page, proves a key of their own, and has the victim's browser send that form.
    let attackers_key = format!("{KEY}-attacker");
    login_with(&rig, &client, &attackers_key).await;
    let attackers = proved(&rig, &attackers_key).await;
    let crossed = ConsentPage { cookie: page.cookie.clone(), ..attackers };
    assert_eq!(rig.submit_at(PATH, &crossed, &[END_ALL]).await.status(), StatusCode::FORBIDDEN);
    // A form of one page is not one of the other.
    let consent = rig.open_page(&authorization(&client, CLAUDE)).await;
    assert_eq!(
        rig.submit_at(PATH, &consent, &[SHOW, ("api_key", KEY)]).await.status(),
        StatusCode::BAD_REQUEST
    );
    assert_eq!(rig.submit(&page, &[("decision", "approve")]).await.status(), StatusCode::BAD_REQUEST);
    // Neither a tampered form nor one of a newer page's proof.
    let tampered =
        ConsentPage { transaction: format!("{}A", page.transaction), ..rig.open_connections().await };
    assert_eq!(rig.submit_at(PATH, &tampered, &[SHOW]).await.status(), StatusCode::BAD_REQUEST);
    assert!(rig.works(&tokens).await);

    rig.advance(600);
    let response = rig.submit_at(PATH, &page, &[("end", &end)]).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let html = text(&response);
    assert!(html.contains("This page has expired") && html.contains("Nothing was changed."), "{html}");
    assert!(links(&html).contains(&PATH.to_owned()));
    assert!(rig.works(&tokens).await);
}

/// E15, E16 for this page: each answer of the service, and the key is in none of them.
#[tokio::test]
async fn e15_e16_a_key_that_cannot_be_checked_shows_nothing() {
    for (trouble, status, expected) in [
        (Some(CredentialError::Wrong), 400, "api.example.com does not know this Example API key"),
        (Some(CredentialError::RateLimited { retry_after: None }), 503, "taking no more requests"),
        (Some(CredentialError::Unavailable), 503, "cannot be reached or has an outage"),
        (Some(CredentialError::TimedOut), 503, "did not answer in time"),
        (None, 200, "One app is connected"),
        // It is the owner's key, whatever it may do.
        (Some(CredentialError::Forbidden), 200, "One app is connected"),
    ] {
        let rig = Rig::new();
        let client = rig.client(&[CLAUDE]).await;
        let tokens = rig.login(&client).await;
        rig.service.answer(trouble);
        let page = rig.open_connections().await;
        let response = rig.submit_at(PATH, &page, &[SHOW, ("api_key", &format!(" {KEY}\n"))]).await;
        let html = text(&response);
        assert_eq!(response.status().as_u16(), status, "{html}");
        assert!(html.contains(expected), "{html}");
        assert!(!html.contains(KEY) && !html.contains("canary"));
        assert_eq!(html.contains("claude.ai"), status == 200);

        // Ending everything is possible with all of them.
        rig.advance(1);
        let page = rig.open_connections().await;
        let asked = rig.service.asked();
        let response = rig.submit_at(PATH, &page, &[END_ALL, ("api_key", KEY)]).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(rig.service.asked(), asked);
        let html = text(&response);
        assert!(html.contains("have ended") && !html.contains("claude.ai") && !html.contains(KEY), "{html}");
        assert!(!rig.works(&tokens).await);
        rig.service.answer(None);
        assert!(refusal(&rig, &client, &tokens).await.starts_with("The connection was revoked."));
    }
}

/// A mistyped key must not look as if it had worked, and leaves nothing behind.
#[tokio::test]
async fn ending_nothing_says_so() {
    let rig = Rig::new();
    let page = rig.open_connections().await;
    let response = rig.submit_at(PATH, &page, &[END_ALL, ("api_key", "mistyped")]).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert!(text(&response).contains("Nothing is connected with this Example API key here"));
    use state_store::{Key, Store as _};
    let id = fingerprint(&rig, "mistyped").to_string();
    for space in ["oauth-credential-not-before", "oauth-credential-not-before-requested", "oauth-connections"]
    {
        assert_eq!(rig.store.get(&Key::new(space, id.clone())).await.unwrap(), None);
    }
    let log = Key::new("oauth-revocations", "log");
    assert_eq!(rig.store.read_since(&log, 0, 10).await.unwrap(), []);

    for (form, expected) in [
        (vec![SHOW], "Paste your Example API key first."),
        (vec![END_ALL], "Paste your Example API key first."),
        (vec![SHOW, ("api_key", "  ")], "Paste your Example API key first."),
        (vec![SHOW, ("api_key", "two words")], "That is not your Example API key"),
        (vec![END_ALL, ("api_key", "two words")], "That is not your Example API key"),
    ] {
        let response = rig.submit_at(PATH, &page, &form).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        assert!(text(&response).contains(expected), "{form:?}");
    }
}

/// E17 for this page: the tries are counted with those at consent, whichever button is used.
#[tokio::test]
async fn e17_the_page_is_no_oracle() {
    for action in [SHOW, END_ALL] {
        let rig = Rig::new();
        let page = rig.open_connections().await;
        let mut statuses = Vec::new();
        for n in 0..6 {
            let key = format!("wrong-{n}");
            let response = rig.submit_at(PATH, &page, &[action, ("api_key", &key)]).await;
            statuses.push(response.status().as_u16());
        }
        assert_eq!(statuses, [400, 400, 400, 400, 400, 429], "{action:?}");
    }

    // Altogether: pages and addresses cost an attacker nothing. The consent page counts into the same.
    let mut few = settings(ISSUER);
    few.credential_checks.overall = 4;
    let rig = Rig::with(few);
    let client = rig.client(&[CLAUDE]).await;
    rig.login(&client).await;
    rig.advance(1);
    for n in 0..4 {
        let page = rig.open_connections().await;
        let response = rig.submit_at(PATH, &page, &[[SHOW, END_ALL][n % 2], ("api_key", "wrong")]).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    }
    let page = rig.open_connections().await;
    let response = rig.submit_at(PATH, &page, &[SHOW, ("api_key", KEY)]).await;
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(!header(&response, "retry-after").is_empty());
    let page = rig.open_page(&authorization(&client, CLAUDE)).await;
    let response = rig.submit(&page, &[("api_key", KEY), ("decision", "check")]).await;
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    // Working keys do not use it up.
    rig.advance(60);
    for _ in 0..10 {
        rig.advance(6);
        let page = rig.open_connections().await;
        let response = rig.submit_at(PATH, &page, &[END_ALL, ("api_key", KEY)]).await;
        assert_eq!(response.status(), StatusCode::OK, "{}", text(&response));
    }
}

/// The proof lasts as long as the page and needs no second check; the form holds no key.
#[tokio::test]
async fn the_key_is_checked_once_and_not_kept() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    rig.login(&client).await;
    let asked = rig.service.asked();
    let page = proved(&rig, KEY).await;
    rig.service.answer(Some(CredentialError::Unavailable));
    rig.advance(599);
    let response = rig.submit_at(PATH, &page, &[SHOW]).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(rig.service.asked(), asked + 1);
    // Opened with the right keys it shows the fingerprint, and no more.
    let opened =
        rig.sealer().open(sealing::Purpose::new("opqcp", "connections-page"), &page.transaction).unwrap();
    assert!(opened.len() < 100);
    assert!(!opened.windows(8).any(|window| KEY.as_bytes().starts_with(window)));
    assert!(opened.windows(16).any(|window| window == fingerprint(&rig, KEY).as_bytes()));
}

#[tokio::test]
async fn without_the_store_the_page_says_so() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let tokens = rig.login(&client).await;
    let page = proved(&rig, KEY).await;
    let end = buttons(&page.html)[0].clone();
    rig.advance(1);
    rig.store.set_down(true);
    assert_eq!(rig.get(PATH).await.status(), StatusCode::OK);
    let asking = rig.open_connections().await;
    for action in [SHOW, END_ALL] {
        let response = rig.submit_at(PATH, &asking, &[action, ("api_key", KEY)]).await;
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(text(&response).contains("could not be checked just now"));
    }
    for (form, notice, again) in [
        (SHOW, "The list could not be read just now.", "name=\"action\" value=\"show\"".to_owned()),
        (END_ALL, "may still have access", "name=\"action\" value=\"end_all\"".to_owned()),
        (("end", end.as_str()), "may still have access", format!("name=\"end\" value=\"{end}\"")),
    ] {
        let response = rig.submit_at(PATH, &page, &[form]).await;
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(header(&response, "retry-after"), "2");
        let html = text(&response);
        assert!(html.contains(notice) && html.contains(&again), "{html}");
    }
    rig.store.set_down(false);
    // The store answers, but for the list, when everything is to be ended unseen.
    rig.store.fail_space(Some("oauth-connections"));
    let response = rig.submit_at(PATH, &asking, &[END_ALL, ("api_key", KEY)]).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(text(&response).contains("may still have access"));
    rig.store.fail_space(None);
    assert!(rig.works(&tokens).await);
    let page = page.then(&rig.submit_at(PATH, &page, &[("end", &end)]).await);
    assert!(page.html.contains("The connection was ended."));
    assert!(!rig.works(&tokens).await);
}

/// E2: a client's name can neither disguise itself nor become markup.
#[tokio::test]
async fn e2_e14_hostile_names_are_harmless() {
    let rig = Rig::new();
    let name = "\u{202e}gnorw</bdi><script>alert(1)</script>\u{200b}";
    let metadata =
        json!({ "client_name": name, "redirect_uris": [CLAUDE], "token_endpoint_auth_method": "none" });
    let client: Value = json(&rig.register(&metadata).await);
    rig.login(client["client_id"].as_str().unwrap()).await;
    rig.service.describe_as(&["<img src=x onerror=alert(1)>"]);
    let page = proved(&rig, KEY).await;
    assert!(!page.html.contains('\u{202e}') && !page.html.contains('\u{200b}'));
    assert!(!page.html.contains("<script>alert") && !page.html.contains("<img"));
    assert!(page.html.contains("<h2 id=\"app-1\">claude.ai</h2>"));
}

/// A client with a metadata document: who describes it is shown, as at consent.
#[tokio::test]
async fn the_list_says_where_a_client_is_described() {
    let hosts = FakeHosts::new();
    hosts.serve(APP, &document(APP, &[CLAUDE]));
    let mut documented = settings(ISSUER);
    documented.client_documents = Some(hosts);
    let rig = Rig::with(documented);
    rig.login(APP).await;
    assert_eq!(connections(&rig, KEY).await[0].client.document_host.as_deref(), Some("app.example.com"));
    let html = proved(&rig, KEY).await.html;
    assert!(html.contains("<dt>Described at</dt><dd>app.example.com</dd>"), "{html}");
    let client = rig.client(&[CLAUDE]).await;
    rig.login(&client).await;
    assert_eq!(proved(&rig, KEY).await.html.matches("Described at").count(), 1);
}

/// Many connections: the page still comes, with a button for each.
#[tokio::test]
async fn a_long_list_is_shown_whole() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    for _ in 0..100 {
        rig.login(&client).await;
        rig.advance(6);
    }
    let page = proved(&rig, KEY).await;
    assert_eq!(buttons(&page.html).len(), 100);
    assert_eq!(connections(&rig, KEY).await.len(), 100);
    assert!(page.html.contains("End all connections"));
}

/// N3 for this page: no link and no answer holds anything made from the key. (`canary` reads the log.)
#[tokio::test]
async fn no_link_holds_anything_of_the_key() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    rig.login(&client).await;
    let page = proved(&rig, KEY).await;
    for link in links(&page.html) {
        assert!(["#main", "/", "/privacy", "/connections", "/signed-out"].contains(&link.as_str()), "{link}");
    }
    let query = encode(&[("api_key", KEY)]);
    let response = rig.get(&format!("{PATH}?{query}")).await;
    assert!(!text(&response).contains(KEY));
}
