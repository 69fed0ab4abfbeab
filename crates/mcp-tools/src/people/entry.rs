//! One contact as the directory keeps it: cleaned, bounded, and in one piece of memory.

use std::sync::Arc;

use jiff::Timestamp;
use openphone_client::contacts::{Contact, ContactItem};

/// Between fields. No cleaned text has it: it is a control character.
const FIELD: char = '\u{1f}';
/// Between label and value of a number or address.
const LABEL: char = '\u{1e}';
/// Numbers, and addresses, of one contact that are kept.
const MAX_ITEMS: usize = 20;
/// Longest label, number and address that are kept, in characters.
const MAX_LABEL: usize = 40;
const MAX_NUMBER: usize = 40;
const MAX_ADDRESS: usize = 254;
/// What the memory allocator and the maps need for an entry beside its texts.
const OVERHEAD: usize = 200;

/// A contact of the directory.
pub(crate) struct Entry {
    id: Arc<str>,
    /// Name, company and role, then numbers marked `P`, then addresses marked `E`.
    text: Box<str>,
    /// Numbers, and addresses, that are not kept.
    more: [u32; 2],
    updated: Timestamp,
}

/// A phone number or an email address with its label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Labelled<'a> {
    pub(crate) label: &'a str,
    pub(crate) value: &'a str,
}

impl Entry {
    pub(crate) fn of(contact: &Contact) -> Self {
        let fields = &contact.default_fields;
        let clean = |text: Option<&str>| text.and_then(crate::text::clean_name).unwrap_or_default();
        let company = clean(fields.company.as_ref().map(|text| text.as_str()));
        let role = clean(fields.role.as_ref().map(|text| text.as_str()));
        let mut text = [name_of(contact).unwrap_or_default(), company, role].join(&FIELD.to_string());
        let mut push = |mark: char, items: &[ContactItem], max: usize| {
            let mut items = cleaned(items, MAX_LABEL, max);
            for (label, value) in items.by_ref().take(MAX_ITEMS) {
                text.push(FIELD);
                text.push(mark);
                text.push_str(&label);
                text.push(LABEL);
                text.push_str(&value);
            }
            u32::try_from(items.count()).unwrap_or(u32::MAX)
        };
        let more = [push('P', &fields.phone_numbers, MAX_NUMBER), push('E', &fields.emails, MAX_ADDRESS)];
        Self {
            id: contact.id.as_str().into(),
            text: text.into_boxed_str(),
            more,
            updated: contact.updated_at.unwrap_or(contact.created_at),
        }
    }

    pub(crate) fn id(&self) -> &Arc<str> {
        &self.id
    }

    /// First and last name.
    pub(crate) fn name(&self) -> Option<&str> {
        self.field(0)
    }

    pub(crate) fn company(&self) -> Option<&str> {
        self.field(1)
    }

    pub(crate) fn role(&self) -> Option<&str> {
        self.field(2)
    }

    /// What it is called: the name, or else the company.
    pub(crate) fn shown(&self) -> Option<&str> {
        self.name().or_else(|| self.company())
    }

    /// Numbers as they were written.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = Labelled<'_>> {
        self.items('P')
    }

    pub(crate) fn emails(&self) -> impl Iterator<Item = Labelled<'_>> {
        self.items('E')
    }

    /// How many numbers, and how many addresses, it has beyond those.
    pub(crate) fn more(&self) -> [u32; 2] {
        self.more
    }

    /// When the contact last changed.
    pub(crate) fn updated(&self) -> Timestamp {
        self.updated
    }

    /// What it takes in memory, estimated from above.
    pub(crate) fn bytes(&self) -> usize {
        self.id.len() + self.text.len() + OVERHEAD
    }

    fn field(&self, index: usize) -> Option<&str> {
        self.text.split(FIELD).nth(index).filter(|field| !field.is_empty())
    }

    fn items(&self, mark: char) -> impl Iterator<Item = Labelled<'_>> {
        self.text.split(FIELD).skip(3).filter_map(move |item| {
            let (label, value) = item.strip_prefix(mark)?.split_once(LABEL)?;
            Some(Labelled { label, value })
        })
    }
}

/// Label and value of each item that has a value, each on one line without quotation marks, and no longer than this.
pub(crate) fn cleaned(
    items: &[ContactItem],
    label: usize,
    value: usize,
) -> impl Iterator<Item = (String, String)> {
    let line = |text: &str, max: usize| crate::text::clean_line(text, max).replace('"', "'");
    items.iter().filter_map(move |item| Some((line(&item.name, label), line(item.value.as_ref()?, value))))
}

/// First and last name on one line.
fn name_of(contact: &Contact) -> Option<String> {
    let fields = &contact.default_fields;
    let parts = [&fields.first_name, &fields.last_name].map(|part| part.as_ref().map(|part| part.as_str()));
    crate::text::clean_name(&parts.into_iter().flatten().collect::<Vec<_>>().join(" "))
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry").field("id", &self.id).finish_non_exhaustive()
    }
}
