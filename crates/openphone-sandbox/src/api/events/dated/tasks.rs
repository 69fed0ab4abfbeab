//! What the dated payload says of a task: little, so that a receiver who wants more has to ask for the task.

use serde_json::{Value, json};

use crate::api::optional_time;
use crate::workspace::{Task, TaskEvent};

pub(super) fn resource(kind: TaskEvent, task: &Task) -> Value {
    match kind {
        TaskEvent::Created => json!({
            "id": task.id,
            "title": task.title,
            "description": task.description,
            "dueDate": optional_time(task.due),
        }),
        TaskEvent::Updated { title, description } => json!({
            "id": task.id,
            "updatedFields": {
                "title": updated_field(title, &task.title),
                "description": updated_field(description, &task.description),
            },
        }),
        TaskEvent::Assigned => json!({ "id": task.id, "assignedTo": task.assigned_to }),
        TaskEvent::Unassigned => json!({ "id": task.id, "unassignedFrom": task.assigned_to }),
        TaskEvent::Overdue => json!({ "id": task.id, "dueDate": optional_time(task.due) }),
        TaskEvent::DueDateUpdated => json!({ "id": task.id, "updatedDueDate": optional_time(task.due) }),
        TaskEvent::Deleted
        | TaskEvent::Completed
        | TaskEvent::Reopened
        | TaskEvent::Linked
        | TaskEvent::Unlinked
        | TaskEvent::DueDateRemoved => json!({ "id": task.id }),
    }
}

/// Of what the task is about; of an unlinked one, what it was about, which nothing else would say.
pub(super) fn context(organization: &str, task: &Task, actor: &str) -> Value {
    json!({
        "orgId": organization,
        "actorId": actor,
        "phoneNumberId": task.phone_number_id,
        "conversationId": task.conversation_id,
        "activityId": task.activity_id,
        "phoneNumberGroupId": null,
    })
}

/// Where the app shows a task: in its conversation, if it has one.
pub(super) fn link(task: &Task) -> String {
    let (id, inbox) = (&task.id, &task.phone_number_id);
    match &task.conversation_id {
        Some(conversation) => format!("https://my.quo.com/inbox/{inbox}/c/{conversation}?taskId={id}"),
        None => format!("https://my.quo.com/inbox/{inbox}?taskId={id}"),
    }
}

fn updated_field(is_updated: bool, value: &str) -> Value {
    if is_updated {
        json!({ "isUpdated": true, "updatedValue": value })
    } else {
        json!({ "isUpdated": false })
    }
}
