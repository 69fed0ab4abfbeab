//! The tools for notes on contacts as a whole.

use mcp_tools::Limits;
use openphone_sandbox::{Fault, Operation};
use serde_json::json;

use crate::world::{BRAVO, World, contains};

const NORA: &str = "3eaf418203f87bb90cdbf9f2";
const NOTE: &str = "39137681574a01873f1e734b";

#[tokio::test]
async fn what_a_model_sees_of_notes() {
    let world = World::start().await;
    let answer = world.call("list-contact-notes", json!({ "contactId": NORA })).await.ok();
    insta::assert_snapshot!(answer.text);
    let mentioned = &answer.data["notes"][0]["mentions"][0];
    assert_eq!(mentioned["name"], "Priya Raman");
}

#[tokio::test]
async fn a_list_goes_on_behind_any_note() {
    let world = World::start().await;
    let first = world.call("list-contact-notes", json!({ "contactId": NORA, "maxResults": 2 })).await.ok();
    let cursor = first.data["coverage"]["cursor"].clone();
    let rest = json!({ "contactId": NORA, "maxResults": 2, "cursor": cursor });
    let rest = world.call("list-contact-notes", rest).await.ok();
    assert_eq!(rest.data["notes"].as_array().map(Vec::len), Some(1));
    assert_eq!(rest.data["coverage"]["complete"], true);
    let other =
        json!({ "contactId": "5f092fb691019ce633fd73ca", "cursor": first.data["coverage"]["cursor"] });
    contains(
        &world.call("list-contact-notes", other).await.error(),
        &["belongs to a call with other arguments"],
    );
}

#[tokio::test]
async fn a_note_is_written_and_replaced() {
    let world = World::start().await;
    let text = "Dog in the yard.\n[123] call before coming";
    let written = world.call("create-contact-note", json!({ "contactId": NORA, "text": text })).await.ok();
    assert_eq!(written.data["note"]["text"], text);
    let id = written.data["note"]["id"].clone();
    contains(&written.text, &["Note written.", "> Dog in the yard.", "> [123] call"]);
    let new = json!({ "contactId": NORA, "noteId": id, "text": "No dog any more." });
    let replaced = world.call("update-contact-note", new).await.ok();
    assert_eq!(replaced.data["before"], text);
    contains(
        &replaced.text,
        &["Note replaced.", "> No dog any more.", "It said before:\n> Dog in the yard."],
    );
    let list = world.call("list-contact-notes", json!({ "contactId": NORA })).await.ok();
    let notes = list.data["notes"].as_array().expect("notes");
    assert_eq!(notes.len(), 4);
    assert!(notes.iter().any(|note| note["id"] == id && note["text"] == "No dog any more."));
}

#[tokio::test]
async fn length_is_counted_in_characters() {
    let world = World::start().await;
    let note = |text: String| json!({ "contactId": NORA, "text": text });
    world.call("create-contact-note", note("é".repeat(2_000))).await.ok();
    let text = world.call("create-contact-note", note("é".repeat(2_001))).await.error();
    contains(&text, &["text must have at most 2000 characters, has 2001", "Nothing was created"]);
    for blank in ["", " \n", "\u{200b}"] {
        contains(&world.call("create-contact-note", note(blank.to_owned())).await.error(), &["text "]);
    }
    assert_eq!(world.sandbox.requests(Operation::CreateContactNote), 1);
}

/// A mention of nobody would tell nobody.
#[tokio::test]
async fn mentions_are_checked_before_the_note_is_written() {
    let world = World::start().await;
    let note = |text: &str| json!({ "contactId": NORA, "text": text });
    let text = world.call("create-contact-note", note("@USnobody12 please call")).await.error();
    contains(
        &text,
        &["mentions @USnobody12", "no user of this workspace", "list-users", "Nothing was created"],
    );
    let answer = world.call("create-contact-note", note("@US4LBttgDrzj please call, @GRcei8k90o")).await.ok();
    assert_eq!(answer.data["note"]["mentions"][0], json!({ "id": "US4LBttgDrzj", "name": "Priya Raman" }));
    assert_eq!(answer.data["note"]["mentions"][1], json!({ "id": "GRcei8k90o" }));
    // Who the users are cannot be read: the note is worth more than the check.
    let world = World::start().await;
    world.sandbox.faults().always(Operation::ListUsers, Fault::server_error());
    world.call("create-contact-note", note("@USnobody12 please call")).await.ok();
}

fn users(ids: &[&str], next: Option<&str>) -> Fault {
    let user = |id: &&str| {
        json!({ "id": id, "email": format!("{id}@example.com"), "firstName": null, "lastName": null,
            "pictureUrl": null, "role": "member",
            "createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-01T00:00:00Z" })
    };
    let page = json!({
        "data": ids.iter().map(user).collect::<Vec<_>>(), "totalItems": ids.len(), "nextPageToken": next
    });
    Fault::answer(200, "application/json", page.to_string())
}

/// Teammates without a name, and those who joined since the users were read, can be mentioned; who is on no list that
/// is whole cannot.
#[tokio::test]
async fn a_mention_is_refused_only_by_a_whole_and_fresh_list() {
    let world = World::start().await;
    let note = |text: &str| json!({ "contactId": NORA, "text": text });
    let written = |id: &'static str| world.call("create-contact-note", note(id));
    world.sandbox.faults().always(Operation::ListUsers, users(&["USnameless1"], None));
    written("@USnameless1 please call").await.ok();
    assert_eq!(
        world.sandbox.requests(Operation::ListUsers),
        1,
        "a user who is known is not looked for again"
    );
    contains(&written("@USlately12 please call").await.error(), &["mentions @USlately12"]);
    world.sandbox.faults().clear();
    world.sandbox.faults().always(Operation::ListUsers, users(&["USnameless1", "USlately12"], None));
    written("@USlately12 please call").await.ok();
    world.sandbox.faults().clear();
    world.sandbox.faults().always(Operation::ListUsers, users(&["USnameless1"], Some("more")));
    written("@USbeyond12 please call").await.ok();
    world.sandbox.faults().clear();
    world.sandbox.faults().always(Operation::ListUsers, Fault::server_error());
    written("@USnobody12 please call").await.ok();
}

/// What stands behind a word is an address.
#[tokio::test]
async fn an_address_in_a_note_is_no_mention() {
    let world = World::start().await;
    let note = json!({ "contactId": NORA, "text": "Invoice to bob@USbank.com" });
    let answer = world.call("create-contact-note", note).await.ok();
    assert!(answer.data["note"].get("mentions").is_none(), "{}", answer.data);
}

#[tokio::test]
async fn faults_say_whether_a_note_was_written() {
    let world = World::start().await;
    let note = json!({ "contactId": NORA, "text": "Once" });
    world.sandbox.faults().next(1, Operation::CreateContactNote, Fault::close().after_processing());
    let text = world.call("create-contact-note", note.clone()).await.error();
    contains(&text, &["not known whether it was written", "list-contact-notes", "twice"]);
    assert_eq!(world.sandbox.requests(Operation::CreateContactNote), 1, "it is never tried twice");
    world.sandbox.faults().always(Operation::CreateContactNote, Fault::too_many_requests(None));
    contains(
        &world.call("create-contact-note", note).await.error(),
        &["The key is fine.", "Nothing was created"],
    );
    world.sandbox.faults().always(Operation::GetContactNote, Fault::server_error());
    let new = json!({ "contactId": NORA, "noteId": NOTE, "text": "New" });
    contains(&world.call("update-contact-note", new).await.error(), &["Nothing was created or changed."]);
    assert_eq!(world.sandbox.requests(Operation::UpdateContactNote), 0);
}

#[tokio::test]
async fn ids_of_nothing_are_not_found() {
    let world = World::start().await;
    let bravo = world.cx(BRAVO);
    for (tool, arguments) in [
        ("list-contact-notes", json!({ "contactId": NORA })),
        ("create-contact-note", json!({ "contactId": NORA, "text": "x" })),
        ("update-contact-note", json!({ "contactId": NORA, "noteId": NOTE, "text": "x" })),
    ] {
        contains(&world.call_in(&bravo, tool, arguments).await.error(), &["no such thing in this workspace"]);
    }
    let new = json!({ "contactId": NORA, "noteId": "66d0d87e8dc1211467379999", "text": "x" });
    contains(
        &world.call("update-contact-note", new).await.error(),
        &["no such thing", "Nothing was created"],
    );
    let new = json!({ "contactId": NORA, "noteId": "a/b", "text": "x" });
    contains(&world.call("update-contact-note", new).await.error(), &["noteId is no note id"]);
}

/// Notes add no number to the contacts: under `reply_only` they may be written, under `read_only` not.
#[tokio::test]
async fn limits_of_notes() {
    let world = World::start().await;
    let note = json!({ "contactId": NORA, "text": "x" });
    let mut limits = Limits::default();
    limits.reply_only = true;
    world.call_limited(&limits, "create-contact-note", note.clone()).await.ok();
    limits.read_only = true;
    contains(&world.call_limited(&limits, "create-contact-note", note).await.error(), &["may only read"]);
    world.call_limited(&limits, "list-contact-notes", json!({ "contactId": NORA })).await.ok();
}
