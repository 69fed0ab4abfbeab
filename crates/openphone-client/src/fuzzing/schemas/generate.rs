//! Answers made from a schema: one in which everything is there and as usual, and for each thing that the schema
//! leaves open, one that differs from it in nothing else. There is no chance in it: the same schema gives the same
//! answers.
//!
//! It knows the part of JSON Schema that the API's descriptions use. What it does not know, it panics on.

use serde_json::{Map, Value, json};

/// A value that a schema allows.
#[derive(Clone)]
pub(super) struct Variant {
    /// Where it differs from the usual one, as a JSON pointer (RFC 6901); empty if it does not.
    pub at: String,
    pub value: Value,
}

/// What a schema may say beside what the value is.
const REMARKS: &[&str] =
    &["description", "title", "default", "example", "examples", "minLength", "maxLength", "maxItems"];
/// Longer than any id, and than anything that the product shows on one line.
const LONG: usize = 300;
/// Accents that stand apart, wide and paired code units, what JSON escapes, and a turn of direction.
const UNUSUAL: &str = "é\u{301} 日本 🎉\u{0}\n\"\\\u{202e}";

/// One of the API's descriptions, in which schemas refer to each other.
pub(super) struct Generator<'d>(pub &'d Value);

impl<'d> Generator<'d> {
    /// The usual value, then those that differ from it in one thing.
    pub(super) fn variants(&self, schema: &'d Value) -> Vec<Variant> {
        let schema = self.resolved(schema);
        if let Some(alternatives) = alternatives(schema) {
            return alternatives.iter().flat_map(|alternative| self.variants(alternative)).collect();
        }
        if let Some(parts) = schema["allOf"].as_array() {
            return self.merged(parts);
        }
        if let Some(values) = schema["enum"].as_array() {
            return all(values.iter().cloned().chain([json!("unheard-of")]));
        }
        if let Some(value) = schema.get("const") {
            return all([value.clone()]);
        }
        match kind(schema) {
            "object" => self.objects(schema),
            "array" => self.arrays(schema),
            "string" => all(texts(schema).into_iter().map(Value::from)),
            "integer" => all(integers(schema).into_iter().map(Value::from)),
            "number" => all([json!(12.5), json!(0), json!(3), json!(0.001), json!(86_400.25)]),
            "boolean" => all([json!(true), json!(false)]),
            "null" => all([Value::Null]),
            "anything" => all([
                json!("text"),
                json!({ "any": ["thing"] }),
                json!([1]),
                json!(0),
                json!(true),
                Value::Null,
            ]),
            other => panic!("no such type: {other}"),
        }
    }

    /// The value with the least in it: whatever may be null is, whatever may be absent is, and lists are empty.
    pub(super) fn least(&self, schema: &'d Value) -> Value {
        self.least_member("", schema)
    }

    fn least_member(&self, name: &str, schema: &'d Value) -> Value {
        let schema = self.resolved(schema);
        if let Some(alternatives) = alternatives(schema) {
            let null = alternatives.iter().any(|alternative| alternative["type"] == "null");
            return if null { Value::Null } else { self.least_member(name, &alternatives[0]) };
        }
        if let Some(parts) = schema["allOf"].as_array() {
            return parts.iter().fold(json!({}), |whole, part| union(&whole, &self.least(part)));
        }
        match schema["type"].as_str() {
            Some("object") => {
                let required = required(schema).map(|name| {
                    let member = schema["properties"].get(name).expect("what is required is described");
                    (name.to_owned(), self.least_member(name, member))
                });
                Value::Object(required.collect())
            }
            Some("array") if schema["minItems"].as_u64().unwrap_or(0) == 0 => json!([]),
            Some("array") => json!([self.least(&schema["items"])]),
            _ => self.members(name, schema).swap_remove(0).value,
        }
    }

    fn resolved(&self, schema: &'d Value) -> &'d Value {
        if let Some(pointer) = schema["$ref"].as_str() {
            let found = self.0.pointer(pointer.trim_start_matches('#'));
            return self.resolved(found.expect("what is referred to"));
        }
        schema
    }

    fn objects(&self, schema: &'d Value) -> Vec<Variant> {
        let Some(properties) = schema["properties"].as_object() else {
            return all([json!({ "anything": ["at all"] }), json!({})]);
        };
        let of_members: Vec<_> =
            properties.iter().map(|(name, member)| (name, self.members(name, member))).collect();
        let usual: Map<_, _> =
            of_members.iter().map(|(name, variants)| ((*name).clone(), variants[0].value.clone())).collect();
        let with = |name: &String, value: Option<Value>| {
            let mut members = usual.clone();
            match value {
                Some(value) => members.insert(name.clone(), value),
                None => members.remove(name),
            };
            Value::Object(members)
        };
        let mut variants = all([with(&String::new(), None)]);
        for (name, of_member) in &of_members {
            let escaped = name.replace('~', "~0").replace('/', "~1");
            for Variant { at, value } in &of_member[1..] {
                let at = format!("/{escaped}{at}");
                variants.push(Variant { at, value: with(name, Some(value.clone())) });
            }
            if !required(schema).any(|required| required == *name) {
                variants.push(Variant { at: format!("/{escaped}"), value: with(name, None) });
            }
        }
        variants
    }

    /// The description says less of some members than its examples, its prose and the real answers do.
    fn members(&self, name: &str, schema: &'d Value) -> Vec<Variant> {
        let mut variants = self.variants(schema);
        let any_text = schema["type"] == "string" && schema["format"].is_null();
        let any_object = schema["type"] == "object" && schema["properties"].is_null();
        match name {
            "createdAt" | "updatedAt" if any_text => variants[0].value = json!("2026-03-30T12:00:00.000Z"),
            "revision" if any_text => variants[0].value = json!("3"),
            "id" | "contactId" if any_text => variants.retain(|variant| variant.value != ""),
            "data" if any_object => {
                variants[0].value = json!({
                    "resource": { "id": "AC1a2b3c", "text": "usual" },
                    "context": {
                        "orgId": "OR1a2b3c",
                        "phoneNumberId": "PN1a2b3c",
                        "conversationId": "CN1a2b3c",
                        "userId": "US1a2b3c"
                    },
                    "links": { "quo": "https://my.quo.com/a" }
                });
            }
            _ => {}
        }
        variants
    }

    fn arrays(&self, schema: &'d Value) -> Vec<Variant> {
        let one = |Variant { at, value }| Variant {
            at: if at.is_empty() { at } else { format!("/0{at}") },
            value: json!([value]),
        };
        let mut variants: Vec<_> = self.variants(&schema["items"]).into_iter().map(one).collect();
        if schema["minItems"].as_u64().unwrap_or(0) == 0 {
            variants.push(Variant { at: String::new(), value: json!([]) });
        }
        variants
    }

    /// All parts hold at once.
    fn merged(&self, parts: &'d [Value]) -> Vec<Variant> {
        let of_parts: Vec<_> = parts.iter().map(|part| self.variants(part)).collect();
        let usual = of_parts.iter().fold(json!({}), |whole, part| union(&whole, &part[0].value));
        let mut variants = all([usual]);
        for (index, of_part) in of_parts.iter().enumerate() {
            let others = of_parts.iter().enumerate().filter(|(other, _)| *other != index);
            let others = others.fold(json!({}), |whole, (_, part)| union(&whole, &part[0].value));
            for Variant { at, value } in &of_part[1..] {
                variants.push(Variant { at: at.clone(), value: union(&others, value) });
            }
        }
        variants
    }
}

/// The value with a member that nobody has heard of in every object.
pub(super) fn with_unheard_of(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Map<_, _> =
                members.iter().map(|(name, value)| (name.clone(), with_unheard_of(value))).collect();
            members.insert("unheardOf".to_owned(), json!({ "id": [null, 1, "text"] }));
            Value::Object(members)
        }
        Value::Array(items) => items.iter().map(with_unheard_of).collect(),
        other => other.clone(),
    }
}

/// Whether it is one of the texts that stand for any text at all.
pub(super) fn is_any_text(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text == UNUSUAL || text == "x".repeat(LONG))
}

/// The schema's `type`, or `anything` where it has none; every word of it is one that this generator knows.
fn kind(schema: &Value) -> &str {
    let words: &[&str] = match schema["type"].as_str() {
        Some("object") => &["properties", "required", "additionalProperties"],
        Some("array") => &["items", "minItems"],
        Some("string") => &["pattern", "format"],
        Some("integer") => &["minimum", "maximum"],
        _ => &[],
    };
    for word in schema.as_object().expect("a schema").keys() {
        let known = word == "type" || REMARKS.contains(&&**word) || words.contains(&&**word);
        assert!(known, "this generator does not know {word}: {schema}");
    }
    schema["type"].as_str().unwrap_or("anything")
}

fn alternatives(schema: &Value) -> Option<&Vec<Value>> {
    schema["anyOf"].as_array().or(schema["oneOf"].as_array())
}

fn required(schema: &Value) -> impl Iterator<Item = &str> {
    schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn all(values: impl IntoIterator<Item = Value>) -> Vec<Variant> {
    values.into_iter().map(|value| Variant { at: String::new(), value }).collect()
}

fn union(left: &Value, right: &Value) -> Value {
    let members = [left, right].into_iter().filter_map(Value::as_object).flatten();
    Value::Object(members.map(|(name, value)| (name.clone(), value.clone())).collect())
}

fn integers(schema: &Value) -> Vec<i64> {
    let least = schema["minimum"].as_i64().unwrap_or(0);
    // The greatest that a program in JavaScript holds exactly.
    let most = schema["maximum"].as_i64().unwrap_or(9_007_199_254_740_991);
    [2, 0, least, most].into_iter().filter(|number| (least..=most).contains(number)).collect()
}

fn texts(schema: &Value) -> Vec<String> {
    let fixed: &[&str] = match (schema["format"].as_str(), schema["pattern"].as_str()) {
        (Some("date-time"), None) => &[
            "2026-03-30T12:00:00Z",
            "2025-11-26T03:23:12.819Z",
            "2026-03-30T14:00:00+02:00",
            "1970-01-01T00:00:00.000Z",
        ],
        (Some("uri"), None) => &["https://example.com/a?b=c"],
        (Some("uri-reference"), None) => &["https://example.com/a", "a"],
        (Some("email"), None) => &["someone@example.com"],
        (None, Some(pattern)) => return fitting(pattern),
        (None, None) => {
            let usual = schema["examples"][0].as_str().or(schema["example"].as_str()).unwrap_or("usual");
            let odd = ["", UNUSUAL, &"x".repeat(LONG)];
            return [usual].into_iter().chain(odd).map(str::to_owned).collect();
        }
        (format, pattern) => panic!("this generator does not know {format:?} with {pattern:?}"),
    };
    fixed.iter().map(|text| (*text).to_owned()).collect()
}

/// Texts that fit a pattern, of those that occur.
fn fitting(pattern: &str) -> Vec<String> {
    let fixed: &[&str] = match pattern {
        r"^\+[1-9]\d{1,14}$" => &["+14155550101", "+12", "+999999999999999"],
        "^[0-9]{4}$" => &["0900", "0000", "2359", "2400"],
        "^[0-9]{3,8}$" => &["12345", "123", "12345678"],
        "^[0-9]+$" => &["7", "98765432109876543210987654321"],
        "^whsec_" => &["whsec_AAAAAAAAAAAAAAAAAAAAAAAA"],
        _ => {
            let prefix = pattern.strip_prefix('^').and_then(|rest| rest.strip_suffix("(.*)$"));
            let prefix = prefix.filter(|prefix| prefix.bytes().all(|byte| byte.is_ascii_alphanumeric()));
            let prefix = prefix.unwrap_or_else(|| panic!("this generator does not know {pattern}"));
            // An id is opaque past its prefix, and no length is promised.
            let rests = ["66d0d87e8dc1211467372303", "1", "a-b_c", &"x".repeat(LONG), "a b/ü,%", ""];
            return rests.iter().map(|rest| format!("{prefix}{rest}")).collect();
        }
    };
    fixed.iter().map(|text| (*text).to_owned()).collect()
}
