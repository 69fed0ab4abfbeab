//! A contact: names, company, numbers, emails and custom fields, each as a quoted line.

use openphone_client::ContactId;
use openphone_client::contacts::{Contact, ContactItem, CustomFieldValue};

use super::{Lines, ResourceError, reading};
use crate::context::Context;
use crate::text::{self, NOTICE};

/// Longest value that is shown, in characters.
const MAX_VALUE: usize = 400;

pub(super) async fn read(cx: &Context, id: &ContactId) -> Result<String, ResourceError> {
    let contact = cx.workspace().contacts().get(id).await.map_err(reading)?;
    let zone = cx.time_zone();
    let moment = |moment| crate::time::rfc3339(moment, zone);
    let updated = contact.updated_at.map(|at| format!(", last changed {}", moment(at))).unwrap_or_default();
    let mut lines = Lines::new(format!(
        "Contact {}, created {}{updated}. {NOTICE} Each of their lines starts with >.",
        contact.id,
        moment(contact.created_at)
    ));
    let mut left_out = 0_usize;
    for (label, value) in fields(&contact) {
        let (label, value) = (text::clean_line(&label, 60), text::clean_line(&value, MAX_VALUE));
        if !value.is_empty() && !lines.push(&text::quoted(&format!("{label}: {value}"))) {
            left_out += 1;
        }
    }
    if left_out > 0 {
        lines.push(&format!("({left_out} field(s) left out for their length)"));
    }
    Ok(lines.text)
}

fn fields(contact: &Contact) -> Vec<(String, String)> {
    let own = &contact.default_fields;
    let named = [
        ("first name", &own.first_name),
        ("last name", &own.last_name),
        ("company", &own.company),
        ("role", &own.role),
    ];
    let named = named.into_iter().filter_map(|(label, value)| {
        value.as_ref().map(|value| (label.to_owned(), value.as_str().to_owned()))
    });
    let item = |what: &str, item: &ContactItem| {
        let label = if item.name.is_empty() { what.to_owned() } else { format!("{what} ({})", item.name) };
        item.value.as_ref().map(|value| (label, value.as_str().to_owned()))
    };
    let numbers = own.phone_numbers.iter().filter_map(|number| item("phone", number));
    let emails = own.emails.iter().filter_map(|email| item("email", email));
    let custom = contact.custom_fields.iter().filter_map(|field| {
        let value = field.value.as_ref()?;
        Some((field.name.clone(), shown(value)))
    });
    named.chain(numbers).chain(emails).chain(custom).collect()
}

fn shown(value: &CustomFieldValue) -> String {
    match value {
        CustomFieldValue::Text(text) => text.clone(),
        CustomFieldValue::Flag(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        CustomFieldValue::Number(number) => number.to_string(),
        CustomFieldValue::Choices(choices) => choices.join(", "),
        other => serde_json::to_string(other).unwrap_or_default(),
    }
}
