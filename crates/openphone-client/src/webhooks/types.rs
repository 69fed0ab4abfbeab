//! What a webhook, a delivery and an attempt look like (dated).

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::event::EventKind;
use super::signature::WebhookSecret;
use crate::decode::{maybe, null_as_default};
use crate::error::{Error, ErrorKind};
use crate::id::{DeliveryId, OrganizationId, PhoneNumberId, WebhookId};
use crate::open_enum::open_enum;
use crate::redacted::Redacted;
use crate::setters::setters;

/// A webhook.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// The workspace.
    #[serde(default, deserialize_with = "maybe")]
    pub org_id: Option<OrganizationId>,
    /// What people call it.
    #[serde(default, deserialize_with = "maybe")]
    pub label: Option<String>,
    /// Whether it delivers.
    pub status: WebhookStatus,
    /// Where it delivers to. May hold a secret of the receiver's.
    pub url: Redacted<String>,
    /// What it tells of.
    pub events: Vec<EventKind>,
    /// Which inboxes it tells of, for messages and calls. Contacts and tasks are told of in any case.
    pub resource_ids: Resources,
    /// The version of the API that its payloads are of, for good.
    #[serde(default, deserialize_with = "maybe")]
    pub api_version: Option<String>,
    /// When it was made.
    #[serde(default, deserialize_with = "maybe")]
    pub created_at: Option<Timestamp>,
    /// When it last changed.
    #[serde(default, deserialize_with = "maybe")]
    pub updated_at: Option<Timestamp>,
}

/// A webhook that was just made, and the secret that its deliveries are signed with.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct NewlyMadeWebhook {
    /// The webhook.
    #[serde(flatten)]
    pub webhook: Webhook,
    /// The secret. The API never shows it again.
    pub key: WebhookSecret,
}

open_enum! {
    /// Whether a webhook delivers.
    pub enum WebhookStatus {
        /// It does.
        Enabled = "enabled",
        /// It does not.
        Disabled = "disabled",
    }
}

/// Which inboxes a webhook tells of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Resources {
    /// All of them, later ones included.
    #[default]
    All,
    /// These.
    Inboxes(Vec<PhoneNumberId>),
}

impl Resources {
    /// To the API, none is all: whoever means none would be told of everything.
    pub(super) fn refuse_none(&self) -> Result<(), Error> {
        match self {
            Self::Inboxes(ids) if ids.is_empty() => Err(Error::new(ErrorKind::InvalidRequest)
                .because("a webhook for no inbox tells of nothing: name one, or all")),
            Self::All | Self::Inboxes(_) => Ok(()),
        }
    }
}

impl Serialize for Resources {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::All => ["*"].serialize(serializer),
            Self::Inboxes(ids) => ids.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Resources {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let ids: Vec<String> = null_as_default(deserializer)?;
        if ids.is_empty() || ids.iter().any(|id| id == "*") {
            return Ok(Self::All);
        }
        // An odd one is left out; there is no inbox that it could stand for.
        Ok(Self::Inboxes(ids.into_iter().filter_map(|id| PhoneNumberId::try_from(id).ok()).collect()))
    }
}

/// A webhook to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct NewWebhook {
    url: Redacted<String>,
    events: Vec<EventKind>,
    pub(super) resource_ids: Resources,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<WebhookStatus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
}

impl NewWebhook {
    /// A webhook for all inboxes. At least one event is required, in any mixture.
    pub fn new(url: impl Into<String>, events: impl IntoIterator<Item = EventKind>) -> Self {
        Self {
            url: Redacted::new(url.into()),
            events: events.into_iter().collect(),
            resource_ids: Resources::All,
            status: None,
            label: None,
        }
    }

    /// Sets which inboxes it tells of.
    #[must_use]
    pub fn resources(mut self, resources: Resources) -> Self {
        self.resource_ids = resources;
        self
    }

    setters! {
        /// Sets whether it delivers. It does if unset.
        status: WebhookStatus;
        /// Sets what people call it.
        label: String;
    }
}

/// What is to become of a webhook. What is not named stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[must_use]
pub struct WebhookUpdate {
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<Redacted<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    events: Option<Vec<EventKind>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) resource_ids: Option<Resources>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<WebhookStatus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<Option<String>>,
}

impl WebhookUpdate {
    /// No change yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets where it delivers to.
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.url = Some(Redacted::new(url.into()));
        self
    }

    /// Sets what it tells of, in place of what it told of before.
    pub fn events(mut self, events: impl IntoIterator<Item = EventKind>) -> Self {
        self.events = Some(events.into_iter().collect());
        self
    }

    /// Sets which inboxes it tells of.
    pub fn resources(mut self, resources: Resources) -> Self {
        self.resource_ids = Some(resources);
        self
    }

    /// Sets whether it delivers.
    pub fn status(mut self, status: WebhookStatus) -> Self {
        self.status = Some(status);
        self
    }

    /// Sets or clears what people call it.
    pub fn label(mut self, label: impl Into<Option<String>>) -> Self {
        self.label = Some(label.into());
        self
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// One event on its way to one webhook.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Delivery {
    /// Its id: the header `webhook-id` of every attempt.
    pub id: DeliveryId,
    /// The id of the event, the same for every webhook.
    #[serde(default, deserialize_with = "maybe")]
    pub event_id: Option<String>,
    /// The id of the message, call, contact or task that it is about.
    #[serde(default, deserialize_with = "maybe")]
    pub resource_id: Option<String>,
    /// What happened.
    #[serde(rename = "eventType")]
    pub event_kind: EventKind,
    /// How it stands.
    pub status: DeliveryStatus,
    /// When it is tried again.
    #[serde(default, deserialize_with = "maybe")]
    pub next_attempt_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

open_enum! {
    /// How a delivery or an attempt stands.
    pub enum DeliveryStatus {
        /// It arrived: the receiver answered with a 2xx.
        Success = "success",
        /// It waits for an attempt.
        Pending = "pending",
        /// It is being sent.
        Sending = "sending",
        /// It did not arrive, and is not tried any more.
        Failed = "failed",
    }
}

/// A delivery with its payload and its attempts.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DeliveryDetails {
    /// Its id: the header `webhook-id` of every attempt.
    pub id: DeliveryId,
    /// The id of the event, the same for every webhook.
    #[serde(default, deserialize_with = "maybe")]
    pub event_id: Option<String>,
    /// The id of the message, call, contact or task that it is about.
    #[serde(default, deserialize_with = "maybe")]
    pub resource_id: Option<String>,
    /// What happened.
    #[serde(rename = "eventType")]
    pub event_kind: EventKind,
    /// When it was made.
    pub created_at: Timestamp,
    /// What is delivered, as JSON; the API does not say whether as an object or as text.
    #[serde(default)]
    pub request_body: Redacted<serde_json::Value>,
    /// The attempts so far.
    #[serde(default, deserialize_with = "null_as_default")]
    pub attempts: Vec<Attempt>,
}

/// One attempt at a delivery.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Attempt {
    /// Its id.
    pub id: String,
    /// When it was made.
    pub timestamp: Timestamp,
    /// How it went.
    pub status: DeliveryStatus,
    /// The receiver's status; 0 when it did not answer.
    #[serde(default, deserialize_with = "maybe")]
    pub response_status_code: Option<u16>,
    /// What the receiver said.
    #[serde(default)]
    pub response_body: Redacted<serde_json::Value>,
    /// How long it took, in milliseconds.
    #[serde(default, deserialize_with = "maybe")]
    pub response_duration_ms: Option<f64>,
    /// Why it was made.
    #[serde(default, deserialize_with = "maybe")]
    pub trigger_type: Option<Trigger>,
    /// Where it was sent.
    #[serde(default, deserialize_with = "maybe")]
    pub url: Option<Redacted<String>>,
}

open_enum! {
    /// Why an attempt was made.
    pub enum Trigger {
        /// It was its time.
        Scheduled = "scheduled",
        /// Somebody asked for it.
        Manual = "manual",
    }
}
