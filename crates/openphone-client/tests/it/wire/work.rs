//! What operations on tasks, webhooks and the carrier registration put on the wire.

use openphone_client::tasks::NewTask;
use openphone_client::webhooks::{
    DeliveryStatus, EventKind, ListDeliveries, NewLegacyWebhook, NewWebhook, Resources, WebhookStatus,
    WebhookUpdate,
};
use openphone_client::{ActivityId, ConversationId, Workspace};

use super::{at, cursor, inbox, user};

pub(super) async fn tasks(w: &Workspace) {
    let (id, conversation): (_, ConversationId) =
        ("TK1".parse().expect("an id"), "CN1".parse().expect("an id"));
    let due = at("2026-12-01T09:00:00Z");
    let tasks = w.tasks();
    let _ = tasks.list(None, None).await;
    let _ = tasks.list(Some(500), Some(&cursor())).await;
    let full = NewTask::new(conversation.clone(), "Quote", "For the kitchen").due_date(due);
    let _ = tasks.create(&full.assigned_to(user())).await;
    let _ = tasks.create(&NewTask::new(inbox(), "Greeting", "Record a new one")).await;
    let call: ActivityId = "AC2".parse().expect("an id");
    let _ = tasks.create(&NewTask::new(call, "Call back", "")).await;
    let _ = tasks.get(&id).await;
    let _ = tasks.update(&id, "Quote", "For kitchen and bath").await;
    let _ = tasks.complete(&id).await;
    let _ = tasks.reopen(&id).await;
    let _ = tasks.assign(&id, &user()).await;
    let _ = tasks.unassign(&id, &user()).await;
    let _ = tasks.set_due_date(&id, due).await;
    let _ = tasks.remove_due_date(&id).await;
    let _ = tasks.link(&id, &conversation).await;
    let _ = tasks.unlink(&id, &conversation).await;
    let _ = tasks.delete(&id).await;
}

pub(super) async fn webhooks(w: &Workspace) {
    let (id, delivery) = ("7".parse().expect("an id"), "msg_1".parse().expect("an id"));
    let events = [EventKind::MessageReceived, EventKind::CallMissed];
    let webhooks = w.webhooks();
    let _ = webhooks.list().await;
    let _ = webhooks.create(&NewWebhook::new("https://example.com/hook", events.clone())).await;
    let full = NewWebhook::new("https://example.com/hook", events.clone())
        .resources(Resources::Inboxes(vec![inbox()]))
        .status(WebhookStatus::Disabled)
        .label("Bookings".to_owned());
    let _ = webhooks.create(&full).await;
    let _ = webhooks.get(&id).await;
    let _ = webhooks.update(&id, &WebhookUpdate::new().label(None)).await;
    let update = WebhookUpdate::new()
        .url("https://example.com/other")
        .events([EventKind::TaskOverdue])
        .resources(Resources::All)
        .status(WebhookStatus::Enabled)
        .label("Tasks".to_owned());
    let _ = webhooks.update(&id, &update).await;
    let _ = webhooks.rotate_secret(&id).await;
    let query = ListDeliveries::new()
        .status(DeliveryStatus::Failed)
        .event_kinds(events)
        .resource_id("AC1".to_owned())
        .created_after(at("2026-11-01T00:00:00Z"))
        .created_before(at("2026-11-20T00:00:00Z"))
        .limit(20)
        .after(cursor());
    let _ = webhooks.deliveries(&id, &query).await;
    let _ = webhooks.deliveries(&id, &ListDeliveries::new().event_kinds([EventKind::CallMissed])).await;
    let _ = webhooks.delivery(&id, &delivery).await;
    let _ = webhooks.retry_delivery(&id, &delivery).await;
    let _ = webhooks.test(&id, &EventKind::MessageDelivered).await;
    let _ = webhooks.delete(&id).await;
}

pub(super) async fn legacy_webhooks(w: &Workspace) {
    let id = "WH1".parse().expect("an id");
    let webhooks = w.legacy_webhooks();
    let _ = webhooks.list(None).await;
    let _ = webhooks.list(Some(&user())).await;
    let _ = webhooks.get(&id).await;
    for event in [
        EventKind::MessageDelivered,
        EventKind::CallRinging,
        EventKind::CallSummaryCompleted,
        EventKind::CallTranscriptCompleted,
    ] {
        let _ = webhooks.create(&NewLegacyWebhook::new("https://example.com/hook", [event])).await;
    }
    let full = NewLegacyWebhook::new("https://example.com/hook", [EventKind::MessageReceived])
        .resources(Resources::Inboxes(vec![inbox()]))
        .label("Bookings".to_owned())
        .status(WebhookStatus::Disabled)
        .user_id(user());
    let _ = webhooks.create(&full).await;
    let _ = webhooks.delete(&id).await;
}

pub(super) async fn a2p(w: &Workspace) {
    let registration = w.a2p_registration();
    let _ = registration.get().await;
    let draft = serde_json::json!({ "businessInfo": { "legalName": "Example" } });
    let _ = registration.create(&draft).await;
    let _ = registration.update(&draft).await;
    let _ = registration.submit().await;
}
