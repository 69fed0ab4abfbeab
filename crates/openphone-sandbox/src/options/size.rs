//! How large the large workspace is.

use crate::workspace::archive::Directory;

/// How many inboxes, contacts and messages the large workspace has, and in proportion users and calls. Each is
/// computed when it is read, so that a size costs next to no memory.
///
/// ```
/// use openphone_sandbox::{SandboxOptions, WorkspaceSize};
///
/// let size = WorkspaceSize::new(7, 300, 3_000)?;
/// assert_eq!((size.users(), size.calls()), (3, 300));
/// let options = SandboxOptions::default().large_workspace(size);
/// # Ok::<(), openphone_sandbox::InvalidSize>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkspaceSize {
    inboxes: u32,
    contacts: u32,
    messages: u32,
}

/// Numbers that make no workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidSize {
    /// There is no inbox.
    #[error("a workspace has at least one inbox")]
    NoInbox,
    /// Some inbox would have nobody to talk with.
    #[error("a workspace has at least as many contacts as inboxes")]
    TooFewContacts,
    /// Every contact and every inbox has a number of its own, and the fictional ones are not so many.
    #[error("there are fictional phone numbers for {0} contacts and inboxes")]
    TooFewNumbers(u64),
    /// They would be more than milliseconds to hold them apart.
    #[error("a workspace has at most {0} messages")]
    TooManyMessages(u32),
}

const MOST_MESSAGES: u32 = 100_000_000;

impl WorkspaceSize {
    /// So many inboxes, contacts and messages; three users for ten inboxes, and a call for ten messages.
    ///
    /// # Errors
    ///
    /// When the numbers do not go together; see [`InvalidSize`].
    pub fn new(inboxes: u32, contacts: u32, messages: u32) -> Result<Self, InvalidSize> {
        let numbers = Directory::capacity();
        if inboxes == 0 {
            Err(InvalidSize::NoInbox)
        } else if contacts < inboxes {
            Err(InvalidSize::TooFewContacts)
        } else if u64::from(contacts) + u64::from(inboxes) > numbers {
            Err(InvalidSize::TooFewNumbers(numbers))
        } else if messages > MOST_MESSAGES {
            Err(InvalidSize::TooManyMessages(MOST_MESSAGES))
        } else {
            Ok(Self { inboxes, contacts, messages })
        }
    }

    /// Phone numbers of the workspace.
    #[must_use]
    pub fn inboxes(self) -> u32 {
        self.inboxes
    }

    /// Contacts, each with a phone number.
    #[must_use]
    pub fn contacts(self) -> u32 {
        self.contacts
    }

    /// Messages of three years.
    #[must_use]
    pub fn messages(self) -> u32 {
        self.messages
    }

    /// Calls of three years.
    #[must_use]
    pub fn calls(self) -> u32 {
        self.messages.div_ceil(10)
    }

    /// Users, who share the inboxes.
    #[must_use]
    pub fn users(self) -> u32 {
        (self.inboxes * 3).div_ceil(10)
    }
}

impl Default for WorkspaceSize {
    /// 200 inboxes, 50,000 contacts and 500,000 messages; so 60 users and 50,000 calls.
    fn default() -> Self {
        Self { inboxes: 200, contacts: 50_000, messages: 500_000 }
    }
}

#[cfg(test)]
mod tests {
    use super::{InvalidSize, WorkspaceSize};

    #[test]
    fn numbers_must_go_together() {
        let default = WorkspaceSize::default();
        assert_eq!(WorkspaceSize::new(200, 50_000, 500_000), Ok(default));
        assert_eq!((default.users(), default.calls()), (60, 50_000));
        assert!(WorkspaceSize::new(1, 1, 0).is_ok());
        assert_eq!(WorkspaceSize::new(0, 5, 5), Err(InvalidSize::NoInbox));
        assert_eq!(WorkspaceSize::new(6, 5, 5), Err(InvalidSize::TooFewContacts));
        assert!(matches!(WorkspaceSize::new(200, 60_000, 5), Err(InvalidSize::TooFewNumbers(50_200..))));
        assert!(matches!(WorkspaceSize::new(1, 1, u32::MAX), Err(InvalidSize::TooManyMessages(_))));
    }
}
