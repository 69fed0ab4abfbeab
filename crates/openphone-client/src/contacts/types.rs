//! What a contact looks like, read and to be made (v1).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::decode::{maybe, null_as_default};
use crate::id::{ActorId, ContactId, ShareTargetId, UserId};
use crate::open_enum::open_enum;
use crate::phone::E164;
use crate::redacted::Redacted;
use crate::setters::setters;

/// A contact of the workspace.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Contact {
    /// Its id.
    pub id: ContactId,
    /// Its id in the system it came from.
    #[serde(default, deserialize_with = "maybe")]
    pub external_id: Option<Redacted<String>>,
    /// The system it came from; `public-api` for one made through the API.
    #[serde(default, deserialize_with = "maybe")]
    pub source: Option<String>,
    /// Where it is in that system.
    #[serde(default, deserialize_with = "maybe")]
    pub source_url: Option<Redacted<String>>,
    /// Names, phones, emails.
    pub default_fields: ContactFields,
    /// Fields that the workspace added.
    #[serde(default, deserialize_with = "null_as_default")]
    pub custom_fields: Vec<CustomField>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    #[serde(default, deserialize_with = "maybe")]
    pub updated_at: Option<Timestamp>,
    /// Who created it.
    #[serde(default, deserialize_with = "maybe")]
    pub created_by_user_id: Option<ActorId>,
}

/// The fields that every contact has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ContactFields {
    /// First name. The API wants the key even when it is null.
    #[serde(default, deserialize_with = "maybe")]
    pub first_name: Option<Redacted<String>>,
    /// Last name.
    #[serde(skip_serializing_if = "Option::is_none", default, deserialize_with = "maybe")]
    pub last_name: Option<Redacted<String>>,
    /// Company.
    #[serde(skip_serializing_if = "Option::is_none", default, deserialize_with = "maybe")]
    pub company: Option<Redacted<String>>,
    /// Role in the company.
    #[serde(skip_serializing_if = "Option::is_none", default, deserialize_with = "maybe")]
    pub role: Option<Redacted<String>>,
    /// Email addresses.
    #[serde(default, deserialize_with = "null_as_default", skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<ContactItem>,
    /// Phone numbers.
    #[serde(default, deserialize_with = "null_as_default", skip_serializing_if = "Vec::is_empty")]
    pub phone_numbers: Vec<ContactItem>,
}

/// One phone number or email address of a contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ContactItem {
    /// What it is called, such as `mobile` or `work`. Empty when it has no label.
    #[serde(default, deserialize_with = "null_as_default")]
    pub name: String,
    /// The number or address as it was typed; numbers are not always E.164.
    #[serde(default, deserialize_with = "maybe")]
    pub value: Option<Redacted<String>>,
    /// The id of the item.
    #[serde(skip_serializing_if = "Option::is_none", default, deserialize_with = "maybe")]
    pub id: Option<String>,
}

impl ContactItem {
    /// An item with a label and a value.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: Some(Redacted::new(value.into())), id: None }
    }
}

/// A field that the workspace added, with a contact's value.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct CustomField {
    /// What people call it.
    #[serde(default, deserialize_with = "null_as_default")]
    pub name: String,
    /// What it is called in requests.
    #[serde(default, deserialize_with = "maybe")]
    pub key: Option<String>,
    /// The id of the value.
    #[serde(default, deserialize_with = "maybe")]
    pub id: Option<String>,
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: CustomFieldKind,
    /// The contact's value.
    pub value: Option<Redacted<CustomFieldValue>>,
}

/// A custom field of the workspace, without a contact's value.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct CustomFieldDefinition {
    /// What people call it.
    pub name: String,
    /// What it is called in requests.
    pub key: String,
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: CustomFieldKind,
}

/// Whom a contact is shared with.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ContactShare {
    /// The contact.
    pub contact_id: ContactId,
    /// A person, a group or everyone.
    pub shared_with: ShareTargetId,
    /// Since when.
    #[serde(default, deserialize_with = "maybe")]
    pub created_at: Option<Timestamp>,
}

open_enum! {
    /// What a custom field holds.
    pub enum CustomFieldKind {
        /// A postal address, as text.
        Address = "address",
        /// True or false.
        Boolean = "boolean",
        /// A date, as an ISO 8601 text.
        Date = "date",
        /// Some of a set of texts.
        MultiSelect = "multi-select",
        /// A number.
        Number = "number",
        /// A text.
        String = "string",
        /// A web address, as text.
        Url = "url",
    }
}

/// The value of a custom field, by its JSON type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum CustomFieldValue {
    /// Address, date, string and url.
    Text(String),
    /// Boolean.
    Flag(bool),
    /// Number.
    Number(serde_json::Number),
    /// Multi-select.
    Choices(Vec<String>),
    /// A shape that this crate does not know, as it was received.
    Other(serde_json::Value),
}

/// A contact to be created.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct NewContact {
    default_fields: ContactFields,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    custom_fields: Vec<NewCustomField>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_by_user_id: Option<UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_url: Option<Redacted<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<Redacted<String>>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct NewCustomField {
    key: String,
    value: Redacted<CustomFieldValue>,
}

/// Every setter that stands for one value takes a value or an `Option` of it.
impl NewContact {
    /// A contact with a first name, or without one.
    pub fn new(first_name: impl Into<Option<String>>) -> Self {
        let first_name = first_name.into().map(Redacted::new);
        Self {
            default_fields: ContactFields { first_name, ..ContactFields::default() },
            custom_fields: Vec::new(),
            created_by_user_id: None,
            source: None,
            source_url: None,
            external_id: None,
        }
    }

    /// Sets the last name.
    #[must_use]
    pub fn last_name(mut self, name: impl Into<Option<String>>) -> Self {
        self.default_fields.last_name = name.into().map(Redacted::new);
        self
    }

    /// Sets the company.
    #[must_use]
    pub fn company(mut self, company: impl Into<Option<String>>) -> Self {
        self.default_fields.company = company.into().map(Redacted::new);
        self
    }

    /// Sets the role in the company.
    #[must_use]
    pub fn role(mut self, role: impl Into<Option<String>>) -> Self {
        self.default_fields.role = role.into().map(Redacted::new);
        self
    }

    /// Adds a phone number with its label, such as `mobile`.
    #[must_use]
    pub fn phone_number(mut self, label: impl Into<String>, number: &E164) -> Self {
        self.default_fields.phone_numbers.push(ContactItem::new(label, number.as_str()));
        self
    }

    /// Adds an email address with its label, such as `work`.
    #[must_use]
    pub fn email(mut self, label: impl Into<String>, address: impl Into<String>) -> Self {
        self.default_fields.emails.push(ContactItem::new(label, address));
        self
    }

    /// Adds the value of a custom field, by the field's key.
    #[must_use]
    pub fn custom_field(mut self, key: impl Into<String>, value: CustomFieldValue) -> Self {
        self.custom_fields.push(NewCustomField { key: key.into(), value: Redacted::new(value) });
        self
    }

    setters! {
        /// Sets who creates it.
        created_by_user_id: UserId;
        /// Sets the system it comes from: 1 to 72 characters, none of the API's reserved words. `public-api` if
        /// unset.
        source: String;
    }

    /// Sets where it is in that system: an address of 1 to 200 characters.
    #[must_use]
    pub fn source_url(mut self, url: impl Into<Option<String>>) -> Self {
        self.source_url = url.into().map(Redacted::new);
        self
    }

    /// Sets its id in that system: 1 to 75 characters. A second contact with the same one is refused, which
    /// makes it the only safeguard against creating a contact twice.
    #[must_use]
    pub fn external_id(mut self, id: impl Into<Option<String>>) -> Self {
        self.external_id = id.into().map(Redacted::new);
        self
    }

    pub(crate) fn has_no_content(&self) -> bool {
        let fields = &self.default_fields;
        let blank = |text: &Option<Redacted<String>>| text.as_ref().is_none_or(|text| text.trim().is_empty());
        blank(&fields.first_name)
            && blank(&fields.last_name)
            && blank(&fields.company)
            && fields.emails.is_empty()
            && fields.phone_numbers.is_empty()
    }
}
