//! The page "why was I signed out?": any query. Nothing of it is ever shown: the page is one of a few that never differ.

use std::collections::HashSet;
use std::sync::LazyLock;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;

use super::genuine::Genuine;
use super::judge::judge;
use super::world::{Policy, World, play};

/// Every reason that an error names.
const REASONS: [&str; 13] = [
    "refresh_expired",
    "refresh_ended",
    "revoked",
    "credential_rejected",
    "refresh_reused",
    "displaced",
    "code_replayed",
    "client_unknown",
    "refresh_unknown",
    "refresh_other_client",
    "expired",
    "not_authentic",
    "audience",
];

/// Asks, and compares with the pages that there are.
pub fn signed_out(input: &[u8]) -> String {
    static PAGES: LazyLock<HashSet<Bytes>> = LazyLock::new(|| play(pages));
    let pages = &*PAGES;
    play(async |genuine| {
        let Ok(query) = std::str::from_utf8(input) else { return "no query".to_owned() };
        let Some(response) = ask(&World::new(Policy::Strict), query).await else {
            return "no query".to_owned();
        };
        let outcome = judge(genuine, &response, input);
        assert_eq!(response.status(), StatusCode::OK);
        assert!(pages.contains(response.body()), "a page that depends on the query");
        let all = response.body().len() == pages.iter().map(Bytes::len).max().unwrap();
        format!("{outcome}, {}", if all { "all reasons" } else { "one reason" })
    })
}

async fn pages(_: &'static Genuine) -> HashSet<Bytes> {
    let world = World::new(Policy::Strict);
    let mut pages = HashSet::new();
    pages.insert(ask(&world, "").await.unwrap().into_body());
    for reason in REASONS {
        pages.insert(ask(&world, &format!("reason={reason}")).await.unwrap().into_body());
    }
    assert_eq!(pages.len(), 1 + REASONS.len(), "two reasons with the same words");
    pages
}

async fn ask(world: &World, query: &str) -> Option<Response<Bytes>> {
    let uri: http::Uri = format!("/signed-out?{query}").parse().ok()?;
    Some(world.send(Request::builder().method(Method::GET).uri(uri).body(Full::default()).ok()?).await)
}
