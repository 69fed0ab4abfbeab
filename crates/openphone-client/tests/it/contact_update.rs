//! Changing a contact: what is written back, for contacts and changes of every kind. The snapshot of each case
//! is the whole body of the PATCH; a field that is in the contact and not in the body is lost.

use openphone_client::contacts::{ContactItem, ContactUpdate, CustomFieldValue};
use openphone_client::{E164, ErrorKind};
use serde_json::{Value, json};

use crate::server::{Server, Step};

fn full() -> Value {
    json!({
        "id": "c1", "externalId": "crm-1", "source": "csv-import", "sourceUrl": "https://crm.example.com/1",
        "defaultFields": {
            "firstName": "Ada", "lastName": "Example", "company": "Acme", "role": "Engineer",
            "emails": [{ "name": "work", "value": "ada@example.com", "id": "e1" }],
            "phoneNumbers": [
                { "name": "mobile", "value": "+14155550101", "id": "p1" },
                { "name": "office", "value": "(415) 555-0102", "id": "p2" },
                { "name": "gone", "value": null, "id": "p3" },
            ],
        },
        "customFields": [
            { "name": "Age", "key": "age", "id": "f1", "type": "number", "value": 36 },
            { "name": "Tags", "key": "tags", "id": "f2", "type": "multi-select", "value": ["vip"] },
            { "name": "Born", "key": "born", "id": "f3", "type": "date", "value": null },
            { "name": "Place", "id": "f4", "type": "future", "value": { "lat": 1.5 } },
        ],
        "createdAt": "2026-11-20T18:30:00Z", "updatedAt": "2026-11-20T18:30:00Z", "createdByUserId": "US1",
    })
}

fn bare() -> Value {
    json!({ "id": "c1", "createdAt": "2026-11-20T18:30:00Z", "customFields": [], "defaultFields": {
        "firstName": null, "lastName": null, "company": null, "role": null, "emails": null, "phoneNumbers": [] } })
}

/// What is written back.
async fn written(contact: Value, update: ContactUpdate) -> Value {
    let body = json!({ "data": contact }).to_string();
    let server = Server::start([Step::json(200, &body)]).await;
    server.workspace().contacts().update(&"c1".parse().expect("an id"), &update).await.expect("an answer");
    let arrived = server.arrived();
    let lines: Vec<_> = arrived.iter().map(|arrived| arrived.line().to_owned()).collect();
    assert_eq!(lines, ["GET /v1/contacts/c1", "PATCH /v1/contacts/c1"]);
    serde_json::from_str(&arrived[1].body).expect("JSON")
}

fn number(text: &str) -> E164 {
    E164::parse(text).expect("a number")
}

#[tokio::test]
async fn what_is_not_named_is_written_back() {
    insta::assert_json_snapshot!(written(full(), ContactUpdate::new().role("Director".to_owned())).await);
}

#[tokio::test]
async fn null_clears_and_lists_change_item_by_item() {
    let update = ContactUpdate::new()
        .last_name(None)
        .company("Example & Co.".to_owned())
        .external_id(None)
        .source("crm".to_owned())
        .source_url("https://crm.example.com/2".to_owned())
        .add_phone_number("home", &number("+14155550103"))
        .add_phone_number("private", &number("+14155550101"))
        .remove_phone_number("415-555-0102")
        .remove_email("ADA@example.com")
        .add_email("private", "ada@home.example.com")
        .custom_field("age", CustomFieldValue::Number(37.into()))
        .custom_field("tags", None)
        .custom_field("born", CustomFieldValue::Text("1990-12-10T00:00:00Z".to_owned()))
        .custom_field("unheard-of", None);
    insta::assert_json_snapshot!(written(full(), update).await);
}

/// A number that was typed without its country is named as the contact has it.
#[tokio::test]
async fn a_number_gets_a_label_as_it_is_spelled() {
    let mut contact = full();
    contact["defaultFields"]["phoneNumbers"] =
        json!([{ "name": "home", "value": "(415) 555-0101", "id": "1" }]);
    let update = ContactUpdate::new().label_phone_number("private", "(415) 555-0101");
    let written = written(contact, update).await;
    assert_eq!(
        written["defaultFields"]["phoneNumbers"],
        json!([{ "name": "private", "value": "(415) 555-0101", "id": "1" }])
    );
}

#[tokio::test]
async fn lists_can_be_replaced_and_names_set_where_none_was() {
    let update = ContactUpdate::new()
        .first_name("Grace".to_owned())
        .replace_phone_numbers([ContactItem::new("mobile", "+14155550104")])
        .replace_emails([]);
    insta::assert_json_snapshot!("a_full_contact", written(full(), update.clone()).await);
    insta::assert_json_snapshot!("a_bare_contact", written(bare(), update).await);
}

#[tokio::test]
async fn the_source_is_written_back_unless_it_is_the_apis_own() {
    for (source, kept) in
        [(json!("crm"), json!("crm")), (json!("csv-v2"), Value::Null), (Value::Null, Value::Null)]
    {
        let mut contact = full();
        contact["source"] = source;
        let written = written(contact, ContactUpdate::new().role(None)).await;
        assert_eq!(written["source"], kept);
    }
}

/// What cannot be read whole is not written back: what is missing would be deleted.
#[tokio::test]
async fn nothing_is_written_of_a_contact_that_came_in_part() {
    let odd = |pointer: &str, value: Option<Value>| {
        let mut contact = full();
        let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
        let parent = contact.pointer_mut(parent).and_then(Value::as_object_mut).expect("an object");
        match value {
            Some(value) => parent.insert(name.to_owned(), value),
            None => parent.remove(name),
        };
        contact
    };
    let parts = ["firstName", "lastName", "company", "role", "emails", "phoneNumbers"];
    let absent = parts.map(|name| odd(&format!("/defaultFields/{name}"), None));
    let unreadable = [
        odd("/customFields", None),
        odd("/defaultFields/lastName", Some(json!(7))),
        odd("/defaultFields/emails", Some(json!([{ "name": "work", "value": 7 }]))),
        odd("/externalId", Some(json!({}))),
    ];
    for contact in absent.into_iter().chain(unreadable) {
        let server = Server::start([Step::json(200, &json!({ "data": contact }).to_string())]).await;
        let update = ContactUpdate::new().role(None);
        let error = server.workspace().contacts().update(&"c1".parse().expect("an id"), &update).await;
        assert_eq!(error.expect_err("a part of it").kind(), ErrorKind::Protocol, "{contact}");
        assert_eq!(server.count(), 1, "nothing was written");
    }
}

#[tokio::test]
async fn nothing_is_written_when_reading_fails() {
    for (status, kind) in
        [(404, ErrorKind::NotFound), (500, ErrorKind::Server), (401, ErrorKind::Unauthorized)]
    {
        let server = Server::start([Step::json(status, "{}")]).await;
        let update = ContactUpdate::new().first_name(None);
        let error = server.workspace().contacts().update(&"c1".parse().expect("an id"), &update).await;
        assert_eq!(error.expect_err("no contact").kind(), kind);
        assert!(server.arrived().iter().all(|arrived| arrived.line().starts_with("GET ")), "{status}");
    }
}

/// Many changes of one contact at once, as an assistant makes them: each reads what the one before wrote.
#[tokio::test]
async fn changes_of_one_contact_wait_for_each_other() {
    let server = Server::start([Step::json(200, &json!({ "data": full() }).to_string())]).await;
    let workspace =
        server.workspace_with(|builder| builder.rate_limiter(std::sync::Arc::new(crate::server::Unlimited)));
    let changes = (0..8).map(|change| {
        let workspace = workspace.clone();
        async move {
            let update = ContactUpdate::new().role(format!("role {change}"));
            workspace.contacts().update(&"c1".parse().expect("an id"), &update).await
        }
    });
    for change in futures_util::future::join_all(changes).await {
        change.expect("an answer");
    }
    let methods: Vec<_> = server
        .arrived()
        .iter()
        .map(|arrived| arrived.line().split(' ').next().expect("a method").to_owned())
        .collect();
    assert_eq!(methods, ["GET", "PATCH"].repeat(8));
}
