//! Notes on contacts (dated surface only). A mention such as `@US…` is text like any other.

use serde_json::{Value, json};

use super::body::Fields;
use super::contacts::{Verb, contact_refused};
use super::error::ApiError;
use super::page::page;
use super::pattern::ANY;
use super::query::{Params, only_path_id, two_path_ids};
use super::{Answer, Cx, time};
use crate::workspace::{ContactRefusal, Note, Order, Selection};

/// `GET /contacts/{contactId}/notes`: newest first.
pub(crate) fn list(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let mut params = Params::new(cx, &["limit", "after"]);
    let id = params.path(cx.path_id(), ANY);
    let request = params.page_request(false, 50);
    params.finish()?;
    let contact = cx.workspace.contact(&id).ok_or_else(|| ApiError::absent("contact"))?;
    let notes = page(&Selection::of(&contact.notes, &()), &request, Order::NewestFirst, view)?;
    Ok(notes.into_answer(false))
}

/// `POST /contacts/{contactId}/notes`: a 200, not a 201.
pub(crate) fn create(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let id = only_path_id(cx, ANY)?;
    let text = text(cx)?;
    let author = cx.workspace.owner_id();
    let note = cx.workspace.add_note(&id, text, author, cx.now).map_err(refused)?;
    Ok(Answer::data(view(note)))
}

/// `GET /contacts/{contactId}/notes/{noteId}`
pub(crate) fn get(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let (contact, id) = two_path_ids(cx)?;
    let contact = cx.workspace.contact(&contact).ok_or_else(|| ApiError::absent("contact"))?;
    let note = contact.notes.iter().find(|note| note.id == id).ok_or(ContactRefusal::NoItem);
    note.map(|note| Answer::data(view(note))).map_err(refused)
}

/// `PATCH /contacts/{contactId}/notes/{noteId}`
pub(crate) fn update(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let (contact, id) = two_path_ids(cx)?;
    let text = text(cx)?;
    let note = cx.workspace.update_note(&contact, &id, text, cx.now).map_err(refused)?;
    Ok(Answer::data(view(note)))
}

/// `DELETE /contacts/{contactId}/notes/{noteId}`
pub(crate) fn delete(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let (contact, id) = two_path_ids(cx)?;
    cx.workspace.delete_note(&contact, &id).map_err(refused)?;
    Ok(Answer::NoContent)
}

fn text(cx: &Cx<'_>) -> Result<String, ApiError> {
    let mut body = Fields::parse(cx, &["text"])?;
    body.require("text", "String");
    let text = body.text("text", ANY);
    if let Some(text) = &text {
        body.length("text", text, 1, 2000);
    }
    body.finish()?;
    Ok(text.unwrap_or_default())
}

fn refused(why: ContactRefusal) -> ApiError {
    match why {
        ContactRefusal::NoItem => ApiError::absent("contact note"),
        other => contact_refused(other, Verb::Update, false),
    }
}

fn view(note: &Note) -> Value {
    json!({
        "id": note.id,
        "text": note.text,
        "media": [],
        "createdAt": time(note.created.at),
        "updatedAt": time(note.updated_at),
        "actorId": note.author,
    })
}
