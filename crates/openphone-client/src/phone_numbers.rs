//! The workspace's own phone numbers, which the product also calls inboxes (dated). Quo docs:
//! `api-reference/phone-numbers`.

use jiff::Timestamp;
use serde::Deserialize;

use crate::client::Workspace;
use crate::endpoint;
use crate::error::Error;
use crate::id::PhoneNumberId;
use crate::open_enum::open_enum;
use crate::page::{Budget, Cursor, Page, pages};
use crate::phone::{E164, Party};
use crate::request::Request;

/// A phone number of the workspace.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PhoneNumber {
    /// Its id.
    pub id: PhoneNumberId,
    /// The id of the group of people who share it.
    pub group_id: Option<String>,
    /// What the workspace calls it.
    pub name: String,
    /// The number, in E.164 form.
    #[serde(alias = "number")]
    pub phone_number: Party,
    /// The number as people write it.
    pub formatted_number: Option<Party>,
    /// An emoji that stands for it.
    pub symbol: Option<String>,
    /// How far a transfer from another carrier is.
    pub porting_status: Option<String>,
    /// When it was added.
    pub created_at: Option<Timestamp>,
    /// When it last changed.
    pub updated_at: Option<Timestamp>,
    /// Where it may call and text. Only when asked for ([`ListPhoneNumbers::with_restrictions`]).
    pub restrictions: Option<Restrictions>,
}

/// Where a number may call and text.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Restrictions {
    /// Calls.
    pub calling: RegionRestrictions,
    /// Texts.
    pub messaging: RegionRestrictions,
}

/// A restriction for each region.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct RegionRestrictions {
    /// The United States. Restricted until the carrier registration (A2P 10DLC) is approved.
    #[serde(rename = "US")]
    pub us: Restriction,
    /// Canada.
    #[serde(rename = "CA")]
    pub ca: Restriction,
    /// Everywhere else.
    #[serde(rename = "Intl")]
    pub international: Restriction,
}

open_enum! {
    /// Whether something is allowed.
    pub enum Restriction {
        /// Not allowed.
        Restricted = "restricted",
        /// Allowed.
        Unrestricted = "unrestricted",
    }
}

/// Which phone numbers to list. Everything is optional.
///
/// Every setter takes a value or an `Option` of it.
#[derive(Clone, Debug, Default)]
pub struct ListPhoneNumbers {
    phone_number: Option<E164>,
    with_restrictions: bool,
    limit: Option<u16>,
    after: Option<Cursor>,
}

impl ListPhoneNumbers {
    /// All numbers of the workspace.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Only this number.
    #[must_use]
    pub fn phone_number(mut self, number: impl Into<Option<E164>>) -> Self {
        self.phone_number = number.into();
        self
    }

    /// Brings [`PhoneNumber::restrictions`] along.
    #[must_use]
    pub fn with_restrictions(mut self) -> Self {
        self.with_restrictions = true;
        self
    }

    /// Items on a page, brought within 1 and 50. 50 if unset.
    #[must_use]
    pub fn limit(mut self, limit: impl Into<Option<u16>>) -> Self {
        self.limit = limit.into();
        self
    }

    /// The page that begins here. Keep everything else as it was.
    #[must_use]
    pub fn after(mut self, cursor: impl Into<Option<Cursor>>) -> Self {
        self.after = cursor.into();
        self
    }
}

/// Phone numbers of a workspace; see [`Workspace::phone_numbers`].
#[derive(Clone, Copy, Debug)]
pub struct PhoneNumbers<'a> {
    pub(crate) workspace: &'a Workspace,
}

impl<'a> PhoneNumbers<'a> {
    /// One page of the workspace's numbers.
    pub async fn list(&self, query: &ListPhoneNumbers) -> Result<Page<PhoneNumber>, Error> {
        let request = Request::new(&endpoint::LIST_PHONE_NUMBERS)
            .query("phoneNumber", query.phone_number.as_ref())
            .query("include", query.with_restrictions.then_some("restrictions"))
            .page(query.limit, query.after.as_ref());
        self.workspace.page(request).await
    }

    /// Page after page of [`PhoneNumbers::list`], up to a budget; see [`pages`].
    pub fn pages(
        &self,
        query: ListPhoneNumbers,
        budget: Budget,
    ) -> impl futures_util::Stream<Item = Result<Page<PhoneNumber>, Error>> + use<'a> {
        let workspace = self.workspace;
        pages(query.after.clone(), budget, move |cursor| {
            let query = query.clone().after(cursor);
            async move { workspace.phone_numbers().list(&query).await }
        })
    }
}
