//! Prompts: templates of messages that a person picks.
//!
//! Spec: <https://modelcontextprotocol.io/specification/2026-07-28/server/prompts>.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::Serializer;
use serde::ser::SerializeMap;

use crate::content::{Content, Icon, Role, non_empty, non_empty_meta};
use crate::page::page;
use crate::version::ProtocolVersion;
use crate::wire::{At, CacheHint, Meta, ResultBody, Wire, entry};

/// A prompt as a client sees it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Prompt {
    /// Its name in code.
    pub name: Cow<'static, str>,
    /// For people (2025-06-18).
    pub title: Option<Cow<'static, str>>,
    /// What it is for.
    pub description: Option<Cow<'static, str>>,
    /// What it takes.
    pub arguments: Vec<PromptArgument>,
    /// Icons (2025-11-25).
    pub icons: Vec<Icon>,
    /// `_meta` (2025-06-18).
    pub meta: Option<Meta>,
}

impl Prompt {
    /// A prompt with a name and a description.
    pub fn new(name: impl Into<Cow<'static, str>>, description: impl Into<Cow<'static, str>>) -> Self {
        Self {
            name: name.into(),
            title: None,
            description: Some(description.into()),
            arguments: Vec::new(),
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

    /// Sets the icons.
    #[must_use]
    pub fn with_icons(mut self, icons: Vec<Icon>) -> Self {
        self.icons = icons;
        self
    }

    /// Sets the arguments.
    #[must_use]
    pub fn with_arguments(mut self, arguments: Vec<PromptArgument>) -> Self {
        self.arguments = arguments;
        self
    }
}

impl Wire for Prompt {
    fn write<S: Serializer>(&self, version: ProtocolVersion, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &self.name)?;
        let described = version.has_structured_content();
        entry(&mut map, "title", self.title.as_ref().filter(|_| described))?;
        entry(&mut map, "description", self.description.as_ref())?;
        if !self.arguments.is_empty() {
            map.serialize_entry("arguments", &At(self.arguments.as_slice(), version))?;
        }
        entry(&mut map, "icons", non_empty(&self.icons).filter(|_| version.has_icons()))?;
        entry(&mut map, "_meta", non_empty_meta(self.meta.as_ref()).filter(|_| described))?;
        map.end()
    }
}

/// An argument of a prompt. Its value is always a string.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PromptArgument {
    /// Its name.
    pub name: Cow<'static, str>,
    /// For people (2025-06-18).
    pub title: Option<Cow<'static, str>>,
    /// What to give.
    pub description: Option<Cow<'static, str>>,
    /// Whether it must be given.
    pub required: bool,
}

impl PromptArgument {
    /// An argument that must be given.
    pub fn required(name: impl Into<Cow<'static, str>>, description: impl Into<Cow<'static, str>>) -> Self {
        Self { name: name.into(), title: None, description: Some(description.into()), required: true }
    }

    /// An argument that may be left out.
    pub fn optional(name: impl Into<Cow<'static, str>>, description: impl Into<Cow<'static, str>>) -> Self {
        Self { required: false, ..Self::required(name, description) }
    }
}

impl Wire for PromptArgument {
    fn write<S: Serializer>(&self, version: ProtocolVersion, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &self.name)?;
        entry(&mut map, "title", self.title.as_ref().filter(|_| version.has_structured_content()))?;
        entry(&mut map, "description", self.description.as_ref())?;
        map.serialize_entry("required", &self.required)?;
        map.end()
    }
}

page! {
    /// One page of prompts.
    ListPromptsResult, "prompts", Prompt
}

/// The parameters of `prompts/get`.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GetPrompt {
    /// Which prompt.
    pub name: String,
    /// Its arguments by name.
    pub arguments: BTreeMap<String, String>,
}

impl GetPrompt {
    /// The prompt `name` with `arguments`.
    pub fn new(name: impl Into<String>, arguments: BTreeMap<String, String>) -> Self {
        Self { name: name.into(), arguments }
    }
}

/// Arguments may hold personal data, so only the name is shown.
impl fmt::Debug for GetPrompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GetPrompt").field("name", &self.name).finish_non_exhaustive()
    }
}

/// One message of a prompt.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PromptMessage {
    /// Who says it.
    pub role: Role,
    /// What.
    pub content: Content,
}

impl PromptMessage {
    /// A message of the person's.
    #[must_use]
    pub fn user(content: Content) -> Self {
        Self { role: Role::User, content }
    }

    /// A message of the model's.
    #[must_use]
    pub fn assistant(content: Content) -> Self {
        Self { role: Role::Assistant, content }
    }
}

impl Wire for PromptMessage {
    fn write<S: Serializer>(&self, version: ProtocolVersion, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("role", &self.role)?;
        map.serialize_entry("content", &At(&self.content, version))?;
        map.end()
    }
}

/// A prompt, filled in.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct GetPromptResult {
    /// What it is for.
    pub description: Option<Cow<'static, str>>,
    /// The messages.
    pub messages: Vec<PromptMessage>,
    /// `_meta`.
    pub meta: Option<Meta>,
}

impl GetPromptResult {
    /// These messages.
    #[must_use]
    pub fn new(messages: Vec<PromptMessage>) -> Self {
        Self { description: None, messages, meta: None }
    }
}

impl ResultBody for GetPromptResult {
    fn write_members<M: SerializeMap>(&self, version: ProtocolVersion, map: &mut M) -> Result<(), M::Error> {
        entry(map, "description", self.description.as_ref())?;
        map.serialize_entry("messages", &At(self.messages.as_slice(), version))
    }

    fn meta(&self) -> Option<&Meta> {
        self.meta.as_ref()
    }
}
