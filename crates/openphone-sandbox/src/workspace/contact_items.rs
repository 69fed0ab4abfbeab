//! What hangs on a contact one by one: properties and notes.

use jiff::Timestamp;

use super::contacts::{Change, ContactRefusal, PropertyDraft};
use super::{Kind, Note, Property, Workspace};

impl Workspace {
    pub(crate) fn add_property(
        &mut self,
        contact_id: &str,
        draft: PropertyDraft,
        now: Timestamp,
    ) -> Result<Property, ContactRefusal> {
        let limit = self.limits.contact_items;
        let (contact, ids) = self.contact_and_ids(contact_id)?;
        if contact.properties.len() >= limit {
            return Err(ContactRefusal::Full);
        }
        let property = Property::new(draft, ids, now);
        contact.properties.push(property.clone());
        contact.updated_at = now;
        self.emit_contact(contact_id, now);
        Ok(property)
    }

    /// Changes name and value; the type stays what it is.
    pub(crate) fn update_property(
        &mut self,
        contact_id: &str,
        id: &str,
        name: Change<String>,
        value: Option<serde_json::Value>,
        now: Timestamp,
    ) -> Result<Property, ContactRefusal> {
        let (contact, _) = self.contact_and_ids(contact_id)?;
        let property =
            contact.properties.iter_mut().find(|known| known.id == id).ok_or(ContactRefusal::NoItem)?;
        name.apply(&mut property.name);
        if let Some(value) = value {
            property.value = value;
        }
        property.updated_at = now;
        let property = property.clone();
        contact.updated_at = now;
        self.emit_contact(contact_id, now);
        Ok(property)
    }

    pub(crate) fn delete_property(
        &mut self,
        contact_id: &str,
        id: &str,
        now: Timestamp,
    ) -> Result<(), ContactRefusal> {
        let (contact, _) = self.contact_and_ids(contact_id)?;
        let index =
            contact.properties.iter().position(|known| known.id == id).ok_or(ContactRefusal::NoItem)?;
        contact.properties.remove(index);
        contact.updated_at = now;
        self.emit_contact(contact_id, now);
        Ok(())
    }

    pub(crate) fn add_note(
        &mut self,
        contact_id: &str,
        text: String,
        author: String,
        now: Timestamp,
    ) -> Result<&Note, ContactRefusal> {
        let limit = self.limits.contact_items;
        let (contact, ids) = self.contact_and_ids(contact_id)?;
        if contact.notes.len() >= limit {
            return Err(ContactRefusal::Full);
        }
        contact.notes.push(Note {
            id: ids.next(Kind::ContactNote),
            text,
            author,
            created: ids.position(now),
            updated_at: now,
        });
        contact.notes.last().ok_or(ContactRefusal::NoItem)
    }

    pub(crate) fn update_note(
        &mut self,
        contact_id: &str,
        id: &str,
        text: String,
        now: Timestamp,
    ) -> Result<&Note, ContactRefusal> {
        let (contact, _) = self.contact_and_ids(contact_id)?;
        let note = contact.notes.iter_mut().find(|known| known.id == id).ok_or(ContactRefusal::NoItem)?;
        note.text = text;
        note.updated_at = now;
        Ok(note)
    }

    pub(crate) fn delete_note(&mut self, contact_id: &str, id: &str) -> Result<(), ContactRefusal> {
        let (contact, _) = self.contact_and_ids(contact_id)?;
        let index = contact.notes.iter().position(|known| known.id == id).ok_or(ContactRefusal::NoItem)?;
        contact.notes.remove(index);
        Ok(())
    }
}
