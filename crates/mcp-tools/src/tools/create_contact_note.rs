//! `create-contact-note`: writes a note on a contact.

use openphone_client::ErrorKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::contact;
use crate::contact::note::{self, NoteItem};
use crate::context::Context;
use crate::error::{ToolError, ToolErrorKind};
use crate::people;
use crate::scope::Scope;
use crate::tool::{Annotations, Example, Tool};
use crate::toolset::Toolset;

/// Writes a note on a contact.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct CreateContactNote;

/// Arguments of `create-contact-note`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// Contact id, as find-contact gives it.
    contact_id: String,
    /// The note; `@US…` (a user id) in it mentions a teammate, `@GR…` a group, `@OR…` everyone.
    #[schemars(length(min = 1, max = 2000))]
    text: String,
}

crate::tools::silent_debug!(Input);

/// Result of `create-contact-note`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Output {
    /// The note as it is kept
    #[schemars(description = "")]
    pub note: NoteItem,
}

impl Tool for CreateContactNote {
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "create-contact-note";
    const TITLE: &'static str = "Write a note on a contact";
    const DESCRIPTION: &'static str = "Writes a note on a contact in OpenPhone (Quo). The team sees it; the contact does not. 1 to 2,000 characters; teammates whose user id is mentioned as @US… are notified, and an id that nobody has is refused. Each call adds a note, also with the same text. A note cannot be deleted here, but replaced with update-contact-note. Work to be done by a date: create-task.";
    const TOOLSET: Toolset = Toolset::Notes;
    const SCOPE: Scope = Scope::Write;
    const ANNOTATIONS: Annotations =
        Annotations { read_only: false, destructive: false, idempotent: false, open_world: false };

    fn examples() -> Vec<Example<Output>> {
        let note = |id: &str, text: &str| Output {
            note: NoteItem::example(id, "2026-11-22T10:30:00-08:00", "Dana Whitfield", text),
        };
        let (quote, dog) = ("Quoted $2,180 for the water heater.", "Dog in the yard, call before coming.");
        vec![
            Example::new(
                "Note the quote for Theo",
                json!({ "contactId": "5ba91c8c6ecabda5147932f6", "text": quote }),
                note("5d41402abc4b2a76b9719d91", quote),
            ),
            Example::new(
                "Note the dog at Grace's",
                json!({ "contactId": "f5bcc4fd783a09bbae1e1eb2", "text": dog }),
                note("5d41402abc4b2a76b9719d92", dog),
            ),
        ]
    }

    async fn call(&self, cx: &Context, input: Input) -> Result<Output, ToolError> {
        let id = contact::parse_id(&input.contact_id)?;
        note::check(cx, &input.text).await?;
        if cx.cancellation().is_cancelled() {
            let cancelled = ToolError::new(ToolErrorKind::Cancelled, "The call was cancelled.", "");
            return Err(cancelled.nothing_written());
        }
        let workspace = cx.workspace();
        let written = workspace.contacts().notes(&id).create(&input.text).await;
        let written = written.map_err(|error| match error.kind() {
            ErrorKind::OutcomeUnknown => ToolError::new(
                ToolErrorKind::OutcomeUnknown,
                "OpenPhone broke off after the note was handed over, so it is not known whether it was written.",
                "list-contact-notes shows whether it is there; a second call would write it twice.",
            )
            .perhaps_written()
            .because(error),
            _ => ToolError::writing(error),
        })?;
        let people = people::names(cx).await;
        Ok(Output { note: NoteItem::of(&written, &people, cx.time_zone()) })
    }

    fn render(output: &Output) -> String {
        format!("Note written.\n{}", output.note.to_text())
    }
}
