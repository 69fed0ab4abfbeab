//! Tools of the suite's server whose result comes later.

use std::sync::Arc;

use mcp_protocol::{CallToolResult, ElicitForm, ErrorCode, Field, Interrupt, RpcError, Task, Tool};
use serde_json::json;

use super::{Context, Everything};

pub(super) fn tools() -> Vec<Tool> {
    let none = json!({ "type": "object", "additionalProperties": false });
    [
        ("task-waits", "Waits to be told to go on."),
        ("task-asks", "Asks two things by form."),
        ("task-is-wrong", "Ends with a tool's failure."),
        ("task-breaks", "Ends with a protocol error."),
        ("task-unasked", "Hands out a task whatever the client declared."),
    ]
    .into_iter()
    .map(|(name, description)| Tool::new(name, description, none.clone()))
    .collect()
}

pub(super) fn call(server: &Everything, cx: &Context, name: &str) -> Interrupt {
    let log = Arc::clone(&server.log);
    match name {
        "task-waits" => server.tasks.start(cx, |task| async move {
            task.say("waiting");
            log.started.notify_one();
            log.go_on.notified().await;
            Ok(CallToolResult::text("went on"))
        }),
        "task-asks" => server.tasks.start(cx, |task| async move {
            let (first, second) = tokio::join!(
                task.ask("first", ElicitForm::new("First?").required("ok", Field::boolean())),
                task.ask("second", ElicitForm::new("Second?").required("ok", Field::boolean())),
            );
            let both = [first?, second?].iter().filter(|answer| answer.accepted().is_some()).count();
            Ok(CallToolResult::text(format!("{both} accepted")))
        }),
        "task-is-wrong" => server.tasks.start(cx, |_| async { Ok(CallToolResult::error("too large")) }),
        "task-breaks" => {
            server.tasks.start(cx, |_| async { Err(RpcError::new(ErrorCode::INTERNAL_ERROR, "broken")) })
        }
        "task-unasked" => Task::new("unasked", "2026-07-28T00:00:00Z").into(),
        _ => RpcError::unknown_tool(name).into(),
    }
}
