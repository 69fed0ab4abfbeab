//! Conversations: who talked with which inbox, and when last (dated; v1 for whom one is assigned to). One can
//! be marked as read, done or open, and none of the three can be read back. Quo docs:
//! `api-reference/conversations`.

mod recent;

use jiff::Timestamp;
use serde::Deserialize;

use crate::client::Workspace;
use crate::decode::{maybe, null_as_default};
use crate::endpoint;
use crate::error::Error;
use crate::id::{ActivityId, ActorId, ConversationId, PhoneNumberId};
use crate::open_enum::open_enum;
use crate::page::{Budget, Cursor, Page, pages};
use crate::phone::Party;
use crate::redacted::Redacted;
use crate::request::Request;
use crate::setters::setters;

pub use recent::{InboxFilter, ListRecentConversations};

/// The thread between one inbox and one person or group.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Conversation {
    /// Its id.
    pub id: ConversationId,
    /// The inbox.
    pub phone_number_id: PhoneNumberId,
    /// The other side, without the inbox's own number.
    #[serde(default, deserialize_with = "null_as_default")]
    pub participants: Vec<Party>,
    /// A name that somebody gave it.
    #[serde(default, deserialize_with = "maybe")]
    pub name: Option<Redacted<String>>,
    /// Who of the workspace it is assigned to. Only [`Conversations::list_recent`] says it.
    #[serde(default, deserialize_with = "maybe")]
    pub assigned_to: Option<ActorId>,
    /// When something last happened.
    #[serde(default, deserialize_with = "maybe")]
    pub last_activity_at: Option<Timestamp>,
    /// What last happened: a message or a call.
    #[serde(default, deserialize_with = "maybe")]
    pub last_activity_id: Option<ActivityId>,
    /// Until when it is muted.
    #[serde(default, deserialize_with = "maybe")]
    pub muted_until: Option<Timestamp>,
    /// Until when it is snoozed.
    #[serde(default, deserialize_with = "maybe")]
    pub snoozed_until: Option<Timestamp>,
    /// When it began.
    #[serde(default, deserialize_with = "maybe")]
    pub created_at: Option<Timestamp>,
    /// When it last changed.
    #[serde(default, deserialize_with = "maybe")]
    pub updated_at: Option<Timestamp>,
    /// When it was deleted.
    #[serde(default, deserialize_with = "maybe")]
    pub deleted_at: Option<Timestamp>,
}

open_enum! {
    /// In which order conversations come.
    pub enum ConversationSort {
        /// Oldest first.
        CreatedAscending = "createdAt:asc",
        /// Newest first. The API's default.
        CreatedDescending = "createdAt:desc",
        /// Least recently changed first.
        UpdatedAscending = "updatedAt:asc",
        /// Most recently changed first.
        UpdatedDescending = "updatedAt:desc",
    }
}

/// Which conversations to list. Everything is optional; what is set must all hold.
///
/// Every setter takes a value or an `Option` of it.
#[derive(Clone, Debug, Default)]
pub struct ListConversations {
    phone_number_ids: Vec<PhoneNumberId>,
    created_at_gte: Option<Timestamp>,
    created_at_lte: Option<Timestamp>,
    updated_at_gte: Option<Timestamp>,
    updated_at_lte: Option<Timestamp>,
    sort: Option<ConversationSort>,
    limit: Option<u16>,
    after: Option<Cursor>,
}

impl ListConversations {
    /// All conversations of the workspace.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Only of these inboxes, at most 100; any if empty.
    #[must_use]
    pub fn phone_number_ids(mut self, ids: impl IntoIterator<Item = PhoneNumberId>) -> Self {
        self.phone_number_ids = ids.into_iter().collect();
        self
    }

    setters! {
        /// Only begun at this moment or later.
        created_at_gte: Timestamp;
        /// Only begun at this moment or earlier.
        created_at_lte: Timestamp;
        /// Only changed at this moment or later.
        updated_at_gte: Timestamp;
        /// Only changed at this moment or earlier.
        updated_at_lte: Timestamp;
        /// In which order. Newest first if unset.
        sort: ConversationSort;
        /// Items on a page, brought within 1 and 50. 50 if unset.
        limit: u16;
        /// The page that begins here. Keep everything else as it was.
        after: Cursor;
    }
}

/// Conversations of a workspace; see [`Workspace::conversations`].
#[derive(Clone, Copy, Debug)]
pub struct Conversations<'a> {
    pub(crate) workspace: &'a Workspace,
}

impl<'a> Conversations<'a> {
    /// One page of conversations.
    pub async fn list(&self, query: &ListConversations) -> Result<Page<Conversation>, Error> {
        let mut request = Request::new(&endpoint::LIST_CONVERSATIONS)
            .query("createdAt[gte]", query.created_at_gte)
            .query("createdAt[lte]", query.created_at_lte)
            .query("updatedAt[gte]", query.updated_at_gte)
            .query("updatedAt[lte]", query.updated_at_lte)
            .query("sort", query.sort.as_ref());
        request = match query.phone_number_ids.as_slice() {
            [id] => request.query("phoneNumberId", Some(id)),
            several => request.query_set("phoneNumberId[in]", several),
        };
        self.workspace.page(request.page(query.limit, query.after.as_ref())).await
    }

    /// Page after page of [`Conversations::list`], up to a budget; see [`pages`].
    pub fn pages(
        &self,
        query: ListConversations,
        budget: Budget,
    ) -> impl futures_util::Stream<Item = Result<Page<Conversation>, Error>> + use<'a> {
        let workspace = self.workspace;
        pages(query.after.clone(), budget, move |cursor| {
            let query = query.clone().after(cursor);
            async move { workspace.conversations().list(&query).await }
        })
    }

    /// Marks a conversation as read.
    pub async fn mark_read(&self, id: &ConversationId) -> Result<Conversation, Error> {
        self.workspace.one(Request::new(&endpoint::MARK_CONVERSATION_READ).segment(id)).await
    }

    /// Marks a conversation as done: it leaves the inbox until something happens in it.
    pub async fn mark_done(&self, id: &ConversationId) -> Result<Conversation, Error> {
        self.workspace.one(Request::new(&endpoint::MARK_CONVERSATION_DONE).segment(id)).await
    }

    /// Marks a conversation as open.
    pub async fn mark_open(&self, id: &ConversationId) -> Result<Conversation, Error> {
        self.workspace.one(Request::new(&endpoint::MARK_CONVERSATION_OPEN).segment(id)).await
    }
}
