//! A server that agrees to whatever it is asked, and says what it was answered.

use std::sync::Arc;

use mcp_protocol::{
    CallTool, CallToolResult, Capabilities, CompleteRequest, CompleteResult, CreateMessage, ElicitForm,
    ElicitResult, Field, GetPrompt, GetPromptResult, HttpOptions, Interrupt, ListPromptsResult,
    ListResourceTemplatesResult, ListResourcesResult, ListRoots, ListToolsResult, ReadResourceResult,
    RequestContext, ResourceContents, RpcError, Runtime, Seal, Server, ServerInfo, StreamableHttp, Task,
};
use sealing::{Keys, OsEntropy, Sealer};
use serde_json::{Value, json};

type Cx = RequestContext<&'static str>;

pub(super) struct Agreeable(ServerInfo);

pub(super) fn endpoint() -> StreamableHttp<Agreeable> {
    let sealer = Sealer::new(Keys::generate(&OsEntropy).ring, "agreeable", Arc::new(OsEntropy));
    let server = Arc::new(Agreeable(ServerInfo::new("agreeable", "1")));
    let runtime = Runtime::builder(server).seal(Seal::new(sealer, || 1_785_000_000)).build();
    StreamableHttp::with_runtime(&runtime, HttpOptions::new())
}

impl Server for Agreeable {
    type Principal = &'static str;

    fn info(&self) -> &ServerInfo {
        &self.0
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::new()
            .with_tools()
            .with_tools_list_changed()
            .with_resources()
            .with_resource_subscriptions()
            .with_prompts()
            .with_completions()
            .with_logging()
            .with_tasks()
    }

    async fn list_tools(&self, _: &Cx, _: Option<&str>) -> Result<ListToolsResult, RpcError> {
        Ok(ListToolsResult::new(Vec::new()))
    }

    async fn call_tool(&self, cx: &Cx, call: CallTool) -> Result<CallToolResult, Interrupt> {
        let answered = match call.name.as_str() {
            "ask-person" => {
                let form = ElicitForm::new("?")
                    .optional("text", Field::text())
                    .optional("number", Field::number())
                    .optional("flag", Field::boolean());
                match cx.ask("question", form)? {
                    ElicitResult::Accept(content) => json!({ "accept": content }),
                    ElicitResult::Decline => json!("decline"),
                    ElicitResult::Cancel => json!("cancel"),
                }
            }
            "ask-model" => {
                let answer = cx.ask("question", CreateMessage::prompt("?", 1))?;
                json!({ "model": answer.model, "stopReason": answer.stop_reason, "content": answer.content })
            }
            "ask-roots" => json!(cx.ask("question", ListRoots::new())?),
            _ => Value::Null,
        };
        Ok(CallToolResult::structured(answered, "agreed"))
    }

    async fn list_resources(&self, _: &Cx, _: Option<&str>) -> Result<ListResourcesResult, RpcError> {
        Ok(ListResourcesResult::new(Vec::new()))
    }

    async fn list_resource_templates(
        &self,
        _: &Cx,
        _: Option<&str>,
    ) -> Result<ListResourceTemplatesResult, RpcError> {
        Ok(ListResourceTemplatesResult::new(Vec::new()))
    }

    async fn read_resource(&self, _: &Cx, uri: &str) -> Result<ReadResourceResult, Interrupt> {
        Ok(ReadResourceResult::new(vec![ResourceContents::text(uri.to_owned(), "text/plain", "agreed")]))
    }

    async fn list_prompts(&self, _: &Cx, _: Option<&str>) -> Result<ListPromptsResult, RpcError> {
        Ok(ListPromptsResult::new(Vec::new()))
    }

    async fn get_prompt(&self, _: &Cx, _: GetPrompt) -> Result<GetPromptResult, Interrupt> {
        Ok(GetPromptResult::new(Vec::new()))
    }

    async fn complete(&self, _: &Cx, _: CompleteRequest) -> Result<CompleteResult, RpcError> {
        Ok(CompleteResult::new(Vec::new()))
    }

    async fn get_task(&self, _: &Cx, id: &str) -> Result<Task, RpcError> {
        Ok(Task::new(id, "now"))
    }

    async fn update_task(&self, _: &Cx, _: &str, _: serde_json::Map<String, Value>) -> Result<(), RpcError> {
        Ok(())
    }

    async fn cancel_task(&self, _: &Cx, _: &str) -> Result<(), RpcError> {
        Ok(())
    }
}
