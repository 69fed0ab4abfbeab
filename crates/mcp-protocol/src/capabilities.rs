//! What a server offers, and what a client says it can do.
//!
//! A server declares only what it really does: an undeclared method is answered "method not found" even when the
//! trait method is implemented (`v26.discover.truth`).

use serde::ser::SerializeMap as _;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::version::ProtocolVersion;
use crate::wire::{Wire, entry};

/// What a server offers. Start from [`Capabilities::new`] and add.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Capabilities {
    /// `tools/list`, `tools/call`.
    pub tools: bool,
    /// `resources/list`, `resources/templates/list`, `resources/read`.
    pub resources: bool,
    /// `prompts/list`, `prompts/get`.
    pub prompts: bool,
    /// `completion/complete`.
    pub completions: bool,
    /// `notifications/message`, and `logging/setLevel` on legacy revisions. Deprecated on 2026-07-28.
    pub logging: bool,
    /// Extensions by identifier, with their settings (2026-07-28).
    pub extensions: Map<String, Value>,
}

impl Capabilities {
    /// Nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds tools.
    #[must_use]
    pub fn with_tools(mut self) -> Self {
        self.tools = true;
        self
    }

    /// Adds resources.
    #[must_use]
    pub fn with_resources(mut self) -> Self {
        self.resources = true;
        self
    }

    /// Adds prompts.
    #[must_use]
    pub fn with_prompts(mut self) -> Self {
        self.prompts = true;
        self
    }

    /// Adds completion.
    #[must_use]
    pub fn with_completions(mut self) -> Self {
        self.completions = true;
        self
    }

    /// Adds log notifications.
    #[must_use]
    pub fn with_logging(mut self) -> Self {
        self.logging = true;
        self
    }

    /// Adds an extension with its settings, `{}` when it has none.
    #[must_use]
    pub fn with_extension(mut self, identifier: impl Into<String>, settings: Value) -> Self {
        self.extensions.insert(identifier.into(), settings);
        self
    }
}

impl Wire for Capabilities {
    fn write<S: Serializer>(&self, version: ProtocolVersion, serializer: S) -> Result<S::Ok, S::Error> {
        let declared = |yes: bool| yes.then(|| json!({}));
        let mut map = serializer.serialize_map(None)?;
        entry(&mut map, "tools", declared(self.tools))?;
        entry(&mut map, "resources", declared(self.resources))?;
        entry(&mut map, "prompts", declared(self.prompts))?;
        // 2024-11-05 has the method but no capability for it (`v24.caps`).
        entry(&mut map, "completions", declared(self.completions && version.has_annotations_and_audio()))?;
        entry(&mut map, "logging", declared(self.logging))?;
        let extensions = (version.is_modern() && !self.extensions.is_empty()).then_some(&self.extensions);
        entry(&mut map, "extensions", extensions)?;
        map.end()
    }
}

/// What a client says it can do: the object as it was sent. Claims, not facts about identity.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientCapabilities(Map<String, Value>);

impl ClientCapabilities {
    /// From the object on the wire.
    #[must_use]
    pub fn new(object: Map<String, Value>) -> Self {
        Self(object)
    }

    /// Whether the capability was declared, for example `sampling`.
    #[must_use]
    pub fn has(&self, capability: &str) -> bool {
        self.0.contains_key(capability)
    }

    /// The settings of an extension, if it was declared.
    #[must_use]
    pub fn extension(&self, identifier: &str) -> Option<&Value> {
        self.0.get("extensions")?.get(identifier)
    }

    /// The object as it was sent.
    #[must_use]
    pub fn as_object(&self) -> &Map<String, Value> {
        &self.0
    }
}
