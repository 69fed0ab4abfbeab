//! Completion of a prompt's or a resource template's arguments while a person types.
//!
//! Spec: <https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/completion>.

use std::collections::BTreeMap;
use std::fmt;

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize};

use crate::version::ProtocolVersion;
use crate::wire::ResultBody;

/// Whose argument is completed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "type")]
#[non_exhaustive]
pub enum CompletionReference {
    /// A prompt's.
    #[serde(rename = "ref/prompt")]
    Prompt {
        /// The prompt's name.
        name: String,
    },
    /// A resource template's.
    #[serde(rename = "ref/resource")]
    Resource {
        /// The template, or a URI of it.
        uri: String,
    },
}

/// The parameters of `completion/complete`.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CompleteRequest {
    /// Whose argument.
    pub reference: CompletionReference,
    /// The argument's name.
    pub argument: String,
    /// What the person typed up to now.
    pub value: String,
    /// The arguments that are already known (2025-06-18).
    pub known: BTreeMap<String, String>,
}

impl CompleteRequest {
    /// The completion of `argument`, of which `value` was typed.
    pub fn new(
        reference: CompletionReference,
        argument: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        Self { reference, argument: argument.into(), value: value.into(), known: BTreeMap::new() }
    }
}

/// What was typed may be personal data, so only the reference is shown.
impl fmt::Debug for CompleteRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CompleteRequest").field("reference", &self.reference).finish_non_exhaustive()
    }
}

/// Suggestions, best first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CompleteResult {
    values: Vec<String>,
    total: Option<u64>,
    has_more: bool,
}

impl CompleteResult {
    /// The most suggestions that one answer may hold (`comp.cap`).
    pub const MOST: usize = 100;

    /// These suggestions, of which the first 100 are sent.
    #[must_use]
    pub fn new(mut values: Vec<String>) -> Self {
        let total = u64::try_from(values.len()).ok();
        let has_more = values.len() > Self::MOST;
        values.truncate(Self::MOST);
        Self { values, total, has_more }
    }

    /// The suggestions that are sent.
    #[must_use]
    pub fn values(&self) -> &[String] {
        &self.values
    }
}

impl ResultBody for CompleteResult {
    fn write_members<M: SerializeMap>(&self, _version: ProtocolVersion, map: &mut M) -> Result<(), M::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Completion<'a> {
            values: &'a [String],
            #[serde(skip_serializing_if = "Option::is_none")]
            total: Option<u64>,
            has_more: bool,
        }
        let Self { values, total, has_more } = self;
        map.serialize_entry("completion", &Completion { values, total: *total, has_more: *has_more })
    }
}
