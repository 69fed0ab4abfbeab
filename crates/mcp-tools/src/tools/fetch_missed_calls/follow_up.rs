//! Whether somebody got back to a caller after a missed call, when, and by what.
//!
//! The lists of calls and of sent texts are read once over the time since the oldest missed call. When that time holds
//! more than it would take to ask for each caller, the callers whose calls were earlier are asked for one by one, a few at
//! a time; for those beyond a bound it is said to be unknown.

use std::cmp::Reverse;
use std::collections::HashMap;

use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use openphone_client::calls::{Call, CallExtras, ListCalls};
use openphone_client::messages::{ListMessages, Message};
use openphone_client::{ActorId, Budget, Direction, Party};
use schemars::JsonSchema;
use serde::Serialize;

use crate::calls::Ending;
use crate::context::Context;
use crate::error::ToolError;
use crate::inbox::{self, Inbox};

/// Pages of each of the two lists that are read at most.
const PAGES: usize = 10;
/// Callers that are asked for one by one at most, and how many at the same time.
const CALLERS: usize = 20;
const AT_ONCE: usize = 3;

/// Whether somebody got back to the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FollowUpState {
    /// We called.
    CalledBack,
    /// We texted.
    TextedBack,
    /// They called again, and somebody answered.
    CalledAgain,
    /// Nobody did anything since.
    None,
    /// It could not be found out.
    Unknown,
    /// The caller's number is not known.
    Impossible,
}

impl FollowUpState {
    /// Whether somebody did get back to them.
    pub(super) fn is_done(self) -> bool {
        matches!(self, Self::CalledBack | Self::TextedBack | Self::CalledAgain)
    }
}

/// What happened with a caller.
#[derive(Clone, Debug)]
pub(super) struct FollowUp {
    pub(super) state: FollowUpState,
    pub(super) at: Option<Timestamp>,
    pub(super) by: Option<ActorId>,
    /// Of a call: whether they picked up.
    pub(super) answered: Option<bool>,
    /// What was texted.
    pub(super) text: Option<String>,
    /// The inbox, when it is another one than that of the missed call.
    pub(super) inbox: Option<String>,
}

impl FollowUp {
    fn plain(state: FollowUpState) -> Self {
        Self { state, at: None, by: None, answered: None, text: None, inbox: None }
    }
}

/// Everything that happened with the callers since their calls.
pub(super) struct FollowUps {
    by_caller: HashMap<Party, Vec<FollowUp>>,
    /// Callers of whom it is known from this moment on only. The rest is known whole.
    known_from: HashMap<Party, Timestamp>,
    gap: String,
}

impl FollowUps {
    /// Looks for what happened since. Never fails: what could not be read is unknown.
    pub(super) async fn find(cx: &Context, inbox: &Inbox, missed: &[Call]) -> Self {
        let mut callers: HashMap<Party, Timestamp> = HashMap::new();
        for call in missed {
            let caller = super::caller_of(call, inbox).filter(|caller| caller.e164().is_some());
            if let Some(caller) = caller {
                let oldest = callers.entry(caller.clone()).or_insert(call.created_at);
                *oldest = call.created_at.min(*oldest);
            }
        }
        let mut found = Self {
            by_caller: HashMap::new(),
            known_from: HashMap::new(),
            gap: "whether somebody got back to some of them could not be read; call again".to_owned(),
        };
        let Some(oldest) = callers.values().min().copied() else { return found };
        let names: HashMap<String, String> = match inbox::reachable(cx).await {
            Ok(inboxes) => inboxes.into_iter().map(|inbox| (inbox.id.to_string(), inbox.name)).collect(),
            Err(_) => HashMap::new(),
        };
        let look = Look { cx, inbox, names };
        let pages = callers.len().min(PAGES);
        let everybody = |party: &Party| callers.contains_key(party);
        let since = look.since(oldest, None, pages, &everybody).await;
        let (known_from, failed) = (since.known_from, since.error.is_some());
        found.add(since);
        let Some(known_from) = known_from else { return found };
        // What happened before that moment with callers who called before it: those of whom nothing is known come first.
        let mut open: Vec<(Party, Timestamp)> =
            callers.into_iter().filter(|(_, called)| *called < known_from).collect();
        open.sort_by_key(|(caller, called)| (found.by_caller.contains_key(caller), Reverse(*called)));
        let asked = if failed { 0 } else { CALLERS };
        for (caller, _) in open.iter().skip(asked) {
            found.known_from.insert(caller.clone(), known_from);
        }
        open.truncate(asked);
        let look = &look;
        let asked: Vec<_> = stream::iter(open)
            .map(|(caller, called)| async move {
                let one = |party: &Party| *party == caller;
                (caller.clone(), look.since(called, Some(&caller), 1, &one).await)
            })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        for (caller, since) in asked {
            if let Some(known_from) = since.known_from {
                found.known_from.insert(caller, known_from);
            }
            found.add(since);
        }
        found
    }

    /// What happened first after a call.
    pub(super) fn of(&self, call: &Call, caller: Option<&Party>) -> FollowUp {
        let Some(caller) = caller.filter(|caller| caller.e164().is_some()) else {
            return FollowUp::plain(FollowUpState::Impossible);
        };
        let events = self.by_caller.get(caller).map(Vec::as_slice).unwrap_or_default();
        let after = events.iter().filter(|event| event.at.is_some_and(|at| at > call.created_at));
        let first = after.min_by_key(|event| event.at);
        match (first, self.known_from.get(caller)) {
            (Some(event), _) => event.clone(),
            (None, Some(known_from)) if *known_from > call.created_at => {
                FollowUp::plain(FollowUpState::Unknown)
            }
            (None, _) => FollowUp::plain(FollowUpState::None),
        }
    }

    /// Why it is unknown of some callers.
    pub(super) fn gap(&self) -> &str {
        &self.gap
    }

    fn add(&mut self, since: Since) {
        for (caller, event) in since.events {
            self.by_caller.entry(caller).or_default().push(event);
        }
        if let Some(error) = since.error {
            self.gap = format!("whether somebody got back to some of them is unknown: {error}");
        }
    }
}

/// What was found over some time.
struct Since {
    events: Vec<(Party, FollowUp)>,
    /// The lists were read back to this moment only; `None`: to the beginning of the time.
    known_from: Option<Timestamp>,
    error: Option<String>,
}

struct Look<'a> {
    cx: &'a Context,
    inbox: &'a Inbox,
    names: HashMap<String, String>,
}

impl Look<'_> {
    /// Reads calls and sent texts since a moment, of one caller or of all, and keeps what concerns the callers.
    async fn since(
        &self,
        from: Timestamp,
        caller: Option<&Party>,
        pages: usize,
        concerns: &(dyn Fn(&Party) -> bool + Sync),
    ) -> Since {
        let workspace = self.cx.workspace();
        let texts =
            ListMessages::new().direction(Direction::Outgoing).created_after(crate::time::just_before(from));
        let texts = match caller {
            Some(caller) => texts.to(caller.clone()),
            None => texts,
        };
        let calls =
            ListCalls::new().participant(caller.cloned()).created_at_gte(from).include(CallExtras::NONE);
        let (list_texts, list_calls) = (workspace.messages(), workspace.calls());
        let (texts, calls) = futures_util::join!(
            read(list_texts.pages(texts, Budget::pages(pages)).boxed(), |message: &Message| message
                .created_at),
            read(list_calls.pages(calls, Budget::pages(pages)).boxed(), |call: &Call| call.created_at),
        );
        let mut events = Vec::new();
        for message in &texts.items {
            for to in message.to.iter().filter(|to| concerns(to)) {
                events.extend(self.text(message).map(|event| (to.clone(), event)));
            }
        }
        for call in &calls.items {
            let others = call.participants.iter().map(|participant| &participant.phone_number);
            for other in others.filter(|other| concerns(other)) {
                events.extend(self.call(call).map(|event| (other.clone(), event)));
            }
        }
        let known_from = texts.read_to.max(calls.read_to);
        Since { events, known_from, error: texts.error.or(calls.error) }
    }

    fn text(&self, message: &Message) -> Option<FollowUp> {
        let inbox = self.inbox_of(message.phone_number_id.as_ref())?;
        let by = message.user_id.clone();
        // What a machine wrote is not somebody's answer.
        (!is_machine(by.as_ref()) && message.direction == Direction::Outgoing).then(|| FollowUp {
            state: FollowUpState::TextedBack,
            at: Some(message.created_at),
            by,
            answered: None,
            text: Some(message.text.as_str().to_owned()),
            inbox,
        })
    }

    fn call(&self, call: &Call) -> Option<FollowUp> {
        let inbox = self.inbox_of(call.phone_number_id.as_ref())?;
        let ending = Ending::of(call);
        let outgoing = call.direction == Direction::Outgoing;
        let (state, by) = if outgoing {
            (FollowUpState::CalledBack, call.initiated_by.as_ref().or(call.actor_id.as_ref()))
        } else if ending == Ending::Answered {
            (FollowUpState::CalledAgain, call.answered_by.as_ref().or(call.actor_id.as_ref()))
        } else {
            return None;
        };
        (!is_machine(by)).then(|| FollowUp {
            state,
            at: Some(call.created_at),
            by: by.cloned(),
            answered: outgoing.then_some(ending != Ending::Unanswered),
            text: None,
            inbox,
        })
    }

    /// The name of the inbox when it is another one. `None`: it is out of reach, and what happens there is not told.
    fn inbox_of(&self, id: Option<&openphone_client::PhoneNumberId>) -> Option<Option<String>> {
        match id {
            Some(id) if *id == self.inbox.id => Some(None),
            Some(id) if self.cx.limits().reaches(id) => {
                Some(Some(self.names.get(id.as_str()).cloned().unwrap_or_else(|| id.to_string())))
            }
            Some(_) => None,
            // Nothing says whose it is: it counts where nothing is out of reach.
            None => self.cx.limits().inboxes.is_none().then_some(None),
        }
    }
}

fn is_machine(actor: Option<&ActorId>) -> bool {
    actor.is_some_and(|actor| actor.as_str().starts_with("SYU"))
}

/// What came of a list.
struct ReadBack<T> {
    items: Vec<T>,
    /// The list was read back to this moment only.
    read_to: Option<Timestamp>,
    error: Option<String>,
}

/// Reads a list, newest first, as far as its pages go.
async fn read<T>(
    mut pages: stream::BoxStream<'_, Result<openphone_client::Page<T>, openphone_client::Error>>,
    moment: fn(&T) -> Timestamp,
) -> ReadBack<T> {
    let mut items = Vec::new();
    let mut more = false;
    let mut error = None;
    while let Some(page) = pages.next().await {
        match page {
            Ok(page) => {
                more = page.next.is_some();
                items.extend(page.data);
            }
            Err(failure) => {
                more = true;
                error = Some(ToolError::reading(failure).reason());
            }
        }
    }
    // Nothing read at all: nothing is known of any time.
    let read_to = more.then(|| items.last().map_or(Timestamp::MAX, moment));
    ReadBack { items, read_to, error }
}
