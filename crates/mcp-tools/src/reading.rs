//! Lists that say what they hold: coverage, a token budget, and cursors that survive.
//!
//! A cursor is a position in time, not the upstream's short-lived one: the moment of the last item and the ids
//! already shown at that very moment. So a result can be cut after any item, and a cursor stays good.

pub(crate) mod after;
pub(crate) mod frame;
pub(crate) mod interval;
pub(crate) mod newest_first;
pub(crate) mod paged;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use schemars::JsonSchema;
use sealing::FingerprintKey;
use serde::{Deserialize, Serialize};

use crate::error::ToolError;

/// Bytes of a default result, text and structured together: 6,000 tokens of 4 bytes.
pub const RESULT_BYTES: usize = 24_000;
/// Bytes kept free for what stands around the items.
const ENVELOPE: usize = 1_600;
/// Ids remembered at one moment. More messages in one millisecond than this are not expected.
const MAX_SHOWN: usize = 64;

/// Whether a list is complete, and how to get the rest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Coverage {
    /// Nothing that matches is left after this
    pub complete: bool,
    /// Items looked at
    pub scanned: usize,
    /// Why not, and other gaps
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Goes on, with the same arguments
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

impl Coverage {
    /// Everything that matches.
    #[must_use]
    pub fn complete(scanned: usize) -> Self {
        Self { complete: true, scanned, reason: None, cursor: None }
    }

    /// Part of it, and where the rest begins.
    #[must_use]
    pub fn partial(scanned: usize, reason: impl Into<String>, cursor: Option<String>) -> Self {
        Self { complete: false, scanned, reason: Some(reason.into()), cursor }
    }

    /// Adds a gap that is not about missing items (names that could not be read, say).
    #[must_use]
    pub fn with_gap(mut self, gap: Option<&str>) -> Self {
        if let Some(gap) = gap {
            let reason =
                self.reason.take().map_or_else(|| gap.to_owned(), |reason| format!("{reason}; {gap}"));
            self.reason = Some(reason);
        }
        self
    }

    /// The line of the text twin.
    #[must_use]
    pub fn to_line(&self) -> String {
        let state = if self.complete { "complete" } else { "not complete" };
        let mut line = format!("Coverage: {state}, {} scanned", self.scanned);
        if let Some(reason) = &self.reason {
            line.push_str(&format!("; {reason}"));
        }
        line.push('.');
        if let Some(cursor) = &self.cursor {
            line.push_str(&format!(" More: the same call with cursor {cursor}"));
        }
        line
    }
}

/// How many bytes a value takes as JSON. It is written as results are: for a writer that only counts, all that writes them would be
/// in the program twice.
pub(crate) fn json_length(value: &impl Serialize) -> usize {
    // What cannot be written fits nowhere.
    serde_json::to_vec(value).map_or(usize::MAX, |json| json.len())
}

/// What is left of a result's size.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SizeBudget {
    left: usize,
}

impl SizeBudget {
    pub(crate) fn new() -> Self {
        Self { left: RESULT_BYTES - ENVELOPE }
    }

    /// Takes room for an item of so many bytes, if it is there.
    pub(crate) fn take(&mut self, bytes: usize) -> bool {
        let fits = bytes <= self.left;
        if fits {
            self.left -= bytes;
        }
        fits
    }

    pub(crate) fn left(&self) -> usize {
        self.left
    }
}

/// A position in a list that goes from the newest to the oldest.
#[derive(Clone, Debug)]
pub(crate) struct Position<'a> {
    fingerprints: &'a FingerprintKey,
    /// They name the list.
    filters: String,
    /// Everything before this moment is still to come (milliseconds since the Unix epoch).
    at: i64,
    /// Items of that very moment that were shown, by hash.
    shown: Vec<u64>,
    /// How much of the next item was shown.
    pub(crate) part: u32,
    /// The interval of the list, in milliseconds since the Unix epoch: the words for it may mean another one later.
    bounds: [Option<i64>; 2],
}

/// A position as a client keeps it.
#[derive(Serialize, Deserialize)]
struct Cursor {
    /// Names the list: a cursor of another query is refused.
    query: u64,
    at: i64,
    shown: Vec<u64>,
    part: u32,
    bounds: [Option<i64>; 2],
}

impl<'a> Position<'a> {
    /// The start of a list named by its filters.
    pub(crate) fn start(fingerprints: &'a FingerprintKey, filters: &[&str]) -> Self {
        let filters = filters.join("\n");
        Self { fingerprints, filters, at: i64::MAX, shown: Vec::new(), part: 0, bounds: [None; 2] }
    }

    /// A list of this interval only.
    pub(crate) fn within(self, from: Option<Timestamp>, until: Option<Timestamp>) -> Self {
        let bounds = [from, until].map(|moment| moment.map(Timestamp::as_millisecond));
        Self { bounds, ..self }
    }

    /// The interval of the list.
    pub(crate) fn bounds(&self) -> [Option<Timestamp>; 2] {
        self.bounds.map(|moment| Timestamp::from_millisecond(moment?).ok())
    }

    /// Goes to where a cursor points. A blank one means none.
    pub(crate) fn resume(self, cursor: Option<&str>) -> Result<Self, ToolError> {
        let Some(cursor) = cursor.map(str::trim).filter(|cursor| !cursor.is_empty()) else { return Ok(self) };
        let cursor = URL_SAFE_NO_PAD
            .decode(cursor)
            .ok()
            .and_then(|bytes| postcard::from_bytes::<Cursor>(&bytes).ok())
            .filter(|cursor| cursor.shown.len() <= MAX_SHOWN);
        match cursor {
            None => Err(unreadable_cursor()),
            Some(cursor) if cursor.query != self.query() => Err(foreign_cursor()),
            Some(Cursor { query: _, at, shown, part, bounds }) => {
                Ok(Self { at, shown, part, bounds, ..self })
            }
        }
    }

    /// Moves behind an item.
    pub(crate) fn pass(&mut self, moment: Timestamp, id: &str) {
        let at = moment.as_millisecond();
        if at != self.at {
            self.at = at;
            self.shown.clear();
        }
        if self.shown.len() < MAX_SHOWN {
            self.shown.push(short(id));
        }
        self.part = 0;
    }

    /// Stays before an item of which `part` was shown.
    pub(crate) fn hold(&mut self, moment: Timestamp, part: u32) {
        let at = moment.as_millisecond();
        if at != self.at {
            self.at = at;
            self.shown.clear();
        }
        self.part = part;
    }

    /// Whether an item was shown before this position.
    pub(crate) fn has_passed(&self, moment: Timestamp, id: &str) -> bool {
        moment.as_millisecond() == self.at && self.shown.contains(&short(id))
    }

    /// The upper end of what is to come, itself included. `None`: the list begins at its newest item.
    pub(crate) fn until(&self) -> Option<Timestamp> {
        Timestamp::from_millisecond(self.at).ok()
    }

    pub(crate) fn cursor(&self) -> Option<String> {
        let Self { at, ref shown, part, bounds, .. } = *self;
        let cursor = Cursor { query: self.query(), at, shown: shown.clone(), part, bounds };
        postcard::to_stdvec(&cursor).ok().map(|bytes| URL_SAFE_NO_PAD.encode(bytes))
    }

    /// A keyed hash, which takes a list that is read in pieces.
    fn query(&self) -> u64 {
        query_name(self.fingerprints, &self.filters)
    }
}

/// Names a list by its filters, a line each.
fn query_name(fingerprints: &FingerprintKey, filters: &str) -> u64 {
    let name = fingerprints.fingerprint("cursor-query", filters.as_bytes());
    let mut query = [0; 8];
    query.copy_from_slice(&name.as_bytes()[..8]);
    u64::from_be_bytes(query)
}

fn unreadable_cursor() -> ToolError {
    ToolError::argument(
        "cursor",
        "cannot be read; give it exactly as it was returned, or leave it out to begin anew",
    )
}

fn foreign_cursor() -> ToolError {
    ToolError::argument(
        "cursor",
        "belongs to a call with other arguments; repeat the other arguments exactly, or leave the cursor out",
    )
}

/// FNV-1a: tells the few items of one moment apart, and keeps cursors short.
fn short(id: &str) -> u64 {
    id.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
