//! The registration with the carriers (dated surface only): a draft, which can be changed until it is submitted.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::body::Fields;
use super::error::ApiError;
use super::query::Params;
use super::{Answer, Cx, optional_time, time};
use crate::workspace::{Registration, RegistrationRefusal, RegistrationStatus};

/// What a client writes, and what of it must be there to submit.
const CONTENT: &[&str] = &["type", "businessInfo", "messaging"];
const REQUIRED: &[&str] = &["businessInfo", "messaging"];

/// `GET /a2p-registration`
pub(crate) fn get(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    Params::new(cx, &[]).finish()?;
    shown(cx).map(Answer::data)
}

/// `POST /a2p-registration`
pub(crate) fn create(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let content = content(cx)?;
    cx.workspace.create_registration(cx.plan, content, cx.now).map_err(refused)?;
    shown(cx).map(|view| Answer::with(StatusCode::CREATED, view))
}

/// `PATCH /a2p-registration`
pub(crate) fn update(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let change = content(cx)?;
    cx.workspace.update_registration(cx.plan, change, cx.now).map_err(refused)?;
    shown(cx).map(Answer::data)
}

/// `POST /a2p-registration/submit`: costs money.
pub(crate) fn submit(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    Params::new(cx, &[]).finish()?;
    let mut body = Fields::parse(cx, &["forbiddenMessageTopicsAcknowledged"])?;
    body.require("forbiddenMessageTopicsAcknowledged", "Literal");
    if body.raw("forbiddenMessageTopicsAcknowledged").is_some_and(|value| *value != Value::Bool(true)) {
        let schema = json!({ "type": "Literal", "const": true });
        body.report("forbiddenMessageTopicsAcknowledged", "Expected true", schema);
    }
    if cx.workspace.registration_status(cx.plan, cx.now) == Some(RegistrationStatus::Draft) {
        let registration = cx.workspace.registration(cx.plan);
        for key in REQUIRED {
            let value = registration.and_then(|known| known.content.get(*key)).and_then(Value::as_object);
            if value.is_none_or(Map::is_empty) {
                body.report(key, "Expected required property", json!({ "type": "Object" }));
            }
        }
    }
    body.finish()?;
    cx.workspace.submit_registration(cx.plan, cx.now).map_err(refused)?;
    shown(cx).map(Answer::data)
}

fn content(cx: &Cx<'_>) -> Result<Map<String, Value>, ApiError> {
    Params::new(cx, &[]).finish()?;
    let mut body = Fields::parse(cx, CONTENT)?;
    if body.raw("type").is_some_and(|value| !value.is_string()) {
        body.report("type", "Expected string", json!({ "type": "String" }));
    }
    for key in REQUIRED {
        if body.raw(key).is_some_and(|value| !value.is_object()) {
            body.report(key, "Expected object", json!({ "type": "Object" }));
        }
    }
    let content =
        CONTENT.iter().filter_map(|key| Some(((*key).to_owned(), body.raw(key)?.clone()))).collect();
    body.finish()?;
    Ok(content)
}

fn refused(why: RegistrationRefusal) -> ApiError {
    match why {
        RegistrationRefusal::Missing => ApiError::not_found("A2P registration"),
        RegistrationRefusal::Exists => ApiError::conflict("An A2P registration already exists"),
        RegistrationRefusal::NotADraft => ApiError::conflict("The A2P registration is not a draft"),
        RegistrationRefusal::Unpaid => ApiError::payment_failed(),
        RegistrationRefusal::TooLarge => ApiError::forbidden("The sandbox keeps no larger registration"),
    }
}

fn shown(cx: &Cx<'_>) -> Result<Value, ApiError> {
    let status = cx.workspace.registration_status(cx.plan, cx.now);
    match (cx.workspace.registration(cx.plan), status) {
        (Some(registration), Some(status)) => Ok(view(registration, status)),
        _ => Err(refused(RegistrationRefusal::Missing)),
    }
}

fn view(registration: &Registration, status: RegistrationStatus) -> Value {
    let (word, message) = match status {
        RegistrationStatus::Draft => ("draft", None),
        RegistrationStatus::Pending => ("pending", None),
        RegistrationStatus::Approved => ("approved", None),
        RegistrationStatus::Rejected => {
            ("rejected", Some("The website does not say how people agree to receive texts."))
        }
    };
    let messages: Vec<Value> = message.map(|text| json!({ "message": text })).into_iter().collect();
    let mut view = json!({
        "id": registration.id,
        "draft": status == RegistrationStatus::Draft,
        "status": word,
        "statusMessages": messages,
        "autofillStatus": null,
        "type": "standard",
        "assignedPnId": null,
        "firstSubmittedAt": optional_time(registration.submitted_at),
        "createdAt": time(registration.created_at),
        "updatedAt": time(registration.updated_at),
        "businessInfo": {},
        "messaging": {},
    });
    for (key, value) in &registration.content {
        view[key.as_str()] = value.clone();
    }
    view
}
