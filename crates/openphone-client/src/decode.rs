//! Tolerant decoding of answers: unknown fields are ignored, unknown enum values kept ([`crate::open_enum`]),
//! and a `null` where a list or text was promised reads as an empty one.

use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer};

use crate::page::{Cursor, Page};

/// For `#[serde(default, deserialize_with = "null_as_default")]`: absent and `null` are both the default.
pub(crate) fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
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
    #[serde(rename = "nextCursor", alias = "nextPageToken")]
    next: Option<String>,
}

pub(crate) fn one<T: DeserializeOwned>(body: &[u8]) -> Result<T, serde_json::Error> {
    serde_json::from_slice::<One<T>>(body).map(|one| one.data)
}

pub(crate) fn many<T: DeserializeOwned>(body: &[u8]) -> Result<Page<T>, serde_json::Error> {
    let many: Many<T> = serde_json::from_slice(body)?;
    let next = many.next.filter(|cursor| !cursor.is_empty()).map(Cursor::new);
    Ok(Page { data: many.data, next })
}

/// An object that is not wrapped.
pub(crate) fn bare<T: DeserializeOwned>(body: &[u8]) -> Result<T, serde_json::Error> {
    serde_json::from_slice(body)
}

/// An answer that says no more than that it was done: empty (204), or any JSON (`{}` with a 202).
pub(crate) fn done(body: &[u8]) -> Result<(), serde_json::Error> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(());
    }
    serde_json::from_slice::<IgnoredAny>(body).map(drop)
}
