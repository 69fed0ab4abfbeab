//! The tools of the server under load, and what it says of itself.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use mcp_protocol::{
    CallTool, CallToolResult, Capabilities, ElicitForm, Field, Interrupt, ListToolsResult, Notifier,
    RequestContext, RpcError, Runtime, Server, ServerInfo, Tool, ToolList,
};
use serde_json::{Value, json};

use crate::ALLOCATOR;

/// Who asks: whatever the bearer says.
type Caller = Arc<str>;

/// What `wait` takes.
const WAIT: Duration = Duration::from_millis(50);
/// What one step of `count` takes.
const STEP: Duration = Duration::from_millis(2);
/// Longer than anybody waits for `hold`: it is there to be given up.
const HOLD: Duration = Duration::from_secs(600);

pub(crate) struct Soaked {
    info: ServerInfo,
    tools: ToolList,
    notifier: Notifier,
    runtime: OnceLock<Runtime<Self>>,
    /// Calls that came in, and calls whose work has come to its end or was dropped.
    begun: AtomicU64,
    ended: AtomicU64,
}

impl Soaked {
    pub(crate) fn new(notifier: Notifier) -> Self {
        let text = json!({
            "type": "object",
            "properties": { "text": { "type": "string", "description": "What to say" } },
            "required": ["text"]
        });
        let announced = json!({
            "type": "object",
            "properties": {
                "list": { "enum": ["tools", "resources", "prompts"], "description": "Which list has changed" },
                "times": { "type": "integer", "minimum": 1, "description": "How often to say so" }
            },
            "required": ["list", "times"]
        });
        let tools = ToolList::new(vec![
            Tool::new("echo", "Says it back at once.", text.clone()),
            Tool::new("wait", "Says it back after 50 ms.", text.clone()),
            Tool::new("count", "Counts to three, reporting progress, then says it back.", text.clone()),
            Tool::new("confirm", "Asks whether to say it, and how.", text.clone()),
            Tool::new("hold", "Does not answer.", text),
            Tool::new("announce", "Tells every stream that a list has changed.", announced),
            Tool::new("state", "Says what the server holds.", json!({ "type": "object" })),
        ]);
        let info = ServerInfo::new("soak", env!("CARGO_PKG_VERSION"));
        let (begun, ended) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { info, tools, notifier, runtime: OnceLock::new(), begun, ended }
    }

    /// Lets `state` say how many streams this runtime holds.
    pub(crate) fn serve_state_of(&self, runtime: Runtime<Self>) {
        // Called once.
        let _ = self.runtime.set(runtime);
    }

    fn announce(&self, list: &str, times: u64) -> Result<(), RpcError> {
        let announce = match list {
            "tools" => Notifier::tools_list_changed,
            "resources" => Notifier::resources_list_changed,
            "prompts" => Notifier::prompts_list_changed,
            _ => return Err(RpcError::invalid_params("`list` must be tools, resources or prompts")),
        };
        (0..times).for_each(|_| announce(&self.notifier));
        Ok(())
    }

    fn state(&self) -> Value {
        let memory = ALLOCATOR.stats();
        json!({
            "openStreams": self.runtime.get().map_or(0, Runtime::open_streams),
            "heap": memory.bytes_allocated.wrapping_sub(memory.bytes_deallocated),
            "begun": self.begun.load(Ordering::SeqCst),
            "ended": self.ended.load(Ordering::SeqCst),
        })
    }
}

impl Server for Soaked {
    type Principal = Caller;

    fn info(&self) -> &ServerInfo {
        &self.info
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::new()
            .with_tools()
            .with_tools_list_changed()
            .with_resources()
            .with_resources_list_changed()
            .with_prompts()
            .with_prompts_list_changed()
    }

    async fn list_tools(
        &self,
        _: &RequestContext<Caller>,
        _: Option<&str>,
    ) -> Result<ListToolsResult, RpcError> {
        Ok(ListToolsResult::new(self.tools.clone()))
    }

    async fn call_tool(
        &self,
        cx: &RequestContext<Caller>,
        call: CallTool,
    ) -> Result<CallToolResult, Interrupt> {
        let text = call.arguments.get("text").and_then(Value::as_str).unwrap_or_default().to_owned();
        match call.name.as_str() {
            "announce" => {
                let list = call.arguments.get("list").and_then(Value::as_str).unwrap_or_default();
                self.announce(list, call.arguments.get("times").and_then(Value::as_u64).unwrap_or(1))?;
                return Ok(CallToolResult::text(list.to_owned()));
            }
            "state" => return Ok(CallToolResult::text(self.state().to_string())),
            _ => {}
        }
        let _running = Running::begin(self);
        match call.name.as_str() {
            "echo" => {}
            "wait" => tokio::time::sleep(WAIT).await,
            "count" => {
                for step in [1.0, 2.0, 3.0] {
                    cx.progress().report(step, Some(3.0), None);
                    tokio::time::sleep(STEP).await;
                }
            }
            "confirm" => {
                let form = ElicitForm::new(text.clone()).required("how", Field::text());
                let answer = cx.ask("how", form)?;
                let how = answer.accepted().and_then(|content| content.get("how")?.as_str());
                return Ok(CallToolResult::text(format!("{text}, {}", how.unwrap_or("not at all"))));
            }
            "hold" => {
                cx.progress().report(1.0, None, None);
                tokio::time::sleep(HOLD).await;
            }
            name => return Err(RpcError::unknown_tool(name).into()),
        }
        Ok(CallToolResult::text(text))
    }
}

/// Work under way; counted when it ends, and when it is dropped.
struct Running<'a>(&'a Soaked);

impl<'a> Running<'a> {
    fn begin(soaked: &'a Soaked) -> Self {
        soaked.begun.fetch_add(1, Ordering::SeqCst);
        Self(soaked)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Ordering::SeqCst);
    }
}
