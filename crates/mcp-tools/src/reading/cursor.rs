//! Cursors as clients keep them, and which list each belongs to.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sealing::FingerprintKey;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::ToolError;

/// A list that is read in pieces, named by its filters: a cursor of another one is refused.
#[derive(Clone, Debug)]
pub(super) struct List<'a> {
    fingerprints: &'a FingerprintKey,
    /// A line each.
    filters: String,
}

impl<'a> List<'a> {
    pub(super) fn new(fingerprints: &'a FingerprintKey, filters: &[&str]) -> Self {
        Self { fingerprints, filters: filters.join("\n") }
    }

    /// Its name in a cursor: a keyed hash, which only lists that are read in pieces need.
    pub(super) fn name(&self) -> u64 {
        let name = self.fingerprints.fingerprint("cursor-query", self.filters.as_bytes());
        let mut first = [0; 8];
        first.copy_from_slice(&name.as_bytes()[..8]);
        u64::from_be_bytes(first)
    }

    /// Refuses a place in a list of another name.
    pub(super) fn check(&self, name: u64) -> Result<(), ToolError> {
        if name == self.name() { Ok(()) } else { Err(foreign()) }
    }
}

/// The place that a cursor holds. A blank one means none.
pub(super) fn read<T: DeserializeOwned>(cursor: Option<&str>) -> Result<Option<T>, ToolError> {
    let Some(cursor) = cursor.map(str::trim).filter(|cursor| !cursor.is_empty()) else { return Ok(None) };
    let place = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| postcard::from_bytes(&bytes).ok());
    place.map(Some).ok_or_else(unreadable)
}

/// The cursor that holds a place.
pub(super) fn write(place: &impl Serialize) -> Option<String> {
    postcard::to_stdvec(place).ok().map(|bytes| URL_SAFE_NO_PAD.encode(bytes))
}

pub(super) fn unreadable() -> ToolError {
    ToolError::argument(
        "cursor",
        "cannot be read; give it exactly as it was returned, or leave it out to begin anew",
    )
}

pub(super) fn foreign() -> ToolError {
    ToolError::argument(
        "cursor",
        "belongs to a call with other arguments; repeat the other arguments exactly, or leave the cursor out",
    )
}
