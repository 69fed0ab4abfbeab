//! What was written between an inbox and recipients: whether they opted out, and whether there was anything at all.
//!
//! One number takes one request when they ever wrote to the inbox (their latest messages), two when they never did
//! (also whether anything went to them). For many numbers the inbox's own latest messages are read first: a page of 50
//! may answer for several, and where the list ends, it answers for all. That costs a fifth of the requests on top at
//! worst, and saves nearly all of them for an inbox with a short history.
//!
//! Whoever is clear (did not opt out, nothing to warn about) is remembered for five minutes, in memory only and by a keyed
//! hash; nothing else is. A STOP that comes within that time is the carriers' to act on, as it is within any time.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use openphone_client::messages::{ListMessages, Message};
use openphone_client::{Direction, E164, Party, Workspace};
use sealing::Fingerprint;
use tokio::time::Instant;

use crate::context::Context;
use crate::error::{ToolError, ToolErrorKind};
use crate::inbox::Inbox;
use crate::per_key::PerKey;
use crate::safety::payload;
use crate::safety::screening::opt_out::{Said, said};

/// How long a number that is clear is not looked at again.
const FRESH: Duration = Duration::from_secs(300);
/// Keys whose clear numbers are remembered, and numbers of one key.
const KEYS: usize = 64;
const CLEAR: usize = 2_000;
/// Incoming messages of one number that are looked at for a keyword: one page.
const DEPTH: usize = 50;
/// The latest of them that are looked at for other words.
const LATEST: usize = 5;
/// Numbers that are looked up at the same time; the pace is the upstream client's.
const AT_ONCE: usize = 4;
/// From so many numbers on, the inbox's latest messages are read first: a page for every five numbers, 20 at most.
const MANY: usize = 10;
const NUMBERS_PER_PAGE: usize = 5;
const PAGES: usize = 20;
/// After so many failures no more is tried: it would fail alike, and slowly.
const FAILURES: usize = 3;

/// What is known about a number.
#[derive(Clone, Debug)]
pub(super) enum History {
    /// Their latest word is a keyword that ends texting.
    OptedOut,
    /// They did not opt out.
    Open {
        /// Their latest messages may say so in other words.
        perhaps: bool,
        /// Something was written before, either way.
        texted: bool,
    },
    /// It could not be found out, for this reason.
    Unread(Arc<ToolError>),
}

/// Numbers that were clear lately, per key.
#[derive(Debug)]
pub(crate) struct ClearCache(PerKey<HashMap<Fingerprint, Instant>>);

impl Default for ClearCache {
    fn default() -> Self {
        Self(PerKey::new(KEYS, FRESH))
    }
}

/// What messages of one number, the newest first, tell so far.
#[derive(Clone, Debug, Default)]
struct Found {
    incoming: usize,
    perhaps: bool,
    outgoing: bool,
    /// The newest keyword.
    keyword: Option<Said>,
}

impl Found {
    /// The next older message to or from the number. `incoming`: what it says.
    fn add(&mut self, incoming: Option<Said>) {
        match incoming {
            None => self.outgoing = true,
            Some(_) if self.is_enough() => {}
            Some(said) => {
                self.incoming += 1;
                match said {
                    Said::Stop | Said::Start => self.keyword = Some(said),
                    Said::PerhapsStop if self.incoming <= LATEST => self.perhaps = true,
                    Said::PerhapsStop | Said::Nothing => {}
                }
            }
        }
    }

    /// Whether older messages change nothing.
    fn is_enough(&self) -> bool {
        self.keyword.is_some() || self.incoming >= DEPTH
    }

    fn texted(&self) -> bool {
        self.incoming > 0 || self.outgoing
    }

    fn history(&self) -> History {
        match self.keyword {
            Some(Said::Stop) => History::OptedOut,
            _ => History::Open { perhaps: self.perhaps, texted: self.texted() },
        }
    }
}

/// The history of each number with an inbox. What is not found out by `until` is unread.
pub(super) async fn of_all(
    cx: &Context,
    inbox: &Inbox,
    numbers: &[E164],
    until: Instant,
) -> HashMap<E164, History> {
    let mut known: HashMap<E164, History> = HashMap::new();
    let mut open: HashMap<E164, Found> = HashMap::new();
    for number in numbers {
        if is_clear(cx, inbox, number).await {
            known.insert(number.clone(), History::Open { perhaps: false, texted: true });
        } else {
            open.insert(number.clone(), Found::default());
        }
    }
    let workspace = cx.workspace().with_deadline(until);
    let failures = AtomicUsize::new(0);
    let mut found: Vec<(E164, History)> = Vec::new();
    if open.len() >= MANY {
        let pages = (open.len() / NUMBERS_PER_PAGE).min(PAGES);
        match look_in_inbox(&workspace, inbox, &mut open, pages).await {
            Ok(complete) => open.retain(|number, so_far| {
                let settled = complete || so_far.is_enough();
                if settled {
                    found.push((number.clone(), so_far.history()));
                }
                !settled
            }),
            // Each number is asked about by itself.
            Err(error) => {
                tracing::info!(error = %error, "the latest messages of an inbox could not be read");
                failures.fetch_add(1, Ordering::Relaxed);
                open.values_mut().for_each(|so_far| *so_far = Found::default());
            }
        }
    }
    let (workspace, failures) = (&workspace, &failures);
    let one_by_one = stream::iter(open).map(|(number, so_far)| async move {
        let history = if failures.load(Ordering::Relaxed) >= FAILURES {
            Err(given_up())
        } else {
            of_one(workspace, inbox, &number, so_far.texted()).await.map_err(ToolError::reading)
        };
        let history = history.unwrap_or_else(|error| {
            failures.fetch_add(1, Ordering::Relaxed);
            History::Unread(Arc::new(error))
        });
        (number, history)
    });
    found.extend(one_by_one.buffer_unordered(AT_ONCE).collect::<Vec<_>>().await);
    for (number, history) in found {
        if matches!(history, History::Open { perhaps: false, texted: true }) {
            remember(cx, inbox, &number).await;
        }
        known.insert(number, history);
    }
    known
}

fn given_up() -> ToolError {
    let what = "reading failed for other recipients, and was not tried again.";
    ToolError::new(ToolErrorKind::Upstream, what, "Call again in a minute.")
}

/// Reads the latest messages of an inbox for what they tell about the numbers. `true`: these were all there are.
async fn look_in_inbox(
    workspace: &Workspace,
    inbox: &Inbox,
    open: &mut HashMap<E164, Found>,
    pages: usize,
) -> Result<bool, openphone_client::Error> {
    let mut query = ListMessages::new().phone_number_id(inbox.id.clone());
    for _ in 0..pages {
        let page = workspace.messages().list(&query).await?;
        for message in newest_first(page.data) {
            // The filter is not relied on.
            if !is_of(&message, inbox) {
                continue;
            }
            if message.direction == Direction::Incoming {
                if let Some(found) = message.from.e164().and_then(|from| open.get_mut(&from)) {
                    found.add(Some(said(&message.text)));
                }
            } else {
                for to in message.to.iter().filter_map(Party::e164) {
                    if let Some(found) = open.get_mut(&to) {
                        found.add(None);
                    }
                }
            }
        }
        let Some(next) = page.next else { return Ok(true) };
        query = query.after(next);
    }
    Ok(false)
}

/// Reads the latest messages from one number. `texted`: it is known already that something was written.
async fn of_one(
    workspace: &Workspace,
    inbox: &Inbox,
    number: &E164,
    texted: bool,
) -> Result<History, openphone_client::Error> {
    let mut found = Found { outgoing: texted, ..Found::default() };
    let received = ListMessages::new()
        .phone_number_id(inbox.id.clone())
        .from(Party::from(number.clone()))
        .direction(Direction::Incoming);
    for message in newest_first(workspace.messages().list(&received).await?.data) {
        let theirs = message.direction == Direction::Incoming && message.from.e164().as_ref() == Some(number);
        if theirs && is_of(&message, inbox) {
            found.add(Some(said(&message.text)));
        }
    }
    if !found.texted() {
        let sent = ListMessages::new()
            .phone_number_id(inbox.id.clone())
            .to(number.clone())
            .direction(Direction::Outgoing)
            .limit(1);
        let page = workspace.messages().list(&sent).await?;
        found.outgoing = page.data.iter().any(|message| {
            is_of(message, inbox) && message.to.iter().any(|to| to.e164().as_ref() == Some(number))
        });
    }
    Ok(found.history())
}

fn newest_first(mut messages: Vec<Message>) -> Vec<Message> {
    messages.sort_by_key(|message| std::cmp::Reverse(message.created_at));
    messages
}

/// An answer that does not say to which inbox a message belongs is taken as the filter asked for it.
fn is_of(message: &Message, inbox: &Inbox) -> bool {
    message.phone_number_id.as_ref().is_none_or(|id| *id == inbox.id)
}

async fn is_clear(cx: &Context, inbox: &Inbox, number: &E164) -> bool {
    let slot = cx.services().clear().0.slot(cx.key());
    let clear = slot.lock().await;
    clear.get(&name(cx, inbox, number)).is_some_and(|since| since.elapsed() < FRESH)
}

async fn remember(cx: &Context, inbox: &Inbox, number: &E164) {
    let slot = cx.services().clear().0.slot(cx.key());
    let mut clear = slot.lock().await;
    if clear.len() >= CLEAR {
        clear.retain(|_, since| since.elapsed() < FRESH);
    }
    if clear.len() < CLEAR {
        clear.insert(name(cx, inbox, number), Instant::now());
    }
}

fn name(cx: &Context, inbox: &Inbox, number: &E164) -> Fingerprint {
    payload::clear(cx.services().fingerprints(), cx.key(), &inbox.id, number)
}
