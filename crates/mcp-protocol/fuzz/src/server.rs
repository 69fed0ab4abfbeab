//! The server behind every transport: a bit of everything, at once and without a clock.
//!
//! It checks what only a handler can see: a state or a task that comes back is this party's own. It never panics
//! otherwise, and never answers "Internal error": whatever does is a finding.

use std::sync::LazyLock;

use mcp_protocol::{
    CallTool, CallToolResult, Capabilities, CompleteRequest, CompleteResult, Content, ElicitForm, Field,
    GetPrompt, GetPromptResult, Icon, Interrupt, ListPromptsResult, ListResourceTemplatesResult,
    ListResourcesResult, ListToolsResult, LocalTasks, Notifier, Pagination, Prompt, PromptArgument,
    PromptMessage, ReadResourceResult, RequestContext, Resource, ResourceContents, ResourceTemplate,
    RpcError, Server, ServerInfo, Task, ToolList,
};
use serde_json::{Map, Value};

use super::tools;

/// Whom the requests come from.
pub(crate) type Party = &'static str;

/// The resource that can be read and followed; any other `test:` one can be followed but is not there.
pub(crate) const RESOURCE: &str = "test://text";

/// The names of the two pages of tools.
const PAGES: [&str; 2] = ["first", "second"];

static LISTS: LazyLock<[ToolList; 2]> = LazyLock::new(tools::lists);

static RESOURCES: LazyLock<Vec<Resource>> = LazyLock::new(|| {
    let described = Resource::new(RESOURCE, "text").with_description("A text.").with_mime_type("text/plain");
    vec![described, Resource::new("test://asks", "asks"), Resource::new("test://gone", "gone")]
});

/// What one input talks to.
pub(crate) struct Everything {
    info: ServerInfo,
    notifier: Notifier,
    pub(crate) tasks: LocalTasks,
}

impl Everything {
    pub(crate) fn new(notifier: Notifier, tasks: LocalTasks) -> Self {
        let info = ServerInfo::new("everything", "1.2.3")
            .with_title("Everything")
            .with_icons(vec![Icon::new("https://example.com/icon.png").with_mime_type("image/png")])
            .with_instructions("Call echo.");
        Self { info, notifier, tasks }
    }

    /// Tells of everything that can change.
    pub(crate) fn change(&self, party: Party) {
        self.notifier.tools_list_changed();
        self.notifier.resources_list_changed();
        self.notifier.prompts_list_changed();
        self.notifier.resource_updated(RESOURCE);
        self.notifier.tools_list_changed_for(&party);
        self.notifier.resource_updated_for(&party, RESOURCE);
        self.notifier.elicitation_complete(&party, "visit");
    }
}

fn question() -> ElicitForm {
    ElicitForm::new("Which one?").required("which", Field::choice(["a", "b"]))
}

impl Server for Everything {
    type Principal = Party;

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
            .with_apps()
    }

    async fn list_tools(
        &self,
        _: &RequestContext<Party>,
        cursor: Option<&str>,
    ) -> Result<ListToolsResult, RpcError> {
        let (page, next) = Pagination::new(1).page(&PAGES, |name| name, cursor)?;
        let index = usize::from(page == ["second"]);
        let list = ListToolsResult::new(LISTS[index].clone());
        Ok(match next {
            Some(next) => list.with_next_cursor(next),
            None => list,
        })
    }

    async fn call_tool(
        &self,
        cx: &RequestContext<Party>,
        call: CallTool,
    ) -> Result<CallToolResult, Interrupt> {
        tools::call(self, cx, &call).await
    }

    async fn list_resources(
        &self,
        _: &RequestContext<Party>,
        cursor: Option<&str>,
    ) -> Result<ListResourcesResult, RpcError> {
        let (page, next) = Pagination::new(2).page(&RESOURCES, |resource| &*resource.uri, cursor)?;
        let list = ListResourcesResult::new(page.to_vec());
        Ok(match next {
            Some(next) => list.with_next_cursor(next),
            None => list,
        })
    }

    async fn list_resource_templates(
        &self,
        _: &RequestContext<Party>,
        _: Option<&str>,
    ) -> Result<ListResourceTemplatesResult, RpcError> {
        Ok(ListResourceTemplatesResult::new(vec![ResourceTemplate::new("test://{id}", "by-id")]))
    }

    async fn read_resource(
        &self,
        cx: &RequestContext<Party>,
        uri: &str,
    ) -> Result<ReadResourceResult, Interrupt> {
        match uri {
            RESOURCE => Ok(ReadResourceResult::new(vec![
                ResourceContents::text(RESOURCE, "text/plain", "hello\r\n\u{2028}"),
                ResourceContents::blob(RESOURCE, "application/octet-stream", "AP8="),
            ])),
            "test://asks" => {
                let answer = cx.ask("which", question())?;
                let text = format!("{:?}", answer.accepted());
                Ok(ReadResourceResult::new(vec![ResourceContents::text("test://asks", "text/plain", text)]))
            }
            uri => Err(RpcError::resource_not_found(uri).into()),
        }
    }

    async fn subscribe_resource(&self, _: &RequestContext<Party>, uri: &str) -> Result<(), RpcError> {
        if uri.starts_with("test:") { Ok(()) } else { Err(RpcError::resource_not_found(uri)) }
    }

    async fn list_prompts(
        &self,
        _: &RequestContext<Party>,
        _: Option<&str>,
    ) -> Result<ListPromptsResult, RpcError> {
        Ok(ListPromptsResult::new(vec![
            Prompt::new("greet", "Greets.").with_arguments(vec![PromptArgument::required("name", "Whom.")]),
            Prompt::new("asks", "Asks first."),
        ]))
    }

    async fn get_prompt(
        &self,
        cx: &RequestContext<Party>,
        prompt: GetPrompt,
    ) -> Result<GetPromptResult, Interrupt> {
        let text = match (prompt.name.as_str(), prompt.arguments.get("name")) {
            ("greet", Some(name)) => format!("Greet {name}."),
            ("greet", None) => return Err(RpcError::invalid_params("`name` is missing").into()),
            ("asks", _) => format!("{:?}", cx.ask("which", question())?),
            _ => return Err(RpcError::invalid_params("Unknown prompt").into()),
        };
        Ok(GetPromptResult::new(vec![PromptMessage::user(Content::text(text))]))
    }

    async fn complete(
        &self,
        _: &RequestContext<Party>,
        request: CompleteRequest,
    ) -> Result<CompleteResult, RpcError> {
        Ok(CompleteResult::new((0..3).map(|n| format!("{}{n}", request.value)).collect()))
    }

    async fn get_task(&self, cx: &RequestContext<Party>, id: &str) -> Result<Task, RpcError> {
        let task = self.tasks.get(cx, id)?;
        tools::check_owner(cx, &task);
        Ok(task)
    }

    async fn update_task(
        &self,
        cx: &RequestContext<Party>,
        id: &str,
        answers: Map<String, Value>,
    ) -> Result<(), RpcError> {
        self.tasks.update(cx, id, answers)
    }

    async fn cancel_task(&self, cx: &RequestContext<Party>, id: &str) -> Result<(), RpcError> {
        self.tasks.cancel(cx, id)
    }
}
