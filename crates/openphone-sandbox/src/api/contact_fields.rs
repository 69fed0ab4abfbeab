//! The lists in a v1 contact: emails, phone numbers, custom fields. In a body an item with a null value is
//! removed; one with an id keeps it. Both surfaces read and write the same properties.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::body::Fields;
use super::pattern::ANY;
use crate::workspace::{Contact, CustomField, CustomType, Property, PropertyDraft, PropertyKind};

/// The types of properties. The dated surface has all of them, v1 the custom ones under the same names.
pub(super) const KINDS: &[(&str, PropertyKind)] = &[
    ("phone-number", PropertyKind::PhoneNumber),
    ("email", PropertyKind::Email),
    ("address", PropertyKind::Custom(CustomType::Address)),
    ("boolean", PropertyKind::Custom(CustomType::Boolean)),
    ("date", PropertyKind::Custom(CustomType::Date)),
    ("multi-select", PropertyKind::Custom(CustomType::MultiSelect)),
    ("number", PropertyKind::Custom(CustomType::Number)),
    ("string", PropertyKind::Custom(CustomType::String)),
    ("url", PropertyKind::Custom(CustomType::Url)),
];

/// What a type is called.
pub(super) fn kind_word(kind: PropertyKind) -> &'static str {
    KINDS.iter().find(|(_, known)| *known == kind).map_or("string", |(word, _)| word)
}

/// The largest value that is kept, in bytes of JSON.
const LARGEST_VALUE: usize = 4096;

/// Whether a value is one of the type, and not too large to be kept.
pub(super) fn fits(kind: PropertyKind, value: &Value) -> bool {
    let is_of_type = match kind {
        PropertyKind::PhoneNumber | PropertyKind::Email => value.is_string(),
        PropertyKind::Custom(kind) => match kind {
            CustomType::Address | CustomType::String | CustomType::Url => value.is_string(),
            CustomType::Boolean => value.is_boolean(),
            CustomType::Number => value.is_number(),
            CustomType::Date => value.as_str().is_some_and(|text| text.parse::<Timestamp>().is_ok()),
            CustomType::MultiSelect => {
                value.as_array().is_some_and(|items| items.iter().all(Value::is_string))
            }
        },
    };
    is_of_type && is_small(value)
}

/// Whether a value is one of the type with parts of its own, which only the dated surface takes: it allows an
/// object and nested lists without saying for what. Here an address may be the one, choices the other.
pub(super) fn fits_with_parts(kind: PropertyKind, value: &Value) -> bool {
    let is_of_type = match kind {
        PropertyKind::Custom(CustomType::Address) => value.is_object(),
        PropertyKind::Custom(CustomType::MultiSelect) => value.as_array().is_some_and(|lists| {
            lists.iter().all(|list| list.as_array().is_some_and(|items| items.iter().all(Value::is_string)))
        }),
        _ => false,
    };
    is_of_type && is_small(value)
}

fn is_small(value: &Value) -> bool {
    value.to_string().len() <= LARGEST_VALUE
}

/// The value as v1 knows it, without parts: an address is one text, choices are one list.
fn without_parts(value: &Value) -> Value {
    match value {
        Value::Object(parts) => {
            parts.values().filter_map(Value::as_str).collect::<Vec<_>>().join(", ").into()
        }
        Value::Array(items) => {
            let choices = |item| Value::as_array(item).map_or(std::slice::from_ref(item), Vec::as_slice);
            items.iter().flat_map(choices).cloned().collect()
        }
        plain => plain.clone(),
    }
}

/// What a v1 body puts in the three lists.
#[derive(Debug)]
pub(super) struct Lists {
    pub(super) drafts: Vec<PropertyDraft>,
    /// A custom item that names no field, or whose value does not fit: its own error, `0801400`.
    pub(super) invalid_custom: bool,
}

impl Lists {
    /// Reads them; `body` has the custom fields, `fields` (its `defaultFields`) the other two, `existing` is
    /// what the contact has.
    pub(super) fn read(
        body: &mut Fields,
        fields: &mut Fields,
        definitions: &[CustomField],
        existing: &[Property],
    ) -> Self {
        let mut drafts = labelled(fields, "emails", PropertyKind::Email);
        drafts.extend(labelled(fields, "phoneNumbers", PropertyKind::PhoneNumber));
        let mut invalid_custom = false;
        for item in body.objects("customFields").unwrap_or_default() {
            let key = item.raw("key").and_then(Value::as_str);
            let id = item.raw("id").and_then(Value::as_str);
            // By key, or by the id that the value has on the contact.
            let by_key = definitions.iter().find(|field| Some(field.key.as_str()) == key);
            let by_id = existing.iter().find(|property| Some(property.id.as_str()) == id);
            let field = match (by_key, by_id) {
                (Some(field), _) => Some((PropertyKind::Custom(field.kind), Some(field.name.clone()))),
                (None, Some(property)) if key.is_none() => Some((property.kind, property.name.clone())),
                _ => None,
            };
            match (field, item.raw("value")) {
                (Some(_), Some(Value::Null)) => {}
                (Some((kind, name)), Some(value)) if fits(kind, value) => {
                    drafts.push(PropertyDraft {
                        id: id.map(str::to_owned),
                        kind,
                        name,
                        value: value.clone(),
                    });
                }
                _ => invalid_custom = true,
            }
        }
        Self { drafts, invalid_custom }
    }
}

/// Sources that an API client may not claim.
pub(super) fn source_is_reserved(source: &str) -> bool {
    ["device", "zapier", "google-people", "other"].contains(&source)
        || source.starts_with("openphone")
        || source.starts_with("csv")
}

/// The emails or phone numbers of a contact.
pub(super) fn labelled_view(contact: &Contact, kind: PropertyKind) -> Value {
    let items = contact.properties.iter().filter(|property| property.kind == kind);
    items.map(|item| json!({ "id": item.id, "name": name(item), "value": item.value })).collect()
}

/// The custom fields of a contact. One that the workspace does not define, as the dated surface can make it,
/// has no key.
pub(super) fn custom_view(contact: &Contact, definitions: &[CustomField]) -> Value {
    let items = contact.properties.iter().filter(|item| matches!(item.kind, PropertyKind::Custom(_)));
    let view = |item: &Property| {
        let mut view = json!({
            "name": name(item),
            "id": item.id,
            "type": kind_word(item.kind),
            "value": without_parts(&item.value),
        });
        if let Some(field) = item.definition(definitions) {
            view["key"] = field.key.clone().into();
        }
        view
    };
    items.map(view).collect()
}

/// v1 has no items without a name.
fn name(property: &Property) -> &str {
    property.name.as_deref().unwrap_or_else(|| kind_word(property.kind))
}

fn labelled(fields: &mut Fields, key: &str, kind: PropertyKind) -> Vec<PropertyDraft> {
    let mut drafts = Vec::new();
    for mut item in fields.objects(key).unwrap_or_default() {
        item.require("name", "String");
        item.require("value", "Union");
        let name = item.text("name", ANY);
        item.length("name", name.as_deref().unwrap_or_default(), 0, 1024);
        let value = item.nullable_text("value", 0, 1024).given();
        let id = item.text("id", ANY);
        fields.absorb(item);
        if let Some(value) = value {
            drafts.push(PropertyDraft { id, kind, name, value: value.into() });
        }
    }
    drafts
}
