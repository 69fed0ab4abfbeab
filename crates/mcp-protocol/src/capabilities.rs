//! What a server offers, and what a client says it can do.
//!
//! A server declares only what it really does: an undeclared method is answered "method not found" even when the
//! trait method is implemented (`v26.discover.truth`).

use std::collections::BTreeMap;

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
    /// Which of the lists may change while the server lives: clients hear of it through the
    /// [`Notifier`](crate::Notifier).
    pub list_changed: ListChanged,
    /// Resources can be subscribed to: clients hear of their updates through the [`Notifier`](crate::Notifier).
    pub resource_subscriptions: bool,
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

    /// Says that the list of tools may change, and that clients will hear of it.
    #[must_use]
    pub fn with_tools_list_changed(mut self) -> Self {
        self.list_changed.tools = true;
        self
    }

    /// Says that the list of resources may change, and that clients will hear of it.
    #[must_use]
    pub fn with_resources_list_changed(mut self) -> Self {
        self.list_changed.resources = true;
        self
    }

    /// Says that the list of prompts may change, and that clients will hear of it.
    #[must_use]
    pub fn with_prompts_list_changed(mut self) -> Self {
        self.list_changed.prompts = true;
        self
    }

    /// Lets clients subscribe to resources.
    #[must_use]
    pub fn with_resource_subscriptions(mut self) -> Self {
        self.resource_subscriptions = true;
        self
    }

    /// Adds the tasks extension (2026-07-28): `tasks/get`, `tasks/update`, `tasks/cancel`.
    #[must_use]
    pub fn with_tasks(self) -> Self {
        self.with_extension(TASKS, json!({}))
    }

    /// Adds the MCP Apps extension: tools with a user interface of their own ([`crate::apps`]).
    #[must_use]
    pub fn with_apps(self) -> Self {
        self.with_extension(crate::apps::EXTENSION, json!({}))
    }

    /// Whether the tasks extension is offered.
    #[must_use]
    pub fn has_tasks(&self) -> bool {
        self.extensions.contains_key(TASKS)
    }

    /// Whether there is anything that a client could be told of unasked.
    pub(crate) fn has_events(&self) -> bool {
        let ListChanged { tools, resources, prompts } = self.list_changed;
        tools || resources || prompts || self.resource_subscriptions || self.has_tasks()
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
        let changes = self.list_changed;
        let list =
            |declared: bool, list_changed, subscribe| declared.then_some(List { list_changed, subscribe });
        let mut map = serializer.serialize_map(None)?;
        entry(&mut map, "tools", list(self.tools, changes.tools, false))?;
        entry(&mut map, "resources", list(self.resources, changes.resources, self.resource_subscriptions))?;
        entry(&mut map, "prompts", list(self.prompts, changes.prompts, false))?;
        // 2024-11-05 has the method but no capability for it (`v24.caps`).
        entry(&mut map, "completions", declared(self.completions && version.has_annotations_and_audio()))?;
        entry(&mut map, "logging", declared(self.logging))?;
        // Tasks of the legacy era are another protocol, which is not offered.
        let known = |name: &str| version.is_modern() || (version.has_url_elicitation() && name != TASKS);
        if self.extensions.keys().any(|name| known(name)) {
            let extensions: BTreeMap<_, _> = self.extensions.iter().filter(|(name, _)| known(name)).collect();
            map.serialize_entry("extensions", &extensions)?;
        }
        map.end()
    }
}

/// The tasks extension (SEP-2663).
pub(crate) const TASKS: &str = "io.modelcontextprotocol/tasks";

/// Which lists may change while the server lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListChanged {
    /// `tools/list`.
    pub tools: bool,
    /// `resources/list` and `resources/templates/list`.
    pub resources: bool,
    /// `prompts/list`.
    pub prompts: bool,
}

/// The settings of a capability that has a list.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct List {
    #[serde(skip_serializing_if = "is_false")]
    list_changed: bool,
    #[serde(skip_serializing_if = "is_false")]
    subscribe: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_false(value: &bool) -> bool {
    !*value
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

    /// Whether the person can be asked by form: `elicitation` with `form`, or with nothing.
    #[must_use]
    pub fn elicits_forms(&self) -> bool {
        let elicitation = self.0.get("elicitation").and_then(Value::as_object);
        elicitation.is_some_and(|modes| modes.contains_key("form") || !modes.contains_key("url"))
    }

    /// Whether the person can be sent to a page: `elicitation` with `url`.
    #[must_use]
    pub fn elicits_urls(&self) -> bool {
        self.0.get("elicitation").is_some_and(|modes| modes.get("url").is_some())
    }

    /// Whether the client's model can be given tools: `sampling` with `tools`.
    #[must_use]
    pub fn samples_with_tools(&self) -> bool {
        self.0.get("sampling").is_some_and(|settings| settings.get("tools").is_some())
    }

    /// The capabilities that decide what the client can be asked, without what else it declared.
    pub(crate) fn essential(&self) -> Self {
        let modes = |name: &str, modes: &[&str]| {
            let declared = self.0.get(name)?.as_object()?;
            let kept = modes.iter().filter(|mode| declared.contains_key(**mode));
            Some((name.to_owned(), Value::Object(kept.map(|mode| ((*mode).to_owned(), json!({}))).collect())))
        };
        let kept = [
            modes("elicitation", &["form", "url"]),
            modes("sampling", &["context", "tools"]),
            modes("roots", &[]),
        ];
        Self(kept.into_iter().flatten().collect())
    }

    /// Whether there is anything at all that the client can be asked.
    pub(crate) fn can_be_asked(&self) -> bool {
        ["elicitation", "sampling", "roots"].into_iter().any(|capability| self.has(capability))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::At;

    #[test]
    fn each_revision_is_told_what_it_knows() {
        let declared = Capabilities::new()
            .with_tools()
            .with_tools_list_changed()
            .with_resources()
            .with_resource_subscriptions()
            .with_prompts()
            .with_completions()
            .with_tasks()
            .with_apps();
        let written = |version| serde_json::to_value(At(&declared, version)).unwrap();
        let lists =
            json!({ "tools": { "listChanged": true }, "resources": { "subscribe": true }, "prompts": {} });
        assert_eq!(written(ProtocolVersion::V2024_11_05), lists);
        let apps = json!({ crate::apps::EXTENSION: {} });
        assert_eq!(written(ProtocolVersion::V2025_06_18).get("extensions"), None);
        assert_eq!(written(ProtocolVersion::V2025_11_25)["extensions"], apps);
        let both = json!({ crate::apps::EXTENSION: {}, TASKS: {} });
        assert_eq!(written(ProtocolVersion::V2026_07_28)["extensions"], both);
        assert_eq!(written(ProtocolVersion::V2026_07_28)["completions"], json!({}));
    }

    #[test]
    fn what_a_client_can_be_asked() {
        let client = |object: Value| ClientCapabilities::new(object.as_object().unwrap().clone());
        for (declared, forms, urls) in [
            (json!({}), false, false),
            (json!({ "elicitation": {} }), true, false),
            (json!({ "elicitation": { "form": {} } }), true, false),
            (json!({ "elicitation": { "url": {} } }), false, true),
            (json!({ "elicitation": { "form": {}, "url": {} } }), true, true),
            (json!({ "elicitation": true }), false, false),
        ] {
            let client = client(declared.clone());
            assert_eq!((client.elicits_forms(), client.elicits_urls()), (forms, urls), "{declared}");
        }
        assert!(client(json!({ "sampling": { "tools": {} } })).samples_with_tools());
        assert!(!client(json!({ "sampling": {} })).samples_with_tools());
    }
}
