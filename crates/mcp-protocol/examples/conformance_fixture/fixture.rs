//! The suite's server: prompts, resources, completion and tasks; its tools are next door.

use mcp_protocol::{
    CallTool, CallToolResult, Capabilities, CompleteRequest, CompleteResult, Content, GetPrompt,
    GetPromptResult, Interrupt, ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult,
    ListToolsResult, LocalTasks, Notifier, Prompt, PromptArgument, PromptMessage, ReadResourceResult,
    RequestContext, Resource, ResourceContents, ResourceTemplate, RpcError, Server, ServerInfo, Task,
    ToolList,
};
use serde_json::{Map, Value};

use crate::data::PNG;
use crate::{asking, tools};

pub(crate) struct Fixture {
    info: ServerInfo,
    tools: ToolList,
    pub(crate) notifier: Notifier,
    pub(crate) tasks: LocalTasks,
}

impl Fixture {
    pub(crate) fn new(notifier: Notifier, tasks: LocalTasks) -> Self {
        let info = ServerInfo::new("conformance-fixture", env!("CARGO_PKG_VERSION"));
        Self { info, tools: tools::list(), notifier, tasks }
    }
}

impl Server for Fixture {
    type Principal = ();

    fn info(&self) -> &ServerInfo {
        &self.info
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::new()
            .with_tools()
            .with_tools_list_changed()
            .with_resources()
            .with_resource_subscriptions()
            .with_prompts()
            .with_prompts_list_changed()
            .with_completions()
            .with_logging()
            .with_tasks()
    }

    async fn list_tools(&self, _: &RequestContext<()>, _: Option<&str>) -> Result<ListToolsResult, RpcError> {
        Ok(ListToolsResult::new(self.tools.clone()))
    }

    async fn call_tool(&self, cx: &RequestContext<()>, call: CallTool) -> Result<CallToolResult, Interrupt> {
        tools::call(self, cx, call).await
    }

    async fn list_resources(
        &self,
        _: &RequestContext<()>,
        _: Option<&str>,
    ) -> Result<ListResourcesResult, RpcError> {
        Ok(ListResourcesResult::new(vec![
            Resource::new("test://static-text", "static-text")
                .with_description("A text.")
                .with_mime_type("text/plain"),
            Resource::new("test://static-binary", "static-binary")
                .with_description("An image.")
                .with_mime_type("image/png"),
        ]))
    }

    async fn list_resource_templates(
        &self,
        _: &RequestContext<()>,
        _: Option<&str>,
    ) -> Result<ListResourceTemplatesResult, RpcError> {
        Ok(ListResourceTemplatesResult::new(vec![
            ResourceTemplate::new("test://template/{id}/data", "template")
                .with_description("Data by id.")
                .with_mime_type("application/json"),
        ]))
    }

    async fn read_resource(
        &self,
        _: &RequestContext<()>,
        uri: &str,
    ) -> Result<ReadResourceResult, Interrupt> {
        let id = || uri.strip_prefix("test://template/")?.strip_suffix("/data");
        let contents = match uri {
            "test://static-text" => {
                ResourceContents::text("test://static-text", "text/plain", "This is the content of the static text resource.")
            }
            "test://static-binary" => ResourceContents::blob("test://static-binary", "image/png", PNG),
            _ => match id() {
                Some(id) => ResourceContents::text(
                    uri.to_owned(),
                    "application/json",
                    serde_json::json!({ "id": id, "templateTest": true, "data": format!("Data for ID: {id}") }).to_string(),
                ),
                None => return Err(RpcError::resource_not_found(uri).into()),
            },
        };
        Ok(ReadResourceResult::new(vec![contents]))
    }

    async fn list_prompts(
        &self,
        _: &RequestContext<()>,
        _: Option<&str>,
    ) -> Result<ListPromptsResult, RpcError> {
        Ok(ListPromptsResult::new(vec![
            Prompt::new("test_simple_prompt", "A prompt without arguments."),
            Prompt::new("test_prompt_with_arguments", "A prompt with two arguments.").with_arguments(vec![
                PromptArgument::required("arg1", "The first."),
                PromptArgument::required("arg2", "The second."),
            ]),
            Prompt::new("test_prompt_with_embedded_resource", "A prompt with a resource.")
                .with_arguments(vec![PromptArgument::required("resourceUri", "Which resource.")]),
            Prompt::new("test_prompt_with_image", "A prompt with an image."),
            Prompt::new("test_input_required_result_prompt", "A prompt that asks for its context."),
        ]))
    }

    async fn get_prompt(
        &self,
        cx: &RequestContext<()>,
        prompt: GetPrompt,
    ) -> Result<GetPromptResult, Interrupt> {
        if prompt.name == "test_input_required_result_prompt" {
            return asking::prompt(cx);
        }
        let argument = |name: &str| {
            prompt
                .arguments
                .get(name)
                .ok_or_else(|| RpcError::invalid_params(format!("The argument `{name}` is missing")))
        };
        let say = |text: String| PromptMessage::user(Content::text(text));
        Ok(GetPromptResult::new(match prompt.name.as_str() {
            "test_simple_prompt" => vec![say("This is a simple prompt for testing.".to_owned())],
            "test_prompt_with_arguments" => {
                vec![say(format!(
                    "Prompt with arguments: arg1='{}', arg2='{}'",
                    argument("arg1")?,
                    argument("arg2")?
                ))]
            }
            "test_prompt_with_embedded_resource" => vec![
                PromptMessage::user(Content::embedded(ResourceContents::text(
                    argument("resourceUri")?.clone(),
                    "text/plain",
                    "Embedded resource content for testing.",
                ))),
                say("Please process the embedded resource above.".to_owned()),
            ],
            "test_prompt_with_image" => vec![
                PromptMessage::user(Content::image(PNG, "image/png")),
                say("Please analyze the image above.".to_owned()),
            ],
            name => return Err(RpcError::invalid_params(format!("Unknown prompt: {name}")).into()),
        }))
    }

    async fn complete(
        &self,
        _: &RequestContext<()>,
        request: CompleteRequest,
    ) -> Result<CompleteResult, RpcError> {
        let values = ["paris", "park", "party"];
        let matching = values.into_iter().filter(|value| value.starts_with(request.value.as_str()));
        Ok(CompleteResult::new(matching.map(str::to_owned).collect()))
    }

    async fn get_task(&self, cx: &RequestContext<()>, id: &str) -> Result<Task, RpcError> {
        self.tasks.get(cx, id)
    }

    async fn update_task(
        &self,
        cx: &RequestContext<()>,
        id: &str,
        answers: Map<String, Value>,
    ) -> Result<(), RpcError> {
        self.tasks.update(cx, id, answers)
    }

    async fn cancel_task(&self, cx: &RequestContext<()>, id: &str) -> Result<(), RpcError> {
        self.tasks.cancel(cx, id)
    }
}
