//! The server that rmcp's client talks to: lists of several pages, and what happens to its calls.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mcp_protocol::{
    CacheHint, CallTool, CallToolResult, Capabilities, CompleteRequest, CompleteResult, Content, ElicitForm,
    Field, GetPrompt, GetPromptResult, Interrupt, ListPromptsResult, ListResourceTemplatesResult,
    ListResourcesResult, ListToolsResult, LocalTasks, Notifier, Pagination, Prompt, PromptArgument,
    PromptMessage, ReadResourceResult, RequestContext, Resource, ResourceContents, ResourceTemplate,
    RpcError, Server, ServerInfo, Task, Tool,
};
use sealing::OsEntropy;
use tokio::sync::Notify;

mod tools;

/// A party that is not authenticated by anything.
pub(super) type Cx = RequestContext<&'static str>;

const PAGES: Pagination = Pagination::new(2);

pub(super) struct Desk {
    info: ServerInfo,
    tools: Vec<Tool>,
    pub(super) tasks: LocalTasks,
    pub(super) notifier: Notifier,
    /// How often the first page of tools was asked for.
    pub(super) listed: AtomicUsize,
    /// A client came back to the stream of a call.
    pub(super) resumed: Arc<Notify>,
    /// A call of `wait` has begun, and was given up.
    pub(super) begun: Arc<Notify>,
    pub(super) given_up: Arc<Notify>,
}

impl Desk {
    pub(super) fn new() -> Self {
        let notifier = Notifier::new();
        Self {
            info: ServerInfo::new("desk", "2.1.0").with_title("Desk").with_instructions("Call echo."),
            tools: tools::all(),
            tasks: LocalTasks::new(notifier.clone(), Arc::new(OsEntropy), || 1_785_000_000_000),
            notifier,
            listed: AtomicUsize::new(0),
            resumed: Arc::default(),
            begun: Arc::default(),
            given_up: Arc::default(),
        }
    }
}

impl Server for Desk {
    type Principal = &'static str;

    fn info(&self) -> &ServerInfo {
        &self.info
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::new()
            .with_tools()
            .with_tools_list_changed()
            .with_resources()
            .with_resources_list_changed()
            .with_resource_subscriptions()
            .with_prompts()
            .with_prompts_list_changed()
            .with_completions()
            .with_logging()
            .with_tasks()
    }

    async fn list_tools(&self, _: &Cx, cursor: Option<&str>) -> Result<ListToolsResult, RpcError> {
        if cursor.is_none() {
            self.listed.fetch_add(1, Ordering::SeqCst);
        }
        let (tools, next) = PAGES.page(&self.tools, |tool| &tool.name, cursor)?;
        let page =
            ListToolsResult::new(tools.to_vec()).with_cache(CacheHint::private(Duration::from_secs(60)));
        Ok(next.into_iter().fold(page, ListToolsResult::with_next_cursor))
    }

    async fn call_tool(&self, cx: &Cx, call: CallTool) -> Result<CallToolResult, Interrupt> {
        tools::call(self, cx, call).await
    }

    async fn list_resources(&self, _: &Cx, cursor: Option<&str>) -> Result<ListResourcesResult, RpcError> {
        let all: Vec<Resource> = ["note", "photo", "diary"]
            .map(|name| Resource::new(format!("desk://{name}"), name).with_description("On the desk."))
            .into();
        let (page, next) = PAGES.page(&all, |resource| &resource.uri, cursor)?;
        Ok(next
            .into_iter()
            .fold(ListResourcesResult::new(page.to_vec()), ListResourcesResult::with_next_cursor))
    }

    async fn list_resource_templates(
        &self,
        _: &Cx,
        cursor: Option<&str>,
    ) -> Result<ListResourceTemplatesResult, RpcError> {
        let all: Vec<ResourceTemplate> = ["drawer", "shelf", "box"]
            .map(|name| {
                ResourceTemplate::new(format!("desk://{name}/{{id}}"), name).with_mime_type("text/plain")
            })
            .into();
        let (page, next) = PAGES.page(&all, |template| &template.name, cursor)?;
        let page = ListResourceTemplatesResult::new(page.to_vec());
        Ok(next.into_iter().fold(page, ListResourceTemplatesResult::with_next_cursor))
    }

    /// The diary is read only to whom the person lets.
    async fn read_resource(&self, cx: &Cx, uri: &str) -> Result<ReadResourceResult, Interrupt> {
        let contents = match uri {
            "desk://note" => ResourceContents::text("desk://note", "text/plain", "milk, eggs"),
            "desk://photo" => ResourceContents::blob("desk://photo", "image/png", "iVBORw0KGgo="),
            "desk://diary" => {
                let form = ElicitForm::new("Read the diary?").required("sure", Field::boolean());
                let allowed = cx.ask("sure", form)?.accepted().is_some_and(|content| content["sure"] == true);
                let text = if allowed { "Dear diary" } else { "(closed)" };
                ResourceContents::text("desk://diary", "text/plain", text)
            }
            _ => return Err(RpcError::resource_not_found(uri).into()),
        };
        Ok(ReadResourceResult::new(vec![contents]))
    }

    async fn subscribe_resource(&self, _: &Cx, uri: &str) -> Result<(), RpcError> {
        if uri.starts_with("desk://") { Ok(()) } else { Err(RpcError::resource_not_found(uri)) }
    }

    async fn list_prompts(&self, _: &Cx, cursor: Option<&str>) -> Result<ListPromptsResult, RpcError> {
        let all: Vec<Prompt> = ["greet", "part", "introduce"]
            .map(|name| {
                Prompt::new(name, "Says something.").with_arguments(vec![
                    PromptArgument::required("name", "To whom."),
                    PromptArgument::optional("tone", "How."),
                ])
            })
            .into();
        let (page, next) = PAGES.page(&all, |prompt| &prompt.name, cursor)?;
        Ok(next.into_iter().fold(ListPromptsResult::new(page.to_vec()), ListPromptsResult::with_next_cursor))
    }

    async fn get_prompt(&self, cx: &Cx, prompt: GetPrompt) -> Result<GetPromptResult, Interrupt> {
        let name = match (prompt.name.as_str(), prompt.arguments.get("name")) {
            ("greet" | "part", Some(name)) => name.clone(),
            ("introduce", _) => {
                let form = ElicitForm::new("Who are you?").required("name", Field::text());
                let answer = cx.ask("name", form)?;
                answer.accepted().and_then(|content| content["name"].as_str()).unwrap_or("nobody").to_owned()
            }
            ("greet" | "part", None) => return Err(RpcError::invalid_params("`name` is missing").into()),
            _ => return Err(RpcError::invalid_params("Unknown prompt").into()),
        };
        let mut result = GetPromptResult::new(vec![
            PromptMessage::user(Content::text(format!("I am {name}."))),
            PromptMessage::assistant(Content::text("Pleased to meet you.")),
        ]);
        result.description = Some("Says something.".into());
        Ok(result)
    }

    async fn complete(&self, _: &Cx, request: CompleteRequest) -> Result<CompleteResult, RpcError> {
        let known = request.known.get("tone").map_or("", String::as_str);
        let values = ["Ada", "Adam", "Bob"].into_iter().filter(|name| name.starts_with(&request.value));
        Ok(CompleteResult::new(values.map(|name| format!("{name}{known}")).collect()))
    }

    async fn get_task(&self, cx: &Cx, id: &str) -> Result<Task, RpcError> {
        self.tasks.get(cx, id)
    }

    async fn update_task(
        &self,
        cx: &Cx,
        id: &str,
        answers: serde_json::Map<String, serde_json::Value>,
    ) -> Result<(), RpcError> {
        self.tasks.update(cx, id, answers)
    }

    async fn cancel_task(&self, cx: &Cx, id: &str) -> Result<(), RpcError> {
        self.tasks.cancel(cx, id)
    }
}
