//! Events as their receivers see them: one thing that happened, in the payload of the dated surface or in the
//! legacy one. Where the vendor's documents and captured payloads disagree, the captured ones are followed.

use std::sync::Arc;

use jiff::Timestamp;

use crate::workspace::{ContactFilter, Order, Workspace};

pub(super) use dated::payload as dated_payload;

mod dated;
mod legacy;

/// Writes what happened since the last time into the logs of the webhooks that want to know.
pub(crate) fn address(workspace: &mut Workspace, now: Timestamp) {
    for event in std::mem::take(&mut workspace.events) {
        for legacy in [false, true] {
            let told = workspace.webhooks.iter().filter(|webhook| webhook.is_legacy() == legacy);
            let told: Vec<String> =
                told.filter(|webhook| webhook.wants(&event)).map(|webhook| webhook.id.clone()).collect();
            if told.is_empty() {
                continue;
            }
            let payload = if legacy {
                legacy::payload(workspace, &event)
            } else {
                Some(dated_payload(workspace, &event))
            };
            // They share one text, however many they are.
            let Some(body) = payload.map(|payload| Arc::from(payload.to_string())) else { continue };
            for webhook_id in told {
                workspace.post(&webhook_id, &event, Arc::clone(&body), now);
            }
        }
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
