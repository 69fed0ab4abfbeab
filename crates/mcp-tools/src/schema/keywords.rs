//! Whether a value meets a schema, and where it does not: the keywords of JSON Schema 2020-12 that schemas of arguments
//! are made of.
//!
//! [`lean`](super) schemas need few, so these are checked here, on the very schema that is listed: a validator of
//! everything brings regular expressions and is a tenth of a server's binary. A keyword that is not checked here is refused by
//! [`examine`] when the tool is added, never passed over. The tests hold every finding against such a validator.

use std::cmp::Ordering;

use serde_json::{Map, Number, Value};

/// Something that does not meet the schema.
pub(super) struct Finding<'a> {
    /// Where: `messages[2].to`. Empty: the whole.
    pub(super) path: String,
    pub(super) fault: Fault<'a>,
}

/// In what way.
pub(super) enum Fault<'a> {
    /// An object has fields that its schema, this one, does not know.
    Unknown { names: Vec<&'a str>, schema: &'a Map<String, Value> },
    /// An object lacks a field that its schema, this one, asks for.
    Missing { name: &'a str, schema: &'a Map<String, Value> },
    /// A value does not meet this keyword, which says this.
    Keyword { keyword: &'a str, says: &'a Value, value: &'a Value },
}

/// Finds everything in `value` that does not meet a schema that was [`examine`]d.
pub(super) fn findings<'a>(schema: &'a Value, value: &'a Value) -> Vec<Finding<'a>> {
    let mut found = Vec::new();
    visit(schema, value, &Place::Root, &mut found);
    found
}

/// Whether every keyword of the schema is one that is checked, and says what such a keyword may say.
///
/// # Errors
/// The first that is not, and where it is.
pub(super) fn examine(schema: &Value) -> Result<(), String> {
    examine_at(schema, &Place::Root)
}

/// A value's place in the arguments, or a schema's in a schema. Written out only where something is wrong.
enum Place<'p> {
    Root,
    Field(&'p Place<'p>, &'p str),
    Item(&'p Place<'p>, usize),
}

impl Place<'_> {
    fn path(&self) -> String {
        match self {
            Place::Root => String::new(),
            Place::Field(parent, name) => join(&parent.path(), name),
            Place::Item(parent, index) => format!("{}[{index}]", parent.path()),
        }
    }
}

/// The path of a field of what is at `path`.
pub(super) fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn visit<'a>(schema: &'a Value, value: &'a Value, place: &Place<'_>, found: &mut Vec<Finding<'a>>) {
    let Value::Object(schema) = schema else { return };
    // The type first: of all that may be wrong with a value, it is what a reader has to know before the rest.
    let types = schema.iter().filter(|(keyword, _)| *keyword == "type");
    for (keyword, says) in types.chain(schema.iter().filter(|(keyword, _)| *keyword != "type")) {
        match (keyword.as_str(), value) {
            ("properties", Value::Object(fields)) => {
                for (name, schema) in says.as_object().into_iter().flatten() {
                    if let Some(field) = fields.get(name) {
                        visit(schema, field, &Place::Field(place, name), found);
                    }
                }
            }
            ("additionalProperties", Value::Object(fields)) => {
                let known = schema.get("properties").and_then(Value::as_object);
                let others =
                    fields.iter().filter(|(name, _)| known.is_none_or(|known| !known.contains_key(*name)));
                if *says == Value::Bool(false) {
                    let names: Vec<&str> = others.map(|(name, _)| name.as_str()).collect();
                    if !names.is_empty() {
                        let fault = Fault::Unknown { names, schema };
                        found.push(Finding { path: place.path(), fault });
                    }
                } else {
                    others.for_each(|(name, field)| visit(says, field, &Place::Field(place, name), found));
                }
            }
            ("required", Value::Object(fields)) => {
                let names = says.as_array().into_iter().flatten().filter_map(Value::as_str);
                for name in names.filter(|name| !fields.contains_key(*name)) {
                    found.push(Finding { path: place.path(), fault: Fault::Missing { name, schema } });
                }
            }
            ("items", Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    visit(says, item, &Place::Item(place, index), found);
                }
            }
            ("allOf", value) => choices(says).for_each(|choice| visit(choice, value, place, found)),
            (keyword, value) if !meets(keyword, says, value) => {
                found.push(Finding { path: place.path(), fault: Fault::Keyword { keyword, says, value } });
            }
            _ => {}
        }
    }
}

/// Whether a value meets a keyword that looks at nothing inside of it. Each keyword lets values of another type pass.
fn meets(keyword: &str, says: &Value, value: &Value) -> bool {
    let limit = says.as_u64();
    let within = |length: usize, fits: fn(&u64, &u64) -> bool| {
        let length = u64::try_from(length).unwrap_or(u64::MAX);
        limit.is_none_or(|limit| fits(&length, &limit))
    };
    let ordered = |value: &Number, fits: fn(Ordering) -> bool| {
        says.as_number().and_then(|limit| compare(value, limit)).is_none_or(fits)
    };
    match (keyword, value) {
        ("type", value) => match says {
            Value::Array(names) => names.iter().filter_map(Value::as_str).any(|name| is_of(name, value)),
            name => name.as_str().is_none_or(|name| is_of(name, value)),
        },
        ("enum", value) => says.as_array().is_none_or(|options| options.iter().any(|one| equal(one, value))),
        ("const", value) => equal(says, value),
        ("minLength", Value::String(text)) => within(text.chars().count(), u64::ge),
        ("maxLength", Value::String(text)) => within(text.chars().count(), u64::le),
        ("minItems", Value::Array(items)) => within(items.len(), u64::ge),
        ("maxItems", Value::Array(items)) => within(items.len(), u64::le),
        ("minProperties", Value::Object(fields)) => within(fields.len(), u64::ge),
        ("maxProperties", Value::Object(fields)) => within(fields.len(), u64::le),
        ("minimum", Value::Number(number)) => ordered(number, Ordering::is_ge),
        ("maximum", Value::Number(number)) => ordered(number, Ordering::is_le),
        ("exclusiveMinimum", Value::Number(number)) => ordered(number, Ordering::is_gt),
        ("exclusiveMaximum", Value::Number(number)) => ordered(number, Ordering::is_lt),
        ("anyOf", value) => choices(says).any(|choice| findings(choice, value).is_empty()),
        ("oneOf", value) => choices(says).filter(|choice| findings(choice, value).is_empty()).count() == 1,
        _ => true,
    }
}

fn choices(says: &Value) -> impl Iterator<Item = &Value> {
    says.as_array().into_iter().flatten()
}

fn is_of(name: &str, value: &Value) -> bool {
    match value {
        Value::Null => name == "null",
        Value::Bool(_) => name == "boolean",
        Value::Number(number) => {
            name == "number"
                || name == "integer" && number.as_f64().is_none_or(|double| double.fract() == 0.0)
        }
        Value::String(_) => name == "string",
        Value::Array(_) => name == "array",
        Value::Object(_) => name == "object",
    }
}

/// Numbers are equal by value: 1 is 1.0.
fn equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => compare(one, other) == Some(Ordering::Equal),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| equal(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, one)| other.get(name).is_some_and(|other| equal(one, other)))
        }
        _ => one == other,
    }
}

/// Whole numbers exactly, others as doubles.
fn compare(one: &Number, other: &Number) -> Option<Ordering> {
    match (one.as_i128(), other.as_i128()) {
        (Some(one), Some(other)) => Some(one.cmp(&other)),
        _ => one.as_f64()?.partial_cmp(&other.as_f64()?),
    }
}

fn examine_at(schema: &Value, place: &Place<'_>) -> Result<(), String> {
    const TYPES: [&str; 7] = ["null", "boolean", "number", "integer", "string", "array", "object"];
    let Value::Object(keywords) = schema else {
        // `true`: anything. `false`, nothing, is for additional properties alone.
        let anything = *schema == Value::Bool(true);
        return if anything { Ok(()) } else { Err(format!("no schema at `{}`", place.path())) };
    };
    for (keyword, says) in keywords {
        let place = &Place::Field(place, keyword);
        let is_type = |name: &Value| name.as_str().is_some_and(|name| TYPES.contains(&name));
        let usable = match keyword.as_str() {
            "title" | "description" | "format" | "default" | "examples" | "deprecated" | "readOnly"
            | "writeOnly" | "$schema" | "$comment" | "const" => true,
            "type" => is_type(says) || says.as_array().is_some_and(|names| names.iter().all(is_type)),
            "enum" => says.is_array(),
            "required" => says.as_array().is_some_and(|names| names.iter().all(Value::is_string)),
            "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties" => {
                says.is_u64()
            }
            "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" => says.is_number(),
            "items" => {
                examine_at(says, place)?;
                true
            }
            "additionalProperties" => {
                if *says != Value::Bool(false) {
                    examine_at(says, place)?;
                }
                true
            }
            "anyOf" | "oneOf" | "allOf" => {
                for (index, choice) in choices(says).enumerate() {
                    examine_at(choice, &Place::Item(place, index))?;
                }
                says.as_array().is_some_and(|choices| !choices.is_empty())
            }
            "properties" => {
                for (name, schema) in says.as_object().into_iter().flatten() {
                    examine_at(schema, &Place::Field(place, name))?;
                }
                says.is_object()
            }
            _ => return Err(format!("the keyword at `{}` is not checked", place.path())),
        };
        if !usable {
            return Err(format!("the keyword at `{}` cannot say {says}", place.path()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
