//! Reading page after page: where it stops and how one sees why.

use std::cell::RefCell;

use futures_util::StreamExt;
use openphone_client::page::pages;
use openphone_client::{Budget, Cursor, Error, ErrorKind, Page};
use proptest::prelude::*;

use crate::server::{Server, Step};

/// A server with three pages of two contacts; page `n` is asked for with the cursor `n`.
async fn three_pages() -> Server {
    let page =
        |items: [u8; 2], next: &str| {
            let items = items.map(|n| format!(
            r#"{{"id":"c{n}","defaultFields":{{"firstName":null}},"createdAt":"2026-01-0{n}T00:00:00Z"}}"#
        ));
            Step::json(
                200,
                &format!(r#"{{"data":[{}],"totalItems":99,"nextPageToken":{next}}}"#, items.join(",")),
            )
        };
    Server::start([page([1, 2], "\"b\""), page([3, 4], "\"c\""), page([5, 6], "null")]).await
}

/// Which ids come with which budget, how many requests it takes, and whether there is more.
async fn read(budget: Budget) -> (Vec<String>, usize, bool) {
    let server = three_pages().await;
    let workspace = server.workspace();
    let contacts = workspace.contacts();
    let mut stream = std::pin::pin!(contacts.pages(openphone_client::contacts::ListContacts::new(), budget));
    let (mut ids, mut more) = (Vec::new(), false);
    while let Some(page) = stream.next().await {
        let page = page.expect("a page");
        ids.extend(page.data.iter().map(|contact| contact.id.to_string()));
        more = page.next.is_some();
    }
    (ids, server.count(), more)
}

#[tokio::test]
async fn it_stops_at_the_end_or_at_the_budget() {
    let ids = |ids: &[&str]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(read(Budget::pages(10)).await, (ids(&["c1", "c2", "c3", "c4", "c5", "c6"]), 3, false));
    assert_eq!(read(Budget::pages(2)).await, (ids(&["c1", "c2", "c3", "c4"]), 2, true));
    assert_eq!(read(Budget::pages(10).items(1)).await, (ids(&["c1", "c2"]), 1, true));
    assert_eq!(read(Budget::pages(10).items(2)).await, (ids(&["c1", "c2"]), 1, true));
    assert_eq!(read(Budget::pages(10).items(3)).await, (ids(&["c1", "c2", "c3", "c4"]), 2, true));
    assert_eq!(read(Budget::pages(0)).await, (ids(&[]), 0, false));
}

#[tokio::test]
async fn each_page_is_asked_for_with_the_cursor_of_the_one_before() {
    let server = three_pages().await;
    let workspace = server.workspace();
    let query = openphone_client::contacts::ListContacts::new().limit(2);
    let pages: Vec<_> = workspace.contacts().pages(query, Budget::pages(10)).collect().await;
    assert_eq!(pages.len(), 3);
    let lines: Vec<_> = server.arrived().iter().map(|arrived| arrived.line().to_owned()).collect();
    assert_eq!(
        lines,
        [
            "GET /v1/contacts?maxResults=2",
            "GET /v1/contacts?maxResults=2&pageToken=b",
            "GET /v1/contacts?maxResults=2&pageToken=c",
        ]
    );
}

#[tokio::test]
async fn an_error_ends_it() {
    let asked = RefCell::new(0);
    let server = Server::start([Step::json(403, "{}")]).await;
    let workspace = server.workspace();
    let outcomes: Vec<_> = pages(None, Budget::pages(10), |_| {
        *asked.borrow_mut() += 1;
        async { workspace.users().list(&openphone_client::users::ListUsers::new()).await }
    })
    .collect()
    .await;
    assert_eq!(outcomes.len(), 1);
    assert_eq!(outcomes[0].as_ref().expect_err("an error").kind(), ErrorKind::Forbidden);
    assert_eq!(*asked.borrow(), 1);
}

#[tokio::test]
async fn a_list_that_turns_in_a_circle_ends_with_an_error() {
    let server = Server::start([Step::json(200, r#"{"data":[],"nextCursor":"same"}"#)]).await;
    let workspace = server.workspace();
    let query = openphone_client::users::ListUsers::new().after(Cursor::new("same"));
    let outcomes: Vec<_> = workspace.users().pages(query, Budget::pages(100)).collect().await;
    assert_eq!(outcomes.len(), 1);
    assert_eq!(outcomes[0].as_ref().expect_err("an error").kind(), ErrorKind::Protocol);
    assert_eq!(server.count(), 1);
}

/// A page of the numbers below `length`, from where the cursor says.
fn page_of(length: usize, size: usize, cursor: Option<Cursor>) -> Page<usize> {
    let start = cursor.map_or(0, |cursor| cursor.as_str().parse().expect("a cursor of ours"));
    let end = length.min(start + size);
    Page::new((start..end).collect(), (end < length).then(|| Cursor::new(end.to_string())))
}

proptest! {
    /// Any list, in pages of any size, within any budget: the items come in order, none twice and none left
    /// out, no more is asked for than was allowed, and the end says truly whether there is more.
    #[test]
    fn a_walk_is_the_list_up_to_its_budget(
        length in 0_usize..200, size in 1_usize..60, pages_allowed in 0_usize..12, items_wanted in 0_usize..250,
    ) {
        let requests = RefCell::new(0);
        let fetch = |cursor| {
            *requests.borrow_mut() += 1;
            let page = page_of(length, size, cursor);
            async move { Ok::<_, Error>(page) }
        };
        let budget = Budget::pages(pages_allowed).items(items_wanted);
        let walk = pages(None, budget, fetch).collect::<Vec<_>>();
        let walked = futures_util::FutureExt::now_or_never(walk).expect("nothing is waited for");
        let walked: Vec<Page<usize>> = walked.into_iter().collect::<Result<_, _>>().expect("no errors");
        let items: Vec<usize> = walked.iter().flat_map(|page| page.data.clone()).collect();
        prop_assert_eq!(&items, &(0..items.len()).collect::<Vec<_>>());
        prop_assert_eq!(*requests.borrow(), walked.len());
        prop_assert!(walked.len() <= pages_allowed);
        let more = walked.last().is_some_and(|page| page.next.is_some());
        prop_assert_eq!(more, !walked.is_empty() && items.len() < length);
        // It stopped for a reason: the list, the pages or the items were at their end.
        prop_assert!(!more || walked.len() == pages_allowed || items.len() >= items_wanted);
        // And not later than it had to: without the last page, the items were not enough.
        let before_the_last = walked.iter().rev().skip(1).map(|page| page.data.len()).sum::<usize>();
        prop_assert!(walked.len() < 2 || before_the_last < items_wanted);
    }
}
