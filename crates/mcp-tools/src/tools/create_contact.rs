//! `create-contact`: one contact or several, with a look for existing ones first.

mod input;
mod output;

use openphone_client::ErrorKind;
use serde_json::json;
use tokio::time::Instant;

use crate::contact::custom_fields::Definitions;
use crate::context::Context;
use crate::error::{ToolError, ToolErrorKind};
use crate::people::{self, Known, People};
use crate::scope::Scope;
use crate::tool::{Annotations, Example, Tool};
use crate::toolset::Toolset;

use input::Checked;
pub use input::{Input, LabelledEmail, LabelledNumber, NewPerson};
pub(in crate::tools) use input::{MOST_ITEMS, check_label};
pub use output::{ContactResult, ContactStatus, Existing, Output};

/// One contact or several.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct CreateContact;

impl Tool for CreateContact {
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "create-contact";
    const TITLE: &'static str = "Create contacts";
    const DESCRIPTION: &'static str = "Creates one contact in OpenPhone (Quo), or up to 50 in `contacts`. Only firstName is required. All fields are checked first: if one is invalid, nothing is created. A contact whose number is already in another contact is not created but reported as duplicate with the existing id; allowDuplicate=true creates it all the same. The result lists each contact: created, duplicate, failed, unknown or not_attempted. A new contact shows in the OpenPhone app once there is a conversation with one of its numbers. Existing contacts: update-contact.";
    const TOOLSET: Toolset = Toolset::Contacts;
    const SCOPE: Scope = Scope::Write;
    const ADDS_NUMBERS: bool = true;
    const ANNOTATIONS: Annotations =
        Annotations { read_only: false, destructive: false, idempotent: false, open_world: false };

    fn examples() -> Vec<Example<Output>> {
        let created = ContactResult::created("Ada Park", "66d0d87e8dc1211467372303");
        let known = vec![Existing::new("66d0d87e8dc1211467370001", Some("Nora Castillo"))];
        let duplicate = ContactResult::duplicate("Nora", known);
        vec![
            Example::new(
                "Add a new customer",
                json!({
                    "firstName": "Ada", "lastName": "Park", "company": "Tidewater Apartments",
                    "phoneNumbers": [{ "name": "mobile", "value": "+1 415 555 0141" }],
                    "emails": [{ "name": "work", "value": "ada.park@example.com" }],
                    "customFields": [{ "name": "Care plan", "value": "true" }]
                }),
                Output::new(vec![created.clone()], None),
            ),
            Example::new(
                "Add two people, one of whom is known already",
                json!({
                    "contacts": [
                        { "firstName": "Ada", "lastName": "Park" },
                        { "firstName": "Nora", "phoneNumbers": [{ "value": "+14155550101" }] }
                    ]
                }),
                Output::new(vec![created, duplicate], None),
            ),
        ]
    }

    async fn call(&self, cx: &Context, input: Input) -> Result<Output, ToolError> {
        if cx.limits().read_only || cx.limits().reply_only {
            let what = "This connection may not create contacts.";
            let next = "The person can connect again and allow it.";
            return Err(ToolError::new(ToolErrorKind::NotAllowed, what, next).nothing_written());
        }
        let allow_duplicate = input.allow_duplicate();
        let definitions = match input.has_custom_fields() {
            true => Some(Definitions::read(cx).await.map_err(ToolError::nothing_written)?),
            false => None,
        };
        let checked = input.check(definitions.as_ref())?;
        let _turn = people::creating(cx).await.map_err(ToolError::nothing_written)?;
        let look = !allow_duplicate && checked.iter().any(|contact| !contact.numbers.is_empty());
        let directory = if look { Some(people::directory(cx).await.map_err(unchecked)?) } else { None };
        let note = directory.as_ref().filter(|people| !people.complete()).map(|people| {
            format!(
                "Duplicates were looked for only in part: {}.",
                people.gap().unwrap_or("the list is long")
            )
        });
        let mut results: Vec<ContactResult> = Vec::with_capacity(checked.len());
        let mut barred: Option<ToolError> = None;
        for (index, contact) in checked.iter().enumerate() {
            let known = directory.as_deref().map(|people| existing(contact, people)).unwrap_or_default();
            let result = if !known.is_empty() {
                ContactResult::duplicate(&contact.name, known)
            } else if let Some(twin) = twin(contact, &checked[..index], &results).filter(|_| !allow_duplicate)
            {
                twin
            } else if let Some(failure) = &barred {
                ContactResult::not_created(&contact.name, ContactStatus::NotAttempted, failure)
            } else {
                match create(cx, contact).await {
                    Ok(created) => created,
                    Err((status, failure)) => {
                        let result = ContactResult::not_created(&contact.name, status, &failure);
                        barred = Some(failure).filter(ToolError::concerns_all);
                        result
                    }
                }
            };
            results.push(result);
        }
        Ok(Output::new(results, note))
    }

    fn render(output: &Output) -> String {
        output.to_text()
    }

    fn is_failure(output: &Output) -> bool {
        output
            .contacts
            .iter()
            .all(|contact| !matches!(contact.status, ContactStatus::Created | ContactStatus::Duplicate))
    }

    fn failure_kind(output: &Output) -> Option<ToolErrorKind> {
        output.failure_kind()
    }
}

async fn create(cx: &Context, contact: &Checked) -> Result<ContactResult, (ContactStatus, ToolError)> {
    if cx.cancellation().is_cancelled() || Instant::now() >= cx.deadline() {
        let kind =
            if cx.cancellation().is_cancelled() { ToolErrorKind::Cancelled } else { ToolErrorKind::TimedOut };
        let next = "Call again with what was not created.";
        let over = ToolError::new(kind, "The call was over before its turn.", next);
        return Err((ContactStatus::NotAttempted, over));
    }
    match cx.workspace().contacts().create(&contact.contact).await {
        Ok(created) => {
            people::remember(cx, &created);
            Ok(ContactResult::created(&contact.name, created.id.as_str()))
        }
        Err(error) => {
            let unknown = error.kind() == ErrorKind::OutcomeUnknown;
            if unknown {
                people::forget(cx);
            }
            let status = if unknown { ContactStatus::Unknown } else { ContactStatus::Failed };
            Err((status, ToolError::writing(error)))
        }
    }
}

/// Contacts that have one of the numbers already.
fn existing(contact: &Checked, people: &People) -> Vec<Existing> {
    let mut found: Vec<Existing> = Vec::new();
    for Known { id, name } in contact.numbers.iter().flat_map(|number| people.with_number(number)) {
        if !found.iter().any(|existing| existing.id == id) {
            found.push(Existing::new(&id, name.as_deref()));
        }
    }
    found
}

/// The result for a contact that shares a number with an earlier one of the same call which exists, or may exist.
fn twin(contact: &Checked, before: &[Checked], results: &[ContactResult]) -> Option<ContactResult> {
    let shares = |other: &Checked| other.numbers.iter().any(|number| contact.numbers.contains(number));
    before.iter().zip(results).filter(|(earlier, _)| shares(earlier)).find_map(|(earlier, result)| {
        if let Some(id) = &result.id {
            return Some(ContactResult::duplicate(
                &contact.name,
                vec![Existing::new(id, Some(&earlier.name))],
            ));
        }
        (result.status == ContactStatus::Unknown).then(|| {
            let what = "A contact before it has the same number and may have been created.";
            let unknown = ToolError::new(ToolErrorKind::OutcomeUnknown, what, "");
            ContactResult::not_created(&contact.name, ContactStatus::NotAttempted, &unknown)
        })
    })
}

/// Existing contacts could not be looked at, so that none is made twice unnoticed.
fn unchecked(error: ToolError) -> ToolError {
    let what = "It could not be checked whether these contacts exist already";
    let next = "Call again in a moment, or with allowDuplicate=true to create them unchecked.";
    error.while_checking(what, next).nothing_written().because(error)
}
