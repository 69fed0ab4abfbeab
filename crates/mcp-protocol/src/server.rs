//! [`Server`]: what an embedder implements. Everything else in the crate is how it is reached.

use std::future::{Future, ready};

use crate::capabilities::Capabilities;
use crate::completion::{CompleteRequest, CompleteResult};
use crate::context::RequestContext;
use crate::error::RpcError;
use crate::headers::ParamHeaders;
use crate::info::ServerInfo;
use crate::input::Interrupt;
use crate::principal::Principal;
use crate::prompt::{GetPrompt, GetPromptResult, ListPromptsResult};
use crate::resource::{ListResourceTemplatesResult, ListResourcesResult, ReadResourceResult};
use crate::task::Task;
use crate::tool::{CallTool, CallToolResult, ListToolsResult};

/// An MCP server: what it is, what it offers, and the work.
///
/// Only [`info`](Self::info) and [`capabilities`](Self::capabilities) are required; a method that is not
/// implemented, or whose capability is not declared, is answered "method not found". Write the asynchronous
/// methods as `async fn`.
///
/// # Cancellation
/// On 2026-07-28 a client cancels by closing its connection, and then the future of the call is **dropped**. Work
/// that must reach its end whatever happens to the connection belongs in a task of its own. Legacy clients may
/// disconnect and reconnect, so there the future runs on; `notifications/cancelled` cancels
/// [`RequestContext::cancellation`].
pub trait Server: Send + Sync + 'static {
    /// Who is asking: whatever the embedder's authentication found out. `()` for a server without authentication.
    type Principal: Principal;

    /// The server's name, version and instructions. Must not change while the server lives.
    fn info(&self) -> &ServerInfo;

    /// What is offered. Must not change while the server lives.
    fn capabilities(&self) -> Capabilities;

    /// `tools/list`. May depend on the caller's authorization, never on the connection (`tool.list.nonvarying`).
    ///
    /// # Errors
    /// -32602 for a cursor that this server did not make.
    fn list_tools(
        &self,
        cx: &RequestContext<Self::Principal>,
        cursor: Option<&str>,
    ) -> impl Future<Output = Result<ListToolsResult, RpcError>> + Send {
        let _ = (cx, cursor);
        ready(Err(RpcError::method_not_found("tools/list")))
    }

    /// `tools/call`.
    ///
    /// # Errors
    /// [`RpcError::unknown_tool`], or 403 with a challenge when a scope is missing
    /// ([`RpcError::with_http_status`]). What the model can fix is a result with `is_error`. An [`Interrupt`] may also
    /// be a question to the client ([`RequestContext::ask`]) or a task.
    fn call_tool(
        &self,
        cx: &RequestContext<Self::Principal>,
        call: CallTool,
    ) -> impl Future<Output = Result<CallToolResult, Interrupt>> + Send {
        let _ = (cx, call);
        ready(Err(RpcError::method_not_found("tools/call").into()))
    }

    /// The arguments of this tool that modern clients mirror into `Mcp-Param-*` headers, asked for before each call
    /// over HTTP. The default finds them in the schemas of [`list_tools`](Self::list_tools); a server whose schemas have no `x-mcp-header`, or
    /// whose list is not kept as a [`ToolList`](crate::ToolList), saves the search by answering
    /// `Ok(ParamHeaders::default())` or from a table of its own.
    ///
    /// # Errors
    /// Those of `list_tools`.
    fn param_headers(
        &self,
        cx: &RequestContext<Self::Principal>,
        tool: &str,
    ) -> impl Future<Output = Result<ParamHeaders, RpcError>> + Send {
        async move {
            const MOST_PAGES: usize = 100;
            let mut cursor = None;
            for _ in 0..MOST_PAGES {
                let page = self.list_tools(cx, cursor.as_deref()).await?;
                match (page.tools.param_headers(tool), page.next_cursor) {
                    (Some(found), _) => return Ok(found.clone()),
                    (None, Some(next)) => cursor = Some(next),
                    (None, None) => break,
                }
            }
            Ok(ParamHeaders::default())
        }
    }

    /// `resources/list`.
    ///
    /// # Errors
    /// -32602 for a cursor that this server did not make.
    fn list_resources(
        &self,
        cx: &RequestContext<Self::Principal>,
        cursor: Option<&str>,
    ) -> impl Future<Output = Result<ListResourcesResult, RpcError>> + Send {
        let _ = (cx, cursor);
        ready(Err(RpcError::method_not_found("resources/list")))
    }

    /// `resources/templates/list`.
    ///
    /// # Errors
    /// -32602 for a cursor that this server did not make.
    fn list_resource_templates(
        &self,
        cx: &RequestContext<Self::Principal>,
        cursor: Option<&str>,
    ) -> impl Future<Output = Result<ListResourceTemplatesResult, RpcError>> + Send {
        let _ = (cx, cursor);
        ready(Err(RpcError::method_not_found("resources/templates/list")))
    }

    /// `resources/read`. The URI is the client's: check it before it reaches a path or an address.
    ///
    /// # Errors
    /// [`RpcError::resource_not_found`], or a question to the client.
    fn read_resource(
        &self,
        cx: &RequestContext<Self::Principal>,
        uri: &str,
    ) -> impl Future<Output = Result<ReadResourceResult, Interrupt>> + Send {
        let _ = (cx, uri);
        ready(Err(RpcError::method_not_found("resources/read").into()))
    }

    /// Whether this caller may subscribe to this resource: `resources/subscribe`, and the filter of
    /// `subscriptions/listen`. The default lets everybody: nothing but the URI is ever sent.
    ///
    /// # Errors
    /// [`RpcError::resource_not_found`].
    fn subscribe_resource(
        &self,
        cx: &RequestContext<Self::Principal>,
        uri: &str,
    ) -> impl Future<Output = Result<(), RpcError>> + Send {
        let _ = (cx, uri);
        ready(Ok(()))
    }

    /// `prompts/list`.
    ///
    /// # Errors
    /// -32602 for a cursor that this server did not make.
    fn list_prompts(
        &self,
        cx: &RequestContext<Self::Principal>,
        cursor: Option<&str>,
    ) -> impl Future<Output = Result<ListPromptsResult, RpcError>> + Send {
        let _ = (cx, cursor);
        ready(Err(RpcError::method_not_found("prompts/list")))
    }

    /// `prompts/get`.
    ///
    /// # Errors
    /// -32602 for an unknown prompt or a missing argument, or a question to the client.
    fn get_prompt(
        &self,
        cx: &RequestContext<Self::Principal>,
        prompt: GetPrompt,
    ) -> impl Future<Output = Result<GetPromptResult, Interrupt>> + Send {
        let _ = (cx, prompt);
        ready(Err(RpcError::method_not_found("prompts/get").into()))
    }

    /// `completion/complete`.
    ///
    /// # Errors
    /// -32602 for an unknown reference.
    fn complete(
        &self,
        cx: &RequestContext<Self::Principal>,
        request: CompleteRequest,
    ) -> impl Future<Output = Result<CompleteResult, RpcError>> + Send {
        let _ = (cx, request);
        ready(Err(RpcError::method_not_found("completion/complete")))
    }

    /// `tasks/get` of the tasks extension. The caller must be checked against the task on each request (`task.sec`);
    /// [`LocalTasks`](crate::LocalTasks) does so.
    ///
    /// # Errors
    /// [`RpcError::unknown_task`].
    fn get_task(
        &self,
        cx: &RequestContext<Self::Principal>,
        id: &str,
    ) -> impl Future<Output = Result<Task, RpcError>> + Send {
        let _ = (cx, id);
        ready(Err(RpcError::method_not_found("tasks/get")))
    }

    /// `tasks/update`: the client's answers to what the task asked, by key. Unknown keys are ignored.
    ///
    /// # Errors
    /// [`RpcError::unknown_task`].
    fn update_task(
        &self,
        cx: &RequestContext<Self::Principal>,
        id: &str,
        answers: serde_json::Map<String, serde_json::Value>,
    ) -> impl Future<Output = Result<(), RpcError>> + Send {
        let _ = (cx, id, answers);
        ready(Err(RpcError::method_not_found("tasks/update")))
    }

    /// `tasks/cancel`: a request to stop, not a promise.
    ///
    /// # Errors
    /// [`RpcError::unknown_task`].
    fn cancel_task(
        &self,
        cx: &RequestContext<Self::Principal>,
        id: &str,
    ) -> impl Future<Output = Result<(), RpcError>> + Send {
        let _ = (cx, id);
        ready(Err(RpcError::method_not_found("tasks/cancel")))
    }
}
