//! Tools of the suite's server that cannot go on without their client: one for each thing that can be asked, and for
//! each way of asking.

use mcp_protocol::{
    CallToolResult, CreateMessage, ElicitForm, ElicitResult, ElicitUrl, Field, InputRequired, Interrupt,
    ListRoots, TextFormat, Tool, ToolChoice,
};
use serde_json::{Value, json};

use super::Context;

pub(super) fn tools() -> Vec<Tool> {
    let schema = json!({ "type": "object", "properties": { "n": { "type": "integer" } } });
    [
        ("ask-form", "Asks by form."),
        ("ask-every-field", "Asks by a form with every kind of field."),
        ("ask-page", "Sends the person to a page."),
        ("ask-model", "Asks the client's model."),
        ("ask-model-with-tools", "Lends the client's model a tool."),
        ("ask-roots", "Asks for the client's roots."),
        ("ask-all", "Asks three things at once."),
        ("ask-twice", "Asks one thing, then another that depends on it."),
        ("ask-with-state", "Keeps something for itself between its runs."),
        ("ask-late", "Reports progress, then asks by form."),
        ("ask-unchecked", "Asks by form without looking whether it may."),
        ("ask-nothing", "Is interrupted, but asks nothing."),
    ]
    .into_iter()
    .map(|(name, description)| Tool::new(name, description, schema.clone()))
    .collect()
}

fn form() -> ElicitForm {
    ElicitForm::new("Go on?").required("ok", Field::boolean().with_default(false))
}

/// Asks for a yes.
pub(super) fn confirm(cx: &Context) -> Result<ElicitResult, Interrupt> {
    cx.ask("confirm", form())
}

fn every_field() -> ElicitForm {
    ElicitForm::new("Who?")
        .required("email", Field::text().with_format(TextFormat::Email).with_length(3, 64))
        .optional("day", Field::text().with_format(TextFormat::Date).with_default("2026-07-28"))
        .optional("age", Field::integer().with_range(0.0, 150.0))
        .optional("share", Field::number())
        .optional("sure", Field::boolean())
        .optional("color", Field::titled_choice([("r", "Red"), ("g", "Green")]))
        .optional("sizes", Field::choices(["s", "m", "l"]).with_length(0, 2))
}

fn page() -> ElicitUrl {
    ElicitUrl::new("Sign in first.", "https://example.com/sign-in?visit=1", "visit-1")
}

fn told(what: impl serde::Serialize) -> CallToolResult {
    CallToolResult::text(serde_json::to_string(&what).unwrap())
}

fn outcome(result: &ElicitResult) -> Value {
    match result {
        ElicitResult::Accept(content) => json!({ "accepted": content }),
        ElicitResult::Decline => json!("declined"),
        ElicitResult::Cancel => json!("cancelled"),
    }
}

pub(super) async fn call(cx: &Context, name: &str) -> Result<CallToolResult, Interrupt> {
    Ok(match name {
        "ask-form" => told(outcome(&confirm(cx)?)),
        "ask-every-field" => told(outcome(&cx.ask("who", every_field())?)),
        "ask-page" => told(outcome(&cx.ask("page", page())?)),
        "ask-model" => told(cx.ask("model", CreateMessage::prompt("How are you?", 20))?.text()),
        "ask-model-with-tools" => {
            let tool = Tool::new("lent", "Is lent.", json!({ "type": "object" }));
            let message = CreateMessage::prompt("Use it.", 20).with_tools(vec![tool], ToolChoice::Auto);
            told(cx.ask("model", message)?.text())
        }
        "ask-roots" => told(cx.ask("roots", ListRoots::new())?),
        "ask-all" => {
            let model = CreateMessage::prompt("How are you?", 20);
            let questions = [
                ("confirm", form().into()),
                ("model", model.clone().into()),
                ("roots", ListRoots::new().into()),
            ];
            cx.ask_together(questions)?;
            let confirmed = outcome(&confirm(cx)?);
            let (said, roots) = (cx.ask("model", model)?.text(), cx.ask("roots", ListRoots::new())?);
            told(json!({ "confirm": confirmed, "model": said, "roots": roots.len() }))
        }
        "ask-twice" => {
            let name = cx.ask("name", ElicitForm::new("Which name?").required("name", Field::text()))?;
            let Some(name) = name.accepted().map(|content| content["name"].clone()) else {
                return Ok(told("no name"));
            };
            let form = ElicitForm::new(format!("Is {name} right?")).required("ok", Field::boolean());
            told(json!({ "name": name, "confirm": outcome(&cx.ask("confirm", form)?) }))
        }
        "ask-with-state" => match cx.state() {
            None => return Err(InputRequired::new().with_state(json!({ "secret": "seven" })).into()),
            Some(state) => {
                let confirmed = confirm(cx).map_err(|interrupt| interrupt.with_state(state.clone()))?;
                told(json!({ "state": state, "confirm": outcome(&confirmed) }))
            }
        },
        "ask-late" => {
            cx.progress().report(1.0, None, None);
            tokio::task::yield_now().await;
            told(outcome(&confirm(cx)?))
        }
        "ask-unchecked" => return Err(InputRequired::new().with_request("confirm", form()).into()),
        "ask-nothing" => return Err(InputRequired::new().into()),
        _ => return Err(mcp_protocol::RpcError::unknown_tool(name).into()),
    })
}
