//! `create-contact` as a whole.

use std::time::Duration;

use futures_util::future::join_all;
use openphone_sandbox::{Fault, On, Operation};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::world::{ALPHA, NORA, STRANGER, World, contains};

fn ada() -> Value {
    json!({
        "firstName": "Ada", "lastName": "Park", "company": "Tidewater", "role": "Manager",
        "phoneNumbers": [{ "name": "mobile", "value": "+1 (415) 555-0142" }],
        "emails": [{ "value": "ada.park@example.com" }]
    })
}

fn created(world: &World) -> u64 {
    world.sandbox.requests(Operation::CreateContactV1)
}

#[tokio::test]
async fn only_a_first_name_is_required() {
    let world = World::start().await;
    let answer = world.call("create-contact", json!({ "firstName": "Ada" })).await.ok();
    assert_eq!(answer.data["created"], 1);
    let id = answer.data["contacts"][0]["id"].as_str().expect("an id");
    contains(&answer.text, &["1 of 1 contact(s) created.", id]);
    assert_eq!(
        world.sandbox.requests(Operation::ListContactsV1),
        0,
        "without a number there is nothing to look for"
    );
}

#[tokio::test]
async fn several_at_once_each_with_its_id() {
    let world = World::start().await;
    let answer =
        world.call("create-contact", json!({ "contacts": [ada(), { "firstName": "Ben" }] })).await.ok();
    assert_eq!(answer.data["created"], 2);
    let ids: Vec<&Value> =
        answer.data["contacts"].as_array().expect("contacts").iter().map(|contact| &contact["id"]).collect();
    assert!(ids.iter().all(|id| id.is_string()) && ids[0] != ids[1]);
}

#[tokio::test]
async fn a_known_number_is_pointed_out_before_anything_is_made() {
    let world = World::start().await;
    let again = json!({ "firstName": "Nora", "phoneNumbers": [{ "value": NORA }] });
    let answer = world.call("create-contact", again.clone()).await.ok();
    assert_eq!(answer.data["created"], 0);
    assert_eq!(answer.data["contacts"][0]["status"], "duplicate");
    assert_eq!(answer.data["contacts"][0]["existing"][0]["name"], "Nora Castillo");
    contains(&answer.text, &["duplicate, not created", "Nora Castillo", "allowDuplicate=true"]);
    assert_eq!(created(&world), 0);

    let mut wanted = again;
    wanted["allowDuplicate"] = true.into();
    assert_eq!(world.call("create-contact", wanted).await.ok().data["created"], 1);
}

#[tokio::test]
async fn what_was_just_created_is_known() {
    let world = World::start().await;
    let first = world.call("create-contact", ada()).await.ok();
    let again = world.call("create-contact", ada()).await.ok();
    assert_eq!(again.data["contacts"][0]["existing"][0]["id"], first.data["contacts"][0]["id"]);
    let twins = json!({ "contacts": [
        { "firstName": "Eve", "phoneNumbers": [{ "value": "+14155550143" }] },
        { "firstName": "Eva", "phoneNumbers": [{ "value": "+1 415 555 0143" }] }
    ] });
    let twins = world.call("create-contact", twins).await.ok();
    assert_eq!(twins.data["created"], 1);
    assert_eq!(twins.data["contacts"][1]["status"], "duplicate");
    assert_eq!(twins.data["contacts"][1]["existing"][0]["id"], twins.data["contacts"][0]["id"]);
    assert_eq!(created(&world), 2);
}

/// Several calls at once: one looks and creates, then the next.
#[tokio::test]
async fn of_the_same_contact_four_times_at_once_one_is_made() {
    let world = World::start().await;
    let answers = join_all((0..4).map(|_| world.call("create-contact", ada()))).await;
    let statuses: Vec<&str> =
        answers.iter().filter_map(|answer| answer.data["contacts"][0]["status"].as_str()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == "created").count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == "duplicate").count(), 3, "{statuses:?}");
    assert_eq!(created(&world), 1);
}

/// A call whose time is over before its turn has done nothing, and says so.
#[tokio::test]
async fn a_call_that_never_gets_its_turn_creates_nothing() {
    let world = World::start().await;
    world.sandbox.faults().next(1, Operation::CreateContactV1, Fault::hang());
    let hurried = world.cx(ALPHA).with_deadline(Instant::now() + Duration::from_millis(50));
    let (first, second) = futures_util::join!(
        world.call("create-contact", ada()),
        world.call_in(&hurried, "create-contact", json!({ "firstName": "Ben" }))
    );
    assert_eq!(first.data["contacts"][0]["status"], "unknown");
    contains(&second.error(), &["Another call was still creating contacts.", "Nothing was created"]);
    assert_eq!(created(&world), 1);
}

/// What may have been created is looked for anew, by the next call and within the same one.
#[tokio::test]
async fn what_was_perhaps_created_is_not_made_twice() {
    let world = World::start().await;
    world.sandbox.faults().next(1, Operation::CreateContactV1, Fault::close().after_processing());
    let twice = json!({ "contacts": [ada(), ada()] });
    let answer = world.call("create-contact", twice.clone()).await;
    assert_eq!(answer.data["contacts"][0]["status"], "unknown");
    assert_eq!(answer.data["contacts"][1]["status"], "not_attempted");
    let answer = world.call("create-contact", twice).await.ok();
    assert_eq!(answer.data["contacts"][0]["status"], "duplicate");
    assert_eq!(answer.data["contacts"][1]["status"], "duplicate");
    assert_eq!(created(&world), 1);
}

#[tokio::test]
async fn one_invalid_field_and_nothing_is_created() {
    let world = World::start().await;
    let mut wrong = ada();
    wrong["phoneNumbers"][0]["value"] = "555 0142".into();
    let text =
        world.call("create-contact", json!({ "contacts": [{ "firstName": "Ben" }, wrong] })).await.error();
    contains(&text, &["contacts[1].phoneNumbers[0].value", "Nothing was created or changed."]);
    assert_eq!(created(&world), 0);
}

#[tokio::test]
async fn failures_are_told_per_contact() {
    let world = World::start().await;
    let contacts =
        json!({ "contacts": [{ "firstName": "Ada" }, { "firstName": "Ben" }, { "firstName": "Cy" }] });
    world.sandbox.faults().next(1, Operation::CreateContactV1, Fault::close().after_processing());
    world.sandbox.faults().next(
        1,
        Operation::CreateContactV1,
        Fault::answer(
            400,
            "application/json",
            r#"{"message":"The input was invalid","code":"0801400","title":"Bad Request"}"#,
        ),
    );
    let answer = world.call("create-contact", contacts).await.ok();
    let status = |index: usize| answer.data["contacts"][index]["status"].as_str().expect("a status");
    assert_eq!([status(0), status(1), status(2)], ["unknown", "failed", "created"]);
    contains(
        &answer.text,
        &[
            "may have been created",
            "The input was invalid",
            "Leave out of the next call what was created: contacts[2].",
            "before a repeat of contacts[0].",
        ],
    );
    assert_eq!(created(&world), 3, "nothing was tried twice");
}

#[tokio::test]
async fn when_existing_contacts_cannot_be_read_nothing_is_created() {
    let world = World::start().await;
    world.sandbox.faults().always(Operation::ListContactsV1, Fault::server_error());
    let text = world.call("create-contact", ada()).await.error();
    contains(&text, &["could not be checked whether", "Nothing was created", "allowDuplicate=true"]);
    assert_eq!(created(&world), 0);
    let mut wanted = ada();
    wanted["allowDuplicate"] = true.into();
    world.call("create-contact", wanted).await.ok();
}

#[tokio::test]
async fn an_expired_plan_is_no_bad_key() {
    let world = World::start().await;
    world.sandbox.faults().always(On::any(), Fault::too_many_requests(Some(3)));
    let text = world.call("create-contact", json!({ "firstName": "Ada" })).await;
    assert!(text.is_error);
    contains(&text.text, &["The key is fine"]);
}

#[tokio::test]
async fn a_new_contact_names_its_messages() {
    let world = World::start().await;
    world.call("send-message", json!({ "from": "Front desk", "to": STRANGER, "content": "Hi" })).await.ok();
    world.call("create-contact", ada()).await.ok();
    let read = json!({ "inbox": "Front desk", "participantPhoneNumber": STRANGER });
    let answer = world.call("fetch-messages", read).await.ok();
    assert_eq!(answer.data["messages"][0]["to"][0]["name"], "Ada Park");
}

#[tokio::test]
async fn custom_fields_go_by_their_names() {
    let world = World::start().await;
    let contact = json!({
        "firstName": "Ada", "externalId": "HL-2001",
        "customFields": [{ "name": "care plan", "value": "true" }, { "name": "Job types", "values": ["leak"] }]
    });
    let answer = world.call("create-contact", json!({ "contacts": [contact] })).await.ok();
    let id = answer.data["contacts"][0]["id"].clone();
    let made = world.call("get-contact", json!({ "contactId": id })).await.ok();
    assert_eq!(
        made.data["contact"]["customFields"],
        json!([{ "name": "Care plan", "value": "true" }, { "name": "Job types", "values": ["leak"] }])
    );
    assert_eq!(made.data["contact"]["externalId"], "HL-2001");
    let wrong =
        json!({ "contacts": [{ "firstName": "Ben", "customFields": [{ "name": "Plan", "value": "x" }] }] });
    let text = world.call("create-contact", wrong).await.error();
    contains(
        &text,
        &["contacts[0].customFields[0].name is `Plan`", "\"Care plan\" (boolean)", "Nothing was created"],
    );
    world.sandbox.faults().always(Operation::ListContactCustomFieldsV1, Fault::server_error());
    let unread = json!({ "firstName": "Cy", "customFields": [{ "name": "Care plan", "value": "true" }] });
    contains(&world.call("create-contact", unread).await.error(), &["Nothing was created"]);
    assert_eq!(created(&world), 1);
}

/// An id of another system is the one safeguard that the API itself has against a second contact.
#[tokio::test]
async fn an_external_id_is_taken_once() {
    let world = World::start().await;
    let answer = world.call("create-contact", json!({ "firstName": "Ada", "externalId": "HL-1001" })).await;
    assert_eq!(answer.data["contacts"][0]["status"], "failed");
    contains(&answer.text, &["OpenPhone has this already"]);
}

/// What the schema of several contacts leaves out to be short is checked all the same.
#[tokio::test]
async fn several_contacts_have_the_bounds_of_one() {
    let world = World::start().await;
    let emails: Vec<Value> = (0..21).map(|n| json!({ "value": format!("ada{n}@example.com") })).collect();
    let long = json!({
        "firstName": "Ada", "lastName": "a".repeat(201), "externalId": "x".repeat(76), "emails": emails,
        "phoneNumbers": [{ "name": "m".repeat(61), "value": STRANGER }]
    });
    let text = world.call("create-contact", json!({ "contacts": [long] })).await.error();
    contains(
        &text,
        &[
            "contacts[0].lastName must have at most 200 characters, has 201",
            "contacts[0].externalId must have at most 75 characters, has 76",
            "contacts[0].emails must have at most 20 item(s), has 21",
            "contacts[0].phoneNumbers[0].name must have at most 60 characters, has 61",
        ],
    );
    assert_eq!(created(&world), 0);
}

/// Where the look for duplicates or the creation itself fails for something that would meet every call, the next step is
/// that failure's own, and no further contact is tried.
#[tokio::test]
async fn a_refused_key_and_an_expired_subscription_keep_their_own_next_step() {
    let faults = [
        (Fault::revoked_key(), "Next: Connect this server again"),
        (Fault::subscription_expired(), "Next: An owner can renew it"),
    ];
    for (on, makes) in [(Operation::ListContactsV1, 0), (Operation::CreateContactV1, 1)] {
        for (fault, next) in faults.clone() {
            let world = World::start().await;
            world.sandbox.faults().always(on, fault);
            let several = json!({ "contacts": [ada(), { "firstName": "Ben" }, { "firstName": "Cleo" }] });
            let answer = world.call("create-contact", several).await;
            assert_eq!(answer.key_refused, next.contains("Connect"), "{}", answer.text);
            assert_eq!(created(&world), makes, "{}", answer.text);
            let text = answer.error();
            contains(&text, &[next]);
            for other in ["in a moment", "allowDuplicate"] {
                assert!(!text.contains(other), "{text}");
            }
        }
    }
}
