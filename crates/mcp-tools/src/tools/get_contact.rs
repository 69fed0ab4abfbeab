//! `get-contact`: all of one contact but its notes.

use futures_util::join;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::contact::{self, ContactItem, CustomFieldItem, WholeContact};
use crate::context::Context;
use crate::error::ToolError;
use crate::people;
use crate::scope::Scope;
use crate::text::NOTICE;
use crate::tool::{Annotations, Example, Tool};
use crate::toolset::Toolset;

/// All of one contact but its notes.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct GetContact;

/// Arguments of `get-contact`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// Contact id, as find-contact gives it.
    contact_id: String,
}

crate::tools::silent_debug!(Input);

/// Result of `get-contact`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Output {
    /// About the texts below
    #[schemars(description = "")]
    pub notice: String,
    /// The contact
    #[schemars(description = "")]
    pub contact: WholeContact,
}

impl Tool for GetContact {
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "get-contact";
    const TITLE: &'static str = "Read a contact";
    const DESCRIPTION: &'static str = "Reads one contact of the OpenPhone (Quo) workspace as it is now: names, company, role, all phone numbers and emails, custom fields by name, the system it came from, who created it and when. Its id comes from find-contact or list-contacts. Notes on it: list-contact-notes.";
    const TOOLSET: Toolset = Toolset::Contacts;
    const SCOPE: Scope = Scope::Read;
    const ARGUMENT_ALIASES: &'static [(&'static str, &'static str)] = &[("id", "contactId")];
    const ANNOTATIONS: Annotations =
        Annotations { read_only: true, destructive: false, idempotent: true, open_world: false };

    fn examples() -> Vec<Example<Output>> {
        let contact = |item, field| WholeContact {
            custom_fields: vec![field],
            ..WholeContact::example(item, "2026-10-12T15:50:00-07:00")
        };
        let nora = ContactItem::new("3eaf418203f87bb90cdbf9f2", Some("Nora Castillo"))
            .at(None, Some("Homeowner"))
            .with_number("mobile", "+14155550101");
        let owen = ContactItem::new("5f092fb691019ce633fd73ca", Some("Owen Fairbanks"))
            .at(Some("Tidewater Apartments"), Some("Property manager"))
            .with_number("mobile", "+14155550104");
        let output = |contact| Output { notice: NOTICE.to_owned(), contact };
        vec![
            Example::new(
                "Is Nora on the care plan?",
                json!({ "contactId": "3eaf418203f87bb90cdbf9f2" }),
                output(contact(nora, CustomFieldItem::new("Care plan", "true"))),
            ),
            Example::new(
                "What do we know about Owen?",
                json!({ "contactId": "5f092fb691019ce633fd73ca" }),
                output(contact(owen, CustomFieldItem::new("Lifetime value", "18450"))),
            ),
        ]
    }

    async fn call(&self, cx: &Context, input: Input) -> Result<Output, ToolError> {
        let id = contact::parse_id(&input.contact_id)?;
        let workspace = cx.workspace();
        let contacts = workspace.contacts();
        let (contact, people) = join!(contacts.get(&id), people::names(cx));
        let contact = contact.map_err(ToolError::reading)?;
        let contact = WholeContact::shown(&contact, &people, cx.time_zone());
        let notice = match contact.item.left_out() {
            None => NOTICE.to_owned(),
            Some(left_out) => format!("{NOTICE} And {left_out} more, left out for their length."),
        };
        Ok(Output { notice, contact })
    }

    fn render(output: &Output) -> String {
        format!("{NOTICE}\n{}", output.contact.to_text())
    }
}
