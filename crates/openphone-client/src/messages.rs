//! Text messages: sending (v1), reading and retrying (dated). The types are in [`types`]. Quo docs:
//! `api-reference/messages`.

pub mod types;

use jiff::Timestamp;
use serde::Serialize;

use crate::client::Workspace;
use crate::endpoint;
use crate::error::{Error, ErrorKind};
use crate::id::{MessageId, PhoneNumberId, UserId};
use crate::open_enum::Direction;
use crate::page::{Budget, Cursor, Page, pages};
use crate::phone::{E164, Party};
use crate::request::Request;
use crate::setters::setters;

pub use types::{
    GROUP_RECIPIENTS, MAX_TEXT_LENGTH, Media, Message, MessageStatus, SendGroupMessage, SendMessage, Sender,
    SetInboxStatus,
};

/// Which messages to list. Everything is optional; what is set must all hold.
///
/// Every setter takes a value or an `Option` of it.
#[derive(Clone, Debug, Default)]
pub struct ListMessages {
    phone_number_id: Option<PhoneNumberId>,
    from: Option<Party>,
    to: Option<RecipientFilter>,
    direction: Option<Direction>,
    status: Option<MessageStatus>,
    user_id: Option<UserId>,
    created_after: Option<Timestamp>,
    created_before: Option<Timestamp>,
    limit: Option<u16>,
    after: Option<Cursor>,
}

/// Which recipients a message must have.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecipientFilter {
    /// It went to this party, alone or among others.
    Party(Party),
    /// It went to exactly these parties, in any order.
    ExactSet(Vec<Party>),
}

impl From<Party> for RecipientFilter {
    fn from(party: Party) -> Self {
        Self::Party(party)
    }
}

impl From<E164> for RecipientFilter {
    fn from(number: E164) -> Self {
        Self::Party(number.into())
    }
}

/// For [`ListMessages::to`], which takes a filter or an `Option` of one.
impl From<E164> for Option<RecipientFilter> {
    fn from(number: E164) -> Self {
        Some(number.into())
    }
}

/// For [`ListMessages::to`], which takes a filter or an `Option` of one.
impl From<Party> for Option<RecipientFilter> {
    fn from(party: Party) -> Self {
        Some(party.into())
    }
}

impl ListMessages {
    /// All messages of the workspace, newest first.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        /// Only of this inbox.
        phone_number_id: PhoneNumberId;
        /// Only from this party.
        from: Party;
        /// Only to this party, or to exactly these parties.
        to: RecipientFilter;
        /// Only sent or only received ones.
        direction: Direction;
        /// Only with this status.
        status: MessageStatus;
        /// Only sent by this user.
        user_id: UserId;
        /// Only created after this moment, itself excluded.
        created_after: Timestamp;
        /// Only created before this moment, itself excluded.
        created_before: Timestamp;
        /// Items on a page, brought within 1 and 50. 50 if unset.
        limit: u16;
        /// The page that begins here. Keep everything else as it was.
        after: Cursor;
    }
}

/// Messages of a workspace; see [`Workspace::messages`].
#[derive(Clone, Copy, Debug)]
pub struct Messages<'a> {
    pub(crate) workspace: &'a Workspace,
}

/// `POST /v1/messages`. Two or more in `to` make one group thread, which is why it takes another method.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SendBody<'a> {
    content: &'a str,
    from: &'a Sender,
    to: &'a [E164],
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<&'a UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    set_inbox_status: Option<SetInboxStatus>,
}

impl<'a> Messages<'a> {
    /// Texts one person.
    ///
    /// The answer means accepted, not delivered: read the message later for its status. The request is never
    /// written twice. [`ErrorKind::OutcomeUnknown`] means that the text may have gone out: look it up with
    /// [`Messages::list`] before anything else is sent. Every other error means that it did not. Dropping the
    /// future after the first poll leaves it just as unknown: run it in a task of its own where the caller may
    /// go away.
    pub async fn send(&self, message: &SendMessage) -> Result<Message, Error> {
        self.post(SendBody {
            content: &message.content,
            from: &message.from,
            to: std::slice::from_ref(&message.to),
            user_id: message.user_id.as_ref(),
            set_inbox_status: message.set_inbox_status,
        })
        .await
    }

    /// Texts a group thread, in which everyone sees everyone. For separate private texts call
    /// [`Messages::send`] once for each person. Errors are those of [`Messages::send`].
    pub async fn send_group(&self, message: &SendGroupMessage) -> Result<Message, Error> {
        let mut distinct: Vec<&E164> = message.to.iter().collect();
        distinct.sort_unstable();
        distinct.dedup();
        if !GROUP_RECIPIENTS.contains(&message.to.len()) || distinct.len() != message.to.len() {
            return Err(Error::new(ErrorKind::InvalidRequest)
                .because("a group message goes to 2 to 10 recipients, none of them twice"));
        }
        self.post(SendBody {
            content: &message.content,
            from: &message.from,
            to: &message.to,
            user_id: message.user_id.as_ref(),
            set_inbox_status: message.set_inbox_status,
        })
        .await
    }

    async fn post(&self, body: SendBody<'_>) -> Result<Message, Error> {
        if body.content.trim().is_empty() || body.content.chars().count() > MAX_TEXT_LENGTH {
            return Err(Error::new(ErrorKind::InvalidRequest)
                .because("a text has 1 to 1600 characters and is not only white space"));
        }
        self.workspace.one(Request::new(&endpoint::SEND_MESSAGE).json(&body)?).await
    }

    /// One page of messages, newest first, of the whole workspace unless filtered.
    pub async fn list(&self, query: &ListMessages) -> Result<Page<Message>, Error> {
        if matches!(&query.to, Some(RecipientFilter::ExactSet(parties)) if parties.is_empty()) {
            return Err(Error::new(ErrorKind::InvalidRequest).because("a message goes to somebody"));
        }
        let (to, exact): (_, &[Party]) = match &query.to {
            None => (None, &[]),
            Some(RecipientFilter::Party(party)) => (Some(party), &[]),
            Some(RecipientFilter::ExactSet(parties)) => (None, parties),
        };
        let request = Request::new(&endpoint::LIST_MESSAGES)
            .query("phoneNumberId", query.phone_number_id.as_ref())
            .query("from", query.from.as_ref())
            .query("to", to)
            .query_set("to[all]", exact)
            .query("direction", query.direction.as_ref())
            .query("status", query.status.as_ref())
            .query("userId", query.user_id.as_ref())
            .query("createdAt[gt]", query.created_after)
            .query("createdAt[lt]", query.created_before);
        self.workspace.page(request.page(query.limit, query.after.as_ref())).await
    }

    /// Page after page of [`Messages::list`], up to a budget; see [`pages`].
    pub fn pages(
        &self,
        query: ListMessages,
        budget: Budget,
    ) -> impl futures_util::Stream<Item = Result<Page<Message>, Error>> + use<'a> {
        let workspace = self.workspace;
        pages(query.after.clone(), budget, move |cursor| {
            let query = query.clone().after(cursor);
            async move { workspace.messages().list(&query).await }
        })
    }

    /// One message.
    pub async fn get(&self, id: &MessageId) -> Result<Message, Error> {
        self.workspace.one(Request::new(&endpoint::GET_MESSAGE).segment(id)).await
    }

    /// Sends a message again that ended as [`MessageStatus::Failed`] without an error code. The answer means
    /// accepted, not delivered: read the message later for its status.
    ///
    /// Like [`Messages::send`] it is never written twice, and [`ErrorKind::OutcomeUnknown`] means that it may
    /// have been accepted. [`ErrorKind::Unprocessable`] means that the message failed for good, did not
    /// arrive, or did not fail at all.
    pub async fn retry(&self, id: &MessageId) -> Result<(), Error> {
        self.workspace.done(Request::new(&endpoint::RETRY_MESSAGE).segment(id)).await
    }
}
