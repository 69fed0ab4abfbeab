//! [`Server`]: what an embedder implements. Everything else in the crate is how it is reached.

use std::borrow::Cow;
use std::future::{Future, ready};

use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap as _};

use crate::capabilities::Capabilities;
use crate::completion::{CompleteRequest, CompleteResult};
use crate::content::{Icon, non_empty};
use crate::context::RequestContext;
use crate::error::RpcError;
use crate::headers::ParamHeaders;
use crate::prompt::{GetPrompt, GetPromptResult, ListPromptsResult};
use crate::resource::{ListResourceTemplatesResult, ListResourcesResult, ReadResourceResult};
use crate::tool::{CallTool, CallToolResult, ListToolsResult};
use crate::version::ProtocolVersion;
use crate::wire::{Wire, entry};

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
    /// Who is asking: whatever the embedder's authentication found out. Cloned once per request.
    type Principal: Clone + Send + Sync + 'static;

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
    /// ([`RpcError::with_http_status`]). What the model can fix is a result with `is_error`.
    fn call_tool(
        &self,
        cx: &RequestContext<Self::Principal>,
        call: CallTool,
    ) -> impl Future<Output = Result<CallToolResult, RpcError>> + Send {
        let _ = (cx, call);
        ready(Err(RpcError::method_not_found("tools/call")))
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
    /// [`RpcError::resource_not_found`].
    fn read_resource(
        &self,
        cx: &RequestContext<Self::Principal>,
        uri: &str,
    ) -> impl Future<Output = Result<ReadResourceResult, RpcError>> + Send {
        let _ = (cx, uri);
        ready(Err(RpcError::method_not_found("resources/read")))
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
    /// -32602 for an unknown prompt or a missing argument.
    fn get_prompt(
        &self,
        cx: &RequestContext<Self::Principal>,
        prompt: GetPrompt,
    ) -> impl Future<Output = Result<GetPromptResult, RpcError>> + Send {
        let _ = (cx, prompt);
        ready(Err(RpcError::method_not_found("prompts/get")))
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
}

/// What a server says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerInfo {
    /// Its name in code.
    pub name: Cow<'static, str>,
    /// Its version.
    pub version: Cow<'static, str>,
    /// For people (2025-06-18).
    pub title: Option<Cow<'static, str>>,
    /// What it is for (2025-11-25).
    pub description: Option<Cow<'static, str>>,
    /// Its home page (2025-11-25).
    pub website_url: Option<Cow<'static, str>>,
    /// Its icons (2025-11-25).
    pub icons: Vec<Icon>,
    /// For the model: how to use the server well.
    pub instructions: Option<Cow<'static, str>>,
}

impl ServerInfo {
    /// A server with a name and a version.
    pub fn new(name: impl Into<Cow<'static, str>>, version: impl Into<Cow<'static, str>>) -> Self {
        Self {
            name: name.into(),
            version: version.into(),
            title: None,
            description: None,
            website_url: None,
            icons: Vec::new(),
            instructions: None,
        }
    }

    /// Sets the title.
    #[must_use]
    pub fn with_title(mut self, title: impl Into<Cow<'static, str>>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Sets the description.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<Cow<'static, str>>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Sets the home page.
    #[must_use]
    pub fn with_website_url(mut self, url: impl Into<Cow<'static, str>>) -> Self {
        self.website_url = Some(url.into());
        self
    }

    /// Sets the icons.
    #[must_use]
    pub fn with_icons(mut self, icons: Vec<Icon>) -> Self {
        self.icons = icons;
        self
    }

    /// Sets the instructions.
    #[must_use]
    pub fn with_instructions(mut self, instructions: impl Into<Cow<'static, str>>) -> Self {
        self.instructions = Some(instructions.into());
        self
    }
}

/// The `Implementation` object: everything but the instructions, which have a place of their own.
impl Wire for ServerInfo {
    fn write<S: Serializer>(&self, version: ProtocolVersion, serializer: S) -> Result<S::Ok, S::Error> {
        let described = version.has_icons();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("version", &self.version)?;
        entry(&mut map, "title", self.title.as_ref().filter(|_| version.has_structured_content()))?;
        entry(&mut map, "description", self.description.as_ref().filter(|_| described))?;
        entry(&mut map, "websiteUrl", self.website_url.as_ref().filter(|_| described))?;
        entry(&mut map, "icons", non_empty(&self.icons).filter(|_| described))?;
        map.end()
    }
}

/// What a client says about itself. Not to be trusted (`v26.info.untrusted`): for logs and statistics.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Implementation {
    /// Its name in code.
    pub name: String,
    /// Its version.
    pub version: String,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

impl Implementation {
    /// A client with a name and a version.
    pub fn new(name: impl Into<String>, version: impl Into<String>) -> Self {
        Self { name: name.into(), version: version.into(), title: None }
    }
}
