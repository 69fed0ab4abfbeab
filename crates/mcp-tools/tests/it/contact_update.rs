//! `update-contact` as a whole: what is left out stays, null clears, nothing is lost.

use std::time::Duration;

use mcp_tools::Limits;
use openphone_sandbox::{Fault, Operation};
use serde_json::{Value, json};

use crate::world::{BRAVO, STRANGER, World, contains};

const OWEN: &str = "5f092fb691019ce633fd73ca";
const NORA: &str = "3eaf418203f87bb90cdbf9f2";

async fn contact(world: &World, id: &str) -> Value {
    let answer = world.call("get-contact", json!({ "contactId": id })).await.ok();
    let mut contact = answer.data["contact"].clone();
    contact.as_object_mut().expect("an object").remove("updatedAt");
    contact
}

fn writes(world: &World) -> u64 {
    world.sandbox.requests(Operation::UpdateContactV1)
}

#[tokio::test]
async fn what_is_left_out_stays() {
    let world = World::start().await;
    let mut expected = contact(&world, OWEN).await;
    let answer = world.call("update-contact", json!({ "contactId": OWEN, "role": "Owner" })).await.ok();
    expected["role"] = "Owner".into();
    assert_eq!(contact(&world, OWEN).await, expected);
    assert_eq!(
        answer.data["changed"],
        json!([{ "field": "role", "from": "Property manager", "now": "Owner" }])
    );
    contains(
        &answer.text,
        &["Saved; 1 value(s) changed.", OWEN, "role: was \"Property manager\", is \"Owner\""],
    );
}

#[tokio::test]
async fn null_clears_and_so_does_clear() {
    let world = World::start().await;
    let cleared =
        json!({ "contactId": OWEN, "role": null, "customFields": [{ "name": "website", "value": null }] });
    world.call("update-contact", cleared).await.ok();
    let after = contact(&world, OWEN).await;
    assert!(after.get("role").is_none(), "{after}");
    assert!(!after.to_string().contains("tidewater.example.com"), "{after}");
    assert_eq!(after["company"], "Tidewater Apartments");
    let cleared = json!({ "contactId": OWEN, "clear": ["company", "emails"] });
    world.call("update-contact", cleared).await.ok();
    let after = contact(&world, OWEN).await;
    assert!(after.get("company").is_none() && after.get("emails").is_none(), "{after}");
    assert_eq!(after["phoneNumbers"][0]["value"], "+14155550104");
}

/// Hosts that send null, or nothing but blanks, for what a model leaves out must not cost a contact its fields.
#[tokio::test]
async fn a_host_that_fills_in_null_or_blanks_clears_nothing() {
    let world = World::start().await;
    let before = contact(&world, OWEN).await;
    let filled = json!({
        "contactId": OWEN, "firstName": null, "lastName": null, "company": null, "role": "Owner",
        "phoneNumbers": null, "emails": null, "addEmails": null, "customFields": null, "clear": null
    });
    contains(
        &world.call("update-contact", filled).await.error(),
        &["most of them null", "Nothing was created or changed."],
    );
    let blank = json!({ "contactId": OWEN, "firstName": "", "role": " " });
    contains(&world.call("update-contact", blank).await.error(), &["firstName is blank", "role is blank"]);
    assert_eq!(contact(&world, OWEN).await, before);
    assert_eq!(writes(&world), 0);
}

#[tokio::test]
async fn numbers_and_emails_one_by_one_and_all_at_once() {
    let world = World::start().await;
    let changes = json!({
        "contactId": NORA,
        "addPhoneNumbers": [{ "name": "work", "value": STRANGER }, { "name": "private", "value": "+1 415 555 0101" }],
        "addEmails": [{ "value": "nora@example.net" }], "removeEmails": ["NORA.castillo@example.com"]
    });
    world.call("update-contact", changes).await.ok();
    let after = contact(&world, NORA).await;
    assert_eq!(
        after["phoneNumbers"],
        json!([{ "name": "private", "value": "+14155550101" }, { "name": "work", "value": STRANGER }])
    );
    assert_eq!(after["emails"], json!([{ "name": "email", "value": "nora@example.net" }]));
    let changes = json!({ "contactId": NORA, "removePhoneNumbers": ["(415) 555-0142"] });
    world.call("update-contact", changes).await.ok();
    // A number that stays keeps its label unless it gets another one.
    let changes = json!({ "contactId": NORA, "phoneNumbers": [{ "value": "+14155550101" }, { "value": "+14155550143" }] });
    world.call("update-contact", changes).await.ok();
    assert_eq!(
        contact(&world, NORA).await["phoneNumbers"],
        json!([{ "name": "private", "value": "+14155550101" }, { "name": "mobile", "value": "+14155550143" }])
    );
}

#[tokio::test]
async fn custom_fields_go_by_their_names() {
    let world = World::start().await;
    let fields = json!([
        { "name": "care PLAN", "value": "yes" }, { "name": "Lifetime value", "value": "99.5" },
        { "name": "last-service", "value": "2026-11-20" }, { "name": "Job types", "values": ["leak", "drain"] },
        { "name": "Water heater", "value": "40 gal" }
    ]);
    world.call("update-contact", json!({ "contactId": OWEN, "customFields": fields })).await.ok();
    let after = contact(&world, OWEN).await;
    for expected in [
        json!({ "name": "Care plan", "value": "true" }),
        json!({ "name": "Lifetime value", "value": "99.5" }),
        json!({ "name": "Last service", "value": "2026-11-20T00:00:00.000Z" }),
        json!({ "name": "Job types", "values": ["leak", "drain"] }),
        json!({ "name": "Water heater", "value": "40 gal" }),
        json!({ "name": "Website", "value": "https://tidewater.example.com" }),
    ] {
        let known = after["customFields"].as_array().expect("fields");
        assert!(known.iter().any(|field| same_field(field, &expected)), "{expected} in {after}");
    }
}

/// A date may come back with milliseconds or without.
fn same_field(field: &Value, expected: &Value) -> bool {
    let plain = |value: &Value| value.to_string().replace(".000Z", "Z");
    plain(field) == plain(expected)
}

#[tokio::test]
async fn what_is_wrong_is_named_and_nothing_is_written() {
    let world = World::start().await;
    let mut text = String::new();
    for arguments in [
        json!({}),
        json!({ "contactId": OWEN }),
        json!({ "contactId": OWEN, "phone": "+14155550101", "firstName": 5 }),
        json!({ "contactId": OWEN, "addPhoneNumbers": [{ "value": "555 0101" }], "addEmails": [{ "value": "owen" }] }),
        json!({ "contactId": OWEN, "removePhoneNumbers": ["+14155550199"], "removeEmails": ["x@example.com"] }),
        json!({ "contactId": OWEN, "phoneNumbers": [], "addPhoneNumbers": [{ "value": STRANGER }] }),
        json!({ "contactId": OWEN, "role": "Owner", "clear": ["role"] }),
        json!({ "contactId": OWEN, "clear": ["nickname"] }),
        json!({ "contactId": OWEN, "customFields": [
            { "name": "Birthday", "value": "x" }, { "name": "Care plan", "value": "maybe" },
            { "name": "Lifetime value", "value": "much" }, { "name": "Last service", "value": "soon" },
            { "name": "Website", "value": "tidewater" }, { "name": "Water heater", "values": ["a", "b"] },
            { "name": "Job types" }
        ] }),
    ] {
        let answer = world.call("update-contact", arguments.clone()).await.error();
        text.push_str(&format!("# {arguments}\n{answer}\n\n"));
    }
    insta::assert_snapshot!(text);
    assert_eq!(writes(&world), 0);
}

/// The API refuses changes of contacts that a CRM keeps in sync, and does not say why.
#[tokio::test]
async fn a_synced_contact_is_named_as_such() {
    let world = World::start().await;
    let forbidden = r#"{"message":"Forbidden","code":"0801403","status":403,"title":"Forbidden","docs":""}"#;
    world
        .sandbox
        .faults()
        .always(Operation::UpdateContactV1, Fault::answer(403, "application/json", forbidden));
    let text = world.call("update-contact", json!({ "contactId": OWEN, "role": "Owner" })).await.error();
    contains(
        &text,
        &[
            "another system",
            "read-only",
            "Nothing was created or changed.",
            "Next: The person can change it in that system",
        ],
    );
}

#[tokio::test]
async fn a_change_of_unknown_outcome_may_be_made_again() {
    let world = World::start().await;
    world.sandbox.faults().always(Operation::UpdateContactV1, Fault::close().after_processing());
    let change = json!({ "contactId": OWEN, "role": "Owner" });
    let text = world.call("update-contact", change.clone()).await.error();
    contains(&text, &["It may have been done.", "made a second time, it changes nothing more"]);
    world.sandbox.faults().clear();
    world.call("update-contact", change).await.ok();
    assert_eq!(contact(&world, OWEN).await["role"], "Owner");
}

#[tokio::test]
async fn what_cannot_be_read_is_not_written() {
    let world = World::start().await;
    world.sandbox.faults().always(Operation::GetContactV1, Fault::server_error());
    let text = world.call("update-contact", json!({ "contactId": OWEN, "role": "Owner" })).await.error();
    contains(&text, &["Nothing was created or changed."]);
    assert_eq!(writes(&world), 0);
    world.sandbox.faults().clear();
    let other = world.cx(BRAVO);
    let text =
        world.call_in(&other, "update-contact", json!({ "contactId": OWEN, "role": "x" })).await.error();
    contains(&text, &["no such thing in this workspace", "Nothing was created or changed."]);
}

/// Two changes of one contact at the same time: both are kept.
#[tokio::test]
async fn changes_at_once_do_not_undo_each_other() {
    let world = World::start().await;
    world.sandbox.faults().next(1, Operation::UpdateContactV1, Fault::delay(Duration::from_millis(200)));
    let change = |field: &str| world.call("update-contact", json!({ "contactId": OWEN, field: "changed" }));
    let (one, two, three) = futures_util::join!(change("role"), change("company"), change("lastName"));
    one.ok();
    two.ok();
    three.ok();
    let after = contact(&world, OWEN).await;
    assert_eq!(
        (&after["role"], &after["company"], &after["lastName"]),
        (&json!("changed"), &json!("changed"), &json!("changed"))
    );
}

#[tokio::test]
async fn a_new_number_is_known_at_once() {
    let world = World::start().await;
    world.call("find-contact", json!({ "query": "owen" })).await.ok();
    let change = json!({ "contactId": OWEN, "addPhoneNumbers": [{ "value": STRANGER }] });
    world.call("update-contact", change).await.ok();
    let found = world.call("find-contact", json!({ "query": STRANGER })).await.ok();
    assert_eq!(found.data["contacts"][0]["id"], OWEN);
    let again = json!({ "firstName": "Eve", "phoneNumbers": [{ "value": STRANGER }] });
    let again = world.call("create-contact", again).await.ok();
    assert_eq!(again.data["contacts"][0]["existing"][0]["id"], OWEN);
}

/// Under `reply_only` whoever could add a number to a contact would choose the recipients.
#[tokio::test]
async fn limits_hide_it() {
    let world = World::start().await;
    for (limit, why) in [("reply", "only answer people"), ("read", "may only read")] {
        let mut limits = Limits::default();
        limits.reply_only = limit == "reply";
        limits.read_only = limit == "read";
        let change = json!({ "contactId": OWEN, "addPhoneNumbers": [{ "value": STRANGER }] });
        contains(&world.call_limited(&limits, "update-contact", change).await.error(), &[why]);
    }
    assert_eq!(writes(&world), 0);
}
