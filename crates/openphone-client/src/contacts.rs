//! Contacts with their phones, emails and custom fields (v1: the dated surface has none of these inline). The
//! types are in [`types`]. Quo docs: `api-reference/contacts`.

pub mod types;

use crate::client::Workspace;
use crate::endpoint;
use crate::error::{Error, ErrorKind};
use crate::id::ContactId;
use crate::page::{Budget, Cursor, Page, pages};
use crate::request::Request;

pub use types::{
    Contact, ContactFields, ContactItem, CustomField, CustomFieldKind, CustomFieldValue, NewContact,
};

/// Which contacts to list. There is no search by name, number or email in the API.
///
/// Every setter takes a value or an `Option` of it.
#[derive(Clone, Debug, Default)]
pub struct ListContacts {
    external_ids: Vec<String>,
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
        self.external_ids = ids.into_iter().collect();
        self
    }

    /// Only those from one of these sources; any if empty.
    #[must_use]
    pub fn sources(mut self, sources: impl IntoIterator<Item = String>) -> Self {
        self.sources = sources.into_iter().collect();
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
}
