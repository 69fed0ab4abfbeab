//! A server that has a bit of everything, and remembers what happened to its calls.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::{HeaderValue, StatusCode, header};
use mcp_protocol::{
    CallTool, CallToolResult, Capabilities, CompleteRequest, CompleteResult, Content, GetPrompt,
    GetPromptResult, Icon, Interrupt, ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult,
    ListToolsResult, LogLevel, Prompt, PromptArgument, PromptMessage, ReadResourceResult, RequestContext,
    Resource, ResourceContents, ResourceTemplate, RpcError, Server, ServerInfo, Tool, ToolAnnotations,
    ToolList,
};
use serde_json::json;
use tokio::sync::Notify;

/// What became of the calls of `slow`.
#[derive(Default)]
pub(crate) struct Log {
    pub(crate) started: Notify,
    pub(crate) go_on: Notify,
    pub(crate) ended: Notify,
    pub(crate) finished: AtomicUsize,
    pub(crate) dropped: AtomicUsize,
}

pub(crate) struct Fixture {
    info: ServerInfo,
    tools: ToolList,
    capabilities: Capabilities,
    pub(crate) log: Arc<Log>,
}

impl Default for Fixture {
    fn default() -> Self {
        Self {
            info: ServerInfo::new("fixture", "1.2.3")
                .with_title("Fixture")
                .with_description("For tests.")
                .with_website_url("https://example.com/")
                .with_icons(vec![Icon::new("https://example.com/icon.png").with_mime_type("image/png")])
                .with_instructions("Call echo."),
            tools: ToolList::new(tools()),
            capabilities: Capabilities::new()
                .with_tools()
                .with_resources()
                .with_prompts()
                .with_completions()
                .with_logging(),
            log: Arc::default(),
        }
    }
}

impl Fixture {
    /// With lists that change, and resources to subscribe to.
    pub(crate) fn changing() -> Self {
        let capabilities = Self::default().capabilities;
        let capabilities = capabilities
            .with_tools_list_changed()
            .with_prompts_list_changed()
            .with_resources_list_changed()
            .with_resource_subscriptions();
        Self { capabilities, ..Self::default() }
    }

    /// With tools alone.
    pub(crate) fn tools_only() -> Self {
        Self { capabilities: Capabilities::new().with_tools(), ..Self::default() }
    }

    /// With so many tools more that the list is sent from where it lies.
    pub(crate) fn of_many_tools() -> Self {
        let more = (0..100).map(|number| {
            Tool::new(
                format!("tool-{number}"),
                "Does nothing, and says so at length.",
                json!({ "type": "object" }),
            )
        });
        Self { tools: tools().into_iter().chain(more).collect::<Vec<_>>().into(), ..Self::default() }
    }
}

/// The tools that it lists.
pub(crate) fn tools() -> Vec<Tool> {
    let text =
        json!({ "type": "object", "properties": { "text": { "type": "string" } }, "required": ["text"] });
    let none = || json!({ "type": "object", "additionalProperties": false });
    let place = json!({
        "type": "object",
        "properties": {
            "region": { "type": "string", "x-mcp-header": "Region" },
            "page": { "type": "object", "properties": { "size": { "type": "integer", "x-mcp-header": "Page-Size" } } },
            "dry": { "type": "boolean", "x-mcp-header": "Dry" }
        }
    });
    vec![
        Tool::new("echo", "Says it back.", text)
            .with_title("Echo")
            .with_annotations(ToolAnnotations::new().read_only(true).open_world(false))
            .with_icons(vec![Icon::new("data:image/svg+xml,x")]),
        Tool::new("count", "Counts.", none())
            .with_output_schema(json!({ "type": "object", "properties": { "n": { "type": "integer" } } })),
        Tool::new("list", "Lists.", none()).with_output_schema(json!({ "type": "array" })),
        Tool::new("media", "Answers with everything.", none()),
        Tool::new("noisy", "Logs and reports progress.", none()),
        Tool::new("hasty", "Logs without waiting.", none()),
        Tool::new("place", "Has arguments that are mirrored into headers.", place),
        Tool::new("slow", "Waits to be told to go on.", none()),
        Tool::new("panics", "Has a bug.", none()),
        Tool::new("forbidden", "Needs a scope.", none()),
        Tool::new("sampling", "Needs a client that samples.", none()),
    ]
}

/// Counts a call of `slow` that did not come to its end.
struct Dropped(Option<Arc<Log>>);

impl Drop for Dropped {
    fn drop(&mut self) {
        if let Some(log) = self.0.take() {
            log.dropped.fetch_add(1, Ordering::SeqCst);
            log.ended.notify_one();
        }
    }
}

impl Server for Fixture {
    type Principal = &'static str;

    fn info(&self) -> &ServerInfo {
        &self.info
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities.clone()
    }

    async fn list_tools(
        &self,
        _: &RequestContext<&'static str>,
        cursor: Option<&str>,
    ) -> Result<ListToolsResult, RpcError> {
        match cursor {
            None => Ok(ListToolsResult::new(self.tools.clone())),
            Some(_) => Err(RpcError::invalid_params("Unknown cursor")),
        }
    }

    async fn call_tool(
        &self,
        cx: &RequestContext<&'static str>,
        call: CallTool,
    ) -> Result<CallToolResult, Interrupt> {
        Ok(match call.name.as_str() {
            "echo" => match call.arguments.get("text").and_then(|text| text.as_str()) {
                Some(text) => CallToolResult::text(text.to_owned()),
                None => CallToolResult::error("`text` is missing"),
            },
            "count" => CallToolResult::structured(json!({ "n": 3 }), r#"{"n":3}"#),
            "list" => CallToolResult::structured(json!([1, 2]), "[1,2]"),
            "media" => CallToolResult::new(vec![
                Content::image("AAAA", "image/png"),
                Content::audio("AAAA", "audio/wav"),
                Content::resource_link(Resource::new("test://text", "text")),
                Content::embedded(ResourceContents::text("test://text", "text/plain", "hello")),
            ]),
            "noisy" | "hasty" => {
                for step in [1.0, 2.0, 2.0] {
                    cx.log(LogLevel::Info, Some("fixture"), &json!(format!("step {step}")));
                    cx.progress().report(step, Some(2.0), None);
                    if call.name == "noisy" {
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                }
                CallToolResult::text("done")
            }
            "place" => CallToolResult::text("there"),
            "slow" => {
                let mut dropped = Dropped(Some(Arc::clone(&self.log)));
                cx.progress().report(1.0, None, None);
                self.log.started.notify_one();
                self.log.go_on.notified().await;
                dropped.0 = None;
                self.log.finished.fetch_add(1, Ordering::SeqCst);
                self.log.ended.notify_one();
                CallToolResult::text("went on")
            }
            "panics" => panic!("a bug"),
            "forbidden" => {
                return Err(Interrupt::Error(
                    RpcError::invalid_request("The scope write is missing")
                        .with_http_status(StatusCode::FORBIDDEN)
                        .with_http_header(
                            header::WWW_AUTHENTICATE,
                            HeaderValue::from_static(r#"Bearer error="insufficient_scope", scope="write""#),
                        ),
                ));
            }
            "sampling" => return Err(RpcError::missing_client_capability(&json!({ "sampling": {} })).into()),
            "who" => CallToolResult::text(format!(
                "{} {:?} {:?} {}",
                cx.principal(),
                cx.client_info().map(|info| info.name.as_str()),
                cx.user_agent(),
                cx.protocol_version(),
            )),
            name => return Err(RpcError::unknown_tool(name).into()),
        })
    }

    async fn list_resources(
        &self,
        _: &RequestContext<&'static str>,
        _: Option<&str>,
    ) -> Result<ListResourcesResult, RpcError> {
        Ok(ListResourcesResult::new(vec![
            Resource::new("test://text", "text").with_description("A text.").with_mime_type("text/plain"),
        ])
        .with_next_cursor("next"))
    }

    async fn list_resource_templates(
        &self,
        _: &RequestContext<&'static str>,
        _: Option<&str>,
    ) -> Result<ListResourceTemplatesResult, RpcError> {
        Ok(ListResourceTemplatesResult::new(vec![ResourceTemplate::new("test://{id}", "by-id")]))
    }

    async fn read_resource(
        &self,
        _: &RequestContext<&'static str>,
        uri: &str,
    ) -> Result<ReadResourceResult, Interrupt> {
        match uri {
            "test://text" => Ok(ReadResourceResult::new(vec![ResourceContents::text(
                "test://text",
                "text/plain",
                "hello",
            )])),
            uri => Err(RpcError::resource_not_found(uri).into()),
        }
    }

    async fn list_prompts(
        &self,
        _: &RequestContext<&'static str>,
        _: Option<&str>,
    ) -> Result<ListPromptsResult, RpcError> {
        Ok(ListPromptsResult::new(vec![
            Prompt::new("greet", "Greets.").with_arguments(vec![PromptArgument::required("name", "Whom.")]),
        ]))
    }

    async fn get_prompt(
        &self,
        _: &RequestContext<&'static str>,
        prompt: GetPrompt,
    ) -> Result<GetPromptResult, Interrupt> {
        match (prompt.name.as_str(), prompt.arguments.get("name")) {
            ("greet", Some(name)) => {
                Ok(GetPromptResult::new(vec![PromptMessage::user(Content::text(format!("Greet {name}.")))]))
            }
            ("greet", None) => Err(RpcError::invalid_params("The argument `name` is missing").into()),
            _ => Err(RpcError::invalid_params("Unknown prompt").into()),
        }
    }

    async fn complete(
        &self,
        _: &RequestContext<&'static str>,
        request: CompleteRequest,
    ) -> Result<CompleteResult, RpcError> {
        Ok(CompleteResult::new((0..120).map(|n| format!("{}{n}", request.value)).collect()))
    }
}
