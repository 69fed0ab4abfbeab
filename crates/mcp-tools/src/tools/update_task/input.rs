//! Arguments of `update-task`, and the check of all of them before anything is changed.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use openphone_client::{ConversationId, TaskId, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::error::{FieldError, ToolError};
use crate::tasks;
use crate::text::is_blank;
use crate::time;

/// Arguments of `update-task`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// The task: `TK…`.
    task_id: String,
    /// New title.
    #[schemars(length(min = 1, max = 200))]
    title: Option<String>,
    /// New description.
    #[schemars(length(max = 2000))]
    description: Option<String>,
    /// Teammate: name, email or `US…` id.
    assignee: Option<String>,
    /// true: no assignee.
    unassign: Option<bool>,
    /// today, tomorrow, a date (its last minute), or date and time.
    due_date: Option<String>,
    /// true: no due date.
    remove_due_date: Option<bool>,
    /// Conversation to link: `CN…`.
    conversation_id: Option<String>,
    /// true: no conversation.
    unlink_conversation: Option<bool>,
    /// `completed`, or `open` to reopen it.
    status: Option<Status>,
    /// IANA zone of dueDate.
    time_zone: Option<String>,
}

crate::tools::silent_debug!(Input);

/// How the task shall stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// To be done.
    Open,
    /// Done.
    Completed,
}

/// Arguments that were checked.
pub(super) struct Checked {
    pub(super) id: TaskId,
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
    pub(super) assignee: Option<String>,
    pub(super) unassign: bool,
    pub(super) due: Option<Timestamp>,
    pub(super) remove_due_date: bool,
    pub(super) conversation: Option<ConversationId>,
    pub(super) unlink: bool,
    pub(super) status: Option<Status>,
    pub(super) zone: TimeZone,
}

/// One request.
pub(super) enum Change {
    Reopen,
    Texts { title: String, description: String, which: &'static str },
    Assign { to: UserId, phrase: String },
    Unassign,
    Due(Timestamp),
    NotDue,
    Link(ConversationId),
    Unlink,
    Complete,
}

impl Input {
    /// An error names each argument that is wrong.
    pub(super) fn check(self, cx: &Context) -> Result<Checked, ToolError> {
        let mut wrong = Vec::new();
        let id = TaskId::parse(self.task_id.trim());
        if id.is_err() {
            wrong.push(FieldError::new("taskId", "is no task id; it starts with TK"));
        }
        if self.title.as_deref().is_some_and(is_blank) {
            wrong.push(FieldError::new("title", "is blank; write what is to be done, or leave it out"));
        }
        let zone = match self.time_zone.as_deref().map(time::parse_zone) {
            None => cx.time_zone().clone(),
            Some(Ok(zone)) => zone,
            Some(Err(problem)) => {
                wrong.push(FieldError::new("timeZone", problem));
                cx.time_zone().clone()
            }
        };
        let due = self.due_date.as_deref().map(|written| tasks::due(written, cx.services().now(), &zone));
        let due = due.transpose().unwrap_or_else(|problem| {
            wrong.push(FieldError::new("dueDate", problem));
            None
        });
        let conversation =
            self.conversation_id.as_deref().map(|id| ConversationId::parse(id.trim())).transpose();
        let conversation = conversation.unwrap_or_else(|_| {
            wrong.push(FieldError::new("conversationId", "is no conversation id; it starts with CN"));
            None
        });
        let assignee = self.assignee.filter(|assignee| !is_blank(assignee));
        let (unassign, remove_due_date, unlink) = (
            self.unassign == Some(true),
            self.remove_due_date == Some(true),
            self.unlink_conversation == Some(true),
        );
        for (both, name, other) in [
            (assignee.is_some() && unassign, "unassign", "assignee"),
            (self.due_date.is_some() && remove_due_date, "removeDueDate", "dueDate"),
            (self.conversation_id.is_some() && unlink, "unlinkConversation", "conversationId"),
        ] {
            if both {
                wrong.push(FieldError::new(name, format!("stands beside {other}; give one of the two")));
            }
        }
        let texts = self.title.is_some() || self.description.is_some();
        let others = assignee.is_some() || unassign || remove_due_date || unlink || self.status.is_some();
        let links = self.due_date.is_some() || self.conversation_id.is_some();
        if wrong.is_empty() && !(texts || others || links) {
            wrong.push(FieldError::new("", "name no change; give what shall be different"));
        }
        match id {
            Ok(id) if wrong.is_empty() => Ok(Checked {
                id,
                title: self.title,
                description: self.description,
                assignee,
                unassign,
                due,
                remove_due_date,
                conversation,
                unlink,
                status: self.status,
                zone,
            }),
            _ => Err(ToolError::arguments(wrong)),
        }
    }
}
