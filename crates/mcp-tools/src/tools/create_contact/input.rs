//! Arguments of `create-contact`, and the check of all of them before anything is created.

use openphone_client::E164;
use openphone_client::contacts::NewContact;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::contact::custom_fields::{CustomValue, Definitions};
use crate::contact::is_address;
use crate::error::{FieldError, ToolError};
use crate::text::is_blank;

/// Longest text of a field, in characters, and most numbers or addresses of a contact.
const LONGEST_TEXT: usize = 200;
pub(in crate::tools) const MOST_ITEMS: usize = 20;

/// Arguments of `create-contact`: the fields of one contact, or several contacts.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// First name; required unless `contacts` is given.
    #[schemars(length(min = 1, max = 200))]
    first_name: Option<String>,
    /// Last name.
    #[schemars(length(max = 200))]
    last_name: Option<String>,
    /// Company.
    #[schemars(length(max = 200))]
    company: Option<String>,
    /// Role in the company.
    #[schemars(length(max = 200))]
    role: Option<String>,
    /// Phone numbers with country code; `name` is the label, `mobile` unless given.
    #[schemars(length(max = 20))]
    phone_numbers: Option<Vec<LabelledNumber>>,
    /// Email addresses; the label is `email` unless given.
    #[schemars(length(max = 20))]
    emails: Option<Vec<LabelledEmail>>,
    /// Custom fields by name; `value` as text (true, 12.5, 2026-11-20), `values` for a multi-select.
    #[schemars(length(max = 50))]
    custom_fields: Option<Vec<CustomValue>>,
    /// Its id in another system; a second contact with the same one is refused.
    #[schemars(length(max = 75))]
    external_id: Option<String>,
    /// Several contacts, each with the fields above, instead of them.
    #[schemars(length(min = 1, max = 50))]
    contacts: Option<Vec<NewPerson>>,
    /// true: create a contact although its number is in another contact.
    allow_duplicate: Option<bool>,
}

/// A contact to create.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewPerson {
    first_name: String,
    last_name: Option<String>,
    company: Option<String>,
    role: Option<String>,
    phone_numbers: Option<Vec<LabelledNumber>>,
    emails: Option<Vec<LabelledEmail>>,
    custom_fields: Option<Vec<CustomValue>>,
    external_id: Option<String>,
}

/// A phone number with its label.
#[derive(Deserialize, JsonSchema)]
pub struct LabelledNumber {
    /// Label; `mobile` unless given.
    #[schemars(description = "")]
    pub(in crate::tools) name: Option<String>,
    /// The number.
    #[schemars(description = "")]
    pub(in crate::tools) value: String,
}

/// An email address with its label.
#[derive(Deserialize, JsonSchema)]
pub struct LabelledEmail {
    /// Label; `email` unless given.
    #[schemars(description = "")]
    pub(in crate::tools) name: Option<String>,
    /// The address.
    #[schemars(description = "")]
    pub(in crate::tools) value: String,
}

crate::tools::silent_debug!(Input, NewPerson, LabelledNumber, LabelledEmail);

/// A contact that was checked.
pub(super) struct Checked {
    pub(super) name: String,
    pub(super) numbers: Vec<E164>,
    pub(super) contact: NewContact,
}

impl Input {
    /// Whether a custom field is given.
    pub(super) fn has_custom_fields(&self) -> bool {
        let several = self.contacts.iter().flatten().map(|contact| &contact.custom_fields);
        several.chain([&self.custom_fields]).flatten().any(|fields| !fields.is_empty())
    }

    pub(super) fn allow_duplicate(&self) -> bool {
        self.allow_duplicate.unwrap_or(false)
    }

    /// Checks every field of every contact; an error names each that is wrong.
    ///
    /// `definitions` are there if custom fields are given.
    pub(super) fn check(self, definitions: Option<&Definitions>) -> Result<Vec<Checked>, ToolError> {
        let mut wrong = Vec::new();
        let single =
            [&self.last_name, &self.company, &self.role, &self.external_id].into_iter().any(Option::is_some)
                || self.phone_numbers.is_some()
                || self.emails.is_some()
                || self.custom_fields.is_some();
        let people: Vec<(String, NewPerson)> = match (self.first_name, self.contacts) {
            (Some(first_name), None) => {
                let person = NewPerson {
                    first_name,
                    last_name: self.last_name,
                    company: self.company,
                    role: self.role,
                    phone_numbers: self.phone_numbers,
                    emails: self.emails,
                    custom_fields: self.custom_fields,
                    external_id: self.external_id,
                };
                vec![(String::new(), person)]
            }
            (None, Some(contacts)) if !single => {
                let path = |(index, person)| (format!("contacts[{index}]."), person);
                contacts.into_iter().enumerate().map(path).collect()
            }
            (None, None) => {
                wrong.push(FieldError::new("firstName", "is missing; give it, or `contacts`"));
                Vec::new()
            }
            (_, Some(_)) => {
                wrong.push(FieldError::new(
                    "contacts",
                    "stands beside fields of a single contact; give one of the two",
                ));
                Vec::new()
            }
        };
        let checked =
            people.into_iter().map(|(path, person)| person.check(&path, definitions, &mut wrong)).collect();
        if wrong.is_empty() { Ok(checked) } else { Err(ToolError::arguments(wrong)) }
    }
}

impl NewPerson {
    /// The schema has these bounds for a single contact; for several they are here, to keep it short.
    fn check_lengths(&self, path: &str, wrong: &mut Vec<FieldError>) {
        let texts = [
            ("firstName", Some(&self.first_name), LONGEST_TEXT),
            ("lastName", self.last_name.as_ref(), LONGEST_TEXT),
            ("company", self.company.as_ref(), LONGEST_TEXT),
            ("role", self.role.as_ref(), LONGEST_TEXT),
            ("externalId", self.external_id.as_ref(), 75),
        ];
        for (name, text, max) in texts {
            let length = text.map_or(0, |text| text.chars().count());
            if length > max {
                let problem = format!("must have at most {max} characters, has {length}");
                wrong.push(FieldError::new(format!("{path}{name}"), problem));
            }
        }
        let lists = [
            ("phoneNumbers", self.phone_numbers.as_ref().map_or(0, Vec::len), MOST_ITEMS),
            ("emails", self.emails.as_ref().map_or(0, Vec::len), MOST_ITEMS),
            ("customFields", self.custom_fields.as_ref().map_or(0, Vec::len), 50),
        ];
        for (name, length, max) in lists {
            if length > max {
                let problem = format!("must have at most {max} item(s), has {length}");
                wrong.push(FieldError::new(format!("{path}{name}"), problem));
            }
        }
    }

    fn check(self, path: &str, definitions: Option<&Definitions>, wrong: &mut Vec<FieldError>) -> Checked {
        if is_blank(&self.first_name) {
            wrong.push(FieldError::new(format!("{path}firstName"), "is blank; write the first name"));
        }
        self.check_lengths(path, wrong);
        let names = [Some(self.first_name.as_str()), self.last_name.as_deref()];
        let name = names.into_iter().flatten().collect::<Vec<_>>().join(" ");
        // The predecessor required every field; its callers give blank ones.
        let given = |text: Option<String>| text.filter(|text| !is_blank(text));
        let mut contact = NewContact::new(self.first_name)
            .last_name(given(self.last_name))
            .company(given(self.company))
            .role(given(self.role))
            .external_id(given(self.external_id));
        let mut numbers = Vec::new();
        for (index, LabelledNumber { name, value }) in self.phone_numbers.into_iter().flatten().enumerate() {
            check_label(&format!("{path}phoneNumbers[{index}]"), name.as_deref(), wrong);
            match crate::numbers::parse(&value) {
                Ok(number) => {
                    contact =
                        contact.phone_number(given(name).unwrap_or_else(|| "mobile".to_owned()), &number);
                    numbers.push(number);
                }
                Err(problem) => {
                    wrong.push(FieldError::new(format!("{path}phoneNumbers[{index}].value"), problem));
                }
            }
        }
        for (index, LabelledEmail { name, value }) in self.emails.into_iter().flatten().enumerate() {
            check_label(&format!("{path}emails[{index}]"), name.as_deref(), wrong);
            let address = value.trim();
            if is_address(address) {
                contact = contact.email(given(name).unwrap_or_else(|| "email".to_owned()), address);
            } else {
                let problem =
                    format!("is `{}`, which is no email address", crate::text::clean_line(address, 80));
                wrong.push(FieldError::new(format!("{path}emails[{index}].value"), problem));
            }
        }
        if let Some(definitions) = definitions {
            let fields = definitions.resolve(path, self.custom_fields.unwrap_or_default(), wrong);
            for (key, value) in fields {
                if let Some(value) = value {
                    contact = contact.custom_field(key, value);
                }
            }
        }
        Checked { name: crate::text::clean_line(&name, 120), numbers, contact }
    }
}

/// A label is a word or two.
pub(in crate::tools) fn check_label(path: &str, label: Option<&str>, wrong: &mut Vec<FieldError>) {
    const LONGEST: usize = 60;
    let length = label.map_or(0, |label| label.chars().count());
    if length > LONGEST {
        let problem = format!("must have at most {LONGEST} characters, has {length}");
        wrong.push(FieldError::new(format!("{path}.name"), problem));
    }
}
