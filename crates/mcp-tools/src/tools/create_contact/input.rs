//! Arguments of `create-contact`, and the check of all of them before anything is created.

use openphone_client::E164;
use openphone_client::contacts::NewContact;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::error::{FieldError, ToolError};
use crate::text::is_blank;

/// Longest email address (RFC 5321 section 4.5.3.1.3, without its brackets).
const MAX_EMAIL: usize = 254;

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
    /// Phone numbers with country code.
    #[schemars(length(max = 20))]
    phone_numbers: Option<Vec<LabelledNumber>>,
    /// Email addresses.
    #[schemars(length(max = 20))]
    emails: Option<Vec<LabelledEmail>>,
    /// Several contacts, instead of the fields above.
    #[schemars(length(min = 1, max = 50))]
    contacts: Option<Vec<NewPerson>>,
    /// true: create a contact although its number is in another contact.
    allow_duplicate: Option<bool>,
}

/// A contact to create.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewPerson {
    #[schemars(length(min = 1, max = 200))]
    first_name: String,
    #[schemars(length(max = 200))]
    last_name: Option<String>,
    #[schemars(length(max = 200))]
    company: Option<String>,
    #[schemars(length(max = 200))]
    role: Option<String>,
    #[schemars(length(max = 20))]
    phone_numbers: Option<Vec<LabelledNumber>>,
    #[schemars(length(max = 20))]
    emails: Option<Vec<LabelledEmail>>,
}

/// A phone number with its label.
#[derive(Deserialize, JsonSchema)]
pub struct LabelledNumber {
    /// Label; `mobile` unless given.
    #[schemars(length(min = 1, max = 60))]
    name: Option<String>,
    /// The number.
    value: String,
}

/// An email address with its label.
#[derive(Deserialize, JsonSchema)]
pub struct LabelledEmail {
    /// Label; `email` unless given.
    #[schemars(length(min = 1, max = 60))]
    name: Option<String>,
    /// The address.
    value: String,
}

crate::tools::silent_debug!(Input, NewPerson, LabelledNumber, LabelledEmail);

/// A contact that was checked.
pub(super) struct Checked {
    pub(super) name: String,
    pub(super) numbers: Vec<E164>,
    pub(super) contact: NewContact,
}

impl Input {
    pub(super) fn allow_duplicate(&self) -> bool {
        self.allow_duplicate.unwrap_or(false)
    }

    /// Checks every field of every contact; an error names each that is wrong.
    pub(super) fn check(self) -> Result<Vec<Checked>, ToolError> {
        let mut wrong = Vec::new();
        let single = [&self.last_name, &self.company, &self.role].into_iter().any(Option::is_some)
            || self.phone_numbers.is_some()
            || self.emails.is_some();
        let people: Vec<(String, NewPerson)> = match (self.first_name, self.contacts) {
            (Some(first_name), None) => {
                let person = NewPerson {
                    first_name,
                    last_name: self.last_name,
                    company: self.company,
                    role: self.role,
                    phone_numbers: self.phone_numbers,
                    emails: self.emails,
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
        let checked = people.into_iter().map(|(path, person)| person.check(&path, &mut wrong)).collect();
        if wrong.is_empty() { Ok(checked) } else { Err(ToolError::arguments(wrong)) }
    }
}

impl NewPerson {
    fn check(self, path: &str, wrong: &mut Vec<FieldError>) -> Checked {
        if is_blank(&self.first_name) {
            wrong.push(FieldError::new(format!("{path}firstName"), "is blank; write the first name"));
        }
        let names = [Some(self.first_name.as_str()), self.last_name.as_deref()];
        let name = names.into_iter().flatten().collect::<Vec<_>>().join(" ");
        // The predecessor required every field; its callers give blank ones.
        let given = |text: Option<String>| text.filter(|text| !is_blank(text));
        let mut contact = NewContact::new(self.first_name)
            .last_name(given(self.last_name))
            .company(given(self.company))
            .role(given(self.role));
        let mut numbers = Vec::new();
        for (index, LabelledNumber { name, value }) in self.phone_numbers.into_iter().flatten().enumerate() {
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
            let address = value.trim();
            if is_address(address) {
                contact = contact.email(given(name).unwrap_or_else(|| "email".to_owned()), address);
            } else {
                let problem =
                    format!("is `{}`, which is no email address", crate::text::clean_line(address, 80));
                wrong.push(FieldError::new(format!("{path}emails[{index}].value"), problem));
            }
        }
        Checked { name: crate::text::clean_line(&name, 120), numbers, contact }
    }
}

/// One `@` with something on both sides, a dot in the domain, no white space: enough to catch slips.
fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let plain = text.len() <= MAX_EMAIL && !text.contains(|c: char| c.is_whitespace() || c.is_control());
    plain
        && !local.is_empty()
        && !local.contains('@')
        && domain.split('.').filter(|label| !label.is_empty()).count() > 1
        && !domain.starts_with('.')
        && !domain.ends_with('.')
}
