//! The page of connected apps: any submissions, one after the other, around genuine pages of one browser and their cookies.
//!
//! Submissions are headers and a body as in [`Post`], with `%%` on a line of its own between them. `$asking` is the page
//! as it is opened, `$listing` the same after the credential was shown, `$family` the user's connection on this server.

use http::{Method, Request, StatusCode};
use http_body_util::Full;

use super::genuine::{Page, opened, transaction};
use super::judge::{holds, judge};
use super::wire::{FORM, Post, form, names, split};
use super::world::{ISSUER, KEY, Policy, World, play};

/// Submits them. Connections end for who has shown the credential, on the page, in its browser; and only theirs.
pub fn connections_form(input: &[u8]) -> String {
    play(async |genuine| {
        let world = World::new(Policy::Strict);
        let code = world.code(&genuine.client, KEY).await;
        let tokens = world.redeem(&genuine.client, None, &code).await;
        let access = tokens["access_token"].as_str().unwrap();
        let family = world.grant(access, "/mcp").await.unwrap().family.to_string();
        let [asking, listing] = pages(&world).await;
        let names = [
            ("$asking", asking.transaction.clone()),
            ("$listing", listing.transaction.clone()),
            ("$family", family.clone()),
        ];

        let mut outcomes = Vec::new();
        let mut ended = false;
        // Grants end that were approved before, by a clock of milliseconds.
        world.clock.advance(std::time::Duration::from_secs(2));
        for part in split(input).into_iter().take(4) {
            let browser =
                [("cookie", &*asking.cookie), ("origin", ISSUER), ("sec-fetch-site", "same-origin")];
            let usual = [FORM, &browser].concat();
            let post = Post::new("/connections", &usual, &genuine.fill(part, &names));
            let response = world.send(post.request()).await;
            outcomes.push(judge(genuine, &response, part));
            let is_listed = holds(response.body(), family.as_bytes());
            if is_accepted(&post, &asking, &listing) {
                let proved = post.field("transaction").as_deref() == Some(&listing.transaction)
                    || post.field("api_key").is_some_and(|key| key.trim() == KEY);
                let asked = post.field("end").as_deref() == Some(&family)
                    || post.field("action").as_deref() == Some("end_all");
                ended |= proved && asked;
                assert!(proved || !is_listed, "a list for somebody without the credential");
            } else {
                assert!(response.status().is_client_error() && !is_listed, "{outcomes:?}");
            }
        }
        let works = world.grant(access, "/mcp").await.is_some();
        // Tries are counted, so that one of many may be refused; but nothing ends by itself.
        assert!(works || ended, "a connection has ended, and nobody ended it");
        assert!(
            !(works && ended) || outcomes.iter().any(|outcome| outcome.starts_with("429")),
            "it did not end"
        );
        world.check_bystander(genuine).await;
        outcomes.push(if works { "works" } else { "ended" }.to_owned());
        outcomes.join(", ")
    })
}

/// Whether it is one of the pages, in their browser and from our own origin.
fn is_accepted(post: &Post, asking: &Page, listing: &Page) -> bool {
    let transaction = post.field("transaction").unwrap_or_default();
    let cookies = post.headers.get_all("cookie").iter().filter_map(|value| value.to_str().ok());
    (transaction == asking.transaction || transaction == listing.transaction)
        && cookies.flat_map(|value| value.split(';')).any(|pair| pair.trim() == asking.cookie)
        && [("origin", ISSUER), ("sec-fetch-site", "same-origin")]
            .into_iter()
            .all(|(name, own)| post.headers.get_all(name).iter().all(|value| value == own))
        && is_form(post)
}

/// A form at all, with no field twice: else nothing in it counts.
fn is_form(post: &Post) -> bool {
    let types: Vec<_> = post.headers.get_all("content-type").iter().collect();
    let [media] = types[..] else { return false };
    let essence =
        media.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let names = names(&post.body);
    let repeated = (1..names.len()).any(|at| names[..at].contains(&names[at]));
    essence == "application/x-www-form-urlencoded" && !repeated && names.len() <= 256
}

/// The page as it is opened, and after the credential was typed in.
pub(crate) async fn pages(world: &World) -> [Page; 2] {
    let request = Request::builder().method(Method::GET).uri("/connections").body(Full::default()).unwrap();
    let response = world.send(request).await;
    let page = |transaction, cookie| Page { name: "", transaction, cookie, redirect: "", checked: false };
    let (text, cookie) = opened(&response);
    let asking = page(text, cookie.clone());
    let headers = [("cookie", &*cookie), ("origin", ISSUER), ("sec-fetch-site", "same-origin")];
    let fields = form(&[("transaction", &asking.transaction), ("api_key", KEY)]);
    let response = world.post("/connections", &headers, fields).await;
    assert_eq!(response.status(), StatusCode::OK);
    [asking, page(transaction(&response), cookie)]
}
