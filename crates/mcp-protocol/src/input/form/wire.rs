//! How each revision writes a form's fields.

use serde::ser::{SerializeMap as _, SerializeSeq as _};
use serde::{Serialize, Serializer};

use super::{Choice, Field, FormSchema, Kind};
use crate::version::ProtocolVersion;
use crate::wire::{At, Number, Wire, entry};

impl Wire for FormSchema {
    fn write<S: Serializer>(&self, version: ProtocolVersion, serializer: S) -> Result<S::Ok, S::Error> {
        struct Properties<'a>(&'a [(String, Field)], ProtocolVersion);
        impl Serialize for Properties<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_map(self.0.iter().map(|(name, field)| (name, At(field, self.1))))
            }
        }
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", "object")?;
        map.serialize_entry("properties", &Properties(&self.fields, version))?;
        if !self.required.is_empty() {
            map.serialize_entry("required", &self.required)?;
        }
        map.end()
    }
}

impl Wire for Field {
    fn write<S: Serializer>(&self, version: ProtocolVersion, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let kind = match &self.kind {
            Kind::Number { integer: true, .. } => "integer",
            Kind::Number { .. } => "number",
            Kind::Boolean { .. } => "boolean",
            Kind::Choices { .. } if version.has_url_elicitation() => "array",
            Kind::Text { .. } | Kind::Choice { .. } | Kind::Choices { .. } => "string",
        };
        map.serialize_entry("type", kind)?;
        entry(&mut map, "title", self.title.as_ref())?;
        entry(&mut map, "description", self.description.as_ref())?;
        match &self.kind {
            Kind::Text { format, min, max, default } => {
                entry(&mut map, "format", *format)?;
                entry(&mut map, "minLength", *min)?;
                entry(&mut map, "maxLength", *max)?;
                entry(&mut map, "default", default.as_ref())?;
            }
            Kind::Number { min, max, default, .. } => {
                entry(&mut map, "minimum", min.map(Number))?;
                entry(&mut map, "maximum", max.map(Number))?;
                entry(&mut map, "default", default.map(Number))?;
            }
            Kind::Boolean { default } => entry(&mut map, "default", *default)?,
            Kind::Choice { options, names, default } => {
                let named = *names || !version.has_url_elicitation();
                match (is_titled(options), named) {
                    (true, false) => map.serialize_entry("oneOf", &Titled(options))?,
                    (true, true) => {
                        map.serialize_entry("enum", &Values(options))?;
                        map.serialize_entry("enumNames", &Names(options))?;
                    }
                    (false, _) => map.serialize_entry("enum", &Values(options))?,
                }
                entry(&mut map, "default", default.as_ref())?;
            }
            Kind::Choices { options, .. } if !version.has_url_elicitation() => {
                map.serialize_entry("enum", &Values(options))?;
            }
            Kind::Choices { options, min, max, default } => {
                map.serialize_entry("items", &Items(options))?;
                entry(&mut map, "minItems", *min)?;
                entry(&mut map, "maxItems", *max)?;
                entry(&mut map, "default", default.as_ref())?;
            }
        }
        map.end()
    }
}

fn is_titled(options: &[Choice]) -> bool {
    options.iter().any(|option| option.title.is_some())
}

struct Values<'a>(&'a [Choice]);

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|option| &option.value))
    }
}

struct Names<'a>(&'a [Choice]);

impl Serialize for Names<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Choice::shown))
    }
}

/// `[{"const": ..., "title": ...}]`
struct Titled<'a>(&'a [Choice]);

impl Serialize for Titled<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Option<'a> {
            r#const: &'a str,
            title: &'a str,
        }
        let mut seq = serializer.serialize_seq(Some(self.0.len()))?;
        for option in self.0 {
            seq.serialize_element(&Option { r#const: &option.value, title: option.shown() })?;
        }
        seq.end()
    }
}

/// The `items` of a choice of several.
struct Items<'a>(&'a [Choice]);

impl Serialize for Items<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if is_titled(self.0) {
            map.serialize_entry("anyOf", &Titled(self.0))?;
        } else {
            map.serialize_entry("type", "string")?;
            map.serialize_entry("enum", &Values(self.0))?;
        }
        map.end()
    }
}
