//! Webhooks of v1 (legacy): one operation to create them per kind of event, each belongs to a user, the key is
//! shown on every read. `webhooks.rs` has the dated ones.

use http::StatusCode;
use serde_json::{Value, json};

use super::body::Fields;
use super::error::ApiError;
use super::pattern::{LEGACY_WEBHOOK, USER, WEBHOOK};
use super::query::{Params, known_user, only_path_id};
use super::webhook_fields::{self, STATUSES, known_inboxes, resource_ids, status};
use super::{Answer, Cx, time};
use crate::Operation;
use crate::workspace::{Collection, Kind, SigningKey, Webhook, WebhookKind};

/// `GET /v1/webhooks`: those of one user, by default of the workspace's owner.
pub(crate) fn list(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let mut params = Params::new(cx, &[]);
    let user = params.matching("userId", USER);
    params.finish()?;
    known_user(cx, user.as_deref())?;
    let user = user.unwrap_or_else(|| workspace_owner(cx));
    let owned = cx.workspace.webhooks.iter().filter(|webhook| owner(webhook) == Some(&user));
    Ok(Answer::data(owned.map(|webhook| view(cx, webhook)).collect()))
}

/// `POST /v1/webhooks/messages`, `/calls`, `/call-summaries`, `/call-transcripts`
pub(crate) fn create(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    // The last two take one event each, and insist on it.
    let (allowed, min): (&'static [&'static str], usize) = match cx.operation {
        Operation::CreateMessageWebhookV1 => (&["message.received", "message.delivered"], 0),
        Operation::CreateCallWebhookV1 => {
            (&["call.completed", "call.ringing", "call.recording.completed"], 0)
        }
        Operation::CreateCallSummaryWebhookV1 => (&["call.summary.completed"], 1),
        _ => (&["call.transcript.completed"], 1),
    };
    let mut body = Fields::parse(cx, &[])?;
    body.require("url", "String");
    let url = webhook_fields::url(&mut body);
    body.require("events", "Array");
    let events = webhook_fields::events(&mut body, allowed, min);
    let inboxes = webhook_fields::inboxes(&mut body, 0, false).given();
    let enabled = webhook_fields::word(&mut body, "status", STATUSES);
    let label = webhook_fields::string(&mut body, "label");
    let user = body.text("userId", USER);
    body.finish()?;
    known_user(cx, user.as_deref())?;
    known_inboxes(cx, inboxes.as_deref())?;
    if !cx.workspace.takes_webhook(true) {
        return Err(ApiError::forbidden("The sandbox keeps no more webhooks in this workspace"));
    }
    let webhook = Webhook {
        id: cx.workspace.ids.next(Kind::LegacyWebhook),
        kind: WebhookKind::Legacy { user_id: user.unwrap_or_else(|| workspace_owner(cx)) },
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
    let created = view(cx, &webhook);
    cx.workspace.webhooks.push(webhook);
    Ok(Answer::with(StatusCode::CREATED, created))
}

/// `GET /v1/webhooks/{id}`
pub(crate) fn get(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let id = legacy_id(cx)?;
    let webhook = cx.workspace.webhook(&id).ok_or_else(|| ApiError::not_found("Webhook"))?;
    Ok(Answer::data(view(cx, webhook)))
}

/// `DELETE /v1/webhooks/{id}`
pub(crate) fn delete(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let id = legacy_id(cx)?;
    if cx.workspace.webhook(&id).is_none() {
        return Err(ApiError::not_found("Webhook"));
    }
    cx.workspace.delete_webhook(&id);
    Ok(Answer::NoContent)
}

/// The id in the path. A webhook of the dated surface has another version than v1 can handle.
fn legacy_id(cx: &Cx<'_>) -> Result<String, ApiError> {
    let (_, id) = cx.path_id();
    if WEBHOOK.check("/id", id).is_none() {
        return Err(ApiError::invalid_version());
    }
    only_path_id(cx, LEGACY_WEBHOOK)
}

fn workspace_owner(cx: &Cx<'_>) -> String {
    cx.workspace.users.first().map(|user| user.id.clone()).unwrap_or_default()
}

fn owner(webhook: &Webhook) -> Option<&String> {
    match &webhook.kind {
        WebhookKind::Legacy { user_id } => Some(user_id),
        WebhookKind::Dated => None,
    }
}

fn view(cx: &Cx<'_>, webhook: &Webhook) -> Value {
    json!({
        "id": webhook.id,
        "userId": owner(webhook),
        "orgId": cx.workspace.organization.id,
        "label": webhook.label,
        "status": status(webhook),
        "url": webhook.url,
        "key": webhook_fields::key(&webhook.key),
        "createdAt": time(webhook.created_at),
        "updatedAt": time(webhook.updated_at),
        // A deleted one is a 404, so nobody sees a date here.
        "deletedAt": null,
        "events": webhook.events,
        "resourceIds": resource_ids(webhook),
    })
}
