//! Result of `list-inboxes`, as data and as text.

use openphone_client::E164;
use openphone_client::phone_numbers::{PhoneNumber, RegionRestrictions, Restriction};
use schemars::JsonSchema;
use serde::Serialize;

use crate::inbox::InboxLabel;
use crate::reading::{Coverage, json_length};

/// Result of `list-inboxes`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Output {
    /// Within reach, by id
    pub inboxes: Vec<InboxItem>,
    /// How many more there are, out of this connection's reach
    #[serde(skip_serializing_if = "is_zero")]
    #[schemars(default)]
    pub out_of_reach: usize,
    /// Whether that is everything within reach
    pub coverage: Coverage,
}

/// One inbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct InboxItem {
    /// `PN…`
    pub id: String,
    /// Its number
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Its name
    pub name: String,
    /// Who shares it; absent when unknown
    #[serde(skip_serializing_if = "Option::is_none")]
    pub users: Option<Vec<InboxUser>>,
    /// What it may not do
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub restrictions: Vec<String>,
}

/// Somebody who shares an inbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct InboxUser {
    /// `US…`
    pub id: String,
    /// Name
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's form")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl InboxUser {
    pub(super) fn new(id: &str, name: Option<&str>) -> Self {
        Self { id: id.to_owned(), name: name.map(str::to_owned) }
    }
}

impl InboxItem {
    pub(super) fn new(id: &str, number: Option<&str>, name: &str) -> Self {
        let InboxLabel { id, number, name } = InboxLabel::new(id, number, name);
        Self { id, number, name, users: None, restrictions: Vec::new() }
    }

    pub(super) fn of(number: &PhoneNumber) -> Self {
        let name = crate::text::clean_name(&number.name).unwrap_or_else(|| "(no name)".to_owned());
        let e164 = number.phone_number.e164();
        Self {
            restrictions: number
                .restrictions
                .as_ref()
                .map(|all| in_words(&all.messaging, &all.calling))
                .unwrap_or_default(),
            ..Self::new(number.id.as_str(), e164.as_ref().map(E164::as_str), &name)
        }
    }

    pub(super) fn with_users(self, users: Vec<InboxUser>) -> Self {
        Self { users: Some(users), ..self }
    }

    pub(super) fn with_restrictions(self, restrictions: Vec<String>) -> Self {
        Self { restrictions, ..self }
    }

    /// What the item costs in a result, as data and as text.
    pub(super) fn bytes(&self) -> usize {
        json_length(self).saturating_add(self.to_line().len() + 2)
    }

    fn to_line(&self) -> String {
        let mut line = InboxLabel::new(&self.id, self.number.as_deref(), &self.name).to_line();
        if let Some(users) = &self.users {
            let users = users.iter().map(|InboxUser { id, name }| match name {
                Some(name) => format!("\"{name}\" ({id})"),
                None => id.clone(),
            });
            let users = users.collect::<Vec<_>>().join(", ");
            line.push_str(&format!("; shared by {}", if users.is_empty() { "nobody" } else { &users }));
        }
        for restriction in &self.restrictions {
            line.push_str(&format!("; {restriction}"));
        }
        line
    }
}

/// What is not allowed, in words. A state that is not known is none that could be promised.
fn in_words(messaging: &RegionRestrictions, calling: &RegionRestrictions) -> Vec<String> {
    let closed = |restriction: &Restriction| *restriction != Restriction::Unrestricted;
    [
        (closed(&messaging.us), "no texts to the US before the carrier registration (A2P 10DLC) is approved"),
        (closed(&messaging.ca), "no texts to Canada"),
        (closed(&messaging.international), "no texts abroad"),
        (closed(&calling.us), "no calls to the US"),
        (closed(&calling.ca), "no calls to Canada"),
        (closed(&calling.international), "no calls abroad"),
    ]
    .into_iter()
    .filter(|(closed, _)| *closed)
    .map(|(_, words)| words.to_owned())
    .collect()
}

impl Output {
    pub(super) fn new(inboxes: Vec<InboxItem>, out_of_reach: usize, coverage: Coverage) -> Self {
        Self { inboxes, out_of_reach, coverage }
    }

    pub(super) fn to_text(&self) -> String {
        let mut text = format!("{} inbox(es) within reach.", self.inboxes.len());
        for inbox in &self.inboxes {
            text.push('\n');
            text.push_str(&inbox.to_line());
        }
        if self.out_of_reach > 0 {
            text.push_str(&format!(
                "\n{} more inbox(es) of the workspace are out of this connection's reach.",
                self.out_of_reach
            ));
        }
        text.push('\n');
        text.push_str(&self.coverage.to_line());
        text
    }
}
