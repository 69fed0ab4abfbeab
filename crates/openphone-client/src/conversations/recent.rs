//! Conversations by their last activity, with whom each is assigned to (v1, which alone says it).

use jiff::Timestamp;

use super::{Conversation, Conversations};
use crate::endpoint;
use crate::error::Error;
use crate::id::{PhoneNumberId, UserId};
use crate::page::{Budget, Cursor, Page, pages};
use crate::phone::E164;
use crate::request::Request;

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

    /// Only what this user can see.
    #[must_use]
    pub fn user_id(mut self, user: impl Into<Option<UserId>>) -> Self {
        self.user_id = user.into();
        self
    }

    /// Only begun after this moment.
    #[must_use]
    pub fn created_after(mut self, moment: impl Into<Option<Timestamp>>) -> Self {
        self.created_after = moment.into();
        self
    }

    /// Only begun before this moment.
    #[must_use]
    pub fn created_before(mut self, moment: impl Into<Option<Timestamp>>) -> Self {
        self.created_before = moment.into();
        self
    }

    /// Only changed after this moment.
    #[must_use]
    pub fn updated_after(mut self, moment: impl Into<Option<Timestamp>>) -> Self {
        self.updated_after = moment.into();
        self
    }

    /// Only changed before this moment.
    #[must_use]
    pub fn updated_before(mut self, moment: impl Into<Option<Timestamp>>) -> Self {
        self.updated_before = moment.into();
        self
    }

    /// Whether to leave out what the API calls inactive.
    #[must_use]
    pub fn exclude_inactive(mut self, exclude: impl Into<Option<bool>>) -> Self {
        self.exclude_inactive = exclude.into();
        self
    }

    /// Items on a page, brought within 1 and 100. 100 if unset.
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
