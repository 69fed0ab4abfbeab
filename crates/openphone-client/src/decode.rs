//! Tolerant decoding of answers: unknown fields are ignored, unknown enum values kept ([`crate::open_enum`]), a
//! `null` where a list or text was promised reads as an empty one, and what an answer is no less for lacking
//! reads as absent when it is odd ([`maybe`]). An answer is refused only when what it is about cannot be read.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{self, MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{DeserializeOwned, IgnoredAny, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::page::{Cursor, Page};

/// For `#[serde(default, deserialize_with = "null_as_default")]`: absent and `null` are both the default.
pub(crate) fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// For `#[serde(default, deserialize_with = "maybe")]` on what an answer is no less for lacking: what cannot be
/// read is `None`, be it absent, `null`, or not what was promised.
pub(crate) fn maybe<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    deserializer.deserialize_any(Maybe(PhantomData))
}

struct Maybe<T>(PhantomData<T>);

/// Reads a scalar as `T` from the scalar itself.
fn scalar<'v, T: DeserializeOwned>(value: impl IntoDeserializer<'v, value::Error>) -> Option<T> {
    T::deserialize(value.into_deserializer()).ok()
}

impl<'de, T: DeserializeOwned> Visitor<'de> for Maybe<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_unit<E>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Option<T>, E> {
        Ok(scalar(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Option<T>, E> {
        Ok(scalar(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Option<T>, E> {
        Ok(scalar(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Option<T>, E> {
        Ok(scalar(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Option<T>, E> {
        Ok(scalar(value))
    }

    fn visit_string<E>(self, value: String) -> Result<Option<T>, E> {
        Ok(scalar(value))
    }

    // Lists and objects are read whole first, so that what follows them in the answer is found.
    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Option<T>, A::Error> {
        Value::deserialize(SeqAccessDeserializer::new(items)).map(|value| T::deserialize(value).ok())
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Option<T>, A::Error> {
        Value::deserialize(MapAccessDeserializer::new(members)).map(|value| T::deserialize(value).ok())
    }
}

/// Where an answer or a payload could not be read. Unlike `serde_json`'s own error it quotes nothing of it, which
/// may be personal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unreadable JSON ({category:?}) at line {line} column {column}")]
pub struct Unreadable {
    category: serde_json::error::Category,
    line: usize,
    column: usize,
}

impl From<&serde_json::Error> for Unreadable {
    fn from(error: &serde_json::Error) -> Self {
        Self { category: error.classify(), line: error.line(), column: error.column() }
    }
}

/// How the body of a successful answer is read.
pub(crate) type Decode<T> = fn(&[u8]) -> Result<T, serde_json::Error>;

/// The envelope of one object, on both surfaces.
#[derive(Deserialize)]
struct One<T> {
    data: T,
}

/// The envelope of a list: `nextCursor` on the dated surface, `nextPageToken` on v1. v1's `totalItems` is
/// wrong by its own description and is not read.
#[derive(Deserialize)]
struct Many<T> {
    data: Vec<T>,
    #[serde(rename = "nextCursor")]
    next: Option<String>,
    #[serde(rename = "nextPageToken")]
    next_on_v1: Option<String>,
}

/// As a text, of which not each string is asked whether it is UTF-8. A text that is not costs its odd bytes and no more:
/// they are looked for only then, since that takes several times as long.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, serde_json::Error> {
    match std::str::from_utf8(body) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_str(&String::from_utf8_lossy(body)),
    }
}

pub(crate) fn one<T: DeserializeOwned>(body: &[u8]) -> Result<T, serde_json::Error> {
    read::<One<T>>(body).map(|one| one.data)
}

pub(crate) fn many<T: DeserializeOwned>(body: &[u8]) -> Result<Page<T>, serde_json::Error> {
    let many: Many<T> = read(body)?;
    let next = many.next.or(many.next_on_v1).filter(|cursor| !cursor.is_empty()).map(Cursor::new);
    Ok(Page { data: many.data, next })
}

/// An object that is not wrapped.
pub(crate) fn bare<T: DeserializeOwned>(body: &[u8]) -> Result<T, serde_json::Error> {
    read(body)
}

/// An answer that says no more than that it was done: empty (204), or any JSON (`{}` with a 202).
pub(crate) fn done(body: &[u8]) -> Result<(), serde_json::Error> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(());
    }
    serde_json::from_slice::<IgnoredAny>(body).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_that_is_no_text_costs_itself_alone() {
        assert_eq!(one::<String>(b"{\"data\":\"a\xffb\"}").unwrap(), "a\u{fffd}b");
        let page = many::<String>(b"{\"data\":[\"a\"],\"odd\":\"\xff\",\"nextCursor\":\"c\"}").unwrap();
        assert_eq!(
            (page.data, page.next.map(|cursor| cursor.as_str().to_owned())),
            (vec!["a".to_owned()], Some("c".to_owned()))
        );
        assert!(bare::<u8>(b"1\xff").is_err());
    }
}
