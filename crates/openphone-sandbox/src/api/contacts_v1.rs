//! Contacts on v1, with phone numbers, emails and custom fields inline. An update replaces the three lists and
//! keeps the scalars it leaves out, unless the options say otherwise. `contact_fields.rs` has the lists, `contacts.rs` the dated surface.

use http::StatusCode;
use serde_json::{Value, json};

use super::body::Fields;
use super::contact_fields::{Lists, custom_view, kind_word, labelled_view};
use super::contacts::{Verb, check_source, contact_refused};
use super::error::ApiError;
use super::page::page;
use super::pattern::{ANY, UP_TO_75, USER};
use super::query::{Params, known_user, only_path_id};
use super::{Answer, Cx, time};
use crate::options::V1ContactUpdate;
use crate::workspace::{Contact, ContactFilter, ContactScalars, CustomField, Order, PropertyKind};

/// `GET /v1/contacts`
pub(crate) fn list(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let mut params = Params::new(cx, &[]);
    let filter = ContactFilter {
        external_ids: params.repeated("externalIds", UP_TO_75),
        sources: params.repeated("sources", UP_TO_75),
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
    let scalars = scalars(&mut body, &mut fields, 72);
    // An update may clear them.
    for key in ["source", "sourceUrl"] {
        if body.raw(key).is_some_and(Value::is_null) {
            body.report(key, "Expected string", json!({ "type": "String" }));
        }
    }
    let lists = Lists::read(&mut body, &mut fields, &cx.workspace.custom_fields, &[]);
    body.absorb(fields);
    check_source(&mut body, &scalars.source);
    let author = body.text("createdByUserId", USER);
    body.finish()?;
    if lists.invalid_custom {
        return Err(ApiError::invalid_custom_field());
    }
    known_user(cx, author.as_deref())?;
    let author = author.unwrap_or_else(|| cx.workspace.owner_id());
    let created = cx.workspace.create_contact(scalars, lists.drafts, author, cx.now);
    let id = created.map(|contact| contact.id).map_err(|why| contact_refused(why, Verb::Create, true))?;
    shown(cx, &id).map(|view| Answer::with(StatusCode::CREATED, view))
}

/// `GET /v1/contacts/{id}`
pub(crate) fn get(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let id = only_path_id(cx, ANY)?;
    shown(cx, &id).map(Answer::data)
}

/// `PATCH /v1/contacts/{id}`
pub(crate) fn update(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let id = only_path_id(cx, ANY)?;
    let mut body = Fields::parse(cx, &[])?;
    let mut fields = body.object("defaultFields").unwrap_or_else(|| Fields::empty("/defaultFields"));
    let mut scalars = scalars(&mut body, &mut fields, 75);
    if cx.options.v1_contact_update == V1ContactUpdate::ClearsNames && body.has("defaultFields") {
        scalars.first_name = scalars.first_name.or_clear();
        scalars.last_name = scalars.last_name.or_clear();
        scalars.company = scalars.company.or_clear();
        scalars.role = scalars.role.or_clear();
    }
    let existing = cx.workspace.contact(&id).map(|contact| contact.properties.clone()).unwrap_or_default();
    let lists = Lists::read(&mut body, &mut fields, &cx.workspace.custom_fields, &existing);
    body.absorb(fields);
    body.finish()?;
    if lists.invalid_custom {
        return Err(ApiError::invalid_custom_field());
    }
    cx.workspace
        .update_contact(&id, scalars, Some(lists.drafts), cx.now)
        .map_err(|why| contact_refused(why, Verb::Update, true))?;
    shown(cx, &id).map(Answer::data)
}

/// `GET /v1/contact-custom-fields`
pub(crate) fn custom_fields(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    Params::new(cx, &[]).finish()?;
    let fields = cx.workspace.custom_fields.iter();
    let view = |field: &CustomField| {
        let kind = kind_word(PropertyKind::Custom(field.kind));
        json!({ "name": field.name, "key": field.key, "type": kind })
    };
    Ok(Answer::data(fields.map(view).collect()))
}

/// `fields` has the names, `body` the rest.
fn scalars(body: &mut Fields, fields: &mut Fields, longest_source: usize) -> ContactScalars {
    ContactScalars {
        first_name: fields.nullable_text("firstName", 0, 1024),
        last_name: fields.nullable_text("lastName", 0, 1024),
        company: fields.nullable_text("company", 0, 1024),
        role: fields.nullable_text("role", 0, 1024),
        external_id: body.nullable_text("externalId", 1, 75),
        source: body.nullable_text("source", 1, longest_source),
        source_url: body.nullable_uri("sourceUrl"),
    }
}

fn shown(cx: &Cx<'_>, id: &str) -> Result<Value, ApiError> {
    let contact = cx.workspace.contact(id).ok_or_else(|| ApiError::not_found("Contact"))?;
    Ok(view(&cx.workspace.custom_fields, &contact))
}

fn view(definitions: &[CustomField], contact: &Contact) -> Value {
    json!({
        "id": contact.id,
        "externalId": contact.external_id,
        "source": contact.source,
        "sourceUrl": contact.source_url,
        "defaultFields": {
            "company": contact.company,
            "emails": labelled_view(contact, PropertyKind::Email),
            "firstName": contact.first_name,
            "lastName": contact.last_name,
            "phoneNumbers": labelled_view(contact, PropertyKind::PhoneNumber),
            "role": contact.role,
        },
        "customFields": custom_view(contact, definitions),
        "createdAt": time(contact.created.at),
        "updatedAt": time(contact.updated_at),
        "createdByUserId": contact.created_by,
    })
}
