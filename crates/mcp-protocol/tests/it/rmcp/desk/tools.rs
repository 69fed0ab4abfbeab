//! The desk's tools: how they are declared, and what a call of each does.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, StatusCode, header};
use mcp_protocol::{
    CallTool, CallToolResult, Content, CreateMessage, ElicitForm, ElicitResult, ElicitUrl, Field, Icon,
    Interrupt, ListRoots, LogLevel, Resource, ResourceContents, RpcError, Tool, ToolAnnotations,
};
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::{Cx, Desk};

pub(super) fn all() -> Vec<Tool> {
    let plain = || json!({ "type": "object", "additionalProperties": false });
    let text =
        json!({ "type": "object", "properties": { "text": { "type": "string" } }, "required": ["text"] });
    let place = json!({
        "type": "object",
        "properties": {
            "region": { "type": "string", "x-mcp-header": "Region" },
            "size": { "type": "integer", "x-mcp-header": "Size" }
        }
    });
    let counted =
        json!({ "type": "object", "properties": { "n": { "type": "integer" } }, "required": ["n"] });
    vec![
        Tool::new("echo", "Says it back.", text)
            .with_title("Echo")
            .with_annotations(ToolAnnotations::new().read_only(true).open_world(false))
            .with_icons(vec![Icon::new("https://example.com/echo.png").with_sizes(vec!["48x48".to_owned()])]),
        Tool::new("count", "Counts.", plain()).with_output_schema(counted),
        Tool::new("place", "Has arguments that are mirrored into headers.", place),
        Tool::new("everything", "Answers with a block of each kind.", plain()),
        Tool::new("fail", "Fails.", plain()),
        Tool::new("forbid", "Needs a scope.", plain()),
        Tool::new("work", "Logs, and reports progress.", plain()),
        Tool::new("wait", "Waits until it is given up.", plain()),
        Tool::new("detour", "Closes its connection before it answers.", plain()),
        Tool::new("order", "Asks twice.", plain()),
        Tool::new("sign", "Sends the person to a page.", plain()),
        Tool::new("summarise", "Asks the client's model.", plain()),
        Tool::new("folders", "Asks for the roots, and whether to go on, at once.", plain()),
        Tool::new("job", "Goes on as a task where it may.", plain()),
    ]
}

pub(super) async fn call(desk: &Desk, cx: &Cx, call: CallTool) -> Result<CallToolResult, Interrupt> {
    let argument = |name: &str| call.arguments.get(name).cloned().unwrap_or_default();
    Ok(match call.name.as_str() {
        "echo" => CallToolResult::text(argument("text").as_str().unwrap_or_default().to_owned()),
        "count" => CallToolResult::structured(json!({ "n": 3 }), r#"{"n":3}"#),
        "place" => CallToolResult::text(format!("{} {}", argument("region"), argument("size"))),
        "everything" => everything(),
        "fail" => CallToolResult::error("It is broken: call somebody."),
        "forbid" => {
            let challenge = HeaderValue::from_static(r#"Bearer error="insufficient_scope", scope="write""#);
            return Err(Interrupt::Error(
                RpcError::invalid_request("The scope write is missing")
                    .with_http_status(StatusCode::FORBIDDEN)
                    .with_http_header(header::WWW_AUTHENTICATE, challenge),
            ));
        }
        "work" => work(cx),
        "wait" => {
            let _given_up = OnDrop(Arc::clone(&desk.given_up));
            desk.begun.notify_one();
            std::future::pending().await
        }
        "detour" => {
            cx.log(LogLevel::Info, Some("desk"), &json!("before"));
            cx.release_connection(Duration::from_millis(1));
            if argument("patient") == true {
                desk.resumed.notified().await;
            }
            cx.log(LogLevel::Info, Some("desk"), &json!("after"));
            CallToolResult::text("made it")
        }
        "order" => order(cx)?,
        "sign" => match cx.ask("page", ElicitUrl::new("Sign here", "https://example.com/sign", "sign-1"))? {
            ElicitResult::Accept(content) if content.is_empty() => CallToolResult::text("signed"),
            other => CallToolResult::error(format!("not signed: {other:?}")),
        },
        "summarise" => {
            let question = CreateMessage::prompt("A long story.", 100).with_system_prompt("Be brief.");
            let answer = cx.ask("summary", question)?;
            CallToolResult::text(format!("{} says: {}", answer.model, answer.text()))
        }
        "folders" => {
            let form = ElicitForm::new("Look into them?").required("sure", Field::boolean());
            cx.ask_together([("roots", ListRoots::new().into()), ("sure", form.clone().into())])?;
            let sure = cx.ask("sure", form)?.accepted().is_some_and(|content| content["sure"] == true);
            let roots = cx.ask("roots", ListRoots::new())?;
            let names: Vec<_> = roots.iter().map(|root| format!("{} {:?}", root.uri, root.name)).collect();
            CallToolResult::text(format!("{sure}: {}", names.join(", ")))
        }
        "job" if cx.wants_tasks() => return Err(job(desk, cx)),
        "job" => CallToolResult::text("done at once"),
        name => return Err(RpcError::unknown_tool(name).into()),
    })
}

fn everything() -> CallToolResult {
    CallToolResult::new(vec![
        Content::text("words"),
        Content::image("iVBORw0KGgo=", "image/png"),
        Content::audio("UklGRg==", "audio/wav"),
        Content::resource_link(Resource::new("desk://note", "note").with_mime_type("text/plain")),
        Content::embedded(ResourceContents::text("desk://note", "text/plain", "milk, eggs")),
        Content::embedded(ResourceContents::blob("desk://photo", "image/png", "iVBORw0KGgo=")),
    ])
}

fn work(cx: &Cx) -> CallToolResult {
    for (step, level) in [(1.0, LogLevel::Debug), (2.0, LogLevel::Info), (3.0, LogLevel::Error)] {
        cx.progress().report(step, Some(3.0), Some("working"));
        cx.log(level, Some("desk"), &json!({ "step": step }));
    }
    CallToolResult::text("worked")
}

/// Two rounds, the second of which depends on the answer of the first, and a state of the handler's own that grows.
fn order(cx: &Cx) -> Result<CallToolResult, Interrupt> {
    let form = ElicitForm::new("Which size?")
        .required("size", Field::choice(["small", "large"]))
        .optional("count", Field::integer().with_range(1.0, 9.0).with_default(1));
    let asked = cx.ask("size", form).map_err(|question| question.with_state(json!("first round")));
    let size = match asked? {
        ElicitResult::Accept(content) => content["size"].clone(),
        ElicitResult::Decline => return Ok(CallToolResult::text("declined")),
        ElicitResult::Cancel => return Ok(CallToolResult::text("cancelled")),
    };
    let state = cx.state().and_then(Value::as_str).unwrap_or("no state").to_owned();
    let form = ElicitForm::new(format!("A {} one?", size.as_str().unwrap_or_default()))
        .required("sure", Field::boolean().with_title("Sure"));
    let asked = cx.ask("sure", form);
    let asked = asked.map_err(|question| question.with_state(json!(format!("{state}, second round"))));
    let sure = asked?.accepted().map(|content| content["sure"].clone());
    Ok(CallToolResult::text(format!("{size} {} after the {state}", sure.unwrap_or_default())))
}

fn job(desk: &Desk, cx: &Cx) -> Interrupt {
    desk.tasks.start(cx, |task| async move {
        task.say("waiting for an answer");
        let form = ElicitForm::new("Go on?").required("sure", Field::boolean());
        let answer = task.ask("go-on", form).await?;
        let sure = answer.accepted().is_some_and(|content| content["sure"] == true);
        Ok(CallToolResult::structured(json!({ "sure": sure }), "done"))
    })
}

/// Tells that the work that held it has ended.
struct OnDrop(Arc<Notify>);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}
