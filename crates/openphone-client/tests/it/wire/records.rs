//! What operations on contacts, conversations, phone numbers and users put on the wire.

use openphone_client::Workspace;
use openphone_client::contacts::{
    ContactUpdate, CustomFieldValue, ListContacts, NewContact, NewProperty, PropertyKind, PropertyUpdate,
};
use openphone_client::conversations::{ConversationSort, ListConversations, ListRecentConversations};
use openphone_client::phone_numbers::{ListPhoneNumbers, PhoneNumberExtras, SearchPhoneNumbers};
use openphone_client::users::ListUsers;

use crate::server::{Arrived, Server, Step};

use super::{at, cursor, inbox, number, user};

pub(super) async fn contacts(w: &Workspace) {
    let full = NewContact::new("Ada".to_owned())
        .last_name("Example".to_owned())
        .company("Acme".to_owned())
        .role("Engineer".to_owned())
        .phone_number("mobile", &number(101))
        .email("work", "ada@example.com")
        .custom_field("tags", CustomFieldValue::Choices(vec!["vip".to_owned()]))
        .custom_field("age", CustomFieldValue::Number(36.into()))
        .created_by_user_id(user())
        .source("crm".to_owned())
        .source_url("https://crm.example.com/1".to_owned())
        .external_id("crm-1".to_owned());
    let _ = w.contacts().create(&full).await;
    let _ = w.contacts().create(&NewContact::new(None).company("Acme".to_owned())).await;
    let filtered =
        ListContacts::new().external_ids(["a b".to_owned(), "c&d".to_owned()]).sources(["crm".to_owned()]);
    let _ = w.contacts().list(&filtered).await;
    let id = "66d0d87e8dc1211467372303".parse().expect("an id");
    let _ = w.contacts().get(&id).await;
    let _ = w.contacts().delete(&id).await;
    let _ = w.contacts().custom_fields().await;
    let _ = w.contacts().shares(&id, None, Some(&cursor())).await;

    let (notes, note) = (w.contacts().notes(&id), "n1".parse().expect("an id"));
    let _ = notes.list(Some(5), None).await;
    let _ = notes.create("Call back @US1 on Monday").await;
    let _ = notes.get(&note).await;
    let _ = notes.update(&note, "Called back").await;
    let _ = notes.delete(&note).await;

    let (properties, property) = (w.contacts().properties(&id), "p1".parse().expect("an id"));
    let _ = properties.list(None, None, None).await;
    let _ = properties.list(Some(&PropertyKind::PhoneNumber), Some(1), Some(&cursor())).await;
    let new = NewProperty::new(PropertyKind::Email, CustomFieldValue::Text("ada@example.com".to_owned()));
    let _ = properties.create(&new.name("work".to_owned())).await;
    let _ = properties.get(&property).await;
    let update = PropertyUpdate::new().name(None).value(CustomFieldValue::Flag(true));
    let _ = properties.update(&property, &update).await;
    let _ = properties.delete(&property).await;
}

/// An update writes only after it has read, so it needs an answer.
pub(super) async fn contact_update() -> Vec<Arrived> {
    let contact = r#"{"data":{"id":"c1","externalId":"crm-1","defaultFields":{"firstName":"Ada","lastName":null,
        "company":null,"role":null,"emails":[],"phoneNumbers":[{"name":"mobile","value":"+14155550101","id":"p1"}]},"createdAt":"2026-11-20T18:30:00Z","customFields":
        [{"name":"Age","key":"age","id":"f1","type":"number","value":36}]}}"#;
    let server = Server::start([Step::json(200, contact)]).await;
    let update = ContactUpdate::new().company("Acme".to_owned()).source_url(None);
    let _ = server.workspace().contacts().update(&"c1".parse().expect("an id"), &update).await;
    server.arrived()
}

pub(super) async fn conversations(w: &Workspace) {
    let (from, to) = (at("2026-11-01T00:00:00Z"), at("2026-11-20T18:30:00.5Z"));
    let everything = ListConversations::new()
        .phone_number_ids([inbox(), "PN2".parse().expect("an id")])
        .created_at_gte(from)
        .created_at_lte(to)
        .updated_at_gte(from)
        .updated_at_lte(to)
        .sort(ConversationSort::UpdatedDescending);
    let _ = w.conversations().list(&everything).await;
    let recent = ListRecentConversations::new()
        .inboxes([inbox().into(), number(199).into()])
        .user_id(user())
        .created_after(from)
        .created_before(to)
        .updated_after(from)
        .updated_before(to)
        .exclude_inactive(true)
        .after(cursor());
    let _ = w.conversations().list_recent(&recent).await;
    let id = "CN1".parse().expect("an id");
    let _ = w.conversations().mark_read(&id).await;
    let _ = w.conversations().mark_done(&id).await;
    let _ = w.conversations().mark_open(&id).await;
}

pub(super) async fn phone_numbers_and_users(w: &Workspace) {
    let _ =
        w.phone_numbers().list(&ListPhoneNumbers::new().phone_number(number(199)).with_restrictions()).await;
    let _ = w.phone_numbers().get(&inbox(), PhoneNumberExtras::NONE).await;
    let _ = w.phone_numbers().get(&inbox(), PhoneNumberExtras::ALL).await;
    let _ = w.phone_numbers().members(&inbox(), Some(1), None).await;
    let search = SearchPhoneNumbers::new()
        .country_code("US".to_owned())
        .area_code("415".to_owned())
        .locality("San Francisco".to_owned())
        .region("CA".to_owned())
        .contains("0101".to_owned())
        .toll_free(false);
    let _ = w.phone_numbers().search_available(&search).await;

    let _ = w.users().list(&ListUsers::new().limit(50)).await;
    let _ = w.users().get(&user()).await;
    let _ = w.users().phone_numbers(&user(), None, Some(&cursor())).await;
    let _ = w.organization().get().await;
}
