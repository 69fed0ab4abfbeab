//! Result of `create-contact`: what became of each contact.

use schemars::JsonSchema;
use serde::Serialize;

/// Result of `create-contact`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Output {
    /// How many were created
    pub created: usize,
    /// One entry per contact, in the order given
    pub contacts: Vec<ContactResult>,
    /// What else there is to know
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// How a contact ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ContactStatus {
    /// It exists now.
    Created,
    /// Its number is in another contact; it was not created.
    Duplicate,
    /// It was not created.
    Failed,
    /// It may have been created.
    Unknown,
    /// It was not tried.
    NotAttempted,
}

/// What became of one contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ContactResult {
    /// Name as given
    pub name: String,
    /// How it ended
    pub status: ContactStatus,
    /// Id of the new contact
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Contacts that have its number already
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub existing: Vec<Existing>,
    /// Why it was not created
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A contact that exists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Existing {
    /// Contact id
    pub id: String,
    /// Its name
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl Existing {
    /// A contact that exists.
    #[must_use]
    pub fn new(id: &str, name: Option<&str>) -> Self {
        Self { id: id.to_owned(), name: name.map(str::to_owned) }
    }
}

impl ContactResult {
    pub(super) fn created(name: &str, id: &str) -> Self {
        Self { id: Some(id.to_owned()), ..Self::with(name, ContactStatus::Created) }
    }

    pub(super) fn duplicate(name: &str, existing: Vec<Existing>) -> Self {
        Self { existing, ..Self::with(name, ContactStatus::Duplicate) }
    }

    pub(super) fn not_created(name: &str, status: ContactStatus, reason: &str) -> Self {
        Self { reason: Some(reason.to_owned()), ..Self::with(name, status) }
    }

    fn with(name: &str, status: ContactStatus) -> Self {
        Self { name: name.to_owned(), status, id: None, existing: Vec::new(), reason: None }
    }

    fn to_line(&self) -> String {
        let name = &self.name;
        let reason = self.reason.as_deref().unwrap_or_default();
        match self.status {
            ContactStatus::Created => {
                format!("{name}: created, id {}", self.id.as_deref().unwrap_or_default())
            }
            ContactStatus::Duplicate => {
                let existing = self.existing.iter().map(|existing| match &existing.name {
                    Some(name) => format!("\"{name}\" ({})", existing.id),
                    None => existing.id.clone(),
                });
                let existing = existing.collect::<Vec<_>>().join(", ");
                format!("{name}: duplicate, not created; the number is in {existing}")
            }
            ContactStatus::Failed => format!("{name}: failed, not created: {reason}"),
            ContactStatus::Unknown => format!("{name}: unknown, may have been created: {reason}"),
            ContactStatus::NotAttempted => format!("{name}: not_attempted: {reason}"),
        }
    }
}

impl Output {
    pub(super) fn new(contacts: Vec<ContactResult>, note: Option<String>) -> Self {
        let created = contacts.iter().filter(|contact| contact.status == ContactStatus::Created).count();
        Self { created, contacts, note }
    }

    pub(super) fn to_text(&self) -> String {
        let mut text = format!("{} of {} contact(s) created.", self.created, self.contacts.len());
        for contact in &self.contacts {
            text.push('\n');
            text.push_str(&contact.to_line());
        }
        if self.contacts.iter().any(|contact| contact.status == ContactStatus::Duplicate) {
            text.push_str(
                "\nNext: allowDuplicate=true creates duplicates all the same, if the person wants that.",
            );
        }
        if let Some(note) = &self.note {
            text.push('\n');
            text.push_str(note);
        }
        text
    }
}
