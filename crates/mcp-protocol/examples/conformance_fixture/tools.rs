//! The suite's tools: how they are declared, and what a call of each does.

use mcp_protocol::{
    CallTool, CallToolResult, Content, Interrupt, LogLevel, RequestContext, ResourceContents, RpcError, Tool,
    ToolList,
};
use serde_json::{Value, json};
use std::time::Duration;

use crate::data::{PNG, WAV};
use crate::fixture::Fixture;
use crate::{asking, jobs};

pub(crate) fn list() -> ToolList {
    let plain = || json!({ "type": "object", "additionalProperties": false });
    let header = json!({
        "type": "object",
        "properties": { "region": { "type": "string", "description": "Where", "x-mcp-header": "Region" } },
        "required": ["region"]
    });
    // The suite calls the first one without arguments.
    let mut tools = vec![
        Tool::new("test_simple_text", "Answers with one text.", plain()),
        Tool::new("test_image_content", "Answers with an image.", plain()),
        Tool::new("test_audio_content", "Answers with a recording.", plain()),
        Tool::new("test_embedded_resource", "Answers with a resource.", plain()),
        Tool::new("test_multiple_content_types", "Answers with text, an image and a resource.", plain()),
        Tool::new("test_error_handling", "Always fails.", plain()),
        Tool::new("test_tool_with_logging", "Logs three times.", plain()),
        Tool::new("test_logging_tool", "Logs once.", plain()),
        Tool::new("test_tool_with_progress", "Reports progress three times.", plain()),
        Tool::new("test_missing_capability", "Needs a client that samples.", plain()),
        Tool::new("test_custom_header", "Mirrors an argument into a header.", header),
        Tool::new("json_schema_2020_12_tool", "Has a schema with every keyword.", every_keyword()),
        Tool::new("test_reconnection", "Lets go of its connection before it answers.", plain()),
        Tool::new("test_trigger_tool_change", "Says that the list of tools has changed.", plain()),
        Tool::new("test_trigger_prompt_change", "Says that the list of prompts has changed.", plain()),
    ];
    tools.extend(asking::tools());
    tools.extend(jobs::tools());
    ToolList::new(tools)
}

pub(crate) async fn call(
    fixture: &Fixture,
    cx: &RequestContext<()>,
    call: CallTool,
) -> Result<CallToolResult, Interrupt> {
    let other = asking::call(cx, &call.name, &call.arguments)
        .or_else(|| jobs::call(&fixture.tasks, cx, &call.name, &call.arguments));
    if let Some(answer) = other {
        return answer;
    }
    let embedded = || {
        Content::embedded(ResourceContents::text(
            "test://embedded-resource",
            "text/plain",
            "This is an embedded resource content.",
        ))
    };
    Ok(match call.name.as_str() {
        "test_simple_text" => CallToolResult::text("This is a simple text response for testing."),
        "test_image_content" => CallToolResult::new(vec![Content::image(PNG, "image/png")]),
        "test_audio_content" => CallToolResult::new(vec![Content::audio(WAV, "audio/wav")]),
        "test_embedded_resource" => CallToolResult::new(vec![embedded()]),
        "test_multiple_content_types" => CallToolResult::new(vec![
            Content::text("Multiple content types test:"),
            Content::image(PNG, "image/png"),
            Content::embedded(ResourceContents::text(
                "test://mixed-content-resource",
                "application/json",
                r#"{"test":"data","value":123}"#,
            )),
        ]),
        "test_error_handling" => {
            CallToolResult::error("This tool intentionally returns an error for testing")
        }
        "test_tool_with_logging" => {
            for text in ["Tool execution started", "Tool processing data", "Tool execution completed"] {
                cx.log(LogLevel::Info, None, &json!(text));
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            CallToolResult::text("Logged three times.")
        }
        "test_logging_tool" => {
            cx.log(LogLevel::Info, None, &json!("Logged once"));
            CallToolResult::text("Logged once.")
        }
        "test_tool_with_progress" => {
            for done in [0.0, 50.0, 100.0] {
                cx.progress().report(done, Some(100.0), None);
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            CallToolResult::text("Reported three times.")
        }
        "test_missing_capability" if cx.client_capabilities().has("sampling") => {
            CallToolResult::text("The client samples.")
        }
        "test_missing_capability" => {
            return Err(RpcError::missing_client_capability(&json!({ "sampling": {} })).into());
        }
        "test_custom_header" => {
            let region = call.arguments.get("region").and_then(Value::as_str).unwrap_or("nowhere");
            CallToolResult::text(format!("Region: {region}"))
        }
        "json_schema_2020_12_tool" => CallToolResult::text("Called with arguments that fit."),
        "test_reconnection" => {
            cx.release_connection(Duration::from_millis(500));
            tokio::time::sleep(Duration::from_millis(100)).await;
            CallToolResult::text("Reconnection test completed")
        }
        "test_trigger_tool_change" => {
            fixture.notifier.tools_list_changed();
            CallToolResult::text("Told.")
        }
        "test_trigger_prompt_change" => {
            fixture.notifier.prompts_list_changed();
            CallToolResult::text("Told.")
        }
        name => return Err(RpcError::unknown_tool(name).into()),
    })
}

fn every_keyword() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "$defs": {
            "address": {
                "$anchor": "addressDef",
                "type": "object",
                "properties": { "street": { "type": "string" }, "city": { "type": "string" } }
            }
        },
        "properties": {
            "name": { "type": "string" },
            "address": { "$ref": "#/$defs/address" },
            "contactMethod": { "type": "string", "enum": ["phone", "email"] },
            "phone": { "type": "string" },
            "email": { "type": "string" }
        },
        "allOf": [{ "anyOf": [{ "required": ["phone"] }, { "required": ["email"] }] }],
        "if": { "properties": { "contactMethod": { "const": "phone" } }, "required": ["contactMethod"] },
        "then": { "required": ["phone"] },
        "else": { "required": ["email"] },
        "additionalProperties": false
    })
}
