//! JSON bodies: read, checked, and every wrong field reported at once. `query.rs` does the same for
//! parameters.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::Cx;
use super::error::{ApiError, FieldError, FieldErrors};
use super::pattern::{ANY, Pattern};
use crate::workspace::Change;

/// The fields of a JSON object, and what was found wrong with them so far.
#[derive(Debug)]
pub(super) struct Fields {
    object: Map<String, Value>,
    path: String,
    wrong: FieldErrors,
}

/// No text that the API takes comes near it, in characters.
const LONGEST_TEXT: usize = 10_000;

impl Fields {
    /// The body of a request. What is not a JSON object is refused at once. On the dated surface a field
    /// outside `known` is wrong; v1 ignores it.
    pub(super) fn parse(cx: &Cx<'_>, known: &[&str]) -> Result<Self, ApiError> {
        if cx.operation.is_v1() { Self::parse_open(cx) } else { Self::parse_closed(cx, known) }
    }

    /// As [`parse`](Self::parse), where v1 refuses further fields too.
    pub(super) fn parse_closed(cx: &Cx<'_>, known: &[&str]) -> Result<Self, ApiError> {
        let mut fields = Self::parse_open(cx)?;
        let unknown: Vec<String> =
            fields.object.keys().filter(|key| !known.contains(&key.as_str())).cloned().collect();
        for key in unknown {
            fields.report(&key, "Unexpected property", json!({ "type": "Object" }));
        }
        Ok(fields)
    }

    fn parse_open(cx: &Cx<'_>) -> Result<Self, ApiError> {
        if !cx.is_json && !cx.body.is_empty() {
            return Err(ApiError::bad_request("The Content-Type of the body is not application/json"));
        }
        match serde_json::from_slice(cx.body) {
            Ok(Value::Object(object)) => Ok(Self::at(String::new(), object)),
            _ => Err(ApiError::bad_request("The body is not a JSON object")),
        }
    }

    /// No fields, for an object that was left out.
    pub(super) fn empty(path: &str) -> Self {
        Self::at(path.to_owned(), Map::new())
    }

    fn at(path: String, object: Map<String, Value>) -> Self {
        Self { object, path, wrong: FieldErrors::default() }
    }

    /// Whether the field is there, null or not.
    pub(super) fn has(&self, key: &str) -> bool {
        self.object.contains_key(key)
    }

    /// Reports a field that must be there and is not.
    pub(super) fn require(&mut self, key: &str, kind: &str) {
        if !self.has(key) {
            self.report(key, "Expected required property", json!({ "type": kind }));
        }
    }

    /// A string that, when there, matches and is not null, and is not so long that it cannot be kept.
    pub(super) fn text(&mut self, key: &str, pattern: Pattern) -> Option<String> {
        let value = self.object.get(key)?;
        let Some(text) = value.as_str().map(str::to_owned) else {
            self.report(key, "Expected string", json!({ "type": "String" }));
            return None;
        };
        self.length(key, &text, 0, LONGEST_TEXT);
        self.wrong.extend(pattern.check(&self.path_of(key), &text));
        Some(text)
    }

    /// A date-time that, when there, is one and is not null.
    pub(super) fn time(&mut self, key: &str) -> Option<Timestamp> {
        let at = self.text(key, ANY)?.parse().ok();
        if at.is_none() {
            let schema = json!({ "type": "String", "format": "date-time" });
            self.report(key, "Expected string to match 'date-time' format", schema);
        }
        at
    }

    /// One of the words.
    pub(super) fn word<T: Clone>(&mut self, key: &str, words: &[(&str, T)]) -> Option<T> {
        let value = self.object.get(key)?;
        let known = words.iter().find(|(word, _)| value.as_str() == Some(word));
        if known.is_none() {
            let allowed: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.report(key, "Expected union value", json!({ "type": "Union", "enum": allowed }));
        }
        known.map(|(_, meaning)| meaning.clone())
    }

    /// A string of `min` to `max` characters, or null.
    pub(super) fn nullable_text(&mut self, key: &str, min: usize, max: usize) -> Change<String> {
        match self.object.get(key) {
            None => Change::Keep,
            Some(Value::Null) => Change::Clear,
            Some(Value::String(text)) => {
                let text = text.clone();
                self.length(key, &text, min, max);
                Change::Set(text)
            }
            Some(_) => {
                self.report(key, "Expected union value", json!({ "type": "Union" }));
                Change::Keep
            }
        }
    }

    /// Reports a string whose length in characters is out of bounds.
    pub(super) fn length(&mut self, key: &str, text: &str, min: usize, max: usize) {
        let length = text.chars().count();
        let schema = json!({ "type": "String", "minLength": min, "maxLength": max });
        if length < min {
            self.report(key, &format!("Expected string length greater or equal to {min}"), schema);
        } else if length > max {
            self.report(key, &format!("Expected string length less or equal to {max}"), schema);
        }
    }

    /// A URI of 1 to 200 characters, or null.
    pub(super) fn nullable_uri(&mut self, key: &str) -> Change<String> {
        let change = self.nullable_text(key, 1, 200);
        if let Change::Set(text) = &change
            && !text.parse::<http::Uri>().is_ok_and(|uri| uri.scheme().is_some())
        {
            let schema = json!({ "type": "String", "format": "uri" });
            self.report(key, "Expected string to match 'uri' format", schema);
        }
        change
    }

    /// An array of strings of a length within bounds, each matching.
    pub(super) fn texts(&mut self, key: &str, max: usize, pattern: Pattern) -> Vec<String> {
        self.require(key, "Array");
        let Some(value) = self.object.get(key).cloned() else { return Vec::new() };
        let Value::Array(items) = value else {
            self.report(key, "Expected array", json!({ "type": "Array" }));
            return Vec::new();
        };
        let schema = json!({ "type": "Array", "minItems": 1, "maxItems": max });
        if items.is_empty() {
            self.report(key, "Expected array length to be greater or equal to 1", schema);
        } else if items.len() > max {
            self.report(key, &format!("Expected array length to be less or equal to {max}"), schema);
        }
        let mut texts = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            match item {
                Value::String(text) => {
                    self.wrong.extend(pattern.check(&format!("{}/{index}", self.path_of(key)), &text));
                    texts.push(text);
                }
                item => self.report_item(key, index, "Expected string", json!({ "type": "String" }), item),
            }
        }
        texts
    }

    /// An object inside; its own mistakes come back with [`absorb`](Self::absorb).
    pub(super) fn object(&mut self, key: &str) -> Option<Self> {
        match self.object.get(key).cloned()? {
            Value::Object(object) => Some(Self::at(self.path_of(key), object)),
            _ => {
                self.report(key, "Expected object", json!({ "type": "Object" }));
                None
            }
        }
    }

    /// An array of objects inside; `None` when it is left out.
    pub(super) fn objects(&mut self, key: &str) -> Option<Vec<Self>> {
        let Value::Array(items) = self.object.get(key).cloned()? else {
            self.report(key, "Expected array", json!({ "type": "Array" }));
            return Some(Vec::new());
        };
        let mut objects = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            match item {
                Value::Object(object) => {
                    objects.push(Self::at(format!("{}/{index}", self.path_of(key)), object));
                }
                item => self.report_item(key, index, "Expected object", json!({ "type": "Object" }), item),
            }
        }
        Some(objects)
    }

    /// The field as it is.
    pub(super) fn raw(&self, key: &str) -> Option<&Value> {
        self.object.get(key)
    }

    /// Takes over what was found wrong inside.
    pub(super) fn absorb(&mut self, inner: Self) {
        self.wrong.extend(inner.wrong);
    }

    /// Reports a wrong field, with its value if there is one.
    pub(super) fn report(&mut self, key: &str, message: &str, schema: Value) {
        self.wrong.push(FieldError {
            path: self.path_of(key),
            message: message.to_owned(),
            schema,
            value: self.object.get(key).cloned(),
        });
    }

    /// Reports a wrong item of an array.
    pub(super) fn report_item(&mut self, key: &str, index: usize, message: &str, schema: Value, item: Value) {
        self.wrong.push(FieldError {
            path: format!("{}/{index}", self.path_of(key)),
            message: message.to_owned(),
            schema,
            value: Some(item),
        });
    }

    /// Refuses when anything was wrong.
    pub(super) fn finish(self) -> Result<(), ApiError> {
        self.wrong.finish()
    }

    fn path_of(&self, key: &str) -> String {
        format!("{}/{key}", self.path)
    }
}
