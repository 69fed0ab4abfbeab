//! The published protocol revisions and what each of them can express.
//!
//! The wire forms never compare dates: they ask the questions below, so that a new revision is added here and
//! nowhere else. Spec: <https://modelcontextprotocol.io/specification/2026-07-28/basic/versioning>.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// How a revision opens a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Era {
    /// `initialize` first, then requests that rely on what was negotiated (2024-11-05 to 2025-11-25).
    Legacy,
    /// Every request carries its version and the client's capabilities in `_meta` (2026-07-28 and later).
    Modern,
}

/// A published revision of the protocol, oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ProtocolVersion {
    /// 2024-11-05: HTTP+SSE.
    V2024_11_05,
    /// 2025-03-26: Streamable HTTP, batches, tool annotations, audio.
    V2025_03_26,
    /// 2025-06-18: structured output, titles, resource links, elicitation; batches removed.
    V2025_06_18,
    /// 2025-11-25: icons, URL elicitation, JSON Schema 2020-12.
    V2025_11_25,
    /// 2026-07-28: stateless; the version travels with every request.
    V2026_07_28,
}

impl ProtocolVersion {
    /// Every revision, oldest first.
    pub const ALL: [Self; 5] =
        [Self::V2024_11_05, Self::V2025_03_26, Self::V2025_06_18, Self::V2025_11_25, Self::V2026_07_28];
    /// The revisions that `initialize` may negotiate, oldest first.
    pub const LEGACY: [Self; 4] =
        [Self::V2024_11_05, Self::V2025_03_26, Self::V2025_06_18, Self::V2025_11_25];
    /// The revisions that `server/discover` lists.
    pub const MODERN: [Self; 1] = [Self::V2026_07_28];
    /// What `initialize` answers when it is asked for a revision that we do not have.
    pub const LATEST_LEGACY: Self = Self::V2025_11_25;
    /// The newest revision.
    pub const LATEST: Self = Self::V2026_07_28;

    /// The date that names the revision on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V2024_11_05 => "2024-11-05",
            Self::V2025_03_26 => "2025-03-26",
            Self::V2025_06_18 => "2025-06-18",
            Self::V2025_11_25 => "2025-11-25",
            Self::V2026_07_28 => "2026-07-28",
        }
    }

    /// The revision with exactly this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|version| version.as_str() == name)
    }

    /// Which era the revision belongs to.
    #[must_use]
    pub const fn era(self) -> Era {
        match self {
            Self::V2026_07_28 => Era::Modern,
            _ => Era::Legacy,
        }
    }

    /// Whether the revision is stateless: `resultType`, cache hints and `_meta` server info on results.
    #[must_use]
    pub const fn is_modern(self) -> bool {
        matches!(self.era(), Era::Modern)
    }

    /// Whether a body may be an array of messages (2025-03-26 alone; `v0326.batch`, `v0618.nobatch`).
    #[must_use]
    pub const fn has_batches(self) -> bool {
        matches!(self, Self::V2025_03_26)
    }

    /// Tool annotations and audio content (2025-03-26).
    #[must_use]
    pub fn has_annotations_and_audio(self) -> bool {
        self >= Self::V2025_03_26
    }

    /// `title`, `outputSchema`, `structuredContent`, resource links (2025-06-18).
    #[must_use]
    pub fn has_structured_content(self) -> bool {
        self >= Self::V2025_06_18
    }

    /// Elicitation, by form (2025-06-18).
    #[must_use]
    pub fn has_elicitation(self) -> bool {
        self >= Self::V2025_06_18
    }

    /// Elicitation by URL, choices of several, tools in sampling (2025-11-25).
    #[must_use]
    pub fn has_url_elicitation(self) -> bool {
        self >= Self::V2025_11_25
    }

    /// Whether a stream may open with an event that has an id and no data, and may be closed before its end
    /// (2025-11-25, `v1125.sse.prime`); earlier clients would read the empty data as a message.
    #[must_use]
    pub fn has_stream_polling(self) -> bool {
        self == Self::V2025_11_25
    }

    /// `icons`, `websiteUrl`, descriptions of implementations (2025-11-25).
    #[must_use]
    pub fn has_icons(self) -> bool {
        self >= Self::V2025_11_25
    }

    /// Whether an output schema and structured content may be something else than an object (2026-07-28).
    #[must_use]
    pub const fn has_any_structured_content(self) -> bool {
        self.is_modern()
    }

    /// The revision's position in [`Self::ALL`], for tables of prepared answers.
    #[must_use]
    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for ProtocolVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for ProtocolVersion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// The name is not one of a published revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a published protocol revision")]
pub struct UnknownVersion;

impl FromStr for ProtocolVersion {
    type Err = UnknownVersion;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::from_name(name).ok_or(UnknownVersion)
    }
}
