//! The catalogue: every tool once, listed and called through a [`View`].

mod erased;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use mcp_protocol::{CallToolResult, StructuredContent, ToolAnnotations, ToolList};
use serde_json::{Map, Value, json};

use crate::asking::Question;
use crate::audit::trail::Trail;
use crate::audit::{self, Verdict};
use crate::catalog::erased::{Answer, Erased, ErasedTool};
use crate::client_mode::ClientMode;
use crate::context::Context;
use crate::error::{ToolError, ToolErrorKind};
use crate::reading::json_length;
use crate::schema::arguments::{self, ArgumentCheck};
use crate::scope::Scope;
use crate::tool::{Tool, ToolSpec};
use crate::view::{Facets, View, Visibility};

/// Member of `_meta` in a failed result: which [`ToolErrorKind`] it is, for programs. The model reads the text.
pub const ERROR_KIND: &str = "openphone-mcp/error";

/// Combinations of filters that are remembered. There are more, of which nobody asks for many.
const MOST_FACETS: usize = 1_024;

/// Every tool of a server.
pub struct Catalog {
    entries: Vec<Entry>,
    by_name: HashMap<&'static str, usize>,
    /// One list per set of tools that was asked for: at most a few dozen.
    lists: RwLock<HashMap<ListKey, ToolList>>,
    /// The same lists by the filters that lead to them, so that no tool is looked at twice.
    lists_by_facets: RwLock<HashMap<Facets, ToolList>>,
    /// What the pictures' paths are below.
    icons: Option<Box<str>>,
}

/// What tells two lists apart.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct ListKey {
    mode: ClientMode,
    /// Whether only one inbox is within reach.
    bound: bool,
    /// The tools, a bit each.
    tools: u64,
}

struct Entry {
    spec: ToolSpec,
    tool: Box<dyn ErasedTool>,
    check: ArgumentCheck,
}

/// What became of a call.
#[derive(Debug)]
#[non_exhaustive]
pub enum CallOutcome {
    /// The tool answered, with a result or with a failure marked `isError`.
    Result(CallToolResult),
    /// OpenPhone refused the API key (HTTP 401). The result says so to the model; whoever gave the grant may want to
    /// end it, so that the client signs in again.
    KeyRefused(CallToolResult),
    /// The grant lacks a scope; nothing was done. The transport challenges for it.
    InsufficientScope {
        /// The scope to ask for.
        required: Scope,
    },
    /// The person must answer this first; nothing was done. Call again with [`Context::with_asking`]. Only for a
    /// context that said that it can ask.
    Ask(Question),
    /// The connection's limits leave the tool out; nothing was done.
    NotAllowed {
        /// Which tool, why, and what to do, as whole sentences.
        reason: String,
    },
    /// No tool of that name in this view; nothing was done.
    UnknownTool,
}

/// Why a catalogue cannot be built: a mistake in a tool's declaration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CatalogError {
    /// Two tools with one name or alias.
    #[error("two tools are called `{0}`")]
    DuplicateName(&'static str),
    /// The schema made from the input type is not valid.
    #[error("the input schema of `{tool}` is not valid: {reason}")]
    InvalidSchema {
        /// Which tool.
        tool: &'static str,
        /// What the validator says.
        reason: String,
    },
    /// No tool is called that.
    #[error("there is no tool `{0}`")]
    UnknownTool(String),
    /// More tools than a list can hold.
    #[error("a catalogue holds at most 64 tools")]
    TooMany,
}

impl Catalog {
    /// The OpenPhone tools.
    ///
    /// # Errors
    ///
    /// Never with the tools of this crate (a test builds it); see [`Catalog::with`].
    pub fn new() -> Result<Self, CatalogError> {
        crate::tools::register_all(Self::empty())
    }

    /// No tools: a start for embedders who pick their own.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            entries: Vec::new(),
            by_name: HashMap::new(),
            lists: RwLock::default(),
            lists_by_facets: RwLock::default(),
            icons: None,
        }
    }

    /// Where the tools' pictures are: [`Icon::path`](crate::Icon::path) below this URL, which has no slash at its end. Without it the
    /// list names none.
    #[must_use]
    pub fn with_icons_at(self, url: impl Into<Box<str>>) -> Self {
        Self { icons: Some(url.into()), lists: RwLock::default(), lists_by_facets: RwLock::default(), ..self }
    }

    /// Offers ChatGPT's connectors these tools beside their own few.
    ///
    /// # Errors
    ///
    /// No tool has that name.
    pub fn offer_chatgpt(mut self, names: &[String]) -> Result<Self, CatalogError> {
        for name in names {
            let index = self.by_name.get(name.trim()).copied();
            match index.and_then(|index| self.entries.get_mut(index)) {
                Some(entry) => entry.spec.chatgpt = true,
                None => return Err(CatalogError::UnknownTool(crate::text::clean_line(name, 60))),
            }
        }
        (self.lists, self.lists_by_facets) = Default::default();
        Ok(self)
    }

    /// Adds a tool, at the end of the list.
    ///
    /// # Errors
    ///
    /// Its name is taken, its input type makes no valid schema, or there are 64 already.
    pub fn with<T: Tool>(mut self, tool: T) -> Result<Self, CatalogError> {
        let spec = ToolSpec::of::<T>();
        let index = self.entries.len();
        if index == 64 {
            return Err(CatalogError::TooMany);
        }
        for name in std::iter::once(spec.name).chain(spec.aliases.iter().copied()) {
            if self.by_name.insert(name, index).is_some() {
                return Err(CatalogError::DuplicateName(name));
            }
        }
        let check = ArgumentCheck::new(&spec.input_schema)
            .map_err(|reason| CatalogError::InvalidSchema { tool: spec.name, reason })?;
        self.entries.push(Entry { spec, tool: Box::new(Erased(tool)), check });
        Ok(self)
    }

    /// Every tool as plain data, in the order of the list. For docs, pages and snapshots.
    pub fn specs(&self) -> impl Iterator<Item = &ToolSpec> {
        self.entries.iter().map(|entry| &entry.spec)
    }

    /// The specification of one tool, by name or alias.
    #[must_use]
    pub fn spec(&self, name: &str) -> Option<&ToolSpec> {
        self.entry(name).map(|entry| &entry.spec)
    }

    /// The answer of `tools/list` in this view. Built once per combination of filters, then shared.
    #[must_use]
    pub fn list(&self, view: &View) -> ToolList {
        let facets = view.facets();
        let known = self.lists_by_facets.read().unwrap_or_else(PoisonError::into_inner).get(&facets).cloned();
        if let Some(list) = known {
            return list;
        }
        let list = self.list_of(view);
        let mut known = self.lists_by_facets.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() < MOST_FACETS {
            known.insert(facets, list.clone());
        }
        list
    }

    fn list_of(&self, view: &View) -> ToolList {
        let visible = self.entries.iter().enumerate().filter(|(_, entry)| view.lists(&entry.spec));
        let tools = visible.fold(0, |bits: u64, (index, _)| bits | 1 << index);
        let key = ListKey { mode: view.mode, bound: view.is_bound(), tools };
        if let Some(list) = self.lists.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return list.clone();
        }
        let tools = self.specs().filter(|spec| view.lists(spec)).map(|spec| self.wire(spec, key)).collect();
        let mut lists = self.lists.write().unwrap_or_else(PoisonError::into_inner);
        lists.entry(key).or_insert_with(|| ToolList::new(tools)).clone()
    }

    /// Calls a tool by name or alias.
    pub async fn call(
        &self,
        view: &View,
        name: &str,
        arguments: Map<String, Value>,
        cx: &Context,
    ) -> CallOutcome {
        let Some(entry) = self.entry(name) else { return CallOutcome::UnknownTool };
        // The context may know tighter limits than the view does: the operator's, for one.
        let view = &view.clone().with_limits(cx.limits());
        let (write, visibility) = (!entry.spec.annotations.read_only, view.visibility(&entry.spec));
        // Of a call that reads, a record is only made when it is refused.
        let recorded = write || visibility != Visibility::Callable;
        let size = if recorded { json_length(&arguments) } else { 0 };
        let trail = Trail::begin(cx, entry.spec.name, write, size);
        let refused = |reason: &'static str| trail.end(Verdict::refused(reason));
        match visibility {
            Visibility::NotAllowed(why) => {
                refused(ToolErrorKind::NotAllowed.name());
                return CallOutcome::NotAllowed { reason: not_allowed(name, why) };
            }
            Visibility::Hidden => {
                refused(audit::HIDDEN);
                return CallOutcome::UnknownTool;
            }
            Visibility::NeedsScope => {
                refused(audit::MISSING_SCOPE);
                return CallOutcome::InsufficientScope { required: entry.spec.scope };
            }
            Visibility::Callable => {}
        }
        let cx = cx.under(view).recorded_by(Arc::clone(&trail));
        cx.people().touch(cx.key());
        let result = entry.run(arguments, &cx).await;
        trail.end(match &result {
            Ok(_) if !write => Verdict::read(),
            Ok(Answer { result, .. }) => {
                let data = result.structured_content.as_ref().map(StructuredContent::to_value);
                Verdict::of_result(data.as_ref(), result.is_error)
            }
            Err(error) => Verdict::of_error(error),
        });
        match result {
            Ok(Answer { result, failure }) => {
                let result = match failure {
                    Some(kind) if result.is_error => result.with_meta(kind_as_meta(kind)),
                    _ => result,
                };
                match failure {
                    Some(ToolErrorKind::KeyRefused) => CallOutcome::KeyRefused(result),
                    _ => CallOutcome::Result(result),
                }
            }
            Err(error) if error.kind() == ToolErrorKind::KeyRefused => {
                CallOutcome::KeyRefused(failed(&entry.spec, &error))
            }
            Err(error) => match error.question() {
                Some(question) => CallOutcome::Ask(question.clone()),
                None => CallOutcome::Result(failed(&entry.spec, &error)),
            },
        }
    }

    /// The projection of a tool to the wire. A mode may annotate; the tool stays the same.
    fn wire(&self, spec: &ToolSpec, key: ListKey) -> mcp_protocol::Tool {
        let hints = spec.annotations;
        let input = if key.bound { &spec.bound_input_outline } else { &spec.input_outline };
        let mut tool = mcp_protocol::Tool::new(spec.name, spec.description, Arc::clone(input))
            .with_title(spec.title)
            .with_output_schema(Arc::clone(&spec.output_outline))
            .with_annotations(
                ToolAnnotations::new()
                    .read_only(hints.read_only)
                    .destructive(hints.destructive)
                    .idempotent(hints.idempotent)
                    .open_world(hints.open_world),
            );
        if let Some(base) = &self.icons {
            let icon = mcp_protocol::Icon::new(format!("{base}{}", spec.icon.path()));
            tool = tool.with_icons(vec![icon]);
        }
        let mut meta = spec.meta.clone();
        if key.mode == ClientMode::ChatGpt {
            let schemes = json!([{ "type": "oauth2", "scopes": [spec.scope.name()] }]);
            meta.insert("securitySchemes".to_owned(), schemes);
        }
        if meta.is_empty() { tool } else { tool.with_meta(meta) }
    }

    /// Whether a call of the tool would get as far as the tool itself.
    pub(crate) fn is_callable(&self, view: &View, name: &str) -> bool {
        self.visibility(view, name) == Some(Visibility::Callable)
    }

    /// What the view says of the tool; `None`: there is none of that name.
    pub(crate) fn visibility(&self, view: &View, name: &str) -> Option<Visibility> {
        self.entry(name).map(|entry| view.visibility(&entry.spec))
    }

    fn entry(&self, name: &str) -> Option<&Entry> {
        self.by_name.get(name).and_then(|index| self.entries.get(*index))
    }
}

impl std::fmt::Debug for Catalog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.specs().map(|spec| spec.name)).finish()
    }
}

impl Entry {
    async fn run(&self, written: Map<String, Value>, cx: &Context) -> Result<Answer, ToolError> {
        // As it was written, where a null says something.
        let nulls = (!self.spec.nullable.is_empty()).then(|| written.clone());
        let mut arguments = arguments::normalized(written);
        for (old, new) in self.spec.argument_aliases {
            if !arguments.contains_key(*new)
                && let Some(value) = arguments.remove(*old)
            {
                arguments.insert((*new).to_owned(), value);
            }
        }
        let mut arguments = Value::Object(arguments);
        let wrong =
            |error: ToolError| if self.spec.annotations.read_only { error } else { self.nothing_done(error) };
        self.check.check(&arguments).map_err(|fields| wrong(ToolError::arguments(fields)))?;
        if let (Some(written), Some(arguments)) = (nulls, arguments.as_object_mut()) {
            arguments::restore_nulls(&written, arguments, self.spec.nullable);
        }
        let call = self.tool.call(cx, arguments);
        if !self.spec.annotations.read_only {
            // A write decides for itself where it can stop.
            return call.await.map_err(|error| match error.kind() {
                ToolErrorKind::InvalidArguments => wrong(error),
                _ => error,
            });
        }
        tokio::select! {
            biased;
            () = cx.cancellation().cancelled() => {
                Err(ToolError::new(ToolErrorKind::Cancelled, "The call was cancelled.", ""))
            }
            result = call => result,
        }
    }

    /// Arguments are checked before anything happens, and the answer says so.
    fn nothing_done(&self, error: ToolError) -> ToolError {
        if self.spec.texts_people { error.nothing_sent() } else { error.nothing_written() }
    }
}

fn not_allowed(name: &str, why: &str) -> String {
    format!("{name} is not available: {why}. Nothing was done. The person can connect again and allow it.")
}

fn failed(spec: &ToolSpec, error: &ToolError) -> CallToolResult {
    let source = std::error::Error::source(error).map(tracing::field::display);
    tracing::info!(tool = spec.name, kind = ?error.kind(), source, "tool failed");
    CallToolResult::error(error.to_text()).with_meta(kind_as_meta(error.kind()))
}

fn kind_as_meta(kind: ToolErrorKind) -> Map<String, Value> {
    Map::from_iter([(ERROR_KIND.to_owned(), Value::from(kind.name()))])
}
