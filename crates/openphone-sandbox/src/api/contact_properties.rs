//! A contact's phone numbers, emails and custom fields, one by one (dated surface only). v1 shows the same ones
//! inline.

use serde_json::{Value, json};

use super::body::Fields;
use super::contact_fields::{KINDS, fits, fits_with_parts, kind_word};
use super::contacts::{Verb, contact_refused};
use super::error::ApiError;
use super::page::page;
use super::pattern::ANY;
use super::query::{Params, only_path_id, two_path_ids};
use super::{Answer, Cx, time};
use crate::workspace::{ContactRefusal, Order, Property, PropertyDraft, PropertyKind, Selection};

/// `GET /contacts/{contactId}/properties`
pub(crate) fn list(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let mut params = Params::new(cx, &["type", "limit", "after"]);
    let id = params.path(cx.path_id(), ANY);
    let kind = params.word("type", KINDS);
    let request = params.page_request(false, 50);
    params.finish()?;
    let contact = cx.workspace.contact(&id).ok_or_else(|| ApiError::absent("contact"))?;
    let selection = Selection::of(&contact.properties, &kind);
    let properties = page(&selection, &request, Order::OldestFirst, view)?;
    Ok(properties.into_answer(false))
}

/// `POST /contacts/{contactId}/properties`: a 200, not a 201.
pub(crate) fn create(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let id = only_path_id(cx, ANY)?;
    let mut body = Fields::parse(cx, &["type", "value", "name"])?;
    body.require("type", "String");
    body.require("value", "Union");
    let kind = body.word("type", KINDS);
    let name = body.nullable_text("name", 0, 1024).given();
    let value = kind.and_then(|kind| value(&mut body, kind));
    body.finish()?;
    let (Some(kind), Some(value)) = (kind, value) else {
        return Err(ApiError::bad_request("The input was invalid"));
    };
    let draft = PropertyDraft { id: None, kind, name, value };
    let property = cx.workspace.add_property(&id, draft, cx.now).map_err(refused)?;
    Ok(Answer::data(view(&property)))
}

/// `GET /contacts/{contactId}/properties/{propertyId}`
pub(crate) fn get(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let (contact, id) = two_path_ids(cx)?;
    Ok(Answer::data(view(&property(cx, &contact, &id)?)))
}

/// `PATCH /contacts/{contactId}/properties/{propertyId}`
pub(crate) fn update(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let (contact, id) = two_path_ids(cx)?;
    let mut body = Fields::parse(cx, &["value", "name"])?;
    let name = body.nullable_text("name", 0, 1024);
    let value = property(cx, &contact, &id).map(|property| value(&mut body, property.kind));
    body.finish()?;
    let property = cx.workspace.update_property(&contact, &id, name, value?, cx.now).map_err(refused)?;
    Ok(Answer::data(view(&property)))
}

/// `DELETE /contacts/{contactId}/properties/{propertyId}`
pub(crate) fn delete(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let (contact, id) = two_path_ids(cx)?;
    cx.workspace.delete_property(&contact, &id, cx.now).map_err(refused)?;
    Ok(Answer::NoContent)
}

/// The value, which when there must be one of the type.
fn value(body: &mut Fields, kind: PropertyKind) -> Option<Value> {
    let value = body.raw("value")?.clone();
    if fits(kind, &value) || fits_with_parts(kind, &value) {
        return Some(value);
    }
    body.report("value", "Expected union value", json!({ "type": "Union" }));
    None
}

fn property(cx: &Cx<'_>, contact: &str, id: &str) -> Result<Property, ApiError> {
    let contact = cx.workspace.contact(contact).ok_or_else(|| ApiError::absent("contact"))?;
    let known = contact.properties.iter().find(|known| known.id == id).cloned();
    known.ok_or_else(|| ApiError::absent("contact property"))
}

fn refused(why: ContactRefusal) -> ApiError {
    match why {
        ContactRefusal::NoItem => ApiError::absent("contact property"),
        other => contact_refused(other, Verb::Update, false),
    }
}

fn view(property: &Property) -> Value {
    json!({
        "id": property.id,
        "type": kind_word(property.kind),
        "name": property.name,
        "value": property.value,
        "createdAt": time(property.created.at),
        "updatedAt": time(property.updated_at),
    })
}
