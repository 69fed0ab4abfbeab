//! The contacts of a large workspace: the person with an index, and the indices that a list asks for.

use serde_json::json;

use super::ids::Kind;
use super::lanes::directed;
use super::people::employment;
use super::{Archive, Holder};
use crate::seed::mix;
use crate::workspace::collection::Shelf;
use crate::workspace::{
    Contact, ContactFilter, CustomField, CustomType, Order, Position, Property, PropertyKind, Share,
    TimeRange,
};

/// Of so many contacts one was not imported, and has neither external id nor source.
const NOT_IMPORTED_EVERY: u64 = 4;
const EXTERNAL_ID: &str = "CRM-";
const SOURCE: &str = "public-api";

/// Fields that every contact has, in part.
pub(crate) fn custom_fields() -> Vec<CustomField> {
    let field = |key: &str, name: &str, kind| CustomField { key: key.into(), name: name.into(), kind };
    vec![
        field("segment", "Segment", CustomType::String),
        field("visits", "Visits", CustomType::Number),
        field("service-plan", "Service plan", CustomType::Boolean),
    ]
}

impl Archive {
    fn external_id(index: u64) -> Option<String> {
        (!index.is_multiple_of(NOT_IMPORTED_EVERY)).then(|| format!("{EXTERNAL_ID}{index:06}"))
    }

    fn with_external_id(&self, id: &str) -> Option<u64> {
        let index = id.strip_prefix(EXTERNAL_ID)?.parse().ok()?;
        (index < self.contacts.count() && Self::external_id(index).as_deref() == Some(id)).then_some(index)
    }
}

impl Shelf<Contact> for Archive {
    fn index(&self, id: &str) -> Option<u64> {
        self.ids.number(Kind::Contact, id).filter(|index| *index < self.contacts.count())
    }

    fn item(&self, index: u64) -> Option<Contact> {
        let (first, last) = self.name(index);
        let employment = employment(self.seed, index);
        let label = if employment.is_some() { "work" } else { "mobile" };
        let (company, role) = employment.unzip();
        let created = self.contacts.place(index);
        let property = |field, kind, name: &str, value| Property {
            id: self.ids.id(Kind::ContactField, index * 8 + field),
            kind,
            name: Some(name.to_owned()),
            value,
            created: Position { at: created.at, sequence: field },
            updated_at: created.at,
        };
        let custom = |field, kind, name, value| property(field, PropertyKind::Custom(kind), name, value);
        let draw = mix(self.seed ^ mix(index ^ 1 << 40));
        let segment = if company.is_some() { "business" } else { "private" };
        let email = format!("{}.{}.{index}@example.com", first.to_lowercase(), last.to_lowercase());
        let mut properties = vec![
            property(0, PropertyKind::Email, label, email.into()),
            property(1, PropertyKind::PhoneNumber, label, self.number(index).into()),
            custom(2, CustomType::String, "Segment", json!(segment)),
            custom(3, CustomType::Number, "Visits", json!(draw % 40)),
        ];
        if draw >> 8 & 3 == 0 {
            properties.push(custom(4, CustomType::Boolean, "Service plan", json!(draw >> 10 & 1 == 0)));
        }
        let external_id = Self::external_id(index);
        let created_by = self.teammate(index % self.parties.inboxes(), 0)?.id.clone();
        Some(Contact {
            id: self.ids.id(Kind::Contact, index),
            source: external_id.as_ref().map(|_| SOURCE.to_owned()),
            external_id,
            source_url: None,
            first_name: Some(first.to_owned()),
            last_name: Some(last.to_owned()),
            company,
            role: role.map(str::to_owned),
            properties,
            notes: Vec::new(),
            shares: vec![Share { with: created_by.clone(), created }],
            created_by,
            created,
            updated_at: created.at,
            deleted: false,
        })
    }

    fn walk<'a>(
        &'a self,
        filter: &'a ContactFilter,
        (): (),
        order: Order,
        after: Option<Position>,
    ) -> Box<dyn Iterator<Item = u64> + 'a> {
        let imported_only = !filter.sources.is_empty();
        if imported_only && !filter.sources.iter().any(|source| source == SOURCE) {
            return Box::new(std::iter::empty());
        }
        let window = self.contacts.window(&TimeRange::default(), order, after);
        let with_number = |number: &String| match self.directory.holder(number)? {
            Holder::Contact(contact) => Some(contact),
            Holder::Inbox(_) => None,
        };
        let named: Vec<_> = if !filter.phone_numbers.is_empty() {
            filter.phone_numbers.iter().filter_map(with_number).collect()
        } else if !filter.external_ids.is_empty() {
            filter.external_ids.iter().filter_map(|id| self.with_external_id(id)).collect()
        } else {
            let wanted = move |index: &u64| !imported_only || !index.is_multiple_of(NOT_IMPORTED_EVERY);
            return Box::new(directed(window, order).filter(wanted));
        };
        let mut indices: Vec<_> = named.into_iter().filter(|index| window.contains(index)).collect();
        indices.sort_unstable();
        indices.dedup();
        if order == Order::NewestFirst {
            indices.reverse();
        }
        Box::new(indices.into_iter())
    }
}

#[cfg(test)]
mod tests {
    use crate::options::SandboxOptions;
    use crate::seed;
    use crate::workspace::{ContactFilter, Order, WorkspaceKey};

    #[test]
    fn a_number_names_its_contact() {
        let anchor = "2026-11-20T18:30:00Z".parse().unwrap();
        let workspace = seed::build(WorkspaceKey::Large, anchor, &SandboxOptions::default());
        let all = ContactFilter::default();
        let numbers = |filter: &ContactFilter| -> Vec<String> {
            let contacts = workspace.contacts.select(filter, ());
            let walk = contacts.walk(Order::OldestFirst, None).take(1_000);
            walk.flat_map(|contact| contact.phone_numbers().map(str::to_owned).collect::<Vec<_>>()).collect()
        };
        let known = numbers(&all);
        let wanted = vec![known[700].clone(), workspace.inboxes[3].number.clone(), known[4].clone()];
        let found = numbers(&ContactFilter { phone_numbers: wanted, ..ContactFilter::default() });
        assert_eq!(found, [&*known[4], &*known[700]]);
    }
}
