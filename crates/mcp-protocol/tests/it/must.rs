//! The suite of requirements: every item of the protocol's revisions that says MUST, by its short name, over real sockets.
//!
//! A row is the short names that it shows, the revisions and transports that it holds on, and a conversation: what a
//! client sends, byte by byte over TCP, and what must come back (the language is that of [`script`] and [`pattern`]).
//! [`check`] runs rows; what holds for every message whatever the row is about is in [`always`]. The short names are those
//! of a checklist of the specification's sections; [`names`] says which of them have no row and why, and holds the two
//! together.
//!
//! To add one: a row in the file of its section. To see what a row did, break it: a failure shows the whole exchange.

use std::fmt;

use mcp_protocol::ProtocolVersion;

mod always;
mod names;
mod pattern;
mod request;
mod rows;
mod run;
mod script;
mod server;
mod socket;
mod world;

/// Where a row holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum On {
    /// Streamable HTTP, with a client of this revision.
    Http(ProtocolVersion),
    /// HTTP+SSE, with a client that speaks this revision over it.
    Sse(ProtocolVersion),
}

impl On {
    fn version(self) -> ProtocolVersion {
        match self {
            Self::Http(version) | Self::Sse(version) => version,
        }
    }
}

impl fmt::Display for On {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(version) => version.fmt(f),
            Self::Sse(version) => write!(f, "{version} over HTTP+SSE"),
        }
    }
}

const MODERN: &[On] = &[On::Http(ProtocolVersion::V2026_07_28)];
const V0326: &[On] = &[On::Http(ProtocolVersion::V2025_03_26)];
const V0618: &[On] = &[On::Http(ProtocolVersion::V2025_06_18)];
const V1125: &[On] = &[On::Http(ProtocolVersion::V2025_11_25)];
/// The revisions that have the version header but no envelope.
const WITH_HEADER: &[On] = &[On::Http(ProtocolVersion::V2025_06_18), On::Http(ProtocolVersion::V2025_11_25)];
const BEFORE_1125: &[On] = &[On::Http(ProtocolVersion::V2025_03_26), On::Http(ProtocolVersion::V2025_06_18)];
const FROM_1125: &[On] = &[On::Http(ProtocolVersion::V2025_11_25), On::Http(ProtocolVersion::V2026_07_28)];
const LEGACY: &[On] = &[
    On::Http(ProtocolVersion::V2025_03_26),
    On::Http(ProtocolVersion::V2025_06_18),
    On::Http(ProtocolVersion::V2025_11_25),
];
const HTTP: &[On] = &[
    On::Http(ProtocolVersion::V2025_03_26),
    On::Http(ProtocolVersion::V2025_06_18),
    On::Http(ProtocolVersion::V2025_11_25),
    On::Http(ProtocolVersion::V2026_07_28),
];
/// The transport of 2024-11-05, which clients use up to 2025-11-25.
const SSE: &[On] = &[
    On::Sse(ProtocolVersion::V2024_11_05),
    On::Sse(ProtocolVersion::V2025_03_26),
    On::Sse(ProtocolVersion::V2025_06_18),
    On::Sse(ProtocolVersion::V2025_11_25),
];
const V24: &[On] = &[On::Sse(ProtocolVersion::V2024_11_05)];

/// Short names, where they hold, and the conversation that shows it.
struct Row(&'static str, &'static [On], &'static str);

/// Holds each conversation on each of its revisions, and shows those that went differently.
async fn check(rows: &[Row]) {
    let mut failures = Vec::new();
    for Row(names, on, script) in rows {
        for on in *on {
            if let Err(problem) = run::run(script, *on).await {
                failures.push(format!("=== {names}, {on}\n{problem}"));
            }
        }
    }
    assert!(failures.is_empty(), "{} rows failed\n{}", failures.len(), failures.join("\n\n"));
}
