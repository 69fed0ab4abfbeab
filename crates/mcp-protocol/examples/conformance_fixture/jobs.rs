//! The suite's tools that take long, and go on as tasks for clients that want them.

use std::time::Duration;

use mcp_protocol::{
    CallToolResult, ElicitForm, Field, Interrupt, LocalTasks, RequestContext, RpcError, Tool,
};
use serde_json::{Map, Value, json};
use tokio::time::sleep;

pub(crate) fn tools() -> Vec<Tool> {
    let plain = || json!({ "type": "object", "additionalProperties": false });
    let text = |name: &str| json!({ "type": "object", "properties": { name: { "type": "string" } }, "required": [name] });
    let slow = json!({
        "type": "object",
        "properties": { "seconds": { "type": "number" }, "label": { "type": "string" } },
        "required": ["seconds"]
    });
    vec![
        Tool::new("greet", "Greets at once.", text("name")),
        Tool::new("slow_compute", "Computes for some seconds.", slow),
        Tool::new("failing_job", "Fails after a while, as a task.", plain()),
        Tool::new("protocol_error_job", "Ends with a protocol error, as a task.", plain()),
        Tool::new("confirm_delete", "Asks before it deletes, as a task.", text("filename")),
        Tool::new("multi_input", "Asks two things at once, as a task.", plain()),
        Tool::new("test_tool_with_task", "Asks for a name first, and then goes on as a task.", plain()),
    ]
}

/// The answer of one of these tools; none for another.
pub(crate) fn call(
    tasks: &LocalTasks,
    cx: &RequestContext<()>,
    name: &str,
    arguments: &Map<String, Value>,
) -> Option<Result<CallToolResult, Interrupt>> {
    let argument = |name: &str| arguments.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    Some(match name {
        "greet" => Ok(CallToolResult::text(format!("Hello, {}!", argument("name")))),
        "slow_compute" => {
            let seconds = arguments.get("seconds").and_then(Value::as_f64).unwrap_or_default();
            slow_compute(tasks, cx, seconds.clamp(0.0, 3600.0))
        }
        "failing_job" => Err(tasks.start(cx, |_| async {
            sleep(Duration::from_secs(1)).await;
            Ok(CallToolResult::error("The job failed, as it always does"))
        })),
        "protocol_error_job" => Err(tasks.start(cx, |_| async {
            sleep(Duration::from_millis(200)).await;
            Err(RpcError::internal("The job broke down, as it always does"))
        })),
        "confirm_delete" => {
            let filename = argument("filename");
            Err(tasks.start(cx, |task| async move {
                let form =
                    ElicitForm::new(format!("Delete {filename}?")).required("confirm", Field::boolean());
                let answer = task.ask("confirm", form).await?;
                let sure = answer.accepted().is_some_and(|content| content["confirm"] == true);
                Ok(CallToolResult::text(if sure { "Deleted." } else { "Kept." }))
            }))
        }
        "multi_input" => Err(tasks.start(cx, |task| async move {
            let name = |message| ElicitForm::new(message).required("name", Field::text());
            let (first, second) =
                tokio::join!(task.ask("first", name("First?")), task.ask("second", name("Second?")));
            let accepted = [first?, second?].iter().filter(|answer| answer.accepted().is_some()).count();
            Ok(CallToolResult::text(format!("{accepted} answers")))
        })),
        "test_tool_with_task" => with_question(tasks, cx),
        _ => return None,
    })
}

fn slow_compute(
    tasks: &LocalTasks,
    cx: &RequestContext<()>,
    seconds: f64,
) -> Result<CallToolResult, Interrupt> {
    let done = CallToolResult::text(format!("Computed for {seconds} s."));
    if seconds == 0.0 {
        return Ok(done);
    }
    Err(tasks.start(cx, move |_| async move {
        sleep(Duration::from_secs_f64(seconds)).await;
        Ok(done)
    }))
}

fn with_question(tasks: &LocalTasks, cx: &RequestContext<()>) -> Result<CallToolResult, Interrupt> {
    let form = ElicitForm::new("What is your name?").required("name", Field::text());
    let answer = cx.ask("user_name", form)?;
    let name = answer.accepted().and_then(|content| content.get("name")).and_then(Value::as_str);
    let greeting = format!("Hello, {}!", name.unwrap_or("whoever you are"));
    Err(tasks.start(cx, move |_| async move { Ok(CallToolResult::text(greeting)) }))
}
