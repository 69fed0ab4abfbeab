//! Numbers and emails of a contact: which one a number is, and that none is left out without a word.

use openphone_client::ContactId;
use openphone_client::contacts::{ContactItem, ContactUpdate};
use serde_json::{Value, json};

use crate::world::{ALPHA, Answer, STRANGER, World, contains};

const NORA: &str = "3eaf418203f87bb90cdbf9f2";

/// As people type numbers in the app.
async fn typed(world: &World, numbers: &[(&str, &str)]) {
    let items = numbers.iter().map(|(label, value)| ContactItem::new(*label, *value));
    let update = ContactUpdate::new().replace_phone_numbers(items);
    let id = ContactId::parse(NORA).expect("an id");
    world.cx(ALPHA).workspace().contacts().update(&id, &update).await.expect("updated");
}

async fn stored(world: &World) -> Vec<(String, String, Option<String>)> {
    let id = ContactId::parse(NORA).expect("an id");
    let contact = world.cx(ALPHA).workspace().contacts().get(&id).await.expect("read");
    let item = |item: ContactItem| (item.name, item.value.expect("a value").into_inner(), item.id);
    contact.default_fields.phone_numbers.into_iter().map(item).collect()
}

/// What was typed without its country is the number all the same: its label and its id stay.
#[tokio::test]
async fn a_number_without_its_country_is_the_stored_one() {
    let world = World::start().await;
    let change = async |change: Value| {
        let mut arguments = json!({ "contactId": NORA });
        arguments.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
        world.call("update-contact", arguments).await.ok();
        let numbers = stored(&world).await.into_iter();
        numbers.map(|(label, value, _)| format!("{label} {value}")).collect::<Vec<_>>()
    };
    typed(&world, &[("home", "(415) 555-0101"), ("office", "(415) 555-0102")]).await;
    let labelled = json!({ "addPhoneNumbers": [{ "name": "private", "value": "+14155550101" }] });
    assert_eq!(change(labelled).await, ["private (415) 555-0101", "office (415) 555-0102"]);
    let before = stored(&world).await;
    let replaced = json!({ "phoneNumbers": [{ "value": "+14155550102" }, { "value": STRANGER }] });
    assert_eq!(change(replaced).await, ["office +14155550102".to_owned(), format!("mobile {STRANGER}")]);
    assert_eq!(stored(&world).await[0].2, before[1].2, "its identity");
    // Out of the contact and written anew in one call: it is there, with its label.
    typed(&world, &[("home", "(415) 555-0101")]).await;
    let again = json!({
        "removePhoneNumbers": ["(415) 555-0101"], "addPhoneNumbers": [{ "value": "+14155550101" }]
    });
    assert_eq!(change(again).await, ["home +14155550101"]);
}

/// What fits several is none of them.
#[tokio::test]
async fn numbers_that_may_be_others_are_others() {
    let world = World::start().await;
    let add = async |stored_numbers: &[(&str, &str)], added: Value| {
        typed(&world, stored_numbers).await;
        world.call("update-contact", json!({ "contactId": NORA, "addPhoneNumbers": added })).await.ok();
        stored(&world).await.len()
    };
    let one = json!([{ "value": "+14155550101" }]);
    assert_eq!(add(&[("a", "415 555 0101"), ("b", "(415) 555-0101")], one.clone()).await, 3, "two fit");
    assert_eq!(add(&[("a", "555-0101")], one.clone()).await, 2, "without its area it may be another one");
    assert_eq!(add(&[("a", "+4155550101")], one.clone()).await, 2, "it has another country");
    let two = json!([{ "value": "+14155550101" }, { "value": "+494155550101" }]);
    assert_eq!(add(&[("a", "(415) 555-0101")], two).await, 3, "it fits both");
}

/// An email that is given twice is taken once, whatever its case.
#[tokio::test]
async fn an_email_is_taken_once() {
    let world = World::start().await;
    let emails = json!([{ "name": "work", "value": "Nora@example.net" }, { "value": "nora@EXAMPLE.net" }]);
    world.call("update-contact", json!({ "contactId": NORA, "emails": emails })).await.ok();
    let expected = json!([{ "name": "work", "value": "Nora@example.net" }]);
    let answer = world.call("get-contact", json!({ "contactId": NORA })).await.ok();
    assert_eq!(answer.data["contact"]["emails"], expected);
}

fn many(count: usize) -> Vec<String> {
    (0..count).map(|index| format!("+1415555{index:04}")).collect()
}

async fn with_numbers(world: &World, numbers: &[String]) {
    let items: Vec<(&str, &str)> = numbers.iter().map(|number| ("mobile", number.as_str())).collect();
    typed(world, &items).await;
}

fn values(items: &Value) -> Vec<&str> {
    let items = items.as_array().expect("items").iter();
    items.map(|item| item["value"].as_str().expect("a value")).collect()
}

fn size(answer: &Answer) -> usize {
    answer.text.len() + answer.data.to_string().len()
}

/// Lists keep twenty numbers of a contact; one that is read or changed shows all of them.
#[tokio::test]
async fn the_twenty_first_number_is_shown() {
    let world = World::start().await;
    with_numbers(&world, &many(20)).await;
    let add = json!({ "contactId": NORA, "addPhoneNumbers": [{ "name": "work", "value": STRANGER }] });
    let answer = world.call("update-contact", add).await.ok();
    let expected = json!([{ "field": "phoneNumbers", "now": format!("\"work\" {STRANGER}") }]);
    assert_eq!(answer.data["changed"], expected);
    let read = world.call("get-contact", json!({ "contactId": NORA })).await.ok();
    let numbers = values(&read.data["contact"]["phoneNumbers"]);
    assert_eq!((numbers.len(), numbers[20]), (21, STRANGER));
    assert!(!read.text.contains("more"), "{}", read.text);
    let replace = json!({ "contactId": NORA, "phoneNumbers": [{ "value": STRANGER }] });
    let answer = world.call("update-contact", replace).await.ok();
    assert_eq!(answer.data["changed"].as_array().map(Vec::len), Some(20));
    contains(&answer.text, &["20 value(s) changed", "was \"mobile\" +14155550019, is nothing"]);
}

/// Two labels that begin alike are two.
#[tokio::test]
async fn a_long_label_is_shown_to_its_end() {
    let world = World::start().await;
    let label = |end: &str| format!("{}{end}", "l".repeat(59));
    let change = |label: String| {
        let numbers = json!([{ "name": label, "value": "+14155550101" }]);
        world.call("update-contact", json!({ "contactId": NORA, "addPhoneNumbers": numbers }))
    };
    change(label("a")).await.ok();
    contains(&change(label("b")).await.ok().text, &["1 value(s) changed", &label("a"), &label("b")]);
}

#[tokio::test]
async fn lists_say_how_many_numbers_they_leave_out() {
    let world = World::start().await;
    with_numbers(&world, &many(23)).await;
    for (tool, arguments) in [
        ("list-contacts", json!({ "maxResults": 100 })),
        ("find-contact", json!({ "query": "nora castillo" })),
    ] {
        let answer = world.call(tool, arguments).await.ok();
        let contacts = answer.data["contacts"].as_array().expect("contacts");
        let nora = contacts.iter().find(|contact| contact["id"] == NORA).expect("Nora");
        assert_eq!(values(&nora["phoneNumbers"]).len(), 20, "{tool}");
        contains(&answer.text, &["; and 3 more phone number(s)"]);
        let reason = answer.data["coverage"]["reason"].as_str().expect("a reason");
        assert_eq!(reason, "1 contact(s) have more numbers or emails; get-contact reads them", "{tool}");
        assert_eq!(answer.data["coverage"]["complete"], true, "{tool}");
    }
}

/// What no result has room for is counted.
#[tokio::test]
async fn a_result_is_bounded_and_says_so() {
    let world = World::start().await;
    let (numbers, label) = (many(100), "l".repeat(190));
    let items: Vec<(&str, &str)> = numbers.iter().map(|number| (label.as_str(), number.as_str())).collect();
    typed(&world, &items).await;
    let read = world.call("get-contact", json!({ "contactId": NORA })).await.ok();
    let shown = values(&read.data["contact"]["phoneNumbers"]).len();
    assert!((40..100).contains(&shown) && size(&read) <= 24_000, "{shown} in {}", size(&read));
    contains(&read.text, &[&format!("; and {} more phone number(s)", 100 - shown)]);
    let notice = read.data["notice"].as_str().expect("a notice");
    contains(notice, &[&format!("And {} phone number(s)", 100 - shown)]);
    let clear = json!({ "contactId": NORA, "clear": ["phoneNumbers"] });
    let cleared = world.call("update-contact", clear).await.ok();
    let shown = cleared.data["changed"].as_array().expect("changes").len();
    assert!((40..100).contains(&shown) && size(&cleared) <= 24_000, "{shown} in {}", size(&cleared));
    let more = format!("And {} more, left out for their length.", 100 - shown);
    contains(&cleared.text, &["Saved; 100 value(s) changed.", &more]);
    contains(cleared.data["notice"].as_str().expect("a notice"), &[&more]);
}
