//! Changing a contact without losing anything.
//!
//! v1's update replaces: a list that is left out of the request is deleted, and what becomes of a name that is
//! left out is documented nowhere. So a contact is read, changed here by a pure function, and written
//! back whole.

use serde::de::{Error as _, IgnoredAny};
use serde::{Deserialize, Deserializer, Serialize};

use super::types::{Contact, ContactItem, CustomFieldValue};
use crate::phone::E164;
use crate::redacted::Redacted;

/// What is to become of a contact. What is not named stays as it is.
///
/// A setter that takes an `Option` clears the field with `None`.
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use]
pub struct ContactUpdate {
    first_name: Option<Option<Redacted<String>>>,
    last_name: Option<Option<Redacted<String>>>,
    company: Option<Option<Redacted<String>>>,
    role: Option<Option<Redacted<String>>>,
    external_id: Option<Option<Redacted<String>>>,
    source: Option<Option<String>>,
    source_url: Option<Option<Redacted<String>>>,
    phone_numbers: Vec<ItemChange>,
    emails: Vec<ItemChange>,
    custom_fields: Vec<(String, Option<Redacted<CustomFieldValue>>)>,
}

/// A change of one list, applied in the order in which they were asked for.
#[derive(Clone, Debug, PartialEq)]
enum ItemChange {
    /// Adds it, or renames the one with the same value.
    Put { name: String, value: Redacted<String> },
    /// Takes out every item with this value.
    Remove(Redacted<String>),
    /// These instead of all.
    Replace(Vec<ContactItem>),
}

impl ContactUpdate {
    /// No change yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets or clears the first name.
    pub fn first_name(mut self, name: impl Into<Option<String>>) -> Self {
        self.first_name = Some(name.into().map(Redacted::new));
        self
    }

    /// Sets or clears the last name.
    pub fn last_name(mut self, name: impl Into<Option<String>>) -> Self {
        self.last_name = Some(name.into().map(Redacted::new));
        self
    }

    /// Sets or clears the company.
    pub fn company(mut self, company: impl Into<Option<String>>) -> Self {
        self.company = Some(company.into().map(Redacted::new));
        self
    }

    /// Sets or clears the role in the company.
    pub fn role(mut self, role: impl Into<Option<String>>) -> Self {
        self.role = Some(role.into().map(Redacted::new));
        self
    }

    /// Sets or clears the id in the system it came from: 1 to 75 characters, unique in the workspace.
    pub fn external_id(mut self, id: impl Into<Option<String>>) -> Self {
        self.external_id = Some(id.into().map(Redacted::new));
        self
    }

    /// Sets or clears the system it came from: 1 to 75 characters, none of the API's reserved words.
    pub fn source(mut self, source: impl Into<Option<String>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Sets or clears where it is in that system: an address of 1 to 200 characters.
    pub fn source_url(mut self, url: impl Into<Option<String>>) -> Self {
        self.source_url = Some(url.into().map(Redacted::new));
        self
    }

    /// Adds a phone number with its label, such as `mobile`. One that is there already gets the label.
    pub fn add_phone_number(mut self, label: impl Into<String>, number: &E164) -> Self {
        let value = Redacted::new(number.as_str().to_owned());
        self.phone_numbers.push(ItemChange::Put { name: label.into(), value });
        self
    }

    /// Gives a label to a phone number of the contact, written as the contact has it. If it is not there any more, it
    /// is added so.
    pub fn label_phone_number(mut self, label: impl Into<String>, number: impl Into<String>) -> Self {
        let value = Redacted::new(number.into());
        self.phone_numbers.push(ItemChange::Put { name: label.into(), value });
        self
    }

    /// Takes out a phone number: the same digits, whatever stands between them.
    pub fn remove_phone_number(mut self, number: impl Into<String>) -> Self {
        self.phone_numbers.push(ItemChange::Remove(Redacted::new(number.into())));
        self
    }

    /// Puts these in place of all phone numbers. Items of the contact keep their identity by their `id`.
    pub fn replace_phone_numbers(mut self, items: impl IntoIterator<Item = ContactItem>) -> Self {
        self.phone_numbers.push(ItemChange::Replace(items.into_iter().collect()));
        self
    }

    /// Adds an email address with its label, such as `work`. One that is there already gets the label.
    pub fn add_email(mut self, label: impl Into<String>, address: impl Into<String>) -> Self {
        let value = Redacted::new(address.into());
        self.emails.push(ItemChange::Put { name: label.into(), value });
        self
    }

    /// Takes out an email address; case does not matter.
    pub fn remove_email(mut self, address: impl Into<String>) -> Self {
        self.emails.push(ItemChange::Remove(Redacted::new(address.into())));
        self
    }

    /// Puts these in place of all email addresses. Items of the contact keep their identity by their `id`.
    pub fn replace_emails(mut self, items: impl IntoIterator<Item = ContactItem>) -> Self {
        self.emails.push(ItemChange::Replace(items.into_iter().collect()));
        self
    }

    /// Sets or clears the value of a custom field, by the field's key.
    pub fn custom_field(
        mut self,
        key: impl Into<String>,
        value: impl Into<Option<CustomFieldValue>>,
    ) -> Self {
        self.custom_fields.push((key.into(), value.into().map(Redacted::new)));
        self
    }

    /// Whether it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A contact that was read whole. What is written back in place of what was not there, or could not be read, would
/// be lost, so such an answer is refused: lists and names are all there, texts or `null`.
pub(crate) struct WholeRead(pub(super) Contact);

impl<'de> Deserialize<'de> for WholeRead {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        #[expect(dead_code, reason = "that they can be read is all that is asked")]
        struct Strict {
            default_fields: StrictFields,
            #[serde(deserialize_with = "present")]
            custom_fields: Option<Vec<IgnoredAny>>,
            external_id: Option<String>,
            source: Option<String>,
            source_url: Option<String>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        #[expect(dead_code, reason = "that they can be read is all that is asked")]
        struct StrictFields {
            #[serde(deserialize_with = "present")]
            first_name: Option<String>,
            #[serde(deserialize_with = "present")]
            last_name: Option<String>,
            #[serde(deserialize_with = "present")]
            company: Option<String>,
            #[serde(deserialize_with = "present")]
            role: Option<String>,
            #[serde(deserialize_with = "present")]
            emails: Option<Vec<StrictItem>>,
            #[serde(deserialize_with = "present")]
            phone_numbers: Option<Vec<StrictItem>>,
        }
        #[derive(Deserialize)]
        #[expect(dead_code, reason = "that they can be read is all that is asked")]
        struct StrictItem {
            name: Option<String>,
            value: Option<String>,
            id: Option<String>,
        }
        /// Without a default, so that a member that is absent is an error, and `null` is none.
        fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
            deserializer: D,
        ) -> Result<Option<T>, D::Error> {
            Option::deserialize(deserializer)
        }
        let value = serde_json::Value::deserialize(deserializer)?;
        Strict::deserialize(&value).map_err(D::Error::custom)?;
        Contact::deserialize(value).map(Self).map_err(D::Error::custom)
    }
}

/// `PATCH /v1/contacts/{id}` with everything that the contact shall have.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WholeContact {
    default_fields: WholeFields,
    custom_fields: Vec<WholeCustomField>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<Option<Redacted<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_url: Option<Option<Redacted<String>>>,
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct WholeFields {
    first_name: Option<Redacted<String>>,
    last_name: Option<Redacted<String>>,
    company: Option<Redacted<String>>,
    role: Option<Redacted<String>>,
    emails: Vec<ContactItem>,
    phone_numbers: Vec<ContactItem>,
}

#[derive(Debug, PartialEq, Serialize)]
struct WholeCustomField {
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    value: Redacted<CustomFieldValue>,
}

/// The contact with the changes. Where it came from is written back too, unless it came from nowhere.
pub(super) fn merge(contact: Contact, update: &ContactUpdate) -> WholeContact {
    let fields = contact.default_fields;
    let kept = |value: Option<Redacted<String>>| value.map(Some);
    WholeContact {
        default_fields: WholeFields {
            first_name: update.first_name.clone().unwrap_or(fields.first_name),
            last_name: update.last_name.clone().unwrap_or(fields.last_name),
            company: update.company.clone().unwrap_or(fields.company),
            role: update.role.clone().unwrap_or(fields.role),
            emails: changed(fields.emails, &update.emails, str::eq_ignore_ascii_case),
            phone_numbers: changed(fields.phone_numbers, &update.phone_numbers, same_number),
        },
        custom_fields: changed_custom(contact.custom_fields, &update.custom_fields),
        external_id: update.external_id.clone().or(kept(contact.external_id)),
        source: update.source.clone().or(contact.source.filter(|source| !is_reserved(source)).map(Some)),
        source_url: update.source_url.clone().or(kept(contact.source_url)),
    }
}

/// Whether the API gives this source to contacts of its own making, and takes it from nobody.
fn is_reserved(source: &str) -> bool {
    matches!(source, "device" | "zapier" | "google-people" | "other")
        || source.starts_with("openphone")
        || source.starts_with("csv")
}

fn changed(
    mut items: Vec<ContactItem>,
    changes: &[ItemChange],
    same: fn(&str, &str) -> bool,
) -> Vec<ContactItem> {
    // An item without a value would be removed by the API; it holds nothing.
    items.retain(|item| item.value.is_some());
    let is = |item: &ContactItem, value: &str| item.value.as_ref().is_some_and(|known| same(known, value));
    for change in changes {
        match change {
            ItemChange::Put { name, value } => match items.iter_mut().find(|item| is(item, value)) {
                Some(item) => item.name.clone_from(name),
                None => items.push(ContactItem::new(name.clone(), value.as_str())),
            },
            ItemChange::Remove(value) => items.retain(|item| !is(item, value)),
            ItemChange::Replace(with) => items.clone_from(with),
        }
    }
    items
}

/// Whether two spellings are one number: `(415) 555-0101` as it was typed is `+14155550101` only to a person
/// who knows the country, so the digits must all agree.
fn same_number(one: &str, other: &str) -> bool {
    let digits = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
    one == other || (digits(one) == digits(other) && !digits(one).is_empty())
}

fn changed_custom(
    fields: Vec<super::types::CustomField>,
    changes: &[(String, Option<Redacted<CustomFieldValue>>)],
) -> Vec<WholeCustomField> {
    let mut whole: Vec<_> = fields
        .into_iter()
        .filter_map(|field| Some(WholeCustomField { key: field.key, id: field.id, value: field.value? }))
        .collect();
    for (key, value) in changes {
        let place = whole.iter().position(|field| field.key.as_deref() == Some(key));
        match (place, value.clone()) {
            (Some(place), Some(value)) => whole[place].value = value,
            (Some(place), None) => drop(whole.remove(place)),
            (None, Some(value)) => whole.push(WholeCustomField { key: Some(key.clone()), id: None, value }),
            (None, None) => {}
        }
    }
    whole
}
