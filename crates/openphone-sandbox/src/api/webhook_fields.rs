//! The fields that webhooks have on both surfaces: read from a body, and shown.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Cx;
use super::body::Fields;
use super::error::ApiError;
use super::pattern::{ANY, PHONE_NUMBER_ID};
use super::query::known_inbox;
use crate::workspace::{Change, SigningKey, Webhook};

pub(super) const STATUSES: &[(&str, bool)] = &[("enabled", true), ("disabled", false)];

/// The log has it once per attempt, so that it must not be long.
const LONGEST_URL: usize = 2048;

/// `url`: where events go. Any URL is kept; only loopback is ever called.
pub(super) fn url(body: &mut Fields) -> Option<String> {
    let text = string(body, "url")?;
    body.length("url", &text, 1, LONGEST_URL);
    let is_http = text
        .parse::<http::Uri>()
        .is_ok_and(|uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some());
    if !is_http {
        let schema = json!({ "type": "String", "format": "uri" });
        body.report("url", "Expected string to match 'uri' format", schema);
    }
    Some(text)
}

/// `events`: names among `allowed`; `None` when left out.
pub(super) fn events(
    body: &mut Fields,
    allowed: &'static [&'static str],
    min: usize,
) -> Option<Vec<&'static str>> {
    let Value::Array(items) = body.raw("events").cloned()? else {
        body.report("events", "Expected array", json!({ "type": "Array" }));
        return None;
    };
    if items.len() < min {
        let message = format!("Expected array length to be greater or equal to {min}");
        body.report("events", &message, json!({ "type": "Array", "minItems": min }));
    }
    let mut events = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        match allowed.iter().find(|name| item.as_str() == Some(**name)) {
            Some(name) if events.contains(name) => {}
            Some(name) => events.push(*name),
            None => {
                let schema = json!({ "type": "Union", "enum": allowed });
                body.report_item("events", index, "Expected union value", schema, item.clone());
            }
        }
    }
    Some(events)
}

/// `resourceIds`: inboxes, or `["*"]` (and, where it may be shorter than `min`, nothing) for all of them.
pub(super) fn inboxes(body: &mut Fields, min: usize, nullable: bool) -> Change<Vec<String>> {
    let schema = json!({ "type": "Array", "minItems": min });
    let items = match body.raw("resourceIds").cloned() {
        None => return Change::Keep,
        Some(Value::Null) if nullable => return Change::Clear,
        Some(Value::Array(items)) => items,
        Some(_) => {
            body.report("resourceIds", "Expected array", schema);
            return Change::Keep;
        }
    };
    if items.len() < min {
        let message = format!("Expected array length to be greater or equal to {min}");
        body.report("resourceIds", &message, schema);
        return Change::Keep;
    }
    if items.iter().all(|item| item.as_str() == Some("*")) {
        return Change::Clear;
    }
    let is_inbox = |text: &&str| PHONE_NUMBER_ID.check("", text).is_none();
    let ids: Vec<String> =
        items.iter().filter_map(Value::as_str).filter(is_inbox).map(str::to_owned).collect();
    if ids.len() < items.len() {
        body.report("resourceIds", "Expected union value", json!({ "type": "Union" }));
    }
    let mut seen = HashSet::new();
    Change::Set(ids.into_iter().filter(|id| seen.insert(id.clone())).collect())
}

/// One of the words; `None` when left out.
pub(super) fn word<T: Copy>(body: &mut Fields, key: &str, words: &[(&str, T)]) -> Option<T> {
    let value = body.raw(key)?;
    if let Some((_, parsed)) = words.iter().find(|(word, _)| value.as_str() == Some(*word)) {
        return Some(*parsed);
    }
    let allowed: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    body.report(key, "Expected union value", json!({ "type": "Union", "enum": allowed }));
    None
}

/// Any string; `None` when left out.
pub(super) fn string(body: &mut Fields, key: &str) -> Option<String> {
    body.text(key, ANY)
}

/// The filter's inboxes must be the workspace's.
pub(super) fn known_inboxes(cx: &Cx<'_>, ids: Option<&[String]>) -> Result<(), ApiError> {
    ids.unwrap_or_default().iter().try_for_each(|id| known_inbox(cx, Some(id)))
}

pub(super) fn status(webhook: &Webhook) -> &'static str {
    if webhook.enabled { "enabled" } else { "disabled" }
}

/// `resourceIds` as shown.
pub(super) fn resource_ids(webhook: &Webhook) -> Value {
    webhook.inboxes.as_ref().map_or_else(|| json!(["*"]), |ids| json!(ids))
}

/// The key as text.
pub(super) fn key(key: &SigningKey) -> String {
    STANDARD.encode(key.0)
}
