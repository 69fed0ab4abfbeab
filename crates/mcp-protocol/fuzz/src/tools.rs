//! The server's tools: one for each thing that a call can do.

use http::{HeaderValue, StatusCode, header};
use mcp_protocol::{
    CallTool, CallToolResult, Content, CreateMessage, ElicitForm, ElicitUrl, Field, Interrupt, ListRoots,
    LogLevel, ModelPreferences, RequestContext, Resource, ResourceContents, RpcError, Task, TextFormat, Tool,
    ToolAnnotations, ToolChoice, ToolList,
};
use serde_json::{Value, json};

use super::server::{Everything, Party, RESOURCE};

const LEVELS: [LogLevel; 4] = [LogLevel::Debug, LogLevel::Info, LogLevel::Error, LogLevel::Emergency];

/// Two pages of them.
pub(crate) fn lists() -> [ToolList; 2] {
    let plain = || json!({ "type": "object" });
    let mirrored = json!({
        "type": "object",
        "properties": {
            "region": { "type": "string", "x-mcp-header": "Region" },
            "page": { "type": "object", "properties": { "size": { "type": "integer", "x-mcp-header": "Page-Size" } } },
            "dry": { "type": "boolean", "x-mcp-header": "Dry" }
        }
    });
    let echo = Tool::new("echo", "Says it back.", plain())
        .with_title("Echo")
        .with_output_schema(json!({ "type": "object" }))
        .with_annotations(ToolAnnotations::new().read_only(true));
    let first = [echo, Tool::new("mirrored", "Has arguments that are mirrored into headers.", mirrored)];
    let second = [
        "media",
        "list",
        "fails",
        "forbidden",
        "broken",
        "noisy",
        "changes",
        "releases",
        "form",
        "visit",
        "sample",
        "sample-tools",
        "roots",
        "together",
        "chain",
        "task",
        "task-asks",
        "who",
    ];
    let second = second.map(|name| Tool::new(name, "Does what its name says.", plain()));
    [ToolList::new(first.into()), ToolList::new(second.into())]
}

/// Every kind of field.
pub(crate) fn form() -> ElicitForm {
    ElicitForm::new("Everything?")
        .required("name", Field::text().with_length(1, 8).with_title("Name"))
        .optional("mail", Field::text().with_format(TextFormat::Email).with_default("a@example.com"))
        .optional("count", Field::integer().with_range(-10.0, 10.0).with_default(1))
        .optional("share", Field::number().with_range(0.0, 1.0))
        .optional("sure", Field::boolean().with_default(true))
        .optional("one", Field::titled_choice([("a", "A"), ("b", "B")]).with_enum_names())
        .optional("some", Field::choices(["x", "y", "z"]).with_length(1, 2))
}

/// A question to the client's model, with or without a tool that it may call.
pub(crate) fn sample(tools: bool) -> CreateMessage {
    let question = CreateMessage::prompt("Hello?", 10)
        .with_system_prompt("Be brief.")
        .with_temperature(0.5)
        .with_model_preferences(ModelPreferences::hints(["small"]));
    if !tools {
        return question;
    }
    question.with_tools(vec![Tool::new("look", "Looks.", json!({ "type": "object" }))], ToolChoice::Auto)
}

/// A task is its party's own: its message, if it has one already, says whose.
pub(crate) fn check_owner(cx: &RequestContext<Party>, task: &Task) {
    let owner = task.status_message.as_deref();
    assert!(owner.is_none_or(|owner| owner == *cx.principal()), "a task of somebody else's was handed out");
}

/// `tools/call`.
pub(crate) async fn call(
    server: &Everything,
    cx: &RequestContext<Party>,
    call: &CallTool,
) -> Result<CallToolResult, Interrupt> {
    Ok(match call.name.as_str() {
        "echo" => match call.arguments.get("text").and_then(Value::as_str) {
            Some(text) => CallToolResult::structured(json!({ "text": text }), text.to_owned()),
            None => CallToolResult::error("`text` is missing"),
        },
        "mirrored" => CallToolResult::text("there"),
        "media" => media(),
        "list" => CallToolResult::structured(json!([1, 2]), "[1,2]"),
        "fails" => return Err(RpcError::invalid_params("It fails").into()),
        "forbidden" => return Err(forbidden().into()),
        "broken" => return Err(RpcError::internal("Something is broken").into()),
        "noisy" => noisy(cx).await,
        "changes" => {
            server.change(cx.principal());
            CallToolResult::text("changed")
        }
        "releases" => {
            cx.progress().report(0.5, None, Some("half"));
            tokio::task::yield_now().await;
            cx.release_connection(std::time::Duration::from_millis(5));
            CallToolResult::text(format!("{:?}", cx.ask("form", form())?))
        }
        "form" => CallToolResult::text(format!("{:?}", cx.ask("form", form())?.accepted())),
        "visit" => CallToolResult::text(format!("{:?}", cx.ask("visit", visit())?)),
        "sample" => CallToolResult::text(cx.ask("sample", sample(false))?.text()),
        "sample-tools" => CallToolResult::text(format!("{:?}", cx.ask("sample", sample(true))?)),
        "roots" => CallToolResult::text(format!("{:?}", cx.ask("roots", ListRoots::new())?)),
        "together" => {
            let questions = [
                ("form", form().into()),
                ("sample", sample(false).into()),
                ("roots", ListRoots::new().into()),
            ];
            cx.ask_together(questions)?;
            let said = (cx.ask("form", form())?, cx.ask("sample", sample(false))?);
            CallToolResult::text(format!("{said:?} {:?}", cx.ask("roots", ListRoots::new())?))
        }
        "chain" => chain(cx, call)?,
        "task" | "task-asks" => return Err(task(server, cx, call.name == "task-asks")),
        "who" => CallToolResult::text(format!(
            "{} {:?} {:?} {:?} {}",
            cx.principal(),
            cx.client_info().map(|info| &info.name),
            cx.user_agent(),
            cx.trace(),
            cx.protocol_version(),
        )),
        name => return Err(RpcError::unknown_tool(name).into()),
    })
}

fn media() -> CallToolResult {
    let meta = json!({ "example.com/a": [1, "\n", { "b": null }] });
    let result = CallToolResult::new(vec![
        Content::text("\r\ndata: x\n\n\u{2028}\u{85}\0"),
        Content::image("AAAA", "image/png"),
        Content::audio("AAAA", "audio/wav"),
        Content::resource_link(Resource::new(RESOURCE, "text")),
        Content::embedded(ResourceContents::text(RESOURCE, "text/plain", "hello")),
    ]);
    result.with_meta(meta.as_object().cloned().unwrap_or_default())
}

fn forbidden() -> RpcError {
    RpcError::invalid_request("The scope write is missing")
        .with_http_status(StatusCode::FORBIDDEN)
        .with_http_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
}

/// Says more than any queue here holds, part of it before the call first waits.
async fn noisy(cx: &RequestContext<Party>) -> CallToolResult {
    for step in 0..4_u8 {
        for level in LEVELS {
            cx.log(level, Some("noisy"), &json!({ "step": step, "text": "a\nb" }));
        }
        cx.progress().report(f64::from(step) / 2.0, Some(2.0), Some("\r\n"));
        if step > 1 {
            tokio::task::yield_now().await;
        }
    }
    CallToolResult::text("done")
}

fn visit() -> ElicitUrl {
    ElicitUrl::new("Sign in", "https://example.com/sign-in", "visit")
}

/// Two questions with a state between them, which must be this call's own when it comes back.
fn chain(cx: &RequestContext<Party>, call: &CallTool) -> Result<CallToolResult, Interrupt> {
    let text = call.arguments.get("text").and_then(Value::as_str);
    let state = json!({ "party": cx.principal(), "text": text });
    if let Some(found) = cx.state() {
        assert_eq!(*found, state, "a state came back to another call or party");
    }
    let first = cx.ask("first", form()).map_err(|interrupt| interrupt.with_state(state.clone()))?;
    let second = cx.ask("second", visit()).map_err(|interrupt| interrupt.with_state(state))?;
    Ok(CallToolResult::text(format!("{first:?} {second:?}")))
}

fn task(server: &Everything, cx: &RequestContext<Party>, asks: bool) -> Interrupt {
    let party = *cx.principal();
    server.tasks.start(cx, move |task| async move {
        task.say(party);
        if !asks {
            return Ok(CallToolResult::text("done"));
        }
        let answer = task.ask("form", form()).await?;
        Ok(CallToolResult::text(format!("{answer:?}")))
    })
}
