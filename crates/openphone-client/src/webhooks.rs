//! Webhooks: where the API tells of what happens (dated), with the log of what it delivered. The old kind is in
//! [`legacy`], checking what arrives in [`signature`] and [`event`]. Quo docs: `api-reference/webhooks`.

pub mod event;
pub mod legacy;
pub mod signature;
pub mod types;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::client::Workspace;
use crate::endpoint;
use crate::error::{Error, ErrorKind};
use crate::id::{DeliveryId, WebhookId};
use crate::page::{Budget, Cursor, Page, pages};
use crate::request::Request;
use crate::setters::setters;

pub use event::{EventContext, EventKind, WebhookEvent};
pub use legacy::{LegacyWebhook, LegacyWebhooks, NewLegacyWebhook};
pub use signature::{InvalidSecret, Rejection, Scheme, Verified, Verifier, WebhookSecret};
pub use types::{
    Attempt, Delivery, DeliveryDetails, DeliveryStatus, NewWebhook, NewlyMadeWebhook, Resources, Trigger,
    Webhook, WebhookStatus, WebhookUpdate,
};

/// Which deliveries to list. Everything is optional; what is set must all hold.
///
/// Every setter takes a value or an `Option` of it.
#[derive(Clone, Debug, Default)]
pub struct ListDeliveries {
    status: Option<DeliveryStatus>,
    event_kinds: Vec<EventKind>,
    resource_id: Option<String>,
    created_after: Option<Timestamp>,
    created_before: Option<Timestamp>,
    limit: Option<u16>,
    after: Option<Cursor>,
}

impl ListDeliveries {
    /// All deliveries that are kept, newest first.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        /// Only with this status.
        status: DeliveryStatus;
    }

    /// Only of these events; any if empty.
    #[must_use]
    pub fn event_kinds(mut self, kinds: impl IntoIterator<Item = EventKind>) -> Self {
        self.event_kinds = kinds.into_iter().collect();
        self
    }

    setters! {
        /// Only about this message, call, contact or task.
        resource_id: String;
        /// Only made after this moment, itself excluded.
        created_after: Timestamp;
        /// Only made before this moment, itself excluded.
        created_before: Timestamp;
        /// Items on a page, brought within 1 and 50. 50 if unset.
        limit: u16;
        /// The page that begins here. Keep everything else as it was.
        after: Cursor;
    }
}

/// Webhooks of a workspace; see [`Workspace::webhooks`].
#[derive(Clone, Copy, Debug)]
pub struct Webhooks<'a> {
    pub(crate) workspace: &'a Workspace,
}

impl<'a> Webhooks<'a> {
    /// All webhooks of this kind; there are at most 50.
    pub async fn list(&self) -> Result<Vec<Webhook>, Error> {
        self.workspace.one(Request::new(&endpoint::LIST_WEBHOOKS)).await
    }

    /// One webhook, without its secret.
    pub async fn get(&self, id: &WebhookId) -> Result<Webhook, Error> {
        self.workspace.one(Request::new(&endpoint::GET_WEBHOOK).segment(id)).await
    }

    /// Makes a webhook. The secret that its deliveries are signed with is in the answer and never again.
    ///
    /// The request is never written twice: [`ErrorKind::OutcomeUnknown`] means that it may be there. Look for
    /// its address in [`Webhooks::list`], and rotate the secret that was lost.
    pub async fn create(&self, webhook: &NewWebhook) -> Result<NewlyMadeWebhook, Error> {
        webhook.resource_ids.refuse_none()?;
        self.workspace.one(Request::new(&endpoint::CREATE_WEBHOOK).json(webhook)?).await
    }

    /// Changes a webhook. What is not named stays.
    pub async fn update(&self, id: &WebhookId, update: &WebhookUpdate) -> Result<Webhook, Error> {
        if update.is_empty() {
            return Err(Error::new(ErrorKind::InvalidRequest).because("nothing is to be changed"));
        }
        if let Some(resources) = &update.resource_ids {
            resources.refuse_none()?;
        }
        self.workspace.one(Request::new(&endpoint::UPDATE_WEBHOOK).segment(id).json(update)?).await
    }

    /// Deletes a webhook.
    pub async fn delete(&self, id: &WebhookId) -> Result<(), Error> {
        self.workspace.done(Request::new(&endpoint::DELETE_WEBHOOK).segment(id)).await
    }

    /// Replaces the secret and returns the new one. How long the old one still signs is documented nowhere:
    /// accept both for a while ([`Verifier::or`]).
    ///
    /// The request is never written twice, because a second rotation would make the first answer worthless:
    /// after [`ErrorKind::OutcomeUnknown`] rotate again.
    pub async fn rotate_secret(&self, id: &WebhookId) -> Result<WebhookSecret, Error> {
        let request = Request::new(&endpoint::ROTATE_WEBHOOK_SECRET).segment(id);
        self.workspace.one::<RotatedSecret>(request).await.map(|rotated| rotated.key)
    }

    /// One page of what was delivered or is to be, newest first.
    pub async fn deliveries(&self, id: &WebhookId, query: &ListDeliveries) -> Result<Page<Delivery>, Error> {
        let mut request = Request::new(&endpoint::LIST_WEBHOOK_DELIVERIES)
            .segment(id)
            .query("status", query.status.as_ref())
            .query("resourceId", query.resource_id.as_deref())
            .query("createdAt[gt]", query.created_after)
            .query("createdAt[lt]", query.created_before);
        request = match query.event_kinds.as_slice() {
            [kind] => request.query("eventType", Some(kind)),
            several => request.query_set("eventType[in]", several),
        };
        self.workspace.page(request.page(query.limit, query.after.as_ref())).await
    }

    /// Page after page of [`Webhooks::deliveries`], up to a budget; see [`pages`].
    pub fn pages_of_deliveries(
        &self,
        id: &'a WebhookId,
        query: ListDeliveries,
        budget: Budget,
    ) -> impl futures_util::Stream<Item = Result<Page<Delivery>, Error>> + use<'a> {
        let workspace = self.workspace;
        pages(query.after.clone(), budget, move |cursor| {
            let query = query.clone().after(cursor);
            async move { workspace.webhooks().deliveries(id, &query).await }
        })
    }

    /// One delivery with what was sent and every attempt at it.
    pub async fn delivery(&self, id: &WebhookId, delivery: &DeliveryId) -> Result<DeliveryDetails, Error> {
        self.workspace.one(Request::new(&endpoint::GET_WEBHOOK_DELIVERY).segment(id).segment(delivery)).await
    }

    /// Asks for a delivery to be made again, soon.
    pub async fn retry_delivery(&self, id: &WebhookId, delivery: &DeliveryId) -> Result<(), Error> {
        let request = Request::new(&endpoint::RETRY_WEBHOOK_DELIVERY).segment(id).segment(delivery);
        self.workspace.done(request).await
    }

    /// Has a signed sample of an event delivered, and returns it.
    pub async fn test(&self, id: &WebhookId, kind: &EventKind) -> Result<WebhookEvent, Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Body<'k> {
            event_type: &'k EventKind,
        }
        let request = Request::new(&endpoint::TEST_WEBHOOK).segment(id).json(&Body { event_type: kind })?;
        self.workspace.bare(request).await
    }
}

/// A new secret, as the API wraps it.
#[derive(Debug, Deserialize)]
pub(crate) struct RotatedSecret {
    key: WebhookSecret,
}
