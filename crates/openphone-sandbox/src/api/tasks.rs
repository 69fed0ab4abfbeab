//! Tasks. Both surfaces change the same ones: v1 with a verb per change and a revision that is a string, the
//! dated surface with sub-resources and an integer. A deleted task can still be read, and says so.

use http::StatusCode;
use serde_json::{Value, json};

use super::body::Fields;
use super::error::ApiError;
use super::page::page;
use super::pattern::{ACTIVITY, ANY, CONVERSATION, PHONE_NUMBER_ID, TASK, USER};
use super::query::{Params, known_user, only_path_id};
use super::{Answer, Cx, optional_time, time};
use crate::workspace::{NewTask, Order, Task, TaskChange, TaskRefusal, TaskSubject};

/// `GET /v1/tasks`, `GET /tasks`: newest first, closed ones included.
pub(crate) fn list(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let v1 = cx.operation.is_v1();
    let mut params = Params::new(cx, &["limit", "after"]);
    let request = params.task_page_request(v1);
    params.finish()?;
    let organization = cx.workspace.organization.id.as_str();
    let selection = cx.workspace.tasks.select(&(), ());
    let tasks = page(&selection, &request, Order::NewestFirst, |task| view(organization, task, v1))?;
    let total = cx.workspace.tasks.kept().len();
    Ok(if v1 { tasks.into_counted_answer(total) } else { tasks.into_answer(false) })
}

/// `POST /v1/tasks`: about exactly one of an inbox, a conversation, an activity.
pub(crate) fn create_v1(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    const SUBJECTS: [&str; 3] = ["phoneNumberId", "conversationId", "activityId"];
    Params::new(cx, &[]).finish()?;
    let known = ["title", "description", "dueDate", "assignedTo", SUBJECTS[0], SUBJECTS[1], SUBJECTS[2]];
    let mut body = Fields::parse_closed(cx, &known)?;
    if SUBJECTS.iter().filter(|key| body.has(key)).count() != 1 {
        body.report("", "Expected union value", json!({ "type": "Union", "enum": SUBJECTS }));
    }
    let inbox = body.text("phoneNumberId", PHONE_NUMBER_ID);
    let conversation = body.text("conversationId", CONVERSATION);
    let activity = body.text("activityId", ACTIVITY);
    create(cx, body, |cx| {
        let workspace = &*cx.workspace;
        if let Some(id) = inbox {
            workspace.inbox(&id).ok_or_else(|| ApiError::not_found("Phone number"))?;
            Ok(TaskSubject { phone_number_id: id, conversation_id: None, activity_id: None })
        } else if let Some(id) = activity {
            workspace.activity_subject(&id).ok_or_else(|| ApiError::not_found("Activity"))
        } else {
            conversation_subject(cx, &conversation.unwrap_or_default())
        }
    })
}

/// `POST /tasks`: about a conversation.
pub(crate) fn create_dated(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    Params::new(cx, &[]).finish()?;
    let mut body = Fields::parse(cx, &["title", "description", "dueDate", "assignedTo", "conversationId"])?;
    body.require("conversationId", "String");
    let conversation = body.text("conversationId", CONVERSATION).unwrap_or_default();
    create(cx, body, |cx| conversation_subject(cx, &conversation))
}

/// `GET /v1/tasks/{taskId}`, `GET /tasks/{taskId}`
pub(crate) fn get(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let id = only_path_id(cx, TASK)?;
    let task = cx.workspace.task(&id).ok_or_else(|| ApiError::not_found("Task"))?;
    Ok(Answer::data(view(&cx.workspace.organization.id, &task, cx.operation.is_v1())))
}

/// `PUT /v1/tasks/{taskId}`, `PATCH /tasks/{taskId}`: both texts, always.
pub(crate) fn update(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let id = only_path_id(cx, TASK)?;
    let mut body = Fields::parse_closed(cx, &["title", "description"])?;
    let (title, description) = texts(&mut body);
    body.finish()?;
    change(cx, &id, TaskChange::Edit { title, description })
}

/// `DELETE /v1/tasks/{taskId}`, `DELETE /tasks/{taskId}`
pub(crate) fn delete(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let id = only_path_id(cx, TASK)?;
    change(cx, &id, TaskChange::Delete)?;
    Ok(Answer::NoContent)
}

/// `POST /v1/tasks/{taskId}/complete`
pub(crate) fn complete(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let id = only_path_id(cx, TASK)?;
    change(cx, &id, TaskChange::Complete)
}

/// `POST /v1/tasks/{taskId}/reopen`
pub(crate) fn reopen(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let id = only_path_id(cx, TASK)?;
    change(cx, &id, TaskChange::Reopen)
}

/// `PATCH /tasks/{taskId}/status`
pub(crate) fn set_status(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let id = only_path_id(cx, TASK)?;
    let mut body = Fields::parse(cx, &["status"])?;
    body.require("status", "Union");
    let to = body.word(
        "status",
        &[("open", TaskChange::Reopen), ("completed", TaskChange::Complete), ("deleted", TaskChange::Delete)],
    );
    body.finish()?;
    change(cx, &id, to.unwrap_or(TaskChange::Reopen))
}

/// `POST /v1/tasks/{taskId}/assign`, `POST /tasks/{taskId}/users`
pub(crate) fn assign(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let (id, user_id) = task_and_user(cx)?;
    change(cx, &id, TaskChange::Assign { user_id })
}

/// `POST /v1/tasks/{taskId}/unassign`, `DELETE /tasks/{taskId}/users` with a body
pub(crate) fn unassign(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let (id, user_id) = task_and_user(cx)?;
    change(cx, &id, TaskChange::Unassign { user_id })
}

/// `POST /v1/tasks/{taskId}/change-due-date`, `PATCH /tasks/{taskId}/due-date`
pub(crate) fn set_due_date(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let id = only_path_id(cx, TASK)?;
    let mut body = Fields::parse_closed(cx, &["dueDate"])?;
    body.require("dueDate", "String");
    let due = body.time("dueDate");
    body.finish()?;
    change(cx, &id, TaskChange::SetDueDate(due.unwrap_or(cx.now)))
}

/// `POST /v1/tasks/{taskId}/remove-due-date`, `DELETE /tasks/{taskId}/due-date`
pub(crate) fn remove_due_date(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let id = only_path_id(cx, TASK)?;
    change(cx, &id, TaskChange::RemoveDueDate)
}

/// `POST /v1/tasks/{taskId}/link-conversation`, `POST /tasks/{taskId}/conversations`
pub(crate) fn link(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let (id, conversation) = task_and_conversation(cx)?;
    let subject = conversation_subject(cx, &conversation)?;
    change(cx, &id, TaskChange::Link(subject))
}

/// `POST /v1/tasks/{taskId}/unlink-conversation`, `DELETE /tasks/{taskId}/conversations` with a body
pub(crate) fn unlink(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let (id, conversation_id) = task_and_conversation(cx)?;
    conversation_subject(cx, &conversation_id)?;
    change(cx, &id, TaskChange::Unlink { conversation_id })
}

/// Reads what the two ways of making a task share.
fn create(
    cx: &mut Cx<'_>,
    mut body: Fields,
    subject: impl FnOnce(&Cx<'_>) -> Result<TaskSubject, ApiError>,
) -> Result<Answer, ApiError> {
    let (title, description) = texts(&mut body);
    let due = body.time("dueDate");
    let assigned_to = body.text("assignedTo", USER);
    body.finish()?;
    let subject = subject(cx)?;
    known_user(cx, assigned_to.as_deref())?;
    let author = cx.workspace.owner_id();
    let new = NewTask { title, description, due, assigned_to, subject, author };
    let (v1, now) = (cx.operation.is_v1(), cx.now);
    let task = cx.workspace.create_task(new, now).map_err(|refusal| refused(refusal, v1))?;
    let mut view = mutation(&task, v1);
    if v1 {
        view["phoneNumberId"] = task.phone_number_id.clone().into();
        for (key, id) in [("conversationId", &task.conversation_id), ("activityId", &task.activity_id)] {
            if let Some(id) = id {
                view[key] = id.clone().into();
            }
        }
    }
    Ok(Answer::with(StatusCode::CREATED, view))
}

fn change(cx: &mut Cx<'_>, id: &str, change: TaskChange) -> Result<Answer, ApiError> {
    let v1 = cx.operation.is_v1();
    let (actor, now) = (cx.workspace.owner_id(), cx.now);
    let task = cx.workspace.change_task(id, change, &actor, now).map_err(|refusal| refused(refusal, v1))?;
    Ok(Answer::data(mutation(&task, v1)))
}

fn refused(refusal: TaskRefusal, v1: bool) -> ApiError {
    match refusal {
        TaskRefusal::NotFound => ApiError::not_found("Task"),
        TaskRefusal::TooManyOpen => ApiError::open_tasks_limit(v1),
    }
}

fn texts(body: &mut Fields) -> (String, String) {
    body.require("title", "String");
    body.require("description", "String");
    let title = body.text("title", ANY).unwrap_or_default();
    (title, body.text("description", ANY).unwrap_or_default())
}

fn task_and_user(cx: &Cx<'_>) -> Result<(String, String), ApiError> {
    let id = only_path_id(cx, TASK)?;
    let mut body = Fields::parse_closed(cx, &["userId"])?;
    body.require("userId", "String");
    let user = body.text("userId", USER).unwrap_or_default();
    body.finish()?;
    known_task(cx, &id)?;
    known_user(cx, Some(&user))?;
    Ok((id, user))
}

/// Here alone v1 takes further fields.
fn task_and_conversation(cx: &Cx<'_>) -> Result<(String, String), ApiError> {
    let id = only_path_id(cx, TASK)?;
    let mut body = Fields::parse(cx, &["conversationId"])?;
    body.require("conversationId", "String");
    let conversation = body.text("conversationId", CONVERSATION).unwrap_or_default();
    body.finish()?;
    known_task(cx, &id)?;
    Ok((id, conversation))
}

fn known_task(cx: &Cx<'_>, id: &str) -> Result<(), ApiError> {
    cx.workspace.task(id).map(|_| ()).ok_or_else(|| ApiError::not_found("Task"))
}

fn conversation_subject(cx: &Cx<'_>, id: &str) -> Result<TaskSubject, ApiError> {
    cx.workspace.conversation_subject(id).ok_or_else(|| ApiError::not_found("Conversation"))
}

/// What a change answers.
fn mutation(task: &Task, v1: bool) -> Value {
    json!({ "taskId": task.id, "revision": revision(task, v1) })
}

fn revision(task: &Task, v1: bool) -> Value {
    if v1 { task.revision.to_string().into() } else { task.revision.into() }
}

fn view(organization: &str, task: &Task, v1: bool) -> Value {
    let mut view = json!({
        "taskId": task.id,
        "orgId": organization,
        "title": task.title,
        "description": task.description,
        "dueDate": optional_time(task.due),
        "assignedTo": task.assigned_to,
        "assignedBy": task.assigned_by,
        "createdAt": time(task.created.at),
        "createdBy": task.created_by,
        "phoneNumberId": task.phone_number_id,
        "conversationId": task.conversation_id,
        "activityId": task.activity_id,
        "phoneNumberGroupId": null,
        "revision": revision(task, v1),
    });
    if v1 {
        view["completed"] = task.completed.into();
        view["isDeleted"] = task.deleted.into();
    } else {
        let status = match (task.deleted, task.completed) {
            (true, _) => "deleted",
            (false, true) => "completed",
            (false, false) => "open",
        };
        view["status"] = status.into();
    }
    view
}
