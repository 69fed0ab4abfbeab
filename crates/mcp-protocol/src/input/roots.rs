//! Roots: the folders that a client works in (deprecated on 2026-07-28).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Ask, InputRequest};
use crate::object::Object;

/// Asks for the client's roots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListRoots;

impl ListRoots {
    /// The question.
    #[must_use]
    pub fn new() -> Self {
        Self
    }
}

/// One root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Root {
    /// A `file:` URI.
    pub uri: String,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl Root {
    /// A root without a name.
    pub fn new(uri: impl Into<String>) -> Self {
        Self { uri: uri.into(), name: None }
    }
}

impl Ask for ListRoots {
    type Answer = Vec<Root>;

    fn read(&self, answer: &Value) -> Result<Vec<Root>, String> {
        #[derive(Deserialize)]
        struct ListRootsResult {
            roots: Vec<Object<Root>>,
        }
        Object::<ListRootsResult>::deserialize(answer)
            .map(|Object(result)| result.roots.into_iter().map(|Object(root)| root).collect())
            .map_err(|_| "`roots` must be a list of objects with a `uri`".to_owned())
    }
}

impl From<ListRoots> for InputRequest {
    fn from(_: ListRoots) -> Self {
        Self::ListRoots
    }
}
