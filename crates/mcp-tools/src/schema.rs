//! JSON Schema (2020-12) of arguments and results, made from Rust types and kept lean.
//!
//! Clients differ in what they take: references, `oneOf` and nullable unions are dropped or refused by some.
//! So every subschema is inlined, an enum is `enum`, an optional field is simply not required, and objects of
//! arguments are closed. [`arguments`] checks a call against its schema.

pub mod arguments;
pub mod change;
mod keywords;

use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

/// Schema of a tool's arguments: a closed object.
#[must_use]
pub fn input<T: JsonSchema>() -> Value {
    generate::<T>(SchemaSettings::draft2020_12().for_deserialize(), Lean { closed: true })
}

/// Schema of a tool's structured result. Objects stay open: a later version may add fields.
#[must_use]
pub fn output<T: JsonSchema>() -> Value {
    generate::<T>(SchemaSettings::draft2020_12().for_serialize(), Lean { closed: false })
}

/// A closed object's schema without one of its properties.
pub(crate) fn without(schema: &Value, property: &str) -> Value {
    let mut schema = schema.clone();
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        properties.remove(property);
    }
    if let Some(Value::Array(required)) = schema.get_mut("required") {
        required.retain(|name| name != property);
    }
    schema
}

/// A schema of results as far as `tools/list` tells it: names and types of the result's fields, and of the items of its
/// lists. It accepts whatever the whole schema accepts. Every conversation pays for the list, and a model reads results
/// as text.
pub(crate) fn output_outline(schema: &Value) -> Value {
    named(schema, |field| match field.get("items") {
        Some(items) => json!({ "type": "array", "items": named(items, typed) }),
        None => typed(field),
    })
}

fn named(schema: &Value, outline: impl Fn(&Value) -> Value) -> Value {
    let mut short = typed(schema);
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        let outlined = properties.iter().map(|(name, field)| (name.clone(), outline(field)));
        short["properties"] = Value::Object(outlined.collect());
    }
    short
}

fn typed(schema: &Value) -> Value {
    schema.get("type").map_or_else(|| json!({}), |kind| json!({ "type": kind }))
}

/// A schema of arguments as far as `tools/list` tells it: without bounds that no sensible call comes near, and closed at
/// the top only. Calls are checked against the whole schema.
pub(crate) fn input_outline(schema: &Value) -> Value {
    /// Longer texts than this are of interest to whoever writes them.
    const SHORT: u64 = 500;
    fn shorten(schema: &mut Value) {
        if let Value::Object(fields) = schema {
            fields.retain(|name, field| match name.as_str() {
                "minLength" | "minItems" => *field != json!(1),
                "maxLength" => field.as_u64().is_none_or(|length| length > SHORT),
                "additionalProperties" => false,
                _ => true,
            });
            for (name, field) in fields.iter_mut() {
                match name.as_str() {
                    "properties" => {
                        field.as_object_mut().into_iter().flat_map(Map::values_mut).for_each(shorten);
                    }
                    "items" => shorten(field),
                    _ => {}
                }
            }
        }
    }
    let mut short = schema.clone();
    shorten(&mut short);
    short["additionalProperties"] = json!(false);
    tell_once(&mut short);
    short
}

/// Items that have the fields of the call itself (several contacts instead of one) do not list them again.
fn tell_once(schema: &mut Value) {
    let Some(whole) = schema.get("properties").cloned() else { return };
    for field in schema["properties"].as_object_mut().into_iter().flat_map(Map::values_mut) {
        let Some(items) = field.get_mut("items").and_then(Value::as_object_mut) else { continue };
        let Some(fields) = items.get("properties").and_then(Value::as_object) else { continue };
        let is_told = |name: &String, field: &Value| {
            whole.get(name).is_some_and(|told| told.get("type") == field.get("type"))
        };
        if fields.iter().all(|(name, field)| is_told(name, field)) {
            items.remove("properties");
        }
    }
}

fn generate<T: JsonSchema>(settings: SchemaSettings, mut lean: Lean) -> Value {
    let settings = settings.with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    lean.transform(&mut schema);
    // The root's description is the Rust type's own documentation; the tool has a description.
    schema.remove("description");
    if lean.closed && !schema.as_object().is_some_and(|root| root.contains_key("properties")) {
        schema.insert("properties".to_owned(), Value::Object(Map::new()));
    }
    schema.to_value()
}

/// Formats that mean something to a client; Rust's integer widths do not.
const FORMATS: [&str; 4] = ["date-time", "date", "email", "uri"];

struct Lean {
    closed: bool,
}

impl Transform for Lean {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let Some(object) = schema.as_object_mut() else { return };
        object.remove("title");
        object.remove("$schema");
        if object.get("default") == Some(&Value::Null) {
            object.remove("default");
        }
        if object.get("format").and_then(Value::as_str).is_some_and(|format| !FORMATS.contains(&format)) {
            object.remove("format");
        }
        if let Some(Value::Object(items)) = object.get_mut("items") {
            // The Rust type's own documentation: the array has a description.
            items.remove("description");
        }
        drop_null(object);
        join_constants(object);
        if let Some(Value::String(description)) = object.get_mut("description") {
            *description = description.split_whitespace().collect::<Vec<_>>().join(" ");
            if description.is_empty() {
                // `#[schemars(description = "")]`: documented in Rust, and its name says it all to a model.
                object.remove("description");
            }
        }
        if self.closed && object.get("type").and_then(Value::as_str) == Some("object") {
            object.insert("additionalProperties".to_owned(), Value::Bool(false));
        }
    }
}

/// `["string", "null"]` becomes `"string"`; `anyOf [X, null]` becomes X. Null in arguments means absent
/// ([`arguments`] drops it); results leave absent fields out.
fn drop_null(object: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(values)) = object.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    if let Some(Value::Array(choices)) = object.get_mut("anyOf") {
        choices.retain(|choice| choice.get("type").and_then(Value::as_str) != Some("null"));
        if let [Value::Object(only)] = choices.as_slice() {
            let only = only.clone();
            object.remove("anyOf");
            for (name, value) in only {
                object.entry(name).or_insert(value);
            }
        }
    }
}

/// `oneOf` of constants, which is how documented enum variants come, becomes one `enum`.
fn join_constants(object: &mut Map<String, Value>) {
    let Some(Value::Array(choices)) = object.get("oneOf") else { return };
    let mut values = Vec::with_capacity(choices.len());
    for choice in choices {
        match (choice.get("const"), choice.get("enum").and_then(Value::as_array)) {
            (Some(value), _) => values.push(value.clone()),
            (None, Some(several)) => values.extend(several.iter().cloned()),
            (None, None) => return,
        }
    }
    object.remove("oneOf");
    object.insert("type".to_owned(), Value::from("string"));
    object.insert("enum".to_owned(), Value::Array(values));
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::{Deserialize, Serialize};

    /// Which way.
    #[derive(Serialize, Deserialize, JsonSchema)]
    #[serde(rename_all = "lowercase")]
    enum Way {
        /// In.
        In,
        /// Out.
        Out,
    }

    #[derive(Serialize, Deserialize, JsonSchema)]
    #[serde(rename_all = "camelCase")]
    struct Inner {
        /// A way,
        /// or none.
        way: Option<Way>,
        #[serde(default)]
        count: Option<u32>,
    }

    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Outer {
        items: Vec<Inner>,
        one: Option<Inner>,
    }

    #[test]
    fn no_construct_that_clients_drop_is_left() {
        let schema = input::<Outer>();
        let text = schema.to_string();
        for construct in ["$ref", "$defs", "oneOf", "anyOf", "null", "title", "uint32", "$schema"] {
            assert!(!text.contains(construct), "{construct} in {text}");
        }
        let inner = &schema["properties"]["items"]["items"];
        assert_eq!(inner["additionalProperties"], Value::Bool(false));
        assert_eq!(inner["properties"]["way"]["enum"], serde_json::json!(["in", "out"]));
        assert_eq!(inner["properties"]["way"]["description"], "A way, or none.");
        assert_eq!(schema["required"], serde_json::json!(["items"]));
        assert!(output::<Outer>().get("additionalProperties").is_none());
    }
}
