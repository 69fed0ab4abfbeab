//! [`Object`]: a value that must be an object on the wire.
//!
//! serde reads a structure from an array as well, its items in the order of the fields; JSON-RPC and its schemas do not.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A `T` that was an object.
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map))
            }
        }
        deserializer.deserialize_map(Members(PhantomData)).map(Self)
    }
}

/// For `deserialize_with`: an object.
pub(crate) fn object<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    Object::deserialize(deserializer).map(|Object(value)| value)
}

/// For `deserialize_with`: an object or null.
pub(crate) fn nullable<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Option::<Object<T>>::deserialize(deserializer).map(|found| found.map(|Object(value)| value))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::value::to_raw_value;
    use serde_json::{Value, json};

    use super::{nullable, object};
    use crate::capabilities::Capabilities;
    use crate::content::Role;
    use crate::dispatch::Command;
    use crate::input::{Ask as _, CreateMessage, ListRoots};
    use crate::params::Params;
    use crate::version::Era;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Point {
        x: i32,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Holder {
        #[serde(deserialize_with = "object")]
        point: Point,
        #[serde(default, deserialize_with = "nullable")]
        other: Option<Point>,
    }

    #[test]
    fn an_array_is_no_object() {
        let read = |value: Value| Holder::deserialize(&value).ok();
        let point = || Point { x: 1 };
        assert_eq!(read(json!({ "point": { "x": 1 } })), Some(Holder { point: point(), other: None }));
        let both = json!({ "point": { "x": 1 }, "other": { "x": 1 } });
        assert_eq!(read(both), Some(Holder { point: point(), other: Some(point()) }));
        let null = json!({ "point": { "x": 1 }, "other": null });
        assert_eq!(read(null), Some(Holder { point: point(), other: None }));
        assert_eq!(read(json!({ "point": [1] })), None);
        assert_eq!(read(json!({ "point": { "x": 1 }, "other": [1] })), None);
    }

    #[test]
    fn params_hold_objects() {
        let declared = Capabilities::new().with_tools().with_tools_list_changed().with_completions();
        let fits = |era, method: &str, params: Value| {
            let raw = to_raw_value(&params).unwrap();
            Command::parse(method, &Params::parse(Some(&raw)).unwrap(), era, &declared).is_ok()
        };
        let listen = |filter| fits(Era::Modern, "subscriptions/listen", json!({ "notifications": filter }));
        assert!(listen(json!({ "toolsListChanged": true })));
        assert!(!listen(json!([true])));
        let complete = |argument, context| {
            let reference = json!({ "type": "ref/prompt", "name": "p" });
            let params = json!({ "ref": reference, "argument": argument, "context": context });
            fits(Era::Modern, "completion/complete", params)
        };
        assert!(complete(json!({ "name": "a", "value": "b" }), json!({ "arguments": {} })));
        assert!(!complete(json!(["a", "b"]), json!({})));
        assert!(!complete(json!({ "name": "a", "value": "b" }), json!([{}])));
        let initialize = |client| {
            fits(Era::Legacy, "initialize", json!({ "protocolVersion": "2025-11-25", "clientInfo": client }))
        };
        assert!(initialize(json!({ "name": "a", "version": "1" })) && initialize(Value::Null));
        assert!(!initialize(json!(["a", "1"])));
    }

    #[test]
    fn answers_of_clients_are_objects() {
        let sample = |answer: Value| CreateMessage::prompt("?", 1).read(&answer);
        let text = json!({ "type": "text", "text": "t" });
        assert!(sample(json!({ "role": Role::Assistant, "model": "m", "content": text })).is_ok());
        assert!(sample(json!({ "model": "m", "content": [text] })).is_ok());
        assert!(sample(json!(["m", text])).is_err());
        assert!(sample(json!({ "model": "m", "content": ["text", "t"] })).is_err());
        assert!(sample(json!({ "model": "m", "content": [["text", "t"]] })).is_err());
        let roots = |answer: Value| ListRoots::new().read(&answer);
        assert!(roots(json!({ "roots": [{ "uri": "file:///a" }] })).is_ok());
        assert!(roots(json!([[{ "uri": "file:///a" }]])).is_err());
        assert!(roots(json!({ "roots": [["file:///a"]] })).is_err());
    }
}
