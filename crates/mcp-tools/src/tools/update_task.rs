//! `update-task`: several changes of one task, one after the other.
//!
//! The API has a request for each sort of change. They are made in a fixed order, and the first that fails ends the
//! call; the result says of each what became of it. Every one sets a state, so that the whole call can be repeated.

mod input;
mod output;

use openphone_client::ErrorKind;
use openphone_client::tasks::{Task, TaskStatus};
use serde_json::json;
use tokio::time::Instant;

use crate::context::Context;
use crate::error::{ToolError, ToolErrorKind};
use crate::scope::Scope;
use crate::tasks;
use crate::team;
use crate::time;
use crate::tool::{Annotations, Example, Tool};
use crate::toolset::Toolset;

use input::{Change, Checked};
pub use input::{Input, Status};
pub use output::{ChangeResult, ChangeStatus, Output};

/// Several changes of one task.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct UpdateTask;

impl Tool for UpdateTask {
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "update-task";
    const TITLE: &'static str = "Change a task";
    const DESCRIPTION: &'static str = "Changes one task of the OpenPhone (Quo) workspace: what is left out stays. Several changes are made in this order: reopen, title and description, assignee, due date, conversation, complete. The first that fails ends the call, and the result says of each whether it was applied. Overwritten texts cannot be got back. Repeating the call is safe. Tasks are deleted in the OpenPhone app only.";
    const TOOLSET: Toolset = Toolset::Tasks;
    const SCOPE: Scope = Scope::Write;
    const ARGUMENT_ALIASES: &'static [(&'static str, &'static str)] =
        &[("id", "taskId"), ("assignedTo", "assignee"), ("due", "dueDate")];
    const ANNOTATIONS: Annotations =
        Annotations { read_only: false, destructive: true, idempotent: true, open_world: false };

    fn examples() -> Vec<Example<Output>> {
        let done = |change: &str| ChangeResult::new(change, ChangeStatus::Applied, None);
        vec![
            Example::new(
                "The invoice was sent: tick it off",
                json!({ "taskId": EXAMPLE_TASK, "status": "completed" }),
                Output::new(EXAMPLE_TASK, vec![done("complete")]),
            ),
            Example::new(
                "Give it to Priya, due on Tuesday at noon",
                json!({
                    "taskId": EXAMPLE_TASK, "assignee": "Priya Raman", "dueDate": "2026-11-24T12:00",
                    "timeZone": "America/Los_Angeles"
                }),
                Output::new(
                    EXAMPLE_TASK,
                    vec![done("assign to \"Priya Raman\" (US7g8h9i)"), done("due 2026-11-24T12:00:00-08:00")],
                ),
            ),
        ]
    }

    async fn call(&self, cx: &Context, input: Input) -> Result<Output, ToolError> {
        if cx.limits().read_only {
            let what = "This connection may not change tasks.";
            let next = "The person can connect again and allow it.";
            return Err(ToolError::new(ToolErrorKind::NotAllowed, what, next).nothing_written());
        }
        let checked = input.check(cx)?;
        let task = tasks::get(cx, &checked.id).await.map_err(ToolError::nothing_written)?;
        let changes = resolved(cx, &checked, &task).await.map_err(ToolError::nothing_written)?;
        let mut results: Vec<ChangeResult> = Vec::with_capacity(changes.len());
        let mut stopped = false;
        for change in changes {
            let what = change.in_words(&checked.zone);
            let over = cx.cancellation().is_cancelled() || Instant::now() >= cx.deadline();
            if stopped || over {
                let why =
                    if stopped { "A change before it failed." } else { "The call was over before its turn." };
                results.push(ChangeResult::new(what, ChangeStatus::NotAttempted, Some(why)));
                continue;
            }
            if change.is_there(&task) {
                results.push(ChangeResult::new(what, ChangeStatus::Unchanged, None));
                continue;
            }
            let Err(error) = change.make(cx, &task).await else {
                results.push(ChangeResult::new(what, ChangeStatus::Applied, None));
                continue;
            };
            let unknown = error.kind() == ErrorKind::OutcomeUnknown;
            let error = ToolError::writing(error);
            if !results.iter().any(|result| result.status == ChangeStatus::Applied) {
                // Nothing else happened: the failure is the whole answer.
                return Err(error);
            }
            let status = if unknown { ChangeStatus::Unknown } else { ChangeStatus::Failed };
            results.push(ChangeResult::new(what, status, Some(&error.reason())));
            stopped = true;
        }
        Ok(Output::new(task.task_id.as_str(), results))
    }

    fn render(output: &Output) -> String {
        output.to_text()
    }
}

/// An open task of the simulated workspace, so that the examples can be tried there.
const EXAMPLE_TASK: &str = "TK925fcaf4112f069defabdae659efce04";

/// The changes in the order in which they are made, with what they need of others.
async fn resolved(cx: &Context, checked: &Checked, task: &Task) -> Result<Vec<Change>, ToolError> {
    let mut changes = Vec::new();
    if checked.status == Some(Status::Open) {
        changes.push(Change::Reopen);
    }
    if checked.title.is_some() || checked.description.is_some() {
        // The API takes both or none.
        let kept = |text: &Option<openphone_client::Redacted<String>>| {
            text.as_ref().map(|text| text.as_str().to_owned()).unwrap_or_default()
        };
        changes.push(Change::Texts {
            title: checked.title.clone().unwrap_or_else(|| kept(&task.title)),
            description: checked.description.clone().unwrap_or_else(|| kept(&task.description)),
            which: match (&checked.title, &checked.description) {
                (Some(_), Some(_)) => "title and description",
                (Some(_), None) => "title",
                _ => "description",
            },
        });
    }
    if let Some(written) = &checked.assignee {
        let member = team::resolve(cx, "assignee", written).await?;
        changes.push(Change::Assign { to: member.id.clone(), phrase: member.to_phrase() });
    }
    if checked.unassign {
        if task.assigned_to.as_ref().is_some_and(|actor| actor.user().is_none()) {
            // The API takes a task from an AI agent only by giving it to somebody else.
            let problem =
                "cannot be done: an AI agent has this task; give it to somebody with `assignee` instead";
            return Err(ToolError::argument("unassign", problem));
        }
        changes.push(Change::Unassign);
    }
    if let Some(due) = checked.due {
        changes.push(Change::Due(due));
    }
    if checked.remove_due_date {
        changes.push(Change::NotDue);
    }
    if let Some(conversation) = &checked.conversation {
        tasks::reach_conversation(cx, "conversationId", conversation).await?;
        changes.push(Change::Link(conversation.clone()));
    }
    if checked.unlink {
        changes.push(Change::Unlink);
    }
    if checked.status == Some(Status::Completed) {
        changes.push(Change::Complete);
    }
    Ok(changes)
}

impl Change {
    /// Whether the task is like that already.
    fn is_there(&self, task: &Task) -> bool {
        let same = |text: &Option<openphone_client::Redacted<String>>, wanted: &str| {
            text.as_ref().is_some_and(|text| text.as_str() == wanted)
        };
        match self {
            Self::Reopen => task.status == TaskStatus::Open,
            Self::Complete => task.status == TaskStatus::Completed,
            Self::Texts { title, description, .. } => {
                same(&task.title, title) && same(&task.description, description)
            }
            Self::Assign { to, .. } => {
                task.assigned_to.as_ref().is_some_and(|actor| actor.as_str() == to.as_str())
            }
            Self::Unassign => task.assigned_to.is_none(),
            Self::Due(due) => task.due_date == Some(*due),
            Self::NotDue => task.due_date.is_none(),
            Self::Link(conversation) => task.conversation_id.as_ref() == Some(conversation),
            Self::Unlink => task.conversation_id.is_none(),
        }
    }

    async fn make(&self, cx: &Context, task: &Task) -> Result<(), openphone_client::Error> {
        let workspace = cx.workspace();
        let list = workspace.tasks();
        let id = &task.task_id;
        match self {
            Self::Reopen => list.reopen(id).await,
            Self::Complete => list.complete(id).await,
            Self::Texts { title, description, .. } => list.update(id, title, description).await,
            Self::Assign { to, .. } => list.assign(id, to).await,
            Self::Unassign => match task.assigned_to.as_ref().and_then(openphone_client::ActorId::user) {
                Some(user) => list.unassign(id, &user).await,
                None => return Ok(()),
            },
            Self::Due(due) => list.set_due_date(id, *due).await,
            Self::NotDue => list.remove_due_date(id).await,
            Self::Link(conversation) => list.link(id, conversation).await,
            Self::Unlink => match &task.conversation_id {
                Some(conversation) => list.unlink(id, conversation).await,
                None => return Ok(()),
            },
        }
        .map(drop)
    }

    fn in_words(&self, zone: &jiff::tz::TimeZone) -> String {
        match self {
            Self::Reopen => "reopen".to_owned(),
            Self::Complete => "complete".to_owned(),
            Self::Texts { which, .. } => (*which).to_owned(),
            Self::Assign { phrase, .. } => format!("assign to {phrase}"),
            Self::Unassign => "unassign".to_owned(),
            Self::Due(due) => format!("due {}", time::rfc3339(*due, zone)),
            Self::NotDue => "no due date".to_owned(),
            Self::Link(conversation) => format!("link to {conversation}"),
            Self::Unlink => "unlink from the conversation".to_owned(),
        }
    }
}
