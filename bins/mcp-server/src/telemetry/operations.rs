//! MCP requests, as `mcp-protocol` tells of them: metrics, the request's record, and a span.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use mcp_protocol::{
    CallToolResult, Content, Ending, ErrorCode, Observation, ObservedRequest, Observer, StructuredContent,
};
use mcp_tools::catalog::ERROR_KIND;
use mcp_tools::{Catalog, ToolErrorKind};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use tokio::time::Instant;

use super::client_family::ClientFamily;
use super::metrics::{LimitScope, Operation};
use super::request::{Call, RequestRecord};
use super::trace::{Attribute, SpanKind, StartedSpan};
use crate::adapters::mcp::Caller;

/// A tool that the client names and that there is not.
const NO_SUCH_TOOL: &str = "unknown";
/// Four bytes are counted as a token, as everywhere here.
const BYTES_PER_TOKEN: usize = 4;

/// Hears of MCP requests.
#[derive(Debug)]
pub struct Operations {
    /// By name and alias: the listed name, and the alias if it is one.
    tools: HashMap<&'static str, (&'static str, Option<&'static str>)>,
}

impl Operations {
    /// For requests that call the tools of this catalogue.
    #[must_use]
    pub fn new(catalog: &Catalog) -> Self {
        let tools = catalog.specs().flat_map(|spec| {
            let aliases = spec.aliases.iter().map(|alias| (*alias, (spec.name, Some(*alias))));
            aliases.chain([(spec.name, (spec.name, None))])
        });
        Self { tools: tools.collect() }
    }
}

impl Observer<Caller> for Operations {
    fn begin(&self, request: &ObservedRequest<'_, Caller>) -> Option<Box<dyn Observation>> {
        let cx = request.context;
        let record = Arc::clone(&cx.principal().record);
        let called = match request.method {
            "tools/call" => request.name,
            _ => None,
        };
        let (tool, alias) =
            called.map_or(("", None), |name| self.tools.get(name).copied().unwrap_or((NO_SUCH_TOOL, None)));
        let client = cx.principal().identity.family(cx.user_agent());
        record.note_client(client);
        if let Some(alias) = alias {
            record.metrics.alias_used(tool, alias);
        }
        let era = if cx.protocol_version().is_modern() { "modern" } else { "legacy" };
        let call = Call { method: request.method, tool, era };
        let span = span(&record, request, tool);
        record.begin_call(call, span.as_ref().map(StartedSpan::context));
        Some(Box::new(Running {
            waited: record.notes().upstream,
            record,
            call,
            client,
            began: Instant::now(),
            failure: None,
            asked: false,
            span,
            ended: false,
        }))
    }
}

/// A request on its way.
struct Running {
    record: Arc<RequestRecord>,
    call: Call,
    client: ClientFamily,
    began: Instant,
    /// What its HTTP request had waited for OpenPhone before it.
    waited: Duration,
    /// Of a tool that failed.
    failure: Option<&'static str>,
    asked: bool,
    span: Option<StartedSpan>,
    ended: bool,
}

impl Observation for Running {
    fn tool_result(&mut self, result: &CallToolResult) {
        let (metrics, tool) = (&self.record.metrics, self.call.tool);
        let bytes = result.content.iter().map(|content| match content {
            Content::Text { text, .. } => text.len(),
            _ => 0,
        });
        metrics.result_tokens(tool, bytes.sum::<usize>().div_ceil(BYTES_PER_TOKEN));
        if result.is_error {
            let kind = result.meta.as_ref().and_then(|meta| kind(meta.get(ERROR_KIND)?.as_str()?));
            let name = kind.map_or("other", ToolErrorKind::name);
            metrics.tool_error(tool, name);
            match kind {
                Some(ToolErrorKind::LimitReached) => metrics.rate_limited(LimitScope::Tool),
                Some(ToolErrorKind::RateLimited) => metrics.rate_limited(LimitScope::Upstream),
                _ => {}
            }
            self.failure = Some(name);
        }
        let structured = result.structured_content.as_ref();
        match structured.and_then(coverage) {
            Some(Coverage::Cut) => metrics.truncated(tool, self.client),
            Some(Coverage::Empty) => metrics.zero_result(tool),
            Some(Coverage::Whole) | None => {}
        }
    }

    fn asked(&mut self) {
        self.asked = true;
    }

    fn end(mut self: Box<Self>, ending: Ending) {
        self.ended = true;
        match ending {
            Ending::Error(code) => self.finish(code_name(code), "error", Some(code)),
            _ if self.failure.is_some() => {
                let outcome = self.failure.unwrap_or_default();
                self.finish("tool_error", outcome, None);
            }
            Ending::Asked => self.finish("", "asked", None),
            _ => self.finish("", "ok", None),
        }
    }
}

impl Running {
    fn finish(&mut self, error_type: &'static str, outcome: &'static str, code: Option<ErrorCode>) {
        let Call { method, tool, era } = self.call;
        let took = self.began.elapsed();
        let waited = self.record.notes().upstream.saturating_sub(self.waited);
        let own = (!self.asked).then(|| took.saturating_sub(waited));
        let client = self.client;
        self.record.metrics.operation(&Operation { method, tool, era, error_type, client, took, own });
        self.record.end_call(outcome);
        if let (Some(span), Some(tracer)) = (self.span.take(), &self.record.tracer) {
            let status = code.map(|code| Attribute::text("rpc.response.status_code", code.0.to_string()));
            tracer.end(span, error_type, status);
        }
    }
}

/// The client went away, or took the request back.
impl Drop for Running {
    fn drop(&mut self) {
        if !self.ended {
            self.finish("cancelled", "cancelled", None);
        }
    }
}

/// A span by the semantic conventions for MCP, below the one that `_meta` names. No arguments, results or addresses.
fn span(
    record: &RequestRecord,
    request: &ObservedRequest<'_, Caller>,
    tool: &'static str,
) -> Option<StartedSpan> {
    let tracer = record.tracer.as_ref()?;
    let cx = request.context;
    let parent = tracer.trusted(cx.trace().traceparent.as_deref());
    let link = record.http_parent;
    let name = if tool.is_empty() { request.method.to_owned() } else { format!("{} {tool}", request.method) };
    let mut span =
        tracer.start(name, SpanKind::Server, parent.or(link), link.filter(|_| parent.is_some()))?;
    span.add(Attribute::word("mcp.method.name", request.method));
    if !tool.is_empty() {
        span.add(Attribute::word("gen_ai.tool.name", tool));
        span.add(Attribute::word("gen_ai.operation.name", "execute_tool"));
    }
    span.add(Attribute::word("mcp.protocol.version", cx.protocol_version().as_str()));
    span.add(Attribute::text("jsonrpc.request.id", request_id(request)));
    span.add(Attribute::word("network.transport", "tcp"));
    span.add(Attribute::word("network.protocol.name", "http"));
    span.add(Attribute::text("openphone.request.id", record.id.to_string()));
    Some(span)
}

/// The client's id where it is a number; a text may hold anything, so it is not shown.
fn request_id(request: &ObservedRequest<'_, Caller>) -> String {
    match request.id {
        mcp_protocol::RequestId::Integer(id) => id.to_string(),
        mcp_protocol::RequestId::Text(_) => "text".to_owned(),
    }
}

/// The codes of the protocol have names of few; others are one.
fn code_name(code: ErrorCode) -> &'static str {
    match code.0 {
        -32700 => "-32700",
        -32600 => "-32600",
        -32601 => "-32601",
        -32602 => "-32602",
        -32603 => "-32603",
        -32002 => "-32002",
        -32042 => "-32042",
        -32020 => "-32020",
        -32021 => "-32021",
        -32022 => "-32022",
        403 => "403",
        _ => "other",
    }
}

fn kind(name: &str) -> Option<ToolErrorKind> {
    ToolErrorKind::ALL.into_iter().find(|kind| kind.name() == name)
}

/// What a list says of itself.
#[derive(Debug, PartialEq, Eq)]
enum Coverage {
    Whole,
    /// There is more than it holds.
    Cut,
    /// There is nothing.
    Empty,
}

/// A result with `coverage` is a list; its items are the arrays beside it.
fn coverage(structured: &StructuredContent) -> Option<Coverage> {
    let Root { complete, lists, items } = structured.read().ok()?;
    Some(match complete? {
        false => Coverage::Cut,
        true if lists && !items => Coverage::Empty,
        true => Coverage::Whole,
    })
}

/// The root of a result, of which only the shape is looked at.
#[derive(Default)]
struct Root {
    complete: Option<bool>,
    /// It has lists.
    lists: bool,
    /// Something is in one of them.
    items: bool,
}

impl<'de> Deserialize<'de> for Root {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Root;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Root, A::Error> {
                let mut root = Root::default();
                while let Some(name) = members.next_key::<&str>()? {
                    if name == "coverage" {
                        root.complete = members.next_value::<State>()?.complete;
                    } else if let Some(list) = members.next_value::<&RawValue>()?.get().strip_prefix('[') {
                        root.lists = true;
                        root.items |= list != "]";
                    }
                }
                Ok(root)
            }
        }

        deserializer.deserialize_map(Members)
    }
}

#[derive(Deserialize)]
struct State {
    complete: Option<bool>,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn lists_say_what_they_hold() {
        let of = |data: Value| coverage(&StructuredContent::from(data));
        assert_eq!(of(json!({ "messageId": "AC1" })), None);
        assert_eq!(of(json!({ "messages": [], "coverage": { "complete": true } })), Some(Coverage::Empty));
        assert_eq!(of(json!({ "messages": [1], "coverage": { "complete": true } })), Some(Coverage::Whole));
        assert_eq!(of(json!({ "messages": [], "coverage": { "complete": false } })), Some(Coverage::Cut));
        assert_eq!(of(json!({ "coverage": { "complete": true } })), Some(Coverage::Whole));
        assert_eq!(
            of(json!({ "gone": [], "new": [{}], "coverage": { "complete": true, "scanned": 1 } })),
            Some(Coverage::Whole)
        );
        assert_eq!(of(json!({ "coverage": 3, "messages": [] })), None);
        assert_eq!(of(json!([{ "coverage": { "complete": true } }])), None);
    }
}
