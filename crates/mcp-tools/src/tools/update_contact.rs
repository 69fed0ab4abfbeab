//! `update-contact`: changes what is named and keeps everything else.

mod input;
mod output;

use futures_util::join;
use openphone_client::contacts::Contact;
use openphone_client::{Error, ErrorKind};
use serde_json::json;

use crate::contact::custom_fields::Definitions;
use crate::contact::{self, WholeContact};
use crate::context::Context;
use crate::error::{ToolError, ToolErrorKind};
use crate::people;
use crate::scope::Scope;
use crate::tool::{Annotations, Example, Tool};
use crate::toolset::Toolset;

pub use input::{Clearable, Input};
pub use output::{FieldChange, Output};

/// Sources that name no other system.
const OWN_SOURCES: [&str; 3] = ["public-api", "device", "other"];

/// Changes what is named and keeps everything else.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct UpdateContact;

impl Tool for UpdateContact {
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "update-contact";
    const TITLE: &'static str = "Change a contact";
    const DESCRIPTION: &'static str = "Changes one contact in OpenPhone (Quo). What is left out stays; null, or the field's name in `clear`, clears. Numbers and emails are added and removed one by one; `phoneNumbers` and `emails` replace the whole list. The result shows each value before and after. A change that somebody makes in OpenPhone in the same second may be undone. Contacts kept in sync from a CRM are read-only. New contacts: create-contact.";
    const TOOLSET: Toolset = Toolset::Contacts;
    const SCOPE: Scope = Scope::Write;
    const ADDS_NUMBERS: bool = true;
    const ARGUMENT_ALIASES: &'static [(&'static str, &'static str)] = &[("id", "contactId")];
    const NULLABLE: &'static [&'static str] =
        &["firstName", "lastName", "company", "role", "phoneNumbers", "emails", "customFields.value"];
    const ANNOTATIONS: Annotations =
        Annotations { read_only: false, destructive: true, idempotent: true, open_world: false };

    fn examples() -> Vec<Example<Output>> {
        vec![
            Example::new(
                "Grace owns the flat now and has a number at work",
                json!({
                    "contactId": "f5bcc4fd783a09bbae1e1eb2", "role": "Owner",
                    "addPhoneNumbers": [{ "name": "work", "value": "+1 415 555 0141" }]
                }),
                Output::with(
                    "f5bcc4fd783a09bbae1e1eb2",
                    Some("Grace Nakashima"),
                    vec![
                        FieldChange::new("role", Some("Tenant"), Some("Owner")),
                        FieldChange::new("phoneNumbers", None, Some("\"work\" +14155550141")),
                    ],
                ),
            ),
            Example::new(
                "Owen's role is out of date; he is on the care plan",
                json!({
                    "contactId": "5f092fb691019ce633fd73ca", "clear": ["role"],
                    "customFields": [{ "name": "Care plan", "value": "true" }]
                }),
                Output::with(
                    "5f092fb691019ce633fd73ca",
                    Some("Owen Fairbanks"),
                    vec![
                        FieldChange::new("role", Some("Property manager"), None),
                        FieldChange::new("\"Care plan\"", None, Some("true")),
                    ],
                ),
            ),
        ]
    }

    async fn call(&self, cx: &Context, mut input: Input) -> Result<Output, ToolError> {
        if cx.limits().read_only || (cx.limits().reply_only && input.adds_numbers()) {
            let what = "This connection may not change contacts.";
            let next = "The person can connect again and allow it.";
            return Err(ToolError::new(ToolErrorKind::NotAllowed, what, next).nothing_written());
        }
        let id = contact::parse_id(&input.contact_id)?;
        input.check()?;
        let custom = input.custom_fields.take().unwrap_or_default();
        let workspace = cx.workspace();
        let contacts = workspace.contacts();
        let (before, people) = join!(contacts.get(&id), people::names(cx));
        let before = before.map_err(unread)?;
        let mut wrong = Vec::new();
        let custom = if custom.is_empty() {
            Vec::new()
        } else {
            let definitions = Definitions::read(cx).await.map_err(ToolError::nothing_written)?;
            definitions.resolve("", custom, &mut wrong)
        };
        let update = input.into_update(&before, custom, wrong)?;
        if cx.cancellation().is_cancelled() {
            let cancelled = ToolError::new(ToolErrorKind::Cancelled, "The call was cancelled.", "");
            return Err(cancelled.nothing_written());
        }
        let after = contacts.update(&id, &update).await.map_err(|error| refused(cx, error, &before))?;
        people::remember(cx, &after);
        let whole = |contact: &Contact| WholeContact::of(contact, &people, cx.time_zone());
        Ok(Output::new(&whole(&before), &whole(&after)))
    }

    fn render(output: &Output) -> String {
        output.to_text()
    }
}

fn unread(error: Error) -> ToolError {
    ToolError::reading(error).nothing_written()
}

/// Why the contact was not changed; the API does not say that it belongs to another system.
fn refused(cx: &Context, error: Error, before: &Contact) -> ToolError {
    if error.kind() == ErrorKind::OutcomeUnknown {
        people::forget(cx);
    }
    if error.kind() != ErrorKind::Forbidden {
        return ToolError::writing(error);
    }
    let source = before.source.as_deref().filter(|source| !OWN_SOURCES.contains(source));
    let of =
        source.map(|source| format!(" (\"{}\")", crate::text::clean_line(source, 75))).unwrap_or_default();
    let said = error
        .message()
        .or(error.title())
        .map(|said| format!(" OpenPhone says: \"{said}\""))
        .unwrap_or_default();
    let what = format!(
        "OpenPhone does not let this contact be changed. Contacts that another system{of} keeps in sync are read-only.{said}"
    );
    let next =
        "The person can change it in that system, or an admin can look at the integration in OpenPhone.";
    ToolError::new(ToolErrorKind::NotAllowed, what, next).nothing_written().because(error)
}
