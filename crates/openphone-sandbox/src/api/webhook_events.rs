//! The log of a dated webhook: its deliveries and their attempts, one more attempt by hand, and a test event.
//! `courier.rs` makes the attempts.

use http::StatusCode;
use serde_json::{Value, json};

use super::body::Fields;
use super::error::ApiError;
use super::events::dated_payload;
use super::page::page;
use super::pattern::{ANY, NOT_EMPTY, WEBHOOK};
use super::query::{Params, only_path_id};
use super::webhook_fields::word;
use super::webhooks::known;
use super::{Answer, Cx, optional_time, time};
use crate::workspace::{
    Attempt, Delivery, DeliveryFilter, DeliveryStatus, EVENT_TYPES, Order, TimeRange, Trigger, Webhook,
};

/// `GET /webhooks/{webhookId}/events`
pub(crate) fn list(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    const KNOWN: &[&str] = &[
        "status",
        "eventType",
        "eventType[in]",
        "resourceId",
        "createdAt[gt]",
        "createdAt[lt]",
        "limit",
        "after",
        // The names they had before.
        "eventTypes",
        "createdAfter",
        "createdBefore",
    ];
    let names: Vec<(&str, &str)> = EVENT_TYPES.iter().map(|name| (*name, *name)).collect();
    let mut params = Params::new(cx, KNOWN);
    let webhook_id = params.path(cx.path_id(), WEBHOOK);
    let status = params.word("status", STATUSES);
    let event_types = params.any_word("eventType", &names).or_else(|| {
        let listed = params.list("eventTypes", ANY)?;
        Some(EVENT_TYPES.iter().filter(|name| listed.iter().any(|wanted| wanted == *name)).copied().collect())
    });
    let (created, before_rename) = (params.exclusive_range("createdAt"), params.v1_range("created"));
    let filter = DeliveryFilter {
        status,
        event_types,
        resource: params.matching("resourceId", NOT_EMPTY),
        created: TimeRange {
            after: created.after.or(before_rename.after),
            before: created.before.or(before_rename.before),
        },
    };
    let request = params.page_request(false, 50);
    params.finish()?;
    let selection = known(cx, &webhook_id)?.deliveries.select(&filter, ());
    let deliveries = page(&selection, &request, Order::NewestFirst, view)?;
    Ok(deliveries.into_answer(false))
}

/// `GET /webhooks/{webhookId}/events/{deliveryId}`
pub(crate) fn get(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let (webhook, delivery_id) = webhook_and_delivery(cx)?;
    let delivery = webhook.deliveries.get(&delivery_id).ok_or_else(|| unknown_delivery(&delivery_id))?;
    let mut detail = view(&delivery);
    // Only the list has these two.
    if let Some(detail) = detail.as_object_mut() {
        detail.remove("status");
        detail.remove("nextAttemptAt");
    }
    detail["requestBody"] = serde_json::from_str(&delivery.body).unwrap_or_default();
    detail["attempts"] = delivery.attempts.iter().map(attempt_view).collect();
    Ok(Answer::data(detail))
}

/// `POST /webhooks/{webhookId}/events/{deliveryId}/retry`: one more attempt, at once.
pub(crate) fn retry(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let (webhook, delivery_id) = webhook_and_delivery(cx)?;
    let webhook_id = webhook.id.clone();
    if !cx.workspace.post_again(&webhook_id, &delivery_id) {
        return Err(unknown_delivery(&delivery_id));
    }
    Ok(Answer::Json(StatusCode::ACCEPTED, json!({})))
}

/// `POST /webhooks/{webhookId}/events/test`: a made-up event, really delivered, whatever the webhook asked for.
pub(crate) fn test(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let names: Vec<(&str, &str)> = EVENT_TYPES.iter().map(|name| (*name, *name)).collect();
    let webhook_id = only_path_id(cx, WEBHOOK)?;
    let mut body = Fields::parse(cx, &["eventType"])?;
    body.require("eventType", "Union");
    let event_type = word(&mut body, "eventType", &names).unwrap_or_default();
    body.finish()?;
    known(cx, &webhook_id)?;
    let sample = cx.workspace.sample(event_type, cx.now);
    let what = sample.ok_or_else(|| ApiError::bad_request(format!("There is no sample of {event_type}")))?;
    let event = cx.workspace.event(what, cx.now);
    let payload = dated_payload(cx.workspace, &event);
    cx.workspace.post(&webhook_id, &event, payload.to_string().into(), cx.now);
    Ok(Answer::bare(payload))
}

const STATUSES: &[(&str, DeliveryStatus)] = &[
    ("success", DeliveryStatus::Success),
    ("pending", DeliveryStatus::Pending),
    ("sending", DeliveryStatus::Sending),
    ("failed", DeliveryStatus::Failed),
];

/// The webhook, which must be there, and the delivery's id, which may not be one of its.
fn webhook_and_delivery<'a>(cx: &'a Cx<'_>) -> Result<(&'a Webhook, String), ApiError> {
    let webhook_id = only_path_id(cx, WEBHOOK)?;
    let delivery_id = cx.params.get(1).map(|(_, id)| id.clone()).unwrap_or_default();
    Ok((known(cx, &webhook_id)?, delivery_id))
}

fn unknown_delivery(id: &str) -> ApiError {
    ApiError::not_found(format!("Webhook event with ID {id}"))
}

fn view(delivery: &Delivery) -> Value {
    let status = STATUSES.iter().find(|(_, known)| *known == delivery.status).map(|(word, _)| *word);
    json!({
        "id": delivery.id,
        "eventId": delivery.event_id,
        "resourceId": delivery.resource_id,
        "eventType": delivery.event_type,
        "status": status,
        "nextAttemptAt": optional_time(delivery.due.map(|(_, shown)| shown)),
        "createdAt": time(delivery.created.at),
    })
}

fn attempt_view(attempt: &Attempt) -> Value {
    let result = &attempt.result;
    json!({
        "id": attempt.id,
        "timestamp": time(attempt.at),
        "status": if result.acknowledged() { "success" } else { "failed" },
        "responseStatusCode": result.status_code,
        "responseBody": result.body,
        "responseDurationMs": u64::try_from(result.took.as_millis()).unwrap_or(u64::MAX),
        "triggerType": match attempt.trigger {
            Trigger::Scheduled => "scheduled",
            Trigger::Manual => "manual",
        },
        "url": attempt.url,
    })
}
