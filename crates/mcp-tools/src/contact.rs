//! A contact as results show it: the lean form of lists, and the whole.
//!
//! Contacts belong to the workspace and to no inbox, so a limit on inboxes does not leave any out.

pub(crate) mod custom_fields;
pub(crate) mod note;

use jiff::tz::TimeZone;
use openphone_client::contacts::{Contact, CustomField, CustomFieldValue};
use openphone_client::{ContactId, E164};
use schemars::JsonSchema;
use serde::Serialize;

use crate::error::ToolError;
use crate::people::{self, Entry, Labelled, People};
use crate::reading::{SizeBudget, json_length};
use crate::text;

/// What numbers and addresses are called before each, and all together.
const KINDS: [(&str, &str); 2] = [("phone", "phone number"), ("email", "email")];
/// Longest value of a custom field that is shown, in characters.
const MAX_VALUE: usize = 1_000;

/// Longest label, and longest number or address, of a whole contact, in characters.
const MAX_LABEL: usize = 200;
const MAX_ITEM: usize = 254;

/// A phone number or email address with its label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct LabelledValue {
    /// Label
    #[schemars(description = "")]
    pub name: String,
    /// Number or address
    #[schemars(description = "")]
    pub value: String,
}

/// A contact in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ContactItem {
    /// Contact id
    #[schemars(description = "")]
    pub id: String,
    /// First and last name
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(description = "")]
    pub name: Option<String>,
    /// Company
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(description = "")]
    pub company: Option<String>,
    /// Role
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(description = "")]
    pub role: Option<String>,
    /// Numbers as they were written
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default, description = "")]
    pub phone_numbers: Vec<LabelledValue>,
    /// Email addresses
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default, description = "")]
    pub emails: Vec<LabelledValue>,
    /// Numbers, and addresses, that it has beyond those.
    #[serde(skip)]
    more: [usize; 2],
}

/// A custom field of a contact. All values are text, but for the choices of a multi-select.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct CustomFieldItem {
    /// Field
    #[schemars(description = "")]
    pub name: String,
    /// Value
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(description = "")]
    pub value: Option<String>,
    /// Choices
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default, description = "")]
    pub values: Vec<String>,
}

/// All of a contact but its notes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct WholeContact {
    /// Id, names, numbers and addresses
    #[serde(flatten)]
    pub item: ContactItem,
    /// First name alone
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(description = "")]
    pub first_name: Option<String>,
    /// Last name alone
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(description = "")]
    pub last_name: Option<String>,
    /// Custom fields that have a value
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default, description = "")]
    pub custom_fields: Vec<CustomFieldItem>,
    /// System it came from
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(description = "")]
    pub source: Option<String>,
    /// Where it is in that system
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(description = "")]
    pub source_url: Option<String>,
    /// Id in that system
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(description = "")]
    pub external_id: Option<String>,
    /// RFC 3339
    #[schemars(description = "")]
    pub created_at: String,
    /// Teammate who created it
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(description = "")]
    pub created_by: Option<String>,
    /// RFC 3339
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(description = "")]
    pub updated_at: Option<String>,
}

impl LabelledValue {
    /// A number or address.
    #[must_use]
    pub fn new(name: &str, value: &str) -> Self {
        Self { name: name.to_owned(), value: value.to_owned() }
    }

    fn of(item: Labelled<'_>) -> Self {
        Self::new(item.label, item.value)
    }

    /// What it takes in a result, text and structured together, with what stands between it and the next.
    fn bytes(&self) -> usize {
        let json = json_length(self);
        json.saturating_add(self.to_phrase().len() + 10)
    }

    /// `"mobile" +14155550101`. What is neither a number nor an address stands in quotation marks.
    pub(crate) fn to_phrase(&self) -> String {
        let plain = E164::parse(&self.value).is_ok() || is_plain_address(&self.value);
        let value = if plain { self.value.clone() } else { format!("\"{}\"", self.value) };
        if self.name.is_empty() { value } else { format!("\"{}\" {value}", self.name) }
    }
}

impl ContactItem {
    /// A contact without numbers and addresses.
    #[must_use]
    pub fn new(id: &str, name: Option<&str>) -> Self {
        let name = name.map(str::to_owned);
        Self {
            id: id.to_owned(),
            name,
            company: None,
            role: None,
            phone_numbers: Vec::new(),
            emails: Vec::new(),
            more: [0; 2],
        }
    }

    /// Adds a number.
    #[must_use]
    pub fn with_number(mut self, label: &str, number: &str) -> Self {
        self.phone_numbers.push(LabelledValue::new(label, number));
        self
    }

    /// Sets company and role.
    #[must_use]
    pub fn at(self, company: Option<&str>, role: Option<&str>) -> Self {
        Self { company: company.map(str::to_owned), role: role.map(str::to_owned), ..self }
    }

    pub(crate) fn of(entry: &Entry) -> Self {
        Self {
            id: entry.id().to_string(),
            name: entry.name().map(str::to_owned),
            company: entry.company().map(str::to_owned),
            role: entry.role().map(str::to_owned),
            phone_numbers: entry.numbers().map(LabelledValue::of).collect(),
            emails: entry.emails().map(LabelledValue::of).collect(),
            more: entry.more().map(|more| usize::try_from(more).unwrap_or(usize::MAX)),
        }
    }

    /// All numbers and addresses, however many.
    fn whole(contact: &Contact) -> Self {
        let all = |items| {
            let items = people::cleaned(items, MAX_LABEL, MAX_ITEM);
            items.map(|(name, value)| LabelledValue { name, value }).collect()
        };
        let fields = &contact.default_fields;
        let (phone_numbers, emails) = (all(&fields.phone_numbers), all(&fields.emails));
        Self { phone_numbers, emails, more: [0; 2], ..Self::of(&Entry::of(contact)) }
    }

    /// Leaves out the numbers and addresses that no result has room for.
    fn cut(&mut self) {
        let mut size = SizeBudget::new();
        let lists = [&mut self.phone_numbers, &mut self.emails];
        for (items, more) in lists.into_iter().zip(&mut self.more) {
            let kept = items.iter().take_while(|item| size.take(item.bytes())).count();
            *more += items.len() - kept;
            items.truncate(kept);
        }
    }

    /// `3 phone number(s)`: what it has beyond those that are shown.
    pub(crate) fn left_out(&self) -> Option<String> {
        let kinds = self.more.iter().zip(KINDS).filter(|(more, _)| **more > 0);
        let left_out: Vec<String> = kinds.map(|(more, (_, kind))| format!("{more} {kind}(s)")).collect();
        (!left_out.is_empty()).then(|| left_out.join(", "))
    }

    /// Of which contacts a list does not show all, for its coverage.
    pub(crate) fn gap<'c>(contacts: impl Iterator<Item = &'c Self>) -> Option<String> {
        let cut = contacts.filter(|contact| contact.more != [0; 2]).count();
        (cut > 0).then(|| format!("{cut} contact(s) have more numbers or emails; get-contact reads them"))
    }

    /// One line.
    pub(crate) fn to_line(&self) -> String {
        let mut line = format!("[{}] \"{}\"", self.id, self.name.as_deref().unwrap_or("(no name)"));
        for part in [&self.role, &self.company].into_iter().flatten() {
            line.push_str(&format!(", \"{part}\""));
        }
        let lists = [&self.phone_numbers, &self.emails];
        for ((items, more), (mark, kind)) in lists.into_iter().zip(self.more).zip(KINDS) {
            for item in items {
                line.push_str(&format!("; {mark} {}", item.to_phrase()));
            }
            if more > 0 {
                line.push_str(&format!("; and {more} more {kind}(s)"));
            }
        }
        line
    }
}

impl CustomFieldItem {
    /// A field with one value.
    #[must_use]
    pub fn new(name: &str, value: &str) -> Self {
        Self { name: name.to_owned(), value: Some(value.to_owned()), values: Vec::new() }
    }

    pub(crate) fn of(field: &CustomField) -> Option<Self> {
        let line = |text: &str| text::clean_line(text, MAX_VALUE).replace('"', "'");
        let name = text::clean_name(&field.name).or_else(|| text::clean_name(field.key.as_deref()?))?;
        let value = match &**field.value.as_ref()? {
            CustomFieldValue::Text(text) => line(text),
            CustomFieldValue::Flag(flag) => flag.to_string(),
            CustomFieldValue::Number(number) => {
                let number = number.to_string();
                number.strip_suffix(".0").unwrap_or(&number).to_owned()
            }
            CustomFieldValue::Choices(choices) => {
                let values = choices.iter().map(|choice| line(choice)).collect();
                return Some(Self { name, value: None, values });
            }
            other => line(&serde_json::to_string(other).unwrap_or_default()),
        };
        Some(Self { name, value: Some(value), values: Vec::new() })
    }

    pub(crate) fn to_phrase(&self) -> String {
        let values = self.value.iter().chain(&self.values).map(|value| format!("\"{value}\""));
        format!("\"{}\": {}", self.name, values.collect::<Vec<_>>().join(", "))
    }
}

impl WholeContact {
    /// A contact for worked examples.
    pub(crate) fn example(item: ContactItem, updated_at: &str) -> Self {
        Self {
            item,
            first_name: None,
            last_name: None,
            custom_fields: Vec::new(),
            source: Some("public-api".to_owned()),
            source_url: None,
            external_id: None,
            created_at: "2026-09-01T09:15:00-07:00".to_owned(),
            created_by: Some("Dana Whitfield".to_owned()),
            updated_at: Some(updated_at.to_owned()),
        }
    }

    /// As [`WholeContact::of`], with as many numbers and addresses as a result has room for.
    pub(crate) fn shown(contact: &Contact, people: &People, zone: &TimeZone) -> Self {
        let mut whole = Self::of(contact, people, zone);
        whole.item.cut();
        whole
    }

    /// With all numbers and addresses, however many.
    pub(crate) fn of(contact: &Contact, people: &People, zone: &TimeZone) -> Self {
        let line = |text: &str| text::clean_line(text, 254).replace('"', "'");
        let by = contact.created_by_user_id.as_ref().and_then(|actor| people.of_actor(actor));
        Self {
            item: ContactItem::whole(contact),
            first_name: contact.default_fields.first_name.as_ref().and_then(|name| text::clean_name(name)),
            last_name: contact.default_fields.last_name.as_ref().and_then(|name| text::clean_name(name)),
            custom_fields: contact.custom_fields.iter().filter_map(CustomFieldItem::of).collect(),
            source: contact.source.as_deref().map(line),
            source_url: contact.source_url.as_ref().map(|url| line(url)),
            external_id: contact.external_id.as_ref().map(|id| line(id)),
            created_at: crate::time::rfc3339(contact.created_at, zone),
            created_by: by.map(str::to_owned),
            updated_at: contact.updated_at.map(|moment| crate::time::rfc3339(moment, zone)),
        }
    }

    pub(crate) fn to_text(&self) -> String {
        let mut text = self.item.to_line();
        for (what, part) in [("firstName", &self.first_name), ("lastName", &self.last_name)] {
            if let Some(part) = part {
                text.push_str(&format!("\n{what} \"{part}\""));
            }
        }
        for field in &self.custom_fields {
            text.push_str(&format!("\ncustom field {}", field.to_phrase()));
        }
        for (what, part) in
            [("source", &self.source), ("sourceUrl", &self.source_url), ("externalId", &self.external_id)]
        {
            if let Some(part) = part {
                text.push_str(&format!("\n{what} \"{part}\""));
            }
        }
        let by = self.created_by.as_ref().map(|name| format!(" by \"{name}\"")).unwrap_or_default();
        text.push_str(&format!("\ncreated {}{by}", self.created_at));
        if let Some(updated) = &self.updated_at {
            text.push_str(&format!(", changed {updated}"));
        }
        text
    }
}

/// Reads the id that an argument gives.
pub(crate) fn parse_id(written: &str) -> Result<ContactId, ToolError> {
    ContactId::parse(written.trim()).map_err(|_| {
        ToolError::argument("contactId", "is no contact id; it stands in brackets in results of find-contact")
    })
}

/// An address in which nothing can pose as something else.
fn is_plain_address(text: &str) -> bool {
    is_address(text) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"@._+-".contains(&byte))
}

/// One `@` with something on both sides, a dot in the domain, no white space: enough to catch slips.
pub(crate) fn is_address(text: &str) -> bool {
    /// Longest email address (RFC 5321 section 4.5.3.1.3, without its brackets).
    const MAX_EMAIL: usize = 254;
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let plain = text.len() <= MAX_EMAIL && !text.contains(|c: char| c.is_whitespace() || c.is_control());
    plain
        && !local.is_empty()
        && !local.contains('@')
        && domain.split('.').filter(|label| !label.is_empty()).count() > 1
        && !domain.starts_with('.')
        && !domain.ends_with('.')
}
