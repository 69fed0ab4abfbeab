//! The answer of `tools/list`, and the list behind it, which is serialised once per revision and then shared.
//!
//! [`ToolList`] is the thing to keep: building it is where the cost is, a clone is a reference count.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use serde::ser::SerializeMap;

use crate::headers::ParamHeaders;
use crate::payload::SharedJson;
use crate::tool::Tool;
use crate::version::ProtocolVersion;
use crate::wire::{At, CacheHint, Meta, ResultBody, entry};

/// An immutable list of tools with its wire forms, each made at first use. Clones share them.
#[derive(Clone, Debug)]
pub struct ToolList(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    tools: Vec<Tool>,
    wire: [OnceLock<SharedJson>; ProtocolVersion::ALL.len()],
    /// Only the tools that have some.
    param_headers: OnceLock<HashMap<Cow<'static, str>, ParamHeaders>>,
}

impl ToolList {
    /// A list in this order. Keep the order: clients cache lists and compare them (`tool.list.order`).
    #[must_use]
    pub fn new(tools: Vec<Tool>) -> Self {
        Self(Arc::new(Inner { tools, wire: Default::default(), param_headers: OnceLock::new() }))
    }

    /// The tools, in order.
    #[must_use]
    pub fn tools(&self) -> &[Tool] {
        &self.0.tools
    }

    /// The tool with this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Tool> {
        self.0.tools.iter().find(|tool| tool.name == name)
    }

    /// What the schema of the tool with this name mirrors into headers; none when nothing, or when it is invalid, in
    /// which case clients do not list the tool either.
    #[must_use]
    pub fn param_headers(&self, name: &str) -> Option<&ParamHeaders> {
        let index = || {
            let read = |tool: &Tool| {
                let headers = ParamHeaders::from_schema(&tool.input_schema).ok()?;
                (!headers.is_empty()).then(|| (tool.name.clone(), headers))
            };
            self.0.tools.iter().filter_map(read).collect()
        };
        self.0.param_headers.get_or_init(index).get(name)
    }

    /// The `tools` array as `version` writes it.
    fn wire(&self, version: ProtocolVersion) -> Result<&SharedJson, serde_json::Error> {
        let Some(slot) = self.0.wire.get(version.index()) else {
            return Err(serde::ser::Error::custom("revision without a slot"));
        };
        if let Some(written) = slot.get() {
            return Ok(written);
        }
        let written = SharedJson::new(&At(self.0.tools.as_slice(), version))?;
        Ok(slot.get_or_init(|| written))
    }
}

impl From<Vec<Tool>> for ToolList {
    fn from(tools: Vec<Tool>) -> Self {
        Self::new(tools)
    }
}

/// One page of tools.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ListToolsResult {
    /// The tools of this page.
    pub tools: ToolList,
    /// Where the next page starts; none when this was the last.
    pub next_cursor: Option<String>,
    /// How long the client may keep the list (2026-07-28).
    pub cache: CacheHint,
    /// `_meta`.
    pub meta: Option<Meta>,
}

impl ListToolsResult {
    /// One page with these tools.
    pub fn new(tools: impl Into<ToolList>) -> Self {
        Self { tools: tools.into(), next_cursor: None, cache: CacheHint::default(), meta: None }
    }

    /// Sets the cursor of the next page.
    #[must_use]
    pub fn with_next_cursor(mut self, cursor: impl Into<String>) -> Self {
        self.next_cursor = Some(cursor.into());
        self
    }

    /// Sets the cache hint.
    #[must_use]
    pub fn with_cache(mut self, cache: CacheHint) -> Self {
        self.cache = cache;
        self
    }
}

impl ResultBody for ListToolsResult {
    fn write_members<M: SerializeMap>(&self, version: ProtocolVersion, map: &mut M) -> Result<(), M::Error> {
        let tools = self.tools.wire(version).map_err(serde::ser::Error::custom)?;
        map.serialize_entry("tools", tools.json())?;
        entry(map, "nextCursor", self.next_cursor.as_ref())
    }

    fn size(&self, version: ProtocolVersion) -> usize {
        self.tools.wire(version).map_or(0, SharedJson::len)
    }

    fn shared(&self, version: ProtocolVersion) -> Option<&SharedJson> {
        self.tools.wire(version).ok()
    }

    fn meta(&self) -> Option<&Meta> {
        self.meta.as_ref()
    }

    fn cache(&self) -> Option<CacheHint> {
        Some(self.cache)
    }
}
