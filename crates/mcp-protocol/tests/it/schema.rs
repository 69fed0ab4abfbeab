//! Every message that we send, against the JSON Schema of its revision.
//!
//! The schemas are the spec's and not part of this repository: where they are not beside it, the test says so and
//! passes.

use std::path::PathBuf;

use mcp_protocol::ProtocolVersion;
use serde_json::{Value, json};

use crate::wire::{ENVELOPE, endpoint, messages, render, request};

fn schema(version: ProtocolVersion) -> Option<Value> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/mcp-schema");
    let text = std::fs::read_to_string(root.join(format!("{version}.json"))).ok()?;
    Some(serde_json::from_str(&text).unwrap())
}

/// Requests, and the definition that each result must satisfy.
const RESULTS: &[(&str, &str, &str)] = &[
    ("tools/list", "", "ListToolsResult"),
    ("tools/call", r#""name":"echo","arguments":{"text":"hi"}"#, "CallToolResult"),
    ("tools/call", r#""name":"count""#, "CallToolResult"),
    ("tools/call", r#""name":"list""#, "CallToolResult"),
    ("tools/call", r#""name":"media""#, "CallToolResult"),
    ("resources/list", "", "ListResourcesResult"),
    ("resources/templates/list", "", "ListResourceTemplatesResult"),
    ("resources/read", r#""uri":"test://text""#, "ReadResourceResult"),
    ("prompts/list", "", "ListPromptsResult"),
    ("prompts/get", r#""name":"greet","arguments":{"name":"Ada"}"#, "GetPromptResult"),
    (
        "completion/complete",
        r#""ref":{"type":"ref/prompt","name":"greet"},"argument":{"name":"name","value":"A"}"#,
        "CompleteResult",
    ),
];

/// Requests whose whole messages are looked at: errors and notifications.
const MESSAGES: &[(&str, &str)] = &[
    ("tools/call", r#""name":"frob""#),
    ("resources/read", r#""uri":"test://no""#),
    ("tools/call", r#""name":"sampling""#),
    ("tools/call", r#""name":"hasty""#),
    ("no/such", ""),
];

async fn ask(version: ProtocolVersion, method: &str, params: &str) -> Vec<Value> {
    let meta = match (version, params.contains("hasty")) {
        (ProtocolVersion::V2026_07_28, true) => ENVELOPE.replace(
            "\"_meta\":{",
            "\"_meta\":{\"progressToken\":1,\"io.modelcontextprotocol/logLevel\":\"debug\",",
        ),
        (ProtocolVersion::V2026_07_28, false) => ENVELOPE.to_owned(),
        _ => r#""_meta":{"progressToken":1}"#.to_owned(),
    };
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method });
    let comma = if params.is_empty() { "" } else { "," };
    let body =
        body.to_string().replace("\"method\"", &format!("\"params\":{{{params}{comma}{meta}}},\"method\""));
    let named: Value = serde_json::from_str(&format!("{{{params}}}")).unwrap();
    let named = named.get("name").or_else(|| named.get("uri")).and_then(Value::as_str);
    let name = named.map(|name| format!("\nMcp-Name: {name}")).unwrap_or_default();
    let text = format!("POST /mcp\nMCP-Protocol-Version: {version}\nMcp-Method: {method}{name}\n\n{body}");
    messages(&render(endpoint().handle(request(&text), "alice").await).await)
}

#[tokio::test]
async fn what_we_send_is_valid() {
    for version in ProtocolVersion::ALL {
        let Some(document) = schema(version) else {
            eprintln!("skipped: the schema of {version} is not beside the repository");
            return;
        };
        let definitions = if document.get("$defs").is_some() { "$defs" } else { "definitions" };
        let validator = |name: &str| {
            let mut schema = document.clone();
            schema["$ref"] = json!(format!("#/{definitions}/{name}"));
            jsonschema::validator_for(&schema).unwrap()
        };
        let check = |name: &str, value: &Value| {
            let validator = validator(name);
            let errors: Vec<_> = validator.iter_errors(value).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{version} {name}: {errors:?}\n{value}");
        };
        for (method, params, definition) in RESULTS {
            let messages = ask(version, method, params).await;
            check("JSONRPCMessage", &messages[0]);
            check(definition, &messages[0]["result"]);
        }
        if version.is_modern() {
            check("DiscoverResult", &ask(version, "server/discover", "").await[0]["result"]);
        } else {
            let params = format!(
                r#""protocolVersion":"{version}","capabilities":{{}},"clientInfo":{{"name":"t","version":"1"}}"#
            );
            check("InitializeResult", &ask(version, "initialize", &params).await[0]["result"]);
        }
        let mut notifications = 0;
        for (method, params) in MESSAGES {
            for message in ask(version, method, params).await {
                check("JSONRPCMessage", &message);
                if message.get("method").is_some() {
                    check("ServerNotification", &message);
                    notifications += 1;
                }
            }
        }
        assert_eq!(notifications, 5, "three logs and two reports of progress");
    }
}
