//! Contacts with their phones, emails and custom fields (v1: the dated surface has none of these inline), their
//! notes, properties and shares (dated). The types are in [`types`]. Quo docs: `api-reference/contacts`.

pub mod notes;
pub mod properties;
pub mod types;
pub mod update;

use crate::client::Workspace;
use crate::endpoint;
use crate::error::{Error, ErrorKind};
use crate::id::ContactId;
use crate::page::{Budget, Cursor, Page, pages};
use crate::redacted::Redacted;
use crate::request::Request;
use crate::setters::setters;

pub use notes::{MAX_NOTE_LENGTH, Note, NoteMedia, Notes};
pub use properties::{NewProperty, Properties, Property, PropertyKind, PropertyUpdate};
pub use types::{
    Contact, ContactFields, ContactItem, ContactShare, CustomField, CustomFieldDefinition, CustomFieldKind,
    CustomFieldValue, NewContact,
};
pub use update::ContactUpdate;

pub(crate) use update::WholeRead;

/// Which contacts to list. There is no search by name, number or email in the API.
///
/// Every setter takes a value or an `Option` of it.
#[derive(Clone, Debug, Default)]
pub struct ListContacts {
    external_ids: Vec<Redacted<String>>,
    sources: Vec<String>,
    limit: Option<u16>,
    after: Option<Cursor>,
}

impl ListContacts {
    /// All contacts of the workspace.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Only those with one of these external ids; any if empty.
    #[must_use]
    pub fn external_ids(mut self, ids: impl IntoIterator<Item = String>) -> Self {
        self.external_ids = ids.into_iter().map(Redacted::new).collect();
        self
    }

    /// Only those from one of these sources; any if empty.
    #[must_use]
    pub fn sources(mut self, sources: impl IntoIterator<Item = String>) -> Self {
        self.sources = sources.into_iter().collect();
        self
    }

    setters! {
        /// Items on a page, brought within 1 and 50. 50 if unset.
        limit: u16;
        /// The page that begins here. Keep everything else as it was.
        after: Cursor;
    }
}

/// Contacts of a workspace; see [`Workspace::contacts`].
#[derive(Clone, Copy, Debug)]
pub struct Contacts<'a> {
    pub(crate) workspace: &'a Workspace,
}

impl<'a> Contacts<'a> {
    /// Creates a contact.
    ///
    /// The request is never written twice: [`ErrorKind::OutcomeUnknown`] means that the contact may exist.
    /// [`ErrorKind::Conflict`] means that the external id is taken. The API allows the same phone number in
    /// many contacts.
    pub async fn create(&self, contact: &NewContact) -> Result<Contact, Error> {
        if contact.has_no_content() {
            return Err(Error::new(ErrorKind::InvalidRequest)
                .because("a contact needs a name, a company, a phone number or an email address"));
        }
        self.workspace.one(Request::new(&endpoint::CREATE_CONTACT).json(contact)?).await
    }

    /// One page of contacts.
    pub async fn list(&self, query: &ListContacts) -> Result<Page<Contact>, Error> {
        let request = Request::new(&endpoint::LIST_CONTACTS)
            .query_each("externalIds", &query.external_ids)
            .query_each("sources", &query.sources)
            .page(query.limit, query.after.as_ref());
        self.workspace.page(request).await
    }

    /// Page after page of [`Contacts::list`], up to a budget; see [`pages`].
    pub fn pages(
        &self,
        query: ListContacts,
        budget: Budget,
    ) -> impl futures_util::Stream<Item = Result<Page<Contact>, Error>> + use<'a> {
        let workspace = self.workspace;
        pages(query.after.clone(), budget, move |cursor| {
            let query = query.clone().after(cursor);
            async move { workspace.contacts().list(&query).await }
        })
    }

    /// One contact.
    pub async fn get(&self, id: &ContactId) -> Result<Contact, Error> {
        self.workspace.one(Request::new(&endpoint::GET_CONTACT).segment(id)).await
    }

    /// Changes a contact and loses nothing of it: it is read, changed and written back whole, because the
    /// API deletes what a request leaves out.
    ///
    /// Changes of one contact through clones of one [`crate::OpenPhone`] wait for each other. Somebody else's
    /// change between the reading and the writing is undone; the API offers nothing against that.
    /// [`ErrorKind::Forbidden`] may mean that the contact is kept by another system and cannot be changed here;
    /// [`ErrorKind::Protocol`], that it could not be read whole, and so was not written.
    pub async fn update(&self, id: &ContactId, update: &ContactUpdate) -> Result<Contact, Error> {
        if update.is_empty() {
            return Err(Error::new(ErrorKind::InvalidRequest).because("nothing is to be changed"));
        }
        let workspace = self.workspace.with_deadline(self.workspace.deadline());
        let _alone = workspace.enter_gate(id.as_str()).await?;
        let WholeRead(contact) = workspace.one(Request::new(&endpoint::GET_CONTACT).segment(id)).await?;
        let whole = update::merge(contact, update);
        workspace.one(Request::new(&endpoint::UPDATE_CONTACT).segment(id).json(&whole)?).await
    }

    /// Deletes a contact.
    pub async fn delete(&self, id: &ContactId) -> Result<(), Error> {
        self.workspace.done(Request::new(&endpoint::DELETE_CONTACT).segment(id)).await
    }

    /// The custom fields that the workspace has. They are made in the product; the API cannot make any.
    pub async fn custom_fields(&self) -> Result<Vec<CustomFieldDefinition>, Error> {
        self.workspace.one(Request::new(&endpoint::LIST_CUSTOM_FIELDS)).await
    }

    /// One page of whom a contact is shared with. 50 to a page if `limit` is unset.
    pub async fn shares(
        &self,
        id: &ContactId,
        limit: Option<u16>,
        after: Option<&Cursor>,
    ) -> Result<Page<ContactShare>, Error> {
        let request = Request::new(&endpoint::LIST_CONTACT_SHARES).segment(id).page(limit, after);
        self.workspace.page(request).await
    }

    /// Page after page of [`Contacts::shares`], up to a budget; see [`pages`].
    pub fn share_pages(
        &self,
        id: &'a ContactId,
        budget: Budget,
    ) -> impl futures_util::Stream<Item = Result<Page<ContactShare>, Error>> + use<'a> {
        let contacts = *self;
        pages(None, budget, move |cursor| async move { contacts.shares(id, None, cursor.as_ref()).await })
    }

    /// The notes on a contact.
    #[must_use]
    pub fn notes(&self, id: &'a ContactId) -> Notes<'a> {
        Notes { workspace: self.workspace, contact: id }
    }

    /// The phone numbers, email addresses and custom fields of a contact, one by one.
    #[must_use]
    pub fn properties(&self, id: &'a ContactId) -> Properties<'a> {
        Properties { workspace: self.workspace, contact: id }
    }
}
