//! Result of `create-contact`: what became of each contact.

use schemars::JsonSchema;
use serde::Serialize;

use crate::error::{ToolError, ToolErrorKind};

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
    /// The sort of failure, and what it asks for.
    #[serde(skip)]
    failure: Option<(ToolErrorKind, String)>,
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

    pub(super) fn not_created(name: &str, status: ContactStatus, error: &ToolError) -> Self {
        let failure = Some((error.kind(), error.next().to_owned()));
        Self { reason: Some(error.reason()), failure, ..Self::with(name, status) }
    }

    fn with(name: &str, status: ContactStatus) -> Self {
        Self { name: name.to_owned(), status, id: None, existing: Vec::new(), reason: None, failure: None }
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

fn failures(contacts: &[ContactResult]) -> impl Iterator<Item = (ToolErrorKind, &str)> + Clone {
    contacts.iter().filter_map(|contact| contact.failure.as_ref()).map(|(kind, next)| (*kind, next.as_str()))
}

/// What the contacts that were not created ask for, where that is one thing; a refused key's step before all others.
fn next_step(contacts: &[ContactResult]) -> Option<&str> {
    let (_, first) = failures(contacts).next()?;
    let refused = failures(contacts).find(|(kind, _)| *kind == ToolErrorKind::KeyRefused);
    let common = failures(contacts).all(|(_, next)| next == first).then_some(first);
    refused.map(|(_, next)| next).or(common).filter(|next| !next.is_empty())
}

/// What to heed when a call that was not wholly done is repeated: a contact without a number is recognized by
/// nobody.
fn before_a_repeat(contacts: &[ContactResult]) -> Option<String> {
    use ContactStatus::{Created, Duplicate, Unknown};
    if contacts.iter().all(|contact| matches!(contact.status, Created | Duplicate)) {
        return None;
    }
    let paths = |status| {
        let with_status = contacts.iter().enumerate().filter(move |(_, contact)| contact.status == status);
        let paths: Vec<String> = with_status.map(|(index, _)| format!("contacts[{index}]")).collect();
        (!paths.is_empty()).then(|| paths.join(", "))
    };
    let created =
        paths(Created).map(|paths| format!("Leave out of the next call what was created: {paths}."));
    let unknown = paths(Unknown).map(|paths| {
        let which = if contacts.len() == 1 { "it".to_owned() } else { paths };
        format!(
            "A repeat finds contacts by phone number only; one without a number is best looked for in OpenPhone before a repeat of {which}."
        )
    });
    let notes: Vec<String> = created.into_iter().chain(unknown).collect();
    (!notes.is_empty()).then(|| notes.join(" "))
}

impl Output {
    pub(super) fn new(contacts: Vec<ContactResult>, note: Option<String>) -> Self {
        let created = contacts.iter().filter(|contact| contact.status == ContactStatus::Created).count();
        let next = next_step(&contacts).map(|next| format!("Next: {next}"));
        let notes: Vec<String> = next.into_iter().chain(note).chain(before_a_repeat(&contacts)).collect();
        let note = (!notes.is_empty()).then(|| notes.join(" "));
        Self { created, contacts, note }
    }

    /// What the contacts that were not created have in common; a refused key above all.
    pub(super) fn failure_kind(&self) -> Option<ToolErrorKind> {
        let mut kinds = failures(&self.contacts).map(|(kind, _)| kind);
        if kinds.clone().any(|kind| kind == ToolErrorKind::KeyRefused) {
            return Some(ToolErrorKind::KeyRefused);
        }
        let first = kinds.next()?;
        kinds.all(|kind| kind == first).then_some(first)
    }

    pub(super) fn to_text(&self) -> String {
        let mut text = format!("{} of {} contact(s) created.", self.created, self.contacts.len());
        for contact in &self.contacts {
            text.push('\n');
            text.push_str(&contact.to_line());
        }
        if self.contacts.iter().any(|contact| contact.status == ContactStatus::Duplicate) {
            text.push_str(
                "\nNext: update-contact adds to the contact that exists; allowDuplicate=true creates a duplicate all the same, if the person wants that.",
            );
        }
        if let Some(note) = &self.note {
            text.push('\n');
            text.push_str(note);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_says_what_to_leave_out_of_a_repeat() {
        let created = ContactResult::created("Ada", "66d0d87e8dc1211467372303");
        let failure = ToolError::new(ToolErrorKind::Upstream, "", "");
        let not = |status| ContactResult::not_created("Ben", status, &failure);
        let skipped = not(ContactStatus::NotAttempted);
        let unknown = not(ContactStatus::Unknown);
        let leave_out = "Leave out of the next call what was created: contacts[0], contacts[2].";
        for (contacts, expected) in [
            (vec![created.clone(), created.clone()], None),
            (vec![created.clone(), ContactResult::duplicate("Ben", Vec::new())], None),
            (vec![skipped.clone()], None),
            (vec![created.clone(), skipped.clone(), created.clone()], Some(leave_out)),
            (vec![created.clone(), not(ContactStatus::Failed), created.clone()], Some(leave_out)),
            (vec![created.clone(), unknown.clone(), created.clone()], Some(leave_out)),
            (vec![created, unknown.clone()], Some("before a repeat of contacts[1].")),
            (vec![unknown], Some("before a repeat of it.")),
        ] {
            let output = Output::new(contacts, None);
            let note = output.note.as_deref();
            assert_eq!(note.is_some(), expected.is_some(), "{note:?}");
            if let (Some(note), Some(expected)) = (note, expected) {
                assert!(note.contains(expected) && output.to_text().contains(note), "{note}");
            }
        }
    }
}
