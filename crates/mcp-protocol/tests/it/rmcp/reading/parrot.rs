//! A server that says what it is told to, and one conversation with it over a pipe.
//!
//! Time is paused: where nothing happens any more it jumps, so that a question which nobody answers is given up at once.

use std::sync::Arc;
use std::time::Duration;

use mcp_protocol::stdio::{self, StdioOptions};
use mcp_protocol::{
    CallTool, CallToolResult, Capabilities, CompleteRequest, CompleteResult, GetPrompt, GetPromptResult,
    InputRequired, Interrupt, ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult,
    ListToolsResult, LogLevel, Notifier, ProtocolVersion, ReadResourceResult, RequestContext, RpcError,
    Runtime, Seal, Server, ServerInfo, Task,
};
use sealing::{Keys, OsEntropy, Sealer};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};

type Cx = RequestContext<&'static str>;
type Step = (f64, Option<f64>, Option<String>);
type Log = (usize, Option<String>, Value);

const LEVELS: [LogLevel; 8] = [
    LogLevel::Debug,
    LogLevel::Info,
    LogLevel::Notice,
    LogLevel::Warning,
    LogLevel::Error,
    LogLevel::Critical,
    LogLevel::Alert,
    LogLevel::Emergency,
];

/// The resource that is followed.
const FOLLOWED: &str = "any://followed";

/// What is said when it is asked for.
#[derive(Clone)]
pub(super) enum Said {
    Nothing,
    Tools(ListToolsResult),
    Called(Box<CallToolResult>),
    Resources(ListResourcesResult),
    Templates(ListResourceTemplatesResult),
    Contents(ReadResourceResult),
    Prompts(ListPromptsResult),
    Prompted(GetPromptResult),
    Completed(CompleteResult),
    Fails(RpcError),
    Asks(InputRequired),
    Works(Vec<Step>, Vec<Log>),
    Changes(Vec<Change>),
    Task(Box<Task>),
}

/// Something that clients are told of.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Tools,
    Resources,
    Prompts,
    Resource,
    Visited(String),
    Task(Box<Task>),
}

#[derive(Clone)]
pub(super) struct Parrot {
    pub(super) info: ServerInfo,
    pub(super) capabilities: Capabilities,
    said: Said,
    notifier: Notifier,
}

impl Parrot {
    pub(super) fn new(said: Said) -> Self {
        let capabilities = Capabilities::new()
            .with_tools()
            .with_tools_list_changed()
            .with_resources()
            .with_resources_list_changed()
            .with_resource_subscriptions()
            .with_prompts()
            .with_prompts_list_changed()
            .with_completions()
            .with_logging()
            .with_tasks();
        Self { info: ServerInfo::new("parrot", "1"), capabilities, said, notifier: Notifier::new() }
    }

    fn announce(&self, change: &Change) {
        match change {
            Change::Tools => self.notifier.tools_list_changed(),
            Change::Resources => self.notifier.resources_list_changed(),
            Change::Prompts => self.notifier.prompts_list_changed(),
            Change::Resource => self.notifier.resource_updated(FOLLOWED),
            Change::Visited(id) => self.notifier.elicitation_complete(&"alice", id),
            Change::Task(task) => self.notifier.task_changed(&"alice", (**task).clone()),
        }
    }
}

fn unsaid() -> RpcError {
    RpcError::internal("nothing was said about this")
}

macro_rules! says {
    ($self:ident, $said:ident) => {
        match &$self.said {
            Said::$said(result) => Ok(result.clone()),
            _ => Err(unsaid()),
        }
    };
}

impl Server for Parrot {
    type Principal = &'static str;

    fn info(&self) -> &ServerInfo {
        &self.info
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities.clone()
    }

    async fn list_tools(&self, _: &Cx, _: Option<&str>) -> Result<ListToolsResult, RpcError> {
        says!(self, Tools)
    }

    async fn call_tool(&self, cx: &Cx, _: CallTool) -> Result<CallToolResult, Interrupt> {
        match &self.said {
            Said::Called(result) => return Ok((**result).clone()),
            Said::Fails(error) => return Err(error.clone().into()),
            Said::Asks(required) => return Err(required.clone().into()),
            Said::Task(task) => return Err((**task).clone().into()),
            Said::Works(steps, logs) => {
                for (step, total, message) in steps {
                    cx.progress().report(*step, *total, message.as_deref());
                }
                for (level, logger, data) in logs {
                    cx.log(LEVELS[*level], logger.as_deref(), data);
                }
            }
            Said::Changes(changes) => changes.iter().for_each(|change| self.announce(change)),
            _ => return Err(unsaid().into()),
        }
        Ok(CallToolResult::text("said"))
    }

    async fn list_resources(&self, _: &Cx, _: Option<&str>) -> Result<ListResourcesResult, RpcError> {
        says!(self, Resources)
    }

    async fn list_resource_templates(
        &self,
        _: &Cx,
        _: Option<&str>,
    ) -> Result<ListResourceTemplatesResult, RpcError> {
        says!(self, Templates)
    }

    async fn read_resource(&self, _: &Cx, _: &str) -> Result<ReadResourceResult, Interrupt> {
        Ok(says!(self, Contents)?)
    }

    async fn list_prompts(&self, _: &Cx, _: Option<&str>) -> Result<ListPromptsResult, RpcError> {
        says!(self, Prompts)
    }

    async fn get_prompt(&self, _: &Cx, _: GetPrompt) -> Result<GetPromptResult, Interrupt> {
        Ok(says!(self, Prompted)?)
    }

    async fn complete(&self, _: &Cx, _: CompleteRequest) -> Result<CompleteResult, RpcError> {
        says!(self, Completed)
    }

    async fn get_task(&self, _: &Cx, id: &str) -> Result<Task, RpcError> {
        match &self.said {
            Said::Task(task) => Ok((**task).clone()),
            // Whoever follows a task must be able to get it.
            _ => Ok(Task::new(id, "now")),
        }
    }

    async fn update_task(&self, _: &Cx, _: &str, _: serde_json::Map<String, Value>) -> Result<(), RpcError> {
        Ok(())
    }

    async fn cancel_task(&self, _: &Cx, _: &str) -> Result<(), RpcError> {
        Ok(())
    }
}

/// Opens a conversation in this revision, makes one request, and gives all messages from then on: those until the answer,
/// and `events` more besides. What opens the conversation is part of it only when it is the request.
pub(super) fn converse(
    parrot: &Parrot,
    version: ProtocolVersion,
    method: &str,
    params: &Value,
    events: usize,
) -> Vec<Value> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let mut pipe = Pipe::open(parrot, version);
        let mut messages = Vec::new();
        let listens = version.is_modern() && matches!(parrot.said, Said::Changes(_));
        if listens {
            let filter = json!({
                "toolsListChanged": true, "resourcesListChanged": true, "promptsListChanged": true,
                "resourceSubscriptions": [FOLLOWED], "taskIds": ["any"],
            });
            pipe.send("listen", "subscriptions/listen", json!({ "notifications": filter })).await;
            messages.push(pipe.next().await);
        } else if !version.is_modern() && method != "initialize" {
            pipe.initialize().await;
            if matches!(parrot.said, Said::Changes(_)) {
                pipe.send("follow", "resources/subscribe", json!({ "uri": FOLLOWED })).await;
                pipe.next().await;
            }
        }
        pipe.send("call", method, params.clone()).await;
        let (mut answered, mut heard) = (false, 0);
        while !answered || heard < events {
            let message = pipe.next().await;
            answered |= message["id"] == "call";
            heard += usize::from(message["id"].is_null());
            messages.push(message);
        }
        if listens {
            pipe.runtime.shut_down();
            messages.push(pipe.next().await);
        }
        messages
    })
}

/// The client's end.
struct Pipe {
    version: ProtocolVersion,
    runtime: Runtime<Parrot>,
    lines: Lines<BufReader<tokio::io::ReadHalf<tokio::io::DuplexStream>>>,
    writer: tokio::io::WriteHalf<tokio::io::DuplexStream>,
}

/// Everything that a client can be asked.
fn client_capabilities() -> Value {
    json!({
        "elicitation": { "form": {}, "url": {} }, "sampling": { "tools": {} }, "roots": {},
        "extensions": { "io.modelcontextprotocol/tasks": {} },
    })
}

impl Pipe {
    fn open(parrot: &Parrot, version: ProtocolVersion) -> Self {
        let sealer = Sealer::new(Keys::generate(&OsEntropy).ring, "parrot", Arc::new(OsEntropy));
        let runtime = Runtime::builder(Arc::new(parrot.clone()))
            .notifier(parrot.notifier.clone())
            .seal(Seal::new(sealer, || 1_785_000_000))
            .build();
        let (near, far) = tokio::io::duplex(1 << 20);
        let served = runtime.clone();
        tokio::spawn(async move {
            let (reader, writer) = tokio::io::split(far);
            let (reader, options) = (BufReader::new(reader), StdioOptions::default());
            stdio::serve_runtime(&served, "alice", reader, writer, options).await
        });
        let (reader, writer) = tokio::io::split(near);
        Self { version, runtime, lines: BufReader::new(reader).lines(), writer }
    }

    async fn send(&mut self, id: &str, method: &str, mut params: Value) {
        if self.version.is_modern() {
            let meta = params.as_object_mut().unwrap().entry("_meta").or_insert_with(|| json!({}));
            meta["io.modelcontextprotocol/protocolVersion"] = json!(self.version.as_str());
            meta["io.modelcontextprotocol/clientCapabilities"] = client_capabilities();
        }
        let message = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        self.writer.write_all(format!("{message}\n").as_bytes()).await.unwrap();
    }

    async fn initialize(&mut self) {
        let client = json!({ "name": "c", "version": "1" });
        let (version, capabilities) = (self.version.as_str(), client_capabilities());
        let params =
            json!({ "protocolVersion": version, "capabilities": capabilities, "clientInfo": client });
        self.send("open", "initialize", params).await;
        assert_eq!(self.next().await["result"]["protocolVersion"], version);
        let initialized = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
        self.writer.write_all(format!("{initialized}\n").as_bytes()).await.unwrap();
    }

    /// The next message. Later than any question is given up, there will be none.
    async fn next(&mut self) -> Value {
        let line = tokio::time::timeout(Duration::from_secs(3600), self.lines.next_line()).await;
        serde_json::from_str(&line.unwrap().unwrap().unwrap()).unwrap()
    }
}
