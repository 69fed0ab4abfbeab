//! The kinds of requests, how often each is made, and what it asks for.

use serde::Serialize;
use serde_json::{Value, json};

use crate::random::Random;
use crate::user::Desk;

/// What a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    Register,
    Authorize,
    Consent,
    Token,
    Refresh,
    Initialize,
    Initialized,
    ToolsList,
    ListInboxes,
    ListContacts,
    FetchMessages,
    FindContact,
    GetContact,
    ListCalls,
    ListRecentActivity,
    GetProfile,
    SendMessage,
    FetchCallTranscripts,
}

/// What a user does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Makes this request and waits for the answer.
    Do(Kind),
    /// Asks for messages, and closes the connection.
    Abandon,
}

/// A day's mix, in hundredths.
const DAY: [(u64, Step); 11] = [
    (10, Step::Do(Kind::ToolsList)),
    (10, Step::Do(Kind::ListInboxes)),
    (24, Step::Do(Kind::FetchMessages)),
    (10, Step::Do(Kind::FindContact)),
    (10, Step::Do(Kind::GetContact)),
    (12, Step::Do(Kind::ListCalls)),
    (5, Step::Do(Kind::ListRecentActivity)),
    (5, Step::Do(Kind::GetProfile)),
    (10, Step::Do(Kind::SendMessage)),
    (3, Step::Do(Kind::Refresh)),
    (1, Step::Abandon),
];

/// What the overloaded server is asked for, in hundredths.
const RUSH: [(u64, Kind); 4] = [
    (70, Kind::FetchMessages),
    (10, Kind::Refresh),
    (10, Kind::SendMessage),
    (10, Kind::FetchCallTranscripts),
];
/// Of these, those for which the whole limit is there: the first two. Texts and transcripts are shed before it is reached, so
/// that with few places chance alone refuses some: when all is to be let in, nobody asks for them.
const WHOLE_LIMIT: u64 = 80;

impl Step {
    /// The next of a day's mix.
    pub(crate) fn draw(random: &mut Random) -> Self {
        let mut left = random.below(100);
        for (share, step) in DAY {
            if left < share {
                return step;
            }
            left -= share;
        }
        Self::Do(Kind::FetchMessages)
    }
}

impl Kind {
    /// Each that the costs are taken of, one after the other. A login is its four requests.
    pub(crate) const PRICED: [Self; 10] = [
        Self::ToolsList,
        Self::ListInboxes,
        Self::FetchMessages,
        Self::FindContact,
        Self::GetContact,
        Self::ListCalls,
        Self::ListRecentActivity,
        Self::GetProfile,
        Self::SendMessage,
        Self::Refresh,
    ];

    /// The next in a rush; without what is shed first, when all is to be let in.
    pub(crate) fn rush(random: &mut Random, all: bool) -> Self {
        let mut left = random.below(if all { 100 } else { WHOLE_LIMIT });
        for (share, kind) in RUSH {
            if left < share {
                return kind;
            }
            left -= share;
        }
        Self::FetchMessages
    }

    /// The method and parameters of an MCP request.
    pub(crate) fn request(self, desk: &mut Desk, random: &mut Random) -> (&'static str, Value) {
        let call =
            |name: &str, arguments: Value| ("tools/call", json!({ "name": name, "arguments": arguments }));
        match self {
            Self::ListInboxes => call("list-inboxes", json!({})),
            Self::ListContacts => call("list-contacts", json!({ "maxResults": 20 })),
            Self::FetchMessages => {
                call("fetch-messages", json!({ "inbox": desk.inbox, "maxResults": 10 + random.below(20) }))
            }
            Self::FindContact => call("find-contact", json!({ "query": desk.contact(random).1 })),
            Self::GetContact => call("get-contact", json!({ "contactId": desk.contact(random).0 })),
            Self::ListCalls => call("list-calls", json!({ "inbox": desk.inbox, "maxResults": 10 })),
            Self::ListRecentActivity => call("list-recent-activity", json!({})),
            Self::GetProfile => call("get-profile", json!({})),
            Self::FetchCallTranscripts => call("fetch-call-transcripts", json!({ "inbox": desk.inbox })),
            Self::SendMessage => {
                let (to, content) = desk.next_text();
                call("send-message", json!({ "from": desk.inbox, "to": to, "content": content }))
            }
            _ => ("tools/list", json!({})),
        }
    }
}
