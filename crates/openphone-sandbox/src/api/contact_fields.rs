//! The lists in a contact's body: emails, phone numbers, custom fields. An item with a null value is removed;
//! one with an id keeps it.

use jiff::Timestamp;
use serde_json::Value;

use super::body::Fields;
use super::pattern::ANY;
use crate::workspace::{ContactField, CustomField, CustomType, CustomValue, IdMint, Kind};

/// What a create or update puts in the three lists.
#[derive(Debug)]
pub(super) struct Lists {
    emails: Vec<Item>,
    phone_numbers: Vec<Item>,
    custom: Vec<CustomItem>,
    /// A custom item that names no field, or whose value does not fit: its own error, `0801400`.
    pub(super) invalid_custom: bool,
}

#[derive(Debug)]
struct Item {
    id: Option<String>,
    name: String,
    value: String,
}

#[derive(Debug)]
struct CustomItem {
    id: Option<String>,
    key: String,
    value: Value,
}

impl Lists {
    /// Reads them; `body` has the custom fields, `fields` (its `defaultFields`) the other two.
    pub(super) fn read(
        body: &mut Fields,
        fields: &mut Fields,
        definitions: &[CustomField],
        existing: &[CustomValue],
    ) -> Self {
        let emails = items(fields, "emails");
        let phone_numbers = items(fields, "phoneNumbers");
        let mut invalid_custom = false;
        let mut custom = Vec::new();
        for item in body.objects("customFields").unwrap_or_default() {
            let key = item.raw("key").and_then(Value::as_str);
            let id = item.raw("id").and_then(Value::as_str);
            // By key, or by the id that the value has on the contact.
            let known =
                existing.iter().find(|value| Some(value.id.as_str()) == id).map(|value| value.key.as_str());
            let definition = definitions.iter().find(|field| Some(field.key.as_str()) == key.or(known));
            match (definition, item.raw("value")) {
                (Some(_), Some(Value::Null)) => {}
                (Some(field), Some(value)) if fits(field.kind, value) => custom.push(CustomItem {
                    id: id.map(str::to_owned),
                    key: field.key.clone(),
                    value: value.clone(),
                }),
                _ => invalid_custom = true,
            }
        }
        Self { emails, phone_numbers, custom, invalid_custom }
    }

    pub(super) fn take_emails(&mut self, ids: &mut IdMint) -> Vec<ContactField> {
        keep(std::mem::take(&mut self.emails), ids)
    }

    pub(super) fn take_phone_numbers(&mut self, ids: &mut IdMint) -> Vec<ContactField> {
        keep(std::mem::take(&mut self.phone_numbers), ids)
    }

    pub(super) fn take_custom(&mut self, ids: &mut IdMint) -> Vec<CustomValue> {
        std::mem::take(&mut self.custom)
            .into_iter()
            .map(|item| CustomValue {
                id: item.id.unwrap_or_else(|| ids.next(Kind::ContactField)),
                key: item.key,
                value: item.value,
            })
            .collect()
    }
}

/// Sources that an API client may not claim.
pub(super) fn source_is_reserved(source: &str) -> bool {
    ["device", "zapier", "google-people", "other"].contains(&source)
        || source.starts_with("openphone")
        || source.starts_with("csv")
}

/// What a type of custom field is called.
pub(super) fn custom_type(kind: CustomType) -> &'static str {
    match kind {
        CustomType::Address => "address",
        CustomType::Boolean => "boolean",
        CustomType::Date => "date",
        CustomType::MultiSelect => "multi-select",
        CustomType::Number => "number",
        CustomType::String => "string",
        CustomType::Url => "url",
    }
}

fn items(fields: &mut Fields, key: &str) -> Vec<Item> {
    let mut items = Vec::new();
    for mut item in fields.objects(key).unwrap_or_default() {
        item.require("name", "String");
        item.require("value", "Union");
        let name = item.text("name", ANY).unwrap_or_default();
        let value = item.nullable_text("value", 0, 1024).given();
        let id = item.text("id", ANY);
        fields.absorb(item);
        if let Some(value) = value {
            items.push(Item { id, name, value });
        }
    }
    items
}

fn keep(items: Vec<Item>, ids: &mut IdMint) -> Vec<ContactField> {
    items
        .into_iter()
        .map(|item| ContactField {
            id: item.id.unwrap_or_else(|| ids.next(Kind::ContactField)),
            name: item.name,
            value: item.value,
        })
        .collect()
}

fn fits(kind: CustomType, value: &Value) -> bool {
    match kind {
        CustomType::Address | CustomType::String | CustomType::Url => value.is_string(),
        CustomType::Boolean => value.is_boolean(),
        CustomType::Number => value.is_number(),
        CustomType::Date => value.as_str().is_some_and(|text| text.parse::<Timestamp>().is_ok()),
        CustomType::MultiSelect => value.as_array().is_some_and(|items| items.iter().all(Value::is_string)),
    }
}
