//! Result of `update-contact`: what it was, and what it is now.

use schemars::JsonSchema;
use serde::Serialize;

use crate::contact::WholeContact;
use crate::reading::{SizeBudget, json_length};
use crate::text::NOTICE;

/// Result of `update-contact`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Output {
    /// Contact id
    #[schemars(description = "")]
    pub id: String,
    /// First and last name as they are now
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(description = "")]
    pub name: Option<String>,
    /// About the texts below
    #[schemars(description = "")]
    pub notice: String,
    /// Each value that is not what it was
    #[schemars(description = "")]
    pub changed: Vec<FieldChange>,
    /// Changes that found no room.
    #[serde(skip)]
    more: usize,
}

/// A value that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct FieldChange {
    /// Field
    #[schemars(description = "")]
    pub field: String,
    /// What it was; absent: nothing
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(description = "")]
    pub from: Option<String>,
    /// What it is; absent: nothing
    #[serde(skip_serializing_if = "Option::is_none", rename = "now")]
    #[schemars(description = "")]
    pub to: Option<String>,
}

impl FieldChange {
    /// A change.
    #[must_use]
    pub fn new(field: &str, from: Option<&str>, to: Option<&str>) -> Self {
        Self { field: field.to_owned(), from: from.map(str::to_owned), to: to.map(str::to_owned) }
    }

    /// What it takes in the result, text and structured together.
    fn bytes(&self) -> usize {
        let json = json_length(self);
        json.saturating_add(self.to_line().len() + 2)
    }

    fn to_line(&self) -> String {
        // Numbers and addresses bring their quotation marks.
        let is_item = matches!(self.field.as_str(), "phoneNumbers" | "emails");
        let shown = |value: &Option<String>| match value {
            None => "nothing".to_owned(),
            Some(value) if is_item => value.clone(),
            Some(value) => format!("\"{value}\""),
        };
        format!("{}: was {}, is {}", self.field, shown(&self.from), shown(&self.to))
    }
}

impl Output {
    pub(super) fn new(before: &WholeContact, after: &WholeContact) -> Self {
        let (mut gone, mut come) = (values(before), values(after));
        gone.retain(|value| {
            let place = come.iter().position(|other| other == value);
            place.map(|place| come.remove(place)).is_none()
        });
        let mut changed = Vec::new();
        for (field, from) in gone {
            let place = come.iter().position(|(other, _)| *other == field);
            let to = place.map(|place| come.remove(place).1);
            changed.push(FieldChange { field, from: Some(from), to });
        }
        changed.extend(come.into_iter().map(|(field, to)| FieldChange { field, from: None, to: Some(to) }));
        let mut size = SizeBudget::new();
        let all = changed.len();
        let kept = changed.iter().take_while(|change| size.take(change.bytes())).count();
        changed.truncate(kept);
        let mut output = Self::with(&after.item.id, after.item.name.as_deref(), changed);
        output.more = all - kept;
        if let Some(line) = output.more_line() {
            output.notice.push(' ');
            output.notice.push_str(&line);
        }
        output
    }

    pub(super) fn with(id: &str, name: Option<&str>, changed: Vec<FieldChange>) -> Self {
        let name = name.map(str::to_owned);
        Self { id: id.to_owned(), name, notice: NOTICE.to_owned(), changed, more: 0 }
    }

    fn more_line(&self) -> Option<String> {
        (self.more > 0).then(|| format!("And {} more, left out for their length.", self.more))
    }

    pub(super) fn to_text(&self) -> String {
        let mut text = match self.changed.len() + self.more {
            0 => "Saved; nothing is different from before.".to_owned(),
            count => format!("Saved; {count} value(s) changed. {NOTICE}"),
        };
        text.push_str(&format!("\n[{}] \"{}\"", self.id, self.name.as_deref().unwrap_or("(no name)")));
        for change in &self.changed {
            text.push('\n');
            text.push_str(&change.to_line());
        }
        if let Some(line) = self.more_line() {
            text.push('\n');
            text.push_str(&line);
        }
        text
    }
}

/// Every value of a contact with the field that it is in.
fn values(contact: &WholeContact) -> Vec<(String, String)> {
    let item = &contact.item;
    let mut values = Vec::new();
    for (field, value) in [
        ("firstName", &contact.first_name),
        ("lastName", &contact.last_name),
        ("company", &item.company),
        ("role", &item.role),
    ] {
        values.extend(value.iter().map(|value| (field.to_owned(), value.clone())));
    }
    for (field, items) in [("phoneNumbers", &item.phone_numbers), ("emails", &item.emails)] {
        values.extend(items.iter().map(|item| (field.to_owned(), item.to_phrase())));
    }
    for field in &contact.custom_fields {
        let value = field.value.iter().chain(&field.values).cloned().collect::<Vec<_>>().join(", ");
        values.push((format!("\"{}\"", field.name), value));
    }
    values
}
