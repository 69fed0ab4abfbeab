//! The server behind the suite: everything of the [`Fixture`], and what needs a runtime, such as questions, tasks and changes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mcp_protocol::{
    CallTool, CallToolResult, Capabilities, CompleteRequest, CompleteResult, CompletionReference, GetPrompt,
    GetPromptResult, Interrupt, ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult,
    ListToolsResult, LocalTasks, Notifier, Pagination, Prompt, PromptMessage, ReadResourceResult,
    RequestContext, Resource, ResourceContents, RpcError, Server, ServerInfo, Task, Tool, ToolList,
};
use mcp_protocol::{Content, ErrorCode};
use serde_json::{Map, Value, json};

use crate::fixture::{self, Fixture, Log};

mod asking;
mod tasks;

pub(super) type Context = RequestContext<&'static str>;

pub(super) struct Everything {
    base: Fixture,
    capabilities: Capabilities,
    tools: ToolList,
    pub(super) notifier: Notifier,
    pub(super) tasks: LocalTasks,
    pub(super) log: Arc<Log>,
    /// Handlers at work.
    pub(super) busy: Arc<AtomicUsize>,
}

/// What of it is offered.
pub(super) fn capabilities(kind: &str) -> Result<Capabilities, String> {
    let tools = Capabilities::new().with_tools();
    match kind {
        "full" => Ok(tools
            .with_resources()
            .with_prompts()
            .with_completions()
            .with_logging()
            .with_tools_list_changed()
            .with_resources_list_changed()
            .with_resource_subscriptions()
            .with_tasks()),
        // Nothing that needs a session by itself.
        "changing" => Ok(tools.with_tools_list_changed()),
        "plain" => Ok(tools),
        other => Err(format!("there is no server {other}")),
    }
}

impl Everything {
    pub(super) fn new(capabilities: Capabilities, notifier: Notifier, tasks: LocalTasks) -> Self {
        let base = Fixture::default();
        let log = Arc::clone(&base.log);
        let mut all = fixture::tools();
        all.extend(tools());
        let (tools, busy) = (ToolList::new(all), Arc::default());
        Self { base, capabilities, tools, notifier, tasks, log, busy }
    }
}

fn tools() -> Vec<Tool> {
    let none = || json!({ "type": "object", "additionalProperties": false });
    let verbatim = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "$defs": {
            "name": { "$anchor": "name", "type": "string" },
            "far": { "$ref": "http://127.0.0.1:9/never-fetched.json" }
        },
        "properties": {
            "a": { "$ref": "#name" },
            "b": { "anyOf": [{ "type": "null" }, { "type": "integer" }] },
            "c": { "$ref": "#/$defs/far" }
        },
        "if": { "required": ["a"] },
        "then": { "required": ["b"] },
        "else": { "properties": { "b": false } },
        "$comment": "kept as it is"
    });
    let mut tools = vec![
        Tool::new("verbatim", "Has every kind of keyword in its schema.", verbatim),
        Tool::new("labelled", "Answers with a _meta of its own.", none()),
        Tool::new("trace", "Says where the request's trace comes from.", none()),
        Tool::new("own-code", "Fails with a code of its own.", none()),
        Tool::new("patient", "Lets go of its connection, then waits to be told to go on.", none()),
        Tool::new("changes", "Changes the list of tools and the text while it works.", none()),
    ];
    tools.extend(asking::tools());
    tools.extend(tasks::tools());
    tools
}

/// Counts something for as long as it lives.
pub(super) struct Counted(Arc<AtomicUsize>);

impl Counted {
    pub(super) fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(count))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Server for Everything {
    type Principal = &'static str;

    fn info(&self) -> &ServerInfo {
        self.base.info()
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities.clone()
    }

    async fn list_tools(&self, _: &Context, cursor: Option<&str>) -> Result<ListToolsResult, RpcError> {
        match cursor {
            None => Ok(ListToolsResult::new(self.tools.clone())),
            Some(_) => Err(RpcError::invalid_params("Unknown cursor")),
        }
    }

    async fn call_tool(&self, cx: &Context, call: CallTool) -> Result<CallToolResult, Interrupt> {
        let _busy = Counted::new(&self.busy);
        Ok(match call.name.as_str() {
            "labelled" => {
                let meta = Map::from_iter([("com.example/label".to_owned(), json!("kept"))]);
                CallToolResult::text("labelled").with_meta(meta)
            }
            "verbatim" => CallToolResult::text("fine"),
            "trace" => CallToolResult::text(format!("{:?}", cx.trace().traceparent)),
            "own-code" => return Err(RpcError::new(ErrorCode(1234), "The tank is empty").into()),
            "patient" => {
                cx.progress().report(1.0, None, None);
                cx.release_connection(std::time::Duration::from_millis(7));
                self.log.started.notify_one();
                self.log.go_on.notified().await;
                CallToolResult::text("waited")
            }
            "changes" => {
                cx.progress().report(1.0, None, None);
                self.notifier.tools_list_changed();
                self.notifier.resource_updated("test://text");
                CallToolResult::text("changed")
            }
            name if name.starts_with("ask-") => return asking::call(cx, name).await,
            name if name.starts_with("task-") => return Err(tasks::call(self, cx, name)),
            _ => return self.base.call_tool(cx, call).await,
        })
    }

    async fn list_resources(
        &self,
        _: &Context,
        cursor: Option<&str>,
    ) -> Result<ListResourcesResult, RpcError> {
        let all = [
            Resource::new("test://text", "text").with_description("A text.").with_mime_type("text/plain"),
            Resource::new("test://bytes", "bytes").with_description("Some bytes."),
            Resource::new("test://asks", "asks").with_description("Asks before it can be read."),
        ];
        let (page, next) = Pagination::new(2).page(&all, |resource| &resource.uri, cursor)?;
        let page = ListResourcesResult::new(page.to_vec());
        Ok(match next {
            Some(next) => page.with_next_cursor(next),
            None => page,
        })
    }

    async fn list_resource_templates(
        &self,
        cx: &Context,
        cursor: Option<&str>,
    ) -> Result<ListResourceTemplatesResult, RpcError> {
        self.base.list_resource_templates(cx, cursor).await
    }

    async fn read_resource(&self, cx: &Context, uri: &str) -> Result<ReadResourceResult, Interrupt> {
        let _busy = Counted::new(&self.busy);
        match uri {
            "test://asks" => {
                asking::confirm(cx)?;
                Ok(ReadResourceResult::new(vec![ResourceContents::text(
                    "test://asks",
                    "text/plain",
                    "confirmed",
                )]))
            }
            "test://bytes" => {
                let bytes = ResourceContents::blob("test://bytes", "application/octet-stream", "AAEC");
                Ok(ReadResourceResult::new(vec![bytes]))
            }
            uri => self.base.read_resource(cx, uri).await,
        }
    }

    async fn subscribe_resource(&self, _: &Context, uri: &str) -> Result<(), RpcError> {
        match uri {
            // Something happens while this is decided.
            "test://text" => {
                self.notifier.tools_list_changed();
                Ok(())
            }
            "test://bytes" => Ok(()),
            uri => Err(RpcError::resource_not_found(uri)),
        }
    }

    /// Two pages, the second of which begins at the cursor "".
    async fn list_prompts(&self, cx: &Context, cursor: Option<&str>) -> Result<ListPromptsResult, RpcError> {
        match cursor {
            None => Ok(self.base.list_prompts(cx, None).await?.with_next_cursor("")),
            Some("") => Ok(ListPromptsResult::new(vec![Prompt::new("asks", "Asks first.")])),
            Some(_) => Err(RpcError::invalid_params("Unknown cursor")),
        }
    }

    async fn get_prompt(&self, cx: &Context, prompt: GetPrompt) -> Result<GetPromptResult, Interrupt> {
        let _busy = Counted::new(&self.busy);
        match prompt.name.as_str() {
            "asks" => {
                asking::confirm(cx)?;
                Ok(GetPromptResult::new(vec![PromptMessage::user(Content::text("confirmed"))]))
            }
            "media" => Ok(GetPromptResult::new(vec![
                PromptMessage::user(Content::image("AAAA", "image/png")),
                PromptMessage::user(Content::audio("AAAA", "audio/wav")),
                PromptMessage::user(Content::embedded(ResourceContents::text(
                    "test://text",
                    "text/plain",
                    "hello",
                ))),
            ])),
            _ => self.base.get_prompt(cx, prompt).await,
        }
    }

    async fn complete(&self, cx: &Context, request: CompleteRequest) -> Result<CompleteResult, RpcError> {
        match &request.reference {
            CompletionReference::Prompt { name } if name == "greet" => match request.known.get("formality") {
                Some(known) => Ok(CompleteResult::new(vec![format!("{known} {}", request.value)])),
                None => self.base.complete(cx, request).await,
            },
            _ => Err(RpcError::invalid_params("Unknown reference")),
        }
    }

    async fn get_task(&self, cx: &Context, id: &str) -> Result<Task, RpcError> {
        self.tasks.get(cx, id)
    }

    async fn update_task(&self, cx: &Context, id: &str, answers: Map<String, Value>) -> Result<(), RpcError> {
        self.tasks.update(cx, id, answers)
    }

    async fn cancel_task(&self, cx: &Context, id: &str) -> Result<(), RpcError> {
        self.tasks.cancel(cx, id)
    }
}
