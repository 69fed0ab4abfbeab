//! A conversation: its latest messages, and its latest calls where calls may be read, newest first.

use futures_util::StreamExt as _;
use openphone_client::calls::{Call, CallExtras, ListCalls};
use openphone_client::messages::{ListMessages, Message};
use openphone_client::{Budget, ConversationId, Party};

use super::{Lines, ResourceError, ResourceKind};
use crate::catalog::Catalog;
use crate::context::Context;
use crate::conversations::{self, Thread};
use crate::error::{ToolError, ToolErrorKind};
use crate::inbox::Inbox;
use crate::people::{self, People};
use crate::reading::Coverage;
use crate::reading::newest_first::{NewestFirst, Step};
use crate::text::NOTICE;
use crate::tools::{fetch_messages, list_calls};
use crate::view::View;

/// Messages that are shown.
const MESSAGES: usize = 30;
/// Calls that are shown.
const CALLS: usize = 10;
/// Upstream pages that are read of one list.
const PAGES: usize = 5;
/// Bytes that are kept free for the calls.
const ROOM_FOR_CALLS: usize = 4_000;

pub(super) async fn read(
    catalog: &Catalog,
    view: &View,
    cx: &Context,
    id: &ConversationId,
) -> Result<String, ResourceError> {
    let (inboxes, found) = futures_util::join!(crate::inbox::reachable(cx), conversations::find(cx, id));
    let (inboxes, thread) = (inboxes?, found?.ok_or(ResourceError::NotFound)?);
    let inbox = inboxes.iter().find(|inbox| inbox.id == thread.inbox).ok_or(ResourceError::NotFound)?;
    let Some(first) = thread.participants.first() else { return Err(ResourceError::NotFound) };
    let people = people::names(cx).await;
    let zone = crate::time::zone_name(cx.time_zone());
    let with = thread.with(inbox, &people);
    let mut lines = Lines::new(format!(
        "Conversation {id} of {} with {with}, newest first, times in {zone}. {NOTICE} Each of their lines starts with >.",
        inbox.label().to_line()
    ));
    let reader = Reader { cx, inbox, thread: &thread, first, people: &people };
    let calls = catalog.is_callable(view, ResourceKind::Call.tool());
    let room = if calls { ROOM_FOR_CALLS } else { 0 };
    let coverage = reader.messages(&mut lines, room).await?;
    lines.push(&coverage.with_gap(people.gap()).to_line());
    if calls {
        match reader.calls(&mut lines).await {
            Ok(coverage) => lines.push(&coverage.to_line()),
            Err(error) if error.kind() == ToolErrorKind::KeyRefused => return Err(error.into()),
            Err(error) => lines.push(&format!("Calls could not be read: {}", error.reason())),
        };
    }
    Ok(lines.text)
}

struct Reader<'a> {
    cx: &'a Context,
    inbox: &'a Inbox,
    thread: &'a Thread,
    first: &'a Party,
    people: &'a People,
}

impl Reader<'_> {
    /// The upstream filters by sender or by recipient, so a participant takes two lists.
    async fn messages(&self, lines: &mut Lines, room: usize) -> Result<Coverage, ToolError> {
        let workspace = self.cx.workspace();
        let list = workspace.messages();
        let all = ListMessages::new().phone_number_id(self.inbox.id.clone()).limit(50);
        let queries = [all.clone().from(self.first.clone()), all.to(self.first.clone())];
        let pages = queries.map(|query| list.pages(query, Budget::pages(PAGES)).boxed());
        let mut messages = NewestFirst::new(pages.into());
        messages.begin().await;
        lines.push("Messages:");
        let mut shown = 0;
        loop {
            let scanned = messages.scanned();
            let message = match messages.next().await {
                Ok(Step::Item(message)) => message,
                Ok(Step::End) => return Ok(Coverage::complete(scanned)),
                Ok(Step::OutOfPages) => return Ok(older(scanned, "older messages are not looked at")),
                Err(error) if shown == 0 => return Err(ToolError::reading(error)),
                Err(error) => return Ok(older(scanned, &ToolError::reading(error).reason())),
            };
            if !self.holds(&message) {
                continue;
            }
            let left = lines.left().saturating_sub(room + 600);
            if shown == MESSAGES {
                return Ok(older(scanned, "older messages are left out"));
            }
            // Only a first one is cut: there is always something to see.
            let cut_to = (shown == 0).then_some(left);
            let zone = self.cx.time_zone();
            let text = fetch_messages::one(&message, self.inbox, self.people, zone, cut_to);
            if text.len() > left || !lines.push(&text) {
                return Ok(older(scanned, "older messages are left out for their length"));
            }
            shown += 1;
        }
    }

    /// Whether a message belongs to the conversation. One that does not say so does when exactly its people take part.
    fn holds(&self, message: &Message) -> bool {
        if let Some(conversation) = &message.conversation_id {
            return *conversation == self.thread.id;
        }
        let own = |party: &&Party| self.inbox.number.is_some() && party.e164() == self.inbox.number;
        let mut parties: Vec<&str> = std::iter::once(&message.from)
            .chain(&message.to)
            .filter(|party| !own(party))
            .map(Party::as_str)
            .collect();
        let mut expected: Vec<&str> = self.thread.participants.iter().map(Party::as_str).collect();
        parties.sort_unstable();
        parties.dedup();
        expected.sort_unstable();
        parties == expected
    }

    async fn calls(&self, lines: &mut Lines) -> Result<Coverage, ToolError> {
        let workspace = self.cx.workspace();
        let query = ListCalls::new()
            .phone_number_id(self.inbox.id.clone())
            .participant(self.first.clone())
            .include(CallExtras::VOICEMAIL)
            .limit(u16::try_from(CALLS + 1).unwrap_or(50));
        let page = workspace.calls().list(&query).await.map_err(ToolError::reading)?;
        lines.push(&format!("Calls, each at {}:", ResourceKind::Call.template()));
        let more = page.next.is_some() || page.data.len() > CALLS;
        let scanned = page.data.len();
        for call in page.data.iter().take(CALLS).filter(|call| self.all_take_part(call)) {
            let line = list_calls::one(call, self.inbox, self.people, self.cx.time_zone());
            if !lines.push(&line) {
                return Ok(older(scanned, "older calls are left out for their length"));
            }
        }
        Ok(if more { older(scanned, "older calls are left out") } else { Coverage::complete(scanned) })
    }

    fn all_take_part(&self, call: &Call) -> bool {
        let here = |party: &Party| call.participants.iter().any(|other| other.phone_number == *party);
        self.thread.participants.len() == 1 || self.thread.participants.iter().all(here)
    }
}

fn older(scanned: usize, reason: &str) -> Coverage {
    Coverage::partial(scanned, reason, None)
}
