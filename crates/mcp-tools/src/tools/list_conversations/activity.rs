//! What happened in the conversations of an inbox: messages and calls as one list, read back in time as far as needed.
//!
//! A conversation of the API says when something last happened in it and what its id is, not what it was, nor which way it
//! went; and nothing says which conversation a call belongs to. So the lists of messages and calls are read once for all
//! conversations, and calls are matched by who was on them. What these lists do not reach is asked for by its id.

use std::collections::HashMap;

use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use jiff::Timestamp;
use openphone_client::calls::{Call, CallExtras, ListCalls};
use openphone_client::conversations::Conversation;
use openphone_client::messages::{ListMessages, Message};
use openphone_client::{
    ActivityId, ActorId, Budget, CallId, Error, ErrorKind, MessageId, Page, Party, Workspace,
};

use super::output::ActivityKind;
use crate::calls::{self, Ending};
use crate::context::Context;
use crate::error::ToolError;
use crate::inbox::Inbox;
use crate::reading::interval::{Filters, Way};
use crate::reading::newest_first::{Dated, NewestFirst, Step};
use crate::safety::screening::is_stop;
use crate::text;

/// Pages of each list that one call reads.
const PAGES: usize = 10;
/// Last activities that are asked for by their id, for one call.
const LOOK_UPS: usize = 20;
/// Activities that are read to find out since when people have been waiting.
const FURTHER: usize = 300;
/// Longest part of a message that is shown, in characters.
const MAX_EXCERPT: usize = 160;

/// A message or a call.
enum Activity {
    Message(Box<Message>),
    Call(Box<Call>),
}

impl Dated for Activity {
    fn id(&self) -> &str {
        match self {
            Self::Message(message) => message.id.as_str(),
            Self::Call(call) => call.id.as_str(),
        }
    }

    fn moment(&self) -> Timestamp {
        match self {
            Self::Message(message) => message.created_at,
            Self::Call(call) => call.created_at,
        }
    }
}

/// What is kept of a message or a call.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) id: String,
    pub(super) at: Timestamp,
    pub(super) kind: ActivityKind,
    pub(super) way: Way,
    pub(super) outcome: Option<Ending>,
    pub(super) by: Option<ActorId>,
    pub(super) text: Option<String>,
    /// They do not want to be texted any more.
    pub(super) opted_out: bool,
}

impl Event {
    /// Whether it leaves the other side waiting for us.
    pub(super) fn is_waiting(&self) -> bool {
        self.way == Way::Incoming
            && !self.opted_out
            && self.outcome.is_none_or(|outcome| outcome == Ending::Missed)
    }

    fn of_message(message: &Message) -> Self {
        let excerpt = text::clean_line(&message.text, MAX_EXCERPT);
        let files = (excerpt.is_empty() && !message.media.is_empty())
            .then(|| format!("({} file(s))", message.media.len()));
        Self {
            id: message.id.to_string(),
            at: message.created_at,
            kind: ActivityKind::Text,
            way: Way::of(&message.direction),
            outcome: None,
            by: message.user_id.clone(),
            opted_out: Way::of(&message.direction) == Way::Incoming && is_stop(&message.text),
            text: files.or(Some(excerpt).filter(|excerpt| !excerpt.is_empty())),
        }
    }

    fn of_call(call: &Call) -> Self {
        let outcome = Ending::of(call);
        let took = matches!(outcome, Ending::Answered | Ending::AiAgent);
        let by = match Way::of(&call.direction) {
            Way::Incoming => call.answered_by.as_ref().or(call.actor_id.as_ref()).filter(|_| took),
            Way::Outgoing => call.initiated_by.as_ref().or(call.actor_id.as_ref()),
        };
        Self {
            id: call.id.to_string(),
            at: call.created_at,
            kind: ActivityKind::Call,
            way: Way::of(&call.direction),
            outcome: Some(outcome),
            by: by.cloned(),
            text: None,
            opted_out: false,
        }
    }
}

/// What somebody is waiting for an answer to.
pub(super) struct Unanswered {
    /// The first of it.
    pub(super) since: Timestamp,
    pub(super) count: usize,
    /// Whether there is nothing before it for certain.
    pub(super) whole: bool,
}

/// The activities of an inbox, newest first, as far as they were read.
pub(super) struct Activities<'a> {
    list: NewestFirst<'a, Activity>,
    inbox: &'a Inbox,
    /// By conversation, newest first: `CN…`, and who takes part for what names no conversation.
    by_conversation: HashMap<String, Vec<Event>>,
    /// Everything later than this was read.
    read_to: Timestamp,
    /// The list goes no further; with why, unless it is at its end.
    over: bool,
    failure: Option<String>,
    look_ups: usize,
}

impl<'a> Activities<'a> {
    /// The activities before a moment; of one participant only, when only that one is asked for.
    pub(super) fn of(
        workspace: &'a Workspace,
        inbox: &'a Inbox,
        filters: &Filters,
        until: Option<Timestamp>,
    ) -> Self {
        let messages = ListMessages::new().phone_number_id(inbox.id.clone()).created_before(until);
        let calls = ListCalls::new()
            .phone_number_id(inbox.id.clone())
            .created_at_lte(until.map(crate::time::just_before))
            .include(CallExtras::NONE);
        let mut sources = Vec::new();
        match &filters.participant {
            None => sources.extend([texts(workspace, messages), called(workspace, calls)]),
            Some(party) => {
                sources.push(texts(workspace, messages.clone().from(party.clone())));
                sources.push(texts(workspace, messages.to(party.clone())));
                // Short codes do not call.
                if party.e164().is_some() {
                    sources.push(called(workspace, calls.participant(party.clone())));
                }
            }
        }
        Self {
            list: NewestFirst::new(sources),
            inbox,
            by_conversation: HashMap::new(),
            read_to: Timestamp::MAX,
            over: false,
            failure: None,
            look_ups: LOOK_UPS,
        }
    }

    pub(super) async fn begin(&mut self) {
        self.list.begin().await;
    }

    /// Why not everything could be read.
    pub(super) fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    /// What last happened in a conversation. `None`: that could not be read.
    pub(super) async fn last_of(&mut self, cx: &Context, conversation: &Conversation) -> Option<Event> {
        let moment = conversation.moment();
        while self.read_to >= moment && self.step().await {}
        let events = self.events(conversation);
        let wanted = conversation.last_activity_id.as_ref().map(ActivityId::as_str);
        if let Some(event) = events.iter().find(|event| Some(event.id.as_str()) == wanted) {
            return Some((*event).clone());
        }
        if let Some(event) = events.first().filter(|event| event.at >= moment) {
            return Some((*event).clone());
        }
        if self.look_ups > 0
            && let Some(id) = wanted
        {
            self.look_ups -= 1;
            match look_up(cx, id).await? {
                Ok(event) => {
                    self.by_conversation.entry(conversation.id.to_string()).or_default().push(event.clone());
                    return Some(event);
                }
                Err(error) => self.failure = Some(ToolError::reading(error).reason()),
            }
        }
        None
    }

    /// Reads on until it is known since when each of these conversations has been waiting, or so far as is bearable.
    pub(super) async fn read_back_for(&mut self, waiting: impl Iterator<Item = &Conversation>) {
        let waiting: Vec<&Conversation> = waiting.collect();
        for _ in 0..FURTHER {
            let known = waiting
                .iter()
                .all(|conversation| self.unanswered(conversation).is_none_or(|known| known.whole));
            if known || !self.step().await {
                return;
            }
        }
    }

    /// What nobody answered.
    pub(super) fn unanswered(&self, conversation: &Conversation) -> Option<Unanswered> {
        let events = self.events(conversation);
        let waiting: Vec<&Event> = events.iter().copied().take_while(|event| event.is_waiting()).collect();
        let first = waiting.last()?.at;
        let begun = conversation.created_at.is_some_and(|created| created > self.read_to);
        let over = self.over && self.failure.is_none();
        Some(Unanswered {
            since: first,
            count: waiting.len(),
            whole: waiting.len() < events.len() || begun || over,
        })
    }

    /// What is known of a conversation, newest first.
    fn events(&self, conversation: &Conversation) -> Vec<&Event> {
        let named = self.by_conversation.get(conversation.id.as_str());
        let matched = self.by_conversation.get(&key(conversation.participants.iter()));
        let mut events: Vec<&Event> = named.into_iter().chain(matched).flatten().collect();
        events.sort_by_key(|event| std::cmp::Reverse(event.at));
        events
    }

    /// Reads one more activity. `false`: there is none, or it cannot be read.
    async fn step(&mut self) -> bool {
        if self.over {
            return false;
        }
        match self.list.next().await {
            Ok(Step::Item(activity)) => {
                self.read_to = activity.moment();
                let (key, event) = match &activity {
                    Activity::Message(message) => {
                        let key = match &message.conversation_id {
                            Some(id) => id.to_string(),
                            None => self.key_of(message),
                        };
                        (key, Event::of_message(message))
                    }
                    Activity::Call(call) => (key(calls::others(call, self.inbox)), Event::of_call(call)),
                };
                self.by_conversation.entry(key).or_default().push(event);
                return true;
            }
            Ok(Step::End) => self.read_to = Timestamp::MIN,
            Ok(Step::OutOfPages) => {
                self.failure = Some("too much happened in this inbox meanwhile".to_owned());
            }
            Err(error) => self.failure = Some(ToolError::reading(error).reason()),
        }
        self.over = true;
        false
    }

    fn key_of(&self, message: &Message) -> String {
        let ours = |party: &&Party| self.inbox.number.is_some() && party.e164() == self.inbox.number;
        key(std::iter::once(&message.from).chain(&message.to).filter(|party| !ours(party)))
    }
}

/// Who takes part, whatever the order.
fn key<'p>(parties: impl Iterator<Item = &'p Party>) -> String {
    let mut parties: Vec<&str> = parties.map(Party::as_str).collect();
    parties.sort_unstable();
    parties.dedup();
    parties.join(",")
}

/// A message or call by its id, which does not tell the two apart. `None`: it is no id.
async fn look_up(cx: &Context, id: &str) -> Option<Result<Event, Error>> {
    let (message, call) = (MessageId::parse(id).ok()?, CallId::parse(id).ok()?);
    let workspace = cx.workspace();
    Some(match workspace.messages().get(&message).await {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            workspace.calls().get(&call, CallExtras::NONE).await.map(|call| Event::of_call(&call))
        }
        message => message.map(|message| Event::of_message(&message)),
    })
}

fn texts(workspace: &Workspace, query: ListMessages) -> BoxStream<'_, Result<Page<Activity>, Error>> {
    let pages = workspace.messages().pages(query, Budget::pages(PAGES));
    pages.map(|page| page.map(|page| wrapped(page, |message| Activity::Message(Box::new(message))))).boxed()
}

fn called(workspace: &Workspace, query: ListCalls) -> BoxStream<'_, Result<Page<Activity>, Error>> {
    let pages = workspace.calls().pages(query, Budget::pages(PAGES));
    pages.map(|page| page.map(|page| wrapped(page, |call| Activity::Call(Box::new(call))))).boxed()
}

fn wrapped<T>(page: Page<T>, wrap: fn(T) -> Activity) -> Page<Activity> {
    Page::new(page.data.into_iter().map(wrap).collect(), page.next)
}
