//! Contacts in a workspace: made, changed, deleted. Phone numbers, emails and custom fields are properties of a
//! contact: v1 shows them inline, the dated surface one by one. `contact_items.rs` changes a single property or
//! note.

use std::borrow::Cow;

use jiff::Timestamp;

use super::{
    Contact, ContactEvent, ContactFilter, CustomField, Happening, IdMint, Kind, Order, Property,
    PropertyKind, Share, Workspace,
};

/// A field of an update: left out, set to null, or given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Change<T> {
    #[default]
    Keep,
    Clear,
    Set(T),
}

impl<T> Change<T> {
    /// Writes the change to `target`.
    pub(crate) fn apply(self, target: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Clear => *target = None,
            Self::Set(value) => *target = Some(value),
        }
    }

    /// What is set, if anything.
    pub(crate) fn given(self) -> Option<T> {
        match self {
            Self::Keep | Self::Clear => None,
            Self::Set(value) => Some(value),
        }
    }

    /// The same, with what was left out cleared.
    pub(crate) fn or_clear(self) -> Self {
        match self {
            Self::Keep => Self::Clear,
            given => given,
        }
    }
}

/// What a contact is called and where it is from.
#[derive(Debug, Default)]
pub(crate) struct ContactScalars {
    pub(crate) external_id: Change<String>,
    pub(crate) source: Change<String>,
    pub(crate) source_url: Change<String>,
    pub(crate) first_name: Change<String>,
    pub(crate) last_name: Change<String>,
    pub(crate) company: Change<String>,
    pub(crate) role: Change<String>,
}

/// A property as a client gives it.
#[derive(Clone, Debug)]
pub(crate) struct PropertyDraft {
    /// Of one that the contact has: it is kept, with what is new about it.
    pub(crate) id: Option<String>,
    pub(crate) kind: PropertyKind,
    pub(crate) name: Option<String>,
    pub(crate) value: serde_json::Value,
}

/// Why nothing was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ContactRefusal {
    NoContact,
    /// The contact has no such property or note.
    NoItem,
    /// Another contact has this external id.
    ExternalIdTaken,
    /// The workspace, or the contact, holds as much as it may.
    Full,
}

impl Workspace {
    /// Makes a contact, shared with the whole organization.
    pub(crate) fn create_contact(
        &mut self,
        scalars: ContactScalars,
        properties: Vec<PropertyDraft>,
        author: String,
        now: Timestamp,
    ) -> Result<Contact, ContactRefusal> {
        self.has_room_for_items(&properties)?;
        self.external_id_is_free(&scalars.external_id, None)?;
        if !self.make_room_for_contact() {
            return Err(ContactRefusal::Full);
        }
        let mut contact = Contact {
            id: self.ids.next(Kind::Contact),
            external_id: None,
            source: Some("public-api".to_owned()),
            source_url: None,
            first_name: None,
            last_name: None,
            company: None,
            role: None,
            properties: Vec::new(),
            notes: Vec::new(),
            shares: vec![Share { with: self.organization.id.clone(), created: self.ids.position(now) }],
            created_by: author,
            created: self.ids.position(now),
            updated_at: now,
            deleted: false,
        };
        contact.apply(scalars);
        contact.replace_properties(properties, &mut self.ids, now);
        self.contacts.push(contact.clone());
        self.emit(Happening::Contact(ContactEvent::Updated, contact.clone()), now);
        Ok(contact)
    }

    /// Changes what is given; `properties`, when given, replace all that the contact has.
    pub(crate) fn update_contact(
        &mut self,
        id: &str,
        scalars: ContactScalars,
        properties: Option<Vec<PropertyDraft>>,
        now: Timestamp,
    ) -> Result<Contact, ContactRefusal> {
        self.contact(id).ok_or(ContactRefusal::NoContact)?;
        self.has_room_for_items(properties.as_deref().unwrap_or_default())?;
        self.external_id_is_free(&scalars.external_id, Some(id))?;
        let (contact, ids) = self.contact_and_ids(id)?;
        contact.apply(scalars);
        if let Some(properties) = properties {
            contact.replace_properties(properties, ids, now);
        }
        contact.updated_at = now;
        let contact = contact.clone();
        self.emit(Happening::Contact(ContactEvent::Updated, contact.clone()), now);
        Ok(contact)
    }

    /// Leaves a tombstone, or takes it off the shelf.
    pub(crate) fn delete_contact(&mut self, id: &str, now: Timestamp) -> Result<(), ContactRefusal> {
        let deleted = match self.contacts.discard(id) {
            Some(contact) => contact,
            None => {
                let (contact, _) = self.contact_and_ids(id)?;
                let was = contact.clone();
                contact.deleted = true;
                contact.properties.clear();
                contact.notes.clear();
                contact.shares.clear();
                was
            }
        };
        self.emit(Happening::Contact(ContactEvent::Deleted, deleted), now);
        Ok(())
    }

    /// Tells the webhooks that something about a contact changed.
    pub(super) fn emit_contact(&mut self, id: &str, now: Timestamp) {
        if let Some(contact) = self.contact(id).map(Cow::into_owned) {
            self.emit(Happening::Contact(ContactEvent::Updated, contact), now);
        }
    }

    /// A contact to be changed, in memory, and the mint for what hangs on it.
    pub(super) fn contact_and_ids(
        &mut self,
        id: &str,
    ) -> Result<(&mut Contact, &mut IdMint), ContactRefusal> {
        if self.contacts.is_shelved(id) {
            if !self.make_room_for_contact() {
                return Err(ContactRefusal::Full);
            }
            self.contacts.take_in(id);
        }
        let known = self.contacts.get_mut(id).filter(|contact| !contact.deleted);
        known.map(|contact| (contact, &mut self.ids)).ok_or(ContactRefusal::NoContact)
    }

    /// Whether one more contact may be kept in memory.
    fn make_room_for_contact(&mut self) -> bool {
        if self.contacts.kept().len() >= self.limits.contacts {
            self.contacts.retain(|contact| !contact.deleted);
        }
        self.contacts.kept().len() < self.limits.contacts
    }

    fn has_room_for_items(&self, properties: &[PropertyDraft]) -> Result<(), ContactRefusal> {
        if properties.len() > self.limits.contact_items { Err(ContactRefusal::Full) } else { Ok(()) }
    }

    fn external_id_is_free(&self, wanted: &Change<String>, of: Option<&str>) -> Result<(), ContactRefusal> {
        let Change::Set(wanted) = wanted else { return Ok(()) };
        let filter = ContactFilter { external_ids: vec![wanted.clone()], ..ContactFilter::default() };
        let same = self.contacts.select(&filter, ());
        let taken = same.walk(Order::OldestFirst, None).any(|contact| Some(contact.id.as_str()) != of);
        if taken { Err(ContactRefusal::ExternalIdTaken) } else { Ok(()) }
    }
}

impl Contact {
    pub(crate) fn phone_numbers(&self) -> impl Iterator<Item = &str> {
        let numbers = self.properties.iter().filter(|property| property.kind == PropertyKind::PhoneNumber);
        numbers.filter_map(|property| property.value.as_str())
    }

    fn apply(&mut self, scalars: ContactScalars) {
        scalars.external_id.apply(&mut self.external_id);
        scalars.source.apply(&mut self.source);
        scalars.source_url.apply(&mut self.source_url);
        scalars.first_name.apply(&mut self.first_name);
        scalars.last_name.apply(&mut self.last_name);
        scalars.company.apply(&mut self.company);
        scalars.role.apply(&mut self.role);
    }

    fn replace_properties(&mut self, drafts: Vec<PropertyDraft>, ids: &mut IdMint, now: Timestamp) {
        let mut before = std::mem::take(&mut self.properties);
        for draft in drafts {
            let same = |known: &Property| Some(&known.id) == draft.id.as_ref() && known.kind == draft.kind;
            let property = match before.iter().position(same).map(|index| before.swap_remove(index)) {
                Some(known) if known.name == draft.name && known.value == draft.value => known,
                Some(known) => Property { name: draft.name, value: draft.value, updated_at: now, ..known },
                None => Property::new(draft, ids, now),
            };
            self.properties.push(property);
        }
    }
}

impl Property {
    pub(super) fn new(draft: PropertyDraft, ids: &mut IdMint, now: Timestamp) -> Self {
        Self {
            id: ids.next(Kind::ContactField),
            kind: draft.kind,
            name: draft.name,
            value: draft.value,
            created: ids.position(now),
            updated_at: now,
        }
    }

    /// The definition of the custom field that this is a value of: the one with its type and name.
    pub(crate) fn definition<'a>(&self, definitions: &'a [CustomField]) -> Option<&'a CustomField> {
        definitions.iter().find(|field| {
            self.kind == PropertyKind::Custom(field.kind) && self.name.as_ref() == Some(&field.name)
        })
    }
}
