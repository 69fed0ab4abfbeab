//! The consent form: any submission, around genuine pages of one browser and their cookies.
//!
//! The input is headers and a body as in [`Post`]; what a browser sends by itself is there already.

use http::StatusCode;
use serde_json::Value;

use super::genuine::{Genuine, Page, STATE};
use super::judge::{Told, judge, told};
use super::service::{INBOXES, MOST_TEXTS};
use super::wire::{FORM, Post};
use super::world::{CLAUDE, ISSUER, KEY, Policy, UNKNOWN, World, play};

/// Submits. A decision counts only when it comes from the page, in its browser, with a credential that works.
pub fn consent_form(input: &[u8]) -> String {
    play(async |genuine| {
        let world = World::new(Policy::Loose);
        let cookies = String::from_utf8(genuine.fill(b"$cookies", &[])).unwrap();
        let browser = [("cookie", &*cookies), ("origin", ISSUER), ("sec-fetch-site", "same-origin")];
        let post = Post::new("/authorize", &[FORM, &browser].concat(), &genuine.fill(input, &[]));
        let response = world.send(post.request()).await;
        let outcome = judge(genuine, &response, input);
        let outcome = if response.status() == StatusCode::SEE_OTHER {
            let page = decided_page(genuine, &post);
            match told(&response, page.redirect, Some(STATE)) {
                Told::Error(error) => {
                    assert_eq!(error, "access_denied");
                    assert_eq!(post.field("decision").as_deref(), Some("deny"));
                    format!("{outcome} {error}")
                }
                Told::Code(code) => {
                    check_approval(&post, page);
                    format!("{outcome} {}", redeem(&world, genuine, page, &code).await)
                }
            }
        } else {
            outcome
        };
        world.check_bystander(genuine).await;
        outcome
    })
}

/// The page that was decided on: named by its own transaction, with its cookie, from our own origin.
fn decided_page<'a>(genuine: &'a Genuine, post: &Post) -> &'a Page {
    let transaction = post.field("transaction").expect("one transaction");
    let page = genuine.pages.iter().find(|page| page.transaction == transaction);
    let page = page.expect("a page that was opened");
    let cookies = post.headers.get_all("cookie").iter().filter_map(|value| value.to_str().ok());
    let has_cookie = cookies.flat_map(|value| value.split(';')).any(|pair| pair.trim() == page.cookie);
    assert!(has_cookie, "another browser decided");
    for (name, own) in [("origin", ISSUER), ("sec-fetch-site", "same-origin")] {
        assert!(post.headers.get_all(name).iter().all(|value| value == own), "another site decided");
    }
    page
}

fn check_approval(post: &Post, page: &Page) {
    assert_eq!(post.field("decision").as_deref(), Some("approve"));
    let typed = post.field("api_key").unwrap_or_default();
    let works = match typed.trim() {
        "" => page.checked,
        typed => typed == KEY,
    };
    assert!(works, "approved with {typed:?}");
    assert!(page.redirect != UNKNOWN || post.field("trust_host").is_some(), "an unknown host, unconfirmed");
}

/// The code works once, for its own client; used again it takes back what it gave.
async fn redeem(world: &World, genuine: &Genuine, page: &Page, code: &str) -> &'static str {
    if page.redirect != CLAUDE && page.redirect != UNKNOWN {
        return "code";
    }
    let (client, other) = if page.redirect == UNKNOWN {
        (&genuine.unknown, &genuine.client)
    } else {
        (&genuine.client, &genuine.unknown)
    };
    assert_eq!(world.try_redeem(other, None, code).await.status(), StatusCode::BAD_REQUEST);
    let tokens = world.redeem(client, None, code).await;
    let access = tokens["access_token"].as_str().unwrap();
    let grant = world.grant(access, "/mcp").await.expect("a token that works");
    assert_eq!(grant.credential.expose(), KEY);
    check_choices(&serde_json::from_slice(&grant.embedder_data).unwrap());

    assert_eq!(world.try_redeem(client, None, code).await.status(), StatusCode::BAD_REQUEST);
    assert!(world.grant(access, "/mcp").await.is_none(), "a code was used twice, and its token lives");
    "tokens"
}

/// What was chosen is within what was offered.
fn check_choices(choices: &Value) {
    let choices = choices.as_object().unwrap();
    assert_eq!(choices.len(), 3, "{choices:?}");
    assert!(choices["read_only"].is_boolean());
    assert!(INBOXES.contains(&choices["inbox"].as_str().unwrap()));
    assert!((0..=u64::from(MOST_TEXTS)).contains(&choices["cap"].as_u64().unwrap()));
}
