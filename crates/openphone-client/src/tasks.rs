//! Tasks: follow-up work on an inbox, a conversation, a message or a call (dated; made through v1, where a task
//! may belong to more than conversations). The types are in [`types`]. Quo docs: `api-reference/tasks`.

pub mod types;

use jiff::Timestamp;
use serde::Serialize;

use crate::client::Workspace;
use crate::endpoint;
use crate::error::Error;
use crate::id::{ConversationId, TaskId, UserId};
use crate::page::{Budget, Cursor, Page, pages};
use crate::request::Request;

pub use types::{NewTask, Task, TaskChange, TaskStatus, TaskTarget};

/// Tasks of a workspace; see [`Workspace::tasks`].
///
/// Every change answers with the task's new revision, which grows with each. The API takes no revision back:
/// there is no way to change a task only if nobody else did.
#[derive(Clone, Copy, Debug)]
pub struct Tasks<'a> {
    pub(crate) workspace: &'a Workspace,
}

#[derive(Serialize)]
struct Texts<'t> {
    title: &'t str,
    description: &'t str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Link<'t> {
    conversation_id: &'t ConversationId,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Assignment<'t> {
    user_id: &'t UserId,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DueDate {
    due_date: Timestamp,
}

#[derive(Serialize)]
struct Status<'t> {
    status: &'t TaskStatus,
}

impl<'a> Tasks<'a> {
    /// One page of tasks; there are no filters. 100 to a page if `limit` is unset, which is also the most.
    pub async fn list(&self, limit: Option<u16>, after: Option<&Cursor>) -> Result<Page<Task>, Error> {
        self.workspace.page(Request::new(&endpoint::LIST_TASKS).page(limit, after)).await
    }

    /// Page after page of [`Tasks::list`], up to a budget; see [`pages`].
    pub fn pages(
        &self,
        budget: Budget,
    ) -> impl futures_util::Stream<Item = Result<Page<Task>, Error>> + use<'a> {
        let tasks = *self;
        pages(None, budget, move |cursor| async move { tasks.list(None, cursor.as_ref()).await })
    }

    /// One task, a deleted one included.
    pub async fn get(&self, id: &TaskId) -> Result<Task, Error> {
        self.workspace.one(Request::new(&endpoint::GET_TASK).segment(id)).await
    }

    /// Makes a task. The request is never written twice: [`crate::ErrorKind::OutcomeUnknown`] means that it
    /// may be there. [`crate::ErrorKind::PaymentRequired`] means that the plan allows no more open tasks.
    pub async fn create(&self, task: &NewTask) -> Result<TaskChange, Error> {
        self.workspace.one(Request::new(&endpoint::CREATE_TASK).json(task)?).await
    }

    /// Sets title and description; the API takes both or none.
    pub async fn update(&self, id: &TaskId, title: &str, description: &str) -> Result<TaskChange, Error> {
        self.change(Request::new(&endpoint::UPDATE_TASK).segment(id), &Texts { title, description }).await
    }

    /// Deletes a task.
    pub async fn delete(&self, id: &TaskId) -> Result<(), Error> {
        self.workspace.done(Request::new(&endpoint::DELETE_TASK).segment(id)).await
    }

    /// Completes a task.
    pub async fn complete(&self, id: &TaskId) -> Result<TaskChange, Error> {
        self.set_status(id, &TaskStatus::Completed).await
    }

    /// Opens a completed task again.
    pub async fn reopen(&self, id: &TaskId) -> Result<TaskChange, Error> {
        self.set_status(id, &TaskStatus::Open).await
    }

    /// Sets how a task stands.
    pub async fn set_status(&self, id: &TaskId, status: &TaskStatus) -> Result<TaskChange, Error> {
        self.change(Request::new(&endpoint::SET_TASK_STATUS).segment(id), &Status { status }).await
    }

    /// Assigns a task to a user, in place of whoever had it.
    pub async fn assign(&self, id: &TaskId, user: &UserId) -> Result<TaskChange, Error> {
        self.change(Request::new(&endpoint::ASSIGN_TASK).segment(id), &Assignment { user_id: user }).await
    }

    /// Takes a task from the user who has it.
    pub async fn unassign(&self, id: &TaskId, user: &UserId) -> Result<TaskChange, Error> {
        self.change(Request::new(&endpoint::UNASSIGN_TASK).segment(id), &Assignment { user_id: user }).await
    }

    /// Sets when a task is due.
    pub async fn set_due_date(&self, id: &TaskId, due_date: Timestamp) -> Result<TaskChange, Error> {
        self.change(Request::new(&endpoint::SET_TASK_DUE_DATE).segment(id), &DueDate { due_date }).await
    }

    /// Takes the due date away.
    pub async fn remove_due_date(&self, id: &TaskId) -> Result<TaskChange, Error> {
        self.workspace.one(Request::new(&endpoint::REMOVE_TASK_DUE_DATE).segment(id)).await
    }

    /// Links a task to a conversation.
    pub async fn link(&self, id: &TaskId, conversation: &ConversationId) -> Result<TaskChange, Error> {
        let link = Link { conversation_id: conversation };
        self.change(Request::new(&endpoint::LINK_TASK).segment(id), &link).await
    }

    /// Takes the link to a conversation away.
    pub async fn unlink(&self, id: &TaskId, conversation: &ConversationId) -> Result<TaskChange, Error> {
        let link = Link { conversation_id: conversation };
        self.change(Request::new(&endpoint::UNLINK_TASK).segment(id), &link).await
    }

    async fn change(&self, request: Request, body: &impl Serialize) -> Result<TaskChange, Error> {
        self.workspace.one(request.json(body)?).await
    }
}
