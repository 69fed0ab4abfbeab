//! Every message that we send, against the JSON Schema of its revision.
//!
//! The schemas are the spec's and not part of this repository: where they are not beside it, the test says so and
//! passes.

use std::path::Path;
use std::sync::Arc;

use mcp_protocol::{HttpOptions, Notifier, ProtocolVersion, Runtime, StreamableHttp};
use serde_json::{Value, json};

use crate::asking::{self, Client, Events};
use crate::fixture::Fixture;
use crate::wire::{ENVELOPE, endpoint, messages, render, request};

/// The schema of a revision, where it is beside the repository.
pub(crate) fn schema(version: ProtocolVersion) -> Option<Value> {
    let text = beside(&format!("mcp-schema/{version}.json"))?;
    Some(serde_json::from_str(&text).unwrap())
}

/// A file of the folder `shared` beside the checkout, or beside a folder that the checkout is in.
pub(crate) fn beside(path: &str) -> Option<String> {
    let folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().skip(3);
    folders.into_iter().find_map(|folder| std::fs::read_to_string(folder.join("shared").join(path)).ok())
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
        questions(version, &check).await;
        changes(version, &check).await;
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

/// Every question that the server can ask: a request of its own, or the answer of a call.
async fn questions(version: ProtocolVersion, check: &impl Fn(&str, &Value)) {
    let endpoint = asking::endpoint();
    let mut asked = 0;
    if version.is_modern() {
        for (tool, ..) in asking::dialogues() {
            let answer = asking::modern(&endpoint, tool, "", "alice").await;
            check("JSONRPCMessage", &answer);
            check("InputRequiredResult", &answer["result"]);
            for request in answer["result"]["inputRequests"].as_object().unwrap().values() {
                check("InputRequest", request);
                asked += 1;
            }
        }
        assert_eq!(asked, 6);
        return;
    }
    let client = Client::connect(endpoint, version, asking::ALL_CAPABILITIES).await.unwrap();
    for (tool, answer, _) in asking::dialogues() {
        let possible = match tool {
            "form" => version.has_elicitation(),
            "url" | "sample_with_tools" => version.has_url_elicitation(),
            _ => true,
        };
        if possible {
            let mut events = client.call(tool).await;
            let question = events.next().await.unwrap();
            check("JSONRPCMessage", &question);
            check("ServerRequest", &question);
            client.answer(&question, &answer).await;
            let result = events.next().await.unwrap();
            check("CallToolResult", &result["result"]);
            asked += 1;
        }
    }
    let expected = match version {
        ProtocolVersion::V2025_11_25 => 6,
        ProtocolVersion::V2025_06_18 => 4,
        _ => 2,
    };
    assert_eq!(asked, expected, "{version}");
}

/// What clients are told unasked: over the stream of GET, or of `subscriptions/listen`.
async fn changes(version: ProtocolVersion, check: &impl Fn(&str, &Value)) {
    let notifier = Notifier::new();
    let runtime = Runtime::builder(Arc::new(Fixture::changing())).notifier(notifier.clone()).build();
    let endpoint = StreamableHttp::with_runtime(&runtime, HttpOptions::new());
    let open = if version.is_modern() {
        let listen = r#""method":"subscriptions/listen","params":{"notifications":{"toolsListChanged":true,"promptsListChanged":true,"resourcesListChanged":true,"resourceSubscriptions":["test://text"]},$M}"#;
        format!(
            "POST /mcp\nMCP-Protocol-Version: {version}\nMcp-Method: subscriptions/listen\n\n{{\"jsonrpc\":\"2.0\",\"id\":5,{listen}}}"
        )
    } else {
        format!("GET /mcp\nMCP-Protocol-Version: {version}")
    };
    let answer = endpoint.handle(request(&open), "alice").await;
    assert_eq!(answer.status(), 200);
    notifier.tools_list_changed();
    notifier.prompts_list_changed();
    notifier.resources_list_changed();
    notifier.resource_updated("test://text");
    notifier.elicitation_complete(&"alice", "visit-1");
    let expected = match version {
        // The acknowledgement, three lists, a resource.
        ProtocolVersion::V2026_07_28 => 5,
        // Three lists, a page that was visited.
        ProtocolVersion::V2025_11_25 => 4,
        _ => 3,
    };
    let mut events = Events::new(answer.into_body());
    let mut told = Vec::new();
    for _ in 0..expected {
        told.push(events.next().await.unwrap());
    }
    runtime.shut_down();
    let last = events.next().await;
    assert_eq!(last.is_some(), version.is_modern(), "{version}: {last:?}");
    told.extend(last);
    for message in &told {
        check("JSONRPCMessage", message);
        if message.get("method").is_some() {
            check("ServerNotification", message);
        } else {
            check("SubscriptionsListenResult", &message["result"]);
        }
    }
}
