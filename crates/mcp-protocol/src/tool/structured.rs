//! What a tool answers as data, written once.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

/// `structuredContent` of a result: JSON as it goes onto the wire, on one line. A tool's own type is written to it without a
/// [`Value`] between, and nothing of it is read again on its way out.
#[derive(Clone)]
pub struct StructuredContent(Box<RawValue>);

impl StructuredContent {
    /// Data in JSON.
    ///
    /// # Errors
    /// When `data` has no form in JSON: a map whose keys are no strings, or its own `Serialize` fails.
    pub fn new<T: Serialize + ?Sized>(data: &T) -> Result<Self, serde_json::Error> {
        to_raw_value(data).map(Self::from)
    }

    /// The JSON text.
    #[must_use]
    pub fn get(&self) -> &str {
        self.0.get()
    }

    /// Reads it as `T`.
    ///
    /// # Errors
    /// When it has another shape.
    pub fn read<'a, T: Deserialize<'a>>(&'a self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.get())
    }

    /// Reads it, whatever its shape is.
    #[must_use]
    pub fn to_value(&self) -> Value {
        // It was written as JSON; what cannot be read is nested beyond what any reader takes.
        self.read().unwrap_or_default()
    }

    /// Whether it is an object, which is all that revisions before 2026-07-28 know.
    pub(crate) fn is_object(&self) -> bool {
        self.get().starts_with('{')
    }
}

impl From<Value> for StructuredContent {
    fn from(value: Value) -> Self {
        // A value is JSON: writing it cannot fail.
        Self(to_raw_value(&value).unwrap_or_else(|_| RawValue::NULL.to_owned()))
    }
}

/// Line breaks between its parts become spaces: a line is a message over stdio, and ends a field of an event.
impl From<Box<RawValue>> for StructuredContent {
    fn from(json: Box<RawValue>) -> Self {
        if !(json.get().contains('\n') || json.get().contains('\r')) {
            return Self(json);
        }
        // Inside of strings they are escaped.
        let line = json.get().replace(['\n', '\r'], " ");
        Self(RawValue::from_string(line).unwrap_or_else(|_| RawValue::NULL.to_owned()))
    }
}

impl Serialize for StructuredContent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// The same text. Two texts may say the same with their members in another order.
impl PartialEq for StructuredContent {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl Eq for StructuredContent {}

/// It may hold personal data, so only its size is shown.
impl fmt::Debug for StructuredContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StructuredContent").field("bytes", &self.get().len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    #[test]
    fn data_is_written_and_read_again() {
        let data = json!({ "name": "a \"b\"", "list": [1, null, { "deep": true }], "none": null });
        let structured = StructuredContent::from(data.clone());
        assert_eq!(structured.to_value(), data);
        assert_eq!(structured.read::<BTreeMap<String, Value>>().unwrap()["list"], data["list"]);
        assert!(structured.is_object() && !StructuredContent::from(json!([1])).is_object());
        let raw = RawValue::from_string(" {\"a\": 1} ".to_owned()).unwrap();
        assert!(StructuredContent::from(raw).is_object());
    }

    /// However it was written by whoever made it.
    #[test]
    fn it_is_one_line() {
        let pretty = "{\r\n  \"text\": \"two\\nlines\",\n  \"list\": [\n1\n]\n}";
        let raw = || RawValue::from_string(pretty.to_owned()).unwrap();
        let within = BTreeMap::from([("raw", raw())]);
        for (structured, expected) in [
            (StructuredContent::from(raw()), json!({ "text": "two\nlines", "list": [1] })),
            (
                StructuredContent::new(&within).unwrap(),
                json!({ "raw": { "text": "two\nlines", "list": [1] } }),
            ),
        ] {
            assert!(!structured.get().contains(['\n', '\r']), "{}", structured.get());
            assert_eq!(structured.to_value(), expected);
        }
    }

    #[test]
    fn what_has_no_form_in_json_is_refused() {
        assert!(StructuredContent::new(&BTreeMap::from([((1, 2), 3)])).is_err());
    }

    #[test]
    fn nothing_of_it_is_shown() {
        let shown = format!("{:?}", StructuredContent::from(json!({ "to": "+14155550101" })));
        assert!(!shown.contains("555"), "{shown}");
    }
}
