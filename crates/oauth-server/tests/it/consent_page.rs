//! What the consent page says and offers beside the decision: what comes of the choices, where an error leads, how long it
//! lasts and how to start again.

use http::{Method, StatusCode};
use oauth_server::{ChoiceControl, ChoiceOption, Clause, ConsentChoice, CredentialError};
use web_ui::testing::{links, texts, violations};

use crate::rig::{
    CLAUDE, ConsentPage, ISSUER, KEY, Rig, authorization, but, choices, encode, json, location, outcome,
    parameter, request, settings, text,
};

/// What may come over the wire the first time: page, stylesheet and script.
const MOST_BYTES: usize = 14_000;
const GZIP: [(&str, &str); 1] = [("accept-encoding", "gzip, br")];

async fn page(rig: &Rig) -> ConsentPage {
    let client = rig.client(&[CLAUDE]).await;
    rig.open_page(&authorization(&client, CLAUDE)).await
}

async fn checked(rig: &Rig) -> ConsentPage {
    let page = page(rig).await;
    page.then(&rig.submit(&page, &[("api_key", KEY), ("decision", "check")]).await)
}

/// The sentence as a browser shows it without the script: what is hidden is not read.
fn sentence(html: &str) -> String {
    let (_, rest) = html.split_once("data-summary").expect("a sentence");
    let (sentence, _) = rest.split_once("</p>").unwrap();
    let clauses = sentence.split("<span").skip(1).filter(|clause| {
        let (attributes, _) = clause.split_once('>').unwrap();
        !attributes.ends_with(" hidden")
    });
    let text = |clause: &str| -> String {
        let (_, inside) = clause.split_once('>').unwrap();
        let inside = inside.split_once("</span>").map_or(inside, |(inside, _)| inside);
        inside.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text)).collect()
    };
    clauses.map(text).collect()
}

fn inboxes() -> ConsentChoice {
    let option = |value: &str| ChoiceOption { value: value.to_owned(), label: format!("Inbox {value}") };
    let options = ["a", "b", "c"].map(option).to_vec();
    let everything = Some("All".to_owned());
    ConsentChoice::new("inboxes", "Which", ChoiceControl::Several { options, ticked: Vec::new(), everything })
}

/// The sentence follows the choices, first as they are offered, then as they were sent.
#[tokio::test]
async fn the_sentence_follows_the_choices() {
    let rig = Rig::new();
    let mut offered = choices();
    offered.push(inboxes());
    rig.service.offer(offered);
    rig.service.summarize_as(vec![
        Clause::new("{app} can read {inbox}"),
        Clause::new(" everywhere").when("inboxes", "all"),
        Clause::new(" in {inboxes}").when("inboxes", "some"),
        Clause::new(" nowhere").when("inboxes", "none"),
        Clause::new(", and send one text").when("read_only", "false").when("cap", "1"),
        Clause::new(", and send {cap} texts").when("read_only", "false").unless("cap", "1"),
        Clause::new("."),
    ]);
    let page = checked(&rig).await;
    assert_eq!(violations(&page.html, ""), [""; 0]);
    assert_eq!(sentence(&page.html), "claude.ai can read Inbox all everywhere, and send 50 texts.");
    assert!(page.html.contains("data-when=\"read_only=false&#38;cap!=1\""), "{}", page.html);
    let (all, some) = (("choice_inboxes", "all"), ("choice_inboxes", "some"));
    let (first, second, third) =
        (("choice_inboxes.0", "on"), ("choice_inboxes.1", "on"), ("choice_inboxes.2", "on"));
    for (form, expected) in [
        (vec![("choice_cap", "1"), all], "Inbox main everywhere, and send one text."),
        (vec![("choice_cap", "01"), all], "Inbox main everywhere, and send one text."),
        (vec![("choice_cap", "9"), all, ("choice_read_only", "on")], "Inbox main everywhere."),
        (vec![("choice_cap", "9"), some, second], "Inbox main in Inbox b, and send 9 texts."),
        (
            vec![("choice_cap", "9"), some, first, second, third],
            "Inbox main in Inbox a, Inbox b and Inbox c, and send 9 texts.",
        ),
        (vec![("choice_cap", "9"), some], "Inbox main nowhere, and send 9 texts."),
        // What is empty was not typed in: the field shows the default again.
        (vec![("choice_cap", ""), all], "Inbox main everywhere, and send 50 texts."),
    ] {
        let form = [&[("decision", "check"), ("choice_inbox", "main")], &form[..]].concat();
        let response = rig.submit(&page, &form).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(sentence(&text(&response)), format!("claude.ai can read {expected}"), "{form:?}");
    }

    let client = rig.client(&["http://127.0.0.1:3118/callback"]).await;
    let first = rig.open_page(&authorization(&client, "http://127.0.0.1:3118/callback")).await;
    assert!(!first.html.contains("data-summary"), "no choices yet, no sentence");
    let response = rig.submit(&first, &[("api_key", KEY), ("decision", "check")]).await;
    assert!(sentence(&text(&response)).starts_with("An app on this computer can read"));
}

/// WCAG 3.3.1, 3.3.7, 4.1.3: said once, with a link to the field, at which the reason stands.
#[tokio::test]
async fn e16_an_error_leads_to_its_field() {
    let rig = Rig::new();
    for (trouble, key, title, is_wrong) in [
        (None, "wrong", "Your Example API key was not accepted", true),
        (None, "", "Your Example API key is missing", true),
        (Some(CredentialError::Forbidden), KEY, "Your Example API key was not accepted", true),
        (Some(CredentialError::Unavailable), KEY, "Your Example API key could not be checked", false),
        (Some(CredentialError::TimedOut), KEY, "Your Example API key could not be checked", false),
    ] {
        rig.service.answer(trouble);
        let page = page(&rig).await;
        assert!(!page.html.contains("role=\"alert\"") && !page.html.contains("autofocus"));
        let html = text(&rig.submit(&page, &[("api_key", key), ("decision", "approve")]).await);
        assert_eq!(violations(&html, ""), [""; 0]);
        assert_eq!(html.matches("role=\"alert\"").count(), 1, "{html}");
        assert!(html.contains(&format!("<p class=\"callout-title\">{title}</p>")), "{html}");
        assert!(html.contains("<a class=\"onward\" href=\"#api_key\">"));
        let (_, input) = html.split_once("id=\"api_key\"").unwrap();
        let (input, _) = input.split_once('>').unwrap();
        assert!(input.contains("aria-describedby=\"api_key-error api_key-hint\""), "{input}");
        assert!(input.contains(" autofocus") && !input.contains("value="), "{input}");
        assert_eq!(input.contains("aria-invalid"), is_wrong, "{input}");
    }
}

/// WCAG 3.3.8: the key can be pasted, and filled in by a password manager.
#[tokio::test]
async fn e15_password_managers_may_fill_the_key_in() {
    let rig = Rig::new();
    for html in [page(&rig).await.html, rig.open_connections().await.html] {
        let (_, input) = html.split_once("id=\"api_key\"").unwrap();
        let (input, _) = input.split_once('>').unwrap();
        for attribute in ["type=\"password\"", "autocomplete=\"current-password\"", "spellcheck=\"false\""] {
            assert!(input.contains(attribute), "{input}");
        }
        assert!(!html.contains("onpaste"));
    }
}

#[tokio::test]
async fn the_way_to_a_key_is_told_step_by_step() {
    let mut stepped = settings(ISSUER);
    stepped.texts.credential_steps = vec!["Open it.".to_owned(), "Copy the key.".to_owned()];
    let rig = Rig::with(stepped);
    let html = page(&rig).await.html;
    assert_eq!(violations(&html, ""), [""; 0]);
    assert!(
        html.contains("<ol class=\"steps\">\n<li>Open it.</li>\n<li>Copy the key.</li>\n</ol>"),
        "{html}"
    );
    assert_eq!(html.matches("https://example.com/help").count(), 1);
    assert!(!page(&Rig::new()).await.html.contains("<details"));
    // A new key has no connections to be listed or ended.
    assert!(!rig.open_connections().await.html.contains("<details"));
}

/// WCAG 2.2.1: the page says how long it lasts, and what is left of it when it is shown again.
#[tokio::test]
async fn e6_the_page_says_how_long_it_lasts() {
    let rig = Rig::new();
    let first = page(&rig).await;
    assert!(first.html.contains("This page expires in 10 minutes."));
    assert!(first.html.contains("data-expires=\"600\""));
    rig.advance(500);
    let response = rig.submit(&first, &[("api_key", "wrong"), ("decision", "approve")]).await;
    let html = text(&response);
    assert!(
        html.contains("This page expires in 2 minutes.") && html.contains("data-expires=\"100\""),
        "{html}"
    );
}

/// The link of a page that has expired, and the answer to its button.
async fn restart(rig: &Rig, page: &ConsentPage) -> String {
    let response = rig.submit(page, &[("api_key", KEY), ("decision", "approve")]).await;
    assert_eq!(outcome(&response), "400 page");
    let html = text(&response);
    assert_eq!(violations(&html, ""), [""; 0]);
    let link = links(&html).into_iter().find(|link| link.starts_with("/authorize?")).expect("a link");
    assert!(html.contains("If your app does not accept it, go back to your app"));
    let pressed = rig.submit(page, &[("api_key", KEY), ("decision", "restart")]).await;
    assert_eq!(pressed.status(), StatusCode::SEE_OTHER);
    assert_eq!(location(&pressed), link);
    link
}

#[tokio::test]
async fn e6_an_expired_page_starts_again_where_it_began() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    for (name, value) in [
        ("state", Some("a&b=c d#\u{e9}\"<>%41")),
        ("state", None),
        ("scope", None),
        ("scope", Some("example:read")),
        ("resource", None),
        ("resource", Some("https://mcp.example.com/mcp/readonly")),
    ] {
        let query = but(authorization(&client, CLAUDE), name, value);
        let page = rig.open_page(&query).await;
        rig.advance(600);
        let link = restart(&rig, &page).await;
        assert!(!link.contains(KEY) && link.is_ascii());
        let state = query.iter().find(|(name, _)| *name == "state").map(|(_, value)| (*value).to_owned());
        assert_eq!(parameter(&link, "state"), state);
        for (name, value) in &query {
            let is_same = parameter(&link, name).as_deref() == Some(value);
            // Scopes come back with what they imply and in the order of the settings.
            assert!(is_same || *name == "scope", "{name} of {link}");
        }
        // It is a request like any other, and asks for the same.
        let again = ConsentPage::new(&rig.get(&link).await);
        let facts = |html: &str| html.split_once("<dl").unwrap().1.split_once("<form").unwrap().0.to_owned();
        assert_eq!(facts(&again.html), facts(&page.html));
        let response = rig.submit(&again, &[("api_key", KEY), ("decision", "approve")]).await;
        assert_eq!(parameter(&location(&response), "state"), state);
        assert_eq!(outcome(&response), "303 redirect code");
    }
    // One that has not expired may be opened anew as well.
    let page = rig.open_page(&authorization(&client, CLAUDE)).await;
    let response = rig.submit(&page, &[("decision", "restart")]).await;
    assert!(location(&response).starts_with("/authorize?response_type=code&client_id="));
    // A key that was checked stays behind.
    let page = checked(&rig).await;
    rig.advance(600);
    assert!(restart(&rig, &page).await.len() < 1000);
}

/// Only the browser that opened the page is helped, and only with a page of ours.
#[tokio::test]
async fn e6_nobody_else_is_given_the_link() {
    let rig = Rig::new();
    let (victims, attackers) = (page(&rig).await, page(&rig).await);
    for age in [0, 600] {
        rig.advance(age);
        for (cookie, transaction) in [
            ("", attackers.transaction.as_str()),
            (victims.cookie.as_str(), attackers.transaction.as_str()),
            (attackers.cookie.as_str(), &attackers.transaction[..attackers.transaction.len() - 2]),
            (attackers.cookie.as_str(), "x"),
        ] {
            for decision in ["approve", "restart"] {
                let form = [("transaction", transaction), ("decision", decision)];
                let response = rig.post_with("/authorize", &[("cookie", cookie)], &form).await;
                assert!(outcome(&response).ends_with(" page"), "{}", outcome(&response));
                assert!(!text(&response).contains("/authorize?"), "{age} {decision}");
            }
        }
        let foreign = [("cookie", attackers.cookie.as_str()), ("origin", "https://evil.example")];
        let form = [("transaction", attackers.transaction.as_str()), ("decision", "restart")];
        assert_eq!(outcome(&rig.post_with("/authorize", &foreign, &form).await), "403 page");
    }
}

/// The request is opened at the server's own mount, and a link of it leads nowhere else.
#[tokio::test]
async fn e6_the_link_keeps_the_mount() {
    let rig = Rig::with(settings("http://127.0.0.1:8787/phone"));
    let metadata = serde_json::json!({ "redirect_uris": [CLAUDE], "token_endpoint_auth_method": "none" });
    let headers = [("content-type", "application/json")];
    let register = request(Method::POST, "/phone/register", &headers, &metadata.to_string());
    let registered = rig.send(register).await;
    let client = json(&registered)["client_id"].as_str().unwrap().to_owned();
    let query = but(authorization(&client, CLAUDE), "resource", None);
    let page = ConsentPage::new(&rig.get(&format!("/phone/authorize?{}", encode(&query))).await);
    let headers = [("cookie", page.cookie.as_str())];
    let form = [("transaction", page.transaction.as_str()), ("decision", "restart")];
    let response = rig.post_with("/phone/authorize", &headers, &form).await;
    assert!(location(&response).starts_with("/phone/authorize?"), "{}", location(&response));
    assert_eq!(rig.get(&location(&response)).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn the_page_is_short_and_says_its_language() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let path = format!("/authorize?{}", encode(&authorization(&client, CLAUDE)));
    let sent = rig.send(request(Method::GET, &path, &GZIP, "")).await;
    assert_eq!(sent.headers()["content-encoding"], "gzip");
    assert_eq!(sent.headers()["vary"], "Accept-Encoding");
    let files = web_ui::assets::all().iter().filter(|asset| asset.path.starts_with("/assets/"));
    let files = files.filter_map(|asset| {
        let asked = request(Method::GET, &asset.path, &GZIP, "");
        web_ui::assets::handle(&asked, "")
    });
    let bytes = sent.body().len() + files.map(|file| file.body().len()).sum::<usize>();
    assert!(bytes <= MOST_BYTES, "{bytes} bytes");

    let html = page(&rig).await.html;
    assert!(html.starts_with("<!doctype html>\n<html lang=\"en\">"));
    assert_eq!(texts(&html, "party").len(), 2);
}

/// Of a page that mixes somebody's data with a stranger's name the length would tell.
#[tokio::test]
async fn a_page_with_an_account_is_sent_as_it_is() {
    let rig = Rig::new();
    let page = page(&rig).await;
    let headers = [("cookie", page.cookie.as_str()), GZIP[0]];
    let form = [("transaction", &*page.transaction), ("api_key", KEY), ("decision", "check")];
    let response = rig.post_with("/authorize", &headers, &form).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(!response.headers().contains_key("content-encoding"));
    assert!(text(&response).contains(" works</p>"), "an account is shown");
}
