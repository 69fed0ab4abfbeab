//! Notes on the contacts, and who sees which contact.

use jiff::Timestamp;

use super::script::{Audience, NoteScript};
use super::stage::Stage;
use crate::workspace::Share;

impl Stage<'_> {
    pub(super) fn add_notes(&mut self) {
        for NoteScript { contact, at, by, text } in self.cast.business.notes {
            let text = self.fill(text, Some(*contact), Some(*by));
            let (author, at) = (self.user(*by), self.moment(*at, 0));
            let Some(id) = self.workspace.contacts.kept().get(*contact).map(|contact| contact.id.clone())
            else {
                continue;
            };
            if let Err(refusal) = self.workspace.add_note(&id, text, author, at) {
                tracing::error!(contact, ?refusal, "seeded note left out");
            }
        }
    }

    /// Who sees the contact with this index: everybody, when the table does not name it.
    pub(super) fn shares(&mut self, contact: usize, at: Timestamp) -> Vec<Share> {
        let named = self.cast.business.shares.iter().filter(|(known, _)| *known == contact);
        let mut audiences: Vec<String> = named.filter_map(|(_, audience)| self.audience(*audience)).collect();
        if audiences.is_empty() {
            audiences.push(self.workspace.organization.id.clone());
        }
        audiences.into_iter().map(|with| Share { with, created: self.workspace.position(at) }).collect()
    }

    fn audience(&self, audience: Audience) -> Option<String> {
        match audience {
            Audience::Teammate(teammate) => Some(self.user(teammate)),
            Audience::Inbox(inbox) => self.workspace.inboxes.get(inbox).map(|inbox| inbox.group_id.clone()),
        }
    }
}
