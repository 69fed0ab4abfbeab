//! An argument of an update: left out, `null`, or given.
//!
//! The schema shows the plain type, because clients drop nullable ones; where a tool declares the argument
//! [`crate::Tool::NULLABLE`], an explicit `null` reaches it all the same.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer};

/// What is to become of a field. Its member of the input struct has `#[serde(default)]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there is no fourth")]
pub enum Change<T> {
    /// It was left out: as it is.
    #[default]
    Keep,
    /// It was `null`: cleared.
    Clear,
    /// This instead.
    Set(T),
}

impl<T> Change<T> {
    /// Whether the field is to change.
    pub fn is_given(&self) -> bool {
        !matches!(self, Self::Keep)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Change<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Clear, Self::Set))
    }
}

impl<T: JsonSchema> JsonSchema for Change<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}
