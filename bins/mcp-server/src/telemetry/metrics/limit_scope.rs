//! What there was too much of, when a request is refused for that.

use crate::edge::refused::{Class, Refused};

/// Why something was refused for there being too much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LimitScope {
    /// The request itself was turned away.
    Request(Refused),
    /// A quota of texts or of another tool.
    Tool,
    /// OpenPhone's own limit.
    Upstream,
}

impl LimitScope {
    /// One of each name.
    pub(super) const ALL: [Self; 9] = [
        Self::Request(Refused::Address),
        Self::Request(Refused::Grant),
        Self::Request(Refused::Key),
        Self::Request(Refused::Workspace),
        Self::Request(Refused::Global),
        Self::Request(Refused::Overload(Class::Reads)),
        Self::Request(Refused::Connections),
        Self::Tool,
        Self::Upstream,
    ];

    /// Its name, for labels and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Request(Refused::Overload(_)) => "shed",
            Self::Request(refused) => refused.name(),
            Self::Tool => "tool",
            Self::Upstream => "upstream",
        }
    }
}
