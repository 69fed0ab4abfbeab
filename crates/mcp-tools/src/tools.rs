//! The tools, one file each, and the order in which they are listed.

/// `Debug` without contents: arguments hold numbers, names and texts.
macro_rules! silent_debug {
    ($($name:ident),+) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )+};
}

pub(crate) use silent_debug;

pub mod bulk_messages;
pub mod create_contact;
pub mod create_contact_note;
pub mod create_task;
pub mod fetch_call_transcripts;
pub mod fetch_messages;
pub mod fetch_missed_calls;
pub mod find_contact;
pub mod get_contact;
pub mod get_message;
pub mod get_profile;
pub mod list_calls;
pub mod list_contact_notes;
pub mod list_contacts;
pub mod list_conversations;
pub mod list_inboxes;
pub mod list_recent_activity;
pub mod list_tasks;
pub mod list_users;
pub mod prepare_message;
pub mod send_group_message;
pub mod send_message;
mod sending;
pub mod set_conversation_state;
pub mod update_contact;
pub mod update_contact_note;
pub mod update_task;

use crate::catalog::{Catalog, CatalogError};

pub use bulk_messages::BulkMessages;
pub use create_contact::CreateContact;
pub use create_contact_note::CreateContactNote;
pub use create_task::CreateTask;
pub use fetch_call_transcripts::FetchCallTranscripts;
pub use fetch_messages::FetchMessages;
pub use fetch_missed_calls::FetchMissedCalls;
pub use find_contact::FindContact;
pub use get_contact::GetContact;
pub use get_message::GetMessage;
pub use get_profile::GetProfile;
pub use list_calls::ListCalls;
pub use list_contact_notes::ListContactNotes;
pub use list_contacts::ListContacts;
pub use list_conversations::ListConversations;
pub use list_inboxes::ListInboxes;
pub use list_recent_activity::ListRecentActivity;
pub use list_tasks::ListTasks;
pub use list_users::ListUsers;
pub use prepare_message::PrepareMessage;
pub use send_group_message::SendGroupMessage;
pub use send_message::SendMessage;
pub use set_conversation_state::SetConversationState;
pub use update_contact::UpdateContact;
pub use update_contact_note::UpdateContactNote;
pub use update_task::UpdateTask;

/// Adds every tool of this crate.
///
/// # Errors
///
/// Never with an empty catalogue (a test builds it); a name may be taken in one that has tools.
pub fn register_all(catalog: Catalog) -> Result<Catalog, CatalogError> {
    catalog
        .with(SendMessage)?
        .with(BulkMessages)?
        .with(SendGroupMessage)?
        .with(PrepareMessage)?
        .with(FetchMessages)?
        .with(GetMessage)?
        .with(FetchCallTranscripts)?
        .with(FetchMissedCalls)?
        .with(ListCalls)?
        .with(CreateContact)?
        .with(UpdateContact)?
        .with(ListContacts)?
        .with(GetContact)?
        .with(FindContact)?
        .with(ListContactNotes)?
        .with(CreateContactNote)?
        .with(UpdateContactNote)?
        .with(ListConversations)?
        .with(SetConversationState)?
        .with(ListTasks)?
        .with(CreateTask)?
        .with(UpdateTask)?
        .with(ListInboxes)?
        .with(ListUsers)?
        .with(GetProfile)?
        .with(ListRecentActivity)
}
