//! Tools: their declaration, a call, and its result.
//!
//! Spec: <https://modelcontextprotocol.io/specification/2026-07-28/server/tools>.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::content::{Content, Icon, non_empty, non_empty_meta};
use crate::version::ProtocolVersion;
use crate::wire::{At, Meta, ResultBody, Wire, entry};

mod list;
mod structured;

pub use list::{ListToolsResult, ToolList};
pub use structured::StructuredContent;

/// A tool as a client sees it. `Serialize` writes the form of the latest revision.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Tool {
    /// 1 to 128 characters of `[A-Za-z0-9_.-]`, unique.
    pub name: Cow<'static, str>,
    /// For people.
    pub title: Option<Cow<'static, str>>,
    /// For the model.
    pub description: Option<Cow<'static, str>>,
    /// JSON Schema (2020-12 unless it says otherwise) whose root is `{"type":"object"}`; sent verbatim.
    pub input_schema: Arc<Value>,
    /// JSON Schema of `structuredContent`. A root that is not an object is left out for legacy revisions.
    pub output_schema: Option<Arc<Value>>,
    /// Hints about what a call does.
    pub annotations: Option<ToolAnnotations>,
    /// Icons (2025-11-25).
    pub icons: Vec<Icon>,
    /// `_meta` (2025-06-18).
    pub meta: Option<Meta>,
}

impl Tool {
    /// A tool with a name, a description and the schema of its arguments.
    pub fn new(
        name: impl Into<Cow<'static, str>>,
        description: impl Into<Cow<'static, str>>,
        input_schema: impl Into<Arc<Value>>,
    ) -> Self {
        Self {
            name: name.into(),
            title: None,
            description: Some(description.into()),
            input_schema: input_schema.into(),
            output_schema: None,
            annotations: None,
            icons: Vec::new(),
            meta: None,
        }
    }

    /// Sets the title.
    #[must_use]
    pub fn with_title(mut self, title: impl Into<Cow<'static, str>>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Sets the schema of the structured result.
    #[must_use]
    pub fn with_output_schema(mut self, schema: impl Into<Arc<Value>>) -> Self {
        self.output_schema = Some(schema.into());
        self
    }

    /// Sets the hints.
    #[must_use]
    pub fn with_annotations(mut self, annotations: ToolAnnotations) -> Self {
        self.annotations = Some(annotations);
        self
    }

    /// Sets the icons.
    #[must_use]
    pub fn with_icons(mut self, icons: Vec<Icon>) -> Self {
        self.icons = icons;
        self
    }

    /// Sets `_meta`.
    #[must_use]
    pub fn with_meta(mut self, meta: Meta) -> Self {
        self.meta = Some(meta);
        self
    }

    /// The output schema as far as `version` can carry it.
    fn output_schema_for(&self, version: ProtocolVersion) -> Option<&Value> {
        let schema = self.output_schema.as_deref()?;
        let object = || schema.get("type").and_then(Value::as_str) == Some("object");
        (version.has_any_structured_content() || (version.has_structured_content() && object()))
            .then_some(schema)
    }
}

impl Wire for Tool {
    fn write<S: Serializer>(&self, version: ProtocolVersion, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &self.name)?;
        let (annotated, structured) = (version.has_annotations_and_audio(), version.has_structured_content());
        entry(&mut map, "title", self.title.as_ref().filter(|_| structured))?;
        entry(&mut map, "description", self.description.as_ref())?;
        map.serialize_entry("inputSchema", &*self.input_schema)?;
        entry(&mut map, "outputSchema", self.output_schema_for(version))?;
        if annotated && (self.annotations.is_some() || (!structured && self.title.is_some())) {
            // 2025-03-26 has a title for people only among the annotations.
            let title = self.title.as_deref().filter(|_| !structured);
            let hints = self.annotations.unwrap_or_default();
            map.serialize_entry("annotations", &WireAnnotations { title, hints })?;
        }
        entry(&mut map, "icons", non_empty(&self.icons).filter(|_| version.has_icons()))?;
        entry(&mut map, "_meta", non_empty_meta(self.meta.as_ref()).filter(|_| structured))?;
        map.end()
    }
}

impl Serialize for Tool {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.write(ProtocolVersion::LATEST, serializer)
    }
}

/// What a call does, as hints. A hint that is not given has the spec's default, the cautious one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ToolAnnotations {
    /// It changes nothing. Default: false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_only_hint: Option<bool>,
    /// It may destroy or overwrite. Default: true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destructive_hint: Option<bool>,
    /// Calling it again with the same arguments changes nothing more. Default: false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idempotent_hint: Option<bool>,
    /// It reaches people or systems outside. Default: true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_world_hint: Option<bool>,
}

impl ToolAnnotations {
    /// No hint given.
    #[must_use]
    pub const fn new() -> Self {
        Self { read_only_hint: None, destructive_hint: None, idempotent_hint: None, open_world_hint: None }
    }

    /// Sets `readOnlyHint`.
    #[must_use]
    pub const fn read_only(mut self, hint: bool) -> Self {
        self.read_only_hint = Some(hint);
        self
    }

    /// Sets `destructiveHint`.
    #[must_use]
    pub const fn destructive(mut self, hint: bool) -> Self {
        self.destructive_hint = Some(hint);
        self
    }

    /// Sets `idempotentHint`.
    #[must_use]
    pub const fn idempotent(mut self, hint: bool) -> Self {
        self.idempotent_hint = Some(hint);
        self
    }

    /// Sets `openWorldHint`.
    #[must_use]
    pub const fn open_world(mut self, hint: bool) -> Self {
        self.open_world_hint = Some(hint);
        self
    }
}

#[derive(Serialize)]
struct WireAnnotations<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(flatten)]
    hints: ToolAnnotations,
}

/// A call that a client makes: the parameters of `tools/call`.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct CallTool {
    /// Which tool.
    pub name: String,
    /// Its arguments; empty when the client sent none.
    pub arguments: serde_json::Map<String, Value>,
}

impl CallTool {
    /// A call of `name` with `arguments`.
    pub fn new(name: impl Into<String>, arguments: serde_json::Map<String, Value>) -> Self {
        Self { name: name.into(), arguments }
    }
}

/// Arguments may hold personal data, so only the name is shown.
impl fmt::Debug for CallTool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallTool").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What a tool answers.
#[derive(Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct CallToolResult {
    /// For the model.
    pub content: Vec<Content>,
    /// The same as data, conforming to the tool's output schema (2025-06-18; objects only before 2026-07-28).
    pub structured_content: Option<StructuredContent>,
    /// The call failed, and `content` says why and what to do.
    pub is_error: bool,
    /// `_meta`.
    pub meta: Option<Meta>,
}

impl CallToolResult {
    /// A result of these blocks.
    #[must_use]
    pub fn new(content: Vec<Content>) -> Self {
        Self { content, ..Self::default() }
    }

    /// A result of one text.
    pub fn text(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(vec![Content::text(text)])
    }

    /// Data, with its text twin for clients that do not read data.
    pub fn structured(data: impl Into<StructuredContent>, text: impl Into<Cow<'static, str>>) -> Self {
        Self { structured_content: Some(data.into()), ..Self::text(text) }
    }

    /// A failure that the model can read and act on.
    pub fn error(text: impl Into<Cow<'static, str>>) -> Self {
        Self { is_error: true, ..Self::text(text) }
    }

    /// Sets `_meta`.
    #[must_use]
    pub fn with_meta(mut self, meta: Meta) -> Self {
        self.meta = Some(meta);
        self
    }
}

/// Results may hold personal data, so only their shape is shown.
impl fmt::Debug for CallToolResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallToolResult")
            .field("blocks", &self.content.len())
            .field("structured", &self.structured_content.is_some())
            .field("is_error", &self.is_error)
            .finish_non_exhaustive()
    }
}

impl ResultBody for CallToolResult {
    fn write_members<M: SerializeMap>(&self, version: ProtocolVersion, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("content", &At(self.content.as_slice(), version))?;
        let fits = |data: &&StructuredContent| {
            version.has_any_structured_content() || (version.has_structured_content() && data.is_object())
        };
        entry(map, "structuredContent", self.structured_content.as_ref().filter(fits))?;
        if self.is_error {
            map.serialize_entry("isError", &true)?;
        }
        Ok(())
    }

    fn size(&self, _: ProtocolVersion) -> usize {
        let texts = self.content.iter().map(|content| match content {
            Content::Text { text, .. } => text.len(),
            _ => 0,
        });
        texts.sum::<usize>() + self.structured_content.as_ref().map_or(0, |data| data.get().len())
    }

    fn meta(&self) -> Option<&Meta> {
        self.meta.as_ref()
    }
}
