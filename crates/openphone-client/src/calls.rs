//! Calls, read-only (dated): lists with summaries and voicemails, transcripts, recordings. The types are in
//! [`types`]. Quo docs: `api-reference/calls`.

pub mod types;

use jiff::Timestamp;

use crate::client::Workspace;
use crate::endpoint;
use crate::error::Error;
use crate::id::{ActorId, CallId, PhoneNumberId};
use crate::open_enum::Direction;
use crate::page::{Budget, Cursor, Page, pages};
use crate::phone::Party;
use crate::request::Request;
use crate::setters::setters;

pub use types::{
    AiHandled, Call, CallParticipant, CallRoute, CallStatus, CallSummary, DialogueLine, Recording,
    RecordingStatus, SummaryAuthor, SummaryJob, SummaryJobField, TranscriptSegment, Voicemail, WorkStatus,
};

/// Which calls to list, and what to bring along. Everything is optional; what is set must all hold.
///
/// Every setter takes a value or an `Option` of it.
#[derive(Clone, Debug, Default)]
pub struct ListCalls {
    phone_number_id: Option<PhoneNumberId>,
    actor_id: Option<ActorId>,
    participants: Vec<Party>,
    direction: Option<Direction>,
    status: Vec<CallStatus>,
    created_at_gte: Option<Timestamp>,
    created_at_lte: Option<Timestamp>,
    include: CallExtras,
    limit: Option<u16>,
    after: Option<Cursor>,
}

/// What a call brings along, in the same request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallExtras {
    /// [`Call::summary`].
    pub summary: bool,
    /// [`Call::voicemail`].
    pub voicemail: bool,
}

impl CallExtras {
    /// Nothing but the call.
    pub const NONE: Self = Self { summary: false, voicemail: false };
    /// Everything there is.
    pub const ALL: Self = Self { summary: true, voicemail: true };
    /// The summary alone.
    pub const SUMMARY: Self = Self { summary: true, voicemail: false };
    /// The voicemail alone.
    pub const VOICEMAIL: Self = Self { summary: false, voicemail: true };

    fn names(self) -> Vec<&'static str> {
        [("summary", self.summary), ("voicemail", self.voicemail)]
            .into_iter()
            .filter_map(|(name, wanted)| wanted.then_some(name))
            .collect()
    }
}

impl ListCalls {
    /// All calls of the workspace, newest first, group calls included.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        /// Only of this inbox.
        phone_number_id: PhoneNumberId;
        /// Only handled by this person or machine.
        actor_id: ActorId;
        /// Only incoming or only outgoing ones.
        direction: Direction;
    }

    /// Only with this other party, or any if `None`. Matches the call's own caller or callee, not everyone in a
    /// group call.
    #[must_use]
    pub fn participant(self, party: impl Into<Option<Party>>) -> Self {
        self.participants(party.into())
    }

    /// Only with one of these other parties; any if empty.
    #[must_use]
    pub fn participants(mut self, parties: impl IntoIterator<Item = Party>) -> Self {
        self.participants = parties.into_iter().collect();
        self
    }

    /// Only with one of these statuses; any if empty. A missed call is not one status: see
    /// [`Call::is_missed`].
    #[must_use]
    pub fn status(mut self, statuses: impl IntoIterator<Item = CallStatus>) -> Self {
        self.status = statuses.into_iter().collect();
        self
    }

    setters! {
        /// Only created at this moment or later.
        created_at_gte: Timestamp;
        /// Only created at this moment or earlier.
        created_at_lte: Timestamp;
    }

    /// What each call brings along.
    #[must_use]
    pub fn include(mut self, extras: CallExtras) -> Self {
        self.include = extras;
        self
    }

    setters! {
        /// Items on a page, brought within 1 and 50. 50 if unset.
        limit: u16;
        /// The page that begins here. Keep everything else as it was.
        after: Cursor;
    }
}

/// Calls of a workspace; see [`Workspace::calls`].
#[derive(Clone, Copy, Debug)]
pub struct Calls<'a> {
    pub(crate) workspace: &'a Workspace,
}

impl<'a> Calls<'a> {
    /// One page of calls, newest first, of the whole workspace unless filtered.
    pub async fn list(&self, query: &ListCalls) -> Result<Page<Call>, Error> {
        let mut request = Request::new(&endpoint::LIST_CALLS)
            .query("phoneNumberId", query.phone_number_id.as_ref())
            .query("actorId", query.actor_id.as_ref())
            .query("direction", query.direction.as_ref())
            .query("createdAt[gte]", query.created_at_gte)
            .query("createdAt[lte]", query.created_at_lte)
            .query_set("include", &query.include.names());
        request = match query.participants.as_slice() {
            [party] => request.query("participant", Some(party)),
            several => request.query_set("participant[in]", several),
        };
        request = match query.status.as_slice() {
            [status] => request.query("status", Some(status)),
            several => request.query_set("status[in]", several),
        };
        self.workspace.page(request.page(query.limit, query.after.as_ref())).await
    }

    /// Page after page of [`Calls::list`], up to a budget; see [`pages`].
    pub fn pages(
        &self,
        query: ListCalls,
        budget: Budget,
    ) -> impl futures_util::Stream<Item = Result<Page<Call>, Error>> + use<'a> {
        let workspace = self.workspace;
        pages(query.after.clone(), budget, move |cursor| {
            let query = query.clone().after(cursor);
            async move { workspace.calls().list(&query).await }
        })
    }

    /// One call, with what it shall bring along.
    pub async fn get(&self, id: &CallId, extras: CallExtras) -> Result<Call, Error> {
        let request = Request::new(&endpoint::GET_CALL).segment(id).query_set("include", &extras.names());
        self.workspace.one(request).await
    }

    /// What was said in a call, in short; `None` when there is no summary. One that is being made, or that the
    /// plan does not have, is there with its status ([`WorkStatus`]).
    pub async fn summary(&self, id: &CallId) -> Result<Option<CallSummary>, Error> {
        self.get(id, CallExtras::SUMMARY).await.map(|call| call.summary)
    }

    /// What the caller of a call left on the machine; `None` when nothing was left.
    pub async fn voicemail(&self, id: &CallId) -> Result<Option<Voicemail>, Error> {
        self.get(id, CallExtras::VOICEMAIL).await.map(|call| call.voicemail)
    }

    /// One page of a call's transcript, one segment for each recording, earliest first. A call that was
    /// transferred or put on hold has several. Empty, or a status other than
    /// [`WorkStatus::Completed`], while it is being made and on plans without transcripts.
    pub async fn transcripts(
        &self,
        id: &CallId,
        after: Option<&Cursor>,
    ) -> Result<Page<TranscriptSegment>, Error> {
        let request = Request::new(&endpoint::LIST_CALL_TRANSCRIPTS).segment(id).page(None, after);
        self.workspace.page(request).await
    }

    /// One page of a call's recordings, earliest first.
    pub async fn recordings(&self, id: &CallId, after: Option<&Cursor>) -> Result<Page<Recording>, Error> {
        let request = Request::new(&endpoint::LIST_CALL_RECORDINGS).segment(id).page(None, after);
        self.workspace.page(request).await
    }

    /// Page after page of [`Calls::transcripts`], up to a budget; see [`pages`].
    pub fn transcript_pages(
        &self,
        id: &'a CallId,
        budget: Budget,
    ) -> impl futures_util::Stream<Item = Result<Page<TranscriptSegment>, Error>> + use<'a> {
        let calls = *self;
        pages(None, budget, move |cursor| async move { calls.transcripts(id, cursor.as_ref()).await })
    }

    /// Page after page of [`Calls::recordings`], up to a budget; see [`pages`].
    pub fn recording_pages(
        &self,
        id: &'a CallId,
        budget: Budget,
    ) -> impl futures_util::Stream<Item = Result<Page<Recording>, Error>> + use<'a> {
        let calls = *self;
        pages(None, budget, move |cursor| async move { calls.recordings(id, cursor.as_ref()).await })
    }
}
