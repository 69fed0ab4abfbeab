//! Contacts with all that hangs on them.

use futures_util::TryStreamExt;
use openphone_client::contacts::{
    ContactUpdate, CustomFieldValue, ListContacts, NewContact, NewProperty, PropertyKind, PropertyUpdate,
};
use openphone_client::{Budget, ErrorKind, Workspace};

use super::number;

pub(super) async fn all(w: &Workspace) {
    let definitions = w.contacts().custom_fields().await.expect("definitions");
    assert!(!definitions.is_empty());
    let new = NewContact::new("Ada".to_owned())
        .last_name("Example".to_owned())
        .phone_number("mobile", &number("+14155550142"))
        .email("work", "ada@example.com")
        .external_id("crm-77".to_owned());
    let created = w.contacts().create(&new).await.expect("created");
    let listed = ListContacts::new().external_ids(["crm-77".to_owned()]);
    assert_eq!(w.contacts().list(&listed).await.expect("a page").data[0].id, created.id);

    let update =
        ContactUpdate::new().company("Acme".to_owned()).add_phone_number("office", &number("+14155550143"));
    let updated = w.contacts().update(&created.id, &update).await.expect("updated");
    let read = w.contacts().get(&created.id).await.expect("the contact");
    for contact in [&updated, &read] {
        let fields = &contact.default_fields;
        assert_eq!(fields.first_name.as_ref().map(|name| name.as_str()), Some("Ada"), "nothing is lost");
        assert_eq!(fields.last_name.as_ref().map(|name| name.as_str()), Some("Example"));
        assert_eq!((fields.emails.len(), fields.phone_numbers.len()), (1, 2));
        assert_eq!(
            fields.phone_numbers[0].id, created.default_fields.phone_numbers[0].id,
            "the item is the same"
        );
        assert_eq!(contact.external_id.as_ref().map(|id| id.as_str()), Some("crm-77"));
    }
    let shares = w.contacts().share_pages(&created.id, Budget::pages(3)).try_collect::<Vec<_>>().await;
    assert!(
        shares
            .expect("shares")
            .iter()
            .flat_map(|page| &page.data)
            .all(|share| share.contact_id == created.id)
    );
    notes(w, &created.id).await;
    properties(w, &created.id).await;
    w.contacts().delete(&created.id).await.expect("deleted");
    let error = w.contacts().get(&created.id).await.expect_err("deleted");
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

async fn notes(w: &Workspace, contact: &openphone_client::ContactId) {
    let notes = w.contacts().notes(contact);
    let note = notes.create("Prefers mornings").await.expect("written");
    let changed = notes.update(&note.id, "Prefers evenings").await.expect("changed");
    assert_eq!((changed.id, changed.text.as_str()), (note.id.clone(), "Prefers evenings"));
    assert_eq!(notes.get(&note.id).await.expect("the note").text.as_str(), "Prefers evenings");
    let pages: Vec<_> = notes.pages(Budget::pages(3)).try_collect().await.expect("pages");
    assert!(pages.iter().flat_map(|page| &page.data).any(|found| found.id == note.id));
    notes.delete(&note.id).await.expect("deleted");
    assert_eq!(notes.get(&note.id).await.expect_err("deleted").kind(), ErrorKind::NotFound);
}

async fn properties(w: &Workspace, contact: &openphone_client::ContactId) {
    let properties = w.contacts().properties(contact);
    let value = CustomFieldValue::Text("+14155550144".to_owned());
    let new = NewProperty::new(PropertyKind::PhoneNumber, value).name("home".to_owned());
    let made = properties.create(&new).await.expect("made");
    let inline = w.contacts().get(contact).await.expect("the contact").default_fields.phone_numbers;
    assert_eq!(
        inline.last().and_then(|item| item.value.clone()).as_deref().map(String::as_str),
        Some("+14155550144")
    );
    let update = PropertyUpdate::new().value(CustomFieldValue::Text("+14155550145".to_owned()));
    let changed = properties.update(&made.id, &update).await.expect("changed");
    assert_eq!(changed.name.as_deref(), Some("home"), "what is not named stays");
    assert_eq!(properties.get(&made.id).await.expect("the property").value, changed.value);
    let phones = properties.list(Some(&PropertyKind::PhoneNumber), None, None).await.expect("a page").data;
    assert!(phones.iter().all(|property| property.kind == PropertyKind::PhoneNumber));
    assert!(phones.iter().any(|property| property.id == made.id));
    properties.delete(&made.id).await.expect("deleted");
    assert_eq!(properties.get(&made.id).await.expect_err("deleted").kind(), ErrorKind::NotFound);
}
