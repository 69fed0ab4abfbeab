//! Contacts on the dated surface: the scalars alone, which an update merges, and whom a contact is shared with.
//! Numbers, emails and custom fields are in `contact_properties.rs`, notes in `contact_notes.rs`, and v1, which
//! has all in one, in `contacts_v1.rs`.

use http::StatusCode;
use serde_json::{Value, json};

use super::body::Fields;
use super::contact_fields::source_is_reserved;
use super::error::ApiError;
use super::page::page;
use super::pattern::{ANY, USER};
use super::query::{Params, known_user, only_path_id};
use super::{Answer, Cx, time};
use crate::workspace::{Change, Contact, ContactFilter, ContactRefusal, ContactScalars, Order, Selection};

/// `GET /contacts`
pub(crate) fn list(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    const KNOWN: &[&str] = &["externalId", "externalId[in]", "source", "source[in]", "limit", "after"];
    let mut params = Params::new(cx, KNOWN);
    let filter = ContactFilter {
        external_ids: params.any_of("externalId", ANY, 50).unwrap_or_default(),
        sources: params.any_of("source", ANY, 50).unwrap_or_default(),
        ..ContactFilter::default()
    };
    let request = params.page_request(false, 50);
    params.finish()?;
    let contacts = page(&cx.workspace.contacts.select(&filter, ()), &request, Order::OldestFirst, view)?;
    Ok(contacts.into_answer(false))
}

/// `POST /contacts`
pub(crate) fn create(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    Params::new(cx, &[]).finish()?;
    let known = [SCALARS, &["actorId"]].concat();
    let mut body = Fields::parse(cx, &known)?;
    body.require("firstName", "String");
    if body.raw("firstName").is_some_and(Value::is_null) {
        body.report("firstName", "Expected string", json!({ "type": "String" }));
    }
    let scalars = scalars(&mut body);
    check_source(&mut body, &scalars.source);
    let author =
        if body.raw("actorId").is_some_and(Value::is_null) { None } else { body.text("actorId", USER) };
    body.finish()?;
    known_user(cx, author.as_deref())?;
    let author = author.unwrap_or_else(|| cx.workspace.owner_id());
    let created = cx.workspace.create_contact(scalars, Vec::new(), author, cx.now);
    let contact = created.map_err(|why| contact_refused(why, Verb::Create, false))?;
    Ok(Answer::with(StatusCode::CREATED, view(&contact)))
}

/// `GET /contacts/{contactId}`
pub(crate) fn get(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let id = only_path_id(cx, ANY)?;
    let contact = cx.workspace.contact(&id).ok_or_else(|| ApiError::absent("contact"))?;
    Ok(Answer::data(view(&contact)))
}

/// `PATCH /contacts/{contactId}`
pub(crate) fn update(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let id = only_path_id(cx, ANY)?;
    let mut body = Fields::parse(cx, SCALARS)?;
    let scalars = scalars(&mut body);
    body.finish()?;
    let updated = cx.workspace.update_contact(&id, scalars, None, cx.now);
    let contact = updated.map_err(|why| contact_refused(why, Verb::Update, false))?;
    Ok(Answer::data(view(&contact)))
}

/// `DELETE /v1/contacts/{id}`, `DELETE /contacts/{contactId}`
pub(crate) fn delete(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let id = only_path_id(cx, ANY)?;
    let v1 = cx.operation.is_v1();
    cx.workspace.delete_contact(&id, cx.now).map_err(|why| contact_refused(why, Verb::Update, v1))?;
    Ok(Answer::NoContent)
}

/// `GET /contacts/{contactId}/shares`
pub(crate) fn shares(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let mut params = Params::new(cx, &["limit", "after"]);
    let id = params.path(cx.path_id(), ANY);
    let request = params.page_request(false, 50);
    params.finish()?;
    let contact = cx.workspace.contact(&id).ok_or_else(|| ApiError::absent("contact"))?;
    let shares = page(
        &Selection::of(&contact.shares, &()),
        &request,
        Order::OldestFirst,
        |share| json!({ "contactId": contact.id, "sharedWith": share.with, "createdAt": time(share.created.at) }),
    )?;
    Ok(shares.into_answer(false))
}

/// What was tried, as a conflict names it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Verb {
    Create,
    Update,
}

/// The error for a refusal of the workspace's.
pub(super) fn contact_refused(why: ContactRefusal, verb: Verb, v1: bool) -> ApiError {
    match why {
        ContactRefusal::NoContact if v1 => ApiError::not_found("Contact"),
        ContactRefusal::NoContact => ApiError::absent("contact"),
        ContactRefusal::NoItem => ApiError::absent("item"),
        ContactRefusal::Full => ApiError::forbidden("The sandbox keeps no more of these in this workspace"),
        ContactRefusal::ExternalIdTaken => ApiError::conflict(match verb {
            Verb::Create => "Failed to create contact",
            Verb::Update => "Failed to update contact",
        }),
    }
}

/// Reports a source that only the product itself gives.
pub(super) fn check_source(body: &mut Fields, source: &Change<String>) {
    if let Change::Set(source) = source
        && source_is_reserved(source)
    {
        body.report("source", "The source is a reserved word", json!({ "type": "String" }));
    }
}

const SCALARS: &[&str] = &["firstName", "lastName", "company", "role", "externalId", "source", "sourceUrl"];

fn scalars(body: &mut Fields) -> ContactScalars {
    ContactScalars {
        first_name: body.nullable_text("firstName", 0, 1024),
        last_name: body.nullable_text("lastName", 0, 1024),
        company: body.nullable_text("company", 0, 1024),
        role: body.nullable_text("role", 0, 1024),
        external_id: body.nullable_text("externalId", 1, 75),
        source: body.nullable_text("source", 1, 75),
        source_url: body.nullable_uri("sourceUrl"),
    }
}

fn view(contact: &Contact) -> Value {
    json!({
        "id": contact.id,
        "externalId": contact.external_id,
        "source": contact.source,
        "sourceUrl": contact.source_url,
        "firstName": contact.first_name,
        "lastName": contact.last_name,
        "company": contact.company,
        "role": contact.role,
        "actorId": contact.created_by,
        "createdAt": time(contact.created.at),
        "updatedAt": time(contact.updated_at),
    })
}
