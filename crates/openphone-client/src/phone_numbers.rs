//! The workspace's own phone numbers, which the product also calls inboxes (dated). The types are in [`types`].
//! Quo docs: `api-reference/phone-numbers`.

pub mod types;

use serde::Deserialize;

use crate::client::Workspace;
use crate::decode::null_as_default;
use crate::endpoint;
use crate::error::Error;
use crate::id::PhoneNumberId;
use crate::page::{Budget, Cursor, Page, pages};
use crate::phone::E164;
use crate::request::Request;
use crate::setters::setters;

pub use types::{
    BusinessHours, InboxMember, OpeningHours, PhoneNumber, RegionRestrictions, Restriction, Restrictions,
    WeekSchedule,
};

/// What a phone number brings along, in the same request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PhoneNumberExtras {
    /// [`PhoneNumber::restrictions`].
    pub restrictions: bool,
    /// [`PhoneNumber::business_hours`].
    pub business_hours: bool,
}

impl PhoneNumberExtras {
    /// Nothing but the number.
    pub const NONE: Self = Self { restrictions: false, business_hours: false };
    /// Everything there is.
    pub const ALL: Self = Self { restrictions: true, business_hours: true };

    fn names(self) -> Vec<&'static str> {
        [("restrictions", self.restrictions), ("businessHours", self.business_hours)]
            .into_iter()
            .filter_map(|(name, wanted)| wanted.then_some(name))
            .collect()
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

    setters! {
        /// Only this number.
        phone_number: E164;
    }

    /// Brings [`PhoneNumber::restrictions`] along.
    #[must_use]
    pub fn with_restrictions(mut self) -> Self {
        self.with_restrictions = true;
        self
    }

    setters! {
        /// Items on a page, brought within 1 and 50. 50 if unset.
        limit: u16;
        /// The page that begins here. Keep everything else as it was.
        after: Cursor;
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

    /// One number, with what it shall bring along.
    pub async fn get(&self, id: &PhoneNumberId, extras: PhoneNumberExtras) -> Result<PhoneNumber, Error> {
        let request =
            Request::new(&endpoint::GET_PHONE_NUMBER).segment(id).query_set("include", &extras.names());
        self.workspace.one(request).await
    }

    /// One page of those who share a number. 50 to a page if `limit` is unset.
    pub async fn members(
        &self,
        id: &PhoneNumberId,
        limit: Option<u16>,
        after: Option<&Cursor>,
    ) -> Result<Page<InboxMember>, Error> {
        let request = Request::new(&endpoint::LIST_PHONE_NUMBER_USERS).segment(id).page(limit, after);
        self.workspace.page(request).await
    }

    /// Page after page of [`PhoneNumbers::members`], up to a budget; see [`pages`].
    pub fn member_pages(
        &self,
        id: &'a PhoneNumberId,
        budget: Budget,
    ) -> impl futures_util::Stream<Item = Result<Page<InboxMember>, Error>> + use<'a> {
        let numbers = *self;
        pages(None, budget, move |cursor| async move { numbers.members(id, None, cursor.as_ref()).await })
    }

    /// Numbers that could be bought. Searching buys nothing and holds nothing.
    pub async fn search_available(&self, query: &SearchPhoneNumbers) -> Result<Vec<E164>, Error> {
        let request = Request::new(&endpoint::SEARCH_PHONE_NUMBERS)
            .query("countryCode", query.country_code.as_deref())
            .query("areaCode", query.area_code.as_deref())
            .query("inLocality", query.locality.as_deref())
            .query("inRegion", query.region.as_deref())
            .query("contains", query.contains.as_deref())
            .query("tollFree", query.toll_free);
        self.workspace.one::<AvailableNumbers>(request).await.map(|found| found.phone_numbers)
    }
}

/// Numbers that could be bought, as the API wraps them.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AvailableNumbers {
    #[serde(default, deserialize_with = "null_as_default")]
    phone_numbers: Vec<E164>,
}

/// Which numbers to look for that could be bought. Everything is optional.
///
/// Every setter takes a value or an `Option` of it.
#[derive(Clone, Debug, Default)]
pub struct SearchPhoneNumbers {
    country_code: Option<String>,
    area_code: Option<String>,
    locality: Option<String>,
    region: Option<String>,
    contains: Option<String>,
    toll_free: Option<bool>,
}

impl SearchPhoneNumbers {
    /// Any number.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        /// Only of this country, such as `US` (ISO 3166-1).
        country_code: String;
        /// Only with this area code, such as `415`.
        area_code: String;
        /// Only of this town.
        locality: String;
        /// Only of this state or province, such as `CA`.
        region: String;
        /// Only with these digits in it.
        contains: String;
        /// Only toll-free ones, or none of them.
        toll_free: bool;
    }
}
