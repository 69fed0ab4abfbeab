//! Toolsets: the groups in which tools are offered, and the filter of `/mcp/x/{toolset,...}` and `?toolsets=`.

use std::fmt;

/// One group of tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Toolset {
    /// Texts: sending and reading.
    Messaging,
    /// Calls, transcripts, voicemail.
    Calls,
    /// Contacts.
    Contacts,
    /// Notes on contacts.
    Notes,
    /// Conversations and their state.
    Conversations,
    /// Tasks.
    Tasks,
    /// Inboxes, users, and what this connection may do.
    Workspace,
}

impl Toolset {
    /// Every toolset, in the order of the catalogue.
    pub const ALL: [Self; 7] = [
        Self::Messaging,
        Self::Calls,
        Self::Contacts,
        Self::Notes,
        Self::Conversations,
        Self::Tasks,
        Self::Workspace,
    ];

    /// The name in URLs, configuration and docs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Messaging => "messaging",
            Self::Calls => "calls",
            Self::Contacts => "contacts",
            Self::Notes => "notes",
            Self::Conversations => "conversations",
            Self::Tasks => "tasks",
            Self::Workspace => "workspace",
        }
    }

    /// The name for people.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Messaging => "Messages",
            Self::Calls => "Calls",
            Self::Contacts => "Contacts",
            Self::Notes => "Notes",
            Self::Conversations => "Conversations",
            Self::Tasks => "Tasks",
            Self::Workspace => "Workspace",
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl fmt::Display for Toolset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of toolsets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Toolsets(u8);

impl Toolsets {
    /// All of them: no filter.
    pub const ALL: Self = Self(0b111_1111);

    /// Reads a comma-separated list such as `messaging,calls`.
    ///
    /// # Errors
    ///
    /// The first name that is no toolset. An unknown name is refused rather than passed over: a filter with a
    /// typing error must not quietly become another filter.
    pub fn parse(list: &str) -> Result<Self, UnknownToolset> {
        let mut set = Self(0);
        for name in list.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let toolset = Toolset::ALL
                .into_iter()
                .find(|toolset| toolset.name() == name)
                .ok_or_else(|| UnknownToolset(crate::text::clean_line(name, 40)))?;
            set.0 |= toolset.bit();
        }
        Ok(set)
    }

    /// Whether the toolset is in.
    #[must_use]
    pub const fn contains(self, toolset: Toolset) -> bool {
        self.0 & toolset.bit() != 0
    }

    /// What is in both: filters only ever narrow.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl Default for Toolsets {
    fn default() -> Self {
        Self::ALL
    }
}

impl FromIterator<Toolset> for Toolsets {
    fn from_iter<I: IntoIterator<Item = Toolset>>(toolsets: I) -> Self {
        Self(toolsets.into_iter().fold(0, |bits, toolset| bits | toolset.bit()))
    }
}

/// A name that is no toolset.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no toolset `{0}`; there are: messaging, calls, contacts, notes, conversations, tasks, workspace"
)]
pub struct UnknownToolset(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_lists_and_names_what_it_does_not_know() {
        let set = Toolsets::parse("messaging, calls").unwrap();
        assert!(set.contains(Toolset::Messaging) && set.contains(Toolset::Calls));
        assert!(!set.contains(Toolset::Contacts));
        assert_eq!(Toolset::ALL.into_iter().collect::<Toolsets>(), Toolsets::ALL);

        let error = Toolsets::parse("messaging,call").unwrap_err().to_string();
        assert!(error.contains("`call`"), "{error}");
        for toolset in Toolset::ALL {
            assert!(error.contains(toolset.name()), "{error}");
        }
    }
}
