//! Arguments of `update-contact`, checked against the contact as it is.

use openphone_client::E164;
use openphone_client::contacts::{Contact, ContactItem, ContactUpdate};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::contact::custom_fields::{CustomValue, Resolved};
use crate::contact::is_address;
use crate::error::{FieldError, ToolError};
use crate::schema::change::Change;
use crate::text::{clean_line, is_blank};
use crate::tools::create_contact::{LabelledEmail, LabelledNumber, MOST_ITEMS, check_label};

/// Fewest digits by which a number is recognized without its country.
const NATIONAL: usize = 7;
/// Most digits of a country.
const COUNTRY: usize = 3;

/// A field that can be cleared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields of `Input` are documented there")]
#[non_exhaustive]
pub enum Clearable {
    FirstName,
    LastName,
    Company,
    Role,
    PhoneNumbers,
    Emails,
}

/// Arguments of `update-contact`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// Contact id, as find-contact gives it.
    pub(super) contact_id: String,
    /// First name; null clears, as for the fields below.
    #[serde(default)]
    #[schemars(length(max = 200))]
    first_name: Change<String>,
    /// Last name.
    #[serde(default)]
    #[schemars(length(max = 200))]
    last_name: Change<String>,
    /// Company.
    #[serde(default)]
    #[schemars(length(max = 200))]
    company: Change<String>,
    /// Role in the company.
    #[serde(default)]
    #[schemars(length(max = 200))]
    role: Change<String>,
    /// In place of all its numbers.
    #[serde(default)]
    phone_numbers: Change<Vec<LabelledNumber>>,
    /// Numbers to add, or to label anew.
    add_phone_numbers: Option<Vec<LabelledNumber>>,
    /// Numbers to take out.
    remove_phone_numbers: Option<Vec<String>>,
    /// In place of all its emails.
    #[serde(default)]
    emails: Change<Vec<LabelledEmail>>,
    /// Emails to add, or to label anew.
    add_emails: Option<Vec<LabelledEmail>>,
    /// Emails to take out.
    remove_emails: Option<Vec<String>>,
    /// Custom fields as in create-contact; a null value clears.
    pub(super) custom_fields: Option<Vec<CustomValue>>,
    /// Fields to clear, where null cannot be sent.
    clear: Option<Vec<Clearable>>,
}

crate::tools::silent_debug!(Input);

impl Input {
    /// What can be found wrong without the contact.
    pub(super) fn check(&mut self) -> Result<(), ToolError> {
        let nulls = self.names().into_iter().filter(|(_, field)| **field == Change::Clear).count()
            + usize::from(matches!(self.phone_numbers, Change::Clear))
            + usize::from(matches!(self.emails, Change::Clear));
        let all_given = self.names().into_iter().all(|(_, field)| field.is_given())
            && self.phone_numbers.is_given()
            && self.emails.is_given();
        if all_given && nulls >= 4 {
            let problem = "are given for all fields, most of them null: some clients send null for what they leave out. Leave out what shall stay, and name in `clear` what shall be cleared";
            return Err(ToolError::argument("", problem));
        }
        let mut wrong = Vec::new();
        for (name, field) in self.names() {
            if matches!(field, Change::Set(text) if is_blank(text)) {
                let problem = "is blank; leave it out to keep the field, or name it in `clear`";
                wrong.push(FieldError::new(name, problem));
            }
        }
        let both = |all: bool, some: bool| all && some;
        if both(
            self.phone_numbers.is_given(),
            self.add_phone_numbers.is_some() || self.remove_phone_numbers.is_some(),
        ) {
            wrong.push(FieldError::new(
                "phoneNumbers",
                "stands beside numbers to add or remove; give one of the two",
            ));
        }
        if both(self.emails.is_given(), self.add_emails.is_some() || self.remove_emails.is_some()) {
            wrong.push(FieldError::new(
                "emails",
                "stands beside emails to add or remove; give one of the two",
            ));
        }
        for field in self.clear.take().unwrap_or_default() {
            self.clear(field, &mut wrong);
        }
        if wrong.is_empty() { Ok(()) } else { Err(ToolError::arguments(wrong)) }
    }

    fn clear(&mut self, field: Clearable, wrong: &mut Vec<FieldError>) {
        let one =
            |slot: &mut Change<String>| !matches!(std::mem::replace(slot, Change::Clear), Change::Set(_));
        let numbers = self.add_phone_numbers.is_none() && self.remove_phone_numbers.is_none();
        let emails = self.add_emails.is_none() && self.remove_emails.is_none();
        let fits = match field {
            Clearable::FirstName => one(&mut self.first_name),
            Clearable::LastName => one(&mut self.last_name),
            Clearable::Company => one(&mut self.company),
            Clearable::Role => one(&mut self.role),
            Clearable::PhoneNumbers => {
                numbers
                    && !matches!(std::mem::replace(&mut self.phone_numbers, Change::Clear), Change::Set(_))
            }
            Clearable::Emails => {
                emails && !matches!(std::mem::replace(&mut self.emails, Change::Clear), Change::Set(_))
            }
        };
        if !fits {
            wrong.push(FieldError::new(
                "clear",
                "names a field that is set in the same call; give one of the two",
            ));
        }
    }

    fn names(&self) -> [(&'static str, &Change<String>); 4] {
        [
            ("firstName", &self.first_name),
            ("lastName", &self.last_name),
            ("company", &self.company),
            ("role", &self.role),
        ]
    }

    /// Whether it may add a number.
    pub(super) fn adds_numbers(&self) -> bool {
        matches!(self.phone_numbers, Change::Set(_)) || self.add_phone_numbers.is_some()
    }

    /// What is to become of the contact as it is.
    pub(super) fn into_update(
        self,
        contact: &Contact,
        custom: Vec<Resolved>,
        mut wrong: Vec<FieldError>,
    ) -> Result<ContactUpdate, ToolError> {
        let mut update = ContactUpdate::new();
        let fields = &contact.default_fields;
        let set = |update: ContactUpdate,
                   field: Change<String>,
                   with: fn(ContactUpdate, Option<String>) -> ContactUpdate| {
            match field {
                Change::Keep => update,
                Change::Clear => with(update, None),
                Change::Set(text) => with(update, Some(text)),
            }
        };
        update = set(update, self.first_name, ContactUpdate::first_name);
        update = set(update, self.last_name, ContactUpdate::last_name);
        update = set(update, self.company, ContactUpdate::company);
        update = set(update, self.role, ContactUpdate::role);
        match self.phone_numbers {
            Change::Keep => {}
            Change::Clear => update = update.replace_phone_numbers([]),
            Change::Set(numbers) => {
                let numbers = read_numbers("phoneNumbers", numbers, &mut wrong);
                let items = numbers.iter().map(|(label, number)| {
                    let known = stored_number(&fields.phone_numbers, number, &numbers);
                    kept(known, label.as_deref(), number.as_str(), "mobile")
                });
                update = update.replace_phone_numbers(items);
            }
        }
        let added = read_numbers("addPhoneNumbers", self.add_phone_numbers.unwrap_or_default(), &mut wrong);
        let mut removed = Vec::new();
        for (index, number) in self.remove_phone_numbers.unwrap_or_default().iter().enumerate() {
            match stored(&fields.phone_numbers, |value| is_number(value, number)) {
                Ok(value) => removed.push(value),
                Err(problem) => wrong.push(FieldError::new(format!("removePhoneNumbers[{index}]"), problem)),
            }
        }
        for (label, number) in &added {
            let known = stored_number(&fields.phone_numbers, number, &added)
                .filter(|known| lacks_at_most_the_country(known, number));
            let label = kept(known, label.as_deref(), number.as_str(), "mobile").name;
            // What is taken out in the same call comes back as it is written now.
            let spelled = known.and_then(value_of).filter(|value| removed.iter().all(|gone| gone != value));
            update = match spelled {
                Some(value) => update.label_phone_number(label, value),
                None => update.add_phone_number(label, number),
            };
        }
        for value in removed {
            update = update.remove_phone_number(value);
        }
        match self.emails {
            Change::Keep => {}
            Change::Clear => update = update.replace_emails([]),
            Change::Set(emails) => {
                let items = read_emails("emails", emails, &mut wrong).into_iter().map(|(label, address)| {
                    let known = stored_email(&fields.emails, &address);
                    kept(known, label.as_deref(), &address, "email")
                });
                update = update.replace_emails(items.collect::<Vec<_>>());
            }
        }
        for (label, address) in read_emails("addEmails", self.add_emails.unwrap_or_default(), &mut wrong) {
            let item = kept(stored_email(&fields.emails, &address), label.as_deref(), &address, "email");
            update = update.add_email(item.name, address);
        }
        for (index, address) in self.remove_emails.unwrap_or_default().iter().enumerate() {
            match stored(&fields.emails, |value| value.trim().eq_ignore_ascii_case(address.trim())) {
                Ok(value) => update = update.remove_email(value),
                Err(problem) => wrong.push(FieldError::new(format!("removeEmails[{index}]"), problem)),
            }
        }
        for (key, value) in custom {
            update = update.custom_field(key, value);
        }
        if wrong.is_empty() && update.is_empty() {
            wrong.push(FieldError::new("", "name no change; give at least one field beside contactId"));
        }
        if wrong.is_empty() { Ok(update) } else { Err(ToolError::arguments(wrong)) }
    }
}

fn read_numbers(
    path: &str,
    given: Vec<LabelledNumber>,
    wrong: &mut Vec<FieldError>,
) -> Vec<(Option<String>, E164)> {
    let mut numbers: Vec<(Option<String>, E164)> = Vec::new();
    too_many(path, given.len(), wrong);
    for (index, LabelledNumber { name, value }) in given.into_iter().enumerate() {
        check_label(&format!("{path}[{index}]"), name.as_deref(), wrong);
        match crate::numbers::parse(&value) {
            Ok(number) if numbers.iter().any(|(_, known)| *known == number) => {}
            Ok(number) => numbers.push((name.filter(|name| !is_blank(name)), number)),
            Err(problem) => wrong.push(FieldError::new(format!("{path}[{index}].value"), problem)),
        }
    }
    numbers
}

fn read_emails(
    path: &str,
    given: Vec<LabelledEmail>,
    wrong: &mut Vec<FieldError>,
) -> Vec<(Option<String>, String)> {
    let mut emails: Vec<(Option<String>, String)> = Vec::new();
    too_many(path, given.len(), wrong);
    for (index, LabelledEmail { name, value }) in given.into_iter().enumerate() {
        check_label(&format!("{path}[{index}]"), name.as_deref(), wrong);
        let address = value.trim();
        if !is_address(address) {
            let problem = format!("is `{}`, which is no email address", clean_line(address, 80));
            wrong.push(FieldError::new(format!("{path}[{index}].value"), problem));
        } else if emails.iter().all(|(_, known)| !known.eq_ignore_ascii_case(address)) {
            emails.push((name.filter(|name| !is_blank(name)), address.to_owned()));
        }
    }
    emails
}

fn too_many(path: &str, length: usize, wrong: &mut Vec<FieldError>) {
    if length > MOST_ITEMS {
        wrong.push(FieldError::new(path, format!("must have at most {MOST_ITEMS} item(s), has {length}")));
    }
}

/// An item that keeps the identity, and unless it gets another one the label, of the same one that is there.
fn kept(known: Option<&ContactItem>, label: Option<&str>, value: &str, otherwise: &str) -> ContactItem {
    let label = label.or(known.map(|item| item.name.as_str())).unwrap_or(otherwise);
    let mut item = ContactItem::new(label, value);
    item.id = known.and_then(|item| item.id.clone());
    item
}

/// The item with a number, by all its digits, or else the only one that has it without its country. One that others
/// of the `given` numbers fit too is none of them.
fn stored_number<'c>(
    items: &'c [ContactItem],
    number: &E164,
    given: &[(Option<String>, E164)],
) -> Option<&'c ContactItem> {
    let same =
        |item: &&ContactItem| value_of(item).is_some_and(|value| digits(value) == digits(number.as_str()));
    // What names its country lacks nothing.
    let fits = |item: &ContactItem, number: &E164| {
        value_of(item).is_some_and(|value| !value.contains('+') && is_number(value, number.as_str()))
    };
    items.iter().find(same).or_else(|| {
        let mut fitting = items.iter().filter(|item| fits(item, number));
        let one = fitting.next().filter(|_| fitting.next().is_none())?;
        let alone = given.iter().all(|(_, other)| other == number || !fits(one, other));
        alone.then_some(one)
    })
}

/// Whether nothing else than the country tells a stored number from one that is written: without its area too, it may
/// be another number.
fn lacks_at_most_the_country(stored: &ContactItem, number: &E164) -> bool {
    let length = value_of(stored).map_or(0, |value| digits(value).len());
    digits(number.as_str()).len() <= length + COUNTRY
}

fn stored_email<'c>(items: &'c [ContactItem], address: &str) -> Option<&'c ContactItem> {
    items.iter().find(|item| value_of(item).is_some_and(|known| known.eq_ignore_ascii_case(address)))
}

fn value_of(item: &ContactItem) -> Option<&str> {
    item.value.as_ref().map(|value| value.as_str())
}

/// The value of the one item that is meant, as it is stored.
fn stored(items: &[ContactItem], is: impl Fn(&str) -> bool) -> Result<String, String> {
    let values = || items.iter().filter_map(value_of);
    let mut found = values().filter(|value| is(value));
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one.to_owned()),
        (Some(one), Some(other)) if one == other => Ok(one.to_owned()),
        (Some(_), Some(_)) => Err("fits several of this contact; write it whole".to_owned()),
        (None, _) => {
            let known = values().map(|value| clean_line(value, 80)).collect::<Vec<_>>().join(", ");
            let known = if known.is_empty() { "none".to_owned() } else { known };
            Err(format!("is not in this contact; it has {known}"))
        }
    }
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// Whether a number as it was stored is the one that was written, with or without its country.
fn is_number(stored: &str, written: &str) -> bool {
    let (stored, written) = (digits(stored), digits(written));
    stored == written
        || written.len() >= NATIONAL && stored.ends_with(&written)
        || stored.len() >= NATIONAL && written.ends_with(&stored)
}
