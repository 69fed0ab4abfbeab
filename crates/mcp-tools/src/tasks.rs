//! What the tools for tasks share: how a task is shown, what it may be about, and whether it is within reach.

use std::collections::{HashMap, HashSet};

use futures_util::{StreamExt as _, pin_mut};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use openphone_client::calls::CallExtras;
use openphone_client::conversations::{Conversation, ConversationSort, ListConversations};
use openphone_client::tasks::{Task, TaskStatus};
use openphone_client::{
    ActivityId, ActorId, Budget, CallId, ConversationId, ErrorKind, MessageId, PhoneNumberId, TaskId,
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::context::Context;
use crate::conversations;
use crate::error::ToolError;
use crate::inbox::Inbox;
use crate::people::{People, Person};
use crate::reading::json_length;
use crate::text;
use crate::time::{self, Bound};

/// Longest title that is shown, in characters.
const MAX_TITLE: usize = 200;
/// Longest description that is shown, in characters.
const MAX_DESCRIPTION: usize = 1_000;
/// Pages of 50 conversations that are looked through for those of tasks.
const PAGES: usize = 6;

/// A task as results show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TaskItem {
    /// `TK…`
    pub id: String,
    /// Untrusted text
    pub title: String,
    /// Untrusted text
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// open or completed
    pub status: String,
    /// When it is due
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// true: open, and due before now
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schemars(default)]
    pub overdue: bool,
    /// Who is to do it
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee: Option<Named>,
    /// Its inbox
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inbox: Option<Named>,
    /// `CN…`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<String>,
    /// With whom that conversation is
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub with: Vec<Person>,
    /// The message or call it is about: `AC…`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activity_id: Option<String>,
    /// When it was made
    pub created: String,
}

/// A teammate or an inbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Named {
    /// `US…` or `PN…`
    pub id: String,
    /// Its name, if known
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl Named {
    pub(crate) fn new(id: &str, name: Option<&str>) -> Self {
        Self { id: id.to_owned(), name: name.map(str::to_owned) }
    }

    pub(crate) fn actor(actor: &ActorId, people: &People) -> Self {
        Self::new(&text::clean_line(actor.as_str(), 40), people.of_actor(actor))
    }

    pub(crate) fn to_phrase(&self) -> String {
        match &self.name {
            Some(name) => format!("\"{name}\" ({})", self.id),
            None => self.id.clone(),
        }
    }
}

/// What is needed to show tasks.
pub(crate) struct Shown<'a> {
    pub(crate) people: &'a People,
    pub(crate) inboxes: &'a [Inbox],
    pub(crate) zone: &'a TimeZone,
    pub(crate) now: Timestamp,
}

impl Shown<'_> {
    /// `conversations`: those that were found, by id.
    pub(crate) fn item(&self, task: &Task, conversations: &HashMap<String, Conversation>) -> TaskItem {
        let inbox = task.phone_number_id.as_ref();
        let inbox = inbox.map(|id| (id, self.inboxes.iter().find(|inbox| inbox.id == *id)));
        let conversation = task.conversation_id.as_ref().and_then(|id| conversations.get(id.as_str()));
        let parties =
            conversation.map(|conversation| conversation.participants.as_slice()).unwrap_or_default();
        let with = parties
            .iter()
            .map(|party| Person::new(&text::clean_line(party.as_str(), 40), self.people.of_party(party)));
        let description =
            task.description.as_ref().map(|description| text::clean(description, MAX_DESCRIPTION));
        TaskItem {
            id: task.task_id.to_string(),
            title: title(task.title.as_ref().map_or("", |title| title.as_str())),
            description: description.filter(|description| !description.is_empty()),
            status: text::clean_line(task.status.as_str(), 40),
            due: task.due_date.map(|due| time::rfc3339(due, self.zone)),
            overdue: is_overdue(task, self.now),
            assignee: task.assigned_to.as_ref().map(|actor| Named::actor(actor, self.people)),
            inbox: inbox.map(|(id, inbox)| Named::new(id.as_str(), inbox.map(|inbox| inbox.name.as_str()))),
            conversation_id: task.conversation_id.as_ref().map(ToString::to_string),
            with: with.collect(),
            activity_id: task.activity_id.as_ref().map(ToString::to_string),
            created: time::rfc3339(task.created_at, self.zone),
        }
    }
}

impl TaskItem {
    /// What the item costs in a result, as data and as text.
    pub(crate) fn bytes(&self) -> usize {
        json_length(self).saturating_add(self.to_text().len() + 2)
    }

    pub(crate) fn to_text(&self) -> String {
        let mut text = format!("[{}] {}", self.id, self.status);
        match (&self.due, self.overdue) {
            (Some(due), true) => text.push_str(&format!(", overdue since {due}")),
            (Some(due), false) => text.push_str(&format!(", due {due}")),
            (None, _) => {}
        }
        match &self.assignee {
            Some(assignee) => text.push_str(&format!(", for {}", assignee.to_phrase())),
            None => text.push_str(", for nobody"),
        }
        if let Some(inbox) = &self.inbox {
            text.push_str(&format!(", inbox {}", inbox.to_phrase()));
        }
        if let Some(conversation) = &self.conversation_id {
            text.push_str(&format!(", conversation {conversation}"));
        }
        if !self.with.is_empty() {
            let with = self.with.iter().map(Person::to_phrase).collect::<Vec<_>>().join(", ");
            text.push_str(&format!(" with {with}"));
        }
        if let Some(activity) = &self.activity_id {
            text.push_str(&format!(", about {activity}"));
        }
        text.push_str(&format!(", made {}", self.created));
        for part in std::iter::once(&self.title).chain(&self.description) {
            text.push('\n');
            text.push_str(&text::quoted(part));
        }
        text
    }
}

/// A title on one line.
pub(crate) fn title(written: &str) -> String {
    text::clean_line(written, MAX_TITLE)
}

pub(crate) fn is_overdue(task: &Task, now: Timestamp) -> bool {
    task.status == TaskStatus::Open && task.due_date.is_some_and(|due| due < now)
}

/// Reads a moment in an argument: as [`time::parse`] does, and `today` and `tomorrow`.
pub(crate) fn moment(
    written: &str,
    now: Timestamp,
    zone: &TimeZone,
    bound: Bound,
) -> Result<Timestamp, String> {
    time::parse(&in_digits(written, now, zone), zone, bound)
        .map_err(|problem| with_today(&problem, now, zone))
}

/// Reads when a task is due. A day means its last minute.
pub(crate) fn due(written: &str, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, String> {
    let written = in_digits(written, now, zone);
    let moment =
        time::parse(&written, zone, Bound::Until).map_err(|problem| with_today(&problem, now, zone))?;
    // As `time::parse` tells a date from a moment: only a date ends at another day's first moment.
    let is_date = !written.contains(['T', 't', ' ', ':']);
    Ok(if is_date { moment.checked_sub(SignedDuration::from_mins(1)).unwrap_or(moment) } else { moment })
}

/// Who knows which day it is can write any other as a date.
fn with_today(problem: &str, now: Timestamp, zone: &TimeZone) -> String {
    format!("{problem}, or today or tomorrow; it is {} in {}", time::local(now, zone), time::zone_name(zone))
}

fn in_digits(written: &str, now: Timestamp, zone: &TimeZone) -> String {
    let today = now.to_zoned(zone.clone()).date();
    match written.trim().to_ascii_lowercase().as_str() {
        "today" => today.to_string(),
        "tomorrow" => today.tomorrow().unwrap_or(today).to_string(),
        _ => written.trim().to_owned(),
    }
}

/// A task within reach that is there.
pub(crate) async fn get(cx: &Context, id: &TaskId) -> Result<Task, ToolError> {
    let task = match cx.workspace().tasks().get(id).await {
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(no_task(id)),
        task => task.map_err(ToolError::reading)?,
    };
    if !reaches(cx, task.phone_number_id.as_ref()) {
        return Err(no_task(id));
    }
    if task.status == TaskStatus::Deleted {
        return Err(ToolError::argument("taskId", format!("is {id}, which was deleted in OpenPhone")));
    }
    Ok(task)
}

/// Whether something that belongs to this inbox is within reach. What belongs to none is so only for a connection that
/// reaches all.
pub(crate) fn reaches(cx: &Context, inbox: Option<&PhoneNumberId>) -> bool {
    match inbox {
        Some(inbox) => cx.limits().reaches(inbox),
        None => cx.limits().inboxes.is_none(),
    }
}

/// Refuses a conversation that this connection does not reach. One that reaches all leaves it to the upstream whether
/// there is one.
pub(crate) async fn reach_conversation(
    cx: &Context,
    path: &str,
    id: &ConversationId,
) -> Result<(), ToolError> {
    if cx.limits().inboxes.is_none() || conversations::find(cx, id).await?.is_some() {
        return Ok(());
    }
    let problem = format!("is {id}, which is not among the latest conversations of the inboxes within reach");
    Err(ToolError::argument(path, problem))
}

/// Refuses a message or call that this connection does not reach.
pub(crate) async fn reach_activity(cx: &Context, path: &str, id: &ActivityId) -> Result<(), ToolError> {
    if cx.limits().inboxes.is_none() {
        return Ok(());
    }
    let nothing = || ToolError::argument(path, format!("is {id}, which is no message or call within reach"));
    let workspace = cx.workspace();
    let (Ok(message), Ok(call)) = (MessageId::parse(id.as_str()), CallId::parse(id.as_str())) else {
        return Err(nothing());
    };
    let inbox = match workspace.messages().get(&message).await {
        Ok(message) => message.phone_number_id,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            match workspace.calls().get(&call, CallExtras::default()).await {
                Ok(call) => call.phone_number_id,
                Err(error) if error.kind() == ErrorKind::NotFound => return Err(nothing()),
                Err(error) => return Err(ToolError::reading(error)),
            }
        }
        Err(error) => return Err(ToolError::reading(error)),
    };
    if reaches(cx, inbox.as_ref()) { Ok(()) } else { Err(nothing()) }
}

/// The conversations with these ids, as far as the latest ones of the inboxes hold them; and whether all were looked at.
pub(crate) async fn conversations(
    cx: &Context,
    wanted: &HashSet<String>,
    inboxes: Vec<PhoneNumberId>,
) -> Result<(HashMap<String, Conversation>, bool), ToolError> {
    let mut found = HashMap::new();
    // The API takes at most 100; without one, it would list all.
    if wanted.is_empty() || inboxes.is_empty() {
        return Ok((found, true));
    }
    let workspace = cx.workspace();
    let list = workspace.conversations();
    let query = ListConversations::new()
        .phone_number_ids(inboxes.into_iter().take(100))
        .sort(ConversationSort::UpdatedDescending);
    let pages = list.pages(query, Budget::pages(PAGES));
    pin_mut!(pages);
    let mut complete = false;
    while let Some(page) = pages.next().await {
        let page = page.map_err(ToolError::reading)?;
        complete = page.next.is_none();
        found.extend(
            page.data
                .into_iter()
                .filter(|conversation| wanted.contains(conversation.id.as_str()))
                .map(|conversation| (conversation.id.to_string(), conversation)),
        );
        if found.len() == wanted.len() {
            return Ok((found, true));
        }
    }
    Ok((found, complete))
}

fn no_task(id: &TaskId) -> ToolError {
    ToolError::argument("taskId", format!("is {id}, which is no task within reach; list-tasks has the ids"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_alone_is_due_in_its_last_minute() {
        let zone = time::parse_zone("America/Los_Angeles").unwrap();
        let now = "2026-11-22T18:30:00Z".parse().unwrap();
        let due = |written: &str| due(written, now, &zone).map(|due| time::rfc3339(due, &zone));
        assert_eq!(due("2026-11-24"), Ok("2026-11-24T23:59:00-08:00".to_owned()));
        assert_eq!(due("2026-11-24T17:00"), Ok("2026-11-24T17:00:00-08:00".to_owned()));
        assert_eq!(due("2026-11-24T00:00:00Z"), Ok("2026-11-23T16:00:00-08:00".to_owned()));
        assert_eq!(due(" Tomorrow "), Ok("2026-11-23T23:59:00-08:00".to_owned()));
        assert_eq!(due("today"), Ok("2026-11-22T23:59:00-08:00".to_owned()));
        assert!(due("soon").is_err());
    }
}
