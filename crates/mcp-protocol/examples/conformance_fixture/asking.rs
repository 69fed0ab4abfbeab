//! The suite's tools that ask the client: by a request of the server on the legacy revisions, by another round on
//! 2026-07-28. The same handlers serve both.

use mcp_protocol::{
    CallToolResult, CreateMessage, ElicitForm, ElicitResult, Field, GetPromptResult, Interrupt, ListRoots,
    PromptMessage, RequestContext, SamplingContent, SamplingMessage, Tool,
};
use mcp_protocol::{Content, InputRequest};
use serde_json::{Value, json};

pub(crate) fn tools() -> Vec<Tool> {
    let plain = || json!({ "type": "object", "additionalProperties": false });
    let text = |name: &str| json!({ "type": "object", "properties": { name: { "type": "string" } }, "required": [name] });
    vec![
        Tool::new("test_sampling", "Asks the client's model.", text("prompt")),
        Tool::new("test_elicitation", "Asks the person for a name and an address.", text("message")),
        Tool::new("test_elicitation_sep1034_defaults", "Asks with defaults of every type.", plain()),
        Tool::new("test_elicitation_sep1330_enums", "Asks with choices of every kind.", plain()),
        Tool::new("test_streaming_elicitation", "Asks after it has reported progress.", plain()),
        Tool::new("test_input_required_result_elicitation", "Asks the person for a name.", plain()),
        Tool::new("test_input_required_result_sampling", "Asks the client's model.", plain()),
        Tool::new("test_input_required_result_list_roots", "Asks for the client's roots.", plain()),
        Tool::new("test_input_required_result_request_state", "Asks, and keeps a state.", plain()),
        Tool::new("test_input_required_result_multiple_inputs", "Asks three things at once.", plain()),
        Tool::new("test_input_required_result_multi_round", "Asks twice, one after the other.", plain()),
        Tool::new("test_input_required_result_tampered_state", "Asks, and keeps a state.", plain()),
        Tool::new("test_input_required_result_capabilities", "Asks what the client can be asked.", plain()),
    ]
}

/// The answer of one of these tools; none for another.
pub(crate) fn call(
    cx: &RequestContext<()>,
    name: &str,
    arguments: &serde_json::Map<String, Value>,
) -> Option<Result<CallToolResult, Interrupt>> {
    let argument = |name: &str| arguments.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    Some(match name {
        "test_sampling" => sampling(cx, &argument("prompt")),
        "test_elicitation" => elicitation(cx, &argument("message")),
        "test_elicitation_sep1034_defaults" => elicited(cx, defaults()),
        "test_elicitation_sep1330_enums" => elicited(cx, choices()),
        "test_streaming_elicitation" => {
            cx.progress().report(1.0, Some(2.0), None);
            greeting(cx)
        }
        "test_input_required_result_elicitation" => greeting(cx),
        "test_input_required_result_sampling" => capital(cx),
        "test_input_required_result_list_roots" => roots(cx),
        "test_input_required_result_request_state" | "test_input_required_result_tampered_state" => state(cx),
        "test_input_required_result_multiple_inputs" => three_at_once(cx),
        "test_input_required_result_multi_round" => two_rounds(cx),
        "test_input_required_result_capabilities" => what_is_possible(cx),
        _ => return None,
    })
}

pub(crate) fn prompt(cx: &RequestContext<()>) -> Result<GetPromptResult, Interrupt> {
    let form = ElicitForm::new("What is the context?").required("context", Field::text());
    let context = text(&cx.ask("user_context", form)?, "context");
    Ok(GetPromptResult::new(vec![PromptMessage::user(Content::text(format!("Use this context: {context}")))]))
}

fn sampling(cx: &RequestContext<()>, prompt: &str) -> Result<CallToolResult, Interrupt> {
    let said = cx.ask("completion", CreateMessage::prompt(prompt, 100))?;
    Ok(CallToolResult::text(format!("LLM response: {}", said.text())))
}

fn elicitation(cx: &RequestContext<()>, message: &str) -> Result<CallToolResult, Interrupt> {
    let form = ElicitForm::new(message)
        .required("username", Field::text().with_description("User's response"))
        .required("email", Field::text().with_description("User's email address"));
    let answer = cx.ask("user", form)?;
    Ok(CallToolResult::text(format!("User response: {}", shown(&answer))))
}

fn elicited(cx: &RequestContext<()>, form: ElicitForm) -> Result<CallToolResult, Interrupt> {
    let answer = cx.ask("form", form)?;
    Ok(CallToolResult::text(format!("Elicitation completed: {}", shown(&answer))))
}

fn defaults() -> ElicitForm {
    let status = Field::choice(["active", "inactive", "pending"]).with_default("active");
    ElicitForm::new("Please review and update the form fields with defaults")
        .optional("name", Field::text().with_default("John Doe"))
        .optional("age", Field::integer().with_default(30))
        .optional("score", Field::number().with_default(95.5))
        .optional("status", status)
        .optional("verified", Field::boolean().with_default(true))
}

fn choices() -> ElicitForm {
    let titled = [("value1", "First Option"), ("value2", "Second Option"), ("value3", "Third Option")];
    let named = [("opt1", "Option One"), ("opt2", "Option Two"), ("opt3", "Option Three")];
    let several = [("value1", "First Choice"), ("value2", "Second Choice"), ("value3", "Third Choice")];
    ElicitForm::new("Please select options from the enum fields")
        .optional("untitledSingle", Field::choice(["option1", "option2", "option3"]))
        .optional("titledSingle", Field::titled_choice(titled))
        .optional("legacyEnum", Field::titled_choice(named).with_enum_names())
        .optional("untitledMulti", Field::choices(["option1", "option2", "option3"]))
        .optional("titledMulti", Field::titled_choices(several))
}

fn ask_name() -> ElicitForm {
    ElicitForm::new("What is your name?").required("name", Field::text())
}

fn greeting(cx: &RequestContext<()>) -> Result<CallToolResult, Interrupt> {
    let name = text(&cx.ask("user_name", ask_name())?, "name");
    Ok(CallToolResult::text(format!("Hello, {name}!")))
}

fn capital(cx: &RequestContext<()>) -> Result<CallToolResult, Interrupt> {
    let question = SamplingContent::text("What is the capital of France?");
    let message = CreateMessage::new(vec![SamplingMessage::user(question)], 100);
    Ok(CallToolResult::text(cx.ask("capital_question", message)?.text()))
}

fn roots(cx: &RequestContext<()>) -> Result<CallToolResult, Interrupt> {
    let roots = cx.ask("client_roots", ListRoots::new())?;
    let uris: Vec<_> = roots.iter().map(|root| root.uri.as_str()).collect();
    Ok(CallToolResult::text(format!("Roots: {}", uris.join(", "))))
}

fn state(cx: &RequestContext<()>) -> Result<CallToolResult, Interrupt> {
    let form = ElicitForm::new("Go on?").required("ok", Field::boolean());
    let answer =
        cx.ask("confirm", form).map_err(|interrupt| interrupt.with_state(json!({ "asked": "confirm" })))?;
    let kept = cx.state().is_some_and(|state| state["asked"] == "confirm");
    let state = if kept { "state-ok" } else { "state-lost" };
    Ok(CallToolResult::text(format!("{state}: {}", shown(&answer))))
}

fn three_at_once(cx: &RequestContext<()>) -> Result<CallToolResult, Interrupt> {
    let hello = CreateMessage::prompt("Say hello.", 50);
    let questions: [(&str, InputRequest); 3] = [
        ("user_name", ask_name().into()),
        ("greeting", hello.clone().into()),
        ("client_roots", ListRoots::new().into()),
    ];
    cx.ask_together(questions)
        .map_err(|interrupt| interrupt.with_state(json!({ "asked": "three things" })))?;
    let name = text(&cx.ask("user_name", ask_name())?, "name");
    let greeting = cx.ask("greeting", hello)?.text();
    let roots = cx.ask("client_roots", ListRoots::new())?.len();
    Ok(CallToolResult::text(format!("{greeting} {name}, with {roots} roots")))
}

fn two_rounds(cx: &RequestContext<()>) -> Result<CallToolResult, Interrupt> {
    let step = |step: u8| move |interrupt: Interrupt| interrupt.with_state(json!({ "step": step }));
    let name = text(&cx.ask("step1", ask_name()).map_err(step(1))?, "name");
    let color = ElicitForm::new("What is your favorite color?").required("color", Field::text());
    let color = text(&cx.ask("step2", color).map_err(step(2))?, "color");
    Ok(CallToolResult::text(format!("{name} likes {color}.")))
}

fn what_is_possible(cx: &RequestContext<()>) -> Result<CallToolResult, Interrupt> {
    if cx.can_ask(&ask_name().into()) {
        return greeting(cx);
    }
    capital(cx)
}

fn text(answer: &ElicitResult, field: &str) -> String {
    let value = answer.accepted().and_then(|content| content.get(field)).and_then(Value::as_str);
    value.unwrap_or("nothing").to_owned()
}

fn shown(answer: &ElicitResult) -> String {
    match answer {
        ElicitResult::Accept(content) => format!("action=accept, content={}", json!(content)),
        ElicitResult::Decline => "action=decline".to_owned(),
        ElicitResult::Cancel => "action=cancel".to_owned(),
    }
}
