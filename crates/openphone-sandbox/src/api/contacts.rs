//! Contacts on v1, with phone numbers, emails and custom fields inline. An update replaces the three lists and
//! keeps the scalars it leaves out. `contact_fields.rs` reads the body's lists.

use http::StatusCode;
use serde_json::{Value, json};

use super::body::{Change, Fields};
use super::contact_fields::{Lists, custom_type, source_is_reserved};
use super::error::ApiError;
use super::page::page;
use super::pattern::{ANY, USER};
use super::query::{Params, known_user, only_path_id};
use super::{Answer, Cx, time};
use crate::workspace::{
    Contact, ContactEvent, ContactField, ContactFilter, CustomField, Happening, Kind, Order,
};

/// `GET /v1/contacts`
pub(crate) fn list(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let mut params = Params::new(cx, &[]);
    let filter = ContactFilter {
        external_ids: params.repeated("externalIds", ANY),
        sources: params.repeated("sources", ANY),
        ..ContactFilter::default()
    };
    let request = params.page_request(true, 50);
    params.finish()?;
    let definitions = &cx.workspace.custom_fields;
    let selection = cx.workspace.contacts.select(&filter, ());
    let contacts = page(&selection, &request, Order::OldestFirst, |contact| view(definitions, contact))?;
    Ok(contacts.into_answer(true))
}

/// `POST /v1/contacts`
pub(crate) fn create(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    Params::new(cx, &[]).finish()?;
    let mut body = Fields::parse(cx, &[])?;
    body.require("defaultFields", "Object");
    let mut fields = body.object("defaultFields").unwrap_or_else(|| Fields::empty("/defaultFields"));
    if body.has("defaultFields") {
        fields.require("firstName", "Union");
    }
    let first_name = fields.nullable_text("firstName", 0, 1024).given();
    let last_name = fields.nullable_text("lastName", 0, 1024).given();
    let company = fields.nullable_text("company", 0, 1024).given();
    let role = fields.nullable_text("role", 0, 1024).given();
    let mut lists = Lists::read(&mut body, &mut fields, &cx.workspace.custom_fields, &[]);
    body.absorb(fields);
    let external_id = body.nullable_text("externalId", 1, 75).given();
    let source = body.nullable_text("source", 1, 72).given();
    if source.as_deref().is_some_and(source_is_reserved) {
        body.report("source", "The source is a reserved word", json!({ "type": "String" }));
    }
    let source_url = body.nullable_uri("sourceUrl").given();
    let author = body.text("createdByUserId", USER);
    body.finish()?;
    if lists.invalid_custom {
        return Err(ApiError::invalid_custom_field());
    }
    known_user(cx, author.as_deref())?;
    refuse_duplicate(cx, external_id.as_deref(), None, "Failed to create contact")?;
    let workspace = &mut *cx.workspace;
    if !workspace.make_room_for_contact() {
        return Err(no_room());
    }
    let owner = workspace.owner_id();
    let created = workspace.position(cx.now);
    let id = workspace.ids.next(Kind::Contact);
    let contact = Contact {
        id,
        external_id,
        source: Some(source.unwrap_or_else(|| "public-api".to_owned())),
        source_url,
        first_name,
        last_name,
        company,
        role,
        emails: lists.take_emails(&mut workspace.ids),
        phone_numbers: lists.take_phone_numbers(&mut workspace.ids),
        custom: lists.take_custom(&mut workspace.ids),
        created_by: author.unwrap_or(owner),
        created,
        updated_at: cx.now,
        deleted: false,
    };
    let view = view(&workspace.custom_fields, &contact);
    workspace.emit(Happening::Contact(ContactEvent::Updated, contact.clone()), cx.now);
    workspace.contacts.push(contact);
    Ok(Answer::with(StatusCode::CREATED, view))
}

/// `GET /v1/contacts/{id}`
pub(crate) fn get(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let id = only_path_id(cx, ANY)?;
    let contact = cx.workspace.contact(&id).ok_or_else(|| ApiError::not_found("Contact"))?;
    Ok(Answer::data(view(&cx.workspace.custom_fields, &contact)))
}

/// `PATCH /v1/contacts/{id}`
pub(crate) fn update(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let id = only_path_id(cx, ANY)?;
    let mut body = Fields::parse(cx, &[])?;
    let mut fields = body.object("defaultFields").unwrap_or_else(|| Fields::empty("/defaultFields"));
    let first_name = fields.nullable_text("firstName", 0, 1024);
    let last_name = fields.nullable_text("lastName", 0, 1024);
    let company = fields.nullable_text("company", 0, 1024);
    let role = fields.nullable_text("role", 0, 1024);
    let existing = cx.workspace.contact(&id).map(|contact| contact.custom.clone()).unwrap_or_default();
    let mut lists = Lists::read(&mut body, &mut fields, &cx.workspace.custom_fields, &existing);
    body.absorb(fields);
    let external_id = body.nullable_text("externalId", 1, 75);
    let source = body.nullable_text("source", 1, 75);
    let source_url = body.nullable_uri("sourceUrl");
    body.finish()?;
    if lists.invalid_custom {
        return Err(ApiError::invalid_custom_field());
    }
    if cx.workspace.contact(&id).is_none() {
        return Err(ApiError::not_found("Contact"));
    }
    if let Change::Set(external_id) = &external_id {
        refuse_duplicate(cx, Some(external_id), Some(&id), "Failed to update contact")?;
    }
    let workspace = &mut *cx.workspace;
    let emails = lists.take_emails(&mut workspace.ids);
    let phone_numbers = lists.take_phone_numbers(&mut workspace.ids);
    let custom = lists.take_custom(&mut workspace.ids);
    let contact = workspace.contact_mut(&id).ok_or_else(no_room)?;
    first_name.apply(&mut contact.first_name);
    last_name.apply(&mut contact.last_name);
    company.apply(&mut contact.company);
    role.apply(&mut contact.role);
    external_id.apply(&mut contact.external_id);
    source.apply(&mut contact.source);
    source_url.apply(&mut contact.source_url);
    contact.emails = emails;
    contact.phone_numbers = phone_numbers;
    contact.custom = custom;
    contact.updated_at = cx.now;
    let contact = contact.clone();
    let view = view(&workspace.custom_fields, &contact);
    workspace.emit(Happening::Contact(ContactEvent::Updated, contact), cx.now);
    Ok(Answer::data(view))
}

/// `DELETE /v1/contacts/{id}`
pub(crate) fn delete(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let id = only_path_id(cx, ANY)?;
    let contact = cx.workspace.delete_contact(&id).ok_or_else(|| ApiError::not_found("Contact"))?;
    cx.workspace.emit(Happening::Contact(ContactEvent::Deleted, contact), cx.now);
    Ok(Answer::NoContent)
}

/// `GET /v1/contact-custom-fields`
pub(crate) fn custom_fields(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    Params::new(cx, &[]).finish()?;
    let fields = cx.workspace.custom_fields.iter();
    let data = fields
        .map(|field| json!({ "name": field.name, "key": field.key, "type": custom_type(field.kind) }))
        .collect();
    Ok(Answer::data(data))
}

fn no_room() -> ApiError {
    ApiError::forbidden("The sandbox keeps no more contacts in this workspace")
}

fn refuse_duplicate(
    cx: &Cx<'_>,
    external_id: Option<&str>,
    except: Option<&str>,
    message: &'static str,
) -> Result<(), ApiError> {
    let Some(wanted) = external_id else { return Ok(()) };
    let filter = ContactFilter { external_ids: vec![wanted.to_owned()], ..ContactFilter::default() };
    let same = cx.workspace.contacts.select(&filter, ());
    let taken = same.walk(Order::OldestFirst, None).any(|contact| Some(contact.id.as_str()) != except);
    if taken { Err(ApiError::conflict(message)) } else { Ok(()) }
}

/// The custom fields as the API shows them.
pub(super) fn custom_views(definitions: &[CustomField], contact: &Contact) -> Vec<Value> {
    contact
        .custom
        .iter()
        .filter_map(|value| {
            definitions.iter().find(|field| field.key == value.key).map(|field| (field, value))
        })
        .map(|(field, value)| {
            json!({
                "name": field.name,
                "key": field.key,
                "id": value.id,
                "type": custom_type(field.kind),
                "value": value.value,
            })
        })
        .collect()
}

fn view(definitions: &[CustomField], contact: &Contact) -> Value {
    json!({
        "id": contact.id,
        "externalId": contact.external_id,
        "source": contact.source,
        "sourceUrl": contact.source_url,
        "defaultFields": {
            "company": contact.company,
            "emails": contact.emails.iter().map(item).collect::<Vec<_>>(),
            "firstName": contact.first_name,
            "lastName": contact.last_name,
            "phoneNumbers": contact.phone_numbers.iter().map(item).collect::<Vec<_>>(),
            "role": contact.role,
        },
        "customFields": custom_views(definitions, contact),
        "createdAt": time(contact.created.at),
        "updatedAt": time(contact.updated_at),
        "createdByUserId": contact.created_by,
    })
}

fn item(field: &ContactField) -> Value {
    json!({ "id": field.id, "name": field.name, "value": field.value })
}
