//! A tool as the pages show it. The embedder fills it from its catalogue, so that pages never drift from the
//! tools; the table of arguments is read from the input schema.

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::sync::Arc;

/// A tool as the pages show it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ToolCard {
    /// The name on the wire.
    pub name: String,
    /// The name for people.
    pub title: String,
    /// What it does, as the model reads it.
    pub description: String,
    /// The name of its group ([`Toolset`](crate::Toolset)). May be empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub toolset: String,
    /// The scope that a call needs.
    pub scope: String,
    /// What a call can do to the world.
    pub risk: Risk,
    /// What its entry in the list of tools costs every conversation, in tokens. 0: not known.
    #[serde(skip_serializing_if = "is_zero")]
    pub tokens: usize,
    /// JSON Schema of the arguments.
    #[serde(serialize_with = "shared")]
    pub input_schema: Arc<Value>,
    /// Worked examples.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<Example>,
}

impl ToolCard {
    /// A tool that takes an object; set `input_schema` and `examples` as there are.
    pub fn new(
        name: impl Into<String>,
        title: impl Into<String>,
        description: impl Into<String>,
        scope: impl Into<String>,
        risk: Risk,
    ) -> Self {
        Self {
            name: name.into(),
            title: title.into(),
            description: description.into(),
            toolset: String::new(),
            scope: scope.into(),
            risk,
            tokens: 0,
            input_schema: Value::Object(Map::from_iter([("type".to_owned(), Value::from("object"))])).into(),
            examples: Vec::new(),
        }
    }

    /// Sets the group.
    #[must_use]
    pub fn toolset(mut self, name: impl Into<String>) -> Self {
        self.toolset = name.into();
        self
    }

    /// Sets what its entry in the list costs, in tokens.
    #[must_use]
    pub fn tokens(mut self, tokens: usize) -> Self {
        self.tokens = tokens;
        self
    }

    /// Sets the JSON Schema of the arguments.
    #[must_use]
    pub fn input_schema(mut self, schema: impl Into<Arc<Value>>) -> Self {
        self.input_schema = schema.into();
        self
    }

    /// Adds a worked example.
    #[must_use]
    pub fn example(mut self, example: Example) -> Self {
        self.examples.push(example);
        self
    }

    /// The top-level arguments: required ones first, otherwise in the order of the schema.
    pub fn arguments(&self) -> Vec<Argument> {
        let Some(properties) = self.input_schema.get("properties").and_then(Value::as_object) else {
            return Vec::new();
        };
        let required = self.input_schema.get("required").and_then(Value::as_array);
        let mut arguments: Vec<Argument> = properties
            .iter()
            .map(|(name, schema)| Argument {
                name: name.clone(),
                kind: kind(schema, &self.input_schema, 0),
                required: required
                    .is_some_and(|names| names.iter().any(|required| required.as_str() == Some(name))),
                description: description(schema, &self.input_schema),
            })
            .collect();
        arguments.sort_by_key(|argument| !argument.required);
        arguments
    }
}

fn shared<S: Serializer>(value: &Arc<Value>, serializer: S) -> Result<S::Ok, S::Error> {
    value.as_ref().serialize(serializer)
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// What a call can do to the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// Reads only.
    Reads,
    /// Changes something in the workspace.
    Writes,
    /// Sends texts to people.
    SendsTexts,
}

impl Risk {
    /// The word on the badge.
    pub fn label(self) -> &'static str {
        match self {
            Self::Reads => "Reads",
            Self::Writes => "Changes data",
            Self::SendsTexts => "Sends texts",
        }
    }

    /// The badge's colour, a class of the stylesheet.
    pub(crate) fn badge(self) -> &'static str {
        match self {
            Self::Reads => "ok",
            Self::Writes => "info",
            Self::SendsTexts => "warn",
        }
    }
}

/// A worked example: a call and its answer.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Example {
    /// What a person wants.
    pub title: String,
    /// The arguments of the call.
    pub arguments: Value,
    /// The text of the answer.
    pub answer: String,
    /// `structuredContent` of the answer, where there is some: as text, which takes a tenth of the room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<Box<RawValue>>,
}

impl Example {
    /// A call with `arguments` and the text that it answers.
    pub fn new(title: impl Into<String>, arguments: Value, answer: impl Into<String>) -> Self {
        Self { title: title.into(), arguments, answer: answer.into(), result: None }
    }

    /// Sets the structured part of the answer. Null: it has none.
    #[must_use]
    pub fn result(mut self, result: &Value) -> Self {
        // A value is always written.
        self.result = serde_json::value::to_raw_value(result).ok().filter(|_| !result.is_null());
        self
    }
}

/// One row of a tool's table of arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Argument {
    /// The name.
    pub name: String,
    /// The type in few words: `string`, `string[]`, `"open" | "done"`.
    pub kind: String,
    /// Whether a call without it is refused.
    pub required: bool,
    /// What it means.
    pub description: String,
}

/// Deep enough for real schemas, and an end for circular ones.
const MAX_DEPTH: usize = 8;

fn kind(schema: &Value, root: &Value, depth: usize) -> String {
    if depth > MAX_DEPTH {
        return "object".to_owned();
    }
    let next = |schema| kind(schema, root, depth + 1);
    if let Some(target) = resolve(schema, root) {
        return next(target);
    }
    if let Some(constant) = schema.get("const") {
        return constant.to_string();
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return union(values.iter().filter(|value| !value.is_null()).map(Value::to_string));
    }
    if let Some(variants) = ["anyOf", "oneOf"].iter().find_map(|key| schema.get(*key)?.as_array()) {
        return union(variants.iter().filter(|variant| !is_null(variant)).map(next));
    }
    match schema.get("type") {
        Some(Value::String(name)) => named(name, schema, next),
        Some(Value::Array(names)) => union(
            names
                .iter()
                .filter_map(Value::as_str)
                .filter(|name| *name != "null")
                .map(|name| named(name, schema, next)),
        ),
        _ => "any".to_owned(),
    }
}

fn named<'a>(name: &str, schema: &'a Value, next: impl Fn(&'a Value) -> String) -> String {
    match (name, schema.get("items")) {
        ("array", Some(items)) => {
            let item = next(items);
            if item.contains(' ') { format!("({item})[]") } else { format!("{item}[]") }
        }
        _ => name.to_owned(),
    }
}

fn union(kinds: impl Iterator<Item = String>) -> String {
    let mut seen: Vec<String> = Vec::new();
    for kind in kinds {
        if !seen.contains(&kind) {
            seen.push(kind);
        }
    }
    seen.join(" | ")
}

fn is_null(schema: &Value) -> bool {
    schema.get("type").and_then(Value::as_str) == Some("null")
}

/// The description beside the property, or else the one of the type that it names.
fn description(schema: &Value, root: &Value) -> String {
    let own = |schema: &Value| schema.get("description").and_then(Value::as_str).map(str::to_owned);
    own(schema).or_else(|| own(resolve(schema, root)?)).unwrap_or_default()
}

/// The target of a `$ref` within the same document.
fn resolve<'a>(schema: &'a Value, root: &'a Value) -> Option<&'a Value> {
    root.pointer(schema.get("$ref")?.as_str()?.strip_prefix('#')?)
}

#[cfg(test)]
mod tests {
    use super::{Risk, ToolCard};
    use serde_json::json;

    #[test]
    fn arguments_are_read_from_the_schema() {
        let card =
            ToolCard::new("t", "T", "Does it.", "openphone:read", Risk::Reads).input_schema(json!({
                "type": "object",
                "$defs": {
                    "State": { "description": "Where it stands.", "oneOf": [{ "const": "open" }, { "const": "done" }] },
                    "Loop": { "type": "array", "items": { "$ref": "#/$defs/Loop" } }
                },
                "properties": {
                    "limit": { "type": ["integer", "null"], "description": "How many." },
                    "state": { "$ref": "#/$defs/State" },
                    "states": { "type": "array", "items": { "$ref": "#/$defs/State" } },
                    "who": { "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }, { "type": "null" }] },
                    "loop": { "$ref": "#/$defs/Loop" },
                    "order": { "enum": ["newest", "oldest", null] },
                    "to": { "type": "string", "description": "Whom." }
                },
                "required": ["to"]
            }));
        let rows: Vec<_> = card
            .arguments()
            .into_iter()
            .map(|row| {
                format!(
                    "{}{}: {} ({})",
                    row.name,
                    if row.required { "!" } else { "" },
                    row.kind,
                    row.description
                )
            })
            .collect();
        assert_eq!(
            rows,
            [
                "to!: string (Whom.)",
                "limit: integer (How many.)",
                "loop: object[][][][] ()",
                "order: \"newest\" | \"oldest\" ()",
                "state: \"open\" | \"done\" (Where it stands.)",
                "states: (\"open\" | \"done\")[] ()",
                "who: string | string[] ()",
            ]
        );
        assert!(ToolCard::new("t", "T", "", "s", Risk::Reads).arguments().is_empty());
    }
}
