//! Webhooks of the dated surface: any mix of events, a key that is shown once, a log of deliveries
//! (`webhook_events.rs`). `webhooks_v1.rs` has the legacy ones.

use http::StatusCode;
use serde_json::{Value, json};

use super::body::Fields;
use super::error::{ApiError, FieldError};
use super::pattern::WEBHOOK;
use super::query::{Params, only_path_id};
use super::webhook_fields::{self, STATUSES, known_inboxes, resource_ids, status};
use super::{API_VERSION, Answer, Cx, time};
use crate::workspace::{Change, Collection, EVENT_TYPES, Kind, SigningKey, Webhook, WebhookKind};

/// `GET /webhooks`
pub(crate) fn list(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    Params::new(cx, &[]).finish()?;
    let dated = cx.workspace.webhooks.iter().filter(|webhook| webhook.kind == WebhookKind::Dated);
    Ok(Answer::data(dated.map(|webhook| view(cx, webhook)).collect()))
}

/// `POST /webhooks`
pub(crate) fn create(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    Params::new(cx, &[]).finish()?;
    let mut body = Fields::parse(cx, FIELDS)?;
    body.require("url", "String");
    let url = webhook_fields::url(&mut body);
    body.require("events", "Array");
    let events = webhook_fields::events(&mut body, EVENT_TYPES, 1);
    let inboxes = webhook_fields::inboxes(&mut body, 1, false).given();
    let enabled = webhook_fields::word(&mut body, "status", STATUSES);
    let label = webhook_fields::string(&mut body, "label");
    body.finish()?;
    known_inboxes(cx, inboxes.as_deref())?;
    if !cx.workspace.takes_webhook(false) {
        let limit = cx.workspace.limits.webhooks;
        return Err(ApiError::forbidden(format!("A workspace has at most {limit} webhooks")));
    }
    let webhook = Webhook {
        id: cx.workspace.ids.next(Kind::Webhook),
        kind: WebhookKind::Dated,
        label,
        enabled: enabled.unwrap_or(true),
        url: url.unwrap_or_default(),
        with_transcripts: !cx.plan.without_transcripts,
        key: SigningKey(cx.workspace.ids.next_key()),
        events: events.unwrap_or_default(),
        inboxes,
        created_at: cx.now,
        updated_at: cx.now,
        deliveries: Collection::default(),
        under_way: 0,
    };
    let mut created = view(cx, &webhook);
    created["key"] = secret(&webhook.key).into();
    cx.workspace.webhooks.push(webhook);
    Ok(Answer::with(StatusCode::CREATED, created))
}

/// `GET /webhooks/{webhookId}`
pub(crate) fn get(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let id = only_path_id(cx, WEBHOOK)?;
    Ok(Answer::data(view(cx, known(cx, &id)?)))
}

/// `PATCH /webhooks/{webhookId}`
pub(crate) fn update(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let id = only_path_id(cx, WEBHOOK)?;
    let mut body = Fields::parse(cx, FIELDS)?;
    if !FIELDS.iter().any(|field| body.has(field)) {
        return Err(ApiError::invalid(vec![FieldError {
            path: "/".to_owned(),
            message: "Expected object to have at least 1 properties".to_owned(),
            schema: json!({ "type": "Object", "minProperties": 1 }),
            value: Some(json!({})),
        }]));
    }
    let url = webhook_fields::url(&mut body);
    let events = webhook_fields::events(&mut body, EVENT_TYPES, 1);
    let inboxes = webhook_fields::inboxes(&mut body, 0, true);
    let enabled = webhook_fields::word(&mut body, "status", STATUSES);
    let label = body.nullable_text("label", 0, 1024);
    body.finish()?;
    known(cx, &id)?;
    if let Change::Set(inboxes) = &inboxes {
        known_inboxes(cx, Some(inboxes))?;
    }
    let now = cx.now;
    let webhook = cx.workspace.webhook_mut(&id).ok_or_else(|| unknown(&id))?;
    webhook.url = url.unwrap_or_else(|| webhook.url.clone());
    webhook.events = events.unwrap_or_else(|| webhook.events.clone());
    webhook.enabled = enabled.unwrap_or(webhook.enabled);
    inboxes.apply(&mut webhook.inboxes);
    label.apply(&mut webhook.label);
    webhook.updated_at = now;
    Ok(Answer::data(view(cx, known(cx, &id)?)))
}

/// `DELETE /webhooks/{webhookId}`
pub(crate) fn delete(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let id = only_path_id(cx, WEBHOOK)?;
    known(cx, &id)?;
    cx.workspace.delete_webhook(&id);
    Ok(Answer::NoContent)
}

/// `POST /webhooks/{webhookId}/rotate`: from now on the new key signs, retries of older deliveries too.
pub(crate) fn rotate(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let id = only_path_id(cx, WEBHOOK)?;
    known(cx, &id)?;
    let (key, now) = (SigningKey(cx.workspace.ids.next_key()), cx.now);
    let webhook = cx.workspace.webhook_mut(&id).ok_or_else(|| unknown(&id))?;
    webhook.key = key;
    webhook.updated_at = now;
    Ok(Answer::data(json!({ "key": secret(&key) })))
}

const FIELDS: &[&str] = &["url", "events", "resourceIds", "status", "label"];

/// A dated webhook of the workspace.
pub(super) fn known<'a>(cx: &'a Cx<'_>, id: &str) -> Result<&'a Webhook, ApiError> {
    let webhook = cx.workspace.webhook(id).filter(|webhook| webhook.kind == WebhookKind::Dated);
    webhook.ok_or_else(|| unknown(id))
}

fn unknown(id: &str) -> ApiError {
    ApiError::not_found(format!("Webhook with ID {id}"))
}

/// The key as the dated surface shows it: a Standard Webhooks secret.
fn secret(key: &SigningKey) -> String {
    format!("whsec_{}", webhook_fields::key(key))
}

fn view(cx: &Cx<'_>, webhook: &Webhook) -> Value {
    json!({
        "id": webhook.id,
        "orgId": cx.workspace.organization.id,
        "label": webhook.label,
        "status": status(webhook),
        "url": webhook.url,
        "createdAt": time(webhook.created_at),
        "updatedAt": time(webhook.updated_at),
        "events": webhook.events,
        "resourceIds": resource_ids(webhook),
        "apiVersion": API_VERSION,
    })
}
