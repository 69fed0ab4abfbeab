//! What there was too much of, when a request is refused for that.

use crate::edge::refused::Refused;

/// Why something was refused for there being too much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LimitScope {
    /// One address asks too much.
    Address,
    /// One connection does.
    Grant,
    /// One API key does.
    Key,
    /// One workspace does.
    Workspace,
    /// All together do.
    Global,
    /// The server is busy, and what was asked for can wait.
    Shed,
    /// There are too many connections.
    Connections,
    /// A quota of texts or of another tool.
    Tool,
    /// OpenPhone's own limit.
    Upstream,
}

impl LimitScope {
    pub(super) const ALL: [Self; 9] = [
        Self::Address,
        Self::Grant,
        Self::Key,
        Self::Workspace,
        Self::Global,
        Self::Shed,
        Self::Connections,
        Self::Tool,
        Self::Upstream,
    ];

    /// Its name, for labels and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Grant => "grant",
            Self::Key => "key",
            Self::Workspace => "workspace",
            Self::Global => "global",
            Self::Shed => "shed",
            Self::Connections => "connections",
            Self::Tool => "tool",
            Self::Upstream => "upstream",
        }
    }
}

impl From<Refused> for LimitScope {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Address => Self::Address,
            Refused::Grant => Self::Grant,
            Refused::Key => Self::Key,
            Refused::Workspace => Self::Workspace,
            Refused::Global => Self::Global,
            Refused::Overload(_) => Self::Shed,
            Refused::Connections => Self::Connections,
        }
    }
}
