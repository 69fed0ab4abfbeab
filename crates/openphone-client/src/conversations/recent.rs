//! Conversations by their last activity, with whom each is assigned to (v1, which alone says it).

use jiff::Timestamp;

use super::{Conversation, Conversations};
use crate::endpoint;
use crate::error::Error;
use crate::id::{PhoneNumberId, UserId};
use crate::page::{Budget, Cursor, Page, pages};
use crate::phone::E164;
use crate::request::Request;
use crate::setters::setters;

/// An inbox, by its id or its number.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum InboxFilter {
    /// By id.
    Id(PhoneNumberId),
    /// By number.
    Number(E164),
}

impl InboxFilter {
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Id(id) => id.as_str(),
            Self::Number(number) => number.as_str(),
        }
    }
}

impl From<PhoneNumberId> for InboxFilter {
    fn from(id: PhoneNumberId) -> Self {
        Self::Id(id)
    }
}

impl From<E164> for InboxFilter {
    fn from(number: E164) -> Self {
        Self::Number(number)
    }
}

/// Which conversations to list by their last activity. Everything is optional; what is set must all hold.
///
/// Every setter takes a value or an `Option` of it.
#[derive(Clone, Debug, Default)]
pub struct ListRecentConversations {
    inboxes: Vec<InboxFilter>,
    user_id: Option<UserId>,
    created_after: Option<Timestamp>,
    created_before: Option<Timestamp>,
    updated_after: Option<Timestamp>,
    updated_before: Option<Timestamp>,
    exclude_inactive: Option<bool>,
    limit: Option<u16>,
    after: Option<Cursor>,
}

impl ListRecentConversations {
    /// All conversations, most recent activity first.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Only of these inboxes, at most 100; any if empty.
    #[must_use]
    pub fn inboxes(mut self, inboxes: impl IntoIterator<Item = InboxFilter>) -> Self {
        self.inboxes = inboxes.into_iter().collect();
        self
    }

    setters! {
        /// Only what this user can see.
        user_id: UserId;
        /// Only begun after this moment.
        created_after: Timestamp;
        /// Only begun before this moment.
        created_before: Timestamp;
        /// Only changed after this moment.
        updated_after: Timestamp;
        /// Only changed before this moment.
        updated_before: Timestamp;
        /// Whether to leave out what the API calls inactive.
        exclude_inactive: bool;
        /// Items on a page, brought within 1 and 100. 100 if unset.
        limit: u16;
        /// The page that begins here. Keep everything else as it was.
        after: Cursor;
    }
}

impl<'a> Conversations<'a> {
    /// One page of conversations, most recent activity first, with [`Conversation::assigned_to`].
    pub async fn list_recent(&self, query: &ListRecentConversations) -> Result<Page<Conversation>, Error> {
        let request = Request::new(&endpoint::LIST_RECENT_CONVERSATIONS)
            .query_each("phoneNumbers", &query.inboxes)
            .query("userId", query.user_id.as_ref())
            .query("createdAfter", query.created_after)
            .query("createdBefore", query.created_before)
            .query("updatedAfter", query.updated_after)
            .query("updatedBefore", query.updated_before)
            .query("excludeInactive", query.exclude_inactive);
        self.workspace.page(request.page(query.limit, query.after.as_ref())).await
    }

    /// Page after page of [`Conversations::list_recent`], up to a budget; see [`pages`].
    pub fn pages_recent(
        &self,
        query: ListRecentConversations,
        budget: Budget,
    ) -> impl futures_util::Stream<Item = Result<Page<Conversation>, Error>> + use<'a> {
        let workspace = self.workspace;
        pages(query.after.clone(), budget, move |cursor| {
            let query = query.clone().after(cursor);
            async move { workspace.conversations().list_recent(&query).await }
        })
    }
}
