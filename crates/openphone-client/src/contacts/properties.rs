//! The properties of a contact (dated): its phone numbers, email addresses and custom fields, one by one, where
//! [`super::Contact`] has them all inline. Changing one touches no other. Quo docs: `api-reference/contacts`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::types::CustomFieldValue;
use crate::client::Workspace;
use crate::decode::maybe;
use crate::endpoint;
use crate::error::{Error, ErrorKind};
use crate::id::{ContactId, PropertyId};
use crate::open_enum::open_enum;
use crate::page::{Budget, Cursor, Page, pages};
use crate::redacted::Redacted;
use crate::request::Request;
use crate::setters::setters;

/// One property of a contact.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Property {
    /// Its id.
    pub id: PropertyId,
    /// What it is called, such as `mobile`.
    #[serde(default, deserialize_with = "maybe")]
    pub name: Option<String>,
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: PropertyKind,
    /// Its value.
    pub value: Redacted<CustomFieldValue>,
    /// When it was made.
    #[serde(default, deserialize_with = "maybe")]
    pub created_at: Option<Timestamp>,
    /// When it last changed.
    #[serde(default, deserialize_with = "maybe")]
    pub updated_at: Option<Timestamp>,
}

open_enum! {
    /// What a property holds.
    pub enum PropertyKind {
        /// A phone number.
        PhoneNumber = "phone-number",
        /// An email address.
        Email = "email",
        /// A postal address, as text.
        Address = "address",
        /// True or false.
        Boolean = "boolean",
        /// A date, as an ISO 8601 text.
        Date = "date",
        /// Some of a set of texts.
        MultiSelect = "multi-select",
        /// A number.
        Number = "number",
        /// A text.
        String = "string",
        /// A web address, as text.
        Url = "url",
    }
}

/// A property to be made.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct NewProperty {
    #[serde(rename = "type")]
    kind: PropertyKind,
    value: Redacted<CustomFieldValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

impl NewProperty {
    /// A property without a name.
    pub fn new(kind: PropertyKind, value: CustomFieldValue) -> Self {
        Self { kind, value: Redacted::new(value), name: None }
    }

    setters! {
        /// Sets what it is called.
        name: String;
    }
}

/// What is to become of a property. What is not named stays; the kind cannot change.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[must_use]
pub struct PropertyUpdate {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Redacted<CustomFieldValue>>,
}

impl PropertyUpdate {
    /// No change yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets or clears what it is called.
    pub fn name(mut self, name: impl Into<Option<String>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets its value.
    pub fn value(mut self, value: CustomFieldValue) -> Self {
        self.value = Some(Redacted::new(value));
        self
    }
}

/// The properties of one contact; see [`super::Contacts::properties`].
#[derive(Clone, Copy, Debug)]
pub struct Properties<'a> {
    pub(super) workspace: &'a Workspace,
    pub(super) contact: &'a ContactId,
}

impl<'a> Properties<'a> {
    /// One page of the contact's properties, of one kind or of all. 50 to a page if `limit` is unset.
    pub async fn list(
        &self,
        kind: Option<&PropertyKind>,
        limit: Option<u16>,
        after: Option<&Cursor>,
    ) -> Result<Page<Property>, Error> {
        let request = Request::new(&endpoint::LIST_CONTACT_PROPERTIES)
            .segment(self.contact)
            .query("type", kind)
            .page(limit, after);
        self.workspace.page(request).await
    }

    /// Page after page of [`Properties::list`], up to a budget; see [`pages`].
    pub fn pages(
        &self,
        kind: Option<PropertyKind>,
        budget: Budget,
    ) -> impl futures_util::Stream<Item = Result<Page<Property>, Error>> + use<'a> {
        let properties = *self;
        pages(None, budget, move |cursor| {
            let kind = kind.clone();
            async move { properties.list(kind.as_ref(), None, cursor.as_ref()).await }
        })
    }

    /// One property.
    pub async fn get(&self, id: &PropertyId) -> Result<Property, Error> {
        let request = Request::new(&endpoint::GET_CONTACT_PROPERTY).segment(self.contact).segment(id);
        self.workspace.one(request).await
    }

    /// Adds a property. The request is never written twice: [`ErrorKind::OutcomeUnknown`] means that it may
    /// be there.
    pub async fn create(&self, property: &NewProperty) -> Result<Property, Error> {
        let request = Request::new(&endpoint::CREATE_CONTACT_PROPERTY).segment(self.contact);
        self.workspace.one(request.json(property)?).await
    }

    /// Changes a property.
    pub async fn update(&self, id: &PropertyId, update: &PropertyUpdate) -> Result<Property, Error> {
        if *update == PropertyUpdate::default() {
            return Err(Error::new(ErrorKind::InvalidRequest).because("nothing is to be changed"));
        }
        let request = Request::new(&endpoint::UPDATE_CONTACT_PROPERTY).segment(self.contact).segment(id);
        self.workspace.one(request.json(update)?).await
    }

    /// Deletes a property.
    pub async fn delete(&self, id: &PropertyId) -> Result<(), Error> {
        let request = Request::new(&endpoint::DELETE_CONTACT_PROPERTY).segment(self.contact).segment(id);
        self.workspace.done(request).await
    }
}
