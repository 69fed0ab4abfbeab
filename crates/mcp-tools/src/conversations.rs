//! Conversations: found by id, and the latest ones for whoever picks one.
//!
//! The API lists conversations and gives none by its id, so one is looked for in the list, latest change first. The first
//! pages are remembered per key and reach for a minute, in memory only and bounded; what lies beyond is read anew and not
//! kept. Nothing outside of the connection's reach is ever asked for.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, pin_mut};
use openphone_client::conversations::{Conversation, ConversationSort, ListConversations};
use openphone_client::{Budget, ConversationId, Party, PhoneNumberId};
use tokio::time::Instant;

use crate::context::Context;
use crate::error::ToolError;
use crate::inbox::Inbox;
use crate::people::{People, Person};
use crate::per_key::PerKey;

/// How long the latest conversations are used before they are asked for again.
const FRESH: Duration = Duration::from_secs(60);
/// Lists that are remembered.
const LISTS: usize = 64;
/// Pages of 50 that are remembered.
const PAGES_KEPT: usize = 4;
/// Pages of 50 in which one conversation is looked for.
const PAGES_SEARCHED: usize = 20;
/// Inboxes that the API filters by at most.
const MAX_FILTER: usize = 100;

/// The thread between an inbox and one person or group.
#[derive(Clone, Debug)]
pub(crate) struct Thread {
    pub(crate) id: ConversationId,
    pub(crate) inbox: PhoneNumberId,
    pub(crate) participants: Vec<Party>,
}

impl Thread {
    fn of(conversation: Conversation) -> Self {
        Self {
            id: conversation.id,
            inbox: conversation.phone_number_id,
            participants: conversation.participants,
        }
    }

    /// `"Nora Castillo" +14155550101, +14155550102`.
    pub(crate) fn with(&self, inbox: &Inbox, people: &People) -> String {
        let people = self.participants.iter().map(|party| Person::of(party, inbox, people).to_phrase());
        let people: Vec<String> = people.collect();
        if people.is_empty() { "nobody".to_owned() } else { people.join(", ") }
    }
}

/// What is remembered.
#[derive(Debug)]
pub(crate) struct ConversationCache(PerKey<Option<Remembered>>);

#[derive(Debug)]
struct Remembered {
    threads: Arc<[Thread]>,
    complete: bool,
    loaded: Instant,
}

impl Default for ConversationCache {
    fn default() -> Self {
        Self(PerKey::new(LISTS, FRESH))
    }
}

/// The latest conversations within reach, latest change first.
pub(crate) async fn latest(cx: &Context) -> Result<Arc<[Thread]>, ToolError> {
    Ok(load(cx).await?.0)
}

/// The conversation of that id within reach; `None`: there is none, or it lies further back than is searched.
pub(crate) async fn find(cx: &Context, id: &ConversationId) -> Result<Option<Thread>, ToolError> {
    let (threads, complete) = load(cx).await?;
    if let Some(thread) = threads.iter().find(|thread| thread.id == *id) {
        return Ok(Some(thread.clone()));
    }
    let Some(query) = query(cx).filter(|_| !complete) else { return Ok(None) };
    let workspace = cx.workspace();
    let list = workspace.conversations();
    let pages = list.pages(query, Budget::pages(PAGES_SEARCHED));
    pin_mut!(pages);
    while let Some(page) = pages.next().await {
        let page = page.map_err(ToolError::reading)?.data;
        if let Some(found) = page.into_iter().find(|found| found.id == *id && is_within(cx, found)) {
            return Ok(Some(Thread::of(found)));
        }
    }
    Ok(None)
}

/// The remembered list, read anew when it is too old, and whether it is all there is.
async fn load(cx: &Context) -> Result<(Arc<[Thread]>, bool), ToolError> {
    let Some(query) = query(cx) else { return Ok((Arc::from([]), true)) };
    let slot = cx.conversations().0.slot(list_name(cx));
    let mut slot = slot.lock().await;
    if let Some(known) = slot.as_ref().filter(|known| known.loaded.elapsed() < FRESH) {
        return Ok((Arc::clone(&known.threads), known.complete));
    }
    let workspace = cx.workspace();
    let list = workspace.conversations();
    let pages = list.pages(query, Budget::pages(PAGES_KEPT));
    pin_mut!(pages);
    let (mut threads, mut complete) = (Vec::new(), false);
    while let Some(page) = pages.next().await {
        let page = page.map_err(ToolError::reading)?;
        complete = page.next.is_none();
        threads.extend(page.data.into_iter().filter(|found| is_within(cx, found)).map(Thread::of));
    }
    let threads: Arc<[Thread]> = threads.into();
    *slot = Some(Remembered { threads: Arc::clone(&threads), complete, loaded: Instant::now() });
    Ok((threads, complete))
}

/// What to ask the upstream; `None`: nothing is within reach.
fn query(cx: &Context) -> Option<ListConversations> {
    let latest_first = ListConversations::new().sort(ConversationSort::UpdatedDescending);
    match &cx.limits().inboxes {
        Some(inboxes) if inboxes.is_empty() => None,
        Some(inboxes) if inboxes.len() <= MAX_FILTER => {
            Some(latest_first.phone_number_ids(inboxes.iter().cloned()))
        }
        _ => Some(latest_first),
    }
}

fn is_within(cx: &Context, conversation: &Conversation) -> bool {
    conversation.deleted_at.is_none() && cx.limits().reaches(&conversation.phone_number_id)
}

/// One list per key and reach: what another connection with the same key may see stays out of this one's.
fn list_name(cx: &Context) -> sealing::Fingerprint {
    let mut name = cx.key().as_bytes().to_vec();
    for inbox in cx.limits().inboxes.iter().flat_map(|inboxes| inboxes.iter()) {
        name.push(b'\n');
        name.extend_from_slice(inbox.as_str().as_bytes());
    }
    cx.services().fingerprints().fingerprint("conversations", &name)
}
