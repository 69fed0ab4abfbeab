//! The organization (workspace) that a key belongs to (dated). The cheapest way to check a key. Quo docs:
//! `api-reference/organization`.

use jiff::Timestamp;
use serde::Deserialize;

use crate::client::Workspace;
use crate::decode::maybe;
use crate::endpoint;
use crate::error::Error;
use crate::id::OrganizationId;
use crate::open_enum::open_enum;
use crate::redacted::Redacted;
use crate::request::Request;

/// The organization that a key belongs to.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// Its name.
    #[serde(default, deserialize_with = "maybe")]
    pub name: Option<Redacted<String>>,
    /// Whether it is paid for. An expired one cannot use the API.
    pub subscription_status: SubscriptionStatus,
    /// When it was created.
    #[serde(default, deserialize_with = "maybe")]
    pub created_at: Option<Timestamp>,
    /// When it last changed.
    #[serde(default, deserialize_with = "maybe")]
    pub updated_at: Option<Timestamp>,
}

open_enum! {
    /// Whether an organization is paid for.
    pub enum SubscriptionStatus {
        /// It is.
        Active = "active",
        /// It was.
        Expired = "expired",
    }
}

/// The organization of a workspace's key; see [`Workspace::organization`].
#[derive(Clone, Copy, Debug)]
pub struct OrganizationResource<'a> {
    pub(crate) workspace: &'a Workspace,
}

impl OrganizationResource<'_> {
    /// The organization. [`crate::ErrorKind::Unauthorized`] means that the key is wrong or was deleted.
    pub async fn get(&self) -> Result<Organization, Error> {
        self.workspace.one(Request::new(&endpoint::GET_ORGANIZATION)).await
    }
}
