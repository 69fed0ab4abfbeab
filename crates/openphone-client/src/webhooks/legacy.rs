//! Webhooks of the old kind (v1): one set of events each, signed with `openphone-signature`. The API is to
//! retire them; make new ones with [`super::Webhooks`].

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::event::EventKind;
use super::signature::WebhookSecret;
use super::types::{Resources, WebhookStatus};
use crate::client::Workspace;
use crate::decode::maybe;
use crate::endpoint::{self, Operation};
use crate::error::{Error, ErrorKind};
use crate::id::{LegacyWebhookId, OrganizationId, UserId};
use crate::redacted::Redacted;
use crate::request::Request;
use crate::setters::setters;

/// A webhook of the old kind.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LegacyWebhook {
    /// Its id.
    pub id: LegacyWebhookId,
    /// Whose it is.
    #[serde(default, deserialize_with = "maybe")]
    pub user_id: Option<UserId>,
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
    /// Its key, which is likely the secret that its deliveries are signed with; no document says so.
    pub key: WebhookSecret,
    /// What it tells of.
    pub events: Vec<EventKind>,
    /// Which inboxes it tells of.
    pub resource_ids: Resources,
    /// When it was made.
    #[serde(default, deserialize_with = "maybe")]
    pub created_at: Option<Timestamp>,
    /// When it last changed.
    #[serde(default, deserialize_with = "maybe")]
    pub updated_at: Option<Timestamp>,
    /// When it was deleted.
    #[serde(default, deserialize_with = "maybe")]
    pub deleted_at: Option<Timestamp>,
}

/// A webhook of the old kind to be made. It tells of events of one of four sets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct NewLegacyWebhook {
    url: Redacted<String>,
    events: Vec<EventKind>,
    resource_ids: Resources,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<WebhookStatus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<UserId>,
}

/// The four sets, and who makes a webhook for each.
const SETS: [(&[EventKind], &Operation); 4] = [
    (&[EventKind::MessageReceived, EventKind::MessageDelivered], &endpoint::CREATE_MESSAGE_WEBHOOK),
    (
        &[EventKind::CallRinging, EventKind::CallCompleted, EventKind::CallRecordingCompleted],
        &endpoint::CREATE_CALL_WEBHOOK,
    ),
    (&[EventKind::CallSummaryCompleted], &endpoint::CREATE_CALL_SUMMARY_WEBHOOK),
    (&[EventKind::CallTranscriptCompleted], &endpoint::CREATE_CALL_TRANSCRIPT_WEBHOOK),
];

impl NewLegacyWebhook {
    /// A webhook for all inboxes and events of one set: received and delivered messages; ringing, completed
    /// and recorded calls; call summaries; call transcripts.
    pub fn new(url: impl Into<String>, events: impl IntoIterator<Item = EventKind>) -> Self {
        Self {
            url: Redacted::new(url.into()),
            events: events.into_iter().collect(),
            resource_ids: Resources::All,
            label: None,
            status: None,
            user_id: None,
        }
    }

    /// Sets which inboxes it tells of.
    #[must_use]
    pub fn resources(mut self, resources: Resources) -> Self {
        self.resource_ids = resources;
        self
    }

    setters! {
        /// Sets what people call it.
        label: String;
        /// Sets whether it delivers. It does if unset.
        status: WebhookStatus;
        /// Sets whose it is. The workspace owner's if unset.
        user_id: UserId;
    }

    /// The operation for the set that its events are of.
    fn operation(&self) -> Option<&'static Operation> {
        let of_set = |set: &[EventKind]| self.events.iter().all(|event| set.contains(event));
        SETS.iter().find(|(set, _)| of_set(set)).map(|(_, operation)| *operation)
    }
}

/// Webhooks of the old kind; see [`Workspace::legacy_webhooks`]. Those made in the product are not among them.
#[derive(Clone, Copy, Debug)]
pub struct LegacyWebhooks<'a> {
    pub(crate) workspace: &'a Workspace,
}

impl LegacyWebhooks<'_> {
    /// All webhooks of one user; of the workspace's owner if `None`.
    pub async fn list(&self, user: Option<&UserId>) -> Result<Vec<LegacyWebhook>, Error> {
        self.workspace.one(Request::new(&endpoint::LIST_LEGACY_WEBHOOKS).query("userId", user)).await
    }

    /// One webhook.
    pub async fn get(&self, id: &LegacyWebhookId) -> Result<LegacyWebhook, Error> {
        self.workspace.one(Request::new(&endpoint::GET_LEGACY_WEBHOOK).segment(id)).await
    }

    /// Makes a webhook. The request is never written twice: [`ErrorKind::OutcomeUnknown`] means that it may be
    /// there.
    pub async fn create(&self, webhook: &NewLegacyWebhook) -> Result<LegacyWebhook, Error> {
        let operation = webhook.operation().filter(|_| !webhook.events.is_empty()).ok_or_else(|| {
            Error::new(ErrorKind::InvalidRequest)
                .because("an old webhook tells of messages, of calls, of summaries or of transcripts, and not of several")
        })?;
        webhook.resource_ids.refuse_none()?;
        self.workspace.one(Request::new(operation).json(webhook)?).await
    }

    /// Deletes a webhook.
    pub async fn delete(&self, id: &LegacyWebhookId) -> Result<(), Error> {
        self.workspace.done(Request::new(&endpoint::DELETE_LEGACY_WEBHOOK).segment(id)).await
    }
}
