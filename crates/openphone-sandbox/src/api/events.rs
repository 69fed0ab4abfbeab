//! Events as their receivers see them: one thing that happened, in the payload of the dated surface or in the
//! legacy one. Where the vendor's documents and captured payloads disagree, the captured ones are followed.

use jiff::Timestamp;
use serde_json::Value;

use crate::workspace::{ContactFilter, Event, Order, WebhookKind, Workspace};

mod dated;
mod legacy;

/// Writes what happened since the last time into the logs of the webhooks that want to know.
pub(crate) fn address(workspace: &mut Workspace, now: Timestamp) {
    for event in std::mem::take(&mut workspace.events) {
        let told: Vec<(String, Value)> = workspace
            .webhooks
            .iter()
            .filter(|webhook| webhook.wants(&event))
            .filter_map(|webhook| Some((webhook.id.clone(), payload(workspace, &webhook.kind, &event)?)))
            .collect();
        for (webhook_id, payload) in told {
            workspace.post(&webhook_id, &event, payload.to_string(), now);
        }
    }
}

/// The event in the payload that webhooks of this kind get, if they get any.
pub(super) fn payload(workspace: &Workspace, kind: &WebhookKind, event: &Event) -> Option<Value> {
    match kind {
        WebhookKind::Legacy { .. } => legacy::payload(workspace, event),
        WebhookKind::Dated => Some(dated::payload(workspace, event)),
    }
}

/// Contacts of the workspace with one of these numbers.
fn contact_ids(workspace: &Workspace, numbers: &[String]) -> Vec<String> {
    let filter = ContactFilter { phone_numbers: numbers.to_vec(), ..ContactFilter::default() };
    let selection = workspace.contacts.select(&filter, ());
    selection.walk(Order::OldestFirst, None).map(|contact| contact.id.clone()).collect()
}

/// Where the app shows a conversation, at a message or call in it.
fn activity_link(inbox: &str, conversation: &str, activity: &str) -> String {
    format!("https://my.quo.com/inbox/{inbox}/c/{conversation}?at={activity}")
}
