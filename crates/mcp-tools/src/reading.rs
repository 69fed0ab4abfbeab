//! Lists that say what they hold: coverage, a token budget, and cursors that survive.
//!
//! A cursor is a position in time, not the upstream's short-lived one: the moment of the last item and the ids
//! already shown at that very moment. So a result can be cut after any item, and a cursor stays good.

pub(crate) mod after;
mod cursor;
pub(crate) mod frame;
pub(crate) mod interval;
pub(crate) mod newest_first;
pub(crate) mod paged;

use jiff::Timestamp;
use schemars::JsonSchema;
use sealing::FingerprintKey;
use serde::{Deserialize, Serialize};

use self::cursor::List;
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
    list: List<'a>,
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
    /// Names the list.
    query: u64,
    at: i64,
    shown: Vec<u64>,
    part: u32,
    bounds: [Option<i64>; 2],
}

impl<'a> Position<'a> {
    /// The start of a list named by its filters.
    pub(crate) fn start(fingerprints: &'a FingerprintKey, filters: &[&str]) -> Self {
        let list = List::new(fingerprints, filters);
        Self { list, at: i64::MAX, shown: Vec::new(), part: 0, bounds: [None; 2] }
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
        let Some(cursor) = cursor::read::<Cursor>(cursor)? else { return Ok(self) };
        let Cursor { query, at, shown, part, bounds } = cursor;
        if shown.len() > MAX_SHOWN {
            return Err(cursor::unreadable());
        }
        self.list.check(query)?;
        Ok(Self { at, shown, part, bounds, ..self })
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
        cursor::write(&Cursor { query: self.list.name(), at, shown: shown.clone(), part, bounds })
    }
}

/// FNV-1a: tells the few items of one moment apart, and keeps cursors short.
fn short(id: &str) -> u64 {
    id.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
