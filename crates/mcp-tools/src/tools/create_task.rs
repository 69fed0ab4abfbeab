//! `create-task`: follow-up work on an inbox, a conversation, a message or a call.

use jiff::Timestamp;
use openphone_client::tasks::{NewTask, TaskTarget};
use openphone_client::{ActivityId, ConversationId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::context::Context;
use crate::error::{FieldError, ToolError, ToolErrorKind};
use crate::inbox;
use crate::scope::Scope;
use crate::tasks::{self, Named};
use crate::team;
use crate::text::is_blank;
use crate::time;
use crate::tool::{Annotations, Example, Tool};
use crate::toolset::Toolset;

/// Follow-up work.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct CreateTask;

/// Arguments of `create-task`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// What is to be done, in short.
    #[schemars(length(min = 1, max = 200))]
    title: String,
    /// Details; the title again unless given.
    #[schemars(length(max = 2000))]
    description: Option<String>,
    /// Inbox it belongs to, instead of the next two: `PN…` id, number or name; the only one unless given.
    inbox: Option<String>,
    /// Conversation it belongs to: `CN…`.
    conversation_id: Option<String>,
    /// Message or call it is about: `AC…`.
    activity_id: Option<String>,
    /// Teammate: name, email or `US…` id.
    assignee: Option<String>,
    /// today, tomorrow, a date (its last minute), or date and time.
    due_date: Option<String>,
    /// IANA zone of dueDate.
    time_zone: Option<String>,
}

crate::tools::silent_debug!(Input);

/// Result of `create-task`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Output {
    /// `TK…`
    pub id: String,
    /// As it was made
    pub title: String,
    /// When it is due
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// Who is to do it
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee: Option<Named>,
    /// What it belongs to: `PN…`, `CN…` or `AC…`
    pub belongs_to: Named,
}

impl Tool for CreateTask {
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "create-task";
    const TITLE: &'static str = "Create a task";
    const DESCRIPTION: &'static str = "Creates one follow-up task in the OpenPhone (Quo) workspace, on an inbox, a conversation, or a message or call (one of the three). Teammates see it in the app; nobody outside is told. Calling it again makes another task: list-tasks shows whether one exists. OpenPhone plans limit how many may be open. Changes and completion are made with update-task.";
    const TOOLSET: Toolset = Toolset::Tasks;
    const SCOPE: Scope = Scope::Write;
    const INBOX_ARGUMENT: Option<&'static str> = Some("inbox");
    const ARGUMENT_ALIASES: &'static [(&'static str, &'static str)] =
        &[("inboxPhoneNumber", "inbox"), ("assignedTo", "assignee"), ("due", "dueDate")];
    const ANNOTATIONS: Annotations =
        Annotations { read_only: false, destructive: false, idempotent: false, open_world: false };

    fn examples() -> Vec<Example<Output>> {
        let output = Output {
            id: "TK7c1fa4".to_owned(),
            title: "Call Nora back about the water heater".to_owned(),
            due: Some("2026-11-23T17:00:00-08:00".to_owned()),
            assignee: Some(Named::new("US1a2b3c", Some("Dana Whitfield"))),
            belongs_to: Named::new("PNfrontdesk1", Some("Front desk")),
        };
        let plain =
            Output { title: "Order sump pumps".to_owned(), due: None, assignee: None, ..output.clone() };
        vec![
            Example::new(
                "Remind Dana to call Nora back tomorrow at five",
                json!({
                    "title": "Call Nora back about the water heater", "inbox": "Front desk",
                    "assignee": "Dana Whitfield", "dueDate": "2026-11-23T17:00", "timeZone": "America/Los_Angeles"
                }),
                output,
            ),
            Example::new(
                "Note that pumps are to be ordered",
                json!({ "title": "Order sump pumps", "description": "Two, for the vans.", "inbox": "+14155550150" }),
                plain,
            ),
        ]
    }

    async fn call(&self, cx: &Context, input: Input) -> Result<Output, ToolError> {
        if cx.limits().read_only {
            let what = "This connection may not create tasks.";
            let next = "The person can connect again and allow it.";
            return Err(ToolError::new(ToolErrorKind::NotAllowed, what, next).nothing_written());
        }
        let (zone, due) = check(cx, &input)?;
        let (target, belongs_to) = target(cx, &input).await.map_err(ToolError::nothing_written)?;
        let assignee = match input.assignee.as_deref().filter(|assignee| !is_blank(assignee)) {
            None => None,
            Some(written) => {
                Some(team::resolve(cx, "assignee", written).await.map_err(ToolError::nothing_written)?)
            }
        };
        let description =
            input.description.filter(|text| !is_blank(text)).unwrap_or_else(|| input.title.clone());
        let task = NewTask::new(target, input.title.clone(), description)
            .due_date(due)
            .assigned_to(assignee.as_ref().map(|member| member.id.clone()));
        let made = cx.workspace().tasks().create(&task).await.map_err(ToolError::writing)?;
        Ok(Output {
            id: made.task_id.to_string(),
            title: tasks::title(&input.title),
            due: due.map(|due| time::rfc3339(due, &zone)),
            assignee: assignee.map(|member| Named::new(member.id.as_str(), member.name.as_deref())),
            belongs_to,
        })
    }

    fn render(output: &Output) -> String {
        let Output { id, title, due, assignee, belongs_to } = output;
        let due = due.as_ref().map(|due| format!(", due {due}")).unwrap_or_default();
        let assignee = assignee.as_ref().map(|assignee| format!(", for {}", assignee.to_phrase()));
        format!(
            "Created task {id}{due}{}, on {}:\n{}",
            assignee.unwrap_or_default(),
            belongs_to.to_phrase(),
            crate::text::quoted(title)
        )
    }
}

/// Checks what can be checked without asking anybody; an error names each argument that is wrong.
fn check(cx: &Context, input: &Input) -> Result<(jiff::tz::TimeZone, Option<Timestamp>), ToolError> {
    let mut wrong = Vec::new();
    if is_blank(&input.title) {
        wrong.push(FieldError::new("title", "is blank; write what is to be done"));
    }
    let zone = match input.time_zone.as_deref().map(time::parse_zone) {
        None => cx.time_zone().clone(),
        Some(Ok(zone)) => zone,
        Some(Err(problem)) => {
            wrong.push(FieldError::new("timeZone", problem));
            cx.time_zone().clone()
        }
    };
    let due =
        input.due_date.as_deref().map(|written| tasks::due(written, cx.services().now(), &zone)).transpose();
    let due = due.unwrap_or_else(|problem| {
        wrong.push(FieldError::new("dueDate", problem));
        None
    });
    let given = [
        ("inbox", &input.inbox),
        ("conversationId", &input.conversation_id),
        ("activityId", &input.activity_id),
    ];
    let given: Vec<&str> = given.iter().filter(|(_, value)| value.is_some()).map(|(name, _)| *name).collect();
    if let [first, second, ..] = given.as_slice() {
        wrong.push(FieldError::new(
            *second,
            format!("stands beside {first}; a task belongs to one of the two"),
        ));
    }
    if wrong.is_empty() { Ok((zone, due)) } else { Err(ToolError::arguments(wrong)) }
}

/// What the task belongs to, within reach.
async fn target(cx: &Context, input: &Input) -> Result<(TaskTarget, Named), ToolError> {
    if let Some(written) = &input.conversation_id {
        let id = ConversationId::parse(written.trim())
            .map_err(|_| ToolError::argument("conversationId", "is no conversation id; it starts with CN"))?;
        tasks::reach_conversation(cx, "conversationId", &id).await?;
        return Ok((id.clone().into(), Named::new(id.as_str(), None)));
    }
    if let Some(written) = &input.activity_id {
        let id = ActivityId::parse(written.trim()).map_err(|_| {
            ToolError::argument("activityId", "is no id of a message or call; it starts with AC")
        })?;
        tasks::reach_activity(cx, "activityId", &id).await?;
        return Ok((id.clone().into(), Named::new(id.as_str(), None)));
    }
    let inbox = inbox::resolve(cx, "inbox", input.inbox.as_deref()).await?;
    Ok((inbox.id.clone().into(), Named::new(inbox.id.as_str(), Some(&inbox.name))))
}
