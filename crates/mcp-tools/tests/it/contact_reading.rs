//! `list-contacts` and `get-contact` as a whole.

use openphone_sandbox::{Fault, Operation};
use serde_json::json;

use crate::world::{BRAVO, World, contains};

const OWEN: &str = "5f092fb691019ce633fd73ca";

#[tokio::test]
async fn a_list_goes_on_behind_any_item() {
    let world = World::start().await;
    let all = world.call("list-contacts", json!({ "maxResults": 100 })).await.ok();
    assert_eq!(all.data["coverage"]["complete"], true);
    let all = all.data["contacts"].as_array().expect("contacts").clone();
    assert_eq!(all.len(), 20);
    let (mut seen, mut arguments) = (Vec::new(), json!({ "maxResults": 7 }));
    loop {
        let answer = world.call("list-contacts", arguments.clone()).await.ok();
        seen.extend(answer.data["contacts"].as_array().expect("contacts").clone());
        match answer.data["coverage"].get("cursor") {
            Some(cursor) => arguments["cursor"] = cursor.clone(),
            None => break,
        }
    }
    assert_eq!(seen, all);
}

#[tokio::test]
async fn a_full_result_is_cut_at_a_whole_contact() {
    let world = World::start().await;
    let cx = world.cx("sandbox-key-workspace-large");
    let first = world.call_in(&cx, "list-contacts", json!({ "maxResults": 100 })).await.ok();
    contains(&first.text, &["the result is full", "More: the same call with cursor "]);
    let size = first.text.len() + first.data.to_string().len();
    assert!((12_000..=24_000).contains(&size), "{size}");
    let cursor = first.data["coverage"]["cursor"].clone();
    let next = world.call_in(&cx, "list-contacts", json!({ "maxResults": 100, "cursor": cursor })).await.ok();
    let last = first.data["contacts"].as_array().expect("contacts").last().expect("one").clone();
    assert_ne!(next.data["contacts"][0], last);
}

#[tokio::test]
async fn filters_are_the_upstreams() {
    let world = World::start().await;
    let answer = world.call("list-contacts", json!({ "externalIds": ["HL-1004"] })).await.ok();
    assert_eq!(answer.data["contacts"][0]["id"], OWEN);
    assert_eq!(answer.data["contacts"].as_array().map(Vec::len), Some(1));
    let none = world.call("list-contacts", json!({ "sources": ["nowhere"] })).await.ok();
    contains(&none.text, &["No contacts.", "Coverage: complete, 0 scanned."]);
}

#[tokio::test]
async fn cursors_of_other_lists_and_old_ones_are_told_apart() {
    let world = World::start().await;
    let first = world.call("list-contacts", json!({ "maxResults": 1 })).await.ok();
    let cursor = first.data["coverage"]["cursor"].clone();
    let other = json!({ "sources": ["public-api"], "cursor": cursor });
    contains(&world.call("list-contacts", other).await.error(), &["belongs to a call with other arguments"]);
    contains(&world.call("list-contacts", json!({ "cursor": "junk!" })).await.error(), &["cannot be read"]);
    let cx = world.cx("sandbox-key-workspace-large");
    let page = world.call_in(&cx, "list-contacts", json!({ "maxResults": 50 })).await.ok();
    let cursor = page.data["coverage"]["cursor"].clone();
    let gone = Fault::answer(400, "application/json", r#"{"message":"Invalid page token","code":"0801400"}"#);
    world.sandbox.faults().always(Operation::ListContactsV1, gone);
    let refused = world.call_in(&cx, "list-contacts", json!({ "maxResults": 50, "cursor": cursor })).await;
    assert!(refused.is_error, "{}", refused.text);
}

#[tokio::test]
async fn a_contact_is_read_whole() {
    let world = World::start().await;
    let answer = world.call("get-contact", json!({ "contactId": OWEN })).await.ok();
    insta::assert_snapshot!(answer.text);
    let fields = answer.data["contact"]["customFields"].as_array().expect("fields");
    assert!(fields.contains(&json!({ "name": "Lifetime value", "value": "18450" })), "{fields:?}");
    assert!(
        fields.contains(&json!({ "name": "Job types", "values": ["leak", "water heater", "inspection"] })),
        "{fields:?}"
    );
}

#[tokio::test]
async fn a_contact_of_another_workspace_is_not_found() {
    let world = World::start().await;
    let answer = world.call_in(&world.cx(BRAVO), "get-contact", json!({ "contactId": OWEN })).await;
    contains(&answer.error(), &["no such thing in this workspace", "Next: Check the id"]);
    for wrong in ["", "+14155550101", "a/b", "../x"] {
        let text = world.call("get-contact", json!({ "contactId": wrong })).await.error();
        contains(&text, &["contactId is no contact id"]);
    }
}

/// The names of teammates are not worth failing for.
#[tokio::test]
async fn without_users_a_contact_is_read_all_the_same() {
    let world = World::start().await;
    world.sandbox.faults().always(Operation::ListUsers, Fault::server_error());
    let answer = world.call("get-contact", json!({ "contactId": OWEN })).await.ok();
    assert!(answer.data["contact"].get("createdBy").is_none());
}
